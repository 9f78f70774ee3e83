//! Sessions and what they run: batches, procedures, transactions, data changes.

pub mod config;
pub mod ddl;
pub mod faults;
pub mod frame;
pub mod options;
pub mod pending;
pub mod resolve;
pub mod server;
pub mod session;
pub mod sysprocs;
pub mod sysviews;
pub mod transaction;

pub use config::ServerConfig;
pub use frame::{ExecContext, Flow, Frame, Variable, Variables};
pub use options::SessionOptions;
pub use resolve::Resolved;
pub use server::{Server, SessionInfo};
pub use session::Session;
pub use transaction::{NamedSavepoint, TransactionState};
