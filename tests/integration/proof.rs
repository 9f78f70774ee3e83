//! Exactness through the whole pipeline: what comes back is what was stored, bit for bit.

use sha2::{Digest, Sha256};

use crate::data::{self, COLUMN, Embedding};
use crate::world::World;

/// The digest on record, computed anew from the values that the test inserted.
fn digest(values: &[f32]) -> String {
    let mut hash = Sha256::new();
    for value in values {
        // -0 is stored as +0.
        let value = if *value == 0.0 { 0.0 } else { *value };
        hash.update(value.to_bits().to_be_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn assert_digests(world: &World, embeddings: &[Embedding]) {
    let stored = world
        .rows("SELECT VectorDigest FROM dbo.EmbeddingMigrationProgress ORDER BY AtomEmbeddingId");
    assert_eq!(stored.len(), embeddings.len());
    for (row, embedding) in stored.iter().zip(embeddings) {
        let values = embedding.values.as_deref().unwrap();
        assert_eq!(
            row[0].as_deref(),
            Some(digest(values).as_str()),
            "atom {}",
            embedding.atom
        );
    }
}

/// A hundred thousand values, every exponent of a finite float32 some four hundred times.
#[test]
fn a_hundred_thousand_random_bit_patterns_of_every_exponent_come_back_exactly() {
    let embeddings = data::bit_patterns(51, COLUMN, 20_250_101);
    let world = World::ready_for_phase2(&embeddings);
    world.phase2().exits(1);
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    assert_eq!(report.gates("fail"), ["phase2.deduplication"], "{report}");
    let evidence = report.evidence("phase2.exactness");
    assert_eq!(evidence["components"], 51 * COLUMN);
    assert!(
        evidence["asked_exactly"].as_u64().unwrap() > 500,
        "{evidence}"
    );
    assert_digests(&world, &embeddings);
}

#[test]
fn values_at_the_edges_of_float32_come_back_exactly() {
    let edges = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        -f32::MIN_POSITIVE,
        1e-45,
        -1e-45,
        1.175_494_2e-38,
        f32::EPSILON,
        0.1,
        1.0 / 3.0,
        16_777_217.0,
        8_388_608.5,
        9_999_999.0,
        99_999_992.0,
        1e10,
        1e-10,
    ];
    let neighbours: Vec<f32> = edges
        .iter()
        .flat_map(|edge| [edge.next_down(), *edge, edge.next_up()])
        .filter(|value| value.is_finite())
        .collect();
    let embeddings = [Embedding::new(1, &neighbours)];
    let world = World::ready_for_phase2(&embeddings);
    world.phase2().exits(1);
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(1);
    assert_eq!(report.gates("fail"), ["phase2.deduplication"], "{report}");
    assert_digests(&world, &embeddings);
    // The view decodes them without the client's help.
    let view = world.rows(
        "SELECT ComponentValue FROM dbo.vw_EmbeddingVectors ORDER BY SourceAtomId, ComponentIndex",
    );
    let bits: Vec<u32> = view
        .iter()
        .map(|row| row[0].as_deref().unwrap().parse::<f32>().unwrap().to_bits())
        .collect();
    let expected: Vec<u32> = neighbours
        .iter()
        .map(|value| (value + 0.0).to_bits())
        .collect();
    assert_eq!(bits, expected);
}

#[test]
fn client_and_server_give_an_atom_the_same_text_hash_and_bytes() {
    let values: Vec<f32> = data::bit_patterns(1, 400, 7)[0].values.clone().unwrap();
    let world = World::ready_for_phase2(&[Embedding::new(1, &values)]);
    world.batch(&data::insert_sources(2..=2));
    world.phase2();
    let by_client = world.decomposition().atoms;
    let atom = world.atom(1);
    // The same vector through the procedure, after the client's atoms are gone.
    world.batch(&format!(
        "EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = N'{atom}';"
    ));
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.Atoms WHERE Modality = N'numeric'"),
        0
    );
    let list: Vec<String> = values.iter().map(|value| format!("{value:.8e}")).collect();
    let source = world.atom(2);
    world.batch(&format!(
        "EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {source}, @VectorJson = N'[{}]';",
        list.join(",")
    ));
    assert_eq!(world.decomposition().atoms, by_client);
}
