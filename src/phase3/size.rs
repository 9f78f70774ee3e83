//! How big AtomEmbeddings was and is, in measured pages.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::ids::RunId;
use crate::state::{self, StepRecord};
use crate::tsql::{Statement, embedded};

const MEASURE: Statement = embedded!("phase3/measure_size.sql");
const STEP: &str = "size.AtomEmbeddings";

pub(super) const SIZE: Gate = Gate {
    id: "phase3.size",
    phase: PHASE,
    title: "AtomEmbeddings smaller than before",
    threshold: "> 90 %",
    never_waived: false,
};

/// Pages of 8 KiB, and about how many rows they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub pages: i64,
    pub rows: i64,
}

/// Measures now.
///
/// # Errors
/// A failed statement.
pub async fn measure(connection: &mut Connection) -> Result<Size, Failure> {
    let row = connection.row(&MEASURE.sql(), &[]).await?;
    Ok(Size {
        pages: row.integer("UsedPages")?,
        rows: row.integer("RowCountEstimate")?,
    })
}

/// Measures while the column is still there, and writes it down.
///
/// # Errors
/// A failed statement.
pub async fn record_before(connection: &mut Connection, run: RunId) -> Result<Size, Failure> {
    let size = measure(connection).await?;
    let record = StepRecord {
        phase: PHASE,
        step: STEP,
        state: "applied",
        sql_sha256: None,
        sql: None,
        object: Some("dbo.AtomEmbeddings"),
        object_sha256: None,
        created: false,
        detail: serde_json::to_string(&size).ok(),
    };
    state::record_step(connection, run, &record).await?;
    Ok(size)
}

async fn recorded(connection: &mut Connection) -> Result<Option<Size>, Failure> {
    let steps = state::list_steps(connection, PHASE).await?;
    Ok(steps
        .iter()
        .find(|step| step.step == STEP)
        .and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok()))
}

/// The gate: pages now against those on record.
///
/// # Errors
/// A failed statement.
pub(super) async fn gate(connection: &mut Connection, threshold: f64) -> Result<Measured, Failure> {
    let after = measure(connection).await?;
    let words = format!("> {threshold} %");
    let Some(before) = recorded(connection).await?.filter(|size| size.pages > 0) else {
        return Ok(SIZE
            .measured(
                false,
                json!({ "before": null, "after": after }),
                "the size before the removal is not on record",
            )
            .against(words)
            .or("the column was not removed by `hartonomous migrate phase3`: waive this gate with the sizes that you know"));
    };
    // More rows than before are not the removal's fault: compared per row.
    let per_row = |size: Size| size.pages as f64 / size.rows.max(1) as f64;
    let percent = 100.0 * (1.0 - per_row(after) / per_row(before));
    Ok(SIZE
        .measured(
            percent > threshold,
            json!({ "percent": percent, "before": before, "after": after }),
            format!(
                "{percent:.1} % per row: {} pages for {} rows before, {} for {} now",
                before.pages, before.rows, after.pages, after.rows
            ),
        )
        .against(words)
        .or("run `hartonomous migrate phase3` again: it rebuilds the table; what is left is in its other columns (geometry, json)"))
}
