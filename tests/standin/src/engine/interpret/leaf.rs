//! Statements that do something and end: each gets its transaction, its counts and its DONE.

use std::time::{Duration, Instant};

use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::{EnvChange, ResultSink};
use crate::syntax::ast::{Expr, Statement, StatementKind, TransactionName};
use crate::types::{SqlType, Value};

use super::expressions::{scalar, scalar_as};
use super::raise::{self, RaisErrorArguments, integer, text};
use super::{Run, fmtonly, select, set_options, variables};
use crate::engine::faults::FaultPoint;
use crate::engine::frame::ExecContext;
use crate::engine::{call, ddl, dml, messages, statement};

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    sink: &mut dyn ResultSink,
) -> Run<()> {
    if ctx.session.options.noexec && !matches!(stmt.kind, StatementKind::SetOption(_)) {
        return Ok(());
    }
    if let StatementKind::Execute(execute) = &stmt.kind {
        return call::execute(ctx, execute, sink);
    }
    if ctx.session.options.fmtonly && !matches!(stmt.kind, StatementKind::SetOption(_)) {
        return Ok(fmtonly::describe(ctx, stmt, sink)?);
    }
    let counted = perform(ctx, stmt, sink)?;
    messages::null_eliminated(ctx, sink)?;
    ctx.session.last_error = ctx.session.forced_error.take().unwrap_or(0);
    match counted {
        Count::Keep => return Ok(()),
        Count::Assigned(rows) => {
            ctx.session.row_count = rows;
            sink.done(statement::done(ctx, statement::SELECT, Some(rows)))?;
        }
        Count::Done(rows) => {
            ctx.session.row_count = rows.unwrap_or(0);
            if !statement::is_silent(&stmt.kind) {
                let command = statement::command_code(&stmt.kind);
                sink.done(statement::done(ctx, command, rows))?;
            }
        }
    }
    Ok(())
}

/// What a statement leaves in @@ROWCOUNT and in its DONE.
pub(crate) enum Count {
    /// Leaves both alone.
    Keep,
    /// An assignment, which ends as a SELECT does.
    Assigned(i64),
    /// DONE, with a count where the statement counts rows.
    Done(Option<i64>),
}

fn perform(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    sink: &mut dyn ResultSink,
) -> Result<Count> {
    match &stmt.kind {
        StatementKind::Select(query) => {
            ctx.session.begin_implicitly(sink)?;
            select::run(ctx, query, sink)
        }
        StatementKind::Insert(_)
        | StatementKind::Update(_)
        | StatementKind::Delete(_)
        | StatementKind::Merge(_)
        | StatementKind::Truncate(_) => write(ctx, stmt, sink),
        StatementKind::InsertBulk(bulk) => {
            dml::bulk::announce(ctx, bulk)?;
            Ok(Count::Keep)
        }
        StatementKind::Declare(declarations) => Ok(match variables::declare(ctx, declarations)? {
            true => Count::Assigned(1),
            false => Count::Keep,
        }),
        StatementKind::DeclareTable { .. } => Ok(Count::Keep),
        StatementKind::Set(set) => {
            variables::set(ctx, set)?;
            Ok(Count::Assigned(1))
        }
        StatementKind::SetOption(options) => {
            for option in options {
                set_options::apply(ctx, option, sink)?;
            }
            ctx.session.publish();
            Ok(Count::Done(None))
        }
        StatementKind::Throw(operands) => {
            raise::throw(ctx, operands.as_ref())?;
            Ok(Count::Done(None))
        }
        StatementKind::RaisError {
            message,
            severity,
            state,
            args,
            options,
        } => {
            let raise = RaisErrorArguments {
                message,
                severity,
                state,
                args,
                options,
            };
            raise::raiserror(ctx, &raise, sink)?;
            Ok(Count::Done(None))
        }
        StatementKind::Print(expr) => {
            raise::print(ctx, expr, sink)?;
            Ok(Count::Done(None))
        }
        StatementKind::WaitForDelay(delay) => {
            wait_for(ctx, delay)?;
            Ok(Count::Done(None))
        }
        StatementKind::Use(name) => {
            use_database(ctx, &name.text, sink)?;
            Ok(Count::Done(None))
        }
        StatementKind::Kill(spid) => {
            kill(ctx, spid)?;
            Ok(Count::Done(None))
        }
        StatementKind::ExecuteAs { user, .. } => {
            match user {
                Some(user) => {
                    let name = text(&scalar(ctx, user)?);
                    ctx.session.execute_as_user(&name)?;
                }
                None => ctx.session.execute_as_caller(),
            }
            Ok(Count::Done(None))
        }
        StatementKind::Revert => {
            ctx.session.revert(ctx.frame.impersonated);
            Ok(Count::Done(None))
        }
        StatementKind::BeginTransaction { .. }
        | StatementKind::Commit { .. }
        | StatementKind::Rollback { .. }
        | StatementKind::SaveTransaction(_) => {
            transaction(ctx, stmt, sink)?;
            Ok(Count::Done(None))
        }
        _ => define(ctx, stmt, sink),
    }
}

fn write(ctx: &mut ExecContext<'_>, stmt: &Statement, sink: &mut dyn ResultSink) -> Result<Count> {
    ctx.session.begin_implicitly(sink)?;
    let rows = dml::run(ctx, stmt, sink)?;
    if let Some(fault) = ctx.session.fault(FaultPoint::AfterCommit)
        && ctx.session.transaction.count == 0
    {
        return Err(fault);
    }
    Ok(Count::Done(rows))
}

/// CREATE, ALTER, DROP and administration: transactional unless SQL Server's is not.
fn define(ctx: &mut ExecContext<'_>, stmt: &Statement, sink: &mut dyn ResultSink) -> Result<Count> {
    ctx.session.begin_implicitly(sink)?;
    ctx.session.refuse_if_doomed()?;
    if let Some(command) = statement::long_command(&stmt.kind) {
        let spid = ctx.session.spid;
        ctx.session
            .server
            .update(spid, |info| info.command = command);
    }
    if let Some(fault) = ctx.session.fault(FaultPoint::BeforeStatement) {
        return Err(fault);
    }
    statement::within(ctx, |ctx| {
        let text = std::sync::Arc::clone(&ctx.frame.text);
        ddl::execute_with_text(ctx, stmt, &text, sink)
    })?;
    Ok(Count::Done(None))
}

fn transaction_name(
    ctx: &mut ExecContext<'_>,
    name: Option<&TransactionName>,
) -> Result<Option<String>> {
    Ok(match name {
        None => None,
        Some(TransactionName::Name(ident)) => Some(ident.text.clone()),
        Some(TransactionName::Variable(variable)) => {
            let found = ctx
                .frame
                .variables
                .lookup(variable)
                .ok_or_else(|| variables::undeclared(variable))?;
            Some(text(&found.value))
        }
    })
}

fn transaction(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    match &stmt.kind {
        StatementKind::BeginTransaction { name, mark } => {
            let name = transaction_name(ctx, name.as_ref())?;
            if mark.is_some() && name.is_none() {
                return Err(SqlError::new(
                    3901,
                    "The transaction name must be specified when it is used with the mark option.",
                ));
            }
            ctx.session.begin_transaction(name.as_deref(), sink)
        }
        StatementKind::Commit { .. } => ctx.session.commit_transaction(sink),
        StatementKind::Rollback { name } => {
            let name = transaction_name(ctx, name.as_ref())?;
            ctx.session.rollback_transaction(name.as_deref(), sink)
        }
        StatementKind::SaveTransaction(name) => {
            let name = transaction_name(ctx, Some(name))?.unwrap_or_default();
            ctx.session.save_transaction(&name)
        }
        _ => Ok(()),
    }
}

fn use_database(ctx: &mut ExecContext<'_>, name: &str, sink: &mut dyn ResultSink) -> Result<()> {
    let old = ctx.session.database_name();
    ctx.session.change_database(name)?;
    let new = ctx.session.database_name();
    sink.env_change(&EnvChange::Database {
        new: new.clone(),
        old,
    })?;
    let changed =
        crate::engine::messages::info(5701, 2, format!("Changed database context to '{new}'."));
    sink.message(&crate::engine::messages::locate(ctx.frame, changed))?;
    sink.env_change(&EnvChange::Collation)
}

/// WAITFOR DELAY: `hh:mm[:ss[.mmm]]` as text, or a time of day.
fn wait_for(ctx: &mut ExecContext<'_>, delay: &Expr) -> Result<()> {
    let given = scalar(ctx, delay)?;
    let wait = match &given {
        Value::VarChar(s) | Value::NVarChar(s) => parse_delay(s),
        Value::DateTime(_, ticks) => Some(Duration::from_micros(
            u64::try_from(i64::from(*ticks) * 10_000 / 3).unwrap_or(0),
        )),
        Value::Time(ticks) => Some(Duration::from_nanos(
            u64::try_from(*ticks).unwrap_or(0).saturating_mul(100),
        )),
        _ => None,
    };
    let Some(wait) = wait else {
        return Err(SqlError::new(
            148,
            format!(
                "Incorrect time syntax in time string '{}' used with WAITFOR.",
                given.as_text().unwrap_or("")
            ),
        )
        .class(15));
    };
    let until = Instant::now() + wait;
    loop {
        if ctx.session.cancel.is_set() || ctx.session.is_killed() {
            return Err(SqlError::new(0, "").kind(ErrorKind::Cancelled));
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(Duration::from_millis(10)));
    }
}

fn parse_delay(text: &str) -> Option<Duration> {
    let mut parts = text.trim().split(':');
    let hours: u64 = parts.next()?.parse().ok()?;
    let minutes: u64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let valid = hours < 24 && minutes < 60 && (0.0..60.0).contains(&seconds);
    (valid && parts.next().is_none()).then(|| {
        Duration::from_secs(hours * 3600 + minutes * 60) + Duration::from_secs_f64(seconds)
    })
}

fn kill(ctx: &mut ExecContext<'_>, spid: &Expr) -> Result<()> {
    let spid = integer(scalar_as(ctx, spid, &SqlType::INT)?).unwrap_or(0);
    if spid == i32::from(ctx.session.spid) {
        return Err(SqlError::new(
            6104,
            "Cannot use KILL to kill your own process.",
        ));
    }
    let killed = u16::try_from(spid)
        .ok()
        .is_some_and(|spid| ctx.session.server.kill(spid));
    if killed {
        Ok(())
    } else {
        Err(SqlError::new(
            6106,
            format!("Process ID {spid} is not an active process ID."),
        )
        .state(2))
    }
}
