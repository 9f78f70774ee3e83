//! Stop it, kill it, unplug it: what is in the database is correct, and the same command carries on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hartonomous_standin::engine::faults::{FaultPoint, FaultSchedule, StatementFault};
use hartonomous_standin::wire::{Fault, ObservedRequest};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::data;
use crate::wire::{AtWriterRequest, Script, Target, Writers, is_commit};
use crate::world::{World, needs_stand_in};

/// Batches of two embeddings, after a first one of four.
const SMALL_BATCHES: &[&str] = &[
    "migrate",
    "phase2",
    "--batch-components",
    "80",
    "--progress",
    "plain",
];

fn small_embeddings() -> Vec<data::Embedding> {
    data::coarse(120, 40, 41)
}

/// Runs until the lock of a dead run is gone: the server needs a moment to notice.
fn carry_on(world: &World) -> crate::process::Ran {
    let begun = Instant::now();
    loop {
        let ran = world.run(SMALL_BATCHES);
        if ran.code != Some(4) || begun.elapsed() > Duration::from_secs(20) {
            return ran;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn undisturbed() -> crate::world::Decomposition {
    let world = World::ready_for_phase2(&small_embeddings());
    world.run(SMALL_BATCHES).exits(0);
    world.decomposition()
}

/// Kill -9 at twenty points, spread over every statement of a batch, before and after its execution.
#[test]
fn killed_at_twenty_points_in_the_middle_of_a_batch_it_loses_and_doubles_nothing() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0003;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let world = World::ready_for_phase2(&small_embeddings());
    let mut killed = 0;
    for round in 0..20u64 {
        // The first requests of a writer open it; a batch of the writer is some twenty requests.
        let number = 2 + round * 2 + u64::from(random.next_u32() % 3);
        let executed = random.next_u32() % 2 == 0;
        let target = Arc::new(Target::default());
        let victim = target.clone();
        let script = Arc::new(AtWriterRequest::new(number, executed, move || {
            victim.kill();
            Fault::None
        }));
        world.watch().follow(script.clone());
        let begun = Instant::now();
        let code = loop {
            target.start(|| world.start(SMALL_BATCHES));
            let code = target.wait();
            if code != Some(4) || begun.elapsed() > Duration::from_secs(20) {
                break code;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        world.watch().calm();
        let reached = script.done.load(Ordering::SeqCst);
        println!(
            "round {round}: request {number}, executed {executed}, reached {reached}, code {code:?}"
        );
        if reached {
            assert_eq!(code, None, "the process was not killed");
            killed += 1;
        }
        world.assert_invariants();
    }
    assert_eq!(killed, 20, "every point is reached");
    let ran = carry_on(&world).exits(0);
    assert!(
        ran.stderr.contains("120 of 120") || ran.stdout.contains("120 of 120"),
        "{ran}"
    );
    world.assert_invariants();
    assert_eq!(world.decomposition(), undisturbed());
    assert!(
        world.number("SELECT COUNT(*) FROM hartonomous.runs WHERE outcome = N'abandoned'") >= 20
    );
}

#[test]
fn ctrl_c_finishes_the_batch_and_the_same_command_carries_on() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&small_embeddings());
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtWriterRequest::new(8, false, move || {
        victim.interrupt();
        Fault::Delay(Duration::from_millis(200))
    }));
    let (_, stderr) = target.start(|| world.start(SMALL_BATCHES));
    let code = target.wait();
    let stderr = stderr.join().unwrap();
    assert_eq!(code, Some(5), "{stderr}");
    assert!(stderr.contains("stopped on request"), "{stderr}");
    world.watch().calm();
    world.assert_invariants();
    let done = world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress");
    assert!(
        (1..120).contains(&done),
        "the batch under way was finished, the rest was not begun: {done}"
    );
    assert_eq!(
        world
            .value("SELECT TOP (1) outcome FROM hartonomous.runs ORDER BY run_id DESC")
            .as_deref(),
        Some("stopped")
    );
    world.run(SMALL_BATCHES).exits(0);
    assert_eq!(world.decomposition(), undisturbed());
}

#[test]
fn a_second_ctrl_c_rolls_the_batch_back() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&small_embeddings());
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtWriterRequest::new(8, false, move || {
        victim.interrupt();
        std::thread::sleep(Duration::from_millis(300));
        victim.interrupt();
        Fault::Delay(Duration::from_millis(300))
    }));
    target.start(|| world.start(SMALL_BATCHES));
    assert_eq!(target.wait(), Some(5));
    world.watch().calm();
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress"),
        0
    );
    world.assert_invariants();
    carry_on(&world).exits(0);
    assert_eq!(world.decomposition(), undisturbed());
}

/// Drops connections of writers at their commits: the first before it is executed, the second after it.
#[derive(Default)]
struct DropAtCommits {
    writers: Writers,
    commits: AtomicU32,
}

impl Script for DropAtCommits {
    fn before(&self, request: &ObservedRequest) -> Fault {
        if self.writers.number(request).is_none() || !is_commit(request) {
            return Fault::None;
        }
        match self.commits.fetch_add(1, Ordering::SeqCst) {
            0 => Fault::Drop,
            2 => Fault::DropUnanswered,
            _ => Fault::None,
        }
    }
}

#[test]
fn connections_lost_before_and_after_a_commit_lose_and_double_nothing() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&small_embeddings());
    let script = Arc::new(DropAtCommits::default());
    world.watch().follow(script.clone());
    let ran = world.run(SMALL_BATCHES).exits(0);
    assert!(ran.stderr.contains("lost"), "the retries are told: {ran}");
    assert!(script.commits.load(Ordering::SeqCst) > 3);
    world.assert_invariants();
    assert_eq!(world.decomposition(), undisturbed());
}

/// Drops the connection of a reader at its n-th batch.
struct DropReader {
    batch: u32,
    seen: AtomicU32,
}

impl Script for DropReader {
    fn before(&self, request: &ObservedRequest) -> Fault {
        let reads = request.text.contains("TOP (") && request.text.contains("EmbeddingVector");
        if reads && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.batch {
            return Fault::Drop;
        }
        Fault::None
    }
}

#[test]
fn a_reader_that_loses_its_connection_reads_again() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&small_embeddings());
    let script = Arc::new(DropReader {
        batch: 3,
        seen: AtomicU32::new(0),
    });
    world.watch().follow(script.clone());
    world.run(SMALL_BATCHES).exits(0);
    assert!(script.seen.load(Ordering::SeqCst) > 3);
    assert_eq!(world.decomposition(), undisturbed());
}

#[test]
fn a_batch_that_waits_for_a_lock_too_long_is_tried_again() {
    let world = World::ready_for_phase2(&data::coarse(60, 30, 43));
    let mut other = world.other_session();
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "1",
        "--lock-timeout",
        "300ms",
        "--retries",
        "30",
        "--progress",
        "plain",
    ];
    let child = world.start(&arguments);
    // The fence is locked once the first batch is through: every batch must read it.
    let migrated = "IF OBJECT_ID(N'dbo.EmbeddingMigrationProgress') IS NOT NULL \
                    SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress WITH (READUNCOMMITTED) ELSE SELECT 0;";
    let begun = Instant::now();
    while other.batch(migrated)[0][0][0].as_deref() == Some("0") {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "no batch was committed"
        );
    }
    other.batch("BEGIN TRANSACTION; UPDATE hartonomous.fence SET fencing_number = fencing_number WHERE id = 1;");
    std::thread::sleep(Duration::from_millis(1500));
    other.batch("ROLLBACK TRANSACTION;");
    crate::process::finish(&arguments, child)
        .exits(0)
        .says("1222");
    world.assert_invariants();
}

/// Every commit may end in a deadlock or a lock timeout: phase 1 is run until it is through, phase 2 retries by itself.
#[test]
fn deadlocks_at_any_commit_leave_nothing_half_done() {
    if needs_stand_in() {
        return;
    }
    let faults = FaultSchedule {
        seed: 77,
        rules: vec![(FaultPoint::BeforeCommit, StatementFault::Deadlock, 15_000)],
    };
    let world = World::with_faults(faults);
    world.load(&data::coarse(20, 90, 47));
    let mut deadlocks = 0;
    let mut until_done = |arguments: &[&str]| {
        for _ in 0..40 {
            let ran = world.run(arguments);
            deadlocks += ran.stderr.matches("message 1205").count();
            match ran.code {
                Some(0) => return,
                Some(4 | 6) => {}
                _ => panic!("{ran}"),
            }
        }
        panic!("forty runs were not enough");
    };
    until_done(&["migrate", "phase1"]);
    world.backup();
    until_done(&[
        "migrate",
        "phase2",
        "--batch-components",
        "180",
        "--retries",
        "30",
    ]);
    assert!(deadlocks > 0, "the seed gives no deadlock");
    world.assert_invariants();
}

#[test]
fn a_second_run_is_refused_and_told_who_holds_the_lock() {
    let world = World::ready_for_phase2(&data::coarse(2, 4, 53));
    let mut other = world.other_session();
    other.batch(
        "DECLARE @result int; EXEC @result = sp_getapplock @Resource = N'hartonomous.migration', @LockMode = N'Exclusive', \
         @LockOwner = N'Session', @LockTimeout = 0; IF @result < 0 THROW 50000, N'not locked', 1;",
    );
    let spid = other.batch("SELECT CAST(@@SPID AS int);")[0][0][0]
        .clone()
        .unwrap();
    for arguments in [["migrate", "phase1"], ["migrate", "phase2"]] {
        world
            .run(&arguments)
            .exits(4)
            .says(&format!("session {spid}"))
            .says("program hartonomous tests");
    }
    assert_eq!(
        world.number("SELECT COUNT(*) FROM hartonomous.runs"),
        1,
        "a refused run is not recorded"
    );
    // Looking is always allowed, and names the holder too.
    world
        .run(&["status"])
        .exits(0)
        .shows(&format!("session {spid}"));
    drop(other);
}

#[test]
fn a_run_that_lost_the_database_to_another_one_writes_nothing_more() {
    if needs_stand_in() {
        return;
    }
    /// Raises the fence while the third batch waits to begin.
    struct Usurp {
        writers: Writers,
        begins: AtomicU32,
        usurper: std::sync::Mutex<std::sync::mpsc::Sender<std::sync::mpsc::Sender<()>>>,
    }
    impl Script for Usurp {
        fn before(&self, request: &ObservedRequest) -> Fault {
            if self.writers.number(request).is_some()
                && request.text.trim_start().starts_with("BEGIN")
                && self.begins.fetch_add(1, Ordering::SeqCst) == 2
            {
                let (done, wait) = std::sync::mpsc::channel();
                self.usurper.lock().unwrap().send(done).unwrap();
                crate::wire::held(&wait).unwrap();
            }
            Fault::None
        }
    }
    let world = World::ready_for_phase2(&small_embeddings());
    let (ask, asked) = std::sync::mpsc::channel();
    world.inject(Usurp {
        writers: Writers::default(),
        begins: AtomicU32::new(0),
        usurper: std::sync::Mutex::new(ask),
    });
    let child = world.start(SMALL_BATCHES);
    let done: std::sync::mpsc::Sender<()> = asked.recv_timeout(Duration::from_secs(60)).unwrap();
    world.batch("UPDATE hartonomous.fence SET fencing_number = fencing_number + 1 WHERE id = 1;");
    let before = world.number("SELECT COUNT(*) FROM dbo.AtomRelations");
    done.send(()).unwrap();
    crate::process::finish(SMALL_BATCHES, child)
        .exits(4)
        .says("lost the database");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations"),
        before
    );
    world.assert_invariants();
}
