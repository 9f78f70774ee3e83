//! Phase 2's steps around the batches: the progress table before them, the view after them.

use super::PHASE;
use super::view_index::ViewIndex;
use crate::connect::Connection;
use crate::engine::{Inspect, Plan, PlannedStep, StepState, Stop};
use crate::phase1::{Inventory, Table};
use crate::state::StoredStep;
use crate::tsql::{Sql, Statement, embedded};

const CREATE_PROGRESS: Statement = embedded!("phase2/create_progress_table.sql");
const CREATE_VIEW: Statement = embedded!("phase2/create_view_embedding_vectors.sql");

/// Columns that the tool adds to the progress table: name, type, statement.
const PROGRESS_COLUMNS: &[(&str, &str, Statement)] = &[
    (
        "RelationType",
        "nvarchar",
        embedded!("phase2/add_progress_relation_type.sql"),
    ),
    (
        "VectorDigest",
        "binary",
        embedded!("phase2/add_progress_vector_digest.sql"),
    ),
    (
        "RunId",
        "bigint",
        embedded!("phase2/add_progress_run_id.sql"),
    ),
    (
        "SourceAtomId",
        "bigint",
        embedded!("phase2/add_progress_source_atom_id.sql"),
    ),
];

/// The documented columns of the progress table.
const DOCUMENTED: &[(&str, &str)] = &[
    ("AtomEmbeddingId", "bigint"),
    ("MigratedAt", "datetime2"),
    ("AtomCount", "int"),
    ("RelationCount", "int"),
];

const VIEW: &str = "vw_EmbeddingVectors";

/// Steps before the batches.
pub fn plan_tables(inventory: &Inventory) -> Plan {
    let exists = inventory.has_table(Table::EmbeddingMigrationProgress);
    let mut steps = vec![progress_step(inventory, exists)];
    for (name, type_name, add) in PROGRESS_COLUMNS {
        let state = match inventory.column(Table::EmbeddingMigrationProgress, name) {
            // The table is created with all its columns.
            None if !exists => StepState::Present,
            None => StepState::Missing,
            Some(fact) if fact.type_name == *type_name => StepState::Present,
            Some(fact) => StepState::Refused {
                found: format!(
                    "dbo.EmbeddingMigrationProgress.{name} is {}, declared is {type_name}",
                    fact.type_name
                ),
                next: "rename that column, and run phase 2 again".to_owned(),
            },
        };
        steps.push(PlannedStep {
            id: format!("progress.{name}"),
            title: format!("column EmbeddingMigrationProgress.{name} {type_name}"),
            object: Some(format!("dbo.EmbeddingMigrationProgress.{name}")),
            statements: pending(&state, add.sql()),
            state,
        });
    }
    Plan {
        phase: PHASE,
        steps,
    }
}

fn progress_step(inventory: &Inventory, exists: bool) -> PlannedStep {
    let wrong = DOCUMENTED.iter().find(|(name, type_name)| {
        inventory
            .column(Table::EmbeddingMigrationProgress, name)
            .is_none_or(|fact| fact.type_name != *type_name)
    });
    let state = match (exists, wrong) {
        (false, _) => StepState::Missing,
        (true, None) => StepState::Present,
        (true, Some((name, type_name))) => StepState::Refused {
            found: format!("dbo.EmbeddingMigrationProgress has no column {name} {type_name}"),
            next: "a table of that name with other columns is in the way: rename it".to_owned(),
        },
    };
    PlannedStep {
        id: "progress.table".to_owned(),
        title: "table EmbeddingMigrationProgress".to_owned(),
        object: Some("dbo.EmbeddingMigrationProgress".to_owned()),
        statements: pending(&state, CREATE_PROGRESS.sql()),
        state,
    }
}

fn pending(state: &StepState, sql: Sql) -> Vec<Sql> {
    match state {
        StepState::Missing | StepState::Wrong { .. } => vec![sql],
        StepState::Present | StepState::Refused { .. } => Vec::new(),
    }
}

/// Step after the batches: the view over the components.
pub fn plan_view(inventory: &Inventory, stored: &[StoredStep]) -> Plan {
    let id = format!("module.{VIEW}");
    let sql = CREATE_VIEW.sql();
    let record = stored
        .iter()
        .find(|step| step.step == id && step.state == "applied");
    let state = match (inventory.modules.get(VIEW), record) {
        (None, _) => StepState::Missing,
        (Some(found), Some(record))
            if found.definition_sha256 == record.object_sha256
                && record.sql_sha256.as_deref() == Some(sql.sha256().as_str()) =>
        {
            StepState::Present
        }
        (Some(found), Some(record)) if found.definition_sha256 != record.object_sha256 => {
            StepState::Refused {
                found: format!("dbo.{VIEW} was changed after this program made it"),
                next: format!(
                    "look at the change (sp_helptext 'dbo.{VIEW}'), then drop the view and run phase 2 again"
                ),
            }
        }
        (Some(_), _) => StepState::Wrong {
            found: "it was not made by this version of the program".to_owned(),
        },
    };
    Plan {
        phase: PHASE,
        steps: vec![PlannedStep {
            title: format!("view {VIEW}"),
            object: Some(format!("dbo.{VIEW}")),
            statements: pending(&state, sql),
            id,
            state,
        }],
    }
}

/// Looks at phase 2's objects again after a step.
#[derive(Debug, Clone, Copy)]
pub struct Phase2Inspect;

impl Inspect for Phase2Inspect {
    async fn look(
        &mut self,
        connection: &mut Connection,
        step: &str,
    ) -> Result<Option<(PlannedStep, Option<String>)>, Stop> {
        let inventory = Inventory::read(connection).await?;
        let found = plan_tables(&inventory)
            .steps
            .into_iter()
            .chain(plan_view(&inventory, &[]).steps)
            .chain(
                ViewIndex::read(connection, &inventory)
                    .await?
                    .plan(true)
                    .steps,
            )
            .find(|planned| planned.id == step);
        let hash = step
            .strip_prefix("module.")
            .and_then(|name| inventory.modules.get(name))
            .and_then(|module| module.definition_sha256.clone());
        Ok(found.map(|found| (found, hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_table_one_step_creates_it_whole() {
        let plan = plan_tables(&Inventory::default());
        let pending: Vec<_> = plan.pending().map(|step| step.id.as_str()).collect();
        assert_eq!(pending, ["progress.table"]);
    }
}
