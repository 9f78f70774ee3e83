//! After a failure that passes: waits, and makes a writer's connection good for the next attempt.

use std::time::Duration;

use super::{Cancel, Event, Observer, backoff};
use crate::connect::{Connection, Endpoint, Failure, Purpose, Sorting};

/// What an attempt is made with.
pub struct Recovery<'a> {
    pub endpoint: &'a Endpoint,
    pub lock_timeout: Duration,
    /// How often an attempt is made again, at most.
    pub retries: u32,
    pub cancel: &'a Cancel,
    pub events: &'a dyn Observer,
}

impl Recovery<'_> {
    /// Tells of the failure, pauses, and rolls back or connects anew. What the failure left undone must be selected anew by
    /// the caller: then an unknown commit needs no looking up.
    ///
    /// # Errors
    /// The server is not reached, and this was the last attempt.
    pub async fn recover(
        &self,
        failure: &Failure,
        attempt: u32,
        connection: &mut Connection,
    ) -> Result<(), Failure> {
        self.events.observe(&Event::Retrying {
            attempt,
            cause: failure.to_string(),
        });
        let pause = backoff(attempt, Duration::from_millis(100), Duration::from_secs(10));
        tokio::select! {
            () = self.cancel.requested() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
        let known = failure.sorting() != Sorting::OutcomeUnknown;
        if known && connection.rollback().await.is_ok() {
            return Ok(());
        }
        match self.open().await {
            Ok(fresh) => *connection = fresh,
            Err(failure) if attempt >= self.retries => return Err(failure),
            // The server may be starting again: the next attempt fails on the dead connection and comes back here.
            Err(_) => {}
        }
        Ok(())
    }

    /// A writer's connection.
    ///
    /// # Errors
    /// The server is not reached, or a session option does not take.
    pub async fn open(&self) -> Result<Connection, Failure> {
        Connection::open(self.endpoint, Purpose::Writer, self.lock_timeout).await
    }
}
