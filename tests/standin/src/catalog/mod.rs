//! What objects exist and how they are defined. Definitions are immutable and shared; a change makes a new one.

mod contents;
mod database;
pub mod model;
mod store;

#[cfg(test)]
mod tests;

pub use contents::Contents;
pub use database::{
    Database, DatabaseFile, DatabaseState, Identities, Principal, PrincipalKind, RecoveryModel,
    Schema, UserAccess, unique_id,
};
pub use store::{Catalog, ConstraintName, Object};

/// Database ids that every server has.
pub const MASTER: model::DatabaseId = 1;
pub const TEMPDB: model::DatabaseId = 2;
pub const MODEL: model::DatabaseId = 3;
pub const MSDB: model::DatabaseId = 4;

/// Schema ids that every database has.
pub const DBO: model::SchemaId = 1;
pub const GUEST: model::SchemaId = 2;
pub const INFORMATION_SCHEMA: model::SchemaId = 3;
pub const SYS: model::SchemaId = 4;
