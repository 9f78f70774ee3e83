//! The gates of the phases.

use super::{GENEROUS, REHEARSAL, Seen, embeddings, run, thresholds};
use crate::damage;
use crate::disturb::change_at;
use crate::phase3::{attest, backup_to_file};
use crate::phase4;
use crate::world::World;

pub fn phase1(seen: &mut Seen) {
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

pub fn phase2(seen: &mut Seen) {
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

pub fn phase3(seen: &mut Seen) {
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

/// The folder of a container comes with the first run.
pub fn phase4(seen: &mut Seen) {
    let rehearsal = thresholds(REHEARSAL);
    let world = phase4::after_phase3();
    let path = phase4::container(&world);
    world.batch(
        "ALTER TABLE dbo.AtomEmbeddings ALTER COLUMN LastAccessedUtc datetimeoffset(7) NULL;",
    );
    seen.fails(
        &run(&world, "plan phase4", &rehearsal),
        &["phase4.types", "phase4.filegroup"],
    );
    world.batch("ALTER TABLE dbo.AtomEmbeddings ALTER COLUMN LastAccessedUtc datetime2(7) NULL;");
    let greedy = thresholds("phase4.memory_times = 1000000000\n");
    seen.fails(
        &run(&world, "plan phase4", &greedy),
        &["phase4.memory", "phase4.filegroup"],
    );
    let line = format!("migrate phase4 --create-filegroup {path}");
    seen.passes(&run(&world, &line, &rehearsal));
    attest(&world, "memory-table-errors").exits(0);
    let patient = thresholds(&format!("{REHEARSAL}phase4.observation_hours = 0\n"));
    seen.passes(&run(&world, "validate phase4", &patient));
    // Rows differ, a procedure is gone, nothing is fast or sparse enough, and the day is not over.
    world.batch(
        "UPDATE dbo.AtomEmbeddings SET ModelId = 77, SpatialBucket = 78 WHERE AtomEmbeddingId = 7; \
         DROP PROCEDURE dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native;",
    );
    let strict = thresholds(
        "phase4.lookup_p50_us = 0\nphase4.lookup_p99_us = 0\nphase4.empty_buckets_percent = 100\n",
    );
    seen.fails(
        &run(&world, "validate phase4", &strict),
        &[
            "phase4.checksums",
            "phase4.rows",
            "phase4.modules",
            "phase4.procedures",
            "phase4.lookup_p50",
            "phase4.lookup_p99",
            "phase4.hash_indexes",
            "phase4.stable",
            "phase4.error_free",
        ],
    );
    seen.passes(&run(&world, "migrate phase4", &rehearsal));
    // The original has another column now.
    world.batch("ALTER TABLE dbo.AtomEmbeddings DROP COLUMN LastComputedUtc;");
    let ran = run(&world, "validate phase4", &patient);
    assert!(seen.take(&ran).contains("phase4.table"), "{ran}");
    seen.recorded(&world);
}
