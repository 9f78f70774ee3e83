//! The un-drop: EmbeddingVector rebuilt from the atoms, batch by batch, under another name until every vector is in it.
//!
//! Order: every digest proven, table rebuilt, column added, batches, rename, nullability, proof. Each part looks at the
//! database first, so that a run that was killed anywhere is carried on by the next. Until the rename nobody, not even
//! phase 2, can take a half-filled column for the vectors.

mod fill;

pub use fill::{Fill, Settings, fill_sql};

use serde_json::json;

use super::{ColumnRecord, ORIGINAL};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::ids::RunId;
use crate::phase1::{Inventory, Table};
use crate::state::{self, StepRecord};
use crate::tsql::{Fragment, Identifier, Sql, Statement, embedded};

const ADD: Statement = embedded!("phase3/add_restoring_column.sql");
const NOT_NULL: Statement = embedded!("phase3/restore_not_null.sql");
const COUNT: Statement = embedded!("phase3/count_unfilled.sql");

/// Name under which gates and steps of this rollback are on record.
pub const PHASE: &str = "rollback phase3";

/// The column's name until it is full.
pub const RESTORING: &str = "EmbeddingVector_restoring";

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

const PROGRESS: Gate = gate(
    "rollback3.progress",
    "the atoms of the vectors are there",
    "a progress table",
);
const DIGESTS: Gate = gate(
    "rollback3.digests",
    "every vector's atoms give its digest",
    "100 %",
);
const COLUMN_BACK: Gate = gate(
    "rollback3.column",
    "column as it was, every migrated vector in it",
    "0 missing",
);

/// Every gate of the un-drop; phase 2's criteria are its proof.
pub const GATES: &[Gate] = &[PROGRESS, DIGESTS, COLUMN_BACK];

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub migrated: i64,
    pub unfilled: i64,
    pub without_vector: i64,
}

/// The fills of statements that name the column while it is filled.
fn fills(column: &str, dimensions: i64) -> Vec<(&'static str, Fragment)> {
    let mut fills = vec![
        ("Dimensions", Fragment::number(dimensions)),
        ("VectorType", Fragment::vector(dimensions)),
    ];
    if let Ok(name) = Identifier::new(column) {
        fills.push(("Column", Fragment::identifier(&name)));
    }
    fills
}

/// The statement that adds the column.
pub fn add_sql(record: &ColumnRecord) -> Sql {
    ADD.with(&fills(RESTORING, record.dimensions))
}

/// The statement that makes it NOT NULL again.
pub fn not_null_sql(record: &ColumnRecord) -> Sql {
    NOT_NULL.with(&fills(ORIGINAL, record.dimensions))
}

/// How far the column is filled.
///
/// # Errors
/// A failed statement.
pub async fn progress(
    connection: &mut Connection,
    column: &str,
    record: &ColumnRecord,
) -> Result<Progress, Failure> {
    let row = connection
        .row(&COUNT.with(&fills(column, record.dimensions)), &[])
        .await?;
    Ok(Progress {
        migrated: row.integer("Migrated")?,
        unfilled: row.integer("Unfilled")?,
        without_vector: row.integer("WithoutVector")?,
    })
}

/// Is the column there under its name for the filling?
pub fn is_restoring(inventory: &Inventory) -> bool {
    inventory.column(Table::AtomEmbeddings, RESTORING).is_some()
}

/// Was the table rebuilt since the column was dropped?
///
/// # Errors
/// A failed statement.
pub async fn is_rebuilt(connection: &mut Connection) -> Result<bool, Failure> {
    let steps = state::list_steps(connection, super::PHASE).await?;
    Ok(steps
        .iter()
        .any(|step| step.step == "rebuild.AtomEmbeddings" && step.state == "applied"))
}

/// Writes down a step of the un-drop.
///
/// # Errors
/// A failed statement.
pub async fn record(
    connection: &mut Connection,
    run: RunId,
    step: &str,
    word: &str,
    sql: Option<&Sql>,
) -> Result<(), Failure> {
    let sha = sql.map(Sql::sha256);
    let record = StepRecord {
        phase: PHASE,
        step,
        state: word,
        sql_sha256: sha.as_deref(),
        sql: sql.map(Sql::text),
        object: Some("dbo.AtomEmbeddings.EmbeddingVector"),
        object_sha256: None,
        created: false,
        detail: None,
    };
    state::record_step(connection, run, &record).await
}

/// The end of an un-drop: what is on record of phase 3 is of the past, so that it can begin anew. All of it in one transaction:
/// a run that was killed in the middle would leave a rebuild on record without its drop, and the next phase 3 would skip its own.
///
/// # Errors
/// A failed statement.
pub async fn forget_phase3(connection: &mut Connection, run: RunId) -> Result<(), Failure> {
    let steps = state::list_steps(connection, super::PHASE).await?;
    connection.begin().await?;
    for step in steps.iter().filter(|step| step.state != "dropped") {
        let record = StepRecord {
            phase: super::PHASE,
            step: &step.step,
            state: "dropped",
            sql_sha256: None,
            sql: None,
            object: None,
            object_sha256: None,
            created: false,
            detail: None,
        };
        state::record_step(connection, run, &record).await?;
    }
    record(connection, run, "column.proven", "applied", None).await?;
    connection.commit().await
}

/// The gates before anything is written.
pub fn guard(has_progress: bool, proof: Option<&super::DigestProof>) -> Vec<Measured> {
    let mut gates = vec![
        PROGRESS
            .measured(
                has_progress,
                json!({}),
                if has_progress {
                    "dbo.EmbeddingMigrationProgress is there"
                } else {
                    "there is no dbo.EmbeddingMigrationProgress: which atoms make which vector is not known"
                },
            )
            .or("restore the backup that was taken before phase 3"),
    ];
    if let Some(proof) = proof {
        let first: Vec<_> = proof
            .first
            .iter()
            .map(|(id, reason)| json!({ "id": id, "reason": reason }))
            .collect();
        gates.push(
            DIGESTS
                .measured(
                    proof.wrong == 0,
                    json!({ "embeddings": proof.embeddings, "wrong": proof.wrong, "first": first }),
                    proof.first.first().map_or_else(
                        || format!("{} vectors", proof.embeddings),
                        |(id, reason)| {
                            format!("{} wrong; AtomEmbeddingId {id}: {reason}", proof.wrong)
                        },
                    ),
                )
                .or("those vectors cannot be proven from their atoms: see docs/runbook.md, \"an atom is damaged\", or restore the backup that was taken before phase 3"),
        );
    }
    gates
}

/// The gate at the end: the column, its type and nullability, and nothing missing in it.
pub fn measured(inventory: &Inventory, wanted: &ColumnRecord, progress: Progress) -> Measured {
    let found = inventory.column(Table::AtomEmbeddings, ORIGINAL);
    let dimensions = found.and_then(|fact| fact.vector_dimensions);
    let nullable = found.is_some_and(|fact| fact.nullable);
    // Rows that came without a vector after the removal keep the column nullable.
    let nullability = nullable == wanted.nullable || progress.without_vector > 0;
    COLUMN_BACK
        .measured(
            dimensions == Some(wanted.dimensions) && nullability && progress.unfilled == 0,
            json!({ "dimensions": dimensions, "nullable": nullable, "was_nullable": wanted.nullable,
                    "migrated": progress.migrated, "missing": progress.unfilled, "rows_without_vector": progress.without_vector }),
            format!(
                "vector({}) {}, {} vectors, {} missing{}",
                dimensions.unwrap_or(0),
                if nullable { "NULL" } else { "NOT NULL" },
                progress.migrated,
                progress.unfilled,
                if nullable == wanted.nullable {
                    String::new()
                } else {
                    format!(
                        "; it was {}, but {} rows came without a vector",
                        if wanted.nullable { "NULL" } else { "NOT NULL" },
                        progress.without_vector
                    )
                }
            ),
        )
        .or("run `hartonomous rollback phase3` again")
}
