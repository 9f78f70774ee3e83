//! INSERT, UPDATE, DELETE, MERGE and bulk load.

use super::*;

#[derive(Debug, Clone, PartialEq)]
pub enum DmlTarget {
    Table(Box<NamedTable>),
    Variable(String),
}

#[derive(Debug, Clone)]
pub struct Insert {
    pub with: Vec<CommonTable>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub columns: Vec<Ident>,
    pub output: Option<Output>,
    pub source: InsertSource,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub enum InsertSource {
    Values(Vec<Vec<Expr>>),
    Query(Query),
    Execute(Box<Execute>),
    DefaultValues,
}

/// OUTPUT items [INTO target [(columns)]] and a second OUTPUT without INTO.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub items: Vec<SelectItem>,
    pub into: Option<(DmlTarget, Vec<Ident>)>,
    /// `OUTPUT ... INTO ... OUTPUT ...`: the second list, sent to the client.
    pub second: Vec<SelectItem>,
}

#[derive(Debug, Clone)]
pub struct Update {
    pub with: Vec<CommonTable>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub sets: Vec<SetClause>,
    pub output: Option<Output>,
    pub from: Vec<TableSource>,
    pub where_: Option<Expr>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SetClause {
    Column {
        column: ObjectName,
        op: AssignOp,
        value: Expr,
    },
    Variable {
        variable: String,
        op: AssignOp,
        value: Expr,
    },
    /// `@v = column = expr`
    VariableColumn {
        variable: String,
        column: ObjectName,
        op: AssignOp,
        value: Expr,
    },
}

#[derive(Debug, Clone)]
pub struct Delete {
    pub with: Vec<CommonTable>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub output: Option<Output>,
    pub from: Vec<TableSource>,
    pub where_: Option<Expr>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub struct Merge {
    pub with: Vec<CommonTable>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub alias: Option<Ident>,
    pub source: TableSource,
    pub on: Expr,
    pub clauses: Vec<MergeClause>,
    pub output: Option<Output>,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub struct MergeClause {
    pub when: MergeWhen,
    pub and: Option<Expr>,
    pub action: MergeAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeWhen {
    Matched,
    NotMatchedByTarget,
    NotMatchedBySource,
}

#[derive(Debug, Clone)]
pub enum MergeAction {
    Update(Vec<SetClause>),
    Delete,
    Insert {
        columns: Vec<Ident>,
        values: Option<Vec<Expr>>,
    },
}

/// `INSERT BULK t (col type [COLLATE c], ...) [WITH (options)]`
#[derive(Debug, Clone)]
pub struct InsertBulk {
    pub table: ObjectName,
    pub columns: Vec<(Ident, TypeRef)>,
    pub options: Vec<NamedOption>,
}
