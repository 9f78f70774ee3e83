//! Every gate of the product fails where it should and passes where it should: what the commands report is held against the
//! product's own list of gates, and a gate that was not seen both ways fails the test.

mod back;
mod forward;

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::Value;

use crate::data;
use crate::disturb::change_at;
use crate::process::Ran;
use crate::world::{World, needs_stand_in};

/// Seen here in one way only, and why. The unit test named holds the other one.
const ELSEWHERE: &[(&str, &str)] = &[
    // The stand-in's files always grow; phase2::before::tests::a_file_that_may_not_grow_holds_what_is_free decides the rest.
    ("phase2.space", "fail"),
    // The stand-in's disks are never full; restore::room::tests::what_is_there_already_is_counted_and_the_rest_must_fit decides.
    ("rollback3.room", "fail"),
    // It has memory-optimised tables, runs no backup beside another session, and its disk is as large as this machine's:
    // phase4::before::tests decides all three.
    ("phase4.platform", "fail"),
    ("phase4.no_backup", "fail"),
    ("phase4.disk", "fail"),
    // Lookups of the stand-in's memory-optimised tables take no lock: there is nothing to wait for. phase4::after::tests decides.
    ("phase4.lock_waits", "fail"),
];

/// Gate and verdict, as reports named them.
#[derive(Default)]
struct Seen(BTreeSet<(String, String)>);

impl Seen {
    /// Takes the gates of every document on stdout.
    fn take(&mut self, ran: &Ran) -> BTreeSet<String> {
        let mut failed = BTreeSet::new();
        let documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
        for document in documents {
            let document = document.unwrap_or_else(|error| panic!("{error} in {ran}"));
            let phases = document["phases"].as_array().into_iter().flatten();
            let nested = phases.filter_map(|phase| phase["gates"].as_array());
            let all = document["gates"].as_array().into_iter().chain(nested);
            for gate in all.flatten() {
                let text = |key: &str| gate[key].as_str().unwrap_or_default().to_owned();
                if text("verdict") == "fail" {
                    failed.insert(text("id"));
                }
                self.0.insert((text("id"), text("verdict")));
            }
        }
        failed
    }

    /// Takes what runs recorded: gates that held before a phase are on no report of its end.
    fn recorded(&mut self, world: &World) {
        for row in world.rows("SELECT DISTINCT gate, verdict FROM hartonomous.gate_results") {
            if let [Some(gate), Some(verdict)] = row.as_slice() {
                self.0.insert((gate.clone(), verdict.clone()));
            }
        }
    }

    /// The command fails, and exactly these gates do.
    #[track_caller]
    fn fails(&mut self, ran: &Ran, expected: &[&str]) {
        assert_eq!(ran.code, Some(1), "{ran}");
        let failed = self.take(ran);
        let failed: BTreeSet<&str> = failed.iter().map(String::as_str).collect();
        assert_eq!(failed, expected.iter().copied().collect(), "{ran}");
    }

    /// The command succeeds, and every gate holds.
    #[track_caller]
    fn passes(&mut self, ran: &Ran) {
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(self.take(ran).is_empty(), "{ran}");
    }
}

/// A file of thresholds for a few small rows.
fn thresholds(lines: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    file
}

fn run(world: &World, line: &str, configuration: &tempfile::NamedTempFile) -> Ran {
    let path = configuration.path().display().to_string();
    let mut arguments: Vec<&str> = line.split(' ').collect();
    arguments.extend(["--format", "json", "--config", &path]);
    world.run(&arguments)
}

fn change_during(world: &World, line: &str, point: (&'static str, u64, bool), change: &str) -> Ran {
    let mut arguments: Vec<&str> = line.split(' ').collect();
    arguments.extend(["--format", "json"]);
    change_at(world, &arguments, point, change)
}

const GENEROUS: &str = "phase1.slowdown_times = 1000\nphase2.deduplication_percent = 0\nphase3.soak_days = 0\n\
                        phase3.size_reduction_percent = 0\nphase3.error_free_days = 0\n";

fn embeddings() -> Vec<data::Embedding> {
    let mut embeddings = data::coarse(6, 20, 901);
    embeddings.push(data::Embedding {
        model: Some(2),
        values: None,
        ..data::coarse(1, 20, 902).remove(0)
    });
    embeddings
}

/// Whether lookups are fast enough here is a matter of the machine.
const REHEARSAL: &str = "phase2.deduplication_percent = 0\nphase4.lookup_p50_us = 1000000\nphase4.lookup_p99_us = 1000000\n";

#[test]
fn every_gate_is_seen_failing_and_passing() {
    if needs_stand_in() {
        return;
    }
    let mut seen = Seen::default();
    for part in [
        forward::phase1,
        back::rollback1,
        forward::phase2,
        back::rollback2,
        back::rollback2_objects,
        forward::phase3,
        back::rollback3,
        back::from_backup,
        forward::phase4,
        back::rollback4,
    ] {
        part(&mut seen);
    }
    let missing: Vec<String> = hartonomous::cli::every_gate()
        .flat_map(|gate| ["pass", "fail"].map(|verdict| (gate.id, verdict)))
        .filter(|one| !ELSEWHERE.contains(one))
        .filter(|(id, verdict)| !seen.0.contains(&((*id).to_owned(), (*verdict).to_owned())))
        .map(|(id, verdict)| format!("{id} was never seen to {verdict}"))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
