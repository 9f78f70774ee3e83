//! Storage, locks and catalog under the names that the skeleton was written with.

pub use crate::catalog::{Catalog, Object};
pub use crate::locks::LockManager;
pub use crate::storage::{Savepoint, Store, Txn};
