//! One index: which columns make its key, which rows it holds, and its entries in order.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::RowId;
use super::access::KeyRange;
use super::data::Shape;
use super::key::{self, Key};
use crate::catalog::model::{IndexDef, IndexKind, ObjectId, TableDef};
use crate::error::{Result, SqlError};
use crate::locks::Resource;
use crate::types::{SqlType, Value};

/// The predicate of a filtered index over a row with one value per column of the table's definition.
pub type IndexFilter = Arc<dyn Fn(&[Value]) -> bool + Send + Sync>;

pub(crate) type Entry = (Key, u64);

pub(crate) struct KeyColumn {
    pub ordinal: usize,
    pub sql_type: SqlType,
    pub descending: bool,
}

pub(crate) struct IndexData {
    pub def: IndexDef,
    pub columns: Vec<KeyColumn>,
    /// Ordinals of key and included columns: an update of none of them leaves the index alone.
    pub carried: Vec<usize>,
    pub filter: Option<IndexFilter>,
    /// None: not built. A nonunique index is built when a query uses it for the first time.
    pub entries: Option<BTreeSet<Entry>>,
}

/// A range of key bytes: from `start` on, before `end`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Span {
    pub start: Vec<u8>,
    pub end: Option<Vec<u8>>,
    /// Nothing can be in it.
    pub empty: bool,
}

impl IndexData {
    pub fn new(table: &TableDef, def: &IndexDef, filter: Option<IndexFilter>) -> Result<Self> {
        if def.filter.is_some() && filter.is_none() && is_ordered(def) {
            return Err(SqlError::not_implemented(format!(
                "the filter of index {}",
                def.name
            )));
        }
        let ordinal = |id: i32| {
            table.ordinal_of(id).ok_or_else(|| {
                SqlError::new(50000, format!("Index {} names column id {id}, which its table does not have; this is a defect of the stand-in.", def.name))
            })
        };
        let mut columns = Vec::with_capacity(def.keys.len());
        for column in &def.keys {
            let ordinal = ordinal(column.column_id)?;
            columns.push(KeyColumn {
                ordinal,
                sql_type: table.columns[ordinal].sql_type.clone(),
                descending: column.descending,
            });
        }
        let mut carried: Vec<usize> = columns.iter().map(|c| c.ordinal).collect();
        for id in &def.includes {
            carried.push(ordinal(*id)?);
        }
        Ok(Self {
            def: def.clone(),
            columns,
            carried,
            filter,
            entries: None,
        })
    }

    /// Has to be complete at any time, used or not.
    pub fn is_eager(&self) -> bool {
        self.is_enabled() && (self.def.unique || self.def.kind == IndexKind::Clustered)
    }

    pub fn is_enabled(&self) -> bool {
        is_ordered(&self.def) && !self.def.disabled
    }

    /// The same key over the same columns of the same types: its entries stay valid.
    pub fn same_keys(&self, other: &IndexData) -> bool {
        self.def.index_id == other.def.index_id
            && self.def.kind == other.def.kind
            && self.def.filter == other.def.filter
            && self.def.disabled == other.def.disabled
            && self.def.keys.len() == other.def.keys.len()
            && self
                .def
                .keys
                .iter()
                .zip(&other.def.keys)
                .all(|(a, b)| a.column_id == b.column_id && a.descending == b.descending)
            && self
                .columns
                .iter()
                .zip(&other.columns)
                .all(|(a, b)| a.sql_type == b.sql_type)
    }

    /// The key of a whole row; None when the filter leaves the row out.
    pub fn key_of_row(&self, row: &[Value]) -> Option<Key> {
        self.key_of_row_in(row, &mut Vec::with_capacity(24))
    }

    /// The same with a place to put the bytes together.
    pub fn key_of_row_in(&self, row: &[Value], bytes: &mut Vec<u8>) -> Option<Key> {
        if let Some(filter) = &self.filter
            && !filter(row)
        {
            return None;
        }
        bytes.clear();
        for column in &self.columns {
            key::append(
                &row[column.ordinal],
                &column.sql_type,
                column.descending,
                bytes,
            );
        }
        Some(Key::new(bytes))
    }

    /// The key of a stored image.
    pub fn key_of(&self, shape: &Shape, image: &[u8]) -> Option<Key> {
        if self.filter.is_some() {
            return self.key_of_row(&shape.decode_all(image));
        }
        let mut out = Vec::with_capacity(64);
        for column in &self.columns {
            let value = shape.value(image, column.ordinal);
            key::append(&value, &column.sql_type, column.descending, &mut out);
        }
        Some(Key::new(&out))
    }

    pub fn key_values(&self, row: &[Value]) -> Vec<Value> {
        self.columns
            .iter()
            .map(|c| row[c.ordinal].clone())
            .collect()
    }

    pub fn insert(&mut self, key: Key, row: RowId) {
        if let Some(entries) = &mut self.entries {
            entries.insert((key, row.0));
        }
    }

    pub fn remove(&mut self, key: Key, row: RowId) {
        if let Some(entries) = &mut self.entries {
            entries.remove(&(key, row.0));
        }
    }

    /// Rows whose current, uncommitted or older image has this key.
    pub fn rows_with(&self, key: &Key) -> impl Iterator<Item = RowId> {
        let range = (key.clone(), 0)..=(key.clone(), u64::MAX);
        self.entries
            .iter()
            .flat_map(move |e| e.range(range.clone()))
            .map(|(_, row)| RowId(*row))
    }

    /// The entry that a new entry would come to stand before.
    pub fn next_above(&self, key: &Key, row: RowId) -> Option<&Entry> {
        let from = (Bound::Excluded((key.clone(), row.0)), Bound::Unbounded);
        self.entries.as_ref()?.range(from).next()
    }

    /// The lockable name of an entry; `None`: the end of the index. In a unique index the key names it whichever row
    /// has it.
    pub fn anchor(&self, table: ObjectId, entry: Option<&Entry>) -> Resource {
        let name = entry.map(|(key, row)| {
            let mut bytes = key.bytes().to_vec();
            if !self.def.unique {
                bytes.extend(row.to_be_bytes());
            }
            Arc::from(bytes)
        });
        Resource::Key(table, self.def.index_id, name)
    }

    pub fn span(&self, range: &KeyRange) -> Result<Span> {
        if range.prefix.len() > self.columns.len() {
            return Err(SqlError::new(
                50000,
                "A seek names more columns than its index has; this is a defect of the stand-in.",
            ));
        }
        let mut start = Vec::new();
        for (value, column) in range.prefix.iter().zip(&self.columns) {
            key::append(value, &column.sql_type, column.descending, &mut start);
        }
        let mut span = Span {
            end: key::after_prefix(&start),
            start: Vec::new(),
            empty: false,
        };
        if range.lower == Bound::Unbounded && range.upper == Bound::Unbounded {
            span.start = start;
            return Ok(span);
        }
        span.start.clone_from(&start);
        let Some(column) = self.columns.get(range.prefix.len()) else {
            return Err(SqlError::new(
                50000,
                "A seek has bounds beyond its index's key; this is a defect of the stand-in.",
            ));
        };
        let bytes = |value: &Value| {
            let mut out = start.clone();
            key::append(value, &column.sql_type, column.descending, &mut out);
            out
        };
        // A comparison is never true for NULL, and NULL comes before every value.
        let lower = match &range.lower {
            Bound::Unbounded => Bound::Excluded(Value::Null),
            other => other.clone(),
        };
        let not_null = |bound: &Bound<Value>| match bound {
            Bound::Included(Value::Null) => true,
            Bound::Excluded(Value::Null) => false,
            _ => false,
        };
        span.empty = not_null(&lower)
            || not_null(&range.upper)
            || range.lower == Bound::Excluded(Value::Null)
            || range.upper == Bound::Excluded(Value::Null);
        let (first, last) = if column.descending {
            (&range.upper, &lower)
        } else {
            (&lower, &range.upper)
        };
        match first {
            Bound::Included(v) => span.start = bytes(v),
            Bound::Excluded(v) => match key::after_prefix(&bytes(v)) {
                Some(next) => span.start = next,
                None => span.empty = true,
            },
            Bound::Unbounded => {}
        }
        match last {
            Bound::Included(v) => span.end = key::after_prefix(&bytes(v)),
            Bound::Excluded(v) => span.end = Some(bytes(v)),
            Bound::Unbounded => {}
        }
        if span.end.as_ref().is_some_and(|end| *end <= span.start) {
            span.empty = true;
        }
        Ok(span)
    }
}

/// Spatial and columnstore indexes and heaps have no ordered key.
fn is_ordered(def: &IndexDef) -> bool {
    matches!(
        def.kind,
        IndexKind::Clustered | IndexKind::Nonclustered | IndexKind::Hash(_) | IndexKind::Range
    )
}
