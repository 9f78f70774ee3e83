//! Atoms known to this run: value to AtomId, so that a value is hashed and looked up once.

use std::collections::{HashMap, HashSet};

use super::DecodedEmbedding;
use crate::ids::AtomId;
use crate::vector::AtomValue;

/// Entries kept at most: about 64 MB.
const CAP: usize = 2_000_000;

/// Only atoms whose transaction has committed are in here.
#[derive(Debug, Default)]
pub struct KnownAtoms {
    ids: HashMap<AtomValue, AtomId>,
}

impl KnownAtoms {
    pub fn get(&self, value: AtomValue) -> Option<AtomId> {
        self.ids.get(&value).copied()
    }

    /// The distinct values of a batch that are not known, in order of their bits.
    pub fn unknown(&self, embeddings: &[DecodedEmbedding]) -> Vec<AtomValue> {
        let mut seen = HashSet::new();
        let mut unknown: Vec<AtomValue> = embeddings
            .iter()
            .flat_map(|embedding| embedding.values.iter().copied())
            .filter(|value| !self.ids.contains_key(value) && seen.insert(*value))
            .collect();
        unknown.sort_unstable();
        unknown
    }

    /// Takes the atoms of a committed batch in. A full map is emptied: what is needed comes back by itself.
    pub fn learn(&mut self, atoms: HashMap<AtomValue, AtomId>) {
        if self.ids.len() + atoms.len() > CAP {
            self.ids.clear();
        }
        self.ids.extend(atoms);
    }

    /// Forgets everything: an atom may have been removed by somebody else.
    pub fn forget(&mut self) {
        self.ids.clear();
    }
}
