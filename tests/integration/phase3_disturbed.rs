//! Phase 3 disturbed: locked tables are waited for, and killed anywhere it carries on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hartonomous_standin::wire::Fault;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::data;
use crate::disturb::{AtText, carry_on, kill_at};
use crate::phase3::{CONFIRMED, embeddings, has_column, ready_for_phase3, validate};
use crate::wire::Target;
use crate::world::needs_stand_in;

#[test]
fn a_table_in_use_is_waited_for_with_patience() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&embeddings());
    let mut other = world.other_session();
    other
        .batch("BEGIN TRANSACTION; SELECT COUNT(*) FROM dbo.AtomEmbeddings WITH (REPEATABLEREAD);");
    let child = world.start(CONFIRMED);
    let begun = Instant::now();
    while !world
        .watch()
        .seen()
        .iter()
        .any(|request| request.text.contains("TABLOCKX"))
    {
        assert!(begun.elapsed() < Duration::from_secs(120), "never reached");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Longer than the wait for the lock.
    std::thread::sleep(Duration::from_secs(4));
    other.batch("ROLLBACK TRANSACTION;");
    crate::process::finish(CONFIRMED, child)
        .exits(0)
        .says("1222");
    assert!(!has_column(&world));
}

#[test]
fn killed_at_any_step_it_carries_on() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0401;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (world, _file) = ready_for_phase3(&embeddings());
    let mut killed = 0;
    // The last of these come after the drop.
    for round in 0..14u64 {
        let number = 4 + round * 9 + u64::from(random.next_u32() % 9);
        let executed = random.next_u32() % 2 == 0;
        let reached = kill_at(&world, CONFIRMED, number, executed);
        println!("round {round}: request {number}, executed {executed}, reached {reached}");
        killed += u32::from(reached);
    }
    assert!(killed >= 8, "{killed} of 14 points were reached");
    carry_on(&world, CONFIRMED).exits(0);
    assert!(!has_column(&world));
    world.assert_invariants();
    assert_eq!(
        validate(&world).exits(1).gates("fail"),
        ["phase3.error_free"]
    );
}

/// The very commit of the drop: killed before it the column is there, killed after it the next run carries on.
#[test]
fn killed_around_the_drop_nothing_is_in_doubt() {
    if needs_stand_in() {
        return;
    }
    for executed in [false, true] {
        let (world, _file) = ready_for_phase3(&data::coarse(30, 60, 411));
        let target = Arc::new(Target::default());
        let victim = target.clone();
        let struck = Arc::new(AtomicBool::new(false));
        let hit = struck.clone();
        world.inject(AtText {
            // The record of the step has the statement as a parameter, which is no part of a request's text.
            needle: "DROP COLUMN EmbeddingVector;",
            number: 1,
            executed,
            seen: AtomicU64::new(0),
            what: move || {
                hit.store(true, Ordering::SeqCst);
                victim.kill();
                Fault::None
            },
        });
        target.start(|| world.start(CONFIRMED));
        target.wait();
        assert!(struck.load(Ordering::SeqCst), "the drop was not reached");
        world.watch().calm();
        carry_on(&world, CONFIRMED).exits(0);
        assert!(!has_column(&world));
        world.run(&["status"]).exits(0).shows("phase 3 complete");
    }
}

/// ALTER TABLE ... REBUILD tells nobody how far it is; a second connection sees what it waits for.
#[test]
fn a_rebuild_that_waits_says_for_whom() {
    if needs_stand_in() {
        return;
    }
    const REBUILD: &str = "ALTER TABLE dbo.AtomEmbeddings REBUILD";
    const LOOK: &str = "sys.dm_exec_requests AS r";
    let (world, _file) = ready_for_phase3(&embeddings());
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtText {
        needle: REBUILD,
        number: 1,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            victim.kill();
            Fault::Drop
        },
    });
    target.start(|| world.start(CONFIRMED));
    target.wait();
    world.watch().calm();
    assert!(!has_column(&world));
    let mut other = world.other_session();
    other
        .batch("BEGIN TRANSACTION; SELECT COUNT(*) FROM dbo.AtomEmbeddings WITH (REPEATABLEREAD);");
    world.watch().forget();
    let child = world.start(CONFIRMED);
    let begun = Instant::now();
    let looks = || {
        let seen = world.watch().seen();
        seen.iter()
            .filter(|request| request.text.contains(LOOK))
            .count()
    };
    while looks() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(120), "never reached");
        std::thread::sleep(Duration::from_millis(50));
    }
    other.batch("ROLLBACK TRANSACTION;");
    crate::process::finish(CONFIRMED, child)
        .exits(0)
        .says("rebuilding dbo.AtomEmbeddings online")
        .says("blocked by session")
        .says("program hartonomous tests")
        .says("rebuilding dbo.AtomEmbeddings online: ended after");
    world.run(&["status"]).exits(0).shows("phase 3 complete");
}
