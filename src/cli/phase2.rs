//! `migrate phase2`: prerequisites, the load with what stands around it, the view, the proof.

use serde_json::json;

use super::session::Run;
use super::writers::{LoadArgs, WriterArgs};
use super::{Cli, plan};
use crate::connect::{BulkLoad, Connection, RowExt};
use crate::engine::{Cancel, Event, Observer, Stop, apply};
use crate::gate::{Measured, Thresholds};
use crate::phase1::{self, Inventory};
use crate::phase2::load::{self, Decision, LoadOptions, Owed, Shape, Strategy};
use crate::phase2::view_index::{self, Load, ViewIndex, Wish};
use crate::phase2::{self, Phase2Inspect};
use crate::pipeline::{self, Job, SizeLimits, SourceColumns, Ticket};
use crate::state::{self, StepRecord};
use crate::tsql::{Statement, embedded};

const TOTALS: Statement = embedded!("phase2/select_totals.sql");
const CLEAR_FAILED: Statement = embedded!("phase2/clear_failed_embeddings.sql");

/// A run of phase 2.
pub struct Phase2<'a> {
    pub writers: &'a WriterArgs,
    pub cli: &'a Cli,
    pub run: &'a mut Run,
    pub thresholds: &'a Thresholds,
    pub cancel: &'a Cancel,
}

/// What a load would be, or was: the strategy, and whether the view's index is built.
pub struct Chosen {
    pub strategy: Strategy,
    pub view_index: ViewIndex,
    pub build: bool,
}

impl Chosen {
    /// Chooses from what the database has now.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn now(
        connection: &mut Connection,
        inventory: &Inventory,
        options: LoadOptions,
        load: LoadArgs,
    ) -> Result<Self, Stop> {
        let shape = Shape::read(connection, inventory).await?;
        let mut strategy = Strategy::choose(&shape, options);
        let view_index = ViewIndex::read(connection, inventory).await?;
        let stored = if state::layout_version(connection).await? > 0 {
            state::list_steps(connection, phase2::PHASE).await?
        } else {
            Vec::new()
        };
        let over = Load {
            relations: shape.relations.saturating_add(shape.pending),
            bytes: shape.pending.saturating_mul(phase2::BYTES_PER_RELATION),
            maintenance_window: options.maintenance_window,
        };
        let (build, decision) =
            view_index.choose(load.wish(), view_index::asked_before(&stored), over);
        strategy.decisions.push(decision);
        Ok(Self {
            strategy,
            view_index,
            build,
        })
    }

    pub fn decisions(&self) -> &[Decision] {
        &self.strategy.decisions
    }
}

/// What the choice depends on beside the database.
pub fn options(load: LoadArgs, workers: u16, size: SizeLimits, online: bool) -> LoadOptions {
    LoadOptions {
        maintenance_window: load.maintenance_window,
        workers: usize::from(workers),
        size,
        online,
    }
}

impl Phase2<'_> {
    /// Runs the phase; `gates` are those measured last.
    ///
    /// # Errors
    /// See `Stop`.
    pub async fn migrate(&mut self, gates: &mut Vec<Measured>) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut self.run.connection).await?;
        let columns = plan::require_vector_column(&inventory)?;
        let online = plan::builds_online(&mut self.run.connection).await?;
        let owed = self.owed(online).await?;
        self.prerequisites(&inventory, &columns, &owed, gates)
            .await?;
        let inventory = Inventory::read(&mut self.run.connection).await?;
        let chosen = self.choose(&inventory, online).await?;
        let run = &mut *self.run;
        load::prepare(&mut run.connection, run.id, &chosen.strategy, &*run.events).await?;
        // Constraints that are owed already stay unchecked: checking only the rest would not spare the pass at the end.
        let how = BulkLoad {
            check_constraints: chosen.strategy.load.check_constraints
                && owed.constraints.is_empty(),
            ..chosen.strategy.load
        };
        self.decompose(&columns, how).await?;
        if self.writers.repair {
            self.repair(&columns).await?;
        }
        let run = &mut *self.run;
        load::restore(&mut run.connection, run.id, online, &*run.events).await?;
        self.view().await?;
        self.run.check_lock().await?;
        gates.clear();
        let run = &mut *self.run;
        let mut after = super::validate::phase2(
            &run.endpoint,
            &mut run.connection,
            &columns,
            self.cli.connect.lock_timeout,
            self.thresholds,
            &*run.events,
        )
        .await?;
        run.record(&mut after).await?;
        gates.extend(after);
        super::validate::require(phase2::PHASE, gates)
    }

    /// What an earlier load still owes: brought back now, or carried on with in a maintenance window.
    async fn owed(&mut self, online: bool) -> Result<Owed, Stop> {
        let run = &mut *self.run;
        let owed = Owed::read(&mut run.connection).await?;
        if owed.is_empty() || self.writers.load.maintenance_window {
            return Ok(owed);
        }
        run.events.observe(&Event::Warning {
            text: format!(
                "an earlier load in a maintenance window ended before its end: bringing back {}",
                owed.words()
            ),
        });
        load::restore(&mut run.connection, run.id, online, &*run.events).await?;
        Ok(Owed::default())
    }

    async fn prerequisites(
        &mut self,
        inventory: &Inventory,
        columns: &SourceColumns,
        owed: &Owed,
        gates: &mut Vec<Measured>,
    ) -> Result<(), Stop> {
        let run = &mut *self.run;
        let stored = state::list_steps(&mut run.connection, phase1::PHASE).await?;
        let disabled: Vec<_> = owed
            .indexes
            .iter()
            .map(|index| (index.name.clone(), index.compression.clone()))
            .collect();
        gates.extend(
            phase1::measure_without(&mut run.connection, &stored, self.thresholds, &disabled)
                .await?,
        );
        run.require(phase1::PHASE, gates).await?;
        gates.clear();
        gates.extend(phase2::measure_before(&mut run.connection, columns, false).await?);
        run.require(phase2::PHASE, gates).await?;
        let tables = phase2::plan_tables(inventory);
        apply(
            &mut run.connection,
            &tables,
            run.id,
            &mut Phase2Inspect,
            &*run.events,
            self.cancel,
        )
        .await?;
        gates.clear();
        gates.extend(phase2::measure_before(&mut run.connection, columns, true).await?);
        run.require(phase2::PHASE, gates).await
    }

    /// Chooses the strategy, and records it before anything of it is done.
    async fn choose(&mut self, inventory: &Inventory, online: bool) -> Result<Chosen, Stop> {
        let load = self.writers.load;
        let options = options(load, self.writers.workers, self.writers.size(), online);
        let run = &mut *self.run;
        let chosen = Chosen::now(&mut run.connection, inventory, options, load).await?;
        plan::refused(&[chosen.strategy.plan()])?;
        let detail = serde_json::to_string(&chosen.strategy).ok();
        let record = record(load::STEP, "dbo.AtomRelations", detail);
        state::record_step(&mut run.connection, run.id, &record).await?;
        Ok(chosen)
    }

    fn job(&self, columns: &SourceColumns, pending: u64, load: BulkLoad) -> Job {
        let mut settings = self.writers.settings(self.cli.connect.lock_timeout);
        settings.load = load;
        Job {
            endpoint: self.run.endpoint.clone(),
            columns: columns.clone(),
            ticket: Ticket {
                run: self.run.id,
                fence: self.run.fence,
            },
            settings,
            pending,
            events: self.run.events.clone(),
            cancel: self.cancel.clone(),
        }
    }

    /// Proves every vector, and rewrites exactly those that the proof found wrong.
    async fn repair(&mut self, columns: &SourceColumns) -> Result<(), Stop> {
        let timeout = self.cli.connect.lock_timeout;
        let proof =
            pipeline::verify(&self.run.endpoint, columns, timeout, &*self.run.events).await?;
        let job = self.job(columns, 0, BulkLoad::default());
        let rewritten = pipeline::repair(job, &proof.wrong).await?;
        let detail = json!({ "wrong": proof.wrong, "rewritten": rewritten }).to_string();
        let record = record("repair", "dbo.AtomRelations", Some(detail));
        let run = &mut *self.run;
        Ok(state::record_step(&mut run.connection, run.id, &record).await?)
    }

    async fn decompose(&mut self, columns: &SourceColumns, load: BulkLoad) -> Result<(), Stop> {
        let pending = announce(&mut self.run.connection, &*self.run.events).await?;
        let job = self.job(columns, pending, load);
        let run = &mut *self.run;
        let outcome = pipeline::run(job, Some(&mut run.lock)).await;
        run.events.observe(&Event::BatchesEnded);
        let outcome = outcome?;
        run.connection.rows(&CLEAR_FAILED.sql(), &[]).await?;
        let detail = json!({
            "embeddings": outcome.embeddings, "relations": outcome.relations, "atoms": outcome.atoms,
            "rejected": outcome.rejected, "components_asked_exactly": outcome.resolved,
            "renewed": outcome.renewed, "removed": outcome.removed,
        });
        let record = record("decompose", "dbo.AtomRelations", Some(detail.to_string()));
        Ok(state::record_step(&mut run.connection, run.id, &record).await?)
    }

    /// The view, and its index where it is wanted: a view that is replaced loses its index, so that comes after.
    async fn view(&mut self) -> Result<(), Stop> {
        let run = &mut *self.run;
        let inventory = Inventory::read(&mut run.connection).await?;
        let stored = state::list_steps(&mut run.connection, phase2::PHASE).await?;
        let had_index = ViewIndex::read(&mut run.connection, &inventory)
            .await?
            .exists;
        let view = phase2::plan_view(&inventory, &stored);
        apply(
            &mut run.connection,
            &view,
            run.id,
            &mut Phase2Inspect,
            &*run.events,
            self.cancel,
        )
        .await?;
        let online = false;
        let options = options(
            self.writers.load,
            self.writers.workers,
            self.writers.size(),
            online,
        );
        let inventory = Inventory::read(&mut run.connection).await?;
        let chosen =
            Chosen::now(&mut run.connection, &inventory, options, self.writers.load).await?;
        // A view that was replaced has lost its index.
        let lost = had_index && !chosen.view_index.exists;
        let build = chosen.build || lost && self.writers.load.wish() != Wish::Refuse;
        let index = chosen.view_index.plan(build);
        if build {
            run.events.observe(&Event::Warning {
                text: "the index of the view is built: writers to dbo.Atoms and dbo.AtomRelations wait until it is there".to_owned(),
            });
        }
        apply(
            &mut run.connection,
            &index,
            run.id,
            &mut Phase2Inspect,
            &*run.events,
            self.cancel,
        )
        .await?;
        Ok(())
    }
}

fn record<'a>(step: &'a str, object: &'a str, detail: Option<String>) -> StepRecord<'a> {
    StepRecord {
        phase: phase2::PHASE,
        step,
        state: "applied",
        sql_sha256: None,
        sql: None,
        object: Some(object),
        object_sha256: None,
        created: false,
        detail,
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
