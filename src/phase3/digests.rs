//! The proof that needs no column: the atoms of every migrated embedding give the digest on record.

use std::collections::BTreeMap;

use serde_json::json;

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::{Event, Observer};
use crate::gate::{Gate, Measured};
use crate::ids::AtomEmbeddingId;
use crate::tsql::{Statement, embedded};
use crate::vector::{AtomValue, VectorDigest};

const RANGE_END: Statement = embedded!("phase2/select_key_range_end.sql");
const DIGESTS: Statement = embedded!("validate/select_digests.sql");
const COMPONENTS: Statement = embedded!("validate/read_components.sql");

pub(super) const DIGESTS_GATE: Gate = Gate {
    id: "phase3.digests",
    phase: PHASE,
    title: "every vector's atoms give its digest",
    threshold: "100 %",
    never_waived: true,
};

/// Embeddings per range: a few MB.
const RANGE: i32 = 32;
/// Offending embeddings that are named.
const NAMED: usize = 10;

/// What the proof found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DigestProof {
    pub embeddings: u64,
    pub components: u64,
    pub wrong: u64,
    pub first: Vec<(AtomEmbeddingId, String)>,
}

/// Goes over every migrated embedding.
///
/// # Errors
/// A failed statement.
pub async fn verify(
    connection: &mut Connection,
    events: &dyn Observer,
) -> Result<DigestProof, Failure> {
    let mut proof = DigestProof::default();
    let mut after = i64::MIN;
    loop {
        let row = connection.row(&RANGE_END.sql(), &[&after, &RANGE]).await?;
        let Some(end) = row.opt_integer("RangeEnd")? else {
            return Ok(proof);
        };
        let checked = range(connection, after, end).await?;
        events.observe(&Event::VerificationAdvanced {
            embeddings: checked.len() as u64,
        });
        for (id, components, offence) in checked {
            proof.embeddings += 1;
            proof.components += components as u64;
            if let Some(reason) = offence {
                proof.wrong += 1;
                if proof.first.len() < NAMED {
                    proof.first.push((id, reason));
                }
            }
        }
        after = end;
    }
}

/// The migrated embeddings of a key range: id, components, and what is wrong with it.
///
/// # Errors
/// A failed statement.
pub(super) async fn range(
    connection: &mut Connection,
    after: i64,
    end: i64,
) -> Result<Vec<(AtomEmbeddingId, usize, Option<String>)>, Failure> {
    let params: [&dyn tiberius::ToSql; 2] = [&after, &end];
    let recorded = connection.rows(&DIGESTS.sql(), &params).await?;
    let mut stored: BTreeMap<i64, Vec<Option<AtomValue>>> = BTreeMap::new();
    if !recorded.is_empty() {
        for row in connection.rows(&COMPONENTS.sql(), &params).await? {
            let value = row
                .opt::<&[u8]>("AtomicValue")?
                .and_then(AtomValue::from_bytes);
            stored
                .entry(row.integer("AtomEmbeddingId")?)
                .or_default()
                .push(value);
        }
    }
    let mut checked = Vec::with_capacity(recorded.len());
    for row in &recorded {
        let id = row.integer("AtomEmbeddingId")?;
        let components = stored.remove(&id).unwrap_or_default();
        let dimension = usize::try_from(row.integer("Dimension")?).unwrap_or(0);
        let digest = row
            .opt::<&[u8]>("VectorDigest")?
            .and_then(VectorDigest::from_slice);
        checked.push((
            AtomEmbeddingId(id),
            components.len(),
            offence(&components, dimension, digest),
        ));
    }
    Ok(checked)
}

fn offence(
    components: &[Option<AtomValue>],
    dimension: usize,
    digest: Option<VectorDigest>,
) -> Option<String> {
    if components.len() != dimension {
        return Some(format!(
            "{} components stored, Dimension is {dimension}",
            components.len()
        ));
    }
    let Some(digest) = digest else {
        return Some("no digest on record".to_owned());
    };
    let Some(values) = components.iter().copied().collect::<Option<Vec<_>>>() else {
        return Some("an atom's AtomicValue is not a float32".to_owned());
    };
    (VectorDigest::of(values) != digest)
        .then(|| "the atoms do not give the digest on record".to_owned())
}

/// The gate over a proof.
pub(super) fn gate(proof: &DigestProof) -> Measured {
    let first: Vec<_> = proof
        .first
        .iter()
        .map(|(id, reason)| json!({ "id": id, "reason": reason }))
        .collect();
    DIGESTS_GATE
        .measured(
            proof.wrong == 0,
            json!({ "embeddings": proof.embeddings, "components": proof.components, "wrong": proof.wrong, "first": first }),
            proof.first.first().map_or_else(
                || format!("{} vectors, {} components", proof.embeddings, proof.components),
                |(id, reason)| format!("{} wrong; AtomEmbeddingId {id}: {reason}", proof.wrong),
            ),
        )
        .or("see docs/runbook.md, \"an atom is damaged\"; the backup of phase 3 holds the vectors")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_components_in_their_order_give_the_digest() {
        let values = |list: &[f32]| -> Vec<Option<AtomValue>> {
            list.iter().map(|v| Some(AtomValue::new(*v))).collect()
        };
        let digest = VectorDigest::of([1.0f32, 2.0].map(AtomValue::new));
        assert_eq!(offence(&values(&[1.0, 2.0]), 2, Some(digest)), None);
        for (components, dimension, digest) in [
            (values(&[2.0, 1.0]), 2, Some(digest)),
            (values(&[1.0]), 2, Some(digest)),
            (values(&[1.0, 2.0]), 2, None),
            (vec![Some(AtomValue::new(1.0)), None], 2, Some(digest)),
        ] {
            assert!(offence(&components, dimension, digest).is_some());
        }
    }
}
