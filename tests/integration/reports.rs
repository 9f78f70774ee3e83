//! What people and pipes read, as snapshots. What differs from run to run is made out.

use serde_json::Value;

use crate::data;
use crate::process::{finish, hartonomous};
use crate::world::{World, needs_stand_in};

fn help(arguments: &[&str]) -> String {
    finish(arguments, hartonomous(arguments).spawn().unwrap())
        .exits(0)
        .stdout
}

#[test]
fn help_of_the_program() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn help_of_migrate() {
    insta::assert_snapshot!(help(&["migrate", "--help"]));
}

#[test]
fn help_of_validate() {
    insta::assert_snapshot!(help(&["validate", "-h"]));
}

#[test]
fn completions_name_every_command() {
    let text = help(&["completions", "bash"]);
    for command in [
        "doctor",
        "plan",
        "migrate",
        "validate",
        "status",
        "completions",
    ] {
        assert!(text.contains(command), "{command}");
    }
}

/// Replaces what differs from run to run: times, durations, names of machines, ids of processes.
fn made_out(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                let varies = [
                    "started_at",
                    "last_progress_at",
                    "measured_at",
                    "started",
                    "schema_changed",
                    "host",
                    "login",
                    "device",
                    "acknowledged_at",
                    "age_seconds",
                    "reading",
                    "soak",
                ]
                .contains(&name.as_str());
                if varies && !inner.is_null() {
                    *inner = Value::String(format!("[{name}]"));
                } else if name == "microseconds"
                    || inner.as_str().is_some_and(|text| text.contains('µ'))
                {
                    *inner = Value::String("[microseconds]".to_owned());
                } else {
                    made_out(inner);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(made_out),
        _ => {}
    }
}

fn document(mut value: Value) -> String {
    made_out(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

#[test]
fn status_and_validate_are_versioned_documents() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(4, 450, 83));
    let begun = world.run(&["status", "--format", "json"]).exits(0).json();
    insta::assert_snapshot!("status_after_phase1", document(begun));
    world.phase2().exits(0);
    let status = world.run(&["status", "--format", "json"]).exits(0).json();
    insta::assert_snapshot!("status_after_phase2", document(status));
    let validate = world.run(&["validate", "--format", "json"]).exits(0).json();
    insta::assert_snapshot!("validate", document(validate));
}

#[test]
fn status_says_what_to_do_next_at_every_stage() {
    let world = World::new();
    world
        .run(&["status"])
        .exits(0)
        .shows("hartonomous doctor, then hartonomous migrate phase1");
    world.load(&data::coarse(4, 450, 89));
    world.phase1();
    world
        .run(&["status"])
        .exits(0)
        .shows("a full backup, then hartonomous migrate phase2");
    world.backup();
    world.phase2().exits(0);
    world
        .run(&["status"])
        .exits(0)
        .shows("phase 2 complete")
        .shows("4 of 4");
}

#[test]
fn the_doctor_says_what_would_stop_each_phase() {
    let world = World::new();
    world.load(&data::coarse(1, 4, 97));
    let report = world.run(&["doctor", "--format", "json"]).exits(0).json();
    assert_eq!(report["schema"], "hartonomous.doctor/1");
    let phases = report["phases"].as_array().unwrap();
    assert_eq!(phases.len(), 4);
    assert_eq!(phases[0]["stops"], Value::Array(Vec::new()), "{report:#}");
    assert!(
        phases[1]["stops"].to_string().contains("backup"),
        "{report:#}"
    );
    let before = crate::phase1::catalog(&world);
    world
        .run(&["doctor"])
        .exits(0)
        .shows("vector type")
        .shows("phase1: nothing that the doctor sees would stop it");
    assert_eq!(
        crate::phase1::catalog(&world),
        before,
        "the doctor writes nothing"
    );
}

#[test]
fn progress_can_be_lines_documents_or_nothing() {
    let world = World::ready_for_phase2(&data::coarse(4, 450, 101));
    let quiet = world
        .run(&["migrate", "phase1", "--progress", "none"])
        .exits(0);
    assert_eq!(quiet.stderr, "");
    let json = world
        .run(&["migrate", "phase2", "--progress", "json"])
        .exits(0);
    let events: Vec<Value> = json
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!(
        (
            of("phase_started"),
            of("batches_started"),
            of("batches_ended")
        ),
        (1, 1, 1)
    );
    assert!(
        of("batch_committed") >= 1 && of("gate_measured") >= 11,
        "{json}"
    );
    let plain = world
        .run(&["validate", "phase2", "--progress", "plain"])
        .exits(0);
    assert!(
        plain.stderr.contains("4 of 4") || plain.stderr.contains("of 4 embeddings"),
        "{plain}"
    );
}
