//! Index keys as byte strings whose order is the order of the values, and their compact place in an index.

use crate::types::{SqlType, Value, compare};

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
    compare::sort_key(value, sql_type, out);
    if descending {
        out[from..].iter_mut().for_each(|b| *b = !*b);
    }
}
