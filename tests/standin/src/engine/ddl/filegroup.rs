//! The filegroup for memory-optimised data and its containers. Other filegroups and files are refused by name.

use crate::catalog::model::DatabaseId;
use crate::catalog::{Database, DatabaseFile, Object};
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{AlterDatabaseAction, Ident, NamedOption, OptionValue};

/// Ids of FILESTREAM files, and so of containers, begin here.
const FIRST_CONTAINER: i32 = 65_537;

pub(super) fn alter(
    session: &Session,
    id: DatabaseId,
    action: &AlterDatabaseAction,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let Some(database) = session.server.catalog.database(id) else {
        return Ok(());
    };
    match action {
        AlterDatabaseAction::AddFilegroup {
            name,
            memory_optimized,
        } => add_filegroup(session, &database, name, *memory_optimized),
        AlterDatabaseAction::AddFile {
            options,
            filegroup,
            log,
        } => add_file(session, &database, options, filegroup.as_ref(), *log),
        AlterDatabaseAction::RemoveFile(name) => {
            remove_file(session, &database, name)?;
            tell_removed(sink, "file", name)
        }
        AlterDatabaseAction::RemoveFilegroup(name) => {
            remove_filegroup(session, &database, name)?;
            tell_removed(sink, "filegroup", name)
        }
        AlterDatabaseAction::ModifyFilegroup { name, property } => {
            modify_filegroup(&database, name, property)
        }
        _ => Err(SqlError::not_implemented("this ALTER DATABASE")),
    }
}

fn is_memory_optimized(database: &Database, name: &Ident) -> bool {
    database
        .memory_optimized_filegroup
        .as_ref()
        .is_some_and(|group| group.eq_ignore_ascii_case(&name.text))
}

fn is_primary(name: &Ident) -> bool {
    name.text.eq_ignore_ascii_case("PRIMARY")
}

/// 5035 for a name that is taken, 10797 for a second filegroup of this sort.
fn add_filegroup(
    session: &Session,
    database: &Database,
    name: &Ident,
    memory_optimized: bool,
) -> Result<()> {
    if is_primary(name) || is_memory_optimized(database, name) {
        return Err(SqlError::new(
            5035,
            format!(
                "Filegroup '{}' already exists in this database. Specify a different name or remove the conflicting filegroup if it is empty.",
                name.text
            ),
        ));
    }
    if !memory_optimized {
        return Err(SqlError::not_implemented("ALTER DATABASE ADD FILEGROUP"));
    }
    if database.memory_optimized_filegroup.is_some() {
        return Err(SqlError::new(
            10797,
            "Only one MEMORY_OPTIMIZED_DATA filegroup is allowed per database.",
        )
        .class(15)
        .state(2));
    }
    let group = name.text.clone();
    session.server.catalog.alter_database(database.id, |d| {
        d.memory_optimized_filegroup = Some(group);
    });
    Ok(())
}

fn option<'a>(options: &'a [NamedOption], name: &str) -> Option<&'a OptionValue> {
    options
        .iter()
        .find(|o| o.name == name)
        .and_then(|o| o.value.as_ref())
}

fn text_option(options: &[NamedOption], name: &str) -> Option<String> {
    match option(options, name) {
        Some(OptionValue::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// 1036 without a path, 1921 for an unknown filegroup, 5509 and 41873 for sizes, 1828 for a name and 5170 for a path
/// that is in use.
fn add_file(
    session: &Session,
    database: &Database,
    options: &[NamedOption],
    filegroup: Option<&Ident>,
    log: bool,
) -> Result<()> {
    let name = text_option(options, "NAME").unwrap_or_default();
    let Some(path) = text_option(options, "FILENAME") else {
        return Err(SqlError::new(
            1036,
            "File option FILENAME is required in this CREATE/ALTER DATABASE statement.",
        )
        .class(15)
        .compile());
    };
    let group = match filegroup {
        Some(group) if is_memory_optimized(database, group) => group.text.clone(),
        Some(group) if !is_primary(group) => {
            return Err(SqlError::new(
                1921,
                format!("Invalid filegroup '{}' specified.", group.text),
            )
            .state(4));
        }
        _ if log => return Err(SqlError::not_implemented("ALTER DATABASE ADD LOG FILE")),
        _ => return Err(SqlError::not_implemented("ALTER DATABASE ADD FILE")),
    };
    refuse_sizes(options, &name)?;
    if database
        .files
        .iter()
        .any(|f| f.name.eq_ignore_ascii_case(&name))
    {
        return Err(SqlError::new(
            1828,
            format!("The logical file name \"{name}\" is already in use. Choose a different name."),
        )
        .state(4));
    }
    let taken = session
        .server
        .catalog
        .databases()
        .iter()
        .any(|d| d.files.iter().any(|f| f.physical_name == path));
    if taken {
        return Err(not_initialized(1).followed_by(SqlError::new(
            5170,
            format!(
                "Cannot create file '{path}' because it already exists. Change the file path or the file name, and retry the operation."
            ),
        )));
    }
    let file_id = (FIRST_CONTAINER..)
        .find(|id| database.files.iter().all(|f| f.file_id != *id))
        .unwrap_or(i32::MAX);
    let file = DatabaseFile {
        file_id,
        kind: 2,
        name,
        physical_name: path,
        filegroup: group,
        size: 0,
        max_size: -1,
    };
    session
        .server
        .catalog
        .alter_database(database.id, |d| d.files.push(file));
    Ok(())
}

fn refuse_sizes(options: &[NamedOption], name: &str) -> Result<()> {
    if option(options, "SIZE").is_some() || option(options, "FILEGROWTH").is_some() {
        return Err(SqlError::new(
            5509,
            format!(
                "The properties SIZE or FILEGROWTH cannot be specified for the FILESTREAM data file '{name}'."
            ),
        )
        .class(15)
        .state(2));
    }
    match option(options, "MAXSIZE") {
        None | Some(OptionValue::Word(_)) => Ok(()),
        Some(_) => Err(SqlError::new(
            41873,
            "File in memory-optimized filegroup must have MAXSIZE set to be UNLIMITED.",
        )
        .state(2)
        .followed_by(not_initialized(8))),
    }
}

/// 5009.
fn not_initialized(state: u8) -> SqlError {
    SqlError::new(
        5009,
        "One or more files listed in the statement could not be found or could not be initialized.",
    )
    .state(state)
}

/// Has the database memory-optimised tables or table types, or natively compiled modules?
fn has_objects(session: &Session, database: &Database) -> bool {
    session
        .server
        .catalog
        .list(database.id)
        .iter()
        .any(|object| match object {
            Object::Table(table) | Object::TableType(table) => table.memory_optimized,
            Object::Module(module) => module.is_native(),
        })
}

/// 5009 for an unknown file, 5020 for the first data and log file. The last container goes only when nothing
/// memory-optimised is left.
fn remove_file(session: &Session, database: &Database, name: &Ident) -> Result<()> {
    let Some(file) = database
        .files
        .iter()
        .find(|f| f.name.eq_ignore_ascii_case(&name.text))
    else {
        return Err(not_initialized(9));
    };
    if file.kind != 2 {
        return Err(SqlError::new(
            5020,
            "The primary data or log file cannot be removed from a database.",
        ));
    }
    if database.containers().count() == 1 && has_objects(session, database) {
        return Err(SqlError::not_implemented(
            "REMOVE FILE of the last memory-optimised container while memory-optimised objects exist",
        ));
    }
    let id = file.file_id;
    session
        .server
        .catalog
        .alter_database(database.id, |d| d.files.retain(|f| f.file_id != id));
    Ok(())
}

/// 5014 for an unknown filegroup, 5042 while it has containers, and for PRIMARY.
fn remove_filegroup(session: &Session, database: &Database, name: &Ident) -> Result<()> {
    let not_empty = |state| {
        SqlError::new(
            5042,
            format!(
                "The filegroup '{}' cannot be removed because it is not empty.",
                name.text
            ),
        )
        .state(state)
    };
    if is_primary(name) {
        return Err(not_empty(6));
    }
    if !is_memory_optimized(database, name) {
        return Err(no_filegroup(database, name, 1));
    }
    if database.containers().next().is_some() {
        return Err(not_empty(8));
    }
    session
        .server
        .catalog
        .alter_database(database.id, |d| d.memory_optimized_filegroup = None);
    Ok(())
}

/// 5014.
fn no_filegroup(database: &Database, name: &Ident, state: u8) -> SqlError {
    SqlError::new(
        5014,
        format!(
            "The filegroup '{}' does not exist in database '{}'.",
            name.text, database.name
        ),
    )
    .state(state)
}

/// 5045, 41361: nothing about the filegroup can be changed.
fn modify_filegroup(database: &Database, name: &Ident, property: &str) -> Result<()> {
    if is_primary(name) {
        return Err(SqlError::not_implemented(
            "ALTER DATABASE ... MODIFY FILEGROUP of PRIMARY",
        ));
    }
    if !is_memory_optimized(database, name) {
        return Err(no_filegroup(database, name, 2));
    }
    if matches!(
        property,
        "READ_ONLY" | "READONLY" | "READ_WRITE" | "READWRITE"
    ) {
        return Err(SqlError::new(
            41361,
            "The READ_ONLY property of a MEMORY_OPTIMIZED_DATA filegroup cannot be modified.",
        ));
    }
    Err(SqlError::new(
        5045,
        format!("The filegroup already has the '{property}' property set."),
    )
    .state(3))
}

/// 5044.
fn tell_removed(sink: &mut dyn ResultSink, what: &str, name: &Ident) -> Result<()> {
    sink.message(&crate::engine::info(
        5044,
        1,
        format!("The {what} '{}' has been removed.", name.text),
    ))
}
