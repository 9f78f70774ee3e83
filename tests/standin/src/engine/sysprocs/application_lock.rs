//! sp_getapplock, sp_releaseapplock and APPLOCK_MODE.

use std::time::Duration;

use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::locks::application::{BAD_CALL, mode_name, parse_mode};
use crate::locks::{ApplicationResource, Owner, Requester};
use crate::protocol::ResultSink;
use crate::storage::Txn;
use crate::types::Value;

use super::functions::{number, text};
use super::{ProcArgument, ProcOutcome, argument};

fn status(status: i32) -> ProcOutcome {
    ProcOutcome {
        status,
        outputs: Vec::new(),
    }
}

/// None: the owner is Transaction and there is none.
fn owner(ctx: &ExecContext<'_>, word: &str) -> Option<Owner> {
    if word.eq_ignore_ascii_case("Session") {
        return Some(Owner::Session(ctx.session.spid));
    }
    if ctx.session.transaction.count == 0 {
        return None;
    }
    ctx.session.transaction.txn.as_ref().map(Txn::owner)
}

pub(super) fn get(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    _: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let given = |name: &str, at: usize| argument(args, name, at);
    let Some(resource) = text(given("@Resource", 0)) else {
        return Err(SqlError::new(
            1224,
            "An invalid application lock resource was passed to sp_getapplock.",
        ));
    };
    let Some(mode) = text(given("@LockMode", 1)) else {
        return Err(SqlError::new(201, "Procedure or function 'sp_getapplock' expects parameter '@LockMode', which was not supplied.").state(4));
    };
    let Some(mode) = parse_mode(&mode) else {
        return Err(SqlError::new(
            1225,
            "An invalid application lock mode was passed to sp_getapplock.",
        ));
    };
    let word =
        text(given("@LockOwner", 2)).map_or_else(|| "Transaction".to_owned(), |t| t.to_string());
    let timeout = number(given("@LockTimeout", 3))
        .or_else(|| ctx.session.options.lock_timeout.map(i64::from))
        .unwrap_or(-1);
    if timeout < -1 {
        return Err(SqlError::new(
            1227,
            "An invalid application lock time-out was passed to sp_getapplock.",
        ));
    }
    let Some(owner) = owner(ctx, &word) else {
        return Ok(status(BAD_CALL));
    };
    let session = &*ctx.session;
    let wait = u64::try_from(timeout).ok().map(Duration::from_millis);
    let who = Requester {
        owner,
        spid: session.spid,
        timeout: wait,
        cancel: &session.cancel,
        deadlock_priority: session.options.deadlock_priority,
        undo_cost: session.transaction.txn.as_ref().map_or(0, Txn::undo_cost),
    };
    let resource = ApplicationResource::new(session.database, 0, &resource);
    Ok(status(
        session
            .server
            .locks
            .get_application_lock(&who, &resource, mode, wait),
    ))
}

pub(super) fn release(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    _: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let Some(name) = text(argument(args, "@Resource", 0)) else {
        return Err(SqlError::new(
            1224,
            "An invalid application lock resource was passed to sp_releaseapplock.",
        ));
    };
    let word = text(argument(args, "@LockOwner", 1))
        .map_or_else(|| "Transaction".to_owned(), |t| t.to_string());
    let resource = ApplicationResource::new(ctx.session.database, 0, &name);
    let released = owner(ctx, &word).is_some_and(|o| {
        ctx.session
            .server
            .locks
            .release_application_lock(o, &resource)
    });
    if released {
        return Ok(status(0));
    }
    Err(SqlError::new(
        1223,
        format!(
            "Cannot release the application lock (Database Principal: 'public', Resource: '{name}') because it is not currently held."
        ),
    ))
}

/// APPLOCK_MODE: the mode in which the session or its transaction holds the lock.
pub(super) fn held_mode(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let (Some(name), Some(word)) = (text(args.get(1)), text(args.get(2))) else {
        return Ok(Value::Null);
    };
    if !["session", "transaction"].contains(&word.to_lowercase().as_str()) {
        return Ok(Value::Null);
    }
    let resource = ApplicationResource::new(ctx.session.database, 0, &name);
    let held = owner(ctx, &word).and_then(|owner| {
        ctx.session
            .server
            .locks
            .application_lock_mode(owner, &resource)
    });
    Ok(Value::nvarchar(held.map_or("NoLock", mode_name)))
}
