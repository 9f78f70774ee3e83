//! Logins, users, roles and permissions.

use crate::engine::Session;
use crate::engine::ddl::state::{PermissionRecord, PrincipalKind, Securable};
use crate::error::Result;
use crate::types::Value;

use super::snapshot::{bit, int, now, text};
use super::{CatalogView, Rows};

const PERMISSION: &str = "class tinyint!, class_desc nvarchar(60), major_id int!=0, minor_id int!=0, grantee_principal_id int!, \
    grantor_principal_id int!=1, type char(4)!, permission_name nvarchar(128), state char(1)!, state_desc nvarchar(60)";

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.database_principals",
        spec: "name sysname!, principal_id int!, type char(1)!, type_desc nvarchar(60), default_schema_name sysname, \
            create_date datetime!, modify_date datetime!, owning_principal_id int, sid varbinary(85), is_fixed_role bit!, \
            authentication_type int!=0, authentication_type_desc nvarchar(60)=NONE, default_language_name sysname, \
            default_language_lcid int, allow_encrypted_value_modifications bit!=0",
        fill: database_principals,
    },
    CatalogView {
        name: "sys.server_principals",
        spec: "name sysname!, principal_id int!, sid varbinary(85), type char(1)!, type_desc nvarchar(60), is_disabled bit, \
            create_date datetime!, modify_date datetime!, default_database_name sysname, default_language_name sysname, \
            credential_id int, owning_principal_id int, is_fixed_role bit!=0, tenant_id uniqueidentifier",
        fill: server_principals,
    },
    CatalogView {
        name: "sys.database_role_members",
        spec: "role_principal_id int!, member_principal_id int!",
        fill: role_members,
    },
    CatalogView {
        name: "sys.database_permissions",
        spec: PERMISSION,
        fill: database_permissions,
    },
    CatalogView {
        name: "sys.server_permissions",
        spec: PERMISSION,
        fill: server_permissions,
    },
];

fn database_principals(session: &Session, rows: &mut Rows) -> Result<()> {
    let principals = session
        .server
        .state
        .database(session.database, |d| d.principals.clone());
    for principal in principals {
        let user = principal.kind == PrincipalKind::User;
        rows.push([
            ("name", text(&principal.name)),
            ("principal_id", int(principal.id)),
            ("type", Value::varchar(if user { "S" } else { "R" })),
            (
                "type_desc",
                text(if user { "SQL_USER" } else { "DATABASE_ROLE" }),
            ),
            (
                "default_schema_name",
                principal.default_schema.as_ref().map_or(Value::Null, text),
            ),
            ("create_date", now()),
            ("modify_date", now()),
            ("is_fixed_role", bit(principal.fixed)),
        ]);
        if user {
            if principal.login.is_some() {
                rows.amend([
                    ("authentication_type", int(1)),
                    ("authentication_type_desc", text("INSTANCE")),
                ]);
            }
        } else {
            rows.amend([("owning_principal_id", int(1))]);
        }
    }
    Ok(())
}

fn server_principals(session: &Session, rows: &mut Rows) -> Result<()> {
    rows.push([
        ("name", text("sa")),
        ("principal_id", int(1)),
        ("sid", Value::binary([1])),
        ("type", Value::varchar("S")),
        ("type_desc", text("SQL_LOGIN")),
        ("is_disabled", bit(false)),
        ("create_date", now()),
        ("modify_date", now()),
        ("default_database_name", text("master")),
        ("default_language_name", text("us_english")),
    ]);
    for (id, name) in [(2, "public"), (3, "sysadmin")] {
        rows.push([
            ("name", text(name)),
            ("principal_id", int(id)),
            ("sid", Value::binary([u8::try_from(id).unwrap_or(0)])),
            ("type", Value::varchar("R")),
            ("type_desc", text("SERVER_ROLE")),
            ("is_disabled", bit(false)),
            ("create_date", now()),
            ("modify_date", now()),
            ("is_fixed_role", bit(id != 2)),
        ]);
    }
    let logins = session.server.state.lock().logins.clone();
    for login in logins {
        rows.push([
            ("name", text(&login.name)),
            ("principal_id", int(login.principal_id)),
            ("type", Value::varchar("S")),
            ("type_desc", text("SQL_LOGIN")),
            ("is_disabled", bit(login.disabled)),
            ("create_date", now()),
            ("modify_date", now()),
            ("default_database_name", text(&login.default_database)),
            ("default_language_name", text("us_english")),
        ]);
    }
    Ok(())
}

fn role_members(session: &Session, rows: &mut Rows) -> Result<()> {
    rows.push([
        ("role_principal_id", int(16384)),
        ("member_principal_id", int(1)),
    ]);
    for (role, member) in session
        .server
        .state
        .database(session.database, |d| d.members.clone())
    {
        rows.push([
            ("role_principal_id", int(role)),
            ("member_principal_id", int(member)),
        ]);
    }
    Ok(())
}

fn push(rows: &mut Rows, record: &PermissionRecord) {
    let (class, description, major) = match record.securable {
        Securable::Server => (100, "SERVER", 0),
        Securable::Database => (0, "DATABASE", 0),
        Securable::Object(id) => (1, "OBJECT_OR_COLUMN", id),
        Securable::Schema(id) => (3, "SCHEMA", id),
    };
    rows.push([
        ("class", int(class)),
        ("class_desc", text(description)),
        ("major_id", int(major)),
        ("grantee_principal_id", int(record.grantee)),
        ("type", Value::varchar(type_code(&record.permission))),
        ("permission_name", text(&record.permission)),
        ("state", Value::varchar(if record.deny { "D" } else { "G" })),
        (
            "state_desc",
            text(if record.deny { "DENY" } else { "GRANT" }),
        ),
    ]);
}

fn type_code(permission: &str) -> &'static str {
    match permission {
        "SELECT" => "SL",
        "INSERT" => "IN",
        "UPDATE" => "UP",
        "DELETE" => "DL",
        "EXECUTE" => "EX",
        "REFERENCES" => "RF",
        "ALTER" => "AL",
        "CONTROL" => "CL",
        "CONNECT" => "CO",
        "VIEW DEFINITION" => "VW",
        "VIEW DATABASE STATE" => "VWDS",
        "VIEW SERVER STATE" => "VWSS",
        "CREATE TABLE" => "CRTB",
        "CREATE PROCEDURE" => "CRPR",
        "CREATE VIEW" => "CRVW",
        "CREATE FUNCTION" => "CRFN",
        "CREATE SCHEMA" => "CRSM",
        "BACKUP DATABASE" => "BADB",
        "BACKUP LOG" => "BALO",
        _ => "",
    }
}

fn database_permissions(session: &Session, rows: &mut Rows) -> Result<()> {
    for record in session
        .server
        .state
        .database(session.database, |d| d.permissions.clone())
    {
        push(rows, &record);
    }
    Ok(())
}

fn server_permissions(session: &Session, rows: &mut Rows) -> Result<()> {
    let records = session.server.state.lock().server_permissions.clone();
    for record in &records {
        push(rows, record);
    }
    Ok(())
}
