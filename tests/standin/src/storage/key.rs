//! Index keys as byte strings whose order is the order of the values, and their compact place in an index.

use crate::types::{SqlType, TypeName, Value};

/// Bytes of a key; up to 22 of them without an allocation, which holds two bigint columns.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Short(u8, [u8; 22]),
    Long(Box<[u8]>),
}

impl Key {
    pub fn new(bytes: &[u8]) -> Self {
        match u8::try_from(bytes.len()) {
            Ok(length) if bytes.len() <= 22 => {
                let mut short = [0; 22];
                short[..bytes.len()].copy_from_slice(bytes);
                Key::Short(length, short)
            }
            _ => Key::Long(bytes.into()),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Key::Short(length, bytes) => &bytes[..usize::from(*length)],
            Key::Long(bytes) => bytes,
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes().cmp(other.bytes())
    }
}

/// The first byte string after all that begin with `prefix`; None when there is none.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|b| *b != 0xFF)?;
    let mut next = prefix[..=last].to_vec();
    next[last] += 1;
    Some(next)
}

/// Appends one column of a key; descending columns are inverted byte by byte.
pub(crate) fn append(value: &Value, sql_type: &SqlType, descending: bool, out: &mut Vec<u8>) {
    let from = out.len();
    sort_key(value, sql_type, out);
    if descending {
        out[from..].iter_mut().for_each(|b| *b = !*b);
    }
}

const NULL: u8 = 0;
const VALUE: u8 = 1;

fn sort_key(value: &Value, sql_type: &SqlType, out: &mut Vec<u8>) {
    if value.is_null() {
        out.push(NULL);
        return;
    }
    out.push(VALUE);
    match value {
        Value::Null => {}
        Value::Bit(v) => out.push(u8::from(*v)),
        Value::TinyInt(v) => out.push(*v),
        Value::SmallInt(v) => out.extend((*v ^ i16::MIN).to_be_bytes()),
        Value::Int(v) => out.extend((*v ^ i32::MIN).to_be_bytes()),
        Value::BigInt(v) => out.extend((*v ^ i64::MIN).to_be_bytes()),
        Value::Real(v) => float_key(f64::from(*v), out),
        Value::Float(v) => float_key(*v, out),
        Value::Decimal(d) => {
            // Values of a column share its scale; another scale is brought to it so that equal numbers are equal keys.
            let want = if matches!(sql_type.name, TypeName::Decimal | TypeName::Numeric) {
                sql_type.scale
            } else {
                d.scale
            };
            let up = 10i128.checked_pow(u32::from(want.saturating_sub(d.scale)));
            let down = 10i128.checked_pow(u32::from(d.scale.saturating_sub(want)));
            let mantissa =
                d.mantissa.saturating_mul(up.unwrap_or(i128::MAX)) / down.unwrap_or(i128::MAX);
            out.extend((mantissa ^ i128::MIN).to_be_bytes());
        }
        Value::Money(v) | Value::Time(v) | Value::DateTime2(v) => {
            out.extend((*v ^ i64::MIN).to_be_bytes());
        }
        Value::SmallMoney(v) | Value::Date(v) => out.extend((*v ^ i32::MIN).to_be_bytes()),
        Value::DateTime(days, ticks) => {
            out.extend((*days ^ i32::MIN).to_be_bytes());
            out.extend((*ticks ^ i32::MIN).to_be_bytes());
        }
        Value::SmallDateTime(days, minutes) => {
            out.extend(days.to_be_bytes());
            out.extend(minutes.to_be_bytes());
        }
        Value::DateTimeOffset(v) => out.extend((v.ticks ^ i64::MIN).to_be_bytes()),
        Value::VarChar(text) | Value::NVarChar(text) | Value::Json(text) | Value::Xml(text) => {
            text_key(text, sql_type.binary_collation, out);
        }
        Value::Binary(bytes) | Value::Spatial(bytes) => {
            let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            escaped(&bytes[..end], out);
        }
        Value::UniqueIdentifier(bytes) => {
            // uniqueidentifier compares its last six bytes first.
            out.extend(&bytes[10..16]);
            out.extend(&bytes[8..10]);
            out.extend(bytes[..8].iter().rev());
        }
        Value::Vector(components) => {
            for component in components.iter() {
                float_key(f64::from(*component), out);
            }
        }
        Value::Variant(inner) => sort_key(&inner.1, &inner.0, out),
    }
}

fn float_key(value: f64, out: &mut Vec<u8>) {
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    let key = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    out.extend(key.to_be_bytes());
}

/// Trailing spaces never count; without a binary collation neither does case.
fn text_key(text: &str, binary: bool, out: &mut Vec<u8>) {
    let text = text.trim_end_matches(' ');
    if binary {
        escaped(text.as_bytes(), out);
    } else {
        let folded: String = text.chars().flat_map(char::to_uppercase).collect();
        escaped(folded.as_bytes(), out);
    }
}

/// A byte string that ends where it says: 0 becomes 0 FF, the end is 0 0.
fn escaped(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xFF);
        }
    }
    out.extend([0, 0]);
}
