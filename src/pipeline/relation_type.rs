//! Which RelationType an embedding's relations get.
//!
//! The only or first embedding of an atom gets `embedding_dimension`; another one gets
//! `embedding_dimension:<ModelId>:<EmbeddingType>`, and if that is taken too, its AtomEmbeddingId appended. The order is that of
//! AtomEmbeddingId over all embeddings of the atom, not that of the writers, so that every run gives the same names.

use std::collections::{HashMap, HashSet};

use super::DecodedEmbedding;
use crate::ids::{AtomEmbeddingId, AtomId};

/// The type of the only or first embedding of an atom.
pub const FIRST: &str = "embedding_dimension";

/// An embedding with a vector, of an atom of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    pub atom: AtomId,
    pub id: AtomEmbeddingId,
    pub model: Option<i32>,
    pub embedding_type: Option<String>,
    /// Its type, if it is migrated.
    pub migrated_as: Option<String>,
}

/// Gives each embedding a type. `siblings`: all embeddings of their atoms by AtomId and AtomEmbeddingId; `taken`: types that
/// the atoms have relations of.
pub fn assign(
    embeddings: &[DecodedEmbedding],
    siblings: &[Sibling],
    taken: Vec<(AtomId, String)>,
) -> Vec<String> {
    let mut used: HashMap<AtomId, HashSet<String>> = HashMap::new();
    for (atom, kind) in taken {
        used.entry(atom).or_default().insert(kind);
    }
    for one in siblings {
        if let Some(kind) = &one.migrated_as {
            used.entry(one.atom).or_default().insert(kind.clone());
        }
    }
    let mut chosen: HashMap<AtomEmbeddingId, String> = HashMap::new();
    for one in siblings.iter().filter(|one| one.migrated_as.is_none()) {
        let used = used.entry(one.atom).or_default();
        let kind = choose(one.id, one.model, one.embedding_type.as_deref(), used);
        used.insert(kind.clone());
        chosen.insert(one.id, kind);
    }
    embeddings
        .iter()
        .map(|embedding| {
            // An embedding whose row went since it was read: the batch will find out.
            chosen.remove(&embedding.id).unwrap_or_else(|| {
                let used = used.entry(embedding.atom).or_default();
                choose(
                    embedding.id,
                    embedding.model,
                    embedding.embedding_type.as_deref(),
                    used,
                )
            })
        })
        .collect()
}

fn choose(
    id: AtomEmbeddingId,
    model: Option<i32>,
    kind: Option<&str>,
    used: &HashSet<String>,
) -> String {
    if !used.contains(FIRST) {
        return FIRST.to_owned();
    }
    let model = model.map(|model| model.to_string()).unwrap_or_default();
    let named = format!("{FIRST}:{model}:{}", kind.unwrap_or_default());
    if used.contains(&named) {
        format!("{named}:{id}")
    } else {
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn sibling(of: &DecodedEmbedding, migrated_as: Option<&str>) -> Sibling {
        Sibling {
            atom: of.atom,
            id: of.id,
            model: of.model,
            embedding_type: of.embedding_type.clone(),
            migrated_as: migrated_as.map(str::to_owned),
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
        let siblings: Vec<_> = embeddings.iter().map(|one| sibling(one, None)).collect();
        let taken = vec![(AtomId(12), FIRST.to_owned())];
        assert_eq!(
            assign(&embeddings, &siblings, taken),
            [
                "embedding_dimension",
                "embedding_dimension:2:semantic",
                "embedding_dimension:2:semantic:3",
                "embedding_dimension",
                "embedding_dimension::semantic",
            ]
        );
    }

    #[test]
    fn the_order_of_the_writers_does_not_matter() {
        let first = embedding(1, 10, Some(1));
        let second = embedding(90, 10, Some(2));
        let all = [sibling(&first, None), sibling(&second, None)];
        // The writer of the second one comes first.
        assert_eq!(
            assign(std::slice::from_ref(&second), &all, Vec::new()),
            ["embedding_dimension:2:semantic"]
        );
        let migrated = [
            sibling(&first, None),
            sibling(&second, Some("embedding_dimension:2:semantic")),
        ];
        assert_eq!(
            assign(std::slice::from_ref(&first), &migrated, Vec::new()),
            ["embedding_dimension"]
        );
    }
}
