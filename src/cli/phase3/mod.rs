//! `migrate phase3` and its brown-out.

mod look;

use std::io::{IsTerminal, Write};

pub use look::{after, plan, validate};

use super::session::{Ended, Run};
use super::{Cli, plan as planning};
use crate::engine::{Cancel, Event, Observer, Stop};
use crate::gate::{Measured, Thresholds};
use crate::phase1::{Inventory, Table};
use crate::phase3::{
    self, ColumnRecord, ColumnState, ORIGINAL, PHASE, Patience, RENAMED, measure_before,
};
use crate::state;

/// Options of phase 3.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Phase 3")]
pub struct Phase3Options {
    /// Phase 3: rename EmbeddingVector away for a while, to see who still uses it; nothing is lost
    #[arg(long, conflicts_with_all = ["end_brown_out", "confirm"])]
    pub brown_out: bool,

    /// Phase 3: rename it back
    #[arg(long, conflicts_with = "confirm")]
    pub end_brown_out: bool,

    /// Phase 3, unattended: the name of the column that is dropped, instead of typing it
    #[arg(long, value_name = "COLUMN")]
    pub confirm: Option<String>,

    /// Phase 3: rebuild the table offline even where the edition could do it online
    #[arg(long)]
    pub offline: bool,
}

impl Phase3Options {
    /// Refuses these options for another phase.
    ///
    /// # Errors
    /// One that is set.
    pub fn refuse_elsewhere(&self) -> Result<(), Stop> {
        if self.brown_out || self.end_brown_out || self.confirm.is_some() || self.offline {
            return Err(Stop::Usage(
                "--brown-out, --end-brown-out, --confirm and --offline are for phase3".to_owned(),
            ));
        }
        Ok(())
    }

    /// Refuses what cannot be meant together with other phases, and a name that is not the column's.
    ///
    /// # Errors
    /// A brown-out; a wrong name.
    pub fn refuse_in_all(&self) -> Result<(), Stop> {
        if self.brown_out || self.end_brown_out {
            return Err(Stop::Usage(
                "--brown-out and --end-brown-out are for `migrate phase3`".to_owned(),
            ));
        }
        self.refuse_other_name()
    }

    fn refuse_other_name(&self) -> Result<(), Stop> {
        match &self.confirm {
            Some(name) if name != ORIGINAL => Err(Stop::Usage(format!(
                "--confirm {name} does not name the column that would be dropped, which is {ORIGINAL}"
            ))),
            _ => Ok(()),
        }
    }

    /// The column's name was given, or there is somebody to type it.
    fn can_confirm(&self) -> bool {
        self.confirm.is_some() || std::io::stdin().is_terminal()
    }

    /// Before hours of proving: is there anybody who could confirm?
    fn require_confirmation_possible(&self) -> Result<(), Stop> {
        self.refuse_other_name()?;
        if self.can_confirm() {
            return Ok(());
        }
        Err(Stop::Usage(
            "phase 3 drops the column EmbeddingVector: type its name on a terminal, or give --confirm EmbeddingVector"
                .to_owned(),
        ))
    }
}

/// Runs phase 3: from its beginning, or from where it stopped. With `waits` a column's name that nobody gives is waited for
/// once every gate holds; without, it is asked for before anything is measured.
///
/// # Errors
/// What kept the run from beginning; how it ended is in the result.
pub async fn carry_out(
    options: &Phase3Options,
    cli: &Cli,
    retries: u32,
    waits: bool,
    cancel: &Cancel,
) -> Result<Ended, Stop> {
    let thresholds = cli.thresholds()?;
    let command = match (options.brown_out, options.end_brown_out) {
        (true, _) => "migrate phase3 --brown-out",
        (_, true) => "migrate phase3 --end-brown-out",
        _ => "migrate phase3",
    };
    let mut run = Run::begin(cli, command, PHASE).await?;
    let mut gates = Vec::new();
    let work = Work {
        options,
        cli,
        thresholds,
        retries,
        waits,
        cancel,
    };
    let result = if options.brown_out {
        work.brown_out(&mut run, &mut gates).await
    } else if options.end_brown_out {
        work.end_brown_out(&mut run).await
    } else {
        work.remove(&mut run, &mut gates).await
    };
    let id = run.id;
    run.end(&result).await;
    Ok(Ended { id, gates, result })
}

struct Work<'a> {
    options: &'a Phase3Options,
    cli: &'a Cli,
    thresholds: Thresholds,
    retries: u32,
    waits: bool,
    cancel: &'a Cancel,
}

impl Work<'_> {
    fn patience<'a>(&'a self, run: &'a Run, events: &'a dyn Observer) -> Patience<'a> {
        Patience {
            endpoint: &run.endpoint,
            run: run.id,
            fence: run.fence,
            retries: self.retries,
            events,
            cancel: self.cancel,
        }
    }

    async fn remove(&self, run: &mut Run, gates: &mut Vec<Measured>) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut run.connection).await?;
        require_migrated(&inventory)?;
        refuse_restoring(&inventory)?;
        let column = ColumnState::read(&mut run.connection, &inventory, true).await?;
        match column {
            ColumnState::Present(record) => self.prove_and_drop(run, gates, &record, false).await?,
            ColumnState::BrownedOut(record) => {
                self.prove_and_drop(run, gates, &record, true).await?;
            }
            ColumnState::Gone(Some(record)) => self.note_drop(run, &record).await?,
            ColumnState::Gone(None) => run.events.observe(&Event::Warning {
                text: "EmbeddingVector is gone, and not by this program: its table is rebuilt and the digests are proven"
                    .to_owned(),
            }),
        }
        self.finish(run, gates).await
    }

    /// A run that was killed between the drop and its record.
    async fn note_drop(&self, run: &mut Run, record: &ColumnRecord) -> Result<(), Stop> {
        if record.dropped_at.is_none() {
            let mut record = record.clone();
            record.dropped_at = Some(state::server_utc(&mut run.connection).await?);
            record
                .record(&mut run.connection, run.id, "applied")
                .await?;
        }
        Ok(())
    }

    async fn prove_and_drop(
        &self,
        run: &mut Run,
        gates: &mut Vec<Measured>,
        record: &ColumnRecord,
        browned_out: bool,
    ) -> Result<(), Stop> {
        if !self.waits {
            self.options.require_confirmation_possible()?;
        }
        let name = if browned_out { RENAMED } else { ORIGINAL };
        gates.extend(measure_before(&mut run.connection, name, &self.thresholds, true).await?);
        run.require(PHASE, gates).await?;
        if !self.options.can_confirm() {
            return Err(Stop::Waits {
                phase: PHASE,
                what: "the name of the column that it drops",
                next: format!(
                    "type it on a terminal, or give --confirm {ORIGINAL}; every vector is proven before the drop"
                ),
            });
        }
        if browned_out {
            run.events.observe(&Event::Warning {
                text: "the brown-out ends: EmbeddingVector has its name again while every vector is proven"
                    .to_owned(),
            });
            let events = run.events.clone();
            let mut control = self.cli.connect.open().await?.1;
            phase3::end_brown_out(&self.patience(run, &*events), &mut control).await?;
        }
        let inventory = Inventory::read(&mut run.connection).await?;
        let columns = planning::require_vector_column(&inventory)?;
        let proven_from = state::server_utc(&mut run.connection).await?;
        let mut proof = super::validate::phase2(
            &run.endpoint,
            &mut run.connection,
            &columns,
            self.cli.connect.lock_timeout,
            &self.thresholds,
            &*run.events,
        )
        .await?;
        run.record(&mut proof).await?;
        gates.extend(proof);
        super::validate::require(PHASE, gates)?;
        self.confirm(run)?;
        run.check_lock().await?;
        phase3::record_size_before(&mut run.connection, run.id).await?;
        let events = run.events.clone();
        let mut control = self.cli.connect.open().await?.1;
        phase3::drop_column(
            &self.patience(run, &*events),
            &mut control,
            &columns,
            record,
            proven_from,
        )
        .await?;
        events.observe(&Event::StepEnded {
            step: phase3::COLUMN.to_owned(),
            title: "dropped column dbo.AtomEmbeddings.EmbeddingVector".to_owned(),
            outcome: crate::engine::StepOutcome::Applied,
        });
        gates.clear();
        Ok(())
    }

    /// Rebuild and proof; also the whole of a run that carries on after the drop.
    async fn finish(&self, run: &mut Run, gates: &mut Vec<Measured>) -> Result<(), Stop> {
        if self.cancel.is_requested() {
            return Err(Stop::Requested {
                done: "the column is dropped; the rebuild that gives its space back is left to do"
                    .to_owned(),
            });
        }
        if !phase3::rollback::is_rebuilt(&mut run.connection).await? {
            let online =
                !self.options.offline && planning::builds_online(&mut run.connection).await?;
            if !online {
                run.events.observe(&Event::Warning {
                    text: "dbo.AtomEmbeddings is rebuilt offline: its readers and writers wait meanwhile"
                        .to_owned(),
                });
            }
            let events = run.events.clone();
            let mut control = self.cli.connect.open().await?.1;
            phase3::rebuild(&self.patience(run, &*events), &mut control, online).await?;
        }
        run.check_lock().await?;
        let mut after = after(&mut run.connection, &self.thresholds, &*run.events, false).await?;
        run.record(&mut after).await?;
        gates.extend(after);
        super::validate::require(PHASE, gates)
    }

    async fn brown_out(&self, run: &mut Run, gates: &mut Vec<Measured>) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut run.connection).await?;
        require_migrated(&inventory)?;
        let column = ColumnState::read(&mut run.connection, &inventory, true).await?;
        match column {
            ColumnState::Present(_) => {}
            ColumnState::BrownedOut(_) => {
                run.events.observe(&Event::Warning {
                    text: format!("the brown-out is on already: the column is called {RENAMED}"),
                });
                return Ok(());
            }
            ColumnState::Gone(_) => {
                return Err(Stop::Refused {
                    what: "the brown-out".to_owned(),
                    cause: "dbo.AtomEmbeddings has no vector column EmbeddingVector".to_owned(),
                    next: "`hartonomous status` says how far the migration is".to_owned(),
                });
            }
        }
        gates.extend(
            phase3::measure_for_brown_out(&mut run.connection, ORIGINAL, &self.thresholds).await?,
        );
        run.require(PHASE, gates).await?;
        let events = run.events.clone();
        let mut control = self.cli.connect.open().await?.1;
        phase3::begin_brown_out(&self.patience(run, &*events), &mut control).await?;
        events.observe(&Event::Warning {
            text: format!(
                "brown-out: the column is called {RENAMED} now; whoever uses EmbeddingVector gets message 207. `hartonomous migrate phase3 --end-brown-out` takes it back"
            ),
        });
        Ok(())
    }

    async fn end_brown_out(&self, run: &mut Run) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut run.connection).await?;
        let column = ColumnState::read(&mut run.connection, &inventory, true).await?;
        if !matches!(column, ColumnState::BrownedOut(_)) {
            run.events.observe(&Event::Warning {
                text: "there is no brown-out to end".to_owned(),
            });
            return Ok(());
        }
        let events = run.events.clone();
        let mut control = self.cli.connect.open().await?.1;
        phase3::end_brown_out(&self.patience(run, &*events), &mut control).await?;
        events.observe(&Event::Warning {
            text: "the brown-out is over: the column is called EmbeddingVector again".to_owned(),
        });
        Ok(())
    }

    fn confirm(&self, run: &Run) -> Result<(), Stop> {
        if self.options.confirm.is_some() {
            return Ok(());
        }
        let mut err = std::io::stderr().lock();
        let _ = write!(
            err,
            "every gate holds. DROP COLUMN dbo.AtomEmbeddings.EmbeddingVector in database {} on {}: type the column's name to go on: ",
            run.endpoint.database, run.endpoint.host
        );
        let _ = err.flush();
        let mut typed = String::new();
        let read = std::io::stdin().read_line(&mut typed);
        if read.is_ok() && typed.trim() == ORIGINAL {
            return Ok(());
        }
        Err(Stop::Requested {
            done: "the column's name was not typed, nothing was dropped".to_owned(),
        })
    }
}

fn require_migrated(inventory: &Inventory) -> Result<(), Stop> {
    planning::require_tables(inventory)?;
    if inventory.has_table(Table::EmbeddingMigrationProgress) {
        return Ok(());
    }
    Err(Stop::Refused {
        what: "phase 3".to_owned(),
        cause: "phase 2 has not been begun: there is no dbo.EmbeddingMigrationProgress".to_owned(),
        next: "run `hartonomous migrate phase2`".to_owned(),
    })
}

fn refuse_restoring(inventory: &Inventory) -> Result<(), Stop> {
    if phase3::rollback::is_restoring(inventory) {
        return Err(Stop::Refused {
            what: "phase 3".to_owned(),
            cause:
                "an un-drop is under way: dbo.AtomEmbeddings has a column EmbeddingVector_restoring"
                    .to_owned(),
            next: "finish it with `hartonomous rollback phase3`".to_owned(),
        });
    }
    Ok(())
}
