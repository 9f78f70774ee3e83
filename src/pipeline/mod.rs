//! Batches: lease a key range, read, decode, write, checkpoint; several writers, on one host or many, steered while they work.

mod ahead;
mod atoms;
mod batch;
mod columns;
mod decode;
mod fold;
pub mod lease;
mod mend;
mod monitor;
mod read;
mod record;
mod relation_type;
mod retry;
mod rows;
mod run;
mod settings;
mod shared;
mod signals;
mod sizing;
mod steering;
mod take_back;
mod throttle;
mod verify;
mod worker;
mod write;

pub use batch::{DecodedEmbedding, Rejected};
pub use columns::SourceColumns;
pub use fold::fold_all;
pub use mend::is_out_of_line;
pub use read::Reader;
pub use run::{Job, Outcome, repair, run};
pub use settings::Settings;
pub use sizing::SizeLimits;
pub use throttle::{Signal, Thresholds, Window};
pub use verify::{Offences, Proof, verify};
pub use write::Ticket;
