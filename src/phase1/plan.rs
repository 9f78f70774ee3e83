//! Phase 1's plan: pure, from what the database has and what is on record to a list of steps.

use super::PHASE;
use super::declared::{
    self, COLUMNS, CREATE_SPATIAL_INDEX, CREATE_STATISTICS, INDEXES, MODULES, SPATIAL_INDEX,
    STATISTICS, STATISTICS_COLUMNS,
};
use super::inventory::{IndexFact, Inventory, Table};
use crate::connect::Connection;
use crate::engine::{Plan, PlannedStep, StepState, Stop};
use crate::state::StoredStep;
use crate::tsql::{Fragment, Identifier, Sql};

/// What the plan may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// The edition builds indexes online (Msg 1712 otherwise).
    pub online: bool,
}

/// The steps of phase 1 in their order, each with its state.
pub fn plan(inventory: &Inventory, stored: &[StoredStep], online: bool) -> Plan {
    let capabilities = Capabilities { online };
    let mut steps: Vec<PlannedStep> = COLUMNS
        .iter()
        .map(|column| column_step(inventory, column))
        .collect();
    steps.extend(
        INDEXES
            .iter()
            .map(|index| index_step(inventory, index, capabilities)),
    );
    steps.push(spatial_step(inventory));
    steps.push(statistics_step(inventory));
    steps.extend(
        MODULES
            .iter()
            .map(|module| module_step(inventory, stored, module)),
    );
    Plan {
        phase: PHASE,
        steps,
    }
}

/// All SQL that a plan would send, with the step it belongs to.
pub fn statements(plan: &Plan) -> impl Iterator<Item = (&PlannedStep, &Sql)> {
    plan.pending()
        .flat_map(|step| step.statements.iter().map(move |sql| (step, sql)))
}

fn column_step(inventory: &Inventory, column: &declared::Column) -> PlannedStep {
    let state = match inventory.column(Table::AtomRelations, column.name) {
        None => StepState::Missing,
        Some(fact) if fact.type_name == column.type_name && fact.nullable == column.nullable => {
            StepState::Present
        }
        Some(fact) => StepState::Refused {
            found: format!(
                "dbo.AtomRelations.{} is {} {}, declared is {} {}",
                column.name,
                fact.type_name,
                nullability(fact.nullable),
                column.type_name,
                nullability(column.nullable)
            ),
            next: "change the column's type yourself, or drop it if nothing uses it, and run phase 1 again"
                .to_owned(),
        },
    };
    PlannedStep {
        id: format!("column.{}", column.name),
        title: format!(
            "column AtomRelations.{} {} {}",
            column.name,
            column.type_name,
            nullability(column.nullable)
        ),
        object: Some(format!("dbo.AtomRelations.{}", column.name)),
        statements: when_pending(&state, || vec![column.add.sql()]),
        state,
    }
}

fn nullability(nullable: bool) -> &'static str {
    if nullable { "NULL" } else { "NOT NULL" }
}

fn when_pending(state: &StepState, statements: impl FnOnce() -> Vec<Sql>) -> Vec<Sql> {
    match state {
        StepState::Missing | StepState::Wrong { .. } => statements(),
        StepState::Present | StepState::Refused { .. } => Vec::new(),
    }
}

/// The first way in which an index differs from its declaration.
fn difference(found: &IndexFact, declared: &declared::Index) -> Option<String> {
    let same_set = |a: &[String], b: &[&str]| {
        a.len() == b.len() && b.iter().all(|name| a.iter().any(|other| other == name))
    };
    if found.kind != "NONCLUSTERED" {
        return Some(format!("it is {}", found.kind));
    }
    if found.keys != declared.keys || found.descending {
        return Some(format!("its keys are ({})", found.keys.join(", ")));
    }
    if !same_set(&found.includes, declared.includes) {
        return Some(format!("it includes ({})", found.includes.join(", ")));
    }
    if found.filter.as_deref() != declared.filter {
        let filter = found.filter.as_deref().unwrap_or("none");
        return Some(format!("its filter is {filter}"));
    }
    if found.compression.as_deref() != Some("PAGE") {
        let compression = found.compression.as_deref().unwrap_or("unknown");
        return Some(format!("its compression is {compression}"));
    }
    found.disabled.then(|| "it is disabled".to_owned())
}

fn drop_index(name: &str) -> Vec<Sql> {
    Identifier::new(name)
        .map(|name| declared::DROP_INDEX.with(&[("Index", Fragment::identifier(&name))]))
        .into_iter()
        .collect()
}

fn index_step(
    inventory: &Inventory,
    index: &declared::Index,
    capabilities: Capabilities,
) -> PlannedStep {
    let state = match inventory.indexes.get(index.name) {
        None => StepState::Missing,
        Some(found) => match difference(found, index) {
            None => StepState::Present,
            Some(found) => StepState::Wrong { found },
        },
    };
    let online = if capabilities.online { "ON" } else { "OFF" };
    let create = index.create.with(&[("Online", Fragment::fixed(online))]);
    let replace = matches!(state, StepState::Wrong { .. });
    PlannedStep {
        id: format!("index.{}", index.name),
        title: format!(
            "index {} ({}){}",
            index.name,
            index.keys.join(", "),
            if capabilities.online { "" } else { ", offline" }
        ),
        object: Some(index.name.to_owned()),
        statements: when_pending(&state, || {
            let mut statements = if replace {
                drop_index(index.name)
            } else {
                Vec::new()
            };
            statements.push(create);
            statements
        }),
        state,
    }
}

fn spatial_step(inventory: &Inventory) -> PlannedStep {
    let state = match inventory.indexes.get(SPATIAL_INDEX) {
        None => StepState::Missing,
        Some(found) if found.kind != "SPATIAL" => StepState::Wrong {
            found: format!("it is {}", found.kind),
        },
        Some(found) if found.keys != ["SpatialExpression"] => StepState::Wrong {
            found: format!("it is on ({})", found.keys.join(", ")),
        },
        Some(found) if found.disabled => StepState::Wrong {
            found: "it is disabled".to_owned(),
        },
        Some(_) => StepState::Present,
    };
    let replace = matches!(state, StepState::Wrong { .. });
    PlannedStep {
        id: format!("index.{SPATIAL_INDEX}"),
        title: format!("spatial index {SPATIAL_INDEX} (SpatialExpression), offline"),
        object: Some(SPATIAL_INDEX.to_owned()),
        statements: when_pending(&state, || {
            let mut statements = if replace {
                drop_index(SPATIAL_INDEX)
            } else {
                Vec::new()
            };
            statements.push(CREATE_SPATIAL_INDEX.sql());
            statements
        }),
        state,
    }
}

fn statistics_step(inventory: &Inventory) -> PlannedStep {
    let state = match inventory.statistics.get(STATISTICS) {
        None => StepState::Missing,
        Some(columns) if columns == STATISTICS_COLUMNS => StepState::Present,
        Some(columns) => StepState::Wrong {
            found: format!("they are on ({})", columns.join(", ")),
        },
    };
    let replace = matches!(state, StepState::Wrong { .. });
    PlannedStep {
        id: format!("statistics.{STATISTICS}"),
        title: format!(
            "statistics {STATISTICS} ({})",
            STATISTICS_COLUMNS.join(", ")
        ),
        object: Some(STATISTICS.to_owned()),
        statements: when_pending(&state, || {
            let drop = Identifier::new(STATISTICS).map(|name| {
                declared::DROP_STATISTICS.with(&[("Statistics", Fragment::identifier(&name))])
            });
            let mut statements: Vec<Sql> = drop.into_iter().filter(|_| replace).collect();
            statements.push(CREATE_STATISTICS.sql());
            statements
        }),
        state,
    }
}

/// A module is present when the definition on record, made by this very script, is the one in the database.
fn module_step(
    inventory: &Inventory,
    stored: &[StoredStep],
    module: &declared::Module,
) -> PlannedStep {
    let id = format!("module.{}", module.name);
    let sql = module.create.sql();
    let record = stored
        .iter()
        .find(|step| step.step == id && step.state == "applied");
    let state = match (inventory.modules.get(module.name), record) {
        (None, _) => StepState::Missing,
        (Some(_), None) => StepState::Wrong {
            found: "it was not made by this program".to_owned(),
        },
        (Some(found), Some(record)) => {
            if found.definition_sha256.is_some() && found.definition_sha256 != record.object_sha256
            {
                StepState::Refused {
                    found: format!("dbo.{} was changed after this program made it", module.name),
                    next: format!(
                        "look at the change (sp_helptext 'dbo.{}'), then drop the module and run phase 1 again",
                        module.name
                    ),
                }
            } else if record.sql_sha256.as_deref() != Some(sql.sha256().as_str()) {
                StepState::Wrong {
                    found: "an earlier version of this program made it".to_owned(),
                }
            } else if !found.quoted_identifier {
                StepState::Wrong {
                    found: "it was created with QUOTED_IDENTIFIER OFF".to_owned(),
                }
            } else {
                StepState::Present
            }
        }
    };
    PlannedStep {
        title: format!("module {}", module.name),
        object: Some(format!("dbo.{}", module.name)),
        statements: when_pending(&state, || vec![sql]),
        id,
        state,
    }
}

/// Looks at phase 1's objects again after a step.
#[derive(Debug, Clone, Copy)]
pub struct Phase1Inspect {
    pub online: bool,
}

impl crate::engine::Inspect for Phase1Inspect {
    async fn look(
        &mut self,
        connection: &mut Connection,
        step: &str,
    ) -> Result<Option<(PlannedStep, Option<String>)>, Stop> {
        let inventory = Inventory::read(connection).await?;
        let found = plan(&inventory, &[], self.online)
            .steps
            .into_iter()
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
    use super::super::inventory::{ColumnFact, ModuleFact};
    use super::*;

    fn with_column(name: &str, type_name: &str, nullable: bool) -> Inventory {
        let mut inventory = Inventory::default();
        inventory.columns.insert(
            ("AtomRelations".to_owned(), name.to_owned()),
            ColumnFact {
                type_name: type_name.to_owned(),
                max_length: 4,
                nullable,
                vector_dimensions: None,
                default_name: None,
            },
        );
        inventory
    }

    fn state_of<'a>(plan: &'a Plan, id: &str) -> &'a StepState {
        &plan.steps.iter().find(|step| step.id == id).unwrap().state
    }

    #[test]
    fn nothing_there_means_every_step_is_to_be_taken() {
        let plan = plan(&Inventory::default(), &[], true);
        assert_eq!(plan.steps.len(), 13 + 5 + 1 + 1 + 6);
        assert_eq!(plan.pending().count(), plan.steps.len());
        assert!(statements(&plan).all(|(_, sql)| !sql.text().contains("/*{Online}")));
    }

    #[test]
    fn a_column_of_another_type_is_refused_not_replaced() {
        let plan = plan(&with_column("SequenceIndex", "bigint", true), &[], true);
        assert!(matches!(
            state_of(&plan, "column.SequenceIndex"),
            StepState::Refused { found, .. } if found.contains("bigint")
        ));
        assert_eq!(plan.refused().count(), 1);
    }

    #[test]
    fn an_index_without_its_filter_or_compression_is_replaced() {
        let mut inventory = Inventory::default();
        let mut index = IndexFact {
            kind: "NONCLUSTERED".to_owned(),
            keys: ["CoordX", "CoordY", "CoordZ"].map(str::to_owned).to_vec(),
            includes: ["SourceAtomId", "RelationType"].map(str::to_owned).to_vec(),
            filter: None,
            compression: Some("PAGE".to_owned()),
            ..IndexFact::default()
        };
        inventory
            .indexes
            .insert("IX_AtomRelations_Coordinates".to_owned(), index.clone());
        let id = "index.IX_AtomRelations_Coordinates";
        let wrong = plan(&inventory, &[], false);
        assert_eq!(
            state_of(&wrong, id),
            &StepState::Wrong {
                found: "its filter is none".to_owned()
            }
        );
        let step = wrong.steps.iter().find(|step| step.id == id).unwrap();
        assert!(
            step.statements[0]
                .text()
                .contains("DROP INDEX [IX_AtomRelations_Coordinates]")
        );
        assert!(step.statements[1].text().contains("ONLINE = OFF"));
        index.filter = Some("([CoordX] IS NOT NULL)".to_owned());
        inventory
            .indexes
            .insert("IX_AtomRelations_Coordinates".to_owned(), index);
        assert_eq!(
            state_of(&plan(&inventory, &[], true), id),
            &StepState::Present
        );
    }

    #[test]
    fn a_module_that_somebody_changed_is_refused() {
        let mut inventory = Inventory::default();
        let module = |hash: &str| ModuleFact {
            definition_sha256: Some(hash.to_owned()),
            quoted_identifier: true,
        };
        let id = "module.sp_ReconstructVector";
        let name = "sp_ReconstructVector".to_owned();
        inventory.modules.insert(name.clone(), module("aa"));
        assert!(matches!(
            state_of(&plan(&inventory, &[], true), id),
            StepState::Wrong { .. }
        ));
        let stored = [StoredStep {
            step: id.to_owned(),
            state: "applied".to_owned(),
            sql_sha256: Some(MODULES[1].create.sql().sha256()),
            object_sha256: Some("aa".to_owned()),
            ever_created: true,
            detail: None,
        }];
        assert_eq!(
            state_of(&plan(&inventory, &stored, true), id),
            &StepState::Present
        );
        inventory.modules.insert(name, module("bb"));
        assert!(matches!(
            state_of(&plan(&inventory, &stored, true), id),
            StepState::Refused { .. }
        ));
    }
}
