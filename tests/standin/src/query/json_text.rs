//! Values as JSON text: FOR JSON, JSON_OBJECT, JSON_ARRAY.

use crate::error::Result;
use crate::types::{SqlType, TypeName, Value, convert, json};

use super::eval::{Env, text_of};
use super::expr::{BoundExpr, Node};
use super::plan::Plan;

/// A value as FOR JSON writes it. `raw`: the text is JSON already.
pub(super) fn write(value: &Value, ty: &SqlType, raw: bool, out: &mut String) -> Result<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bit(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Json(text) => out.push_str(text),
        Value::Int(_)
        | Value::BigInt(_)
        | Value::SmallInt(_)
        | Value::TinyInt(_)
        | Value::Decimal(_)
        | Value::Money(_)
        | Value::SmallMoney(_) => out.push_str(&as_text(value, ty, None)?),
        // Floats in their exact scientific form.
        Value::Float(_) | Value::Real(_) => {
            let style = if ty.name == TypeName::Real { 1 } else { 3 };
            out.push_str(&as_text(value, ty, Some(style))?);
        }
        Value::VarChar(text) | Value::NVarChar(text) if raw => out.push_str(text),
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => quote(text, out),
        Value::DateTime(..) | Value::SmallDateTime(..) | Value::DateTime2(_) => {
            quote(&as_text(value, ty, Some(126))?, out);
        }
        Value::Binary(bytes) => quote(&base64(bytes), out),
        _ => quote(&as_text(value, ty, None)?, out),
    }
    Ok(())
}

fn as_text(value: &Value, ty: &SqlType, style: Option<i32>) -> Result<String> {
    let text = convert::cast(value, ty, &SqlType::nvarchar(4000), style, false)?;
    Ok(text_of(&text).unwrap_or_default().to_owned())
}

/// A JSON string; FOR JSON escapes the solidus too.
pub(super) fn quote(text: &str, out: &mut String) {
    let mut written = String::new();
    json::JsonValue::String(text.to_owned()).write(&mut written);
    out.push_str(&written.replace('/', "\\/"));
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = 0u32;
        for at in 0..3 {
            group = group << 8 | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            if at <= chunk.len() {
                let index = (group >> (18 - 6 * at)) & 63;
                out.push(char::from(DIGITS[index as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// 13638.
pub(super) fn null_key() -> crate::error::SqlError {
    crate::error::SqlError::new(13638, "Property name cannot be NULL.")
}

/// Is the text that the expression answers JSON, which goes into other JSON as it is?
pub(super) fn is_json(expr: &BoundExpr) -> bool {
    match &expr.node {
        Node::JsonObject { .. } => true,
        Node::Call { function, .. } => {
            matches!(function.0.name(), "json_query" | "json_modify")
        }
        Node::Scalar(query) => matches!(*query.plan, Plan::ForJson { .. }),
        _ => false,
    }
}

pub(super) fn construct(
    args: &[BoundExpr],
    array: bool,
    absent_on_null: bool,
    row: &[Value],
    env: &mut Env<'_, '_>,
) -> Result<Value> {
    let mut out = String::from(if array { "[" } else { "{" });
    let step = if array { 1 } else { 2 };
    let mut first = true;
    for pair in args.chunks(step) {
        let expr = &pair[step - 1];
        let value = expr.value(row, env)?;
        if value.is_null() && absent_on_null {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        if !array {
            let key = pair[0].value(row, env)?;
            quote(text_of(&key).unwrap_or_default(), &mut out);
            out.push(':');
        }
        write(&value, &expr.ty, is_json(expr), &mut out)?;
    }
    out.push(if array { ']' } else { '}' });
    Ok(Value::nvarchar(out))
}
