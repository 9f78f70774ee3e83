//! How fast phase 2 is, beside what it could be at best. Nothing in it fails for being slow.
//!
//! `cargo bench --bench rates` takes about two minutes; `-- --help` names what takes longer. It measures the server that
//! HARTONOMOUS_TEST_URL names (an ADO.NET connection string with everything in it), else a stand-in that it starts as a
//! process of its own. docs/performance.md explains the figures.

mod decode;
mod figures;
mod migration;
mod pipeline;
mod processes;
mod raw;
mod server;
mod session;
mod sizes;
mod vectors;

use std::process::ExitCode;

use clap::Parser;
use hartonomous_standin::serve::Precision;

use crate::session::Outcome;

/// Embeddings whose decoding is measured.
const DECODED: usize = 100;

/// Measures decoding, the pipeline and its memory, each beside a baseline of the same run.
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench rates --")]
struct Arguments {
    /// Only these parts (repeat for more); all of them unless given
    #[arg(long, value_enum)]
    only: Vec<Part>,

    /// Embeddings of the pipeline's measurement
    #[arg(long, default_value_t = 200)]
    embeddings: usize,

    /// Components of each, at most 1998
    #[arg(long, default_value_t = 1998)]
    dimension: usize,

    /// Precision of the embeddings: float32 makes nearly as many atoms as relations
    #[arg(long, value_enum, default_value = "int8")]
    precision: Precision,

    /// Connections to write on
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    connections: Vec<usize>,

    /// How often the pipeline and the raw bulk load are measured, in turn
    #[arg(long, default_value_t = 6)]
    rounds: usize,

    /// Tables whose cost per embedding and memory are compared
    #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
    sizes: Vec<usize>,

    /// Components of their embeddings
    #[arg(long, default_value_t = 16)]
    small_dimension: usize,

    /// The long run: 1,000 embeddings of 1998 components, and a table of 100,000 (about fifteen minutes)
    #[arg(long)]
    long: bool,

    /// Leave out the stand-in that drops the relations
    #[arg(long)]
    no_null_sink: bool,

    /// Said by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Components per second of decoding, beside parsing; the share that needed exact resolution
    Decode,
    /// Relations per second of phase 2, beside the raw bulk load of the same rows
    Pipeline,
    /// Cost per embedding and peak memory at several sizes of the table
    Sizes,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let outcome = match arguments.get(1).map(String::as_str) {
        Some(migration::AS_HARTONOMOUS) => {
            let own = arguments.iter().enumerate().filter(|(at, _)| *at != 1);
            return hartonomous::cli::main_with(own.map(|(_, argument)| argument));
        }
        Some(server::AS_STAND_IN) => server::serve(arguments.get(2).map(String::as_str)),
        _ => run(Arguments::parse()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: Arguments) -> Outcome<()> {
    if arguments.long {
        arguments.embeddings = arguments.embeddings.max(1_000);
        arguments.sizes.push(100_000);
    }
    let dimension = arguments.dimension.clamp(1, 1998);
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let matrix = |rows| vectors::matrix(rows, dimension).map_err(|error| error.to_string());
    if wanted(Part::Decode) {
        decode::run(&matrix(DECODED)?)?;
    }
    if wanted(Part::Pipeline) {
        let matrix = matrix(arguments.embeddings)?;
        let load = pipeline::Load {
            matrix: &matrix,
            precision: arguments.precision,
            connections: &arguments.connections,
            rounds: arguments.rounds,
        };
        runtime.block_on(pipeline::run(&load, !arguments.no_null_sink))?;
    }
    if wanted(Part::Sizes) {
        let dimension = arguments.small_dimension.clamp(1, 1998);
        runtime.block_on(sizes::run(&arguments.sizes, dimension, arguments.precision))?;
    }
    Ok(())
}
