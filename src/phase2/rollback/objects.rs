//! The objects of phase 2: those that it created go at the end, those that were there stay.

use serde_json::json;

use super::PHASE;
use crate::connect::Connection;
use crate::engine::{Action, Event, Observer, StepOutcome, Stop};
use crate::gate::{Gate, Measured};
use crate::ids::RunId;
use crate::phase1::{Inventory, Table};
use crate::phase2::view_index::{self, ViewIndex};
use crate::state::{self, StepRecord, StoredStep};
use crate::tsql::{Fragment, Identifier, Statement, embedded};

const DROP_TABLE: Statement = embedded!("phase2/drop_progress_table.sql");
const DROP_COLUMN: Statement = embedded!("phase2/drop_progress_column.sql");
const DROP_VIEW: Statement = embedded!("phase2/drop_view.sql");

/// The step that makes the progress table.
pub const TABLE_STEP: &str = "progress.table";
const VIEW: &str = "vw_EmbeddingVectors";
const VIEW_STEP: &str = "module.vw_EmbeddingVectors";
const DROP_VIEW_INDEX: Statement = embedded!("phase2/drop_view_index.sql");

pub(super) const OBJECTS: Gate = Gate {
    id: "rollback2.objects",
    phase: PHASE,
    title: "objects of phase 2 gone, all others there",
    threshold: "0 left",
    never_waived: true,
};

/// What would be dropped and what stays, from what is there and what is on record.
pub fn objects(inventory: &Inventory, stored: &[StoredStep]) -> Vec<Action> {
    let created = |id: &str| {
        stored
            .iter()
            .any(|step| step.step == id && step.ever_created)
    };
    let mut actions = Vec::new();
    if let Some(view) = inventory.modules.get(VIEW) {
        let hash = stored
            .iter()
            .find(|step| step.step == VIEW_STEP)
            .and_then(|step| step.object_sha256.clone());
        let ours = created(VIEW_STEP) && view.definition_sha256 == hash;
        actions.push(if ours {
            drop(VIEW_STEP, format!("view dbo.{VIEW}"), DROP_VIEW.sql())
        } else if created(VIEW_STEP) {
            keep(
                VIEW_STEP,
                format!("view dbo.{VIEW}"),
                "it was changed after this program made it",
            )
        } else {
            keep(
                VIEW_STEP,
                format!("view dbo.{VIEW}"),
                "it was there before phase 2",
            )
        });
    }
    if !inventory.has_table(Table::EmbeddingMigrationProgress) {
        return actions;
    }
    if created(TABLE_STEP) {
        actions.push(drop(
            TABLE_STEP,
            "table dbo.EmbeddingMigrationProgress",
            DROP_TABLE.sql(),
        ));
        return actions;
    }
    actions.push(keep(
        TABLE_STEP,
        "table dbo.EmbeddingMigrationProgress, empty",
        "it was there before phase 2",
    ));
    for step in stored.iter().filter(|step| step.ever_created) {
        let Some(name) = step.step.strip_prefix("progress.") else {
            continue;
        };
        let there = inventory
            .column(Table::EmbeddingMigrationProgress, name)
            .is_some();
        if let (true, Ok(column)) = (there, Identifier::new(name)) {
            actions.push(drop(
                &step.step,
                format!("column dbo.EmbeddingMigrationProgress.{name}"),
                DROP_COLUMN.with(&[("Column", Fragment::identifier(&column))]),
            ));
        }
    }
    actions
}

/// The index of the view, which goes before the relations: each of them would have to be deleted from it too. None when it is
/// not there, or phase 2 did not make it.
pub fn view_index(index: &ViewIndex, stored: &[StoredStep]) -> Option<Action> {
    let created = stored
        .iter()
        .any(|step| step.step == view_index::STEP && step.ever_created);
    (created && index.exists).then(|| {
        drop(
            view_index::STEP,
            format!("index {} of dbo.{VIEW}", view_index::INDEX),
            DROP_VIEW_INDEX.sql(),
        )
    })
}

/// Drops the view's index if phase 2 made it.
///
/// # Errors
/// A failed statement.
pub async fn drop_view_index(
    connection: &mut Connection,
    run: RunId,
    events: &dyn Observer,
) -> Result<(), Stop> {
    let inventory = Inventory::read(connection).await?;
    let stored = state::list_steps(connection, crate::phase2::PHASE).await?;
    let index = ViewIndex::read(connection, &inventory).await?;
    if let Some(action) = view_index(&index, &stored) {
        for sql in &action.statements {
            connection.batch(sql).await?;
        }
        state::record_step(connection, run, &dropped(&action.id)).await?;
        events.observe(&Event::StepEnded {
            step: action.id,
            title: format!("dropped {}", action.title),
            outcome: StepOutcome::Applied,
        });
    }
    Ok(())
}

fn dropped(step: &str) -> StepRecord<'_> {
    StepRecord {
        phase: crate::phase2::PHASE,
        step,
        state: "dropped",
        sql_sha256: None,
        sql: None,
        object: None,
        object_sha256: None,
        created: false,
        detail: None,
    }
}

fn drop(id: &str, title: impl Into<String>, sql: crate::tsql::Sql) -> Action {
    Action::new(id, "drop", title, "phase 2 created it", vec![sql])
}

fn keep(id: &str, title: impl Into<String>, why: &str) -> Action {
    Action::new(id, "keep", title, why, Vec::new())
}

/// Drops what phase 2 created, each on record as dropped.
///
/// # Errors
/// The first statement that fails.
pub async fn drop_objects(
    connection: &mut Connection,
    run: RunId,
    events: &dyn Observer,
) -> Result<(), Stop> {
    let inventory = Inventory::read(connection).await?;
    let stored = state::list_steps(connection, crate::phase2::PHASE).await?;
    for action in objects(&inventory, &stored) {
        for sql in &action.statements {
            connection.batch(sql).await?;
            events.observe(&Event::StepEnded {
                step: action.id.clone(),
                title: format!("dropped {}", action.title),
                outcome: StepOutcome::Applied,
            });
        }
    }
    // Nothing of it is phase 2's any more: what a later hand creates under these names is that hand's.
    for step in stored.iter().filter(|step| step.state != "dropped") {
        state::record_step(connection, run, &dropped(&step.step)).await?;
    }
    Ok(())
}

/// Looks whether anything of phase 2 is left.
///
/// # Errors
/// A failed statement.
pub async fn measure_objects(
    connection: &mut Connection,
    was_created: &[String],
) -> Result<Measured, Stop> {
    let inventory = Inventory::read(connection).await?;
    let left: Vec<&String> = was_created
        .iter()
        .filter(|id| is_there(&inventory, id))
        .collect();
    let summary = left.first().map_or_else(
        || format!("{} dropped", was_created.len()),
        |first| format!("{} left, first {first}", left.len()),
    );
    Ok(OBJECTS
        .measured(
            left.is_empty(),
            json!({ "dropped": was_created, "left": left }),
            summary,
        )
        .or("run `hartonomous rollback phase2` again"))
}

fn is_there(inventory: &Inventory, id: &str) -> bool {
    match id {
        VIEW_STEP => inventory.modules.contains_key(VIEW),
        TABLE_STEP => inventory.has_table(Table::EmbeddingMigrationProgress),
        other => other.strip_prefix("progress.").is_some_and(|name| {
            inventory
                .column(Table::EmbeddingMigrationProgress, name)
                .is_some()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase1::Inventory;

    fn step(id: &str, created: bool) -> StoredStep {
        StoredStep {
            step: id.to_owned(),
            state: "applied".to_owned(),
            sql_sha256: None,
            object_sha256: None,
            ever_created: created,
            detail: None,
        }
    }

    #[test]
    fn without_objects_there_is_nothing_to_drop() {
        assert!(objects(&Inventory::default(), &[step(TABLE_STEP, true)]).is_empty());
    }
}
