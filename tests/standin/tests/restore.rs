//! Backups that can be restored, who may be in a database meanwhile, and what SQL Server says where it refuses.

use std::sync::Arc;

use hartonomous_standin::engine::{Engine, Server, ServerConfig};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use hartonomous_standin::types::{SqlType, Value};

#[derive(Default)]
struct Answer {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    messages: Vec<SqlError>,
}

impl ResultSink for Answer {
    fn columns(&mut self, columns: &[ColumnInfo]) -> Result<()> {
        self.columns = columns.iter().map(|c| c.name.clone()).collect();
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> Result<()> {
        self.rows.push(values.to_vec());
        Ok(())
    }
    fn done(&mut self, _: Done) -> Result<()> {
        Ok(())
    }
    fn message(&mut self, message: &SqlError) -> Result<()> {
        self.messages.push(message.clone());
        Ok(())
    }
    fn env_change(&mut self, _: &EnvChange) -> Result<()> {
        Ok(())
    }
    fn return_status(&mut self, _: i32) -> Result<()> {
        Ok(())
    }
    fn return_value(&mut self, _: u16, _: &str, _: &SqlType, _: &Value) -> Result<()> {
        Ok(())
    }
}

/// A server, and a folder for backups.
struct World {
    server: Arc<Server>,
    folder: tempfile::TempDir,
}

struct Client(Box<dyn EngineSession>);

impl Client {
    fn run(&mut self, sql: &str) -> Answer {
        let mut answer = Answer::default();
        self.0.batch(sql, &mut answer);
        answer
    }

    /// Numbers of the errors.
    fn errors(&mut self, sql: &str) -> Vec<i32> {
        let answer = self.run(sql);
        answer
            .messages
            .iter()
            .filter(|m| m.class > 10)
            .map(|m| m.number)
            .collect()
    }

    #[track_caller]
    fn ok(&mut self, sql: &str) -> Answer {
        let answer = self.run(sql);
        let errors: Vec<_> = answer.messages.iter().filter(|m| m.class > 10).collect();
        assert!(errors.is_empty(), "{sql}: {errors:?}");
        answer
    }

    /// The first column of the first row, as text.
    #[track_caller]
    fn value(&mut self, sql: &str) -> String {
        match self.ok(sql).rows.first().and_then(|row| row.first()) {
            Some(Value::NVarChar(text) | Value::VarChar(text)) => text.to_string(),
            Some(Value::Int(n)) => n.to_string(),
            Some(Value::BigInt(n)) => n.to_string(),
            Some(Value::Null) => "NULL".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

impl World {
    fn new() -> Self {
        let world = Self {
            server: Server::new(ServerConfig::default()),
            folder: tempfile::tempdir().unwrap(),
        };
        world.admin().ok("CREATE DATABASE d");
        world
    }

    fn login(&self, user: &str, password: &str, database: &str) -> Result<Client> {
        let login = Login {
            user: user.to_owned(),
            password: password.to_owned(),
            database: database.to_owned(),
            database_fatal: true,
            odbc: true,
            ..Login::default()
        };
        let (session, _, _) = Engine(Arc::clone(&self.server)).login(&login)?;
        Ok(Client(session))
    }

    fn enter(&self, database: &str) -> Client {
        let config = ServerConfig::default();
        let sa = &config.logins[0];
        self.login(&sa.name, &sa.password, database).unwrap()
    }

    fn admin(&self) -> Client {
        self.enter("master")
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// d with a table of rows 1 to 3, a filtered index, a view and a full backup in `full.bak`.
    fn backed_up() -> (Self, String) {
        let world = Self::new();
        let mut client = world.enter("d");
        client.ok("CREATE TABLE dbo.t (id int IDENTITY NOT NULL PRIMARY KEY, v int NULL, INDEX f (v) WHERE v > 1)");
        client.ok("INSERT INTO dbo.t (v) VALUES (1), (2), (3)");
        client.ok("EXEC ('CREATE VIEW dbo.w AS SELECT id, v FROM dbo.t')");
        let file = world.file("full.bak");
        client.ok(&format!(
            "BACKUP DATABASE d TO DISK = N'{file}' WITH CHECKSUM, NAME = N'full of d'"
        ));
        drop(client);
        (world, file)
    }
}

/// Runs a statement that waits for `client` to leave, whose session is told to.
fn evict(mut admin: Client, sql: &str, mut client: Client) -> Client {
    let sql = sql.to_owned();
    let waiting = std::thread::spawn(move || {
        admin.ok(&sql);
        admin
    });
    while !client.errors("SELECT 1").contains(&596) {
        std::thread::yield_now();
    }
    drop(client);
    waiting.join().unwrap()
}

#[test]
fn a_restored_database_is_what_it_was_when_the_backup_was_taken() {
    let (world, file) = World::backed_up();
    let mut client = world.enter("d");
    // Not committed when the second backup is taken.
    client.ok("BEGIN TRANSACTION; INSERT INTO dbo.t (v) VALUES (40)");
    world.admin().ok(&format!(
        "BACKUP DATABASE d TO DISK = N'{file}' WITH CHECKSUM"
    ));
    client.ok("COMMIT; ALTER TABLE dbo.t ADD w int NULL; DROP VIEW dbo.w");
    client.ok("UPDATE dbo.t SET v = -v, w = 7; CREATE TABLE dbo.u (a int)");
    drop(client);
    let mut admin = world.admin();
    for position in [1, 2] {
        admin.ok(&format!(
            "RESTORE DATABASE d FROM DISK = N'{file}' WITH FILE = {position}, REPLACE, CHECKSUM"
        ));
        let mut client = world.enter("d");
        assert_eq!(client.value("SELECT STRING_AGG(CAST(v AS varchar(9)), ',') WITHIN GROUP (ORDER BY id) FROM dbo.w"), "1,2,3");
        assert_eq!(
            client.value("SELECT COUNT(*) FROM dbo.t WITH (INDEX(f)) WHERE v > 1"),
            "2"
        );
        assert_eq!(client.value("SELECT COL_LENGTH('dbo.t', 'w')"), "NULL");
        assert_eq!(client.value("SELECT OBJECT_ID('dbo.u')"), "NULL");
        assert_eq!(
            client.errors("INSERT INTO dbo.t (id, v) VALUES (9, 9)"),
            [544]
        );
        client.ok("INSERT INTO dbo.t (v) VALUES (9)");
        assert_eq!(client.value("SELECT MAX(v) FROM dbo.w"), "9");
    }
    let history = admin.ok("SELECT restore_type, destination_database_name, backup_set_id FROM msdb.dbo.restorehistory");
    assert_eq!(history.rows.len(), 2);
}

#[test]
fn a_restore_begins_another_history_of_the_same_family() {
    let (world, file) = World::backed_up();
    let mut admin = world.admin();
    let ids = "SELECT CAST(database_guid AS char(36)), CAST(family_guid AS char(36)), CAST(recovery_fork_guid AS char(36)) \
               FROM sys.database_recovery_status WHERE database_id = DB_ID('d')";
    let before = admin.ok(ids).rows.remove(0);
    admin.ok(&format!(
        "RESTORE DATABASE d FROM DISK = N'{file}' WITH REPLACE"
    ));
    let after = admin.ok(ids).rows.remove(0);
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
    assert_ne!(before[2], after[2]);
    // Its log goes on from the backup.
    admin.ok("BACKUP LOG d TO DISK = 'NUL'");
}

#[test]
fn the_tail_of_the_log_leads_to_the_last_row() {
    let (world, file) = World::backed_up();
    let (log, tail) = (world.file("log.trn"), world.file("tail.trn"));
    let mut client = world.enter("d");
    client.ok("INSERT INTO dbo.t (v) VALUES (4)");
    client.ok(&format!("BACKUP LOG d TO DISK = N'{log}'"));
    client.ok("INSERT INTO dbo.t (v) VALUES (5)");
    let tail_of = format!("BACKUP LOG d TO DISK = N'{tail}' WITH NORECOVERY, CHECKSUM");
    assert_eq!(client.errors(&tail_of), [3102, 3013]);
    let mut admin = world.admin();
    assert_eq!(admin.errors(&tail_of), [3101, 3013]);
    drop(client);
    // What is not in a backup is not written over without REPLACE.
    let restore = format!("RESTORE DATABASE d FROM DISK = N'{file}' WITH NORECOVERY");
    assert_eq!(admin.errors(&restore), [3159, 3013]);
    admin.ok(&tail_of);
    let state = "SELECT CONCAT(state_desc, ' ', user_access_desc, ' ', HAS_DBACCESS(name)) FROM sys.databases WHERE name = 'd'";
    assert_eq!(admin.value(state), "RESTORING MULTI_USER 0");
    assert_eq!(
        admin.value("SELECT CAST(DATABASEPROPERTYEX('d', 'Status') AS nvarchar(20))"),
        "RESTORING"
    );
    assert_eq!(admin.errors("USE d"), [927]);
    assert_eq!(admin.errors("SELECT * FROM d.dbo.t"), [927]);
    assert_eq!(
        admin.errors("BACKUP DATABASE d TO DISK = 'NUL'"),
        [927, 3013]
    );
    assert_eq!(
        admin.errors("ALTER DATABASE d SET MULTI_USER"),
        [5052, 5069]
    );
    let refused = world.login("sa", &ServerConfig::default().logins[0].password, "d");
    assert_eq!(refused.err().map(|e| e.number), Some(4060));
    admin.ok(&restore);
    let apply = |file: &str, end: &str| format!("RESTORE LOG d FROM DISK = N'{file}' WITH {end}");
    assert_eq!(admin.errors(&apply(&tail, "RECOVERY")), [4305, 3013]);
    admin.ok(&apply(&log, "NORECOVERY"));
    assert_eq!(admin.errors(&apply(&log, "NORECOVERY")), [4326, 3013]);
    assert_eq!(
        admin.errors(&apply(&tail, "RECOVERY, STOPAT = '2030-01-01'")),
        [50000]
    );
    admin.ok(&apply(&tail, "RECOVERY"));
    assert_eq!(admin.value(state), "ONLINE MULTI_USER 1");
    assert_eq!(admin.value("SELECT MAX(v) FROM d.dbo.t"), "5");
    assert_eq!(admin.errors(&apply(&tail, "RECOVERY")), [3117, 3013]);
    assert_eq!(
        admin.errors("RESTORE DATABASE d WITH RECOVERY"),
        [3153, 3013]
    );
    // The tail is marked as such.
    assert_eq!(
        admin.value(
            "SELECT COUNT(*) FROM msdb.dbo.backupset WHERE is_force_offline = 1 AND type = 'L'"
        ),
        "1"
    );
    // Another path: a log of the old history does not fit the new one.
    admin.ok("BACKUP LOG d TO DISK = 'NUL' WITH NORECOVERY");
    assert_eq!(admin.errors(&apply(&tail, "RECOVERY")), [4330, 3013]);
    // The backup it began with leads along both.
    let forked = world.file("forked.trn");
    admin.ok("RESTORE DATABASE d WITH RECOVERY");
    admin.ok(&format!(
        "RESTORE DATABASE d FROM DISK = N'{file}' WITH REPLACE"
    ));
    admin.ok("INSERT INTO d.dbo.t (v) VALUES (70)");
    admin.ok(&format!(
        "BACKUP LOG d TO DISK = N'{forked}' WITH NORECOVERY"
    ));
    let header = admin.ok(&format!("RESTORE HEADERONLY FROM DISK = N'{forked}'"));
    let at = |name: &str| header.columns.iter().position(|c| c == name).unwrap();
    assert_ne!(
        header.rows[0][at("FirstRecoveryForkID")],
        header.rows[0][at("RecoveryForkID")]
    );
    assert!(!header.rows[0][at("ForkPointLSN")].is_null());
    admin.ok(&restore);
    admin.ok(&apply(&forked, "RECOVERY"));
    assert_eq!(admin.value("SELECT MAX(v) FROM d.dbo.t"), "70");
    admin.ok("BACKUP LOG d TO DISK = 'NUL' WITH NORECOVERY");
    // A tail alone is taken back by recovering.
    admin.ok("RESTORE DATABASE d WITH RECOVERY");
    assert_eq!(admin.value("SELECT COUNT(*) FROM d.dbo.t"), "4");
}

#[test]
fn a_log_is_backed_up_only_along_a_chain() {
    let world = World::new();
    let mut client = world.enter("d");
    let log = "BACKUP LOG d TO DISK = 'NUL'";
    assert_eq!(client.errors(log), [4214, 3013]);
    client.ok("BACKUP DATABASE d TO DISK = 'NUL' WITH COPY_ONLY");
    assert_eq!(client.errors(log), [4214, 3013]);
    client.ok("BACKUP DATABASE d TO DISK = 'NUL'");
    client.ok(log);
    client.ok("ALTER DATABASE d SET RECOVERY SIMPLE");
    assert_eq!(client.errors(log), [4208, 3013]);
    client.ok("ALTER DATABASE d SET RECOVERY FULL");
    assert_eq!(client.errors(log), [4214, 3013]);
    assert_eq!(
        client.errors("BEGIN TRANSACTION; BACKUP DATABASE d TO DISK = 'NUL'"),
        [3021, 3013]
    );
    client.run("ROLLBACK");
    assert_eq!(
        client.errors("BACKUP DATABASE tempdb TO DISK = 'NUL'"),
        [3147, 3013]
    );
    assert_eq!(
        client.errors("BACKUP DATABASE nix TO DISK = 'NUL'"),
        [911, 3013]
    );
    assert_eq!(
        client.errors("BACKUP DATABASE d TO DISK = '/nowhere/at/all.bak'"),
        [3201, 3013]
    );
    assert_eq!(
        client.errors("BACKUP DATABASE d TO DISK = 'NUL' WITH INIT, NOINIT"),
        [3031, 3013]
    );
}

#[test]
fn a_restore_refuses_what_does_not_fit() {
    let (world, file) = World::backed_up();
    let mut admin = world.admin();
    admin.ok("CREATE DATABASE e");
    let from = |name: &str, with: &str| {
        format!("RESTORE DATABASE {name} FROM DISK = N'{file}' WITH {with}")
    };
    assert_eq!(admin.errors(&from("e", "RECOVERY")), [3154, 3013]);
    // Beside its origin it would share object ids: refused by name.
    assert_eq!(admin.errors(&from("e", "REPLACE")), [50000]);
    assert_eq!(admin.errors(&from("fresh", "RECOVERY")), [50000]);
    assert_eq!(admin.errors(&from("d", "FILE = 2, REPLACE")), [4038, 3013]);
    assert_eq!(
        admin.errors(&from("d", "REPLACE, RECOVERY, NORECOVERY")),
        [3031, 3013]
    );
    assert_eq!(
        admin.errors(&from("d", "REPLACE, MOVE N'nix' TO N'/x'")),
        [3234, 3013]
    );
    assert_eq!(admin.errors(&from("master", "REPLACE")), [3108, 3013]);
    assert_eq!(admin.errors(&from("tempdb", "REPLACE")), [3147, 3013]);
    assert_eq!(
        admin.errors(&format!("RESTORE LOG d FROM DISK = N'{file}'")),
        [3135, 3013]
    );
    assert_eq!(
        admin.errors(&format!("RESTORE LOG nix FROM DISK = N'{file}'")),
        [3135, 3013]
    );
    assert_eq!(
        admin.errors("RESTORE DATABASE d FROM DISK = N'/nix.bak' WITH REPLACE"),
        [3201, 3013]
    );
    assert_eq!(
        admin.errors("RESTORE DATABASE nix WITH RECOVERY"),
        [911, 3013]
    );
    assert_eq!(
        admin.errors(&format!("BEGIN TRANSACTION; {}", from("d", "REPLACE"))),
        [3021, 3013]
    );
    admin.run("ROLLBACK");
    let client = world.enter("d");
    assert_eq!(admin.errors(&from("d", "REPLACE")), [3101, 3013]);
    drop(client);
    let mut inside = world.enter("d");
    assert_eq!(inside.errors(&from("d", "REPLACE")), [3102, 3013]);
    drop(inside);
    // Nothing of all that has changed it.
    assert_eq!(admin.value("SELECT COUNT(*) FROM d.dbo.t"), "3");
    // Dropped and restored under another name, its object ids are free.
    admin.ok("DROP DATABASE d");
    admin.ok(&from(
        "d2",
        "MOVE N'd' TO N'/data/d2.mdf', MOVE N'd_log' TO N'/data/d2.ldf', STATS = 25",
    ));
    assert_eq!(admin.value("SELECT COUNT(*) FROM d2.dbo.t"), "3");
    assert_eq!(
        admin.value("SELECT physical_name FROM sys.master_files WHERE database_id = DB_ID('d2') AND type = 1"),
        "/data/d2.ldf"
    );
}

#[test]
fn a_simple_database_is_written_over_without_a_tail() {
    let (world, _) = World::backed_up();
    let mut admin = world.admin();
    admin.ok("ALTER DATABASE d SET RECOVERY SIMPLE");
    let file = world.file("simple.bak");
    admin.ok(&format!("BACKUP DATABASE d TO DISK = N'{file}'"));
    admin.ok("DELETE FROM d.dbo.t");
    admin.ok(&format!("RESTORE DATABASE d FROM DISK = N'{file}'"));
    assert_eq!(admin.value("SELECT COUNT(*) FROM d.dbo.t"), "3");
    assert_eq!(
        admin.errors(&format!(
            "RESTORE VERIFYONLY FROM DISK = N'{file}' WITH CHECKSUM"
        )),
        [3187, 3013]
    );
}

#[test]
fn a_file_tells_what_it_holds_and_whether_it_is_whole() {
    let (world, file) = World::backed_up();
    let mut admin = world.admin();
    admin.ok(&format!(
        "BACKUP LOG d TO DISK = N'{file}' WITH COPY_ONLY, DESCRIPTION = N'second'"
    ));
    let headers = admin.ok(&format!("RESTORE HEADERONLY FROM DISK = N'{file}'"));
    assert_eq!(headers.columns.len(), 59);
    assert_eq!(headers.rows.len(), 2);
    let at = |name: &str| headers.columns.iter().position(|c| c == name).unwrap();
    assert_eq!(headers.rows[0][at("BackupType")], Value::SmallInt(1));
    assert_eq!(headers.rows[1][at("BackupType")], Value::SmallInt(2));
    assert_eq!(headers.rows[1][at("Position")], Value::SmallInt(2));
    assert_eq!(headers.rows[0][at("HasBackupChecksums")], Value::Bit(true));
    assert_eq!(headers.rows[1][at("IsCopyOnly")], Value::Bit(true));
    assert_eq!(headers.rows[0][at("DatabaseName")], Value::nvarchar("d"));
    assert_eq!(
        headers.rows[0][at("BackupName")],
        Value::nvarchar("full of d")
    );
    let one = admin.ok(&format!(
        "RESTORE HEADERONLY FROM DISK = N'{file}' WITH FILE = 2"
    ));
    assert_eq!(one.rows.len(), 1);
    let files = admin.ok(&format!("RESTORE FILELISTONLY FROM DISK = N'{file}'"));
    assert_eq!((files.columns.len(), files.rows.len()), (22, 2));
    assert_eq!(files.rows[0][0], Value::nvarchar("d"));
    assert_eq!(files.rows[1][0], Value::nvarchar("d_log"));
    let label = admin.ok(&format!("RESTORE LABELONLY FROM DISK = N'{file}'"));
    assert_eq!((label.columns.len(), label.rows.len()), (13, 1));
    let verify =
        |position: i32| format!("RESTORE VERIFYONLY FROM DISK = N'{file}' WITH FILE = {position}");
    let told = admin.ok(&verify(2)).messages;
    assert_eq!(told.iter().map(|m| m.number).collect::<Vec<_>>(), [3262]);
    assert_eq!(admin.errors(&verify(3)), [4038, 3013]);
    // The second set is damaged, the first is not.
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    admin.ok(&verify(1));
    assert_eq!(admin.errors(&verify(2)), [3189, 3013]);
    assert_eq!(
        admin.errors(&format!(
            "RESTORE LOG d FROM DISK = N'{file}' WITH FILE = 2"
        )),
        [3189, 3013]
    );
    std::fs::write(&file, "something else").unwrap();
    assert_eq!(admin.errors(&verify(1)), [3241, 3013]);
    assert_eq!(
        admin.errors(&format!("BACKUP DATABASE d TO DISK = N'{file}' WITH INIT")),
        [3241, 3013]
    );
    admin.ok(&format!(
        "BACKUP DATABASE d TO DISK = N'{file}' WITH FORMAT"
    ));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(admin.errors(&verify(1)), [3201, 3013]);
    // INIT writes over what was there: one set is left.
    admin.ok(&format!("BACKUP DATABASE d TO DISK = N'{file}'"));
    admin.ok(&format!("BACKUP DATABASE d TO DISK = N'{file}' WITH INIT"));
    assert_eq!(admin.errors(&verify(2)), [4038, 3013]);
    let other = Server::new(ServerConfig::default());
    let mut elsewhere = World {
        server: other,
        folder: tempfile::tempdir().unwrap(),
    }
    .admin();
    assert_eq!(
        elsewhere.errors(&verify(1)),
        [50000],
        "the rows are with the other process"
    );
}

#[test]
fn a_single_user_database_has_one_seat() {
    let (world, file) = World::backed_up();
    let mut client = world.enter("d");
    client.ok("BEGIN TRANSACTION; DELETE FROM dbo.t");
    assert_eq!(
        world
            .admin()
            .errors("ALTER DATABASE d SET SINGLE_USER WITH NO_WAIT"),
        [5070, 5069]
    );
    let mut admin = evict(
        world.admin(),
        "ALTER DATABASE d SET SINGLE_USER WITH ROLLBACK IMMEDIATE",
        client,
    );
    assert_eq!(
        admin.value("SELECT user_access_desc FROM sys.databases WHERE name = 'd'"),
        "SINGLE_USER"
    );
    // What the others had open was rolled back; the seat is free for the first who comes.
    let mut first = world.enter("d");
    assert_eq!(first.value("SELECT COUNT(*) FROM dbo.t"), "3");
    assert_eq!(admin.errors("USE d"), [924]);
    assert_eq!(admin.errors("SELECT COUNT(*) FROM d.dbo.t"), [924]);
    assert_eq!(admin.value("SELECT HAS_DBACCESS('d')"), "0");
    assert_eq!(
        admin.errors("BACKUP LOG d TO DISK = 'NUL' WITH NORECOVERY"),
        [924, 3013]
    );
    for option in [
        "MULTI_USER",
        "SINGLE_USER WITH ROLLBACK IMMEDIATE",
        "AUTO_UPDATE_STATISTICS_ASYNC OFF",
    ] {
        assert_eq!(
            admin.errors(&format!("ALTER DATABASE d SET {option}")),
            [5064, 5069]
        );
    }
    let refused = world.login("sa", &ServerConfig::default().logins[0].password, "d");
    assert_eq!(refused.err().map(|e| e.number), Some(4060));
    assert_eq!(
        admin.errors(&format!(
            "RESTORE DATABASE d FROM DISK = N'{file}' WITH REPLACE"
        )),
        [3101, 3013]
    );
    // Who is in the seat may give it back.
    first.ok("ALTER DATABASE d SET MULTI_USER");
    admin.ok("USE d; USE master");
    assert_eq!(
        admin.errors("ALTER DATABASE master SET SINGLE_USER"),
        [5058, 5069]
    );
    // The backup was taken in multi-user mode, and that is what a restore brings.
    drop(first);
    admin.ok("ALTER DATABASE d SET SINGLE_USER");
    admin.ok(&format!(
        "RESTORE DATABASE d FROM DISK = N'{file}' WITH REPLACE"
    ));
    assert_eq!(
        admin.value("SELECT user_access_desc FROM sys.databases WHERE name = 'd'"),
        "MULTI_USER"
    );
}

#[test]
fn a_restricted_database_is_for_its_owners() {
    let (world, file) = World::backed_up();
    let mut admin = world.admin();
    admin.ok(
        "CREATE LOGIN app WITH PASSWORD = 'secret'; CREATE LOGIN boss WITH PASSWORD = 'secret'",
    );
    admin.ok("USE d; CREATE USER app FOR LOGIN app; CREATE USER boss FOR LOGIN boss; ALTER ROLE db_owner ADD MEMBER boss; USE master");
    let app = world.login("app", "secret", "d").unwrap();
    let boss = world.login("boss", "secret", "d").unwrap();
    let mut admin = evict(
        admin,
        "ALTER DATABASE d SET RESTRICTED_USER WITH ROLLBACK IMMEDIATE",
        app,
    );
    assert_eq!(
        world.login("app", "secret", "d").err().map(|e| e.number),
        Some(4060)
    );
    let mut app = world.login("app", "secret", "master").unwrap();
    assert_eq!(app.errors("USE d"), [923]);
    // A security identifier names its login, not whoever asks.
    assert_eq!(app.value("SELECT CONCAT(SUSER_SNAME(owner_sid), ' ', SUSER_SNAME(SUSER_SID())) FROM sys.databases WHERE name = 'd'"), "sa app");
    // Owners stay, and come in; to restore they may not, for who they are is inside.
    drop(boss);
    let mut boss = world.login("boss", "secret", "d").unwrap();
    boss.ok("SELECT COUNT(*) FROM dbo.t; USE master");
    let restore = format!("RESTORE DATABASE d FROM DISK = N'{file}' WITH REPLACE, RESTRICTED_USER");
    assert_eq!(boss.errors(&restore), [3110, 3013]);
    assert_eq!(
        app.errors(&format!("RESTORE HEADERONLY FROM DISK = N'{file}'")),
        [262, 3013]
    );
    admin.ok(&restore);
    assert_eq!(
        admin.value("SELECT user_access_desc FROM sys.databases WHERE name = 'd'"),
        "RESTRICTED_USER"
    );
}

#[test]
fn an_offline_database_is_closed_until_it_is_online() {
    let (world, _) = World::backed_up();
    let mut admin = world.admin();
    admin.ok("ALTER DATABASE d SET OFFLINE WITH ROLLBACK IMMEDIATE");
    assert_eq!(admin.errors("USE d"), [942]);
    assert_eq!(
        admin.errors("BACKUP DATABASE d TO DISK = 'NUL'"),
        [942, 3013]
    );
    admin.ok("ALTER DATABASE d SET ONLINE; USE d; SELECT COUNT(*) FROM dbo.t");
}
