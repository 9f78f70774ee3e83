//! States that the tool does not touch: exit code 7, the object named, nothing written.

use crate::phase1::catalog;
use crate::world::World;

#[test]
fn a_column_of_another_type_is_refused_and_left_alone() {
    let world = World::new();
    world.batch("ALTER TABLE dbo.AtomRelations ADD SequenceIndex bigint NULL;");
    let ran = world
        .run(&["migrate", "phase1"])
        .exits(7)
        .says("SequenceIndex")
        .says("bigint");
    assert!(!ran.stderr.contains("panicked"), "{ran}");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.AtomRelations') AND name = N'CoordX'"),
        0,
        "nothing is applied when one step is refused"
    );
    world.run(&["plan", "phase1"]).exits(7).shows("REFUSED");
}

#[test]
fn a_module_that_somebody_changed_is_refused_and_not_overwritten() {
    let world = World::new();
    world.phase1();
    world.batch(
        "CREATE OR ALTER FUNCTION dbo.fn_ComputeSpatialBucket(@X float, @Y float, @Z float) RETURNS bigint \
         WITH SCHEMABINDING AS BEGIN RETURN 42; END;",
    );
    let before = catalog(&world);
    world
        .run(&["migrate", "phase1"])
        .exits(7)
        .says("fn_ComputeSpatialBucket was changed after this program made it");
    assert_eq!(catalog(&world), before);
    let report = world
        .run(&["validate", "phase1", "--format", "json"])
        .exits(1);
    let failed = report.gates("fail");
    assert!(failed.contains(&"phase1.modules".to_owned()), "{failed:?}");
    assert!(
        failed.contains(&"phase1.bucket_function".to_owned()),
        "{failed:?}"
    );
}

#[test]
fn a_newer_layout_is_refused_and_left_alone() {
    let world = World::new();
    world.phase1();
    world.batch(
        "INSERT INTO hartonomous.schema_version (version, script_sha256) \
         SELECT MAX(version) + 1, REPLICATE('a', 64) FROM hartonomous.schema_version;",
    );
    let newer = world.number("SELECT MAX(version) FROM hartonomous.schema_version");
    let says = format!("its layout has version {newer}");
    for arguments in [["migrate", "phase1"], ["validate", "phase1"]] {
        world.run(&arguments).exits(7).says(&says);
    }
    world.run(&["status"]).exits(7).says(&says);
    assert_eq!(world.number("SELECT COUNT(*) FROM hartonomous.runs"), 1);
}

#[test]
fn a_database_of_another_kind_is_refused_by_the_table_that_it_lacks() {
    let world = World::new();
    world.batch("DROP TABLE dbo.AtomEmbeddings;");
    for arguments in [
        ["migrate", "phase1"],
        ["plan", "phase1"],
        ["validate", "phase1"],
    ] {
        world
            .run(&arguments)
            .exits(7)
            .says("table dbo.AtomEmbeddings does not exist");
    }
    // The doctor looks at anything, and says what would stop each phase.
    world
        .run(&["doctor"])
        .exits(0)
        .shows("table dbo.AtomEmbeddings does not exist");
}

#[test]
fn phase2_does_not_start_before_phase1_holds() {
    let world = World::new();
    world.load(&crate::data::coarse(2, 4, 1));
    world.backup();
    world.phase2().exits(1).says("phase1.columns");
    assert!(
        world
            .value("SELECT OBJECT_ID(N'dbo.EmbeddingMigrationProgress')")
            .is_none()
    );
}

#[test]
fn phase2_does_not_start_without_a_backup_newer_than_the_schema() {
    let world = World::new();
    world.load(&crate::data::coarse(2, 4, 1));
    world.backup();
    world.phase1();
    world.phase2().exits(1).says("phase2.backup");
    assert!(
        world
            .value("SELECT OBJECT_ID(N'dbo.EmbeddingMigrationProgress')")
            .is_none()
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM dbo.AtomRelations"), 0);
    // The report says by itself how the command ended: stdout is one document.
    let ran = world
        .run(&["migrate", "phase2", "--format", "json"])
        .exits(1);
    let document = ran.json();
    assert_eq!(document["schema"], "hartonomous.migrate/1");
    assert_eq!(document["passed"], false);
    assert_eq!(document["exit_code"], 1);
    assert!(
        document["error"]
            .as_str()
            .unwrap()
            .contains("phase2.backup"),
        "{ran}"
    );
}

#[test]
fn a_table_in_the_way_of_the_progress_table_is_refused() {
    let world = World::new();
    world.batch("CREATE TABLE dbo.EmbeddingMigrationProgress (Id int NOT NULL);");
    world.phase1();
    world.backup();
    world.phase2().exits(7).says("EmbeddingMigrationProgress");
    assert_eq!(world.number("SELECT COUNT(*) FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.EmbeddingMigrationProgress')"), 1);
}
