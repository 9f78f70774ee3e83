//! Binding of one query specification: FROM, WHERE, GROUP BY, HAVING, select list, ORDER BY, DISTINCT, TOP.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    AssignOp, Expr, ExprKind, GroupItem, ObjectName, OrderItem, Query, QuerySpec, SelectItem, Span,
    Top,
};
use crate::types::SqlType;

use super::bind_query::ordinal_position;
use super::binder::{Binder, at};
use super::expr::{BoundExpr, Node};
use super::plan::{Aggregate, Plan, SortKey, Window};
use super::scope::{
    AGGREGATE_BASE, Clause, Grouping, MASK_ORDINAL, Scope, ScopeColumn, WINDOW_BASE,
};
use super::syntax_walk::{has_aggregate, items_of};
use super::values;
use super::visit::expr_refs;

/// One output column of a specification.
pub(super) struct OutputColumn {
    pub expr: BoundExpr,
    pub column: ScopeColumn,
    /// `@v = expr`: which variable, and how.
    pub assign: Option<(String, AssignOp)>,
}

/// A specification whose projection has not been added yet.
pub(super) struct BoundSpec {
    pub plan: Plan,
    pub outputs: Vec<OutputColumn>,
}

impl Binder<'_> {
    pub(super) fn spec(
        &mut self,
        spec: &QuerySpec,
        query: Option<&Query>,
    ) -> Result<(Plan, Vec<ScopeColumn>)> {
        let bound = self.spec_parts(spec, query)?;
        if bound.outputs.iter().any(|o| o.assign.is_some()) {
            return Err(SqlError::new(
                10733,
                "A SELECT statement that assigns a value to a variable must not be used as a subquery.",
            )
            .compile());
        }
        Ok(project(bound))
    }

    /// Everything below the projection, and the projection's expressions. Of a DISTINCT query the plan is already
    /// projected and the expressions are plain columns.
    pub(super) fn spec_parts(
        &mut self,
        spec: &QuerySpec,
        query: Option<&Query>,
    ) -> Result<BoundSpec> {
        let source = self.source_list(&spec.from)?;
        let single = source.scope.tables.len() == 1;
        let order: &[OrderItem] = query.map_or(&[], |q| &q.order_by);
        let grouped = !spec.group_by.is_empty()
            || spec.having.is_some()
            || items_of(&spec.items).any(has_aggregate)
            || order.iter().any(|o| has_aggregate(&o.expr));
        if spec.distinct {
            self.refuse_in_recursion(460, "DISTINCT operator is")?;
        }
        if spec.top.is_some() || query.is_some_and(|q| q.offset.is_some()) {
            self.refuse_in_recursion(461, "The TOP or OFFSET operator is")?;
        }
        if grouped {
            self.refuse_in_recursion(467, "GROUP BY, HAVING, or aggregate functions are")?;
        }
        let plan = source.plan;
        let top = spec.top.as_ref();
        let (built, level) = self.in_level(source.scope, |b| {
            let filter = match &spec.where_ {
                Some(condition) => {
                    b.level().clause = Clause::Where;
                    Some(b.condition(condition)?)
                }
                None => None,
            };
            if grouped {
                b.begin_grouping(spec)?;
            }
            let having = match &spec.having {
                Some(having) => {
                    b.level().clause = Clause::Having;
                    Some(b.condition(having)?)
                }
                None => None,
            };
            b.level().clause = Clause::Select;
            let outputs = b.select_list(spec, single)?;
            b.level().clause = Clause::OrderBy;
            let keys = b.order_keys(order, &outputs, spec)?;
            Ok((filter, outputs, keys, having))
        })?;
        let (filter, mut outputs, mut keys, mut having) = built;
        if let Some(first) = &mut self.first_branch {
            first.keep(spec, &level, outputs.iter().map(|o| &o.expr));
        }
        let plan = match filter {
            None => plan,
            Some(predicate) => Plan::Filter {
                input: Box::new(plan),
                predicate,
            },
        };
        let width = level.columns.len();
        let plan = finish_level(
            plan,
            level,
            spec,
            width,
            &mut outputs,
            &mut keys,
            &mut having,
        )?;
        self.finish_spec(plan, outputs, keys, spec, top, query)
    }

    /// DISTINCT, ORDER BY, TOP, OFFSET.
    fn finish_spec(
        &mut self,
        plan: Plan,
        outputs: Vec<OutputColumn>,
        keys: Vec<SortKey>,
        spec: &QuerySpec,
        top: Option<&Top>,
        query: Option<&Query>,
    ) -> Result<BoundSpec> {
        let (mut plan, mut outputs, mut keys) = (plan, outputs, keys);
        if spec.distinct {
            for output in &outputs {
                values::check_distinct(&output.expr.ty)?;
            }
            keys = distinct_keys(keys, &outputs)?;
            let types = outputs.iter().map(|o| o.expr.ty.clone()).collect();
            let exprs = outputs.iter().map(|o| o.expr.clone()).collect();
            plan = Plan::Distinct(
                Box::new(Plan::Project {
                    input: Box::new(plan),
                    exprs,
                }),
                types,
            );
            for (at, output) in outputs.iter_mut().enumerate() {
                let mut expr = BoundExpr::column(at, output.expr.ty.clone(), output.expr.nullable);
                expr.label = output.expr.label;
                output.expr = expr;
            }
        }
        let ties = keys.clone();
        if !keys.is_empty() {
            plan = Plan::Sort {
                input: Box::new(plan),
                keys,
                limit: None,
            };
        }
        if let Some(top) = top {
            if top.with_ties && ties.is_empty() {
                return Err(SqlError::new(
                    1062,
                    "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.",
                )
                .class(15)
                .compile());
            }
            if query.is_some_and(|q| q.offset.is_some()) {
                return Err(SqlError::new(
                    10741,
                    "A TOP can not be used in the same query or sub-query as a OFFSET.",
                )
                .class(15)
                .state(2)
                .compile());
            }
            plan = self.top(plan, top, ties)?;
        }
        if let Some(query) = query {
            plan = self.offset(plan, query)?;
        }
        Ok(BoundSpec { plan, outputs })
    }

    pub(super) fn top(&mut self, plan: Plan, top: &Top, ties: Vec<SortKey>) -> Result<Plan> {
        let count = if top.percent {
            let (bound, _) = self.in_level(Scope::empty(), |b| b.scalar(&top.count))?;
            super::bind_expr::coerce(bound, &SqlType::FLOAT)?
        } else {
            self.row_count(&top.count, 1060)?
        };
        Ok(Plan::Top {
            input: Box::new(plan),
            count,
            percent: top.percent,
            ties: if top.with_ties { ties } else { Vec::new() },
        })
    }

    /// Binds the GROUP BY keys; from here on the level's rows are groups.
    fn begin_grouping(&mut self, spec: &QuerySpec) -> Result<()> {
        self.level().clause = Clause::GroupBy;
        let mut grouping = Grouping::default();
        for item in &spec.group_by {
            let list: Vec<&Expr> = match item {
                GroupItem::Expr(expr) => vec![expr],
                GroupItem::Rollup(list) | GroupItem::Cube(list) => list.iter().collect(),
                GroupItem::GroupingSets(sets) => sets.iter().flatten().collect(),
            };
            grouping.sets |= !matches!(item, GroupItem::Expr(_));
            for expr in list {
                let bound = self.group_expr(expr)?;
                if !grouping.keys.iter().any(|k| k.same(&bound)) {
                    grouping.keys.push(bound);
                }
            }
        }
        if grouping.sets {
            let keys = grouping.keys.clone();
            grouping.lists = super::grouping_sets::expand(&spec.group_by, &mut |expr| {
                let bound = self.group_expr(expr)?;
                Ok(keys.iter().position(|k| k.same(&bound)).unwrap_or(0))
            })?;
        }
        self.level().grouping = Some(grouping);
        Ok(())
    }

    /// 144, 164.
    fn group_expr(&mut self, expr: &Expr) -> Result<BoundExpr> {
        let bound = self.scalar(expr)?;
        if super::visit::has_subquery(&bound) {
            return Err(at(
                SqlError::new(
                    144,
                    "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.",
                )
                .class(15)
                .compile(),
                expr.span,
            ));
        }
        if super::visit::used_columns(&bound).is_empty() {
            return Err(at(
                SqlError::new(
                    164,
                    "Each GROUP BY expression must contain at least one column that is not an outer reference.",
                )
                .class(15)
                .compile(),
                expr.span,
            ));
        }
        values::check_groupable(&bound.ty)?;
        Ok(bound)
    }

    fn select_list(&mut self, spec: &QuerySpec, single: bool) -> Result<Vec<OutputColumn>> {
        let mut outputs = Vec::with_capacity(spec.items.len());
        for item in &spec.items {
            match item {
                SelectItem::Star { qualifier, span } => {
                    self.star(qualifier.as_ref(), *span, single, &mut outputs)?;
                }
                SelectItem::Expr { expr, alias } => {
                    let bound = self.scalar(expr)?;
                    let name = alias
                        .as_ref()
                        .map(|a| a.text.clone())
                        .or_else(|| column_name(expr))
                        .unwrap_or_default();
                    let column = self.output_column(name, &bound, single);
                    outputs.push(OutputColumn {
                        expr: bound,
                        column,
                        assign: None,
                    });
                }
                SelectItem::Assign { variable, op, expr } => {
                    let bound = self.scalar(expr)?;
                    let column = self.output_column(String::new(), &bound, false);
                    outputs.push(OutputColumn {
                        expr: bound,
                        column,
                        assign: Some((variable.clone(), *op)),
                    });
                }
            }
        }
        let assigns = outputs.iter().filter(|o| o.assign.is_some()).count();
        if assigns > 0 && assigns < outputs.len() {
            return Err(SqlError::new(
                141,
                "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.",
            )
            .class(15)
            .compile());
        }
        Ok(outputs)
    }

    fn output_column(&mut self, name: String, expr: &BoundExpr, single: bool) -> ScopeColumn {
        let mut column = super::bind_from::plain_column(name, expr.ty.clone(), expr.nullable);
        // Aggregates and window functions are columns of the row below, and neither computed nor updatable.
        column.computed = !matches!(expr.node, Node::Column { up: 0, .. });
        if let Node::Column { up: 0, ordinal } = expr.node
            && let Some(source) = self.level().columns.get(ordinal).cloned()
            && self.level().grouping.is_none()
        {
            column.identity = source.identity && single;
            column.updatable = source.updatable;
            column.computed = source.computed;
        }
        column
    }

    /// 107 for a qualifier that names no table, 263 without FROM.
    fn star(
        &mut self,
        qualifier: Option<&ObjectName>,
        span: Span,
        single: bool,
        outputs: &mut Vec<OutputColumn>,
    ) -> Result<()> {
        let level = self.level().clone();
        let range = match qualifier {
            None if level.tables.is_empty() => {
                return Err(at(
                    SqlError::new(263, "Must specify table to select from.").compile(),
                    span,
                ));
            }
            None => 0..level.columns.len(),
            Some(name) => {
                let table = level.find_table(&name.parts).ok_or_else(|| {
                    at(
                        SqlError::new(
                            107,
                            format!(
                                "The column prefix '{}' does not match with a table name or alias name used in the query.",
                                super::bind_from::dotted(name)
                            ),
                        )
                        .class(15)
                        .compile(),
                        span,
                    )
                })?;
                table.first..table.first + table.count
            }
        };
        for ordinal in range {
            if level.columns[ordinal].hidden {
                continue;
            }
            let expr = level.reference(ordinal, 0).map_err(|e| at(e, span))?;
            let mut column = level.columns[ordinal].clone();
            column.identity &= single;
            outputs.push(OutputColumn {
                expr,
                column,
                assign: None,
            });
        }
        Ok(())
    }

    /// ORDER BY keys over the row below the projection: an ordinal, an output's name, or an expression.
    fn order_keys(
        &mut self,
        order: &[OrderItem],
        outputs: &[OutputColumn],
        spec: &QuerySpec,
    ) -> Result<Vec<SortKey>> {
        let mut keys: Vec<SortKey> = Vec::with_capacity(order.len());
        for (position, item) in order.iter().enumerate() {
            let expr = self.order_expr(item, position, outputs, spec)?;
            values::check_sortable(&expr.ty).map_err(|e| at(e, item.expr.span))?;
            if keys.iter().any(|k| k.expr.same(&expr)) {
                return Err(at(
                    SqlError::new(
                        169,
                        "A column has been specified more than once in the order by list. Columns in the order by list must be unique.",
                    )
                    .class(15)
                    .compile(),
                    item.expr.span,
                ));
            }
            keys.push(SortKey {
                expr,
                descending: item.descending,
            });
        }
        Ok(keys)
    }

    fn order_expr(
        &mut self,
        item: &OrderItem,
        position: usize,
        outputs: &[OutputColumn],
        spec: &QuerySpec,
    ) -> Result<BoundExpr> {
        match &item.expr.kind {
            ExprKind::Integer(text) => {
                let at_ =
                    ordinal_position(text, outputs.len()).map_err(|e| at(e, item.expr.span))?;
                return Ok(outputs[at_].expr.clone());
            }
            ExprKind::Column(name) if name.parts.len() == 1 => {
                let named: Vec<&OutputColumn> = outputs
                    .iter()
                    .filter(|o| o.column.name.eq_ignore_ascii_case(name.base()))
                    .collect();
                if let Some(first) = named.first() {
                    if named[1..].iter().any(|o| !o.expr.same(&first.expr)) {
                        return Err(at(
                            SqlError::new(209, format!("Ambiguous column name '{}'.", name.base()))
                                .compile(),
                            item.expr.span,
                        ));
                    }
                    return Ok(first.expr.clone());
                }
            }
            _ => {}
        }
        let bound = self.scalar(&item.expr)?;
        if matches!(bound.node, Node::Constant(_) | Node::Null) {
            return Err(at(constant_key(position), item.expr.span));
        }
        let _ = spec;
        Ok(bound)
    }
}

/// 408.
pub(super) fn constant_key(position: usize) -> SqlError {
    SqlError::new(
        408,
        format!(
            "A constant expression was encountered in the ORDER BY list, position {}.",
            position + 1
        ),
    )
    .class(16)
    .compile()
}

/// Adds grouping, HAVING and windows above the filtered rows, and gives the placeholders their ordinals.
fn finish_level(
    plan: Plan,
    level: Scope,
    spec: &QuerySpec,
    from_width: usize,
    outputs: &mut [OutputColumn],
    keys: &mut [SortKey],
    having: &mut Option<BoundExpr>,
) -> Result<Plan> {
    let mut plan = plan;
    let mut width = from_width;
    let mut windows = level.windows;
    if let Some(grouping) = level.grouping {
        let key_count = grouping.keys.len();
        let calls = grouping.calls;
        let mask = key_count + calls.len();
        width = mask + usize::from(grouping.sets);
        plan = Plan::Aggregate(Box::new(Aggregate {
            input: plan,
            keys: grouping.keys,
            calls,
            sets: grouping.lists,
            scalar: spec.group_by.is_empty(),
            ordered: false,
        }));
        let mut fix = |expr: &mut BoundExpr| {
            shift_base(expr, AGGREGATE_BASE, WINDOW_BASE, key_count);
            shift_base(expr, MASK_ORDINAL, AGGREGATE_BASE, mask);
        };
        outputs.iter_mut().for_each(|o| fix(&mut o.expr));
        keys.iter_mut().for_each(|k| fix(&mut k.expr));
        having.iter_mut().for_each(&mut fix);
        for call in &mut windows {
            for expr in super::bind_window::call_exprs(call) {
                fix(expr);
            }
        }
        if let Some(predicate) = having.take() {
            plan = Plan::Filter {
                input: Box::new(plan),
                predicate,
            };
        }
    }
    if !windows.is_empty() {
        plan = Plan::Window(Box::new(Window {
            input: plan,
            calls: windows,
        }));
        let fix = |expr: &mut BoundExpr| shift_base(expr, WINDOW_BASE, usize::MAX, width);
        outputs.iter_mut().for_each(|o| fix(&mut o.expr));
        keys.iter_mut().for_each(|k| fix(&mut k.expr));
    }
    Ok(plan)
}

fn shift_base(expr: &mut BoundExpr, base: usize, limit: usize, to: usize) {
    expr_refs(expr, 0, &mut |depth, up, ordinal| {
        if *up == depth && *ordinal >= base && *ordinal < limit {
            *ordinal = *ordinal - base + to;
        }
    });
}

/// With DISTINCT, keys must be outputs (145); they become columns of the projected row.
fn distinct_keys(keys: Vec<SortKey>, outputs: &[OutputColumn]) -> Result<Vec<SortKey>> {
    keys.into_iter()
        .map(|key| {
            let position = outputs
                .iter()
                .position(|o| o.expr.same(&key.expr))
                .ok_or_else(|| {
                    SqlError::new(
                        145,
                        "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.",
                    )
                    .class(15)
                    .compile()
                })?;
            Ok(SortKey {
                expr: BoundExpr::column(position, key.expr.ty.clone(), key.expr.nullable),
                descending: key.descending,
            })
        })
        .collect()
}

/// Adds the projection.
pub(super) fn project(bound: BoundSpec) -> (Plan, Vec<ScopeColumn>) {
    let (exprs, columns): (Vec<_>, Vec<_>) = bound
        .outputs
        .into_iter()
        .map(|o| {
            let mut column = o.column;
            column.ty = o.expr.ty.clone();
            column.nullable = o.expr.nullable;
            (o.expr, column)
        })
        .unzip();
    (
        Plan::Project {
            input: Box::new(bound.plan),
            exprs,
        },
        columns,
    )
}

/// The name that a select item has without an alias.
fn column_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Column(name) => Some(name.base().to_owned()),
        ExprKind::Paren(inner) => column_name(inner),
        _ => None,
    }
}
