//! `serve`: the stand-in on its own, so that any TDS client can look inside.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hartonomous_standin::engine::config::{NullSink, ServerConfig};
use hartonomous_standin::serve::{Baseline, Embeddings, Matrix, Precision, ServeOptions, Serving};

/// A disposable SQL Server stand-in on 127.0.0.1. Nothing is kept when it ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listen, print one line of JSON when ready, serve until interrupted
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Port on 127.0.0.1; a free one unless given
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// An empty database
    #[arg(long, conflicts_with_all = ["baseline", "embeddings"])]
    empty: bool,

    /// The tables as they are before the migration (the default)
    #[arg(long)]
    baseline: bool,

    /// AtomRelations system-versioned
    #[arg(long, conflicts_with = "empty")]
    system_versioned: bool,

    /// Two-dimensional little-endian float32 array (NumPy) to load as embeddings
    #[arg(long, value_name = "FILE.npy")]
    embeddings: Option<PathBuf>,

    /// Precision that the embeddings are rounded to
    #[arg(long, value_enum, default_value = "float32", requires = "embeddings")]
    precision: Precision,

    /// Take the bulk-loaded rows of this table off the wire, count them and drop them, to see what a client can send (repeat
    /// for more)
    #[arg(long, value_name = "SCHEMA.TABLE")]
    null_sink: Vec<NullSink>,

    /// Load at most so many embeddings
    #[arg(long, value_name = "N", requires = "embeddings")]
    limit: Option<usize>,
}

fn main() -> ExitCode {
    let Arguments {
        command: Command::Serve(serve),
    } = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(serve)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

async fn run(serve: Serve) -> Result<(), Box<dyn std::error::Error>> {
    let embeddings = match &serve.embeddings {
        None => None,
        Some(path) => Some(Embeddings {
            matrix: Matrix::read(path)?,
            precision: serve.precision,
            limit: serve.limit.unwrap_or(usize::MAX),
        }),
    };
    let baseline = match (serve.empty, serve.system_versioned) {
        (true, _) => Baseline::Empty,
        (false, true) => Baseline::SystemVersioned,
        (false, false) => Baseline::Tables,
    };
    for sink in &serve.null_sink {
        eprintln!(
            "warning: rows that are bulk-loaded into {sink} are counted and dropped; none of them is stored"
        );
    }
    let serving = Serving::start(ServeOptions {
        port: serve.port,
        baseline,
        embeddings,
        config: ServerConfig {
            null_sinks: serve.null_sink,
            ..ServerConfig::default()
        },
        ..ServeOptions::default()
    })
    .await?;
    println!("{}", serving.ready_line());
    interrupted().await?;
    serving.stop().await;
    Ok(())
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
