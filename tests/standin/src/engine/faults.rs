//! Faults that a server injects into statements, from a seeded schedule, so that a failing run can be repeated.

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
    BeforeStatement,
    BeforeCommit,
    AfterCommit,
}

/// Faults and how often they strike. Empty: none ever does.
#[derive(Debug, Clone, Default)]
pub struct FaultSchedule {
    pub seed: u64,
    /// Point, fault, probability in millionths.
    pub rules: Vec<(FaultPoint, StatementFault, u32)>,
}
