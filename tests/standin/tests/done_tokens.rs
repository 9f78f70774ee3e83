//! What follows every statement on its way to the client: kind, count, error, return status. The answers are those of a
//! SQL Server 2025 whose tokens were recorded.

use std::sync::Arc;

use hartonomous_standin::engine::config::{LoginConfig, ServerConfig};
use hartonomous_standin::engine::{Engine, Server};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink, RpcParameter,
    RpcProcedure, RpcRequest,
};
use hartonomous_standin::types::{SqlType, Value};

#[derive(Default)]
struct Recorder(Vec<String>);

impl ResultSink for Recorder {
    fn columns(&mut self, columns: &[ColumnInfo]) -> Result<()> {
        self.0.push(format!("columns {}", columns.len()));
        Ok(())
    }

    fn row(&mut self, _: &[Value]) -> Result<()> {
        self.0.push("row".to_owned());
        Ok(())
    }

    fn done(&mut self, done: Done) -> Result<()> {
        let mut text = format!("done {:x}", done.command);
        if let Some(count) = done.row_count {
            text.push_str(&format!(" {count}"));
        }
        for (set, word) in [
            (done.in_procedure, " inside"),
            (done.nocount, " nocount"),
            (done.error, " error"),
        ] {
            if set {
                text.push_str(word);
            }
        }
        self.0.push(text);
        Ok(())
    }

    fn message(&mut self, message: &SqlError) -> Result<()> {
        self.0
            .push(format!("message {} line {}", message.number, message.line));
        Ok(())
    }

    fn env_change(&mut self, _: &EnvChange) -> Result<()> {
        Ok(())
    }

    fn return_status(&mut self, status: i32) -> Result<()> {
        self.0.push(format!("status {status}"));
        Ok(())
    }

    fn return_value(&mut self, _: u16, name: &str, _: &SqlType, _: &Value) -> Result<()> {
        self.0.push(format!("value {name}"));
        Ok(())
    }
}

fn open() -> Box<dyn EngineSession> {
    let config = ServerConfig {
        databases: vec!["Hartonomous".to_owned()],
        logins: vec![LoginConfig {
            name: "sa".to_owned(),
            password: "secret".to_owned(),
            sysadmin: true,
            default_database: "Hartonomous".to_owned(),
        }],
        ..ServerConfig::default()
    };
    let login = Login {
        user: "sa".to_owned(),
        password: "secret".to_owned(),
        odbc: true,
        ..Login::default()
    };
    Engine(Arc::clone(&Server::new(config)))
        .login(&login)
        .expect("login")
        .0
}

fn answers(batches: &[&str]) -> Vec<String> {
    let mut session = open();
    let mut recorder = Recorder::default();
    for batch in batches {
        recorder.0.clear();
        session.batch(batch, &mut recorder);
    }
    recorder.0
}

#[test]
fn assignments_end_as_a_select_of_one_row() {
    assert_eq!(
        answers(&[
            "DECLARE @a int; DECLARE @b int = 1, @c int = 2; SET @a = 3; SELECT @a = 4, @b = 5"
        ]),
        ["done c1 1", "done c1 1", "done c1 1"]
    );
}

#[test]
fn control_flow_is_told_each_time() {
    assert_eq!(
        answers(&["DECLARE @i int; IF @i IS NULL SELECT 1; WHILE 1 = 1 BREAK"]),
        [
            "done c0",
            "columns 1",
            "row",
            "done c1 1",
            "done c0",
            "done ca"
        ]
    );
    assert_eq!(
        answers(&["GOTO x; SELECT 1; x: RETURN"]),
        ["done ca", "done db"]
    );
}

#[test]
fn a_caught_error_leaves_no_trace_in_the_done() {
    assert_eq!(
        answers(&["BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH PRINT 'x' END CATCH"]),
        [
            "done 15d",
            "columns 1",
            "done c1 0",
            "done 15e",
            "message 0 line 1",
            "done f7",
            "done 15f"
        ]
    );
    assert_eq!(
        answers(&["BEGIN TRY THROW 50001, 'x', 1 END TRY BEGIN CATCH END CATCH"]),
        ["done 15d", "done f6", "done 15e", "done 15f"]
    );
}

#[test]
fn errors_end_the_statement_or_the_batch() {
    let table = "CREATE TABLE #t (a int NOT NULL)";
    assert_eq!(
        answers(&[table, "INSERT #t VALUES (NULL)\nSELECT 1"]),
        [
            "message 515 line 1",
            "message 3621 line 1",
            "done c3 error",
            "columns 1",
            "row",
            "done c1 1"
        ]
    );
    assert_eq!(
        answers(&["PRINT 'x' THROW 50001, 'x', 1 SELECT 1"]),
        ["message 102 line 1", "done fd error"]
    );
    assert_eq!(
        answers(&["THROW 50001, 'x', 1; SELECT 1"]),
        ["message 50001 line 1", "done fd error"]
    );
    assert_eq!(
        answers(&["SELECT 1;\nSELECT * FROM missing; SELECT 2"]),
        [
            "columns 1",
            "row",
            "done c1 1",
            "message 208 line 2",
            "done fd error"
        ]
    );
}

#[test]
fn a_call_ends_with_its_status() {
    assert_eq!(
        answers(&["EXEC ('SELECT 1')"]),
        [
            "columns 1",
            "row",
            "done c1 1 inside",
            "status 0",
            "done e0"
        ]
    );
    // 10 less the severity of the worst error of its own statements.
    assert_eq!(
        answers(&["EXEC ('RAISERROR (''x'', 14, 1)')"]),
        [
            "message 50000 line 1",
            "done f6 inside error",
            "status -4",
            "done e0"
        ]
    );
    assert_eq!(
        answers(&[
            "CREATE PROCEDURE dbo.p AS SET NOCOUNT ON; SET XACT_ABORT OFF; RETURN 7",
            "DECLARE @r int; EXEC @r = dbo.p"
        ]),
        [
            "done f9 inside nocount",
            "done f9 inside nocount",
            "done c1 1 inside nocount",
            "status 7",
            "done e0"
        ]
    );
    assert_eq!(
        answers(&["EXEC dbo.missing"]),
        ["message 2812 line 1", "done e0 error"]
    );
    // Left by an error, a scope has no status.
    assert_eq!(
        answers(&["EXEC ('SELECT * FROM missing'); PRINT 'on'"]),
        [
            "message 208 line 1",
            "done e0 error",
            "message 0 line 1",
            "done f7"
        ]
    );
}

#[test]
fn definitions_of_security_end_without_a_done() {
    assert_eq!(answers(&["CREATE SCHEMA s"]), [""; 0]);
    assert_eq!(answers(&["CREATE USER u WITHOUT LOGIN"]), [""; 0]);
}

#[test]
fn an_insert_of_a_call_counts_once() {
    assert_eq!(
        answers(&[
            "CREATE TABLE #t (a int)",
            "INSERT #t EXEC ('SELECT 1; SELECT 2')"
        ]),
        ["done c1 inside", "done c1 inside", "done c3 2"]
    );
}

/// Answers to `batch` when an attention arrives while it runs, and to what follows.
fn cancelled(before: &str, batch: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let mut session = open();
    let mut recorder = Recorder::default();
    session.batch(before, &mut recorder);
    recorder.0.clear();
    let flag = session.cancel_flag();
    let arrival = {
        let flag = flag.clone();
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(200));
            flag.set();
        })
    };
    let begun = std::time::Instant::now();
    session.batch(batch, &mut recorder);
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    arrival.join().expect("the attention");
    flag.clear();
    let interrupted = std::mem::take(&mut recorder.0);
    session.batch(after, &mut recorder);
    (interrupted, recorder.0)
}

#[test]
fn an_attention_keeps_the_transaction_unless_xact_abort_is_on() {
    let begin = "CREATE TABLE dbo.t (id int); BEGIN TRANSACTION; INSERT dbo.t VALUES (1)";
    let wait = "WAITFOR DELAY '00:01:00'; INSERT dbo.t VALUES (2)";
    let rows = "SELECT id FROM dbo.t WHERE @@TRANCOUNT = 1";
    let (interrupted, after) = cancelled(begin, wait, rows);
    assert!(interrupted.is_empty(), "{interrupted:?}");
    assert_eq!(after, ["columns 1", "row", "done c1 1"]);
    let begin = "CREATE TABLE dbo.t (id int); SET XACT_ABORT ON; BEGIN TRANSACTION; INSERT dbo.t VALUES (1)";
    let (_, after) = cancelled(begin, wait, "SELECT id FROM dbo.t WHERE @@TRANCOUNT = 0");
    assert_eq!(after, ["columns 1", "done c1 0"]);
}

fn remote(text: &str) -> Vec<String> {
    let mut session = open();
    let mut recorder = Recorder::default();
    let request = RpcRequest {
        procedure: RpcProcedure::Id(10),
        parameters: vec![RpcParameter {
            name: String::new(),
            sql_type: SqlType::nvarchar(4000),
            value: Value::nvarchar(text),
            output: false,
            default: false,
        }],
        no_metadata: false,
    };
    session.rpc(&request, &mut recorder);
    recorder.0
}

#[test]
fn a_remote_text_returns_the_number_of_what_cannot_be_compiled() {
    assert_eq!(
        remote("SELECT * FROM missing"),
        ["message 208 line 1", "status 208"]
    );
    assert_eq!(remote("SELECT FROM"), ["message 156 line 1", "status 156"]);
    assert_eq!(
        remote("SELECT 1 / 0"),
        [
            "columns 1",
            "message 8134 line 1",
            "done c1 inside error",
            "status 0"
        ]
    );
    assert_eq!(
        remote("THROW 50001, 'x', 1"),
        ["message 50001 line 1", "done fd error"]
    );
}

#[test]
fn fmtonly_answers_with_columns_alone() {
    assert_eq!(
        answers(&[
            "CREATE TABLE #t (a int, b int)",
            "SET FMTONLY ON SELECT * FROM #t INSERT #t VALUES (1, 2) SET FMTONLY OFF SELECT a FROM #t"
        ]),
        [
            "done f9",
            "columns 2",
            "done c1 0",
            "done c3 0",
            "done f9",
            "columns 1",
            "done c1 0"
        ]
    );
}
