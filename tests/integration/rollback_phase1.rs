//! Rollback of phase 1: what it created goes, what was there stays, and nothing that somebody wrote is lost.

use crate::data;
use crate::disturb::shape;
use crate::world::World;

#[test]
fn afterwards_the_catalog_is_as_it_was() {
    for world in [World::new(), World::system_versioned()] {
        world.load(&data::coarse(2, 4, 321));
        let before = shape(&world);
        world.phase1();
        world
            .run(&["rollback", "phase1", "--dry-run"])
            .exits(0)
            .shows("DROP COLUMN [SequenceIndex]");
        let ran = world
            .run(&["rollback", "phase1", "--format", "json"])
            .exits(0);
        assert_eq!(ran.gates("pass").len(), 2, "{ran}");
        assert_eq!(shape(&world), before);
        world
            .run(&["rollback", "phase1"])
            .exits(0)
            .says("nothing to take back");
        // And again, from the beginning.
        world.phase1();
        world.run(&["validate", "phase1"]).exits(0);
        world.run(&["rollback", "phase1"]).exits(0);
        assert_eq!(shape(&world), before);
    }
}

#[test]
fn what_was_there_before_stays() {
    let world = World::half_applied();
    let columns = "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.AtomRelations') ORDER BY name";
    let indexes = "SELECT name FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.AtomRelations') ORDER BY name";
    let before = (world.rows(columns), world.rows(indexes));
    world.phase1();
    world.run(&["rollback", "phase1"]).exits(0);
    assert_eq!((world.rows(columns), world.rows(indexes)), before);
}

#[test]
fn it_is_refused_while_phase2_is_there_or_somebody_uses_the_columns() {
    let world = World::ready_for_phase2(&data::coarse(4, 450, 323));
    world.phase2().exits(0);
    let migrated = shape(&world);
    world
        .run(&["rollback", "phase1"])
        .exits(1)
        .says("rollback1.phase2")
        .shows("hartonomous rollback phase2");
    assert_eq!(shape(&world), migrated);
    world.run(&["rollback", "phase2"]).exits(0);
    world.batch(&data::insert_sources(9001..=9001));
    let atom = world.atom(9001);
    world.batch(&format!(
        "DECLARE @a int, @r int; EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {atom}, @VectorJson = N'[1, 2]', @AtomCount = @a OUTPUT, @RelationCount = @r OUTPUT;"
    ));
    world
        .run(&["rollback", "phase1"])
        .exits(1)
        .says("rollback1.columns")
        .shows("SequenceIndex: 2 relations");
    world.batch(&format!(
        "DECLARE @r int, @a int; EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = N'{atom}', @DeletedRelations = @r OUTPUT, @DeletedAtoms = @a OUTPUT;"
    ));
    world.batch(
        "CREATE OR ALTER FUNCTION dbo.fn_ComputeSpatialBucket(@X float, @Y float, @Z float) RETURNS bigint \
         WITH SCHEMABINDING AS BEGIN RETURN 42; END;",
    );
    world
        .run(&["rollback", "phase1"])
        .exits(1)
        .says("rollback1.modules");
    world.batch("DROP FUNCTION dbo.fn_ComputeSpatialBucket;");
    world.run(&["rollback", "phase1"]).exits(0);
    world
        .run(&["rollback", "phase1", "--drill"])
        .exits(2)
        .says("seconds");
}
