//! The command line: one file per command, whose doc comment is its help.

mod all;
mod attest;
mod closed;
mod connect;
mod doctor;
mod join;
mod migrate;
mod phase;
mod phase2;
mod phase3;
mod phase4;
mod plan;
mod rollback;
mod session;
mod status;
mod steer;
mod validate;
mod waive;
mod writers;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::engine::{Cancel, Stop};
use crate::exit::Exit;
use crate::gate::Thresholds;
use crate::output::{self, Ended, Format};
pub use connect::ConnectArgs;
pub use phase::{Goal, Phase};
pub use waive::gates as every_gate;

/// Takes a SQL Server 2025 database from VECTOR columns to deduplicated atoms, phase by phase.
///
/// Every command may be killed at any moment: the same command carries on, and nothing is lost or doubled.
/// Exit codes: 0 done, 1 a gate or check failed, 2 usage, 3 cannot connect or not permitted, 4 another run holds the
/// lock, 5 stopped on request, 6 failed (resumable), 7 state refused.
#[derive(Debug, Parser)]
#[command(name = "hartonomous", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub connect: ConnectArgs,

    /// How results are written to stdout
    #[arg(long, global = true, value_enum, default_value = "human")]
    pub format: Format,

    /// How progress is written to stderr
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub progress: output::ProgressStyle,

    /// Thresholds of gates: a file of `name = number` lines (docs/gates.md)
    #[arg(long, global = true, value_name = "FILE", env = "HARTONOMOUS_CONFIG")]
    pub config: Option<std::path::PathBuf>,

    /// Log what is sent to the server (repeat for more); HARTONOMOUS_LOG sets a filter
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Doctor(doctor::Doctor),
    Plan(plan::PlanCommand),
    Migrate(migrate::Migrate),
    Validate(validate::Validate),
    Status(status::Status),
    Pause(steer::Pause),
    Resume(steer::Resume),
    Throttle(steer::Throttle),
    Stop(steer::StopCommand),
    Rollback(rollback::Rollback),
    Waive(waive::Waive),
    Attest(attest::Attest),
    Completions(Completions),
}

impl Cli {
    /// The thresholds in force: the defaults, changed by the file that --config names.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn thresholds(&self) -> Result<Thresholds, Stop> {
        let Some(path) = &self.config else {
            return Ok(Thresholds::default());
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Stop::Usage(format!(
                "failed to read the configuration file {}: {error}",
                path.display()
            ))
        })?;
        Thresholds::parse(&text)
            .map_err(|error| Stop::Usage(format!("configuration file {}: {error}", path.display())))
    }
}

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Parses the process's command line, runs the command, reports how it ended.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// The same with other arguments, the first being the program's name.
pub fn main_with<T>(arguments: impl IntoIterator<Item = T>) -> ExitCode
where
    T: Into<std::ffi::OsString> + Clone,
{
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return exit.into();
        }
    };
    start_logging(cli.verbose);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(run(&cli));
            // A dropped connection's tasks must not keep the process.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Stop::Local {
            what: "start the runtime".to_owned(),
            cause: error.to_string(),
        }),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(stop) => {
            explain(&stop, cli.format);
            stop.exit().into()
        }
    }
}

async fn run(cli: &Cli) -> Result<Exit, Stop> {
    let cancel = Cancel::default();
    cancel.listen();
    match &cli.command {
        Command::Doctor(command) => command.run(cli).await,
        Command::Plan(command) => command.run(cli).await,
        Command::Migrate(command) => command.run(cli, &cancel).await,
        Command::Validate(command) => command.run(cli).await,
        Command::Status(command) => command.run(cli).await,
        Command::Pause(command) => command.run(cli).await,
        Command::Resume(command) => command.run(cli).await,
        Command::Throttle(command) => command.run(cli).await,
        Command::Stop(command) => command.run(cli).await,
        Command::Rollback(command) => command.run(cli, &cancel).await,
        Command::Waive(command) => command.run(cli).await,
        Command::Attest(command) => command.run(cli).await,
        Command::Completions(command) => {
            let mut all = Cli::command();
            clap_complete::generate(
                command.shell,
                &mut all,
                "hartonomous",
                &mut std::io::stdout(),
            );
            Ok(Exit::Done)
        }
    }
}

fn explain(stop: &Stop, format: Format) {
    // A report that has been written says it as well.
    if format == Format::Json && !output::told() {
        output::json("hartonomous.error/1", &Ended::from(stop));
    }
    let word = match stop {
        Stop::Requested { .. } => "stopped",
        _ => "error",
    };
    output::note(format!("{word}: {stop}"));
}

fn start_logging(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let level = match verbose {
        0 => "off",
        1 => "hartonomous=debug",
        _ => "hartonomous=trace,tiberius=debug",
    };
    let filter =
        EnvFilter::try_from_env("HARTONOMOUS_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
