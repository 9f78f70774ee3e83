//! SELECT: queries, their parts, sources of rows.

use super::*;

/// A SELECT statement: WITH, the query, INTO inside its first specification, OPTION.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectStatement {
    pub with: Vec<CommonTable>,
    pub query: Query,
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    pub name: Ident,
    pub columns: Vec<Ident>,
    pub query: Query,
}

/// A query expression with what may follow it.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub span: Span,
    pub body: QueryBody,
    pub order_by: Vec<OrderItem>,
    pub offset: Option<Box<Expr>>,
    pub fetch: Option<Box<Expr>>,
    pub for_clause: Option<ForClause>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ForClause {
    Json {
        auto: bool,
        options: Vec<NamedOption>,
    },
    Xml {
        mode: String,
        options: Vec<NamedOption>,
    },
    Browse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    Union,
    UnionAll,
    Except,
    Intersect,
}

#[derive(Debug, Clone, PartialEq)]
pub enum QueryBody {
    Select(Box<QuerySpec>),
    SetOperation {
        op: SetOperator,
        left: Box<QueryBody>,
        right: Box<QueryBody>,
    },
    Paren(Box<Query>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct QuerySpec {
    pub span: Span,
    pub distinct: bool,
    pub top: Option<Top>,
    pub items: Vec<SelectItem>,
    pub into: Option<ObjectName>,
    pub from: Vec<TableSource>,
    pub where_: Option<Expr>,
    pub group_by: Vec<GroupItem>,
    pub having: Option<Expr>,
    /// WINDOW name AS (...)
    pub windows: Vec<(Ident, WindowSpec)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Top {
    pub count: Box<Expr>,
    pub percent: bool,
    pub with_ties: bool,
    pub parens: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    /// `*` or `t.*`
    Star {
        qualifier: Option<ObjectName>,
        span: Span,
    },
    Expr {
        expr: Expr,
        alias: Option<Ident>,
    },
    /// `@v = expr`, `@v += expr`
    Assign {
        variable: String,
        op: AssignOp,
        expr: Expr,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOp {
    Set,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
    Concat,
}

#[derive(Debug, Clone, PartialEq)]
pub enum GroupItem {
    Expr(Expr),
    Rollup(Vec<Expr>),
    Cube(Vec<Expr>),
    GroupingSets(Vec<Vec<Expr>>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    pub expr: Expr,
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
    CrossApply,
    OuterApply,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TableAlias {
    pub name: Ident,
    pub columns: Vec<Ident>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TableSource {
    Named(Box<NamedTable>),
    /// `@t`
    Variable {
        name: String,
        alias: Option<TableAlias>,
        span: Span,
    },
    Derived {
        query: Box<Query>,
        alias: TableAlias,
    },
    Values {
        rows: Vec<Vec<Expr>>,
        alias: TableAlias,
    },
    /// A table-valued function, user-defined or built in (STRING_SPLIT, GENERATE_SERIES, sys.dm_... functions).
    Function {
        call: FunctionCall,
        alias: Option<TableAlias>,
        with_columns: Vec<ColumnRef>,
        span: Span,
    },
    OpenJson {
        json: Box<Expr>,
        path: Option<Box<Expr>>,
        columns: Vec<OpenJsonColumn>,
        alias: Option<TableAlias>,
        span: Span,
    },
    Join {
        kind: JoinKind,
        left: Box<TableSource>,
        right: Box<TableSource>,
        on: Option<Expr>,
        hint: Option<String>,
    },
    Paren(Box<TableSource>),
    Pivoted {
        input: Box<TableSource>,
        operation: Box<PivotOperation>,
        alias: TableAlias,
    },
    /// OPENROWSET ...: parsed so that they can be refused by name.
    Unsupported {
        what: String,
        span: Span,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum PivotOperation {
    Pivot(Pivot),
    Unpivot(Unpivot),
}

/// `PIVOT (aggregate(argument) FOR column IN (values))`
#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    pub aggregate: String,
    pub argument: ObjectName,
    pub column: ObjectName,
    pub values: Vec<Ident>,
}

/// `UNPIVOT (value FOR name IN (columns))`
#[derive(Debug, Clone, PartialEq)]
pub struct Unpivot {
    pub value: Ident,
    pub name: Ident,
    pub columns: Vec<ObjectName>,
}

pub type ColumnRef = Ident;

#[derive(Debug, Clone, PartialEq)]
pub struct NamedTable {
    pub name: ObjectName,
    pub alias: Option<TableAlias>,
    pub hints: Vec<TableHint>,
    pub system_time: Option<SystemTime>,
    pub tablesample: bool,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TableHint {
    /// NOLOCK, UPDLOCK, HOLDLOCK, TABLOCK ...; upper case.
    Word(String),
    Index(Vec<String>),
    ForceSeek,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SystemTime {
    AsOf(Box<Expr>),
    From(Box<Expr>, Box<Expr>),
    Between(Box<Expr>, Box<Expr>),
    ContainedIn(Box<Expr>, Box<Expr>),
    All,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OpenJsonColumn {
    pub name: Ident,
    pub data_type: TypeRef,
    pub path: Option<String>,
    pub as_json: bool,
}
