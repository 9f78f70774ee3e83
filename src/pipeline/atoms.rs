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

/// The distinct values of a batch, each in a slot of its own, in the order in which they are met.
#[derive(Debug, Default)]
pub struct BatchValues {
    /// The slot of every component, embedding after embedding.
    pub slots: Vec<u32>,
    /// Distinct values of each embedding.
    pub distinct: Vec<u32>,
    /// By slot.
    pub values: Vec<BatchValue>,
}

/// A value, how often the batch has it, and its atom as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct BatchValue {
    pub value: AtomValue,
    pub count: i64,
    pub atom: Option<AtomId>,
    /// The batch created the atom, with its reference count.
    pub created: bool,
}

impl BatchValues {
    /// Gives every component its slot.
    pub fn of(embeddings: &[DecodedEmbedding]) -> Self {
        let components = embeddings.iter().map(|one| one.values.len()).sum();
        let mut batch = Self {
            slots: Vec::with_capacity(components),
            distinct: Vec::with_capacity(embeddings.len()),
            values: Vec::new(),
        };
        let mut slot_of: ValueMap<u32> = ValueMap::default();
        // By slot: number of the last embedding that has the value, from 1.
        let mut last_seen: Vec<u32> = Vec::new();
        for (number, embedding) in (1..).zip(embeddings) {
            let mut distinct = 0;
            for value in &embedding.values {
                let slot = *slot_of.entry(*value).or_insert_with(|| {
                    batch.values.push(BatchValue {
                        value: *value,
                        count: 0,
                        atom: None,
                        created: false,
                    });
                    last_seen.push(0);
                    last_seen.len() as u32 - 1
                });
                let at = slot as usize;
                batch.values[at].count += 1;
                if last_seen[at] != number {
                    last_seen[at] = number;
                    distinct += 1;
                }
                batch.slots.push(slot);
            }
            batch.distinct.push(distinct);
        }
        batch
    }

    /// Slots of values whose atom is not known.
    pub fn unknown(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.values.len()).filter(|slot| self.values[*slot].atom.is_none())
    }

    /// The atoms of all components, embedding after embedding; None where it is not known.
    pub fn targets(&self) -> impl Iterator<Item = Option<AtomId>> + '_ {
        self.slots
            .iter()
            .map(|slot| self.values[*slot as usize].atom)
    }
}

impl KnownAtoms {
    /// The values of a batch, with the atoms that are known.
    pub fn sort(&self, embeddings: &[DecodedEmbedding]) -> BatchValues {
        let mut batch = BatchValues::of(embeddings);
        let ids = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        for one in &mut batch.values {
            one.atom = ids.get(&one.value).copied();
        }
        batch
    }

    /// Takes the atoms of a committed batch in. A full map is emptied: what is needed comes back by itself.
    pub fn learn(&self, atoms: &[(AtomValue, AtomId)]) {
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        if ids.len() + atoms.len() > CAP {
            ids.clear();
        }
        ids.extend(atoms.iter().copied());
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
    use crate::ids::AtomEmbeddingId;
    use crate::vector::VectorDigest;

    fn embedding(values: &[f32]) -> DecodedEmbedding {
        let values: Vec<AtomValue> = values.iter().copied().map(AtomValue::new).collect();
        DecodedEmbedding {
            id: AtomEmbeddingId(1),
            atom: AtomId(1),
            tenant: 0,
            model: None,
            embedding_type: None,
            position: None,
            digest: VectorDigest::of(values.iter().copied()),
            values,
            last_updated: None,
        }
    }

    #[test]
    fn every_component_finds_its_atom_and_every_occurrence_is_counted() {
        let known = KnownAtoms::default();
        known.learn(&[(AtomValue::new(2.0), AtomId(20))]);
        let embeddings = [embedding(&[1.0, 2.0, 1.0, 0.0]), embedding(&[2.0, -0.0])];
        let mut batch = known.sort(&embeddings);
        assert_eq!(batch.distinct, [3, 2]);
        let unknown: Vec<usize> = batch.unknown().collect();
        assert_eq!(unknown.len(), 2);
        for slot in unknown {
            batch.values[slot].atom = Some(AtomId(batch.values[slot].value.get() as i64 * 10));
        }
        let targets: Vec<i64> = batch.targets().flatten().map(|id| id.0).collect();
        assert_eq!(targets, [10, 20, 10, 0, 20, 0]);
        let counts: Vec<(f32, i64)> = batch
            .values
            .iter()
            .map(|one| (one.value.get(), one.count))
            .collect();
        assert_eq!(counts, [(1.0, 2), (2.0, 2), (0.0, 2)]);
    }

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
