//! Which way of loading fits the target: pure, from its shape and what the operator allows, each choice with its reason.

use serde::Serialize;

use super::owed::{self, DisabledIndex};
use super::shape::{Shape, TargetIndex};
use crate::connect::BulkLoad;
use crate::engine::{Plan, PlannedStep, StepState};
use crate::phase2::PHASE;
use crate::pipeline::SizeLimits;
use crate::tsql::Identifier;

/// What the operator allows, and what follows from other options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// Nobody else works with the tables until the run ends.
    pub maintenance_window: bool,
    pub workers: usize,
    pub size: SizeLimits,
    /// The edition builds indexes online.
    pub online: bool,
}

/// One choice and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub about: &'static str,
    pub choice: String,
    pub why: String,
}

/// How a run loads its relations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strategy {
    pub load: BulkLoad,
    /// Indexes that are disabled during the load and rebuilt after it.
    pub disable: Vec<DisabledIndex>,
    /// Constraints that are not checked during the load and are trusted again after it.
    pub untrust: Vec<String>,
    pub decisions: Vec<Decision>,
    /// Why no load may begin, with the next step.
    #[serde(skip)]
    refused: Vec<(String, String)>,
    #[serde(skip)]
    online: bool,
}

/// Below so many rows a batch wastes most of the new extents that every bulk load takes (fast load context).
const ROWS_OF_AN_EXTENT: usize = 1_000;
/// From so many locks of one statement on, the server may lock the whole table instead.
const ESCALATION: usize = 5_000;

impl Strategy {
    /// Chooses.
    pub fn choose(shape: &Shape, options: LoadOptions) -> Self {
        let mut decisions = vec![
            Decision {
                about: "load",
                choice: "bulk load into dbo.AtomRelations".to_owned(),
                why: "the client has the rows ready; a staging table would write them twice"
                    .to_owned(),
            },
            order_hint(shape),
        ];
        let (table_lock, decision) = table_lock(shape, options);
        decisions.push(decision);
        let (disable, decision) = indexes(shape, options);
        decisions.push(decision);
        let (untrust, decision) = constraints(shape, options);
        decisions.push(decision);
        decisions.push(batches(options.size));
        decisions.push(readers(shape, options, table_lock));
        if shape.triggers > 0 {
            decisions.push(Decision {
                about: "triggers",
                choice: "not fired".to_owned(),
                why: format!(
                    "dbo.AtomRelations has {} triggers, and a bulk load fires none",
                    shape.triggers
                ),
            });
        }
        Self {
            load: BulkLoad {
                table_lock,
                check_constraints: untrust.is_empty(),
            },
            disable,
            untrust,
            decisions,
            refused: refusals(shape),
            online: options.online,
        }
    }

    /// What would be done around the batches, as steps with their SQL; a paused index build refuses the plan.
    pub fn plan(&self) -> Plan {
        let refused = self.refused.iter().map(|(found, next)| PlannedStep {
            id: "load.resumable".to_owned(),
            title: "no index build under way".to_owned(),
            object: None,
            state: StepState::Refused {
                found: found.clone(),
                next: next.clone(),
            },
            statements: Vec::new(),
        });
        let indexes = self.disable.iter().map(|index| PlannedStep {
            id: owed::index_step(&index.name),
            title: format!(
                "index {}: disabled before the batches, rebuilt after them",
                index.name
            ),
            object: Some(index.name.clone()),
            state: StepState::Missing,
            statements: index
                .disable()
                .into_iter()
                .chain(index.rebuild(self.online))
                .collect(),
        });
        let constraints = self.untrust.iter().map(|name| PlannedStep {
            id: owed::constraint_step(name),
            title: format!(
                "constraint {name}: not checked by the batches, checked and trusted after them"
            ),
            object: Some(name.clone()),
            state: StepState::Missing,
            statements: owed::trust(name).into_iter().collect(),
        });
        Plan {
            phase: PHASE,
            steps: refused.chain(indexes).chain(constraints).collect(),
        }
    }
}

fn order_hint(shape: &Shape) -> Decision {
    let why = match &shape.clustered_key {
        None => "the table is a heap: there is no order to keep".to_owned(),
        Some(key) if shape.identity_key => format!(
            "the clustered key is {key}, an identity: the server gives out its values in the order of arrival, and a hint may name only \
             columns that are sent"
        ),
        Some(key) => format!(
            "rows are sent in the order of AtomEmbeddingId and position, which is not that of the clustered key ({key}); \
             a hint that does not match is ignored"
        ),
    };
    Decision {
        about: "order hint",
        choice: "none".to_owned(),
        why,
    }
}

fn table_lock(shape: &Shape, options: LoadOptions) -> (bool, Decision) {
    let minimal = matches!(shape.recovery_model.as_str(), "SIMPLE" | "BULK_LOGGED");
    let (lock, why) = if !options.maintenance_window {
        (false, "readers are live: a table lock would keep them out of dbo.AtomRelations during every batch".to_owned())
    } else if options.workers > 1 {
        (
            false,
            format!(
                "{} writers would wait for each other; with --workers 1 it may pay",
                options.workers
            ),
        )
    } else if !shape.empty {
        (false, "the table holds rows: a load into a clustered table that is not empty is fully logged with or without it".to_owned())
    } else if !minimal {
        (
            false,
            format!(
                "under recovery model {} every row is fully logged with or without it",
                shape.recovery_model
            ),
        )
    } else if shape.replicated {
        (
            false,
            "the table is replicated: every row is fully logged with or without it".to_owned(),
        )
    } else {
        (
            true,
            format!(
                "maintenance window, one writer, empty table, recovery model {}: the first batch is minimally logged, and no batch takes \
             row locks",
                shape.recovery_model
            ),
        )
    };
    let mut decision = Decision {
        about: "table lock",
        choice: if lock { "TABLOCK" } else { "none" }.to_owned(),
        why,
    };
    if shape.lock_on_bulk_load && !lock {
        decision.choice = "the table's own".to_owned();
        decision.why = format!(
            "{}; but its option 'table lock on bulk load' is on, so that every batch locks it all the same: \
             EXEC sp_tableoption ... switches that off",
            decision.why
        );
    }
    (lock, decision)
}

/// The index that the run needs most to find relations by a column: batches choose relation types by source atom, and atoms
/// that nobody uses any more are found, and their foreign keys checked, by both columns.
fn needed<'a>(indexes: &'a [TargetIndex], column: &str, then: &str) -> Option<&'a str> {
    let leads = |index: &&TargetIndex| {
        !index.disabled
            && index.kind == "NONCLUSTERED"
            && index.keys.split(", ").next() == Some(column)
    };
    let second = |index: &&TargetIndex| index.keys.split(", ").nth(1) == Some(then);
    let named = |index: &'a TargetIndex| index.name.as_str();
    indexes
        .iter()
        .filter(leads)
        .find(second)
        .or_else(|| indexes.iter().find(leads))
        .map(named)
}

fn worth_it(shape: &Shape) -> bool {
    shape.pending > 0 && shape.pending >= shape.relations
}

fn indexes(shape: &Shape, options: LoadOptions) -> (Vec<DisabledIndex>, Decision) {
    let kept = |why: String| {
        let decision = Decision {
            about: "indexes",
            choice: format!("{} kept", shape.indexes.len()),
            why,
        };
        (Vec::new(), decision)
    };
    if !options.maintenance_window {
        return kept("somebody reads through them; only --maintenance-window allows to disable and rebuild them".to_owned());
    }
    if !worth_it(shape) {
        return kept(format!(
            "{} relations are to be loaded, {} are there: a rebuild would read all of them for few",
            shape.pending, shape.relations
        ));
    }
    let keep = [
        needed(&shape.indexes, "SourceAtomId", "RelationType"),
        needed(&shape.indexes, "TargetAtomId", "RelationType"),
    ];
    let disable: Vec<DisabledIndex> = shape
        .indexes
        .iter()
        .filter(|index| {
            index.kind == "NONCLUSTERED"
                && !index.unique
                && !index.constraint
                && !index.referenced
                && !index.disabled
                && !keep.contains(&Some(index.name.as_str()))
        })
        .map(|index| DisabledIndex {
            name: index.name.clone(),
            compression: index.compression.clone(),
        })
        .collect();
    let online = if options.online {
        "online"
    } else {
        "offline, as this edition builds them"
    };
    let kept: Vec<&str> = keep.into_iter().flatten().collect();
    let decision = Decision {
        about: "indexes",
        choice: format!(
            "{} disabled and rebuilt after the load, {online}",
            disable.len()
        ),
        why: format!(
            "maintenance window, and the load at least doubles the table; {} stay for the run's own look-ups, and no key, unique \
             or spatial index is disabled (a load writes no shapes)",
            if kept.is_empty() {
                "none".to_owned()
            } else {
                kept.join(" and ")
            }
        ),
    };
    (disable, decision)
}

fn constraints(shape: &Shape, options: LoadOptions) -> (Vec<String>, Decision) {
    let checked = |why: &str| {
        let decision = Decision {
            about: "foreign keys",
            choice: "checked by every batch".to_owned(),
            why: why.to_owned(),
        };
        (Vec::new(), decision)
    };
    if !options.maintenance_window {
        return checked(
            "somebody may delete an atom meanwhile; unchecked rows would leave the keys untrusted",
        );
    }
    if !worth_it(shape) {
        return checked(
            "checking all relations at the end would cost more than checking the new ones",
        );
    }
    if shape.constraints.is_empty() {
        return checked("no constraint is trusted, so there is none to trust again");
    }
    let decision = Decision {
        about: "foreign keys",
        choice: "not checked by the batches, checked and trusted again at the end".to_owned(),
        why: format!(
            "maintenance window, and the load at least doubles the table: one pass over it instead of {} look-ups a row",
            shape.constraints.len()
        ),
    };
    (shape.constraints.clone(), decision)
}

fn batches(size: SizeLimits) -> Decision {
    let extent = "every bulk load begins new extents, which smaller ones leave mostly empty";
    match size.target {
        Some(target) => Decision {
            about: "batches",
            choice: format!(
                "{} rows first, then {} to {}",
                size.first, size.least, size.most
            ),
            why: format!(
                "the size follows a duration of {} s, and never falls below {ROWS_OF_AN_EXTENT}: {extent}",
                target.as_secs_f64()
            ),
        },
        None => Decision {
            about: "batches",
            choice: format!("{} rows", size.first),
            why: if size.first < ROWS_OF_AN_EXTENT {
                format!(
                    "as asked; from {ROWS_OF_AN_EXTENT} on they would waste less space: {extent}"
                )
            } else {
                "as asked".to_owned()
            },
        },
    }
}

fn readers(shape: &Shape, options: LoadOptions, table_lock: bool) -> Decision {
    let (choice, why) = if table_lock {
        ("wait for every batch", "TABLOCK")
    } else if shape.read_committed_snapshot {
        (
            "do not wait",
            "READ_COMMITTED_SNAPSHOT is on: they see what was committed last",
        )
    } else if shape.lock_escalation == "DISABLE" {
        (
            "wait for the rows of a batch",
            "locks of the table do not escalate",
        )
    } else if options.size.most < ESCALATION
        || options.size.target.is_none() && options.size.first < ESCALATION
    {
        (
            "wait for the rows of a batch",
            "a batch takes fewer than 5,000 row locks, so that they do not escalate",
        )
    } else {
        (
            "may wait for a batch",
            "a batch takes more than 5,000 row locks, so that the server may lock the table until it commits; \
             --batch-components 4000, or READ_COMMITTED_SNAPSHOT, spares them that",
        )
    };
    Decision {
        about: "readers",
        choice: choice.to_owned(),
        why: why.to_owned(),
    }
}

fn refusals(shape: &Shape) -> Vec<(String, String)> {
    shape
        .resumable
        .iter()
        .map(|build| {
            let found = format!(
                "a resumable build of index {} on dbo.{} is {} at {:.0} %: until it ends it is kept up by every row, and a bulk load \
                 under a table lock is refused (10637)",
                build.index,
                build.table,
                build.state.to_lowercase(),
                build.percent
            );
            let name = Identifier::new(&build.index)
                .map_or_else(|_| build.index.clone(), |name| name.to_string());
            let next = format!(
                "end it with ALTER INDEX {name} ON dbo.{table} RESUME, or give it up with ALTER INDEX {name} ON dbo.{table} ABORT, \
                 then run phase 2 again",
                table = build.table
            );
            (found, next)
        })
        .collect()
}

#[cfg(test)]
mod tests;
