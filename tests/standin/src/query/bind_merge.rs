//! The reading part of MERGE: source and target joined, each row with what the clauses need of it.

use crate::catalog::model::ObjectId;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::syntax::ast::{CommonTable, Expr, TableSource};
use crate::types::{SqlType, Value};

use super::bind_from::{Source, full_scan, plain_column};
use super::binder::{BindContext, Binder};
use super::expr::BoundExpr;
use super::optimize;
use super::plan::{Join, JoinType, Plan};
use super::scope::{Clause, Scope};
use super::storage;

/// Which columns an expression may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeSide {
    Both,
    /// WHEN NOT MATCHED: 5333.
    Source,
    /// WHEN NOT MATCHED BY SOURCE: 5334.
    Target,
}

pub struct MergeRequest<'q> {
    pub target: ObjectId,
    pub target_name: &'q str,
    pub aliased: bool,
    pub hints: Hints,
    pub with: &'q [CommonTable],
    pub source: &'q TableSource,
    pub on: &'q Expr,
    /// Rows of the source that match nothing are wanted, and rows of the target.
    pub unmatched_source: bool,
    pub unmatched_target: bool,
    /// Conditions and values of the clauses; true for a condition.
    pub exprs: Vec<(MergeSide, bool, &'q Expr)>,
}

/// Rows: the source's columns, a mark that is 1 for a source row, the target's columns, the target's row id.
pub struct BoundMerge {
    pub plan: Plan,
    pub source: Scope,
    /// Width of the source with its mark.
    pub split: usize,
    pub exprs: Vec<BoundExpr>,
}

pub fn bind_merge(cx: &BindContext<'_>, request: &MergeRequest<'_>) -> Result<BoundMerge> {
    let mut binder = Binder::new(cx);
    binder.collect = true;
    let outcome = bind(&mut binder, cx, request);
    binder.complete(outcome)
}

fn bind(
    binder: &mut Binder<'_>,
    cx: &BindContext<'_>,
    request: &MergeRequest<'_>,
) -> Result<BoundMerge> {
    binder.add_ctes(request.with)?;
    let source = binder.table_source(request.source)?;
    let names = source.scope.clone();
    let (left, left_width) = marked(source);
    let def = storage::definition(cx.session, request.target)?;
    let mut scan = full_scan(def.clone(), request.hints);
    scan.row_id = true;
    scan.for_update = true;
    let mut target_names = Scope::of_table(&def, Some(request.target_name));
    if let Some(table) = target_names.tables.first_mut()
        && !request.aliased
    {
        table.aliased = false;
        table.schema = cx
            .session
            .server
            .catalog
            .schema(def.database_id, def.schema_id)
            .map(|s| s.name.clone());
    }
    target_names.columns.push(nameless());
    let right_width = target_names.width();
    let mut scope = left.scope.clone().join(target_names)?;
    scope.clause = Clause::On;
    let on = binder
        .in_level(scope.clone(), |b| b.condition(request.on))?
        .0;
    let kind = match (request.unmatched_source, request.unmatched_target) {
        (true, true) => JoinType::Full,
        (true, false) => JoinType::Left,
        (false, true) => JoinType::Right,
        (false, false) => JoinType::Inner,
    };
    let plan = Plan::Join(Box::new(Join {
        kind,
        left: left.plan,
        right: Plan::Scan(Box::new(scan)),
        left_width,
        right_width,
        keys: Vec::new(),
        on: Some(on),
        build_left: false,
    }));
    let sides = names.tables.len();
    let mut exprs = Vec::with_capacity(request.exprs.len());
    for (side, condition, expr) in &request.exprs {
        exprs.push(side_expr(binder, &scope, sides, *side, *condition, expr)?);
    }
    Ok(BoundMerge {
        plan: optimize::optimize(plan, cx.session),
        source: names,
        split: left_width,
        exprs,
    })
}

fn nameless() -> super::scope::ScopeColumn {
    let mut column = plain_column(String::new(), SqlType::BIGINT, false);
    column.hidden = true;
    column
}

/// The source with a column that tells its rows from the NULLs of an outer join.
fn marked(source: Source) -> (Source, usize) {
    let mut exprs: Vec<BoundExpr> = source
        .scope
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| BoundExpr::column(at, column.ty.clone(), column.nullable))
        .collect();
    exprs.push(BoundExpr::constant(Value::Int(1), SqlType::INT));
    let width = exprs.len();
    let mut scope = source.scope;
    let mut mark = nameless();
    mark.table = scope.tables.len().saturating_sub(1);
    scope.columns.push(mark);
    let plan = Plan::Project {
        input: Box::new(source.plan),
        exprs,
    };
    (Source { plan, scope }, width)
}

/// The names of one side only; the other side's columns stay in the row, without names.
fn hidden(scope: &Scope, sides: usize, side: MergeSide) -> Scope {
    let mut scope = scope.clone();
    let gone = |table: usize| match side {
        MergeSide::Both => false,
        MergeSide::Source => table >= sides,
        MergeSide::Target => table < sides,
    };
    for column in &mut scope.columns {
        if gone(column.table) {
            column.name.clear();
        }
    }
    for (at, table) in scope.tables.iter_mut().enumerate() {
        if gone(at) {
            table.name.clear();
        }
    }
    scope.clause = Clause::Other;
    scope
}

fn side_expr(
    binder: &mut Binder<'_>,
    scope: &Scope,
    sides: usize,
    side: MergeSide,
    condition: bool,
    expr: &Expr,
) -> Result<BoundExpr> {
    let known = binder.errors.len();
    let bound = binder
        .in_level(hidden(scope, sides, side), |b| {
            if condition {
                b.condition(expr)
            } else {
                b.scalar(expr)
            }
        })
        .map(|(mut bound, _)| {
            optimize::optimize_expr(&mut bound, binder.session);
            bound
        });
    if side == MergeSide::Both || binder.errors.len() == known {
        return bound;
    }
    // Names that the other side has are refused with a message of their own.
    let mine = binder.errors.split_off(known);
    for error in mine {
        let name = quoted(&error.message);
        let other = scope.columns.iter().any(|c| {
            !c.name.is_empty()
                && name
                    .rsplit('.')
                    .next()
                    .is_some_and(|base| c.name.eq_ignore_ascii_case(base))
        });
        let (number, rest) = match side {
            MergeSide::Source => (
                5333,
                "Only source columns are allowed in the 'WHEN NOT MATCHED' clause of a MERGE statement.",
            ),
            _ => (
                5334,
                "Only target columns are allowed in the 'WHEN NOT MATCHED BY SOURCE' clause of a MERGE statement.",
            ),
        };
        binder.errors.push(if other {
            SqlError::new(
                number,
                format!("The identifier '{name}' cannot be bound. {rest}"),
            )
            .line(error.line)
            .compile()
        } else {
            error
        });
    }
    bound
}

/// The name that a message 207 or 4104 has in quotes.
fn quoted(message: &str) -> String {
    message
        .split(['\'', '"'])
        .nth(1)
        .unwrap_or_default()
        .to_owned()
}
