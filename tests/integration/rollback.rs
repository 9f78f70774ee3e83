//! Rollback of phase 2: as it was before, whatever interrupts it; refused when the atoms are the only copy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hartonomous_standin::wire::{Fault, ObservedRequest};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::data::{self, Embedding};
use crate::disturb::{AtText, carry_on, contents, kill_at, shape};
use crate::wire::{Script, Target};
use crate::world::{World, needs_stand_in};

/// Batches of two embeddings.
pub const SMALL_ROLLBACK: &[&str] = &[
    "rollback",
    "phase2",
    "--batch-components",
    "80",
    "--progress",
    "plain",
];

fn half_of_it() -> Vec<Embedding> {
    data::coarse(60, 40, 301)
}

/// A database where others use atoms and relations too, before phase 2.
fn shared_database(world: World, embeddings: &[Embedding]) -> World {
    world.load(embeddings);
    world.batch(&data::insert_sources(9001..=9002));
    // A value that phase 2 will meet, made before it and used by nobody.
    world.batch(
        "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText, ReferenceCount) \
         SELECT CAST(HASHBYTES('SHA2_256', v.b) AS binary(32)), N'numeric', N'float32', v.b, N'by hand', 0 \
         FROM (SELECT CAST(CAST(-0.7 AS real) AS binary(4)) AS b) AS v;",
    );
    world.batch(
        "INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, Weight) \
         SELECT MIN(AtomId), MAX(AtomId), N'is_near', 0.25 FROM dbo.Atoms WHERE Modality = N'text';",
    );
    world.phase1();
    let (loner, other) = (world.atom(9001), world.atom(9002));
    // A vector that the procedures wrote, for an atom without an embedding, of values that phase 2 shares.
    world.batch(&format!(
        "DECLARE @a int, @r int; EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {loner}, @VectorJson = N'[0, 0.25, 0]', \
         @AtomCount = @a OUTPUT, @RelationCount = @r OUTPUT; \
         EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {other}, @VectorJson = N'[17.25]', @AtomCount = @a OUTPUT, @RelationCount = @r OUTPUT;"
    ));
    world.backup();
    world
}

#[test]
fn afterwards_the_database_is_as_it_was_before_phase2() {
    let mut embeddings = data::coarse(12, 100, 303);
    embeddings[3].values = None;
    embeddings.push(Embedding {
        model: Some(2),
        ..data::coarse(1, 100, 304).remove(0)
    });
    let world = shared_database(World::new(), &embeddings);
    let before = contents(&world);
    let catalog = shape(&world);
    world.phase2();
    assert_ne!(contents(&world), before);
    let ran = world
        .run(&["rollback", "phase2", "--format", "json"])
        .exits(0);
    assert_eq!(ran.gates("fail"), Vec::<String>::new(), "{ran}");
    assert_eq!(ran.gates("pass").len(), 5, "{ran}");
    assert_eq!(
        ran.evidence("rollback2.relations")["after"]["rows"],
        5,
        "{ran}"
    );
    assert_eq!(contents(&world), before);
    assert_eq!(shape(&world), catalog);
    // Phase 1 still holds, a second rollback has nothing to do, and phase 2 can be done again.
    world.run(&["validate"]).exits(0);
    world
        .run(&["rollback", "phase2"])
        .exits(0)
        .says("nothing to take back");
    world.run(&["status"]).exits(0).shows("phase 1 complete");
    world.backup();
    world.phase2();
    world.run(&["rollback", "phase2"]).exits(0);
    assert_eq!(contents(&world), before);
}

#[test]
fn killed_at_twenty_points_it_carries_on_and_ends_as_before_phase2() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0301;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let world = World::system_versioned();
    let world = shared_database(world, &half_of_it());
    let before = contents(&world);
    world.phase2();
    let mut killed = 0;
    for round in 0..20u64 {
        // The first requests are login, lock, layout and guard; the batches begin at about the fiftieth.
        let number = 6 + round * 3 + u64::from(random.next_u32() % 3);
        let executed = random.next_u32() % 2 == 0;
        let reached = kill_at(&world, SMALL_ROLLBACK, number, executed);
        println!("round {round}: request {number}, executed {executed}, reached {reached}");
        killed += u32::from(reached);
        assert_whole(&world);
    }
    assert_eq!(killed, 20, "every point is reached");
    carry_on(&world, SMALL_ROLLBACK).exits(0);
    assert_eq!(contents(&world), before);
    assert_versioned(&world);
}

/// Every embedding is migrated whole or not at all, and counts are exact, others' relations included.
#[track_caller]
fn assert_whole(world: &World) {
    if world
        .value("SELECT OBJECT_ID(N'dbo.EmbeddingMigrationProgress')")
        .is_none()
    {
        return;
    }
    let found = world.rows(
        "SELECT (SELECT COUNT_BIG(*) FROM dbo.AtomRelations), \
                (SELECT 5 + ISNULL(SUM(CAST(RelationCount AS bigint)), 0) FROM dbo.EmbeddingMigrationProgress), \
                (SELECT COUNT(*) FROM dbo.Atoms AS a WHERE a.Modality = N'numeric' AND a.ReferenceCount <> \
                   (SELECT COUNT_BIG(*) FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId))",
    );
    assert_eq!(found[0][0], found[0][1], "relations and progress");
    assert_eq!(found[0][2].as_deref(), Some("0"), "wrong counts");
}

#[track_caller]
fn assert_versioned(world: &World) {
    assert_eq!(
        world.rows(
            "SELECT t.temporal_type, OBJECT_NAME(t.history_table_id) FROM sys.tables AS t WHERE t.object_id = OBJECT_ID(N'dbo.AtomRelations')"
        ),
        [[Some("2".to_owned()), Some("AtomRelations_History".to_owned())]]
    );
}

#[test]
fn a_versioned_table_gets_no_history_from_it_and_keeps_its_retention() {
    let world = World::system_versioned();
    world.batch(
        "ALTER TABLE dbo.AtomRelations SET (SYSTEM_VERSIONING = OFF); \
         ALTER TABLE dbo.AtomRelations SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.AtomRelations_History, HISTORY_RETENTION_PERIOD = 6 MONTHS));",
    );
    let retention = "SELECT history_retention_period, history_retention_period_unit_desc FROM sys.tables \
                     WHERE object_id = OBJECT_ID(N'dbo.AtomRelations')";
    let before = world.rows(retention);
    let world = shared_database(world, &data::coarse(4, 60, 305));
    world.phase2();
    world
        .run(&["rollback", "phase2"])
        .exits(0)
        .says("system versioning of dbo.AtomRelations is off until the rollback ends");
    assert_versioned(&world);
    assert_eq!(world.rows(retention), before);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations_History"),
        0
    );
}

#[test]
fn versioning_left_off_by_a_crash_is_put_right_by_whichever_command_comes_next() {
    if needs_stand_in() {
        return;
    }
    let world = World::system_versioned();
    let world = shared_database(world, &half_of_it());
    world.phase2();
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtText {
        needle: "nothing is taken back",
        number: 3,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            victim.kill();
            Fault::None
        },
    });
    target.start(|| world.start(SMALL_ROLLBACK));
    assert_eq!(target.wait(), None);
    world.watch().calm();
    let versioned =
        "SELECT temporal_type FROM sys.tables WHERE object_id = OBJECT_ID(N'dbo.AtomRelations')";
    assert_eq!(world.number(versioned), 0, "the crash left it off");
    carry_on(&world, &["status"])
        .exits(0)
        .shows("system versioning of dbo.AtomRelations is off");
    carry_on(&world, &["migrate", "phase1"])
        .says("left system versioning of dbo.AtomRelations off; it is on again");
    assert_versioned(&world);
    world.run(SMALL_ROLLBACK).exits(0);
    assert_versioned(&world);
}

#[test]
fn without_the_column_or_with_a_vector_missing_nothing_is_taken_back() {
    let world = World::ready_for_phase2(&data::coarse(4, 450, 307));
    world.phase2().exits(0);
    let migrated = world.decomposition();
    world.batch("UPDATE dbo.AtomEmbeddings SET EmbeddingVector = NULL WHERE AtomEmbeddingId = 3;");
    world
        .run(&["rollback", "phase2"])
        .exits(1)
        .says("rollback2.vectors")
        .shows("first AtomEmbeddingId 3");
    world
        .run(&["rollback", "phase2", "--dry-run"])
        .exits(1)
        .shows("rollback2.vectors failed");
    assert_eq!(world.decomposition(), migrated);
    world.batch("ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;");
    for arguments in [
        ["rollback", "phase2", "--batch-components", "1"],
        ["rollback", "phase2", "--progress", "plain"],
    ] {
        world
            .run(&arguments)
            .exits(1)
            .says("rollback2.column")
            .shows("the atoms are the only copy");
    }
    world
        .run(&["rollback", "phase2", "--drill"])
        .exits(1)
        .says("rollback2.column");
    assert_eq!(world.decomposition(), migrated);
}

/// The guard inside the batch: a vector that goes while the rollback runs, and the column that goes.
#[test]
fn the_guard_holds_inside_every_batch() {
    if needs_stand_in() {
        return;
    }
    for (change, told) in [
        (
            "UPDATE dbo.AtomEmbeddings SET EmbeddingVector = NULL WHERE AtomEmbeddingId = 60;",
            "its atoms are the only copy",
        ),
        (
            "ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;",
            "EmbeddingVector",
        ),
    ] {
        let world = World::ready_for_phase2(&half_of_it());
        world.phase2();
        let (ask, asked) = std::sync::mpsc::channel::<std::sync::mpsc::Sender<()>>();
        let ask = std::sync::Mutex::new(ask);
        world.inject(AtText {
            needle: "nothing is taken back",
            number: 3,
            executed: false,
            seen: AtomicU64::new(0),
            what: move || {
                let (done, wait) = std::sync::mpsc::channel();
                ask.lock().unwrap().send(done).unwrap();
                crate::wire::held(&wait).unwrap();
                Fault::None
            },
        });
        let child = world.start(SMALL_ROLLBACK);
        let done = asked.recv_timeout(Duration::from_secs(60)).unwrap();
        world.watch().calm();
        world.batch(change);
        done.send(()).unwrap();
        crate::process::finish(SMALL_ROLLBACK, child)
            .exits(7)
            .says(told)
            .says("the next batch of the rollback is refused");
        assert!(
            world.number(
                "SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress WHERE AtomEmbeddingId = 60"
            ) == 1,
            "the embedding without a vector keeps its atoms"
        );
        world.assert_invariants();
    }
}

#[test]
fn ctrl_c_finishes_the_batch_and_the_same_command_carries_on() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&half_of_it());
    let before = contents(&world);
    world.phase2();
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtText {
        needle: "nothing is taken back",
        number: 2,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            victim.interrupt();
            Fault::Delay(Duration::from_millis(200))
        },
    });
    let (_, stderr) = target.start(|| world.start(SMALL_ROLLBACK));
    let code = target.wait();
    let stderr = stderr.join().unwrap();
    assert_eq!(code, Some(5), "{stderr}");
    assert!(stderr.contains("taken back in this run"), "{stderr}");
    world.watch().calm();
    let left = world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress");
    assert!((1..60).contains(&left), "{left}");
    world.assert_invariants();
    world.run(SMALL_ROLLBACK).exits(0);
    assert_eq!(contents(&world), before);
}

#[test]
fn connections_lost_at_commits_are_no_matter() {
    if needs_stand_in() {
        return;
    }
    struct DropCommits(AtomicU64);
    impl Script for DropCommits {
        fn before(&self, request: &ObservedRequest) -> Fault {
            if !crate::wire::is_commit(request) {
                return Fault::None;
            }
            match self.0.fetch_add(1, Ordering::SeqCst) {
                2 => Fault::Drop,
                4 => Fault::DropUnanswered,
                _ => Fault::None,
            }
        }
    }
    let world = World::ready_for_phase2(&half_of_it());
    let before = contents(&world);
    world.phase2();
    world.inject(DropCommits(AtomicU64::new(0)));
    world.run(SMALL_ROLLBACK).exits(0).says("retry 1");
    assert_eq!(contents(&world), before);
}

#[test]
fn a_dry_run_shows_everything_and_a_drill_measures_and_neither_changes_anything() {
    let world = World::ready_for_phase2(&data::coarse(6, 300, 309));
    world
        .run(&["rollback", "phase2", "--dry-run"])
        .exits(0)
        .shows("nothing: phase 2 has not been begun");
    world.phase2().exits(0);
    let migrated = world.decomposition();
    let catalog = crate::phase1::catalog(&world);
    world
        .run(&["rollback", "phase2", "--dry-run"])
        .exits(0)
        .shows("1800 relations of 6 embeddings")
        .shows("DROP TABLE dbo.EmbeddingMigrationProgress")
        .shows("DROP VIEW")
        .shows("pass");
    let drill = world
        .run(&["rollback", "phase2", "--drill", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(drill["relations"], 1800);
    assert_eq!(drill["sampled_relations"], 1800);
    assert!(drill["estimated_seconds"].as_f64().unwrap() > 0.0);
    world
        .run(&["rollback", "phase2", "--drill"])
        .exits(0)
        .shows("nothing was changed")
        .shows("estimate");
    assert_eq!(world.decomposition(), migrated);
    assert_eq!(crate::phase1::catalog(&world), catalog);
    world.assert_invariants();
}

#[test]
fn a_progress_table_that_was_there_before_stays() {
    let world = World::new();
    world.load(&data::coarse(3, 60, 311));
    world.batch(
        "CREATE TABLE dbo.EmbeddingMigrationProgress (AtomEmbeddingId bigint NOT NULL PRIMARY KEY, \
         MigratedAt datetime2(7) NOT NULL DEFAULT SYSUTCDATETIME(), AtomCount int NOT NULL, RelationCount int NOT NULL);",
    );
    world.phase1();
    world.backup();
    let columns = "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.EmbeddingMigrationProgress') ORDER BY column_id";
    let before = world.rows(columns);
    world.phase2();
    assert!(world.rows(columns).len() > before.len());
    world.run(&["rollback", "phase2"]).exits(0);
    assert_eq!(world.rows(columns), before);
}

#[test]
fn deltas_that_are_not_folded_yet_are_folded_first() {
    let world = World::ready_for_phase2(&data::coarse(4, 100, 313));
    let before = contents(&world);
    world.phase2();
    world.batch(
        "INSERT INTO hartonomous.reference_count_deltas (atom_id, delta) SELECT AtomId, ReferenceCount FROM dbo.Atoms WHERE Modality = N'numeric'; \
         UPDATE dbo.Atoms SET ReferenceCount = 0 WHERE Modality = N'numeric';",
    );
    world.run(&["rollback", "phase2", "--drill"]).exits(0);
    world.run(&["rollback", "phase2"]).exits(0);
    assert_eq!(contents(&world), before);
}

/// The proof must hold for every vector: a product of the largest float32 values overflows (8115), their text does not.
#[test]
fn vectors_of_the_largest_values_are_taken_back_too() {
    let world = World::ready_for_phase2(&[
        Embedding::new(1, &[f32::MAX, -f32::MAX, 1e-45, 0.5]),
        Embedding::new(2, &[f32::MAX; 30]),
    ]);
    let before = contents(&world);
    world.phase2();
    world.run(&["rollback", "phase2"]).exits(0);
    assert_eq!(contents(&world), before);
}
