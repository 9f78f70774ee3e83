//! `migrate <phase>`.

use serde_json::json;

use super::session::Run;
use super::writers::WriterArgs;
use super::{Cli, Phase, plan};
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
#[derive(Debug, clap::Args)]
pub struct Migrate {
    #[arg(value_enum)]
    pub phase: Phase,

    /// Print the plan and its SQL, write nothing
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub writers: WriterArgs,

    #[command(flatten)]
    pub phase3: super::phase3::Phase3Options,

    #[command(flatten)]
    pub phase4: super::phase4::Phase4Options,
}

impl Migrate {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
        if self.phase != Phase::Phase3 {
            self.phase3.refuse_elsewhere()?;
        }
        if self.phase != Phase::Phase4 {
            self.phase4.refuse_elsewhere()?;
        }
        let retries = self.writers.retries;
        match (self.phase, self.dry_run) {
            (Phase::Phase4, true) => return super::phase4::plan(cli, Some(&self.phase4)).await,
            (_, true) => return plan::show(cli, self.phase).await,
            (Phase::Phase3, false) => {
                return super::phase3::run(&self.phase3, cli, retries, cancel).await;
            }
            (Phase::Phase4, false) => {
                return super::phase4::run(&self.phase4, cli, retries, cancel).await;
            }
            (Phase::Phase1 | Phase::Phase2, false) => {}
        }
        if self.writers.join {
            return super::join::run(cli, self, cancel).await;
        }
        let thresholds = cli.thresholds()?;
        let (command, phase) = match self.phase {
            Phase::Phase1 => ("migrate phase1", phase1::PHASE),
            Phase::Phase2 | Phase::Phase3 | Phase::Phase4 => ("migrate phase2", phase2::PHASE),
        };
        let mut run = Run::begin(cli, command, phase).await?;
        let mut gates = Vec::new();
        let result = match self.phase {
            Phase::Phase1 => run_phase1(&mut run, &thresholds, cancel, &mut gates).await,
            Phase::Phase2 | Phase::Phase3 | Phase::Phase4 => {
                self.run_phase2(cli, &mut run, &thresholds, cancel, &mut gates)
                    .await
            }
        };
        run.end(&result).await;
        report(&gates, cli.format, result.is_ok());
        result.map(|()| Exit::Done)
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
