//! What a person vouches for because the tool cannot measure it.

use serde::Serialize;

/// A subject that can be attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Name on the command line.
    pub name: &'static str,
    pub phase: &'static str,
    /// What is vouched for.
    pub meaning: &'static str,
}

/// Every subject; the gates of phases 3 and 4 ask for them.
pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "regression-suite",
        phase: "phase3",
        meaning: "the applications' full regression suite passed after phase 2 was complete",
    },
    Subject {
        name: "applications-moved",
        phase: "phase3",
        meaning: "every application reads the atomic API and none reads or writes EmbeddingVector",
    },
    Subject {
        name: "benchmark",
        phase: "phase3",
        meaning: "reconstruction and search were measured on this database and are within the SLA",
    },
    Subject {
        name: "no-application-errors",
        phase: "phase3",
        meaning: "no application error was seen for the days since the column was removed",
    },
    Subject {
        name: "memory-table-errors",
        phase: "phase4",
        meaning: "no error of the memory-optimised table was seen in the observation window since it was filled",
    },
];

impl Subject {
    pub fn named(name: &str) -> Option<Self> {
        SUBJECTS
            .iter()
            .copied()
            .find(|subject| subject.name == name)
    }
}

/// An attestation as it is on record, not revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attestation {
    pub id: i64,
    pub phase: String,
    pub subject: String,
    /// What was said, and where it can be looked up.
    pub statement: String,
    pub by: String,
    pub login: String,
    #[serde(skip)]
    pub at: chrono::NaiveDateTime,
    /// UTC, as text.
    pub attested_at: String,
}
