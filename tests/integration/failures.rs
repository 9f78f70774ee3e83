//! Failures of a batch: split until the poisonous embedding stands alone, tried again up to a cap, followed through a failover.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hartonomous_standin::engine::faults::{FaultPoint, FaultSchedule, StatementFault};
use hartonomous_standin::wire::{Fault, ObservedRequest};

use crate::data::{self, Embedding};
use crate::process::finish;
use crate::wire::Script;
use crate::world::{World, needs_stand_in};
use crate::writers::{migrated, status, until};

#[test]
fn a_poisonous_embedding_is_isolated_by_splitting_and_recorded_with_the_servers_reason() {
    let mut embeddings = data::coarse(32, 70, 91);
    for at in [6, 23] {
        embeddings[at].tenant = 13;
    }
    let world = World::ready_for_phase2(&embeddings);
    // The database has a rule of its own, which two embeddings break.
    world.batch("ALTER TABLE dbo.AtomRelations ADD CONSTRAINT CK_Tenant CHECK (TenantId <> 13);");
    world.backup_of_a_later_second();
    world
        .run(&[
            "migrate",
            "phase2",
            "--batch-components",
            "2240",
            "--workers",
            "1",
            "--progress",
            "plain",
        ])
        .exits(1)
        .says("AtomEmbeddingId 7 is not migrated")
        .says("AtomEmbeddingId 24 is not migrated");
    let failed = world.rows(
        "SELECT atom_embedding_id, reason, error_number FROM hartonomous.failed_embeddings ORDER BY atom_embedding_id",
    );
    let row = |id: &str| {
        ["7", "server", "547"]
            .map(|text| Some(if text == "7" { id } else { text }.to_owned()))
            .to_vec()
    };
    assert_eq!(failed, [row("7"), row("24")]);
    assert_eq!(migrated(&world), 30, "the others are migrated");
    world.assert_invariants();
    world.batch("ALTER TABLE dbo.AtomRelations DROP CONSTRAINT CK_Tenant;");
    world.backup_of_a_later_second();
    world.run(&["migrate", "phase2"]).exits(0);
    assert_eq!(migrated(&world), 32);
}

/// Rows of the batches that were committed, in order, by `--progress json`.
fn batches(stderr: &str) -> Vec<u64> {
    stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|event| event["event"] == "batch_committed")
        .map(|event| event["relations"].as_u64().unwrap())
        .collect()
}

#[test]
fn batches_grow_and_shrink_with_the_time_that_a_commit_may_take() {
    let embeddings = data::coarse(300, 400, 92);
    let sizes = |target: &str| {
        let world = World::ready_for_phase2(&embeddings);
        let ran = world.run(&[
            "migrate",
            "phase2",
            "--workers",
            "1",
            "--commit-target",
            target,
            "--progress",
            "json",
            "--no-index-view",
            "--range-embeddings",
            "300",
        ]);
        world.assert_invariants();
        let sizes = batches(&ran.stderr);
        assert_eq!(sizes.iter().sum::<u64>(), 120_000, "{ran}");
        sizes
    };
    // A target that no commit reaches: after a first small one, which tells how large an embedding is, each batch is larger than
    // the one before, until nothing is left. The next one is read while one is written, so that it may be two steps larger.
    let grown = sizes("1h");
    assert!(grown[0] < 20_000 && grown[1] >= 20_000, "{grown:?}");
    let whole = &grown[1..grown.len() - 1];
    assert!(
        whole
            .windows(2)
            .all(|pair| pair[1] >= pair[0] && pair[1] <= pair[0] * 9 / 4 + 400),
        "{grown:?}"
    );
    assert!(whole.last().unwrap() > &20_000, "{grown:?}");
    // One that every commit misses by far: down to the least, which still fills an extent.
    let shrunk = sizes("1us");
    let last = &shrunk[shrunk.len() - 3..shrunk.len() - 1];
    assert!(last.iter().all(|size| *size == 2_000), "{shrunk:?}");
}

#[test]
fn a_failure_that_does_not_pass_is_tried_again_as_often_as_asked_and_no_more() {
    let world = World::ready_for_phase2(&data::coarse(60, 30, 93));
    world.run(&["throttle", "--rate", "30"]).exits(0);
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "60",
        "--workers",
        "1",
        "--lock-timeout",
        "100ms",
        "--retries",
        "3",
        "--progress",
        "plain",
    ];
    let child = world.start(&arguments);
    until("the first batch", || migrated(&world) > 0);
    // Every batch locks its key range, and finds it locked from now on.
    let mut other = world.other_session();
    other.batch("BEGIN TRANSACTION; UPDATE hartonomous.key_ranges SET takeovers = takeovers WHERE state = N'leased';");
    let ran = finish(&arguments, child).exits(6).says("1222");
    let retries = ran.stderr.matches("retry ").count();
    assert_eq!(retries, 3, "{ran}");
    other.batch("ROLLBACK TRANSACTION;");
    world.assert_invariants();
    world.run(&["throttle", "--rate", "0"]).exits(0);
    world.run(&["migrate", "phase2"]);
    assert_eq!(migrated(&world), 60);
}

/// The server answers writes as a secondary does (3906), now and then, as during a failover: the run connects anew and goes on.
#[test]
fn a_failover_is_followed_on_a_new_connection() {
    if needs_stand_in() {
        return;
    }
    let seed = 29;
    println!("seed {seed}");
    let world = World::with_faults(FaultSchedule {
        seed,
        rules: vec![(FaultPoint::BeforeCommit, StatementFault::ReadOnly, 30_000)],
    });
    world.load(&data::coarse(40, 50, 94));
    for _ in 0..60 {
        if world.run(&["migrate", "phase1"]).code == Some(0) {
            break;
        }
    }
    world.backup();
    // Which commit meets it depends on the order in which the sessions come, so there is work until one of a batch does.
    let mut seen = 0;
    for round in 1..=40u64 {
        let ran = world.run(&[
            "migrate",
            "phase2",
            "--batch-components",
            "100",
            "--no-index-view",
            "--progress",
            "plain",
        ]);
        seen += ran.stderr.matches("retry 1: ").count();
        world.assert_invariants();
        match ran.code {
            // What is written outside of the batches is not tried again: the same command carries on.
            Some(6) => {}
            Some(0) if seen > 0 => break,
            Some(0) => {
                let more: Vec<String> = data::coarse(40, 50, 1_000 + round)
                    .iter()
                    .map(Embedding::insert)
                    .collect();
                world.batch(&format!("BEGIN TRANSACTION; {} COMMIT;", more.join("\n")));
            }
            _ => panic!("{ran}"),
        }
    }
    assert!(seen > 0, "no commit of a batch met the failover");
    let all = world.number("SELECT COUNT(*) FROM dbo.AtomEmbeddings");
    assert_eq!(migrated(&world), all);
}

/// Drops every request of the run for a while, so that nobody can connect.
struct Away(AtomicBool);

impl Script for Arc<Away> {
    fn before(&self, request: &ObservedRequest) -> Fault {
        // The test's own session is needed meanwhile.
        if self.0.load(Ordering::SeqCst)
            && !request.text.contains("READUNCOMMITTED")
            && !request.text.contains("hartonomous tests")
        {
            return Fault::Drop;
        }
        Fault::None
    }
}

#[test]
fn a_server_that_is_away_is_looked_for_until_it_is_back() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(60, 40, 95));
    world.run(&["throttle", "--rate", "40"]).exits(0);
    let away = Arc::new(Away(AtomicBool::new(false)));
    world.inject(away.clone());
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "80",
        "--workers",
        "1",
        "--progress",
        "plain",
        "--no-index-view",
    ];
    let child = world.start(&arguments);
    until("the first batch", || migrated(&world) > 0);
    let before = world.watch().seen().len();
    away.0.store(true, Ordering::SeqCst);
    until("several connections were refused", || {
        world.watch().seen().len() > before + 8
    });
    away.0.store(false, Ordering::SeqCst);
    world.run(&["throttle", "--rate", "0"]).exits(0);
    finish(&arguments, child).exits(0).says("retry 1: ");
    world.assert_invariants();
    assert_eq!(migrated(&world), 60);
}

/// The session that holds the application lock is killed while another program waits for it: that one has it then, and the
/// run ends without another batch.
#[test]
fn a_run_whose_lock_another_program_has_by_now_writes_nothing_more() {
    let world = World::ready_for_phase2(&data::coarse(120, 40, 96));
    world.run(&["throttle", "--rate", "20"]).exits(0);
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "80",
        "--progress",
        "plain",
    ];
    let child = world.start(&arguments);
    until("the first batch", || migrated(&world) > 0);
    std::thread::scope(|scope| {
        let (locked, wait) = std::sync::mpsc::channel::<()>();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let world = &world;
        scope.spawn(move || {
            let mut other = world.other_session();
            other.batch(
                "DECLARE @result int; EXEC @result = sp_getapplock @Resource = N'hartonomous.migration', @LockMode = N'Exclusive', \
                 @LockOwner = N'Session', @LockTimeout = 60000; IF @result < 0 THROW 50000, N'not locked', 1;",
            );
            locked.send(()).unwrap();
            released.recv().unwrap();
        });
        until("somebody waits for the lock", || {
            world.number(
                "SELECT COUNT(*) FROM sys.dm_exec_requests AS r JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id \
                 WHERE r.blocking_session_id > 0 AND s.program_name = N'hartonomous tests'",
            ) > 0
        });
        world.batch(
            "DECLARE @kill nvarchar(40) = (SELECT TOP (1) N'KILL ' + CAST(session_id AS nvarchar(10)) FROM sys.dm_exec_sessions \
               WHERE program_name = N'hartonomous lock'); \
             EXEC (@kill);",
        );
        wait.recv_timeout(std::time::Duration::from_secs(60))
            .unwrap();
        finish(&arguments, child)
            .exits(4)
            .says("another run works on this database");
        release.send(()).unwrap();
    });
    let done = migrated(&world);
    assert!((1..120).contains(&done), "{done}");
    world.assert_invariants();
}

/// By the order of events: the first look at the control row after a request is followed by its acknowledgement, before a second
/// look. The monitor looks four times a second.
#[test]
fn a_request_is_acknowledged_at_the_first_look_after_it() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(120, 40, 97));
    world.run(&["throttle", "--rate", "20"]).exits(0);
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "80",
        "--progress",
        "plain",
    ];
    let child = world.start(&arguments);
    until("the first batch", || migrated(&world) > 0);
    for request in ["pause", "resume", "stop"] {
        world.watch().forget();
        let command = if request == "resume" { "none" } else { request };
        world.run(&[request]).exits(0);
        until("it is acknowledged", || {
            status(&world)["steering"]["acknowledged_request"] == command
        });
        let seen = world.watch().seen();
        let at = |text: &str, from: usize| {
            let found = seen[from..].iter().position(|one| one.text.contains(text));
            from + found.unwrap_or_else(|| panic!("no {text} after {from}"))
        };
        let asked = at("SET request =", 0);
        // One look may have been under way when the request came.
        let first = at("AS MaxEmbeddingsPerSecond,", asked + 1);
        let looks = seen[first..at("acknowledged_request = @P3", asked)]
            .iter()
            .filter(|one| one.text.contains("OpenRanges") && one.text.contains("TakeableRanges"))
            .count();
        assert!(looks <= 2, "{request} was acknowledged after {looks} looks");
    }
    finish(&arguments, child).exits(5);
}

#[test]
fn the_number_of_writers_follows_the_request_while_they_work() {
    let world = World::ready_for_phase2(&data::coarse(200, 40, 98));
    world
        .run(&["throttle", "--workers", "1", "--rate", "60"])
        .exits(0);
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "80",
        "--range-embeddings",
        "10",
        "--progress",
        "plain",
        "--no-index-view",
    ];
    let child = world.start(&arguments);
    until("a few batches", || migrated(&world) > 8);
    let writers = || world.number("SELECT COUNT(*) FROM hartonomous.watermarks");
    assert_eq!(writers(), 1);
    world.run(&["throttle", "--workers", "3"]).exits(0);
    until("more write", || writers() == 3);
    world.run(&["throttle", "--rate", "0"]).exits(0);
    finish(&arguments, child).exits(0);
    world.assert_invariants();
}

/// What the client finds wrong is recorded as well, beside what the server refuses, and none of it stops the others.
#[test]
fn failed_embeddings_are_named_in_the_json_report() {
    let mut embeddings = data::coarse(6, 500, 99);
    embeddings[2] = Embedding {
        dimension: 400,
        ..embeddings[2].clone()
    };
    let world = World::ready_for_phase2(&embeddings);
    world.run(&["migrate", "phase2"]).exits(1);
    let ran = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    let failed = ran.evidence("phase2.failed_embeddings");
    assert_eq!(failed["failed"][0]["id"], 3, "{failed}");
    assert_eq!(failed["failed"][0]["reason"], "padding");
}
