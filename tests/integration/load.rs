//! How relations are loaded: explained before, on record, and undone after, whatever happens in between.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use hartonomous_standin::wire::{Fault, RequestKind};

use crate::data;
use crate::disturb::{AtText, carry_on, shape};
use crate::wire::{AtWriterRequest, Target};
use crate::world::{Decomposition, World, needs_stand_in};

fn embeddings() -> Vec<data::Embedding> {
    data::coarse(60, 40, 61)
}

const BATCHES: &[&str] = &["--batch-components", "120", "--progress", "plain"];

fn phase2<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ["migrate", "phase2"]
        .into_iter()
        .chain(BATCHES.iter().copied())
        .chain(more.iter().copied())
        .collect()
}

/// In a maintenance window, and without the view's index, which other tests are about.
const WINDOW: &[&str] = &["--maintenance-window", "--no-index-view"];

fn ready() -> World {
    World::ready_for_phase2(&embeddings())
}

fn undisturbed() -> (Decomposition, String) {
    let world = ready();
    world.run(&phase2(&["--no-index-view"])).exits(0);
    (world.decomposition(), shape(&world))
}

fn disabled(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM sys.indexes WHERE is_disabled = 1")
}

fn untrusted(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM sys.foreign_keys WHERE is_not_trusted = 1")
}

fn bulk_loads(world: &World) -> Vec<String> {
    world
        .watch()
        .seen()
        .into_iter()
        .filter(|request| {
            request.kind == RequestKind::Batch
                && request.text.starts_with("INSERT BULK dbo.AtomRelations")
        })
        .map(|request| request.text)
        .collect()
}

#[test]
fn the_plan_explains_each_choice_of_the_load_and_writes_nothing() {
    let world = ready();
    let of = |more: &[&str]| {
        let arguments: Vec<&str> = ["plan", "phase2", "--format", "json"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        world.run(&arguments).exits(0).json()
    };
    let choice = |plan: &serde_json::Value, about: &str| {
        let decisions = plan["load"].as_array().unwrap();
        let found = decisions.iter().find(|one| one["about"] == about);
        let found = found.unwrap_or_else(|| panic!("no {about} in {plan}"));
        assert!(found["why"].as_str().unwrap().len() > 10, "{found}");
        found["choice"].as_str().unwrap().to_owned()
    };
    let live = of(&[]);
    assert_eq!(choice(&live, "load"), "bulk load into dbo.AtomRelations");
    assert_eq!(choice(&live, "order hint"), "none");
    assert_eq!(choice(&live, "table lock"), "none");
    assert_eq!(choice(&live, "indexes"), "9 kept");
    assert_eq!(choice(&live, "foreign keys"), "checked by every batch");
    assert_eq!(choice(&live, "index of the view"), "built after the load");
    world.batch("ALTER DATABASE CURRENT SET RECOVERY SIMPLE;");
    let alone = of(&["--maintenance-window", "--workers", "1", "--no-index-view"]);
    assert_eq!(choice(&alone, "table lock"), "TABLOCK");
    assert!(
        choice(&alone, "indexes").starts_with("6 disabled"),
        "{alone}"
    );
    assert_eq!(choice(&alone, "index of the view"), "not built");
    let sql = alone.to_string();
    assert!(
        sql.contains("[IX_AtomRelations_RelationType] ON dbo.AtomRelations DISABLE"),
        "{sql}"
    );
    // `migrate --dry-run` prints the same, also for people.
    let shown = world
        .run(&phase2(&["--dry-run", "--maintenance-window"]))
        .exits(0);
    for text in [
        "load strategy:",
        "order hint",
        "an identity",
        "because maintenance window",
        "4 writers would wait",
    ] {
        assert!(shown.stdout.contains(text), "no {text} in {shown}");
    }
    assert_eq!(disabled(&world), 0);
    assert!(
        world
            .value("SELECT OBJECT_ID(N'dbo.EmbeddingMigrationProgress')")
            .is_none()
    );
}

#[test]
fn while_others_work_rows_are_checked_and_nothing_is_locked_or_disabled() {
    if needs_stand_in() {
        return;
    }
    let world = ready();
    world.run(&phase2(&[])).exits(0);
    let loads = bulk_loads(&world);
    assert!(loads.len() > 5);
    for load in loads {
        assert!(
            load.contains("CHECK_CONSTRAINTS") && !load.contains("TABLOCK"),
            "{load}"
        );
    }
    let batches = world.watch().batches();
    assert!(
        !batches
            .iter()
            .any(|batch| batch.contains("dbo.AtomRelations DISABLE"))
    );
    let recorded = world
        .value("SELECT detail FROM hartonomous.steps WHERE step = N'load.strategy'")
        .unwrap();
    let recorded: serde_json::Value = serde_json::from_str(&recorded).unwrap();
    assert_eq!(recorded["load"]["check_constraints"], true);
    assert!(
        recorded["decisions"].as_array().unwrap().len() >= 7,
        "{recorded}"
    );
}

#[test]
fn in_a_maintenance_window_indexes_are_rebuilt_and_foreign_keys_trusted_again() {
    if needs_stand_in() {
        return;
    }
    let world = ready();
    world.batch("ALTER DATABASE CURRENT SET RECOVERY SIMPLE;");
    let ran = world
        .run(&phase2(&[WINDOW, &["--workers", "1"]].concat()))
        .exits(0);
    assert!(ran.stderr.contains("disabled index"), "{ran}");
    assert!(
        ran.stderr
            .contains("rebuilt index IX_AtomRelations_RelationType"),
        "{ran}"
    );
    assert!(ran.stderr.contains("checked and trusted again"), "{ran}");
    for load in bulk_loads(&world) {
        assert!(
            load.contains("TABLOCK") && !load.contains("CHECK_CONSTRAINTS"),
            "{load}"
        );
    }
    assert_eq!((disabled(&world), untrusted(&world)), (0, 0));
    assert_eq!((world.decomposition(), shape(&world)), undisturbed());
    world.assert_invariants();
    world.run(&["validate"]).exits(0);
}

#[test]
fn nobody_joins_a_run_that_loads_under_a_table_lock() {
    let world = ready();
    world.batch("ALTER DATABASE CURRENT SET RECOVERY SIMPLE;");
    world.batch("UPDATE hartonomous.control SET request = N'pause' WHERE id = 1;");
    let lead = phase2(&[WINDOW, &["--workers", "1"]].concat());
    let leader = world.start(&lead);
    crate::writers::until("the leader waits", || {
        world.run(&["status", "--format", "json"]).exits(0).json()["state"] == "paused"
    });
    world
        .run(&phase2(&["--join"]))
        .exits(7)
        .says("loads under a table lock");
    world.run(&["resume"]).exits(0);
    crate::process::finish(&lead, leader).exits(0);
}

/// Kills a run in a maintenance window in the middle of its batches.
fn killed_in_the_load() -> World {
    let world = ready();
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtWriterRequest::new(60, true, move || {
        victim.kill();
        Fault::None
    }));
    target.start(|| world.start(&phase2(WINDOW)));
    assert_eq!(target.wait(), None);
    world.watch().calm();
    world.assert_invariants();
    assert!(disabled(&world) >= 5);
    world
}

#[test]
fn a_load_that_was_killed_owes_its_indexes_and_status_and_gates_say_so() {
    if needs_stand_in() {
        return;
    }
    let world = killed_in_the_load();
    world
        .run(&["status"])
        .exits(0)
        .shows("a load in a maintenance window has left disabled indexes")
        .shows("IX_AtomRelations_RelationType")
        .shows("FK_AtomRelations_Atoms_Target");
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    let failed = report.gates("fail");
    for gate in ["phase2.indexes", "phase2.foreign_keys"] {
        assert!(failed.contains(&gate.to_owned()), "{gate}: {report}");
    }
    assert!(
        report.evidence("phase2.indexes")["disabled_by_a_load"]
            .to_string()
            .contains("IX_AtomRelations_RelationType")
    );
    // Without the window they come back before anything else; the load goes on as any other.
    let ran = carry_on(&world, &phase2(&["--no-index-view"])).exits(0);
    assert!(
        ran.stderr.contains("bringing back disabled indexes"),
        "{ran}"
    );
    assert_eq!((disabled(&world), untrusted(&world)), (0, 0));
    assert_eq!((world.decomposition(), shape(&world)), undisturbed());
    let shown = world.run(&["status"]).exits(0);
    assert!(!shown.stdout.contains("maintenance window"), "{shown}");
}

#[test]
fn a_load_that_was_killed_is_carried_on_in_its_window_without_a_rebuild_in_between() {
    if needs_stand_in() {
        return;
    }
    let world = killed_in_the_load();
    world.watch().forget();
    let ran = carry_on(&world, &phase2(WINDOW)).exits(0);
    assert!(!ran.stderr.contains("bringing back"), "{ran}");
    let batches = world.watch().batches();
    let rebuilt = batches.iter().filter(|batch| {
        batch.contains("[IX_AtomRelations_RelationType] ON dbo.AtomRelations\n    REBUILD")
    });
    assert_eq!(rebuilt.count(), 1);
    assert_eq!((disabled(&world), untrusted(&world)), (0, 0));
    assert_eq!((world.decomposition(), shape(&world)), undisturbed());
}

#[test]
fn rollback_brings_the_indexes_of_a_killed_load_back() {
    if needs_stand_in() {
        return;
    }
    let before = shape(&ready());
    let world = killed_in_the_load();
    world
        .run(&["rollback", "phase2", "--dry-run"])
        .exits(0)
        .shows("bring back");
    carry_on(&world, &["rollback", "phase2"]).exits(0);
    assert_eq!((disabled(&world), untrusted(&world)), (0, 0));
    assert_eq!(world.number("SELECT COUNT(*) FROM dbo.AtomRelations"), 0);
    assert_eq!(shape(&world), before);
    world.run(&["validate", "phase1"]).exits(0);
}

/// Killed right before and right after each statement that disables, rebuilds or trusts: nothing is forgotten.
#[test]
fn killed_at_any_step_around_the_load_the_next_run_brings_everything_back() {
    if needs_stand_in() {
        return;
    }
    let whole = undisturbed();
    let points = [
        ("dbo.AtomRelations DISABLE", 1, false),
        ("dbo.AtomRelations DISABLE", 2, true),
        ("REBUILD WITH (ONLINE", 1, true),
        ("REBUILD WITH (ONLINE", 3, false),
        ("WITH CHECK CHECK CONSTRAINT", 1, false),
        ("WITH CHECK CHECK CONSTRAINT", 2, true),
    ];
    for (needle, number, executed) in points {
        let world = ready();
        let target = Arc::new(Target::default());
        let victim = target.clone();
        world.inject(AtText {
            needle,
            number,
            executed,
            seen: AtomicU64::new(0),
            what: move || {
                victim.kill();
                Fault::None
            },
        });
        target.start(|| world.start(&phase2(WINDOW)));
        assert_eq!(target.wait(), None, "{needle} {number} {executed}");
        world.watch().calm();
        world.assert_invariants();
        carry_on(&world, &phase2(&["--no-index-view"])).exits(0);
        assert_eq!(
            (disabled(&world), untrusted(&world)),
            (0, 0),
            "{needle} {number} {executed}"
        );
        assert_eq!(
            (world.decomposition(), shape(&world)),
            whole,
            "{needle} {number} {executed}"
        );
    }
}

#[test]
fn an_index_that_somebody_else_disabled_stays_as_it_is() {
    let world = ready();
    world.batch(
        "CREATE INDEX IX_Mine ON dbo.AtomRelations (Weight); ALTER INDEX IX_Mine ON dbo.AtomRelations DISABLE;",
    );
    world.backup_of_a_later_second();
    world.run(&phase2(WINDOW)).exits(0);
    assert_eq!(disabled(&world), 1);
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(0);
    assert_eq!(
        report.evidence("phase2.indexes")["disabled_by_others"],
        serde_json::json!(["IX_Mine on AtomRelations"])
    );
}
