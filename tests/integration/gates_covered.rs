//! Every gate of the product fails where it should and passes where it should: what the commands report is held against the
//! product's own list of gates, and a gate that was not seen both ways fails the test.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::Value;

use crate::damage;
use crate::data;
use crate::disturb::change_at;
use crate::phase3::{attest, backup_to_file};
use crate::process::Ran;
use crate::world::{World, needs_stand_in};

/// Seen here in one way only, and why. The unit test named holds the other one.
const ELSEWHERE: &[(&str, &str)] = &[
    // The stand-in's files always grow; phase2::before::tests::a_file_that_may_not_grow_holds_what_is_free decides the rest.
    ("phase2.space", "fail"),
    // The stand-in's disks are never full; restore::room::tests::what_is_there_already_is_counted_and_the_rest_must_fit decides.
    ("rollback3.room", "fail"),
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

fn phase1(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let strict = thresholds("phase1.slowdown_times = 1\n");
    let world = World::new();
    seen.passes(&run(&world, "migrate phase1", &generous));
    world.batch(
        "DROP INDEX IX_AtomRelations_Tenant_Type ON dbo.AtomRelations; \
         DROP PROCEDURE dbo.sp_GetAtomicDeduplicationStats; \
         DROP FUNCTION dbo.fn_ComputeSpatialBucket; \
         ALTER TABLE dbo.AtomRelations DROP COLUMN Importance; \
         UPDATE hartonomous.steps SET detail = \
           N'{\"paths\":{\"source\":{\"microseconds\":-999,\"units\":1000000},\"target\":{\"microseconds\":-999,\"units\":1000000}}}' \
         WHERE step = N'sample.access_paths';",
    );
    let existing = world
        .value(
            "SELECT TOP (1) i.name FROM sys.indexes AS i WHERE i.object_id = OBJECT_ID(N'dbo.AtomRelations') AND i.index_id > 1 \
             AND i.name NOT IN (N'IX_AtomRelations_Source_Type_Seq', N'IX_AtomRelations_Target_Type', N'IX_AtomRelations_SpatialBucket', \
             N'IX_AtomRelations_Coordinates', N'SI_AtomRelations_SpatialExpression')",
        )
        .unwrap();
    world.batch(&format!("DROP INDEX [{existing}] ON dbo.AtomRelations;"));
    world.batch(
        "CREATE FUNCTION dbo.fn_ComputeSpatialBucket(@X float, @Y float, @Z float) RETURNS bigint \
         WITH SCHEMABINDING AS BEGIN RETURN 42; END;",
    );
    let ran = run(&world, "validate phase1", &strict);
    seen.fails(
        &ran,
        &[
            "phase1.columns",
            "phase1.indexes",
            "phase1.existing_indexes",
            "phase1.modules",
            "phase1.procedures",
            "phase1.bucket_function",
            "phase1.access_paths",
        ],
    );
    seen.recorded(&world);
}

fn rollback1(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let world = World::new();
    world.load(&embeddings());
    seen.passes(&run(&world, "migrate phase1", &generous));
    world.batch(
        "INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, Weight, TenantId) \
         SELECT MIN(AtomId), MAX(AtomId), N'next', 0.5, 7 FROM dbo.Atoms; \
         EXEC (N'CREATE OR ALTER FUNCTION dbo.fn_ComputeSpatialBucket(@X float, @Y float, @Z float) RETURNS bigint \
                 WITH SCHEMABINDING AS BEGIN RETURN 42; END;'); \
         CREATE TABLE dbo.EmbeddingMigrationProgress (AtomEmbeddingId bigint NOT NULL PRIMARY KEY, \
           MigratedAt datetime2(7) NOT NULL DEFAULT SYSUTCDATETIME(), AtomCount int NOT NULL, RelationCount int NOT NULL); \
         INSERT INTO dbo.EmbeddingMigrationProgress (AtomEmbeddingId, AtomCount, RelationCount) VALUES (1, 1, 1);",
    );
    seen.fails(
        &run(&world, "rollback phase1 --dry-run", &generous),
        &["rollback1.phase2", "rollback1.columns", "rollback1.modules"],
    );
    world.batch(
        "DROP TABLE dbo.EmbeddingMigrationProgress; DROP FUNCTION dbo.fn_ComputeSpatialBucket; \
         UPDATE dbo.AtomRelations SET TenantId = 0;",
    );
    // Somebody writes, and makes a column again, while it is under way.
    let ran = change_during(
        &world,
        "rollback phase1",
        ("DROP COLUMN [SequenceIndex]", 1, true),
        "UPDATE dbo.AtomRelations SET Weight = 0.75; ALTER TABLE dbo.AtomRelations ADD Confidence real NULL;",
    );
    seen.fails(&ran, &["rollback1.objects", "rollback1.relations"]);
    seen.passes(&run(&world, "rollback phase1", &generous));
    seen.recorded(&world);
}

fn phase2(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let strict = thresholds("phase2.deduplication_percent = 100\n");
    let world = World::new();
    world.load(&embeddings());
    run(&world, "migrate phase1", &generous);
    // Before: no backup, and an embedding whose Dimension is none.
    world.batch("UPDATE dbo.AtomEmbeddings SET Dimension = 0 WHERE AtomEmbeddingId = 1;");
    seen.fails(
        &run(&world, "migrate phase2", &generous),
        &["phase2.backup", "phase2.dimensions"],
    );
    world.batch("UPDATE dbo.AtomEmbeddings SET Dimension = 20 WHERE AtomEmbeddingId = 1;");
    world.backup();
    seen.passes(&run(&world, "migrate phase2", &generous));
    // Before, again: what a crashed script leaves.
    world.batch("DELETE dbo.EmbeddingMigrationProgress WHERE AtomEmbeddingId = 6;");
    world.backup();
    seen.fails(
        &run(&world, "migrate phase2", &generous),
        &["phase2.leftovers"],
    );
    // After: one embedding is not migrated, another one is damaged in every way there is.
    world.batch(damage::OF_PHASE2);
    seen.fails(
        &run(&world, "validate phase2", &strict),
        damage::GATES_OF_PHASE2,
    );
    seen.recorded(&world);
}

fn rollback2(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let world = World::new();
    world.load(&embeddings());
    run(&world, "migrate phase1", &generous);
    world.backup();
    world.batch(
        "INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, Weight) \
         SELECT MIN(AtomId), MAX(AtomId), N'next', 0.5 FROM dbo.Atoms;",
    );
    seen.passes(&run(&world, "migrate phase2", &generous));
    world.batch(
        "SELECT * INTO dbo.Kept FROM dbo.EmbeddingMigrationProgress WHERE AtomEmbeddingId = 6; \
         UPDATE dbo.EmbeddingMigrationProgress SET AtomEmbeddingId = 4006 WHERE AtomEmbeddingId = 6; \
         UPDATE dbo.EmbeddingMigrationProgress SET AtomEmbeddingId = 7 WHERE AtomEmbeddingId = 5;",
    );
    seen.fails(
        &run(&world, "rollback phase2 --dry-run", &generous),
        &["rollback2.vectors", "rollback2.embeddings"],
    );
    world.batch(
        "UPDATE dbo.EmbeddingMigrationProgress SET AtomEmbeddingId = 6 WHERE AtomEmbeddingId = 4006; \
         UPDATE dbo.EmbeddingMigrationProgress SET AtomEmbeddingId = 5 WHERE AtomEmbeddingId = 7; \
         EXEC sp_rename N'dbo.AtomEmbeddings.EmbeddingVector', N'Elsewhere', N'COLUMN';",
    );
    seen.fails(
        &run(&world, "rollback phase2 --dry-run", &generous),
        &["rollback2.column"],
    );
    world.batch("EXEC sp_rename N'dbo.AtomEmbeddings.Elsewhere', N'EmbeddingVector', N'COLUMN';");
    // Others write while it is under way.
    let ran = change_during(
        &world,
        "rollback phase2 --batch-components 40",
        ("nothing is taken back", 2, false),
        "UPDATE dbo.AtomRelations SET Weight = 0.75 WHERE RelationType = N'next'; \
         UPDATE dbo.AtomEmbeddings SET Dimension = 99 WHERE EmbeddingVector IS NULL; \
         UPDATE dbo.Atoms SET CanonicalText = N'other', SourceUri = N'other', Subtype = N'other' \
          WHERE CanonicalText = N'source 1'; \
         INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, ReferenceCount) \
         VALUES (CAST(HASHBYTES('SHA2_256', 'nobody') AS binary(32)), N'numeric', N'float32', 0x3f000000, 5);",
    );
    seen.fails(
        &ran,
        &[
            "rollback2.relations",
            "rollback2.embeddings_unchanged",
            "rollback2.atoms",
            "rollback2.reference_counts",
        ],
    );
    seen.recorded(&world);
}

/// A progress table that comes back as soon as it is dropped.
fn rollback2_objects(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let world = World::ready_for_phase2(&embeddings());
    run(&world, "migrate phase2", &generous);
    let ran = change_during(
        &world,
        "rollback phase2",
        ("DROP TABLE dbo.EmbeddingMigrationProgress", 1, true),
        "CREATE TABLE dbo.EmbeddingMigrationProgress (AtomEmbeddingId bigint NOT NULL PRIMARY KEY, \
           MigratedAt datetime2(7) NOT NULL DEFAULT SYSUTCDATETIME(), AtomCount int NOT NULL, RelationCount int NOT NULL);",
    );
    seen.fails(&ran, &["rollback2.objects"]);
    let world = World::ready_for_phase2(&embeddings());
    run(&world, "migrate phase2", &generous);
    seen.passes(&run(&world, "rollback phase2", &generous));
    seen.recorded(&world);
}

fn phase3(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let strict = thresholds(
        "phase2.deduplication_percent = 0\nphase3.size_reduction_percent = 100\nphase3.error_free_days = 7\n",
    );
    let world = World::ready_for_phase2(&embeddings());
    run(&world, "migrate phase2", &generous);
    world.batch(
        "CREATE VIEW dbo.vw_Old AS SELECT AtomEmbeddingId, EmbeddingVector FROM dbo.AtomEmbeddings;",
    );
    world.batch(
        "SELECT AtomEmbeddingId, VectorDigest INTO dbo.Kept FROM dbo.EmbeddingMigrationProgress; \
         UPDATE dbo.EmbeddingMigrationProgress SET VectorDigest = NULL WHERE AtomEmbeddingId = 2;",
    );
    seen.fails(
        &run(&world, "validate phase3", &strict),
        &[
            "phase3.soak",
            "phase3.backup",
            "phase3.backup_verified",
            "phase3.dependencies",
            "phase3.digests_recorded",
            "phase3.regression_suite",
            "phase3.applications_moved",
            "phase3.benchmark",
        ],
    );
    world.batch(
        "DROP VIEW dbo.vw_Old; \
         UPDATE p SET VectorDigest = k.VectorDigest FROM dbo.EmbeddingMigrationProgress AS p \
         JOIN dbo.Kept AS k ON k.AtomEmbeddingId = p.AtomEmbeddingId; DROP TABLE dbo.Kept;",
    );
    let _file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    seen.passes(&run(&world, "validate phase3", &generous));
    // Somebody makes the column again while the table is rebuilt.
    let path = generous.path().display().to_string();
    let arguments = [
        "migrate",
        "phase3",
        "--confirm",
        "EmbeddingVector",
        "--format",
        "json",
        "--config",
        &path,
    ];
    let ran = change_at(
        &world,
        &arguments,
        ("ALTER TABLE dbo.AtomEmbeddings REBUILD", 1, true),
        "ALTER TABLE dbo.AtomEmbeddings ADD EmbeddingVector vector(1998) NULL;",
    );
    seen.fails(&ran, &["phase3.column"]);
    world.batch("ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;");
    seen.passes(&run(&world, "migrate phase3", &generous));
    attest(&world, "no-application-errors").exits(0);
    seen.passes(&run(&world, "validate phase3", &generous));
    // A migrated embedding goes, another one's atoms are not its own.
    world.batch(
        "UPDATE dbo.EmbeddingMigrationProgress SET AtomEmbeddingId = 4006 WHERE AtomEmbeddingId = 6; \
         UPDATE dbo.AtomRelations SET TargetAtomId = SourceAtomId WHERE AtomRelationId = \
           (SELECT MIN(AtomRelationId) FROM dbo.AtomRelations);",
    );
    seen.fails(
        &run(&world, "validate phase3", &strict),
        &[
            "phase3.embeddings",
            "phase3.size",
            "phase3.digests",
            "phase3.error_free",
        ],
    );
    seen.fails(
        &run(&world, "rollback phase3", &generous),
        &["rollback3.digests"],
    );
    world.batch("EXEC sp_rename N'dbo.EmbeddingMigrationProgress', N'Elsewhere';");
    seen.fails(
        &run(&world, "rollback phase3 --dry-run", &generous),
        &["rollback3.progress"],
    );
    seen.recorded(&world);
}

fn rollback3(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let world = World::ready_for_phase2(&embeddings());
    run(&world, "migrate phase2", &generous);
    let _file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    let line = "migrate phase3 --confirm EmbeddingVector";
    seen.passes(&run(&world, line, &generous));
    // A vector goes between the column's name and the proof.
    let path = generous.path().display().to_string();
    let arguments = ["rollback", "phase3", "--format", "json", "--config", &path];
    let ran = change_at(
        &world,
        &arguments,
        ("-- Un-drop: how far is it?", 3, false),
        "UPDATE dbo.AtomEmbeddings SET EmbeddingVector = NULL WHERE AtomEmbeddingId = 2;",
    );
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(seen.take(&ran).contains("rollback3.column"), "{ran}");
    let world = World::ready_for_phase2(&embeddings());
    run(&world, "migrate phase2", &generous);
    let _file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    seen.passes(&run(&world, line, &generous));
    seen.passes(&run(&world, "rollback phase3", &generous));
    seen.recorded(&world);
}

/// The restore from a backup: one of after the removal, one that is damaged, one that is right; and one that turns out wrong.
fn from_backup(seen: &mut Seen) {
    let generous = thresholds(GENEROUS);
    let world = World::ready_for_phase2(&embeddings());
    run(&world, "migrate phase2", &generous);
    let file = backup_to_file(&world);
    for subject in ["regression-suite", "applications-moved", "benchmark"] {
        attest(&world, subject).exits(0);
    }
    seen.passes(&run(
        &world,
        "migrate phase3 --confirm EmbeddingVector",
        &generous,
    ));
    let late = backup_to_file(&world);
    let folder = tempfile::tempdir().unwrap();
    let tail = folder.path().join("tail.trn").display().to_string();
    let line = |backup: &std::path::Path| {
        format!(
            "rollback phase3 --from-backup --confirm Hartonomous --tail-backup {tail} --backup {}",
            backup.display()
        )
    };
    let late_line = line(&late);
    seen.fails(
        &run(&world, &late_line, &generous),
        &["rollback3.backup_set"],
    );
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 8]).unwrap();
    let good_line = line(&file);
    seen.fails(
        &run(&world, &good_line, &generous),
        &["rollback3.backup_verified"],
    );
    std::fs::write(&file, &whole).unwrap();
    // Out of use, a database does not tell when its column went; the proof finds that it is not there.
    world.leave();
    let mut master = world.session_in("master");
    master.batch(&format!(
        "BACKUP LOG Hartonomous TO DISK = N'{tail}' WITH NORECOVERY;"
    ));
    seen.fails(&run(&world, &late_line, &generous), &["rollback3.restored"]);
    seen.passes(&run(&world, &good_line, &generous));
    world.reconnect();
    seen.recorded(&world);
    seen.passes(&run(&world, &format!("{good_line} --dry-run"), &generous));
}

#[test]
fn every_gate_is_seen_failing_and_passing() {
    if needs_stand_in() {
        return;
    }
    let mut seen = Seen::default();
    for part in [
        phase1,
        rollback1,
        phase2,
        rollback2,
        rollback2_objects,
        phase3,
        rollback3,
        from_backup,
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
