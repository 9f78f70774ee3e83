//! ALTER SERVER ROLE: membership in the fixed server roles that mean something here.

use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::syntax::ast::Ident;

/// Roles whose members may do something here that others may not.
const KNOWN: [&str; 3] = ["sysadmin", "dbcreator", "##ms_serverstatereader##"];

/// Fixed roles that nothing here asks for.
const OTHERS: [&str; 13] = [
    "securityadmin",
    "serveradmin",
    "setupadmin",
    "processadmin",
    "diskadmin",
    "bulkadmin",
    "##ms_serverstatemanager##",
    "##ms_definitionreader##",
    "##ms_databaseconnector##",
    "##ms_databasemanager##",
    "##ms_loginmanager##",
    "##ms_securitydefinitionreader##",
    "##ms_serversecuritystatereader##",
];

/// Adds a login to a role, or takes it out. 15151: there is no such role or login, or the session may not.
pub(super) fn alter(
    ctx: &mut ExecContext<'_>,
    role: &Ident,
    member: &Ident,
    add: bool,
) -> Result<()> {
    let name = role.text.to_lowercase();
    if OTHERS.contains(&name.as_str()) {
        return Err(SqlError::not_implemented(format!(
            "the server role {}",
            role.text
        )));
    }
    if !KNOWN.contains(&name.as_str()) || !ctx.session.sysadmin {
        return Err(missing(format!("alter the server role '{}'", role.text)));
    }
    let mut data = ctx.session.server.state.lock();
    let login = data
        .logins
        .iter_mut()
        .find(|login| login.name.eq_ignore_ascii_case(&member.text));
    let Some(login) = login else {
        let verb = if add { "add" } else { "drop" };
        return Err(missing(format!(
            "{verb} the server principal '{}'",
            member.text
        )));
    };
    login.roles.retain(|known| *known != name);
    if add {
        login.roles.push(name);
    }
    Ok(())
}

fn missing(what: String) -> SqlError {
    SqlError::new(
        15151,
        format!("Cannot {what}, because it does not exist or you do not have permission."),
    )
}
