//! Binding of query expressions: set operations, ORDER BY of their results, OFFSET, FOR JSON, subqueries.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{ExprKind, OrderItem, Query, QueryBody, QuerySpec, SetOperator};
use crate::types::SqlType;

use super::bind_expr::{coerce, common};
use super::binder::{Binder, at};
use super::expr::{BoundExpr, Node};
use super::for_json;
use super::plan::{Plan, SortKey};
use super::scope::{Scope, ScopeColumn};

impl Binder<'_> {
    /// A query inside an expression; the enclosing level is visible as `up: 1`.
    pub fn subquery(&mut self, query: &Query) -> Result<(Plan, Vec<ScopeColumn>)> {
        let grouping = self.level().inside_aggregate;
        if grouping {
            return Err(SqlError::new(
                130,
                "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.",
            )
            .compile());
        }
        self.query(query, true)
    }

    /// EXISTS does not look at the select list's values.
    pub fn exists_query(&mut self, query: &Query) -> Result<(Plan, Vec<ScopeColumn>)> {
        self.subquery(query)
    }

    /// `nested`: not the outermost query of a statement (1033).
    pub fn query(&mut self, query: &Query, nested: bool) -> Result<(Plan, Vec<ScopeColumn>)> {
        let has_top = matches!(&query.body, QueryBody::Select(spec) if spec.top.is_some());
        if nested
            && !query.order_by.is_empty()
            && !has_top
            && query.offset.is_none()
            && query.for_clause.is_none()
        {
            return Err(at(
                SqlError::new(
                    1033,
                    "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.",
                )
                .class(15)
                .compile(),
                query.order_by[0].expr.span,
            ));
        }
        let (plan, columns) = match &query.body {
            QueryBody::Select(spec) => self.spec(spec, Some(query))?,
            body => {
                let first = FirstBranch::of(leftmost(body));
                let outer = self.first_branch.replace(first);
                let bound = self.body(body);
                let first = std::mem::replace(&mut self.first_branch, outer);
                let (plan, columns) = bound?;
                self.order_result(plan, columns, query, first.as_ref())?
            }
        };
        match &query.for_clause {
            None => Ok((plan, columns)),
            Some(clause) => for_json::bind(plan, &columns, clause),
        }
    }

    /// The part of a query without ORDER BY.
    pub fn body(&mut self, body: &QueryBody) -> Result<(Plan, Vec<ScopeColumn>)> {
        match body {
            QueryBody::Select(spec) => self.spec(spec, None),
            QueryBody::Paren(query) => self.query(query, true),
            QueryBody::SetOperation { op, left, right } => {
                let left = self.body(left)?;
                let right = self.body(right)?;
                set_operation(*op, left, right)
            }
        }
    }

    /// ORDER BY and OFFSET over a set operation: only its columns can be named (104).
    fn order_result(
        &mut self,
        plan: Plan,
        columns: Vec<ScopeColumn>,
        query: &Query,
        first: Option<&FirstBranch>,
    ) -> Result<(Plan, Vec<ScopeColumn>)> {
        let mut plan = plan;
        if !query.order_by.is_empty() {
            let mut keys = Vec::with_capacity(query.order_by.len());
            for (position, item) in query.order_by.iter().enumerate() {
                let named = result_key(item, &columns);
                keys.push(match (named, first) {
                    (Err(error), Some(first)) if matches!(error.number, 104 | 207) => {
                        self.branch_key(item, position, &columns, first)?
                    }
                    (named, _) => named?,
                });
            }
            plan = Plan::Sort {
                input: Box::new(plan),
                keys,
                limit: None,
            };
        }
        let plan = self.offset(plan, query)?;
        Ok((plan, columns))
    }

    /// A key that is no column's name is bound among the sources of the first query, and must be a source column that
    /// this query projects: 104, after 207 or 4104 for a name that it does not know.
    fn branch_key(
        &mut self,
        item: &OrderItem,
        position: usize,
        columns: &[ScopeColumn],
        first: &FirstBranch,
    ) -> Result<SortKey> {
        let (bound, _) = self.in_level(first.scope.clone(), |b| {
            b.level().clause = super::scope::Clause::OrderBy;
            b.scalar(&item.expr)
        })?;
        if matches!(bound.node, Node::Constant(_) | Node::Null) {
            return Err(at(
                super::bind_select::constant_key(position),
                item.expr.span,
            ));
        }
        let found = match bound.node {
            Node::Column { up: 0, .. } => first.outputs.iter().position(|o| o.same(&bound)),
            _ => None,
        };
        let found = found.ok_or_else(|| at(not_selected(), item.expr.span))?;
        Ok(SortKey {
            expr: BoundExpr::column(found, columns[found].ty.clone(), columns[found].nullable),
            descending: item.descending,
        })
    }

    pub(super) fn offset(&mut self, plan: Plan, query: &Query) -> Result<Plan> {
        let Some(offset) = &query.offset else {
            return Ok(plan);
        };
        let offset = self.row_count(offset, 10743)?;
        let fetch = match &query.fetch {
            Some(fetch) => Some(self.row_count(fetch, 10744)?),
            None => None,
        };
        Ok(Plan::Offset {
            input: Box::new(plan),
            offset,
            fetch,
        })
    }

    /// A count of rows: it sees no column.
    pub(super) fn row_count(
        &mut self,
        expr: &crate::syntax::ast::Expr,
        number: i32,
    ) -> Result<BoundExpr> {
        let (bound, _) = self.in_level(Scope::empty(), |b| b.scalar(expr))?;
        if !bound.ty.name.is_integer() && !bound.is_untyped_null() {
            let text = match number {
                1060 => {
                    "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer."
                }
                10743 => "The number of rows provided for a OFFSET clause must be an integer.",
                _ => "The number of rows provided for a FETCH clause must be an integer.",
            };
            return Err(SqlError::new(number, text).class(15).compile());
        }
        coerce(bound, &SqlType::BIGINT)
    }
}

/// A key of ORDER BY over result columns: an ordinal or a name.
pub(super) fn result_key(item: &OrderItem, columns: &[ScopeColumn]) -> Result<SortKey> {
    let span = item.expr.span;
    let mut expr = &item.expr;
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    let position = match &expr.kind {
        ExprKind::Integer(text) => {
            Some(ordinal_position(text, columns.len()).map_err(|e| at(e, span))?)
        }
        ExprKind::Column(name) if name.parts.len() == 1 => columns
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(name.base())),
        _ => None,
    };
    let Some(position) = position else {
        if let ExprKind::Column(name) = &expr.kind
            && name.parts.len() == 1
        {
            return Err(super::scope::invalid_column(name));
        }
        return Err(at(not_selected(), span));
    };
    Ok(SortKey {
        expr: BoundExpr::column(
            position,
            columns[position].ty.clone(),
            columns[position].nullable,
        ),
        descending: item.descending,
    })
}

fn not_selected() -> SqlError {
    SqlError::new(
        104,
        "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.",
    )
    .class(16)
    .compile()
}

/// What ORDER BY may name of the first query of a set operation.
pub(super) struct FirstBranch {
    /// Address of its syntax: the queries around and inside it are others.
    spec: usize,
    scope: Scope,
    outputs: Vec<BoundExpr>,
}

impl FirstBranch {
    fn of(spec: &QuerySpec) -> Self {
        Self {
            spec: std::ptr::from_ref(spec).addr(),
            scope: Scope::empty(),
            outputs: Vec::new(),
        }
    }

    /// Keeps the sources and select list of the query that it is about.
    pub fn keep<'e>(
        &mut self,
        spec: &QuerySpec,
        scope: &Scope,
        outputs: impl Iterator<Item = &'e BoundExpr>,
    ) {
        if self.spec == std::ptr::from_ref(spec).addr() {
            self.scope = scope.clone();
            self.outputs = outputs.cloned().collect();
        }
    }
}

fn leftmost(body: &QueryBody) -> &QuerySpec {
    match body {
        QueryBody::Select(spec) => spec,
        QueryBody::Paren(query) => leftmost(&query.body),
        QueryBody::SetOperation { left, .. } => leftmost(left),
    }
}

/// 108.
pub(super) fn ordinal_position(text: &str, count: usize) -> Result<usize> {
    text.parse::<usize>()
        .ok()
        .filter(|n| (1..=count).contains(n))
        .map(|n| n - 1)
        .ok_or_else(|| {
            SqlError::new(
                108,
                format!("The ORDER BY position number {text} is out of range of the number of items in the select list."),
            )
            .compile()
        })
}

/// 468 names the set operation.
fn in_operation(mut error: SqlError, op: SetOperator) -> SqlError {
    let word = match op {
        SetOperator::Union => "UNION",
        SetOperator::UnionAll => "UNION ALL",
        SetOperator::Except => "EXCEPT",
        SetOperator::Intersect => "INTERSECT",
    };
    if error.number == 468 {
        error.message = error
            .message
            .replace("in the CASE operation", &format!("in the {word} operation"));
    }
    error
}

/// UNION, UNION ALL, EXCEPT, INTERSECT: columns by position, each at its common type. 205.
fn set_operation(
    op: SetOperator,
    left: (Plan, Vec<ScopeColumn>),
    right: (Plan, Vec<ScopeColumn>),
) -> Result<(Plan, Vec<ScopeColumn>)> {
    if left.1.len() != right.1.len() {
        return Err(SqlError::new(
            205,
            "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.",
        )
        .compile());
    }
    let mut columns = Vec::with_capacity(left.1.len());
    let mut left_exprs = Vec::new();
    let mut right_exprs = Vec::new();
    for (at, (ours, theirs)) in left.1.iter().zip(&right.1).enumerate() {
        let mut a = BoundExpr::column(at, ours.ty.clone(), ours.nullable);
        let mut b = BoundExpr::column(at, theirs.ty.clone(), theirs.nullable);
        a.label = super::expr::CollationLabel::Implicit;
        b.label = super::expr::CollationLabel::Implicit;
        // A column of bare NULLs takes the other side's type.
        match (is_untyped(&left.0, at), is_untyped(&right.0, at)) {
            (true, false) => a = BoundExpr::null(),
            (false, true) => b = BoundExpr::null(),
            _ => {}
        }
        let (ty, _) = common(&[a.clone(), b.clone()]).map_err(|e| in_operation(e, op))?;
        left_exprs.push(coerce(a, &ty)?);
        right_exprs.push(coerce(b, &ty)?);
        let mut column = ours.clone();
        column.ty = ty;
        column.nullable = match op {
            SetOperator::Intersect => ours.nullable && theirs.nullable,
            SetOperator::Except => ours.nullable,
            _ => ours.nullable || theirs.nullable,
        };
        column.identity = false;
        column.computed = false;
        column.updatable = false;
        columns.push(column);
    }
    let types: Vec<SqlType> = columns.iter().map(|c| c.ty.clone()).collect();
    if op != SetOperator::UnionAll {
        for ty in &types {
            super::values::check_comparable(ty, ty, "equal to")?;
        }
    }
    let left = convert_rows(left.0, left_exprs);
    let right = convert_rows(right.0, right_exprs);
    let plan = match op {
        SetOperator::UnionAll => union_all(left, right),
        SetOperator::Union => Plan::Distinct(Box::new(union_all(left, right)), types),
        SetOperator::Except | SetOperator::Intersect => Plan::SetOperation {
            intersect: op == SetOperator::Intersect,
            left: Box::new(left),
            right: Box::new(right),
            types,
        },
    };
    Ok((plan, columns))
}

/// Does the column consist of NULLs without a type?
fn is_untyped(plan: &Plan, column: usize) -> bool {
    match plan {
        Plan::Project { exprs, .. } => exprs.get(column).is_some_and(BoundExpr::is_untyped_null),
        Plan::Distinct(input, _) => is_untyped(input, column),
        Plan::UnionAll(list) => list.iter().all(|part| is_untyped(part, column)),
        _ => false,
    }
}

fn union_all(left: Plan, right: Plan) -> Plan {
    let mut all = match left {
        Plan::UnionAll(list) => list,
        other => vec![other],
    };
    all.push(right);
    Plan::UnionAll(all)
}

/// A projection, unless it changes nothing.
fn convert_rows(plan: Plan, exprs: Vec<BoundExpr>) -> Plan {
    let identical = exprs.iter().enumerate().all(
        |(at, e)| matches!(e.node, super::expr::Node::Column { up: 0, ordinal } if ordinal == at),
    );
    if identical {
        plan
    } else {
        Plan::Project {
            input: Box::new(plan),
            exprs,
        }
    }
}
