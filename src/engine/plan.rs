//! A plan is data: which steps, in which state, with which SQL. It can be printed, compared and tested.

use serde::Serialize;

use crate::tsql::Sql;

/// What the database has of a step before it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// There, and as declared.
    Present,
    /// Not there.
    Missing,
    /// There, but not as declared; the step replaces it.
    Wrong { found: String },
    /// There, but not as declared, and replacing it could lose something: the plan is refused.
    Refused { found: String, next: String },
}

/// One step of a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Stable name, e.g. `column.SequenceIndex`.
    pub id: String,
    /// What a person reads, e.g. `column SequenceIndex int`.
    pub title: String,
    /// Object that the step makes, for the record.
    pub object: Option<String>,
    pub state: StepState,
    /// What will be sent, in order; empty when the step is present.
    pub statements: Vec<Sql>,
}

/// The steps of a phase in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub phase: &'static str,
    pub steps: Vec<PlannedStep>,
}

impl Plan {
    /// Steps that will change something.
    pub fn pending(&self) -> impl Iterator<Item = &PlannedStep> {
        self.steps
            .iter()
            .filter(|step| step.state != StepState::Present)
    }

    /// Steps that cannot be taken.
    pub fn refused(&self) -> impl Iterator<Item = (&PlannedStep, &str, &str)> {
        self.steps.iter().filter_map(|step| match &step.state {
            StepState::Refused { found, next } => Some((step, found.as_str(), next.as_str())),
            _ => None,
        })
    }
}
