//! sp_getapplock, sp_releaseapplock, APPLOCK_MODE and APPLOCK_TEST. The procedures answer a wrong call with -999 and
//! raise only what SQL Server raises; the functions raise it all.

use std::time::Duration;

use crate::engine::frame::ExecContext;
use crate::engine::session::Session;
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

fn is_owner(word: &str) -> bool {
    word.eq_ignore_ascii_case("Session") || word.eq_ignore_ascii_case("Transaction")
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

/// The principal is part of a lock's identity. 1202 for one that is not there.
fn principal(session: &Session, name: &str) -> Result<i32> {
    session
        .server
        .state
        .database(session.database, |security| {
            security.principal(name).map(|p| p.id)
        })
        .ok_or_else(|| {
            SqlError::new(
                1202,
                format!("The database-principal '{name}' does not exist or user is not a member."),
            )
        })
}

/// 1224.
fn wrong_resource() -> SqlError {
    SqlError::new(
        1224,
        "An invalid application lock resource was passed to xp_userlock.",
    )
    .state(5)
}

fn word(value: Option<&Value>, otherwise: &str) -> String {
    text(value).map_or_else(|| otherwise.to_owned(), |given| given.to_string())
}

pub(super) fn get(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    _: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let given = |name: &str, at: usize| argument(args, name, at);
    let Some(mode) = text(given("@LockMode", 1)) else {
        return Err(SqlError::new(201, "Procedure or function 'sp_getapplock' expects parameter '@LockMode', which was not supplied.").state(4));
    };
    let named = given("@Resource", 0);
    let Some(resource) = text(named) else {
        // NULL is refused, a resource that was not passed is a wrong call.
        return match named {
            Some(_) => Err(wrong_resource()),
            None => Ok(status(BAD_CALL)),
        };
    };
    let owner_word = word(given("@LockOwner", 2), "Transaction");
    let timeout = number(given("@LockTimeout", 3))
        .or_else(|| ctx.session.options.lock_timeout.map(i64::from))
        .unwrap_or(-1);
    let (Some(mode), true) = (parse_mode(&mode), is_owner(&owner_word)) else {
        return Ok(status(BAD_CALL));
    };
    if timeout < -1 {
        return Err(SqlError::new(
            1227,
            "An invalid application lock time-out was passed to xp_userlock.",
        )
        .state(2));
    }
    let principal = principal(ctx.session, &word(given("@DbPrincipal", 4), "public"))?;
    let Some(owner) = owner(ctx, &owner_word) else {
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
    let resource = ApplicationResource::new(session.database, principal, &resource);
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
    let named = argument(args, "@Resource", 0);
    let Some(name) = text(named) else {
        return match named {
            Some(_) => Err(wrong_resource()),
            None => Ok(status(BAD_CALL)),
        };
    };
    let owner_word = word(argument(args, "@LockOwner", 1), "Transaction");
    if !is_owner(&owner_word) {
        return Ok(status(BAD_CALL));
    }
    let principal_name = word(argument(args, "@DbPrincipal", 2), "public");
    let principal = principal(ctx.session, &principal_name)?;
    let resource = ApplicationResource::new(ctx.session.database, principal, &name);
    let released = owner(ctx, &owner_word).is_some_and(|o| {
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
            "Cannot release the application lock (Database Principal: '{principal_name}', Resource: '{name}') because it is not currently held."
        ),
    ))
}

/// 8116: NULL has no place here.
fn wanted(args: &[Value], at: usize, function: &str) -> Result<String> {
    text(args.get(at))
        .map(|given| given.to_string())
        .ok_or_else(|| {
            SqlError::new(
                8116,
                format!(
                    "Argument data type NULL is invalid for argument {} of {function} function.",
                    at + 1
                ),
            )
        })
}

/// The lock that a function is asked for, and its owner: 1202, 1226, 3918 and 8116.
fn asked(
    args: &[Value],
    ctx: &ExecContext<'_>,
    function: &str,
    owner_at: usize,
) -> Result<(ApplicationResource, Owner)> {
    let principal_name = wanted(args, 0, function)?;
    let name = wanted(args, 1, function)?;
    let owner_word = word(args.get(owner_at), "Transaction");
    if !is_owner(&owner_word) {
        return Err(SqlError::new(
            1226,
            format!("An invalid application lock owner was passed to {function}."),
        ));
    }
    let owner = owner(ctx, &owner_word).ok_or_else(|| {
        SqlError::new(
            3918,
            "The statement or function must be executed in the context of a user transaction.",
        )
    })?;
    let principal = principal(ctx.session, &principal_name)?;
    let resource = ApplicationResource::new(ctx.session.database, principal, &name);
    Ok((resource, owner))
}

/// APPLOCK_MODE: the mode in which the session or its transaction holds the lock.
pub(super) fn held_mode(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let (resource, owner) = asked(args, ctx, "applock_mode", 2)?;
    let held = ctx
        .session
        .server
        .locks
        .application_lock_mode(owner, &resource);
    Ok(Value::nvarchar(held.map_or("NoLock", mode_name)))
}

/// APPLOCK_TEST: could the caller have the lock now?
pub(super) fn test(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let mode = wanted(args, 2, "applock_test")?;
    let Some(mode) = parse_mode(&mode) else {
        return Err(SqlError::new(
            1225,
            "An invalid application lock mode was passed to applock_test.",
        ));
    };
    let (resource, owner) = asked(args, ctx, "applock_test", 3)?;
    let session = &*ctx.session;
    let who = Requester {
        owner,
        spid: session.spid,
        timeout: None,
        cancel: &session.cancel,
        deadlock_priority: session.options.deadlock_priority,
        undo_cost: 0,
    };
    let free = session
        .server
        .locks
        .test_application_lock(&who, &resource, mode);
    Ok(Value::SmallInt(i16::from(free)))
}
