//! The null sink takes rows off the wire and keeps none. It must say so everywhere, and count what it received.

use hartonomous_standin::engine::{Engine, Server, ServerConfig};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    BulkRows, ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use hartonomous_standin::serve::{Baseline, ServeOptions, Serving};
use hartonomous_standin::types::{SqlType, Value};
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, IntoSql, TokenRow};
use tokio_util::compat::TokioAsyncWriteCompatExt;

const TABLES: &str = "CREATE TABLE dbo.Dropped (id int NOT NULL PRIMARY KEY, text nvarchar(max) NULL, short nvarchar(20) NULL, f float NULL);
CREATE TABLE dbo.Kept (id int NOT NULL PRIMARY KEY, text nvarchar(max) NULL, short nvarchar(20) NULL, f float NULL);";

fn config(null_sink: &[&str]) -> ServerConfig {
    ServerConfig {
        null_sinks: null_sink.iter().map(|name| name.parse().unwrap()).collect(),
        ..ServerConfig::default()
    }
}

/// What a session answered.
#[derive(Default)]
struct Answer {
    rows: Vec<Vec<Value>>,
    messages: Vec<SqlError>,
    counts: Vec<Option<u64>>,
}

impl ResultSink for Answer {
    fn columns(&mut self, _: &[ColumnInfo]) -> Result<()> {
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

/// Rows of one int column.
struct Ids {
    columns: Vec<ColumnInfo>,
    left: std::collections::VecDeque<i32>,
}

impl Ids {
    fn new(ids: &[i32], sql_type: SqlType) -> Self {
        Self {
            columns: vec![ColumnInfo {
                name: "id".to_owned(),
                sql_type,
                nullable: false,
                identity: false,
                computed: false,
                updatable: true,
            }],
            left: ids.iter().copied().collect(),
        }
    }
}

impl BulkRows for Ids {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }
    fn next(&mut self, row: &mut Vec<Value>) -> Result<bool> {
        row.clear();
        let Some(id) = self.left.pop_front() else {
            return Ok(false);
        };
        row.push(Value::Int(id));
        Ok(true)
    }
}

fn session(config: ServerConfig) -> Box<dyn EngineSession> {
    let login = Login {
        user: "sa".to_owned(),
        password: "Standin!2025".to_owned(),
        database: "Hartonomous".to_owned(),
        odbc: true,
        ..Login::default()
    };
    let mut session = Engine(Server::new(config)).login(&login).unwrap().0;
    batch(&mut session, TABLES);
    session
}

fn batch(session: &mut Box<dyn EngineSession>, text: &str) -> Answer {
    let mut answer = Answer::default();
    session.batch(text, &mut answer);
    let errors: Vec<_> = answer.messages.iter().filter(|m| m.class > 10).collect();
    assert!(errors.is_empty(), "{errors:?}");
    answer
}

fn load(session: &mut Box<dyn EngineSession>, table: &str, rows: &mut Ids) -> Answer {
    batch(session, &format!("INSERT BULK {table} (id int)"));
    let mut answer = Answer::default();
    session.bulk_load(rows, &mut answer);
    answer
}

fn number(session: &mut Box<dyn EngineSession>, query: &str) -> Value {
    batch(session, query).rows[0][0].clone()
}

#[test]
fn rows_of_a_null_sink_are_counted_and_dropped_and_the_load_says_so() {
    let mut session = session(config(&["DBO.dropped"]));
    let answer = load(
        &mut session,
        "dbo.Dropped",
        &mut Ids::new(&[1, 2, 2], SqlType::INT),
    );
    assert_eq!(answer.counts, [Some(3)], "what was received");
    assert_eq!(number(&mut session, "SELECT @@ROWCOUNT"), Value::Int(3));
    let [told] = answer.messages.as_slice() else {
        panic!("{:?}", answer.messages);
    };
    assert!(told.class <= 10);
    assert!(
        told.message
            .contains("3 rows for DBO.dropped were received and dropped"),
        "{}",
        told.message
    );
    assert_eq!(
        number(&mut session, "SELECT COUNT(*) FROM dbo.Dropped"),
        Value::Int(0)
    );
}

#[test]
fn only_bulk_loads_of_the_named_table_are_dropped() {
    let mut session = session(config(&["dbo.Dropped"]));
    let answer = load(
        &mut session,
        "dbo.Kept",
        &mut Ids::new(&[1, 2], SqlType::INT),
    );
    assert_eq!((answer.counts, answer.messages.len()), (vec![Some(2)], 0));
    assert_eq!(
        number(&mut session, "SELECT COUNT(*) FROM dbo.Kept"),
        Value::Int(2)
    );
    batch(&mut session, "INSERT INTO dbo.Dropped (id) VALUES (7)");
    assert_eq!(
        number(&mut session, "SELECT COUNT(*) FROM dbo.Dropped"),
        Value::Int(1)
    );
}

#[test]
fn a_server_that_was_not_asked_drops_nothing() {
    let mut session = session(ServerConfig::default());
    let answer = load(
        &mut session,
        "dbo.Dropped",
        &mut Ids::new(&[1, 2], SqlType::INT),
    );
    assert_eq!((answer.counts, answer.messages.len()), (vec![Some(2)], 0));
    assert_eq!(
        number(&mut session, "SELECT COUNT(*) FROM dbo.Dropped"),
        Value::Int(2)
    );
}

#[test]
fn a_null_sink_refuses_the_columns_that_the_table_would_refuse() {
    let mut session = session(config(&["dbo.Dropped"]));
    let mut rows = Ids::new(&[1], SqlType::varbinary(4));
    let answer = load(&mut session, "dbo.Dropped", &mut rows);
    assert_eq!(answer.messages[0].number, 4816);
    assert_eq!(answer.counts, [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_counted_whatever_it_holds_and_the_banner_names_the_table() {
    let serving = Serving::start(ServeOptions {
        baseline: Baseline::Empty,
        config: config(&["dbo.Dropped"]),
        ..ServeOptions::default()
    })
    .await
    .unwrap();
    assert!(
        serving
            .ready_line()
            .contains(r#""null_sink":["dbo.Dropped"]"#)
    );
    let mut config = Config::new();
    config.host("localhost");
    config.port(serving.port());
    config.database("Hartonomous");
    config.authentication(AuthMethod::sql_server("sa", serving.password()));
    config.encryption(EncryptionLevel::NotSupported);
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", serving.port()))
        .await
        .unwrap();
    let mut client = Client::connect(config, tcp.compat_write()).await.unwrap();
    client
        .simple_query(TABLES)
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap();
    for table in ["dbo.Dropped", "dbo.Kept"] {
        let mut request = client.bulk_insert(table).await.unwrap();
        for id in 0..5_000_i32 {
            let mut row = TokenRow::new();
            row.push(id.into_sql());
            row.push(
                (id % 3 != 0)
                    .then(|| "x".repeat(id as usize % 7 * 1_000))
                    .into_sql(),
            );
            row.push((id % 5 != 0).then_some("short").into_sql());
            row.push((id % 2 != 0).then_some(f64::from(id)).into_sql());
            request.send(row).await.unwrap();
        }
        assert_eq!(request.finalize().await.unwrap().total(), 5_000, "{table}");
    }
    let counts = client
        .simple_query("SELECT (SELECT COUNT(*) FROM dbo.Dropped), (SELECT COUNT(*) FROM dbo.Kept)")
        .await
        .unwrap()
        .into_row()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (counts.get::<i32, _>(0), counts.get::<i32, _>(1)),
        (Some(0), Some(5_000))
    );
    serving.stop().await;
}
