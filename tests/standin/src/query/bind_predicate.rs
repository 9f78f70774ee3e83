//! Binding of predicates: comparison, IN, LIKE, BETWEEN, EXISTS and the quantified ones.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Query, UnaryOp};
use crate::types::SqlType;

use super::bind_expr::{coerce, common, comparison, is_text, one_expression, operator_name, unify};
use super::binder::{Binder, at};
use super::expr::{BoundExpr, Node};
use super::values;

impl Binder<'_> {
    /// A condition: true, false or unknown.
    pub fn condition(&mut self, expr: &Expr) -> Result<BoundExpr> {
        self.condition_kind(expr).map_err(|e| at(e, expr.span))
    }

    fn condition_kind(&mut self, expr: &Expr) -> Result<BoundExpr> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.condition(inner),
            ExprKind::Unary {
                op: UnaryOp::Not,
                operand,
            } => Ok(logical(Node::Not(Box::new(self.condition(operand)?)))),
            ExprKind::Binary { op, left, right } => match op {
                BinaryOp::And | BinaryOp::Or => self.connective(*op, left, right),
                BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessOrEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterOrEqual => {
                    let left = self.scalar(left)?;
                    let right = self.scalar(right)?;
                    comparison(*op, left, right)
                }
                _ => Err(not_a_condition(expr)),
            },
            ExprKind::Exists(query) => {
                let (plan, _) = self.exists_query(query)?;
                Ok(logical(Node::Exists(self.wrap(plan))))
            }
            ExprKind::In {
                operand,
                list,
                negated,
            } => self.in_list(operand, list, *negated),
            ExprKind::InQuery {
                operand,
                query,
                negated,
            } => self.in_query(operand, query, *negated),
            ExprKind::Between {
                operand,
                low,
                high,
                negated,
            } => self.between(operand, low, high, *negated),
            ExprKind::Like {
                operand,
                pattern,
                escape,
                negated,
            } => self.like(operand, pattern, escape.as_deref(), *negated),
            ExprKind::IsNull { operand, negated } => Ok(logical(Node::IsNull {
                input: Box::new(self.scalar(operand)?),
                negated: *negated,
            })),
            ExprKind::IsDistinctFrom {
                left,
                right,
                negated,
            } => {
                let left = self.scalar(left)?;
                let right = self.scalar(right)?;
                let (left, right) = unify(left, right, "is distinct from")?;
                Ok(logical(Node::Distinct {
                    left: Box::new(left),
                    right: Box::new(right),
                    negated: *negated,
                }))
            }
            ExprKind::Quantified {
                op,
                left,
                quantifier,
                query,
            } => {
                let left = self.scalar(left)?;
                let (plan, right) = self.one_column(query)?;
                let (left, plan) = self.match_query(left, plan, right, operator_name(*op))?;
                Ok(logical(Node::Quantified {
                    op: *op,
                    left: Box::new(left),
                    quantifier: *quantifier,
                    query: self.wrap(plan),
                }))
            }
            _ => Err(not_a_condition(expr)),
        }
    }

    fn connective(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<BoundExpr> {
        let left = self.condition(left)?;
        let right = self.condition(right)?;
        let mut list = Vec::new();
        for side in [left, right] {
            match (op, side.node) {
                (BinaryOp::And, Node::And(inner)) | (BinaryOp::Or, Node::Or(inner)) => {
                    list.extend(inner);
                }
                (_, node) => list.push(logical(node)),
            }
        }
        Ok(logical(if op == BinaryOp::And {
            Node::And(list)
        } else {
            Node::Or(list)
        }))
    }

    fn in_list(&mut self, operand: &Expr, list: &[Expr], negated: bool) -> Result<BoundExpr> {
        let input = self.scalar(operand)?;
        let mut all = vec![input];
        for item in list {
            all.push(self.scalar(item)?);
        }
        for item in &all[1..] {
            if !item.is_untyped_null() && !all[0].is_untyped_null() {
                values::check_comparable(&all[0].ty, &item.ty, "equal to")?;
            }
        }
        let (mut ty, _) = common(&all)?;
        if ty.name.is_character() && all[0].ty.name.is_character() {
            ty.binary_collation |= all[0].ty.binary_collation;
        }
        let mut all = all
            .into_iter()
            .map(|e| coerce(e, &ty))
            .collect::<Result<Vec<_>>>()?;
        let input = all.remove(0);
        Ok(logical(Node::In {
            input: Box::new(input),
            list: all,
            negated,
        }))
    }

    fn in_query(&mut self, operand: &Expr, query: &Query, negated: bool) -> Result<BoundExpr> {
        let input = self.scalar(operand)?;
        let (plan, right) = self.one_column(query)?;
        let (input, plan) = self.match_query(input, plan, right, "equal to")?;
        Ok(logical(Node::InQuery {
            input: Box::new(input),
            query: self.wrap(plan),
            negated,
        }))
    }

    fn one_column(&mut self, query: &Query) -> Result<(super::plan::Plan, BoundExpr)> {
        let (plan, columns) = self.subquery(query)?;
        let [column] = columns.as_slice() else {
            return Err(one_expression());
        };
        let mut expr = BoundExpr::column(0, column.ty.clone(), column.nullable);
        expr.label = super::expr::CollationLabel::Implicit;
        Ok((plan, expr))
    }

    /// Brings the operand and the query's only column to one type.
    fn match_query(
        &mut self,
        left: BoundExpr,
        plan: super::plan::Plan,
        right: BoundExpr,
        operator: &str,
    ) -> Result<(BoundExpr, super::plan::Plan)> {
        let (left, right) = unify(left, right, operator)?;
        let plan = if matches!(right.node, Node::Column { .. }) {
            plan
        } else {
            super::plan::Plan::Project {
                input: Box::new(plan),
                exprs: vec![right],
            }
        };
        Ok((left, plan))
    }

    fn between(
        &mut self,
        operand: &Expr,
        low: &Expr,
        high: &Expr,
        negated: bool,
    ) -> Result<BoundExpr> {
        let value = self.scalar(operand)?;
        let low = self.scalar(low)?;
        let high = self.scalar(high)?;
        let from = comparison(BinaryOp::GreaterOrEqual, value.clone(), low)?;
        let to = comparison(BinaryOp::LessOrEqual, value, high)?;
        let both = logical(Node::And(vec![from, to]));
        Ok(if negated {
            logical(Node::Not(Box::new(both)))
        } else {
            both
        })
    }

    fn like(
        &mut self,
        operand: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
    ) -> Result<BoundExpr> {
        let mut parts = vec![self.scalar(operand)?, self.scalar(pattern)?];
        if let Some(escape) = escape {
            parts.push(self.scalar(escape)?);
        }
        for (position, part) in parts.iter_mut().enumerate() {
            if !is_text(&part.ty) {
                let text = SqlType::varchar(8000);
                if !part.is_untyped_null() && values::check_implicit(&part.ty, &text).is_err() {
                    return Err(SqlError::new(
                        8116,
                        format!(
                            "Argument data type {} is invalid for argument {} of like function.",
                            part.ty.name.as_str(),
                            position + 1
                        ),
                    )
                    .compile());
                }
                *part = coerce(part.clone(), &text)?;
            }
        }
        let escape = if parts.len() == 3 { parts.pop() } else { None };
        let pattern = parts.remove(1);
        let mut input = parts.remove(0);
        if pattern.label > input.label {
            input.ty.binary_collation = pattern.ty.binary_collation;
        }
        Ok(logical(Node::Like {
            input: Box::new(input),
            pattern: Box::new(pattern),
            escape: escape.map(Box::new),
            negated,
        }))
    }
}

pub(super) fn logical(node: Node) -> BoundExpr {
    BoundExpr::new(node, SqlType::BIT, true)
}

/// All of the conditions; None when there are none.
pub(super) fn all_of(mut list: Vec<BoundExpr>) -> Option<BoundExpr> {
    match list.len() {
        0 => None,
        1 => list.pop(),
        _ => Some(logical(Node::And(list))),
    }
}

/// The parts of a conjunction.
pub(super) fn conjuncts(expr: BoundExpr) -> Vec<BoundExpr> {
    match expr.node {
        Node::And(list) => list.into_iter().flat_map(conjuncts).collect(),
        node => vec![logical(node)],
    }
}

/// 4145.
fn not_a_condition(expr: &Expr) -> SqlError {
    SqlError::new(
        4145,
        "An expression of non-boolean type specified in a context where a condition is expected, near ';'.",
    )
    .class(15)
    .line(i32::try_from(expr.span.line).unwrap_or(0))
    .compile()
}
