//! Rows on their way out of a scan.

use super::RowId;
use super::data::Shape;
use crate::types::Value;

/// Rows of a scan, the values of one after those of the other.
#[derive(Debug, Default)]
pub struct RowChunk {
    ids: Vec<RowId>,
    values: Vec<Value>,
    pub(super) width: usize,
    /// By column: the last text, which is often the next one too.
    last: Vec<Value>,
}

impl RowChunk {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn clear(&mut self) {
        self.ids.clear();
        self.values.clear();
    }

    pub fn id(&self, at: usize) -> RowId {
        self.ids[at]
    }

    /// Moves a row out, in place of what is in `row`.
    pub fn take(&mut self, at: usize, row: &mut Vec<Value>) {
        let values = &mut self.values[at * self.width..(at + 1) * self.width];
        row.clear();
        row.extend(values.iter_mut().map(std::mem::take));
    }

    pub(super) fn push(&mut self, id: RowId, shape: &Shape, image: &[u8], columns: &[usize]) {
        self.width = columns.len();
        self.last.resize(columns.len(), Value::Null);
        self.ids.push(id);
        for (column, last) in columns.iter().zip(&mut self.last) {
            self.values.push(shape.value_like(image, *column, last));
        }
    }
}
