//! Who the session is: principals by name and number.

use crate::engine::ddl::permission::Identity;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value};

use super::functions::{Known, N128, SMALL, int, known, name, text};

pub(super) static FUNCTIONS: &[Known] = &[
    known!("DATABASE_PRINCIPAL_ID", 0..=1, SqlType::INT, principal_id),
    known!("USER_ID", 0..=1, SMALL, |args, ctx| {
        Ok(match principal_id(args, ctx)? {
            Value::Int(n) => i16::try_from(n).map_or(Value::Null, Value::SmallInt),
            other => other,
        })
    }),
    known!("SUSER_ID", 0..=1, SqlType::INT, login_id),
    known!("SUSER_SNAME", 0..=1, N128, |args, ctx| {
        Ok(match args.first() {
            None => Value::nvarchar(ctx.session.login_name()),
            Some(Value::Binary(sid)) => login_of(login_of_sid(sid), ctx),
            Some(_) => Value::Null,
        })
    }),
    known!("SUSER_NAME", 0..=1, N128, |args, ctx| {
        Ok(match args.first() {
            None => Value::nvarchar(ctx.session.login_name()),
            Some(id) => login_of(id.as_integer().and_then(|n| i32::try_from(n).ok()), ctx),
        })
    }),
    known!("SUSER_SID", 0..=2, SqlType::varbinary(85), |args, ctx| {
        Ok(match login_id(args, ctx)? {
            Value::Int(1) => Value::binary([1]),
            Value::Int(n) => {
                let mut sid = [0_u8; 16];
                sid[..4].copy_from_slice(&n.to_le_bytes());
                Value::binary(sid)
            }
            _ => Value::Null,
        })
    }),
    known!("IS_ROLEMEMBER", 1..=2, SqlType::INT, is_role_member),
    known!("HAS_DBACCESS", 1..=1, SqlType::INT, |args, ctx| {
        let Some(wanted) = text(args.first()) else {
            return Ok(Value::Null);
        };
        let session = &*ctx.session;
        let Some(database) = session.server.catalog.database_by_name(&wanted) else {
            return Ok(Value::Null);
        };
        let allowed = session.sysadmin
            || database.id <= 4
            || session.server.state.database(database.id, |security| {
                Identity::of(session, security).user.is_some()
            });
        let allowed = allowed && session.server.require_access(session, &database).is_ok();
        Ok(Value::Int(i32::from(allowed)))
    }),
    known!(
        "HOST_ID",
        0..=0,
        SqlType::sized(TypeName::Char, 10),
        |_, ctx| Ok(Value::varchar(format!(
            "{:<10}",
            ctx.session.login.client_pid
        )))
    ),
    known!("PWDCOMPARE", 2..=3, SqlType::INT, |_, _| Err(
        SqlError::not_implemented("PWDCOMPARE")
    )),
    known!("ORIGINAL_DB_NAME", 0..=0, N128, |_, ctx| Ok(name(Some(
        &ctx.session.login.database
    )))),
];

fn principal_id(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let session = &*ctx.session;
    let found = session.server.state.database(session.database, |security| {
        if args.is_empty() {
            return if session.sysadmin {
                Some(1)
            } else {
                Identity::of(session, security).user.or(Some(2))
            };
        }
        security.principal(&text(args.first())?).map(|p| p.id)
    });
    Ok(int(found))
}

/// The number of a login by its security identifier; the other way round SUSER_SID.
fn login_of_sid(sid: &[u8]) -> Option<i32> {
    match sid {
        [1] => Some(1),
        [a, b, c, d, rest @ ..] if rest == [0; 12] => Some(i32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// The name of a login by its number; NULL when there is none.
fn login_of(id: Option<i32>, ctx: &ExecContext<'_>) -> Value {
    if id == Some(1) {
        return Value::nvarchar("sa");
    }
    let data = ctx.session.server.state.lock();
    data.logins
        .iter()
        .find(|login| Some(login.principal_id) == id)
        .map_or(Value::Null, |login| Value::nvarchar(&login.name))
}

fn login_id(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let wanted = if args.is_empty() {
        ctx.session.login.user.as_str().into()
    } else {
        match text(args.first()) {
            Some(wanted) => wanted,
            None => return Ok(Value::Null),
        }
    };
    if wanted.eq_ignore_ascii_case("sa") {
        return Ok(Value::Int(1));
    }
    let data = ctx.session.server.state.lock();
    Ok(int(data
        .logins
        .iter()
        .find(|l| l.name.eq_ignore_ascii_case(&wanted))
        .map(|l| l.principal_id)))
}

fn is_role_member(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let Some(role) = text(args.first()) else {
        return Ok(Value::Null);
    };
    let session = &*ctx.session;
    let answer = session.server.state.database(session.database, |security| {
        let role = security.principal(&role)?.id;
        let roles = match args.get(1) {
            None if session.sysadmin => security.closure(1),
            None => Identity::of(session, security).roles,
            Some(_) => security.closure(security.principal(&text(args.get(1))?)?.id),
        };
        Some(i32::from(
            roles.contains(&role) || (role == 16384 && roles.contains(&1)),
        ))
    });
    Ok(int(answer))
}
