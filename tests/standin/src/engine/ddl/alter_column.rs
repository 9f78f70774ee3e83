//! ALTER TABLE ALTER COLUMN.

use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Ident, TypeRef};
use crate::types::type_name::TypeContext;
use crate::types::{SqlType, TypeName, Value};

use super::{alter_drop, alter_table, apply, table_body, target};

pub(super) fn alter(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    name: &Ident,
    written: &TypeRef,
    collation: Option<&str>,
    nullable: Option<bool>,
) -> Result<()> {
    let mut def = (**table).clone();
    let at = ordinal(&def, name)?;
    alter_table::refuse_on_history(ctx, table, 13548, &name.text)?;
    let context = TypeContext::Column {
        name: &name.text,
        ordinal: 1,
    };
    let mut wanted = table_body::resolve_type(ctx.session, written, context)?;
    if let Some(collation) = collation {
        wanted.binary_collation = collation.to_ascii_uppercase().contains("_BIN");
    }
    let old = def.columns[at].clone();
    if old.computed.is_some() {
        return Err(cannot(&old.name, "'COMPUTED'"));
    }
    if old.sql_type.name == TypeName::RowVersion {
        return Err(cannot(&old.name, "'timestamp'"));
    }
    if old.generated.is_some() {
        return Err(SqlError::new(
            13599,
            format!(
                "Period column '{}' in a system-versioned temporal table cannot be altered.",
                old.name
            ),
        ));
    }
    let now_nullable = nullable.unwrap_or(true);
    if old.sql_type != wanted || old.nullable != now_nullable {
        // An index of a memory-optimised table does not even let its columns grow.
        let widening = !def.memory_optimized
            && widens(&old.sql_type, &wanted)
            && (old.nullable == now_nullable);
        if !widening {
            // A default stands in the way of another type, not of another length, precision or scale.
            let retyped = old.sql_type.name != wanted.name;
            alter_drop::refuse_dependents(ctx, &def, at, "ALTER COLUMN", retyped)?;
        }
    }
    if old.sql_type.name == TypeName::Vector
        && wanted.name == TypeName::Vector
        && old.sql_type.half != wanted.half
    {
        return Err(SqlError::new(
            42238,
            "Conversion between vector base types is not supported.",
        ));
    }
    crate::types::convert::is_allowed(&old.sql_type, &wanted, false)?;
    let tables = std::iter::once(Arc::clone(table)).chain(alter_table::history_of(ctx, table));
    for part in tables.collect::<Vec<_>>() {
        rewrite(ctx, &part, name, &wanted, now_nullable)?;
    }
    def.columns[at].sql_type = wanted;
    Ok(())
}

fn cannot(column: &str, what: &str) -> SqlError {
    SqlError::new(
        4928,
        format!("Cannot alter column '{column}' because it is {what}."),
    )
}

fn ordinal(def: &TableDef, name: &Ident) -> Result<usize> {
    def.column_ordinal(&name.text).ok_or_else(|| {
        SqlError::new(
            4924,
            format!(
                "ALTER TABLE ALTER COLUMN failed because column '{}' does not exist in table '{}'.",
                name.text, def.name
            ),
        )
    })
}

/// A longer variable-length column of the same type leaves what depends on it alone.
fn widens(old: &SqlType, new: &SqlType) -> bool {
    let varying = matches!(
        old.name,
        TypeName::VarChar | TypeName::NVarChar | TypeName::VarBinary
    );
    let longer = new.is_max() && !old.is_max() || new.length >= old.length && !old.is_max();
    varying
        && old.name == new.name
        && old.binary_collation == new.binary_collation
        && longer
        && !new.is_max()
}

fn rewrite(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    name: &Ident,
    wanted: &SqlType,
    nullable: bool,
) -> Result<()> {
    let mut def = (**table).clone();
    let at = ordinal(&def, name)?;
    let old = def.columns[at].clone();
    if old.nullable
        && !nullable
        && apply::all_rows(ctx.session, table)?
            .iter()
            .any(|row| row[at].is_null())
    {
        return Err(SqlError::new(
            515,
            format!(
                "Cannot insert the value NULL into column '{}', table '{}'; column does not allow nulls. UPDATE fails.",
                old.name,
                target::three_part(ctx.session, table)
            ),
        )
        .state(2));
    }
    def.columns[at].sql_type = wanted.clone();
    def.columns[at].nullable = nullable;
    let convert =
        |value: &Value| crate::types::convert::cast(value, &old.sql_type, wanted, None, false);
    if old.sql_type != *wanted {
        def.columns[at].missing_value = convert(&old.missing_value)?;
    }
    let (id, column) = (def.object_id, old.column_id);
    if old.sql_type == *wanted {
        return apply::replace_table(ctx, def).map(|_| ());
    }
    apply::rewrite_then_replace(ctx, def, id, column, &mut |value| {
        let converted = convert(value)?;
        let changed = wanted.name.is_character() || wanted.name.is_binary();
        let shorter =
            changed && wanted.length != SqlType::MAX && wanted.length < old.sql_type.length;
        if shorter
            && crate::types::convert::cast(&converted, wanted, &old.sql_type, None, false)?
                != *value
        {
            return Err(SqlError::new(
                2628,
                "String or binary data would be truncated.",
            ));
        }
        Ok(converted)
    })
}

/// ADD|DROP HIDDEN and ROWGUIDCOL; PERSISTED and SPARSE are refused by name.
pub(super) fn property(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    name: &Ident,
    add: bool,
    property: &str,
) -> Result<()> {
    let mut def = (**table).clone();
    let at = ordinal(&def, name)?;
    match property.to_ascii_uppercase().as_str() {
        "HIDDEN" if def.columns[at].generated.is_some() => def.columns[at].hidden = add,
        other => {
            return Err(SqlError::not_implemented(format_args!(
                "ALTER COLUMN {} {other}",
                if add { "ADD" } else { "DROP" }
            )));
        }
    }
    apply::replace_table(ctx, def).map(|_| ())
}
