//! What dbo.AtomEmbeddings was when a rollback of phase 4 began, on record until the proof is: a killed rollback is proven against
//! its beginning too.

use super::rollback::PHASE;
use super::rows::{self, Sums};
use super::{Found, declared::Declared};
use crate::connect::{Connection, Failure};
use crate::ids::RunId;
use crate::state::{self, StepRecord};

const STEP: &str = "snapshot";

/// The sums of the rollback under way: the stored ones when an earlier run took them, else new ones, stored.
///
/// # Errors
/// A failed statement.
pub async fn take(connection: &mut Connection, run: RunId, found: &Found) -> Result<Sums, Failure> {
    if let Some(stored) = stored(connection).await? {
        return Ok(stored);
    }
    let sums = measure(connection, &found.declared).await?;
    record(connection, run, sums, "started").await?;
    Ok(sums)
}

/// The sums of a rollback that has begun and whose proof is not on record.
///
/// # Errors
/// A failed statement.
pub async fn stored(connection: &mut Connection) -> Result<Option<Sums>, Failure> {
    let steps = state::list_steps(connection, PHASE).await?;
    Ok(steps
        .iter()
        .find(|step| step.step == STEP && step.state == "started")
        .and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok()))
}

/// What dbo.AtomEmbeddings is now.
///
/// # Errors
/// A failed statement.
pub async fn measure(connection: &mut Connection, declared: &Declared) -> Result<Sums, Failure> {
    rows::source(connection, declared).await
}

/// The proof is on record, whatever it says: the next rollback measures anew.
///
/// # Errors
/// A failed statement.
pub async fn close(connection: &mut Connection, run: RunId, sums: Sums) -> Result<(), Failure> {
    record(connection, run, sums, "applied").await
}

async fn record(
    connection: &mut Connection,
    run: RunId,
    sums: Sums,
    state: &str,
) -> Result<(), Failure> {
    let record = StepRecord {
        phase: PHASE,
        step: STEP,
        state,
        sql_sha256: None,
        sql: None,
        object: None,
        object_sha256: None,
        created: false,
        detail: serde_json::to_string(&sums).ok(),
    };
    state::record_step(connection, run, &record).await
}
