//! Where a test may break the connection or slow it down, at points where a real network could.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestKind {
    Batch,
    Rpc,
    Transaction,
    BulkLoad,
}

/// A request as the faults see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRequest {
    /// 1 for the first connection that the listener accepted.
    pub connection: u64,
    pub spid: u16,
    /// 1 for the first request of the connection.
    pub ordinal: u64,
    pub kind: RequestKind,
    /// The batch; of an RPC its procedure and, for sp_executesql and the like, the statement; of a transaction request
    /// `BEGIN`, `COMMIT`, `ROLLBACK` or `SAVE` and the name; of a bulk load its INSERT BULK statement.
    pub text: String,
}

/// What happens at a point of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    Delay(Duration),
    /// Before execution: nothing is executed. After it: the part of the answer that has not left yet never leaves.
    Drop,
    /// Only before execution: execute, send nothing of the answer, drop.
    DropUnanswered,
}

/// Decides about faults. The listener counts what it did with them.
pub trait WireFaults: Send + Sync {
    fn before(&self, request: &ObservedRequest) -> Fault;
    /// Answers longer than a packet have left in part by now; `Fault::DropUnanswered` from `before` withholds them all.
    fn after(&self, request: &ObservedRequest) -> Fault;
}

/// What the listener did since it was bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultCounts {
    pub requests: u64,
    pub dropped_before: u64,
    pub dropped_after: u64,
    pub delayed: u64,
}

#[derive(Debug, Default)]
pub(super) struct FaultTally {
    pub requests: AtomicU64,
    pub dropped_before: AtomicU64,
    pub dropped_after: AtomicU64,
    pub delayed: AtomicU64,
}

impl FaultTally {
    pub fn counts(&self) -> FaultCounts {
        FaultCounts {
            requests: self.requests.load(Ordering::SeqCst),
            dropped_before: self.dropped_before.load(Ordering::SeqCst),
            dropped_after: self.dropped_after.load(Ordering::SeqCst),
            delayed: self.delayed.load(Ordering::SeqCst),
        }
    }
}
