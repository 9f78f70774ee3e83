//! The throttle's signals: each with its flag and its threshold, each holding when it is passed, and closed when it is blind.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hartonomous_standin::engine::conditions::{
    Conditions, LogReuseWait, PausedBuild, SecondaryReplica,
};
use hartonomous_standin::wire::{Fault, ObservedRequest};

use crate::data;
use crate::process::{Ran, finish};
use crate::wire::{Script, Writers, held, is_commit};
use crate::world::{World, needs_stand_in};
use crate::writers::{migrated, status, until};

fn embeddings() -> Vec<data::Embedding> {
    data::coarse(30, 60, 81)
}

fn phase2<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [
        "migrate",
        "phase2",
        "--batch-components",
        "120",
        "--progress",
        "plain",
        "--no-index-view",
    ]
    .into_iter()
    .chain(more.iter().copied())
    .collect()
}

fn held_by(world: &World) -> String {
    status(world)["steering"]["held_by"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn thresholds(world: &World, more: &[&str]) -> Vec<(String, String)> {
    world.batch("UPDATE hartonomous.control SET request = N'pause' WHERE id = 1;");
    let arguments = phase2(more);
    let child = world.start(&arguments);
    let mut signals = Vec::new();
    until("the signals are there", || {
        let now = status(world);
        signals = now["signals"].as_array().unwrap().clone();
        now["state"] == "paused" && signals.len() == 8
    });
    let found = signals
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or("null").to_owned();
            (text("signal"), text("threshold"))
        })
        .collect();
    world.run(&["stop"]).exits(0);
    finish(&arguments, child).exits(5);
    world.run(&["resume"]).exits(0);
    found
}

#[test]
fn each_signal_has_a_default_and_a_flag() {
    let world = World::ready_for_phase2(&embeddings());
    let pairs = |list: [(&str, &str); 8]| list.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
    let defaults = thresholds(&world, &[]);
    assert_eq!(
        defaults,
        pairs([
            ("ag-redo", "1024 MB"),
            ("ag-send", "1024 MB"),
            ("blocked", "5 s"),
            ("commit-latency", "2 s"),
            ("log", "80 %"),
            ("log-reuse", "60 % while it cannot be truncated"),
            ("version-store", "10240 MB"),
            ("window", "any time"),
        ])
    );
    let changed = thresholds(
        &world,
        &[
            "--max-ag-redo",
            "1",
            "--max-ag-send",
            "2",
            "--max-blocked",
            "3s",
            "--max-commit-latency",
            "4s",
            "--max-log",
            "50",
            "--max-log-reuse",
            "60.5",
            "--max-version-store",
            "7",
            "--window",
            "00:00-23:59",
            "--window",
            "23:59-00:01",
        ],
    );
    assert_eq!(
        changed,
        pairs([
            ("ag-redo", "1 MB"),
            ("ag-send", "2 MB"),
            ("blocked", "3 s"),
            ("commit-latency", "4 s"),
            ("log", "50 %"),
            ("log-reuse", "60.5 % while it cannot be truncated"),
            ("version-store", "7 MB"),
            ("window", "00:00-23:59, 23:59-00:01"),
        ])
    );
}

#[test]
fn a_log_that_is_fuller_than_its_threshold_holds_the_writers() {
    let world = World::ready_for_phase2(&embeddings());
    let arguments = phase2(&["--max-log", "0"]);
    let child = world.start(&arguments);
    until("the log holds", || held_by(&world).contains("log: "));
    assert_eq!(migrated(&world), 0);
    world.run(&["stop"]).exits(0);
    finish(&arguments, child).exits(5).says("held by log");
    assert_eq!(migrated(&world), 0);
    world
        .run(&phase2(&["--max-log", "0", "--without-signal", "log"]))
        .exits(0);
}

/// The condition holds the writers, is named in `status` and in the output, and the run goes on when it has passed.
fn holds_until_it_passes(
    flag: [&str; 2],
    seen: &str,
    named: &str,
    condition: impl FnOnce(&mut Conditions),
) {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&embeddings());
    world.bring_about(condition);
    let arguments = phase2(&flag);
    let child = world.start(&arguments);
    until(seen, || held_by(&world).contains(seen));
    assert_eq!(migrated(&world), 0);
    world.bring_about(|conditions| *conditions = Conditions::default());
    finish(&arguments, child).exits(0).says(named);
    assert_eq!(migrated(&world), 30);
    world.run(&["validate", "phase2"]).exits(0);
}

fn secondary(log_send_queue: i64, redo_queue: i64) -> SecondaryReplica {
    SecondaryReplica {
        log_send_queue,
        redo_queue,
        suspended: false,
    }
}

#[test]
fn a_replica_that_the_log_is_not_sent_to_holds_the_writers() {
    holds_until_it_passes(
        ["--max-ag-send", "10"],
        "ag-send: 11 MB",
        "held by ag-send",
        |conditions| {
            conditions.secondaries = vec![secondary(0, 0), secondary(11 * 1024, 0)];
        },
    );
}

#[test]
fn a_replica_that_does_not_redo_holds_the_writers() {
    holds_until_it_passes(
        ["--max-ag-redo", "10"],
        "ag-redo: 11 MB",
        "held by ag-redo",
        |conditions| conditions.secondaries = vec![secondary(10 * 1024, 11 * 1024)],
    );
}

/// Nothing is sent to a suspended replica, and the primary's log grows until it is resumed.
#[test]
fn a_suspended_replica_is_named_with_its_queue() {
    holds_until_it_passes(
        ["--max-ag-send", "0"],
        "ag-send: 1 MB, a replica is suspended",
        "held by ag-send",
        |conditions| {
            conditions.secondaries = vec![SecondaryReplica {
                suspended: true,
                ..secondary(1024, 0)
            }];
        },
    );
}

#[test]
fn a_log_that_waits_for_its_backup_holds_the_writers() {
    holds_until_it_passes(
        ["--max-log-reuse", "0"],
        "waits for LOG_BACKUP",
        "held by log-reuse",
        |conditions| conditions.log_reuse_wait = LogReuseWait::LogBackup,
    );
}

/// An open transaction ends by itself: it holds nobody.
#[test]
fn a_log_that_waits_for_a_transaction_does_not_hold() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&embeddings());
    world.bring_about(|conditions| conditions.log_reuse_wait = LogReuseWait::ActiveTransaction);
    let ran = world.run(&phase2(&["--max-log-reuse", "0"]));
    ran.exits(0);
    assert_eq!(migrated(&world), 30);
}

#[test]
fn row_versions_that_fill_tempdb_hold_the_writers() {
    holds_until_it_passes(
        ["--max-version-store", "100"],
        "version-store: 101 MB",
        "held by version-store",
        |conditions| conditions.version_store = 101 * 1024,
    );
}

#[test]
fn a_paused_index_build_is_met_before_anything_is_written() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&embeddings());
    world.bring_about(|conditions| {
        conditions.paused_builds = vec![PausedBuild {
            schema: "dbo".to_owned(),
            table: "AtomRelations".to_owned(),
            index: "IX_AtomRelations_New".to_owned(),
            percent_complete: 42.0,
        }];
    });
    for more in [&["--dry-run"][..], &[]] {
        world
            .run(&phase2(more))
            .exits(7)
            .says("a resumable build of index IX_AtomRelations_New on dbo.AtomRelations is paused at 42 %");
    }
    world
        .run(&["doctor"])
        .shows("phase2: would be stopped by\n  - a resumable build of index IX_AtomRelations_New");
    assert_eq!(migrated(&world), 0);
    world.bring_about(|conditions| conditions.paused_builds.clear());
    world.run(&phase2(&[])).exits(0);
    assert_eq!(migrated(&world), 30);
}

/// A hold for slow commits ends by itself: while nobody commits there is nothing slow.
#[test]
fn slow_commits_hold_the_writers_for_a_while_and_not_for_ever() {
    let world = World::ready_for_phase2(&data::coarse(100, 40, 82));
    world.run(&["throttle", "--rate", "20"]).exits(0);
    world
        .run(&phase2(&["--max-commit-latency", "1ns", "--workers", "2"]))
        .exits(0)
        .says("held by commit-latency");
    assert_eq!(migrated(&world), 100);
}

/// Holds a writer at a commit until the test lets it go.
struct AtCommit {
    writers: Writers,
    commits: AtomicU32,
    reached: Mutex<Sender<()>>,
    go: Mutex<Receiver<()>>,
}

impl Script for AtCommit {
    fn before(&self, request: &ObservedRequest) -> Fault {
        if self.writers.number(request).is_some()
            && is_commit(request)
            && self.commits.fetch_add(1, Ordering::SeqCst) == 2
        {
            self.reached.lock().unwrap().send(()).unwrap();
            held(&self.go.lock().unwrap()).unwrap();
        }
        Fault::None
    }
}

#[test]
fn a_session_that_waits_for_the_writers_holds_them() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&embeddings());
    let (reached, at_commit) = channel();
    let (go, wait) = channel();
    world.watch().follow(Arc::new(AtCommit {
        writers: Writers::default(),
        commits: AtomicU32::new(0),
        reached: Mutex::new(reached),
        go: Mutex::new(wait),
    }));
    let arguments = phase2(&["--max-blocked", "0s", "--workers", "1"]);
    let child = world.start(&arguments);
    at_commit.recv_timeout(Duration::from_secs(60)).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut other = world.session_of("an application");
            other.batch("UPDATE dbo.Atoms SET IsActive = IsActive WHERE Modality = N'text';");
        });
        until("the wait is seen", || {
            held_by(&world).contains("blocked: 1 waiting")
        });
        go.send(()).unwrap();
        waiting.join().unwrap();
    });
    finish(&arguments, child).exits(0).says("held by blocked");
    assert_eq!(migrated(&world), 30);
}

#[test]
fn a_signal_that_cannot_be_read_holds_the_writers_until_somebody_decides() {
    let world = World::ready_for_phase2(&embeddings());
    let database = world.value("SELECT DB_NAME()").unwrap();
    let login = format!("blind_{database}");
    for script in crate::grants::scripts(&database, &login) {
        let script = script
            .replace(
                "GRANT VIEW SERVER PERFORMANCE STATE",
                "DENY VIEW SERVER PERFORMANCE STATE",
            )
            // Phase 1 has made it.
            .replace("CREATE SCHEMA hartonomous AUTHORIZATION dbo;", "");
        world.script(&script);
    }
    world.script(&format!("USE [{database}];"));
    let connection = format!(
        "{};User ID={login};Password={}",
        world.connection_string(),
        crate::grants::PASSWORD
    );
    let start = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("HARTONOMOUS_CONNECTION", &connection);
        command.spawn().unwrap()
    };
    let arguments = phase2(&[]);
    let child = start(&arguments);
    until("the blind signals hold", || {
        held_by(&world).contains("blocked: cannot be read")
    });
    let signals = status(&world)["signals"].as_array().unwrap().clone();
    for one in &signals {
        let blind = one["reading"].is_null();
        assert_eq!(blind, one["holds"] == true, "{one}");
    }
    let blind: Vec<String> = signals
        .iter()
        .filter(|one| one["reading"].is_null())
        .map(|one| one["signal"].as_str().unwrap().to_owned())
        .collect();
    assert!(blind.contains(&"blocked".to_owned()), "{signals:?}");
    assert_eq!(migrated(&world), 0);
    world.run(&["stop"]).exits(0);
    finish(&arguments, child)
        .exits(5)
        .says("--without-signal blocked");
    let mut without = Vec::new();
    for signal in &blind {
        without.extend(["--without-signal", signal]);
    }
    let arguments = phase2(&without);
    let ran: Ran = finish(&arguments, start(&arguments));
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
    assert_eq!(migrated(&world), 30);
}
