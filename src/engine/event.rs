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

/// What the server says about a statement that runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AtWork {
    /// Of backups and restores; other statements do not tell.
    pub percent: Option<f64>,
    /// Pages so far.
    pub reads: i64,
    pub writes: i64,
    pub logical_reads: i64,
    pub cpu_ms: i64,
    /// What it waits for at this moment; None: it works.
    pub waits_for: Option<String>,
    /// The session that it waits for: number, login, host, program.
    pub blocked_by: Option<String>,
    /// Why nothing of this can be seen.
    pub blind: Option<String>,
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
    /// A single long statement, and what the server tells a second connection about it.
    AtWork {
        what: String,
        #[serde(serialize_with = "seconds")]
        since: Duration,
        at: AtWork,
    },
    /// It has ended.
    WorkedOff {
        what: String,
        #[serde(serialize_with = "seconds")]
        took: Duration,
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
