//! Syntax trees of the T-SQL that the stand-in executes.

/// Byte range in the batch text and the 1-based line on which it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
    pub line: u32,
}

/// An identifier with the quoting removed. Comparison of names is the binder's business (case-insensitive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    pub text: String,
    pub quoted: bool,
    pub span: Span,
}

/// One to four parts: `[server.][database.][schema.]name`; an empty part (`db..t`) is an empty `Ident`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    pub parts: Vec<Ident>,
}

impl ObjectName {
    /// The last part, empty only if the name has no part at all.
    pub fn base(&self) -> &str {
        self.parts.last().map_or("", |p| p.text.as_str())
    }
    pub fn schema(&self) -> Option<&str> {
        self.part_before(1)
    }
    pub fn database(&self) -> Option<&str> {
        self.part_before(2)
    }
    fn part_before(&self, back: usize) -> Option<&str> {
        let at = self.parts.len().checked_sub(back + 1)?;
        Some(self.parts[at].text.as_str()).filter(|text| !text.is_empty())
    }
}

/// A parsed batch. `parse` fails on the whole batch if any statement is wrong.
#[derive(Debug, Clone)]
pub struct Batch {
    pub statements: Vec<Statement>,
    /// What the batch's own SET QUOTED_IDENTIFIER leaves behind for the session; takes effect at parse time.
    pub quoted_identifier_set: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct Statement {
    pub span: Span,
    pub kind: StatementKind,
}

#[derive(Debug, Clone)]
pub enum StatementKind {
    // ---- queries and data
    Select(Box<SelectStatement>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Merge(Box<Merge>),
    Truncate(ObjectName),
    InsertBulk(Box<InsertBulk>),
    // ---- procedural
    Declare(Vec<Declaration>),
    DeclareTable {
        name: String,
        table: TableBody,
    },
    Set(SetVariable),
    SetOption(Vec<SetOption>),
    If {
        condition: Expr,
        then: Box<Statement>,
        otherwise: Option<Box<Statement>>,
    },
    While {
        condition: Expr,
        body: Box<Statement>,
    },
    Block(Vec<Statement>),
    TryCatch {
        try_block: Vec<Statement>,
        catch_block: Vec<Statement>,
    },
    Break,
    Continue,
    Return(Option<Expr>),
    Throw(Option<(Expr, Expr, Expr)>),
    RaisError {
        message: Expr,
        severity: Expr,
        state: Expr,
        args: Vec<Expr>,
        options: Vec<String>,
    },
    Print(Expr),
    WaitForDelay(Expr),
    WaitForTime(Expr),
    Goto(String),
    Label(String),
    Execute(Box<Execute>),
    Use(Ident),
    // ---- transactions
    BeginTransaction {
        name: Option<TransactionName>,
        mark: Option<Expr>,
    },
    Commit {
        name: Option<TransactionName>,
    },
    Rollback {
        name: Option<TransactionName>,
    },
    SaveTransaction(TransactionName),
    // ---- definitions
    CreateTable(Box<CreateTable>),
    AlterTable(Box<AlterTable>),
    DropTable {
        if_exists: bool,
        names: Vec<ObjectName>,
    },
    CreateIndex(Box<CreateIndex>),
    CreateSpatialIndex(Box<CreateSpatialIndex>),
    AlterIndex(Box<AlterIndex>),
    DropIndex {
        if_exists: bool,
        items: Vec<DropIndexItem>,
    },
    CreateStatistics(Box<CreateStatistics>),
    UpdateStatistics {
        table: ObjectName,
        names: Vec<Ident>,
        options: Vec<NamedOption>,
    },
    DropStatistics(Vec<ObjectName>),
    CreateSchema {
        name: Option<Ident>,
        authorization: Option<Ident>,
    },
    DropSchema {
        if_exists: bool,
        name: Ident,
    },
    CreateProcedure(Box<CreateProcedure>),
    CreateFunction(Box<CreateFunction>),
    CreateView(Box<CreateView>),
    /// DROP PROCEDURE/FUNCTION/VIEW/TRIGGER/SYNONYM/SEQUENCE/TYPE.
    DropModule {
        what: ModuleWord,
        if_exists: bool,
        names: Vec<ObjectName>,
    },
    CreateType {
        name: ObjectName,
        base: CreateTypeBase,
    },
    CreateSequence {
        name: ObjectName,
        data_type: Option<TypeRef>,
        options: Vec<NamedOption>,
    },
    CreateSynonym {
        name: ObjectName,
        target: ObjectName,
    },
    // ---- databases, security, administration
    CreateDatabase {
        name: Ident,
        options: Vec<NamedOption>,
    },
    DropDatabase {
        if_exists: bool,
        names: Vec<Ident>,
    },
    AlterDatabase {
        name: Option<Ident>,
        action: AlterDatabaseAction,
    },
    AlterDatabaseScopedConfiguration {
        name: String,
        value: Option<String>,
        clear: bool,
    },
    Backup(Box<Backup>),
    Restore(Box<Restore>),
    Checkpoint,
    Dbcc {
        command: String,
        arguments: Vec<Expr>,
        options: Vec<String>,
    },
    Kill(Expr),
    CreateLogin {
        name: Ident,
        options: Vec<NamedOption>,
    },
    CreateUser {
        name: Ident,
        login: Option<Ident>,
        without_login: bool,
        options: Vec<NamedOption>,
    },
    CreateRole {
        name: Ident,
    },
    AlterRole {
        name: Ident,
        member: Ident,
        add: bool,
    },
    /// GRANT, DENY, REVOKE.
    Permission {
        verb: String,
        permissions: Vec<String>,
        on: Option<(Option<String>, ObjectName)>,
        principals: Vec<Ident>,
    },
    DropPrincipal {
        what: PrincipalWord,
        if_exists: bool,
        name: Ident,
    },
    AlterLogin {
        name: Ident,
        options: Vec<NamedOption>,
    },
    AlterUser {
        name: Ident,
        options: Vec<NamedOption>,
    },
    AlterSchema {
        schema: Ident,
        object: ObjectName,
    },
    ExecuteAs {
        user: Option<Expr>,
        caller: bool,
    },
    Revert,
    // ---- cursors are refused by name by the binder, but parse
    Cursor {
        verb: String,
        name: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionName {
    Name(Ident),
    Variable(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalWord {
    Login,
    User,
    Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleWord {
    Procedure,
    Function,
    View,
    Trigger,
    Synonym,
    Sequence,
    Type,
}

/// `NAME [= value]`, value as written (numbers, ON/OFF, identifiers, strings with their quotes removed), with nested
/// options for `NAME = ON (a = b)`.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedOption {
    pub name: String,
    pub value: Option<OptionValue>,
    pub nested: Vec<NamedOption>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum OptionValue {
    Word(String),
    Number(String),
    Text(String),
    Name(ObjectName),
    /// `(a, b, c)` or `(a ASC, b DESC)`: words as written.
    List(Vec<String>),
}

// ---------------------------------------------------------------- expressions

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    /// `||`
    Concat,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Plus,
    Minus,
    BitNot,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    All,
    /// ANY and SOME.
    Any,
}

/// Predicates (`=`, AND, LIKE ...) and scalars share this type; the parser accepts each only where SQL Server does:
/// a predicate is not a value (`SELECT 1 = 1` is 102), a value is not a predicate (`WHERE 1` is 4145).
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Null,
    Default,
    Integer(String),
    /// `1.50`
    Decimal(String),
    /// `1e0`
    Float(String),
    /// `$1.5`
    Money(String),
    String {
        text: String,
        national: bool,
    },
    BinaryLiteral(Vec<u8>),
    Variable(String),
    /// `@@NAME`, with the @@.
    GlobalVariable(String),
    /// `[schema.][table.]column`; also $identity-like pseudo columns by their name.
    Column(ObjectName),
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `x COLLATE name`
    Collate {
        operand: Box<Expr>,
        collation: String,
    },
    Cast {
        operand: Box<Expr>,
        target: TypeRef,
        try_: bool,
    },
    Convert {
        operand: Box<Expr>,
        target: TypeRef,
        style: Option<Box<Expr>>,
        try_: bool,
    },
    /// PARSE / TRY_PARSE.
    Parse {
        operand: Box<Expr>,
        target: TypeRef,
        culture: Option<Box<Expr>>,
        try_: bool,
    },
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Iif {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Coalesce(Vec<Expr>),
    NullIf(Box<Expr>, Box<Expr>),
    Function(Box<FunctionCall>),
    /// `geometry::Point(...)`, `hierarchyid::GetRoot()`, `geometry::STGeomFromText(...)`.
    StaticMethod {
        type_name: String,
        method: String,
        args: Vec<Expr>,
    },
    /// `expr.STX`, `expr.STAsText()`.
    Method {
        operand: Box<Expr>,
        method: String,
        args: Option<Vec<Expr>>,
    },
    /// `x AT TIME ZONE z`
    AtTimeZone {
        operand: Box<Expr>,
        zone: Box<Expr>,
    },
    Subquery(Box<Query>),
    Exists(Box<Query>),
    In {
        operand: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    InQuery {
        operand: Box<Expr>,
        query: Box<Query>,
        negated: bool,
    },
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    Like {
        operand: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
        negated: bool,
    },
    IsNull {
        operand: Box<Expr>,
        negated: bool,
    },
    IsDistinctFrom {
        left: Box<Expr>,
        right: Box<Expr>,
        negated: bool,
    },
    /// `x > ALL (query)`
    Quantified {
        op: BinaryOp,
        left: Box<Expr>,
        quantifier: Quantifier,
        query: Box<Query>,
    },
    /// `NEXT VALUE FOR seq`
    NextValueFor(ObjectName),
    /// Parentheses are kept, so that text can be regenerated and `(a) = (b)` is told apart.
    Paren(Box<Expr>),
}

/// `name(args) [WITHIN GROUP (ORDER BY ...)] [OVER (...)]`. Also `COUNT(*)` (`star`), `COUNT(DISTINCT x)`.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    pub name: ObjectName,
    pub args: Vec<Expr>,
    pub star: bool,
    pub distinct: bool,
    pub within_group: Vec<OrderItem>,
    pub over: Option<WindowSpec>,
    /// IGNORE NULLS / RESPECT NULLS.
    pub ignore_nulls: Option<bool>,
    /// JSON_OBJECT('k': v): keys with values in `args`, NULL ON NULL / ABSENT ON NULL.
    pub json_pairs: Vec<(Expr, Expr)>,
    pub absent_on_null: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindowSpec {
    /// `OVER name` or `OVER (name ...)`.
    pub base: Option<Ident>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<OrderItem>,
    pub frame: Option<WindowFrame>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WindowFrame {
    /// true: ROWS, false: RANGE.
    pub rows: bool,
    pub start: FrameBound,
    /// None: only the start was given (end is CURRENT ROW).
    pub end: Option<FrameBound>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Box<Expr>),
    CurrentRow,
    Following(Box<Expr>),
    UnboundedFollowing,
}

/// A type as written: `nvarchar(max)`, `dbo.MyType`, `vector(3, float32)`, `decimal(10, 2)`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeRef {
    pub name: ObjectName,
    pub args: Vec<TypeArg>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeArg {
    Number(i64),
    Max,
    Word(String),
}

// ---------------------------------------------------------------- queries

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
    /// PIVOT, UNPIVOT, OPENROWSET ...: parsed so that they can be refused by name.
    Unsupported {
        what: String,
        span: Span,
    },
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

// ---------------------------------------------------------------- data changes

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

// ---------------------------------------------------------------- procedural

#[derive(Debug, Clone)]
pub struct Declaration {
    pub name: String,
    pub data_type: TypeRef,
    pub value: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct SetVariable {
    pub name: String,
    pub op: AssignOp,
    pub value: Expr,
}

/// `SET NOCOUNT ON`, `SET LOCK_TIMEOUT 5`, `SET IDENTITY_INSERT t ON`, `SET TRANSACTION ISOLATION LEVEL ...`;
/// `SET a, b ON` gives several.
#[derive(Debug, Clone)]
pub struct SetOption {
    /// Upper case; "TRANSACTION ISOLATION LEVEL" and "STATISTICS IO" hold their words.
    pub name: String,
    pub table: Option<ObjectName>,
    pub value: SetOptionValue,
}

#[derive(Debug, Clone)]
pub enum SetOptionValue {
    On,
    Off,
    Word(String),
    Expr(Expr),
}

#[derive(Debug, Clone)]
pub struct Execute {
    /// `EXEC @r = ...`
    pub return_variable: Option<String>,
    pub target: ExecuteTarget,
    pub args: Vec<ExecuteArg>,
    /// WITH RECOMPILE, RESULT SETS ...
    pub options: Vec<NamedOption>,
}

#[derive(Debug, Clone)]
pub enum ExecuteTarget {
    Procedure(ObjectName),
    /// `EXEC @name`
    ProcedureVariable(String),
    /// `EXEC ('...' + @x)`: concatenated parts.
    Text(Expr),
}

#[derive(Debug, Clone)]
pub struct ExecuteArg {
    pub name: Option<String>,
    pub value: ExecuteValue,
    pub output: bool,
}

/// An argument of EXEC is a constant, a variable, a bare word (a string) or DEFAULT; never an expression.
#[derive(Debug, Clone)]
pub enum ExecuteValue {
    Expr(Expr),
    Word(String),
    Default,
}

// ---------------------------------------------------------------- definitions

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
