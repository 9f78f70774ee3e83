//! Rules for constraints that are written with a column: one of each kind, and what a CHECK may look at.

use crate::catalog::model::{ColumnDef, TableDef};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{ConstraintKind, Expr, Ident, TableBody};

use super::naming::not_created;
use super::references;

/// 8148 and 8151. `table`: its name as the statement wrote it.
pub(super) fn refuse_doubled(body: &TableBody, table: &str) -> Result<()> {
    for column in &body.columns {
        let count = |wanted: fn(&ConstraintKind) -> bool| {
            column
                .constraints
                .iter()
                .filter(|c| wanted(&c.kind))
                .count()
        };
        let name = &column.name.text;
        let unique = count(|k| matches!(k, ConstraintKind::Key { primary: false, .. }));
        let primary = count(|k| matches!(k, ConstraintKind::Key { primary: true, .. }));
        if unique > 0 && primary > 0 {
            return Err(SqlError::new(
                8151,
                format!(
                    "Both a PRIMARY KEY and UNIQUE constraint have been defined for column '{name}', table '{table}'. Only one is allowed."
                ),
            )
            .state(0));
        }
        let checks = count(|k| matches!(k, ConstraintKind::Check { .. }));
        let doubled = [(checks, "CHECK"), (unique, "UNIQUE")]
            .into_iter()
            .find(|(count, _)| *count > 1);
        if let Some((_, kind)) = doubled {
            return Err(SqlError::new(
                8148,
                format!(
                    "More than one column {kind} constraint specified for column '{name}', table '{table}'."
                ),
            )
            .state(0));
        }
    }
    Ok(())
}

/// 1764 for a computed column that is not persisted, 8141 for another column than the one that the CHECK belongs to.
pub(super) fn check_columns(table: &TableDef, column: Option<&Ident>, expr: &Expr) -> Result<()> {
    let named: Vec<&ColumnDef> = references::columns_of(table, expr)
        .into_iter()
        .filter_map(|id| table.ordinal_of(id))
        .map(|at| &table.columns[at])
        .collect();
    let computed = named
        .iter()
        .find(|c| c.computed.as_ref().is_some_and(|k| !k.persisted));
    if let Some(computed) = computed {
        return Err(not_created(
            SqlError::new(
                1764,
                format!(
                    "Computed Column '{}' in table '{}' is invalid for use in 'CHECK CONSTRAINT' because it is not persisted.",
                    computed.name, table.name
                ),
            ),
            0,
        ));
    }
    let Some(own) = column else {
        return Ok(());
    };
    if named.iter().all(|c| c.name.eq_ignore_ascii_case(&own.text)) {
        return Ok(());
    }
    Err(not_created(
        SqlError::new(
            8141,
            format!(
                "Column CHECK constraint for column '{}' references another column, table '{}'.",
                own.text, table.name
            ),
        )
        .state(0),
        0,
    ))
}
