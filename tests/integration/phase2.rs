//! Phase 2 end to end: what real rows do, and what is reported when they do what they must not.

use hartonomous_standin::serve::Precision;

use crate::data::{self, Embedding};
use crate::world::World;

/// Gates of phase 2 that `validate phase2` measures.
const GATES: usize = 13;

#[test]
fn the_shipped_embeddings_quantised_to_int8_pass_every_gate() {
    let world = World::ready_for_phase2(&data::shipped(Precision::Int8, 80));
    let ran = world
        .run(&["migrate", "phase2", "--format", "json"])
        .exits(0);
    assert!(ran.gates("fail").is_empty(), "{ran}");
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(0);
    assert_eq!(report.gates("pass").len(), GATES, "{report}");
    assert_eq!(report.evidence("phase2.exactness")["embeddings"], 80);
    assert_eq!(report.evidence("phase2.exactness")["components"], 80 * 384);
    world.assert_invariants();
    // Phase 1 still holds, and the whole of it can be asked for at once.
    world.run(&["validate"]).exits(0);
    // A second run has nothing to do and changes nothing.
    let before = world.decomposition();
    world.phase2().exits(0);
    assert_eq!(world.decomposition(), before);
}

#[test]
fn full_precision_embeddings_fail_only_the_deduplication_gate_and_are_exact() {
    let world = World::ready_for_phase2(&data::shipped(Precision::Float32, 24));
    world.phase2().exits(1).says("phase2.deduplication");
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    assert_eq!(report.gates("fail"), ["phase2.deduplication"], "{report}");
    assert_eq!(report.gates("pass").len(), GATES - 1);
    let percent = report.evidence("phase2.deduplication")["percent"]
        .as_f64()
        .unwrap();
    assert!(percent < 50.0, "{percent}");
    assert_eq!(report.evidence("phase2.exactness")["wrong"], 0);
    assert!(
        report.evidence("phase2.exactness")["asked_exactly"]
            .as_u64()
            .unwrap()
            > 0
    );
}

#[test]
fn the_validation_queries_of_the_deployment_summary_run_unchanged() {
    let mut embeddings = data::coarse(4, 40, 3);
    embeddings[3].values = None;
    let world = World::ready_for_phase2(&embeddings);
    world.phase2();
    let status = world.rows(
        "-- Check migration status
SELECT 
    COUNT(*) AS TotalEmbeddings,
    SUM(CASE WHEN emp.AtomEmbeddingId IS NOT NULL THEN 1 ELSE 0 END) AS Migrated,
    SUM(CASE WHEN emp.AtomEmbeddingId IS NULL THEN 1 ELSE 0 END) AS Pending
FROM dbo.AtomEmbeddings ae
LEFT JOIN dbo.EmbeddingMigrationProgress emp ON ae.AtomEmbeddingId = emp.AtomEmbeddingId;",
    );
    assert_eq!(status, [["4", "3", "1"].map(|text| Some(text.to_owned()))]);
    let mismatches = world.number(
        "-- Verify integrity
SELECT COUNT(*) AS DimensionMismatches
FROM dbo.AtomEmbeddings ae
INNER JOIN dbo.EmbeddingMigrationProgress emp ON ae.AtomEmbeddingId = emp.AtomEmbeddingId
WHERE emp.RelationCount <> ae.Dimension;",
    );
    assert_eq!(mismatches, 0);
    let sample = world.rows(
        "-- Test reconstruction
DECLARE @VectorJson NVARCHAR(MAX), @Dim INT;
EXEC sp_ReconstructVector @SourceAtomId = 1, @VectorJson = @VectorJson OUTPUT, @Dimension = @Dim OUTPUT;
SELECT @Dim AS ReconstructedDimension, LEFT(@VectorJson, 100) AS VectorSample;",
    );
    assert_eq!(sample[0][0].as_deref(), Some("40"));
    assert!(sample[0][1].as_deref().unwrap().starts_with('['));
}

#[test]
fn an_atom_with_several_embeddings_keeps_them_apart() {
    let mut embeddings = data::coarse(2, 60, 5);
    let variant = |model, kind, seed| Embedding {
        model,
        kind,
        ..data::coarse(1, 60, seed).remove(0)
    };
    embeddings.push(variant(Some(2), "semantic", 6));
    embeddings.push(variant(Some(2), "semantic", 7));
    embeddings.push(variant(None, "title", 8));
    let world = World::ready_for_phase2(&embeddings);
    // Two batches at least, so that types taken in an earlier batch count as well.
    world.run(&["migrate", "phase2", "--batch-components", "60"]);
    let types: Vec<String> = world
        .rows("SELECT RelationType FROM dbo.EmbeddingMigrationProgress ORDER BY AtomEmbeddingId")
        .into_iter()
        .map(|row| row[0].clone().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "embedding_dimension",
            "embedding_dimension",
            "embedding_dimension:2:semantic",
            "embedding_dimension:2:semantic:4",
            "embedding_dimension::title"
        ]
    );
    let report = world.run(&["validate", "phase2", "--format", "json"]);
    assert!(
        report
            .gates("fail")
            .iter()
            .all(|gate| gate == "phase2.deduplication"),
        "{report}"
    );
    // The view and the procedure show the first embedding only.
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.vw_EmbeddingVectors"),
        120
    );
    world.assert_invariants();
}

#[test]
fn rows_without_a_vector_are_left_out_and_tenants_are_kept() {
    let mut embeddings = data::coarse(6, 400, 9);
    for (at, one) in embeddings.iter_mut().enumerate() {
        one.tenant = i32::try_from(at).unwrap() * 11;
    }
    embeddings[2].values = None;
    let world = World::ready_for_phase2(&embeddings);
    world.phase2().exits(0);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress"),
        5
    );
    let tenants = world.rows(
        "SELECT DISTINCT e.TenantId, r.TenantId FROM dbo.AtomRelations AS r JOIN dbo.AtomEmbeddings AS e ON e.AtomId = r.SourceAtomId \
         ORDER BY e.TenantId",
    );
    assert_eq!(tenants.len(), 5);
    assert!(tenants.iter().all(|row| row[0] == row[1]), "{tenants:?}");
}

#[test]
fn a_padding_violation_is_reported_by_id_and_the_rest_is_migrated() {
    let mut embeddings = data::coarse(5, 500, 11);
    embeddings[1].dimension = 499;
    if let Some(values) = embeddings[1].values.as_mut() {
        values[499] = 0.5;
    }
    let world = World::ready_for_phase2(&embeddings);
    world
        .phase2()
        .exits(1)
        .says("phase2.failed_embeddings")
        .says("phase2.migrated");
    let failed =
        world.rows("SELECT atom_embedding_id, reason, message FROM hartonomous.failed_embeddings");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0][0].as_deref(), Some("2"));
    assert_eq!(failed[0][1].as_deref(), Some("padding"));
    assert!(
        failed[0][2]
            .as_deref()
            .unwrap()
            .contains("component 499 is 0.5"),
        "{failed:?}"
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress"),
        4
    );
    world.assert_invariants();
    world.run(&["status"]).exits(0).shows("migrate phase2");
    // Once the row is corrected the same command finishes, and the failure is forgotten.
    world.batch("UPDATE dbo.AtomEmbeddings SET Dimension = 500 WHERE AtomEmbeddingId = 2;");
    world.phase2().exits(0);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM hartonomous.failed_embeddings"),
        0
    );
}

#[test]
fn a_dimension_beyond_the_column_stops_phase2_before_it_writes() {
    let world = World::ready_for_phase2(&data::coarse(2, 4, 13));
    world.batch("UPDATE dbo.AtomEmbeddings SET Dimension = 1999 WHERE AtomEmbeddingId = 2;");
    world.phase2().exits(1).says("phase2.dimensions");
    assert_eq!(world.number("SELECT COUNT(*) FROM dbo.AtomRelations"), 0);
}

#[test]
fn a_value_that_an_atom_holds_already_is_shared_whoever_made_it() {
    let world = World::new();
    world.load(&[Embedding::new(1, &[0.5, 0.25, 0.5])]);
    world.batch(
        "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText, ReferenceCount) \
         VALUES (CAST(HASHBYTES('SHA2_256', CAST(CAST(0.5 AS real) AS binary(4))) AS binary(32)), N'numeric', N'float32', \
                 CAST(CAST(0.5 AS real) AS binary(4)), N'half', 0);",
    );
    let before = world.rows("SELECT AtomId FROM dbo.Atoms WHERE CanonicalText = N'half'");
    world.phase1();
    world.backup();
    world.phase2();
    assert_eq!(
        world.rows("SELECT DISTINCT TargetAtomId FROM dbo.AtomRelations WHERE SequenceIndex <> 1"),
        before
    );
    assert_eq!(
        world.number("SELECT ReferenceCount FROM dbo.Atoms WHERE CanonicalText = N'half'"),
        2
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.Atoms WHERE Modality = N'numeric'"),
        2
    );
    world.assert_invariants();
}

#[test]
fn an_atom_with_the_hash_of_a_value_and_other_bytes_fails_its_embeddings_by_id() {
    let world = World::new();
    world.load(&[Embedding::new(1, &[0.5, 0.25]), Embedding::new(2, &[0.125])]);
    world.batch(
        "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText) \
         VALUES (CAST(HASHBYTES('SHA2_256', CAST(CAST(0.25 AS real) AS binary(4))) AS binary(32)), N'numeric', N'float32', 0x00, N'?');",
    );
    world.phase1();
    world.backup();
    world.phase2().exits(1).says("phase2.failed_embeddings");
    assert_eq!(
        world.rows("SELECT atom_embedding_id, reason FROM hartonomous.failed_embeddings"),
        [[Some("1".to_owned()), Some("atom_conflict".to_owned())]]
    );
    assert_eq!(
        world.number(
            "SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress WHERE AtomEmbeddingId = 2"
        ),
        1
    );
}

#[test]
fn phase2_works_on_a_system_versioned_table() {
    let world = World::system_versioned();
    world.load(&data::coarse(4, 450, 19));
    world.phase1();
    world.backup();
    world.phase2().exits(0);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations_History"),
        0
    );
    world.assert_invariants();
}

#[test]
fn embeddings_that_arrive_later_are_migrated_by_the_next_run() {
    let world = World::ready_for_phase2(&data::coarse(4, 450, 23));
    world.phase2().exits(0);
    world.batch(&data::insert_sources(5..=5));
    world.batch(
        &Embedding {
            atom: 5,
            ..data::coarse(1, 450, 24).remove(0)
        }
        .insert(),
    );
    world
        .run(&["validate", "phase2"])
        .exits(1)
        .shows("first pending 5");
    world.phase2().exits(0);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress"),
        5
    );
    world.assert_invariants();
}

#[test]
fn relations_left_by_a_crashed_script_stop_phase2_by_name() {
    let world = World::ready_for_phase2(&data::coarse(3, 100, 29));
    let atom = world.atom(2);
    world.batch(&format!(
        "EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {atom}, @VectorJson = N'[1, 2, 3]';"
    ));
    world.phase2().exits(1).says("phase2.leftovers");
    assert_eq!(world.number("SELECT COUNT(*) FROM dbo.AtomRelations"), 3);
    world.batch(&format!(
        "EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = N'{atom}';"
    ));
    world.phase2();
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress"),
        3
    );
    world.assert_invariants();
}

#[test]
fn tampering_with_the_result_is_found_by_every_gate_that_should() {
    let world = World::ready_for_phase2(&data::coarse(4, 450, 31));
    world.phase2().exits(0);
    let failing = |change: &str, undo: &str, gates: &[&str]| {
        world.batch(change);
        let report = world
            .run(&["validate", "phase2", "--format", "json"])
            .exits(1);
        for gate in gates {
            assert!(
                report.gates("fail").iter().any(|failed| failed == gate),
                "{gate} after {change}: {report}"
            );
        }
        world.batch(undo);
    };
    failing(
        "UPDATE TOP (1) dbo.Atoms SET ReferenceCount = ReferenceCount + 1 WHERE Modality = N'numeric';",
        "UPDATE a SET ReferenceCount = (SELECT COUNT_BIG(*) FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId) \
         FROM dbo.Atoms AS a WHERE a.Modality = N'numeric';",
        &["phase2.reference_counts"],
    );
    failing(
        "UPDATE dbo.AtomRelations SET SequenceIndex = 450 WHERE AtomRelationId = (SELECT MIN(AtomRelationId) FROM dbo.AtomRelations);",
        "UPDATE dbo.AtomRelations SET SequenceIndex = 0 WHERE SequenceIndex = 450;",
        &["phase2.positions"],
    );
    failing(
        "UPDATE dbo.EmbeddingMigrationProgress SET VectorDigest = 0x00 WHERE AtomEmbeddingId = 1;",
        "DECLARE @none int;",
        &["phase2.exactness"],
    );
    failing(
        "UPDATE dbo.AtomEmbeddings SET EmbeddingVector = (SELECT EmbeddingVector FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 3) WHERE AtomEmbeddingId = 2;",
        "DECLARE @none int;",
        &["phase2.exactness", "phase2.server_proof"],
    );
    failing(
        "UPDATE dbo.AtomEmbeddings SET Dimension = 449 WHERE AtomEmbeddingId = 4;",
        "UPDATE dbo.AtomEmbeddings SET Dimension = 450 WHERE AtomEmbeddingId = 4;",
        &["phase2.dimension_mismatches"],
    );
    failing(
        "ALTER TABLE dbo.AtomRelations NOCHECK CONSTRAINT FK_AtomRelations_Atoms_Target;",
        "ALTER TABLE dbo.AtomRelations WITH CHECK CHECK CONSTRAINT FK_AtomRelations_Atoms_Target;",
        &["phase2.foreign_keys"],
    );
    failing(
        "DELETE FROM dbo.EmbeddingMigrationProgress WHERE AtomEmbeddingId = 4;",
        "DECLARE @none int;",
        &["phase2.migrated"],
    );
}
