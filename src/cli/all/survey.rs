//! Where a phase stands, told without changing anything and without hours of proving: what is cheap is measured now, what is
//! not is taken from the record and proven again by the phase that relies on it.

use std::time::Duration;

use chrono::NaiveDateTime;

use crate::cli::plan;
use crate::cli::{Cli, Phase};
use crate::connect::{Connection, Endpoint, RowExt};
use crate::engine::Stop;
use crate::gate::{Gate, Measured, Thresholds, apply_waivers};
use crate::phase1::{self, Inventory, Table};
use crate::phase2;
use crate::phase3::{self, ColumnState, ORIGINAL, RENAMED};
use crate::phase4::{self, Found, Request};
use crate::pipeline::{self, SourceColumns};
use crate::state;
use crate::tsql::{Statement, embedded};

const TOTALS: Statement = embedded!("phase2/select_totals.sql");

/// Where a phase stands.
pub enum PhaseStatus {
    /// Nothing is left to do; the gates are those that were measured to say so.
    Complete { gates: Vec<Measured>, why: String },
    /// All is done that a program can do; these gates wait for time or people.
    Waits { gates: Vec<Measured> },
    /// There is work.
    Ahead { why: String },
}

impl PhaseStatus {
    fn ahead(why: impl Into<String>) -> Self {
        Self::Ahead { why: why.into() }
    }

    fn complete(why: impl Into<String>) -> Self {
        Self::Complete {
            gates: Vec::new(),
            why: why.into(),
        }
    }
}

/// The database as the phases are looked at.
pub struct Survey<'a> {
    endpoint: &'a Endpoint,
    connection: &'a mut Connection,
    thresholds: Thresholds,
    lock_timeout: Duration,
    inventory: Inventory,
    column: ColumnState,
    has_state: bool,
}

impl<'a> Survey<'a> {
    /// # Errors
    /// A database without the tables; an un-drop under way, which has to be finished first.
    pub async fn begin(
        cli: &Cli,
        endpoint: &'a Endpoint,
        connection: &'a mut Connection,
    ) -> Result<Self, Stop> {
        let inventory = Inventory::read(connection).await?;
        plan::require_tables(&inventory)?;
        if phase3::rollback::is_restoring(&inventory) {
            return Err(Stop::Refused {
                what: "`migrate all`".to_owned(),
                cause: "an un-drop is under way: dbo.AtomEmbeddings has a column EmbeddingVector_restoring"
                    .to_owned(),
                next: "finish it with `hartonomous rollback phase3`".to_owned(),
            });
        }
        let has_state = state::layout_version(connection).await? > 0;
        let column = ColumnState::read(connection, &inventory, has_state).await?;
        Ok(Self {
            endpoint,
            connection,
            thresholds: cli.thresholds()?,
            lock_timeout: cli.connect.lock_timeout,
            inventory,
            column,
            has_state,
        })
    }

    /// Where the phase stands.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn status_of(&mut self, phase: Phase) -> Result<PhaseStatus, Stop> {
        match phase {
            Phase::Phase1 => self.phase1().await,
            Phase::Phase2 => self.phase2().await,
            Phase::Phase3 => self.phase3().await,
            Phase::Phase4 => self.phase4().await,
        }
    }

    /// The gates that the phase would measure first, waivers counted.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn before(
        &mut self,
        phase: Phase,
        request: Request<'_>,
    ) -> Result<Vec<Measured>, Stop> {
        let mut gates = match phase {
            Phase::Phase1 => Vec::new(),
            Phase::Phase2 => {
                let columns = plan::require_vector_column(&self.inventory)?;
                let begun = self.has_progress();
                phase2::measure_before(self.connection, &columns, begun).await?
            }
            Phase::Phase3 => {
                let name = match self.column {
                    ColumnState::Gone(_) => return Ok(Vec::new()),
                    ColumnState::Present(_) => ORIGINAL,
                    ColumnState::BrownedOut(_) => RENAMED,
                };
                let mut gates =
                    phase3::measure_before(self.connection, name, &self.thresholds, false).await?;
                // The backup is read by the run alone.
                gates.retain(|gate| gate.gate.id != "phase3.backup_verified");
                gates
            }
            Phase::Phase4 => {
                let found = Found::read(self.connection).await?;
                phase4::measure_before(self.connection, &found, request, &self.thresholds).await?
            }
        };
        self.waive(&mut gates).await?;
        Ok(gates)
    }

    fn has_progress(&self) -> bool {
        self.inventory.has_table(Table::EmbeddingMigrationProgress)
    }

    async fn waive(&mut self, gates: &mut [Measured]) -> Result<(), Stop> {
        if self.has_state {
            let waivers = state::list_waivers(self.connection).await?;
            apply_waivers(gates, &waivers);
        }
        Ok(())
    }

    async fn phase1(&mut self) -> Result<PhaseStatus, Stop> {
        if !self.has_state {
            return Ok(PhaseStatus::ahead("not begun by this program"));
        }
        let stored = state::list_steps(self.connection, phase1::PHASE).await?;
        let mut gates = phase1::measure(self.connection, &stored, &self.thresholds).await?;
        self.waive(&mut gates).await?;
        let unmet = gates.iter().filter(|gate| !gate.holds()).count();
        Ok(if unmet == 0 {
            let why = format!("all {} gates hold, measured now", gates.len());
            PhaseStatus::Complete { gates, why }
        } else {
            PhaseStatus::ahead(format!("{unmet} of {} gates do not hold", gates.len()))
        })
    }

    async fn phase2(&mut self) -> Result<PhaseStatus, Stop> {
        match self.column {
            ColumnState::Gone(_) if self.has_progress() => {
                return Ok(PhaseStatus::complete(
                    "the column is gone; phase 3's criteria hold what can still be measured",
                ));
            }
            ColumnState::BrownedOut(_) => {
                return Ok(PhaseStatus::complete(
                    "a brown-out is on; phase 3 ends it and proves every vector",
                ));
            }
            ColumnState::Gone(_) | ColumnState::Present(_) => {}
        }
        let columns = plan::require_vector_column(&self.inventory)?;
        if !self.has_state || !self.has_progress() {
            return Ok(PhaseStatus::ahead("not begun"));
        }
        let soak = phase3::soak(self.connection).await?;
        let Some(since) = soak.complete_since else {
            return Ok(PhaseStatus::ahead("begun; its criteria are not met yet"));
        };
        if let Some(why) = self.unfinished(&columns).await? {
            return Ok(PhaseStatus::ahead(why));
        }
        if let Some(gate) = self.unmet(phase2::GATES_AFTER, None).await? {
            return Ok(PhaseStatus::ahead(format!(
                "{gate} did not hold when it was last measured, or its waiver is over"
            )));
        }
        Ok(PhaseStatus::complete(format!(
            "complete since {}; phase 3 proves every vector again",
            state::when(since)
        )))
    }

    /// Embeddings that `migrate phase2` would see to.
    async fn unfinished(&mut self, columns: &SourceColumns) -> Result<Option<String>, Stop> {
        let totals = self.connection.row(&TOTALS.sql(), &[]).await?;
        let pending = totals.integer("Pending")?;
        if pending > 0 {
            return Ok(Some(format!("{pending} embeddings are not migrated")));
        }
        let out_of_line = pipeline::is_out_of_line(self.connection, columns).await?;
        Ok(out_of_line.then(|| "embeddings changed or went after they were migrated".to_owned()))
    }

    /// The first of these gates that does not hold by the record, where that is not older than `since`.
    async fn unmet(
        &mut self,
        gates: &[Gate],
        since: Option<NaiveDateTime>,
    ) -> Result<Option<&'static str>, Stop> {
        let Some(first) = gates.first() else {
            return Ok(None);
        };
        let last = state::last_verdicts(self.connection, Some(first.phase)).await?;
        Ok(gates.iter().map(|gate| gate.id).find(|id| {
            !last
                .iter()
                .any(|one| one.gate == *id && one.holds() && one.measured_at >= since)
        }))
    }

    async fn phase3(&mut self) -> Result<PhaseStatus, Stop> {
        let ColumnState::Gone(record) = &self.column else {
            return Ok(PhaseStatus::ahead("the column is there"));
        };
        // What was proven before an un-drop says nothing of the drop after it.
        let dropped_at = record.as_ref().and_then(|record| record.dropped_at);
        if !phase3::rollback::is_rebuilt(self.connection).await? {
            return Ok(PhaseStatus::ahead("the table is not rebuilt yet"));
        }
        let mut error_free = vec![
            phase3::measure_error_free(self.connection, &self.column, &self.thresholds).await?,
        ];
        self.waive(&mut error_free).await?;
        let attested = error_free[0].gate.id;
        let recorded: Vec<_> = phase3::GATES_AFTER
            .iter()
            .copied()
            .filter(|gate| gate.id != attested)
            .collect();
        if let Some(gate) = self.unmet(&recorded, dropped_at).await? {
            return Ok(PhaseStatus::ahead(format!("{gate} is not proven yet")));
        }
        Ok(if error_free.iter().all(Measured::holds) {
            PhaseStatus::Complete {
                gates: error_free,
                why: "the column is gone, its space given back, every digest proven".to_owned(),
            }
        } else {
            PhaseStatus::Waits { gates: error_free }
        })
    }

    /// Measured in full: the copy is compared row by row, for what was written to its source since has to be brought over.
    async fn phase4(&mut self) -> Result<PhaseStatus, Stop> {
        let found = Found::read(self.connection).await?;
        if found.table.is_none() {
            return Ok(PhaseStatus::ahead("not begun"));
        }
        let mut gates = phase4::measure_after(
            self.endpoint,
            self.connection,
            &found,
            self.lock_timeout,
            &self.thresholds,
        )
        .await?;
        self.waive(&mut gates).await?;
        let unmet: Vec<&Measured> = gates.iter().filter(|gate| !gate.holds()).collect();
        let measured: Vec<&str> = gates.iter().map(|gate| gate.gate.id).collect();
        let whole = phase4::GATES_AFTER
            .iter()
            .all(|gate| measured.contains(&gate.id));
        if !whole {
            return Ok(PhaseStatus::ahead("begun; not all of it is there"));
        }
        if let Some(first) = unmet.iter().find(|gate| gate.wait.is_none()) {
            return Ok(PhaseStatus::ahead(format!(
                "{} does not hold",
                first.gate.id
            )));
        }
        Ok(if unmet.is_empty() {
            let why = format!("all {} gates hold, measured now", gates.len());
            PhaseStatus::Complete { gates, why }
        } else {
            PhaseStatus::Waits { gates }
        })
    }
}
