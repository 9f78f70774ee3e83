//! Phase 4 disturbed and taken back: killed, contended, written to meanwhile, and undone.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hartonomous_standin::wire::Fault;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::disturb::{AtText, carry_on, kill_at};
use crate::phase4::{
    after_phase3, config, container, copied, everything, has_table, migrate, migrated, original,
};
use crate::wire::Target;
use crate::world::{World, needs_stand_in};

/// Whatever was interrupted, what is copied is whole: every row up to the mark, as it was.
fn assert_copy_is_whole(world: &World) {
    if !has_table(world) {
        return;
    }
    let marks = world.rows("SELECT last_id, rows_copied FROM hartonomous.memory_copy WHERE id = 1");
    let Some(mark) = marks.first() else {
        assert_eq!(copied(world).len(), 0);
        return;
    };
    let last: i64 = mark[0].as_ref().unwrap().parse().unwrap();
    let count: usize = mark[1].as_ref().unwrap().parse().unwrap();
    let up_to = |rows: Vec<Vec<Option<String>>>| -> Vec<Vec<Option<String>>> {
        rows.into_iter()
            .filter(|row| row[0].as_ref().unwrap().parse::<i64>().unwrap() <= last)
            .collect()
    };
    let rows = copied(world);
    assert_eq!(rows.len(), count, "no row beyond the mark");
    assert_eq!(up_to(rows), up_to(original(world)));
}

#[test]
fn killed_at_any_point_nothing_is_half_copied_and_the_same_command_carries_on() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0605;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let world = after_phase3();
    let path = container(&world);
    let file = config("");
    let arguments = [
        "migrate",
        "phase4",
        "--create-filegroup",
        &path,
        "--batch-rows",
        "9",
        "--progress",
        "plain",
        "--config",
        file.to_str().unwrap(),
    ];
    let mut killed = 0;
    for round in 0..12u64 {
        let number = 20 + round * 9 + u64::from(random.next_u32() % 9);
        let executed = random.next_u32() % 2 == 0;
        let reached = kill_at(&world, &arguments, number, executed);
        println!("round {round}: request {number}, executed {executed}, reached {reached}");
        killed += u32::from(reached);
        assert_copy_is_whole(&world);
    }
    assert!(killed >= 8, "{killed} of 12 points were reached");
    carry_on(&world, &arguments).exits(0);
    assert_eq!(copied(&world), original(&world));
}

#[test]
fn rows_that_arrive_change_and_go_meanwhile_are_brought_in_line() {
    if needs_stand_in() {
        return;
    }
    let world = after_phase3();
    let path = container(&world);
    let file = config("");
    let (ask, asked) = std::sync::mpsc::channel::<std::sync::mpsc::Sender<()>>();
    let ask = std::sync::Mutex::new(ask);
    world.inject(AtText {
        needle: "nothing is copied: the batch",
        number: 4,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            let (done, wait) = std::sync::mpsc::channel();
            ask.lock().unwrap().send(done).unwrap();
            crate::wire::held(&wait).unwrap();
            Fault::None
        },
    });
    let arguments = [
        "migrate",
        "phase4",
        "--create-filegroup",
        &path,
        "--batch-rows",
        "10",
        "--config",
        file.to_str().unwrap(),
    ];
    let child = world.start(&arguments);
    let done = asked.recv_timeout(Duration::from_secs(120)).unwrap();
    world.watch().calm();
    // All of them among what is copied already.
    world.batch("UPDATE dbo.AtomEmbeddings SET TenantId = 77 WHERE AtomEmbeddingId IN (2, 3);");
    world.batch("DELETE FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 12;");
    world.batch(
        "SET IDENTITY_INSERT dbo.AtomEmbeddings ON; \
         INSERT INTO dbo.AtomEmbeddings (AtomEmbeddingId, AtomId, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket) \
         SELECT 9, MIN(AtomId), 3, geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 5 FROM dbo.Atoms; \
         SET IDENTITY_INSERT dbo.AtomEmbeddings OFF;",
    );
    done.send(()).unwrap();
    crate::process::finish(&arguments, child).exits(0);
    assert_eq!(copied(&world), original(&world));
    let detail = world
        .value("SELECT TOP (1) detail FROM hartonomous.steps WHERE step = N'copy' ORDER BY run_id DESC")
        .unwrap();
    assert!(detail.contains("\"removed\":1"), "{detail}");
}

/// 41302: another transaction has changed the row; the batch is tried again.
#[test]
fn a_write_conflict_is_waited_out() {
    let world = migrated();
    world.batch("UPDATE dbo.AtomEmbeddings SET TenantId = 78 WHERE AtomEmbeddingId = 3;");
    let mut other = world.other_session();
    other.batch(
        "BEGIN TRANSACTION; DELETE FROM dbo.AtomEmbeddings_InMemory WITH (SNAPSHOT) WHERE AtomEmbeddingId = 3;",
    );
    let file = config("");
    let arguments = [
        "migrate",
        "phase4",
        "--retries",
        "50",
        "--progress",
        "plain",
        "--config",
        file.to_str().unwrap(),
    ];
    let mut child = world.start(&arguments);
    let told = read_until(&mut child, "41302");
    other.batch("ROLLBACK TRANSACTION;");
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{told}");
    assert_eq!(copied(&world), original(&world));
}

/// Reads stderr until a text is there, then goes on reading beside the test.
fn read_until(child: &mut std::process::Child, text: &str) -> String {
    use std::io::BufRead;
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    loop {
        let mut line = String::new();
        assert!(
            lines.read_line(&mut line).unwrap() > 0,
            "{text} was never said: {told}"
        );
        told.push_str(&line);
        if line.contains(text) {
            break;
        }
    }
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    let mut stdout = child.stdout.take().unwrap();
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    told
}

#[test]
fn phase_4_is_taken_back_and_atom_embeddings_is_as_it_was() {
    let world = after_phase3();
    let before = everything(&world);
    let shape = crate::disturb::shape(&world);
    world
        .run(&["rollback", "phase4"])
        .exits(0)
        .says("nothing to undo");
    let path = container(&world);
    migrate(&world, &["--create-filegroup", &path]).exits(0);
    world
        .run(&["rollback", "phase4", "--dry-run"])
        .exits(0)
        .shows("DROP TABLE dbo.AtomEmbeddings_InMemory")
        .shows("REMOVE FILEGROUP");
    assert!(has_table(&world));
    world.run(&["rollback", "phase4", "--drill"]).exits(2);
    // A row that only the copy has would go with it.
    world.batch(
        "INSERT INTO dbo.AtomEmbeddings_InMemory (AtomId, Dimension, SpatialBucket, EmbeddingType, TenantId, LastUpdated, CreatedAt) \
         VALUES (1, 3, 0, N'x', 0, SYSUTCDATETIME(), SYSUTCDATETIME());",
    );
    world
        .run(&["rollback", "phase4"])
        .exits(1)
        .says("rollback4.rows");
    assert!(has_table(&world));
    migrate(&world, &[]).exits(0);
    let ran = world
        .run(&["rollback", "phase4", "--format", "json"])
        .exits(0);
    assert!(ran.gates("fail").is_empty(), "{ran}");
    assert!(!has_table(&world));
    assert_eq!(everything(&world), before);
    assert_eq!(crate::disturb::shape(&world), shape);
    world
        .run(&["status"])
        .exits(0)
        .shows("phase 3 complete")
        .shows("plan phase4");
    let file = config("");
    world
        .run(&["validate", "--config", file.to_str().unwrap()])
        .exits(0);
    // And forward again, with the filegroup that is there or anew.
    let path = format!("{path}_again");
    migrate(&world, &["--create-filegroup", &path]).exits(0);
    assert_eq!(copied(&world), original(&world));
}

#[test]
fn what_was_there_before_phase_4_stays() {
    let world = after_phase3();
    let path = container(&world);
    world.batch("ALTER DATABASE CURRENT ADD FILEGROUP older CONTAINS MEMORY_OPTIMIZED_DATA;");
    world.batch(&format!(
        "ALTER DATABASE CURRENT ADD FILE (NAME = older_1, FILENAME = N'{path}') TO FILEGROUP older;"
    ));
    migrate(&world, &[]).exits(0);
    world
        .run(&["rollback", "phase4", "--dry-run"])
        .exits(0)
        .shows("it was there before phase 4");
    world.run(&["rollback", "phase4"]).exits(0);
    assert!(!has_table(&world));
    assert_eq!(
        world.number("SELECT COUNT(*) FROM sys.filegroups AS g JOIN sys.database_files AS f ON f.data_space_id = g.data_space_id WHERE g.type = N'FX' AND g.name = N'older'"),
        1
    );
    // A table of that name which phase 4 did not make is neither filled nor dropped.
    world.batch("CREATE TABLE dbo.AtomEmbeddings_InMemory (Id int NOT NULL);");
    migrate(&world, &[]).exits(7).says("not memory-optimised");
    world
        .run(&["rollback", "phase4"])
        .exits(0)
        .says("nothing to undo");
    assert!(has_table(&world));
}

#[test]
fn a_rollback_that_is_killed_carries_on() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0607;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let world = migrated();
    let before = everything(&world);
    let mut killed = 0;
    for round in 0..8u64 {
        let number = 18 + round * 4 + u64::from(random.next_u32() % 4);
        let executed = random.next_u32() % 2 == 0;
        let reached = kill_at(&world, &["rollback", "phase4"], number, executed);
        println!("round {round}: request {number}, executed {executed}, reached {reached}");
        killed += u32::from(reached);
    }
    assert!(killed >= 4, "{killed} of 8 points were reached");
    carry_on(&world, &["rollback", "phase4"]).exits(0);
    assert!(!has_table(&world));
    assert_eq!(everything(&world), before);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM hartonomous.memory_copy"),
        0
    );
}

/// The first Ctrl-C finishes the batch; the same command carries on behind it.
#[test]
fn ctrl_c_stops_after_the_batch() {
    if needs_stand_in() {
        return;
    }
    let world = after_phase3();
    let path = container(&world);
    let file = config("");
    let arguments = [
        "migrate",
        "phase4",
        "--create-filegroup",
        &path,
        "--batch-rows",
        "10",
        "--config",
        file.to_str().unwrap(),
    ];
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtText {
        needle: "nothing is copied: the batch",
        number: 2,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            victim.interrupt();
            Fault::Delay(Duration::from_millis(200))
        },
    });
    let (_, stderr) = target.start(|| world.start(&arguments));
    let code = target.wait();
    let stderr = stderr.join().unwrap();
    assert_eq!(code, Some(5), "{stderr}");
    assert_copy_is_whole(&world);
    assert_eq!(copied(&world).len(), 20);
    world
        .run(&["status"])
        .exits(0)
        .shows("phase 4 begun")
        .shows("20 rows copied so far");
    world.run(&arguments).exits(0);
    assert_eq!(copied(&world), original(&world));
}
