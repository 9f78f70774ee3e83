//! Is the table stable? Its memory and rows are written down when the copy is complete and measured again after a while.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::memory::bytes;
use super::{PHASE, TABLE};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Attestation, Gate, Measured, Thresholds, Wait};
use crate::ids::RunId;
use crate::state::{self, StepRecord, StoredStep};
use crate::tsql::{Statement, embedded};

const MEMORY: Statement = embedded!("phase4/select_table_memory.sql");
pub(super) const STEP: &str = "memory.AtomEmbeddings_InMemory";

pub(super) const STABLE: Gate = Gate {
    id: "phase4.stable",
    phase: PHASE,
    title: "memory steady since the copy",
    threshold: ">= 24 hours, <= 10 % per row",
    never_waived: false,
};
pub(super) const ERROR_FREE: Gate = Gate {
    id: "phase4.error_free",
    phase: PHASE,
    title: "no error of the table since the copy",
    threshold: "attested after 24 hours",
    never_waived: false,
};

/// Memory that the engine takes or leaves whatever the rows do: a few of its pages.
const SLACK: i64 = 512 * 1_024;

/// Memory and rows at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemorySample {
    /// UTC, by the server's clock.
    pub at: NaiveDateTime,
    pub rows: i64,
    pub bytes: i64,
    /// object_id of the table: a sample of an earlier one does not count.
    pub table_id: i64,
}

async fn sample(
    connection: &mut Connection,
    rows: i64,
    table_id: i32,
) -> Result<MemorySample, Failure> {
    let row = connection.row(&MEMORY.sql(), &[]).await?;
    Ok(MemorySample {
        at: state::server_utc(connection).await?,
        rows,
        bytes: row.integer("OwnKb")? * 1_024,
        table_id: i64::from(table_id),
    })
}

fn recorded(steps: &[StoredStep], table_id: i32) -> Option<MemorySample> {
    steps
        .iter()
        .find(|step| step.step == STEP && step.state != "dropped")
        .and_then(|step| serde_json::from_str::<MemorySample>(step.detail.as_deref()?).ok())
        .filter(|sample| sample.table_id == i64::from(table_id))
}

/// Writes down how much the table takes, once: the observation begins. A run that had to write rows begins it anew.
///
/// # Errors
/// A failed statement.
pub async fn record_baseline(
    connection: &mut Connection,
    run: RunId,
    rows: i64,
    table_id: i32,
    anew: bool,
) -> Result<(), Failure> {
    let steps = state::list_steps(connection, PHASE).await?;
    if !anew && recorded(&steps, table_id).is_some() {
        return Ok(());
    }
    let sample = sample(connection, rows, table_id).await?;
    let object = format!("dbo.{TABLE}");
    let record = StepRecord {
        phase: PHASE,
        step: STEP,
        state: "applied",
        sql_sha256: None,
        sql: None,
        object: Some(&object),
        object_sha256: None,
        created: false,
        detail: serde_json::to_string(&sample).ok(),
    };
    state::record_step(connection, run, &record).await
}

/// The two gates of the observation window.
///
/// # Errors
/// A failed statement.
pub(super) async fn gates(
    connection: &mut Connection,
    steps: &[StoredStep],
    rows: i64,
    table_id: i32,
    thresholds: &Thresholds,
) -> Result<[Measured; 2], Failure> {
    let now = sample(connection, rows, table_id).await?;
    let then = recorded(steps, table_id);
    let attestations = state::list_attestations(connection).await?;
    Ok([
        stable(then, now, thresholds),
        error_free(then, &attestations, thresholds),
    ])
}

fn stable(then: Option<MemorySample>, now: MemorySample, thresholds: &Thresholds) -> Measured {
    let (hours, growth) = (
        thresholds.observation_hours,
        thresholds.memory_growth_percent,
    );
    let words = format!(">= {hours} hours, <= {growth} % per row");
    let Some(then) = then else {
        return STABLE
            .measured(false, json!({ "since": null, "now": now }), "no copy is on record")
            .against(words)
            .or("run `hartonomous migrate phase4`: the observation begins when its copy is complete");
    };
    let elapsed = (now.at - then.at).num_seconds() as f64 / 3_600.0;
    let rows = now.rows.max(1) as f64 / then.rows.max(1) as f64;
    // Fewer rows do not shrink the buckets of hash indexes.
    let allowed = (then.bytes as f64 * rows.max(1.0) * (1.0 + growth / 100.0)) as i64 + SLACK;
    let steady = now.bytes <= allowed;
    let measured = STABLE
        .measured(
            steady && elapsed >= hours,
            json!({ "since": then, "now": now, "hours": elapsed, "allowed_bytes": allowed }),
            format!(
                "{elapsed:.1} hours; {} for {} rows then, {} for {} now",
                bytes(then.bytes),
                then.rows,
                bytes(now.bytes),
                now.rows
            ),
        )
        .against(words)
        .or(if steady {
            format!("wait: the observation began {}", state::when(then.at))
        } else {
            "memory grew without rows: a long transaction keeps old row versions (sys.dm_db_xtp_transactions), or rows are written and deleted faster than they are collected".to_owned()
        });
    if steady {
        return measured.waits_for(Wait::time(Some(then.at), due(then, hours)));
    }
    measured
}

/// When the observation has lasted so many hours.
fn due(then: MemorySample, hours: f64) -> Option<NaiveDateTime> {
    then.at
        .checked_add_signed(chrono::Duration::seconds((hours * 3_600.0) as i64))
}

fn error_free(
    then: Option<MemorySample>,
    attestations: &[Attestation],
    thresholds: &Thresholds,
) -> Measured {
    let hours = thresholds.observation_hours;
    let due = then.and_then(|then| due(then, hours));
    let newest = attestations
        .iter()
        .filter(|one| one.subject == "memory-table-errors")
        .max_by_key(|one| one.at);
    let holds = newest.is_some_and(|one| due.is_some_and(|due| one.at >= due));
    let summary = match (newest, due) {
        (None, _) => "not attested".to_owned(),
        (Some(one), _) if holds => format!("by {}, {}: {}", one.by, one.attested_at, one.statement),
        (Some(one), None) => format!("attested {}, but no copy is on record", one.attested_at),
        (Some(one), Some(due)) => format!(
            "attested {}, which is too early: it must be after {}",
            one.attested_at,
            state::when(due)
        ),
    };
    ERROR_FREE
        .measured(
            holds,
            json!({ "attestation": newest, "not_before": due.map(state::when) }),
            summary,
        )
        .against(format!("attested after {hours} hours"))
        .waits_for(Wait::attestation("memory-table-errors", due))
        .or("`hartonomous attest memory-table-errors --statement ... --reference ...`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: &str, rows: i64, bytes: i64) -> MemorySample {
        MemorySample {
            at: format!("2027-01-10T{hour}:00:00").parse().unwrap(),
            rows,
            bytes,
            table_id: 7,
        }
    }

    #[test]
    fn memory_may_grow_with_rows_and_not_without_them() {
        let thresholds = Thresholds {
            observation_hours: 2.0,
            ..Thresholds::default()
        };
        let mb = 1_024 * 1_024;
        let holds = |now| stable(Some(at("01", 1_000, 100 * mb)), now, &thresholds).passed();
        assert!(holds(at("03", 1_000, 100 * mb)));
        assert!(!holds(at("02", 1_000, 100 * mb)), "too early");
        assert!(!holds(at("09", 1_000, 130 * mb)), "grew without rows");
        assert!(holds(at("09", 1_300, 130 * mb)));
        assert!(holds(at("09", 10, 100 * mb)));
        assert!(!stable(None, at("09", 1, 1), &thresholds).passed());
    }

    #[test]
    fn an_attestation_counts_after_the_window() {
        let thresholds = Thresholds {
            observation_hours: 2.0,
            ..Thresholds::default()
        };
        let one = |hour: &str| Attestation {
            id: 1,
            phase: PHASE.to_owned(),
            subject: "memory-table-errors".to_owned(),
            statement: "none [log 1]".to_owned(),
            by: "dana".to_owned(),
            login: "sa".to_owned(),
            at: format!("2027-01-10T{hour}:00:00").parse().unwrap(),
            attested_at: String::new(),
        };
        let then = Some(at("01", 1, 1));
        assert!(error_free(then, &[one("03")], &thresholds).passed());
        assert!(!error_free(then, &[one("02")], &thresholds).passed());
        assert!(!error_free(None, &[one("03")], &thresholds).passed());
        assert!(!error_free(then, &[], &thresholds).passed());
    }
}
