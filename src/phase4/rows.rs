//! The rows of both tables, counted, summed and compared.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::PHASE;
use super::declared::Declared;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::tsql::{Fragment, Sql, Statement, embedded};

const MEASURE: Statement = embedded!("phase4/measure_rows.sql");
const COMPARE: Statement = embedded!("phase4/compare_rows.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

pub(super) const CHECKSUMS: Gate = gate(
    "phase4.checksums",
    "counts and checksums of both tables",
    "equal",
);
pub(super) const ROWS: Gate = gate(
    "phase4.rows",
    "every row as in AtomEmbeddings",
    "0 missing, changed, left over",
);

/// Count and two sums over the hashes of a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub rows: i64,
    pub first: i64,
    pub second: i64,
}

fn sql(declared: &Declared, copy: bool) -> Sql {
    let mut fills = declared.fills();
    if copy {
        fills.push((
            "Table",
            Fragment::fixed("dbo.AtomEmbeddings_InMemory AS t WITH (SNAPSHOT)"),
        ));
    }
    MEASURE.with(&fills)
}

/// Measures dbo.AtomEmbeddings, its scalar columns.
///
/// # Errors
/// A failed statement.
pub(super) async fn source(
    connection: &mut Connection,
    declared: &Declared,
) -> Result<Sums, Failure> {
    sums(connection, &sql(declared, false)).await
}

async fn sums(connection: &mut Connection, sql: &Sql) -> Result<Sums, Failure> {
    let row = connection.row(sql, &[]).await?;
    Ok(Sums {
        rows: row.integer("Total")?,
        first: row.integer("First")?,
        second: row.integer("Second")?,
    })
}

/// Both gates over the rows.
///
/// # Errors
/// A failed statement.
pub(super) async fn gates(
    connection: &mut Connection,
    declared: &Declared,
) -> Result<[Measured; 2], Failure> {
    let original = source(connection, declared).await?;
    let copied = sums(connection, &sql(declared, true)).await?;
    let row = connection
        .row(&COMPARE.with(&declared.fills()), &[])
        .await?;
    let (missing, changed, surplus) = (
        row.integer("Missing")?,
        row.integer("Changed")?,
        row.integer("Surplus")?,
    );
    let first = row.opt_integer("FirstId")?;
    let next = "`hartonomous migrate phase4` brings the copy in line; if it fails again, somebody writes to dbo.AtomEmbeddings meanwhile: do it in a quiet hour";
    let checksums = CHECKSUMS
        .measured(
            original == copied,
            json!({ "atom_embeddings": original, "copy": copied }),
            if original.rows == copied.rows {
                format!(
                    "{} rows, checksums {}",
                    original.rows,
                    if original == copied {
                        "equal"
                    } else {
                        "differ"
                    }
                )
            } else {
                format!("{} rows, {} copied", original.rows, copied.rows)
            },
        )
        .or(next);
    let rows = ROWS
        .measured(
            missing + changed + surplus == 0,
            json!({ "missing": missing, "changed": changed, "surplus": surplus, "first_id": first }),
            first.map_or_else(
                || format!("{} rows, column by column", original.rows),
                |id| {
                    format!(
                        "{missing} missing, {changed} changed, {surplus} left over, first AtomEmbeddingId {id}"
                    )
                },
            ),
        )
        .or(next);
    Ok([checksums, rows])
}
