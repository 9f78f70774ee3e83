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
        match (self, other) {
            // Unused bytes are zero, so a shorter key comes first as it does byte by byte.
            (Key::Short(length, a), Key::Short(other, b)) => head(a)
                .cmp(&head(b))
                .then_with(|| a[16..].cmp(&b[16..]))
                .then_with(|| length.cmp(other)),
            _ => self.bytes().cmp(other.bytes()),
        }
    }
}

/// The first sixteen bytes as one number.
fn head(bytes: &[u8; 22]) -> u128 {
    let mut head = [0; 16];
    head.copy_from_slice(&bytes[..16]);
    u128::from_be_bytes(head)
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

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys_of_any_length_are_ordered_as_their_bytes() {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for length in [0, 1, 7, 15, 16, 17, 21, 22, 23, 40] {
            for fill in [0, 1, 255] {
                for last in [0, 1, 255] {
                    let mut text = vec![fill; length];
                    if let Some(end) = text.last_mut() {
                        *end = last;
                    }
                    texts.push(text);
                }
            }
        }
        for a in &texts {
            for b in &texts {
                assert_eq!(Key::new(a).cmp(&Key::new(b)), a.cmp(b), "{a:?} {b:?}");
            }
        }
    }
}
