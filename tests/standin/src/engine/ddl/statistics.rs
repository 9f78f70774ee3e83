//! CREATE, UPDATE and DROP STATISTICS. The stand-in's plans need none; what the catalog says of them is true.

use crate::catalog::model::StatisticsDef;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{CreateStatistics, Ident, ObjectName};

use super::index_key::{can_be_key, column_of};
use super::naming::object_missing;
use super::{apply, index, target};

pub(super) fn create(ctx: &mut ExecContext<'_>, create: &CreateStatistics) -> Result<()> {
    let table = index::table_for_index(ctx, &create.table, 12)?;
    let name = &create.name.text;
    let taken = table
        .statistics
        .iter()
        .any(|s| s.name.eq_ignore_ascii_case(name))
        || table
            .indexes
            .iter()
            .any(|i| i.name.eq_ignore_ascii_case(name));
    if taken {
        return Err(SqlError::new(
            1927,
            format!(
                "There are already statistics on table '{}' named '{name}'.",
                target::written(&create.table)
            ),
        ));
    }
    let mut def = (*table).clone();
    let mut columns: Vec<i32> = Vec::new();
    for column in &create.columns {
        let found = column_of(&def, column)?;
        if columns.contains(&found.column_id) {
            return Err(SqlError::new(
                1909,
                format!("Cannot use duplicate column names in statistics. Column name '{}' listed more than once.", found.name),
            )
            .state(2));
        }
        if !can_be_key(found) && !found.sql_type.is_max() {
            return Err(SqlError::new(
                1978,
                format!(
                    "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an index or statistics.",
                    found.name, def.name
                ),
            ));
        }
        columns.push(found.column_id);
    }
    let filter = match &create.filter {
        Some(expr) => Some(index::filter(&def, name, expr)?),
        None => None,
    };
    def.statistics.push(StatisticsDef {
        stats_id: index::next_id(&def, false),
        name: name.clone(),
        columns,
        auto_created: false,
        filter,
        updated: Some(super::now_ticks()),
    });
    apply::replace_table(ctx, def).map(|_| ())
}

/// Without names: all of the table's.
pub(super) fn update(ctx: &mut ExecContext<'_>, name: &ObjectName, names: &[Ident]) -> Result<()> {
    let table =
        target::table(ctx, name)?.ok_or_else(|| object_missing(&target::written(name), 9))?;
    let mut def = (*table).clone();
    for wanted in names {
        let known = def
            .statistics
            .iter()
            .any(|s| s.name.eq_ignore_ascii_case(&wanted.text))
            || def
                .indexes
                .iter()
                .any(|i| i.name.eq_ignore_ascii_case(&wanted.text));
        if !known {
            return Err(SqlError::new(
                2767,
                format!(
                    "Could not locate statistics '{}' in the system catalogs.",
                    wanted.text
                ),
            ));
        }
    }
    let now = super::now_ticks();
    for statistics in &mut def.statistics {
        if names.is_empty()
            || names
                .iter()
                .any(|n| n.text.eq_ignore_ascii_case(&statistics.name))
        {
            statistics.updated = Some(now);
        }
    }
    apply::replace_table(ctx, def).map(|_| ())
}

/// `DROP STATISTICS [schema.]table.name`.
pub(super) fn drop(ctx: &mut ExecContext<'_>, names: &[ObjectName]) -> Result<()> {
    for name in names {
        let mut table_name = name.clone();
        let Some(statistics) = table_name.parts.pop() else {
            continue;
        };
        let missing = || {
            SqlError::new(
                3701,
                format!(
                    "Cannot drop the statistics '{}', because it does not exist or you do not have permission.",
                    target::written(name)
                ),
            )
            .class(11)
            .state(6)
        };
        let table = target::table(ctx, &table_name)?.ok_or_else(missing)?;
        if table
            .indexes
            .iter()
            .any(|i| i.name.eq_ignore_ascii_case(&statistics.text))
        {
            return Err(SqlError::new(
                3739,
                format!(
                    "Cannot DROP the index '{}' because it is not a statistics collection.",
                    target::written(name)
                ),
            )
            .class(11));
        }
        let mut def = (*table).clone();
        let before = def.statistics.len();
        def.statistics
            .retain(|s| !s.name.eq_ignore_ascii_case(&statistics.text));
        if def.statistics.len() == before {
            return Err(missing());
        }
        apply::replace_table(ctx, def)?;
    }
    Ok(())
}
