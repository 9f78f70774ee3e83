//! Definitions of schemas, tables, columns, indexes, constraints and modules.

use std::sync::Arc;

use crate::types::{SqlType, Value};

pub type ObjectId = i32;
pub type SchemaId = i32;
pub type DatabaseId = i32;

/// A column of a table. `column_id` never changes and is never reused.
#[derive(Debug, Clone)]
pub struct ColumnDef {
    pub column_id: i32,
    pub name: String,
    pub sql_type: SqlType,
    pub nullable: bool,
    pub identity: Option<IdentityDef>,
    pub default: Option<DefaultDef>,
    pub computed: Option<ComputedDef>,
    pub generated: Option<GeneratedAlways>,
    pub hidden: bool,
    pub rowguidcol: bool,
    /// Value of the column in rows stored before it was added (ALTER TABLE ADD with NOT NULL DEFAULT or WITH VALUES);
    /// NULL otherwise.
    pub missing_value: Value,
}

#[derive(Debug, Clone)]
pub struct IdentityDef {
    pub seed: i64,
    pub increment: i64,
}

#[derive(Debug, Clone)]
pub struct DefaultDef {
    pub object_id: ObjectId,
    pub name: String,
    pub system_named: bool,
    /// Source text as sys.default_constraints shows it, e.g. `((0))` or `(sysutcdatetime())`.
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct ComputedDef {
    pub text: String,
    pub persisted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratedAlways {
    RowStart,
    RowEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Row,
    Page,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    Heap,
    Clustered,
    Nonclustered,
    Spatial,
    ClusteredColumnstore,
    /// Of a memory-optimised table, with its number of buckets, a power of two.
    Hash(u32),
    /// The ordered index of a memory-optimised table.
    Range,
}

#[derive(Debug, Clone)]
pub struct IndexColumn {
    pub column_id: i32,
    pub descending: bool,
}

/// An index; index_id 0 is the heap, 1 the clustered one.
#[derive(Debug, Clone)]
pub struct IndexDef {
    pub index_id: i32,
    /// Empty for a heap.
    pub name: String,
    pub kind: IndexKind,
    pub unique: bool,
    pub keys: Vec<IndexColumn>,
    pub includes: Vec<i32>,
    /// Filter text as sys.indexes.filter_definition shows it, e.g. `([SpatialBucket] IS NOT NULL)`.
    pub filter: Option<String>,
    pub compression: Compression,
    pub disabled: bool,
    pub ignore_dup_key: bool,
    pub fill_factor: u8,
    /// Backs this key constraint.
    pub constraint: Option<KeyConstraintDef>,
    /// Spatial indexes: tessellation scheme and bounding box (xmin, ymin, xmax, ymax), cells per object.
    pub spatial: Option<SpatialIndexDef>,
}

#[derive(Debug, Clone)]
pub struct SpatialIndexDef {
    pub tessellation: String,
    pub bounding_box: Option<(f64, f64, f64, f64)>,
    pub cells_per_object: i32,
}

#[derive(Debug, Clone)]
pub struct KeyConstraintDef {
    pub object_id: ObjectId,
    pub name: String,
    pub primary: bool,
    pub system_named: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferentialAction {
    NoAction,
    Cascade,
    SetNull,
    SetDefault,
}

#[derive(Debug, Clone)]
pub struct ForeignKeyDef {
    pub object_id: ObjectId,
    pub name: String,
    pub system_named: bool,
    pub columns: Vec<i32>,
    pub referenced_table: ObjectId,
    pub referenced_columns: Vec<i32>,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
    pub disabled: bool,
    pub not_trusted: bool,
}

#[derive(Debug, Clone)]
pub struct CheckDef {
    pub object_id: ObjectId,
    pub name: String,
    pub system_named: bool,
    pub text: String,
    pub disabled: bool,
    pub not_trusted: bool,
}

#[derive(Debug, Clone)]
pub struct StatisticsDef {
    pub stats_id: i32,
    pub name: String,
    pub columns: Vec<i32>,
    pub auto_created: bool,
    pub filter: Option<String>,
    /// DateTime2 ticks of the last update, if any.
    pub updated: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemporalRole {
    None,
    /// History of this table.
    History {
        current: ObjectId,
    },
    Current {
        history: ObjectId,
    },
}

#[derive(Debug, Clone)]
pub struct PeriodDef {
    pub start_column_id: i32,
    pub end_column_id: i32,
}

/// A table: a user table, a #temp table, a table variable or a table type.
#[derive(Debug, Clone)]
pub struct TableDef {
    pub object_id: ObjectId,
    pub database_id: DatabaseId,
    pub schema_id: SchemaId,
    /// As the user wrote it; temp tables keep `#name`.
    pub name: String,
    /// In column order (sys.columns order); position in this vector is the ordinal of the value in a stored row,
    /// with dropped columns left out by the storage.
    pub columns: Vec<ColumnDef>,
    pub next_column_id: i32,
    /// The heap or clustered index first.
    pub indexes: Vec<IndexDef>,
    pub foreign_keys: Vec<ForeignKeyDef>,
    pub checks: Vec<CheckDef>,
    pub statistics: Vec<StatisticsDef>,
    pub period: Option<PeriodDef>,
    pub temporal: TemporalRole,
    pub history_retention: Option<(i32, String)>,
    pub memory_optimized: bool,
    /// DURABILITY = SCHEMA_ONLY of a memory-optimised table.
    pub schema_only: bool,
    pub lock_escalation_disabled: bool,
    pub created: i64,
    pub modified: i64,
}

impl TableDef {
    /// Ordinal of a column by name, case-insensitively.
    pub fn column_ordinal(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(name))
    }

    /// A table variable of this table type.
    pub fn variable(&self, name: &str, object_id: ObjectId) -> Self {
        Self {
            name: name.to_owned(),
            object_id,
            database_id: super::TEMPDB,
            schema_id: super::DBO,
            ..self.clone()
        }
    }

    pub fn ordinal_of(&self, column_id: i32) -> Option<usize> {
        self.columns.iter().position(|c| c.column_id == column_id)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleKind {
    Procedure,
    ScalarFunction,
    InlineFunction,
    TableFunction,
    View,
    Trigger,
}

/// A procedure, function, view or trigger: its text, and the settings it was created under.
#[derive(Debug, Clone)]
pub struct ModuleDef {
    pub object_id: ObjectId,
    pub database_id: DatabaseId,
    pub schema_id: SchemaId,
    pub name: String,
    pub kind: ModuleKind,
    /// The CREATE text of the batch, as sys.sql_modules.definition shows it (CREATE OR ALTER and ALTER become CREATE).
    pub definition: String,
    pub quoted_identifier: bool,
    pub ansi_nulls: bool,
    pub schema_bound: bool,
    /// Parsed once when created.
    pub syntax: Arc<crate::syntax::ast::Statement>,
    /// Result columns of a view or table function, parameters of a procedure or function, as bound at creation.
    pub columns: Vec<ColumnDef>,
    pub parameters: Vec<ParameterDef>,
    pub returns: Option<SqlType>,
    /// Clustered index of an indexed view, if any.
    pub indexes: Vec<IndexDef>,
    /// What a schema-bound module needs: every object once with 0, and with the id of each column that it names.
    pub references: Vec<(ObjectId, i32)>,
    pub created: i64,
    pub modified: i64,
}

impl ModuleDef {
    /// The table that holds the rows of an indexed view, under the view's own id.
    pub fn stored_form(&self) -> TableDef {
        TableDef {
            object_id: self.object_id,
            database_id: self.database_id,
            schema_id: self.schema_id,
            name: self.name.clone(),
            columns: self.columns.clone(),
            next_column_id: i32::try_from(self.columns.len() + 1).unwrap_or(i32::MAX),
            indexes: self.indexes.clone(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            statistics: Vec::new(),
            period: None,
            temporal: TemporalRole::None,
            history_retention: None,
            memory_optimized: false,
            schema_only: false,
            lock_escalation_disabled: false,
            created: self.created,
            modified: self.modified,
        }
    }

    /// WITH NATIVE_COMPILATION.
    pub fn is_native(&self) -> bool {
        use crate::syntax::ast::StatementKind;
        let options = match &self.syntax.kind {
            StatementKind::CreateProcedure(procedure) => &procedure.options,
            StatementKind::CreateFunction(function) => &function.options,
            _ => return false,
        };
        options
            .iter()
            .any(|o| o.name.eq_ignore_ascii_case("NATIVE_COMPILATION"))
    }

    /// Has it stored rows, and do they follow every change of its base tables?
    pub fn is_stored(&self) -> bool {
        self.indexes.first().is_some_and(|index| !index.disabled)
    }
}

#[derive(Debug, Clone)]
pub struct ParameterDef {
    pub name: String,
    pub sql_type: SqlType,
    pub output: bool,
    /// Default as a constant, if it has one.
    pub default: Option<Value>,
}
