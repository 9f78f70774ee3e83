//! May the session do that? Members of sysadmin and db_owner may; the others need a grant and no denial.

use crate::catalog::MSDB;
use crate::catalog::model::{DatabaseId, ObjectId, SchemaId};
use crate::engine::Session;
use crate::error::{Result, SqlError};

use super::state::{DatabaseSecurity, PermissionRecord, Securable};

/// What the session is in its current database: its user, if any, and the closure of its roles.
pub struct Identity {
    pub user: Option<i32>,
    pub roles: Vec<i32>,
}

impl Identity {
    pub fn of(session: &Session, security: &DatabaseSecurity) -> Self {
        if let Some(now) = session.impersonated.last() {
            let user = (now.database == session.database).then_some(now.user);
            return Self {
                user,
                roles: user.map(|id| security.closure(id)).unwrap_or_default(),
            };
        }
        let user = security
            .principals
            .iter()
            .find(|p| {
                p.login
                    .as_deref()
                    .is_some_and(|l| l.eq_ignore_ascii_case(&session.login.user))
            })
            .map(|p| p.id);
        Self {
            user,
            roles: user.map(|id| security.closure(id)).unwrap_or_default(),
        }
    }

    pub fn has_role(&self, id: i32) -> bool {
        self.roles.contains(&id)
    }

    /// dbo or a member of db_owner.
    pub fn is_owner(&self) -> bool {
        self.user == Some(1) || self.has_role(16384)
    }
}

/// Is `wanted` part of `held`?
fn implies(held: &str, wanted: &str) -> bool {
    held == wanted
        || held == "CONTROL"
        || (held == "ALTER" && wanted == "VIEW DEFINITION")
        || (held == "VIEW DATABASE STATE" && wanted == "VIEW DATABASE PERFORMANCE STATE")
        || (held == "VIEW SERVER STATE" && wanted == "VIEW SERVER PERFORMANCE STATE")
        || (held == "VIEW SERVER STATE" && wanted == "VIEW DATABASE STATE")
        || (held == "ALTER ANY SCHEMA" && wanted == "ALTER")
}

fn decide(
    records: &[PermissionRecord],
    grantees: &[i32],
    securables: &[Securable],
    permission: &str,
) -> Option<bool> {
    let mut granted = None;
    for record in records {
        if grantees.contains(&record.grantee)
            && securables.contains(&record.securable)
            && implies(&record.permission, permission)
        {
            if record.deny {
                return Some(false);
            }
            granted = Some(true);
        }
    }
    granted
}

/// What fixed roles allow on any object of the database.
fn by_fixed_role(identity: &Identity, permission: &str) -> Option<bool> {
    if identity.has_role(16392) && permission == "SELECT" {
        return Some(false);
    }
    if identity.has_role(16393) && matches!(permission, "INSERT" | "UPDATE" | "DELETE") {
        return Some(false);
    }
    let allowed = match permission {
        "SELECT" => identity.has_role(16390),
        "INSERT" | "UPDATE" | "DELETE" => identity.has_role(16391),
        "ALTER" | "REFERENCES" | "CREATE TABLE" | "CREATE VIEW" | "CREATE PROCEDURE"
        | "CREATE FUNCTION" | "CREATE SCHEMA" | "CREATE TYPE" | "VIEW DEFINITION"
        | "ALTER ANY SCHEMA" => identity.has_role(16387),
        "BACKUP DATABASE" | "BACKUP LOG" | "CHECKPOINT" => identity.has_role(16389),
        _ => false,
    };
    allowed.then_some(true)
}

/// Does the session hold a permission on an object (or on its schema or database)?
pub fn allows(
    session: &Session,
    object_id: ObjectId,
    schema_id: SchemaId,
    permission: &str,
) -> bool {
    check(
        session,
        &[
            Securable::Object(object_id),
            Securable::Schema(schema_id),
            Securable::Database,
        ],
        permission,
    )
}

/// Does the session hold a permission on its current database?
pub fn allows_in_database(session: &Session, permission: &str) -> bool {
    check(session, &[Securable::Database], permission)
}

/// Does the login of the session hold a permission on another database?
pub fn allows_on_database(session: &Session, database: DatabaseId, permission: &str) -> bool {
    check_in(session, database, &[Securable::Database], permission)
}

/// Does the session hold a permission on a schema?
pub fn allows_in_schema(session: &Session, schema_id: SchemaId, permission: &str) -> bool {
    check(
        session,
        &[Securable::Schema(schema_id), Securable::Database],
        permission,
    )
}

fn check(session: &Session, securables: &[Securable], permission: &str) -> bool {
    check_in(session, session.database, securables, permission)
}

fn check_in(
    session: &Session,
    database: DatabaseId,
    securables: &[Securable],
    permission: &str,
) -> bool {
    if session.sysadmin {
        return true;
    }
    session.server.state.database(database, |security| {
        let identity = Identity::of(session, security);
        if identity.is_owner() {
            return true;
        }
        let by_role = by_fixed_role(&identity, permission);
        if by_role == Some(false) {
            return false;
        }
        let stated = decide(
            &security.permissions,
            &identity.roles,
            securables,
            permission,
        );
        stated.or(by_role).unwrap_or(false)
    })
}

/// A server permission such as VIEW SERVER STATE.
pub fn allows_on_server(session: &Session, permission: &str) -> bool {
    if session.sysadmin {
        return true;
    }
    let data = session.server.state.lock();
    let Some(login) = data
        .logins
        .iter()
        .find(|l| l.name.eq_ignore_ascii_case(&session.login.user))
    else {
        return false;
    };
    let by_role = (permission == "VIEW SERVER STATE"
        || permission == "VIEW SERVER PERFORMANCE STATE")
        && login.roles.iter().any(|r| r == "##ms_serverstatereader##");
    by_role
        || decide(
            &data.server_permissions,
            &[login.principal_id, 2],
            &[Securable::Server],
            permission,
        ) == Some(true)
}

/// Metadata is visible to whoever holds any permission on the object.
pub fn sees_object(session: &Session, object_id: ObjectId, schema_id: SchemaId) -> bool {
    [
        "SELECT",
        "VIEW DEFINITION",
        "INSERT",
        "UPDATE",
        "DELETE",
        "EXECUTE",
        "ALTER",
        "REFERENCES",
    ]
    .iter()
    .any(|p| allows(session, object_id, schema_id, p))
}

/// 229, for data access and execution; the engine calls it before it touches a table or module.
pub fn require(
    session: &Session,
    object: (ObjectId, SchemaId, &str),
    schema: &str,
    permission: &str,
) -> Result<()> {
    let (object_id, schema_id, name) = object;
    if allows(session, object_id, schema_id, permission) {
        return Ok(());
    }
    let database = super::database_name(session, session.database);
    Err(denied(permission, name, &database, schema))
}

/// 229.
pub fn denied(permission: &str, name: &str, database: &str, schema: &str) -> SqlError {
    SqlError::new(
        229,
        format!(
            "The {permission} permission was denied on the object '{name}', database '{database}', schema '{schema}'."
        ),
    )
    .class(14)
    .state(5)
}

/// May the session's login, as its user of msdb, read a table there? Tables of msdb are in its schema dbo.
pub fn allows_in_msdb(session: &Session, object_id: ObjectId) -> bool {
    let securables = [
        Securable::Object(object_id),
        Securable::Schema(1),
        Securable::Database,
    ];
    session.server.state.database(MSDB, |security| {
        let identity = Identity::of(session, security);
        identity.is_owner()
            || by_fixed_role(&identity, "SELECT").unwrap_or(false)
            || decide(
                &security.permissions,
                &identity.roles,
                &securables,
                "SELECT",
            )
            .unwrap_or(false)
    })
}

/// 262: CREATE something without the database permission, then 2760 without ALTER on the schema.
pub fn require_create(session: &Session, what: &str, schema: (SchemaId, &str)) -> Result<()> {
    let permission = format!("CREATE {what}");
    if !allows_in_database(session, &permission) {
        let database = super::database_name(session, session.database);
        return Err(SqlError::new(
            262,
            format!("{permission} permission denied in database '{database}'."),
        )
        .class(14));
    }
    if !allows_in_schema(session, schema.0, "ALTER") {
        return Err(SqlError::new(
            2760,
            format!(
                "The specified schema name \"{}\" either does not exist or you do not have permission to use it.",
                schema.1
            ),
        ));
    }
    Ok(())
}

/// 300 and 297 of the server's dynamic management views.
pub fn require_view_server_state(session: &Session) -> Result<()> {
    if allows_on_server(session, "VIEW SERVER PERFORMANCE STATE") {
        return Ok(());
    }
    Err(SqlError::new(
        300,
        "VIEW SERVER PERFORMANCE STATE permission was denied on object 'server', database 'master'.",
    )
    .class(14)
    .followed_by(SqlError::new(
        297,
        "The user does not have permission to perform this action.",
    )))
}

/// 262 and 297 of a database's dynamic management views.
pub fn require_view_database_state(session: &Session) -> Result<()> {
    if allows_in_database(session, "VIEW DATABASE PERFORMANCE STATE")
        || allows_on_server(session, "VIEW SERVER PERFORMANCE STATE")
    {
        return Ok(());
    }
    let database = super::database_name(session, session.database);
    Err(SqlError::new(
        262,
        format!("VIEW DATABASE PERFORMANCE STATE permission denied in database '{database}'."),
    )
    .class(14)
    .followed_by(SqlError::new(
        297,
        "The user does not have permission to perform this action.",
    )))
}
