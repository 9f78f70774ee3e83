//! Several writers, on one host and on two; pause, speed and stop from outside; what changes meanwhile; repair.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hartonomous_standin::engine::faults::{FaultPoint, FaultSchedule, StatementFault};
use hartonomous_standin::wire::Fault;

use crate::data;
use crate::process::{Ran, finish};
use crate::wire::{AtWriterRequest, Target};
use crate::world::{Decomposition, World, needs_stand_in};

const TOTAL: i64 = 120;

fn embeddings() -> Vec<data::Embedding> {
    data::coarse(120, 40, 41)
}

/// Small ranges and batches, so that there is something to share.
const SHARED: &[&str] = &[
    "migrate",
    "phase2",
    "--batch-components",
    "120",
    "--range-embeddings",
    "10",
    "--lease",
    "3s",
    "--progress",
    "plain",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SHARED.iter().copied().chain(more.iter().copied()).collect()
}

fn undisturbed() -> Decomposition {
    let world = World::ready_for_phase2(&embeddings());
    world.run(&with(&["--workers", "1"])).exits(0);
    world.decomposition()
}

pub fn migrated(world: &World) -> i64 {
    let mut other = world.other_session();
    let sql = "IF OBJECT_ID(N'dbo.EmbeddingMigrationProgress') IS NOT NULL \
               SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress WITH (READUNCOMMITTED) ELSE SELECT 0;";
    other.batch(sql)[0][0][0]
        .as_deref()
        .unwrap()
        .parse()
        .unwrap()
}

/// Waits for something that the program does by itself; fails loudly when it does not.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

pub fn status(world: &World) -> serde_json::Value {
    world.run(&["status", "--format", "json"]).exits(0).json()
}

/// Paused before it is started, so that two processes can be there before the first batch.
fn paused(world: &World) {
    world.batch("UPDATE hartonomous.control SET request = N'pause' WHERE id = 1;");
}

#[test]
fn eight_writers_write_what_one_writes() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(&with(&["--workers", "8"])).exits(0);
    world.assert_invariants();
    assert_eq!(world.decomposition(), undisturbed());
    let deltas = world.number("SELECT COUNT(*) FROM hartonomous.reference_count_deltas");
    assert_eq!(deltas, 0, "every delta is folded at the end");
    let writers = world.number(
        "SELECT COUNT(DISTINCT writer) FROM hartonomous.watermarks WHERE embeddings_done > 0",
    );
    assert!(writers > 1, "several writers had a part in it");
}

#[test]
fn two_processes_share_a_migration() {
    let world = World::ready_for_phase2(&embeddings());
    paused(&world);
    let lead = with(&["--workers", "2"]);
    let leader = world.start(&lead);
    until("the leader waits", || status(&world)["state"] == "paused");
    let join = with(&["--workers", "2", "--join"]);
    let member = world.start(&join);
    until("both are there", || {
        world.number("SELECT COUNT(*) FROM hartonomous.runs WHERE ended_at IS NULL") == 2
    });
    world.run(&["resume"]).exits(0);
    let member = finish(&join, member).exits(0).shows("migrated for run");
    finish(&lead, leader).exits(0);
    world.assert_invariants();
    assert_eq!(world.decomposition(), undisturbed());
    let runs = world.rows(
        "SELECT r.command, SUM(w.embeddings_done) FROM hartonomous.watermarks AS w \
         JOIN hartonomous.runs AS r ON r.run_id = w.run_id GROUP BY r.command ORDER BY r.command",
    );
    let done: i64 = runs
        .iter()
        .map(|row| row[1].as_deref().unwrap().parse::<i64>().unwrap())
        .sum();
    assert_eq!(done, TOTAL, "{runs:?} {member}");
}

#[test]
fn nobody_joins_a_migration_that_does_not_run() {
    let world = World::ready_for_phase2(&embeddings()[..4]);
    world
        .run(&with(&["--join"]))
        .exits(7)
        .says("no process leads phase 2");
    world
        .run(&["migrate", "phase1", "--join"])
        .exits(2)
        .says("--join is for phase2");
}

/// A member is killed in a batch; the leader takes its key range over when the lease has run out, and ends the phase.
#[test]
fn key_ranges_of_a_dead_host_are_taken_over() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&embeddings());
    paused(&world);
    let lead = with(&["--workers", "1"]);
    let leader = world.start(&lead);
    until("the leader waits", || status(&world)["state"] == "paused");
    let target = Arc::new(Target::default());
    target.start(|| world.start(&with(&["--workers", "1", "--join"])));
    // Both hold a range now: the paused member is killed with a batch in hand.
    until("the member leased a range", || {
        world.number(
            "SELECT COUNT(DISTINCT run_id) FROM hartonomous.key_ranges WHERE state = N'leased'",
        ) == 2
    });
    target.kill();
    assert_eq!(target.wait(), None);
    world.run(&["resume"]).exits(0);
    finish(&lead, leader).exits(0).says("are taken over from");
    world.assert_invariants();
    assert_eq!(world.decomposition(), undisturbed());
    assert!(world.number("SELECT SUM(takeovers) FROM hartonomous.key_ranges") >= 1);
}

/// The leader dies, the member goes on with what is there, and a new leader ends the phase.
#[test]
fn a_dead_leader_is_followed_by_another() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&embeddings());
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtWriterRequest::new(30, false, move || {
        victim.kill();
        Fault::None
    }));
    target.start(|| world.start(SHARED));
    assert_eq!(target.wait(), None);
    world.watch().calm();
    world.assert_invariants();
    let begun = Instant::now();
    let ran = loop {
        let ran = world.run(SHARED);
        if ran.code != Some(4) || begun.elapsed() > Duration::from_secs(20) {
            break ran;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    ran.exits(0);
    assert_eq!(world.decomposition(), undisturbed());
}

#[test]
fn pause_is_acknowledged_within_two_seconds_and_resume_goes_on() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(&["throttle", "--rate", "40"]).exits(0);
    let child = world.start(SHARED);
    until("the first batch", || migrated(&world) > 0);
    let asked = Instant::now();
    world.run(&["pause"]).exits(0).shows("asked to pause");
    until("the pause is acknowledged", || {
        status(&world)["steering"]["acknowledged_request"] == "pause"
    });
    let took = Duration::from_secs_f64(
        world
            .value(
                "SELECT CAST(DATEDIFF_BIG(millisecond, requested_at, acknowledged_at) / 1000.0 AS float) \
                 FROM hartonomous.control",
            )
            .unwrap()
            .parse()
            .unwrap(),
    );
    println!(
        "acknowledged after {took:?}, seen after {:?}",
        asked.elapsed()
    );
    // Batches under way are finished, then nothing moves.
    let mut before = migrated(&world);
    until("the writers rest", || {
        std::thread::sleep(Duration::from_millis(300));
        let now = migrated(&world);
        std::mem::replace(&mut before, now) == now
    });
    assert!(before < TOTAL, "the pause came before the end");
    world.run(&["throttle", "--rate", "0"]).exits(0);
    // The same as an UPDATE of the documented row.
    world.batch("UPDATE hartonomous.control SET request = N'none' WHERE id = 1;");
    finish(SHARED, child)
        .exits(0)
        .says("paused on request")
        .says("the pause was lifted");
    assert_eq!(world.decomposition(), undisturbed());
}

#[test]
fn stop_ends_the_run_after_its_batches() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(&["throttle", "--rate", "40"]).exits(0);
    let child = world.start(SHARED);
    until("the first batch", || migrated(&world) > 0);
    world.run(&["stop"]).exits(0).shows("asked to stop");
    finish(SHARED, child).exits(5).says("stopped on request");
    assert!(migrated(&world) < TOTAL);
    world.assert_invariants();
    let deltas = world.number("SELECT COUNT(*) FROM hartonomous.reference_count_deltas");
    assert_eq!(deltas, 0, "a run that is stopped folds what it wrote");
    world
        .run(&["throttle", "--rate", "0", "--workers", "1"])
        .exits(0);
    world.run(SHARED).exits(0);
    assert_eq!(world.decomposition(), undisturbed());
}

#[test]
fn a_rate_limits_what_is_written() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(&["throttle", "--rate", "60"]).exits(0);
    let begun = Instant::now();
    world.run(SHARED).exits(0);
    // 120 embeddings at 60 a second: the last batches cannot begin before.
    let least = Duration::from_millis(1_500);
    assert!(begun.elapsed() > least, "{:?}", begun.elapsed());
}

#[test]
fn outside_of_its_window_nothing_is_written_and_status_says_why() {
    let world = World::ready_for_phase2(&embeddings()[..8]);
    // Two minutes that were over long ago.
    let closed = world
        .value("SELECT CONVERT(char(5), DATEADD(minute, -180, SYSDATETIME()), 108) + '-' + CONVERT(char(5), DATEADD(minute, -178, SYSDATETIME()), 108)")
        .unwrap();
    let arguments = with(&["--window", &closed]);
    let child = world.start(&arguments);
    until("the window holds", || {
        status(&world)["steering"]["held_by"]
            .as_str()
            .is_some_and(|held| held.contains("window: server time"))
    });
    let shown = world.run(&["status"]).exits(0);
    assert!(shown.stdout.contains("HOLDS"), "{shown}");
    assert_eq!(migrated(&world), 0);
    world.run(&["stop"]).exits(0);
    finish(&arguments, child).exits(5).says("held by window");
    let without = with(&["--window", &closed, "--without-signal", "window"]);
    assert!(matches!(world.run(&without).code, Some(0 | 1)));
    assert_eq!(migrated(&world), 8);
}

#[test]
fn every_signal_is_read_and_shown() {
    let world = World::ready_for_phase2(&embeddings()[..8]);
    paused(&world);
    let child = world.start(SHARED);
    until("the signals are there", || {
        status(&world)["signals"]
            .as_array()
            .is_some_and(|signals| signals.len() == 8)
    });
    for one in status(&world)["signals"].as_array().unwrap() {
        assert!(one["reading"].is_string(), "{one}");
        assert_eq!(one["holds"], false, "{one}");
    }
    world.run(&["resume"]).exits(0);
    finish(SHARED, child);
    assert_eq!(migrated(&world), 8);
}

/// A commit in thirty finds the log full: phase 1 is run until it is through, phase 2 waits by itself and says so.
#[test]
fn a_full_log_is_waited_for() {
    if needs_stand_in() {
        return;
    }
    let seed = 13;
    println!("seed {seed}");
    let world = World::with_faults(FaultSchedule {
        seed,
        rules: vec![(FaultPoint::BeforeCommit, StatementFault::LogFull, 30_000)],
    });
    world.load(&embeddings()[..40]);
    for _ in 0..40 {
        if world.run(&["migrate", "phase1"]).code == Some(0) {
            break;
        }
    }
    world.backup();
    // Which commit meets it depends on the order in which the sessions come, so there is work until one of a batch does.
    let mut alarms = 0;
    for round in 1..=12u64 {
        let ran = world.run(SHARED);
        alarms += ran.stderr.matches("ALARM: the log is full").count();
        world.assert_invariants();
        match ran.code {
            // What is written outside of the batches is not waited for: the same command carries on.
            Some(6) => {}
            _ if alarms > 0 => break,
            _ => {
                let more: Vec<String> = data::coarse(40, 40, 1_000 + round)
                    .iter()
                    .map(data::Embedding::insert)
                    .collect();
                world.batch(&format!("BEGIN TRANSACTION; {} COMMIT;", more.join("\n")));
            }
        }
    }
    assert!(alarms > 0, "no commit of a batch met a full log");
    let all = world.number("SELECT COUNT(*) FROM dbo.AtomEmbeddings");
    assert_eq!(migrated(&world), all);
}

/// The session that holds the application lock is killed: nobody writes until it is taken again, then the run goes on.
#[test]
fn a_lost_application_lock_is_taken_again_before_anything_is_written() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(&["throttle", "--rate", "30"]).exits(0);
    let child = world.start(SHARED);
    until("the first batch", || migrated(&world) > 0);
    world.batch(
        "DECLARE @kill nvarchar(40) = (SELECT TOP (1) N'KILL ' + CAST(session_id AS nvarchar(10)) FROM sys.dm_exec_sessions \
           WHERE program_name = N'hartonomous lock'); \
         EXEC (@kill);",
    );
    until("it is noticed", || {
        status(&world)["steering"]["held_by"]
            .as_str()
            .is_some_and(|held| held.contains("application lock"))
            || migrated(&world) == TOTAL
    });
    world.run(&["throttle", "--rate", "0"]).exits(0);
    finish(SHARED, child).exits(0).says("application lock");
    assert_eq!(world.decomposition(), undisturbed());
}

#[test]
fn changed_new_and_deleted_embeddings_are_brought_in_line() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(SHARED).exits(0);
    let stale = world.number("SELECT COUNT(*) FROM dbo.Atoms WHERE Modality = N'numeric'");
    assert!(stale > 0);
    // One changes, one is deleted, one arrives.
    world.batch(
        "UPDATE dbo.AtomEmbeddings SET EmbeddingVector = (SELECT EmbeddingVector FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 2), \
             LastUpdated = SYSUTCDATETIME() WHERE AtomEmbeddingId = 5; \
         DELETE FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 7;",
    );
    world.batch(&data::coarse(1, 40, 99)[0].insert());
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    assert!(report.gates("fail").contains(&"phase2.migrated".to_owned()));
    world
        .run(SHARED)
        .exits(0)
        .says("AtomEmbeddingId 5 had changed and is migrated again");
    world.assert_invariants();
    let of_7 = world.number(
        "SELECT COUNT(*) FROM dbo.AtomRelations AS r JOIN dbo.Atoms AS s ON s.AtomId = r.SourceAtomId \
         WHERE s.CanonicalText = N'source 7'",
    );
    assert_eq!(of_7, 0, "relations of a deleted embedding are gone");
    let report = world.run(&["validate", "phase2", "--format", "json"]);
    assert!(report.gates("fail").is_empty(), "{report}");
}

/// Damage of three kinds; repair rewrites exactly the damaged embeddings and says which.
#[test]
fn repair_rewrites_exactly_what_is_wrong() {
    let world = World::ready_for_phase2(&embeddings());
    world.run(SHARED).exits(0);
    let whole = world.decomposition();
    world.batch(
        "DELETE r FROM dbo.AtomRelations AS r JOIN dbo.AtomEmbeddings AS e ON e.AtomId = r.SourceAtomId \
           WHERE e.AtomEmbeddingId = 3 AND r.SequenceIndex = 11; \
         UPDATE r SET r.SequenceIndex = 0 FROM dbo.AtomRelations AS r JOIN dbo.AtomEmbeddings AS e ON e.AtomId = r.SourceAtomId \
           WHERE e.AtomEmbeddingId = 9 AND r.SequenceIndex = 39; \
         UPDATE dbo.EmbeddingMigrationProgress SET VectorDigest = 0x00 WHERE AtomEmbeddingId = 20;",
    );
    let found = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    assert!(found.gates("fail").contains(&"phase2.positions".to_owned()));
    world.run(&with(&["--repair"])).exits(0);
    assert_eq!(world.decomposition(), whole);
    world.assert_invariants();
    let detail = world
        .value("SELECT TOP (1) detail FROM hartonomous.steps WHERE step = N'repair' ORDER BY run_id DESC")
        .unwrap();
    let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
    assert_eq!(detail["wrong"], serde_json::json!([3, 9, 20]));
    assert_eq!(detail["rewritten"], 3);
}

#[test]
fn bad_options_of_the_writers_are_usage_errors() {
    let world = World::new();
    let refused = |more: &[&str]| -> Ran { world.run(&with(more)).exits(2) };
    refused(&["--window", "22:00"]);
    refused(&["--lease", "1s"]);
    refused(&["--workers", "0"]);
    refused(&["--without-signal", "moon"]);
    refused(&["--join", "--dry-run"]);
    world.run(&["throttle"]).exits(2);
    world.run(&["pause"]).exits(7).says("no control row");
}
