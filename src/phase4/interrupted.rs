//! A rollback of phase 4 that was killed between dropping an object and writing that down.

use super::plan::{CONTAINER_STEP, FILEGROUP_STEP, TABLE_STEP};
use super::rollback::{FORGET, dropped};
use super::{Found, stable};
use crate::connect::{Connection, Failure};
use crate::ids::RunId;
use crate::state::StoredStep;

/// Is the object of a step there?
pub(super) fn is_there(found: &Found, id: &str) -> bool {
    match id {
        TABLE_STEP => found.table.is_some(),
        CONTAINER_STEP => found.has_container(),
        FILEGROUP_STEP => found.filegroup.is_some(),
        _ => id
            .strip_prefix("module.")
            .is_some_and(|name| found.modules.contains_key(name)),
    }
}

/// Steps on record whose objects are gone: a rollback was killed before it could write that down.
pub fn interrupted(found: &Found, stored: &[StoredStep]) -> Vec<String> {
    let of_table = ["copy", stable::STEP];
    let left = stored.iter().filter(|step| {
        let id = step.step.as_str();
        if of_table.contains(&id) {
            return step.state != "dropped" && found.table.is_none();
        }
        step.ever_created && !is_there(found, id)
    });
    left.map(|step| step.step.clone()).collect()
}

/// Writes down what an interrupted rollback could not.
///
/// # Errors
/// A failed statement.
pub async fn settle(
    connection: &mut Connection,
    run: RunId,
    found: &Found,
    steps: &[String],
) -> Result<(), Failure> {
    if found.table.is_none() && !steps.is_empty() {
        connection.rows(&FORGET.sql(), &[]).await?;
    }
    for step in steps {
        dropped(connection, run, step).await?;
    }
    Ok(())
}
