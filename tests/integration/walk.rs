//! `migrate all`: one phase after the other as far as the gates allow, and a plain word about what it waits for.

use std::sync::atomic::AtomicU64;

use hartonomous_standin::wire::Fault;
use serde_json::Value;

use crate::data;
use crate::disturb::{AtText, carry_on};
use crate::phase3::{age, attest, backup_to_file, has_column};
use crate::phase4;
use crate::process::Ran;
use crate::wire::Target;
use crate::world::{World, needs_stand_in};

const ALL: &[&str] = &["migrate", "all", "--format", "json"];
const CONFIRMED: &[&str] = &[
    "migrate",
    "all",
    "--confirm",
    "EmbeddingVector",
    "--format",
    "json",
];

/// Phase by phase, as the document has it.
fn states(ran: &Ran) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let document = ran.json();
    assert_eq!(document["schema"], "hartonomous.all/1", "{ran}");
    let phases = document["phases"].as_array().unwrap().iter();
    phases
        .map(|one| (text(&one["phase"]), text(&one["state"])))
        .collect()
}

#[track_caller]
fn assert_states(ran: &Ran, expected: &[(&str, &str)]) {
    let found = states(ran);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(phase, state)| (phase.as_str(), state.as_str()))
        .take(expected.len())
        .collect();
    assert_eq!(found, expected, "{ran}");
}

fn waits(ran: &Ran) -> Vec<Value> {
    ran.json()["waits_for"].as_array().unwrap().clone()
}

#[track_caller]
fn wait_of(ran: &Ran, gate: &str) -> Value {
    let all = waits(ran);
    let found = all.iter().find(|one| one["gate"] == gate);
    found
        .unwrap_or_else(|| panic!("no {gate} in {ran}"))
        .clone()
}

fn runs(world: &World) -> Vec<String> {
    let rows = world.rows("SELECT command + N': ' + outcome FROM hartonomous.runs ORDER BY run_id");
    rows.into_iter()
        .map(|row| row[0].clone().unwrap())
        .collect()
}

/// From nothing to the end, each time as far as the gates allow.
#[test]
fn it_walks_as_far_as_the_gates_allow_and_says_what_it_waits_for() {
    if needs_stand_in() {
        return;
    }
    let world = World::new();
    world.load(&data::coarse(40, 60, 701));
    // Phase 1 is done; phase 2 wants a backup that is newer.
    let ran = world.run(ALL).exits(1);
    assert_states(
        &ran,
        &[
            ("phase1", "done"),
            ("phase2", "waits"),
            ("phase3", "not_begun"),
        ],
    );
    assert_eq!(wait_of(&ran, "phase2.backup")["kind"], "action");
    assert_eq!(
        runs(&world),
        ["migrate phase1: done", "migrate phase2: gate failed"],
        "each phase has a run of its own"
    );
    world.backup();
    // Phase 2 is done; phase 3 wants time and people.
    let ran = world.run(ALL).exits(1);
    assert_states(
        &ran,
        &[
            ("phase1", "complete"),
            ("phase2", "done"),
            ("phase3", "waits"),
        ],
    );
    let soak = wait_of(&ran, "phase3.soak");
    assert_eq!(
        (soak["kind"].as_str(), soak["threshold"].as_str()),
        (Some("time"), Some(">= 30 days"))
    );
    assert!(
        soak["measured"]
            .as_str()
            .unwrap()
            .starts_with("0.0 days since")
    );
    let (since, until) = (
        soak["since"].as_str().unwrap(),
        soak["until"].as_str().unwrap(),
    );
    assert!(since < until && until.ends_with(" UTC"), "{soak}");
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        let gate = format!("phase3.{}", subject.replace('-', "_"));
        let wait = wait_of(&ran, &gate);
        assert_eq!(wait["kind"], "attestation");
        let next = wait["next"].as_str().unwrap();
        assert!(
            next.contains(&format!("hartonomous attest {subject}")),
            "{wait}"
        );
    }
    assert_eq!(wait_of(&ran, "phase3.backup")["kind"], "action");
    // Nothing of it is forgotten or done twice.
    let before = runs(&world).len();
    world.run(ALL).exits(1);
    assert_eq!(
        runs(&world).len(),
        before + 1,
        "only phase 3 is tried again"
    );
    age(&world, 31);
    let _file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    // Everything holds but nobody gave the name.
    let ran = world.run(ALL).exits(1);
    let wait = &waits(&ran)[0];
    assert_eq!(wait["kind"], "confirmation", "{ran}");
    assert!(
        wait["next"]
            .as_str()
            .unwrap()
            .contains("--confirm EmbeddingVector")
    );
    assert!(has_column(&world));
    world
        .run(&["migrate", "all", "--confirm", "Metadata"])
        .exits(2)
        .says("does not name the column");
    // The column goes; seven days without an error are still to be vouched for.
    let ran = world.run(CONFIRMED).exits(1);
    assert!(!has_column(&world));
    let wait = wait_of(&ran, "phase3.error_free");
    assert_eq!(wait["kind"], "attestation");
    assert!(wait["until"].is_string(), "{wait}");
    assert_states(
        &ran,
        &[
            ("phase1", "complete"),
            ("phase2", "complete"),
            ("phase3", "waits"),
        ],
    );
    let ran = world.run(ALL).exits(1);
    assert_eq!(waits(&ran).len(), 1, "{ran}");
    world.batch(
        "UPDATE hartonomous.steps SET detail = REPLACE(detail, LEFT(CONVERT(varchar(30), SYSUTCDATETIME(), 126), 10), '2020-01-01') \
         WHERE phase = N'phase3' AND step = N'column.EmbeddingVector';",
    );
    attest(&world, "no-application-errors").exits(0);
    // Phase 4 waits for a filegroup, then for a day and a word.
    let ran = world.run(&["plan", "all", "--format", "json"]).exits(1);
    assert_states(
        &ran,
        &[
            ("phase1", "complete"),
            ("phase2", "complete"),
            ("phase3", "complete"),
            ("phase4", "waits"),
        ],
    );
    assert_eq!(wait_of(&ran, "phase4.filegroup")["kind"], "action");
    let path = phase4::container(&world);
    let file = phase4::config("");
    let mut with_filegroup = ALL.to_vec();
    with_filegroup.extend([
        "--create-filegroup",
        &path,
        "--config",
        file.to_str().unwrap(),
    ]);
    let ran = world.run(&with_filegroup).exits(1);
    let gates: Vec<_> = waits(&ran).iter().map(|one| one["gate"].clone()).collect();
    assert_eq!(gates, ["phase4.stable", "phase4.error_free"], "{ran}");
    let stable = wait_of(&ran, "phase4.stable");
    assert_eq!(stable["kind"], "time");
    assert!(stable["since"].is_string() && stable["until"].is_string());
    for gate in ["phase4.stable", "phase4.error_free"] {
        world
            .run(&["waive", gate, "--reason", "rehearsal", "--until", "1d"])
            .exits(0);
    }
    let before = runs(&world).len();
    let ran = world.run(&with_filegroup).exits(0);
    assert_eq!(ran.json()["complete"], true, "{ran}");
    assert_eq!(runs(&world).len(), before, "nothing is left to run");
    // What is written to the original is brought over.
    world.batch("UPDATE dbo.AtomEmbeddings SET ModelId = 9 WHERE AtomEmbeddingId = 3;");
    let ran = world.run(&with_filegroup);
    assert_states(&ran, &[("phase1", "complete"), ("phase2", "complete")]);
    assert_eq!(states(&ran)[3].1, "done", "{ran}");
    assert_eq!(phase4::copied(&world), phase4::original(&world));
}

#[test]
fn people_read_what_is_needed_what_was_measured_and_when_it_can_be_met() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(40, 60, 703));
    world
        .run(&["migrate", "all"])
        .exits(1)
        .shows("phase2 (run ")
        .shows("phase3.soak: phase 2 complete and the column unused for long enough")
        .shows("needed >= 30 days, measured: 0.0 days since")
        .shows(", earliest ")
        .shows("hartonomous attest applications-moved")
        .shows("next  see to what is waited for; `hartonomous migrate all` carries on here");
}

#[test]
fn a_plan_of_all_writes_nothing() {
    if needs_stand_in() {
        return;
    }
    let world = World::new();
    world.load(&data::coarse(3, 20, 705));
    let before = crate::phase1::catalog(&world);
    for arguments in [&["plan", "all"][..], &["migrate", "all", "--dry-run"]] {
        world
            .run(arguments)
            .exits(0)
            .shows("phase1  ready")
            .shows("ALTER TABLE dbo.AtomRelations");
    }
    assert!(world.value("SELECT SCHEMA_ID(N'hartonomous')").is_none());
    assert_eq!(crate::phase1::catalog(&world), before);
    world.phase1();
    let runs = "SELECT COUNT(*) FROM hartonomous.runs";
    let ran = world.run(&["plan", "all", "--format", "json"]).exits(1);
    assert_states(&ran, &[("phase1", "complete"), ("phase2", "waits")]);
    assert_eq!(ran.json()["dry_run"], true);
    assert_eq!(world.number(runs), 1);
    assert!(
        world
            .value("SELECT OBJECT_ID(N'dbo.EmbeddingMigrationProgress')")
            .is_none()
    );
}

#[test]
fn an_embedding_that_comes_later_is_migrated_before_anything_else() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(40, 60, 707));
    world.run(ALL).exits(1);
    for change in [
        data::Embedding {
            atom: 3,
            model: Some(7),
            ..data::coarse(1, 60, 708).remove(0)
        }
        .insert(),
        "UPDATE dbo.AtomEmbeddings SET LastUpdated = DATEADD(SECOND, 5, SYSUTCDATETIME()) WHERE AtomEmbeddingId = 2;"
            .to_owned(),
        "DELETE dbo.AtomEmbeddings WHERE AtomEmbeddingId = 5;".to_owned(),
    ] {
        world.batch(&change);
        let ran = world.run(ALL).exits(1);
        assert_states(
            &ran,
            &[("phase1", "complete"), ("phase2", "done"), ("phase3", "waits")],
        );
        world.assert_invariants();
    }
}

#[test]
fn killed_in_any_phase_the_same_command_carries_on() {
    if needs_stand_in() {
        return;
    }
    let world = World::new();
    world.load(&data::coarse(40, 60, 709));
    let kill_at = |needle: &'static str| {
        let target = std::sync::Arc::new(Target::default());
        let victim = target.clone();
        world.inject(AtText {
            needle,
            number: 1,
            executed: true,
            seen: AtomicU64::new(0),
            what: move || {
                victim.kill();
                Fault::None
            },
        });
        target.start(|| world.start(CONFIRMED));
        let code = target.wait();
        world.watch().calm();
        assert_eq!(code, None, "{needle} was not reached");
    };
    kill_at("CREATE OR ALTER PROCEDURE dbo.sp_DeleteAtomicVectors");
    carry_on(&world, CONFIRMED).exits(1);
    world.backup();
    kill_at("INSERT INTO dbo.EmbeddingMigrationProgress");
    world.assert_invariants();
    carry_on(&world, CONFIRMED).exits(1);
    world.assert_invariants();
    age(&world, 31);
    let _file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    kill_at("REBUILD");
    assert!(!has_column(&world));
    let ran = carry_on(&world, CONFIRMED).exits(1);
    assert_eq!(waits(&ran).len(), 1, "{ran}");
    assert_eq!(wait_of(&ran, "phase3.error_free")["kind"], "attestation");
}

#[test]
fn what_belongs_to_one_phase_is_refused_and_so_is_an_undrop_under_way() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(3, 20, 711));
    for option in ["--join", "--repair", "--brown-out", "--end-brown-out"] {
        world.run(&["migrate", "all", option]).exits(2);
    }
    world.phase2();
    world.batch("ALTER TABLE dbo.AtomEmbeddings ADD EmbeddingVector_restoring vector(1998) NULL;");
    world
        .run(&["migrate", "all"])
        .exits(7)
        .says("hartonomous rollback phase3");
}
