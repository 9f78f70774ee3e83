//! Logins, users, roles, GRANT, DENY and REVOKE.

use crate::catalog::MSDB;
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::msdb_object_id;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Ident, NamedOption, ObjectName, OptionValue, Statement, StatementKind};

use super::state::{LoginRecord, PermissionRecord, Principal, PrincipalKind, Securable};
use super::target::written;
use super::{permission, principals, server_role};

pub(super) fn execute(ctx: &mut ExecContext<'_>, statement: &Statement) -> Result<()> {
    if !ctx.session.sysadmin && !permission::allows_in_database(ctx.session, "CONTROL") {
        return Err(SqlError::new(
            15247,
            "User does not have permission to perform this action.",
        ));
    }
    match &statement.kind {
        StatementKind::CreateLogin { name, options } => create_login(ctx, name, options),
        StatementKind::CreateUser {
            name,
            login,
            without_login,
            options,
        } => {
            create_user(ctx, name, login.as_ref(), *without_login)?;
            principals::alter_user(ctx, name, options)
        }
        StatementKind::DropPrincipal {
            what,
            if_exists,
            name,
        } => principals::drop(ctx, *what, *if_exists, name),
        StatementKind::AlterLogin { name, options } => principals::alter_login(ctx, name, options),
        StatementKind::AlterUser { name, options } => principals::alter_user(ctx, name, options),
        StatementKind::CreateRole { name } => add_principal(ctx, name, PrincipalKind::Role, None),
        StatementKind::AlterRole { name, member, add } => alter_role(ctx, name, member, *add),
        StatementKind::AlterServerRole { name, member, add } => {
            server_role::alter(ctx, name, member, *add)
        }
        StatementKind::Permission {
            verb,
            permissions,
            on,
            principals,
        } => permission_statement(ctx, verb, permissions, on.as_ref(), principals),
        _ => Err(SqlError::not_implemented("this security statement")),
    }
}

fn create_login(ctx: &mut ExecContext<'_>, name: &Ident, options: &[NamedOption]) -> Result<()> {
    let password = options
        .iter()
        .find(|o| o.name.eq_ignore_ascii_case("PASSWORD"))
        .and_then(|o| match &o.value {
            Some(OptionValue::Text(text)) => Some(text.clone()),
            _ => None,
        });
    let Some(password) = password else {
        return Err(SqlError::not_implemented("CREATE LOGIN without a password"));
    };
    let mut data = ctx.session.server.state.lock();
    if name.text.eq_ignore_ascii_case("sa")
        || data
            .logins
            .iter()
            .any(|l| l.name.eq_ignore_ascii_case(&name.text))
    {
        return Err(SqlError::new(
            15025,
            format!("The server principal '{}' already exists.", name.text),
        ));
    }
    let id = data
        .logins
        .iter()
        .map(|l| l.principal_id)
        .max()
        .unwrap_or(256)
        + 1;
    data.logins.push(LoginRecord {
        principal_id: id,
        name: name.text.clone(),
        password,
        disabled: false,
        default_database: "master".to_owned(),
        roles: Vec::new(),
    });
    Ok(())
}

fn create_user(
    ctx: &mut ExecContext<'_>,
    name: &Ident,
    login: Option<&Ident>,
    without_login: bool,
) -> Result<()> {
    let login_name = login.map_or(name.text.as_str(), |l| l.text.as_str());
    let known = ctx
        .session
        .server
        .state
        .lock()
        .logins
        .iter()
        .any(|l| l.name.eq_ignore_ascii_case(login_name))
        || ctx
            .session
            .server
            .config
            .logins
            .iter()
            .any(|l| l.name.eq_ignore_ascii_case(login_name));
    if !without_login && !known {
        return Err(SqlError::new(
            15007,
            format!("'{login_name}' is not a valid login or you do not have permission."),
        ));
    }
    let login = (!without_login).then(|| login_name.to_owned());
    add_principal(ctx, name, PrincipalKind::User, login)
}

fn add_principal(
    ctx: &mut ExecContext<'_>,
    name: &Ident,
    kind: PrincipalKind,
    login: Option<String>,
) -> Result<()> {
    ctx.session
        .server
        .state
        .database(ctx.session.database, |security| {
            if security.principal(&name.text).is_some() {
                return Err(SqlError::new(
                    15023,
                    format!(
                        "User, group, or role '{}' already exists in the current database.",
                        name.text
                    ),
                ));
            }
            let id = security.next_principal_id();
            security.principals.push(Principal {
                id,
                name: name.text.clone(),
                kind,
                login,
                fixed: false,
                default_schema: (kind == PrincipalKind::User).then(|| "dbo".to_owned()),
            });
            Ok(())
        })
}

fn unknown_principal(name: &str) -> SqlError {
    SqlError::new(
        15151,
        format!(
            "Cannot find the user '{name}', because it does not exist or you do not have permission."
        ),
    )
}

fn alter_role(ctx: &mut ExecContext<'_>, role: &Ident, member: &Ident, add: bool) -> Result<()> {
    ctx.session.server.state.database(ctx.session.database, |security| {
        let role_id = security.principal(&role.text).filter(|p| p.kind == PrincipalKind::Role).map(|p| p.id).ok_or_else(|| {
            SqlError::new(
                15151,
                format!("Cannot alter the role '{}', because it does not exist or you do not have permission.", role.text),
            )
        })?;
        let member_id = security.principal(&member.text).map(|p| p.id).ok_or_else(|| {
            SqlError::new(
                15151,
                format!("Cannot add the principal '{}', because it does not exist or you do not have permission.", member.text),
            )
        })?;
        security.members.retain(|m| *m != (role_id, member_id));
        if add {
            security.members.push((role_id, member_id));
        }
        Ok(())
    })
}

fn permission_statement(
    ctx: &mut ExecContext<'_>,
    verb: &str,
    permissions: &[String],
    on: Option<&(Option<String>, ObjectName)>,
    principals: &[Ident],
) -> Result<()> {
    let verb = verb.to_ascii_uppercase();
    for text in permissions {
        let permission = text.to_ascii_uppercase();
        let server = on.is_none()
            && (permission.contains("SERVER")
                || matches!(
                    permission.as_str(),
                    "CONNECT SQL" | "CREATE ANY DATABASE" | "ALTER ANY DATABASE"
                ));
        let securable = if server {
            Securable::Server
        } else {
            securable(ctx, on)?
        };
        for principal in principals {
            let grantee = if server {
                login_id(ctx, principal)?
            } else {
                principal_id(ctx, principal)?
            };
            let record = PermissionRecord {
                securable,
                permission: permission.clone(),
                grantee,
                deny: verb == "DENY",
            };
            let change = |list: &mut Vec<PermissionRecord>| {
                list.retain(|r| {
                    !(r.securable == securable
                        && r.permission == permission
                        && r.grantee == grantee)
                });
                if verb != "REVOKE" {
                    list.push(record);
                }
            };
            if server {
                change(&mut ctx.session.server.state.lock().server_permissions);
            } else {
                ctx.session
                    .server
                    .state
                    .database(ctx.session.database, |d| change(&mut d.permissions));
            }
        }
    }
    Ok(())
}

fn login_id(ctx: &ExecContext<'_>, name: &Ident) -> Result<i32> {
    let data = ctx.session.server.state.lock();
    data.logins
        .iter()
        .find(|l| l.name.eq_ignore_ascii_case(&name.text))
        .map(|l| l.principal_id)
        .ok_or_else(|| {
            SqlError::new(
                15151,
                format!("Cannot find the login '{}', because it does not exist or you do not have permission.", name.text),
            )
        })
}

fn principal_id(ctx: &ExecContext<'_>, name: &Ident) -> Result<i32> {
    ctx.session
        .server
        .state
        .database(ctx.session.database, |d| {
            d.principal(&name.text).map(|p| p.id)
        })
        .ok_or_else(|| unknown_principal(&name.text))
}

fn securable(
    ctx: &ExecContext<'_>,
    on: Option<&(Option<String>, ObjectName)>,
) -> Result<Securable> {
    let Some((class, name)) = on else {
        return Ok(Securable::Database);
    };
    let missing = |what: &str| {
        SqlError::new(
            15151,
            format!(
                "Cannot find the {what} '{}', because it does not exist or you do not have permission.",
                written(name)
            ),
        )
    };
    let catalog = &ctx.session.server.catalog;
    if ctx.session.database == MSDB
        && matches!(class.as_deref(), None | Some("OBJECT"))
        && let Some(id) = msdb_object_id(name.schema().unwrap_or("dbo"), name.base())
    {
        return Ok(Securable::Object(id));
    }
    match class.as_deref().map(str::to_ascii_uppercase).as_deref() {
        Some("SCHEMA") => catalog
            .schema_by_name(ctx.session.database, name.base())
            .map(|s| Securable::Schema(s.schema_id))
            .ok_or_else(|| missing("schema")),
        Some("DATABASE") => Ok(Securable::Database),
        None | Some("OBJECT") => catalog
            .resolve(
                ctx.session.database,
                name.schema(),
                &ctx.session.default_schema,
                name.base(),
            )
            .map(|o| Securable::Object(o.object_id()))
            .ok_or_else(|| missing("object")),
        Some(other) => Err(SqlError::not_implemented(format_args!(
            "permissions on {other}"
        ))),
    }
}
