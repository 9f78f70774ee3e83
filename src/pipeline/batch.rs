//! What travels between the stages.

use crate::engine::BatchStages;
use crate::ids::{AtomEmbeddingId, AtomId};
use crate::vector::{AtomValue, VectorDigest};

/// An embedding with its exact components.
#[derive(Debug, Clone)]
pub struct DecodedEmbedding {
    pub id: AtomEmbeddingId,
    pub atom: AtomId,
    pub tenant: i32,
    pub model: Option<i32>,
    pub embedding_type: Option<String>,
    /// SpatialProjX/Y/Z where all three are there.
    pub position: Option<[f64; 3]>,
    /// The first Dimension components, in order.
    pub values: Vec<AtomValue>,
    pub digest: VectorDigest,
    pub last_updated: Option<chrono::NaiveDateTime>,
}

/// An embedding that is not migrated, and why: recorded, reported, and the run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub id: AtomEmbeddingId,
    /// Short stable word: `dimension`, `padding`, `text`, `atom_conflict`, `server`.
    pub reason: &'static str,
    pub message: String,
    pub error_number: Option<i32>,
}

/// One batch, in key order.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub embeddings: Vec<DecodedEmbedding>,
    pub rejected: Vec<Rejected>,
    /// Largest AtomEmbeddingId that was looked at.
    pub last_id: Option<AtomEmbeddingId>,
    /// Components that had to be asked from the server.
    pub resolved: u64,
    /// How long reading and decoding took.
    pub stages: BatchStages,
}
