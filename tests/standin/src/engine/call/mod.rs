//! EXECUTE: procedures, dynamic text, functions.

mod arguments;
mod dynamic;
mod functions;
mod native;
mod procedure;
pub(crate) mod rpc;
mod scope;

pub(crate) use arguments::Argument;
pub(crate) use dynamic::{ParameterSpec, parameter_specs, run_text};
pub use functions::{call_scalar_function, table_function_rows};
pub(crate) use procedure::{call, find, is_missing_procedure};

use crate::error::{Result, SqlError};
use crate::protocol::{Done, EXECUTE, ResultSink};
use crate::syntax::ast::{Execute, ExecuteTarget, ExecuteValue, Expr, ExprKind, ObjectName};
use crate::types::{SqlType, Value};

use super::conversion;
use super::frame::ExecContext;
use super::interpret::{Run, evaluate, scalar_as};
use super::resolve::written;
use super::statement;

/// What a call leaves behind.
pub(crate) struct Outcome {
    pub status: i32,
    /// The number of the error that ended the scope before its end.
    pub abandoned: Option<i32>,
    /// Argument position, type and value of what came back.
    pub outputs: Vec<(usize, SqlType, Value)>,
}

pub(crate) fn execute(
    ctx: &mut ExecContext<'_>,
    execute: &Execute,
    sink: &mut dyn ResultSink,
) -> Run<()> {
    match &execute.target {
        ExecuteTarget::Text(expr) => {
            let text = scalar_as(ctx, expr, &SqlType::nvarchar(SqlType::MAX))?;
            let text = super::interpret::text(&text);
            let ended =
                run_text(ctx, &text, &[], Vec::new(), sink).map_err(scope::seen_by_caller)?;
            close(ctx, ended.status, ended.abandoned, sink)?;
        }
        ExecuteTarget::Procedure(name) => run_named(ctx, execute, name, sink)?,
        ExecuteTarget::ProcedureVariable(variable) => {
            let value = ctx
                .frame
                .variables
                .lookup(variable)
                .map(|v| super::interpret::text(&v.value))
                .ok_or_else(|| super::interpret::undeclared(variable))?;
            let name = super::resolve::parse_name(&value);
            run_named(ctx, execute, &name, sink)?;
        }
    }
    Ok(())
}

fn run_named(
    ctx: &mut ExecContext<'_>,
    execute: &Execute,
    name: &ObjectName,
    sink: &mut dyn ResultSink,
) -> Run<()> {
    let args = actual_arguments(ctx, execute)?;
    let callee = find(ctx, name)?;
    let outcome = call(ctx, &callee, &written(name), args, sink).map_err(scope::seen_by_caller)?;
    for (position, from, value) in outcome.outputs {
        let Some(arg) = execute.args.get(position).filter(|arg| arg.output) else {
            continue;
        };
        if let ExecuteValue::Expr(Expr {
            kind: ExprKind::Variable(variable),
            ..
        }) = &arg.value
        {
            store(ctx, variable, &value, &from)?;
        }
    }
    if let Some(variable) = &execute.return_variable {
        store(ctx, variable, &Value::Int(outcome.status), &SqlType::INT)?;
    }
    close(ctx, outcome.status, outcome.abandoned, sink)?;
    Ok(())
}

/// Ends a call: in a batch with its status, inside of another scope with a DONEINPROC alone.
fn close(
    ctx: &ExecContext<'_>,
    status: i32,
    abandoned: Option<i32>,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let done = statement::done(ctx, EXECUTE, None);
    if !done.in_procedure && abandoned.is_none() {
        sink.return_status(status)?;
    }
    sink.done(Done {
        error: abandoned.is_some(),
        ..done
    })
}

fn store(ctx: &mut ExecContext<'_>, variable: &str, value: &Value, from: &SqlType) -> Result<()> {
    let slot = ctx
        .frame
        .variables
        .slot(variable)
        .ok_or_else(|| super::interpret::undeclared(variable))?;
    let to = ctx.frame.variables.get(slot).sql_type.clone();
    let value = conversion::to_variable(value, from, &to)?;
    ctx.frame.variables.set(slot, value);
    Ok(())
}

fn actual_arguments(ctx: &mut ExecContext<'_>, execute: &Execute) -> Result<Vec<Argument>> {
    let mut args = Vec::with_capacity(execute.args.len());
    for arg in &execute.args {
        let (sql_type, value, default) = match &arg.value {
            ExecuteValue::Default => (SqlType::INT, Value::Null, true),
            ExecuteValue::Word(word) => (SqlType::nvarchar(4000), Value::nvarchar(word), false),
            ExecuteValue::Expr(expr) => {
                let found = evaluate(ctx, expr)?;
                (found.sql_type, found.value, false)
            }
        };
        if arg.output
            && !matches!(
                &arg.value,
                ExecuteValue::Expr(Expr {
                    kind: ExprKind::Variable(_),
                    ..
                })
            )
        {
            return Err(SqlError::new(
                179,
                "Cannot use the OUTPUT option when passing a constant to a stored procedure.",
            )
            .class(15)
            .compile());
        }
        args.push(Argument {
            name: arg.name.clone().unwrap_or_default(),
            sql_type,
            value,
            output: arg.output,
            default,
        });
    }
    Ok(args)
}
