//! A waiver: who accepts that a gate does not hold, why, and until when. The server's clock decides whether it holds.

use serde::Serialize;

use super::{Measured, Verdict};

/// A waiver as it is on record and holds now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    pub id: i64,
    #[serde(skip)]
    pub gate: String,
    /// Who answers for it.
    pub by: String,
    /// The login that recorded it.
    pub login: String,
    pub reason: String,
    /// UTC, as text.
    pub granted_at: String,
    /// UTC, as text.
    pub until: String,
}

/// Turns failed gates into waived ones where a waiver holds; never one that protects data, whatever is on record.
pub fn apply_waivers(gates: &mut [Measured], waivers: &[Waiver]) {
    for measured in gates {
        if measured.verdict != Verdict::Fail || measured.gate.never_waived {
            continue;
        }
        // The newest one speaks.
        if let Some(waiver) = waivers
            .iter()
            .filter(|waiver| waiver.gate == measured.gate.id)
            .max_by_key(|waiver| waiver.id)
        {
            measured.verdict = Verdict::Waived;
            measured.waiver = Some(waiver.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gate::{Gate, failed};

    fn measured(id: &'static str, never_waived: bool, holds: bool) -> Measured {
        Gate {
            id,
            phase: "phase2",
            title: "t",
            threshold: "0",
            never_waived,
        }
        .measured(holds, json!({ "n": 1 }), "one")
    }

    fn waiver(id: i64, gate: &str) -> Waiver {
        Waiver {
            id,
            gate: gate.to_owned(),
            by: "dana".to_owned(),
            login: "sa".to_owned(),
            reason: "rehearsal".to_owned(),
            granted_at: String::new(),
            until: String::new(),
        }
    }

    #[test]
    fn a_waiver_covers_its_gate_and_never_one_that_protects_data() {
        let mut gates = [
            measured("a", false, false),
            measured("b", true, false),
            measured("c", false, true),
            measured("d", false, false),
        ];
        apply_waivers(
            &mut gates,
            &[
                waiver(1, "a"),
                waiver(3, "a"),
                waiver(2, "b"),
                waiver(4, "c"),
            ],
        );
        let verdicts: Vec<_> = gates.iter().map(|gate| gate.verdict.word()).collect();
        assert_eq!(verdicts, ["waived", "fail", "pass", "fail"]);
        assert_eq!(gates[0].waiver.as_ref().map(|waiver| waiver.id), Some(3));
        assert!(gates[0].evidence_json().contains("rehearsal"));
        let (count, names) = failed(&gates).unwrap();
        assert_eq!((count.as_str(), names.as_str()), ("2 gates", "b, d"));
    }
}
