//! Conditions of a server that a test brings about and the catalog shows: what a server in memory never gets into by itself.

/// Why the log of a database cannot be truncated (sys.databases.log_reuse_wait).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogReuseWait {
    #[default]
    Nothing,
    LogBackup,
    ActiveTransaction,
    AvailabilityReplica,
}

impl LogReuseWait {
    /// Number and name.
    pub fn description(self) -> (i32, &'static str) {
        match self {
            Self::Nothing => (0, "NOTHING"),
            Self::LogBackup => (2, "LOG_BACKUP"),
            Self::ActiveTransaction => (4, "ACTIVE_TRANSACTION"),
            Self::AvailabilityReplica => (9, "AVAILABILITY_REPLICA"),
        }
    }
}

/// A secondary replica, as the primary sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SecondaryReplica {
    /// Kilobytes of log that were not sent to it.
    pub log_send_queue: i64,
    /// Kilobytes of log that it has not redone.
    pub redo_queue: i64,
    pub suspended: bool,
}

/// A resumable index build that was paused (sys.index_resumable_operations).
#[derive(Debug, Clone, PartialEq)]
pub struct PausedBuild {
    pub schema: String,
    pub table: String,
    pub index: String,
    pub percent_complete: f64,
}

/// All of them concern every user database of the server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    pub log_reuse_wait: LogReuseWait,
    /// Empty: there is no availability group.
    pub secondaries: Vec<SecondaryReplica>,
    /// Kilobytes of tempdb that the row versions take.
    pub version_store: i64,
    pub paused_builds: Vec<PausedBuild>,
}
