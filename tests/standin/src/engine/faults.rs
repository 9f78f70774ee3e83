//! Faults that a server injects into statements, from a seeded schedule, so that a failing run can be repeated.

use std::sync::atomic::{AtomicU64, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::{ErrorKind, SqlError};

/// What happens to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementFault {
    /// 1205, class 13: rolls the transaction back.
    Deadlock,
    /// 1222.
    LockTimeout,
    /// 9002, class 17.
    LogFull,
    /// 3906.
    ReadOnly,
    /// 596, class 21: the session is killed.
    Kill,
}

/// When in a statement's life a fault may strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// Before a statement that writes.
    BeforeStatement,
    BeforeCommit,
    /// After the commit: the client learns of the failure, the data stays.
    AfterCommit,
}

/// Faults and how often they strike. Empty: none ever does.
#[derive(Debug, Clone, Default)]
pub struct FaultSchedule {
    pub seed: u64,
    /// Point, fault, probability in millionths.
    pub rules: Vec<(FaultPoint, StatementFault, u32)>,
}

impl FaultSchedule {
    /// The n-th question gets the answer that the seed and n give, whichever session asks.
    pub(crate) fn strike(
        &self,
        point: FaultPoint,
        asked: &AtomicU64,
        spid: u16,
    ) -> Option<SqlError> {
        if self.rules.is_empty() {
            return None;
        }
        let n = asked.fetch_add(1, Ordering::SeqCst);
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(n);
        self.rules
            .iter()
            .filter(|(at, ..)| *at == point)
            .find(|(_, _, millionths)| random.random_range(0..1_000_000u32) < *millionths)
            .map(|(_, fault, _)| fault.error(spid))
    }
}

impl StatementFault {
    fn error(self, spid: u16) -> SqlError {
        match self {
            Self::Deadlock => SqlError::new(
                1205,
                format!(
                    "Transaction (Process ID {spid}) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction."
                ),
            )
            .class(13)
            .state(51)
            .kind(ErrorKind::BatchAborting),
            Self::LockTimeout => {
                SqlError::new(1222, "Lock request time out period exceeded.").state(51)
            }
            Self::LogFull => SqlError::new(
                9002,
                "The transaction log for database 'Hartonomous' is full due to 'ACTIVE_TRANSACTION' and the holdup lsn is (0:0:0).",
            )
            .class(17)
            .state(4),
            Self::ReadOnly => SqlError::new(
                3906,
                "Failed to update database \"Hartonomous\" because the database is read-only.",
            )
            .state(1)
            .kind(ErrorKind::BatchAborting),
            Self::Kill => SqlError::new(
                596,
                "Cannot continue the execution because the session is in the kill state.",
            )
            .class(21),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_faults() {
        let schedule = FaultSchedule {
            seed: 7,
            rules: vec![(FaultPoint::BeforeCommit, StatementFault::Deadlock, 300_000)],
        };
        let run = || {
            let asked = AtomicU64::new(0);
            (0..50)
                .map(|_| {
                    schedule
                        .strike(FaultPoint::BeforeCommit, &asked, 51)
                        .is_some()
                })
                .collect::<Vec<_>>()
        };
        let first = run();
        assert_eq!(first, run());
        assert!(first.contains(&true) && first.contains(&false));
    }
}
