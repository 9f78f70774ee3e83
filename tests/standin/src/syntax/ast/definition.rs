//! CREATE, ALTER and DROP.

use super::*;

#[derive(Debug, Clone)]
pub struct CreateTable {
    pub name: ObjectName,
    pub body: TableBody,
    /// ON filegroup, TEXTIMAGE_ON: words.
    pub on: Option<Ident>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone, Default)]
pub struct TableBody {
    pub columns: Vec<ColumnSyntax>,
    pub constraints: Vec<TableConstraint>,
    pub indexes: Vec<InlineIndex>,
    /// PERIOD FOR SYSTEM_TIME (a, b), each clause.
    pub periods: Vec<(Ident, Ident)>,
}

#[derive(Debug, Clone)]
pub struct ColumnSyntax {
    pub name: Ident,
    pub span: Span,
    /// None for a computed column.
    pub data_type: Option<TypeRef>,
    pub computed: Option<ComputedSyntax>,
    pub collation: Option<String>,
    pub nullable: Option<bool>,
    pub identity: Option<(String, String)>,
    pub identity_not_for_replication: bool,
    pub default: Option<(Option<Ident>, Expr)>,
    /// DEFAULT ... WITH VALUES
    pub with_values: bool,
    pub generated: Option<GeneratedWord>,
    pub hidden: bool,
    pub sparse: bool,
    pub rowguidcol: bool,
    /// Column-level PRIMARY KEY, UNIQUE, CHECK, REFERENCES.
    pub constraints: Vec<TableConstraint>,
    pub index: Option<InlineIndex>,
    /// MASKED, ENCRYPTED, FILESTREAM ...: refused by name.
    pub unsupported: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratedWord {
    RowStart,
    RowEnd,
}

#[derive(Debug, Clone)]
pub struct ComputedSyntax {
    pub expr: Expr,
    pub persisted: bool,
}

#[derive(Debug, Clone)]
pub struct TableConstraint {
    pub name: Option<Ident>,
    pub span: Span,
    pub kind: ConstraintKind,
}

#[derive(Debug, Clone)]
pub enum ConstraintKind {
    Key {
        primary: bool,
        clustered: Option<bool>,
        hash: bool,
        columns: Vec<KeyColumn>,
        options: Vec<NamedOption>,
        on: Option<Ident>,
    },
    ForeignKey {
        columns: Vec<Ident>,
        table: ObjectName,
        referenced: Vec<Ident>,
        on_delete: Option<String>,
        on_update: Option<String>,
        not_for_replication: bool,
    },
    Check {
        expr: Expr,
        not_for_replication: bool,
    },
    /// ALTER TABLE ADD [CONSTRAINT n] DEFAULT expr FOR column
    Default {
        expr: Expr,
        column: Ident,
        with_values: bool,
    },
}

#[derive(Debug, Clone)]
pub struct KeyColumn {
    pub name: Ident,
    pub descending: bool,
    /// ASC or DESC was written.
    pub directed: bool,
}

#[derive(Debug, Clone)]
pub struct InlineIndex {
    pub name: Ident,
    pub unique: bool,
    pub clustered: Option<bool>,
    pub columnstore: bool,
    pub hash: bool,
    pub columns: Vec<KeyColumn>,
    pub includes: Vec<Ident>,
    pub filter: Option<Expr>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub struct AlterTable {
    pub table: ObjectName,
    /// WITH CHECK / WITH NOCHECK before ADD CONSTRAINT or CHECK CONSTRAINT.
    pub with_check: Option<bool>,
    pub action: AlterTableAction,
}

#[derive(Debug, Clone)]
pub enum AlterTableAction {
    Add(TableBody),
    AlterColumn {
        name: Ident,
        data_type: TypeRef,
        collation: Option<String>,
        nullable: Option<bool>,
        options: Vec<NamedOption>,
    },
    /// ALTER COLUMN c ADD|DROP PERSISTED|HIDDEN|ROWGUIDCOL|SPARSE
    AlterColumnProperty {
        name: Ident,
        add: bool,
        property: String,
    },
    Drop(Vec<AlterTableDrop>),
    /// ALTER INDEX name REBUILD WITH (BUCKET_COUNT = n) of a memory-optimised table
    AlterIndex {
        name: Ident,
        options: Vec<NamedOption>,
    },
    /// CHECK | NOCHECK CONSTRAINT ALL | names
    CheckConstraint {
        enable: bool,
        all: bool,
        names: Vec<Ident>,
    },
    Trigger {
        enable: bool,
        all: bool,
        names: Vec<Ident>,
    },
    SystemVersioning {
        on: bool,
        history: Option<ObjectName>,
        consistency_check: Option<bool>,
        retention: Option<(Option<String>, String)>,
    },
    LockEscalation(String),
    Rebuild {
        options: Vec<NamedOption>,
    },
    /// SET (FILESTREAM_ON ..), SWITCH, change tracking ...: refused by name.
    Unsupported(String),
}

#[derive(Debug, Clone)]
pub enum AlterTableDrop {
    Column {
        if_exists: bool,
        name: Ident,
    },
    Constraint {
        if_exists: bool,
        name: Ident,
        options: Vec<NamedOption>,
    },
    Period,
    Index {
        name: Ident,
    },
}

#[derive(Debug, Clone)]
pub struct CreateIndex {
    pub name: Ident,
    pub table: ObjectName,
    pub unique: bool,
    pub clustered: Option<bool>,
    pub columnstore: bool,
    pub columns: Vec<KeyColumn>,
    pub includes: Vec<Ident>,
    pub filter: Option<Expr>,
    pub options: Vec<NamedOption>,
    pub on: Option<Ident>,
}

#[derive(Debug, Clone)]
pub struct CreateSpatialIndex {
    pub name: Ident,
    pub table: ObjectName,
    pub column: Ident,
    pub using: Option<String>,
    pub options: Vec<NamedOption>,
    pub on: Option<Ident>,
}

#[derive(Debug, Clone)]
pub struct AlterIndex {
    /// None: ALL.
    pub name: Option<Ident>,
    pub table: ObjectName,
    /// REBUILD, REORGANIZE, DISABLE, SET, RESUME, PAUSE, ABORT.
    pub action: String,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub struct DropIndexItem {
    pub index: Ident,
    pub table: ObjectName,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub struct CreateStatistics {
    pub name: Ident,
    pub table: ObjectName,
    pub columns: Vec<Ident>,
    pub filter: Option<Expr>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateMode {
    Create,
    Alter,
    CreateOrAlter,
}

#[derive(Debug, Clone)]
pub struct ParameterSyntax {
    pub name: String,
    pub data_type: TypeRef,
    pub default: Option<Expr>,
    pub output: bool,
    pub readonly: bool,
    pub nullable: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct CreateProcedure {
    pub mode: CreateMode,
    pub name: ObjectName,
    pub parameters: Vec<ParameterSyntax>,
    /// RECOMPILE, SCHEMABINDING, NATIVE_COMPILATION, EXECUTE AS OWNER (name "EXECUTE AS", value the word) ...
    pub options: Vec<NamedOption>,
    pub body: Vec<Statement>,
    /// BEGIN ATOMIC WITH (...) of a natively compiled one.
    pub atomic: Option<Vec<NamedOption>>,
}

#[derive(Debug, Clone)]
pub struct CreateFunction {
    pub mode: CreateMode,
    pub name: ObjectName,
    pub parameters: Vec<ParameterSyntax>,
    pub returns: FunctionReturns,
    pub options: Vec<NamedOption>,
    /// Body of a scalar or multi-statement function.
    pub body: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub enum FunctionReturns {
    Scalar(TypeRef),
    /// RETURNS TABLE AS RETURN query
    Inline(Box<SelectStatement>),
    Table {
        variable: String,
        body: TableBody,
    },
}

#[derive(Debug, Clone)]
pub struct CreateView {
    pub mode: CreateMode,
    pub name: ObjectName,
    pub columns: Vec<Ident>,
    /// SCHEMABINDING, ENCRYPTION, VIEW_METADATA.
    pub options: Vec<NamedOption>,
    pub select: SelectStatement,
    pub check_option: bool,
}

#[derive(Debug, Clone)]
pub enum CreateTypeBase {
    Alias {
        data_type: TypeRef,
        nullable: Option<bool>,
    },
    Table {
        body: TableBody,
        options: Vec<NamedOption>,
    },
}

#[derive(Debug, Clone)]
pub enum AlterDatabaseAction {
    /// SET option [= value] ..., termination clause as words.
    Set {
        options: Vec<NamedOption>,
        termination: Option<String>,
    },
    AddFilegroup {
        name: Ident,
        memory_optimized: bool,
    },
    AddFile {
        options: Vec<NamedOption>,
        filegroup: Option<Ident>,
        log: bool,
    },
    RemoveFile(Ident),
    RemoveFilegroup(Ident),
    ModifyFilegroup {
        name: Ident,
        property: String,
    },
    ModifyName(Ident),
    Collate(String),
    Unsupported(String),
}

#[derive(Debug, Clone)]
pub struct Backup {
    /// true: BACKUP LOG.
    pub log: bool,
    pub database: TransactionName,
    /// DISK = '...' destinations.
    pub to: Vec<Expr>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub struct Restore {
    /// DATABASE, LOG, VERIFYONLY, HEADERONLY, FILELISTONLY, LABELONLY.
    pub what: String,
    pub database: Option<TransactionName>,
    pub from: Vec<Expr>,
    pub options: Vec<NamedOption>,
}
