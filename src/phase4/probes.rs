//! The natively compiled procedures, run: their answers must be those of dbo.AtomEmbeddings.

use serde_json::json;

use super::declared::Declared;
use super::latency::{packed, sample_keys};
use super::{Found, PHASE, plan_modules};
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::StepState;
use crate::gate::{Gate, Measured};
use crate::state::StoredStep;
use crate::tsql::{Sql, Statement, embedded};

const METADATA: Statement = embedded!("phase4/probe_metadata.sql");
const BUCKETS: Statement = embedded!("phase4/select_sample_buckets.sql");
const FIND: Statement = embedded!("phase4/find_by_bucket.sql");
const EXPECTED: Statement = embedded!("phase4/select_by_bucket.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: false,
    }
}

pub(super) const MODULES: Gate = gate(
    "phase4.modules",
    "natively compiled procedures in place",
    "as made",
);
pub(super) const ANSWERS: Gate = gate(
    "phase4.procedures",
    "procedures answer as AtomEmbeddings",
    "0 wrong",
);

/// Buckets that are searched, and rows of each that are compared.
const BUCKETS_PROBED: i32 = 8;
const ROWS_COMPARED: i32 = 10_000;

/// Are the procedures there, native, and as this version made them?
pub(super) fn modules(found: &Found, stored: &[StoredStep]) -> Measured {
    let plan = plan_modules(found, stored);
    let wrong: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.state {
            StepState::Present => None,
            StepState::Missing => Some(format!("{} is missing", step.title)),
            StepState::Wrong { found } | StepState::Refused { found, .. } => {
                Some(format!("{}: {found}", step.title))
            }
        })
        .chain(
            found
                .modules
                .iter()
                .filter(|(_, module)| !module.native)
                .map(|(name, _)| format!("{name} is not natively compiled")),
        )
        .collect();
    let count = plan.steps.len();
    MODULES
        .measured(
            wrong.is_empty(),
            json!({ "declared": count, "wrong": wrong }),
            wrong
                .first()
                .cloned()
                .unwrap_or_else(|| format!("{count} of {count}")),
        )
        .or("run `hartonomous migrate phase4`; docs/runbook.md, \"something was changed after the tool made it\"")
}

/// Runs them over sampled keys and buckets, and compares.
///
/// # Errors
/// A lost connection; a procedure that fails is a failed gate.
pub(super) async fn answers(
    connection: &mut Connection,
    declared: &Declared,
    rows: i64,
) -> Result<Measured, Failure> {
    match probe(connection, declared, rows).await {
        Ok(measured) => Ok(measured),
        Err(failure) if failure.number().is_some() && !failure.is_passing() => Ok(ANSWERS
            .measured(
                false,
                json!({ "failure": failure.to_string() }),
                failure.to_string(),
            )
            .or("run `hartonomous migrate phase4`")),
        Err(failure) => Err(failure),
    }
}

async fn probe(
    connection: &mut Connection,
    declared: &Declared,
    rows: i64,
) -> Result<Measured, Failure> {
    let mut keys = sample_keys(connection, rows).await?;
    // The last one makes room for a key that is not there: it must give NULLs.
    keys.truncate(999);
    keys.push(keys.last().map_or(i64::MAX, |last| last.saturating_add(1)));
    let sql = METADATA.with(&declared.places("e"));
    let packed = packed(&keys);
    let row = connection.row(&sql, &[&packed.as_slice()]).await?;
    let (probed, wrong) = (row.integer("Probed")?, row.integer("Wrong")?);
    let first = row.opt_integer("FirstId")?;
    let (buckets, wrong_buckets) = if declared.has_buckets() {
        search(connection, declared).await?
    } else {
        (0, Vec::new())
    };
    let summary = match (first, wrong_buckets.first()) {
        (None, None) => format!("{probed} lookups and {buckets} searches"),
        (Some(id), _) => format!("{wrong} of {probed} lookups wrong, first AtomEmbeddingId {id}"),
        (None, Some(bucket)) => format!(
            "{} of {buckets} searches wrong, first SpatialBucket {bucket}",
            wrong_buckets.len()
        ),
    };
    Ok(ANSWERS
        .measured(
            wrong == 0 && wrong_buckets.is_empty(),
            json!({ "lookups": probed, "wrong": wrong, "first_id": first, "searches": buckets, "wrong_buckets": wrong_buckets }),
            summary,
        )
        .or("see phase4.rows: the copy is not as dbo.AtomEmbeddings, or somebody wrote to it meanwhile; `hartonomous migrate phase4` brings it in line"))
}

/// Buckets that were searched, and those whose answer is wrong.
async fn search(
    connection: &mut Connection,
    declared: &Declared,
) -> Result<(usize, Vec<i64>), Failure> {
    let expected = EXPECTED.with(&declared.places("e"));
    let rows = connection.rows(&BUCKETS.sql(), &[&BUCKETS_PROBED]).await?;
    let mut wrong = Vec::new();
    for row in &rows {
        let bucket = row.integer("SpatialBucket")?;
        let found = places(connection, &FIND.sql(), bucket).await?;
        if found != places(connection, &expected, bucket).await? {
            wrong.push(bucket);
        }
    }
    Ok((rows.len(), wrong))
}

/// Ids, atoms and places of a bucket, the places by their bits.
async fn places(
    connection: &mut Connection,
    sql: &Sql,
    bucket: i64,
) -> Result<Vec<(i64, i64, [Option<u64>; 3])>, Failure> {
    let bucket = i32::try_from(bucket).unwrap_or(0);
    let rows = connection.rows(sql, &[&bucket, &ROWS_COMPARED]).await?;
    rows.iter()
        .map(|row| {
            let mut place = [None; 3];
            for (at, name) in ["SpatialX", "SpatialY", "SpatialZ"].iter().enumerate() {
                place[at] = row.opt::<f64>(name)?.map(f64::to_bits);
            }
            Ok((
                row.integer("AtomEmbeddingId")?,
                row.integer("AtomId")?,
                place,
            ))
        })
        .collect()
}
