//! System versioning: period columns and history rows.

use crate::catalog::model::{GeneratedAlways, TableDef, TemporalRole};
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::types::Value;

/// 9999-12-31 23:59:59.9999999.
const END_OF_TIME: i64 = 3_155_378_975_999_999_999;

/// A DateTime2 with the column's fractional digits.
fn cut(ticks: i64, scale: u8) -> i64 {
    let unit = 10_i64.pow(u32::from(7_u8.saturating_sub(scale)));
    ticks - ticks.rem_euclid(unit)
}

fn begin_of(session: &Session) -> i64 {
    session.transaction.txn.as_ref().map_or_else(
        || crate::engine::server::ticks(chrono::Utc::now()),
        |txn| txn.begin_ticks,
    )
}

/// ROW START is when the transaction began, ROW END is the end of time.
pub(super) fn fill_period(session: &Session, def: &TableDef, row: &mut [Value]) {
    if def.period.is_none() {
        return;
    }
    let now = begin_of(session);
    for (column, value) in def.columns.iter().zip(row) {
        let scale = column.sql_type.scale;
        match column.generated {
            Some(GeneratedAlways::RowStart) => *value = Value::DateTime2(cut(now, scale)),
            Some(GeneratedAlways::RowEnd) => *value = Value::DateTime2(cut(END_OF_TIME, scale)),
            None => {}
        }
    }
}

/// 13535: the row was changed by a transaction that began later than this one.
pub(super) fn check_time(
    session: &Session,
    def: &TableDef,
    full_name: &str,
    old: &[Value],
) -> Result<()> {
    if !matches!(def.temporal, TemporalRole::Current { .. }) {
        return Ok(());
    }
    let now = begin_of(session);
    for (column, value) in def.columns.iter().zip(old) {
        if column.generated == Some(GeneratedAlways::RowStart)
            && let Value::DateTime2(start) = value
            && *start > now
        {
            return Err(SqlError::new(
                13535,
                format!(
                    "Data modification failed on system-versioned table '{full_name}' because transaction time was earlier than period start time for affected records."
                ),
            ));
        }
    }
    Ok(())
}

/// The row as the history table keeps it: its columns are matched by name, its period ends when this transaction began.
pub(super) fn history_row(
    session: &Session,
    def: &TableDef,
    history: &TableDef,
    old: &[Value],
) -> Vec<Value> {
    let now = begin_of(session);
    history
        .columns
        .iter()
        .map(|column| {
            let Some(ordinal) = def.column_ordinal(&column.name) else {
                return Value::Null;
            };
            match def.columns[ordinal].generated {
                Some(GeneratedAlways::RowEnd) => Value::DateTime2(cut(now, column.sql_type.scale)),
                _ => old[ordinal].clone(),
            }
        })
        .collect()
}
