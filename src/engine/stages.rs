//! Where the time of a batch goes.

use std::time::{Duration, Instant};

use serde::Serialize;

/// How long each stage of a batch took, in the order in which it walks through them; seconds in JSON. The first three are
/// those of the reading half, which works while the batch before is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BatchStages {
    /// The rows with the vectors' text, from the server.
    #[serde(serialize_with = "seconds")]
    pub read: Duration,
    /// Text to values and digest.
    #[serde(serialize_with = "seconds")]
    pub decode: Duration,
    /// Ambiguous components, asked from the server.
    #[serde(serialize_with = "seconds")]
    pub resolve: Duration,
    /// The writing half had nothing to do: it waited for this batch, and for leave to write it.
    #[serde(serialize_with = "seconds")]
    pub wait: Duration,
    /// Begin of the transaction, fence and lease, temporary tables.
    #[serde(serialize_with = "seconds")]
    pub claim: Duration,
    /// Relation types, under a lock on the source atoms.
    #[serde(serialize_with = "seconds")]
    pub types: Duration,
    /// Distinct values; those never seen before: hash, look up, create.
    #[serde(serialize_with = "seconds")]
    pub atoms: Duration,
    /// Bulk load of the relations.
    #[serde(serialize_with = "seconds")]
    pub relations: Duration,
    /// Reference-count deltas.
    #[serde(serialize_with = "seconds")]
    pub counts: Duration,
    /// Progress rows, and the rows that changed meanwhile; the watermark.
    #[serde(serialize_with = "seconds")]
    pub progress: Duration,
    #[serde(serialize_with = "seconds")]
    pub commit: Duration,
}

fn seconds<S: serde::Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(value.as_secs_f64())
}

/// Times stages that follow one another.
#[derive(Debug)]
pub struct Lap(Instant);

impl Lap {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start, or since this was last asked.
    pub fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let took = now - self.0;
        self.0 = now;
        took
    }
}
