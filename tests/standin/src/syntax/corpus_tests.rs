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

/// The checker's complaints about period columns that are not the generated ones, or that are missing, and about
/// constraints on computed columns that are not persisted.
const BINDING: &[&str] = &[" 46011:", " 46103:", " 46104:", " 46113:"];

/// The checker's complaints that are the grammar's: agreement of names inside a table is the binder's business.
fn refused(checker: &str, batches: &[String]) -> Vec<(usize, String)> {
    let mut complaints = checked(checker, batches);
    complaints.retain(|(_, message)| !BINDING.iter().any(|number| message.contains(number)));
    complaints
}

/// Gives the batches to the checker; returns its complaints as (index, message).
fn checked(checker: &str, batches: &[String]) -> Vec<(usize, String)> {
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

/// Batches of the corpus and of the product, mutated. TSQL_SEEDS says from how many seeds, TSQL_FIRST_SEED from which on.
fn mutants() -> Vec<String> {
    let number = |name: &str| std::env::var(name).ok().and_then(|s| s.parse::<u64>().ok());
    let first = number("TSQL_FIRST_SEED").unwrap_or(0);
    let seeds = number("TSQL_SEEDS").unwrap_or(20);
    println!("seeds {first} to {}", first + seeds - 1);
    let product = product_batches().into_iter().map(|(_, batch)| batch);
    let corpus: Vec<Vec<String>> = batches()
        .into_iter()
        .chain(product)
        .map(|b| tokens(&b))
        .filter(|tokens| !tokens.is_empty())
        .collect();
    let pool: Vec<String> = corpus.iter().flatten().cloned().collect();
    let mut mutants = Vec::new();
    for seed in first..first + seeds {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for original in &corpus {
            let mut mutated = original.clone();
            for _ in 0..rng.random_range(1..3) {
                mutate(&mut mutated, &pool, &mut rng);
            }
            mutants.push(mutated.join(" "));
        }
    }
    mutants
}

#[test]
fn what_is_accepted_of_mutated_batches_the_checker_accepts() {
    let Some(checker) = checker() else { return };
    let mut accepted = mutants();
    let tried = accepted.len();
    accepted.retain(|text| parse_batch(text, ParseOptions::default()).is_ok());
    let mut complaints = refused(&checker, &accepted);
    complaints.dedup_by_key(|c| c.0);
    println!(
        "{tried} batches tried, {} accepted here, {} of those refused",
        accepted.len(),
        complaints.len()
    );
    assert!(complaints.is_empty(), "{}", show(&accepted, &complaints));
}

/// Where the server is stricter than its grammar: THROW and WITH want a semicolon in front, LOCK_TIMEOUT wants a number, a
/// file's NAME comes first, the filter of an index knows no OR.
fn is_stricter(error: &crate::error::SqlError, batch: &str) -> bool {
    let near = ["'LOCK_TIMEOUT'", "'FILENAME'", "'OR'"];
    error.number == 319
        || batch.to_ascii_uppercase().contains("THROW")
        || near.iter().any(|word| error.message.contains(word))
}

#[test]
fn what_the_checker_accepts_of_mutated_batches_is_read_or_refused_by_name() {
    let Some(checker) = checker() else { return };
    let (texts, errors): (Vec<String>, Vec<String>) = mutants()
        .into_iter()
        .filter_map(|text| {
            let error = parse_batch(&text, ParseOptions::default()).err()?;
            let syntax = matches!(error.number, 102 | 156 | 319);
            (syntax && !is_stricter(&error, &text)).then_some((text, error.message))
        })
        .unzip();
    let complaints: std::collections::HashSet<usize> =
        checked(&checker, &texts).into_iter().map(|c| c.0).collect();
    let wrong: Vec<(usize, String)> = (0..texts.len())
        .filter(|n| !complaints.contains(n))
        .map(|n| (n, errors[n].clone()))
        .collect();
    println!(
        "{} batches are wrong syntax here, {} of those are right to the checker",
        texts.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", show(&texts, &wrong));
}

fn number_of(batch: &str) -> (i32, u8, i32) {
    let error = parse_batch(batch, ParseOptions::default()).expect_err(batch);
    (error.number, error.class, error.line)
}

#[test]
fn errors_have_the_numbers_and_lines_of_sql_server() {
    let cases = [
        ("SELECT 1 = 1", 102, 1),
        ("SELECT 1\nWHERE 1", 4145, 2),
        ("SELECT 1 AS\nuser", 156, 2),
        ("SELECT 'abc\n", 105, 1),
        ("SELECT 1 /* x\n\n", 113, 3),
        ("SELECT 1 WITH x AS (SELECT 1) SELECT 2", 319, 1),
        ("SELECT 1\nCREATE VIEW v AS SELECT 1", 111, 2),
        ("IF 1 = 1 CREATE VIEW v AS SELECT 1", 156, 1),
        ("SELECT 1;\nCREATE PROCEDURE p AS SELECT 1", 111, 2),
        ("RETURN 1", 178, 1),
        ("BREAK", 135, 1),
        ("IF 1 = 1\nCONTINUE", 136, 2),
        ("THROW", 10704, 1),
        ("SELECT [] FROM t", 1038, 1),
        ("GOTO x", 133, 1),
        ("x: x: SELECT 1", 132, 1),
        (
            "MERGE t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
            10713,
            1,
        ),
        ("CREATE INDEX i ON t (a) WITH (FOO = 1)", 155, 1),
        ("CREATE INDEX i ON t (a) WHERE a = 1 OR b = 2", 156, 1),
        ("CREATE INDEX i ON t (a) WHERE a LIKE 'x'", 156, 1),
        ("CREATE INDEX i ON t (a) WHERE a NOT IN (1)", 102, 1),
        ("CREATE INDEX i ON t (a) WHERE a = b", 10735, 1),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a) AS x", 1033, 1),
        ("BEGIN END", 102, 1),
        ("SELECT 1 SELECT 2 foo bar", 102, 1),
        (
            "CREATE TABLE t (a datetime2 NOT NULL GENERATED ALWAYS AS ROW START)",
            102,
            1,
        ),
    ];
    for (batch, number, line) in cases {
        assert_eq!(number_of(batch), (number, 15, line), "{batch}");
    }
    let long = "x".repeat(129);
    assert_eq!(number_of(&format!("SELECT 1 AS {long}")).0, 103);
}

#[test]
fn deep_nesting_is_refused_and_never_overflows() {
    for (open, core, close) in [
        ("(", "1", ")"),
        ("(SELECT ", "1", ")"),
        ("- ", "1", ""),
        ("~", "1", ""),
        ("CASE WHEN 1 = 1 THEN ", "1", " END"),
        ("f(", "1", ")"),
    ] {
        let text = format!("SELECT {}{core}{}", open.repeat(5000), close.repeat(5000));
        assert_eq!(number_of(&text).0, 191, "{open}");
        let shallow = format!("SELECT {}{core}{}", open.repeat(15), close.repeat(15));
        assert!(
            parse_batch(&shallow, ParseOptions::default()).is_ok(),
            "{open}"
        );
    }
    for word in ["BEGIN ", "IF 1 = 1 ", "WHILE 1 = 1 ", "BEGIN TRY "] {
        assert_eq!(number_of(&word.repeat(5000)).0, 191, "{word}");
    }
    assert_eq!(
        number_of(&format!("SELECT 1 WHERE {} 1 = 1", "NOT ".repeat(5000))).0,
        191
    );
    assert_eq!(
        number_of(&format!("SELECT 1 {}", "+ 1 ".repeat(5000))).0,
        191
    );
    assert_eq!(
        number_of(&format!("SELECT * FROM {}t", "(".repeat(5000))).0,
        191
    );
    assert_eq!(
        number_of(&format!("SELECT * FROM t {}", "JOIN u ".repeat(5000))).0,
        191
    );
    assert_eq!(number_of(&"(".repeat(5000)).0, 191);
}

#[test]
fn set_quoted_identifier_changes_how_the_rest_is_read() {
    let off = ParseOptions {
        quoted_identifier: false,
    };
    let batch =
        parse_batch("SELECT \"a\" SET QUOTED_IDENTIFIER ON SELECT \"b\"", off).expect("parses");
    assert_eq!(batch.quoted_identifier_set, Some(true));
    assert_eq!(batch.statements.len(), 3);
    assert!(parse_batch("CREATE TABLE \"t\" (a int)", off).is_err());
}

#[test]
fn parameter_lists_are_those_of_sp_executesql() {
    let parameters =
        super::parse_parameter_list("@P1 int, @P2 nvarchar(10) output").expect("parses");
    assert_eq!(parameters.len(), 2);
    assert!(parameters[1].output && !parameters[0].output);
    assert!(super::parse_parameter_list("").expect("parses").is_empty());
}

/// Every file of the product's SQL with its batches, which GO separates.
fn product_batches() -> Vec<(String, String)> {
    let root = std::env::var("TSQL_ROOT")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../..").to_owned());
    let mut folders: Vec<std::path::PathBuf> = ["sql", "migrations"]
        .iter()
        .map(|f| [&root, *f].iter().collect())
        .collect();
    let mut batches = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.filter_map(|entry| entry.ok().map(|e| e.path())) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "sql") {
                let text = std::fs::read_to_string(&path)
                    .expect("the file is text")
                    .replace("\r\n", "\n");
                for batch in format!("\n{text}\n").split("\nGO\n") {
                    batches.push((path.display().to_string(), batch.to_owned()));
                }
            }
        }
    }
    batches.sort();
    batches
}

#[test]
fn the_sql_of_the_product_parses() {
    let failures: Vec<String> = product_batches()
        .iter()
        .filter_map(|(path, batch)| {
            parse_batch(batch, ParseOptions::default())
                .err()
                .map(|error| format!("{path}: {error}\n"))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.concat());
}

#[test]
fn no_text_makes_the_parser_panic() {
    let pool: Vec<String> = batches().iter().flat_map(|b| tokens(b)).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..rng.random_range(1..40) {
            match rng.random_range(0..12) {
                0 => text.push(char::from(rng.random_range(0u8..128))),
                1 => text.push_str(
                    [
                        "'",
                        "[",
                        "\"",
                        "/*",
                        "*/",
                        "--",
                        "é",
                        "\u{1f600}",
                        "\n",
                        "0x",
                        "@",
                        "$",
                    ][rng.random_range(0..12)],
                ),
                _ => text.push_str(&pool[rng.random_range(0..pool.len())]),
            }
            if rng.random_range(0..4) > 0 {
                text.push(' ');
            }
        }
        let quoted_identifier = rng.random_range(0..2) == 0;
        let _ = parse_batch(&text, ParseOptions { quoted_identifier });
        let _ = super::parse_scalar(&text);
        let _ = super::parse_type(&text);
        let _ = super::parse_parameter_list(&text);
    }
}
