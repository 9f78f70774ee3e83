//! Natively compiled procedures among the modules: when they may be created, and what is looked at beforehand.

use crate::catalog::model::ModuleDef;
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized::{
    MODULES, isolation, native, refuse_in_transaction as refuse,
};
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::IsolationLevel;
use crate::syntax::ast::{Statement, StatementKind};

use super::memory_table;

fn is_native(statement: &Statement) -> bool {
    let options = match &statement.kind {
        StatementKind::CreateProcedure(procedure) => &procedure.options,
        StatementKind::CreateFunction(function) => &function.options,
        _ => return false,
    };
    options
        .iter()
        .any(|o| o.name.eq_ignore_ascii_case("NATIVE_COMPILATION"))
}

/// 12331 in a transaction, 41332 in a SNAPSHOT session, and what no native procedure may be declared with.
pub(super) fn check(ctx: &ExecContext<'_>, statement: &Statement) -> Result<()> {
    if let StatementKind::CreateProcedure(procedure) = &statement.kind {
        native::check_shape(procedure)?;
    }
    if !is_native(statement) {
        return Ok(());
    }
    let StatementKind::CreateProcedure(procedure) = &statement.kind else {
        return Err(SqlError::not_implemented("natively compiled functions"));
    };
    for option in &procedure.options {
        if option.name.eq_ignore_ascii_case("RECOMPILE") {
            return Err(SqlError::not_implemented(
                "RECOMPILE of natively compiled procedures",
            ));
        }
    }
    refuse(ctx.session, MODULES)?;
    if ctx.session.options.isolation == IsolationLevel::Snapshot {
        return Err(isolation::under_snapshot());
    }
    Ok(())
}

/// A natively compiled module is not replaced or dropped in a transaction (12331).
pub(super) fn refuse_in_transaction(ctx: &ExecContext<'_>, module: &ModuleDef) -> Result<()> {
    if module.is_native() {
        return refuse(ctx.session, MODULES);
    }
    Ok(())
}

/// The body and the parameters of a native procedure; the module's name goes with the error.
pub(super) fn check_body(ctx: &ExecContext<'_>, module: &ModuleDef) -> Result<()> {
    let StatementKind::CreateProcedure(procedure) = &module.syntax.kind else {
        return Ok(());
    };
    if !module.is_native() {
        return Ok(());
    }
    for parameter in &module.parameters {
        // The message for modules is not known.
        memory_table::check_type(&parameter.sql_type).map_err(|_| {
            SqlError::not_implemented(format_args!(
                "a parameter of type {} of a natively compiled module",
                parameter.sql_type.name()
            ))
        })?;
    }
    native::check_body(ctx, procedure).map_err(|mut error| {
        module.name.clone_into(&mut error.procedure);
        if error.number != 50000 {
            error.kind = ErrorKind::Runtime;
        }
        error
    })
}
