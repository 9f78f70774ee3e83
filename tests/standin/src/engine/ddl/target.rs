//! From the name in a definition to the table or schema that it is about.

use std::sync::Arc;

use crate::catalog::model::{DatabaseId, SchemaId, TableDef};
use crate::catalog::{Object, TEMPDB};
use crate::engine::frame::ExecContext;
use crate::engine::resolve::Resolved;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::ObjectName;

use super::permission;

/// `schema.name` as messages print a name that was written so.
pub(super) fn written(name: &ObjectName) -> String {
    name.parts
        .iter()
        .map(|p| p.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

/// Name of a table with its schema, as temporal and index messages want it.
pub(super) fn two_part(session: &Session, table: &TableDef) -> String {
    session.server.catalog.qualified_name(table)
}

/// Name with database and schema, as temporal messages print it.
pub(super) fn three_part(session: &Session, table: &TableDef) -> String {
    format!(
        "{}.{}",
        super::database_name(session, table.database_id),
        two_part(session, table)
    )
}

pub(super) fn schema_name(session: &Session, database: DatabaseId, schema: SchemaId) -> String {
    session
        .server
        .catalog
        .schema(database, schema)
        .map_or_else(String::new, |s| s.name.clone())
}

/// Where a new object goes.
pub(super) struct Place {
    pub database: DatabaseId,
    pub schema_id: SchemaId,
    pub schema: String,
}

/// Database and schema of a name for a new object; 911 and 2760.
pub(super) fn place(session: &Session, name: &ObjectName) -> Result<Place> {
    let catalog = &session.server.catalog;
    let database = match name.database() {
        None => session.database,
        Some(written) => {
            let found = catalog.database_by_name(written).ok_or_else(|| {
                SqlError::new(
                    911,
                    format!("Database '{written}' does not exist. Make sure that the name is entered correctly."),
                )
            })?;
            session.server.require_access(session, &found)?;
            found.id
        }
    };
    let schema = name.schema().unwrap_or(&session.default_schema);
    let found = catalog.schema_by_name(database, schema).ok_or_else(|| {
        SqlError::new(
            2760,
            format!(
                "The specified schema name \"{schema}\" either does not exist or you do not have permission to use it."
            ),
        )
    })?;
    Ok(Place {
        database,
        schema_id: found.schema_id,
        schema: found.name.clone(),
    })
}

/// The table that a name means; None when there is none, or when the name means something else.
pub(super) fn table(ctx: &ExecContext<'_>, name: &ObjectName) -> Result<Option<Arc<TableDef>>> {
    match ctx.session.resolve(Some(ctx.frame), name)? {
        Some(Resolved::Table(table)) => Ok(Some(table)),
        _ => Ok(None),
    }
}

/// The table of an ALTER TABLE; 4902 when it is not there or may not be altered.
pub(super) fn table_to_alter(ctx: &ExecContext<'_>, name: &ObjectName) -> Result<Arc<TableDef>> {
    let found = table(ctx, name)?.ok_or_else(|| super::naming::table_missing(&written(name)))?;
    if found.database_id != TEMPDB
        && !permission::allows(ctx.session, found.object_id, found.schema_id, "ALTER")
    {
        return Err(SqlError::new(
            1088,
            format!(
                "Cannot find the object \"{}\" because it does not exist or you do not have permissions.",
                written(name)
            ),
        )
        .state(13));
    }
    Ok(found)
}

/// Any object of that name in the place.
pub(super) fn existing(session: &Session, place: &Place, name: &str) -> Option<Object> {
    session
        .server
        .catalog
        .resolve(place.database, Some(&place.schema), &place.schema, name)
}
