//! A complete row from what a statement gives: defaults, identity, NULL for the rest.

use std::sync::Arc;

use crate::engine::frame::ExecContext;
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value};

use super::insert_columns::Columns;
use super::writer::Writer;

/// A complete row from the given values: defaults, identity, NULL for the rest.
pub(super) fn assemble(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    columns: &Columns,
    values: &[Value],
    types: &[SqlType],
    keep_identity: bool,
) -> Result<Vec<Value>> {
    let def = Arc::clone(&writer.def);
    let mut row = vec![Value::Null; def.columns.len()];
    let mut given = vec![false; def.columns.len()];
    for ((ordinal, value), from) in columns.ordinals.iter().zip(values).zip(types) {
        row[*ordinal] = writer.convert(*ordinal, value, from)?;
        given[*ordinal] = true;
    }
    complete(ctx, writer, &mut row, &given, !keep_identity)?;
    Ok(row)
}

/// Defaults and identity of the columns that have no value. `tell`: SCOPE_IDENTITY() learns of it.
pub(super) fn complete(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    row: &mut [Value],
    given: &[bool],
    tell: bool,
) -> Result<()> {
    let def = Arc::clone(&writer.def);
    for (ordinal, column) in def.columns.iter().enumerate() {
        if column.identity.is_some() {
            let value = if given[ordinal] {
                let number = as_i64(&row[ordinal]);
                ctx.session
                    .server
                    .store
                    .set_identity(def.object_id, number)?;
                number
            } else {
                let number = ctx.session.server.store.next_identity(def.object_id, 1)?;
                row[ordinal] = identity_value(&column.sql_type, number);
                number
            };
            if tell {
                let told = Value::Decimal(Box::new(crate::types::Decimal {
                    mantissa: i128::from(value),
                    precision: 38,
                    scale: 0,
                }));
                ctx.session.last_identity = Some(told.clone());
                ctx.frame.scope_identity = Some(told);
            }
        } else if !given[ordinal] && column.default.is_some() {
            row[ordinal] = writer.default(ctx, ordinal)?;
        }
    }
    Ok(())
}

pub(super) fn as_i64(value: &Value) -> i64 {
    match value {
        Value::BigInt(n) => *n,
        Value::Int(n) => i64::from(*n),
        Value::SmallInt(n) => i64::from(*n),
        Value::TinyInt(n) => i64::from(*n),
        Value::Decimal(d) => {
            let unit = 10_i128.pow(u32::from(d.scale));
            i64::try_from(d.mantissa / unit).unwrap_or(i64::MAX)
        }
        _ => 0,
    }
}

fn identity_value(sql_type: &SqlType, number: i64) -> Value {
    match sql_type.name {
        TypeName::TinyInt => Value::TinyInt(u8::try_from(number).unwrap_or(u8::MAX)),
        TypeName::SmallInt => Value::SmallInt(i16::try_from(number).unwrap_or(i16::MAX)),
        TypeName::Int => Value::Int(i32::try_from(number).unwrap_or(i32::MAX)),
        TypeName::BigInt => Value::BigInt(number),
        _ => Value::Decimal(Box::new(crate::types::Decimal {
            mantissa: i128::from(number),
            precision: sql_type.precision,
            scale: sql_type.scale,
        })),
    }
}
