//! `migrate <phase>`.

use std::time::Duration;

use serde_json::json;

use super::session::Run;
use super::{Cli, Phase, plan};
use crate::connect::RowExt;
use crate::engine::{Cancel, Event, StepState, Stop, apply};
use crate::exit::Exit;
use crate::gate::{Measured, Thresholds};
use crate::output::{self, Format, GateReport, gate_table};
use crate::phase1::{self, Inventory, Phase1Inspect, Table};
use crate::phase2::{self, Phase2Inspect};
use crate::pipeline::{self, Settings, SourceColumns};
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

    /// Phase 2: components per batch, at least one embedding
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub batch_components: u32,

    /// Phases 2 and 3: how often a transient failure is tried again
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub retries: u32,

    #[command(flatten)]
    pub phase3: super::phase3::Phase3Options,
}

impl Migrate {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
        if self.phase == Phase::Phase3 && !self.dry_run {
            return super::phase3::run(&self.phase3, cli, self.retries, cancel).await;
        }
        if self.phase != Phase::Phase3 {
            self.phase3.refuse_elsewhere()?;
        }
        if self.dry_run {
            return plan::show(cli, self.phase).await;
        }
        let thresholds = cli.thresholds()?;
        let (command, phase) = match self.phase {
            Phase::Phase1 => ("migrate phase1", phase1::PHASE),
            Phase::Phase2 | Phase::Phase3 => ("migrate phase2", phase2::PHASE),
        };
        let mut run = Run::begin(cli, command, phase).await?;
        let mut gates = Vec::new();
        let result = match self.phase {
            Phase::Phase1 => run_phase1(&mut run, &thresholds, cancel, &mut gates).await,
            Phase::Phase2 | Phase::Phase3 => {
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
        self.decompose(run, &inventory, &columns, cli.connect.lock_timeout, cancel)
            .await?;
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

    async fn decompose(
        &self,
        run: &mut Run,
        inventory: &Inventory,
        columns: &SourceColumns,
        lock_timeout: Duration,
        cancel: &Cancel,
    ) -> Result<(), Stop> {
        let totals = run.connection.row(&TOTALS.sql(), &[]).await?;
        let count = |name: &str| -> Result<u64, Stop> {
            Ok(u64::try_from(totals.integer(name)?).unwrap_or(0))
        };
        run.events.observe(&Event::BatchesStarted {
            embeddings_total: count("WithVector")?,
            embeddings_done: count("Migrated")?,
            components_pending: count("PendingComponents")?,
        });
        let settings = Settings {
            batch_components: self.batch_components as usize,
            lock_timeout,
            retries: self.retries,
        };
        let has_last_updated = inventory
            .column(Table::AtomEmbeddings, "LastUpdated")
            .is_some();
        let outcome = pipeline::run(
            &run.endpoint,
            columns.clone(),
            has_last_updated,
            (run.id, run.fence),
            settings,
            &*run.events,
            cancel,
        )
        .await;
        run.events.observe(&Event::BatchesEnded);
        let outcome = outcome?;
        run.connection.rows(&CLEAR_FAILED.sql(), &[]).await?;
        let detail = json!({
            "embeddings": outcome.embeddings, "relations": outcome.relations, "atoms": outcome.atoms,
            "rejected": outcome.rejected, "components_asked_exactly": outcome.resolved,
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
