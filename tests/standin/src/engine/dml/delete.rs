//! DELETE.

use crate::error::Result;
use crate::protocol::ResultSink;
use crate::query::{self, BindContext, BoundDmlSource, DmlSource};
use crate::storage::RowId;
use crate::syntax::ast::Delete;
use crate::types::Value;

use super::insert::top_limit;
use super::insert_row::as_i64;
use super::output::{OutputPlan, Sides, source_exprs};
use super::target::{self, Target, Verb};
use super::writer::{Enforce, Writer};
use crate::engine::frame::ExecContext;

pub(super) struct Plan {
    target: Target,
    source: BoundDmlSource,
}

pub(super) fn plan(ctx: &ExecContext<'_>, delete: &Delete) -> Result<Plan> {
    let target = target::find_in_from(
        ctx.session,
        ctx.frame,
        &delete.target,
        &delete.from,
        Verb::Delete,
    )?;
    let from = target::with_target(&delete.target, &delete.from);
    let extra = source_exprs(delete.output.as_ref());
    let source = query::bind_dml_source(
        &BindContext::new(ctx.session, ctx.frame),
        &DmlSource {
            target: target.def.object_id,
            target_name: target.name.base(),
            with: &delete.with,
            from: &from,
            where_: delete.where_.as_ref(),
            top: delete.top.as_ref(),
            hints: target.hints,
            extra: &extra,
            before_extra: None,
        },
    )?;
    Ok(Plan { target, source })
}

/// Row id, old row, extra values.
pub(super) type Gathered = (RowId, Vec<Value>, Vec<Value>);

/// Every row that the source finds; all are found before the first is touched.
pub(super) fn gather(
    ctx: &mut ExecContext<'_>,
    source: &BoundDmlSource,
    width: usize,
    limit: Option<u64>,
) -> Result<Vec<Gathered>> {
    let mut rows: Vec<Gathered> = Vec::new();
    query::execute_plan(ctx, &source.plan, &mut |_, row| {
        if limit.is_none_or(|limit| (rows.len() as u64) < limit) {
            let id = RowId(as_i64(&row[0]).cast_unsigned());
            rows.push((id, row[1..=width].to_vec(), row[width + 1..].to_vec()));
        }
        Ok(())
    })?;
    Ok(rows)
}

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    delete: &Delete,
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    let plan = plan(ctx, delete)?;
    if !plan.target.side {
        ctx.session.refuse_if_doomed()?;
    }
    let limit = top_limit(ctx, None)?;
    let width = plan.target.def.columns.len();
    let mut writer = Writer::new(ctx, &plan.target, Verb::Delete, Enforce::All)?;
    let sides = Sides {
        inserted: false,
        deleted: true,
    };
    let mut output = match &delete.output {
        Some(output) => Some(OutputPlan::bind(
            ctx,
            output,
            &plan.target.def,
            sides,
            &plan.source.extra,
        )?),
        None => None,
    };
    let rows = gather(ctx, &plan.source, width, limit)?;
    if let Some(output) = &output {
        output.start(sink)?;
    }
    let mut count = 0;
    for (id, old, extra) in rows {
        if !writer.delete(ctx, id, &old)? {
            continue;
        }
        if let Some(output) = &mut output {
            output.row(ctx, &old, &extra, sink)?;
        }
        count += 1;
    }
    writer.finish(ctx)?;
    if let Some(output) = &mut output {
        output.finish(ctx)?;
    }
    Ok(count)
}
