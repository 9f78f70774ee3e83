//! Faults that a play must find: a statement is sent with a part of it changed.

use hartonomous::tsql::{Sql, Statement};

/// A statement that is sent with a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// select_batch_outcome does not wait for a commit under way.
    OutcomeFromSnapshot,
    /// rewind_frontier does not look for open ranges.
    RewindOverOpenRanges,
    /// check_lease takes any token.
    LeaseWithoutToken,
}

/// A statement's text with a part of it changed, which must be there.
pub fn faulty(statement: &Statement, part: &str, by: &str) -> Sql {
    let text = statement.sql().text().to_owned();
    assert!(text.contains(part), "no {part} in {text}");
    let changed: &'static str = Box::leak(text.replace(part, by).into_boxed_str());
    Statement::embedded("faulty", changed).sql()
}
