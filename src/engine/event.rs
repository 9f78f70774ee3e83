//! What happens, told upwards as data. Rooms below never print.

use std::time::Duration;

use serde::Serialize;

use super::BatchStages;
use crate::ids::AtomEmbeddingId;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It was there already, and right.
    Present,
    Applied,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    PhaseStarted {
        phase: &'static str,
        run_id: i64,
    },
    StepStarted {
        step: String,
        title: String,
    },
    StepEnded {
        step: String,
        title: String,
        outcome: StepOutcome,
    },
    /// The decomposition begins or carries on: totals are exact counts.
    BatchesStarted {
        embeddings_total: u64,
        embeddings_done: u64,
        components_pending: u64,
    },
    BatchCommitted {
        writer: usize,
        embeddings: u64,
        relations: u64,
        atoms: u64,
        last_id: AtomEmbeddingId,
        #[serde(serialize_with = "seconds")]
        took: Duration,
        stages: BatchStages,
    },
    BatchesEnded,
    /// Other hosts migrated so many embeddings since the last such event.
    OthersAdvanced {
        embeddings: u64,
    },
    /// A key range whose writer has not given a sign of life is taken over.
    RangeTakenOver {
        after_id: AtomEmbeddingId,
        last_id: AtomEmbeddingId,
    },
    /// What holds the writers changed; nothing does when it is empty.
    Held {
        by: Vec<String>,
    },
    /// Somebody asked to pause, or to go on.
    Paused {
        paused: bool,
    },
    /// 9002: nothing is written until somebody makes room.
    LogFull {
        cause: String,
    },
    /// An embedding that had changed was migrated again.
    Renewed {
        id: AtomEmbeddingId,
    },
    EmbeddingFailed {
        id: AtomEmbeddingId,
        reason: String,
    },
    /// Work on embeddings that is not a migration: taken back, filled again, proven again.
    WorkStarted {
        verb: &'static str,
        embeddings_total: u64,
    },
    WorkAdvanced {
        embeddings: u64,
        relations: u64,
        last_id: AtomEmbeddingId,
        #[serde(serialize_with = "seconds")]
        took: Duration,
    },
    WorkEnded,
    /// A single statement takes long and tells nothing meanwhile.
    Waiting {
        what: String,
        #[serde(serialize_with = "seconds")]
        since: Duration,
    },
    /// Verification goes over every vector.
    VerificationStarted {
        embeddings_total: u64,
    },
    VerificationAdvanced {
        embeddings: u64,
    },
    VerificationEnded,
    GateMeasured {
        gate: String,
        title: String,
        verdict: crate::gate::Verdict,
        summary: String,
    },
    Retrying {
        attempt: u32,
        cause: String,
    },
    Warning {
        text: String,
    },
}

fn seconds<S: serde::Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(value.as_secs_f64())
}

/// Whoever wants to know.
pub trait Observer: Send + Sync {
    fn observe(&self, event: &Event);
}
