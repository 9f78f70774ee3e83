//! Procedures: found by name, called with arguments.

use std::sync::Arc;

use crate::catalog::model::{ModuleDef, ModuleKind};
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{ObjectName, StatementKind};
use crate::types::Value;

use super::arguments::{self, Argument};
use super::rpc::Prepared;
use super::{Outcome, dynamic, native, scope};
use crate::engine::compile;
use crate::engine::frame::{ExecContext, Flow, Frame};
use crate::engine::interpret::{Run, integer, run_statements};
use crate::engine::resolve::{Resolved, written};
use crate::engine::sysprocs::{self, ProcArgument, SystemProcedure};

/// What EXECUTE runs.
pub(crate) enum Callee {
    /// sp_executesql
    ExecuteSql,
    /// sp_prepare and its kin
    Prepared(Prepared),
    System(SystemProcedure),
    /// Written in T-SQL itself: its statements are statements of their own.
    Scripted(SystemProcedure),
    Module(Arc<ModuleDef>),
}

/// Is there no procedure of that name?
pub(crate) fn is_missing_procedure(ctx: &ExecContext<'_>, name: &ObjectName) -> bool {
    find(ctx, name).is_err_and(|e| e.number == 2812)
}

/// 2812.
pub(crate) fn find(ctx: &ExecContext<'_>, name: &ObjectName) -> Result<Callee> {
    let base = name.base().to_ascii_lowercase();
    let system_schema = name
        .schema()
        .is_none_or(|s| s.eq_ignore_ascii_case("sys") || s.eq_ignore_ascii_case("dbo"));
    if system_schema {
        if base == "sp_executesql" {
            return Ok(Callee::ExecuteSql);
        }
        if let Some(kind) = Prepared::of(&base) {
            return Ok(Callee::Prepared(kind));
        }
        if let Some(procedure) = sysprocs::scripted_procedure(&base) {
            return Ok(Callee::Scripted(procedure));
        }
        if let Some(procedure) = sysprocs::procedure(&base) {
            return Ok(Callee::System(procedure));
        }
    }
    ctx.session.named_database(name)?;
    match ctx.session.resolve(Some(ctx.frame), name)? {
        Some(Resolved::Module(module)) if module.kind == ModuleKind::Procedure => {
            Ok(Callee::Module(module))
        }
        Some(Resolved::Module(module)) if module.kind == ModuleKind::ScalarFunction => {
            Ok(Callee::Module(module))
        }
        Some(_) => Err(SqlError::new(
            2809,
            format!(
                "The request for procedure '{}' failed because '{}' is a table object.",
                name.base(),
                name.base()
            ),
        )
        .class(18)),
        None if system_schema && sysprocs::is_refused(&base) => Err(SqlError::not_implemented(
            format_args!("the system procedure {base}"),
        )),
        None => Err(SqlError::new(
            2812,
            format!("Could not find stored procedure '{}'.", written(name)),
        )
        .state(62)),
    }
}

pub(crate) fn call(
    ctx: &mut ExecContext<'_>,
    callee: &Callee,
    shown: &str,
    args: Vec<Argument>,
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    match callee {
        Callee::ExecuteSql => dynamic::execute_sql(ctx, args, sink),
        Callee::Prepared(kind) => super::rpc::run_kind(ctx, *kind, &args, sink),
        Callee::System(procedure) => run_system(ctx, *procedure, true, args, sink),
        Callee::Scripted(procedure) => run_system(ctx, *procedure, false, args, sink),
        Callee::Module(module) if module.kind == ModuleKind::ScalarFunction => {
            ctx.session.authorize_module(ctx.frame, module, "EXECUTE")?;
            let values = args.into_iter().map(|arg| arg.value).collect();
            let value = super::call_scalar_function(ctx, module, values)?;
            Ok(Outcome {
                status: integer(value).unwrap_or(0),
                abandoned: None,
                outputs: Vec::new(),
            })
        }
        Callee::Module(module) => {
            ctx.session.authorize_module(ctx.frame, module, "EXECUTE")?;
            run_module(ctx, module, shown, &args, sink)
        }
    }
}

fn run_system(
    ctx: &mut ExecContext<'_>,
    procedure: SystemProcedure,
    one_statement: bool,
    args: Vec<Argument>,
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    let args: Vec<ProcArgument> = args
        .into_iter()
        .map(|arg| ProcArgument {
            name: arg.name,
            sql_type: arg.sql_type,
            value: arg.value,
            output: arg.output,
            default: arg.default,
        })
        .collect();
    if one_statement && ctx.session.options.fmtonly {
        return Ok(Outcome {
            status: 0,
            abandoned: None,
            outputs: Vec::new(),
        });
    }
    ctx.session.procedure_depth += 1;
    let outcome = if one_statement {
        crate::engine::statement::within(ctx, |ctx| procedure(ctx, &args, sink))
    } else {
        procedure(ctx, &args, sink)
    };
    ctx.session.procedure_depth -= 1;
    let outcome = outcome?;
    Ok(Outcome {
        status: outcome.status,
        abandoned: None,
        outputs: outcome
            .outputs
            .into_iter()
            .map(|(at, value)| {
                let sql_type = args
                    .get(at)
                    .map_or(crate::types::SqlType::INT, |arg| arg.sql_type.clone());
                (at, sql_type, value)
            })
            .collect(),
    })
}

fn run_module(
    ctx: &mut ExecContext<'_>,
    module: &Arc<ModuleDef>,
    shown: &str,
    args: &[Argument],
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    let StatementKind::CreateProcedure(syntax) = &module.syntax.kind else {
        return Err(SqlError::not_implemented(format!("EXECUTE of {shown}")).into());
    };
    if syntax.atomic.is_some() {
        native::admit(ctx.session, syntax)?;
    }
    let (variables, outputs) = arguments::bind(shown, &module.parameters, args)?;
    let saved = scope::enter(ctx.session)?;
    let mut frame = Frame::new();
    frame.variables = variables;
    frame.module = Some(Arc::clone(module));
    frame.procedure = shown.to_owned();
    frame.in_procedure = true;
    frame.text = Arc::from(module.definition.as_str());
    ctx.session.options.quoted_identifier = module.quoted_identifier;
    ctx.session.options.ansi_nulls = module.ansi_nulls;
    let entered = ctx.session.execute_as_of(module);
    frame.impersonated = ctx.session.impersonated.len();
    let outcome = if let Err(error) = entered {
        Err(error.into())
    } else {
        let mut inner = ExecContext {
            session: ctx.session,
            frame: &mut frame,
        };
        match compile::check(&mut inner, &syntax.body) {
            Err(error) => Err(scope::located(&inner, error).into()),
            Ok(()) if syntax.atomic.is_some() => native::run(&mut inner, syntax, sink),
            Ok(()) => run_statements(&mut inner, &syntax.body, sink),
        }
    };
    let flow = scope::leave(ctx.session, &frame, saved, outcome)?;
    let abandoned = flow.as_ref().err().copied();
    let status = match flow {
        Ok(Flow::Return(Some(value))) => integer(value).unwrap_or(0),
        _ => frame.status(),
    };
    Ok(Outcome {
        status,
        abandoned,
        outputs: collect_outputs(module, &frame, &outputs),
    })
}

fn collect_outputs(
    module: &ModuleDef,
    frame: &Frame,
    wanted: &[Option<usize>],
) -> Vec<(usize, crate::types::SqlType, Value)> {
    module
        .parameters
        .iter()
        .zip(wanted)
        .filter_map(|(parameter, at)| {
            let at = (*at)?;
            let variable = frame.variables.lookup(&parameter.name)?;
            Some((at, variable.sql_type.clone(), variable.value.clone()))
        })
        .collect()
}
