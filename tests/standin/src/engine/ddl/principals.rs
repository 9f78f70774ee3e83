//! ALTER and DROP of logins, users and roles; ALTER SCHEMA ... TRANSFER.

use crate::catalog::Object;
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Ident, NamedOption, ObjectName, OptionValue, PrincipalWord};

use super::state::PrincipalKind;
use super::{apply, permission, target};

/// 15151.
fn missing(verb: &str, what: &str, name: &str) -> SqlError {
    SqlError::new(
        15151,
        format!(
            "Cannot {verb} the {what} '{name}', because it does not exist or you do not have permission."
        ),
    )
}

pub(super) fn drop(
    ctx: &mut ExecContext<'_>,
    what: PrincipalWord,
    if_exists: bool,
    name: &Ident,
) -> Result<()> {
    match what {
        PrincipalWord::Login => drop_login(ctx, &name.text),
        PrincipalWord::User => drop_member(ctx, PrincipalKind::User, "user", if_exists, &name.text),
        PrincipalWord::Role => drop_member(ctx, PrincipalKind::Role, "role", if_exists, &name.text),
    }
}

/// 15151, 15434.
fn drop_login(ctx: &mut ExecContext<'_>, name: &str) -> Result<()> {
    let server = &ctx.session.server;
    let connected = server
        .sessions
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .values()
        .any(|info| info.login.user.eq_ignore_ascii_case(name));
    let mut data = server.state.lock();
    let Some(at) = data
        .logins
        .iter()
        .position(|l| l.name.eq_ignore_ascii_case(name))
    else {
        return Err(missing("drop", "login", name));
    };
    if connected {
        return Err(SqlError::new(
            15434,
            format!("Could not drop login '{name}' as the user is currently logged in."),
        ));
    }
    let login = data.logins.remove(at);
    data.server_permissions
        .retain(|p| p.grantee != login.principal_id);
    Ok(())
}

/// 15151, 15150, 15138, 15144.
fn drop_member(
    ctx: &mut ExecContext<'_>,
    kind: PrincipalKind,
    what: &str,
    if_exists: bool,
    name: &str,
) -> Result<()> {
    let database = ctx.session.database;
    let state = &ctx.session.server.state;
    let found = state.database(database, |security| {
        security.principal(name).filter(|p| p.kind == kind).cloned()
    });
    let Some(principal) = found else {
        if if_exists {
            return Ok(());
        }
        return Err(missing("drop", what, name));
    };
    if principal.fixed || principal.id < 5 {
        return Err(SqlError::new(
            15150,
            format!("Cannot drop the {what} '{name}'."),
        ));
    }
    let schemas = ctx.session.server.catalog.schemas(database);
    if schemas.iter().any(|s| s.principal_id == principal.id) {
        return Err(SqlError::new(
            15138,
            "The database principal owns a schema in the database, and cannot be dropped.",
        ));
    }
    state.database(database, |security| {
        let id = principal.id;
        if kind == PrincipalKind::Role && security.members.iter().any(|(role, _)| *role == id) {
            return Err(SqlError::new(
                15144,
                "The role has members. It must be empty before it can be dropped.",
            ));
        }
        security.principals.retain(|p| p.id != id);
        security.members.retain(|(_, member)| *member != id);
        security.permissions.retain(|p| p.grantee != id);
        Ok(())
    })
}

pub(super) fn alter_login(
    ctx: &mut ExecContext<'_>,
    name: &Ident,
    options: &[NamedOption],
) -> Result<()> {
    let mut data = ctx.session.server.state.lock();
    let taken: Vec<String> = data.logins.iter().map(|l| l.name.clone()).collect();
    let Some(login) = data
        .logins
        .iter_mut()
        .find(|l| l.name.eq_ignore_ascii_case(&name.text))
    else {
        return Err(missing("alter", "login", &name.text));
    };
    for option in options {
        match (option.name.as_str(), &option.value) {
            ("ENABLE", _) => login.disabled = false,
            ("DISABLE", _) => login.disabled = true,
            ("PASSWORD", Some(OptionValue::Text(text))) => login.password.clone_from(text),
            ("DEFAULT_DATABASE", Some(OptionValue::Word(word))) => {
                login.default_database.clone_from(word);
            }
            ("NAME", Some(OptionValue::Word(word))) => {
                if taken.iter().any(|t| t.eq_ignore_ascii_case(word)) {
                    return Err(SqlError::new(
                        15025,
                        format!("The server principal '{word}' already exists."),
                    ));
                }
                login.name.clone_from(word);
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn alter_user(
    ctx: &mut ExecContext<'_>,
    name: &Ident,
    options: &[NamedOption],
) -> Result<()> {
    let database = ctx.session.database;
    ctx.session.server.state.database(database, |security| {
        let Some(at) = security
            .principals
            .iter()
            .position(|p| p.kind == PrincipalKind::User && p.name.eq_ignore_ascii_case(&name.text))
        else {
            return Err(missing("alter", "user", &name.text));
        };
        for option in options {
            let Some(OptionValue::Word(word)) = &option.value else {
                continue;
            };
            match option.name.as_str() {
                "NAME" if security.principal(word).is_some() => {
                    return Err(SqlError::new(
                        15023,
                        format!(
                            "User, group, or role '{word}' already exists in the current database."
                        ),
                    ));
                }
                "NAME" => security.principals[at].name.clone_from(word),
                "DEFAULT_SCHEMA" => security.principals[at].default_schema = Some(word.clone()),
                _ => security.principals[at].login = Some(word.clone()),
            }
        }
        Ok(())
    })
}

/// 15151, 15348, 15530.
pub(super) fn transfer(
    ctx: &mut ExecContext<'_>,
    schema: &Ident,
    object: &ObjectName,
) -> Result<()> {
    let database = ctx.session.database;
    let catalog = &ctx.session.server.catalog;
    let Some(to) = catalog
        .schema_by_name(database, &schema.text)
        .filter(|s| permission::allows_in_schema(ctx.session, s.schema_id, "ALTER"))
    else {
        return Err(missing("alter", "schema", &schema.text));
    };
    let found = catalog.resolve(
        database,
        object.schema(),
        &ctx.session.default_schema,
        object.base(),
    );
    let Some(found) = found else {
        return Err(missing("find", "object", object.base()));
    };
    let native = found.module().is_some_and(|m| m.is_native());
    if native || found.table().is_some_and(|t| t.memory_optimized) {
        return Err(SqlError::not_implemented(
            "ALTER SCHEMA ... TRANSFER of memory-optimised tables and natively compiled modules",
        ));
    }
    let bound = Snapshot::of_database(ctx.session, database)
        .modules
        .iter()
        .any(|m| m.schema_bound && m.references.iter().any(|(o, _)| *o == found.object_id()));
    if bound {
        return Err(SqlError::new(
            15348,
            "Cannot transfer a schemabound object.",
        ));
    }
    if found.schema_id() == to.schema_id {
        return Ok(());
    }
    let taken = catalog
        .resolve(database, Some(&to.name), &to.name, found.name())
        .is_some();
    if taken {
        return Err(SqlError::new(
            15530,
            format!("The object with name \"{}\" already exists.", found.name()),
        ));
    }
    match found {
        Object::Table(table) => {
            let mut def = (*table).clone();
            def.schema_id = to.schema_id;
            apply::replace_table(ctx, def).map(|_| ())
        }
        Object::Module(module) if module.is_stored() => Err(SqlError::not_implemented(
            "ALTER SCHEMA ... TRANSFER of an indexed view",
        )),
        Object::Module(module) => {
            let mut def = (*module).clone();
            def.schema_id = to.schema_id;
            apply::put_module(ctx, def, true).map(|_| ())
        }
        Object::TableType(_) => Err(missing("find", "object", &target::written(object))),
    }
}
