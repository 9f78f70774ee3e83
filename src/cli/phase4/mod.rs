//! `migrate phase4`.

mod look;

pub use look::{plan, validate};

use serde_json::json;

use super::session::{Ended, Run};
use super::{Cli, plan as planning};
use crate::connect::Connection;
use crate::engine::{Cancel, Event, Stop, apply};
use crate::gate::{Measured, Thresholds};
use crate::phase1::{Inventory, Table};
use crate::phase3::{self, ColumnState};
use crate::phase4::{
    self, Copy, Found, PHASE, Phase4Inspect, Request, Settings, SourceSize, measure_before,
    plan_modules, plan_storage,
};
use crate::state::{self, StepRecord};

/// Options of phase 4.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Phase 4")]
pub struct Phase4Options {
    /// Phase 4: make the filegroup for memory-optimised data, its container in this new folder on the server
    #[arg(long, value_name = "PATH")]
    pub create_filegroup: Option<String>,

    /// Phase 4: rows per batch
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(i32).range(1..=10_000_000))]
    pub batch_rows: i32,
}

impl Phase4Options {
    /// Refuses these options for another phase.
    ///
    /// # Errors
    /// The one that would change the server's files.
    pub fn refuse_elsewhere(&self) -> Result<(), Stop> {
        if self.create_filegroup.is_some() {
            return Err(Stop::Usage("--create-filegroup is for phase4".to_owned()));
        }
        Ok(())
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            create_filegroup: self.create_filegroup.as_deref(),
        }
    }

    /// # Errors
    /// A path that cannot be one.
    pub fn check(&self) -> Result<(), Stop> {
        let Some(path) = &self.create_filegroup else {
            return Ok(());
        };
        if path.trim().is_empty() || path.encode_utf16().count() > 256 || path.contains('\0') {
            return Err(Stop::Usage(
                "--create-filegroup needs the path of a new folder on the server, of at most 256 characters"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

/// Runs phase 4: from its beginning, or from where it stopped.
///
/// # Errors
/// What kept the run from beginning; how it ended is in the result.
pub async fn carry_out(
    options: &Phase4Options,
    cli: &Cli,
    retries: u32,
    cancel: &Cancel,
) -> Result<Ended, Stop> {
    options.check()?;
    let thresholds = cli.thresholds()?;
    let mut run = Run::begin(cli, "migrate phase4", PHASE).await?;
    let mut gates = Vec::new();
    let work = Work {
        options,
        cli,
        thresholds,
        retries,
        cancel,
    };
    let result = work.run(&mut run, &mut gates).await;
    let id = run.id;
    run.end(&result).await;
    Ok(Ended { id, gates, result })
}

struct Work<'a> {
    options: &'a Phase4Options,
    cli: &'a Cli,
    thresholds: Thresholds,
    retries: u32,
    cancel: &'a Cancel,
}

impl Work<'_> {
    async fn run(&self, run: &mut Run, gates: &mut Vec<Measured>) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut run.connection).await?;
        require_removed(&mut run.connection, &inventory).await?;
        let events = run.events.clone();
        gates.extend(
            super::phase3::after(&mut run.connection, &self.thresholds, &*events, true).await?,
        );
        run.require(phase3::PHASE, gates).await?;
        gates.clear();
        let found = Found::read(&mut run.connection).await?;
        gates.extend(
            measure_before(
                &mut run.connection,
                &found,
                self.options.request(),
                &self.thresholds,
            )
            .await?,
        );
        run.require(PHASE, gates).await?;
        let size = SourceSize::read(&mut run.connection, &found.declared).await?;
        self.make_storage(run, &found, size).await?;
        let copied = self.copy(run, size).await?;
        self.make_modules(run, size).await?;
        run.check_lock().await?;
        gates.clear();
        self.prove(run, gates, size, copied.written + copied.removed > 0)
            .await
    }

    async fn make_storage(
        &self,
        run: &mut Run,
        found: &Found,
        size: SourceSize,
    ) -> Result<(), Stop> {
        let plan = plan_storage(found, self.options.create_filegroup.as_deref(), size);
        let mut inspect = Phase4Inspect { size };
        let events = run.events.clone();
        apply(
            &mut run.connection,
            &plan,
            run.id,
            &mut inspect,
            &*events,
            self.cancel,
        )
        .await?;
        run.check_lock().await
    }

    async fn copy(&self, run: &mut Run, size: SourceSize) -> Result<phase4::Copied, Stop> {
        let found = Found::read(&mut run.connection).await?;
        let Some(table) = &found.table else {
            return Err(Stop::Refused {
                what: "the copy".to_owned(),
                cause: format!("dbo.{} is gone again", phase4::TABLE),
                next: "somebody dropped it: run the same command again".to_owned(),
            });
        };
        let events = run.events.clone();
        let copied = Copy {
            endpoint: &run.endpoint,
            run: run.id,
            fence: run.fence,
            declared: &found.declared,
            table_id: table.object_id,
            rows: size.rows,
            settings: Settings {
                batch_rows: self.options.batch_rows,
                lock_timeout: self.cli.connect.lock_timeout,
                retries: self.retries,
            },
            events: &*events,
            cancel: self.cancel,
        }
        .run()
        .await?;
        if !copied.aligned {
            events.observe(&Event::Warning {
                text: format!(
                    "after {} passes rows still change: somebody writes to dbo.AtomEmbeddings all the time",
                    copied.passes
                ),
            });
        }
        let record = StepRecord {
            phase: PHASE,
            step: "copy",
            state: "applied",
            sql_sha256: None,
            sql: None,
            object: Some("dbo.AtomEmbeddings_InMemory"),
            object_sha256: None,
            created: false,
            detail: Some(
                json!({ "written": copied.written, "removed": copied.removed, "passes": copied.passes, "aligned": copied.aligned })
                    .to_string(),
            ),
        };
        state::record_step(&mut run.connection, run.id, &record).await?;
        Ok(copied)
    }

    /// After the load: a native plan is compiled once, with the statistics of that moment.
    async fn make_modules(&self, run: &mut Run, size: SourceSize) -> Result<(), Stop> {
        let found = Found::read(&mut run.connection).await?;
        let stored = state::list_steps(&mut run.connection, PHASE).await?;
        let plan = plan_modules(&found, &stored);
        let events = run.events.clone();
        if !found.declared.has_buckets() {
            events.observe(&Event::Warning {
                text: "dbo.AtomEmbeddings has no column SpatialBucket int: there is no search by bucket".to_owned(),
            });
        }
        apply(
            &mut run.connection,
            &plan,
            run.id,
            &mut Phase4Inspect { size },
            &*events,
            self.cancel,
        )
        .await?;
        Ok(())
    }

    async fn prove(
        &self,
        run: &mut Run,
        gates: &mut Vec<Measured>,
        size: SourceSize,
        wrote: bool,
    ) -> Result<(), Stop> {
        let found = Found::read(&mut run.connection).await?;
        if let Some(table) = &found.table {
            phase4::record_baseline(
                &mut run.connection,
                run.id,
                size.rows,
                table.object_id,
                wrote,
            )
            .await?;
        }
        let mut after = phase4::measure_table(
            &run.endpoint,
            &mut run.connection,
            &found,
            self.cli.connect.lock_timeout,
            &self.thresholds,
        )
        .await?;
        run.record(&mut after).await?;
        gates.extend(after);
        super::validate::require(PHASE, gates)
    }
}

/// Phase 4 needs the column to be gone: a table with a vector would not fit.
///
/// # Errors
/// It is there, or under another name.
pub(super) async fn require_removed(
    connection: &mut Connection,
    inventory: &Inventory,
) -> Result<(), Stop> {
    planning::require_tables(inventory)?;
    let refuse = |cause: &str, next: &str| {
        Err(Stop::Refused {
            what: "phase 4".to_owned(),
            cause: cause.to_owned(),
            next: next.to_owned(),
        })
    };
    if !inventory.has_table(Table::EmbeddingMigrationProgress) {
        return refuse(
            "phase 2 has not been begun: there is no dbo.EmbeddingMigrationProgress",
            "run `hartonomous migrate phase2`",
        );
    }
    if phase3::rollback::is_restoring(inventory) {
        return refuse(
            "an un-drop is under way: dbo.AtomEmbeddings has a column EmbeddingVector_restoring",
            "finish it with `hartonomous rollback phase3`",
        );
    }
    let has_state = state::layout_version(connection).await? > 0;
    match ColumnState::read(connection, inventory, has_state).await? {
        ColumnState::Gone(_) => Ok(()),
        ColumnState::Present(_) | ColumnState::BrownedOut(_) => refuse(
            "phase 3 has not removed the column EmbeddingVector",
            "`hartonomous plan phase3` says what it waits for",
        ),
    }
}
