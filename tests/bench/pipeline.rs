//! The pipeline against the raw bulk load of the same rows, on one connection and on several; and where its time goes.

use std::sync::Arc;
use std::time::Duration;

use hartonomous_standin::serve::{Matrix, Precision};

use crate::figures::{rate, ratio, shares, shown};
use crate::migration::{self, Pipeline, STAGES, Until};
use crate::raw::{self, Loaded, Ready};
use crate::server::{Database, Server};
use crate::session::Outcome;

/// The table whose rows the null sink drops.
const RELATIONS: &str = "dbo.AtomRelations";

/// Rounds after which the stand-in is started anew.
const ROUNDS_OF_A_SERVER: usize = 2;

/// What is loaded, how, and how often.
#[derive(Debug)]
pub struct Load<'a> {
    pub matrix: &'a Matrix,
    pub precision: Precision,
    pub connections: &'a [usize],
    pub rounds: usize,
}

/// The pipeline and, right after it, the raw bulk load of the same rows into the same database.
struct Round {
    pipeline: Pipeline,
    raw: Loaded,
}

/// Prints the pipeline's rate beside that of the raw bulk load.
pub async fn run(load: &Load<'_>, null_sink: bool) -> Outcome<()> {
    println!(
        "PIPELINE: {} embeddings of {}, {} relations, {:?}; beside the raw bulk load of the same rows into the same table; \
         {} rounds of both in turn, and what they come to together",
        load.matrix.rows,
        load.matrix.columns,
        load.matrix.rows * load.matrix.columns,
        load.precision,
        load.rounds,
    );
    let mut ready = None;
    for &connections in load.connections {
        let mut rounds = Vec::new();
        while rounds.len() < load.rounds.max(1) {
            // How memory lies differs from process to process, and what earlier rounds left would only fill it.
            let server = Server::start()?;
            for _ in 0..ROUNDS_OF_A_SERVER.min(load.rounds.max(1) - rounds.len()) {
                let (round, rows) = measured(&server, load, connections, None).await?;
                rounds.push(round);
                if connections == 1 && server.is_stand_in() {
                    ready = Some(rows);
                }
            }
        }
        compare(&rounds, connections, connections == 1);
        if connections == 1 {
            breakdown(&rounds);
        }
    }
    if let (true, Some(rows)) = (null_sink, ready) {
        dropped(load, &rows).await?;
    }
    Ok(())
}

/// A database that is ready for phase 2.
async fn prepared(server: &Server, load: &Load<'_>) -> Outcome<Database> {
    let database = server.database(load.matrix.columns).await?;
    database.load(load.matrix, load.precision).await?;
    migration::command(&database, "migrate phase1")?;
    database.back_up().await?;
    Ok(database)
}

/// One round in a database of its own; `ready`: the rows of the raw bulk load, if the pipeline's own are dropped.
async fn measured(
    server: &Server,
    load: &Load<'_>,
    connections: usize,
    ready: Option<&Arc<Vec<Ready>>>,
) -> Outcome<(Round, Arc<Vec<Ready>>)> {
    let database = prepared(server, load).await?;
    let pipeline = migration::phase2(server, &database, connections, Until::Loaded)?;
    let rows = match ready {
        Some(rows) => rows.clone(),
        None => Arc::new(raw::ready(&database).await?),
    };
    let portion = usize::try_from(pipeline.largest).unwrap_or(usize::MAX);
    let raw = raw::load(server, &database, &rows, portion, connections).await?;
    database.end().await?;
    Ok((Round { pipeline, raw }, rows))
}

/// The client's own limit: a server that drops the relations as they come.
async fn dropped(load: &Load<'_>, rows: &Arc<Vec<Ready>>) -> Outcome<()> {
    println!(
        "  NULL SINK: the stand-in counts the relations and drops them; what is left is what the client can do"
    );
    let server = Server::stand_in(Some(RELATIONS))?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS_OF_A_SERVER.min(load.rounds.max(1)) {
        rounds.push(measured(&server, load, 1, Some(rows)).await?.0);
    }
    compare(&rounds, 1, false);
    breakdown(&rounds);
    Ok(())
}

/// `target`: it is the measurement that the target is set for.
fn compare(rounds: &[Round], connections: usize, target: bool) {
    let piped = |round: &Round| rate(round.pipeline.relations, round.pipeline.took);
    let bulk = |round: &Round| rate(round.raw.relations, round.raw.took);
    let share = |round: &Round| ratio(100.0 * piped(round)?, bulk(round)?);
    let relations = rounds.iter().map(|round| round.pipeline.relations).sum();
    let loaded = rounds.iter().map(|round| round.raw.relations).sum();
    let all_piped = rate(relations, rounds.iter().map(|r| r.pipeline.took).sum());
    let all_bulk = rate(loaded, rounds.iter().map(|r| r.raw.took).sum());
    let all_share = all_piped
        .zip(all_bulk)
        .and_then(|(piped, bulk)| ratio(100.0 * piped, bulk));
    println!(
        "  {connections} connection{}: pipeline {}/s, raw bulk {}/s: {} of raw{}",
        if connections == 1 { "" } else { "s" },
        shown(all_piped.map(thousand), 1, " k"),
        shown(all_bulk.map(thousand), 1, " k"),
        shown(all_share, 0, " %"),
        if target { " (target: 80 %)" } else { "" },
    );
    let told: Vec<String> = rounds
        .iter()
        .map(|round| {
            format!(
                "{} of {} ({})",
                shown(piped(round).map(thousand), 0, ""),
                shown(bulk(round).map(thousand), 0, ""),
                shown(share(round), 0, " %")
            )
        })
        .collect();
    println!("     each round, k/s: {}", told.join(", "));
    let sum = |cpu: &dyn Fn(&Round) -> Option<Duration>| -> Option<Duration> {
        rounds.iter().map(cpu).sum()
    };
    let (client, raw_client) = (sum(&|r| r.pipeline.client_cpu), sum(&|r| r.raw.client_cpu));
    let (server, raw_server) = (sum(&|r| r.pipeline.server_cpu), sum(&|r| r.raw.server_cpu));
    let peak = rounds.iter().filter_map(|round| round.pipeline.peak_kib);
    println!(
        "     both processes together use {} of raw's processor time, which a busy machine disturbs less; per relation: client {} (raw {}: {}), server {} (raw {}: {}); client's peak memory {}",
        times(together(client, server), together(raw_client, raw_server)),
        shown(each(client, relations), 2, " us"),
        shown(each(raw_client, relations), 2, " us"),
        times(client, raw_client),
        shown(each(server, relations), 2, " us"),
        shown(each(raw_server, relations), 2, " us"),
        times(server, raw_server),
        mib(peak.max()),
    );
}

/// Processor time of client and server.
fn together(client: Option<Duration>, server: Option<Duration>) -> Option<Duration> {
    Some(client? + server?)
}

/// Where the time of the pipeline goes, in percent of the whole, over all rounds.
fn breakdown(rounds: &[Round]) {
    let took = rounds.iter().map(|round| round.pipeline.took).sum();
    let stages: Vec<Duration> = (0..STAGES.len())
        .map(|stage| rounds.iter().map(|r| r.pipeline.stages[stage]).sum())
        .collect();
    let Some((parts, _)) = shares(&stages, took) else {
        return;
    };
    let told = |beside: bool| {
        STAGES
            .iter()
            .zip(&parts)
            .filter(|((_, aside), _)| *aside == beside)
            .map(|((name, _), share)| format!("{name} {share:.1}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let written: Vec<Duration> = STAGES
        .iter()
        .zip(&stages)
        .filter(|((_, aside), _)| !aside)
        .map(|(_, took)| *took)
        .collect();
    let rest = shares(&written, took).map(|(_, rest)| rest);
    println!(
        "     % of the time, writing: {}; start, folding and bringing in line {}; meanwhile, reading: {}; {} atoms created",
        told(false),
        shown(rest, 1, ""),
        told(true),
        rounds
            .iter()
            .map(|round| round.pipeline.atoms)
            .max()
            .unwrap_or(0),
    );
}

fn thousand(rate: f64) -> f64 {
    rate / 1e3
}

/// Microseconds of each.
fn each(took: Option<Duration>, count: u64) -> Option<f64> {
    ratio(took?.as_secs_f64() * 1e6, count as f64)
}

fn times(value: Option<Duration>, baseline: Option<Duration>) -> String {
    let ratio = value
        .zip(baseline)
        .and_then(|(value, baseline)| ratio(value.as_secs_f64(), baseline.as_secs_f64()));
    shown(ratio, 2, " x")
}

/// KiB as MiB.
pub fn mib(kib: Option<u64>) -> String {
    shown(kib.map(|kib| kib as f64 / 1024.0), 0, " MiB")
}
