//! Which RelationType an embedding's relations get.
//!
//! The only or first embedding of an atom gets `embedding_dimension`; another one gets
//! `embedding_dimension:<ModelId>:<EmbeddingType>`, and if that is taken too, its AtomEmbeddingId appended.

use std::collections::{HashMap, HashSet};

use super::DecodedEmbedding;
use crate::ids::AtomId;

/// The type of the only or first embedding of an atom.
pub const FIRST: &str = "embedding_dimension";

/// Types that atoms have already.
pub type Taken = HashMap<AtomId, HashSet<String>>;

/// Gives each embedding, in order, a type that its atom does not have yet, and marks it taken.
pub fn assign(embeddings: &[DecodedEmbedding], taken: &mut Taken) -> Vec<String> {
    embeddings
        .iter()
        .map(|embedding| {
            let used = taken.entry(embedding.atom).or_default();
            let chosen = choose(embedding, used);
            used.insert(chosen.clone());
            chosen
        })
        .collect()
}

fn choose(embedding: &DecodedEmbedding, used: &HashSet<String>) -> String {
    if !used.contains(FIRST) {
        return FIRST.to_owned();
    }
    let model = embedding
        .model
        .map(|model| model.to_string())
        .unwrap_or_default();
    let kind = embedding.embedding_type.as_deref().unwrap_or_default();
    let named = format!("{FIRST}:{model}:{kind}");
    if used.contains(&named) {
        format!("{named}:{}", embedding.id)
    } else {
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AtomEmbeddingId;
    use crate::vector::VectorDigest;

    fn embedding(id: i64, atom: i64, model: Option<i32>) -> DecodedEmbedding {
        DecodedEmbedding {
            id: AtomEmbeddingId(id),
            atom: AtomId(atom),
            tenant: 0,
            model,
            embedding_type: Some("semantic".to_owned()),
            position: None,
            values: Vec::new(),
            digest: VectorDigest::of([]),
            last_updated: None,
        }
    }

    #[test]
    fn every_embedding_of_an_atom_gets_a_type_of_its_own() {
        let embeddings = [
            embedding(1, 10, Some(1)),
            embedding(2, 10, Some(2)),
            embedding(3, 10, Some(2)),
            embedding(4, 11, None),
            embedding(5, 12, None),
        ];
        let mut taken = Taken::from([(AtomId(12), HashSet::from([FIRST.to_owned()]))]);
        assert_eq!(
            assign(&embeddings, &mut taken),
            [
                "embedding_dimension",
                "embedding_dimension:2:semantic",
                "embedding_dimension:2:semantic:3",
                "embedding_dimension",
                "embedding_dimension::semantic",
            ]
        );
    }
}
