//! Where a walk over the phases has come to, for people and pipes: every phase, what is waited for, and what to do next.

use serde::Serialize;

use super::{Column, Format, json, line, table};
use crate::gate::{Measured, Wait};

/// Every phase of a walk.
#[derive(Debug, Serialize)]
pub struct WalkReport {
    /// Every phase is done and every criterion holds.
    pub complete: bool,
    /// Nothing was run.
    pub dry_run: bool,
    pub phases: Vec<PhaseLine>,
    pub waits_for: Vec<WaitLine>,
    pub next: String,
}

/// How a phase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// It was complete before.
    Complete,
    /// It was run, and all of it is done.
    Done,
    /// It would be run next, and nothing is in its way.
    Ready,
    /// A gate is not met, or a name was not given.
    Waits,
    Stopped,
    Failed,
    NotBegun,
}

impl PhaseState {
    fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Done => "done",
            Self::Ready => "ready",
            Self::Waits => "WAITS",
            Self::Stopped => "stopped",
            Self::Failed => "FAILED",
            Self::NotBegun => "not begun",
        }
    }
}

/// A phase of a walk.
#[derive(Debug, Serialize)]
pub struct PhaseLine {
    pub phase: &'static str,
    pub state: PhaseState,
    /// The run that this walk made of it, in hartonomous.runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<i64>,
    /// How that run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    pub summary: String,
    /// As measured in this walk.
    pub gates: Vec<Measured>,
}

impl PhaseLine {
    pub fn new(phase: &'static str, state: PhaseState) -> Self {
        Self {
            phase,
            state,
            run_id: None,
            exit_code: None,
            summary: String::new(),
            gates: Vec::new(),
        }
    }
}

/// One thing that is waited for.
#[derive(Debug, Serialize)]
pub struct WaitLine {
    pub phase: &'static str,
    /// None: it is no gate, the column's name is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<&'static str>,
    /// `time`, `attestation`, `confirmation`, or `action`: somebody has to do something.
    pub kind: &'static str,
    pub what: String,
    pub threshold: String,
    pub measured: String,
    /// The time has run since then, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The earliest moment at which it can be met, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    pub next: String,
}

impl WaitLine {
    /// A gate that does not hold.
    pub fn of(gate: &Measured) -> Self {
        let (kind, since, until) = match &gate.wait {
            None => ("action", None, None),
            Some(Wait::Time { since, until }) => ("time", since.clone(), until.clone()),
            Some(Wait::Attestation { not_before, .. }) => ("attestation", None, not_before.clone()),
        };
        Self {
            phase: gate.gate.phase,
            gate: Some(gate.gate.id),
            kind,
            what: gate.gate.title.to_owned(),
            threshold: gate.threshold.clone(),
            measured: gate.summary.clone(),
            since,
            until,
            next: gate.next.clone().unwrap_or_default(),
        }
    }

    /// Something that only a person at a terminal, or an option, can give.
    pub fn confirmation(phase: &'static str, what: &str, next: &str) -> Self {
        Self {
            phase,
            gate: None,
            kind: "confirmation",
            what: what.to_owned(),
            threshold: "given".to_owned(),
            measured: "not given".to_owned(),
            since: None,
            until: None,
            next: next.to_owned(),
        }
    }

    fn when(&self) -> Option<String> {
        let until = self.until.as_ref()?;
        Some(match (self.kind, &self.since) {
            ("attestation", _) => format!("counts if it is made {until} or later"),
            (_, Some(since)) => format!("since {since}, earliest {until}"),
            (_, None) => format!("earliest {until}"),
        })
    }
}

/// Prints the report.
pub fn walk(report: &WalkReport, format: Format) {
    if format == Format::Json {
        return json("hartonomous.all/1", report);
    }
    let rows = report.phases.iter().map(|one| {
        vec![
            one.phase.to_owned(),
            one.state.word().to_owned(),
            one.run_id.map_or_else(String::new, |run| run.to_string()),
            one.summary.clone(),
        ]
    });
    line(table(
        &[
            Column("phase", false),
            Column("", false),
            Column("run", true),
            Column("", false),
        ],
        rows,
    ));
    if !report.waits_for.is_empty() {
        line("\nwaits for");
    }
    for wait in &report.waits_for {
        line(format!(
            "\n  {}: {}",
            wait.gate.unwrap_or(wait.phase),
            wait.what
        ));
        line(format!(
            "    needed {}, measured: {}",
            wait.threshold, wait.measured
        ));
        if let Some(when) = wait.when() {
            line(format!("    {when}"));
        }
        if !wait.next.is_empty() {
            line(format!("    next: {}", wait.next));
        }
    }
    line(format!("\nnext  {}", report.next));
}
