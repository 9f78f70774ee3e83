//! `status`.

use chrono::NaiveDateTime;

use super::Cli;
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::Stop;
use crate::exit::Exit;
use crate::output::{GateLine, RunLine, SignalLine, StatusReport, Steering, status};
use crate::phase1::{Inventory, Table};
use crate::phase2::load::Owed;
use crate::phase2::rollback::Versioning;
use crate::phase3::{self, ColumnState};
use crate::phase4::{self, Found};
use crate::state;
use crate::tsql::{Statement, embedded};

const SUMMARY: Statement = embedded!("status/select_status.sql");
const MIGRATED: Statement = embedded!("status/count_progress.sql");
const SIGNALS: Statement = embedded!("status/list_signals.sql");
const HOLDER: Statement = embedded!("connect/select_application_lock_holder.sql");
const DATABASE: Statement = embedded!("connect/read_session_options.sql");

/// Show the phase, the progress, the gates as last measured, and what to do next. Writes nothing.
#[derive(Debug, clap::Args)]
pub struct Status {}

impl Status {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let (_, mut connection) = cli.connect.open().await?;
        let report = read(&mut connection).await?;
        status(&report, cli.format);
        Ok(Exit::Done)
    }
}

async fn read(connection: &mut Connection) -> Result<StatusReport, Stop> {
    let layout_version = state::layout_version(connection).await?;
    let database = connection
        .batch_row(&DATABASE.sql())
        .await?
        .text("DatabaseName")?;
    let inventory = Inventory::read(connection).await?;
    let mut report = StatusReport {
        database,
        layout_version,
        phase: "not begun".to_owned(),
        state: "idle".to_owned(),
        request: "none".to_owned(),
        run: None,
        holder: holder(connection).await.unwrap_or(None),
        embeddings_with_vector: None,
        embeddings_migrated: None,
        failed_embeddings: 0,
        steering: None,
        signals: Vec::new(),
        gates: Vec::new(),
        warnings: Vec::new(),
        soak: None,
        memory: None,
        next: "hartonomous doctor, then hartonomous migrate phase1".to_owned(),
    };
    if layout_version == 0 {
        return Ok(report);
    }
    if layout_version >= state::STEERABLE {
        summary(connection, &mut report).await?;
        signals(connection, &mut report).await?;
    }
    gates(connection, &mut report).await?;
    if let Some(off) = Versioning::owed(connection).await?
        && Versioning::read(connection).await?.is_none()
    {
        report.warnings.push(format!(
            "system versioning of dbo.AtomRelations is off since a rollback was interrupted (history {}.{}); the next command that writes switches it on again",
            off.history_schema, off.history_table
        ));
    }
    let owed = Owed::read(connection).await?;
    if !owed.is_empty() {
        report.warnings.push(format!(
            "a load in a maintenance window has left {}; `hartonomous migrate phase2` brings them back",
            owed.words()
        ));
    }
    let begun = inventory.has_table(Table::EmbeddingMigrationProgress)
        && inventory
            .column(Table::AtomEmbeddings, "EmbeddingVector")
            .is_some();
    if begun {
        let row = connection.row(&MIGRATED.sql(), &[]).await?;
        report.embeddings_with_vector = Some(row.integer("WithVector")?);
        report.embeddings_migrated = Some(row.integer("Migrated")?);
    }
    conclude(&mut report, begun);
    removal(connection, &inventory, &mut report).await?;
    memory_table(connection, layout_version, &mut report).await?;
    Ok(report)
}

async fn signals(connection: &mut Connection, report: &mut StatusReport) -> Result<(), Failure> {
    for row in connection.rows(&SIGNALS.sql(), &[]).await? {
        report.signals.push(SignalLine {
            signal: row.text("Signal")?,
            reading: row.opt::<&str>("Reading")?.map(str::to_owned),
            threshold: row.text("Threshold")?,
            holds: row.need("Holds")?,
            age_seconds: row.integer("AgeSeconds")?,
        });
    }
    Ok(())
}

async fn gates(connection: &mut Connection, report: &mut StatusReport) -> Result<(), Failure> {
    let last = state::last_verdicts(connection, None).await?;
    report.gates = last
        .into_iter()
        .map(|last| GateLine {
            phase: last.phase,
            gate: last.gate,
            verdict: last.verdict,
            measured_at: when(last.measured_at),
            waiver: last
                .waiver
                .map(|waiver| format!("by {} until {}", waiver.by, waiver.until)),
        })
        .collect();
    Ok(())
}

async fn summary(connection: &mut Connection, report: &mut StatusReport) -> Result<(), Failure> {
    let row = connection.row(&SUMMARY.sql(), &[]).await?;
    report.state = row.text("State")?;
    report.request = row.text("Request")?;
    report.failed_embeddings = row.integer("FailedEmbeddings")?;
    report.steering = Some(Steering {
        requested_by: row.opt::<&str>("RequestedBy")?.map(str::to_owned),
        acknowledged_request: row.opt::<&str>("AcknowledgedRequest")?.map(str::to_owned),
        acknowledged_at: when(row.opt("AcknowledgedAt")?),
        held_by: row.opt::<&str>("HeldBy")?.map(str::to_owned),
        max_embeddings_per_second: row.opt_integer("MaxEmbeddingsPerSecond")?,
        max_workers: row.opt_integer("MaxWorkers")?,
        waiting_deltas: row.integer("WaitingDeltas")?,
        open_key_ranges: row.integer("OpenRanges")?,
        takeovers: row.integer("Takeovers")?,
    });
    if let Some(run_id) = row.opt_integer("RunId")? {
        let outcome = row.text("Outcome")?;
        let ended: Option<NaiveDateTime> = row.opt("EndedAt")?;
        report.run = Some(RunLine {
            run_id,
            login: row.text("LoginName")?,
            host: row.text("HostName")?,
            started_at: when(row.opt("StartedAt")?),
            outcome: match (ended, report.holder.is_some()) {
                (Some(_), _) => outcome,
                (None, true) => "running".to_owned(),
                (None, false) => {
                    "ended without a word (killed); the same command carries on".to_owned()
                }
            },
            embeddings_done: row.opt_integer("EmbeddingsDone")?.unwrap_or(0),
            relations_written: row.opt_integer("RelationsWritten")?.unwrap_or(0),
            last_progress_at: when(row.opt("LastProgressAt")?),
        });
    }
    Ok(())
}

/// The phase and the next step, from what was last measured.
fn conclude(report: &mut StatusReport, phase2_begun: bool) {
    let all = |phase: &str| {
        let mut of_phase = report
            .gates
            .iter()
            .filter(|gate| gate.phase == phase)
            .peekable();
        of_phase.peek().is_some() && of_phase.all(|gate| gate.verdict != "fail")
    };
    let (phase1, phase2) = (all("phase1"), all("phase2"));
    let pending = match (report.embeddings_with_vector, report.embeddings_migrated) {
        (Some(all), Some(done)) => all - done,
        _ => 0,
    };
    let running = report
        .run
        .as_ref()
        .is_some_and(|run| run.outcome == "running");
    let (phase, next) = match (phase1, phase2_begun, phase2) {
        (false, _, _) => ("phase 1 begun", "hartonomous migrate phase1"),
        (true, false, _) => (
            "phase 1 complete",
            "a full backup, then hartonomous migrate phase2",
        ),
        (true, true, _) if pending > 0 => ("phase 2 begun", "hartonomous migrate phase2"),
        (true, true, false) => (
            "phase 2 begun",
            "hartonomous validate phase2, and see to the gates that fail",
        ),
        (true, true, true) => (
            "phase 2 complete",
            "keep EmbeddingVector for 30 days; hartonomous validate as often as you like",
        ),
    };
    report.phase = phase.to_owned();
    report.next = if running {
        "wait for the run, or watch it with hartonomous status".to_owned()
    } else {
        next.to_owned()
    };
}

/// What phase 3 and its undoing have to say, once the column is on its way.
async fn removal(
    connection: &mut Connection,
    inventory: &Inventory,
    report: &mut StatusReport,
) -> Result<(), Failure> {
    if !inventory.has_table(Table::EmbeddingMigrationProgress) {
        // What was measured of a phase that is taken back says nothing any more.
        report.gates.retain(|gate| gate.phase != "phase2");
        return Ok(());
    }
    let holds = |phase: &str| {
        let mut of_phase = report.gates.iter().filter(|gate| gate.phase == phase);
        of_phase.all(|gate| gate.verdict != "fail")
    };
    let (phase, next) = match ColumnState::read(connection, inventory, true).await? {
        ColumnState::Present(_) => {
            if report.phase == "phase 2 complete" {
                let soak = phase3::soak(connection).await?;
                report.soak = soak.began().map(|(at, why)| {
                    format!("{:.1} days since {}: {why}", soak.days(), state::when(at))
                });
            }
            return Ok(());
        }
        ColumnState::BrownedOut(_) => (
            "phase 3, brown-out: EmbeddingVector has another name",
            "hartonomous migrate phase3 --end-brown-out, or hartonomous migrate phase3 to remove it",
        ),
        ColumnState::Gone(_) if phase3::rollback::is_restoring(inventory) => (
            "un-drop of EmbeddingVector begun",
            "hartonomous rollback phase3",
        ),
        ColumnState::Gone(_)
            if holds(phase3::PHASE) && phase3::rollback::is_rebuilt(connection).await? =>
        {
            (
                "phase 3 complete",
                "hartonomous validate phase3; after seven days hartonomous attest no-application-errors",
            )
        }
        ColumnState::Gone(_) => (
            "phase 3 begun: the column is removed",
            "hartonomous migrate phase3",
        ),
    };
    report.phase = phase.to_owned();
    if report
        .run
        .as_ref()
        .is_none_or(|run| run.outcome != "running")
    {
        report.next = next.to_owned();
    }
    Ok(())
}

/// What phase 4 has to say, once its table is there.
async fn memory_table(
    connection: &mut Connection,
    layout_version: usize,
    report: &mut StatusReport,
) -> Result<(), Failure> {
    let found = Found::read(connection).await?;
    if found.table.is_none() {
        // What was measured of a phase that is taken back says nothing any more.
        report.gates.retain(|gate| gate.phase != phase4::PHASE);
        if report.phase == "phase 3 complete" {
            report.next.push_str("; then hartonomous plan phase4");
        }
        return Ok(());
    }
    let copy = found.copy(connection, layout_version).await?;
    let complete = copy.and_then(|copy| copy.copied_at).is_some();
    report.memory = copy.map(|copy| {
        let aligned = copy.aligned_at.map(state::when);
        match (complete, aligned) {
            (true, Some(at)) => format!(
                "{} rows copied, in line with dbo.AtomEmbeddings {at}",
                copy.rows_copied
            ),
            (true, None) => format!("{} rows copied, not yet compared", copy.rows_copied),
            (false, _) => format!("{} rows copied so far", copy.rows_copied),
        }
    });
    let measured = report.gates.iter().any(|gate| gate.gate == "phase4.rows");
    let holds = report
        .gates
        .iter()
        .filter(|gate| gate.phase == phase4::PHASE)
        .all(|gate| gate.verdict != "fail");
    let (phase, next) = if !complete {
        (
            "phase 4 begun: the rows are copied",
            "hartonomous migrate phase4",
        )
    } else if measured && holds {
        (
            "phase 4 complete",
            "hartonomous validate phase4; after the observation window hartonomous attest memory-table-errors",
        )
    } else {
        (
            "phase 4 begun: the copy is complete",
            "hartonomous migrate phase4, and see to the gates that fail",
        )
    };
    if !report.phase.starts_with("phase 3") {
        report.warnings.push(format!(
            "dbo.{} is there and phase 3 is not done: `hartonomous rollback phase4` takes it away",
            phase4::TABLE
        ));
        return Ok(());
    }
    report.phase = phase.to_owned();
    if report
        .run
        .as_ref()
        .is_none_or(|run| run.outcome != "running")
    {
        report.next = next.to_owned();
    }
    Ok(())
}

async fn holder(connection: &mut Connection) -> Result<Option<String>, Failure> {
    let rows = connection.rows(&HOLDER.sql(), &[]).await?;
    rows.first()
        .map(|row| {
            Ok(format!(
                "session {}, login {}, host {}",
                row.integer("SessionId")?,
                row.text("LoginName")?,
                row.text("HostName")?
            ))
        })
        .transpose()
}

fn when(time: Option<NaiveDateTime>) -> String {
    time.map_or_else(String::new, |time| {
        time.format("%Y-%m-%d %H:%M:%S").to_string()
    })
}
