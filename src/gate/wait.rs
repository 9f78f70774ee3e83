//! What a gate that fails waits for, where that is time or a person's word.

use chrono::NaiveDateTime;
use serde::Serialize;

/// Nothing but time, or a person, can make the gate hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wait {
    /// The server's clock decides.
    Time {
        /// UTC, as text; none while the time has not begun to run.
        since: Option<String>,
        /// The earliest moment at which it can hold, UTC, as text.
        until: Option<String>,
    },
    /// Somebody has to vouch for it.
    Attestation {
        /// What is vouched for, as `attest` names it.
        subject: String,
        /// An attestation from before this moment does not count, UTC, as text.
        not_before: Option<String>,
    },
}

impl Wait {
    pub fn time(since: Option<NaiveDateTime>, until: Option<NaiveDateTime>) -> Self {
        Self::Time {
            since: since.map(moment),
            until: until.map(moment_after),
        }
    }

    pub fn attestation(subject: &str, not_before: Option<NaiveDateTime>) -> Self {
        Self::Attestation {
            subject: subject.to_owned(),
            not_before: not_before.map(moment_after),
        }
    }
}

/// A moment to the minute, as a person notes it down.
fn moment(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The first full minute that is not before it: whoever comes then does not come too early.
fn moment_after(at: NaiveDateTime) -> String {
    moment(
        at.checked_add_signed(chrono::Duration::seconds(59))
            .unwrap_or(at),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_at_the_earliest_moment_does_not_come_too_early() {
        let at: NaiveDateTime = "2026-12-22T10:13:01".parse().unwrap();
        let full: NaiveDateTime = "2026-12-22T10:14:00".parse().unwrap();
        for due in [at, full] {
            assert_eq!(
                Wait::time(Some(at), Some(due)),
                Wait::Time {
                    since: Some("2026-12-22 10:13 UTC".to_owned()),
                    until: Some("2026-12-22 10:14 UTC".to_owned()),
                }
            );
        }
    }
}
