//! Taking the database over, restoring it, giving it back.

use std::time::Duration;

use super::{COMMAND, Restore};
use crate::cli::session::Run;
use crate::connect::{Connection, Purpose};
use crate::engine::{Event, StepOutcome, Stop, Watch, backoff};
use crate::restore::{self, Access, MASTER, Statements, Target};
use crate::tsql::Sql;

impl Restore<'_> {
    /// All of it; `usable`: the database is not out of use yet.
    pub(super) async fn replace(
        &mut self,
        usable: bool,
        statements: &Statements,
    ) -> Result<(), Stop> {
        // The lock is held until the takeover takes it away by force: no other run can begin in between. Who has joined an
        // earlier run is fenced off.
        let mut lock = None;
        if usable && self.target.access() == Access::Open {
            let run = Run::begin(self.cli, COMMAND, restore::PHASE).await?;
            lock = Some(run.lock);
        }
        self.stop_if_asked("nothing was touched")?;
        if let Some(tail) = &statements.tail {
            self.persist(tail, "saving the tail of the log").await?;
            self.step("tail of the log, the database is out of use");
        }
        self.stop_if_asked("the database is in the state RESTORING, nothing was restored")?;
        self.persist(&statements.restore, "restoring the database")
            .await?;
        drop(lock);
        self.step("database restored");
        self.give_back(&statements.give_back).await
    }

    /// A stop before the next statement; what the database is then, is said.
    fn stop_if_asked(&self, done: &str) -> Result<(), Stop> {
        if self.cancel.is_requested() {
            return Err(Stop::Requested {
                done: done.to_owned(),
            });
        }
        Ok(())
    }

    fn step(&self, title: &str) {
        self.events.observe(&Event::StepEnded {
            step: title.to_owned(),
            title: title.to_owned(),
            outcome: StepOutcome::Applied,
        });
    }

    /// Sends a statement that needs the database for itself, again and again while somebody else has its only seat.
    async fn persist(&mut self, sql: &Sql, what: &str) -> Result<(), Stop> {
        let mut attempt = 0;
        loop {
            let failure = match self.attempt(sql, what).await {
                Ok(()) => return Ok(()),
                Err(Stop::Failure(failure)) => failure,
                Err(other) => return Err(other),
            };
            if !restore::is_seat_taken(&failure) {
                self.give_back_what_was_not_written().await;
                return Err(failure.into());
            }
            attempt += 1;
            if attempt > self.options.retries {
                return Err(self.seat_taken().await);
            }
            self.events.observe(&Event::Retrying {
                attempt,
                cause: failure.to_string(),
            });
            let pause = backoff(attempt, Duration::from_millis(250), Duration::from_secs(5));
            tokio::select! {
                () = self.cancel.requested() => self.stop_if_asked("somebody else has the database's only seat")?,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One attempt, on a connection of its own, watched from the other one.
    async fn attempt(&mut self, sql: &Sql, what: &str) -> Result<(), Stop> {
        let endpoint = self.endpoint.in_database(MASTER);
        let timeout = self.cli.connect.lock_timeout;
        let mut worker = Connection::open(&endpoint, Purpose::Control, timeout).await?;
        let session = worker.session_id();
        let watch = Watch {
            watcher: &mut self.master,
            session,
            what: format!("{what} {}", self.endpoint.database),
            given_up: "the statement under way was given up: look at the database's state before anything else",
            events: &*self.events,
            cancel: self.cancel,
        };
        watch.over(worker.batch(sql)).await.map(drop)
    }

    /// After a refusal: a database that is still as it was goes back to everybody; one that is not is left, and it is said.
    async fn give_back_what_was_not_written(&mut self) {
        let name = self.endpoint.database.clone();
        match Target::read(&mut self.master, &name).await {
            Ok(Some(now)) if now.access() == Access::SingleUser => {
                let Ok(identifier) = crate::tsql::Identifier::new(name.as_str()) else {
                    return;
                };
                let mut given = self.master.batch(&restore::give_back(&identifier)).await;
                if given.is_ok() && self.target.statistics_async {
                    let sql = restore::resume_async_statistics(&identifier);
                    given = self.master.batch(&sql).await;
                }
                match given {
                    Ok(_) => self.warn(format!("{name} was given back to everybody, as it was")),
                    Err(failure) => {
                        self.warn(format!("{name} is left in single-user mode: {failure}"));
                    }
                }
            }
            Ok(Some(now)) if now.access() == Access::Restoring => self.warn(format!(
                "{name} is left in the state RESTORING: the same command carries on (docs/runbook.md, \"a restore was interrupted\")"
            )),
            _ => {}
        }
    }

    /// Lets everybody in. A restored database is as open as the backup was taken, so this may have nothing left to do.
    async fn give_back(&mut self, sql: &Sql) -> Result<(), Stop> {
        match self.master.batch(sql).await {
            Ok(_) => {
                self.step("database given back");
                Ok(())
            }
            Err(failure) if restore::is_seat_taken(&failure) => Err(self.seat_taken().await),
            Err(failure) => Err(failure.into()),
        }
    }
}
