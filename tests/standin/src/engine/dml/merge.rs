//! MERGE.

use std::collections::HashMap;

use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::query::{self, BindContext, BoundExpr, BoundMerge, MergeRequest, MergeSide, Scope};
use crate::storage::RowId;
use crate::syntax::ast::{Expr, ExprKind, Merge, MergeAction, MergeWhen, SetClause};
use crate::types::{SqlType, Value};

use super::insert::top_limit;
use super::insert_columns::Columns;
use super::insert_row::{as_i64, complete};
use super::merge_rows::{Change, write_all};
use super::output::{OutputPlan, Sides};
use super::references::default_value;
use super::target::{self, Target, Verb};
use super::update::{refuse_column_twice, set_value, writable};
use super::writer::{Enforce, Writer};
use crate::engine::frame::ExecContext;

/// One WHEN clause.
struct Clause {
    when: MergeWhen,
    /// Positions among the bound expressions.
    and: Option<usize>,
    action: Action,
}

enum Action {
    Delete,
    /// Column and value; None is DEFAULT.
    Update(Vec<(usize, Option<usize>)>),
    Insert {
        columns: Columns,
        /// Empty with DEFAULT VALUES.
        values: Vec<Option<usize>>,
    },
}

pub(super) struct Plan {
    target: Target,
    bound: BoundMerge,
    clauses: Vec<Clause>,
}

/// 5324, 10714.
fn check_clauses(merge: &Merge) -> Result<()> {
    for (at, clause) in merge.clauses.iter().enumerate() {
        let family: Vec<_> = merge.clauses[..at]
            .iter()
            .filter(|c| c.when == clause.when)
            .collect();
        let words = match clause.when {
            MergeWhen::Matched => "WHEN MATCHED",
            MergeWhen::NotMatchedByTarget => "WHEN NOT MATCHED",
            MergeWhen::NotMatchedBySource => "WHEN NOT MATCHED BY SOURCE",
        };
        let kind = |action: &MergeAction| match action {
            MergeAction::Update(_) => "UPDATE",
            MergeAction::Delete => "DELETE",
            MergeAction::Insert { .. } => "INSERT",
        };
        let word = kind(&clause.action);
        if family.iter().any(|c| kind(&c.action) == word) {
            return Err(SqlError::new(
                10714,
                format!(
                    "An action of type '{words}' cannot appear more than once in a '{word}' clause of a MERGE statement."
                ),
            )
            .class(15)
            .compile());
        }
        if clause.and.is_some() && family.iter().any(|c| c.and.is_none()) {
            return Err(SqlError::new(
                5324,
                format!(
                    "In a MERGE statement, a '{words}' clause with a search condition cannot appear after a '{words}' clause with no search condition."
                ),
            )
            .compile());
        }
    }
    Ok(())
}

pub(super) fn plan(ctx: &ExecContext<'_>, merge: &Merge) -> Result<Plan> {
    check_clauses(merge)?;
    let mut target = target::find(ctx.session, ctx.frame, &merge.target, Verb::Merge)?;
    if let Some(alias) = &merge.alias {
        target.name.parts = vec![alias.clone()];
    }
    authorize(ctx, merge, &target)?;
    let mut exprs: Vec<(MergeSide, bool, &Expr)> = Vec::new();
    let mut clauses = Vec::with_capacity(merge.clauses.len());
    for clause in &merge.clauses {
        let side = match clause.when {
            MergeWhen::Matched => MergeSide::Both,
            MergeWhen::NotMatchedByTarget => MergeSide::Source,
            MergeWhen::NotMatchedBySource => MergeSide::Target,
        };
        let and = clause.and.as_ref().map(|condition| {
            exprs.push((side, true, condition));
            exprs.len() - 1
        });
        let action = action(ctx, &target, &clause.action, side, &mut exprs)?;
        clauses.push(Clause {
            when: clause.when,
            and,
            action,
        });
    }
    let has = |when| merge.clauses.iter().any(|c| c.when == when);
    let request = MergeRequest {
        target: target.def.object_id,
        target_name: target.name.base(),
        aliased: merge.alias.is_some() || target.side,
        hints: target.hints,
        with: &merge.with,
        source: &merge.source,
        on: &merge.on,
        unmatched_source: has(MergeWhen::NotMatchedByTarget),
        unmatched_target: has(MergeWhen::NotMatchedBySource),
        exprs,
    };
    let bound = query::bind_merge(&BindContext::new(ctx.session, ctx.frame), &request)?;
    check_types(&target, &clauses, &bound)?;
    Ok(Plan {
        target,
        bound,
        clauses,
    })
}

/// SELECT for the ON, and what each clause does.
fn authorize(ctx: &ExecContext<'_>, merge: &Merge, target: &Target) -> Result<()> {
    let mut needed = vec!["SELECT"];
    for clause in &merge.clauses {
        needed.push(match clause.action {
            MergeAction::Update(_) => "UPDATE",
            MergeAction::Delete => "DELETE",
            MergeAction::Insert { .. } => "INSERT",
        });
    }
    for permission in needed {
        ctx.session
            .authorize_table(ctx.frame, &target.def, permission)?;
    }
    Ok(())
}

fn action<'m>(
    ctx: &ExecContext<'_>,
    target: &Target,
    action: &'m MergeAction,
    side: MergeSide,
    exprs: &mut Vec<(MergeSide, bool, &'m Expr)>,
) -> Result<Action> {
    let mut push = |expr: &'m Expr| {
        if matches!(expr.kind, ExprKind::Default) {
            return None;
        }
        exprs.push((side, false, expr));
        Some(exprs.len() - 1)
    };
    Ok(match action {
        MergeAction::Delete => Action::Delete,
        MergeAction::Update(sets) => {
            let mut list = Vec::with_capacity(sets.len());
            for set in sets {
                let SetClause::Column {
                    column,
                    op: crate::syntax::ast::AssignOp::Set,
                    value,
                } = set
                else {
                    return Err(SqlError::not_implemented(
                        "variables and compound assignments in a MERGE",
                    ));
                };
                let ordinal = writable(ctx.session, target, column)?;
                refuse_column_twice(&target.def, list.iter().map(|(o, _)| *o), ordinal)?;
                list.push((ordinal, push(value)));
            }
            Action::Update(list)
        }
        MergeAction::Insert { columns, values } => {
            let mut into = Columns::of_insert(&target.def, columns)?;
            let values: Vec<_> = match values {
                Some(values) => {
                    into.check_width(&target.def, values.len(), false)?;
                    values.iter().map(push).collect()
                }
                None => {
                    into.ordinals.clear();
                    Vec::new()
                }
            };
            let is_default = |at: usize| values.get(at).is_none_or(Option::is_none);
            into.check_generated(ctx.session, &target.def, &is_default, &is_default)?;
            Action::Insert {
                columns: into,
                values,
            }
        }
    })
}

/// 206 and 257.
fn check_types(target: &Target, clauses: &[Clause], bound: &BoundMerge) -> Result<()> {
    let check = |ordinal: usize, at: usize| {
        let expr: &BoundExpr = &bound.exprs[at];
        if expr.is_untyped_null() {
            return Ok(());
        }
        super::writer::allowed(expr.sql_type(), &target.def.columns[ordinal].sql_type)
    };
    for clause in clauses {
        match &clause.action {
            Action::Delete => {}
            Action::Update(list) => {
                for (ordinal, value) in list {
                    value.map_or(Ok(()), |at| check(*ordinal, at))?;
                }
            }
            Action::Insert { columns, values } => {
                for (ordinal, value) in columns.ordinals.iter().zip(values) {
                    value.map_or(Ok(()), |at| check(*ordinal, at))?;
                }
            }
        }
    }
    Ok(())
}

/// 8672.
fn same_row_again() -> SqlError {
    SqlError::new(
        8672,
        "The MERGE statement attempted to UPDATE or DELETE the same row more than once. This happens when a target row matches more than one source row. A MERGE statement cannot UPDATE/DELETE the same row of the target table multiple times. Refine the ON clause to ensure a target row matches at most one source row, or use the GROUP BY clause to group the source rows.",
    )
}

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    merge: &Merge,
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    let plan = plan(ctx, merge)?;
    if !plan.target.side {
        ctx.session.refuse_if_doomed()?;
    }
    let limit = top_limit(ctx, merge.top.as_ref())?;
    let mut writer = Writer::new(ctx, &plan.target, Verb::Merge, Enforce::All)?;
    let sides = Sides {
        inserted: true,
        deleted: true,
    };
    let mut output = match &merge.output {
        Some(output) => Some(OutputPlan::bind_merge(
            ctx,
            output,
            &plan.target.def,
            sides,
            output_scope(&plan)?,
        )?),
        None => None,
    };
    let mut rows = Vec::new();
    query::execute_plan(ctx, &plan.bound.plan, &mut |_, row| {
        rows.push(row.to_vec());
        Ok(())
    })?;
    let mut changes = decide(ctx, &plan, &mut writer, rows, limit)?;
    let done = write_all(ctx, &mut writer, &mut changes)?;
    writer.finish(ctx)?;
    if let Some(output) = &mut output {
        output.start(sink)?;
        let width = plan.target.def.columns.len();
        let source_width = plan.bound.source.width();
        for (change, _) in changes.iter().zip(&done).filter(|(_, done)| **done) {
            output.row(ctx, &change.output_row(width, source_width), &[], sink)?;
        }
        output.finish(ctx)?;
    }
    Ok(done.iter().filter(|done| **done).count() as u64)
}

/// Behind inserted and deleted: the source, and $action.
fn output_scope(plan: &Plan) -> Result<Scope> {
    let mut source = plan.bound.source.clone();
    source.make_nullable();
    source.join(Scope::of_value("$action", SqlType::nvarchar(10)))
}

/// What is done for each joined row; values are computed before the first row changes.
fn decide(
    ctx: &mut ExecContext<'_>,
    plan: &Plan,
    writer: &mut Writer,
    rows: Vec<Vec<Value>>,
    limit: Option<u64>,
) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let mut touched: HashMap<RowId, bool> = HashMap::new();
    let split = plan.bound.split;
    let width = plan.target.def.columns.len();
    for row in rows {
        if limit.is_some_and(|limit| changes.len() as u64 >= limit) {
            break;
        }
        let from_source = !row[split - 1].is_null();
        let id = match &row[split + width] {
            Value::Null => None,
            id => Some(RowId(as_i64(id).cast_unsigned())),
        };
        let when = match (from_source, id) {
            (true, Some(_)) => MergeWhen::Matched,
            (true, None) => MergeWhen::NotMatchedByTarget,
            (false, _) => MergeWhen::NotMatchedBySource,
        };
        let Some(clause) = chosen(ctx, plan, when, &row)? else {
            continue;
        };
        let source = from_source.then(|| row[..split - 1].to_vec());
        let old = id.map(|id| (id, row[split..split + width].to_vec()));
        if let Some((id, _)) = &old {
            let deletes = matches!(clause.action, Action::Delete);
            match touched.insert(*id, deletes) {
                None => {}
                Some(true) if deletes => continue,
                Some(_) => return Err(same_row_again()),
            }
        }
        let new = match &clause.action {
            Action::Delete => None,
            Action::Update(list) => {
                let mut new = old.as_ref().map_or_else(Vec::new, |(_, old)| old.clone());
                for (ordinal, value) in list {
                    new[*ordinal] = match value {
                        Some(at) => set_value(ctx, writer, *ordinal, &plan.bound.exprs[*at], &row)?,
                        None => default_value(ctx, &plan.target.def, *ordinal)?,
                    };
                }
                Some(new)
            }
            Action::Insert { columns, values } => {
                Some(inserted(ctx, plan, writer, (columns, values), &row)?)
            }
        };
        changes.push(Change { old, new, source });
    }
    Ok(changes)
}

fn chosen<'p>(
    ctx: &mut ExecContext<'_>,
    plan: &'p Plan,
    when: MergeWhen,
    row: &[Value],
) -> Result<Option<&'p Clause>> {
    for clause in plan.clauses.iter().filter(|c| c.when == when) {
        let holds = match clause.and {
            None => true,
            Some(at) => query::eval_condition(&plan.bound.exprs[at], row, ctx)? == Some(true),
        };
        if holds {
            return Ok(Some(clause));
        }
    }
    Ok(None)
}

fn inserted(
    ctx: &mut ExecContext<'_>,
    plan: &Plan,
    writer: &mut Writer,
    (columns, values): (&Columns, &[Option<usize>]),
    row: &[Value],
) -> Result<Vec<Value>> {
    let width = plan.target.def.columns.len();
    let mut new = vec![Value::Null; width];
    let mut given = vec![false; width];
    for (ordinal, value) in columns.ordinals.iter().zip(values) {
        if let Some(at) = value {
            new[*ordinal] = set_value(ctx, writer, *ordinal, &plan.bound.exprs[*at], row)?;
            given[*ordinal] = true;
        }
    }
    complete(ctx, writer, &mut new, &given, true)?;
    Ok(new)
}
