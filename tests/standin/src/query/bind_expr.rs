//! Binding of scalar expressions: types, implicit conversions, literals, CASE and its kin.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::types::{SqlType, TypeName, Value};

use super::binder::{Binder, at};
use super::expr::{BoundExpr, CollationLabel, Node, Subquery};
use super::literals;
use super::scope::Clause;
use super::values;
use super::visit::is_correlated;

impl Binder<'_> {
    /// A value.
    pub fn scalar(&mut self, expr: &Expr) -> Result<BoundExpr> {
        if let Some(key) = self.group_key(expr) {
            return Ok(key);
        }
        self.scalar_kind(expr).map_err(|e| at(e, expr.span))
    }

    /// The whole expression as a GROUP BY key, if it is one. Plain columns are found by `Scope::reference`.
    fn group_key(&mut self, expr: &Expr) -> Option<BoundExpr> {
        if matches!(
            expr.kind,
            ExprKind::Column(_)
                | ExprKind::Null
                | ExprKind::Integer(_)
                | ExprKind::String { .. }
                | ExprKind::Variable(_)
                | ExprKind::Paren(_)
                | ExprKind::Subquery(_)
        ) {
            return None;
        }
        let grouping = self.levels.last()?.grouping.as_ref()?;
        if grouping
            .keys
            .iter()
            .all(|k| matches!(k.node, Node::Column { .. }))
        {
            return None;
        }
        let saved = self.level().grouping.take();
        let clause = std::mem::replace(&mut self.level().clause, Clause::GroupBy);
        let collect = std::mem::replace(&mut self.collect, false);
        let probe = self.scalar_kind(expr).ok();
        self.collect = collect;
        self.level().clause = clause;
        self.level().grouping = saved;
        let probe = probe?;
        let grouping = self.levels.last()?.grouping.as_ref()?;
        let position = grouping.keys.iter().position(|key| key.same(&probe))?;
        let mut key = grouping.keys[position].clone();
        key.nullable |= grouping.sets;
        key.node = Node::Column {
            up: 0,
            ordinal: position,
        };
        Some(key)
    }

    fn scalar_kind(&mut self, expr: &Expr) -> Result<BoundExpr> {
        match &expr.kind {
            ExprKind::Null => Ok(BoundExpr::null()),
            ExprKind::Default => Err(SqlError::syntax(
                "DEFAULT",
                i32::try_from(expr.span.line).unwrap_or(0),
            )),
            ExprKind::Integer(text) => literals::integer(text),
            ExprKind::Decimal(text) => literals::decimal(text),
            ExprKind::Float(text) => literals::float(text),
            ExprKind::Money(text) => literals::money(text),
            ExprKind::String { text, national } => Ok(literals::string(text, *national)),
            ExprKind::BinaryLiteral(bytes) => Ok(literals::binary(bytes)),
            ExprKind::Variable(name) => self.resolve_variable(name, expr.span),
            ExprKind::GlobalVariable(name) => self.session_call(name, Vec::new(), expr.span),
            ExprKind::Column(name) => self.column(name),
            ExprKind::Paren(inner) => self.scalar(inner),
            ExprKind::Unary { op, operand } => self.unary(*op, operand),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right),
            ExprKind::Collate { operand, collation } => self.collate(operand, collation),
            ExprKind::Cast {
                operand,
                target,
                try_,
            } => {
                let input = self.scalar(operand)?;
                let ty = self.named_type(target)?;
                explicit(input, ty, None, *try_)
            }
            ExprKind::Convert {
                operand,
                target,
                style,
                try_,
            } => {
                let input = self.scalar(operand)?;
                let ty = self.named_type(target)?;
                let style = match style {
                    Some(style) => Some(coerce(self.scalar(style)?, &SqlType::INT)?),
                    None => None,
                };
                explicit(input, ty, style, *try_)
            }
            ExprKind::Parse { try_, .. } => Err(SqlError::not_implemented(if *try_ {
                "TRY_PARSE"
            } else {
                "PARSE"
            })),
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => self.case(operand.as_deref(), branches, otherwise.as_deref()),
            ExprKind::Iif {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.condition(condition)?;
                let then = self.scalar(then)?;
                let otherwise = self.scalar(otherwise)?;
                case_of(vec![(condition, then)], Some(otherwise))
            }
            ExprKind::Coalesce(list) => self.coalesce(list),
            ExprKind::NullIf(left, right) => self.null_if(left, right),
            ExprKind::Function(call) => self.call(call, expr.span),
            ExprKind::StaticMethod {
                type_name,
                method,
                args,
            } => self.static_method(type_name, method, args),
            ExprKind::Method {
                operand,
                method,
                args,
            } => self.method(operand, method, args.as_deref()),
            ExprKind::AtTimeZone { operand, zone } => {
                let args = vec![self.scalar(operand)?, self.scalar(zone)?];
                self.builtin("AT TIME ZONE", args)
            }
            ExprKind::Subquery(query) => {
                let (plan, columns) = self.subquery(query)?;
                let [column] = columns.as_slice() else {
                    return Err(one_expression());
                };
                let mut bound =
                    BoundExpr::new(Node::Scalar(self.wrap(plan)), column.ty.clone(), true);
                bound.label = CollationLabel::Implicit;
                Ok(bound)
            }
            ExprKind::NextValueFor(_) => Err(SqlError::not_implemented("NEXT VALUE FOR")),
            ExprKind::Exists(_)
            | ExprKind::In { .. }
            | ExprKind::InQuery { .. }
            | ExprKind::Between { .. }
            | ExprKind::Like { .. }
            | ExprKind::IsNull { .. }
            | ExprKind::IsDistinctFrom { .. }
            | ExprKind::Quantified { .. } => Err(SqlError::syntax(
                "=",
                i32::try_from(expr.span.line).unwrap_or(0),
            )),
        }
    }

    pub(super) fn wrap(&self, plan: super::plan::Plan) -> Subquery {
        let independent = !is_correlated(&plan);
        Subquery {
            plan: std::sync::Arc::new(plan),
            independent,
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr) -> Result<BoundExpr> {
        // The sign belongs to the literal: -2147483648 is an int although 2147483648 is not.
        if op == UnaryOp::Minus
            && let ExprKind::Integer(text) = &operand.kind
        {
            return literals::integer(&format!("-{text}"));
        }
        let input = self.scalar(operand)?;
        match op {
            UnaryOp::Plus => Ok(input),
            UnaryOp::Minus => {
                let ty = values::negate_type(&input.ty)?;
                if let Node::Constant(value) = &input.node
                    && let Ok(value) = values::negate(value, &ty)
                {
                    return Ok(BoundExpr::constant(value, ty));
                }
                let input = coerce(input, &ty)?;
                Ok(BoundExpr::new(Node::Negate(Box::new(input)), ty, true))
            }
            UnaryOp::BitNot => {
                let ty = values::bit_not_type(&input.ty)?;
                Ok(BoundExpr::new(Node::BitNot(Box::new(input)), ty, true))
            }
            UnaryOp::Not => Err(SqlError::syntax("NOT", 0)),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<BoundExpr> {
        let left = self.scalar(left)?;
        let right = self.scalar(right)?;
        arithmetic(op, left, right)
    }

    fn collate(&mut self, operand: &Expr, collation: &str) -> Result<BoundExpr> {
        let mut input = self.scalar(operand)?;
        let binary = values::is_binary_collation(collation)?;
        if !input.ty.name.is_character() {
            return Err(SqlError::new(
                447,
                format!(
                    "Expression type {} is invalid for COLLATE clause.",
                    input.ty.name.as_str()
                ),
            )
            .compile());
        }
        input.ty.binary_collation = binary;
        input.label = CollationLabel::Explicit;
        Ok(input)
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Result<BoundExpr> {
        let mut bound = Vec::with_capacity(branches.len());
        for (when, then) in branches {
            let condition = match operand {
                None => self.condition(when)?,
                Some(operand) => {
                    let left = self.scalar(operand)?;
                    let right = self.scalar(when)?;
                    comparison(BinaryOp::Equal, left, right)?
                }
            };
            bound.push((condition, self.scalar(then)?));
        }
        let otherwise = match otherwise {
            Some(e) => Some(self.scalar(e)?),
            None => None,
        };
        case_of(bound, otherwise)
    }

    fn coalesce(&mut self, list: &[Expr]) -> Result<BoundExpr> {
        let mut bound = Vec::with_capacity(list.len());
        for expr in list {
            bound.push(self.scalar(expr)?);
        }
        if bound.iter().all(BoundExpr::is_untyped_null) {
            return Err(SqlError::new(
                4127,
                "At least one of the arguments to COALESCE must be an expression that is not the NULL constant.",
            )
            .compile());
        }
        let (ty, label) = common(&bound)?;
        let nullable = bound.iter().any(|e| e.nullable);
        let list = bound
            .into_iter()
            .map(|e| coerce(e, &ty))
            .collect::<Result<_>>()?;
        let mut expr = BoundExpr::new(Node::Coalesce(list), ty, nullable);
        expr.label = label;
        Ok(expr)
    }

    fn null_if(&mut self, left: &Expr, right: &Expr) -> Result<BoundExpr> {
        let value = self.scalar(left)?;
        if value.is_untyped_null() {
            return Err(SqlError::new(
                4151,
                "The type of the first argument to NULLIF cannot be the NULL constant because the type of the first argument has to be known.",
            )
            .compile());
        }
        let right = self.scalar(right)?;
        let condition = comparison(BinaryOp::Equal, value.clone(), right)?;
        let ty = value.ty.clone();
        Ok(BoundExpr::new(
            Node::Case {
                branches: vec![(condition, BoundExpr::constant(Value::Null, ty.clone()))],
                otherwise: Some(Box::new(value)),
            },
            ty,
            true,
        ))
    }
}

/// 116.
pub(super) fn one_expression() -> SqlError {
    SqlError::new(
        116,
        "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.",
    )
    .compile()
}

/// CASE with bound parts. 8133 when every result is NULL.
pub(super) fn case_of(
    branches: Vec<(BoundExpr, BoundExpr)>,
    otherwise: Option<BoundExpr>,
) -> Result<BoundExpr> {
    let mut results: Vec<BoundExpr> = branches.iter().map(|(_, r)| r.clone()).collect();
    results.extend(otherwise.clone());
    if results.iter().all(BoundExpr::is_untyped_null) {
        return Err(SqlError::new(
            8133,
            "At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.",
        )
        .compile());
    }
    let (ty, label) = common(&results)?;
    let nullable = otherwise.is_none() || results.iter().any(|e| e.nullable);
    let branches = branches
        .into_iter()
        .map(|(when, then)| Ok((when, coerce(then, &ty)?)))
        .collect::<Result<_>>()?;
    let otherwise = match otherwise {
        Some(e) => Some(Box::new(coerce(e, &ty)?)),
        None => None,
    };
    let mut expr = BoundExpr::new(
        Node::Case {
            branches,
            otherwise,
        },
        ty,
        nullable,
    );
    expr.label = label;
    Ok(expr)
}

/// The type that all of them convert to; untyped NULLs have no say.
pub(super) fn common(list: &[BoundExpr]) -> Result<(SqlType, CollationLabel)> {
    let mut result: Option<SqlType> = None;
    let mut label = CollationLabel::Default;
    let mut binary = false;
    for expr in list.iter().filter(|e| !e.is_untyped_null()) {
        if expr.ty.name.is_character() {
            (label, binary) = match expr.label.cmp(&label) {
                std::cmp::Ordering::Greater => (expr.label, expr.ty.binary_collation),
                std::cmp::Ordering::Less => (label, binary),
                std::cmp::Ordering::Equal if label == CollationLabel::Default => {
                    (label, binary || expr.ty.binary_collation)
                }
                std::cmp::Ordering::Equal if binary != expr.ty.binary_collation => {
                    return Err(collation_conflict(binary, "CASE"));
                }
                std::cmp::Ordering::Equal => (label, binary),
            };
        }
        result = Some(match result {
            None if list.iter().any(|e| e.ty.name.is_decimal()) => {
                beside(expr, &SqlType::decimal(1, 0))
            }
            None => expr.ty.clone(),
            Some(ty) => values::common_type(&ty, &beside(expr, &ty))?,
        });
    }
    let mut ty = result.unwrap_or(SqlType::INT);
    if ty.name.is_character() {
        ty.binary_collation = binary;
    }
    ty.sysname = ty.sysname && list.len() == 1;
    Ok((ty, label))
}

fn collation_conflict(left_binary: bool, operation: &str) -> SqlError {
    let name = |binary| {
        if binary {
            "Latin1_General_BIN2"
        } else {
            "SQL_Latin1_General_CP1_CI_AS"
        }
    };
    SqlError::new(
        468,
        format!(
            "Cannot resolve the collation conflict between \"{}\" and \"{}\" in the {operation} operation.",
            name(!left_binary),
            name(left_binary)
        ),
    )
    .state(9)
    .compile()
}

/// CAST and CONVERT.
pub(super) fn explicit(
    input: BoundExpr,
    ty: SqlType,
    style: Option<BoundExpr>,
    try_: bool,
) -> Result<BoundExpr> {
    if !input.is_untyped_null() {
        values::check_explicit(&input.ty, &ty)?;
    }
    // Whatever goes in: SQL Server counts every conversion that is written out as one that may answer NULL.
    let nullable = true;
    let label = if input.ty.name.is_character() {
        input.label
    } else {
        CollationLabel::Default
    };
    let mut ty = ty;
    if input.ty.name.is_character() && ty.name.is_character() {
        ty.binary_collation = input.ty.binary_collation;
    }
    let mut expr = BoundExpr::new(
        Node::Convert {
            input: Box::new(input),
            style: style.map(Box::new),
            try_,
            explicit: true,
        },
        ty,
        nullable,
    );
    expr.label = label;
    Ok(expr)
}

/// Implicit conversion to a type; constants are converted right away when that succeeds.
pub(super) fn coerce(expr: BoundExpr, ty: &SqlType) -> Result<BoundExpr> {
    if expr.is_untyped_null() {
        return Ok(BoundExpr::constant(Value::Null, ty.clone()));
    }
    if values::same_representation(&expr.ty, ty) {
        let mut expr = expr;
        expr.ty.binary_collation = ty.binary_collation;
        return Ok(expr);
    }
    values::check_implicit(&expr.ty, ty)?;
    if let Node::Constant(value) = &expr.node
        && let Ok(value) = values::convert(value, &expr.ty, ty, None)
    {
        let mut constant = BoundExpr::constant(value, ty.clone());
        constant.label = expr.label;
        return Ok(constant);
    }
    let nullable = expr.nullable;
    let label = expr.label;
    let mut bound = BoundExpr::new(
        Node::Convert {
            input: Box::new(expr),
            style: None,
            try_: false,
            explicit: false,
        },
        ty.clone(),
        nullable,
    );
    bound.label = label;
    Ok(bound)
}

/// An integer literal beside a decimal has as many digits as it is written with.
fn beside(expr: &BoundExpr, other: &SqlType) -> SqlType {
    match &expr.node {
        Node::Constant(Value::Int(n)) if expr.ty == SqlType::INT && other.name.is_decimal() => {
            let digits = n.unsigned_abs().checked_ilog10().map_or(1, |d| d + 1);
            SqlType::numeric(u8::try_from(digits).unwrap_or(10), 0)
        }
        _ => expr.ty.clone(),
    }
}

/// `a op b` for + - * / % & | ^ << >> ||.
pub(super) fn arithmetic(op: BinaryOp, left: BoundExpr, right: BoundExpr) -> Result<BoundExpr> {
    let (left_type, right_type) = match (left.is_untyped_null(), right.is_untyped_null()) {
        (true, false) => (right.ty.clone(), right.ty.clone()),
        (false, true) => (left.ty.clone(), left.ty.clone()),
        _ => (beside(&left, &right.ty), beside(&right, &left.ty)),
    };
    let mut ty = values::arithmetic_type(op, &left_type, &right_type)?;
    let mut label = CollationLabel::Default;
    if ty.name.is_character() {
        let (common_ty, l) = common(&[left.clone(), right.clone()])?;
        ty.binary_collation = common_ty.binary_collation;
        label = l;
    }
    let nullable = if ty.name.is_character() {
        left.nullable || right.nullable
    } else {
        true
    };
    let left = values::arithmetic_operand(op, left, &ty)?;
    let right = values::arithmetic_operand(op, right, &ty)?;
    let mut expr = BoundExpr::new(
        Node::Arithmetic {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
        ty,
        nullable,
    );
    expr.label = label;
    Ok(expr)
}

/// `a op b` for = <> < <= > >=, both sides brought to one type.
pub(super) fn comparison(op: BinaryOp, left: BoundExpr, right: BoundExpr) -> Result<BoundExpr> {
    let (left, right) = unify(left, right, operator_name(op))?;
    let nullable = left.nullable || right.nullable;
    Ok(BoundExpr::new(
        Node::Compare {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
        SqlType::BIT,
        nullable,
    ))
}

/// Both at their common type, which must be comparable (402, 206, 468).
pub(super) fn unify(
    left: BoundExpr,
    right: BoundExpr,
    operator: &str,
) -> Result<(BoundExpr, BoundExpr)> {
    let ty = match (left.is_untyped_null(), right.is_untyped_null()) {
        (true, true) => SqlType::INT,
        (true, false) => right.ty.clone(),
        (false, true) => left.ty.clone(),
        (false, false) => {
            values::check_comparable(&left.ty, &right.ty, operator)?;
            let mut ty = values::common_type(&left.ty, &right.ty)?;
            if ty.name.is_character() && left.ty.name.is_character() && right.ty.name.is_character()
            {
                ty.binary_collation = comparison_collation(&left, &right, operator)?;
            } else if ty.name.is_character() {
                ty.binary_collation = left.ty.binary_collation || right.ty.binary_collation;
            }
            ty
        }
    };
    values::check_comparable(&ty, &ty, operator)?;
    Ok((coerce(left, &ty)?, coerce(right, &ty)?))
}

fn comparison_collation(left: &BoundExpr, right: &BoundExpr, operator: &str) -> Result<bool> {
    match left.label.cmp(&right.label) {
        std::cmp::Ordering::Greater => Ok(left.ty.binary_collation),
        std::cmp::Ordering::Less => Ok(right.ty.binary_collation),
        std::cmp::Ordering::Equal => {
            if left.ty.binary_collation == right.ty.binary_collation {
                Ok(left.ty.binary_collation)
            } else if left.label == CollationLabel::Default {
                Ok(true)
            } else {
                Err(collation_conflict(left.ty.binary_collation, operator))
            }
        }
    }
}

/// The name that messages 402 and 468 give an operator.
pub(super) fn operator_name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Equal => "equal to",
        BinaryOp::NotEqual => "not equal to",
        BinaryOp::Less => "less than",
        BinaryOp::LessOrEqual => "less than or equal to",
        BinaryOp::Greater => "greater than",
        BinaryOp::GreaterOrEqual => "greater than or equal to",
        BinaryOp::Add => "add",
        BinaryOp::Subtract => "subtract",
        BinaryOp::Multiply => "multiply",
        BinaryOp::Divide => "divide",
        BinaryOp::Modulo => "modulo",
        BinaryOp::BitAnd => "'&'",
        BinaryOp::BitOr => "'|'",
        BinaryOp::BitXor => "'^'",
        BinaryOp::ShiftLeft => "'<<'",
        BinaryOp::ShiftRight => "'>>'",
        BinaryOp::Concat => "'||'",
        BinaryOp::And => "AND",
        BinaryOp::Or => "OR",
    }
}

/// Is the type one of the character types or a legacy one?
pub(super) fn is_text(ty: &SqlType) -> bool {
    ty.name.is_character() || matches!(ty.name, TypeName::Text | TypeName::NText)
}
