//! The restored database proven. It knows nothing of the run that restored it: that is recorded anew.

use super::{COMMAND, Restore};
use crate::cli::plan::require_vector_column;
use crate::cli::rollback::report;
use crate::cli::session::Run;
use crate::connect::{Connection, Purpose};
use crate::engine::Stop;
use crate::exit::Exit;
use crate::gate::Measured;
use crate::phase1::{Inventory, Table};
use crate::phase3::{ORIGINAL, rollback};
use crate::restore::{self, Access, LastRestore};
use crate::state;

impl Restore<'_> {
    /// Fence, record, proof. The gates that held before the database was replaced could not be recorded until now.
    pub(super) async fn prove(
        mut self,
        last: &LastRestore,
        mut gates: Vec<Measured>,
    ) -> Result<Exit, Stop> {
        self.open_to_all().await?;
        let timeout = self.cli.connect.lock_timeout;
        let mut connection = Connection::open(&self.endpoint, Purpose::Control, timeout).await?;
        if state::layout_version(&mut connection).await? > 0 {
            // Before anybody else can be given a number that a run from before the restore still has.
            restore::lift_fence(&mut connection).await?;
        }
        drop(connection);
        let mut run = Run::begin(self.cli, COMMAND, restore::PHASE).await?;
        let result = self.measure_restored(&mut run, &mut gates, last).await;
        run.end(&result).await;
        report(&gates, self.cli.format, result.as_ref().err());
        result.map(|()| Exit::Done)
    }

    /// A run that was killed between restore and proof may have left it in single-user mode.
    async fn open_to_all(&mut self) -> Result<(), Stop> {
        let name = self.endpoint.database.clone();
        let now = restore::Target::read(&mut self.master, &name).await?;
        if now.is_none_or(|now| now.access() != Access::SingleUser) {
            return Ok(());
        }
        let identifier = crate::tsql::Identifier::new(name)
            .map_err(|error| Stop::Usage(format!("database name: {error}")))?;
        let sql = restore::give_back(&identifier);
        match self.master.batch(&sql).await {
            Ok(_) => Ok(()),
            Err(failure) if restore::is_seat_taken(&failure) => Err(self.seat_taken().await),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn measure_restored(
        &self,
        run: &mut Run,
        gates: &mut Vec<Measured>,
        last: &LastRestore,
    ) -> Result<(), Stop> {
        let inventory = Inventory::read(&mut run.connection).await?;
        let dimensions = inventory
            .column(Table::AtomEmbeddings, ORIGINAL)
            .and_then(|fact| fact.vector_dimensions);
        gates.push(restore::measure_restored(dimensions));
        if dimensions.is_some() {
            let columns = require_vector_column(&inventory)?;
            let thresholds = self.cli.thresholds()?;
            gates.extend(
                crate::cli::validate::phase2(
                    &run.endpoint,
                    &mut run.connection,
                    &columns,
                    self.cli.connect.lock_timeout,
                    &thresholds,
                    &*run.events,
                )
                .await?,
            );
        }
        run.record(gates).await?;
        crate::cli::validate::require(restore::PHASE, gates)?;
        rollback::forget_phase3(&mut run.connection, run.id).await?;
        let record = state::StepRecord {
            phase: restore::PHASE,
            step: restore::PROVEN,
            state: "applied",
            sql_sha256: None,
            sql: None,
            object: Some("dbo.AtomEmbeddings.EmbeddingVector"),
            object_sha256: None,
            created: false,
            detail: Some(format!("restore {}", last.id)),
        };
        state::record_step(&mut run.connection, run.id, &record).await?;
        Ok(())
    }
}
