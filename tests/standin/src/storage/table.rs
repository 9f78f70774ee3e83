//! A table: its definition, its data behind a latch, its identity.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::RowId;
use super::codec::RowBytes;
use super::data::{DuplicateKey, Shape, TableData};
use super::index::{IndexData, IndexFilter};
use super::memory_view::ScanCounts;
use super::message;
use super::rows::Rows;
use super::versions::Versions;
use crate::catalog::Catalog;
use crate::catalog::model::{ObjectId, TableDef};
use crate::error::{Result, SqlError};
use crate::locks::LockManager;
use crate::types::{TypeName, Value};

/// Bytes of a page that rows can use.
const PAGE_BYTES: u64 = 8096;

/// Identity of a table; never rolled back.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Identity {
    /// None until the first value was generated or set.
    pub last: Option<i64>,
    /// After a reseed of an empty table: the next value itself.
    pub next: Option<i64>,
}

pub struct Table {
    pub(super) object_id: ObjectId,
    pub(super) memory_optimized: bool,
    pub(super) manager: Arc<LockManager>,
    pub(super) versions: Arc<Versions>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) identity: Mutex<Identity>,
    /// Scans of a memory-optimised table by index id; 0: all rows.
    pub(super) scans: Mutex<BTreeMap<i32, ScanCounts>>,
    pub(super) data: RwLock<TableData>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("object_id", &self.object_id)
            .finish_non_exhaustive()
    }
}

impl Table {
    pub(super) fn new(
        def: Arc<TableDef>,
        filters: &HashMap<i32, IndexFilter>,
        manager: Arc<LockManager>,
        versions: Arc<Versions>,
        catalog: Arc<Catalog>,
    ) -> Result<Self> {
        let mut data = TableData {
            shape: Shape::new(Arc::clone(&def))?,
            rows: Rows::default(),
            indexes: Vec::new(),
            live: 0,
            bytes: 0,
        };
        for index in &def.indexes {
            let filter = filters.get(&index.index_id).cloned();
            let mut index = IndexData::new(&def, index, filter)?;
            if index.is_enabled() {
                // Empty, so even those that could wait are complete.
                index.entries = index.is_eager().then(Default::default);
            }
            data.indexes.push(index);
        }
        Ok(Self {
            object_id: def.object_id,
            memory_optimized: def.memory_optimized,
            manager,
            versions,
            catalog,
            identity: Mutex::default(),
            scans: Mutex::default(),
            data: RwLock::new(data),
        })
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, TableData> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, TableData> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn identity(&self) -> MutexGuard<'_, Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn object_id(&self) -> ObjectId {
        self.object_id
    }

    pub fn def(&self) -> Arc<TableDef> {
        Arc::clone(&self.read().shape.def)
    }

    /// Rows that are there now, uncommitted inserts included and uncommitted deletes not.
    pub fn row_count(&self) -> u64 {
        self.read().live
    }

    /// Pages of an index (0 or 1: the table itself), at least one when there are rows.
    pub fn used_pages(&self, index_id: i32) -> u64 {
        let data = self.read();
        if data.live == 0 {
            return 0;
        }
        let bytes = match data.index_at(index_id) {
            Some(at) if index_id > 1 => {
                let average = data.bytes / data.live;
                let share = data.indexes[at].carried.len() as u64 + 1;
                let columns = data.shape.def.columns.len().max(1) as u64;
                data.live * (average * share.min(columns) / columns + 11)
            }
            // Every row has a slot entry of two bytes and a header of seven.
            _ => data.bytes + data.live * 9,
        };
        bytes.div_ceil(PAGE_BYTES).max(1)
    }

    /// Bytes of all rows that are there now.
    pub fn data_bytes(&self) -> u64 {
        self.read().bytes
    }

    /// The current image, committed or not: for rows that the caller has locked.
    pub fn fetch(&self, row: RowId, columns: &[usize]) -> Option<Vec<Value>> {
        let data = self.read();
        let image = data.rows.get(row)?.live()?;
        Some(data.shape.decode(image, columns))
    }

    pub(super) fn trim(&self, row: RowId, ended: u64) {
        self.write().trim(row, ended);
    }

    pub(super) fn undo_row(&self, row: RowId, before: Option<RowBytes>, first: bool) {
        let protected = self.manager.has_key_locks(self.object_id);
        let mut data = self.write();
        if protected && let Some(slot) = data.rows.get(row) {
            // Whoever protected the gap below a key that goes away protects it by the next key.
            let keys = data.keys_of(&slot.bytes);
            for (index, key) in data.indexes.iter().zip(keys) {
                if let Some(key) = key {
                    let next = index.anchor(self.object_id, index.next_above(&key, row));
                    let own = index.anchor(self.object_id, Some(&(key, row.0)));
                    self.manager.inherit_ranges(&own, &next);
                }
            }
        }
        data.undo_row(row, before, first);
    }

    /// Builds the index if it is not.
    pub(super) fn ensure_built(&self, index_id: i32) -> Result<()> {
        {
            let data = self.read();
            match data.index_at(index_id).map(|at| &data.indexes[at]) {
                Some(index) if !index.is_enabled() => {
                    return Err(SqlError::not_implemented(format!(
                        "a seek in the disabled or unordered index {}",
                        index.def.name
                    )));
                }
                Some(index) if index.entries.is_some() => return Ok(()),
                Some(_) => {}
                None => {
                    return Err(SqlError::not_implemented(format!(
                        "a seek in index {index_id}, which the table does not have"
                    )));
                }
            }
        }
        let mut data = self.write();
        match data.index_at(index_id) {
            Some(at) if data.indexes[at].entries.is_none() => {
                let built = data.build(at);
                self.explain(&data, built)
            }
            _ => Ok(()),
        }
    }

    /// Builds what has to be complete before a row may change.
    pub(super) fn ensure_enforced(&self, data: &mut TableData) -> Result<()> {
        for at in 0..data.indexes.len() {
            let index = &data.indexes[at];
            if index.entries.is_none() && index.is_eager() {
                let built = data.build(at);
                self.explain(data, built)?;
            }
        }
        Ok(())
    }

    /// 1505 with the key that is there twice.
    pub(super) fn explain(
        &self,
        data: &TableData,
        built: std::result::Result<(), DuplicateKey>,
    ) -> Result<()> {
        built.map_err(|duplicate| {
            let index = &data.indexes[duplicate.index];
            let values = data
                .rows
                .get(duplicate.row)
                .map(|slot| index.key_values(&data.shape.decode_all(&slot.bytes)))
                .unwrap_or_default();
            let name = self.catalog.qualified_name(&data.shape.def);
            message::duplicate_at_build(&name, &index.def, &values)
        })
    }

    /// First of `n` new identity values. 8115 when they leave the column's type.
    pub(super) fn next_identity(&self, n: u64) -> Result<i64> {
        let def = self.def();
        let Some((column, spec)) = def
            .columns
            .iter()
            .find_map(|c| Some((c, c.identity.as_ref()?)))
        else {
            return Err(SqlError::new(
                50000,
                "The table has no identity column; this is a defect of the stand-in.",
            ));
        };
        let (least, most) = range_of(column.sql_type.name);
        let overflow = || {
            SqlError::new(
                8115,
                format!(
                    "Arithmetic overflow error converting IDENTITY to data type {}.",
                    type_word(column.sql_type.name)
                ),
            )
        };
        let mut identity = self.identity();
        let first = match (identity.next, identity.last) {
            (Some(next), _) => next,
            (None, None) => spec.seed,
            (None, Some(last)) => last.checked_add(spec.increment).ok_or_else(overflow)?,
        };
        let steps = i64::try_from(n.saturating_sub(1)).map_err(|_| overflow())?;
        let last = spec
            .increment
            .checked_mul(steps)
            .and_then(|s| first.checked_add(s))
            .filter(|last| (least..=most).contains(last) && (least..=most).contains(&first))
            .ok_or_else(overflow)?;
        identity.last = Some(last);
        identity.next = None;
        Ok(first)
    }
}

fn range_of(name: TypeName) -> (i64, i64) {
    match name {
        TypeName::TinyInt => (0, 255),
        TypeName::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
        TypeName::Int => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

fn type_word(name: TypeName) -> &'static str {
    match name {
        TypeName::TinyInt => "tinyint",
        TypeName::SmallInt => "smallint",
        TypeName::Int => "int",
        TypeName::Decimal => "decimal",
        TypeName::Numeric => "numeric",
        _ => "bigint",
    }
}
