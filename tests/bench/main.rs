//! Loads and validates relations in numbers, and says where the time goes. Nothing in it fails for being slow.
//!
//! `cargo bench --bench relations -- --relations 2000000` (and `--precision float32`, where hardly any value repeats).
//!
//! It starts the stand-in in this process, runs the real commands as processes of their own, and then every statement of
//! the gates once more by itself. The baseline, measured in the same run, is the least that storing rows can cost: the
//! same relations written as bytes into a list in memory.

mod baseline;
mod statements;
mod vectors;

use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use hartonomous_standin::serve::{
    Baseline, Embeddings, Precision, ServeOptions, Serving, run_script,
};

/// With this as first argument the program is hartonomous itself.
const AS_HARTONOMOUS: &str = "--as-hartonomous";

/// Loads and validates relations, and prints what it costs.
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench relations --")]
struct Arguments {
    /// Relation rows to load, at least
    #[arg(long, default_value_t = 2_000_000)]
    relations: usize,

    /// Precision of the embeddings: float32 makes nearly as many atoms as relations
    #[arg(long, value_enum, default_value = "int8")]
    precision: Precision,

    /// Components of an embedding, at most 1998
    #[arg(long, default_value_t = 384)]
    dimension: usize,

    /// Said by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(AS_HARTONOMOUS) {
        let arguments = std::env::args().enumerate().filter(|(at, _)| *at != 1);
        return hartonomous::cli::main_with(arguments.map(|(_, argument)| argument));
    }
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let dimension = arguments.dimension.clamp(1, 1998);
    let rows = arguments.relations.div_ceil(dimension);
    let relations = rows * dimension;
    println!(
        "{rows} embeddings of {dimension}: {relations} relations, {:?}\n",
        arguments.precision
    );

    let matrix = vectors::matrix(rows, dimension)?;
    let appended = baseline::append(relations, dimension);
    line(
        "baseline: the rows as bytes in a list",
        appended,
        Some(relations),
    );

    let started = Instant::now();
    let serving = runtime.block_on(Serving::start(ServeOptions {
        baseline: Baseline::Tables,
        embeddings: Some(Embeddings {
            matrix,
            precision: arguments.precision,
            limit: rows,
        }),
        ..ServeOptions::default()
    }))?;
    line("embeddings inserted", started.elapsed(), None);

    line("migrate phase1", command(&serving, "migrate phase1")?, None);
    backup(&serving)?;
    let migrated = command(&serving, "migrate phase2")?;
    line(
        "migrate phase2: load, then every gate",
        migrated,
        Some(relations),
    );
    let validated = command(&serving, "validate phase2")?;
    line("validate phase2", validated, Some(relations));
    let together = migrated + validated;
    line("load and validation together", together, Some(relations));
    println!(
        "{:<40}{:9.1}\n{:<40}{:9} MiB, server and this program\n",
        "times the baseline",
        together.as_secs_f64() / appended.as_secs_f64().max(f64::EPSILON),
        "peak resident memory",
        peak_mib()
    );
    runtime.block_on(statements::run(&serving))?;
    runtime.block_on(serving.stop());
    Ok(())
}

/// A line of the report; with rows, also how many in a second.
fn line(what: &str, took: Duration, rows: Option<usize>) {
    let seconds = took.as_secs_f64();
    let rate = rows.map_or_else(String::new, |rows| {
        format!("  {:10.0} rows/s", rows as f64 / seconds.max(f64::EPSILON))
    });
    println!("{what:<40}{seconds:9.3} s{rate}");
}

/// Runs a command of the product in a process of its own. What its gates say is shown only if it cannot run.
fn command(serving: &Serving, words: &str) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let output = Command::new(std::env::current_exe()?)
        .arg(AS_HARTONOMOUS)
        .args(words.split(' '))
        .args(["--progress", "none"])
        .env("HARTONOMOUS_CONNECTION", serving.connection_string())
        .output()?;
    let took = started.elapsed();
    // 1: a gate failed, as deduplication does where values hardly repeat.
    match output.status.code() {
        Some(0 | 1) => Ok(took),
        _ => Err(format!(
            "{words} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into()),
    }
}

/// Phase 2 wants a full backup that is newer than the schema.
fn backup(serving: &Serving) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("before-phase2.bak");
    let statement = format!(
        "BACKUP DATABASE Hartonomous TO DISK = N'{}' WITH CHECKSUM, INIT;",
        path.display().to_string().replace('\'', "''")
    );
    run_script(serving.engine(), serving.password(), "backup", &statement)?;
    Ok(())
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .map_or(0, |kib| kib / 1024)
}
