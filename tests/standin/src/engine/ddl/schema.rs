//! CREATE and DROP SCHEMA.

use crate::engine::frame::ExecContext;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};
use crate::syntax::ast::Ident;

use super::{apply, naming, permission};

pub(super) fn create(
    ctx: &mut ExecContext<'_>,
    name: Option<&Ident>,
    authorization: Option<&Ident>,
) -> Result<()> {
    let Some(name) = name.or(authorization) else {
        return Ok(());
    };
    let database = ctx.session.database;
    if !permission::allows_in_database(ctx.session, "CREATE SCHEMA") {
        return Err(SqlError::new(
            262,
            format!(
                "CREATE SCHEMA permission denied in database '{}'.",
                super::database_name(ctx.session, database)
            ),
        )
        .class(14));
    }
    let owner = match authorization {
        None => 1,
        Some(owner) => ctx
            .session
            .server
            .state
            .database(database, |d| d.principal(&owner.text).map(|p| p.id))
            .ok_or_else(|| {
                SqlError::new(
                    15151,
                    format!("Cannot find the user '{}', because it does not exist or you do not have permission.", owner.text),
                )
            })?,
    };
    if ctx
        .session
        .server
        .catalog
        .schema_by_name(database, &name.text)
        .is_some()
    {
        return Err(naming::already_exists(&name.text, 6).followed_by(
            SqlError::new(2759, "CREATE SCHEMA failed due to previous errors.").state(0),
        ));
    }
    apply::with_txn(ctx.session, |session, txn| {
        session
            .server
            .catalog
            .create_schema(txn, database, &name.text, owner)
            .map(|_| ())
    })
}

pub(super) fn drop(ctx: &mut ExecContext<'_>, if_exists: bool, name: &Ident) -> Result<()> {
    let database = ctx.session.database;
    let Some(schema) = ctx
        .session
        .server
        .catalog
        .schema_by_name(database, &name.text)
    else {
        if if_exists {
            return Ok(());
        }
        return Err(SqlError::new(
            15151,
            format!(
                "Cannot drop the schema '{}', because it does not exist or you do not have permission.",
                name.text
            ),
        ));
    };
    if schema.schema_id <= 4 {
        return Err(SqlError::new(
            15150,
            format!("Cannot drop the schema '{}'.", schema.name),
        ));
    }
    let snapshot = Snapshot::of_database(ctx.session, database);
    let object = snapshot
        .tables
        .iter()
        .filter(|t| t.schema_id == schema.schema_id)
        .map(|t| t.name.clone())
        .chain(
            snapshot
                .modules
                .iter()
                .filter(|m| m.schema_id == schema.schema_id)
                .map(|m| m.name.clone()),
        )
        .next();
    if let Some(object) = object {
        return Err(SqlError::new(
            3729,
            format!(
                "Cannot drop schema '{}' because it is being referenced by object '{object}'.",
                schema.name
            ),
        ));
    }
    apply::with_txn(ctx.session, |session, txn| {
        session
            .server
            .catalog
            .drop_schema(txn, database, schema.schema_id);
        Ok(())
    })
}
