//! Batches: read, decode, write, checkpoint. One writer; the reader works one batch ahead.

mod atoms;
mod batch;
mod columns;
mod decode;
mod read;
mod relation_type;
mod run;
mod verify;
mod write;

pub use batch::{DecodedEmbedding, Rejected};
pub use columns::SourceColumns;
pub use read::Reader;
pub use run::{Outcome, Settings, run};
pub use verify::{Offences, Proof, verify};
