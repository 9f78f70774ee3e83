//! `pause`, `resume`, `stop`, `throttle`: steer the running migration from anywhere.
//!
//! Each is one UPDATE of the control row, which any SQL client may do as well (docs/runbook.md).

use serde::Serialize;

use super::Cli;
use crate::connect::{Connection, RowExt};
use crate::engine::Stop;
use crate::exit::Exit;
use crate::output::{self, Format};
use crate::state;
use crate::tsql::{Statement, embedded};

const SET_REQUEST: Statement = embedded!("state/set_request.sql");
const SET_THROTTLE: Statement = embedded!("state/set_throttle.sql");

/// Hold the writers after their batch; `resume` lets them go on. It outlives the run.
#[derive(Debug, clap::Args)]
pub struct Pause;

/// Let a paused migration go on.
#[derive(Debug, clap::Args)]
pub struct Resume;

/// End the running migration after its batches; `migrate` carries on later.
#[derive(Debug, clap::Args)]
pub struct StopCommand;

/// Limit the running migration, or lift the limits. They outlive the run.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("limit").required(true).multiple(true))]
pub struct Throttle {
    /// Embeddings per second over all hosts; 0 lifts the limit
    #[arg(long, value_name = "N", group = "limit")]
    pub rate: Option<u32>,

    /// Writers of each process; 0 lifts the limit
    #[arg(long, value_name = "N", group = "limit")]
    pub workers: Option<u16>,
}

#[derive(Serialize)]
struct Steered {
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_embeddings_per_second: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_workers: Option<i64>,
}

async fn open(cli: &Cli) -> Result<Connection, Stop> {
    let (_, mut connection) = cli.connect.open().await?;
    if state::layout_version(&mut connection).await? < state::STEERABLE {
        return Err(Stop::Refused {
            what: "steering".to_owned(),
            cause: "this database has no control row that a running migration reads".to_owned(),
            next: "start the migration first: hartonomous migrate phase1".to_owned(),
        });
    }
    Ok(connection)
}

async fn request(cli: &Cli, word: &str) -> Result<Exit, Stop> {
    let mut connection = open(cli).await?;
    let row = connection.row(&SET_REQUEST.sql(), &[&word]).await?;
    let state = row.text("State")?;
    let steered = Steered {
        request: Some(row.text("Request")?),
        state,
        max_embeddings_per_second: None,
        max_workers: None,
    };
    if cli.format == Format::Json {
        output::json("hartonomous.steer/1", &steered);
        return Ok(Exit::Done);
    }
    let running = steered.state != "idle";
    output::line(match (word, running) {
        ("pause", true) => "asked to pause; `hartonomous status` shows when every writer waits",
        ("pause", false) => "no migration runs; the next one will wait until `hartonomous resume`",
        ("stop", true) => "asked to stop; it ends after the batches under way",
        ("stop", false) => "no migration runs, so there is nothing to stop",
        (_, true) => "asked to go on",
        (_, false) => "no migration runs; the next one will not wait",
    });
    Ok(Exit::Done)
}

impl Pause {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        request(cli, "pause").await
    }
}

impl Resume {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        request(cli, "none").await
    }
}

impl StopCommand {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        request(cli, "stop").await
    }
}

impl Throttle {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let mut connection = open(cli).await?;
        let rate = self
            .rate
            .filter(|rate| *rate > 0)
            .map(|rate| i32::try_from(rate).unwrap_or(i32::MAX));
        let workers = self.workers.filter(|n| *n > 0).map(i32::from);
        let row = connection
            .row(
                &SET_THROTTLE.sql(),
                &[
                    &self.rate.is_some(),
                    &rate,
                    &self.workers.is_some(),
                    &workers,
                ],
            )
            .await?;
        let steered = Steered {
            state: row.text("State")?,
            request: None,
            max_embeddings_per_second: row.opt_integer("MaxEmbeddingsPerSecond")?,
            max_workers: row.opt_integer("MaxWorkers")?,
        };
        if cli.format == Format::Json {
            output::json("hartonomous.steer/1", &steered);
            return Ok(Exit::Done);
        }
        let limit = |value: Option<i64>, unit: &str| {
            value.map_or_else(
                || format!("no limit of {unit}"),
                |n| format!("at most {n} {unit}"),
            )
        };
        output::line(format!(
            "{}, {}",
            limit(steered.max_embeddings_per_second, "embeddings per second"),
            limit(steered.max_workers, "writers per process")
        ));
        Ok(Exit::Done)
    }
}
