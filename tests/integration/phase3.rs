//! Phase 3: nothing irreversible without proof, and then it is gone, smaller, and every digest still right.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hartonomous_standin::wire::Fault;

use crate::data::{self, Embedding};
use crate::disturb::{AtText, contents};
use crate::process::Ran;
use crate::world::{World, needs_stand_in};

pub const CONFIRMED: &[&str] = &["migrate", "phase3", "--confirm", "EmbeddingVector"];
/// The gates before the removal, phase 2's criteria apart.
const BEFORE: usize = 8;

/// A full backup that can be read again.
pub fn backup_to_file(world: &World) -> tempfile::TempPath {
    let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    world.batch(&format!(
        "DECLARE @name sysname = DB_NAME(); BACKUP DATABASE @name TO DISK = N'{}' WITH CHECKSUM, INIT;",
        file.display()
    ));
    file
}

/// As if phase 2 had been complete for so many days.
pub fn age(world: &World, days: i32) {
    world.batch(&format!(
        "UPDATE hartonomous.gate_results SET measured_at = DATEADD(DAY, -{days}, measured_at); \
         UPDATE dbo.EmbeddingMigrationProgress SET MigratedAt = DATEADD(DAY, -{days}, MigratedAt); \
         UPDATE dbo.AtomEmbeddings SET LastUpdated = DATEADD(DAY, -{days}, LastUpdated);"
    ));
}

pub fn attest(world: &World, subject: &str) -> Ran {
    world.run(&[
        "attest",
        subject,
        "--statement",
        "seen",
        "--reference",
        "build 1",
    ])
}

/// Phase 2 complete for 31 days, backed up, everything attested. The backup is a file as long as the second value lives.
pub fn ready_for_phase3(embeddings: &[Embedding]) -> (World, tempfile::TempPath) {
    let world = World::ready_for_phase2(embeddings);
    world.phase2().exits(0);
    age(&world, 31);
    let file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    (world, file)
}

pub fn embeddings() -> Vec<Embedding> {
    data::coarse(40, 60, 401)
}

pub fn has_column(world: &World) -> bool {
    world
        .value("SELECT COL_LENGTH(N'dbo.AtomEmbeddings', N'EmbeddingVector')")
        .is_some()
}

pub fn validate(world: &World) -> Ran {
    world.run(&["validate", "phase3", "--format", "json"])
}

#[test]
fn the_column_goes_the_table_shrinks_and_every_digest_is_still_right() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&embeddings());
    assert_eq!(validate(&world).exits(0).gates("pass").len(), BEFORE);
    world
        .run(&["migrate", "phase3", "--dry-run"])
        .exits(0)
        .shows("DROP COLUMN EmbeddingVector")
        .shows("rebuild");
    world.run(&["plan", "phase3"]).exits(0);
    assert!(has_column(&world));
    // Without the column's name nothing is dropped.
    world
        .run(&["migrate", "phase3"])
        .exits(2)
        .says("--confirm EmbeddingVector");
    world
        .run(&["migrate", "phase3", "--confirm", "Metadata"])
        .exits(2)
        .says("does not name the column");
    assert!(has_column(&world));
    let ran = world
        .run(&[
            "migrate",
            "phase3",
            "--confirm",
            "EmbeddingVector",
            "--format",
            "json",
        ])
        .exits(0);
    assert!(!has_column(&world));
    let size = ran.evidence("phase3.size");
    assert!(size["percent"].as_f64().unwrap() > 90.0, "{size}");
    assert_eq!(ran.evidence("phase3.digests")["embeddings"], 40);
    // Seven days without an error are attested after seven days.
    let report = validate(&world).exits(1);
    assert_eq!(report.gates("fail"), ["phase3.error_free"], "{report}");
    attest(&world, "no-application-errors").exits(0);
    validate(&world).exits(1);
    world.batch(
        "UPDATE hartonomous.steps SET detail = REPLACE(detail, LEFT(CONVERT(varchar(30), SYSUTCDATETIME(), 126), 10), '2020-01-01') \
         WHERE phase = N'phase3' AND step = N'column.EmbeddingVector';",
    );
    validate(&world).exits(0);
    world.run(&["validate"]).exits(0);
    world.run(&["status"]).exits(0).shows("phase 3 complete");
    world
        .run(&["validate", "phase2"])
        .exits(7)
        .says("validate phase3");
    world
        .run(&["rollback", "phase2"])
        .exits(1)
        .says("rollback2.column");
    // A second run has nothing to drop.
    world.run(CONFIRMED).exits(0);
    world.run(&["doctor"]).exits(0);
}

#[test]
fn every_prerequisite_stops_it_by_name() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(6, 300, 403));
    world
        .run(CONFIRMED)
        .exits(7)
        .says("phase 2 has not been begun");
    world.phase2().exits(0);
    let ran = world.run(CONFIRMED).exits(1);
    for gate in [
        "phase3.soak",
        "phase3.backup",
        "phase3.backup_verified",
        "phase3.regression_suite",
        "phase3.applications_moved",
        "phase3.benchmark",
    ] {
        assert!(ran.stderr.contains(gate), "{gate}: {ran}");
    }
    // An attestation from before phase 2 was complete does not count.
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    world.batch("UPDATE hartonomous.attestations SET attested_at = '2001-01-01' WHERE subject = N'benchmark';");
    let file = backup_to_file(&world);
    age(&world, 29);
    let failing = |expected: &[&str]| {
        let report = validate(&world).exits(1);
        assert_eq!(report.gates("fail"), expected, "{report}");
        world.run(CONFIRMED).exits(1);
        assert!(has_column(&world));
    };
    failing(&["phase3.soak", "phase3.benchmark"]);
    attest(&world, "benchmark").exits(0);
    failing(&["phase3.soak"]);
    age(&world, 2);
    validate(&world).exits(0);
    // The file of the backup is damaged: msdb does not know, the server's reading does.
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    failing(&["phase3.backup_verified"]);
    std::fs::write(&file, &whole).unwrap();
    // Something stands on the column.
    for (make, unmake, told) in [
        (
            "CREATE VIEW dbo.vw_Old AS SELECT AtomEmbeddingId, EmbeddingVector FROM dbo.AtomEmbeddings;",
            "DROP VIEW dbo.vw_Old;",
            "dbo.vw_Old",
        ),
        (
            "CREATE VIEW dbo.vw_Bound WITH SCHEMABINDING AS SELECT AtomEmbeddingId, EmbeddingVector FROM dbo.AtomEmbeddings;",
            "DROP VIEW dbo.vw_Bound;",
            "dbo.vw_Bound",
        ),
        (
            "CREATE PROCEDURE dbo.p_Dynamic AS EXEC (N'SELECT EmbeddingVector FROM dbo.AtomEmbeddings');",
            "DROP PROCEDURE dbo.p_Dynamic;",
            "dbo.p_Dynamic",
        ),
        (
            "CREATE NONCLUSTERED INDEX IX_Old ON dbo.AtomEmbeddings (ModelId) INCLUDE (EmbeddingVector);",
            "DROP INDEX IX_Old ON dbo.AtomEmbeddings;",
            "IX_Old",
        ),
        (
            "ALTER TABLE dbo.AtomEmbeddings ADD HasVector AS CASE WHEN EmbeddingVector IS NULL THEN 0 ELSE 1 END;",
            "ALTER TABLE dbo.AtomEmbeddings DROP COLUMN HasVector;",
            "HasVector",
        ),
    ] {
        world.batch(make);
        let report = validate(&world).exits(1);
        assert_eq!(report.gates("fail"), ["phase3.dependencies"], "{report}");
        assert!(
            report
                .evidence("phase3.dependencies")
                .to_string()
                .contains(told),
            "{report}"
        );
        world.batch(unmake);
    }
    // Phase 2's criteria are measured now, not remembered.
    world.batch("UPDATE TOP (1) dbo.Atoms SET ReferenceCount = ReferenceCount + 1 WHERE Modality = N'numeric';");
    world
        .run(CONFIRMED)
        .exits(1)
        .says("phase2.reference_counts");
    assert!(has_column(&world));
}

#[test]
fn a_vector_written_during_the_soak_begins_it_anew() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&data::coarse(4, 450, 405));
    validate(&world).exits(0);
    world.batch(&data::insert_sources(5..=5));
    world.batch(
        &Embedding {
            atom: 5,
            ..data::coarse(1, 450, 406).remove(0)
        }
        .insert(),
    );
    world.run(CONFIRMED).exits(1).says("phase2.migrated");
    world.phase2().exits(0);
    let report = validate(&world).exits(1);
    assert!(
        report.gates("fail").contains(&"phase3.soak".to_owned()),
        "{report}"
    );
    assert!(has_column(&world));
}

#[test]
fn waivers_open_the_way_except_past_what_protects_data() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(30, 60, 407));
    world.phase2().exits(0);
    for gate in [
        "phase3.soak",
        "phase3.backup",
        "phase3.backup_verified",
        "phase3.regression_suite",
        "phase3.applications_moved",
        "phase3.benchmark",
    ] {
        world
            .run(&["waive", gate, "--reason", "rehearsal", "--until", "1d"])
            .exits(0);
    }
    world
        .run(&[
            "waive",
            "phase3.digests_recorded",
            "--reason",
            "x",
            "--until",
            "1d",
        ])
        .exits(2);
    world.batch(
        "UPDATE dbo.EmbeddingMigrationProgress SET VectorDigest = NULL WHERE AtomEmbeddingId = 2;",
    );
    world
        .run(CONFIRMED)
        .exits(1)
        .says("phase3.digests_recorded");
    world.batch(
        "UPDATE dbo.EmbeddingMigrationProgress SET VectorDigest = 0x00 WHERE AtomEmbeddingId = 2;",
    );
    world.run(CONFIRMED).exits(1).says("phase2.exactness");
    assert!(has_column(&world));
    world.run(&["rollback", "phase2"]).exits(0);
    world
        .run(CONFIRMED)
        .exits(7)
        .says("phase 2 has not been begun");
}

#[test]
fn a_brown_out_renames_the_column_and_takes_it_back_and_loses_nothing() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&embeddings());
    let before = contents(&world);
    world
        .run(&["migrate", "phase3", "--brown-out"])
        .exits(0)
        .says("EmbeddingVector_browned_out");
    assert!(!has_column(&world));
    let old = world.try_batch("SELECT COUNT(EmbeddingVector) FROM dbo.AtomEmbeddings;");
    assert_eq!(old.unwrap_err().0, 207);
    world.run(&["status"]).exits(0).shows("brown-out");
    world.run(&["migrate", "phase3", "--brown-out"]).exits(0);
    world.phase2().exits(7).says("--end-brown-out");
    world
        .run(&["rollback", "phase2"])
        .exits(1)
        .says("rollback2.column");
    world
        .run(&["rollback", "phase3"])
        .exits(7)
        .says("--end-brown-out");
    validate(&world).exits(0);
    world
        .run(&["migrate", "phase3", "--end-brown-out"])
        .exits(0)
        .says("is called EmbeddingVector again");
    assert_eq!(contents(&world), before);
    world
        .run(&["migrate", "phase3", "--end-brown-out"])
        .exits(0)
        .says("no brown-out to end");
    // From a brown-out the removal goes on.
    world.run(&["migrate", "phase3", "--brown-out"]).exits(0);
    world.run(CONFIRMED).exits(0);
    assert!(!has_column(&world));
    world
        .run(&["migrate", "phase1", "--brown-out"])
        .exits(2)
        .says("are for phase3");
}

#[test]
fn an_embedding_written_between_the_proof_and_the_drop_stops_it() {
    if needs_stand_in() {
        return;
    }
    for change in [
        "UPDATE dbo.AtomEmbeddings SET LastUpdated = SYSUTCDATETIME() WHERE AtomEmbeddingId = 3;",
        "UPDATE dbo.EmbeddingMigrationProgress SET AtomEmbeddingId = 4001 WHERE AtomEmbeddingId = 3;",
    ] {
        let (world, _file) = ready_for_phase3(&data::coarse(6, 300, 409));
        let (ask, asked) = std::sync::mpsc::channel::<std::sync::mpsc::Sender<()>>();
        let ask = std::sync::Mutex::new(ask);
        world.inject(AtText {
            needle: "TABLOCKX",
            number: 1,
            executed: false,
            seen: AtomicU64::new(0),
            what: move || {
                let (done, wait) = std::sync::mpsc::channel();
                ask.lock().unwrap().send(done).unwrap();
                crate::wire::held(&wait).unwrap();
                Fault::None
            },
        });
        let child = world.start(CONFIRMED);
        let done = asked.recv_timeout(Duration::from_secs(60)).unwrap();
        world.watch().calm();
        world.batch(change);
        done.send(()).unwrap();
        crate::process::finish(CONFIRMED, child)
            .exits(7)
            .says("first AtomEmbeddingId 3")
            .says("hartonomous migrate phase2");
        assert!(has_column(&world));
    }
}
