//! Sessions and what they run: batches, procedures, transactions, data changes.

mod authorize;
mod batch;
mod cache;
mod call;
mod compile;
pub mod config;
mod conversion;
pub mod ddl;
mod dml;
pub mod faults;
pub mod frame;
mod interpret;
pub(crate) mod messages;
pub mod options;
mod plans;
pub mod resolve;
pub mod server;
pub mod session;
mod statement;
pub mod sysprocs;
pub mod sysviews;
pub mod transaction;
mod versions;
mod wire;

pub use call::{call_scalar_function, table_function_rows};
pub use config::{LoginConfig, ServerConfig};
pub use frame::{ExecContext, Flow, Frame, Variable, Variables};
pub use options::SessionOptions;
pub use resolve::Resolved;
pub use server::{Server, SessionInfo};
pub use session::Session;
pub use transaction::{NamedSavepoint, TransactionState};
pub use wire::Engine;
