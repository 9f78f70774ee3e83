//! The one path on which a plan's steps are applied: recorded, run, looked at again, recorded.

use super::{Cancel, Event, Observer, PlannedStep, StepOutcome, StepState, Stop};
use crate::connect::Connection;
use crate::ids::RunId;
use crate::state::{self, StepRecord};
use crate::tsql::Sql;

/// What came of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    pub present: usize,
    pub applied: usize,
}

/// Looks at the database again after a step, and says what it finds.
pub trait Inspect {
    /// The step as it stands now, planned anew, and the SHA-256 of its object's definition where it has one.
    fn look(
        &mut self,
        connection: &mut Connection,
        step: &str,
    ) -> impl Future<Output = Result<Option<(PlannedStep, Option<String>)>, Stop>> + Send;
}

/// Applies the steps in order; each is checked before and after.
///
/// # Errors
/// A refused step, before anything is written; the first step that fails or does not hold afterwards.
pub async fn apply(
    connection: &mut Connection,
    plan: &super::Plan,
    run: RunId,
    inspect: &mut impl Inspect,
    events: &dyn Observer,
    cancel: &Cancel,
) -> Result<Applied, Stop> {
    if let Some((step, found, next)) = plan.refused().next() {
        return Err(Stop::Refused {
            what: step.title.clone(),
            cause: found.to_owned(),
            next: next.to_owned(),
        });
    }
    let mut applied = Applied::default();
    for step in &plan.steps {
        if cancel.is_requested() {
            return Err(Stop::Requested {
                done: format!(
                    "{} steps of {}",
                    applied.present + applied.applied,
                    plan.phase
                ),
            });
        }
        let outcome = if step.state == StepState::Present {
            applied.present += 1;
            StepOutcome::Present
        } else {
            run_step(connection, plan.phase, step, run, inspect, events).await?;
            applied.applied += 1;
            StepOutcome::Applied
        };
        events.observe(&Event::StepEnded {
            step: step.id.clone(),
            title: step.title.clone(),
            outcome,
        });
    }
    Ok(applied)
}

async fn run_step(
    connection: &mut Connection,
    phase: &'static str,
    step: &PlannedStep,
    run: RunId,
    inspect: &mut impl Inspect,
    events: &dyn Observer,
) -> Result<(), Stop> {
    events.observe(&Event::StepStarted {
        step: step.id.clone(),
        title: step.title.clone(),
    });
    let sql = Sql::script_of(&step.statements);
    let sha = sql.as_ref().map(Sql::sha256);
    let mut record = StepRecord {
        phase,
        step: &step.id,
        state: "started",
        sql_sha256: sha.as_deref(),
        sql: sql.as_ref().map(Sql::text),
        object: step.object.as_deref(),
        object_sha256: None,
        created: step.state == StepState::Missing,
        detail: match &step.state {
            StepState::Wrong { found } => Some(format!("replaced: {found}")),
            _ => None,
        },
    };
    state::record_step(connection, run, &record).await?;
    for sql in &step.statements {
        if let Err(failure) = connection.script(sql).await {
            record.state = "failed";
            record.detail = Some(failure.to_string());
            // The step's own failure is what matters; a lost connection cannot be written down anyway.
            let _ = state::record_step(connection, run, &record).await;
            return Err(failure.into());
        }
    }
    let (after, object_sha) = match inspect.look(connection, &step.id).await? {
        Some((after, sha)) => (after.state, sha),
        None => (StepState::Present, None),
    };
    // A module has no state of its own before its hash is on record; it is present once it exists with a hash.
    let holds = matches!(after, StepState::Present) || object_sha.is_some();
    record.state = if holds { "applied" } else { "failed" };
    record.object_sha256 = object_sha.as_deref();
    state::record_step(connection, run, &record).await?;
    if holds {
        return Ok(());
    }
    Err(Stop::Refused {
        what: step.title.clone(),
        cause: format!("after it ran the database has {after:?}"),
        next: "see docs/runbook.md, \"a step does not hold\"".to_owned(),
    })
}
