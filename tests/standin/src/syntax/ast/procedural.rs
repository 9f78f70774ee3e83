//! Variables, SET and EXECUTE.

use super::*;

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
