//! What of phase 4 is in the database: filegroup, table, procedures, and how far the copy is.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::declared::{CatalogColumns, Declared, read_columns};
use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Statement, embedded, hex};

const TABLE: Statement = embedded!("phase4/inspect_table.sql");
const INDEXES: Statement = embedded!("phase4/inspect_indexes.sql");
const MODULES: Statement = embedded!("phase4/inspect_modules.sql");
const FILEGROUP: Statement = embedded!("phase4/inspect_filegroup.sql");
const COPY: Statement = embedded!("phase4/read_copy.sql");

/// The filegroup for memory-optimised data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filegroup {
    pub name: String,
    pub containers: Vec<Container>,
}

/// A folder on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    pub file_id: i64,
    pub name: String,
    pub path: String,
}

/// The table called dbo.AtomEmbeddings_InMemory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFound {
    pub object_id: i32,
    pub memory_optimized: bool,
    pub durability: String,
    pub(super) columns: CatalogColumns,
    pub indexes: BTreeMap<String, IndexFound>,
}

/// One of its indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexFound {
    pub kind: String,
    pub primary_key: bool,
    pub buckets: Option<i64>,
    pub keys: Vec<String>,
}

/// A natively compiled procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeModule {
    /// In hexadecimal, None without VIEW DEFINITION.
    pub definition_sha256: Option<String>,
    pub native: bool,
}

/// All of it, and what the table is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub declared: Declared,
    pub filegroup: Option<Filegroup>,
    pub table: Option<TableFound>,
    pub modules: BTreeMap<String, NativeModule>,
}

/// How far the copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress {
    pub table_id: i64,
    pub last_id: i64,
    pub rows_copied: i64,
    /// UTC; None: not every key was passed yet.
    pub copied_at: Option<NaiveDateTime>,
    /// UTC, when a pass over all rows last found nothing to do.
    pub aligned_at: Option<NaiveDateTime>,
}

impl Found {
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection) -> Result<Self, Failure> {
        let (source, copy) = read_columns(connection).await?;
        let mut modules = BTreeMap::new();
        for row in connection.rows(&MODULES.sql(), &[]).await? {
            let module = NativeModule {
                definition_sha256: row.opt::<&[u8]>("DefinitionSha256")?.map(hex),
                native: row.opt("IsNative")?.unwrap_or(false),
            };
            modules.insert(row.text("ModuleName")?, module);
        }
        Ok(Self {
            declared: Declared::of(&source),
            filegroup: filegroup(connection).await?,
            table: table(connection, copy).await?,
            modules,
        })
    }

    /// The copy of the table that is there, if one was begun; `layout` is the version of schema hartonomous.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn copy(
        &self,
        connection: &mut Connection,
        layout: usize,
    ) -> Result<Option<CopyProgress>, Failure> {
        let Some(table) = self
            .table
            .as_ref()
            .filter(|_| layout >= crate::state::COPYING)
        else {
            return Ok(None);
        };
        let rows = connection.rows(&COPY.sql(), &[]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let progress = CopyProgress {
            table_id: row.integer("TableId")?,
            last_id: row.integer("LastId")?,
            rows_copied: row.integer("RowsCopied")?,
            copied_at: row.opt("CopiedAt")?,
            aligned_at: row.opt("AlignedAt")?,
        };
        Ok(Some(progress).filter(|copy| copy.table_id == i64::from(table.object_id)))
    }

    /// A filegroup with a container: memory-optimised tables can be made.
    pub fn has_container(&self) -> bool {
        self.filegroup
            .as_ref()
            .is_some_and(|filegroup| !filegroup.containers.is_empty())
    }
}

async fn filegroup(connection: &mut Connection) -> Result<Option<Filegroup>, Failure> {
    let mut found: Option<Filegroup> = None;
    for row in connection.rows(&FILEGROUP.sql(), &[]).await? {
        let name = row.text("FilegroupName")?;
        let filegroup = found.get_or_insert_with(|| Filegroup {
            name,
            containers: Vec::new(),
        });
        if let Some(file_id) = row.opt_integer("FileId")? {
            filegroup.containers.push(Container {
                file_id,
                name: row.text("FileName")?,
                path: row.text("PhysicalName")?,
            });
        }
    }
    Ok(found)
}

async fn table(
    connection: &mut Connection,
    columns: CatalogColumns,
) -> Result<Option<TableFound>, Failure> {
    let rows = connection.rows(&TABLE.sql(), &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let mut indexes: BTreeMap<String, IndexFound> = BTreeMap::new();
    for row in connection.rows(&INDEXES.sql(), &[]).await? {
        let index = indexes.entry(row.text("IndexName")?).or_default();
        index.kind = row.text("IndexType")?;
        index.primary_key = row.opt("IsPrimaryKey")?.unwrap_or(false);
        index.buckets = row.opt_integer("BucketCount")?;
        index.keys.push(row.text("ColumnName")?);
    }
    Ok(Some(TableFound {
        object_id: i32::try_from(row.integer("ObjectId")?).unwrap_or(0),
        memory_optimized: row.opt("IsMemoryOptimized")?.unwrap_or(false),
        durability: row.text("Durability")?,
        columns,
        indexes,
    }))
}

impl TableFound {
    /// What about it is not as declared.
    pub(super) fn differs(&self, declared: &Declared) -> Option<String> {
        if !self.memory_optimized {
            return Some("it is not memory-optimised".to_owned());
        }
        if self.durability != "SCHEMA_AND_DATA" {
            return Some(format!("its durability is {}", self.durability));
        }
        if let Some(difference) = declared.differs(&self.columns) {
            return Some(difference);
        }
        for index in declared.indexes() {
            let kind = if index.hash {
                "NONCLUSTERED HASH"
            } else {
                "NONCLUSTERED"
            };
            let there = self.indexes.values().any(|found| {
                found.kind == kind
                    && found.keys == index.keys
                    && found.primary_key == (index.keys == [super::KEY])
            });
            if !there {
                return Some(format!(
                    "it has no {} index on ({})",
                    if index.hash { "hash" } else { "range" },
                    index.keys.join(", ")
                ));
            }
        }
        None
    }
}
