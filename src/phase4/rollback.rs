//! What taking phase 4 back drops, what it keeps, and the proof that dbo.AtomEmbeddings is as it was.

use std::time::Duration;

use serde_json::json;

use super::interrupted::is_there;
pub use super::interrupted::{interrupted, settle};
use super::plan::{CONTAINER_STEP, FILEGROUP, FILEGROUP_STEP, FIND, GET, TABLE_STEP};
use super::rows::Sums;
use super::{Found, TABLE, stable};
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::{Action, Event, Observer, StepOutcome, Stop};
use crate::gate::{Gate, Measured};
use crate::ids::RunId;
use crate::state::{self, StepRecord, StoredStep};
use crate::tsql::{Fragment, Identifier, Statement, embedded};

const DROP_TABLE: Statement = embedded!("phase4/drop_table.sql");
const DROP_PROCEDURE: Statement = embedded!("phase4/drop_procedure.sql");
const REMOVE_CONTAINER: Statement = embedded!("phase4/remove_container.sql");
const REMOVE_FILEGROUP: Statement = embedded!("phase4/remove_filegroup.sql");
const CHECKPOINT: Statement = embedded!("phase4/checkpoint.sql");
const OTHERS: Statement = embedded!("phase4/select_memory_objects.sql");
pub(super) const FORGET: Statement = embedded!("phase4/forget_copy.sql");
const ALONE: Statement = embedded!("phase4/find_rows_of_copy_alone.sql");

/// Name under which gates and steps of this rollback are on record.
pub const PHASE: &str = "rollback phase4";

/// How long the server may take over the removal of its container before it is left to it.
const REMOVAL: Duration = Duration::from_secs(60);

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

const ROWS: Gate = Gate {
    never_waived: false,
    ..gate("rollback4.rows", "rows that only the copy has", "0")
};
const UNCHANGED: Gate = gate(
    "rollback4.embeddings_unchanged",
    "AtomEmbeddings unchanged",
    "count and checksums equal",
);
const OBJECTS: Gate = gate("rollback4.objects", "objects of phase 4 gone", "0 left");

/// Every gate of this rollback.
pub const GATES: &[Gate] = &[ROWS, UNCHANGED, OBJECTS];

/// What would be done, in its order, and what would be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takeback {
    /// Procedures and table.
    pub objects: Vec<Action>,
    /// Container and filegroup.
    pub storage: Vec<Action>,
}

fn created(stored: &[StoredStep], id: &str) -> bool {
    stored
        .iter()
        .any(|step| step.step == id && step.ever_created)
}

fn keep(id: &str, title: String, why: &str) -> Action {
    Action::new(id, "keep", title, why, Vec::new())
}

/// Pure: what follows from what is there and what is on record.
pub fn plan(found: &Found, stored: &[StoredStep]) -> Takeback {
    let mut objects = Vec::new();
    for name in [GET, FIND] {
        let Some(module) = found.modules.get(name) else {
            continue;
        };
        let id = format!("module.{name}");
        let title = format!("procedure dbo.{name}");
        let recorded = stored
            .iter()
            .find(|step| step.step == id)
            .and_then(|step| step.object_sha256.clone());
        let action = match (created(stored, &id), Identifier::new(name)) {
            // Without a hash on record the run that made it was killed before it could write it down.
            (true, Ok(quoted)) if recorded.is_none() || module.definition_sha256 == recorded => {
                Action::new(
                    &id,
                    "drop",
                    title,
                    "phase 4 created it",
                    vec![DROP_PROCEDURE.with(&[("Procedure", Fragment::identifier(&quoted))])],
                )
            }
            (true, _) => keep(&id, title, "it was changed after this program made it"),
            (false, _) => keep(&id, title, "it was there before phase 4"),
        };
        objects.push(action);
    }
    if found.table.is_some() {
        let title = format!("table dbo.{TABLE}");
        objects.push(if created(stored, TABLE_STEP) {
            Action::new(
                TABLE_STEP,
                "drop",
                title,
                "phase 4 created it; dbo.AtomEmbeddings has its rows",
                vec![DROP_TABLE.sql()],
            )
        } else {
            keep(TABLE_STEP, title, "it was there before phase 4")
        });
    }
    Takeback {
        objects,
        storage: storage(found, stored),
    }
}

fn storage(found: &Found, stored: &[StoredStep]) -> Vec<Action> {
    let Some(filegroup) = &found.filegroup else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    let ours = |id: &str, there: bool| there && created(stored, id);
    let container = filegroup.containers.iter().any(|one| one.name == FILEGROUP);
    if ours(CONTAINER_STEP, container) {
        actions.push(Action::new(
            CONTAINER_STEP,
            "remove",
            format!("container {FILEGROUP}"),
            "phase 4 made it; the last one goes when checkpoints and log allow",
            vec![REMOVE_CONTAINER.sql()],
        ));
    }
    let title = format!("filegroup {}", filegroup.name);
    actions.push(if ours(FILEGROUP_STEP, filegroup.name == FILEGROUP) {
        Action::new(
            FILEGROUP_STEP,
            "remove",
            title,
            "phase 4 made it",
            vec![REMOVE_FILEGROUP.sql()],
        )
    } else {
        keep(FILEGROUP_STEP, title, "it was there before phase 4")
    });
    actions
}

impl Takeback {
    /// Is there anything to take back?
    pub fn is_empty(&self) -> bool {
        !self
            .objects
            .iter()
            .chain(&self.storage)
            .any(|action| action.verb != "keep")
    }

    /// A procedure that stays keeps the table: it is bound to it (Msg 3729).
    ///
    /// # Errors
    /// Such a procedure.
    pub fn require_droppable(&self) -> Result<(), Stop> {
        let drops_table = self
            .objects
            .iter()
            .any(|action| action.id == TABLE_STEP && action.verb == "drop");
        let kept = self
            .objects
            .iter()
            .find(|action| action.id.starts_with("module.") && action.verb == "keep");
        match kept.filter(|_| drops_table) {
            None => Ok(()),
            Some(kept) => Err(Stop::Refused {
                what: "the rollback of phase 4".to_owned(),
                cause: format!("{}: {}", kept.title, kept.detail),
                next:
                    "it is bound to the table: look at it, drop it, and run the same command again"
                        .to_owned(),
            }),
        }
    }
}

/// The guard: rows that would be lost.
///
/// # Errors
/// A failed statement.
pub async fn guard(connection: &mut Connection, found: &Found) -> Result<Vec<Measured>, Failure> {
    if !found
        .table
        .as_ref()
        .is_some_and(|table| table.memory_optimized)
    {
        return Ok(Vec::new());
    }
    let mut fills = Vec::new();
    if found.declared.has("LastUpdated") {
        fills.push(("Newer", Fragment::fixed("m.LastUpdated > e.LastUpdated")));
    }
    let row = connection.row(&ALONE.with(&fills), &[]).await?;
    let (own, newer) = (row.integer("Own")?, row.integer("Newer")?);
    let first = row.opt_integer("FirstId")?;
    Ok(vec![
        ROWS.measured(
            own + newer == 0,
            json!({ "own": own, "newer": newer, "first_id": first }),
            first.map_or_else(
                || "none".to_owned(),
                |id| format!("{own} new, {newer} updated later, first AtomEmbeddingId {id}"),
            ),
        )
        .or("somebody wrote to the copy: bring those rows to dbo.AtomEmbeddings, or throw them away with `hartonomous migrate phase4`, or waive this gate"),
    ])
}

/// Drops one object, on record as dropped.
///
/// # Errors
/// A failed statement.
pub async fn take(
    connection: &mut Connection,
    run: RunId,
    action: &Action,
    events: &dyn Observer,
) -> Result<(), Failure> {
    for sql in &action.statements {
        connection.batch(sql).await?;
    }
    dropped(connection, run, &action.id).await?;
    if action.id == TABLE_STEP {
        connection.rows(&FORGET.sql(), &[]).await?;
        dropped(connection, run, "copy").await?;
        dropped(connection, run, stable::STEP).await?;
    }
    events.observe(&Event::StepEnded {
        step: action.id.clone(),
        title: format!("dropped {}", action.title),
        outcome: StepOutcome::Applied,
    });
    Ok(())
}

pub(super) async fn dropped(
    connection: &mut Connection,
    run: RunId,
    step: &str,
) -> Result<(), Failure> {
    let record = StepRecord {
        phase: super::PHASE,
        step,
        state: "dropped",
        sql_sha256: None,
        sql: None,
        object: None,
        object_sha256: None,
        created: false,
        detail: None,
    };
    state::record_step(connection, run, &record).await
}

/// Removes container and filegroup where the server lets it; what kept them, if anything did.
///
/// # Errors
/// A lost connection, a failed record.
pub async fn remove_storage(
    endpoint: &Endpoint,
    connection: &mut Connection,
    run: RunId,
    actions: &[Action],
    events: &dyn Observer,
) -> Result<Option<String>, Failure> {
    let others = connection.rows(&OTHERS.sql(), &[]).await?;
    if let Some(row) = others.first() {
        return Ok(Some(format!(
            "{} {} and {} other memory-optimised objects use it",
            row.text("ObjectKind")?,
            row.text("ObjectName")?,
            others.len() - 1
        )));
    }
    for action in actions.iter().filter(|action| action.verb != "keep") {
        // Needs more than ALTER on the database, and only hastens what comes by itself.
        let _ = connection.batch(&CHECKPOINT.sql()).await;
        let mut worker =
            Connection::open(endpoint, Purpose::Control, Duration::from_secs(30)).await?;
        events.observe(&Event::StepStarted {
            step: action.id.clone(),
            title: format!("removing {}", action.title),
        });
        let work = async {
            for sql in &action.statements {
                worker.batch(sql).await?;
            }
            Ok::<(), Failure>(())
        };
        match tokio::time::timeout(REMOVAL, work).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) if failure.number().is_some() && !failure.is_passing() => {
                return Ok(Some(format!(
                    "the server keeps {}: {failure}",
                    action.title
                )));
            }
            Ok(Err(failure)) => return Err(failure),
            Err(_) => {
                return Ok(Some(format!(
                    "the server was not done with {} after {} s: it waits for checkpoints and for the log to be truncated",
                    action.title,
                    REMOVAL.as_secs()
                )));
            }
        }
        dropped(connection, run, &action.id).await?;
        events.observe(&Event::StepEnded {
            step: action.id.clone(),
            title: format!("removed {}", action.title),
            outcome: StepOutcome::Applied,
        });
    }
    Ok(None)
}

/// The proof: dbo.AtomEmbeddings before and after.
pub fn unchanged(before: Sums, after: Sums) -> Measured {
    UNCHANGED
        .measured(
            before == after,
            json!({ "before": before, "after": after }),
            format!("{} rows before, {} after", before.rows, after.rows),
        )
        .or("this rollback does not write to dbo.AtomEmbeddings: somebody else did while it ran; run it again, it measures anew")
}

/// The proof: nothing of what was taken back is there again, and what of the storage the server or this program keeps.
pub fn gone(taken: &Takeback, left: &Found, stored: &[StoredStep], kept: Option<&str>) -> Measured {
    let remaining: Vec<&str> = taken
        .objects
        .iter()
        .filter(|action| action.verb != "keep" && is_there(left, &action.id))
        .map(|action| action.title.as_str())
        .collect();
    let storage = storage(left, stored);
    let storage: Vec<&str> = storage.iter().map(|action| action.title.as_str()).collect();
    OBJECTS
        .measured(
            remaining.is_empty(),
            json!({ "left": remaining, "storage_left": storage, "storage_kept_because": kept }),
            match (remaining.first(), kept) {
                (Some(first), _) => format!("{first} is left"),
                (None, Some(why)) => format!("table and procedures gone; {why}"),
                (None, None) if storage.is_empty() => "all gone".to_owned(),
                (None, None) => {
                    "table and procedures gone; the filegroup was there before".to_owned()
                }
            },
        )
        .or("somebody made it again: look at it, and run `hartonomous rollback phase4` again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase4::declared::Declared;
    use crate::phase4::found::{Container, Filegroup, NativeModule};

    fn stored(step: &str, created: bool) -> StoredStep {
        StoredStep {
            step: step.to_owned(),
            state: "applied".to_owned(),
            sql_sha256: None,
            object_sha256: Some("aa".to_owned()),
            ever_created: created,
            detail: None,
        }
    }

    fn found(hash: &str) -> Found {
        let module = NativeModule {
            definition_sha256: Some(hash.to_owned()),
            native: true,
        };
        Found {
            declared: Declared::default(),
            filegroup: Some(Filegroup {
                name: FILEGROUP.to_owned(),
                containers: vec![Container {
                    file_id: 3,
                    name: FILEGROUP.to_owned(),
                    path: "/x".to_owned(),
                }],
            }),
            table: None,
            modules: [(GET.to_owned(), module)].into(),
        }
    }

    #[test]
    fn what_phase_4_did_not_create_stays() {
        let none = plan(&found("aa"), &[]);
        assert!(none.is_empty(), "{none:?}");
        let steps = [
            stored(&format!("module.{GET}"), true),
            stored(FILEGROUP_STEP, false),
            stored(CONTAINER_STEP, true),
        ];
        let some = plan(&found("aa"), &steps);
        let verbs: Vec<_> = some
            .objects
            .iter()
            .chain(&some.storage)
            .map(|action| action.verb)
            .collect();
        assert_eq!(verbs, ["drop", "remove", "keep"]);
        let changed = plan(&found("bb"), &steps);
        assert_eq!(changed.objects[0].verb, "keep");
    }
}
