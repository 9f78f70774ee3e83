//! The success criteria of phase 3, and those of phase 2 that need no column, each measured now.

use serde_json::json;

use super::{ColumnRecord, ColumnState, DigestProof, PHASE, attested, digests, size};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured, Thresholds};
use crate::state;
use crate::tsql::{Statement, embedded};

const MIGRATED: Statement = embedded!("validate/count_migrated_embeddings.sql");

const GONE: Gate = Gate {
    id: "phase3.column",
    phase: PHASE,
    title: "column EmbeddingVector removed",
    threshold: "gone",
    never_waived: false,
};
const KEPT: Gate = Gate {
    id: "phase3.embeddings",
    phase: PHASE,
    title: "progress rows belong to embeddings",
    threshold: "as many as digests",
    never_waived: true,
};

/// Every success criterion of phase 3.
pub const GATES_AFTER: &[Gate] = &[
    GONE,
    KEPT,
    size::SIZE,
    digests::DIGESTS_GATE,
    attested::ERROR_FREE,
];

/// Measures what can be measured right after the removal; `proof` has just run.
///
/// # Errors
/// A failed statement.
pub async fn measure_without_column(
    connection: &mut Connection,
    column: &ColumnState,
    proof: &DigestProof,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    let gone = matches!(column, ColumnState::Gone(_));
    let dropped = dropped(column).and_then(|record| record.dropped_at);
    let row = connection.row(&MIGRATED.sql(), &[]).await?;
    let (all, migrated) = (row.integer("TotalEmbeddings")?, row.integer("Migrated")?);
    let recorded = row.integer("ProgressRows")?;
    let mut kept = format!("{migrated} of {all} embeddings have a vector of atoms");
    if recorded != migrated {
        kept = format!("{kept}; {} are gone", recorded - migrated);
    }
    Ok(vec![
        GONE.measured(
            gone,
            json!({ "dropped_at": dropped.map(state::when) }),
            match (gone, dropped) {
                (true, Some(at)) => format!("since {}", state::when(at)),
                (true, None) => "gone; when is not on record".to_owned(),
                (false, _) => "still there".to_owned(),
            },
        )
        .or("run `hartonomous migrate phase3`"),
        KEPT.measured(
            u64::try_from(recorded) == Ok(proof.embeddings),
            json!({ "embeddings": all, "migrated": migrated, "progress_rows": recorded, "proven": proof.embeddings }),
            kept,
        )
        .or("see docs/runbook.md, \"a migrated embedding is gone\""),
        size::gate(connection, thresholds.size_reduction_percent).await?,
        digests::gate(proof),
    ])
}

/// All of it, with what people answer for.
///
/// # Errors
/// A failed statement.
pub async fn measure_after(
    connection: &mut Connection,
    column: &ColumnState,
    proof: &DigestProof,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    let mut gates = measure_without_column(connection, column, proof, thresholds).await?;
    gates.push(measure_error_free(connection, column, thresholds).await?);
    Ok(gates)
}

/// The attestation that ends phase 3, seven days after the drop or later.
///
/// # Errors
/// A failed statement.
pub async fn measure_error_free(
    connection: &mut Connection,
    column: &ColumnState,
    thresholds: &Thresholds,
) -> Result<Measured, Failure> {
    let attestations = state::list_attestations(connection).await?;
    let days = thresholds.error_free_days;
    let due = dropped(column)
        .and_then(|record| record.dropped_at)
        .and_then(|at| at.checked_add_signed(chrono::Duration::seconds((days * 86_400.0) as i64)));
    Ok(attested::attested(
        attested::ERROR_FREE,
        "no-application-errors",
        &attestations,
        due,
    )
    .against(format!("attested after {days} days")))
}

fn dropped(column: &ColumnState) -> Option<&ColumnRecord> {
    match column {
        ColumnState::Gone(record) => record.as_ref(),
        ColumnState::Present(_) | ColumnState::BrownedOut(_) => None,
    }
}
