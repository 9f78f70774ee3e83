//! UPDATE.

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::query::{self, BindContext, BoundDmlSource, DmlSource};
use crate::storage::RowId;
use crate::syntax::ast::{AssignOp, Expr, ExprKind, ObjectName, SetClause, Span, Update};
use crate::types::{SqlType, TypeName, Value};

use super::delete::gather;
use super::insert::top_limit;
use super::output::{OutputPlan, Sides, source_exprs};
use super::references::default_value;
use super::target::{self, Target, Verb};
use super::writer::{Enforce, Writer};
use crate::engine::conversion;
use crate::engine::frame::ExecContext;
use crate::engine::interpret::{binary, compound, undeclared};
use crate::engine::memory_optimized;
use crate::engine::session::Session;

/// What one SET clause does with its value.
struct Assignment {
    column: Option<usize>,
    variable: Option<usize>,
    value: NewValue,
}

enum NewValue {
    /// Position among the source's extra expressions.
    Computed(usize),
    Default,
}

pub(super) struct Plan {
    target: Target,
    source: BoundDmlSource,
    assignments: Vec<Assignment>,
    /// Extra expressions before those of OUTPUT.
    values: usize,
}

pub(super) fn plan(ctx: &ExecContext<'_>, update: &Update) -> Result<Plan> {
    let target = target::find_in_from(
        ctx.session,
        ctx.frame,
        &update.target,
        &update.from,
        Verb::Update,
    )?;
    let from = target::with_target(&update.target, &update.from);
    let mut exprs = Vec::new();
    let mut assignments = Vec::new();
    // Every SET clause reports what is wrong with its target, behind FROM and WHERE.
    let mut refused = Vec::new();
    for set in &update.sets {
        match assignment(ctx, &target, set, &mut exprs) {
            Ok(assignment) => assignments.push(assignment),
            Err(error) => refused.push(error),
        }
    }
    if refused.is_empty() {
        refused.extend(refuse_duplicates(&target.def, &assignments).err());
    }
    let refused = super::insert_columns::one_of(refused);
    let values = exprs.len();
    let mut extra: Vec<&Expr> = exprs.iter().collect();
    extra.extend(source_exprs(update.output.as_ref()));
    let source = query::bind_dml_source(
        &BindContext::new(ctx.session, ctx.frame),
        &DmlSource {
            target: target.def.object_id,
            target_name: target.name.base(),
            with: &update.with,
            from: &from,
            where_: update.where_.as_ref(),
            top: update.top.as_ref(),
            hints: target.hints,
            extra: &extra,
            before_extra: refused.as_ref(),
        },
    )?;
    for assignment in &assignments {
        if let (Some(ordinal), NewValue::Computed(at)) = (assignment.column, &assignment.value) {
            let from = &source.extra[*at];
            if !from.untyped_null {
                super::writer::allowed(&from.ty, &target.def.columns[ordinal].sql_type)?;
            }
        }
    }
    memory_optimized::refuse_key_update(&target.def, assignments.iter().filter_map(|a| a.column))?;
    Ok(Plan {
        target,
        source,
        assignments,
        values,
    })
}

fn assignment(
    ctx: &ExecContext<'_>,
    target: &Target,
    set: &SetClause,
    exprs: &mut Vec<Expr>,
) -> Result<Assignment> {
    let (column, variable, op, value) = match set {
        SetClause::Column { column, op, value } => (Some(column), None, *op, value),
        SetClause::Variable {
            variable,
            op,
            value,
        } => (None, Some(variable), *op, value),
        SetClause::VariableColumn {
            variable,
            column,
            op,
            value,
        } => (Some(column), Some(variable), *op, value),
    };
    let variable_slot = match variable {
        Some(name) => Some(
            ctx.frame
                .variables
                .slot(name)
                .ok_or_else(|| undeclared(name))?,
        ),
        None => None,
    };
    let ordinal = match column {
        Some(name) => Some(writable(ctx.session, target, name)?),
        None => None,
    };
    if matches!(value.kind, ExprKind::Default) {
        return Ok(Assignment {
            column: ordinal,
            variable: variable_slot,
            value: NewValue::Default,
        });
    }
    exprs.push(match (column, variable) {
        (Some(name), _) => compound_column(name, op, value),
        (None, Some(name)) => match binary(op) {
            Some(op) => compound(name, op, value),
            None => value.clone(),
        },
        (None, None) => value.clone(),
    });
    Ok(Assignment {
        column: ordinal,
        variable: variable_slot,
        value: NewValue::Computed(exprs.len() - 1),
    })
}

/// `c op= e` is `c = c op (e)`.
fn compound_column(name: &ObjectName, op: AssignOp, value: &Expr) -> Expr {
    let span: Span = value.span;
    match binary(op) {
        None => value.clone(),
        Some(op) => Expr {
            span,
            kind: ExprKind::Binary {
                op,
                left: Box::new(Expr {
                    span,
                    kind: ExprKind::Column(name.clone()),
                }),
                right: Box::new(Expr {
                    span,
                    kind: ExprKind::Paren(Box::new(value.clone())),
                }),
            },
        },
    }
}

/// The column that SET names: 207, 4104, 8102, 271, 272, 13537.
pub(super) fn writable(session: &Session, target: &Target, name: &ObjectName) -> Result<usize> {
    let def = &target.def;
    if let Some(qualifier) = name
        .parts
        .len()
        .checked_sub(2)
        .map(|at| &name.parts[at].text)
        && !qualifier.eq_ignore_ascii_case(target.name.base())
    {
        return Err(SqlError::new(
            4104,
            format!(
                "The multi-part identifier \"{}\" could not be bound.",
                crate::engine::resolve::written(name)
            ),
        )
        .compile());
    }
    let ordinal = def.column_ordinal(name.base()).ok_or_else(|| {
        SqlError::new(207, format!("Invalid column name '{}'.", name.base())).compile()
    })?;
    let column = &def.columns[ordinal];
    if column.identity.is_some() {
        return Err(SqlError::new(
            8102,
            format!("Cannot update identity column '{}'.", column.name),
        )
        .compile());
    }
    if column.computed.is_some() {
        return Err(SqlError::new(
            271,
            format!(
                "The column \"{}\" cannot be modified because it is either a computed column or is the result of a UNION operator.",
                column.name
            ),
        )
        .compile());
    }
    if column.sql_type.name == TypeName::RowVersion {
        return Err(SqlError::new(272, "Cannot update a timestamp column.").compile());
    }
    if column.generated.is_some() {
        return Err(SqlError::new(
            13537,
            format!(
                "Cannot update GENERATED ALWAYS columns in table '{}'.",
                session.full_name(def)
            ),
        )
        .compile());
    }
    Ok(ordinal)
}

fn refuse_duplicates(def: &TableDef, assignments: &[Assignment]) -> Result<()> {
    let mut seen = Vec::new();
    for ordinal in assignments.iter().filter_map(|a| a.column) {
        refuse_column_twice(def, seen.iter().copied(), ordinal)?;
        seen.push(ordinal);
    }
    Ok(())
}

pub(super) fn refuse_column_twice(
    def: &TableDef,
    mut seen: impl Iterator<Item = usize>,
    ordinal: usize,
) -> Result<()> {
    if !seen.any(|other| other == ordinal) {
        return Ok(());
    }
    Err(column_twice(&def.columns[ordinal].name))
}

/// 264.
pub(super) fn column_twice(name: &str) -> SqlError {
    SqlError::new(
        264,
        format!(
            "The column name '{name}' is specified more than once in the SET clause or column list of an INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause to make sure that a column is updated only once. If this statement updates or inserts columns into a view, column aliasing can conceal the duplication in your code."
        ),
    )
    .compile()
}

/// A value of a SET or VALUES clause, computed over a row and converted for its column.
pub(super) fn set_value(
    ctx: &mut ExecContext<'_>,
    writer: &Writer,
    ordinal: usize,
    expr: &query::BoundExpr,
    row: &[Value],
) -> Result<Value> {
    let value = query::eval(expr, row, ctx)?;
    writer.convert(ordinal, &value, expr.sql_type())
}

type Change = (RowId, Vec<Value>, Vec<Value>);

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    update: &Update,
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    let plan = plan(ctx, update)?;
    if !plan.target.side {
        ctx.session.refuse_if_doomed()?;
    }
    let limit = top_limit(ctx, None)?;
    let def = &plan.target.def;
    let mut writer = Writer::new(ctx, &plan.target, Verb::Update, Enforce::All)?;
    let sides = Sides {
        inserted: true,
        deleted: true,
    };
    let output_types = plan.source.extra.get(plan.values..).unwrap_or_default();
    let mut output = match &update.output {
        Some(output) => Some(OutputPlan::bind(ctx, output, def, sides, output_types)?),
        None => None,
    };
    let found = gather(ctx, &plan.source, def.columns.len(), limit)?;
    let mut changes: Vec<Change> = Vec::with_capacity(found.len());
    let mut extras = Vec::with_capacity(if output.is_some() { found.len() } else { 0 });
    for (id, old, extra) in found {
        let new = new_row(ctx, &plan, &writer, &old, &extra)?;
        if output.is_some() {
            extras.push(extra[plan.values..].to_vec());
        }
        changes.push((id, old, new));
    }
    let done = apply(ctx, &mut writer, &mut changes)?;
    writer.finish(ctx)?;
    if let Some(output) = &mut output {
        output.start(sink)?;
        for (((_, old, new), extra), there) in changes.iter().zip(&extras).zip(&done) {
            if *there {
                let mut row = new.clone();
                row.extend(old.iter().cloned());
                output.row(ctx, &row, extra, sink)?;
            }
        }
        output.finish(ctx)?;
    }
    Ok(done.iter().filter(|there| **there).count() as u64)
}

fn new_row(
    ctx: &mut ExecContext<'_>,
    plan: &Plan,
    writer: &Writer,
    old: &[Value],
    extra: &[Value],
) -> Result<Vec<Value>> {
    let mut new = old.to_vec();
    for assignment in &plan.assignments {
        let (value, from): (Value, SqlType) = match (&assignment.value, assignment.column) {
            (NewValue::Computed(at), _) => (extra[*at].clone(), plan.source.extra[*at].ty.clone()),
            (NewValue::Default, Some(ordinal)) => (
                default_value(ctx, &plan.target.def, ordinal)?,
                plan.target.def.columns[ordinal].sql_type.clone(),
            ),
            (NewValue::Default, None) => (Value::Null, SqlType::INT),
        };
        let mut from = from;
        let mut value = value;
        if let Some(ordinal) = assignment.column {
            value = writer.convert(ordinal, &value, &from)?;
            from = plan.target.def.columns[ordinal].sql_type.clone();
            new[ordinal] = value.clone();
        }
        if let Some(slot) = assignment.variable {
            let to = ctx.frame.variables.get(slot).sql_type.clone();
            let converted = conversion::to_variable(&value, &from, &to)?;
            ctx.frame.variables.set(slot, converted);
        }
    }
    Ok(new)
}

/// Row by row; when rows exchange unique keys, all of them leave before the first comes back.
fn apply(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    changes: &mut [Change],
) -> Result<Vec<bool>> {
    let mark = if changes.len() > 1 && !writer.side {
        ctx.session
            .transaction
            .txn
            .as_ref()
            .map(|txn| ctx.session.server.store.savepoint(txn))
    } else {
        None
    };
    let mut done = Vec::with_capacity(changes.len());
    for at in 0..changes.len() {
        if ctx.session.cancel.is_set() {
            return Err(SqlError::new(0, "").kind(crate::error::ErrorKind::Cancelled));
        }
        let (id, old, new) = &mut changes[at];
        match writer.update(ctx, *id, old, new) {
            Ok(there) => done.push(there),
            Err(error) if matches!(error.number, 2601 | 2627) && mark.is_some() => {
                if let (Some(mark), Some(txn)) = (mark, ctx.session.transaction.txn.as_mut()) {
                    ctx.session.server.store.rollback_to(txn, mark);
                }
                writer.forget();
                return writer.replace_all(ctx, changes);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
