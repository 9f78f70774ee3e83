//! Taking phase 2 back: batch by batch, proven, and only as long as EmbeddingVector holds every vector.
//!
//! Order: guard, deltas folded, snapshot of what must stay, versioning off, batches, versioning on, proof, objects dropped.
//! Each part looks at the database first, so that a run that was killed anywhere is carried on by the next.

mod batches;
mod drill;
mod guard;
mod objects;
mod proof;
mod versioning;

pub use crate::pipeline::fold_all as fold_deltas;
pub use batches::{Settings, TakeBack, TakenBack, statement as batch_statement};
pub use drill::{Drill, drill};
pub use guard::guard;
pub use objects::{
    TABLE_STEP, drop_objects, drop_view_index, measure_objects, objects, view_index,
};
pub use proof::{Scope, Snapshot, measure as measure_proof};
pub use versioning::{Versioning, restore, switch_off};

use crate::connect::{Connection, Failure};
use crate::gate::Gate;
use crate::tsql::{Statement, embedded};

const FORGET_FAILED: Statement = embedded!("phase2/forget_failed_embeddings.sql");

/// Name under which gates and steps of this rollback are on record.
pub const PHASE: &str = "rollback phase2";

/// Every gate of this rollback.
pub const GATES: &[Gate] = &[
    guard::COLUMN,
    guard::VECTORS,
    guard::EMBEDDINGS,
    proof::RELATIONS,
    proof::EMBEDDINGS,
    proof::ATOMS,
    proof::REFERENCES,
    objects::OBJECTS,
];

/// Forgets the embeddings that could not be migrated.
///
/// # Errors
/// A failed statement.
pub async fn forget_failed(connection: &mut Connection) -> Result<(), Failure> {
    connection.rows(&FORGET_FAILED.sql(), &[]).await.map(drop)
}
