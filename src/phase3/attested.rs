//! Gates that people answer for: what the tool cannot measure, with who said it, when, and where it can be looked up.

use chrono::NaiveDateTime;
use serde_json::json;

use super::PHASE;
use crate::gate::{Attestation, Gate, Measured, Wait};
use crate::state;

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: false,
    }
}

pub(super) const REGRESSION: Gate = gate(
    "phase3.regression_suite",
    "regression suite passed",
    "attested after phase 2",
);
pub(super) const MOVED: Gate = gate(
    "phase3.applications_moved",
    "applications moved to the atomic API",
    "attested after phase 2",
);
pub(super) const BENCHMARK: Gate = gate(
    "phase3.benchmark",
    "performance within the SLA",
    "attested after phase 2",
);
pub(super) const ERROR_FREE: Gate = gate(
    "phase3.error_free",
    "no application error since the removal",
    "attested after 7 days",
);

/// The three that phase 3 asks for, each with its subject.
pub(super) const BEFORE: &[(Gate, &str)] = &[
    (REGRESSION, "regression-suite"),
    (MOVED, "applications-moved"),
    (BENCHMARK, "benchmark"),
];

/// Is the subject attested, not before a time?
pub(super) fn attested(
    gate: Gate,
    subject: &str,
    attestations: &[Attestation],
    not_before: Option<NaiveDateTime>,
) -> Measured {
    let newest = attestations
        .iter()
        .filter(|one| one.subject == subject)
        .max_by_key(|one| one.at);
    let holds = newest.is_some_and(|one| not_before.is_some_and(|time| one.at >= time));
    let summary = match (newest, holds) {
        (None, _) => "not attested".to_owned(),
        (Some(one), true) => format!("by {}, {}: {}", one.by, one.attested_at, one.statement),
        (Some(one), false) => format!(
            "attested {}, which is too early: {}",
            one.attested_at,
            not_before.map_or_else(
                || "phase 2 is not complete".to_owned(),
                |time| format!("it must be after {}", state::when(time))
            )
        ),
    };
    gate.measured(
        holds,
        json!({ "attestation": newest, "not_before": not_before.map(state::when) }),
        summary,
    )
    .waits_for(Wait::attestation(subject, not_before))
    .or(format!(
        "`hartonomous attest {subject} --statement ... --reference ...`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attestation_from_before_does_not_count() {
        let at: NaiveDateTime = "2027-01-10T00:00:00".parse().unwrap();
        let one = Attestation {
            id: 1,
            phase: "phase3".to_owned(),
            subject: "benchmark".to_owned(),
            statement: "ok [b1]".to_owned(),
            by: "dana".to_owned(),
            login: "sa".to_owned(),
            at,
            attested_at: state::when(at),
        };
        let holds = |time: Option<&str>| {
            let time = time.map(|text| text.parse().unwrap());
            attested(BENCHMARK, "benchmark", std::slice::from_ref(&one), time).passed()
        };
        assert!(holds(Some("2027-01-09T00:00:00")));
        assert!(!holds(Some("2027-01-11T00:00:00")));
        assert!(!holds(None));
        assert!(!attested(MOVED, "applications-moved", &[one], Some(at)).passed());
    }
}
