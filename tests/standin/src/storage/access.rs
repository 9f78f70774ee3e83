//! Which rows a scan wants, in which order, and which of their columns.

use std::ops::Bound;

use crate::types::Value;

/// Part of an index: equal values for its leading key columns, and bounds for the key column after them. Values have
/// the columns' types already. `Value::Null` among the equal values means IS NULL; a bound never lets NULL in.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyRange {
    pub prefix: Vec<Value>,
    pub lower: Bound<Value>,
    pub upper: Bound<Value>,
}

impl KeyRange {
    pub fn all() -> Self {
        Self::equal(Vec::new())
    }

    pub fn equal(prefix: Vec<Value>) -> Self {
        Self {
            prefix,
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
        }
    }

    pub fn is_all(&self) -> bool {
        self.prefix.is_empty() && self.lower == Bound::Unbounded && self.upper == Bound::Unbounded
    }
}

impl Default for KeyRange {
    fn default() -> Self {
        Self::all()
    }
}

#[derive(Debug, Clone, Default)]
pub struct Access {
    /// None: the clustered index, or the heap in insertion order.
    pub index_id: Option<i32>,
    pub range: KeyRange,
    pub descending: bool,
    /// Ordinals in `Table::def().columns` that the rows are to hold, in this order.
    pub columns: Vec<usize>,
}

impl Access {
    pub fn scan(columns: Vec<usize>) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    pub fn seek(index_id: i32, range: KeyRange, columns: Vec<usize>) -> Self {
        Self {
            index_id: Some(index_id),
            range,
            descending: false,
            columns,
        }
    }
}
