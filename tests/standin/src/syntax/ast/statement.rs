//! Batches and statements.

use super::*;

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
    /// ALTER SERVER ROLE ... ADD or DROP MEMBER.
    AlterServerRole {
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
