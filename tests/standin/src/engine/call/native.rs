//! The atomic block of a natively compiled procedure: all of it happens or nothing, at the block's own isolation level.

use crate::engine::frame::ExecContext;
use crate::engine::interpret::{Run, Unwind, run_statements};
use crate::engine::memory_optimized::isolation;
use crate::engine::session::Session;
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::{IsolationLevel, ResultSink};
use crate::storage::Savepoint;
use crate::syntax::ast::{CreateProcedure, NamedOption, OptionValue, Statement};

fn level(options: &[NamedOption]) -> IsolationLevel {
    let word = options.iter().find_map(|o| match &o.value {
        Some(OptionValue::Word(word)) if o.name == "TRANSACTION ISOLATION LEVEL" => {
            Some(word.as_str())
        }
        _ => None,
    });
    match word {
        Some("REPEATABLE READ") => IsolationLevel::RepeatableRead,
        Some("SERIALIZABLE") => IsolationLevel::Serializable,
        _ => IsolationLevel::Snapshot,
    }
}

/// May the session call it? 41333 for a stricter level inside of a stricter session.
pub(super) fn admit(session: &mut Session, procedure: &CreateProcedure) -> Result<()> {
    let own = procedure.atomic.as_deref().map(level);
    let strict = matches!(
        session.options.isolation,
        IsolationLevel::RepeatableRead | IsolationLevel::Serializable
    );
    if strict && own != Some(IsolationLevel::Snapshot) {
        return Err(isolation::needs_snapshot());
    }
    if !session.transaction.savepoints.is_empty() {
        return Err(SqlError::not_implemented(
            "a natively compiled procedure in a transaction with a savepoint",
        ));
    }
    session.refuse_if_doomed()
}

fn refuse_nulls(ctx: &ExecContext<'_>, procedure: &CreateProcedure) -> Result<()> {
    let null = procedure
        .parameters
        .iter()
        .filter(|p| p.nullable == Some(false))
        .any(|p| {
            let found = ctx.frame.variables.lookup(&p.name);
            found.is_some_and(|v| v.value.is_null())
        });
    if null {
        return Err(SqlError::not_implemented(
            "NULL for a NOT NULL parameter of a natively compiled procedure",
        ));
    }
    Ok(())
}

/// How to take the block back.
enum Undo {
    /// There was no transaction: the block has one of its own.
    Own,
    Savepoint(Savepoint),
}

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    procedure: &CreateProcedure,
    sink: &mut dyn ResultSink,
) -> Run {
    let options = procedure.atomic.as_deref().unwrap_or_default();
    let body: &[Statement] = &procedure.body;
    refuse_nulls(ctx, procedure)?;
    settle_options(ctx);
    let undo = begin(ctx.session);
    let outer_level = ctx.session.atomic_level.replace(level(options));
    ctx.session.row_count = 0;
    // An error leaves the block as it leaves a TRY.
    ctx.session.try_depth += 1;
    let outcome = run_statements(ctx, body, sink);
    ctx.session.try_depth -= 1;
    ctx.session.atomic_level = outer_level;
    ctx.session.row_count = 0;
    match outcome {
        Ok(flow) => match finish(ctx.session, &undo) {
            Ok(()) => Ok(flow),
            Err(error) => Err(left(crate::engine::messages::locate(ctx.frame, error))),
        },
        Err(Unwind::Raise(error)) => {
            take_back(ctx.session, &undo);
            Err(left(error))
        }
        Err(other) => {
            take_back(ctx.session, &undo);
            Err(other)
        }
    }
}

/// An error on its way out of the block.
fn left(mut error: SqlError) -> Unwind {
    error.settled = false;
    if error.kind != ErrorKind::Cancelled {
        error.kind = ErrorKind::ScopeAborting;
    }
    Unwind::Raise(error)
}

/// The SET options of every atomic block; the caller's come back with its scope.
fn settle_options(ctx: &mut ExecContext<'_>) {
    let options = &mut ctx.session.options;
    options.quoted_identifier = true;
    options.ansi_nulls = true;
    options.ansi_padding = true;
    options.ansi_warnings = true;
    options.arithabort = true;
    options.arithignore = false;
    options.concat_null_yields_null = true;
    options.numeric_roundabort = false;
    options.identity_insert = None;
    options.nocount = true;
    options.rowcount = 0;
    options.xact_abort = false;
    options.implicit_transactions = false;
}

fn begin(session: &mut Session) -> Undo {
    if let Some(txn) = &session.transaction.txn {
        return Undo::Savepoint(session.server.store.savepoint(txn));
    }
    let txn = session.server.store.begin(session.options.isolation);
    session.transaction.txn = Some(txn);
    session.transaction.count = 1;
    session.transaction.doomed = false;
    Undo::Own
}

/// Commits the block's own transaction: 41305, 41325, and 3930 when a conflict inside was caught.
fn finish(session: &mut Session, undo: &Undo) -> Result<()> {
    if matches!(undo, Undo::Savepoint(_)) {
        return Ok(());
    }
    if session.transaction.doomed {
        take_back(session, undo);
        return Err(crate::engine::statement::doomed());
    }
    let txn = session.transaction.txn.take();
    end_own(session);
    match txn {
        Some(txn) => session.server.store.validate_and_commit(txn),
        None => Ok(()),
    }
}

fn take_back(session: &mut Session, undo: &Undo) {
    match undo {
        Undo::Own => {
            if let Some(txn) = session.transaction.txn.take() {
                session.server.store.rollback(txn);
            }
            end_own(session);
        }
        Undo::Savepoint(savepoint) => {
            if let Some(txn) = &mut session.transaction.txn {
                session.server.store.rollback_to(txn, *savepoint);
            }
        }
    }
}

fn end_own(session: &mut Session) {
    session.transaction.count = 0;
    session.transaction.doomed = false;
    session.transaction.savepoints.clear();
}
