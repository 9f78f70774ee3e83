//! Runs, their steps and gates, the control row with the fence.

use crate::connect::{Connection, Failure, RowExt};
use crate::gate::Measured;
use crate::ids::RunId;
use crate::tsql::{Statement, embedded};

const START_RUN: Statement = embedded!("state/start_run.sql");
const FINISH_RUN: Statement = embedded!("state/finish_run.sql");
const CLOSE_ABANDONED: Statement = embedded!("state/close_abandoned_runs.sql");
const RAISE_FENCE: Statement = embedded!("state/raise_fence.sql");
const READ_FENCE: Statement = embedded!("state/read_fence.sql");
const JOIN_RUN: Statement = embedded!("state/join_run.sql");
const SET_STATE: Statement = embedded!("state/set_control_state.sql");
const RECORD_STEP: Statement = embedded!("state/record_step.sql");
const LIST_STEPS: Statement = embedded!("state/list_steps.sql");
const RECORD_GATE: Statement = embedded!("state/record_gate.sql");
const WATERMARKS: Statement = embedded!("status/list_watermarks.sql");

/// Given to a run when it takes the database over; every batch checks that it is still the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FencingNumber(pub i64);

/// What is recorded of a step.
#[derive(Debug, Clone)]
pub struct StepRecord<'a> {
    pub phase: &'static str,
    pub step: &'a str,
    pub state: &'a str,
    pub sql_sha256: Option<&'a str>,
    /// The SQL itself, its batches separated by GO.
    pub sql: Option<&'a str>,
    pub object: Option<&'a str>,
    pub object_sha256: Option<&'a str>,
    pub created: bool,
    pub detail: Option<String>,
}

/// The last record of a step over all runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    pub step: String,
    pub state: String,
    pub sql_sha256: Option<String>,
    pub object_sha256: Option<String>,
    /// Some run created the object: rollback may drop it.
    pub ever_created: bool,
    pub detail: Option<String>,
}

/// The control row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ControlState {
    pub run_id: Option<i64>,
    pub phase: String,
    pub state: String,
    pub request: String,
    pub fencing_number: i64,
}

/// How far a writer has come.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Watermark {
    pub run_id: i64,
    pub watermark: i64,
    pub embeddings_done: i64,
    pub relations_written: i64,
    pub atoms_written: i64,
    pub embeddings_failed: i64,
}

/// Records the start of a command; `arguments` must hold no secret.
///
/// # Errors
/// A failed statement.
pub async fn start_run(
    connection: &mut Connection,
    command: &str,
    phase: Option<&str>,
    arguments: &str,
) -> Result<RunId, Failure> {
    let host = hostname();
    let pid = i32::try_from(std::process::id()).unwrap_or(0);
    let row = connection
        .row(
            &START_RUN.sql(),
            &[
                &command,
                &phase,
                &host,
                &pid,
                &env!("CARGO_PKG_VERSION"),
                &arguments,
            ],
        )
        .await?;
    Ok(RunId(row.integer("RunId")?))
}

fn hostname() -> String {
    std::env::var("HOSTNAME")
        .or_else(|_| std::env::var("COMPUTERNAME"))
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map(|name| name.trim().chars().take(128).collect())
        .unwrap_or_default()
}

/// # Errors
/// A failed statement.
pub async fn finish_run(
    connection: &mut Connection,
    run: RunId,
    outcome: &str,
    message: Option<&str>,
) -> Result<(), Failure> {
    let params: [&dyn tiberius::ToSql; 3] = [&run.0, &outcome, &message];
    connection.rows(&FINISH_RUN.sql(), &params).await.map(drop)
}

/// Marks runs whose process died; only the holder of the application lock may say so.
///
/// # Errors
/// A failed statement.
pub async fn close_abandoned_runs(connection: &mut Connection, run: RunId) -> Result<(), Failure> {
    connection
        .rows(&CLOSE_ABANDONED.sql(), &[&run.0])
        .await
        .map(drop)
}

/// Takes the database over: no older run can commit a batch afterwards.
///
/// # Errors
/// A failed statement.
pub async fn raise_fence(
    connection: &mut Connection,
    run: RunId,
    phase: &str,
) -> Result<FencingNumber, Failure> {
    let row = connection
        .row(&RAISE_FENCE.sql(), &[&run.0, &phase])
        .await?;
    Ok(FencingNumber(row.integer("FencingNumber")?))
}

/// Who leads the migration that a run joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    pub fence: FencingNumber,
    pub run_id: Option<i64>,
    pub phase: String,
    pub state: String,
}

/// Gives a run the fencing number as it is, so that it works for the run that leads.
///
/// # Errors
/// A failed statement.
pub async fn join_run(connection: &mut Connection, run: RunId) -> Result<Leader, Failure> {
    let row = connection.row(&JOIN_RUN.sql(), &[&run.0]).await?;
    Ok(Leader {
        fence: FencingNumber(row.integer("FencingNumber")?),
        run_id: row.opt_integer("LeaderRunId")?,
        phase: row.text("Phase")?,
        state: row.text("State")?,
    })
}

/// # Errors
/// A failed statement.
pub async fn set_control_state(
    connection: &mut Connection,
    fence: FencingNumber,
    state: &str,
) -> Result<(), Failure> {
    connection
        .rows(&SET_STATE.sql(), &[&fence.0, &state])
        .await
        .map(drop)
}

/// # Errors
/// A failed statement.
pub async fn read_control(connection: &mut Connection) -> Result<ControlState, Failure> {
    let row = connection.row(&READ_FENCE.sql(), &[]).await?;
    Ok(ControlState {
        run_id: row.opt_integer("RunId")?,
        phase: row.text("Phase")?,
        state: row.text("State")?,
        request: row.text("Request")?,
        fencing_number: row.integer("FencingNumber")?,
    })
}

/// # Errors
/// A failed statement.
pub async fn record_step(
    connection: &mut Connection,
    run: RunId,
    record: &StepRecord<'_>,
) -> Result<(), Failure> {
    let params: [&dyn tiberius::ToSql; 10] = [
        &run.0,
        &record.phase,
        &record.step,
        &record.state,
        &record.sql_sha256,
        &record.object,
        &record.object_sha256,
        &record.created,
        &record.detail,
        &record.sql,
    ];
    connection.rows(&RECORD_STEP.sql(), &params).await.map(drop)
}

/// # Errors
/// A failed statement.
pub async fn list_steps(
    connection: &mut Connection,
    phase: &str,
) -> Result<Vec<StoredStep>, Failure> {
    let rows = connection.rows(&LIST_STEPS.sql(), &[&phase]).await?;
    rows.iter()
        .map(|row| {
            Ok(StoredStep {
                step: row.text("Step")?,
                state: row.text("State")?,
                sql_sha256: row.opt::<&str>("SqlSha256")?.map(str::to_owned),
                object_sha256: row.opt::<&str>("ObjectSha256")?.map(str::to_owned),
                ever_created: row.opt("EverCreated")?.unwrap_or(false),
                detail: row.opt::<&str>("Detail")?.map(str::to_owned),
            })
        })
        .collect()
}

/// # Errors
/// A failed statement.
pub async fn record_gate(
    connection: &mut Connection,
    run: RunId,
    measured: &Measured,
) -> Result<(), Failure> {
    let evidence = measured.evidence_json();
    let params: [&dyn tiberius::ToSql; 6] = [
        &run.0,
        &measured.gate.phase,
        &measured.gate.id,
        &measured.verdict.word(),
        &measured.threshold,
        &evidence,
    ];
    connection.rows(&RECORD_GATE.sql(), &params).await.map(drop)
}

impl Watermark {
    /// The watermarks of a run's writers.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn of_run(connection: &mut Connection, run: RunId) -> Result<Vec<Self>, Failure> {
        let rows = connection.rows(&WATERMARKS.sql(), &[&run.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(Self {
                    run_id: run.0,
                    watermark: row.integer("Watermark")?,
                    embeddings_done: row.integer("EmbeddingsDone")?,
                    relations_written: row.integer("RelationsWritten")?,
                    atoms_written: row.integer("AtomsWritten")?,
                    embeddings_failed: row.integer("EmbeddingsFailed")?,
                })
            })
            .collect()
    }
}
