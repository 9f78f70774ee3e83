//! What must hold before anything is taken back; the same guard is part of every batch (phase2/rollback_batch.sql).

use serde_json::json;

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::phase1::{Inventory, Table};
use crate::tsql::{Statement, embedded};

const LOST: Statement = embedded!("validate/find_lost_vectors.sql");
const GONE: Statement = embedded!("validate/find_progress_without_embedding.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

pub(super) const COLUMN: Gate = gate(
    "rollback2.column",
    "column EmbeddingVector exists",
    "a vector column",
);
pub(super) const VECTORS: Gate = gate(
    "rollback2.vectors",
    "every migrated embedding holds its vector",
    "0 without",
);
pub(super) const EMBEDDINGS: Gate = gate(
    "rollback2.embeddings",
    "every migrated embedding still exists",
    "0 gone",
);

/// Offending rows that are named.
const NAMED: i32 = 10;

/// Measures the guard. Without the column nothing else can be asked.
///
/// # Errors
/// A failed statement.
pub async fn guard(
    connection: &mut Connection,
    inventory: &Inventory,
) -> Result<Vec<Measured>, Failure> {
    let column = inventory.column(Table::AtomEmbeddings, "EmbeddingVector");
    let dimensions = column.and_then(|column| column.vector_dimensions);
    let mut gates = vec![
        COLUMN
            .measured(
                dimensions.is_some(),
                json!({ "dimensions": dimensions }),
                dimensions.map_or_else(
                    || "dbo.AtomEmbeddings has no vector column EmbeddingVector: the atoms are the only copy of the vectors".to_owned(),
                    |dimensions| format!("vector({dimensions})"),
                ),
            )
            .or("bring the column back first: `hartonomous rollback phase3` rebuilds it from the atoms, `hartonomous migrate phase3 --end-brown-out` takes a rename back"),
    ];
    if dimensions.is_none() {
        return Ok(gates);
    }
    gates.push(
        offenders(connection, &LOST, VECTORS)
            .await?
            .or("the atoms are the only copy of those vectors; give the rows their vectors back, see docs/runbook.md, \"a migrated embedding has no vector\""),
    );
    gates.push(
        offenders(connection, &GONE, EMBEDDINGS)
            .await?
            .or("`hartonomous migrate phase2` sees to embeddings that were deleted; see docs/runbook.md, \"a migrated embedding is gone\""),
    );
    Ok(gates)
}

async fn offenders(
    connection: &mut Connection,
    statement: &Statement,
    gate: Gate,
) -> Result<Measured, Failure> {
    let rows = connection.rows(&statement.sql(), &[&NAMED]).await?;
    let mut ids = Vec::new();
    for row in &rows {
        ids.push(row.integer("AtomEmbeddingId")?);
    }
    let summary = match ids.first() {
        None => "0".to_owned(),
        Some(id) => format!(
            "{}{}, first AtomEmbeddingId {id}",
            ids.len(),
            if rows.len() == NAMED as usize {
                " or more"
            } else {
                ""
            }
        ),
    };
    Ok(gate.measured(ids.is_empty(), json!({ "first_ids": ids }), summary))
}
