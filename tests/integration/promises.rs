//! Waivers, attestations and thresholds: what people answer for is seen everywhere, ends in time, and never covers data.

use hartonomous_standin::serve::Precision;

use crate::data;
use crate::process::Ran;
use crate::world::World;

const DEDUPLICATION: &str = "phase2.deduplication";

fn validate(world: &World) -> Ran {
    world.run(&["validate", "phase2", "--format", "json"])
}

fn waive(world: &World, gate: &str, until: &str) -> Ran {
    world.run(&[
        "waive",
        gate,
        "--reason",
        "full-precision rehearsal",
        "--until",
        until,
        "--by",
        "dana",
    ])
}

#[test]
fn a_waived_gate_is_shown_as_waived_with_who_why_and_until_when() {
    let world = World::ready_for_phase2(&data::shipped(Precision::Float32, 6));
    world.phase2().exits(1).says(DEDUPLICATION);
    waive(&world, DEDUPLICATION, "7d")
        .exits(0)
        .shows("dana")
        .shows("full-precision rehearsal");
    let report = validate(&world).exits(0);
    assert_eq!(report.gates("waived"), [DEDUPLICATION], "{report}");
    let document = report.json();
    assert_eq!(document["passed"], true);
    let gate = document["gates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|gate| gate["id"] == DEDUPLICATION)
        .unwrap();
    assert_eq!(gate["waiver"]["by"], "dana");
    assert_eq!(gate["waiver"]["reason"], "full-precision rehearsal");
    world
        .run(&["validate", "phase2"])
        .exits(0)
        .shows("is waived by dana");
    // The run that relied on it has it on record, and so has the status.
    world.phase2().exits(0).shows("is waived by dana");
    let stored = world.rows(
        "SELECT TOP (1) verdict, evidence FROM hartonomous.gate_results WHERE gate = N'phase2.deduplication' \
         ORDER BY gate_result_id DESC",
    );
    assert_eq!(stored[0][0].as_deref(), Some("waived"));
    assert!(stored[0][1].as_deref().unwrap().contains("rehearsal"));
    world
        .run(&["status"])
        .exits(0)
        .shows("waived")
        .shows("by dana until");
    let listed = world
        .run(&["waive", "--list", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(listed["waivers"][0]["gate"], DEDUPLICATION);
}

#[test]
fn a_waiver_that_is_over_or_revoked_covers_nothing() {
    let world = World::ready_for_phase2(&data::shipped(Precision::Float32, 6));
    world.phase2().exits(1);
    waive(&world, DEDUPLICATION, "1h").exits(0);
    world.phase2().exits(0);
    world.run(&["status"]).exits(0).shows("phase 2 complete");
    // By the server's clock an hour has passed.
    world.batch(
        "UPDATE hartonomous.waivers SET expires_at = DATEADD(SECOND, -1, SYSUTCDATETIME());",
    );
    assert_eq!(validate(&world).exits(1).gates("fail"), [DEDUPLICATION]);
    world
        .run(&["status"])
        .exits(0)
        .shows("fail")
        .shows("see to the gates that fail");
    world
        .run(&["waive", "--list"])
        .exits(0)
        .shows("no waiver holds");
    waive(&world, DEDUPLICATION, "2999-01-01").exits(0);
    validate(&world).exits(0);
    world
        .run(&["waive", DEDUPLICATION, "--revoke"])
        .exits(0)
        .says("2 waivers of phase2.deduplication revoked");
    validate(&world).exits(1);
}

#[test]
fn a_gate_that_protects_data_is_never_waived_not_even_by_hand() {
    let world = World::ready_for_phase2(&data::coarse(4, 450, 201));
    world.phase2().exits(0);
    waive(&world, "phase2.exactness", "7d")
        .exits(2)
        .says("never waived: it protects data");
    waive(&world, "phase2.exactnes", "7d")
        .exits(2)
        .says("there is no gate phase2.exactnes");
    world.batch(
        "INSERT INTO hartonomous.waivers (phase, gate, granted_by, reason, expires_at) \
         VALUES (N'phase2', N'phase2.exactness', N'mallory', N'because', '2999-01-01');
         UPDATE dbo.EmbeddingMigrationProgress SET VectorDigest = 0x00 WHERE AtomEmbeddingId = 1;",
    );
    assert_eq!(
        validate(&world).exits(1).gates("fail"),
        ["phase2.exactness"]
    );
}

#[test]
fn a_waiver_needs_a_reason_a_time_to_come_and_the_schema() {
    let world = World::new();
    waive(&world, DEDUPLICATION, "7d")
        .exits(7)
        .says("migrate phase1");
    world.phase1();
    waive(&world, DEDUPLICATION, "2001-01-01")
        .exits(2)
        .says("--until must be later than now");
    waive(&world, DEDUPLICATION, "tomorrow")
        .exits(2)
        .says("is no time");
    world
        .run(&["waive", DEDUPLICATION, "--until", "7d"])
        .exits(2)
        .says("--reason");
    world
        .run(&["waive", DEDUPLICATION, "--until", "7d", "--reason", " "])
        .exits(2)
        .says("--reason must have 1 to 1000 characters");
    assert_eq!(world.number("SELECT COUNT(*) FROM hartonomous.waivers"), 0);
}

#[test]
fn an_attestation_says_who_vouches_for_what_and_where_it_can_be_looked_up() {
    let world = World::new();
    world.phase1();
    let attest = |subject: &str| {
        world.run(&[
            "attest",
            subject,
            "--statement",
            "812 of 812 passed",
            "--reference",
            "build 4711",
        ])
    };
    attest("regression-suite")
        .exits(0)
        .shows("812 of 812 passed [build 4711]");
    attest("weather").exits(2).says("applications-moved");
    let listed = world
        .run(&["attest", "--list", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(listed["attestations"][0]["subject"], "regression-suite");
    // Without --by it is the login that answers for it.
    assert_eq!(
        listed["attestations"][0]["by"],
        listed["attestations"][0]["login"]
    );
    world
        .run(&["attest", "regression-suite", "--revoke"])
        .exits(0)
        .shows("nothing is attested");
}

#[test]
fn thresholds_come_from_a_file_that_must_be_understood_whole() {
    let world = World::ready_for_phase2(&data::coarse(6, 60, 203));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thresholds");
    let path = file.to_str().unwrap();
    std::fs::write(
        &file,
        "# few rows, few repetitions\nphase2.deduplication_percent = 90.5\n",
    )
    .unwrap();
    world.run(&["migrate", "phase2", "--config", path]).exits(0);
    let report = world
        .run(&["validate", "phase2", "--format", "json", "--config", path])
        .exits(0);
    assert!(report.stdout.contains("> 90.5 %"), "{report}");
    validate(&world).exits(1);
    std::fs::write(&file, "phase2.deduplication = 0.5\n").unwrap();
    world
        .run(&["validate", "phase2", "--config", path])
        .exits(2)
        .says("there is no threshold 'phase2.deduplication'");
    world
        .run(&["validate", "--config", "/nowhere/at/all"])
        .exits(2)
        .says("failed to read the configuration file");
}
