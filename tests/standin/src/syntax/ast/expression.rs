//! Values, conditions and calls.

use super::*;

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
