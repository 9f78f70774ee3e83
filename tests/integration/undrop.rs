//! The un-drop: the irreversible step taken back, every vector rebuilt from its atoms and proven.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hartonomous_standin::wire::{Fault, ObservedRequest};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::data::{self, Embedding};
use crate::disturb::{AtText, carry_on, contents, kill_at};
use crate::phase3::{CONFIRMED, ready_for_phase3};
use crate::wire::{Script, Target};
use crate::world::{World, needs_stand_in};

/// Batches of two vectors.
const SMALL_UNDROP: &[&str] = &[
    "rollback",
    "phase3",
    "--batch-components",
    "4000",
    "--progress",
    "plain",
];

fn removed(embeddings: &[Embedding]) -> (World, [crate::database::Rows; 3]) {
    let (world, _file) = ready_for_phase3(embeddings);
    let before = contents(&world);
    world.run(CONFIRMED).exits(0);
    (world, before)
}

#[test]
fn every_vector_comes_back_bit_for_bit_and_the_column_as_it_was() {
    if needs_stand_in() {
        return;
    }
    let mut embeddings = data::coarse(30, 60, 501);
    embeddings[4].values = None;
    embeddings.push(Embedding {
        model: Some(2),
        ..data::coarse(1, 60, 502).remove(0)
    });
    let (world, before) = removed(&embeddings);
    world
        .run(&["rollback", "phase3", "--dry-run"])
        .exits(0)
        .shows("30 vectors from their atoms")
        .shows("EmbeddingVector_restoring");
    let ran = world
        .run(&["rollback", "phase3", "--format", "json"])
        .exits(0);
    assert!(ran.gates("fail").is_empty(), "{ran}");
    assert_eq!(ran.evidence("phase2.exactness")["embeddings"], 30);
    assert_eq!(contents(&world), before);
    world.run(&["validate"]).exits(0);
    world
        .run(&["rollback", "phase3"])
        .exits(0)
        .says("nothing to undo");
    world.run(&["status"]).exits(0).shows("phase 2 complete");
    // The soak begins anew, and phase 2 can be taken back.
    let report = world
        .run(&["validate", "phase3", "--format", "json"])
        .exits(1);
    assert!(report.gates("fail").contains(&"phase3.soak".to_owned()));
    world.run(&["rollback", "phase2"]).exits(0);
    assert_eq!(contents(&world)[2], before[2]);
}

/// Values that eight digits do not tell apart, subnormal ones, the largest ones.
#[test]
fn values_that_share_their_text_come_back_exactly() {
    if needs_stand_in() {
        return;
    }
    let mut values: Vec<f32> = vec![f32::MAX, -f32::MAX, f32::MIN_POSITIVE, 1e-45, -1e-40, 0.0];
    let mut random = ChaCha8Rng::seed_from_u64(503);
    while values.len() < 300 {
        let value = f32::from_bits(0x3dcc_cccd + random.next_u32() % 0x0030_0000);
        values.push(value);
    }
    let world = World::ready_for_phase2(&[
        Embedding::new(1, &values),
        Embedding::new(2, &vec![0.5; 1998]),
        Embedding::new(3, &vec![0.5; 1998]),
    ]);
    let waive = |gate: &str| {
        world
            .run(&["waive", gate, "--reason", "rehearsal", "--until", "1d"])
            .exits(0);
    };
    waive("phase2.deduplication");
    world.phase2().exits(0);
    for gate in [
        "phase3.soak",
        "phase3.backup",
        "phase3.backup_verified",
        "phase3.regression_suite",
        "phase3.applications_moved",
        "phase3.benchmark",
        "phase3.size",
    ] {
        waive(gate);
    }
    // Eight digits; the digests, which the un-drop proves, tell the rest.
    let bits = "SELECT AtomEmbeddingId, CAST(EmbeddingVector AS varchar(max)) FROM dbo.AtomEmbeddings ORDER BY AtomEmbeddingId";
    let before = world.rows(bits);
    world.run(CONFIRMED).exits(0);
    let ran = world
        .run(&["rollback", "phase3", "--format", "json"])
        .exits(0);
    assert!(
        ran.evidence("phase2.exactness")["asked_exactly"]
            .as_u64()
            .unwrap()
            > 0
    );
    assert_eq!(world.rows(bits), before);
}

#[test]
fn a_not_null_column_becomes_not_null_again() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&data::coarse(30, 60, 505));
    world.batch(
        "ALTER TABLE dbo.AtomEmbeddings ALTER COLUMN EmbeddingVector vector(1998) NOT NULL;",
    );
    let before = contents(&world);
    world.run(CONFIRMED).exits(0);
    world.run(&["rollback", "phase3"]).exits(0);
    assert_eq!(contents(&world), before);
    assert_eq!(
        world.number("SELECT CAST(is_nullable AS int) FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND name = N'EmbeddingVector'"),
        0
    );
}

#[test]
fn killed_at_any_point_it_carries_on_and_nobody_sees_a_column_half_full() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0507;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (world, before) = removed(&data::coarse(40, 60, 507));
    let mut killed = 0;
    for round in 0..14u64 {
        let number = 4 + round * 6 + u64::from(random.next_u32() % 6);
        let executed = random.next_u32() % 2 == 0;
        let reached = kill_at(&world, SMALL_UNDROP, number, executed);
        println!("round {round}: request {number}, executed {executed}, reached {reached}");
        killed += u32::from(reached);
        let visible = world
            .value("SELECT COL_LENGTH(N'dbo.AtomEmbeddings', N'EmbeddingVector')")
            .is_some();
        if visible {
            assert_eq!(contents(&world), before, "visible only when it is full");
        } else {
            world.phase2().exits(7);
            assert!(carry_on(&world, &["rollback", "phase2"]).code != Some(0));
        }
        world.assert_invariants();
    }
    assert!(killed >= 8, "{killed} of 14 points were reached");
    carry_on(&world, SMALL_UNDROP).exits(0);
    assert_eq!(contents(&world), before);
    world.run(&["validate", "phase2"]).exits(0);
}

#[test]
fn ctrl_c_and_lost_connections_are_no_matter() {
    if needs_stand_in() {
        return;
    }
    struct DropCommits(AtomicU64);
    impl Script for DropCommits {
        fn before(&self, request: &ObservedRequest) -> Fault {
            if !crate::wire::is_commit(request) {
                return Fault::None;
            }
            match self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                1 => Fault::Drop,
                3 => Fault::DropUnanswered,
                _ => Fault::None,
            }
        }
    }
    let (world, before) = removed(&data::coarse(30, 60, 509));
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtText {
        needle: "nothing is filled: the batch",
        number: 3,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            victim.interrupt();
            Fault::Delay(Duration::from_millis(200))
        },
    });
    let (_, stderr) = target.start(|| world.start(SMALL_UNDROP));
    let code = target.wait();
    let stderr = stderr.join().unwrap();
    assert_eq!(code, Some(5), "{stderr}");
    assert!(stderr.contains("written back in this run"), "{stderr}");
    world
        .run(&["status"])
        .exits(0)
        .shows("un-drop of EmbeddingVector begun");
    world
        .run(CONFIRMED)
        .exits(7)
        .says("an un-drop is under way");
    world.inject(DropCommits(AtomicU64::new(0)));
    world.run(SMALL_UNDROP).exits(0).says("retry 1");
    assert_eq!(contents(&world), before);
}

#[test]
fn atoms_that_do_not_give_the_digest_stop_it_before_anything_is_written() {
    if needs_stand_in() {
        return;
    }
    let (world, _) = removed(&data::coarse(30, 60, 511));
    world.batch(
        "DECLARE @id bigint = (SELECT MIN(AtomRelationId) FROM dbo.AtomRelations); \
         DECLARE @old bigint = (SELECT TargetAtomId FROM dbo.AtomRelations WHERE AtomRelationId = @id); \
         UPDATE dbo.AtomRelations SET TargetAtomId = (SELECT MAX(AtomId) FROM dbo.Atoms WHERE Modality = N'numeric' AND AtomId <> @old) \
         WHERE AtomRelationId = @id; \
         IF @@ROWCOUNT <> 1 THROW 50000, N'no relation was changed', 1;",
    );
    world
        .run(&["rollback", "phase3"])
        .exits(1)
        .says("rollback3.digests")
        .shows("do not give the digest");
    world
        .run(&["validate", "phase3"])
        .exits(1)
        .shows("phase3.digests");
    assert!(
        world
            .value("SELECT COL_LENGTH(N'dbo.AtomEmbeddings', N'EmbeddingVector_restoring')")
            .is_none()
    );
}
