//! CREATE, ALTER and DROP INDEX of row-store indexes, and inline indexes.

use crate::catalog::model::{Compression, IndexDef, IndexKind, TableDef};
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{
    CreateIndex, Expr, InlineIndex, NamedOption, ObjectName, OptionValue, TableBody,
};

use super::expression_text::filter_text;
use super::naming::object_missing;
use super::{apply, binding, index_key, permission, references, table_body, target, view_index};

/// What the options of an index say.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub compression: Option<Compression>,
    pub ignore_dup_key: bool,
    pub fill_factor: u8,
    pub drop_existing: bool,
    pub online: bool,
    pub resumable: bool,
}

pub(super) fn is_on(option: &NamedOption) -> bool {
    match &option.value {
        Some(OptionValue::Word(word)) => word.eq_ignore_ascii_case("ON"),
        None => true,
        _ => false,
    }
}

/// Reads index options; 1712 for ONLINE below Enterprise, refusals by name for what the stand-in does not keep.
pub(super) fn settings(
    session: &Session,
    _table: &TableDef,
    options: &[NamedOption],
) -> Result<Settings> {
    let mut settings = Settings::default();
    for option in options {
        match option.name.to_ascii_uppercase().as_str() {
            "DATA_COMPRESSION" => settings.compression = Some(compression(option)?),
            "IGNORE_DUP_KEY" => settings.ignore_dup_key = is_on(option),
            "FILLFACTOR" => {
                if let Some(OptionValue::Number(n)) = &option.value {
                    settings.fill_factor = n.parse().unwrap_or(0);
                }
            }
            "DROP_EXISTING" => settings.drop_existing = is_on(option),
            "ONLINE" => settings.online = is_on(option),
            "RESUMABLE" => settings.resumable = is_on(option),
            _ => {}
        }
    }
    if settings.online && session.server.config.engine_edition != 3 {
        return Err(SqlError::new(
            1712,
            "Online index operations can only be performed in Enterprise edition of SQL Server.",
        )
        .kind(crate::error::ErrorKind::BatchAborting));
    }
    if settings.resumable {
        return Err(SqlError::not_implemented("RESUMABLE index operations"));
    }
    Ok(settings)
}

fn compression(option: &NamedOption) -> Result<Compression> {
    let word = match &option.value {
        Some(OptionValue::Word(word)) => word.to_ascii_uppercase(),
        _ => String::new(),
    };
    match word.as_str() {
        "NONE" => Ok(Compression::None),
        "ROW" => Ok(Compression::Row),
        "PAGE" => Ok(Compression::Page),
        _ => Err(SqlError::not_implemented(format_args!(
            "DATA_COMPRESSION = {word}"
        ))),
    }
}

/// 1934, when a SET option does not fit filtered, spatial and computed-column indexes or indexed views.
pub(crate) fn require_set_options(session: &Session, statement: &str) -> Result<()> {
    let wrong = session.options.wrong_for_indexes();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(SqlError::new(
        1934,
        format!(
            "{statement} failed because the following SET options have incorrect settings: '{}'. Verify that SET options are correct for use with indexed views and/or indexes on computed columns and/or filtered indexes and/or query notifications and/or XML data type methods and/or spatial index operations.",
            wrong.join(", ")
        ),
    ))
}

/// 1913.
pub(super) fn exists(table: &TableDef, name: &str) -> SqlError {
    SqlError::new(
        1913,
        format!(
            "The operation failed because an index or statistics with name '{name}' already exists on table '{}'.",
            table.name
        ),
    )
}

/// The number of a new index: 1 for the clustered one, the next free one from 2 for the others, statistics included.
pub(super) fn next_id(table: &TableDef, clustered: bool) -> i32 {
    if clustered {
        return 1;
    }
    let used = |id: i32| {
        table.indexes.iter().any(|i| i.index_id == id)
            || table.statistics.iter().any(|s| s.stats_id == id)
    };
    (2..).find(|id| !used(*id)).unwrap_or(2)
}

/// Adds an index to a definition; a clustered one takes the heap's place.
pub(super) fn put(table: &mut TableDef, index: IndexDef) {
    if index.index_id == 1 {
        table.indexes.retain(|i| i.index_id != 0);
        table.indexes.insert(0, index);
    } else {
        table.indexes.push(index);
        table.indexes.sort_by_key(|i| i.index_id);
    }
}

/// Takes an index out; without its clustered index a table is a heap again.
pub(super) fn take(table: &mut TableDef, index_id: i32) {
    table.indexes.retain(|i| i.index_id != index_id);
    if index_id == 1 {
        table.indexes.insert(0, table_body::heap());
    }
}

/// Checks the predicate of a filtered index or filtered statistics and gives its catalog text: 10609, 10735, 207.
pub(super) fn filter(table: &TableDef, name: &str, expr: &Expr) -> Result<String> {
    for id in references::columns_of(table, expr) {
        if let Some(at) = table.ordinal_of(id)
            && table.columns[at].computed.is_some()
        {
            return Err(SqlError::new(
                10609,
                format!(
                    "Filtered index '{name}' cannot be created on table '{}' because the column '{}' in the filter expression is a computed column. Rewrite the filter expression so that it does not include this column.",
                    table.name, table.columns[at].name
                ),
            ));
        }
    }
    let text = filter_text(expr);
    binding::index_filter(table, &text).map_err(|e| match e.number {
        10735 => SqlError::new(
            10735,
            format!(
                "Incorrect WHERE clause for filtered index '{name}' on table '{}'.",
                table.name
            ),
        )
        .class(15),
        _ => e,
    })?;
    Ok(text)
}

pub(super) fn table_for_index(
    ctx: &ExecContext<'_>,
    name: &ObjectName,
    state: u8,
) -> Result<std::sync::Arc<TableDef>> {
    let table = match target::table(ctx, name)? {
        Some(table) => table,
        None => {
            if let Some(crate::engine::Resolved::View(_)) =
                ctx.session.resolve(Some(ctx.frame), name)?
            {
                return Err(SqlError::not_implemented("statistics on a view"));
            }
            return Err(object_missing(&target::written(name), state));
        }
    };
    if table.database_id != crate::catalog::TEMPDB
        && !permission::allows(ctx.session, table.object_id, table.schema_id, "ALTER")
    {
        return Err(object_missing(&target::written(name), state));
    }
    Ok(table)
}

pub(super) fn create(
    ctx: &mut ExecContext<'_>,
    create: &CreateIndex,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    if let Some(view) = view_index::view(ctx, &create.table)? {
        return view_index::create(ctx, create, &view, sink);
    }
    let table = table_for_index(ctx, &create.table, 12)?;
    memory_optimized::refuse_on(&table, "The operation 'CREATE INDEX'", 7)?;
    if create.columnstore {
        return Err(SqlError::not_implemented("columnstore indexes"));
    }
    let clustered = create.clustered == Some(true);
    let name = &create.name.text;
    let settings = settings(ctx.session, &table, &create.options)?;
    let mut def = (*table).clone();
    let old = def
        .indexes
        .iter()
        .find(|i| i.name.eq_ignore_ascii_case(name))
        .cloned();
    match (&old, settings.drop_existing) {
        (Some(_), false) => return Err(exists(&def, name)),
        (None, true) => {
            return Err(SqlError::new(
                7999,
                format!(
                    "Could not find any index named '{name}' for table '{}'.",
                    def.name
                ),
            )
            .state(9));
        }
        (Some(old), true) => take(&mut def, old.index_id),
        (None, false) => {}
    }
    if def
        .statistics
        .iter()
        .any(|s| s.name.eq_ignore_ascii_case(name))
    {
        return Err(exists(&def, name));
    }
    let built = build(ctx.session, &def, name, create, &settings, clustered)?;
    if let Some(warning) = index_key::width_warning(&def, name, &built.keys, clustered) {
        sink.message(&warning)?;
    }
    if let crate::catalog::model::TemporalRole::History { .. } = def.temporal
        && built.unique
    {
        return Err(SqlError::new(
            13583,
            format!(
                "Defining indexes with unique constraint on temporal history table '{}' is not allowed.",
                target::three_part(ctx.session, &def)
            ),
        ));
    }
    put(&mut def, built);
    apply::replace_table(ctx, def).map(|_| ())
}

fn build(
    session: &Session,
    def: &TableDef,
    name: &str,
    create: &CreateIndex,
    settings: &Settings,
    clustered: bool,
) -> Result<IndexDef> {
    if clustered && let Some(other) = def.indexes.iter().find(|i| i.index_id == 1) {
        return Err(SqlError::new(
            1902,
            format!(
                "Cannot create more than one clustered index on table '{}'. Drop the existing clustered index '{}' before creating another.",
                def.name, other.name
            ),
        )
        .state(3));
    }
    if clustered && !create.includes.is_empty() {
        return Err(SqlError::new(
            10601,
            "Cannot specify included columns for a clustered index.",
        ));
    }
    let keys = index_key::keys(
        def,
        name,
        &create.columns,
        clustered,
        index_key::KeyUse::Index,
    )?;
    let includes = index_key::includes(def, &keys, &create.includes)?;
    check_computed(session, def, name, &keys)?;
    let filter = match &create.filter {
        None => None,
        Some(_) if clustered => {
            return Err(SqlError::new(
                10615,
                format!(
                    "Filtered index '{name}' cannot be created on table '{}' because it is a clustered index.",
                    def.name
                ),
            ));
        }
        Some(expr) => {
            require_set_options(session, "CREATE INDEX")?;
            if settings.ignore_dup_key {
                return Err(SqlError::new(
                    10618,
                    format!(
                        "Filtered index '{name}' cannot be created on table '{}' because the index option IGNORE_DUP_KEY is specified.",
                        def.name
                    ),
                ));
            }
            Some(filter(def, name, expr)?)
        }
    };
    if settings.ignore_dup_key && !create.unique {
        return Err(SqlError::new(
            1916,
            "CREATE INDEX options nonunique and ignore_dup_key are mutually exclusive.",
        )
        .state(4));
    }
    Ok(IndexDef {
        index_id: next_id(def, clustered),
        name: name.to_owned(),
        kind: if clustered {
            IndexKind::Clustered
        } else {
            IndexKind::Nonclustered
        },
        unique: create.unique,
        keys,
        includes,
        filter,
        compression: settings.compression.unwrap_or(Compression::None),
        disabled: false,
        ignore_dup_key: settings.ignore_dup_key,
        fill_factor: settings.fill_factor,
        constraint: None,
        spatial: None,
    })
}

/// A computed key column must be deterministic (2729) and, unless persisted, precise (2799); SET options count (1934).
fn check_computed(
    session: &Session,
    def: &TableDef,
    name: &str,
    keys: &[crate::catalog::model::IndexColumn],
) -> Result<()> {
    for at in keys.iter().filter_map(|k| def.ordinal_of(k.column_id)) {
        let column = &def.columns[at];
        let Some(computed) = &column.computed else {
            continue;
        };
        require_set_options(session, "CREATE INDEX")?;
        let expr = crate::syntax::parse_scalar(&computed.text)?;
        if !binding::is_deterministic(&expr) {
            return Err(SqlError::new(
                2729,
                format!(
                    "Column '{}' in table '{}' cannot be used in an index or statistics or as a partition key because it is non-deterministic.",
                    column.name, def.name
                ),
            ));
        }
        if !computed.persisted && column.sql_type.name.is_approximate() {
            return Err(SqlError::new(
                2799,
                format!(
                    "Cannot create index or statistics '{name}' on table '{}' because the computed column '{}' is imprecise and not persisted. Consider removing column from index or statistics key or marking computed column persisted.",
                    def.name, column.name
                ),
            ));
        }
    }
    Ok(())
}

/// Inline indexes of a table body.
pub(super) fn add_inline(session: &Session, table: &mut TableDef, body: &TableBody) -> Result<()> {
    let at_columns = body.columns.iter().filter_map(|c| {
        let index = c.index.as_ref()?;
        let mut index = index.clone();
        if index.columns.is_empty() {
            index.columns.push(crate::syntax::ast::KeyColumn {
                name: c.name.clone(),
                descending: false,
                directed: false,
            });
        }
        Some(index)
    });
    let all: Vec<InlineIndex> = at_columns.chain(body.indexes.iter().cloned()).collect();
    for inline in all {
        let kind = super::memory_table::kind_of(table, inline.hash, &inline.options)?;
        if inline.columnstore {
            return Err(SqlError::not_implemented("columnstore indexes"));
        }
        let name = &inline.name.text;
        if table
            .indexes
            .iter()
            .any(|i| i.name.eq_ignore_ascii_case(name))
        {
            return Err(exists(table, name));
        }
        let settings = settings(session, table, &inline.options)?;
        let create = CreateIndex {
            name: inline.name.clone(),
            table: ObjectName { parts: Vec::new() },
            unique: inline.unique,
            clustered: inline.clustered,
            columnstore: false,
            columns: inline.columns.clone(),
            includes: inline.includes.clone(),
            filter: inline.filter.clone(),
            options: Vec::new(),
            on: None,
        };
        let clustered = inline.clustered == Some(true);
        let mut built = build(session, table, name, &create, &settings, clustered)?;
        if !clustered {
            built.kind = kind;
        }
        put(table, built);
    }
    Ok(())
}
