//! The success criteria of phase 1, each measured now.

use serde_json::{Value, json};

use super::declared::{EXISTING_INDEXES, MODULES};
use super::inventory::Inventory;
use super::{PHASE, PathSample, access_paths, plan};
use crate::connect::{Connection, Failure, RowExt, Sorting};
use crate::engine::{PlannedStep, StepState};
use crate::gate::{Gate, Measured, Thresholds};
use crate::state::StoredStep;
use crate::tsql::{Statement, embedded};

const BUCKET: Statement = embedded!("phase1/check_spatial_bucket.sql");
const PROBES: &[(&str, Statement)] = &[
    (
        "insert and reconstruct",
        embedded!("phase1/probe_insert_and_reconstruct.sql"),
    ),
    ("delete", embedded!("phase1/probe_delete.sql")),
    ("search", embedded!("phase1/probe_search.sql")),
];
const STATS_PROBE: Statement = embedded!("phase1/probe_deduplication_stats.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: false,
    }
}

const COLUMNS: Gate = gate(
    "phase1.columns",
    "columns of AtomRelations",
    "13 as declared",
);
const INDEXES: Gate = gate("phase1.indexes", "indexes and statistics", "7 as declared");
const EXISTING: Gate = gate(
    "phase1.existing_indexes",
    "existing indexes preserved",
    "3 of 3",
);
const MODULE: Gate = gate(
    "phase1.modules",
    "function and procedures in place",
    "6 as made",
);
const PROBE: Gate = gate(
    "phase1.procedures",
    "procedures run on a probe",
    "5 of 5 right",
);
const BUCKETS: Gate = gate("phase1.bucket_function", "bucket function", "known answers");
const PATHS: Gate = gate(
    "phase1.access_paths",
    "no query slower than before",
    "<= 1.5 times",
);

/// Every gate of phase 1.
pub const GATES: &[Gate] = &[COLUMNS, INDEXES, EXISTING, MODULE, PROBE, BUCKETS, PATHS];

/// Added to both times, in microseconds: below a millisecond the clock and the scheduler decide.
const NOISE_FLOOR: i64 = 1_000;

/// Measures every gate of phase 1.
///
/// # Errors
/// A statement that fails where a gate cannot say so itself (connection, permission).
pub async fn measure(
    connection: &mut Connection,
    stored: &[StoredStep],
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    measure_without(connection, stored, thresholds, &[]).await
}

/// The same while phase 2 has disabled indexes for its load, which it rebuilds at its end (name, compression): these count as
/// enabled and compressed as they were, and all else about them is measured.
///
/// # Errors
/// As `measure`.
pub async fn measure_without(
    connection: &mut Connection,
    stored: &[StoredStep],
    thresholds: &Thresholds,
    disabled: &[(String, Option<String>)],
) -> Result<Vec<Measured>, Failure> {
    let mut inventory = Inventory::read(connection).await?;
    for (name, compression) in disabled {
        if let Some(index) = inventory.indexes.get_mut(name) {
            index.disabled = false;
            index.compression.clone_from(compression);
        }
    }
    let plan = plan(&inventory, stored, true);
    let of = |prefix: &'static [&'static str]| {
        plan.steps
            .iter()
            .filter(move |step| prefix.iter().any(|p| step.id.starts_with(p)))
    };
    let again = "run `hartonomous migrate phase1`: it converges from any state";
    let mut gates = vec![
        objects(COLUMNS, of(&["column."])).or(again),
        objects(INDEXES, of(&["index.", "statistics."])).or(again),
        existing(&inventory).or("create the missing index again: applications relied on it"),
        objects(MODULE, of(&["module."])).or(again),
    ];
    if MODULES
        .iter()
        .all(|module| inventory.modules.contains_key(module.name))
    {
        gates.push(probes(connection).await?.or(again));
        gates.push(buckets(connection).await?.or(again));
    } else {
        let absent = json!({ "cause": "a module is missing" });
        gates.push(
            PROBE
                .measured(false, absent.clone(), "a module is missing")
                .or(again),
        );
        gates.push(
            BUCKETS
                .measured(false, absent, "a module is missing")
                .or(again),
        );
    }
    // Without its indexes a path has no time worth comparing; it is measured again when they are back.
    if disabled.is_empty() {
        gates.push(paths(connection, stored, thresholds.slowdown_times).await?);
    }
    Ok(gates)
}

fn objects<'a>(gate: Gate, steps: impl Iterator<Item = &'a PlannedStep>) -> Measured {
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    for step in steps {
        all += 1;
        match &step.state {
            StepState::Present => right += 1,
            StepState::Missing => wrong.push(format!("{}: missing", step.title)),
            StepState::Wrong { found } | StepState::Refused { found, .. } => {
                wrong.push(format!("{}: {found}", step.title));
            }
        }
    }
    let summary = match wrong.first() {
        None => format!("{right} of {all}"),
        Some(first) => format!("{right} of {all}; {first}"),
    };
    gate.measured(
        right == all,
        json!({ "declared": all, "right": right, "wrong": wrong }),
        summary,
    )
}

fn existing(inventory: &Inventory) -> Measured {
    let missing: Vec<String> = EXISTING_INDEXES
        .iter()
        .filter(|keys| {
            !inventory
                .indexes
                .values()
                .any(|index| index.keys == **keys && !index.disabled)
        })
        .map(|keys| format!("({})", keys.join(", ")))
        .collect();
    let found = EXISTING_INDEXES.len() - missing.len();
    let mut summary = format!("{found} of {}", EXISTING_INDEXES.len());
    if let Some(first) = missing.first() {
        summary = format!("{summary}; missing {first}");
    }
    EXISTING.measured(
        missing.is_empty(),
        json!({ "expected": EXISTING_INDEXES.len(), "found": found, "missing": missing }),
        summary,
    )
}

async fn probes(connection: &mut Connection) -> Result<Measured, Failure> {
    let mut evidence = serde_json::Map::new();
    let mut failures = Vec::new();
    for (name, probe) in PROBES {
        let verdict = match connection.batch(&probe.sql()).await {
            Ok(sets) => {
                let row = sets.iter().flatten().last();
                let holds = row.map(|row| row.need::<bool>("Holds")).transpose()?;
                if holds == Some(true) {
                    None
                } else {
                    Some("wrong result".to_owned())
                }
            }
            // A deadlock says nothing about the procedure: the command ends, and the same command carries on.
            Err(failure @ Failure::Server { .. }) if failure.sorting() == Sorting::Refused => {
                connection.rollback().await?;
                Some(failure.to_string())
            }
            Err(other) => return Err(other),
        };
        note(name, verdict, &mut evidence, &mut failures);
    }
    let stats = match connection.batch(&STATS_PROBE.sql()).await {
        Ok(sets) if sets.first().is_some_and(|rows| rows.len() == 1) => None,
        Ok(sets) => Some(format!("{} result sets", sets.len())),
        Err(failure @ Failure::Server { .. }) if failure.sorting() == Sorting::Refused => {
            Some(failure.to_string())
        }
        Err(other) => return Err(other),
    };
    note("deduplication stats", stats, &mut evidence, &mut failures);
    let summary = match failures.first() {
        None => "insert, reconstruct, delete, search, statistics: right".to_owned(),
        Some(first) => first.clone(),
    };
    Ok(PROBE.measured(failures.is_empty(), Value::Object(evidence), summary))
}

fn note(
    name: &str,
    failure: Option<String>,
    evidence: &mut serde_json::Map<String, Value>,
    failures: &mut Vec<String>,
) {
    match failure {
        None => {
            evidence.insert(name.to_owned(), json!("right"));
        }
        Some(cause) => {
            evidence.insert(name.to_owned(), json!(cause));
            failures.push(format!("{name}: {cause}"));
        }
    }
}

async fn buckets(connection: &mut Connection) -> Result<Measured, Failure> {
    let rows = connection.rows(&BUCKET.sql(), &[]).await?;
    let mut wrong = Vec::new();
    for row in &rows {
        if !row.need::<bool>("Holds")? {
            wrong.push(format!(
                "case {}: {:?}, expected {:?}",
                row.integer("CaseNumber")?,
                row.opt_integer("Actual")?,
                row.opt_integer("Expected")?
            ));
        }
    }
    let right = rows.len() - wrong.len();
    let mut summary = format!("{right} of {} answers right", rows.len());
    if let Some(first) = wrong.first() {
        summary = format!("{summary}; {first}");
    }
    Ok(BUCKETS.measured(
        wrong.is_empty() && !rows.is_empty(),
        json!({ "cases": rows.len(), "right": right, "wrong": wrong }),
        summary,
    ))
}

async fn paths(
    connection: &mut Connection,
    stored: &[StoredStep],
    slowdown: f64,
) -> Result<Measured, Failure> {
    let Some(before) = access_paths::stored_sample(stored) else {
        return Ok(PATHS
            .measured(
                false,
                json!({ "before": Value::Null }),
                "no sample from before phase 1",
            )
            .or(
                "run `hartonomous migrate phase1`: it takes the sample before it changes anything",
            ));
    };
    // The machine may be busy for a moment: the best of three samples counts.
    let mut after = PathSample::default();
    for _ in 0..3 {
        after.keep_best(access_paths::sample(connection).await?);
    }
    let worst = access_paths::worst(&before, &after, NOISE_FLOOR);
    let holds = worst.is_none_or(|(_, _, _, ratio)| ratio <= slowdown);
    let compared = before.paths.len() - access_paths::without_rows(&before).len();
    let summary = worst.map_or_else(
        || "nothing to compare: there were no relations before phase 1".to_owned(),
        |(path, old, new, ratio)| {
            format!(
                "by {path}: {} µs for {} lookups and rows before, {} µs for {} now ({ratio:.2} times)",
                old.microseconds, old.units, new.microseconds, new.units
            )
        },
    );
    Ok(PATHS
        .measured(
            holds,
            json!({ "before": before, "now": after, "noise_floor_us": NOISE_FLOOR,
                    "compared": compared, "without_rows_before": access_paths::without_rows(&before) }),
            summary,
        )
        .against(format!("<= {slowdown} times"))
        .or("look at the plan of that path; UPDATE STATISTICS dbo.AtomRelations may be all it needs"))
}
