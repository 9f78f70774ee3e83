//! A run that writes: lock, layout, record, fence; and its end, whatever happens.

use std::sync::Arc;

use super::{Cli, closed};
use crate::connect::{Connection, Endpoint};
use crate::engine::{ApplicationLock, Event, Observer, Stop};
use crate::gate::{self, Measured};
use crate::ids::RunId;
use crate::output;
use crate::phase2::rollback;
use crate::state::{self, FencingNumber};

/// How a recorded run ended, with the gates that it measured last.
pub struct Ended {
    pub id: RunId,
    pub gates: Vec<Measured>,
    pub result: Result<(), Stop>,
}

/// A recorded run under the application lock.
pub struct Run {
    pub endpoint: Endpoint,
    pub connection: Connection,
    pub id: RunId,
    pub fence: FencingNumber,
    pub events: Arc<dyn Observer>,
    pub lock: ApplicationLock,
}

impl Run {
    /// Takes the lock, brings the control schema up to date, records the run and takes the database over.
    ///
    /// # Errors
    /// Another run, a layout that is refused, a failed statement.
    pub async fn begin(cli: &Cli, command: &str, phase: &'static str) -> Result<Self, Stop> {
        let (endpoint, mut connection) = cli.connect.open().await?;
        let lock = match ApplicationLock::acquire(&endpoint, cli.connect.lock_timeout).await {
            Ok(lock) => lock,
            // A second connection is one too many for a database in single-user mode.
            Err(Stop::Failure(failure)) => {
                drop(connection);
                return Err(closed::explain(&endpoint, cli.connect.lock_timeout, failure).await);
            }
            Err(stop) => return Err(stop),
        };
        state::ensure_layout(&mut connection).await?;
        let arguments = arguments();
        let id = state::start_run(&mut connection, command, Some(phase), &arguments).await?;
        state::close_abandoned_runs(&mut connection, id).await?;
        let fence = state::raise_fence(&mut connection, id, phase).await?;
        let events = output::observer(cli.progress);
        let restored = rollback::restore(&mut connection, id).await?;
        if let Some(versioning) = restored {
            events.observe(&Event::Warning {
                text: format!(
                    "an interrupted rollback had left system versioning of dbo.AtomRelations off; it is on again (history {}.{})",
                    versioning.history_schema, versioning.history_table
                ),
            });
        }
        events.observe(&Event::PhaseStarted {
            phase,
            run_id: id.0,
        });
        Ok(Self {
            endpoint,
            connection,
            id,
            fence,
            events,
            lock,
        })
    }

    /// Records gates and tells about them; those that fail stop the run.
    ///
    /// # Errors
    /// A failed statement; `Stop::Gates` when one does not hold.
    pub async fn require(
        &mut self,
        phase: &'static str,
        gates: &mut [Measured],
    ) -> Result<(), Stop> {
        self.record(gates).await?;
        match gate::failed(gates) {
            None => Ok(()),
            Some((gates, names)) => Err(Stop::Gates {
                phase,
                gates,
                names,
            }),
        }
    }

    /// Applies the waivers that hold now, records the gates and tells about them.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn record(&mut self, gates: &mut [Measured]) -> Result<(), Stop> {
        let waivers = state::list_waivers(&mut self.connection).await?;
        gate::apply_waivers(gates, &waivers);
        for measured in &*gates {
            state::record_gate(&mut self.connection, self.id, measured).await?;
            self.events.observe(&Event::GateMeasured {
                gate: measured.gate.id.to_owned(),
                title: measured.gate.title.to_owned(),
                verdict: measured.verdict,
                summary: measured.summary.clone(),
            });
        }
        Ok(())
    }

    /// Is the application lock still held?
    ///
    /// # Errors
    /// `Stop::FenceLost` when it is not.
    pub async fn check_lock(&mut self) -> Result<(), Stop> {
        if self.lock.is_held().await? {
            Ok(())
        } else {
            Err(Stop::FenceLost)
        }
    }

    /// Records how the run ended. A connection that is gone cannot: the next run then calls it abandoned.
    pub async fn end(mut self, result: &Result<(), Stop>) {
        let (outcome, message) = match result {
            Ok(()) => ("done", None),
            Err(stop @ Stop::Requested { .. }) => ("stopped", Some(stop.to_string())),
            Err(stop @ (Stop::Gates { .. } | Stop::Waits { .. })) => {
                ("gate failed", Some(stop.to_string()))
            }
            Err(stop) => ("failed", Some(stop.to_string())),
        };
        let _ = self.connection.rollback().await;
        let finished =
            state::finish_run(&mut self.connection, self.id, outcome, message.as_deref()).await;
        let idle = state::set_control_state(&mut self.connection, self.fence, "idle").await;
        if let Err(failure) = finished.and(idle) {
            tracing::debug!(%failure, "recording the end of the run");
        }
    }
}

/// The command line for the record. It holds no secret: a password is never an argument.
fn arguments() -> String {
    std::env::args().skip(1).collect::<Vec<_>>().join(" ")
}
