//! What the gates said when they were last measured, waivers that hold now counted.

use chrono::NaiveDateTime;

use super::list_waivers;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::Waiver;
use crate::tsql::{Statement, embedded};

const GATES: Statement = embedded!("state/list_gate_results.sql");

/// The newest result of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastVerdict {
    pub phase: String,
    pub gate: String,
    /// `pass`, `fail` or `waived`; a waiver that does not hold any more makes its gate a failed one again.
    pub verdict: String,
    pub measured_at: Option<NaiveDateTime>,
    /// The waiver that holds, of a gate that is waived.
    pub waiver: Option<Waiver>,
}

impl LastVerdict {
    pub fn holds(&self) -> bool {
        self.verdict != "fail"
    }
}

/// The newest result of every gate of a phase, or of all phases.
///
/// # Errors
/// A failed statement.
pub async fn last_verdicts(
    connection: &mut Connection,
    phase: Option<&str>,
) -> Result<Vec<LastVerdict>, Failure> {
    let waivers = list_waivers(connection).await?;
    let rows = connection.rows(&GATES.sql(), &[&phase]).await?;
    rows.iter()
        .map(|row| {
            let gate = row.text("Gate")?;
            let recorded = row.text("Verdict")?;
            let waiver = waivers.iter().rev().find(|waiver| waiver.gate == gate);
            let waiver = waiver.filter(|_| recorded == "waived").cloned();
            Ok(LastVerdict {
                phase: row.text("Phase")?,
                measured_at: row.opt("MeasuredAt")?,
                verdict: if recorded == "waived" && waiver.is_none() {
                    "fail".to_owned()
                } else {
                    recorded
                },
                gate,
                waiver,
            })
        })
        .collect()
}
