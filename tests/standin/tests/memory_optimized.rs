//! Memory-optimised tables between sessions: nobody waits, a conflict is told at once, and a commit looks again.

use std::sync::Arc;

use hartonomous_standin::engine::{Engine, Server, ServerConfig};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    BulkRows, ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use hartonomous_standin::types::{SqlType, Value};

/// Rows as `[a,b]`, errors as `!number.state`.
#[derive(Default)]
struct Transcript(String);

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(v) => v.to_string(),
        Value::BigInt(v) => v.to_string(),
        Value::SmallInt(v) => v.to_string(),
        Value::VarChar(v) | Value::NVarChar(v) => v.to_string(),
        other => format!("{other:?}"),
    }
}

impl ResultSink for Transcript {
    fn columns(&mut self, _: &[ColumnInfo]) -> Result<()> {
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> Result<()> {
        let cells: Vec<String> = values.iter().map(shown).collect();
        self.0.push_str(&format!("[{}] ", cells.join(",")));
        Ok(())
    }
    fn done(&mut self, _: Done) -> Result<()> {
        Ok(())
    }
    fn message(&mut self, message: &SqlError) -> Result<()> {
        if message.class > 10 {
            self.0
                .push_str(&format!("!{}.{} ", message.number, message.state));
        }
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

struct World {
    engine: Engine,
}

impl World {
    /// Table dbo.t (id, v) with the rows (1, 1) and (2, 2).
    fn new() -> Self {
        let world = Self {
            engine: Engine(Arc::clone(&Server::new(ServerConfig::default()))),
        };
        let mut session = world.session();
        for batch in [
            "ALTER DATABASE CURRENT ADD FILEGROUP fx CONTAINS MEMORY_OPTIMIZED_DATA",
            "ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c1') TO FILEGROUP fx",
            "CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT pk PRIMARY KEY NONCLUSTERED HASH WITH (BUCKET_COUNT = 16), \
             v int NOT NULL INDEX ix NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)",
            "INSERT dbo.t VALUES (1, 1), (2, 2)",
        ] {
            assert_eq!(session.run(batch), "", "{batch}");
        }
        world
    }

    fn session(&self) -> Client {
        let login = Login {
            user: "sa".to_owned(),
            password: "Standin!2025".to_owned(),
            database: "Hartonomous".to_owned(),
            database_fatal: true,
            odbc: true,
            ..Login::default()
        };
        // Whoever waits fails.
        let mut client = Client(self.engine.login(&login).expect("a session").0);
        assert_eq!(client.run("SET LOCK_TIMEOUT 0"), "");
        client
    }
}

struct Client(Box<dyn EngineSession>);

impl Client {
    fn run(&mut self, text: &str) -> String {
        let mut transcript = Transcript::default();
        self.0.batch(text, &mut transcript);
        transcript.0.trim_end().to_owned()
    }
}

const READ: &str = "SELECT id, v FROM dbo.t ORDER BY id";

#[test]
fn a_reader_sees_what_was_committed_and_waits_for_nobody() {
    let world = World::new();
    let (mut writer, mut reader) = (world.session(), world.session());
    let changes = "BEGIN TRAN; UPDATE dbo.t WITH (SNAPSHOT) SET v = 10 WHERE id = 1; DELETE dbo.t WITH (SNAPSHOT) WHERE id = 2; INSERT dbo.t VALUES (3, 3)";
    assert_eq!(writer.run(changes), "");
    assert_eq!(reader.run(READ), "[1,1] [2,2]");
    assert_eq!(
        reader.run("SELECT id FROM dbo.t WITH (INDEX(ix)) WHERE v = 10"),
        ""
    );
    assert_eq!(
        writer.run("SELECT id, v FROM dbo.t WITH (SNAPSHOT) ORDER BY id"),
        "[1,10] [3,3]"
    );
    assert_eq!(writer.run("COMMIT"), "");
    assert_eq!(reader.run(READ), "[1,10] [3,3]");
}

#[test]
fn a_transaction_reads_one_moment() {
    let world = World::new();
    let (mut one, mut other) = (world.session(), world.session());
    let count = "SELECT COUNT(*) FROM dbo.t WITH (SNAPSHOT)";
    assert_eq!(one.run(&format!("BEGIN TRAN; {count}")), "[2]");
    assert_eq!(other.run("INSERT dbo.t VALUES (3, 3)"), "");
    assert_eq!(one.run(count), "[2]");
    assert_eq!(one.run("COMMIT"), "");
    assert_eq!(one.run("SELECT COUNT(*) FROM dbo.t"), "[3]");
}

#[test]
fn no_lock_but_that_of_the_schema_is_taken() {
    let world = World::new();
    let mut writer = world.session();
    let locks = "SELECT resource_type, request_mode FROM sys.dm_tran_locks WHERE request_session_id = @@SPID AND resource_type <> 'DATABASE' ORDER BY 1, 2";
    let work = "BEGIN TRAN; INSERT dbo.t VALUES (3, 3); UPDATE dbo.t WITH (SNAPSHOT) SET v = 0";
    assert_eq!(writer.run(&format!("{work}; {locks}")), "[OBJECT,Sch-S]");
    let mut other = world.session();
    assert_eq!(other.run("DROP TABLE dbo.t"), "!1222.56");
    assert_eq!(writer.run("ROLLBACK"), "");
}

#[test]
fn a_second_writer_fails_at_once() {
    let world = World::new();
    let (mut first, mut second) = (world.session(), world.session());
    assert_eq!(
        first.run("BEGIN TRAN; UPDATE dbo.t WITH (SNAPSHOT) SET v = 10 WHERE id = 1"),
        ""
    );
    assert_eq!(
        second.run("UPDATE dbo.t SET v = 20 WHERE id = 1; SELECT 1"),
        "!41302.110"
    );
    assert_eq!(second.run("DELETE dbo.t WHERE id = 1"), "!41302.111");
    assert_eq!(second.run("UPDATE dbo.t SET v = 20 WHERE id = 2"), "");
    assert_eq!(first.run("COMMIT"), "");
    assert_eq!(second.run("UPDATE dbo.t SET v = 30 WHERE id = 1"), "");
    assert_eq!(second.run(READ), "[1,30] [2,20]");
}

#[test]
fn a_row_that_changed_after_the_snapshot_cannot_be_written() {
    let world = World::new();
    let (mut one, mut other) = (world.session(), world.session());
    assert_eq!(
        one.run("BEGIN TRAN; SELECT COUNT(*) FROM dbo.t WITH (SNAPSHOT)"),
        "[2]"
    );
    assert_eq!(other.run("UPDATE dbo.t SET v = 7 WHERE id = 1"), "");
    assert_eq!(other.run("DELETE dbo.t WHERE id = 2"), "");
    assert_eq!(
        one.run("DELETE dbo.t WITH (SNAPSHOT) WHERE id = 2"),
        "!41302.111 !3998.1"
    );
    assert_eq!(one.run("SELECT @@TRANCOUNT"), "[0]");
}

#[test]
fn a_conflict_dooms_the_transaction() {
    let world = World::new();
    let (mut first, mut second) = (world.session(), world.session());
    let update = "UPDATE dbo.t WITH (SNAPSHOT) SET v = 10 WHERE id = 1";
    assert_eq!(first.run(&format!("BEGIN TRAN; {update}")), "");
    assert_eq!(
        second.run(&format!("BEGIN TRAN; {update}; SELECT 1")),
        "!41302.110 !3998.1"
    );
    assert_eq!(second.run("SELECT @@TRANCOUNT"), "[0]");
    let caught = format!(
        "BEGIN TRAN; BEGIN TRY {update} END TRY BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE() END CATCH; ROLLBACK"
    );
    assert_eq!(second.run(&caught), "[41302,-1]");
    assert_eq!(first.run("ROLLBACK"), "");
}

#[test]
fn the_later_of_two_equal_keys_fails_when_it_commits() {
    let world = World::new();
    let (mut first, mut second) = (world.session(), world.session());
    assert_eq!(first.run("BEGIN TRAN; INSERT dbo.t VALUES (9, 1)"), "");
    assert_eq!(second.run("BEGIN TRAN; INSERT dbo.t VALUES (9, 2)"), "");
    assert_eq!(first.run("COMMIT"), "");
    assert_eq!(second.run("COMMIT"), "!41325.0");
    assert_eq!(
        second.run("SELECT @@TRANCOUNT; SELECT v FROM dbo.t WHERE id = 9"),
        "[0] [1]"
    );
    assert_eq!(
        second.run("INSERT dbo.t VALUES (9, 3)"),
        "!2627.1",
        "a key that is there is refused by the statement"
    );
}

#[test]
fn a_key_whose_owner_rolls_back_is_free() {
    let world = World::new();
    let (mut first, mut second) = (world.session(), world.session());
    assert_eq!(first.run("BEGIN TRAN; INSERT dbo.t VALUES (9, 1)"), "");
    assert_eq!(second.run("BEGIN TRAN; INSERT dbo.t VALUES (9, 2)"), "");
    assert_eq!(first.run("ROLLBACK"), "");
    assert_eq!(second.run("COMMIT"), "");
    assert_eq!(second.run("SELECT v FROM dbo.t WHERE id = 9"), "[2]");
}

#[test]
fn what_was_read_repeatably_must_not_have_changed() {
    let world = World::new();
    let (mut one, mut other) = (world.session(), world.session());
    let read = "BEGIN TRAN; SELECT v FROM dbo.t WITH (REPEATABLEREAD) WHERE id = 1";
    assert_eq!(one.run(read), "[1]");
    assert_eq!(other.run("UPDATE dbo.t SET v = 7 WHERE id = 1"), "");
    assert_eq!(one.run("COMMIT"), "!41305.0");
    // Another row, and a new one, do not matter.
    assert_eq!(one.run(read), "[7]");
    assert_eq!(
        other.run("UPDATE dbo.t SET v = 8 WHERE id = 2; INSERT dbo.t VALUES (5, 5)"),
        ""
    );
    assert_eq!(one.run("COMMIT; SELECT @@TRANCOUNT"), "[0]");
}

#[test]
fn a_phantom_fails_a_serializable_transaction() {
    let world = World::new();
    let (mut one, mut other) = (world.session(), world.session());
    let read = "BEGIN TRAN; SELECT COUNT(*) FROM dbo.t WITH (SERIALIZABLE) WHERE v > 1";
    assert_eq!(one.run(read), "[1]");
    assert_eq!(other.run("INSERT dbo.t VALUES (3, 0)"), "");
    assert_eq!(one.run("COMMIT"), "", "outside of the range");
    assert_eq!(one.run(read), "[1]");
    assert_eq!(other.run("INSERT dbo.t VALUES (4, 4)"), "");
    assert_eq!(one.run("COMMIT"), "!41325.0");
}

#[test]
fn a_conflict_inside_a_native_procedure_dooms_the_caller() {
    let world = World::new();
    let (mut first, mut second) = (world.session(), world.session());
    let create = "CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') UPDATE dbo.t SET v = 5 WHERE id = 1 END";
    assert_eq!(first.run(create), "");
    assert_eq!(first.run("BEGIN TRAN; EXEC dbo.p"), "");
    assert_eq!(second.run("EXEC dbo.p; SELECT 1"), "!41302.110");
    assert_eq!(second.run("SELECT @@TRANCOUNT"), "[0]");
    assert_eq!(second.run("BEGIN TRAN; EXEC dbo.p"), "!41302.110 !3998.1");
    assert_eq!(first.run("COMMIT"), "");
    assert_eq!(second.run(READ), "[1,5] [2,2]");
}

#[test]
fn writers_of_different_keys_all_come_through() {
    let world = World::new();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let mut session = world.session();
            scope.spawn(move || {
                for n in 0..100 {
                    let id = 100 + worker * 100 + n;
                    assert_eq!(session.run(&format!("INSERT dbo.t VALUES ({id}, {n})")), "");
                    assert_eq!(
                        session.run(&format!("UPDATE dbo.t SET v = v + 1 WHERE id = {id}")),
                        ""
                    );
                }
            });
        }
    });
    assert_eq!(
        world
            .session()
            .run("SELECT COUNT(*), SUM(v) FROM dbo.t WHERE id >= 100"),
        "[400,20200]"
    );
}

#[test]
fn waits_for_rows_on_disk_are_counted() {
    let world = World::new();
    let (mut holder, mut waiter) = (world.session(), world.session());
    assert_eq!(
        holder.run(
            "CREATE TABLE dbo.d (id int NOT NULL PRIMARY KEY, v int); INSERT dbo.d VALUES (1, 1)"
        ),
        ""
    );
    let counts = "SELECT row_lock_wait_count, CASE WHEN row_lock_wait_in_ms >= 20 THEN 1 ELSE 0 END FROM sys.dm_db_index_operational_stats(DB_ID(), OBJECT_ID('dbo.d'), NULL, NULL)";
    assert_eq!(holder.run(counts), "[0,0]");
    assert_eq!(holder.run("BEGIN TRAN; UPDATE dbo.d SET v = 2"), "");
    assert_eq!(
        waiter.run("SET LOCK_TIMEOUT 30; UPDATE dbo.d SET v = 3"),
        "!1222.45"
    );
    assert_eq!(holder.run(&format!("COMMIT; {counts}")), "[1,1]");
}

struct Rows {
    columns: Vec<ColumnInfo>,
    rows: Vec<Vec<Value>>,
}

impl BulkRows for Rows {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }
    fn next(&mut self, row: &mut Vec<Value>) -> Result<bool> {
        match self.rows.pop() {
            Some(next) => {
                *row = next;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

#[test]
fn a_bulk_load_fills_a_memory_optimised_table() {
    let world = World::new();
    let mut session = world.session();
    assert_eq!(session.run("INSERT BULK dbo.t (id int, v int)"), "");
    let column = |name: &str| ColumnInfo {
        name: name.to_owned(),
        sql_type: SqlType::INT,
        nullable: false,
        identity: false,
        computed: false,
        updatable: true,
    };
    let mut rows = Rows {
        columns: vec![column("id"), column("v")],
        rows: (10..20)
            .map(|n| vec![Value::Int(n), Value::Int(-n)])
            .collect(),
    };
    let mut transcript = Transcript::default();
    session.0.bulk_load(&mut rows, &mut transcript);
    assert_eq!(transcript.0, "");
    assert_eq!(
        session.run("SELECT COUNT(*), MIN(v) FROM dbo.t"),
        "[12,-19]"
    );
}
