//! Phase 1 converges, from wherever it begins.

use std::fmt::Write as _;

use crate::database::Rows;
use crate::world::World;

/// Every object of dbo with everything that phase 1 declares of it.
pub fn catalog(world: &World) -> String {
    let mut text = String::new();
    let parts: &[(&str, &str)] = &[
        (
            "columns",
            "SELECT o.name, c.name, TYPE_NAME(c.user_type_id), c.is_nullable FROM sys.columns AS c \
             JOIN sys.objects AS o ON o.object_id = c.object_id WHERE o.schema_id = SCHEMA_ID(N'dbo') AND o.type IN ('U', 'V') \
             ORDER BY o.name, c.column_id",
        ),
        (
            "indexes",
            "SELECT o.name, i.name, i.type_desc, i.filter_definition, c.name, ic.key_ordinal, ic.is_included_column \
             FROM sys.indexes AS i JOIN sys.objects AS o ON o.object_id = i.object_id \
             JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id \
             JOIN sys.columns AS c ON c.object_id = i.object_id AND c.column_id = ic.column_id \
             WHERE o.schema_id = SCHEMA_ID(N'dbo') ORDER BY o.name, i.name, ic.index_column_id",
        ),
        (
            "modules",
            "SELECT o.name, m.definition FROM sys.sql_modules AS m JOIN sys.objects AS o ON o.object_id = m.object_id \
             WHERE o.schema_id = SCHEMA_ID(N'dbo') ORDER BY o.name",
        ),
        (
            "tables",
            "SELECT t.name, t.temporal_type_desc, t.modify_date FROM sys.tables AS t WHERE t.schema_id = SCHEMA_ID(N'dbo') ORDER BY t.name",
        ),
        (
            "schemas",
            "SELECT s.name FROM sys.schemas AS s ORDER BY s.name",
        ),
    ];
    for (name, sql) in parts {
        let _ = writeln!(text, "{name}");
        for row in world.rows(sql) {
            let _ = writeln!(text, "  {row:?}");
        }
    }
    text
}

fn step_states(world: &World) -> Rows {
    world.rows(
        "SELECT step, state FROM hartonomous.steps WHERE run_id = (SELECT MAX(run_id) FROM hartonomous.runs) ORDER BY step",
    )
}

fn assert_complete(world: &World) {
    let report = world
        .run(&["validate", "phase1", "--format", "json"])
        .exits(0);
    assert_eq!(report.gates("pass").len(), 7, "{report}");
}

#[test]
fn phase1_goes_from_nothing_to_complete() {
    let world = World::new();
    world.run(&["validate", "phase1"]).exits(1);
    let ran = world.phase1();
    assert!(ran.stdout.contains("phase1.procedures"), "{ran}");
    assert_complete(&world);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM hartonomous.runs WHERE outcome = N'done'"),
        1
    );
    // 26 steps and the sample of access paths, each with its state; what ran has the SHA-256 of its SQL.
    let states = step_states(&world);
    assert_eq!(states.len(), 27, "{states:?}");
    assert!(
        states
            .iter()
            .all(|row| row[1].as_deref() == Some("applied")),
        "{states:?}"
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM hartonomous.steps WHERE sql_sha256 IS NULL AND step <> N'sample.access_paths'"),
        0
    );
}

#[test]
fn a_second_run_finds_every_step_present_and_changes_nothing() {
    let world = World::new();
    world.phase1();
    let before = catalog(&world);
    let ran = world
        .run(&["migrate", "phase1", "--progress", "json"])
        .exits(0);
    assert_eq!(
        ran.stderr.matches("\"outcome\":\"present\"").count(),
        26,
        "{ran}"
    );
    assert_eq!(
        ran.stderr.matches("\"outcome\":\"applied\"").count(),
        0,
        "{ran}"
    );
    assert_eq!(catalog(&world), before);
    let plan = world
        .run(&["plan", "phase1", "--format", "json"])
        .exits(0)
        .json();
    let steps = plan["plans"][0]["steps"].as_array().unwrap();
    assert!(
        steps.iter().all(|step| step["state"] == "present"),
        "{plan:#}"
    );
}

#[test]
fn phase1_converges_from_the_half_applied_state() {
    let world = World::half_applied();
    world.run(&["validate", "phase1"]).exits(1);
    world.phase1();
    assert_complete(&world);
    assert_eq!(
        world.number(
            "SELECT COUNT(*) FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.AtomRelations') AND name LIKE N'%AtomRelations%' AND has_filter = 1"
        ),
        2
    );
}

#[test]
fn phase1_works_on_a_system_versioned_table_and_leaves_it_so() {
    let world = World::system_versioned();
    world.phase1();
    assert_complete(&world);
    assert_eq!(
        world.value("SELECT temporal_type_desc FROM sys.tables WHERE object_id = OBJECT_ID(N'dbo.AtomRelations')"),
        Some("SYSTEM_VERSIONED_TEMPORAL_TABLE".to_owned())
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.AtomRelations_History') AND name = N'SequenceIndex'"),
        1
    );
}

#[test]
fn phase1_does_not_make_a_table_system_versioned() {
    let world = World::new();
    world.phase1();
    assert_eq!(
        world.value("SELECT temporal_type_desc FROM sys.tables WHERE object_id = OBJECT_ID(N'dbo.AtomRelations')"),
        Some("NON_TEMPORAL_TABLE".to_owned())
    );
}

#[test]
fn rows_that_were_there_keep_their_values_and_get_tenant_0() {
    let world = World::new();
    world.batch(&crate::data::insert_sources(1..=2));
    let relations = "SELECT SourceAtomId, TargetAtomId, RelationType, Weight FROM dbo.AtomRelations ORDER BY AtomRelationId";
    world.batch(
        "INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, Weight) \
         SELECT MIN(AtomId), MAX(AtomId), N'next', 0.5 FROM dbo.Atoms;",
    );
    let before = world.rows(relations);
    world.phase1();
    assert_eq!(world.rows(relations), before);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations WHERE TenantId = 0"),
        1
    );
}

#[test]
fn a_dry_run_prints_the_sql_and_writes_nothing() {
    let world = World::half_applied();
    let before = catalog(&world);
    let dry = world.run(&["migrate", "phase1", "--dry-run"]).exits(0);
    let plan = world.run(&["plan", "phase1"]).exits(0);
    assert_eq!(dry.stdout, plan.stdout);
    for text in [
        "ALTER TABLE dbo.AtomRelations",
        "CREATE OR ALTER PROCEDURE dbo.sp_ReconstructVector",
        "replace",
        "present",
        "create",
    ] {
        assert!(dry.stdout.contains(text), "no {text:?} in {dry}");
    }
    assert_eq!(catalog(&world), before);
    assert!(world.value("SELECT SCHEMA_ID(N'hartonomous')").is_none());
}

#[test]
fn the_plan_of_phase2_writes_nothing_either() {
    let world = World::new();
    world.phase1();
    let before = catalog(&world);
    world
        .run(&["migrate", "phase2", "--dry-run"])
        .exits(0)
        .shows("EmbeddingMigrationProgress");
    assert_eq!(catalog(&world), before);
}
