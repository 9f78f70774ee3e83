//! Expressions after binding: every name is an ordinal, a slot or a definition, every operand has its final type.

use std::fmt;
use std::sync::Arc;

use crate::catalog::model::ModuleDef;
use crate::engine::sysprocs::SessionFunction;
use crate::syntax::ast::{BinaryOp, Quantifier};
use crate::types::{SqlType, Value};

use super::plan::Plan;
use super::values::Function;

/// Where the collation of a text expression comes from; the stronger label wins (468 between equal, different ones).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CollationLabel {
    #[default]
    Default,
    Implicit,
    Explicit,
}

/// A typed expression.
#[derive(Clone)]
pub struct BoundExpr {
    pub node: Node,
    pub ty: SqlType,
    pub nullable: bool,
    pub label: CollationLabel,
}

impl BoundExpr {
    pub fn new(node: Node, ty: SqlType, nullable: bool) -> Self {
        Self {
            node,
            ty,
            nullable,
            label: CollationLabel::Default,
        }
    }

    pub fn constant(value: Value, ty: SqlType) -> Self {
        let nullable = value.is_null();
        Self::new(Node::Constant(value), ty, nullable)
    }

    /// The literal NULL: an int without a type of its own.
    pub fn null() -> Self {
        Self::new(Node::Null, SqlType::INT, true)
    }

    pub fn column(ordinal: usize, ty: SqlType, nullable: bool) -> Self {
        Self::new(Node::Column { up: 0, ordinal }, ty, nullable)
    }

    pub fn sql_type(&self) -> &SqlType {
        &self.ty
    }

    pub fn nullable(&self) -> bool {
        self.nullable
    }

    pub fn is_untyped_null(&self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// Structural identity, as GROUP BY and ORDER BY need it.
    pub fn same(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

impl fmt::Debug for BoundExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.node)
    }
}

/// A scalar function of the values room, compared by its name.
#[derive(Clone, Copy)]
pub struct FunctionRef(pub Function);

impl fmt::Debug for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// A session function, with the name that it was called by.
#[derive(Clone, Copy)]
pub struct SessionFunctionRef {
    pub name: &'static str,
    pub function: &'static dyn SessionFunction,
}

impl fmt::Debug for SessionFunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A query inside an expression. Its plan sees the row of the expression as `up: 1`.
#[derive(Clone)]
pub struct Subquery {
    pub plan: Arc<Plan>,
    /// Nothing outside of it is referenced: evaluated once per execution.
    pub independent: bool,
}

impl fmt::Debug for Subquery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.plan)
    }
}

#[derive(Debug, Clone)]
pub enum Node {
    Constant(Value),
    /// NULL without a type.
    Null,
    /// `up` 0: the current row; 1: the row of the enclosing query, and so on.
    Column {
        up: usize,
        ordinal: usize,
    },
    Variable(usize),
    /// To the expression's own type.
    Convert {
        input: Box<BoundExpr>,
        style: Option<Box<BoundExpr>>,
        try_: bool,
        explicit: bool,
    },
    Arithmetic {
        op: BinaryOp,
        left: Box<BoundExpr>,
        right: Box<BoundExpr>,
    },
    Negate(Box<BoundExpr>),
    BitNot(Box<BoundExpr>),
    Compare {
        op: BinaryOp,
        left: Box<BoundExpr>,
        right: Box<BoundExpr>,
    },
    And(Vec<BoundExpr>),
    Or(Vec<BoundExpr>),
    Not(Box<BoundExpr>),
    IsNull {
        input: Box<BoundExpr>,
        negated: bool,
    },
    Distinct {
        left: Box<BoundExpr>,
        right: Box<BoundExpr>,
        negated: bool,
    },
    Like {
        input: Box<BoundExpr>,
        pattern: Box<BoundExpr>,
        escape: Option<Box<BoundExpr>>,
        negated: bool,
    },
    /// Members converted to the operand's common type.
    In {
        input: Box<BoundExpr>,
        list: Vec<BoundExpr>,
        negated: bool,
    },
    Case {
        branches: Vec<(BoundExpr, BoundExpr)>,
        otherwise: Option<Box<BoundExpr>>,
    },
    Coalesce(Vec<BoundExpr>),
    /// ISNULL(a, b)
    IfNull(Box<BoundExpr>, Box<BoundExpr>),
    Call {
        function: FunctionRef,
        args: Vec<BoundExpr>,
    },
    SessionCall {
        function: SessionFunctionRef,
        args: Vec<BoundExpr>,
    },
    UserFunction {
        module: ModuleRef,
        args: Vec<BoundExpr>,
    },
    Scalar(Subquery),
    Exists(Subquery),
    /// `x IN (query)`; both sides have the same type.
    InQuery {
        input: Box<BoundExpr>,
        query: Subquery,
        negated: bool,
    },
    Quantified {
        op: BinaryOp,
        left: Box<BoundExpr>,
        quantifier: Quantifier,
        query: Subquery,
    },
    /// GROUPING(x) / GROUPING_ID(...): bits of key positions over the grouping-set column.
    Grouping {
        set: Box<BoundExpr>,
        keys: Vec<usize>,
    },
    /// A function of JSON_OBJECT's kind: keys and values alternate.
    JsonObject {
        args: Vec<BoundExpr>,
        array: bool,
        absent_on_null: bool,
    },
    /// NEWID(), RAND() and NEXT VALUE are evaluated for each row.
    NewId,
}

/// A module, compared by its id.
#[derive(Clone)]
pub struct ModuleRef(pub Arc<ModuleDef>);

impl fmt::Debug for ModuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module {}", self.0.object_id)
    }
}
