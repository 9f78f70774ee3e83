//! What a gate is: an id, what it measures, its threshold, its evidence in numbers, its verdict, and who waived it.

mod attestation;
mod threshold;
mod wait;
mod waiver;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub use attestation::{Attestation, SUBJECTS, Subject};
pub use threshold::{ThresholdError, Thresholds};
pub use wait::Wait;
pub use waiver::{Waiver, apply_waivers};

/// How a measurement stands to its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// It does not hold, and somebody answers for going on all the same.
    Waived,
}

impl Verdict {
    pub fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Waived => "waived",
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
    /// The documented threshold in words, e.g. `> 99 %`; a measurement says which one it was held against.
    #[serde(skip)]
    pub threshold: &'static str,
    /// Protects data: no waiver is accepted.
    pub never_waived: bool,
}

/// A measured gate.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    #[serde(flatten)]
    pub gate: Gate,
    /// The threshold in words.
    pub threshold: String,
    pub verdict: Verdict,
    /// Numbers that decided it.
    pub evidence: Map<String, Value>,
    /// One line of the evidence for a table.
    pub summary: String,
    /// What to do when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What it waits for when it fails, where that is time or a person's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Who answers for it, when it was waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
}

impl Gate {
    /// A result with its evidence (a JSON object) and the one line that a table shows.
    pub fn measured(self, holds: bool, evidence: Value, summary: impl Into<String>) -> Measured {
        Measured {
            gate: self,
            threshold: self.threshold.to_owned(),
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
            wait: None,
            waiver: None,
        }
    }
}

impl Measured {
    /// The measurement itself holds; nobody had to waive anything.
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// It stops nothing: it passed, or it is waived.
    pub fn holds(&self) -> bool {
        self.verdict != Verdict::Fail
    }

    /// Names the threshold that it was held against, where that can be configured.
    #[must_use]
    pub fn against(mut self, threshold: impl Into<String>) -> Self {
        self.threshold = threshold.into();
        self
    }

    /// What to do about it, kept only when it failed.
    #[must_use]
    pub fn or(mut self, next: impl Into<String>) -> Self {
        if !self.passed() {
            self.next = Some(next.into());
        }
        self
    }

    /// What it waits for, kept only when it failed.
    #[must_use]
    pub fn waits_for(mut self, wait: Wait) -> Self {
        if !self.passed() {
            self.wait = Some(wait);
        }
        self
    }

    /// The evidence as JSON; a waiver is part of it.
    pub fn evidence_json(&self) -> String {
        let mut evidence = self.evidence.clone();
        if let Some(waiver) = &self.waiver {
            evidence.insert("waiver".to_owned(), json!(waiver));
        }
        Value::Object(evidence).to_string()
    }
}

/// The gates among these that stop the run, as `Stop` names them.
pub fn failed(gates: &[Measured]) -> Option<(String, String)> {
    let failed: Vec<&str> = gates
        .iter()
        .filter(|gate| !gate.holds())
        .map(|gate| gate.gate.id)
        .collect();
    match failed.len() {
        0 => None,
        1 => Some(("1 gate".to_owned(), failed.join(", "))),
        n => Some((format!("{n} gates"), failed.join(", "))),
    }
}
