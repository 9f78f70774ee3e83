//! IF, WHILE, blocks, TRY/CATCH, GOTO, RETURN.

use crate::error::{ErrorKind, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{Expr, Statement, StatementKind};
use crate::types::{SqlType, Value};

use super::expressions::{condition, scalar_as};
use super::{Run, Unwind, run_statement};
use crate::engine::frame::{ExecContext, Flow};
use crate::engine::{messages, statement};

/// Runs a list of statements; a GOTO to a label of this list is served here.
pub(crate) fn run_statements(
    ctx: &mut ExecContext<'_>,
    statements: &[Statement],
    sink: &mut dyn ResultSink,
) -> Run {
    let mut at = 0;
    while let Some(stmt) = statements.get(at) {
        match run_statement(ctx, stmt, sink)? {
            Flow::Next => at += 1,
            Flow::Goto(label) => {
                match statements.iter().position(|s| is_label(s, &label)) {
                    Some(position) => at = position + 1,
                    None => return Ok(Flow::Goto(label)),
                }
                if ctx.session.cancel.is_set() {
                    return Err(Unwind::Cancelled);
                }
            }
            leaves => return Ok(leaves),
        }
    }
    Ok(Flow::Next)
}

fn is_label(stmt: &Statement, wanted: &str) -> bool {
    matches!(&stmt.kind, StatementKind::Label(name) if name.eq_ignore_ascii_case(wanted))
}

pub(super) fn run(ctx: &mut ExecContext<'_>, stmt: &Statement, sink: &mut dyn ResultSink) -> Run {
    match &stmt.kind {
        StatementKind::If {
            condition: test,
            then,
            otherwise,
        } => {
            if ctx.session.options.fmtonly {
                run_statement(ctx, then, sink)?;
                if let Some(other) = otherwise {
                    run_statement(ctx, other, sink)?;
                }
                return Ok(Flow::Next);
            }
            let holds = tested(ctx, stmt, test, sink)?;
            ctx.session.row_count = 0;
            ctx.session.last_error = 0;
            match (holds, otherwise) {
                (true, _) => run_statement(ctx, then, sink),
                (false, Some(other)) => run_statement(ctx, other, sink),
                (false, None) => Ok(Flow::Next),
            }
        }
        StatementKind::While {
            condition: test,
            body,
        } => run_while(ctx, stmt, test, body, sink),
        StatementKind::Block(statements) => run_statements(ctx, statements, sink),
        StatementKind::TryCatch {
            try_block,
            catch_block,
        } => run_try(ctx, try_block, catch_block, sink),
        StatementKind::Label(_) => Ok(Flow::Next),
        // Nothing runs, so nothing is left out.
        _ if ctx.session.options.fmtonly => Ok(Flow::Next),
        StatementKind::Return(value) => {
            let flow = run_return(ctx, value.as_ref(), sink)?;
            let count = value.is_some().then_some(1);
            sink.done(statement::done(
                ctx,
                statement::command_code(&stmt.kind),
                count,
            ))?;
            Ok(flow)
        }
        leaving => {
            sink.done(statement::done(ctx, statement::command_code(leaving), None))?;
            Ok(match leaving {
                StatementKind::Break => Flow::Break,
                StatementKind::Continue => Flow::Continue,
                StatementKind::Goto(label) => Flow::Goto(label.clone()),
                _ => Flow::Next,
            })
        }
    }
}

/// The condition of IF and WHILE, which is told to the client each time.
fn tested(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    test: &Expr,
    sink: &mut dyn ResultSink,
) -> Run<bool> {
    let holds = condition(ctx, test)?;
    messages::null_eliminated(ctx, sink)?;
    sink.done(statement::done(
        ctx,
        statement::command_code(&stmt.kind),
        None,
    ))?;
    Ok(holds)
}

fn run_while(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    test: &Expr,
    body: &Statement,
    sink: &mut dyn ResultSink,
) -> Run {
    if ctx.session.options.fmtonly {
        return run_statement(ctx, body, sink);
    }
    loop {
        if ctx.session.cancel.is_set() {
            return Err(Unwind::Cancelled);
        }
        ctx.frame.line = i32::try_from(stmt.span.line).unwrap_or(i32::MAX);
        if !tested(ctx, stmt, test, sink)? {
            break;
        }
        match run_statement(ctx, body, sink)? {
            Flow::Next | Flow::Continue => {}
            Flow::Break => break,
            leaves => return Ok(leaves),
        }
    }
    ctx.session.row_count = 0;
    ctx.session.last_error = 0;
    Ok(Flow::Next)
}

fn run_try(
    ctx: &mut ExecContext<'_>,
    try_block: &[Statement],
    catch_block: &[Statement],
    sink: &mut dyn ResultSink,
) -> Run {
    if ctx.session.options.fmtonly {
        run_statements(ctx, try_block, sink)?;
        return run_statements(ctx, catch_block, sink);
    }
    sink.done(statement::done(ctx, statement::BEGIN_TRY, None))?;
    ctx.session.try_depth += 1;
    let nest = ctx.session.nest_level;
    let outcome = run_statements(ctx, try_block, sink);
    ctx.session.try_depth -= 1;
    let error = match outcome {
        // An error of this scope's own compilation passes its TRY and ends the scope.
        Err(Unwind::Raise(error)) if error.kind != ErrorKind::Compile => error,
        other => return ended(ctx, other, sink),
    };
    ctx.session.nest_level = nest;
    ctx.session.last_error = error.number;
    let outer = ctx.frame.error.replace(error);
    sink.done(statement::done(ctx, statement::BEGIN_CATCH, None))?;
    let outcome = run_statements(ctx, catch_block, sink);
    if !matches!(outcome, Err(Unwind::Raise(_))) {
        ctx.session.last_error = 0;
    }
    ctx.frame.error = outer;
    ended(ctx, outcome, sink)
}

/// The end of TRY ... CATCH, unless it was left before.
fn ended(ctx: &mut ExecContext<'_>, outcome: Run, sink: &mut dyn ResultSink) -> Run {
    if matches!(outcome, Ok(Flow::Next)) {
        sink.done(statement::done(ctx, statement::END_TRY, None))?;
    }
    outcome
}

fn run_return(ctx: &mut ExecContext<'_>, value: Option<&Expr>, sink: &mut dyn ResultSink) -> Run {
    let Some(expr) = value else {
        return Ok(Flow::Return(None));
    };
    if ctx.frame.in_function {
        let target = ctx
            .frame
            .module
            .as_ref()
            .and_then(|module| module.returns.clone())
            .unwrap_or(SqlType::INT);
        return Ok(Flow::Return(Some(scalar_as(ctx, expr, &target)?)));
    }
    if !ctx.frame.in_procedure {
        return Err(SqlError::new(
            178,
            "A RETURN statement with a return value cannot be used in this context.",
        )
        .class(15)
        .compile()
        .into());
    }
    let status = scalar_as(ctx, expr, &SqlType::INT)?;
    if status.is_null() {
        let name = ctx.frame.procedure.clone();
        let warning = SqlError::new(
            282,
            format!(
                "The '{name}' procedure attempted to return a status of NULL, which is not allowed. A status of 0 will be returned instead."
            ),
        )
        .class(0)
        .state(0)
        .line(ctx.frame.line);
        let _ = sink.message(&warning);
        return Ok(Flow::Return(Some(Value::Int(0))));
    }
    Ok(Flow::Return(Some(status)))
}
