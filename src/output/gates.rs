//! Gates as a table or as JSON.

use serde::Serialize;

use super::{Column, table};
use crate::engine::Stop;
use crate::gate::Measured;

/// The measured gates of one or more phases.
#[derive(Debug, Serialize)]
pub struct GateReport<'a> {
    /// Every gate passed or is waived.
    pub passed: bool,
    pub gates: &'a [Measured],
    /// How a command ended that did not do what it should.
    #[serde(flatten)]
    pub ended: Option<Ended>,
}

/// What kept a command from its end, in the words of stderr.
#[derive(Debug, Serialize)]
pub struct Ended {
    pub error: String,
    pub exit_code: u8,
}

impl From<&Stop> for Ended {
    fn from(stop: &Stop) -> Self {
        Self {
            error: stop.to_string(),
            exit_code: stop.exit() as u8,
        }
    }
}

impl<'a> GateReport<'a> {
    /// The gates of a command that ended so.
    pub fn of(gates: &'a [Measured], stop: Option<&Stop>) -> Self {
        Self {
            passed: stop.is_none(),
            gates,
            ended: stop.map(Ended::from),
        }
    }
}

/// The table alone.
pub fn gate_rows(gates: &[Measured]) -> String {
    let rows = gates.iter().map(|gate| {
        vec![
            gate.verdict.word().to_owned(),
            gate.gate.id.to_owned(),
            gate.gate.title.to_owned(),
            gate.threshold.clone(),
            gate.summary.clone(),
        ]
    });
    let columns = [
        Column("", false),
        Column("gate", false),
        Column("criterion", false),
        Column("threshold", false),
        Column("measured", false),
    ];
    table(&columns, rows)
}

/// The table, and under it what to do about each gate that failed, and who answers for each that is waived.
pub fn gate_table(gates: &[Measured]) -> String {
    let mut text = gate_rows(gates);
    for gate in gates {
        if let Some(waiver) = &gate.waiver {
            text.push_str(&format!(
                "\n\n{} does not hold and is waived by {} (login {}) until {}: {}",
                gate.gate.id, waiver.by, waiver.login, waiver.until, waiver.reason
            ));
        } else if let Some(next) = &gate.next {
            text.push_str(&format!(
                "\n\n{} failed: {}\n  next: {next}",
                gate.gate.id, gate.summary
            ));
        }
    }
    text
}
