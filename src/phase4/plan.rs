//! Phase 4's steps around the copy: filegroup, container and table before it, the procedures after it.

use super::declared::Declared;
use super::memory::{SourceSize, bucket_count};
use super::{Found, PHASE, TABLE};
use crate::connect::Connection;
use crate::engine::{Inspect, Plan, PlannedStep, StepState, Stop};
use crate::state::StoredStep;
use crate::tsql::{Fragment, Identifier, Sql, Statement, embedded};

const ADD_FILEGROUP: Statement = embedded!("phase4/add_filegroup.sql");
const ADD_CONTAINER: Statement = embedded!("phase4/add_container.sql");
const GET_METADATA: Statement = embedded!("phase4/create_procedure_get_metadata.sql");
const FIND_BY_BUCKET: Statement = embedded!("phase4/create_procedure_find_by_bucket.sql");

/// The filegroup that phase 4 makes, and its container's logical name.
pub(super) const FILEGROUP: &str = "hartonomous_memory";
pub(super) const FILEGROUP_STEP: &str = "filegroup";
pub(super) const CONTAINER_STEP: &str = "container";
pub(super) const TABLE_STEP: &str = "table.AtomEmbeddings_InMemory";

/// The procedures: lookup by id, search by bucket.
pub(super) const GET: &str = "sp_GetAtomEmbeddingMetadata_Native";
pub(super) const FIND: &str = "sp_FindAtomEmbeddingsBySpatialBucket_Native";

/// The procedures that the table's columns allow, with their statements.
pub(super) fn modules(declared: &Declared) -> Vec<(&'static str, Sql)> {
    let places = declared.places("m");
    let mut modules = vec![(GET, GET_METADATA.with(&places))];
    if declared.has_buckets() {
        modules.push((FIND, FIND_BY_BUCKET.with(&places)));
    }
    modules
}

/// Steps before the copy; `container` is the folder that was asked for.
pub fn plan_storage(found: &Found, container: Option<&str>, size: SourceSize) -> Plan {
    let mut steps = Vec::new();
    if found.has_container() {
        let filegroup = found.filegroup.as_ref().map_or("", |one| one.name.as_str());
        steps.push(step(
            FILEGROUP_STEP,
            format!("filegroup {filegroup} for memory-optimised data"),
            filegroup.to_owned(),
            StepState::Present,
            ADD_FILEGROUP.sql(),
        ));
    } else if let Some(path) = container {
        steps.extend(storage(found, path));
    }
    steps.push(table(found, size));
    Plan {
        phase: PHASE,
        steps,
    }
}

fn storage(found: &Found, path: &str) -> [PlannedStep; 2] {
    let (name, state) = match &found.filegroup {
        Some(filegroup) => (filegroup.name.as_str(), StepState::Present),
        None => (FILEGROUP, StepState::Missing),
    };
    let mut fills = vec![("Path", Fragment::literal(path))];
    if let Ok(name) = Identifier::new(name) {
        fills.push(("Filegroup", Fragment::identifier(&name)));
    }
    [
        step(
            FILEGROUP_STEP,
            format!("filegroup {name} for memory-optimised data"),
            name.to_owned(),
            state,
            ADD_FILEGROUP.sql(),
        ),
        step(
            CONTAINER_STEP,
            format!("container {FILEGROUP} in {path}"),
            FILEGROUP.to_owned(),
            StepState::Missing,
            ADD_CONTAINER.with(&fills),
        ),
    ]
}

fn table(found: &Found, size: SourceSize) -> PlannedStep {
    let buckets = (bucket_count(size.rows), bucket_count(size.atoms));
    let state = match &found.table {
        None => StepState::Missing,
        Some(table) => match table.differs(&found.declared) {
            None => StepState::Present,
            Some(difference) => StepState::Refused {
                found: format!("dbo.{TABLE}: {difference}"),
                next: "`hartonomous rollback phase4` drops a table that phase 4 made; drop or rename one that it did not make; then run phase 4 again"
                    .to_owned(),
            },
        },
    };
    step(
        TABLE_STEP,
        format!(
            "memory-optimised table {TABLE}, {} columns, {} and {} buckets",
            found.declared.columns.len() + super::declared::REQUIRED.len(),
            buckets.0,
            buckets.1
        ),
        format!("dbo.{TABLE}"),
        state,
        found.declared.create_sql(buckets.0, buckets.1),
    )
}

/// Steps after the copy: the natively compiled procedures.
pub fn plan_modules(found: &Found, stored: &[StoredStep]) -> Plan {
    let steps = modules(&found.declared)
        .into_iter()
        .map(|(name, sql)| {
            let id = format!("module.{name}");
            step(
                &id,
                format!("natively compiled procedure {name}"),
                format!("dbo.{name}"),
                module_state(found, stored, name, &id, &sql),
                sql,
            )
        })
        .collect();
    Plan {
        phase: PHASE,
        steps,
    }
}

fn module_state(
    found: &Found,
    stored: &[StoredStep],
    name: &str,
    id: &str,
    sql: &Sql,
) -> StepState {
    let record = stored
        .iter()
        .find(|step| step.step == id && step.state == "applied");
    match (found.modules.get(name), record) {
        (None, _) => StepState::Missing,
        (Some(module), Some(record)) if module.definition_sha256 != record.object_sha256 => {
            StepState::Refused {
                found: format!("dbo.{name} was changed after this program made it"),
                next: format!(
                    "look at the change (sp_helptext 'dbo.{name}'), then drop the procedure and run phase 4 again"
                ),
            }
        }
        (Some(_), Some(record)) if record.sql_sha256.as_deref() == Some(sql.sha256().as_str()) => {
            StepState::Present
        }
        (Some(_), _) => StepState::Wrong {
            found: "it was not made by this version of the program".to_owned(),
        },
    }
}

fn step(id: &str, title: String, object: String, state: StepState, sql: Sql) -> PlannedStep {
    PlannedStep {
        id: id.to_owned(),
        title,
        object: Some(object),
        statements: match state {
            StepState::Missing | StepState::Wrong { .. } => vec![sql],
            StepState::Present | StepState::Refused { .. } => Vec::new(),
        },
        state,
    }
}

/// Looks at phase 4's objects again after a step.
#[derive(Debug, Clone, Copy)]
pub struct Phase4Inspect {
    pub size: SourceSize,
}

impl Inspect for Phase4Inspect {
    async fn look(
        &mut self,
        connection: &mut Connection,
        step: &str,
    ) -> Result<Option<(PlannedStep, Option<String>)>, Stop> {
        let found = Found::read(connection).await?;
        if let Some(name) = step.strip_prefix("module.") {
            let hash = found
                .modules
                .get(name)
                .and_then(|module| module.definition_sha256.clone());
            let planned = plan_modules(&found, &[]).steps.into_iter();
            return Ok(planned
                .into_iter()
                .find(|planned| planned.id == step)
                .map(|planned| (planned, hash)));
        }
        // A container that is there now is Present; one that is not is still asked for.
        let there = step == CONTAINER_STEP && found.has_container();
        let mut planned = plan_storage(&found, Some(""), self.size).steps.into_iter();
        Ok(planned
            .find(|planned| planned.id == step && !there)
            .map(|planned| (planned, None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase4::Filegroup;

    const SIZE: SourceSize = SourceSize {
        rows: 3_000,
        atoms: 10,
        text_bytes: 0,
    };

    fn found(filegroup: Option<Filegroup>) -> Found {
        Found {
            declared: Declared::default(),
            filegroup,
            table: None,
            modules: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn the_container_is_where_it_was_asked_for_and_nowhere_else() {
        let plan = plan_storage(&found(None), None, SIZE);
        let ids: Vec<_> = plan.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, [TABLE_STEP]);
        let plan = plan_storage(&found(None), Some("/x/it's"), SIZE);
        assert_eq!(plan.steps.len(), 3);
        assert!(
            plan.steps[1].statements[0]
                .text()
                .contains("FILENAME = N'/x/it''s'")
        );
        let empty = Filegroup {
            name: "other".to_owned(),
            containers: Vec::new(),
        };
        let plan = plan_storage(&found(Some(empty)), Some("/x"), SIZE);
        assert_eq!(plan.steps[0].state, StepState::Present);
        assert!(
            plan.steps[1].statements[0]
                .text()
                .contains("TO FILEGROUP [other]")
        );
    }

    #[test]
    fn the_buckets_follow_the_rows() {
        let plan = plan_storage(&found(None), None, SIZE);
        let text = plan.steps[0].statements[0].text();
        assert!(text.contains("BUCKET_COUNT = 4096") && text.contains("BUCKET_COUNT = 1024"));
    }
}
