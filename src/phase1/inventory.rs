//! What the database has, read from the catalog: the ground on which plans and gates stand.

use std::collections::BTreeMap;

use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Statement, embedded};

const COLUMNS: Statement = embedded!("phase1/inspect_columns.sql");
const INDEXES: Statement = embedded!("phase1/inspect_indexes.sql");
const MODULES: Statement = embedded!("phase1/inspect_modules.sql");
const SPATIAL: Statement = embedded!("phase1/inspect_spatial_index.sql");
const STATISTICS: Statement = embedded!("phase1/inspect_statistics.sql");
const TABLES: Statement = embedded!("phase1/inspect_tables.sql");

/// The tables that the migration works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    Atoms,
    AtomRelations,
    AtomEmbeddings,
    EmbeddingMigrationProgress,
}

impl Table {
    pub fn name(self) -> &'static str {
        match self {
            Self::Atoms => "Atoms",
            Self::AtomRelations => "AtomRelations",
            Self::AtomEmbeddings => "AtomEmbeddings",
            Self::EmbeddingMigrationProgress => "EmbeddingMigrationProgress",
        }
    }
}

/// A column as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFact {
    pub type_name: String,
    pub max_length: i64,
    pub nullable: bool,
    pub vector_dimensions: Option<i64>,
    /// Name of its DEFAULT constraint.
    pub default_name: Option<String>,
}

/// An index of dbo.AtomRelations as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexFact {
    /// `NONCLUSTERED`, `SPATIAL` ...
    pub kind: String,
    pub keys: Vec<String>,
    pub descending: bool,
    pub includes: Vec<String>,
    pub filter: Option<String>,
    pub compression: Option<String>,
    pub disabled: bool,
}

/// A function, procedure or view as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFact {
    /// SHA-256 of the definition in hexadecimal, None without VIEW DEFINITION.
    pub definition_sha256: Option<String>,
    pub quoted_identifier: bool,
}

/// A table's properties that matter to the migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFact {
    /// System-versioned.
    pub versioned: bool,
    pub history: Option<String>,
    pub replicated: bool,
    pub tracked_by_cdc: bool,
    pub triggers: i64,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    pub tables: BTreeMap<String, TableFact>,
    pub columns: BTreeMap<(String, String), ColumnFact>,
    pub indexes: BTreeMap<String, IndexFact>,
    /// Spatial index name to its tessellation scheme.
    pub spatial: BTreeMap<String, String>,
    pub statistics: BTreeMap<String, Vec<String>>,
    pub modules: BTreeMap<String, ModuleFact>,
}

impl Inventory {
    /// Reads the catalog.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection) -> Result<Self, Failure> {
        let mut inventory = Self::default();
        inventory.read_tables(connection).await?;
        inventory.read_columns(connection).await?;
        inventory.read_indexes(connection).await?;
        for row in connection.rows(&SPATIAL.sql(), &[]).await? {
            inventory
                .spatial
                .insert(row.text("IndexName")?, row.text("Tessellation")?);
        }
        for row in connection.rows(&STATISTICS.sql(), &[]).await? {
            let columns = inventory.statistics.entry(row.text("StatisticsName")?);
            columns.or_default().push(row.text("ColumnName")?);
        }
        for row in connection.rows(&MODULES.sql(), &[]).await? {
            let hash = row.opt::<&[u8]>("DefinitionSha256")?;
            let fact = ModuleFact {
                definition_sha256: hash.map(crate::tsql::hex),
                quoted_identifier: row.opt("UsesQuotedIdentifier")?.unwrap_or(false),
            };
            inventory.modules.insert(row.text("ModuleName")?, fact);
        }
        Ok(inventory)
    }

    async fn read_tables(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        for row in connection.rows(&TABLES.sql(), &[]).await? {
            let fact = TableFact {
                versioned: row.integer("TemporalType")? == 2,
                history: row.opt::<&str>("HistoryTable")?.map(str::to_owned),
                replicated: row.opt("IsReplicated")?.unwrap_or(false),
                tracked_by_cdc: row.opt("IsTrackedByCdc")?.unwrap_or(false),
                triggers: row.integer("Triggers")?,
            };
            self.tables.insert(row.text("TableName")?, fact);
        }
        Ok(())
    }

    async fn read_columns(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        for row in connection.rows(&COLUMNS.sql(), &[]).await? {
            let fact = ColumnFact {
                type_name: row.text("TypeName")?,
                max_length: row.integer("MaxLength")?,
                nullable: row.opt("IsNullable")?.unwrap_or(false),
                vector_dimensions: row.opt_integer("VectorDimensions")?,
                default_name: row.opt::<&str>("DefaultName")?.map(str::to_owned),
            };
            self.columns
                .insert((row.text("TableName")?, row.text("ColumnName")?), fact);
        }
        Ok(())
    }

    async fn read_indexes(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        for row in connection.rows(&INDEXES.sql(), &[]).await? {
            let index = self.indexes.entry(row.text("IndexName")?).or_default();
            index.kind = row.text("IndexType")?;
            index.filter = row.opt::<&str>("FilterText")?.map(str::to_owned);
            index.compression = row.opt::<&str>("Compression")?.map(str::to_owned);
            index.disabled = row.opt("IsDisabled")?.unwrap_or(false);
            let Some(column) = row.opt::<&str>("ColumnName")? else {
                continue;
            };
            if row.opt("IsIncluded")?.unwrap_or(false) {
                index.includes.push(column.to_owned());
            } else {
                index.descending |= row.opt("IsDescending")?.unwrap_or(false);
                index.keys.push(column.to_owned());
            }
        }
        Ok(())
    }

    pub fn column(&self, table: Table, name: &str) -> Option<&ColumnFact> {
        self.columns
            .get(&(table.name().to_owned(), name.to_owned()))
    }

    pub fn has_table(&self, table: Table) -> bool {
        self.tables.contains_key(table.name())
    }
}
