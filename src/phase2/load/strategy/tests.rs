// A file of unit tests: what unwraps here fails a test.
#[cfg(test)]
use std::time::Duration;

use super::super::shape::ResumableBuild;
use super::*;

fn index(name: &str, keys: &str) -> TargetIndex {
    TargetIndex {
        name: name.to_owned(),
        kind: "NONCLUSTERED".to_owned(),
        keys: keys.to_owned(),
        compression: Some("PAGE".to_owned()),
        unique: false,
        constraint: false,
        referenced: false,
        disabled: false,
    }
}

fn shape() -> Shape {
    Shape {
        recovery_model: "SIMPLE".to_owned(),
        read_committed_snapshot: false,
        lock_on_bulk_load: false,
        lock_escalation: "TABLE".to_owned(),
        versioned: false,
        replicated: false,
        relations: 0,
        empty: true,
        clustered_key: Some("AtomRelationId".to_owned()),
        identity_key: true,
        triggers: 0,
        indexes: vec![
            index("IX_Source_Target", "SourceAtomId, TargetAtomId"),
            index(
                "IX_Source_Type",
                "SourceAtomId, RelationType, SequenceIndex",
            ),
            index("IX_Target_Source", "TargetAtomId, SourceAtomId"),
            index("IX_Type", "RelationType"),
            TargetIndex {
                kind: "SPATIAL".to_owned(),
                ..index("SI", "SpatialExpression")
            },
            TargetIndex {
                unique: true,
                ..index("UX", "SpatialBucket")
            },
            TargetIndex {
                referenced: true,
                ..index("RX", "CoordX")
            },
        ],
        constraints: vec!["FK_Source".to_owned(), "FK_Target".to_owned()],
        resumable: Vec::new(),
        pending: 1_000,
    }
}

fn options(maintenance_window: bool, workers: usize) -> LoadOptions {
    LoadOptions {
        maintenance_window,
        workers,
        size: SizeLimits {
            first: 20_000,
            least: 2_000,
            most: 200_000,
            target: Some(Duration::from_secs(2)),
        },
        online: true,
    }
}

fn why<'a>(strategy: &'a Strategy, about: &str) -> &'a Decision {
    strategy
        .decisions
        .iter()
        .find(|decision| decision.about == about)
        .unwrap()
}

#[test]
fn while_readers_are_live_nothing_is_locked_disabled_or_left_unchecked() {
    let strategy = Strategy::choose(&shape(), options(false, 1));
    assert_eq!(strategy.load, BulkLoad::default());
    assert!(strategy.disable.is_empty() && strategy.untrust.is_empty());
    assert!(
        why(&strategy, "table lock")
            .why
            .contains("readers are live")
    );
    assert!(
        why(&strategy, "indexes")
            .why
            .contains("--maintenance-window")
    );
    assert!(why(&strategy, "readers").choice.contains("may wait"));
    assert!(strategy.plan().steps.is_empty());
}

#[test]
fn in_a_maintenance_window_keys_and_the_runs_own_indexes_stay() {
    let strategy = Strategy::choose(&shape(), options(true, 1));
    let disabled: Vec<&str> = strategy
        .disable
        .iter()
        .map(|index| index.name.as_str())
        .collect();
    assert_eq!(disabled, ["IX_Source_Target", "IX_Type"]);
    assert_eq!(strategy.untrust, ["FK_Source", "FK_Target"]);
    assert!(strategy.load.table_lock && !strategy.load.check_constraints);
    let plan = strategy.plan();
    let text: Vec<&str> = plan
        .steps
        .iter()
        .flat_map(|step| &step.statements)
        .map(crate::tsql::Sql::text)
        .collect();
    assert!(text.iter().any(|sql| sql.contains("ALTER INDEX [IX_Type] ON dbo.AtomRelations\n    REBUILD WITH (ONLINE = ON, DATA_COMPRESSION = PAGE)")));
    assert!(
        text.iter()
            .any(|sql| sql.contains("CHECK CONSTRAINT [FK_Target]"))
    );
}

#[test]
fn a_table_lock_needs_one_writer_an_empty_table_and_a_recovery_model_that_gains_by_it() {
    let lock = |shape: &Shape, workers| {
        Strategy::choose(shape, options(true, workers))
            .load
            .table_lock
    };
    assert!(lock(&shape(), 1));
    assert!(!lock(&shape(), 2));
    assert!(!lock(
        &Shape {
            empty: false,
            ..shape()
        },
        1
    ));
    assert!(!lock(
        &Shape {
            recovery_model: "FULL".to_owned(),
            ..shape()
        },
        1
    ));
    assert!(!lock(
        &Shape {
            replicated: true,
            ..shape()
        },
        1
    ));
    assert!(lock(
        &Shape {
            recovery_model: "BULK_LOGGED".to_owned(),
            ..shape()
        },
        1
    ));
    let own = Shape {
        lock_on_bulk_load: true,
        ..shape()
    };
    let strategy = Strategy::choose(&own, options(false, 4));
    assert_eq!(why(&strategy, "table lock").choice, "the table's own");
}

#[test]
fn a_load_that_is_small_beside_the_table_disables_nothing() {
    let full = Shape {
        relations: 1_001,
        empty: false,
        ..shape()
    };
    let strategy = Strategy::choose(&full, options(true, 4));
    assert!(strategy.disable.is_empty() && strategy.untrust.is_empty());
    let done = Shape {
        pending: 0,
        ..shape()
    };
    assert!(Strategy::choose(&done, options(true, 4)).disable.is_empty());
}

#[test]
fn a_paused_index_build_refuses_the_plan_by_name_with_the_next_step() {
    let paused = Shape {
        resumable: vec![ResumableBuild {
            table: "AtomRelations".to_owned(),
            index: "IX_Big".to_owned(),
            state: "PAUSED".to_owned(),
            percent: 41.6,
        }],
        ..shape()
    };
    let plan = Strategy::choose(&paused, options(false, 4)).plan();
    let (_, found, next) = plan.refused().next().unwrap();
    assert!(
        found.contains("IX_Big on dbo.AtomRelations is paused at 42 %"),
        "{found}"
    );
    assert!(found.contains("10637"));
    assert!(next.contains("RESUME") && next.contains("ABORT"), "{next}");
}

#[test]
fn the_order_hint_is_explained_by_the_clustered_key() {
    let of = |shape: &Shape| {
        let strategy = Strategy::choose(shape, options(false, 4));
        let decision = why(&strategy, "order hint").clone();
        assert_eq!(decision.choice, "none");
        decision.why
    };
    assert!(of(&shape()).contains("an identity"));
    let other = Shape {
        identity_key: false,
        clustered_key: Some("SourceAtomId".to_owned()),
        ..shape()
    };
    assert!(of(&other).contains("is not that of the clustered key (SourceAtomId)"));
    assert!(
        of(&Shape {
            clustered_key: None,
            ..shape()
        })
        .contains("heap")
    );
}

#[test]
fn small_fixed_batches_are_told_what_they_waste() {
    let mut small = options(false, 4);
    small.size.target = None;
    small.size.first = 80;
    let strategy = Strategy::choose(&shape(), small);
    assert!(why(&strategy, "batches").why.contains("new extents"));
    assert!(why(&strategy, "readers").why.contains("fewer than 5,000"));
}
