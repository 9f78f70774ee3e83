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

/// What is loaded, and how.
#[derive(Debug)]
pub struct Load<'a> {
    pub matrix: &'a Matrix,
    pub precision: Precision,
    pub connections: &'a [usize],
}

/// Prints the pipeline's rate beside that of the raw bulk load.
pub async fn run(load: &Load<'_>, null_sink: bool) -> Outcome<()> {
    println!(
        "PIPELINE: {} embeddings of {}, {} relations, {:?}; beside the raw bulk load of the same rows into the same table",
        load.matrix.rows,
        load.matrix.columns,
        load.matrix.rows * load.matrix.columns,
        load.precision,
    );
    let mut ready = None;
    for &connections in load.connections {
        // A stand-in of its own each time: the rows of the one before would only fill its memory.
        let server = Server::start()?;
        let database = prepared(&server, load).await?;
        let pipeline = migration::phase2(&server, &database, connections, Until::Loaded)?;
        let rows = Arc::new(raw::ready(&database).await?);
        let loaded = raw_load(&server, &database, &rows, &pipeline, connections).await?;
        compare(&pipeline, &loaded, connections);
        if connections == 1 {
            breakdown(&pipeline);
        }
        database.end().await?;
        if connections == 1 && server.is_stand_in() {
            ready = Some(rows);
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

async fn raw_load(
    server: &Server,
    database: &Database,
    rows: &Arc<Vec<Ready>>,
    pipeline: &Pipeline,
    connections: usize,
) -> Outcome<Loaded> {
    let portion = usize::try_from(pipeline.largest).unwrap_or(usize::MAX);
    raw::load(server, database, rows, portion, connections).await
}

/// The client's own limit: a server that drops the relations as they come.
async fn dropped(load: &Load<'_>, rows: &Arc<Vec<Ready>>) -> Outcome<()> {
    println!(
        "  NULL SINK: the stand-in counts the relations and drops them; what is left is what the client can do"
    );
    let server = Server::stand_in(Some(RELATIONS))?;
    let database = prepared(&server, load).await?;
    let pipeline = migration::phase2(&server, &database, 1, Until::Loaded)?;
    let loaded = raw_load(&server, &database, rows, &pipeline, 1).await?;
    compare(&pipeline, &loaded, 1);
    breakdown(&pipeline);
    database.end().await
}

fn compare(pipeline: &Pipeline, raw: &Loaded, connections: usize) {
    let (piped, bulk) = (
        rate(pipeline.relations, pipeline.took),
        rate(raw.relations, raw.took),
    );
    let percent = piped
        .zip(bulk)
        .and_then(|(piped, bulk)| ratio(100.0 * piped, bulk));
    println!(
        "  {connections} connection{}: pipeline {}/s, raw bulk {}/s: {} of raw{}",
        if connections == 1 { "" } else { "s" },
        shown(piped.map(thousand), 1, " k"),
        shown(bulk.map(thousand), 1, " k"),
        shown(percent, 0, " %"),
        if connections == 1 {
            " (target: 80 %)"
        } else {
            ""
        },
    );
    println!(
        "     both processes together use {} of raw's processor time, which a busy machine disturbs less; per relation: client {} (raw {}: {}), server {} (raw {}: {}); client's peak memory {}",
        times(
            together(pipeline.client_cpu, pipeline.server_cpu),
            together(raw.client_cpu, raw.server_cpu),
        ),
        shown(each(pipeline.client_cpu, pipeline.relations), 2, " us"),
        shown(each(raw.client_cpu, raw.relations), 2, " us"),
        times(pipeline.client_cpu, raw.client_cpu),
        shown(each(pipeline.server_cpu, pipeline.relations), 2, " us"),
        shown(each(raw.server_cpu, raw.relations), 2, " us"),
        times(pipeline.server_cpu, raw.server_cpu),
        mib(pipeline.peak_kib),
    );
}

/// Processor time of client and server.
fn together(client: Option<Duration>, server: Option<Duration>) -> Option<Duration> {
    Some(client? + server?)
}

/// Where the time of the pipeline goes, in percent of the whole.
fn breakdown(pipeline: &Pipeline) {
    let Some((shares, _)) = shares(&pipeline.stages, pipeline.took) else {
        return;
    };
    let told = |beside: bool| {
        STAGES
            .iter()
            .zip(&shares)
            .filter(|((_, aside), _)| *aside == beside)
            .map(|((name, _), share)| format!("{name} {share:.1}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let written: Vec<Duration> = STAGES
        .iter()
        .zip(&pipeline.stages)
        .filter(|((_, aside), _)| !aside)
        .map(|(_, took)| *took)
        .collect();
    let rest = crate::figures::shares(&written, pipeline.took).map(|(_, rest)| rest);
    println!(
        "     % of the time, writing: {}; start, folding and bringing in line {}; meanwhile, reading: {}; {} atoms created",
        told(false),
        shown(rest, 1, ""),
        told(true),
        pipeline.atoms,
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
