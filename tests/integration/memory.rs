//! Memory does not grow with the table.

use std::time::Duration;

use crate::process;
use crate::processes::peak_kib;
use crate::world::World;

/// Embeddings of one component each in a column of 1,998: hardly any relations, but 32 KB of text apiece.
const EMBEDDINGS: u64 = 6_000;
/// Bytes of the text that the server sends for one of them: 15 a component, a comma or bracket each, and one bracket more.
const TEXT: u64 = 1_998 * 16 + 1;
/// What the client may need at most; a third of all the text.
const BOUND_KIB: u64 = 64 * 1024;

fn fill(world: &World) {
    world.batch(&format!(
        "DECLARE @vector vector(1998) = CAST('[0.5' + REPLICATE(CAST(',0' AS varchar(max)), 1997) + ']' AS vector(1998));
         DECLARE @number TABLE (n int NOT NULL PRIMARY KEY);
         INSERT INTO @number (n)
         SELECT a.d + 10 * b.d + 100 * c.d + 1000 * t.d
         FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (d)
         CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (d)
         CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (d)
         CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS t (d)
         WHERE a.d + 10 * b.d + 100 * c.d + 1000 * t.d < {EMBEDDINGS};
         INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, CanonicalText)
         SELECT CAST(HASHBYTES('SHA2_256', CAST(n AS varchar(10))) AS binary(32)), N'text', N'sentence', CAST(n AS nvarchar(10))
         FROM @number;
         INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket)
         SELECT a.AtomId, @vector, 1, geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0
         FROM dbo.Atoms AS a;"
    ));
}

#[test]
fn a_table_whose_text_is_larger_than_the_memory_bound_is_migrated_and_proven_within_it() {
    assert!(EMBEDDINGS * TEXT > 2 * BOUND_KIB * 1024);
    let world = World::new();
    fill(&world);
    world.phase1();
    world.backup();
    let arguments = [
        "migrate",
        "phase2",
        "--batch-components",
        "2000",
        "--workers",
        "2",
        "--progress",
        "none",
    ];
    let mut child = world.start(&arguments);
    let (stdout, stderr) = process::drain(&mut child);
    let mut peak = None;
    let status = loop {
        // The mark only rises, so that the last look before the end has all of it but the end.
        peak = peak_kib(child.id()).or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let told = format!("{}\n{}", stdout.join().unwrap(), stderr.join().unwrap());
    assert!(status.success(), "{told}");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.AtomRelations"),
        EMBEDDINGS as i64
    );
    match peak {
        Some(peak) => assert!(peak < BOUND_KIB, "{peak} KiB, at most {BOUND_KIB} allowed"),
        None => eprintln!("skipped: this system does not tell how much memory a process had"),
    }
}
