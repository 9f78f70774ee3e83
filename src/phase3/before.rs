//! What must hold before the column goes, beside phase 2's criteria, which are measured last because they take longest.

use serde_json::json;

use super::{PHASE, attested, backup, dependencies, soak};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured, Thresholds};
use crate::state;
use crate::tsql::{Statement, embedded};

const DIGESTS: Statement = embedded!("phase3/count_missing_digests.sql");

const DIGESTED: Gate = Gate {
    id: "phase3.digests_recorded",
    phase: PHASE,
    title: "every migrated embedding has its digest on record",
    threshold: "0 without",
    never_waived: true,
};

/// Every prerequisite of phase 3.
pub const GATES_BEFORE: &[Gate] = &[
    soak::SOAK,
    backup::BACKUP,
    backup::VERIFIED,
    dependencies::DEPENDENCIES,
    DIGESTED,
    attested::REGRESSION,
    attested::MOVED,
    attested::BENCHMARK,
];

/// Measures the prerequisites; `column` is the column's name now. Without `verify` the backup is not read.
///
/// # Errors
/// A failed statement.
pub async fn measure_before(
    connection: &mut Connection,
    column: &str,
    thresholds: &Thresholds,
    verify: bool,
) -> Result<Vec<Measured>, Failure> {
    let soak = soak::soak(connection).await?;
    let mut gates = vec![soak.measured(thresholds.soak_days)];
    gates.extend(backup::measure(connection, soak.complete_since, verify).await?);
    gates.push(dependencies::measure(connection, column, &soak, thresholds.soak_days).await?);
    gates.push(digested(connection).await?);
    let attestations = state::list_attestations(connection).await?;
    for (gate, subject) in attested::BEFORE {
        gates.push(attested::attested(
            *gate,
            subject,
            &attestations,
            soak.complete_since,
        ));
    }
    Ok(gates)
}

/// The two that a brown-out needs: it is there to earn the others.
///
/// # Errors
/// A failed statement.
pub async fn measure_for_brown_out(
    connection: &mut Connection,
    column: &str,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    let mut soak = soak::soak(connection).await?;
    // Whoever uses the column is found out by the brown-out itself.
    soak.queries.clear();
    Ok(vec![
        dependencies::measure(connection, column, &soak, thresholds.soak_days).await?,
        digested(connection).await?,
    ])
}

async fn digested(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&DIGESTS.sql(), &[]).await?;
    let (migrated, without) = (row.integer("Migrated")?, row.integer("WithoutDigest")?);
    let first = row.opt_integer("FirstId")?;
    Ok(DIGESTED
        .measured(
            without == 0,
            json!({ "migrated": migrated, "without": without, "first_id": first }),
            first.map_or_else(
                || format!("{migrated} of {migrated}"),
                |id| format!("{without} of {migrated} without, first AtomEmbeddingId {id}"),
            ),
        )
        .or("an earlier script migrated them: take phase 2 back and do it again (`hartonomous rollback phase2`, `hartonomous migrate phase2`)"))
}
