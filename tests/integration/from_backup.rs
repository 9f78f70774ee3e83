//! `rollback phase3 --from-backup`: the database as the backup has it, and nothing lost that was not said to be.

use crate::data::{self, Embedding};
use crate::database::Rows;
use crate::disturb::contents;
use crate::phase3::{CONFIRMED, ready_for_phase3};
use crate::process::Ran;
use crate::world::{World, needs_stand_in};

/// Name of the stand-in's database.
pub const DATABASE: &str = "Hartonomous";

/// A database without its column, the full backup that phase 3 demanded, and what was in the database then.
pub struct Removed {
    pub world: World,
    pub backup: tempfile::TempPath,
    pub folder: tempfile::TempDir,
    pub before: [Rows; 3],
}

impl Removed {
    pub fn new(embeddings: &[Embedding]) -> Self {
        let (world, backup) = ready_for_phase3(embeddings);
        let before = contents(&world);
        world.run(CONFIRMED).exits(0);
        Self {
            world,
            backup,
            folder: tempfile::tempdir().unwrap(),
            before,
        }
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs the restore, the tail saved to `tail.trn`.
    pub fn restore(&self, more: &[&str]) -> Ran {
        let tail = self.file("tail.trn");
        let mut arguments = vec!["rollback", "phase3", "--from-backup", "--confirm", DATABASE];
        arguments.extend(["--tail-backup", &tail]);
        arguments.extend(more);
        self.world.run(&arguments)
    }

    /// State and access of the database.
    pub fn access(&self) -> String {
        let mut master = self.world.session_in("master");
        let sql = format!(
            "SELECT CONCAT(state_desc, ' ', user_access_desc) FROM sys.databases WHERE name = N'{DATABASE}'"
        );
        master.value(&sql).unwrap()
    }

    /// Nothing was restored, and everybody may use the database.
    #[track_caller]
    pub fn assert_untouched(&self) {
        assert_eq!(self.access(), "ONLINE MULTI_USER");
        let mut master = self.world.session_in("master");
        let restores = "SELECT COUNT(*) FROM msdb.dbo.restorehistory";
        assert_eq!(master.value(restores).as_deref(), Some("0"));
    }
}

pub fn embeddings() -> Vec<Embedding> {
    data::coarse(30, 60, 601)
}

#[test]
fn the_database_becomes_what_the_backup_has_and_the_tail_leads_back() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    world.batch("UPDATE dbo.Atoms SET CanonicalText = N'written later' WHERE AtomId = (SELECT MIN(AtomId) FROM dbo.Atoms);");
    let mut other = world.other_session();
    other.batch("BEGIN TRANSACTION; DELETE FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 1;");
    let fence = world.number("SELECT fencing_number FROM hartonomous.fence");
    let ran = removed
        .restore(&["--format", "json"])
        .exits(0)
        .says("everything that anybody wrote since then is lost")
        .says("SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
        .says("saving the tail of the log Hartonomous")
        .says("restoring the database Hartonomous");
    assert!(ran.gates("fail").is_empty(), "{ran}");
    assert_eq!(ran.evidence("phase2.exactness")["embeddings"], 30);
    drop(other);
    world.reconnect();
    assert_eq!(removed.access(), "ONLINE MULTI_USER");
    assert_eq!(contents(world), removed.before);
    world.run(&["validate", "phase2"]).exits(0);
    // The run is on record anew, and no run from before the restore has a number that counts.
    assert!(world.number("SELECT fencing_number FROM hartonomous.fence") > fence + 1000);
    let outcome =
        "SELECT outcome FROM hartonomous.runs WHERE command = N'rollback phase3 --from-backup'";
    assert_eq!(world.value(outcome).as_deref(), Some("done"));
    // Again there is nothing to do, and phase 3 wants a new backup and a new soak.
    removed.restore(&[]).exits(0).says("nothing to undo");
    // The backup and the tail lead to the last moment.
    world.leave();
    let mut master = world.session_in("master");
    master.batch(&format!(
        "RESTORE DATABASE {DATABASE} FROM DISK = N'{}' WITH REPLACE, NORECOVERY; RESTORE LOG {DATABASE} FROM DISK = N'{}' WITH RECOVERY;",
        removed.backup.display(),
        removed.file("tail.trn")
    ));
    world.reconnect();
    let late = "SELECT COUNT(*) FROM dbo.Atoms WHERE CanonicalText = N'written later'";
    assert_eq!(world.number(late), 1);
    assert_eq!(
        world.value("SELECT COL_LENGTH('dbo.AtomEmbeddings', 'EmbeddingVector')"),
        None
    );
    world.run(&["status"]).exits(0).shows("phase 3 complete");
}

#[test]
fn a_dry_run_shows_every_statement_and_writes_nothing() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let records = "SELECT (SELECT COUNT(*) FROM hartonomous.runs), (SELECT COUNT(*) FROM hartonomous.gate_results), \
                   (SELECT COUNT(*) FROM msdb.dbo.backupset), (SELECT COUNT(*) FROM msdb.dbo.restorehistory)";
    let before = (world.rows(records), crate::disturb::shape(world));
    let ran = removed
        .restore(&["--dry-run"])
        .exits(0)
        .shows("BACKUP LOG [Hartonomous] TO DISK")
        .shows("RESTORE DATABASE [Hartonomous] FROM DISK")
        .shows("REPLACE, RECOVERY, CHECKSUM")
        .shows("SET MULTI_USER")
        .shows("rollback3.room");
    assert!(
        ran.stdout.contains(&removed.backup.display().to_string()),
        "{ran}"
    );
    assert_eq!((world.rows(records), crate::disturb::shape(world)), before);
    assert!(!std::path::Path::new(&removed.file("tail.trn")).exists());
    removed.assert_untouched();
}

#[test]
fn a_simple_database_has_no_tail_and_says_so() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    world.batch("ALTER DATABASE CURRENT SET RECOVERY SIMPLE;");
    world
        .run(&["rollback", "phase3", "--from-backup", "--confirm", DATABASE])
        .exits(0)
        .says("there is no log to save");
    world.reconnect();
    assert_eq!(contents(world), removed.before);
    assert!(!std::path::Path::new(&removed.file("tail.trn")).exists());
}

#[test]
fn nothing_is_touched_without_its_name_a_tail_and_a_phase() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [&["rollback", "phase3", "--from-backup"], more].concat()
    }
    world
        .run(&with(&["--confirm", DATABASE]))
        .exits(2)
        .says("--tail-backup FILE");
    world
        .run(&with(&["--tail-backup", "t.trn"]))
        .exits(2)
        .says("--confirm Hartonomous");
    world
        .run(&with(&[
            "--confirm",
            "hartonomous_copy",
            "--tail-backup",
            "t.trn",
        ]))
        .exits(2)
        .says("does not name the database");
    world
        .run(&["rollback", "phase2", "--from-backup"])
        .exits(2)
        .says("--from-backup is for phase3");
    world
        .run(&["rollback", "phase3", "--backup", "x.bak"])
        .exits(2);
    removed.assert_untouched();
}

#[test]
fn a_backup_that_cannot_give_the_column_back_is_refused() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    let refused = |backup: &str, position: &str, gate: &str, told: &str| {
        let ran = removed
            .restore(&[
                "--backup",
                backup,
                "--position",
                position,
                "--format",
                "json",
            ])
            .exits(1);
        let first = ran.stdout.lines().next().unwrap_or_default();
        assert!(first.starts_with('{'), "{ran}");
        assert!(
            ran.stdout.contains(gate) && ran.stdout.contains(told),
            "{told}: {ran}"
        );
        removed.assert_untouched();
    };
    let header = "rollback3.backup_set";
    refused("/nowhere/full.bak", "1", header, "3201");
    let file = removed.file("several.bak");
    std::fs::write(&file, "no backup at all").unwrap();
    refused(&file, "1", header, "3241");
    std::fs::remove_file(&file).unwrap();
    // Position 1: after the drop; 2: a log; 3: without checksums; 4: of another database.
    let mut master = world.session_in("master");
    master.batch("CREATE DATABASE elsewhere;");
    master.batch(&format!(
        "BACKUP DATABASE {DATABASE} TO DISK = N'{file}' WITH CHECKSUM, COPY_ONLY; \
         BACKUP LOG {DATABASE} TO DISK = N'{file}' WITH CHECKSUM; \
         BACKUP DATABASE {DATABASE} TO DISK = N'{file}' WITH COPY_ONLY; \
         BACKUP DATABASE elsewhere TO DISK = N'{file}' WITH CHECKSUM;"
    ));
    refused(&file, "1", header, "the column was dropped");
    refused(&file, "2", header, "not a full backup");
    refused(&file, "3", header, "without CHECKSUM");
    refused(&file, "4", header, "database 'elsewhere'");
    refused(&file, "5", header, "none at position 5");
    // Damaged: the header reads, the whole does not.
    let whole = std::fs::read(&removed.backup).unwrap();
    std::fs::write(&removed.backup, &whole[..whole.len() - 8]).unwrap();
    let damaged = removed.backup.display().to_string();
    refused(&damaged, "1", "rollback3.backup_verified", "3189");
    std::fs::write(&removed.backup, &whole).unwrap();
    removed.restore(&[]).exits(0);
}

#[test]
fn a_tail_that_cannot_be_saved_gives_the_database_back() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    world
        .run(&[
            "rollback",
            "phase3",
            "--from-backup",
            "--confirm",
            DATABASE,
            "--tail-backup",
            "/nowhere/tail.trn",
        ])
        .exits(6)
        .says("3201")
        .says("given back to everybody, as it was");
    removed.assert_untouched();
    world.reconnect();
    world.run(&["status"]).exits(0).shows("phase 3 complete");
}

#[test]
fn a_column_that_is_there_is_not_restored_over() {
    if needs_stand_in() {
        return;
    }
    let (world, _file) = ready_for_phase3(&embeddings());
    let arguments = [
        "rollback",
        "phase3",
        "--from-backup",
        "--confirm",
        DATABASE,
        "--tail-backup",
        "t.trn",
    ];
    world.run(&arguments).exits(0).says("nothing to undo");
    world.run(&["migrate", "phase3", "--brown-out"]).exits(0);
    world.run(&arguments).exits(7).says("--end-brown-out");
    world.batch("SELECT COUNT(*) FROM dbo.AtomEmbeddings;");
}

#[test]
fn who_may_not_restore_is_told_before_anything_else() {
    if needs_stand_in() {
        return;
    }
    let removed = Removed::new(&embeddings());
    let world = &removed.world;
    world.batch(
        "CREATE LOGIN restorer WITH PASSWORD = N'R3storer!'; CREATE USER restorer FOR LOGIN restorer; ALTER ROLE db_owner ADD MEMBER restorer;",
    );
    let mut command = world.command(&[
        "rollback",
        "phase3",
        "--from-backup",
        "--confirm",
        DATABASE,
        "--tail-backup",
        "t.trn",
        "--user",
        "restorer",
    ]);
    command.env("HARTONOMOUS_PASSWORD", "R3storer!");
    let ran = crate::process::finish(&["rollback"], command.spawn().unwrap());
    ran.exits(3).says("3110").says("docs/security.md");
    removed.assert_untouched();
}
