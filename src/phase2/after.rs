//! The success criteria of phase 2, each measured now.

use serde_json::{Value, json};

use super::{PHASE, view};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured, Thresholds};
use crate::pipeline::Proof;
use crate::tsql::{Statement, embedded};

const MIGRATED: Statement = embedded!("validate/count_embeddings.sql");
const MISMATCHES: Statement = embedded!("validate/count_dimension_mismatches.sql");
const DEDUPLICATION: Statement = embedded!("validate/measure_deduplication.sql");
const REFERENCES: Statement = embedded!("validate/count_reference_errors.sql");
const ORPHANS: Statement = embedded!("validate/count_orphans.sql");
const DUPLICATES: Statement = embedded!("validate/find_duplicate_positions.sql");
const HASHES: Statement = embedded!("validate/find_duplicate_hashes.sql");
const DAMAGED: Statement = embedded!("validate/find_damaged_atoms.sql");
const UNTRUSTED: Statement = embedded!("validate/find_untrusted_constraints.sql");
const LEFTOVERS: Statement = embedded!("validate/find_progress_without_embedding.sql");
const FAILED: Statement = embedded!("phase2/list_failed_embeddings.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str, never: bool) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: never,
    }
}

const G_MIGRATED: Gate = gate(
    "phase2.migrated",
    "embeddings with a vector migrated",
    "100 %",
    true,
);
const G_FAILED: Gate = gate("phase2.failed_embeddings", "no embedding failed", "0", true);
const G_MISMATCH: Gate = gate(
    "phase2.dimension_mismatches",
    "dimension mismatches",
    "0",
    true,
);
const G_EXACT: Gate = gate(
    "phase2.exactness",
    "every vector reassembles bit for bit",
    "100 %",
    true,
);
const G_SERVER: Gate = gate(
    "phase2.server_proof",
    "the server rebuilds every vector itself",
    "100 %",
    true,
);
const G_POSITIONS: Gate = gate("phase2.positions", "every position once", "0 wrong", true);
const G_DEDUP: Gate = gate("phase2.deduplication", "deduplication", "> 99 %", false);
const G_REFERENCES: Gate = gate(
    "phase2.reference_counts",
    "reference counts exact",
    "0 wrong",
    true,
);
const G_ORPHANS: Gate = gate("phase2.orphans", "no orphaned atom or relation", "0", false);
const G_ATOMS: Gate = gate(
    "phase2.atoms",
    "atoms intact, one per value",
    "0 wrong",
    true,
);
const G_TRUST: Gate = gate(
    "phase2.foreign_keys",
    "foreign keys trusted",
    "0 untrusted",
    false,
);

/// Every success criterion of phase 2.
pub const GATES_AFTER: &[Gate] = &[
    G_MIGRATED,
    G_FAILED,
    G_MISMATCH,
    G_EXACT,
    G_SERVER,
    G_POSITIONS,
    G_DEDUP,
    G_REFERENCES,
    G_ORPHANS,
    G_ATOMS,
    G_TRUST,
    view::G_VIEW,
    view::G_INDEXES,
];

/// Measures every gate of phase 2; `proof` is a verification that has just run.
///
/// # Errors
/// A failed statement.
pub async fn measure(
    connection: &mut Connection,
    proof: &Proof,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    Ok(vec![
        migrated(connection).await?,
        failed(connection).await?,
        mismatches(connection).await?,
        exactness(proof),
        server_proof(proof),
        positions(connection, proof).await?,
        deduplication(connection, thresholds.deduplication_percent).await?,
        references(connection).await?,
        orphans(connection).await?,
        atoms(connection).await?,
        trust(connection).await?,
        view::decoded(connection).await?,
        view::rebuilt(connection).await?,
    ])
}

async fn migrated(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&MIGRATED.sql(), &[]).await?;
    let (all, with, migrated, pending, stale) = (
        row.integer("TotalEmbeddings")?,
        row.integer("WithVector")?,
        row.integer("Migrated")?,
        row.integer("Pending")?,
        row.integer("MigratedWithoutVector")?,
    );
    let gone = connection.rows(&LEFTOVERS.sql(), &[&10i32]).await?.len();
    let without = all - with;
    let mut summary = format!("{migrated} of {with}");
    if without > 0 {
        summary = format!("{summary}; {without} without a vector");
    }
    if let Some(id) = row.opt_integer("FirstPendingId")? {
        summary = format!("{summary}; first pending {id}");
    }
    Ok(G_MIGRATED
        .measured(
            pending == 0 && stale == 0 && gone == 0,
            json!({ "embeddings": all, "with_vector": with, "migrated": migrated, "pending": pending,
                    "migrated_without_vector": stale, "migrated_and_gone": gone }),
            summary,
        )
        .or("run `hartonomous migrate phase2`: it carries on with what is pending"))
}

async fn failed(connection: &mut Connection) -> Result<Measured, Failure> {
    let rows = connection.rows(&FAILED.sql(), &[&20i32]).await?;
    let mut named = Vec::new();
    for row in &rows {
        named.push(
            json!({ "id": row.integer("AtomEmbeddingId")?, "reason": row.text("Reason")?,
                           "message": row.text("Message")? }),
        );
    }
    let summary = match rows.first() {
        None => "none".to_owned(),
        Some(row) => format!(
            "{}{}; AtomEmbeddingId {}: {}",
            rows.len(),
            if rows.len() == 20 { " or more" } else { "" },
            row.integer("AtomEmbeddingId")?,
            row.text("Message")?
        ),
    };
    Ok(G_FAILED
        .measured(rows.is_empty(), json!({ "failed": named }), summary)
        .or("correct those rows, then run `hartonomous migrate phase2` again"))
}

async fn mismatches(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&MISMATCHES.sql(), &[]).await?;
    let count = row.integer("DimensionMismatches")?;
    let first = row.opt_integer("FirstId")?;
    let summary = match first {
        None => "0".to_owned(),
        Some(id) => format!("{count}, first AtomEmbeddingId {id}"),
    };
    Ok(G_MISMATCH
        .measured(
            count == 0,
            json!({ "mismatches": count, "first_id": first }),
            summary,
        )
        .or("those rows changed their Dimension after they were migrated; see docs/runbook.md"))
}

fn offences(offences: &crate::pipeline::Offences) -> Value {
    offences
        .first
        .iter()
        .map(|(id, reason)| json!({ "id": id, "reason": reason }))
        .collect()
}

fn named(offences: &crate::pipeline::Offences, right: String) -> String {
    match offences.first.first() {
        None => right,
        Some((id, reason)) => format!("{} wrong; AtomEmbeddingId {id}: {reason}", offences.count),
    }
}

fn exactness(proof: &Proof) -> Measured {
    G_EXACT
        .measured(
            proof.by_client.count == 0,
            json!({ "embeddings": proof.embeddings, "components": proof.components, "asked_exactly": proof.resolved,
                    "wrong": proof.by_client.count, "first": offences(&proof.by_client) }),
            named(
                &proof.by_client,
                format!("{} vectors, {} components", proof.embeddings, proof.components),
            ),
        )
        .or("see docs/runbook.md, \"a vector does not reassemble\"; EmbeddingVector still holds the truth")
}

fn server_proof(proof: &Proof) -> Measured {
    G_SERVER
        .measured(
            proof.by_server.count == 0,
            json!({ "embeddings": proof.embeddings, "wrong": proof.by_server.count, "first": offences(&proof.by_server) }),
            named(&proof.by_server, format!("{} vectors, distance 0 and equal text", proof.embeddings)),
        )
        .or("see docs/runbook.md, \"a vector does not reassemble\"; EmbeddingVector still holds the truth")
}

async fn positions(connection: &mut Connection, proof: &Proof) -> Result<Measured, Failure> {
    let doubled = connection
        .rows(&DUPLICATES.sql(), &[&i64::MIN, &i64::MAX, &10i32])
        .await?
        .len();
    let summary = if doubled > 0 {
        format!("{doubled} positions stored twice")
    } else {
        named(&proof.positions, "0 wrong".to_owned())
    };
    Ok(G_POSITIONS
        .measured(
            doubled == 0 && proof.positions.count == 0,
            json!({ "doubled": doubled, "wrong": proof.positions.count, "first": offences(&proof.positions) }),
            summary,
        )
        .or("see docs/runbook.md, \"a position is missing or doubled\""))
}

async fn deduplication(connection: &mut Connection, threshold: f64) -> Result<Measured, Failure> {
    let row = connection.row(&DEDUPLICATION.sql(), &[]).await?;
    let percent: f64 = row.need("DeduplicationPct")?;
    let (relations, unique) = (row.integer("Relations")?, row.integer("UniqueAtoms")?);
    Ok(G_DEDUP
        .measured(
            percent > threshold,
            json!({ "percent": percent, "relations": relations, "unique_atoms": unique, "vectors": row.integer("Vectors")? }),
            format!("{percent:.4} %: {unique} atoms for {relations} relations"),
        )
        .against(format!("> {threshold} %"))
        .or("full-precision embeddings hardly repeat a value: quantise them (int8 gives a few hundred values), or load more of them; \
             nothing is wrong with the data, the saving is not there"))
}

async fn references(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&REFERENCES.sql(), &[]).await?;
    let (atoms, wrong) = (row.integer("Atoms")?, row.integer("WrongAtoms")?);
    let first = row.opt_integer("FirstAtomId")?;
    let summary = match first {
        None => format!("{atoms} atoms, {} references", row.integer("References")?),
        Some(id) => format!("{wrong} of {atoms} wrong, first AtomId {id}"),
    };
    Ok(G_REFERENCES
        .measured(
            wrong == 0,
            json!({ "atoms": atoms, "wrong": wrong, "too_high": row.integer("TooHigh")?, "too_low": row.integer("TooLow")?,
                    "references": row.integer("References")?, "relations": row.integer("Relations")?, "first_atom_id": first }),
            summary,
        )
        .or("see docs/runbook.md, \"a reference count is wrong\""))
}

async fn orphans(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&ORPHANS.sql(), &[]).await?;
    let (atoms, source, target) = (
        row.integer("OrphanedAtoms")?,
        row.integer("RelationsWithoutSource")?,
        row.integer("RelationsWithoutTarget")?,
    );
    Ok(G_ORPHANS
        .measured(
            atoms == 0 && source == 0 && target == 0,
            json!({ "atoms": atoms, "relations_without_source": source, "relations_without_target": target,
                    "unreferenced_numeric_atoms": row.integer("UnreferencedAtoms")? }),
            format!("{atoms} atoms, {} relations", source + target),
        )
        .or("the weekly maintenance removes atoms that nothing references"))
}

async fn atoms(connection: &mut Connection) -> Result<Measured, Failure> {
    let doubled = connection.rows(&HASHES.sql(), &[&10i32]).await?.len();
    let rows = connection
        .rows(&DAMAGED.sql(), &[&i64::MIN, &i64::MAX, &10i32])
        .await?;
    let mut damaged = Vec::new();
    for row in &rows {
        damaged.push(format!(
            "AtomId {}: {}",
            row.integer("AtomId")?,
            row.text("Reason")?
        ));
    }
    let summary = damaged
        .first()
        .cloned()
        .unwrap_or_else(|| format!("{doubled} hashes twice, 0 damaged"));
    Ok(G_ATOMS
        .measured(
            doubled == 0 && damaged.is_empty(),
            json!({ "doubled_hashes": doubled, "damaged": damaged }),
            summary,
        )
        .or("see docs/runbook.md, \"an atom is damaged\""))
}

async fn trust(connection: &mut Connection) -> Result<Measured, Failure> {
    let rows = connection.rows(&UNTRUSTED.sql(), &[]).await?;
    let mut names = Vec::new();
    for row in &rows {
        names.push(format!(
            "{} on {}",
            row.text("ConstraintName")?,
            row.text("TableName")?
        ));
    }
    let summary = names
        .first()
        .cloned()
        .unwrap_or_else(|| "all trusted".to_owned());
    Ok(G_TRUST
        .measured(names.is_empty(), json!({ "untrusted": names }), summary)
        .or(
            "ALTER TABLE ... WITH CHECK CHECK CONSTRAINT ... checks every row and makes it trusted",
        ))
}
