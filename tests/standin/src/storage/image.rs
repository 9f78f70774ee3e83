//! The committed rows of a table at one moment: what a backup keeps. Stored rows are immutable and shared, so an image costs
//! a pointer per row, and the rows themselves only once the table no longer has them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use super::codec::{Layout, RowBytes};
use super::data::{Shape, TableData};
use super::index::{IndexData, IndexFilter};
use super::rows::{Rows, Slot};
use super::store::{Store, put, take};
use super::table::{Identity, Table};
use super::{RowId, Snapshot};
use crate::catalog::model::{ObjectId, TableDef};
use crate::error::Result;

pub struct TableImage {
    pub def: Arc<TableDef>,
    layouts: Vec<Arc<Layout>>,
    rows: Vec<(RowId, RowBytes)>,
    /// Row ids are never used again, not even after a restore.
    next: u64,
    identity: Identity,
    bytes: u64,
}

impl std::fmt::Debug for TableImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableImage")
            .field("name", &self.def.name)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl TableImage {
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// Bytes of all rows.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Store {
    /// What was committed in the table when the snapshot was taken. None: there is no such table.
    pub fn image(&self, id: ObjectId, at: &Snapshot) -> Option<TableImage> {
        let table = self.table(id)?;
        let identity = *table.identity();
        let data = table.read();
        // The rows of a SCHEMA_ONLY table live as long as the server holds the database open.
        let kept = !data.shape.def.schema_only;
        let identity = if kept { identity } else { Identity::default() };
        let mut bytes = 0;
        let rows: Vec<_> = data
            .rows
            .from(RowId(0))
            .filter(|_| kept)
            .filter_map(|(row, slot)| {
                let settled = slot
                    .writer()
                    .is_some_and(|writer| self.versions.settled(writer, at.time()));
                let image = slot.version(at.time(), settled)?;
                bytes += image.len() as u64;
                Some((row, Arc::clone(image)))
            })
            .collect();
        Some(TableImage {
            def: Arc::clone(&data.shape.def),
            layouts: data.shape.layouts(),
            rows,
            next: data.rows.next_id().0,
            identity,
            bytes,
        })
    }

    /// A table of these rows, not yet anybody's. `def`: the image's definition, perhaps in a database with another number;
    /// `filters`: the predicates of filtered indexes by index id.
    pub fn table_of(
        &self,
        image: &TableImage,
        def: Arc<TableDef>,
        filters: &HashMap<i32, IndexFilter>,
    ) -> Result<Arc<Table>> {
        let mut rows = Rows::default();
        for (row, bytes) in &image.rows {
            rows.push_at(
                *row,
                Slot {
                    bytes: Arc::clone(bytes),
                    change: None,
                },
            );
        }
        rows.reserve_below(image.next);
        let mut data = TableData {
            shape: Shape::over(&image.layouts, Arc::clone(&def))?,
            rows,
            indexes: Vec::new(),
            live: image.rows.len() as u64,
            bytes: image.bytes,
        };
        for index in &def.indexes {
            let filter = filters.get(&index.index_id).cloned();
            data.indexes.push(IndexData::new(&def, index, filter)?);
        }
        let table = Table {
            object_id: def.object_id,
            manager: Arc::clone(&self.manager),
            versions: Arc::clone(&self.versions),
            catalog: Arc::clone(&self.catalog),
            identity: Mutex::new(image.identity),
            scans: Mutex::default(),
            memory_optimized: def.memory_optimized,
            data: RwLock::new(data),
        };
        {
            let mut data = table.write();
            table.ensure_enforced(&mut data)?;
        }
        Ok(Arc::new(table))
    }

    /// The tables of a database give way to others, outside of any transaction: nobody uses the database.
    pub fn exchange(&self, gone: &[ObjectId], come: Vec<Arc<Table>>) {
        for id in gone {
            drop(take(&self.tables, *id));
        }
        for table in come {
            put(&self.tables, table);
        }
    }
}
