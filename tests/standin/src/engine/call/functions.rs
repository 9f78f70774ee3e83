//! Scalar and multi-statement table functions.

use std::sync::Arc;

use crate::catalog::model::{ModuleDef, ObjectId};
use crate::error::{Result, SqlError};
use crate::protocol::{ColumnInfo, Done, EnvChange, ResultSink};
use crate::syntax::ast::{FunctionReturns, Statement, StatementKind};
use crate::types::{SqlType, Value};

use crate::engine::compile;
use crate::engine::frame::{ExecContext, Flow, Frame};
use crate::engine::interpret::{Unwind, run_statements};

/// A function sends nothing to a client.
struct Nowhere;

impl ResultSink for Nowhere {
    fn columns(&mut self, _: &[ColumnInfo]) -> Result<()> {
        Err(SqlError::new(
            444,
            "Select statements included within a function cannot return data to a client.",
        ))
    }
    fn row(&mut self, _: &[Value]) -> Result<()> {
        Ok(())
    }
    fn done(&mut self, _: Done) -> Result<()> {
        Ok(())
    }
    fn message(&mut self, _: &SqlError) -> Result<()> {
        Ok(())
    }
    fn env_change(&mut self, _: &EnvChange) -> Result<()> {
        Ok(())
    }
    fn return_status(&mut self, _: i32) -> Result<()> {
        Ok(())
    }
    fn return_value(&mut self, _: u16, _: &str, _: &SqlType, _: &Value) -> Result<()> {
        Ok(())
    }
}

/// The value of a scalar function; the arguments have the parameters' types.
pub fn call_scalar_function(
    ctx: &mut ExecContext<'_>,
    module: &Arc<ModuleDef>,
    args: Vec<Value>,
) -> Result<Value> {
    let StatementKind::CreateFunction(syntax) = &module.syntax.kind else {
        return Err(SqlError::not_implemented(format!(
            "function {}",
            module.name
        )));
    };
    let mut frame = match idle_frame(ctx, module) {
        Some(mut frame) => {
            frame.statement_time = ctx.frame.statement_time;
            frame.error = None;
            frame.variables.restart(args);
            frame
        }
        None => frame_of(ctx, module, args),
    };
    let outcome = run_body(ctx, &mut frame, &syntax.body);
    if frame.table_variables.is_empty() {
        ctx.session.idle_frames.insert(module.object_id, frame);
    } else {
        ctx.session.drop_table_variables(&frame);
    }
    Ok(match outcome? {
        Flow::Return(Some(value)) => value,
        _ => Value::Null,
    })
}

/// Runs a multi-statement table function; its rows are in the table whose id comes back, which the caller drops with
/// [`crate::engine::Session::drop_side_table`].
pub fn table_function_rows(
    ctx: &mut ExecContext<'_>,
    module: &Arc<ModuleDef>,
    args: Vec<Value>,
) -> Result<ObjectId> {
    let StatementKind::CreateFunction(syntax) = &module.syntax.kind else {
        return Err(SqlError::not_implemented(format!(
            "function {}",
            module.name
        )));
    };
    let FunctionReturns::Table { variable, body } = &syntax.returns else {
        return Err(SqlError::not_implemented(format!(
            "function {}",
            module.name
        )));
    };
    let mut frame = frame_of(ctx, module, args);
    let table = {
        let mut inner = ExecContext {
            session: ctx.session,
            frame: &mut frame,
        };
        compile::declare_table(&mut inner, variable, body)?
    };
    let outcome = run_body(ctx, &mut frame, &syntax.body);
    frame.table_variables.retain(|_, id| *id != table);
    ctx.session.drop_table_variables(&frame);
    match outcome {
        Ok(_) => Ok(table),
        Err(error) => {
            ctx.session.drop_side_table(table);
            Err(error)
        }
    }
}

/// The frame of an earlier call, with everything that it bound, if that still holds.
fn idle_frame(ctx: &mut ExecContext<'_>, module: &Arc<ModuleDef>) -> Option<Frame> {
    let frame = ctx.session.idle_frames.remove(&module.object_id)?;
    let same = frame
        .module
        .as_ref()
        .is_some_and(|known| Arc::ptr_eq(known, module));
    (same && frame.plans.is_current(ctx.session)).then_some(frame)
}

fn frame_of(ctx: &ExecContext<'_>, module: &Arc<ModuleDef>, args: Vec<Value>) -> Frame {
    let mut frame = Frame::new();
    frame.statement_time = ctx.frame.statement_time;
    frame.module = Some(Arc::clone(module));
    frame.in_function = true;
    for (parameter, value) in module.parameters.iter().zip(args) {
        frame
            .variables
            .declare(&parameter.name, parameter.sql_type.clone(), value);
    }
    frame
}

fn run_body(ctx: &mut ExecContext<'_>, frame: &mut Frame, body: &[Statement]) -> Result<Flow> {
    if ctx.session.nest_level >= 32 {
        return Err(SqlError::new(
            217,
            "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).",
        ));
    }
    ctx.session.nest_level += 1;
    let (row_count, last_error) = (ctx.session.row_count, ctx.session.last_error);
    let outcome = {
        let mut inner = ExecContext {
            session: ctx.session,
            frame,
        };
        let checked = if inner.frame.checked {
            Ok(())
        } else {
            compile::check(&mut inner, body)
        };
        inner.frame.checked = checked.is_ok();
        match checked {
            Ok(()) => run_statements(&mut inner, body, &mut Nowhere),
            Err(error) => Err(Unwind::Raise(error)),
        }
    };
    ctx.session.nest_level -= 1;
    ctx.session.row_count = row_count;
    ctx.session.last_error = last_error;
    match outcome {
        Ok(flow) => Ok(flow),
        Err(Unwind::Raise(error)) => Err(error),
        Err(_) => Err(SqlError::new(0, "").kind(crate::error::ErrorKind::Cancelled)),
    }
}
