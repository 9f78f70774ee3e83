//! Taking phase 1 back: what it created is dropped, newest first; what was there stays, even where phase 1 replaced it.

use serde_json::json;

use super::declared::{
    COLUMNS, DROP_INDEX, DROP_STATISTICS, INDEXES, MODULES, SPATIAL_INDEX, STATISTICS,
};
use super::inventory::{Inventory, Table};
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::{Action, Cancel, Event, Observer, StepOutcome, Stop};
use crate::gate::{Gate, Measured};
use crate::ids::RunId;
use crate::state::{self, StepRecord, StoredStep};
use crate::tsql::{Fragment, Identifier, Sql, Statement, embedded};

const DROP_COLUMN: Statement = embedded!("phase1/drop_column.sql");
const DROP_CONSTRAINT: Statement = embedded!("phase1/drop_constraint.sql");
const DROP_FUNCTION: Statement = embedded!("phase1/drop_function.sql");
const DROP_PROCEDURE: Statement = embedded!("phase1/drop_procedure.sql");
const COUNT_VALUES: Statement = embedded!("phase1/count_column_values.sql");
const COUNT_TENANTS: Statement = embedded!("phase1/count_tenants.sql");
const MEASURE: Statement = embedded!("phase1/rollback_measure_relations.sql");

/// Name under which gates of this rollback are on record.
pub const PHASE: &str = "rollback phase1";

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

const PHASE2: Gate = gate(
    "rollback1.phase2",
    "phase 2 is taken back",
    "nothing of it left",
);
const VALUES: Gate = gate(
    "rollback1.columns",
    "columns that would be dropped are empty",
    "0 values",
);
const MODULES_UNCHANGED: Gate = gate(
    "rollback1.modules",
    "modules that would be dropped are as made",
    "0 changed",
);
const OBJECTS: Gate = gate(
    "rollback1.objects",
    "objects of phase 1 gone, all others there",
    "0 left",
);
const RELATIONS: Gate = gate(
    "rollback1.relations",
    "relations as before",
    "equal checksums",
);

/// Every gate of this rollback.
pub const GATES: &[Gate] = &[PHASE2, VALUES, MODULES_UNCHANGED, OBJECTS, RELATIONS];

/// What would be dropped, in order, and what stays. Pure.
pub fn actions(inventory: &Inventory, stored: &[StoredStep]) -> Vec<Action> {
    let created = |id: &str| {
        stored
            .iter()
            .any(|step| step.step == id && step.ever_created)
    };
    let mut actions = Vec::new();
    let mut add = |id: String, title: String, there: bool, statements: Vec<Sql>| {
        if !there {
            return;
        }
        actions.push(if created(&id) {
            Action::new(id, "drop", title, "phase 1 created it", statements)
        } else {
            Action::new(id, "keep", title, "it was there before phase 1", Vec::new())
        });
    };
    for module in MODULES.iter().rev() {
        add(
            format!("module.{}", module.name),
            format!("module dbo.{}", module.name),
            inventory.modules.contains_key(module.name),
            named(module.name, |name| {
                if module.name.starts_with("fn_") {
                    DROP_FUNCTION.sql()
                } else {
                    DROP_PROCEDURE.with(&[("Procedure", name)])
                }
            }),
        );
    }
    add(
        format!("statistics.{STATISTICS}"),
        format!("statistics {STATISTICS}"),
        inventory.statistics.contains_key(STATISTICS),
        named(STATISTICS, |name| {
            DROP_STATISTICS.with(&[("Statistics", name)])
        }),
    );
    let indexes = INDEXES.iter().rev().map(|index| index.name);
    for index in std::iter::once(SPATIAL_INDEX).chain(indexes) {
        add(
            format!("index.{index}"),
            format!("index {index}"),
            inventory.indexes.contains_key(index),
            named(index, |name| DROP_INDEX.with(&[("Index", name)])),
        );
    }
    for column in COLUMNS.iter().rev() {
        let fact = inventory.column(Table::AtomRelations, column.name);
        let default = fact.and_then(|fact| fact.default_name.as_deref());
        let mut statements: Vec<Sql> = default
            .map(|default| {
                named(default, |name| {
                    DROP_CONSTRAINT.with(&[("Constraint", name)])
                })
            })
            .unwrap_or_default();
        statements.extend(named(column.name, |name| {
            DROP_COLUMN.with(&[("Column", name)])
        }));
        add(
            format!("column.{}", column.name),
            format!("column dbo.AtomRelations.{}", column.name),
            fact.is_some(),
            statements,
        );
    }
    actions
}

fn named(name: &str, make: impl FnOnce(Fragment) -> Sql) -> Vec<Sql> {
    Identifier::new(name)
        .map(|name| make(Fragment::identifier(&name)))
        .into_iter()
        .collect()
}

/// Measures what must hold before anything is dropped. `phase2_left` names what is left of phase 2.
///
/// # Errors
/// A failed statement.
pub async fn guard(
    connection: &mut Connection,
    inventory: &Inventory,
    stored: &[StoredStep],
    phase2_left: &[String],
) -> Result<Vec<Measured>, Failure> {
    let mut used = Vec::new();
    for column in COLUMNS {
        let dropped = actions(inventory, stored)
            .iter()
            .any(|action| action.verb == "drop" && action.id == format!("column.{}", column.name));
        if !dropped {
            continue;
        }
        let sql = if column.nullable {
            let fill = Identifier::new(column.name).map(|name| Fragment::identifier(&name));
            fill.map_or_else(
                |_| COUNT_VALUES.sql(),
                |name| COUNT_VALUES.with(&[("Column", name)]),
            )
        } else {
            COUNT_TENANTS.sql()
        };
        let row = connection.row(&sql, &[]).await?;
        let count = row.integer("Used")?;
        if count > 0 {
            used.push(format!(
                "{}: {count} relations, first AtomRelationId {}",
                column.name,
                row.opt_integer("FirstRelationId")?.unwrap_or(0)
            ));
        }
    }
    let changed: Vec<&str> = MODULES
        .iter()
        .filter(|module| {
            let id = format!("module.{}", module.name);
            let step = stored
                .iter()
                .find(|step| step.step == id && step.ever_created);
            match (step, inventory.modules.get(module.name)) {
                (Some(step), Some(found)) => step.object_sha256 != found.definition_sha256,
                _ => false,
            }
        })
        .map(|module| module.name)
        .collect();
    Ok(vec![
        PHASE2
            .measured(
                phase2_left.is_empty(),
                json!({ "left": phase2_left }),
                phase2_left
                    .first()
                    .cloned()
                    .unwrap_or_else(|| "nothing left".to_owned()),
            )
            .or("take phase 2 back first: `hartonomous rollback phase2`"),
        VALUES
            .measured(
                used.is_empty(),
                json!({ "used": used }),
                used.first().cloned().unwrap_or_else(|| "0".to_owned()),
            )
            .or("somebody wrote into those columns, and dropping them would lose it: delete vectors that the procedures wrote with EXEC dbo.sp_DeleteAtomicVectors, save the rest elsewhere, then set it to NULL (TenantId to 0)"),
        MODULES_UNCHANGED
            .measured(
                changed.is_empty(),
                json!({ "changed": changed }),
                changed.first().map_or_else(
                    || "0".to_owned(),
                    |name| format!("dbo.{name} was changed after this program made it"),
                ),
            )
            .or("look at the change (sp_helptext), save it, drop the module yourself; then run `hartonomous rollback phase1` again"),
    ])
}

/// The relations as they are without phase 1's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Relations {
    rows: i64,
    first: i64,
    second: i64,
    last: i64,
}

/// Measures the relations up to a key; None is all of them.
///
/// # Errors
/// A failed statement.
pub async fn relations(
    connection: &mut Connection,
    upto: Option<&Relations>,
) -> Result<Relations, Failure> {
    let last = upto.map(|relations| relations.last);
    let row = connection.row(&MEASURE.sql(), &[&last]).await?;
    Ok(Relations {
        rows: row.integer("Total")?,
        first: row.integer("First")?,
        second: row.integer("Second")?,
        last: row.integer("LastRelationId")?,
    })
}

/// Drops what phase 1 created, each on record as dropped.
///
/// # Errors
/// The first statement that fails; a requested stop between two steps.
pub async fn drop_objects(
    connection: &mut Connection,
    run: RunId,
    events: &dyn Observer,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let inventory = Inventory::read(connection).await?;
    let stored = state::list_steps(connection, super::PHASE).await?;
    let mut dropped = 0;
    for action in actions(&inventory, &stored) {
        if action.statements.is_empty() {
            continue;
        }
        if cancel.is_requested() {
            return Err(Stop::Requested {
                done: format!("{dropped} objects dropped"),
            });
        }
        for sql in &action.statements {
            connection.batch(sql).await?;
        }
        record_dropped(connection, run, &action.id, Some(&action)).await?;
        dropped += 1;
        events.observe(&Event::StepEnded {
            step: action.id.clone(),
            title: format!("dropped {}", action.title),
            outcome: StepOutcome::Applied,
        });
    }
    // Also of what was kept and of the sample: the next phase 1 begins anew.
    for step in stored.iter().filter(|step| step.state != "dropped") {
        record_dropped(connection, run, &step.step, None).await?;
    }
    Ok(())
}

async fn record_dropped(
    connection: &mut Connection,
    run: RunId,
    step: &str,
    action: Option<&Action>,
) -> Result<(), Failure> {
    let script = action.and_then(|action| Sql::script_of(&action.statements));
    let sha = script.as_ref().map(Sql::sha256);
    let record = StepRecord {
        phase: super::PHASE,
        step,
        state: "dropped",
        sql_sha256: sha.as_deref(),
        sql: script.as_ref().map(Sql::text),
        object: None,
        object_sha256: None,
        created: false,
        detail: None,
    };
    state::record_step(connection, run, &record).await
}

/// Measures the result; `dropping` are the ids of what had to go.
///
/// # Errors
/// A failed statement.
pub async fn measure(
    connection: &mut Connection,
    dropping: &[String],
    before: &Relations,
) -> Result<Vec<Measured>, Failure> {
    let inventory = Inventory::read(connection).await?;
    let there = actions(&inventory, &[]);
    let left: Vec<&String> = dropping
        .iter()
        .filter(|id| there.iter().any(|action| action.id == **id))
        .collect();
    let after = relations(connection, Some(before)).await?;
    Ok(vec![
        OBJECTS
            .measured(
                left.is_empty(),
                json!({ "dropped": dropping, "left": left }),
                left.first().map_or_else(
                    || format!("{} dropped", dropping.len()),
                    |first| format!("{} left, first {first}", left.len()),
                ),
            )
            .or("run `hartonomous rollback phase1` again"),
        RELATIONS
            .measured(
                after == *before,
                json!({ "before": before, "after": after }),
                format!("{} before, {} after", before.rows, after.rows),
            )
            .or("somebody changed relations meanwhile: compare with the backup"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase1::inventory::{ColumnFact, IndexFact};

    fn step(id: &str, ever_created: bool) -> StoredStep {
        StoredStep {
            step: id.to_owned(),
            state: "applied".to_owned(),
            sql_sha256: None,
            object_sha256: None,
            ever_created,
            detail: None,
        }
    }

    #[test]
    fn indexes_go_before_their_columns_and_what_was_there_stays() {
        let mut inventory = Inventory::default();
        for name in ["SequenceIndex", "TenantId"] {
            inventory.columns.insert(
                ("AtomRelations".to_owned(), name.to_owned()),
                ColumnFact {
                    type_name: "int".to_owned(),
                    max_length: 4,
                    nullable: name != "TenantId",
                    vector_dimensions: None,
                    default_name: (name == "TenantId").then(|| "DF_x".to_owned()),
                },
            );
        }
        let index = "IX_AtomRelations_Source_Type_Seq";
        inventory
            .indexes
            .insert(index.to_owned(), IndexFact::default());
        let stored = [
            step(&format!("index.{index}"), true),
            step("column.TenantId", true),
            step("column.SequenceIndex", false),
        ];
        let planned = actions(&inventory, &stored);
        let told: Vec<_> = planned
            .iter()
            .map(|action| (action.verb, action.id.as_str(), action.statements.len()))
            .collect();
        assert_eq!(
            told,
            [
                ("drop", "index.IX_AtomRelations_Source_Type_Seq", 1),
                ("drop", "column.TenantId", 2),
                ("keep", "column.SequenceIndex", 0),
            ]
        );
        assert!(planned[1].statements[0].text().contains("[DF_x]"));
    }
}
