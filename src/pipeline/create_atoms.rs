//! The atoms of a batch: those that are missing are created, those that are there are found.

use super::atoms::{BatchValues, ValueMap};
use super::write::{WriteFailure, Writer, expect};
use super::{DecodedEmbedding, Rejected, rows};
use crate::connect::RowExt;
use crate::ids::AtomId;
use crate::tsql::{Statement, embedded};
use crate::vector::{AtomValue, ContentHash, canonical_text};

const CREATE_ATOMS: Statement = embedded!("phase2/create_missing_atoms.sql");

/// Another writer created the same atom in the gap between check and insert.
const SAME_ATOM: &[u32] = &[2601, 2627];

impl Writer {
    /// Completes the atoms of the values, creating those that are missing. Returns what was looked up: it may be remembered
    /// once the batch is committed.
    ///
    /// # Errors
    /// See `WriteFailure`; `Rejected` for embeddings with a value whose atom is not that value.
    pub(super) async fn atoms(
        &mut self,
        values: &mut BatchValues,
        embeddings: &[DecodedEmbedding],
    ) -> Result<Vec<(AtomValue, AtomId)>, WriteFailure> {
        let mut hashed: Vec<(ContentHash, usize)> = values
            .unknown()
            .map(|slot| (values.values[slot].value.content_hash(), slot))
            .collect();
        if hashed.is_empty() {
            return Ok(Vec::new());
        }
        hashed.sort_unstable();
        self.connection
            .bulk(
                "#batch_value",
                rows::VALUE_COLUMNS,
                rows::values(&hashed, values),
            )
            .await?;
        let mut found = Vec::with_capacity(hashed.len());
        let mut foreign: ValueMap<String> = ValueMap::default();
        let looked_up = self
            .connection
            .each_row(&CREATE_ATOMS.sql(), &[], |row| {
                let hash: &[u8] = row.need("ContentHash")?;
                let Ok(at) = hashed.binary_search_by(|(known, _)| known.0.as_slice().cmp(hash))
                else {
                    return Ok(());
                };
                let one = &mut values.values[hashed[at].1];
                let id = AtomId(row.integer("AtomId")?);
                if row.opt::<&[u8]>("AtomicValue")? != Some(one.value.bytes().as_slice()) {
                    foreign.insert(one.value, foreign_atom(id, one.value));
                    return Ok(());
                }
                one.atom = Some(id);
                one.created = row.need("Created")?;
                found.push((one.value, id));
                Ok(())
            })
            .await;
        match looked_up {
            Err(failure) if failure.number().is_some_and(|n| SAME_ATOM.contains(&n)) => {
                return Err(WriteFailure::Contended(failure));
            }
            other => other?,
        }
        if !foreign.is_empty() {
            return Err(WriteFailure::Rejected(conflicts(embeddings, &foreign)));
        }
        expect("create_missing_atoms", found.len() as u64, hashed.len())?;
        Ok(found)
    }
}

fn foreign_atom(id: AtomId, value: AtomValue) -> String {
    format!(
        "atom {id} has ContentHash {} but AtomicValue is not the 4 bytes of {}",
        value.content_hash(),
        canonical_text(value.get())
    )
}

fn conflicts(embeddings: &[DecodedEmbedding], foreign: &ValueMap<String>) -> Vec<Rejected> {
    embeddings
        .iter()
        .filter_map(|embedding| {
            let message = embedding
                .values
                .iter()
                .find_map(|value| foreign.get(value))?;
            Some(Rejected {
                id: embedding.id,
                reason: "atom_conflict",
                message: message.clone(),
                error_number: None,
            })
        })
        .collect()
}
