//! Placeholders for storage, locks and catalog until their branch is merged.

use std::sync::Arc;

use crate::catalog::model::{DatabaseId, ModuleDef, TableDef};

#[derive(Debug)]
pub struct Txn;
#[derive(Debug, Clone, Copy)]
pub struct Savepoint;
#[derive(Debug, Default)]
pub struct Store;
#[derive(Debug, Default)]
pub struct LockManager;
#[derive(Debug, Default)]
pub struct Catalog;

pub enum Object {
    Table(Arc<TableDef>),
    Module(Arc<ModuleDef>),
}

impl Catalog {
    pub fn resolve(&self, _: DatabaseId, _: Option<&str>, _: &str, _: &str) -> Option<Object> {
        None
    }
}
