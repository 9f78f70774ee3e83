//! What the definition of a memory-optimised table may hold, in the order in which SQL Server looks at it.

use crate::catalog::Database;
use crate::catalog::model::{IndexKind, TableDef};
use crate::engine::memory_optimized::native::check_constraint;
use crate::engine::memory_optimized::not_supported;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    ColumnSyntax, ConstraintKind, InlineIndex, NamedOption, OptionValue, TableBody,
};
use crate::types::type_name::TypeContext;
use crate::types::{SqlType, TypeName};

use super::index::is_on;
use super::naming::not_created;
use super::table_body::resolve_type;

/// What WITH (MEMORY_OPTIMIZED = ON, DURABILITY = ...) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage {
    pub memory_optimized: bool,
    pub schema_only: bool,
}

fn named<'a>(options: &'a [NamedOption], name: &str) -> Option<&'a NamedOption> {
    options.iter().find(|o| o.name.eq_ignore_ascii_case(name))
}

fn word(option: &NamedOption) -> String {
    match &option.value {
        Some(OptionValue::Word(word)) => word.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// Reads the table's options; 10779 for DURABILITY of a table on disk.
pub(super) fn storage(options: &[NamedOption]) -> Result<Storage> {
    let memory_optimized = named(options, "MEMORY_OPTIMIZED").is_some_and(is_on);
    let durability = named(options, "DURABILITY").map(word);
    if let Some(durability) = &durability
        && !memory_optimized
    {
        return Err(SqlError::new(
            10779,
            format!(
                "The durability option '{durability}' is supported only with memory optimized tables."
            ),
        )
        .class(15));
    }
    Ok(Storage {
        memory_optimized,
        schema_only: durability.as_deref() == Some("schema_only"),
    })
}

/// Errors of the options that refuse the batch: 10779, and what BUCKET_COUNT may say.
pub(super) fn bind_check(body: &TableBody, options: &[NamedOption], table: &str) -> Result<()> {
    storage(options)?;
    for key in keys(body) {
        buckets_written(key.hash, key.options, key.name, table)?;
    }
    for index in indexes(body) {
        buckets_written(index.hash, &index.options, &index.name.text, table)?;
    }
    Ok(())
}

struct Key<'a> {
    primary: bool,
    clustered: Option<bool>,
    hash: bool,
    options: &'a [NamedOption],
    /// Empty for a key without a name.
    name: &'a str,
    directed: bool,
}

/// Key constraints: those of columns first.
fn keys(body: &TableBody) -> impl Iterator<Item = Key<'_>> {
    let of_columns = body.columns.iter().flat_map(|c| c.constraints.iter());
    of_columns
        .chain(&body.constraints)
        .filter_map(|constraint| {
            let ConstraintKind::Key {
                primary,
                clustered,
                hash,
                columns,
                options,
                ..
            } = &constraint.kind
            else {
                return None;
            };
            Some(Key {
                primary: *primary,
                clustered: *clustered,
                hash: *hash,
                options,
                name: constraint.name.as_ref().map_or("", |n| n.text.as_str()),
                directed: columns.iter().any(|c| c.directed),
            })
        })
}

fn indexes(body: &TableBody) -> impl Iterator<Item = &InlineIndex> {
    let of_columns = body.columns.iter().filter_map(|c| c.index.as_ref());
    of_columns.chain(&body.indexes)
}

/// 10789 for a hash index without BUCKET_COUNT, 10790 for one that is none with it, 41303 for a number out of range.
fn buckets_written(hash: bool, options: &[NamedOption], index: &str, table: &str) -> Result<()> {
    let written = named(options, "BUCKET_COUNT");
    match written {
        None if hash => Err(SqlError::new(
            10789,
            format!(
                "The option 'bucket_count' must be specified for index '{index}' on table '{table}'. It is required for hash indexes."
            ),
        )
        .class(15)),
        Some(_) if !hash => Err(SqlError::new(
            10790,
            "The option 'BUCKET_COUNT' can be specified only for hash indexes.",
        )
        .class(15)),
        Some(_) => buckets(options).map(|_| ()),
        None => Ok(()),
    }
}

/// BUCKET_COUNT as the server keeps it: the next power of two. 41303 outside 1 to 2^30.
pub(super) fn buckets(options: &[NamedOption]) -> Result<u32> {
    let number = match named(options, "BUCKET_COUNT").and_then(|o| o.value.as_ref()) {
        Some(OptionValue::Number(number)) => number.parse::<u64>().unwrap_or(u64::MAX),
        _ => 0,
    };
    if !(1..=1 << 30).contains(&number) {
        return Err(SqlError::new(
            41303,
            "The bucket count for a hash index must be a positive integer not exceeding 1073741824.",
        )
        .class(15));
    }
    Ok(u32::try_from(number.next_power_of_two()).unwrap_or(1 << 30))
}

/// 41337: without the filegroup (state 100) or without a container (state 1).
fn require_container(database: &Database) -> Result<()> {
    let state = match &database.memory_optimized_filegroup {
        None => 100,
        Some(_) if database.containers().next().is_none() => 1,
        Some(_) => return Ok(()),
    };
    Err(SqlError::new(
        41337,
        "Cannot create memory optimized tables. To create memory optimized tables, the database must have a MEMORY_OPTIMIZED_FILEGROUP that is online and has at least one container.",
    )
    .state(state))
}

/// Everything about the body of a CREATE TABLE that only memory-optimised tables refuse.
pub(super) fn check(
    session: &Session,
    database: &Database,
    table: &str,
    body: &TableBody,
    storage: Storage,
) -> Result<()> {
    require_container(database)?;
    for column in &body.columns {
        check_column(session, column)?;
    }
    check_shapes(body)?;
    check_keys(
        table,
        storage.schema_only,
        keys(body).any(|key| key.primary),
        keys(body).next().is_some() || indexes(body).next().is_some(),
    )
}

/// The same after ALTER TABLE has taken a key or an index away.
pub(super) fn require_key(table: &TableDef) -> Result<()> {
    if !table.memory_optimized {
        return Ok(());
    }
    let primary = table
        .indexes
        .iter()
        .any(|i| i.constraint.as_ref().is_some_and(|c| c.primary));
    check_keys(
        &table.name,
        table.schema_only,
        primary,
        table.indexes.len() > 1,
    )
}

/// 41321: a durable table needs a primary key. 41327: every table needs an index.
fn check_keys(table: &str, schema_only: bool, primary: bool, indexed: bool) -> Result<()> {
    if !schema_only && !primary {
        return Err(not_created(
            SqlError::new(
                41321,
                format!(
                    "The memory optimized table '{table}' with DURABILITY=SCHEMA_AND_DATA must have a primary key."
                ),
            )
            .state(7),
            0,
        ));
    }
    if !indexed {
        return Err(not_created(
            SqlError::new(
                41327,
                format!(
                    "The memory optimized table '{table}' must have at least one index or a primary key."
                ),
            )
            .state(7),
            0,
        ));
    }
    Ok(())
}

/// 10794 for types and properties that a column cannot have, 12339 for an identity that is not (1,1).
pub(super) fn check_column(session: &Session, column: &ColumnSyntax) -> Result<()> {
    if let Some(written) = &column.data_type {
        let context = TypeContext::Column {
            name: &column.name.text,
            ordinal: 1,
        };
        check_type(&resolve_type(session, written, context)?)?;
    }
    if column.sparse {
        return Err(not_supported("The feature 'SPARSE'", 4));
    }
    if column.rowguidcol {
        return Err(not_supported("The feature 'ROWGUIDCOL'", 5));
    }
    if let Some((seed, increment)) = &column.identity
        && (seed != "1" || increment != "1")
    {
        return Err(SqlError::new(
            12339,
            "The use of seed and increment values other than 1 is not supported with memory optimized tables.",
        )
        .state(17));
    }
    if column.generated.is_some() {
        return Err(SqlError::not_implemented(
            "system versioning of memory-optimised tables",
        ));
    }
    if column.computed.is_some() {
        return Err(SqlError::not_implemented(
            "computed columns of memory-optimised tables",
        ));
    }
    match &column.default {
        Some((_, expr)) => check_constraint(expr),
        None => Ok(()),
    }
}

/// 10794, state 80.
pub(super) fn check_type(sql_type: &SqlType) -> Result<()> {
    let name = match sql_type.name {
        TypeName::Xml => "xml".to_owned(),
        TypeName::Text => "text".to_owned(),
        TypeName::NText => "ntext".to_owned(),
        TypeName::Image => "image".to_owned(),
        TypeName::SqlVariant => "sql_variant".to_owned(),
        TypeName::RowVersion => "timestamp".to_owned(),
        TypeName::Geography => "sys.geography".to_owned(),
        TypeName::Geometry => "sys.geometry".to_owned(),
        TypeName::HierarchyId => "sys.hierarchyid".to_owned(),
        TypeName::DateTimeOffset => format!("datetimeoffset({})", sql_type.scale),
        TypeName::Vector => format!("vector({})", sql_type.length),
        TypeName::Json => "json".to_owned(),
        _ => return Ok(()),
    };
    Err(not_supported(format_args!("The type '{name}'"), 80))
}

/// What the keys and indexes of a body look like; those of ALTER TABLE ADD too.
pub(super) fn check_shapes(body: &TableBody) -> Result<()> {
    let of_columns = body.columns.iter().flat_map(|c| c.constraints.iter());
    for constraint in of_columns.chain(&body.constraints) {
        if let ConstraintKind::Check { expr, .. } | ConstraintKind::Default { expr, .. } =
            &constraint.kind
        {
            check_constraint(expr)?;
        }
    }
    for key in keys(body) {
        if key.hash && key.directed {
            return Err(directed_hash());
        }
        let clustered = key.clustered.unwrap_or(key.primary);
        check_shape(clustered, key.options)?;
    }
    for index in indexes(body) {
        if index.columnstore {
            return Err(SqlError::not_implemented("columnstore indexes"));
        }
        if index.hash && index.columns.iter().any(|c| c.directed) {
            return Err(directed_hash());
        }
        if index.clustered == Some(true) {
            return Err(clustered_refused());
        }
        if index.filter.is_some() {
            return Err(SqlError::new(
                10794,
                "The feature 'WHERE' is not supported with indexes on memory optimized tables.",
            ));
        }
        if !index.includes.is_empty() {
            return Err(not_created(
                SqlError::new(
                    10664,
                    "Cannot specify included columns for indexes on memory optimized tables.",
                ),
                0,
            ));
        }
        check_shape(false, &index.options)?;
    }
    Ok(())
}

fn directed_hash() -> SqlError {
    SqlError::not_implemented("ASC and DESC in the key of a hash index")
}

/// 12317.
fn clustered_refused() -> SqlError {
    SqlError::new(
        12317,
        "Clustered indexes, which are the default for primary keys, are not supported with memory optimized tables. Specify a NONCLUSTERED index instead.",
    )
    .state(68)
}

/// 12317, and 10794 (state 81) for every option but BUCKET_COUNT.
fn check_shape(clustered: bool, options: &[NamedOption]) -> Result<()> {
    if clustered {
        return Err(clustered_refused());
    }
    match options
        .iter()
        .find(|o| !o.name.eq_ignore_ascii_case("BUCKET_COUNT"))
    {
        Some(option) => Err(SqlError::new(
            10794,
            format!(
                "The index option '{}' is not supported with indexes on memory optimized tables.",
                option.name.to_ascii_lowercase()
            ),
        )
        .state(81)),
        None => Ok(()),
    }
}

/// The kind of a nonclustered index: hash and range indexes exist in memory-optimised tables only (10791).
pub(super) fn kind_of(table: &TableDef, hash: bool, options: &[NamedOption]) -> Result<IndexKind> {
    if hash && !table.memory_optimized {
        return Err(not_created(
            SqlError::new(
                10791,
                "Hash indexes are permitted only in memory optimized tables.",
            ),
            0,
        ));
    }
    if hash {
        return buckets(options).map(IndexKind::Hash);
    }
    Ok(if table.memory_optimized {
        IndexKind::Range
    } else {
        IndexKind::Nonclustered
    })
}

/// The indexes of a new table are numbered from its last one.
pub(super) fn number_indexes(table: &mut TableDef) {
    let count = i32::try_from(table.indexes.len()).unwrap_or(i32::MAX);
    for (at, index) in table.indexes.iter_mut().enumerate().skip(1) {
        index.index_id = count + 1 - i32::try_from(at).unwrap_or(0);
    }
    table.indexes.sort_by_key(|index| index.index_id);
}
