//! Scripts run through a session, as a client would send them.

use std::path::PathBuf;

use hartonomous_standin::engine::{Engine, Server, ServerConfig};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use hartonomous_standin::types::{SqlType, Value};

#[derive(Default)]
struct Answer {
    rows: Vec<Vec<Value>>,
    columns: Vec<String>,
    messages: Vec<SqlError>,
    counts: Vec<Option<u64>>,
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
    fn done(&mut self, done: Done) -> Result<()> {
        self.counts.push(done.row_count);
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

impl Answer {
    fn errors(&self) -> Vec<i32> {
        self.messages
            .iter()
            .filter(|m| m.class > 10)
            .map(|m| m.number)
            .collect()
    }
}

fn login() -> Login {
    Login {
        user: "sa".to_owned(),
        password: "Standin!2025".to_owned(),
        database: "Hartonomous".to_owned(),
        database_fatal: true,
        odbc: true,
        ..Login::default()
    }
}

fn session() -> Box<dyn EngineSession> {
    Engine(Server::new(ServerConfig::default()))
        .login(&login())
        .expect("a session")
        .0
}

fn run(session: &mut Box<dyn EngineSession>, text: &str) -> Answer {
    let mut answer = Answer::default();
    session.batch(text, &mut answer);
    answer
}

fn good(session: &mut Box<dyn EngineSession>, text: &str) -> Answer {
    let answer = run(session, text);
    assert!(
        answer.errors().is_empty(),
        "{:?}\nin {text}",
        answer.messages
    );
    answer
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn batches(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines() {
        if line.trim().eq_ignore_ascii_case("GO") {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    all.retain(|batch| !batch.trim().is_empty());
    all
}

fn script(session: &mut Box<dyn EngineSession>, path: &str) {
    let text = std::fs::read_to_string(repository().join(path)).expect(path);
    for batch in batches(&text) {
        let answer = run(session, &batch);
        assert!(
            answer.errors().is_empty(),
            "{path}: {:?}\nin {batch}",
            answer.messages
        );
    }
}

fn folder(session: &mut Box<dyn EngineSession>, path: &str, only: &str) {
    let mut files: Vec<_> = std::fs::read_dir(repository().join(path))
        .expect(path)
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.contains(only))
        .collect();
    files.sort();
    for file in files {
        script(session, &format!("{path}/{file}"));
    }
}

#[test]
fn a_select_answers() {
    let mut s = session();
    let answer = good(
        &mut s,
        "DECLARE @a int = 1; SET @a += 2; SELECT @a AS n, N'x' + CAST(@a AS nvarchar(5)) AS t",
    );
    assert_eq!(
        answer.rows,
        vec![vec![Value::Int(3), Value::nvarchar("x3")]]
    );
}

#[test]
fn rows_are_written_and_read() {
    let mut s = session();
    good(
        &mut s,
        "CREATE TABLE dbo.t (id int IDENTITY(1,1) NOT NULL PRIMARY KEY, v nvarchar(10) NULL CHECK (v <> N'bad'))",
    );
    good(
        &mut s,
        "INSERT INTO dbo.t (v) VALUES (N'a'), (N'b'), (NULL)",
    );
    good(
        &mut s,
        "UPDATE dbo.t SET v = v + N'!' WHERE id < 3; DELETE FROM dbo.t WHERE v IS NULL",
    );
    let answer = good(&mut s, "SELECT id, v FROM dbo.t ORDER BY id");
    assert_eq!(
        answer.rows,
        vec![
            vec![Value::Int(1), Value::nvarchar("a!")],
            vec![Value::Int(2), Value::nvarchar("b!")]
        ]
    );
    assert_eq!(
        run(&mut s, "INSERT INTO dbo.t (v) VALUES (N'bad')").errors(),
        [547]
    );
    assert_eq!(
        run(
            &mut s,
            "SET IDENTITY_INSERT dbo.t ON; INSERT INTO dbo.t (id) VALUES (1)"
        )
        .errors(),
        [2627]
    );
    assert_eq!(
        run(&mut s, "INSERT INTO dbo.t (nope) VALUES (1)").errors(),
        [207]
    );
}

#[test]
fn transactions_nest_and_doom() {
    let mut s = session();
    good(&mut s, "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)");
    good(
        &mut s,
        "BEGIN TRAN; INSERT dbo.t VALUES (1); SAVE TRAN a; INSERT dbo.t VALUES (2); ROLLBACK TRAN a; COMMIT",
    );
    assert_eq!(
        good(&mut s, "SELECT id FROM dbo.t").rows,
        vec![vec![Value::Int(1)]]
    );
    let answer = run(
        &mut s,
        "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRY INSERT dbo.t VALUES (1); END TRY BEGIN CATCH SELECT XACT_STATE(), ERROR_NUMBER(); END CATCH",
    );
    assert_eq!(
        answer.rows,
        vec![vec![Value::SmallInt(-1), Value::Int(2627)]]
    );
    assert_eq!(answer.errors(), [3998]);
}

#[test]
fn the_baseline_and_phase_1_run() {
    let mut s = session();
    folder(&mut s, "migrations/baseline", "");
    folder(&mut s, "sql/phase1", "add_");
    folder(&mut s, "sql/phase1", "create_");
    good(
        &mut s,
        "INSERT INTO dbo.Atoms (ContentHash, Modality) VALUES (CAST(1 AS binary(32)), N'text')",
    );
    let answer = good(
        &mut s,
        "DECLARE @a int, @r int; EXEC dbo.sp_InsertAtomicVector @SourceAtomId = 1, @VectorJson = N'[0.5, 0.25, 0.5]', @AtomCount = @a OUTPUT, @RelationCount = @r OUTPUT; SELECT @a, @r",
    );
    assert_eq!(answer.rows, vec![vec![Value::Int(2), Value::Int(3)]]);
    let answer = good(
        &mut s,
        "DECLARE @v nvarchar(max), @d int; EXEC dbo.sp_ReconstructVector 1, @v OUTPUT, @d OUTPUT; SELECT @v, @d",
    );
    assert_eq!(answer.rows[0][1], Value::Int(3));
    let answer = good(
        &mut s,
        "DECLARE @r int, @a int; EXEC dbo.sp_DeleteAtomicVectors N'1', @DeletedRelations = @r OUTPUT, @DeletedAtoms = @a OUTPUT; SELECT @r, @a",
    );
    assert_eq!(answer.rows, vec![vec![Value::Int(3), Value::Int(2)]]);
}

#[test]
fn the_control_schema_installs() {
    let mut s = session();
    folder(&mut s, "migrations/control", "");
}
