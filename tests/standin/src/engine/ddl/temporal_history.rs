//! The history table of a system-versioned table: made, or adopted after SQL Server's checks in their order.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{
    Compression, IndexColumn, IndexDef, IndexKind, PeriodDef, TableDef, TemporalRole,
};
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::types::Value;

use super::temporal::{Versioning, aborting};
use super::{apply, index, table_body, target};

const SETTING: &str = "Setting SYSTEM_VERSIONING to ON failed because";

pub(super) fn provide(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    period: &PeriodDef,
    request: &Versioning<'_>,
) -> Result<Arc<TableDef>> {
    let Some(name) = request.history else {
        let catalog = &ctx.session.server.catalog;
        let schema = target::schema_name(ctx.session, table.database_id, table.schema_id);
        let mut made_up = format!("MSSQL_TemporalHistoryFor_{}", table.object_id);
        if catalog
            .resolve(table.database_id, Some(&schema), &schema, &made_up)
            .is_some()
        {
            made_up = format!("{made_up}_{:08X}", table.modified & 0xffff_ffff);
        }
        return make(ctx, table, period, table.schema_id, &made_up);
    };
    let place = target::place(ctx.session, name)?;
    match target::existing(ctx.session, &place, name.base()) {
        None => make(ctx, table, period, place.schema_id, name.base()),
        Some(Object::Table(found)) => {
            check(ctx, table, &found, period)?;
            if request.consistency_check {
                check_rows(ctx, table, &found, period)?;
            }
            Ok(found)
        }
        Some(_) => Err(aborting(SqlError::new(
            13511,
            format!(
                "Specified object '{}' cannot be used as history table.",
                target::written(name)
            ),
        ))),
    }
}

/// The shape of the current table without keys, identity, defaults and computed columns; clustered on (end, start).
fn make(
    ctx: &mut ExecContext<'_>,
    table: &TableDef,
    period: &PeriodDef,
    schema: i32,
    name: &str,
) -> Result<Arc<TableDef>> {
    let mut history = table_body::empty_table(ctx.session, table.database_id, schema, name);
    history.columns = table.columns.clone();
    history.next_column_id = table.next_column_id;
    for column in &mut history.columns {
        column.identity = None;
        column.default = None;
        column.computed = None;
        column.generated = None;
        column.hidden = false;
        column.rowguidcol = false;
    }
    let key = |id| IndexColumn {
        column_id: id,
        descending: false,
    };
    index::put(
        &mut history,
        IndexDef {
            index_id: 1,
            name: format!("ix_{name}"),
            kind: IndexKind::Clustered,
            unique: false,
            keys: vec![key(period.end_column_id), key(period.start_column_id)],
            compression: Compression::Page,
            ..table_body::heap()
        },
    );
    apply::create_table(ctx, history)
}

fn check(
    ctx: &ExecContext<'_>,
    table: &TableDef,
    history: &TableDef,
    period: &PeriodDef,
) -> Result<()> {
    let own = target::three_part(ctx.session, table);
    let past = target::three_part(ctx.session, history);
    let refuse = |number: i32, rest: String| Err(aborting(SqlError::new(number, rest)));
    match history.temporal {
        TemporalRole::History { .. } => {
            return refuse(
                13514,
                format!("{SETTING} history table '{past}' is already in use."),
            );
        }
        TemporalRole::Current { .. } => {
            return refuse(13566, format!("Temporal table '{past}' is already in use."));
        }
        TemporalRole::None => {}
    }
    let drop = |what: &str, all: &str| {
        format!(
            "{SETTING} history table '{past}' has {what}. Consider dropping all {all} and trying again."
        )
    };
    if history.period.is_some() {
        return refuse(
            13574,
            format!("{SETTING} history table '{past}' contains SYSTEM_TIME period."),
        );
    }
    if history.indexes.iter().any(|i| i.unique) {
        return refuse(13515, drop("custom unique keys defined", "unique keys"));
    }
    if !history.foreign_keys.is_empty() {
        return refuse(13516, drop("foreign keys defined", "foreign keys"));
    }
    if !history.checks.is_empty() {
        return refuse(
            13517,
            drop(
                "table or column constraints defined",
                "table and column constraints",
            ),
        );
    }
    if history.columns.iter().any(|c| c.identity.is_some()) {
        return refuse(
            13518,
            drop(
                "IDENTITY column specification",
                "IDENTITY column specifications",
            ),
        );
    }
    if history.columns.iter().any(|c| c.computed.is_some()) {
        return refuse(
            13519,
            drop(
                "computed column specification",
                "computed column specifications",
            ),
        );
    }
    if history.columns.iter().any(|c| c.rowguidcol) {
        return refuse(
            13580,
            drop(
                "ROWGUID column specification",
                "ROWGUID column specifications",
            ),
        );
    }
    for id in [period.start_column_id, period.end_column_id] {
        let Some(at) = table.ordinal_of(id) else {
            continue;
        };
        let name = &table.columns[at].name;
        if let Some(same) = history.column_ordinal(name)
            && history.columns[same].nullable
        {
            return refuse(
                13530,
                format!(
                    "{SETTING} system column '{name}' in history table '{past}' corresponds to a period column in table '{own}' and cannot be nullable."
                ),
            );
        }
    }
    if history.columns.len() != table.columns.len() {
        return refuse(
            13523,
            format!(
                "{SETTING} table '{own}' has {} columns and table '{past}' has {} columns.",
                table.columns.len(),
                history.columns.len()
            ),
        );
    }
    for (at, (mine, theirs)) in table.columns.iter().zip(&history.columns).enumerate() {
        let place = at + 1;
        if !mine.name.eq_ignore_ascii_case(&theirs.name) {
            return refuse(
                13524,
                format!(
                    "{SETTING} column '{}' at ordinal {place} in history table '{past}' has a different name than the column '{}' at the same ordinal in table '{own}'.",
                    theirs.name, mine.name
                ),
            );
        }
        let (mut a, mut b) = (mine.sql_type.clone(), theirs.sql_type.clone());
        a.binary_collation = false;
        b.binary_collation = false;
        if a != b {
            return refuse(
                13525,
                format!(
                    "{SETTING} column '{}' has data type {} in history table '{past}' which is different from corresponding column type {} in table '{own}'.",
                    mine.name,
                    theirs.sql_type.display(),
                    mine.sql_type.display()
                ),
            );
        }
        if mine.sql_type.binary_collation != theirs.sql_type.binary_collation {
            return refuse(
                13526,
                format!(
                    "{SETTING} column '{}' does not have the same collation in tables '{own}' and '{past}'.",
                    mine.name
                ),
            );
        }
        if mine.nullable != theirs.nullable {
            return refuse(
                13531,
                format!(
                    "{SETTING} column '{}' does not have the same nullability attribute in tables '{own}' and '{past}'.",
                    mine.name
                ),
            );
        }
    }
    Ok(())
}

/// DATA_CONSISTENCY_CHECK: no period ends before it starts or in the future, and no two of one key overlap.
fn check_rows(
    ctx: &ExecContext<'_>,
    table: &TableDef,
    history: &TableDef,
    period: &PeriodDef,
) -> Result<()> {
    let past = target::three_part(ctx.session, history);
    let position = |id: i32| {
        let at = table.ordinal_of(id)?;
        history.column_ordinal(&table.columns[at].name)
    };
    let (Some(start), Some(end)) = (
        position(period.start_column_id),
        position(period.end_column_id),
    ) else {
        return Ok(());
    };
    let keys: Vec<usize> = table
        .indexes
        .iter()
        .filter(|i| i.constraint.as_ref().is_some_and(|c| c.primary))
        .flat_map(|i| i.keys.iter().filter_map(|k| position(k.column_id)))
        .collect();
    let refuse = |number: i32, rest: &str| {
        Err(aborting(
            SqlError::new(
                number,
                format!("{SETTING} history table '{past}' contains {rest}."),
            )
            .state(0),
        ))
    };
    let now = super::now_ticks();
    let mut spans: Vec<(String, i64, i64)> = Vec::new();
    for row in super::apply::all_rows(ctx.session, history)? {
        let (Value::DateTime2(from), Value::DateTime2(to)) = (&row[start], &row[end]) else {
            continue;
        };
        if to < from {
            return refuse(13541, "invalid records with end of period set before start");
        }
        if *to > now {
            return refuse(
                13543,
                "invalid records with end of period set to a value in the future",
            );
        }
        let key: Vec<&Value> = keys.iter().map(|k| &row[*k]).collect();
        spans.push((format!("{key:?}"), *from, *to));
    }
    spans.sort();
    let overlap = spans
        .windows(2)
        .any(|w| w[0].0 == w[1].0 && w[1].1 < w[0].2);
    if overlap {
        return refuse(13573, "overlapping records");
    }
    Ok(())
}
