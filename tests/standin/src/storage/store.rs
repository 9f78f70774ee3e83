//! All tables of all databases, and the beginning and end of transactions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::TxnId;
use super::index::IndexFilter;
use super::memory::{self, Reads};
use super::rows::Rows;
use super::table::{Identity, Table};
use super::txn::ticks_now;
use super::txn::{Savepoint, Txn, Undo};
use super::versions::{Snapshot, Versions};
use crate::catalog::Catalog;
use crate::catalog::model::{ObjectId, TableDef};
use crate::error::{Result, SqlError};
use crate::locks::{LockManager, Owner};
use crate::protocol::IsolationLevel;

pub(super) type Tables = RwLock<HashMap<ObjectId, Arc<Table>>>;

pub struct Store {
    pub(super) tables: Arc<Tables>,
    pub(super) manager: Arc<LockManager>,
    pub(super) versions: Arc<Versions>,
    pub(super) catalog: Arc<Catalog>,
    next_txn: AtomicU64,
    /// Held from the validation of a transaction with memory-optimised tables to the end of its commit.
    validating: Mutex<()>,
}

pub(super) fn put(tables: &Tables, table: Arc<Table>) {
    tables
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(table.object_id, table);
}

pub(super) fn take(tables: &Tables, id: ObjectId) -> Option<Arc<Table>> {
    tables
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&id)
}

impl Store {
    pub fn new(manager: Arc<LockManager>, catalog: Arc<Catalog>) -> Self {
        Self {
            tables: Arc::default(),
            manager,
            versions: Arc::default(),
            catalog,
            next_txn: AtomicU64::new(1),
            validating: Mutex::default(),
        }
    }

    pub fn lock_manager(&self) -> &Arc<LockManager> {
        &self.manager
    }

    pub fn begin(&self, isolation: IsolationLevel) -> Txn {
        Txn {
            id: TxnId(self.next_txn.fetch_add(1, Ordering::Relaxed)),
            begin_ticks: ticks_now(),
            isolation,
            undo: Vec::new(),
            intents: Default::default(),
            snapshot: None,
            reads: Reads::default(),
            memory_optimized: false,
            databases: Vec::new(),
        }
    }

    /// Also the beginning of a statement for lock escalation.
    pub fn savepoint(&self, txn: &Txn) -> Savepoint {
        self.manager.begin_statement(txn.owner());
        Savepoint(txn.undo.len())
    }

    /// Takes back everything since the savepoint, newest first. Locks stay.
    pub fn rollback_to(&self, txn: &mut Txn, savepoint: Savepoint) {
        while txn.undo.len() > savepoint.0 {
            match txn.undo.pop() {
                Some(Undo::Row {
                    table,
                    row,
                    before,
                    first,
                }) => table.undo_row(row, before, first),
                Some(Undo::Action(action)) => action(),
                None => return,
            }
        }
    }

    /// Commits after a look at what the transaction relies on; rolls it back when that has changed: 41305, 41325.
    pub fn validate_and_commit(&self, txn: Txn) -> Result<()> {
        if !txn.memory_optimized {
            self.commit(txn);
            return Ok(());
        }
        let _turn = self
            .validating
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match memory::validate(&txn) {
            Ok(()) => {
                self.commit(txn);
                Ok(())
            }
            Err(error) => {
                self.rollback(txn);
                Err(error)
            }
        }
    }

    pub fn commit(&self, mut txn: Txn) {
        txn.snapshot = None;
        if !txn.undo.is_empty() {
            let commit = self.versions.begin_commit(txn.id);
            let mut kept = Vec::new();
            let mut undo = std::mem::take(&mut txn.undo).into_iter().peekable();
            while let Some(record) = undo.next() {
                let Undo::Row {
                    table, row, first, ..
                } = record
                else {
                    continue;
                };
                let mut data = table.write();
                if first && data.settle(row, commit) {
                    kept.push((Arc::downgrade(&table), row));
                }
                // Neighbours of the same table under the same latch, but never so many that readers starve.
                for _ in 0..256 {
                    match undo.peek() {
                        Some(Undo::Row {
                            table: next,
                            row,
                            first,
                            ..
                        }) if Arc::ptr_eq(next, &table) => {
                            if *first && data.settle(*row, commit) {
                                kept.push((Arc::downgrade(&table), *row));
                            }
                            undo.next();
                        }
                        _ => break,
                    }
                }
            }
            self.versions.end_commit(txn.id, commit.time, kept);
        }
        self.manager.release_all(Owner::Transaction(txn.id));
    }

    pub fn rollback(&self, mut txn: Txn) {
        self.rollback_to(&mut txn, Savepoint(0));
        txn.snapshot = None;
        self.manager.release_all(Owner::Transaction(txn.id));
    }

    /// The snapshot of a statement under READ_COMMITTED_SNAPSHOT; keep it until the statement ends.
    pub fn statement_snapshot(&self) -> Snapshot {
        self.versions.snapshot()
    }

    /// The snapshot of a SNAPSHOT transaction, taken at its first access to data.
    pub fn transaction_snapshot(&self, txn: &mut Txn) -> u64 {
        txn.snapshot
            .get_or_insert_with(|| self.versions.snapshot())
            .time()
    }

    /// The local temporary tables of all sessions.
    pub fn temporary_tables(&self) -> Vec<Arc<TableDef>> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let defs = tables.values().map(|table| table.def());
        defs.filter(|def| def.name.starts_with('#') && !def.name.starts_with("##"))
            .collect()
    }

    pub fn table(&self, id: ObjectId) -> Option<Arc<Table>> {
        self.tables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    pub(super) fn existing(&self, id: ObjectId) -> Result<Arc<Table>> {
        self.table(id).ok_or_else(|| {
            SqlError::new(
                50000,
                format!("Object id {id} has no rows; this is a defect of the stand-in."),
            )
        })
    }

    pub fn create_table(&self, txn: &mut Txn, def: Arc<TableDef>) -> Result<Arc<Table>> {
        self.create_table_with(txn, def, HashMap::new())
    }

    /// `filters`: the predicates of filtered indexes by index id.
    pub fn create_table_with(
        &self,
        txn: &mut Txn,
        def: Arc<TableDef>,
        filters: HashMap<i32, IndexFilter>,
    ) -> Result<Arc<Table>> {
        let id = def.object_id;
        let table = Arc::new(Table::new(
            def,
            &filters,
            Arc::clone(&self.manager),
            Arc::clone(&self.versions),
            Arc::clone(&self.catalog),
        )?);
        put(&self.tables, Arc::clone(&table));
        let tables = Arc::clone(&self.tables);
        txn.on_undo(move || drop(take(&tables, id)));
        Ok(table)
    }

    /// The caller holds Sch-M on the table.
    pub fn drop_table(&self, txn: &mut Txn, id: ObjectId) -> Result<()> {
        let table = self.existing(id)?;
        take(&self.tables, id);
        let tables = Arc::clone(&self.tables);
        txn.on_undo(move || put(&tables, table));
        Ok(())
    }

    /// Empties the table and starts its identity again at the seed. The caller holds Sch-M.
    pub fn truncate(&self, txn: &mut Txn, id: ObjectId) -> Result<()> {
        let table = self.existing(id)?;
        let (rows, sets, live, bytes) = {
            let mut data = table.write();
            let data = &mut *data;
            let next = data.rows.next_id().0;
            let sets: Vec<_> = data
                .indexes
                .iter_mut()
                .map(|i| (i.def.index_id, i.entries.as_mut().map(std::mem::take)))
                .collect();
            (
                std::mem::replace(&mut data.rows, Rows::starting_at(next)),
                sets,
                std::mem::take(&mut data.live),
                std::mem::take(&mut data.bytes),
            )
        };
        let identity = std::mem::take(&mut *table.identity());
        txn.on_undo(move || {
            let mut data = table.write();
            let data = &mut *data;
            data.rows = rows;
            data.live = live;
            data.bytes = bytes;
            for (index_id, entries) in sets {
                if let Some(at) = data.index_at(index_id) {
                    data.indexes[at].entries = entries;
                }
            }
            *table.identity() = identity;
        });
        Ok(())
    }

    /// First of `n` consecutive identity values; never rolled back. 8115 when they leave the column's type.
    pub fn next_identity(&self, id: ObjectId, n: u64) -> Result<i64> {
        self.existing(id)?.next_identity(n)
    }

    /// IDENTITY_INSERT put `value` in: values go on after it if it lies ahead.
    pub fn set_identity(&self, id: ObjectId, value: i64) -> Result<()> {
        let table = self.existing(id)?;
        let def = table.def();
        let Some(spec) = def.columns.iter().find_map(|c| c.identity.as_ref()) else {
            return Ok(());
        };
        let mut identity = table.identity();
        // What IDENT_CURRENT reports: before any value it is the seed.
        let ahead = match (identity.last, identity.next) {
            (Some(last), _) if spec.increment > 0 => value > last,
            (Some(last), _) => value < last,
            (None, next) if spec.increment > 0 => value >= next.unwrap_or(spec.seed),
            (None, next) => value <= next.unwrap_or(spec.seed),
        };
        if ahead {
            *identity = Identity {
                last: Some(value),
                next: None,
            };
        }
        Ok(())
    }

    /// IDENT_CURRENT: the last value, or the seed before the first one; None without an identity column.
    pub fn ident_current(&self, id: ObjectId) -> Option<i64> {
        let table = self.table(id)?;
        let def = table.def();
        let spec = def.columns.iter().find_map(|c| c.identity.as_ref())?;
        let identity = *table.identity();
        Some(identity.last.or(identity.next).unwrap_or(spec.seed))
    }

    /// Has a value been generated or set yet (sys.identity_columns.last_value is NULL before)?
    pub fn identity_last_value(&self, id: ObjectId) -> Option<i64> {
        self.table(id)?.identity().last
    }

    /// DBCC CHECKIDENT (..., RESEED, value): the next value is `value` when no row was ever inserted since creation or
    /// TRUNCATE, else `value` plus the increment.
    pub fn reseed(&self, id: ObjectId, value: i64) -> Result<()> {
        let table = self.existing(id)?;
        let mut identity = table.identity();
        *identity = if identity.last.is_some() {
            Identity {
                last: Some(value),
                next: None,
            }
        } else {
            Identity {
                last: None,
                next: Some(value),
            }
        };
        Ok(())
    }
}
