//! An engine that follows a script of a few words instead of T-SQL.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::{
    BulkRows, CancelFlag, ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login,
    OpenedSession, ResultSink, RpcProcedure, RpcRequest, TransactionRequest,
};
use crate::types::{SqlType, TypeName, Value};

pub const PASSWORD: &str = "pässwörd 🔑!1";

/// What tests look at from outside.
#[derive(Default)]
pub struct ScriptedServer {
    pub logins: Mutex<Vec<Login>>,
    pub state: Arc<Shared>,
}

#[derive(Default)]
pub struct Shared {
    pub ended: AtomicU64,
    pub executed: Mutex<Vec<String>>,
    pub loaded: Mutex<Vec<Vec<Value>>>,
    pub load_error: Mutex<Option<SqlError>>,
    pub table: Mutex<Vec<ColumnInfo>>,
}

pub struct ScriptedSession {
    cancel: CancelFlag,
    state: Arc<Shared>,
    descriptor: u64,
    expects_bulk: bool,
}

pub fn column(name: &str, sql_type: SqlType, nullable: bool) -> ColumnInfo {
    ColumnInfo {
        name: name.to_owned(),
        sql_type,
        nullable,
        identity: false,
        computed: false,
        updatable: true,
    }
}

impl EngineServer for ScriptedServer {
    fn login(&self, login: &Login) -> Result<OpenedSession> {
        self.logins.lock().unwrap().push(login.clone());
        if login.password != PASSWORD {
            let text = format!("Login failed for user '{}'.", login.user);
            return Err(SqlError::new(18456, text).class(14));
        }
        let session = ScriptedSession {
            cancel: CancelFlag::default(),
            state: Arc::clone(&self.state),
            descriptor: 0,
            expects_bulk: false,
        };
        let changes = vec![
            EnvChange::Database {
                new: login.database.clone(),
                old: "master".to_owned(),
            },
            EnvChange::Language {
                new: "us_english".to_owned(),
                old: String::new(),
            },
        ];
        let info = |number, text: &str| SqlError::new(number, text).class(0);
        let messages = vec![
            info(5701, "Changed database context to 'stand'."),
            info(5703, "Changed language setting to us_english."),
        ];
        Ok((Box::new(session), changes, messages))
    }
}

impl Drop for ScriptedSession {
    fn drop(&mut self) {
        self.state.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn done(command: u16, count: Option<u64>) -> Done {
    Done {
        command,
        row_count: count,
        nocount: false,
        error: false,
        in_procedure: false,
    }
}

impl ScriptedSession {
    fn run(&mut self, text: &str, sink: &mut dyn ResultSink) -> Result<()> {
        let text = text.trim();
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            "rows" => {
                sink.columns(&[column("n", SqlType::INT, false)])?;
                let count: i32 = rest.parse().unwrap();
                for n in 0..count {
                    if self.cancel.is_set() {
                        return Ok(());
                    }
                    sink.row(&[Value::Int(n)])?;
                }
                sink.done(done(0xC1, Some(count as u64)))
            }
            "text" => {
                sink.columns(&[column("t", SqlType::nvarchar(SqlType::MAX), true)])?;
                sink.row(&[Value::nvarchar("é".repeat(rest.parse().unwrap()))])?;
                sink.done(done(0xC1, Some(1)))
            }
            "error" => {
                sink.message(&SqlError::new(8134, "Divide by zero error encountered.").line(3))?;
                sink.done(Done {
                    error: true,
                    ..done(0xC1, None)
                })
            }
            "wrong" => {
                sink.columns(&[column("n", SqlType::INT, false)])?;
                sink.row(&[Value::varchar("no int")])
            }
            "wait" => {
                let begun = Instant::now();
                while !self.cancel.is_set() && begun.elapsed() < Duration::from_secs(20) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(())
            }
            "types" => {
                let (columns, values) = all_types();
                sink.columns(&columns)?;
                sink.row(&values)?;
                let nullable: Vec<ColumnInfo> = columns
                    .into_iter()
                    .map(|c| ColumnInfo {
                        nullable: true,
                        ..c
                    })
                    .collect();
                sink.done(done(0xC1, Some(1)))?;
                sink.columns(&nullable)?;
                sink.row(&values)?;
                let mut one = vec![Value::Null; values.len()];
                sink.row(&one)?;
                one.clone_from(&values);
                one[0] = Value::Null;
                sink.row(&one)?;
                sink.done(done(0xC1, Some(3)))
            }
            "SELECT" => {
                sink.columns(&self.state.table.lock().unwrap())?;
                sink.done(done(0xC1, Some(0)))
            }
            "INSERT" => {
                self.expects_bulk = true;
                sink.done(done(0, None))
            }
            _ => sink.done(done(0, None)),
        }
    }

    fn end_transaction(&mut self) -> u64 {
        std::mem::take(&mut self.descriptor)
    }
}

impl EngineSession for ScriptedSession {
    fn spid(&self) -> u16 {
        51
    }

    fn cancel_flag(&self) -> CancelFlag {
        self.cancel.clone()
    }

    fn batch(&mut self, text: &str, sink: &mut dyn ResultSink) {
        let _ = self.run(text, sink);
        self.state.executed.lock().unwrap().push(text.to_owned());
    }

    fn rpc(&mut self, request: &RpcRequest, sink: &mut dyn ResultSink) {
        assert_eq!(request.procedure, RpcProcedure::Id(10));
        let echoed = &request.parameters[2..];
        let columns: Vec<ColumnInfo> = echoed
            .iter()
            .map(|p| column(&p.name, p.sql_type.clone(), true))
            .collect();
        let values: Vec<Value> = echoed.iter().map(|p| p.value.clone()).collect();
        let _ = sink.columns(&columns);
        let _ = sink.row(&values);
        let _ = sink.done(done(0xC1, Some(1)));
        let _ = sink.return_status(0);
    }

    fn transaction(&mut self, request: &TransactionRequest, sink: &mut dyn ResultSink) {
        let change = match request {
            TransactionRequest::Begin { .. } => {
                self.descriptor = 77;
                EnvChange::BeginTransaction(77)
            }
            TransactionRequest::Commit { .. } => {
                EnvChange::CommitTransaction(self.end_transaction())
            }
            TransactionRequest::Rollback { .. } => {
                EnvChange::RollbackTransaction(self.end_transaction())
            }
            TransactionRequest::Save { .. } => return,
        };
        let _ = sink.env_change(&change);
    }

    fn expects_bulk(&self) -> bool {
        self.expects_bulk
    }

    fn bulk_load(&mut self, rows: &mut dyn BulkRows, sink: &mut dyn ResultSink) {
        self.expects_bulk = false;
        let mut row = Vec::new();
        let mut count = 0;
        loop {
            match rows.next(&mut row) {
                Ok(true) => {
                    count += 1;
                    let mut loaded = self.state.loaded.lock().unwrap();
                    if loaded.len() < 100 {
                        loaded.push(row.clone());
                    }
                }
                Ok(false) => break,
                Err(error) => {
                    if error.kind != ErrorKind::Cancelled {
                        let _ = sink.message(&error);
                    }
                    *self.state.load_error.lock().unwrap() = Some(error);
                    let _ = sink.done(Done {
                        error: true,
                        ..done(0xF0, None)
                    });
                    return;
                }
            }
        }
        let _ = sink.done(done(0xF0, Some(count)));
    }

    fn reset(&mut self, _: bool, sink: &mut dyn ResultSink) {
        let _ = sink.env_change(&EnvChange::ResetConnection);
    }

    fn transaction_descriptor(&self) -> u64 {
        self.descriptor
    }
}

/// A column and a value of every type that a result may have.
pub fn all_types() -> (Vec<ColumnInfo>, Vec<Value>) {
    use TypeName as T;
    let plain = SqlType::plain;
    let decimal = crate::types::Decimal {
        mantissa: -12_345,
        precision: 38,
        scale: 3,
    };
    let offset = crate::types::DateTimeOffset {
        ticks: 638_000_000_000_000_000,
        offset_minutes: -90,
    };
    let spatial: Arc<[u8]> = Arc::from([0xE6u8, 0x10, 0, 0].as_slice());
    let list: Vec<(SqlType, Value)> = vec![
        (plain(T::Bit), Value::Bit(true)),
        (plain(T::TinyInt), Value::TinyInt(255)),
        (plain(T::SmallInt), Value::SmallInt(-2)),
        (SqlType::INT, Value::Int(-3)),
        (SqlType::BIGINT, Value::BigInt(i64::MIN)),
        (SqlType::REAL, Value::Real(1.5)),
        (SqlType::FLOAT, Value::Float(-2.25)),
        (SqlType::decimal(38, 4), Value::Decimal(Box::new(decimal))),
        (plain(T::Money), Value::Money(-12_345)),
        (plain(T::SmallMoney), Value::SmallMoney(67_800)),
        (SqlType::sized(T::Char, 4), Value::varchar("a€  ")),
        (SqlType::varchar(10), Value::varchar("")),
        (SqlType::varchar(SqlType::MAX), Value::varchar("x")),
        (SqlType::sized(T::NChar, 2), Value::nvarchar("żó")),
        (SqlType::nvarchar(10), Value::nvarchar("🔑")),
        (SqlType::nvarchar(SqlType::MAX), Value::nvarchar("")),
        (SqlType::sized(T::Binary, 2), Value::binary([1, 2])),
        (SqlType::varbinary(4), Value::binary([3])),
        (SqlType::varbinary(SqlType::MAX), Value::binary([4; 9000])),
        (plain(T::Date), Value::Date(738_000)),
        (SqlType::scaled(T::Time, 3), Value::Time(123_450_000)),
        (plain(T::DateTime), Value::DateTime(45_000, 300)),
        (plain(T::SmallDateTime), Value::SmallDateTime(45_000, 61)),
        (
            SqlType::datetime2(7),
            Value::DateTime2(638_000_000_000_000_001),
        ),
        (
            SqlType::scaled(T::DateTimeOffset, 7),
            Value::DateTimeOffset(Box::new(offset)),
        ),
        (
            plain(T::UniqueIdentifier),
            Value::UniqueIdentifier(Box::new([7; 16])),
        ),
        (
            plain(T::SqlVariant),
            Value::Variant(Box::new((SqlType::nvarchar(5), Value::nvarchar("var")))),
        ),
        (plain(T::Xml), Value::Xml(Arc::from("<a/>"))),
        (
            plain(T::RowVersion),
            Value::binary([0, 0, 0, 0, 0, 0, 7, 209]),
        ),
        (SqlType::vector(2), Value::Vector(Arc::from([1.0f32, -0.0]))),
        (plain(T::Json), Value::Json(Arc::from("{\"a\":1}"))),
        (plain(T::Geometry), Value::Spatial(Arc::clone(&spatial))),
        (plain(T::Geography), Value::Spatial(spatial)),
    ];
    list.into_iter()
        .enumerate()
        .map(|(at, (t, value))| (column(&format!("c{at}"), t, false), value))
        .unzip()
}
