//! `validate [phase]`.

use std::time::Duration;

use super::{Cli, Phase, phase3, phase4, plan};
use crate::connect::{Connection, Endpoint};
use crate::engine::{Event, Observer, Stop};
use crate::exit::Exit;
use crate::gate::{self, Measured, Thresholds};
use crate::output::{self, Format, GateReport, gate_table};
use crate::phase1::{self, Inventory, Table};
use crate::phase2;
use crate::phase3::ColumnState;
use crate::phase4::Found;
use crate::pipeline::{self, SourceColumns};
use crate::state;
use crate::tsql::{Statement, embedded};

const MIGRATED: Statement = embedded!("validate/count_embeddings.sql");

/// Measure the success criteria of a phase now: every one, with evidence, every vector and not a sample. Writes nothing.
#[derive(Debug, clap::Args)]
pub struct Validate {
    /// The phase; without it, every phase that has been begun
    #[arg(value_enum)]
    pub phase: Option<Phase>,
}

impl Validate {
    /// # Errors
    /// See `Stop`; gates that do not hold are exit code 1.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let thresholds = cli.thresholds()?;
        let (endpoint, mut connection) = cli.connect.open().await?;
        let events = output::observer(cli.progress);
        let inventory = Inventory::read(&mut connection).await?;
        plan::require_tables(&inventory)?;
        let begun = inventory.has_table(Table::EmbeddingMigrationProgress);
        let mut gates = Vec::new();
        // Once phase 3 has removed the column, its criteria hold what can still be measured of phase 2's.
        let removed = begun
            && state::layout_version(&mut connection).await? > 0
            && matches!(
                ColumnState::read(&mut connection, &inventory, true).await?,
                ColumnState::Gone(Some(_))
            );
        if matches!(self.phase, None | Some(Phase::Phase1)) {
            gates.extend(phase1(&mut connection, &thresholds).await?);
        }
        match self.phase {
            Some(Phase::Phase2) if !begun => {
                return Err(Stop::Refused {
                    what: "validation of phase2".to_owned(),
                    cause: "phase 2 has not been begun: there is no dbo.EmbeddingMigrationProgress"
                        .to_owned(),
                    next: "run `hartonomous migrate phase2`".to_owned(),
                });
            }
            Some(Phase::Phase1) => {}
            Some(Phase::Phase3) => {
                gates.extend(
                    phase3::validate(&mut connection, &inventory, &thresholds, &*events).await?,
                );
            }
            Some(Phase::Phase4) => {
                gates.extend(
                    phase4::validate(
                        &endpoint,
                        &mut connection,
                        &inventory,
                        &thresholds,
                        cli.connect.lock_timeout,
                    )
                    .await?,
                );
            }
            None if removed => {
                gates.extend(
                    phase3::validate(&mut connection, &inventory, &thresholds, &*events).await?,
                );
                if Found::read(&mut connection).await?.table.is_some() {
                    gates.extend(
                        phase4::validate(
                            &endpoint,
                            &mut connection,
                            &inventory,
                            &thresholds,
                            cli.connect.lock_timeout,
                        )
                        .await?,
                    );
                }
            }
            Some(Phase::Phase2) | None if !begun => {}
            Some(Phase::Phase2) | None => {
                let columns = plan::require_vector_column(&inventory)?;
                let timeout = cli.connect.lock_timeout;
                gates.extend(
                    phase2(
                        &endpoint,
                        &mut connection,
                        &columns,
                        timeout,
                        &thresholds,
                        &*events,
                    )
                    .await?,
                );
            }
        }
        if state::layout_version(&mut connection).await? > 0 {
            let waivers = state::list_waivers(&mut connection).await?;
            gate::apply_waivers(&mut gates, &waivers);
        }
        let passed = gates.iter().all(Measured::holds);
        match cli.format {
            Format::Human => output::line(gate_table(&gates)),
            Format::Json => output::json(
                "hartonomous.validate/1",
                &GateReport {
                    passed,
                    gates: &gates,
                    ended: None,
                },
            ),
        }
        Ok(if passed { Exit::Done } else { Exit::GateFailed })
    }
}

async fn phase1(
    connection: &mut Connection,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Stop> {
    let stored = if state::layout_version(connection).await? > 0 {
        state::list_steps(connection, phase1::PHASE).await?
    } else {
        Vec::new()
    };
    Ok(phase1::measure(connection, &stored, thresholds).await?)
}

/// Verifies every vector and measures the gates of phase 2.
///
/// # Errors
/// A failed statement.
pub async fn phase2(
    endpoint: &Endpoint,
    connection: &mut Connection,
    columns: &SourceColumns,
    lock_timeout: Duration,
    thresholds: &Thresholds,
    events: &dyn Observer,
) -> Result<Vec<Measured>, Stop> {
    use crate::connect::RowExt;
    let migrated = connection
        .row(&MIGRATED.sql(), &[])
        .await?
        .integer("Migrated")?;
    events.observe(&Event::VerificationStarted {
        embeddings_total: u64::try_from(migrated).unwrap_or(0),
    });
    let proof = pipeline::verify(endpoint, columns, lock_timeout, events).await;
    events.observe(&Event::VerificationEnded);
    Ok(phase2::measure(connection, &proof?, thresholds).await?)
}

/// # Errors
/// `Stop::Gates` when one does not hold.
pub fn require(phase: &'static str, gates: &[Measured]) -> Result<(), Stop> {
    match gate::failed(gates) {
        None => Ok(()),
        Some((gates, names)) => Err(Stop::Gates {
            phase,
            gates,
            names,
        }),
    }
}
