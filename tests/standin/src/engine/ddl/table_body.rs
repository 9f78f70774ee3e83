//! From the body of a CREATE TABLE, a table variable or a table type to a `TableDef`.

use crate::catalog::model::{
    ColumnDef, Compression, ComputedDef, DatabaseId, DefaultDef, GeneratedAlways, IdentityDef,
    IndexDef, IndexKind, PeriodDef, SchemaId, TableDef, TemporalRole,
};
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{ColumnSyntax, ConstraintKind, GeneratedWord, TableBody, TypeRef};
use crate::types::type_name::{TypeContext, parse_type_name};
use crate::types::{SqlType, TypeName, Value};

use super::expression_text::expression_text;
use super::naming::{constraint_name, duplicate_column, not_created};
use super::{binding, constraint, constraint_rules, references, temporal};

/// What the body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableUse {
    Permanent,
    MemoryOptimized,
    Temporary,
    Variable,
    Type,
}

/// The type that a statement writes: a system type, whatever schema `sys` it is given with. 2715 otherwise.
/// The table type of that name, if there is one.
pub fn table_type(
    session: &Session,
    name: &crate::syntax::ast::ObjectName,
) -> Option<std::sync::Arc<TableDef>> {
    let schema = name.schema().unwrap_or(&session.default_schema);
    match session.server.catalog.resolve_type(
        session.database,
        Some(schema),
        schema,
        name.base(),
    )? {
        crate::catalog::Object::TableType(def) => Some(def),
        _ => None,
    }
}

pub fn resolve_type(
    session: &Session,
    written: &TypeRef,
    context: TypeContext<'_>,
) -> Result<SqlType> {
    if table_type(session, &written.name).is_some() {
        return Err(crate::error::SqlError::not_implemented(
            "parameters of a table type",
        ));
    }
    if written
        .name
        .schema()
        .is_some_and(|s| !s.eq_ignore_ascii_case("sys"))
    {
        return Err(crate::types::type_name::unknown_type(
            &super::target::written(&written.name),
            context,
        ));
    }
    let args: Vec<crate::types::type_name::TypeArg> = written
        .args
        .iter()
        .map(|a| match a {
            crate::syntax::ast::TypeArg::Number(n) => crate::types::type_name::TypeArg::Number(*n),
            crate::syntax::ast::TypeArg::Max => crate::types::type_name::TypeArg::Max,
            crate::syntax::ast::TypeArg::Word(w) => {
                crate::types::type_name::TypeArg::Word(w.clone())
            }
        })
        .collect();
    parse_type_name(written.name.base(), &args, context)
}

/// A table without columns.
pub(super) fn empty_table(
    session: &Session,
    database: DatabaseId,
    schema: SchemaId,
    name: &str,
) -> TableDef {
    let now = super::now_ticks();
    TableDef {
        object_id: session.server.catalog.next_object_id(),
        database_id: database,
        schema_id: schema,
        name: name.to_owned(),
        columns: Vec::new(),
        next_column_id: 1,
        indexes: vec![heap()],
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        statistics: Vec::new(),
        period: None,
        temporal: TemporalRole::None,
        history_retention: None,
        memory_optimized: false,
        schema_only: false,
        lock_escalation_disabled: false,
        created: now,
        modified: now,
    }
}

pub(super) fn heap() -> IndexDef {
    IndexDef {
        index_id: 0,
        name: String::new(),
        kind: IndexKind::Heap,
        unique: false,
        keys: Vec::new(),
        includes: Vec::new(),
        filter: None,
        compression: Compression::None,
        disabled: false,
        ignore_dup_key: false,
        fill_factor: 0,
        constraint: None,
        spatial: None,
    }
}

/// Builds the definition of a table from its body. `name` is what messages and generated names use: `@t` for a variable.
pub fn table_from_body(
    session: &Session,
    database: DatabaseId,
    schema: SchemaId,
    name: &str,
    body: &TableBody,
    table_use: TableUse,
) -> Result<TableDef> {
    temporal::check_period_syntax(body, true)?;
    if !body.periods.is_empty() && table_use == TableUse::Variable {
        return Err(SqlError::new(
            13572,
            "Creating table variables containing PERIOD is not allowed.",
        ));
    }
    if table_use == TableUse::Variable {
        constraint_rules::refuse_doubled(body, name)?;
    }
    let mut table = empty_table(session, database, schema, name);
    table.memory_optimized = table_use == TableUse::MemoryOptimized;
    for syntax in &body.columns {
        add_column(session, &mut table, syntax, Adding::Create)?;
    }
    apply_period(&mut table, body)?;
    constraint::add_keys(session, &mut table, body, Adding::Create)?;
    fix_nullability(&mut table);
    bind_columns(session, &mut table, body)?;
    constraint::add_checks_and_foreign_keys(session, &mut table, body, Adding::Create, table_use)?;
    super::index::add_inline(session, &mut table, body)?;
    if table.memory_optimized {
        super::memory_table::number_indexes(&mut table);
    }
    Ok(table)
}

/// CREATE TABLE or ALTER TABLE ADD: a few messages differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adding {
    Create,
    Alter,
}

/// Adds one column with its identity, default and generation; constraints and computed columns are bound afterwards.
pub(super) fn add_column(
    session: &Session,
    table: &mut TableDef,
    syntax: &ColumnSyntax,
    adding: Adding,
) -> Result<()> {
    let name = &syntax.name.text;
    if let Some(what) = syntax.unsupported.first() {
        return Err(SqlError::not_implemented(format_args!("{what} columns")));
    }
    if syntax.sparse {
        return Err(SqlError::not_implemented("SPARSE columns"));
    }
    if table.column_ordinal(name).is_some() {
        let state = if adding == Adding::Create { 3 } else { 4 };
        return Err(duplicate_column(name, &table.name, state));
    }
    let ordinal = table.next_column_id;
    let sql_type = match &syntax.data_type {
        Some(written) => column_type(session, written, syntax, ordinal)?,
        None => SqlType::INT,
    };
    let identity = identity(table, syntax, &sql_type)?;
    let generated = syntax.generated.map(|g| match g {
        GeneratedWord::RowStart => GeneratedAlways::RowStart,
        GeneratedWord::RowEnd => GeneratedAlways::RowEnd,
    });
    // A column of CREATE TABLE that says neither takes what the session's options say.
    let plain =
        adding == Adding::Alter || table.name.starts_with('@') || session.options.ansi_null_dflt_on;
    let nullable = syntax.nullable.unwrap_or(
        plain
            && identity.is_none()
            && generated.is_none()
            && !sql_type.sysname
            && sql_type.name != TypeName::RowVersion,
    );
    let mut column = ColumnDef {
        column_id: ordinal,
        name: name.clone(),
        nullable,
        identity,
        default: None,
        computed: syntax.computed.as_ref().map(|c| ComputedDef {
            text: expression_text(&c.expr),
            persisted: c.persisted,
        }),
        generated,
        hidden: syntax.hidden,
        rowguidcol: syntax.rowguidcol,
        missing_value: Value::Null,
        sql_type,
    };
    if let Some((constraint, expr)) = &syntax.default {
        column.default = Some(default(
            session,
            table,
            &column,
            constraint.as_ref().map(|c| c.text.as_str()),
            expr,
        )?);
    }
    table.next_column_id += 1;
    table.columns.push(column);
    Ok(())
}

fn column_type(
    session: &Session,
    written: &TypeRef,
    syntax: &ColumnSyntax,
    ordinal: i32,
) -> Result<SqlType> {
    let context = TypeContext::Column {
        name: &syntax.name.text,
        ordinal,
    };
    let mut sql_type = resolve_type(session, written, context)?;
    if matches!(sql_type.name, TypeName::Cursor | TypeName::Table) {
        return Err(SqlError::syntax(
            sql_type.name(),
            i32::try_from(syntax.span.line).unwrap_or(0),
        ));
    }
    if let Some(collation) = &syntax.collation {
        if !sql_type.name.is_character() {
            return Err(SqlError::new(
                447,
                format!(
                    "Expression type {} is invalid for COLLATE clause.",
                    sql_type.name()
                ),
            ));
        }
        let upper = collation.to_ascii_uppercase();
        sql_type.binary_collation = upper.ends_with("_BIN2") || upper.ends_with("_BIN");
        if !sql_type.binary_collation
            && upper != "SQL_LATIN1_GENERAL_CP1_CI_AS"
            && upper != "DATABASE_DEFAULT"
        {
            return Err(SqlError::not_implemented(format_args!(
                "collation {collation}"
            )));
        }
    }
    Ok(sql_type)
}

fn identity(
    table: &TableDef,
    syntax: &ColumnSyntax,
    sql_type: &SqlType,
) -> Result<Option<IdentityDef>> {
    let Some((seed, increment)) = &syntax.identity else {
        return Ok(None);
    };
    if table.columns.iter().any(|c| c.identity.is_some()) {
        return Err(SqlError::new(
            2744,
            format!(
                "Multiple identity columns specified for table '{}'. Only one identity column per table is allowed.",
                table.name
            ),
        )
        .state(2));
    }
    let fits = sql_type.name.is_integer() || (sql_type.name.is_decimal() && sql_type.scale == 0);
    if !fits || syntax.nullable == Some(true) {
        return Err(SqlError::new(
            2749,
            format!(
                "Identity column '{}' must be of data type int, bigint, smallint, tinyint, or decimal or numeric with a scale of 0, unencrypted, and constrained to be nonnullable.",
                syntax.name.text
            ),
        )
        .state(2));
    }
    let increment: i64 = increment.parse().unwrap_or(1);
    if increment == 0 {
        return Err(SqlError::new(
            2748,
            format!(
                "Cannot specify increment of zero for identity column '{}'.",
                syntax.name.text
            ),
        ));
    }
    Ok(Some(IdentityDef {
        seed: seed.parse().unwrap_or(1),
        increment,
    }))
}

/// A DEFAULT of a column: refused on vectors (1752), identity columns (1754) and rowversions, bound to the column's type.
pub(super) fn default(
    session: &Session,
    table: &TableDef,
    column: &ColumnDef,
    name: Option<&str>,
    expr: &crate::syntax::ast::Expr,
) -> Result<DefaultDef> {
    if matches!(
        column.sql_type.name,
        TypeName::Vector | TypeName::RowVersion
    ) || column.computed.is_some()
    {
        return Err(not_created(
            SqlError::new(
                1752,
                format!(
                    "Column '{}' in table '{}' is invalid for creating a default constraint.",
                    column.name, table.name
                ),
            ),
            0,
        ));
    }
    if column.identity.is_some() {
        return Err(not_created(
            SqlError::new(
                1754,
                format!(
                    "Defaults cannot be created on columns with an IDENTITY attribute. Table '{}', column '{}'.",
                    table.name, column.name
                ),
            ),
            0,
        ));
    }
    binding::check_default(session, expr, &column.sql_type)?;
    let object_id = session.server.catalog.next_object_id();
    Ok(DefaultDef {
        object_id,
        name: name.map_or_else(
            || constraint_name("DF", &table.name, Some(&column.name), object_id),
            str::to_owned,
        ),
        system_named: name.is_none(),
        text: expression_text(expr),
    })
}

/// The PERIOD clause, once the columns are there.
pub(super) fn apply_period(table: &mut TableDef, body: &TableBody) -> Result<()> {
    let Some((start, end)) = body.periods.first() else {
        return Ok(());
    };
    table.period = Some(temporal::period_of(table, &start.text, &end.text)?);
    Ok(())
}

/// Columns of a primary key are not null.
pub(super) fn fix_nullability(table: &mut TableDef) {
    let keys: Vec<i32> = table
        .indexes
        .iter()
        .filter(|i| i.constraint.as_ref().is_some_and(|c| c.primary))
        .flat_map(|i| i.keys.iter().map(|k| k.column_id))
        .collect();
    let period = table
        .period
        .as_ref()
        .map(|p: &PeriodDef| [p.start_column_id, p.end_column_id]);
    for column in &mut table.columns {
        if keys.contains(&column.column_id) || period.is_some_and(|p| p.contains(&column.column_id))
        {
            column.nullable = false;
        }
    }
}

/// Types of the computed columns, and their refusals: 1759 for a computed column over another, 4936 for a persisted one
/// that is not deterministic.
pub(super) fn bind_columns(
    session: &Session,
    table: &mut TableDef,
    body: &TableBody,
) -> Result<()> {
    for syntax in &body.columns {
        let (Some(computed), Some(at)) =
            (&syntax.computed, table.column_ordinal(&syntax.name.text))
        else {
            continue;
        };
        for id in references::columns_of(table, &computed.expr) {
            let over_computed = table
                .ordinal_of(id)
                .is_some_and(|o| table.columns[o].computed.is_some());
            if over_computed {
                let name = table
                    .ordinal_of(id)
                    .map_or("", |o| table.columns[o].name.as_str());
                return Err(SqlError::new(
                    1759,
                    format!(
                        "Computed column '{name}' in table '{}' is not allowed to be used in another computed-column definition.",
                        table.name
                    ),
                )
                .state(0));
            }
        }
        let bound = binding::computed_column(session, table, &computed.expr)?;
        if computed.persisted && !bound.deterministic {
            return Err(SqlError::new(
                4936,
                format!(
                    "Computed column '{}' in table '{}' cannot be persisted because the column is non-deterministic.",
                    syntax.name.text, table.name
                ),
            ));
        }
        let needs_storage = syntax.constraints.iter().any(|c| {
            matches!(
                c.kind,
                ConstraintKind::Check { .. } | ConstraintKind::ForeignKey { .. }
            )
        });
        if (syntax.nullable == Some(false) || needs_storage) && !computed.persisted {
            return Err(SqlError::new(
                8183,
                "Only UNIQUE or PRIMARY KEY constraints can be created on computed columns, while CHECK, FOREIGN KEY, and NOT NULL constraints require that computed columns be persisted.",
            ));
        }
        table.columns[at].sql_type = bound.sql_type;
        table.columns[at].nullable = syntax.nullable.unwrap_or(bound.nullable);
    }
    Ok(())
}
