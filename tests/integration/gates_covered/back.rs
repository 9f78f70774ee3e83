//! The gates of the rollbacks.

use super::{GENEROUS, REHEARSAL, Seen, change_during, embeddings, run, thresholds};
use crate::disturb::change_at;
use crate::phase3::{attest, backup_to_file};
use crate::phase4;
use crate::world::World;

pub fn rollback1(seen: &mut Seen) {
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

pub fn rollback2(seen: &mut Seen) {
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
pub fn rollback2_objects(seen: &mut Seen) {
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

pub fn rollback3(seen: &mut Seen) {
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

pub fn rollback4(seen: &mut Seen) {
    let rehearsal = thresholds(REHEARSAL);
    let world = phase4::migrated();
    world.batch(
        "INSERT INTO dbo.AtomEmbeddings_InMemory (AtomId, Dimension, SpatialBucket, EmbeddingType, TenantId, LastUpdated, CreatedAt) \
         VALUES (1, 3, 0, N'x', 0, SYSUTCDATETIME(), SYSUTCDATETIME());",
    );
    seen.fails(
        &run(&world, "rollback phase4 --dry-run", &rehearsal),
        &["rollback4.rows"],
    );
    seen.passes(&run(&world, "migrate phase4", &rehearsal));
    // Others write, and make a table of that name again, while it is under way.
    let ran = change_during(
        &world,
        "rollback phase4",
        ("DROP TABLE dbo.AtomEmbeddings_InMemory", 1, true),
        "UPDATE dbo.AtomEmbeddings SET ModelId = 99 WHERE AtomEmbeddingId = 13; \
         CREATE TABLE dbo.AtomEmbeddings_InMemory (AtomEmbeddingId bigint NOT NULL PRIMARY KEY);",
    );
    seen.fails(
        &ran,
        &["rollback4.embeddings_unchanged", "rollback4.objects"],
    );
    let world = phase4::migrated();
    seen.passes(&run(&world, "rollback phase4", &rehearsal));
    seen.recorded(&world);
}

/// The restore from a backup: one of after the removal, one that is damaged, one that is right; and one that turns out wrong.
pub fn from_backup(seen: &mut Seen) {
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
    seen.passes(&run(&world, &format!("{good_line} --dry-run"), &generous));
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
}
