//! The folder: adds the reference-count deltas that writers committed to the atoms, one folder at a time on all hosts.
//!
//! Writers never touch a popular atom's row: they would all wait for it. A delta counts as soon as it is committed (I3).

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::{Event, Observer};
use crate::tsql::{Statement, embedded};

const LOCK: Statement = embedded!("connect/acquire_folder_lock.sql");
const FOLD: Statement = embedded!("state/fold_reference_count_deltas.sql");
const WAITING: Statement = embedded!("state/count_reference_count_deltas.sql");

/// Deltas of one transaction.
const PORTION: i32 = 20_000;
/// Pause when nothing waits to be folded, or another host folds.
const PAUSE: Duration = Duration::from_secs(1);

/// Folds until `done`, on a connection of its own. Its failures are reported and tried again: nothing is lost by folding later.
pub async fn run(
    endpoint: Endpoint,
    lock_timeout: Duration,
    events: Arc<dyn Observer>,
    done: CancellationToken,
) {
    while !done.is_cancelled() {
        if let Err(failure) = fold_on_one_connection(&endpoint, lock_timeout, &done).await {
            tracing::debug!(%failure, "folding");
            if !failure.is_passing() {
                events.observe(&Event::Warning {
                    text: format!("reference counts are folded later: {failure}"),
                });
            }
        }
        pause(&done).await;
    }
}

async fn fold_on_one_connection(
    endpoint: &Endpoint,
    lock_timeout: Duration,
    done: &CancellationToken,
) -> Result<(), Failure> {
    let mut connection = Connection::open(endpoint, Purpose::Folder, lock_timeout).await?;
    while connection
        .batch_row(&LOCK.sql())
        .await?
        .integer("LockResult")?
        < 0
    {
        pause(done).await;
        if done.is_cancelled() {
            return Ok(());
        }
    }
    while !done.is_cancelled() {
        if portion(&mut connection).await? == 0 {
            pause(done).await;
        }
    }
    Ok(())
}

async fn pause(done: &CancellationToken) {
    tokio::select! {
        () = done.cancelled() => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

async fn portion(connection: &mut Connection) -> Result<i64, Failure> {
    connection
        .row(&FOLD.sql(), &[&PORTION])
        .await?
        .integer("RowsWritten")
}

/// Folds everything that is committed; for the end of a run, when no writer is at work.
///
/// # Errors
/// A failed statement.
pub async fn fold_all(connection: &mut Connection) -> Result<(), Failure> {
    loop {
        while portion(connection).await? > 0 {}
        let waiting = connection
            .batch_row(&WAITING.sql())
            .await?
            .integer("Waiting")?;
        if waiting == 0 {
            return Ok(());
        }
    }
}
