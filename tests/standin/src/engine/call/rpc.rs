//! Remote procedure calls: the numbered ones that client libraries use, and procedures by name.

use crate::error::{ErrorKind, SqlError};
use crate::protocol::{ResultSink, RpcParameter, RpcProcedure, RpcRequest};
use crate::types::{SqlType, Value};

use super::dynamic::{match_parameters, parameter_specs, run_text};
use super::{Argument, Outcome, call, find};
use crate::engine::frame::ExecContext;
use crate::engine::interpret::{Run, Unwind, integer, text};
use crate::engine::messages;
use crate::engine::session::PreparedStatement;

/// The procedures around prepared statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prepared {
    Prepare,
    Execute,
    PrepareAndExecute,
    Unprepare,
}

impl Prepared {
    /// By lower-case name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "sp_prepare" => Self::Prepare,
            "sp_execute" => Self::Execute,
            "sp_prepexec" => Self::PrepareAndExecute,
            "sp_unprepare" => Self::Unprepare,
            _ => return None,
        })
    }
}

pub(super) fn run_kind(
    ctx: &mut ExecContext<'_>,
    kind: Prepared,
    args: &[Argument],
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    match kind {
        Prepared::Prepare => prepare(ctx, args),
        Prepared::Execute => execute_prepared(ctx, args, sink),
        Prepared::PrepareAndExecute => prepare_and_execute(ctx, args, sink),
        Prepared::Unprepare => unprepare(ctx, args),
    }
}

pub(crate) fn run(
    ctx: &mut ExecContext<'_>,
    request: &RpcRequest,
    sink: &mut dyn ResultSink,
) -> Run<()> {
    let name = match &request.procedure {
        RpcProcedure::Id(id) => numbered(*id)?.to_owned(),
        RpcProcedure::Name(name) => name.clone(),
    };
    let args: Vec<Argument> = request.parameters.iter().map(argument).collect();
    ctx.session.procedure_depth += 1;
    let mut outcome = by_name(ctx, &name, args, sink);
    if let Ok(outcome) = &mut outcome
        && is_text(&name)
    {
        outcome.status = 0;
    }
    match outcome {
        Ok(Outcome {
            abandoned: Some(number),
            ..
        })
        | Err(Unwind::Scope(number)) => {
            sink.return_status(number)?;
            Err(Unwind::Scope(number))
        }
        Ok(outcome) => finish(request, outcome, sink),
        Err(Unwind::Raise(error)) => settle(ctx, error, sink),
        Err(other) => Err(other),
    }
}

/// Calls whose status is 0 whatever their statements did.
fn is_text(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "sp_executesql" | "sp_execute" | "sp_prepexec"
    )
}

/// An error of the call itself: no statement of a batch reported it.
fn settle(ctx: &mut ExecContext<'_>, error: SqlError, sink: &mut dyn ResultSink) -> Run<()> {
    if error.kind == ErrorKind::Compile {
        // The text could not be compiled: its status is the error's number.
        let error = messages::locate(ctx.frame, error);
        ctx.session.last_error = error.number;
        messages::send(sink, &error)?;
        if ctx.session.options.xact_abort {
            ctx.session.rollback_all(sink);
        }
        sink.return_status(error.number)?;
        return Err(Unwind::Scope(error.number));
    }
    if crate::engine::Session::aborts_batch(&error) || ctx.session.options.xact_abort {
        ctx.session.rollback_all(sink);
    }
    Err(Unwind::Raise(error))
}

fn numbered(id: u16) -> Result<&'static str, SqlError> {
    Ok(match id {
        10 => "sp_executesql",
        11 => "sp_prepare",
        12 => "sp_execute",
        13 => "sp_prepexec",
        15 => "sp_unprepare",
        other => {
            return Err(SqlError::not_implemented(format!(
                "remote procedure number {other} (server cursors)"
            )));
        }
    })
}

fn argument(parameter: &RpcParameter) -> Argument {
    Argument {
        name: parameter.name.clone(),
        sql_type: parameter.sql_type.clone(),
        value: parameter.value.clone(),
        output: parameter.output,
        default: parameter.default,
    }
}

fn finish(request: &RpcRequest, outcome: Outcome, sink: &mut dyn ResultSink) -> Run<()> {
    sink.return_status(outcome.status)?;
    for (position, sql_type, value) in outcome.outputs {
        let Some(parameter) = request.parameters.get(position) else {
            continue;
        };
        let ordinal = u16::try_from(position).unwrap_or(u16::MAX);
        sink.return_value(ordinal, &parameter.name, &sql_type, &value)?;
    }
    Ok(())
}

fn by_name(
    ctx: &mut ExecContext<'_>,
    name: &str,
    args: Vec<Argument>,
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    let parsed = crate::engine::resolve::parse_name(name);
    let callee = find(ctx, &parsed)?;
    call(ctx, &callee, name, args, sink)
}

/// 8179.
fn prepared(ctx: &ExecContext<'_>, args: &[Argument]) -> Result<PreparedStatement, SqlError> {
    let handle = args
        .first()
        .and_then(|arg| integer(arg.value.clone()))
        .unwrap_or(0);
    ctx.session.prepared.get(&handle).cloned().ok_or_else(|| {
        SqlError::new(
            8179,
            format!("Could not find prepared statement with handle {handle}."),
        )
        .state(2)
    })
}

fn keep(ctx: &mut ExecContext<'_>, statement: PreparedStatement) -> i32 {
    ctx.session.next_handle += 1;
    let handle = ctx.session.next_handle;
    ctx.session.prepared.insert(handle, statement);
    handle
}

fn argument_text(args: &[Argument], at: usize) -> String {
    args.get(at).map(|arg| text(&arg.value)).unwrap_or_default()
}

/// sp_prepare @handle OUTPUT, @params, @stmt, @options
fn prepare(ctx: &mut ExecContext<'_>, args: &[Argument]) -> Run<Outcome> {
    let statement = PreparedStatement {
        declaration: argument_text(args, 1),
        text: argument_text(args, 2),
    };
    parameter_specs(ctx, &statement.declaration)?;
    crate::engine::compile::parse(ctx.session, &statement.text)?;
    let handle = keep(ctx, statement);
    Ok(Outcome {
        status: 0,
        abandoned: None,
        outputs: vec![(0, SqlType::INT, Value::Int(handle))],
    })
}

fn run_prepared(
    ctx: &mut ExecContext<'_>,
    statement: &PreparedStatement,
    actual: &[Argument],
    skipped: usize,
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    let specs = parameter_specs(ctx, &statement.declaration)?;
    let (values, positions) =
        match_parameters(&statement.declaration, &statement.text, &specs, actual)?;
    let ended = run_text(ctx, &statement.text, &specs, values, sink)?;
    let outputs = specs
        .iter()
        .zip(ended.finals)
        .zip(positions)
        .filter_map(|((spec, value), at)| {
            let at = at?;
            actual[at]
                .output
                .then(|| (at + skipped, spec.sql_type.clone(), value))
        })
        .collect();
    Ok(Outcome {
        status: ctx.session.last_error,
        abandoned: ended.abandoned,
        outputs,
    })
}

fn execute_prepared(
    ctx: &mut ExecContext<'_>,
    args: &[Argument],
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    let statement = prepared(ctx, args)?;
    let actual = args.get(1..).unwrap_or_default();
    run_prepared(ctx, &statement, actual, 1, sink)
}

/// sp_prepexec @handle OUTPUT, @params, @stmt, values ...
fn prepare_and_execute(
    ctx: &mut ExecContext<'_>,
    args: &[Argument],
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    let statement = PreparedStatement {
        declaration: argument_text(args, 1),
        text: argument_text(args, 2),
    };
    let actual = args.get(3..).unwrap_or_default();
    let handle = keep(ctx, statement.clone());
    let mut outcome = run_prepared(ctx, &statement, actual, 3, sink)?;
    outcome
        .outputs
        .insert(0, (0, SqlType::INT, Value::Int(handle)));
    Ok(outcome)
}

fn unprepare(ctx: &mut ExecContext<'_>, args: &[Argument]) -> Run<Outcome> {
    prepared(ctx, args)?;
    if let Some(handle) = args.first().and_then(|arg| integer(arg.value.clone())) {
        ctx.session.prepared.remove(&handle);
    }
    Ok(Outcome {
        status: 0,
        abandoned: None,
        outputs: Vec::new(),
    })
}
