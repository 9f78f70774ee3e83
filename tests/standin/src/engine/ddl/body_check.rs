//! The body of a procedure or function, bound when it is created: every error in it refuses the definition. A statement
//! that names an object which is not there yet is bound when it runs.

use std::sync::Arc;

use crate::catalog::model::{ModuleDef, ModuleKind, ParameterDef};
use crate::engine::compile;
use crate::engine::frame::{ExecContext, Frame};
use crate::engine::resolve::written;
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{
    ExecuteTarget, FunctionReturns, SelectStatement, Statement, StatementKind,
};
use crate::types::Value;

use super::{binding, body_shape};

/// Binds the body. The module's name goes with every error.
pub(super) fn check(ctx: &mut ExecContext<'_>, module: &ModuleDef) -> Result<()> {
    let syntax = Arc::clone(&module.syntax);
    let (body, table) = match &syntax.kind {
        StatementKind::CreateProcedure(procedure) => (procedure.body.as_slice(), None),
        StatementKind::CreateFunction(function) => match &function.returns {
            FunctionReturns::Scalar(_) => (function.body.as_slice(), None),
            FunctionReturns::Table { variable, body } => {
                (function.body.as_slice(), Some((variable, body)))
            }
            FunctionReturns::Inline(_) => return Ok(()),
        },
        _ => return Ok(()),
    };
    let mut frame = frame_of(module);
    let outcome = {
        let mut inner = ExecContext {
            session: ctx.session,
            frame: &mut frame,
        };
        match table {
            Some((variable, table)) => {
                compile::declare_table(&mut inner, variable, table).map(|_| ())
            }
            None => Ok(()),
        }
        .and_then(|()| compile::check(&mut inner, body))
    };
    ctx.session.drop_table_variables(&frame);
    let mut errors = match outcome {
        Ok(()) => Vec::new(),
        Err(error) => flat(error),
    };
    // What the stand-in does not execute is refused when it runs.
    errors.retain(|e| e.number != 50000);
    let errors = in_order(errors, || match module.kind {
        ModuleKind::Procedure => Vec::new(),
        _ => body_shape::violations(body),
    });
    refuse(errors, &module.name)
}

fn frame_of(module: &ModuleDef) -> Frame {
    let mut frame = Frame::new();
    for parameter in &module.parameters {
        // A name that comes twice was refused before (134).
        let _ = frame
            .variables
            .declare(&parameter.name, parameter.sql_type.clone(), Value::Null);
    }
    frame.module = Some(Arc::new(module.clone()));
    frame.in_procedure = module.kind == ModuleKind::Procedure;
    frame.in_function = module.kind == ModuleKind::ScalarFunction;
    frame
}

fn flat(mut error: SqlError) -> Vec<SqlError> {
    let more = std::mem::take(&mut error.follow_ups);
    std::iter::once(error)
        .chain(more.into_iter().flat_map(flat))
        .collect()
}

/// Errors of class 15 are found first and alone; names come before all else; nothing comes after a conversion that
/// cannot be (529); what a function may not hold comes last.
fn in_order(errors: Vec<SqlError>, shape: impl FnOnce() -> Vec<SqlError>) -> Vec<SqlError> {
    if errors.iter().any(|e| e.class == 15) {
        return errors.into_iter().filter(|e| e.class == 15).collect();
    }
    if let Some(at) = errors.iter().position(|e| e.number == 529) {
        return errors.into_iter().take(at + 1).collect();
    }
    let (mut all, rest): (Vec<_>, Vec<_>) = errors
        .into_iter()
        .partition(|e| matches!(e.number, 207 | 209 | 4104));
    all.extend(rest);
    all.extend(shape());
    all
}

fn refuse(errors: Vec<SqlError>, name: &str) -> Result<()> {
    let mut errors = errors.into_iter().map(|mut error| {
        error.kind = ErrorKind::Runtime;
        name.clone_into(&mut error.procedure);
        error
    });
    let Some(mut first) = errors.next() else {
        return Ok(());
    };
    first.follow_ups.extend(errors);
    Err(first)
}

/// Columns of an inline function: 4514 without a name, 4506 twice. Nothing of it is deferred.
pub(super) fn inline_columns(
    ctx: &ExecContext<'_>,
    name: &str,
    parameters: &[ParameterDef],
    select: &SelectStatement,
) -> Result<Vec<crate::protocol::ColumnInfo>> {
    let mut frame = Frame::new();
    for parameter in parameters {
        let _ = frame
            .variables
            .declare(&parameter.name, parameter.sql_type.clone(), Value::Null);
    }
    let shape = binding::query_shape(ctx.session, &frame, select).map_err(|mut error| {
        error.kind = ErrorKind::Runtime;
        name.clone_into(&mut error.procedure);
        error
    })?;
    if let Some(at) = shape.columns.iter().position(|c| c.name.is_empty()) {
        return Err(SqlError::new(
            4514,
            format!(
                "CREATE FUNCTION failed because a column name is not specified for column {}.",
                at + 1
            ),
        ));
    }
    Ok(shape.columns)
}

/// 2007 for every procedure that the body calls and that is not there.
pub(super) fn tell_missing(
    ctx: &ExecContext<'_>,
    name: &str,
    statement: &Statement,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let StatementKind::CreateProcedure(procedure) = &statement.kind else {
        return Ok(());
    };
    let mut told: Vec<String> = Vec::new();
    let mut missing = Vec::new();
    body_shape::each_statement(&procedure.body, &mut |statement| {
        if let StatementKind::Execute(execute) = &statement.kind
            && let ExecuteTarget::Procedure(callee) = &execute.target
            && callee.parts.len() <= 2
            && crate::engine::is_missing_procedure(ctx, callee)
        {
            missing.push(written(callee));
        }
    });
    for callee in missing {
        if told.iter().any(|t| t.eq_ignore_ascii_case(&callee)) {
            continue;
        }
        sink.message(&crate::engine::info(
            2007,
            1,
            format!(
                "The module '{name}' depends on the missing object '{callee}'. The module will still be created; however, it cannot run successfully until the object exists."
            ),
        ))?;
        told.push(callee);
    }
    Ok(())
}
