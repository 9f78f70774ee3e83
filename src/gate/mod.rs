//! What a gate is: an id, what it measures, its threshold, its evidence in numbers, its verdict.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// How a measurement stands to its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
}

impl Verdict {
    pub fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// A success criterion: what is measured and against what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Stable name, e.g. `phase2.deduplication`.
    pub id: &'static str,
    pub phase: &'static str,
    pub title: &'static str,
    /// The threshold in words, e.g. `> 99 %`.
    pub threshold: &'static str,
    /// Protects data: no waiver is accepted.
    pub never_waived: bool,
}

/// A measured gate.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    #[serde(flatten)]
    pub gate: Gate,
    pub verdict: Verdict,
    /// Numbers that decided it.
    pub evidence: Map<String, Value>,
    /// One line of the evidence for a table.
    pub summary: String,
    /// What to do when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Gate {
    /// A result with its evidence (a JSON object) and the one line that a table shows.
    pub fn measured(self, holds: bool, evidence: Value, summary: impl Into<String>) -> Measured {
        Measured {
            gate: self,
            verdict: Verdict::of(holds),
            evidence: match evidence {
                Value::Object(map) => map,
                other => json!({ "value": other })
                    .as_object()
                    .cloned()
                    .unwrap_or_default(),
            },
            summary: summary.into(),
            next: None,
        }
    }
}

impl Measured {
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// What to do about it, kept only when it failed.
    #[must_use]
    pub fn or(mut self, next: impl Into<String>) -> Self {
        if !self.passed() {
            self.next = Some(next.into());
        }
        self
    }

    pub fn evidence_json(&self) -> String {
        Value::Object(self.evidence.clone()).to_string()
    }
}

/// The gates among these that do not hold, as `Stop` names them.
pub fn failed(gates: &[Measured]) -> Option<(String, String)> {
    let failed: Vec<&str> = gates
        .iter()
        .filter(|gate| !gate.passed())
        .map(|gate| gate.gate.id)
        .collect();
    match failed.len() {
        0 => None,
        1 => Some(("1 gate".to_owned(), failed.join(", "))),
        n => Some((format!("{n} gates"), failed.join(", "))),
    }
}
