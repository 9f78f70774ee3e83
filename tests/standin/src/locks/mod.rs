//! Who may touch what: lock modes, waiting, deadlocks, escalation, application locks.
