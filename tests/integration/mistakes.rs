//! What the first hand-written scripts got wrong: each mistake is a test.

use crate::data::{self, Embedding};
use crate::phase3::{CONFIRMED, ready_for_phase3};
use crate::wire::is_commit;
use crate::world::{World, needs_stand_in};

/// Mistake 1: phase 1 was called complete while seven of its statements had failed.
#[test]
fn a_half_applied_phase1_is_not_called_complete() {
    let world = World::half_applied();
    let report = world
        .run(&["validate", "phase1", "--format", "json"])
        .exits(1);
    for gate in [
        "phase1.columns",
        "phase1.indexes",
        "phase1.modules",
        "phase1.bucket_function",
    ] {
        assert!(
            report.gates("fail").iter().any(|failed| failed == gate),
            "{gate}: {report}"
        );
    }
    assert_eq!(report.evidence("phase1.columns")["right"], 8);
    world.run(&["status"]).exits(0).shows("migrate phase1");
    world.backup();
    world.phase2().exits(1);
}

/// Mistake 1, its cause: filtered and spatial indexes need QUOTED_IDENTIFIER ON, which sqlcmd leaves off.
#[test]
fn modules_and_indexes_are_made_with_quoted_identifier_on() {
    let world = World::new();
    world.phase1();
    assert_eq!(world.number("SELECT COUNT(*) FROM sys.sql_modules WHERE uses_quoted_identifier = 0 OR uses_ansi_nulls = 0"), 0);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.AtomRelations') AND (has_filter = 1 OR type_desc = N'SPATIAL')"),
        3
    );
}

/// Mistake 2: RETURN ended only its own batch of the script, so its guard guarded nothing: run after the column was gone, the
/// rollback destroyed the only copy of the vectors.
#[test]
fn a_rollback_of_phase2_deletes_nothing_once_the_column_is_gone() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&data::coarse(30, 60, 75));
    world.run(CONFIRMED).exits(0);
    let migrated = world.decomposition();
    world
        .run(&["rollback", "phase2"])
        .exits(1)
        .says("rollback2.column");
    world.run(&["rollback", "phase1"]).exits(1);
    assert_eq!(world.decomposition(), migrated);
}

/// Mistake 3: a vector was committed in pieces of 100 components, its progress row at the end; a crash left relations behind.
#[test]
fn a_vector_and_its_progress_row_are_committed_together() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(5, 400, 71));
    world.watch().forget();
    world.phase2().exits(0);
    let seen = world.watch().seen();
    let loads: Vec<_> = seen
        .iter()
        .filter(|request| {
            request.text.contains("INSERT BULK") && request.text.contains("AtomRelations")
        })
        .collect();
    assert!(!loads.is_empty());
    for load in loads {
        // Between the load of the relations and the progress rows of the same connection there is no commit.
        let rest = seen.iter().filter(|request| {
            request.connection == load.connection && request.ordinal > load.ordinal
        });
        let until_commit: Vec<_> = rest.take_while(|request| !is_commit(request)).collect();
        assert!(
            until_commit.iter().any(|request| request
                .text
                .contains("INSERT INTO dbo.EmbeddingMigrationProgress")),
            "{until_commit:?}"
        );
    }
}

/// Mistake 4: two equal values in one vector broke the insert of new atoms (unique ContentHash).
#[test]
fn equal_values_in_one_vector_become_one_atom() {
    let world = World::ready_for_phase2(&[
        Embedding::new(1, &[0.5; 300]),
        Embedding::new(2, &[0.0; 300]),
    ]);
    world.phase2().exits(0);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.Atoms WHERE Modality = N'numeric'"),
        2
    );
    assert_eq!(
        world.rows("SELECT AtomCount, RelationCount FROM dbo.EmbeddingMigrationProgress ORDER BY AtomEmbeddingId"),
        vec![vec![Some("1".to_owned()), Some("300".to_owned())]; 2]
    );
}

/// Mistake 5: reference counts rose by one per batch, not by the number of relations.
#[test]
fn reference_counts_rise_by_every_relation() {
    let world = World::ready_for_phase2(&[
        Embedding::new(1, &[0.5, 0.5, 0.5, 0.25]),
        Embedding::new(2, &[0.5, 0.25, 0.25, 0.25]),
    ]);
    world.phase2();
    assert_eq!(
        world.rows("SELECT CanonicalText, ReferenceCount FROM dbo.Atoms WHERE Modality = N'numeric' ORDER BY CanonicalText"),
        [["0.25", "4"], ["0.5", "4"]].map(|row| row.map(|text| Some(text.to_owned())).to_vec())
    );
}

/// Mistake 6: the view cast varbinary to float (529), and reconstruction returned an array of objects.
#[test]
fn the_view_and_the_reconstruction_give_numbers() {
    let world = World::ready_for_phase2(&[Embedding::new(1, &[0.5, -0.1, 3.0])]);
    world.phase2();
    let view = world.rows("SELECT ComponentIndex, ComponentValue FROM dbo.vw_EmbeddingVectors ORDER BY ComponentIndex");
    assert_eq!(
        view,
        [["0", "0.5"], ["1", "-0.1"], ["2", "3"]]
            .map(|row| row.map(|text| Some(text.to_owned())).to_vec())
    );
    let json = world.value(
        "DECLARE @json nvarchar(max), @dimension int; EXEC dbo.sp_ReconstructVector @SourceAtomId = 1, @VectorJson = @json OUTPUT, \
         @Dimension = @dimension OUTPUT; SELECT @json;",
    );
    let numbers: Vec<f64> = serde_json::from_str(json.as_deref().unwrap()).unwrap();
    assert_eq!(numbers, [0.5, f64::from(-0.1f32), 3.0]);
}

/// Mistake 7: values passed through text. Two neighbours that print the same eight digits must stay two atoms.
#[test]
fn values_that_share_their_text_stay_apart() {
    let low = (0x4b00_0000u32..)
        .map(|step| f32::from_bits(0x3dcc_cccc + (step - 0x4b00_0000)))
        .find(|value| format!("{value:.7e}") == format!("{:.7e}", value.next_up()))
        .unwrap();
    let world = World::ready_for_phase2(&[Embedding::new(1, &[low, low.next_up()])]);
    world.phase2();
    let stored = world
        .rows("SELECT AtomicValue FROM dbo.Atoms WHERE Modality = N'numeric' ORDER BY AtomicValue");
    let bytes = |value: f32| Some(format!("{:08x}", value.to_bits()));
    assert_eq!(stored, [[bytes(low)], [bytes(low.next_up())]]);
}

/// Mistake 8: the rollback deleted everything in one transaction, filled the history table with it, and dropped phase 1's
/// procedures too.
#[test]
fn a_rollback_of_phase2_goes_in_batches_and_leaves_history_and_procedures_alone() {
    if needs_stand_in() {
        return;
    }
    let world = World::system_versioned();
    world.load(&data::coarse(40, 50, 77));
    world.phase1();
    world.backup();
    world.phase2().exits(0);
    let procedures =
        "SELECT o.name FROM sys.objects AS o WHERE o.type IN ('P', 'FN') ORDER BY o.name";
    let before = world.rows(procedures);
    world.watch().forget();
    world
        .run(&["rollback", "phase2", "--batch-components", "100"])
        .exits(0);
    let batches = world
        .watch()
        .seen()
        .iter()
        .filter(|request| request.text.contains("nothing is taken back"))
        .count();
    assert!(
        batches >= 20,
        "{batches} batches for 40 embeddings, two in each"
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations_History"),
        0
    );
    assert_eq!(world.rows(procedures), before);
    assert_eq!(before.len(), 6);
}

/// Mistake 9: every row got tenant 0, whatever the embedding's tenant.
#[test]
fn relations_have_the_tenant_of_their_embedding() {
    let world = World::ready_for_phase2(&[Embedding {
        tenant: 42,
        ..Embedding::new(1, &[0.5, 0.25])
    }]);
    world.phase2();
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations WHERE TenantId = 42"),
        2
    );
}

/// Mistake 11: one embedding at a time through a cursor, its 1,998 rows in 20 transactions.
#[test]
fn many_embeddings_share_a_transaction() {
    if needs_stand_in() {
        return;
    }
    let world = World::ready_for_phase2(&data::coarse(40, 50, 73));
    world.watch().forget();
    let one_writer = [
        "migrate",
        "phase2",
        "--workers",
        "1",
        "--range-embeddings",
        "100",
    ];
    world.run(&one_writer).exits(0);
    let seen = world.watch().seen();
    let writer = seen
        .iter()
        .find(|request| request.text.contains("CREATE TABLE #batch_value"))
        .unwrap()
        .connection;
    let commits = seen
        .iter()
        .filter(|request| request.connection == writer && is_commit(request))
        .count();
    assert_eq!(commits, 2, "a first batch of four, and one for the rest");
    assert!(
        !seen
            .iter()
            .any(|request| request.text.contains("CURSOR FOR")),
        "no cursor is opened"
    );
}

/// Mistake 12: the spatial search looked into one bucket only.
#[test]
fn a_neighbour_in_the_next_bucket_is_found() {
    let world = World::ready_for_phase2(&[
        Embedding::new(1, &[0.0999, 0.5, 0.5]),
        Embedding::new(2, &[0.1001, 0.5, 0.5]),
    ]);
    world.phase2();
    let buckets = world.rows(
        "SELECT DISTINCT SpatialBucket FROM dbo.AtomRelations WHERE SpatialBucket IS NOT NULL",
    );
    assert_eq!(buckets.len(), 2, "the two are in different buckets");
    let found = world.rows("EXEC dbo.sp_AtomicSpatialSearch @QueryX = 0.0999, @QueryY = 0.5, @QueryZ = 0.5, @Radius = 0.001;");
    assert_eq!(found.len(), 2);
}
