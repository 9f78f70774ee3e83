//! What the parser accepts, SQL Server's grammar must accept: good batches, and mutations of them, are compared with a
//! checker named by the environment variable TSQL_CHECK (skipped without it). TSQL_SEEDS says how many seeds to run.

use super::{ParseOptions, lexer, parse_batch};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::Write;
use std::process::{Command, Stdio};

const CORPUS: &[&str] = &[
    include_str!("corpus/expressions.sql"),
    include_str!("corpus/queries.sql"),
    include_str!("corpus/data_changes.sql"),
    include_str!("corpus/procedural.sql"),
    include_str!("corpus/tables.sql"),
    include_str!("corpus/indexes.sql"),
    include_str!("corpus/modules.sql"),
    include_str!("corpus/administration.sql"),
];

fn batches() -> Vec<String> {
    CORPUS
        .iter()
        .flat_map(|file| file.split("\nGO\n"))
        .map(|batch| batch.trim_end_matches('\n').to_owned())
        .collect()
}

/// Gives the batches to the checker; returns its complaints as (index, message).
fn refused(checker: &str, batches: &[String]) -> Vec<(usize, String)> {
    let mut child = Command::new(checker)
        .args(["--server", "2025", "--lines"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the checker starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let lines: Vec<String> = batches
        .iter()
        .map(|b| serde_json::to_string(b).expect("text is JSON"))
        .collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").expect("the checker reads");
        }
    });
    let output = child.wait_with_output().expect("the checker ends");
    writer.join().expect("the writer ends");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let (number, message) = line.strip_prefix("line ")?.split_once(':')?;
            Some((number.parse::<usize>().ok()? - 1, message.to_owned()))
        })
        .collect()
}

fn checker() -> Option<String> {
    let checker = std::env::var("TSQL_CHECK").ok();
    if checker.is_none() {
        println!("skipped: TSQL_CHECK does not name a checker");
    }
    checker
}

fn show(batches: &[String], complaints: &[(usize, String)]) -> String {
    complaints
        .iter()
        .take(40)
        .map(|(n, message)| format!("{message}\n    {}\n", batches[*n]))
        .collect()
}

/// Texts of a batch's tokens, as written.
fn tokens(batch: &str) -> Vec<String> {
    let lexed = lexer::lex(batch, &ParseOptions::default()).expect("the corpus lexes");
    lexed
        .tokens
        .iter()
        .filter(|t| t.end > t.start)
        .map(|t| batch[t.start as usize..t.end as usize].to_owned())
        .collect()
}

fn mutate(tokens: &mut Vec<String>, pool: &[String], rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..tokens.len());
    match rng.random_range(0..6) {
        0 if tokens.len() > 1 => {
            tokens.remove(at);
        }
        1 => tokens.insert(at, tokens[at].clone()),
        2 if at + 1 < tokens.len() => tokens.swap(at, at + 1),
        3 => {
            let other = rng.random_range(0..tokens.len());
            tokens.swap(at, other);
        }
        4 => tokens.insert(at, pool[rng.random_range(0..pool.len())].clone()),
        _ => tokens[at] = pool[rng.random_range(0..pool.len())].clone(),
    }
}

#[test]
fn every_batch_of_the_corpus_parses() {
    let failures: Vec<String> = batches()
        .iter()
        .filter_map(|batch| {
            parse_batch(batch, ParseOptions::default())
                .err()
                .map(|error| format!("{error}\n    {batch}\n"))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.concat());
}

#[test]
fn the_checker_accepts_the_corpus() {
    let Some(checker) = checker() else { return };
    let batches = batches();
    let complaints = refused(&checker, &batches);
    assert!(complaints.is_empty(), "{}", show(&batches, &complaints));
}

#[test]
fn what_is_accepted_of_mutated_batches_the_checker_accepts() {
    let Some(checker) = checker() else { return };
    let seeds = std::env::var("TSQL_SEEDS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(20);
    let corpus: Vec<Vec<String>> = batches().iter().map(|b| tokens(b)).collect();
    let pool: Vec<String> = corpus.iter().flatten().cloned().collect();
    let first: u64 = std::env::var("TSQL_FIRST_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(0);
    let mut accepted = Vec::new();
    let mut tried = 0;
    for seed in first..first + seeds {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for original in &corpus {
            let mut mutated = original.clone();
            for _ in 0..rng.random_range(1..3) {
                mutate(&mut mutated, &pool, &mut rng);
            }
            let text = mutated.join(" ");
            tried += 1;
            if parse_batch(&text, ParseOptions::default()).is_ok() {
                accepted.push(text);
            }
        }
    }
    let mut complaints = refused(&checker, &accepted);
    complaints.dedup_by_key(|c| c.0);
    println!(
        "{tried} batches tried, {} accepted here, {} of those refused",
        accepted.len(),
        complaints.len()
    );
    assert!(complaints.is_empty(), "{}", show(&accepted, &complaints));
}
