//! The messages that most definitions share, and the names that SQL Server makes up.

use crate::error::SqlError;

/// 1750 after the reason why a constraint or index could not be made.
pub(super) fn not_created(reason: SqlError, state: u8) -> SqlError {
    reason.followed_by(
        SqlError::new(
            1750,
            "Could not create constraint or index. See previous errors.",
        )
        .state(state),
    )
}

/// 3727 after the reason why a constraint could not be dropped.
pub(super) fn not_dropped(reason: SqlError) -> SqlError {
    reason.followed_by(
        SqlError::new(3727, "Could not drop constraint. See previous errors.").state(0),
    )
}

/// 2714.
pub(super) fn already_exists(name: &str, state: u8) -> SqlError {
    SqlError::new(
        2714,
        format!("There is already an object named '{name}' in the database."),
    )
    .state(state)
}

/// 4902: ALTER TABLE of a table that is not there.
pub(super) fn table_missing(name: &str) -> SqlError {
    SqlError::new(
        4902,
        format!(
            "Cannot find the object \"{name}\" because it does not exist or you do not have permissions."
        ),
    )
}

/// 1088: CREATE INDEX, UPDATE STATISTICS and the like on a table that is not there.
pub(super) fn object_missing(name: &str, state: u8) -> SqlError {
    SqlError::new(
        1088,
        format!("Cannot find the object \"{name}\" because it does not exist or you do not have permissions."),
    )
    .state(state)
}

/// 1911: a key names a column that is not there.
pub(super) fn key_column_missing(column: &str) -> SqlError {
    SqlError::new(
        1911,
        format!("Column name '{column}' does not exist in the target table or view."),
    )
}

/// 2705: a column name twice.
pub(super) fn duplicate_column(column: &str, table: &str, state: u8) -> SqlError {
    SqlError::new(
        2705,
        format!(
            "Column names in each table must be unique. Column name '{column}' in table '{table}' is specified more than once."
        ),
    )
    .state(state)
}

fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// `PK__Atoms__0123456789ABCDEF`.
pub(super) fn key_name(prefix: &str, table: &str, object_id: i32) -> String {
    let high = object_id.wrapping_mul(0x2545_F491_u32.cast_signed());
    format!(
        "{prefix}__{}__{:08X}{:08X}",
        first(table, 8),
        high.cast_unsigned(),
        object_id.cast_unsigned()
    )
}

/// `DF__AtomRelat__Creat__0123ABCD`; without a column for a table-level CHECK.
pub(super) fn constraint_name(
    prefix: &str,
    table: &str,
    column: Option<&str>,
    object_id: i32,
) -> String {
    let id = object_id.cast_unsigned();
    match column {
        Some(column) => format!(
            "{prefix}__{}__{}__{id:08X}",
            first(table, 9),
            first(column, 5)
        ),
        None => format!("{prefix}__{}__{id:08X}", first(table, 9)),
    }
}
