//! vw_EmbeddingVectors: exact for every float32, stored on request or where that is safe, and gone after a rollback.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use hartonomous_standin::wire::Fault;

use crate::data;
use crate::disturb::{AtText, carry_on, shape};
use crate::wire::Target;
use crate::world::{World, needs_stand_in};

const INDEXED: &str =
    "SELECT COUNT(*) FROM sys.indexes WHERE name = N'UX_vw_EmbeddingVectors' AND is_disabled = 0";

fn ready() -> World {
    World::ready_for_phase2(&data::coarse(12, 150, 71))
}

fn stored_rows(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM dbo.vw_EmbeddingVectors WITH (NOEXPAND)")
}

/// Every exponent, subnormals and zeros of both signs, the largest, the smallest; made by another hand than phase 2's.
#[test]
fn the_view_gives_the_bits_of_every_float32_and_nothing_for_what_is_none() {
    let world = World::ready_for_phase2(&[data::Embedding::new(1, &[0.5])]);
    world.run(&["migrate", "phase2", "--index-view"]);
    let source = world.atom(1);
    let mut patterns: Vec<u32> = vec![
        0x8000_0000,
        1,
        0x8000_0001,
        0x007f_ffff,
        0x0080_0000,
        0x7f7f_ffff,
        0xff7f_ffff,
    ];
    for exponent in 0..=254u32 {
        patterns.push(exponent << 23 | 0x2a_aaab);
        patterns.push(0x8000_0000 | exponent << 23 | 0x55_5555);
    }
    // Infinities, NaN, three bytes, five bytes, nothing: no value.
    let none = [
        "0x7f800000",
        "0xff800000",
        "0x7fc00001",
        "0x3f8000",
        "0x003f800000",
        "NULL",
    ];
    let values: Vec<String> = patterns
        .iter()
        .map(|bits| format!("0x{bits:08x}"))
        .chain(none.iter().map(|&text| text.to_owned()))
        .enumerate()
        .map(|(at, bytes)| format!("({}, CAST({bytes} AS varbinary(64)))", at + 1))
        .collect();
    for some in values.chunks(200) {
        world.batch(&format!(
            "DECLARE @v TABLE (n int NOT NULL, b varbinary(64) NULL); INSERT INTO @v (n, b) VALUES {}; \
             INSERT INTO dbo.Atoms (ContentHash, Modality, AtomicValue, CanonicalText) \
             SELECT CAST(HASHBYTES('SHA2_256', CAST(n AS varchar(10)) + 'foreign') AS binary(32)), N'test', b, CAST(n AS nvarchar(10)) FROM @v; \
             INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, SequenceIndex) \
             SELECT {source}, a.AtomId, N'embedding_dimension', CAST(a.CanonicalText AS int) FROM dbo.Atoms AS a \
             JOIN @v AS v ON a.CanonicalText = CAST(v.n AS nvarchar(10)) WHERE a.Modality = N'test';",
            some.join(", ")
        ));
    }
    // As the server computes them, and as the index has stored them.
    for from in [
        "dbo.vw_EmbeddingVectors",
        "dbo.vw_EmbeddingVectors WITH (NOEXPAND)",
    ] {
        let rows = world.rows(&format!(
            "SELECT CAST(ComponentValue AS binary(4)) FROM {from} WHERE SourceAtomId = {source} AND ComponentIndex > 0 ORDER BY ComponentIndex"
        ));
        let found: Vec<Option<String>> = rows.into_iter().map(|row| row[0].clone()).collect();
        let expected: Vec<Option<String>> = patterns
            .iter()
            .map(|bits| Some(format!("{bits:08x}")))
            .chain(none.iter().map(|_| None))
            .collect();
        assert_eq!(found, expected, "{from}");
    }
}

#[test]
fn the_index_is_built_after_the_load_and_every_batch_after_it_keeps_it_up() {
    let world = ready();
    let ran = world
        .run(&["migrate", "phase2", "--progress", "plain"])
        .exits(0);
    assert!(
        ran.stderr
            .contains("writers to dbo.Atoms and dbo.AtomRelations wait"),
        "{ran}"
    );
    assert_eq!(world.number(INDEXED), 1);
    assert_eq!(stored_rows(&world), 12 * 150);
    // More arrive, one changes, one goes: the pipeline works with the index in place.
    world.batch(&data::insert_sources(13..=14));
    for (at, one) in data::coarse(2, 150, 72).into_iter().enumerate() {
        let atom = 13 + at;
        world.batch(&data::Embedding { atom, ..one }.insert());
    }
    world.batch(
        "UPDATE dbo.AtomEmbeddings SET EmbeddingVector = (SELECT EmbeddingVector FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 2), \
             LastUpdated = SYSUTCDATETIME() WHERE AtomEmbeddingId = 5; DELETE FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 7;",
    );
    let ran = world
        .run(&["migrate", "phase2", "--format", "json"])
        .exits(0);
    let evidence = ran.evidence("phase2.view");
    assert_eq!(evidence["components"], 13 * 150);
    assert_eq!(evidence["index"], "UX_vw_EmbeddingVectors");
    assert_eq!(stored_rows(&world), 13 * 150);
    world.assert_invariants();
    let plan = world.run(&["plan", "phase2"]).exits(0);
    assert!(
        plan.stdout.contains("written twice from then on"),
        "the plan says what it costs: {plan}"
    );
}

#[test]
fn no_index_view_refuses_it_and_index_view_asks_for_it() {
    let world = ready();
    world
        .run(&["migrate", "phase2", "--no-index-view"])
        .exits(0);
    assert_eq!(world.number(INDEXED), 0);
    let report = world
        .run(&["validate", "phase2", "--format", "json"])
        .exits(0);
    assert_eq!(
        report.evidence("phase2.view")["index"],
        serde_json::Value::Null
    );
    world
        .run(&["migrate", "phase2", "--index-view", "--no-index-view"])
        .exits(2);
    world.run(&["migrate", "phase2", "--index-view"]).exits(0);
    assert_eq!(world.number(INDEXED), 1);
}

/// What would make other people's writes fail, or is documented nowhere, is not done unasked.
#[test]
fn it_is_not_built_unasked_where_somebodys_writes_would_fail() {
    let of = |world: &World| -> String {
        let plan = world
            .run(&["plan", "phase2", "--format", "json"])
            .exits(0)
            .json();
        let decisions = plan["load"].as_array().unwrap().clone();
        let one = decisions
            .iter()
            .find(|one| one["about"] == "index of the view")
            .unwrap();
        format!(
            "{}: {}",
            one["choice"].as_str().unwrap(),
            one["why"].as_str().unwrap()
        )
    };
    let world = ready();
    let mut old = world.other_session();
    old.batch("SET QUOTED_IDENTIFIER OFF;");
    let found = of(&world);
    assert!(
        found.starts_with("not built: writes of connected programs would fail"),
        "{found}"
    );
    assert!(found.contains("hartonomous tests"), "{found}");
    old.batch("SET QUOTED_IDENTIFIER ON;");
    assert!(of(&world).starts_with("built after the load"));
    old.batch("SET QUOTED_IDENTIFIER OFF;");
    old.batch(
        "CREATE PROCEDURE dbo.touch_atoms AS UPDATE dbo.Atoms SET IsActive = 1 WHERE AtomId = 0;",
    );
    old.batch("SET QUOTED_IDENTIFIER ON;");
    let found = of(&world);
    assert!(
        found.starts_with("not built: writes of dbo.touch_atoms"),
        "{found}"
    );
    world
        .run(&["migrate", "phase2", "--progress", "plain"])
        .exits(0);
    assert_eq!(world.number(INDEXED), 0);
    world.run(&["migrate", "phase2", "--index-view"]).exits(0);
    assert_eq!(world.number(INDEXED), 1);
    let versioned = World::system_versioned();
    versioned.load(&data::coarse(2, 150, 73));
    versioned.phase1();
    let found = of(&versioned);
    assert!(
        found.starts_with("not built: an indexed view over a system-versioned table"),
        "{found}"
    );
}

#[test]
fn a_build_that_was_killed_is_begun_again() {
    if needs_stand_in() {
        return;
    }
    for executed in [false, true] {
        let world = ready();
        let target = Arc::new(Target::default());
        let victim = target.clone();
        world.inject(AtText {
            needle: "CREATE UNIQUE CLUSTERED INDEX UX_vw_EmbeddingVectors",
            number: 1,
            executed,
            seen: AtomicU64::new(0),
            what: move || {
                victim.kill();
                Fault::None
            },
        });
        target.start(|| world.start(&["migrate", "phase2", "--index-view"]));
        assert_eq!(target.wait(), None);
        world.watch().calm();
        // Nobody has to ask again.
        carry_on(&world, &["migrate", "phase2"]).exits(0);
        assert_eq!(world.number(INDEXED), 1, "executed {executed}");
        assert_eq!(stored_rows(&world), 12 * 150);
        carry_on(&world, &["rollback", "phase2"]).exits(0);
        assert_eq!(world.number(INDEXED), 0);
    }
}

#[test]
fn rollback_drops_the_index_before_it_deletes_and_the_view_at_its_end() {
    let world = ready();
    let before = shape(&world);
    world.run(&["migrate", "phase2"]).exits(0);
    world
        .run(&["rollback", "phase2", "--dry-run"])
        .exits(0)
        .shows("UX_vw_EmbeddingVectors");
    if !needs_stand_in() {
        world.watch().forget();
    }
    world.run(&["rollback", "phase2"]).exits(0);
    assert_eq!(shape(&world), before);
    if !needs_stand_in() {
        let batches = world.watch().batches();
        let at = |text: &str| {
            batches
                .iter()
                .position(|batch| batch.contains(text))
                .unwrap()
        };
        let index = at("DROP INDEX IF EXISTS UX_vw_EmbeddingVectors");
        assert!(
            index < at("Takes a batch of embeddings back"),
            "the index goes first"
        );
    }
}

#[test]
fn a_view_that_is_gone_or_another_fails_its_gate() {
    let world = ready();
    world
        .run(&["migrate", "phase2", "--no-index-view"])
        .exits(0);
    let fails = |what: &str| {
        let report = world
            .run(&["validate", "phase2", "--format", "json"])
            .exits(1);
        assert_eq!(report.gates("fail"), ["phase2.view"], "{what}: {report}");
    };
    let text = world
        .value("SELECT definition FROM sys.sql_modules WHERE object_id = OBJECT_ID(N'dbo.vw_EmbeddingVectors')")
        .unwrap();
    let text = text.replacen("CREATE VIEW", "CREATE OR ALTER VIEW", 1);
    world.batch(
        &text
            .replace("* POWER(CAST(2 AS float), -149)", "* 0")
            .replace("- 150", "- 149"),
    );
    fails("wrong values");
    world.batch(&text.replace("N'embedding_dimension'", "N'other'"));
    fails("no rows");
    world.batch("CREATE OR ALTER VIEW dbo.vw_EmbeddingVectors AS SELECT 1 AS one;");
    fails("other columns");
    world.batch("DROP VIEW dbo.vw_EmbeddingVectors;");
    fails("gone");
    world
        .run(&["migrate", "phase2", "--no-index-view"])
        .exits(0);
}
