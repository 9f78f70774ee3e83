//! Atoms known to this process: value to AtomId, so that a value is hashed and looked up once, whichever writer met it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{PoisonError, RwLock};

use super::DecodedEmbedding;
use crate::ids::AtomId;
use crate::vector::AtomValue;

/// Entries kept at most: about 64 MB.
const CAP: usize = 2_000_000;

/// A map from float32 values. Their bits are mixed by one multiplication: values are data, not an attacker's choice of keys,
/// and a component is looked up two billion times.
pub type ValueMap<T> = HashMap<AtomValue, T, BuildHasherDefault<BitsHasher>>;

/// Hashes the four bytes of a float32.
#[derive(Debug, Default, Clone)]
pub struct BitsHasher(u64);

impl Hasher for BitsHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, bits: u32) {
        let mixed = (self.0 ^ u64::from(bits)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// Only atoms whose transaction has committed are in here. Shared by the writers of a process.
#[derive(Debug, Default)]
pub struct KnownAtoms {
    ids: RwLock<ValueMap<AtomId>>,
}

/// The distinct values of a batch: those with their atoms, and those that have to be looked up, each with its occurrences.
#[derive(Debug, Default)]
pub struct BatchValues {
    pub known: ValueMap<AtomId>,
    /// In order of their bits.
    pub unknown: Vec<AtomValue>,
    pub counts: ValueMap<i64>,
}

impl KnownAtoms {
    /// Sorts the values of a batch into known and unknown ones, and counts them.
    pub fn sort(&self, embeddings: &[DecodedEmbedding]) -> BatchValues {
        let mut values = BatchValues::default();
        for value in embeddings.iter().flat_map(|one| &one.values) {
            *values.counts.entry(*value).or_default() += 1;
        }
        let ids = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        for value in values.counts.keys() {
            match ids.get(value) {
                Some(id) => {
                    values.known.insert(*value, *id);
                }
                None => values.unknown.push(*value),
            }
        }
        drop(ids);
        values.unknown.sort_unstable();
        values
    }

    /// Takes the atoms of a committed batch in. A full map is emptied: what is needed comes back by itself.
    pub fn learn(&self, atoms: impl ExactSizeIterator<Item = (AtomValue, AtomId)>) {
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        if ids.len() + atoms.len() > CAP {
            ids.clear();
        }
        ids.extend(atoms);
    }

    /// Forgets everything: an atom may have been removed by somebody else.
    pub fn forget(&self) {
        self.ids
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearby_floats_spread_over_the_table() {
        // A table of 2^12 slots takes the low bits; neighbours must not share them.
        let mut slots = std::collections::HashSet::new();
        for bits in 0x3f80_0000u32..0x3f80_1000 {
            let mut hasher = BitsHasher::default();
            hasher.write_u32(bits);
            slots.insert(hasher.finish() & 0xfff);
        }
        assert!(slots.len() > 2_000, "{}", slots.len());
    }
}
