//! Keys of rows as bytes, and sets of them: what grouping, DISTINCT and hash joins look up.

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::types::compare::sort_key;
use crate::types::{SqlType, Value};

/// The bytes of some expressions' values: equal values, equal bytes; NULLs are equal to each other.
pub(super) fn key_of(exprs: &[BoundExpr], row: &[Value], env: &mut Env<'_, '_>) -> Result<Vec<u8>> {
    let mut key = Vec::with_capacity(exprs.len() * 9);
    for expr in exprs {
        append_key(expr, row, &mut key, env)?;
    }
    Ok(key)
}

/// Appends the bytes of one expression's value. True: the value is NULL.
pub(super) fn append_key(
    expr: &BoundExpr,
    row: &[Value],
    key: &mut Vec<u8>,
    env: &mut Env<'_, '_>,
) -> Result<bool> {
    if let Some(value) = expr.in_place(row) {
        push_key(value, &expr.ty, key);
        return Ok(value.is_null());
    }
    let value = expr.value(row, env)?;
    push_key(&value, &expr.ty, key);
    Ok(value.is_null())
}

pub(super) fn push_key(value: &Value, ty: &SqlType, key: &mut Vec<u8>) {
    sort_key(value, ty, key);
}

/// The bytes of a whole row, in place of what is in `key`.
pub(super) fn row_key(row: &[Value], types: &[SqlType], key: &mut Vec<u8>) {
    key.clear();
    for (value, ty) in row.iter().zip(types) {
        push_key(value, ty, key);
    }
}

/// Distinct keys, numbered in the order in which they came. All bytes lie in one place, so a key costs no allocation.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    bytes: Vec<u8>,
    /// Where each key ends in `bytes`.
    ends: Vec<usize>,
    hashes: Vec<u64>,
    /// Open addressing, a power of two of them, at most three quarters full: number of a key plus one; 0 is free.
    slots: Vec<u32>,
}

impl KeySet {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.bytes.clear();
            self.ends.clear();
            self.hashes.clear();
            self.slots.fill(0);
        }
    }

    /// The key's number, and whether it is new.
    pub fn insert(&mut self, key: &[u8]) -> (usize, bool) {
        if (self.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let hash = hash_of(key);
        match self.probe(key, hash) {
            Ok(number) => (number, false),
            Err(free) => {
                let number = self.len();
                self.bytes.extend_from_slice(key);
                self.ends.push(self.bytes.len());
                self.hashes.push(hash);
                // More than four billion keys do not fit in memory.
                self.slots[free] = u32::try_from(number + 1).unwrap_or(u32::MAX);
                (number, true)
            }
        }
    }

    pub fn find(&self, key: &[u8]) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        self.probe(key, hash_of(key)).ok()
    }

    fn key(&self, number: usize) -> &[u8] {
        let start = if number == 0 {
            0
        } else {
            self.ends[number - 1]
        };
        &self.bytes[start..self.ends[number]]
    }

    /// The key's number, or the slot in which it would go. There is always a free slot.
    fn probe(&self, key: &[u8], hash: u64) -> std::result::Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut at = place(hash, mask);
        loop {
            match self.slots[at] {
                0 => return Err(at),
                taken => {
                    let number = taken as usize - 1;
                    if self.hashes[number] == hash && self.key(number) == key {
                        return Ok(number);
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        let mask = size - 1;
        let mut slots = vec![0; size];
        for (number, hash) in self.hashes.iter().enumerate() {
            let mut at = place(*hash, mask);
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = u32::try_from(number + 1).unwrap_or(u32::MAX);
        }
        self.slots = slots;
    }
}

#[allow(clippy::cast_possible_truncation)]
fn place(hash: u64, mask: usize) -> usize {
    (hash >> 20) as usize & mask
}

/// Mixes eight bytes at a time. Nobody attacks these tables.
fn hash_of(key: &[u8]) -> u64 {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = key.len() as u64;
    let mut words = key.chunks_exact(8);
    let mut mix = |word: u64| {
        hash = (hash.rotate_left(23) ^ word).wrapping_mul(SPREAD);
        hash ^= hash >> 29;
    };
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        mix(u64::from_le_bytes(bytes));
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let mut bytes = [0; 8];
        bytes[..rest.len()].copy_from_slice(rest);
        mix(u64::from_le_bytes(bytes));
    }
    // The last bytes must reach the bits that choose the slot.
    mix(0);
    hash
}

#[cfg(test)]
mod tests {
    use super::KeySet;

    #[test]
    fn keys_are_numbered_in_order_of_arrival_and_found_again() {
        let mut set = KeySet::default();
        assert_eq!(set.find(b""), None);
        for round in [true, false] {
            for n in 0..10_000_u32 {
                let key = [
                    &n.to_be_bytes()[..],
                    &b"longer than eight bytes"[..(n % 20) as usize],
                ]
                .concat();
                assert_eq!(set.insert(&key), (n as usize, round));
                assert_eq!(set.find(&key), Some(n as usize));
            }
        }
        assert_eq!(set.find(b"absent"), None);
        assert_eq!(set.insert(b""), (10_000, true));
        set.clear();
        assert_eq!(set.find(&0_u32.to_be_bytes()), None);
        assert_eq!(set.insert(b"again"), (0, true));
    }
}
