//! Key ranges: leased to one writer at a time, renewed by every batch and by a heartbeat, taken over when they lapse.

use std::time::Duration;

use crate::connect::{Connection, Failure, RowExt};
use crate::ids::AtomEmbeddingId;
use crate::tsql::{Statement, embedded};

use super::write::Ticket;

const TAKE: Statement = embedded!("phase2/take_key_range.sql");
const RENEW: Statement = embedded!("phase2/renew_key_ranges.sql");
const END: Statement = embedded!("phase2/end_key_range.sql");
const RELEASE: Statement = embedded!("phase2/release_key_ranges.sql");
const REWIND: Statement = embedded!("phase2/rewind_frontier.sql");
const PENDING: Statement = embedded!("phase2/count_pending_embeddings.sql");

/// A leased range: ids above `after`, up to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub after: AtomEmbeddingId,
    pub last: AtomEmbeddingId,
    /// Raised whenever the range changes hands; a batch with an older one is not written.
    pub token: i64,
    /// It was another writer's, whose lease had run out.
    pub takeover: bool,
}

/// Leases the next range of at most `embeddings` pending embeddings; None when there is nothing to take now.
///
/// # Errors
/// A failed statement; 51100 when another run has the database.
pub async fn take(
    connection: &mut Connection,
    ticket: Ticket,
    writer: usize,
    lease: Duration,
    embeddings: usize,
) -> Result<Option<Lease>, Failure> {
    let rows = connection
        .rows(
            &TAKE.sql(),
            &[
                &ticket.fence.0,
                &ticket.run.0,
                &number(writer),
                &seconds(lease),
                &number(embeddings),
            ],
        )
        .await?;
    rows.first()
        .map(|row| {
            Ok(Lease {
                after: AtomEmbeddingId(row.integer("AfterId")?),
                last: AtomEmbeddingId(row.integer("LastId")?),
                token: row.integer("Token")?,
                takeover: row.need("Takeover")?,
            })
        })
        .transpose()
}

/// Renews every lease of the run that no batch is renewing by itself.
///
/// # Errors
/// A failed statement.
pub async fn renew(
    connection: &mut Connection,
    ticket: Ticket,
    lease: Duration,
) -> Result<(), Failure> {
    connection
        .rows(
            &RENEW.sql(),
            &[&ticket.fence.0, &ticket.run.0, &seconds(lease)],
        )
        .await
        .map(drop)
}

/// Ends a lease whose range is done. One that was taken over meanwhile stays with its new writer.
///
/// # Errors
/// A failed statement.
pub async fn end(
    connection: &mut Connection,
    ticket: Ticket,
    lease: &Lease,
) -> Result<(), Failure> {
    connection
        .rows(&END.sql(), &[&ticket.fence.0, &lease.after.0, &lease.token])
        .await
        .map(drop)
}

/// Gives back whatever a writer of the run, or the whole run (None), still holds.
///
/// # Errors
/// A failed statement.
pub async fn release(
    connection: &mut Connection,
    ticket: Ticket,
    writer: Option<usize>,
) -> Result<(), Failure> {
    let writer = writer.map(number);
    connection
        .rows(&RELEASE.sql(), &[&ticket.fence.0, &ticket.run.0, &writer])
        .await
        .map(drop)
}

/// Starts over at the first key, for embeddings that arrived behind the writers. False, and nothing is done, while a key range
/// is open: a range from the first key on would have keys in common with it.
///
/// # Errors
/// A failed statement.
pub async fn rewind(connection: &mut Connection, ticket: Ticket) -> Result<bool, Failure> {
    let row = connection.row(&REWIND.sql(), &[&ticket.fence.0]).await?;
    Ok(row.integer("OpenRanges")? == 0)
}

/// Pending embeddings that have not failed in this run.
///
/// # Errors
/// A failed statement.
pub async fn pending(connection: &mut Connection, ticket: Ticket) -> Result<u64, Failure> {
    let row = connection.row(&PENDING.sql(), &[&ticket.fence.0]).await?;
    Ok(u64::try_from(row.integer("Pending")?).unwrap_or(0))
}

fn number(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn seconds(lease: Duration) -> i32 {
    i32::try_from(lease.as_secs().max(1)).unwrap_or(i32::MAX)
}
