//! A restore disturbed: killed anywhere it carries on, others in the way are named, and every command knows what is going on.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use hartonomous_standin::wire::Fault;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::disturb::{AtText, carry_on, contents, kill_at};
use crate::from_backup::{DATABASE, Removed, embeddings};
use crate::wire::Target;
use crate::world::needs_stand_in;

fn arguments(tail: &str) -> [&str; 7] {
    [
        "rollback",
        "phase3",
        "--from-backup",
        "--confirm",
        DATABASE,
        "--tail-backup",
        tail,
    ]
}

/// Whatever a killed run left: the same command carries on, and the database is what the backup has.
#[track_caller]
fn assert_carries_on(removed: &Removed, tail: &str) {
    let ran = carry_on(&removed.world, &arguments(tail));
    assert_eq!(ran.code, Some(0), "{ran}");
    removed.world.reconnect();
    assert_eq!(removed.access(), "ONLINE MULTI_USER");
    assert_eq!(contents(&removed.world), removed.before);
    removed.world.run(&["validate", "phase2"]).exits(0);
}

#[test]
fn killed_around_each_statement_the_same_command_carries_on() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let tail = removed.file("tail.trn");
    for needle in [
        "hartonomous.restore.",
        "RESTORE VERIFYONLY",
        "BACKUP LOG [",
        "RESTORE DATABASE [",
        "SET MULTI_USER",
        "fencing_number + 1000000",
    ] {
        for executed in [false, true] {
            let target = Arc::new(Target::default());
            let victim = target.clone();
            let script = Arc::new(AtText {
                needle,
                number: 1,
                executed,
                seen: AtomicU64::new(0),
                what: move || {
                    victim.kill();
                    Fault::None
                },
            });
            world.watch().follow(script.clone());
            target.start(|| world.start(&arguments(&tail)));
            let code = target.wait();
            world.watch().calm();
            assert_eq!(code, None, "{needle}, executed {executed}: not reached");
            assert_carries_on(&removed, &tail);
            // As phase 3 would leave it; what the drop was is not on record in the restored database.
            world.batch("ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;");
        }
    }
}

#[test]
fn killed_at_any_request_the_same_command_carries_on() {
    if needs_stand_in() {
        return;
    }
    let seed = 0x5eed_0602;
    println!("seed {seed:#x}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let removed = Removed::new(&embeddings());
    let tail = removed.file("tail.trn");
    let mut killed = 0;
    for round in 0..8u64 {
        let number = 1 + round * 11 + u64::from(random.next_u32() % 11);
        let executed = random.next_u32() % 2 == 0;
        let reached = kill_at(&removed.world, &arguments(&tail), number, executed);
        println!("round {round}: request {number}, executed {executed}, reached {reached}");
        killed += u32::from(reached);
        assert_carries_on(&removed, &tail);
        removed
            .world
            .batch("ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;");
    }
    assert!(killed >= 6, "{killed} of 8 points were reached");
}

#[test]
fn a_database_out_of_use_says_what_it_is_and_what_to_do() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let tail = removed.file("tail.trn");
    let target = Arc::new(Target::default());
    let victim = target.clone();
    world.inject(AtText {
        needle: "RESTORE DATABASE [",
        number: 1,
        executed: false,
        seen: AtomicU64::new(0),
        what: move || {
            victim.kill();
            Fault::Drop
        },
    });
    target.start(|| world.start(&arguments(&tail)));
    target.wait();
    world.watch().calm();
    assert_eq!(removed.access(), "RESTORING SINGLE_USER");
    for command in [
        &["status"][..],
        &["doctor"],
        &["validate"],
        &["migrate", "phase3"],
        &["rollback", "phase3"],
    ] {
        world
            .run(command)
            .exits(7)
            .says("RESTORING")
            .says(&tail)
            .says("the same command carries on");
    }
    // The dry run knows where it stands, and the way back is open.
    let mut dry = arguments(&tail).to_vec();
    dry.push("--dry-run");
    world
        .run(&dry)
        .exits(0)
        .shows("RESTORE DATABASE [Hartonomous]");
    let mut master = world.session_in("master");
    master.batch(&format!(
        "RESTORE DATABASE {DATABASE} WITH RECOVERY; ALTER DATABASE {DATABASE} SET MULTI_USER;"
    ));
    world.reconnect();
    world.run(&["status"]).exits(0).shows("phase 3 complete");
    assert_carries_on(&removed, &tail);
}

#[test]
fn somebody_elses_restore_is_left_alone() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let tail = removed.file("tail.trn");
    world.leave();
    let mut master = world.session_in("master");
    master.batch(&format!(
        "BACKUP LOG {DATABASE} TO DISK = N'{tail}' WITH NORECOVERY; \
         RESTORE DATABASE {DATABASE} FROM DISK = N'{}' WITH REPLACE, NORECOVERY;",
        removed.backup.display()
    ));
    world.run(&arguments(&tail)).exits(7).says("--backup FILE");
    world.run(&["status"]).exits(7).says("somebody restores it");
    assert_eq!(removed.access(), "RESTORING MULTI_USER");
    // Named, it is carried on: the tail is on record, whoever saved it.
    let backup = removed.backup.display().to_string();
    let mut named = arguments(&tail).to_vec();
    named.extend(["--backup", &backup]);
    world.run(&named).exits(0);
    world.reconnect();
    assert_eq!(contents(world), removed.before);
}

#[test]
fn whoever_has_the_only_seat_is_named() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let tail = removed.file("tail.trn");
    world.leave();
    let mut other = world.other_session();
    other.batch("ALTER DATABASE CURRENT SET SINGLE_USER WITH ROLLBACK IMMEDIATE;");
    for command in [&arguments(&tail)[..], &["status"]] {
        world
            .run(command)
            .exits(7)
            .says("single-user mode")
            .says("hartonomous tests");
    }
    // Left without anybody in it, as a killed run may leave it, it is carried on.
    other.batch("USE master;");
    assert_carries_on(&removed, &tail);
}

#[test]
fn two_restores_and_a_running_migration_keep_apart() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let tail = removed.file("tail.trn");
    let mut master = world.session_in("master");
    master.batch(&format!(
        "EXEC sp_getapplock @Resource = N'hartonomous.restore.{DATABASE}', @LockMode = 'Exclusive', @LockOwner = 'Session', @DbPrincipal = 'public';"
    ));
    world
        .run(&arguments(&tail))
        .exits(4)
        .says("hartonomous.restore.Hartonomous");
    drop(master);
    world.batch("EXEC sp_getapplock @Resource = N'hartonomous.migration', @LockMode = 'Exclusive', @LockOwner = 'Session', @DbPrincipal = 'public';");
    carry_on_until_other(&removed, &tail);
    removed.assert_untouched();
}

/// The lock of the first test session may take a moment to go.
fn carry_on_until_other(removed: &Removed, tail: &str) {
    let begun = std::time::Instant::now();
    loop {
        let ran = removed.world.run(&arguments(tail)).exits(4);
        if ran
            .stderr
            .contains("another run works on this database: session")
        {
            return;
        }
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(20),
            "{ran}"
        );
    }
}
