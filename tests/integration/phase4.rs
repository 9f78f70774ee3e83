//! Phase 4: the metadata in memory, row for row, every criterion measured, and nothing renamed over anything.

use std::io::Write;

use crate::data;
use crate::database::Rows;
use crate::process::Ran;
use crate::world::World;

/// Rows beside the migrated embeddings.
pub const ROWS: i64 = 60;

/// Thresholds of a rehearsal: whether lookups are fast enough here is a matter of the machine, not of a test.
const REHEARSAL: &str = "phase4.lookup_p50_us = 1000000\nphase4.lookup_p99_us = 1000000\n";

pub fn config(text: &str) -> tempfile::TempPath {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(REHEARSAL.as_bytes()).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.into_temp_path()
}

/// Phase 3 done, its waiting and its size waived; then rows of every kind.
pub fn after_phase3() -> World {
    let world = World::ready_for_phase2(&data::coarse(6, 60, 601));
    let waive = |gate: &str| {
        world
            .run(&["waive", gate, "--reason", "rehearsal", "--until", "1d"])
            .exits(0);
    };
    for gate in [
        "phase2.deduplication",
        "phase3.soak",
        "phase3.backup",
        "phase3.backup_verified",
        "phase3.regression_suite",
        "phase3.applications_moved",
        "phase3.benchmark",
        "phase3.size",
        "phase3.error_free",
    ] {
        waive(gate);
    }
    world.phase2().exits(0);
    world.run(crate::phase3::CONFIRMED).exits(0);
    world.batch(&data::insert_sources(101..=160));
    insert(&world, 1, ROWS);
    // Identity values with gaps.
    world.batch("DELETE FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId IN (9, 10, 31);");
    world
}

/// Rows as applications write them once the column is gone.
pub fn insert(world: &World, from: i64, to: i64) {
    world.batch(&format!(
        "INSERT INTO dbo.AtomEmbeddings (AtomId, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket, SpatialBucketX, \
            SpatialProjX, SpatialProjY, SpatialProjZ, ModelId, EmbeddingType, TenantId, LastAccessedUtc) \
         SELECT a.AtomId, 3, geometry::Point(g.value, 1, 0), geometry::Point(0, 0, 0), g.value % 7 - 3, NULLIF(g.value % 3, 0), \
            g.value * 0.1e0, -1e0 / g.value, NULL, NULLIF(g.value % 4, 0), \
            CASE WHEN g.value % 2 = 0 THEN N'semantic' ELSE N'Semantic ' END, g.value % 5, \
            CASE WHEN g.value % 2 = 0 THEN DATEADD(SECOND, g.value, '2026-01-01') END \
         FROM GENERATE_SERIES({from}, {to}) AS g \
         JOIN dbo.Atoms AS a ON a.CanonicalText = CONCAT(N'source ', 100 + (g.value - 1) % 60 + 1);"
    ));
}

/// A folder on the server that is not there yet.
pub fn container(world: &World) -> String {
    let folder = world
        .value("SELECT CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(260))")
        .expect("the server says where its data is");
    let name = world.value("SELECT DB_NAME()").unwrap();
    format!("{folder}{name}_memory")
}

/// The columns that both tables have, as they are stored.
const SCALARS: &str = "AtomEmbeddingId, AtomId, Dimension, SpatialBucket, SpatialBucketX, SpatialProjX, SpatialProjY, \
    SpatialProjZ, ModelId, CAST(EmbeddingType AS varbinary(100)), TenantId, CONVERT(varchar(30), LastUpdated, 126), \
    CONVERT(varchar(30), LastAccessedUtc, 126), CONVERT(varchar(30), CreatedAt, 126)";

pub fn copied(world: &World) -> Rows {
    world.rows(&format!(
        "SELECT {SCALARS} FROM dbo.AtomEmbeddings_InMemory ORDER BY AtomEmbeddingId"
    ))
}

pub fn original(world: &World) -> Rows {
    world.rows(&format!(
        "SELECT {SCALARS} FROM dbo.AtomEmbeddings ORDER BY AtomEmbeddingId"
    ))
}

/// All of dbo.AtomEmbeddings, geometry and json too.
pub fn everything(world: &World) -> Rows {
    world.rows(&format!(
        "SELECT {SCALARS}, SpatialGeometry.STAsText(), CAST(Metadata AS nvarchar(max)) FROM dbo.AtomEmbeddings ORDER BY AtomEmbeddingId"
    ))
}

pub fn has_table(world: &World) -> bool {
    world
        .value("SELECT OBJECT_ID(N'dbo.AtomEmbeddings_InMemory')")
        .is_some()
}

/// `migrate phase4` with the thresholds of a rehearsal.
pub fn migrate(world: &World, more: &[&str]) -> Ran {
    let file = config("");
    let file = file.to_str().unwrap();
    let mut arguments = vec!["migrate", "phase4", "--format", "json", "--config", file];
    arguments.extend(more);
    world.run(&arguments)
}

pub fn migrated() -> World {
    let world = after_phase3();
    let path = container(&world);
    migrate(&world, &["--create-filegroup", &path]).exits(0);
    world
}

fn validate(world: &World, thresholds: &str) -> Ran {
    let file = config(thresholds);
    world.run(&[
        "validate",
        "phase4",
        "--format",
        "json",
        "--config",
        file.to_str().unwrap(),
    ])
}

#[test]
fn the_metadata_is_copied_and_every_criterion_is_measured() {
    let world = after_phase3();
    let path = container(&world);
    let before = everything(&world);
    world
        .run(&["plan", "phase4"])
        .exits(1)
        .shows("phase4.filegroup failed");
    world
        .run(&["migrate", "phase4"])
        .exits(1)
        .says("phase4.filegroup");
    world
        .run(&[
            "migrate",
            "phase4",
            "--dry-run",
            "--create-filegroup",
            &path,
        ])
        .exits(0)
        .shows("ADD FILEGROUP")
        .shows("MEMORY_OPTIMIZED = ON")
        .shows("SpatialGeometry geometry");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM sys.filegroups WHERE type = N'FX'"),
        0
    );
    assert!(!has_table(&world));
    let ran = migrate(&world, &["--create-filegroup", &path]).exits(0);
    assert_eq!(copied(&world), original(&world));
    assert_eq!(ran.evidence("phase4.rows")["missing"], 0);
    assert_eq!(ran.evidence("phase4.procedures")["wrong"], 0);
    assert_eq!(ran.evidence("phase4.procedures")["searches"], 7);
    let latency = ran.evidence("phase4.lookup_p99");
    assert!(
        latency["p50_us"].as_f64() <= latency["p99_us"].as_f64(),
        "{latency}"
    );
    assert!(latency["clock_step_us"].as_f64().unwrap() > 0.0);
    // The gates of the observation window fail until it is over.
    let report = validate(&world, "").exits(1);
    assert_eq!(
        report.gates("fail"),
        ["phase4.stable", "phase4.error_free"],
        "{report}"
    );
    world.run(&["status"]).exits(0).shows("phase 4 complete");
    age(&world);
    let report = validate(&world, "").exits(1);
    assert_eq!(report.gates("fail"), ["phase4.error_free"], "{report}");
    crate::phase3::attest(&world, "memory-table-errors").exits(0);
    validate(&world, "").exits(0);
    let file = config("");
    world
        .run(&["validate", "--config", file.to_str().unwrap()])
        .exits(0);
    // A second run has nothing to copy, and the observation goes on.
    migrate(&world, &[]).exits(0);
    validate(&world, "").exits(0);
    assert_eq!(everything(&world), before);
    world.run(&["doctor"]).exits(0);
}

/// As if the copy had been complete for two days.
fn age(world: &World) {
    world.batch(
        "UPDATE hartonomous.steps SET detail = JSON_MODIFY(detail, '$.at', CONVERT(varchar(30), DATEADD(DAY, -2, SYSUTCDATETIME()), 126)) \
         WHERE phase = N'phase4' AND step = N'memory.AtomEmbeddings_InMemory';",
    );
}

#[test]
fn every_prerequisite_stops_it_by_name() {
    let world = World::ready_for_phase2(&data::coarse(6, 60, 603));
    world
        .run(&["migrate", "phase4"])
        .exits(7)
        .says("phase 2 has not been begun");
    world
        .run(&[
            "waive",
            "phase2.deduplication",
            "--reason",
            "x",
            "--until",
            "1d",
        ])
        .exits(0);
    world.phase2().exits(0);
    world
        .run(&["migrate", "phase4"])
        .exits(7)
        .says("phase 3 has not removed the column");
    world
        .run(&["migrate", "phase3", "--create-filegroup", "/x"])
        .exits(2)
        .says("--create-filegroup is for phase4");
    drop(world);

    let world = after_phase3();
    let path = container(&world);
    world
        .run(&["migrate", "phase4", "--create-filegroup", " "])
        .exits(2);
    let stopped = |thresholds: &str, gate: &str| {
        let file = config(thresholds);
        let arguments = [
            "migrate",
            "phase4",
            "--create-filegroup",
            &path,
            "--config",
            file.to_str().unwrap(),
        ];
        world.run(&arguments).exits(1).says(gate);
        assert!(!has_table(&world));
        assert_eq!(
            world.number("SELECT COUNT(*) FROM sys.filegroups WHERE type = N'FX'"),
            0
        );
    };
    // Phase 3 holds now, measured and not remembered.
    world
        .run(&["waive", "phase3.error_free", "--revoke"])
        .exits(0);
    stopped("", "phase3.error_free");
    world
        .run(&[
            "waive",
            "phase3.error_free",
            "--reason",
            "x",
            "--until",
            "1d",
        ])
        .exits(0);
    stopped("phase4.memory_times = 1000000000", "phase4.memory");
    world.batch(
        "ALTER TABLE dbo.AtomEmbeddings ALTER COLUMN LastAccessedUtc datetimeoffset(7) NULL;",
    );
    stopped("", "phase4.types");
    world
        .run(&["waive", "phase4.types", "--reason", "x", "--until", "1d"])
        .exits(2)
        .says("never waived");
    world.batch("ALTER TABLE dbo.AtomEmbeddings ALTER COLUMN LastAccessedUtc datetime2(7) NULL;");
    // What can be waived is waived, and shown as waived.
    world
        .run(&["waive", "phase4.memory", "--reason", "x", "--until", "1d"])
        .exits(0);
    let file = config("phase4.memory_times = 1000000000");
    let arguments = [
        "plan",
        "phase4",
        "--config",
        file.to_str().unwrap(),
        "--format",
        "json",
    ];
    let plan = world.run(&arguments).exits(1);
    assert_eq!(plan.gates("waived"), ["phase4.memory"], "{plan}");
    assert_eq!(plan.gates("fail"), ["phase4.filegroup"], "{plan}");
}

#[test]
fn each_criterion_fails_when_it_does_not_hold() {
    let world = migrated();
    let only = |thresholds: &str, expected: &[&str]| {
        let report = validate(&world, thresholds).exits(1);
        let failed = report.gates("fail");
        let failed: Vec<&str> = failed
            .iter()
            .map(String::as_str)
            .filter(|gate| !["phase4.stable", "phase4.error_free"].contains(gate))
            .collect();
        assert_eq!(failed, expected, "{report}");
        report
    };
    let none = |thresholds: &str| {
        let report = validate(&world, thresholds).exits(1);
        assert_eq!(report.gates("fail"), ["phase4.stable", "phase4.error_free"]);
    };
    // A threshold that nothing meets; no lookup takes no time at all.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "phase4.lookup_p50_us = 0\nphase4.lookup_p99_us = 0\n",
    )
    .unwrap();
    let report = world
        .run(&[
            "validate",
            "phase4",
            "--format",
            "json",
            "--config",
            file.path().to_str().unwrap(),
        ])
        .exits(1);
    for gate in ["phase4.lookup_p50", "phase4.lookup_p99"] {
        assert!(report.gates("fail").contains(&gate.to_owned()), "{report}");
    }
    only(
        "phase4.empty_buckets_percent = 100",
        &["phase4.hash_indexes"],
    );
    // Every change of a row is seen: a case, a blank at the end, the last digit of a time.
    for change in [
        "UPDATE dbo.AtomEmbeddings SET EmbeddingType = UPPER(EmbeddingType) WHERE AtomEmbeddingId = 4;",
        "UPDATE dbo.AtomEmbeddings SET EmbeddingType = EmbeddingType + N' ' WHERE AtomEmbeddingId = 5;",
        "UPDATE dbo.AtomEmbeddings SET LastUpdated = DATEADD(NANOSECOND, 100, LastUpdated) WHERE AtomEmbeddingId = 6;",
        "UPDATE dbo.AtomEmbeddings SET ModelId = NULL WHERE AtomEmbeddingId = 7;",
        "UPDATE dbo.AtomEmbeddings SET SpatialProjX = SpatialProjX + 1e-9 WHERE AtomEmbeddingId = 8;",
    ] {
        world.batch(change);
    }
    let report = only(
        "",
        &["phase4.checksums", "phase4.rows", "phase4.procedures"],
    );
    assert_eq!(report.evidence("phase4.rows")["changed"], 5);
    assert_eq!(report.evidence("phase4.rows")["first_id"], 4);
    insert(&world, 61, 63);
    world.batch("DELETE FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 12;");
    let report = validate(&world, "").exits(1);
    assert_eq!(report.evidence("phase4.rows")["missing"], 3);
    assert_eq!(report.evidence("phase4.rows")["surplus"], 1);
    let ran = migrate(&world, &[]).exits(0);
    assert_eq!(copied(&world), original(&world), "{ran}");
    none("");
    world.batch("DROP PROCEDURE dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native;");
    let report = validate(&world, "phase4.observation_hours = 0").exits(1);
    assert!(
        report.gates("fail").contains(&"phase4.modules".to_owned()),
        "{report}"
    );
    assert!(
        report
            .gates("fail")
            .contains(&"phase4.procedures".to_owned()),
        "{report}"
    );
    migrate(&world, &[]).exits(0);
    // dbo.AtomEmbeddings has another column now: the copy is not as declared, and is not touched.
    world.batch("ALTER TABLE dbo.AtomEmbeddings DROP COLUMN LastComputedUtc;");
    let report = validate(&world, "").exits(1);
    assert!(
        report.gates("fail").contains(&"phase4.table".to_owned()),
        "{report}"
    );
    migrate(&world, &[]).exits(7).says("rollback phase4");
}

/// Mistake 10: durability by a statement that does not exist, identity without IDENTITY_INSERT, no filegroup, and a rename
/// that would have lost geometry and json.
#[test]
fn mistake_10_is_not_made() {
    let world = after_phase3();
    world.batch("UPDATE dbo.AtomEmbeddings SET Metadata = N'{\"a\":1}' WHERE AtomEmbeddingId = 3;");
    let before = everything(&world);
    let path = container(&world);
    migrate(&world, &["--create-filegroup", &path]).exits(0);
    let table = |name: &str| {
        world.rows(&format!(
            "SELECT CAST(is_memory_optimized AS int), durability_desc FROM sys.tables WHERE object_id = OBJECT_ID(N'dbo.{name}')"
        ))
    };
    assert_eq!(
        table("AtomEmbeddings_InMemory"),
        [[Some("1".to_owned()), Some("SCHEMA_AND_DATA".to_owned())]]
    );
    assert_eq!(table("AtomEmbeddings")[0][0].as_deref(), Some("0"));
    assert_eq!(everything(&world), before);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM sys.filegroups WHERE type = N'FX'"),
        1
    );
    // Identity values were kept, gaps and all, and the next one comes after them.
    assert_eq!(
        world.number(
            "SELECT COUNT(*) FROM dbo.AtomEmbeddings_InMemory WHERE AtomEmbeddingId IN (9, 10, 31)"
        ),
        0
    );
    let next = world.number(
        "INSERT INTO dbo.AtomEmbeddings_InMemory (AtomId, Dimension, SpatialBucket, EmbeddingType, TenantId, LastUpdated, CreatedAt) \
         VALUES (1, 3, 0, N'x', 0, SYSUTCDATETIME(), SYSUTCDATETIME()); SELECT CAST(SCOPE_IDENTITY() AS bigint);",
    );
    assert_eq!(
        next,
        world.number("SELECT MAX(AtomEmbeddingId) + 1 FROM dbo.AtomEmbeddings")
    );
    let indexes = world.rows(
        "SELECT i.type_desc, COUNT(*) FROM sys.indexes AS i WHERE i.object_id = OBJECT_ID(N'dbo.AtomEmbeddings_InMemory') \
         AND i.index_id > 0 GROUP BY i.type_desc ORDER BY i.type_desc",
    );
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        indexes,
        [
            [some("NONCLUSTERED"), some("3")],
            [some("NONCLUSTERED HASH"), some("2")]
        ]
    );
}
