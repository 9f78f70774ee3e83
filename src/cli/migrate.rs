//! `migrate <phase>`.

use serde_json::json;

use super::session::{Ended, Run};
use super::writers::WriterArgs;
use super::{Cli, Goal, Phase, all, plan};
use crate::connect::{Connection, RowExt};
use crate::engine::{Cancel, Event, Observer, StepState, Stop, apply};
use crate::exit::Exit;
use crate::gate::{Measured, Thresholds};
use crate::output::{self, Format, GateReport, gate_table};
use crate::phase1::{self, Inventory, Phase1Inspect};
use crate::phase2::{self, Phase2Inspect};
use crate::pipeline::{self, Job, SourceColumns, Ticket};
use crate::state::{self, StepRecord};
use crate::tsql::{Statement, embedded};

const TOTALS: Statement = embedded!("phase2/select_totals.sql");
const CLEAR_FAILED: Statement = embedded!("phase2/clear_failed_embeddings.sql");

/// Run a phase: from nothing, from where it stopped, or over a complete one. Every step is checked before and after.
///
/// `all` runs one phase after the other as far as the gates allow, each as a run of its own, and says what it waits for.
#[derive(Debug, clap::Args)]
pub struct Migrate {
    #[arg(value_enum)]
    pub phase: Goal,

    /// Print the plan and its SQL, write nothing
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub writers: WriterArgs,

    #[command(flatten)]
    pub phase3: super::phase3::Phase3Options,
}

impl Migrate {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
        let phase = match self.phase {
            Goal::All if self.dry_run => return all::plan(cli).await,
            Goal::All => return all::run(self, cli, cancel).await,
            Goal::One(phase) => phase,
        };
        if phase != Phase::Phase3 {
            self.phase3.refuse_elsewhere()?;
        }
        if self.dry_run {
            return plan::show(cli, phase).await;
        }
        if self.writers.join {
            return super::join::run(cli, self, cancel).await;
        }
        let ended = self.carry_out(phase, cli, cancel).await?;
        report(&ended.gates, cli.format, ended.result.is_ok());
        ended.result.map(|()| Exit::Done)
    }

    /// One phase as a run of its own.
    ///
    /// # Errors
    /// What kept the run from beginning; how it ended is in the result.
    pub async fn carry_out(&self, phase: Phase, cli: &Cli, cancel: &Cancel) -> Result<Ended, Stop> {
        let thresholds = cli.thresholds()?;
        let command = match phase {
            Phase::Phase1 => "migrate phase1",
            Phase::Phase2 => "migrate phase2",
            Phase::Phase3 => {
                let waits = self.phase == Goal::All;
                return super::phase3::carry_out(
                    &self.phase3,
                    cli,
                    self.writers.retries,
                    waits,
                    cancel,
                )
                .await;
            }
        };
        let mut run = Run::begin(cli, command, phase.name()).await?;
        let mut gates = Vec::new();
        let result = match phase {
            Phase::Phase1 => run_phase1(&mut run, &thresholds, cancel, &mut gates).await,
            Phase::Phase2 | Phase::Phase3 => {
                self.run_phase2(cli, &mut run, &thresholds, cancel, &mut gates)
                    .await
            }
        };
        let id = run.id;
        run.end(&result).await;
        Ok(Ended { id, gates, result })
    }

    async fn run_phase2(
        &self,
        cli: &Cli,
        run: &mut Run,
        thresholds: &Thresholds,
        cancel: &Cancel,
        gates: &mut Vec<Measured>,
    ) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut run.connection).await?;
        let columns = plan::require_vector_column(&inventory)?;
        let stored = state::list_steps(&mut run.connection, phase1::PHASE).await?;
        gates.extend(phase1::measure(&mut run.connection, &stored, thresholds).await?);
        run.require(phase1::PHASE, gates).await?;
        gates.clear();
        gates.extend(phase2::measure_before(&mut run.connection, &columns, false).await?);
        run.require(phase2::PHASE, gates).await?;
        let tables = phase2::plan_tables(&inventory);
        apply(
            &mut run.connection,
            &tables,
            run.id,
            &mut Phase2Inspect,
            &*run.events,
            cancel,
        )
        .await?;
        gates.clear();
        gates.extend(phase2::measure_before(&mut run.connection, &columns, true).await?);
        run.require(phase2::PHASE, gates).await?;
        self.decompose(cli, run, &columns, cancel).await?;
        if self.writers.repair {
            self.repair(cli, run, &columns, cancel).await?;
        }
        let inventory = Inventory::read(&mut run.connection).await?;
        let stored = state::list_steps(&mut run.connection, phase2::PHASE).await?;
        let view = phase2::plan_view(&inventory, &stored);
        apply(
            &mut run.connection,
            &view,
            run.id,
            &mut Phase2Inspect,
            &*run.events,
            cancel,
        )
        .await?;
        run.check_lock().await?;
        let mut after = super::validate::phase2(
            &run.endpoint,
            &mut run.connection,
            &columns,
            cli.connect.lock_timeout,
            thresholds,
            &*run.events,
        )
        .await?;
        run.record(&mut after).await?;
        gates.extend(after);
        super::validate::require(phase2::PHASE, gates)
    }

    fn job(
        &self,
        cli: &Cli,
        run: &Run,
        columns: &SourceColumns,
        pending: u64,
        cancel: &Cancel,
    ) -> Job {
        Job {
            endpoint: run.endpoint.clone(),
            columns: columns.clone(),
            ticket: Ticket {
                run: run.id,
                fence: run.fence,
            },
            settings: self.writers.settings(cli.connect.lock_timeout),
            pending,
            events: run.events.clone(),
            cancel: cancel.clone(),
        }
    }

    /// Proves every vector, and rewrites exactly those that the proof found wrong.
    async fn repair(
        &self,
        cli: &Cli,
        run: &mut Run,
        columns: &SourceColumns,
        cancel: &Cancel,
    ) -> Result<(), Stop> {
        let timeout = cli.connect.lock_timeout;
        let proof = pipeline::verify(&run.endpoint, columns, timeout, &*run.events).await?;
        let rewritten =
            pipeline::repair(self.job(cli, run, columns, 0, cancel), &proof.wrong).await?;
        let record = StepRecord {
            phase: phase2::PHASE,
            step: "repair",
            state: "applied",
            sql_sha256: None,
            sql: None,
            object: Some("dbo.AtomRelations"),
            object_sha256: None,
            created: false,
            detail: Some(json!({ "wrong": proof.wrong, "rewritten": rewritten }).to_string()),
        };
        Ok(state::record_step(&mut run.connection, run.id, &record).await?)
    }

    async fn decompose(
        &self,
        cli: &Cli,
        run: &mut Run,
        columns: &SourceColumns,
        cancel: &Cancel,
    ) -> Result<(), Stop> {
        let pending = announce(&mut run.connection, &*run.events).await?;
        let outcome = pipeline::run(
            self.job(cli, run, columns, pending, cancel),
            Some(&mut run.lock),
        )
        .await;
        run.events.observe(&Event::BatchesEnded);
        let outcome = outcome?;
        run.connection.rows(&CLEAR_FAILED.sql(), &[]).await?;
        let detail = json!({
            "embeddings": outcome.embeddings, "relations": outcome.relations, "atoms": outcome.atoms,
            "rejected": outcome.rejected, "components_asked_exactly": outcome.resolved,
            "renewed": outcome.renewed, "removed": outcome.removed,
        });
        let record = StepRecord {
            phase: phase2::PHASE,
            step: "decompose",
            state: "applied",
            sql_sha256: None,
            sql: None,
            object: Some("dbo.AtomRelations"),
            object_sha256: None,
            created: false,
            detail: Some(detail.to_string()),
        };
        Ok(state::record_step(&mut run.connection, run.id, &record).await?)
    }
}

/// Tells how much there is to do, and returns the number of pending embeddings.
///
/// # Errors
/// A failed statement.
pub async fn announce(connection: &mut Connection, events: &dyn Observer) -> Result<u64, Stop> {
    let totals = connection.row(&TOTALS.sql(), &[]).await?;
    let count =
        |name: &str| -> Result<u64, Stop> { Ok(u64::try_from(totals.integer(name)?).unwrap_or(0)) };
    events.observe(&Event::BatchesStarted {
        embeddings_total: count("WithVector")?,
        embeddings_done: count("Migrated")?,
        components_pending: count("PendingComponents")?,
    });
    count("Pending")
}

async fn run_phase1(
    run: &mut Run,
    thresholds: &Thresholds,
    cancel: &Cancel,
    gates: &mut Vec<Measured>,
) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    plan::require_tables(&inventory)?;
    let online = plan::builds_online(&mut run.connection).await?;
    let stored = state::list_steps(&mut run.connection, phase1::PHASE).await?;
    let plan = phase1::plan(&inventory, &stored, online);
    if phase1::stored_sample(&stored).is_none() {
        let sample = phase1::sample_access_paths(&mut run.connection).await?;
        let detail = serde_json::to_string(&sample).ok();
        let record = StepRecord {
            phase: phase1::PHASE,
            step: "sample.access_paths",
            state: "applied",
            sql_sha256: None,
            sql: None,
            object: None,
            object_sha256: None,
            created: false,
            detail,
        };
        state::record_step(&mut run.connection, run.id, &record).await?;
    }
    if !online
        && plan
            .steps
            .iter()
            .any(|step| step.id.starts_with("index.") && step.state != StepState::Present)
    {
        run.events.observe(&Event::Warning {
            text: "this edition builds indexes offline: writers to AtomRelations wait meanwhile"
                .to_owned(),
        });
    }
    let mut inspect = Phase1Inspect { online };
    apply(
        &mut run.connection,
        &plan,
        run.id,
        &mut inspect,
        &*run.events,
        cancel,
    )
    .await?;
    let stored = state::list_steps(&mut run.connection, phase1::PHASE).await?;
    gates.extend(phase1::measure(&mut run.connection, &stored, thresholds).await?);
    run.require(phase1::PHASE, gates).await
}

/// The gates of a migration, on stdout.
pub fn report(gates: &[Measured], format: Format, passed: bool) {
    if gates.is_empty() {
        return;
    }
    match format {
        Format::Human => output::line(gate_table(gates)),
        Format::Json => output::json("hartonomous.migrate/1", &GateReport { passed, gates }),
    }
}
