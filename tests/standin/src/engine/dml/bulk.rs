//! INSERT BULK and the rows that follow it.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{ObjectId, TableDef};
use crate::engine::config::NullSink;
use crate::engine::frame::ExecContext;
use crate::engine::{compile, statement};
use crate::error::{ErrorKind, Result, SqlError};
use crate::locks::Hints;
use crate::protocol::BulkRows;
use crate::syntax::ast::{InsertBulk, NamedOption, ObjectName, OptionValue};
use crate::types::{SqlType, TypeName, Value};

use super::target::{self, Target, Verb};
use super::writer::{Enforce, Writer};

/// What INSERT BULK said; the next message brings the rows.
#[derive(Debug, Clone)]
pub struct PendingBulk {
    name: ObjectName,
    object_id: ObjectId,
    /// Ordinals in the order of the statement's column list, to which the rows' columns bind by position.
    ordinals: Vec<usize>,
    declared: Vec<SqlType>,
    check_constraints: bool,
    keep_nulls: bool,
    table_lock: bool,
    /// ORDER(...): ordinals and direction, if they are the clustered key's.
    order: Vec<(usize, bool)>,
}

fn has(options: &[NamedOption], name: &str) -> bool {
    options
        .iter()
        .any(|option| option.name.eq_ignore_ascii_case(name))
}

/// Checks the announcement: 208, 207, 4816 and the columns that must be left out.
pub(crate) fn announce(ctx: &mut ExecContext<'_>, bulk: &InsertBulk) -> Result<()> {
    ctx.session.pending_bulk = None;
    let target = target::find_named(
        ctx.session,
        ctx.frame,
        &bulk.table,
        Hints::default(),
        Verb::BulkLoad,
    )?;
    let def = &target.def;
    let mut ordinals = Vec::with_capacity(bulk.columns.len());
    let mut declared = Vec::with_capacity(bulk.columns.len());
    for (at, (name, written)) in bulk.columns.iter().enumerate() {
        let ordinal = def
            .column_ordinal(&name.text)
            .ok_or_else(|| SqlError::new(207, format!("Invalid column name '{}'.", name.text)))?;
        let column = &def.columns[ordinal];
        if column.computed.is_some()
            || column.generated.is_some()
            || column.sql_type.name == TypeName::RowVersion
        {
            return Err(wrong_type(at));
        }
        let sql_type = compile::type_of(ctx.session, written, at + 1)?;
        if !fits(&sql_type, &column.sql_type) {
            return Err(wrong_type(at));
        }
        ordinals.push(ordinal);
        declared.push(sql_type);
    }
    for option in &bulk.options {
        let known = [
            "TABLOCK",
            "CHECK_CONSTRAINTS",
            "FIRE_TRIGGERS",
            "KEEP_NULLS",
            "ORDER",
            "ROWS_PER_BATCH",
            "KILOBYTES_PER_BATCH",
        ];
        if !known
            .iter()
            .any(|name| option.name.eq_ignore_ascii_case(name))
        {
            return Err(SqlError::syntax(&option.name, ctx.frame.line));
        }
    }
    if def.memory_optimized && has(&bulk.options, "TABLOCK") {
        return Err(SqlError::not_implemented(
            "INSERT BULK WITH (TABLOCK) into a memory-optimised table",
        ));
    }
    ctx.session.pending_bulk = Some(PendingBulk {
        name: bulk.table.clone(),
        object_id: def.object_id,
        order: clustered_order(def, &bulk.options)?,
        ordinals,
        declared,
        check_constraints: has(&bulk.options, "CHECK_CONSTRAINTS"),
        keep_nulls: has(&bulk.options, "KEEP_NULLS"),
        table_lock: has(&bulk.options, "TABLOCK"),
    });
    Ok(())
}

/// 4816.
fn wrong_type(at: usize) -> SqlError {
    SqlError::new(
        4816,
        format!("Invalid column type from bcp client for colid {}.", at + 1),
    )
}

/// Does a column of the target take values that were declared like this? Text is converted, as clients that know no
/// types of their columns rely on.
fn fits(declared: &SqlType, column: &SqlType) -> bool {
    let same_family = |a: TypeName, b: TypeName| {
        a == b
            || (a.is_character() && b.is_character())
            || (a.is_binary() && b.is_binary())
            || (a.is_decimal() && b.is_decimal())
            || (a.is_integer() && b.is_integer())
            || (a.is_approximate() && b.is_approximate())
            || (a.is_money() && b.is_money())
    };
    same_family(declared.name, column.name)
        || (declared.name.is_character()
            && !(column.name.is_binary()
                || column.name.is_spatial()
                || matches!(column.name, TypeName::Image | TypeName::SqlVariant)))
        || (declared.name.is_binary()
            && (column.name.is_spatial() || column.name == TypeName::HierarchyId))
}

/// The ORDER hint counts only when it is the clustered key.
fn clustered_order(def: &TableDef, options: &[NamedOption]) -> Result<Vec<(usize, bool)>> {
    let Some(OptionValue::List(words)) = options
        .iter()
        .find(|option| option.name.eq_ignore_ascii_case("ORDER"))
        .and_then(|option| option.value.as_ref())
    else {
        return Ok(Vec::new());
    };
    let mut order = Vec::with_capacity(words.len());
    for word in words {
        let (name, descending) = match word.rsplit_once(' ') {
            Some((name, direction)) if direction.eq_ignore_ascii_case("DESC") => (name, true),
            Some((name, direction)) if direction.eq_ignore_ascii_case("ASC") => (name, false),
            _ => (word.as_str(), false),
        };
        let name = name.trim().trim_start_matches('[').trim_end_matches(']');
        let ordinal = def
            .column_ordinal(name)
            .ok_or_else(|| SqlError::new(207, format!("Invalid column name '{name}'.")))?;
        order.push((ordinal, descending));
    }
    let clustered: Vec<(usize, bool)> = def
        .indexes
        .iter()
        .find(|index| index.index_id == 1)
        .map(|index| {
            index
                .keys
                .iter()
                .filter_map(|key| Some((def.ordinal_of(key.column_id)?, key.descending)))
                .collect()
        })
        .unwrap_or_default();
    Ok(if order == clustered {
        order
    } else {
        Vec::new()
    })
}

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Rows that were received.
    pub rows: u64,
    /// The table whose rows were dropped instead of stored, if it was one of those.
    pub dropped: Option<NullSink>,
}

/// Loads the rows as one statement.
pub(crate) fn load(ctx: &mut ExecContext<'_>, rows: &mut dyn BulkRows) -> Result<Loaded> {
    let Some(pending) = ctx.session.pending_bulk.take() else {
        return Err(SqlError::new(
            4804,
            "While reading current row from host, a premature end-of-message was encountered--an incoming data stream was interrupted when the server expected to see more data. The host program may have terminated. Ensure that you are using a supported client application programming interface (API).",
        ));
    };
    ctx.session.refuse_if_doomed()?;
    if let Some(fault) = ctx
        .session
        .fault(crate::engine::faults::FaultPoint::BeforeStatement)
    {
        return Err(fault);
    }
    statement::within(ctx, |ctx| run(ctx, &pending, rows))
}

struct Feed {
    /// Ordinal, whether the client's type is the column's, the client's type.
    columns: Vec<(usize, bool, SqlType)>,
    given: Vec<bool>,
    /// Values of columns that take their default when the client sends NULL.
    null_defaults: Vec<Option<Value>>,
}

fn run(
    ctx: &mut ExecContext<'_>,
    pending: &PendingBulk,
    rows: &mut dyn BulkRows,
) -> Result<Loaded> {
    let hints = Hints {
        tablock: pending.table_lock,
        ..Hints::default()
    };
    let target = target::find_named(ctx.session, ctx.frame, &pending.name, hints, Verb::BulkLoad)?;
    if target.def.object_id != pending.object_id {
        return Err(SqlError::new(
            4891,
            format!(
                "Insert bulk failed due to a schema change of the target table '{}'.",
                target.def.name
            ),
        ));
    }
    let enforce = if pending.check_constraints {
        Enforce::All
    } else {
        Enforce::KeysOnly
    };
    let mut writer = Writer::new(ctx, &target, Verb::BulkLoad, enforce)?;
    let feed = feed(ctx, pending, &mut writer, rows)?;
    if let Some(sink) = null_sink(ctx, &target) {
        return Ok(Loaded {
            rows: drop_rows(ctx, rows)?,
            dropped: Some(sink),
        });
    }
    let count = pump(ctx, pending, &mut writer, &feed, rows)?;
    writer.finish(ctx)?;
    if !pending.check_constraints && !target.side {
        distrust(ctx, &target)?;
    }
    Ok(Loaded {
        rows: count,
        dropped: None,
    })
}

fn null_sink(ctx: &ExecContext<'_>, target: &Target) -> Option<NullSink> {
    let server = &ctx.session.server;
    let (database, schema) = (target.def.database_id, target.def.schema_id);
    let schema = server.catalog.schema(database, schema)?;
    let sinks = &server.config.null_sinks;
    sinks
        .iter()
        .find(|sink| sink.is(&schema.name, &target.def.name))
        .cloned()
}

/// Takes the rows off the wire and keeps none of them.
fn drop_rows(ctx: &ExecContext<'_>, rows: &mut dyn BulkRows) -> Result<u64> {
    let mut count = 0_u64;
    while rows.skip()? {
        count += 1;
        if count.is_multiple_of(256) {
            stop_if_cancelled(ctx)?;
        }
    }
    Ok(count)
}

fn stop_if_cancelled(ctx: &ExecContext<'_>) -> Result<()> {
    if ctx.session.cancel.is_set() || ctx.session.is_killed() {
        return Err(SqlError::new(0, "").kind(ErrorKind::Cancelled));
    }
    Ok(())
}

fn feed(
    ctx: &mut ExecContext<'_>,
    pending: &PendingBulk,
    writer: &mut Writer,
    rows: &dyn BulkRows,
) -> Result<Feed> {
    let def = Arc::clone(&writer.def);
    let sent = rows.columns();
    if sent.len() != pending.ordinals.len() {
        return Err(wrong_type(sent.len().min(pending.ordinals.len())));
    }
    let mut columns = Vec::with_capacity(sent.len());
    let mut given = vec![false; def.columns.len()];
    let mut null_defaults = vec![None; sent.len()];
    for (at, (column, ordinal)) in sent.iter().zip(&pending.ordinals).enumerate() {
        if !fits(&column.sql_type, &def.columns[*ordinal].sql_type)
            || !fits(&column.sql_type, &pending.declared[at])
        {
            return Err(wrong_type(at));
        }
        given[*ordinal] = true;
        let same = column.sql_type == def.columns[*ordinal].sql_type;
        columns.push((*ordinal, same, column.sql_type.clone()));
        if !pending.keep_nulls && def.columns[*ordinal].default.is_some() {
            null_defaults[at] = Some(writer.default(ctx, *ordinal)?);
        }
    }
    Ok(Feed {
        columns,
        given,
        null_defaults,
    })
}

fn pump(
    ctx: &mut ExecContext<'_>,
    pending: &PendingBulk,
    writer: &mut Writer,
    feed: &Feed,
    rows: &mut dyn BulkRows,
) -> Result<u64> {
    let width = writer.def.columns.len();
    let mut incoming = Vec::with_capacity(feed.columns.len());
    let mut row = vec![Value::Null; width];
    let mut before: Option<Vec<Value>> = None;
    let mut count = 0_u64;
    while rows.next(&mut incoming)? {
        if count.is_multiple_of(256) {
            stop_if_cancelled(ctx)?;
        }
        row.fill(Value::Null);
        for (at, (value, (ordinal, same, from))) in
            incoming.drain(..).zip(&feed.columns).enumerate()
        {
            row[*ordinal] = if value.is_null() {
                feed.null_defaults[at].clone().unwrap_or(Value::Null)
            } else if *same {
                value
            } else {
                writer.convert(*ordinal, &value, from)?
            };
        }
        super::insert_row::complete(ctx, writer, &mut row, &feed.given, false)?;
        if !pending.order.is_empty() {
            check_order(writer, &pending.order, &mut before, &row)?;
        }
        match writer.insert(ctx, &mut row) {
            Ok(_) => count += 1,
            // IGNORE_DUP_KEY: the row is left out.
            Err(error) if error.number == 3604 => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// 4819.
fn check_order(
    writer: &Writer,
    order: &[(usize, bool)],
    before: &mut Option<Vec<Value>>,
    row: &[Value],
) -> Result<()> {
    let key: Vec<Value> = order.iter().map(|(o, _)| row[*o].clone()).collect();
    if let Some(last) = before {
        for ((a, b), (ordinal, descending)) in last.iter().zip(&key).zip(order) {
            let sql_type = &writer.def.columns[*ordinal].sql_type;
            let ordering = crate::types::compare::compare(a, b, sql_type)?
                .unwrap_or(std::cmp::Ordering::Equal);
            let ordering = if *descending {
                ordering.reverse()
            } else {
                ordering
            };
            match ordering {
                std::cmp::Ordering::Less => break,
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => {
                    return Err(SqlError::new(
                        4819,
                        format!(
                            "Cannot bulk load. The bulk data stream was incorrectly specified as sorted or the data violates a uniqueness constraint imposed by the target table. Sort order incorrect for the following two rows: primary key of first row: {}, primary key of second row: {}.",
                            shown(last),
                            shown(&key)
                        ),
                    ));
                }
            }
        }
    }
    *before = Some(key);
    Ok(())
}

fn shown(key: &[Value]) -> String {
    let parts: Vec<String> = key.iter().map(|value| format!("{value:?}")).collect();
    format!("({})", parts.join(", "))
}

/// Rows came in unchecked: CHECK and FOREIGN KEY constraints are no longer trusted.
fn distrust(ctx: &mut ExecContext<'_>, target: &Target) -> Result<()> {
    let trusted = target
        .def
        .foreign_keys
        .iter()
        .any(|key| !key.disabled && !key.not_trusted)
        || target
            .def
            .checks
            .iter()
            .any(|check| !check.disabled && !check.not_trusted);
    if !trusted {
        return Ok(());
    }
    let mut def = TableDef::clone(&target.table.def());
    for key in &mut def.foreign_keys {
        key.not_trusted = true;
    }
    for check in &mut def.checks {
        check.not_trusted = true;
    }
    let def = Arc::new(def);
    ctx.session.with_txn(Hints::default(), |session, txn, _| {
        session
            .server
            .catalog
            .replace(txn, Object::Table(Arc::clone(&def)))?;
        session.server.store.alter_table(txn, def)
    })
}
