//! A whole database at one moment, and a database made of it.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::catalog::model::{DatabaseId, TableDef};
use crate::catalog::{Contents, Database, Object};
use crate::engine::ddl::apply;
use crate::engine::ddl::state::DatabaseSecurity;
use crate::engine::frame::ExecContext;
use crate::engine::server::Server;
use crate::error::{Result, SqlError};
use crate::storage::TableImage;

/// What a backup keeps: definitions and rows are shared with the database for as long as it has them.
#[derive(Debug)]
pub struct DatabaseImage {
    pub contents: Contents,
    tables: Vec<TableImage>,
    security: DatabaseSecurity,
}

impl DatabaseImage {
    /// Takes what is committed. Definitions under way are waited for: a backup of SQL Server's would undo them at the restore.
    pub(super) fn take(ctx: &mut ExecContext<'_>, id: DatabaseId) -> Result<Self> {
        let server = Arc::clone(&ctx.session.server);
        let mut locked = std::collections::HashSet::new();
        let contents = loop {
            let contents = server.catalog.contents(id).ok_or_else(|| {
                SqlError::new(
                    50000,
                    "The database is gone; this is a defect of the stand-in.",
                )
            })?;
            let fresh: Vec<_> = contents
                .objects
                .iter()
                .map(Object::object_id)
                .filter(|object| !locked.contains(object))
                .collect();
            if fresh.is_empty() {
                break contents;
            }
            for object in fresh {
                apply::lock_stable(ctx, object)?;
                locked.insert(object);
            }
        };
        let moment = server.store.statement_snapshot();
        let tables = contents
            .objects
            .iter()
            .filter(|object| object.has_rows())
            .filter_map(|object| server.store.image(object.object_id(), &moment))
            .collect();
        Ok(Self {
            contents,
            tables,
            security: server.state.database(id, |security| security.clone()),
        })
    }

    pub fn row_count(&self) -> usize {
        self.tables.iter().map(TableImage::row_count).sum()
    }

    /// Bytes of all rows.
    pub fn bytes(&self) -> u64 {
        self.tables.iter().map(TableImage::bytes).sum()
    }

    /// Lines that say what is in it.
    pub(super) fn description(&self) -> String {
        let mut text = format!("database {:?}\n", self.contents.database.name);
        for table in &self.tables {
            let _ = writeln!(
                text,
                "table {:?} rows {} bytes {}",
                table.def.name,
                table.row_count(),
                table.bytes()
            );
        }
        text
    }

    /// `database`, whose number and name may be others, becomes this image, at once for everybody.
    pub(super) fn restore(&self, server: &Server, database: Database) -> Result<()> {
        let id = database.id;
        let contents = Contents {
            database: Arc::new(database),
            schemas: self.contents.schemas.clone(),
            objects: self
                .contents
                .objects
                .iter()
                .map(|object| object.in_database(id))
                .collect(),
        };
        if server.catalog.taken_elsewhere(&contents, id).is_some() {
            return Err(SqlError::not_implemented(
                "RESTORE beside the database that the backup was taken of, whose object ids it would share",
            ));
        }
        let mut tables = Vec::with_capacity(self.tables.len());
        for image in &self.tables {
            let def = with_number(&image.def, id);
            tables.push(
                server
                    .store
                    .table_of(image, Arc::clone(&def), &apply::filters(&def)?)?,
            );
        }
        let gone = server.catalog.become_contents(contents);
        server.store.exchange(&gone, tables);
        server
            .state
            .database(id, |security| *security = self.security.clone());
        Ok(())
    }
}

fn with_number(def: &Arc<TableDef>, id: DatabaseId) -> Arc<TableDef> {
    if def.database_id == id {
        return Arc::clone(def);
    }
    let mut def = (**def).clone();
    def.database_id = id;
    Arc::new(def)
}
