//! Documented behaviour of SQL Server, batch by batch: what each returns, with messages by number and text.
//!
//! A file of tests/conformance holds cases: a line `=== name`, batches separated by `GO`, a line `---`, and what comes
//! back: rows with ` | ` between values, `!number.class.state text` for an error, `~number text` for a message, `@name:type`
//! columns when the name begins with `typed`. Cases of one file share a session and run in order.
//! A line `RUN path` in a case is a batch of its own: the product's script of that path, with vectors of four dimensions;
//! parameters behind the path (`@P1 bigint = 0, @P2 int = 5`) go through sp_executesql as the product sends them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use hartonomous_standin::engine::config::{LoginConfig, ServerConfig};
use hartonomous_standin::engine::{Engine, Server};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use hartonomous_standin::types::{SqlType, TypeName, Value, convert};

#[derive(Default)]
struct Transcript {
    text: String,
    columns: Vec<ColumnInfo>,
    typed: bool,
}

impl ResultSink for Transcript {
    fn columns(&mut self, columns: &[ColumnInfo]) -> Result<()> {
        self.columns = columns.to_vec();
        if self.typed {
            let list: Vec<String> = columns
                .iter()
                .map(|c| {
                    let null = if c.nullable { "" } else { " not null" };
                    format!("{}:{}{null}", c.name, type_text(&c.sql_type))
                })
                .collect();
            let _ = writeln!(self.text, "@{}", list.join(" | "));
        }
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<()> {
        let cells: Vec<String> = values
            .iter()
            .zip(&self.columns)
            .map(|(v, c)| cell(v, &c.sql_type))
            .collect();
        let _ = writeln!(self.text, "{}", cells.join(" | ").trim_end());
        Ok(())
    }

    fn done(&mut self, _: Done) -> Result<()> {
        Ok(())
    }

    fn message(&mut self, message: &SqlError) -> Result<()> {
        let _ = if message.class > 10 {
            writeln!(
                self.text,
                "!{}.{}.{} {}",
                message.number, message.class, message.state, message.message
            )
        } else {
            writeln!(self.text, "~{} {}", message.number, message.message)
        };
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

fn type_text(ty: &SqlType) -> String {
    let name = ty.name.as_str();
    match ty.name {
        TypeName::Decimal | TypeName::Numeric => format!("{name}({},{})", ty.precision, ty.scale),
        TypeName::VarChar
        | TypeName::NVarChar
        | TypeName::Char
        | TypeName::NChar
        | TypeName::VarBinary
        | TypeName::Binary
        | TypeName::Vector => match ty.length {
            SqlType::MAX => format!("{name}(max)"),
            length => format!("{name}({length})"),
        },
        TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => {
            format!("{name}({})", ty.scale)
        }
        _ => name.to_owned(),
    }
}

fn cell(value: &Value, ty: &SqlType) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Float(v) => format!("{v:?}"),
        Value::Real(v) => format!("{v:?}"),
        Value::Spatial(_) => "spatial".to_owned(),
        _ => {
            let style = matches!(
                ty.name,
                TypeName::Binary | TypeName::VarBinary | TypeName::RowVersion
            )
            .then_some(1)
            .or_else(|| ty.name.is_date_or_time().then_some(121));
            match convert::cast(value, ty, &SqlType::nvarchar(SqlType::MAX), style, false) {
                Ok(Value::NVarChar(text)) => text.to_string(),
                other => format!("{other:?}"),
            }
        }
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
        database: "Hartonomous".to_owned(),
        odbc: true,
        ..Login::default()
    };
    Engine(Arc::clone(&Server::new(config)))
        .login(&login)
        .expect("login")
        .0
}

fn run(session: &mut dyn EngineSession, batches: &str, typed: bool) -> String {
    let mut transcript = Transcript {
        typed,
        ..Transcript::default()
    };
    let mut batch = String::new();
    for line in batches.lines().chain(["GO"]) {
        if line.trim() == "GO" {
            if !batch.trim().is_empty() {
                session.batch(&batch, &mut transcript);
            }
            batch.clear();
        } else if let Some(script) = line.strip_prefix("RUN ") {
            for batch in script_batches(script) {
                session.batch(&batch, &mut transcript);
            }
        } else {
            batch.push_str(line);
            batch.push('\n');
        }
    }
    transcript.text.trim_end().to_owned()
}

/// The batches of `path` or `path parameters`.
fn script_batches(script: &str) -> Vec<String> {
    let (path, parameters) = script.split_once(' ').unwrap_or((script, ""));
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let text = std::fs::read_to_string(format!("{root}/{path}")).expect("read a script");
    let text = text.replace("1998", "4");
    if parameters.is_empty() {
        let lines: Vec<&str> = text.lines().collect();
        return lines
            .split(|line| line.trim() == "GO")
            .map(|lines| lines.join("\n"))
            .filter(|batch| !batch.trim().is_empty())
            .collect();
    }
    let (declared, given): (Vec<_>, Vec<_>) = parameters
        .split(", @")
        .map(|p| {
            let (declared, value) = p.split_once(" = ").expect("a parameter's value");
            let declared = declared.trim_start_matches('@');
            let name = declared.split(' ').next().unwrap_or_default();
            (format!("@{declared}"), format!("@{name} = {value}"))
        })
        .unzip();
    vec![format!(
        "EXEC sp_executesql N'{}', N'{}', {}",
        text.replace('\'', "''"),
        declared.join(", "),
        given.join(", ")
    )]
}

/// The cases of a file that answer otherwise.
fn failures(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("read the cases");
    let mut session = open();
    let mut failures = Vec::new();
    for case in text.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a name");
        let (batches, expected) = rest.split_once("\n---").expect("a result");
        let expected = expected.trim().replace("\r\n", "\n");
        let actual = run(&mut *session, batches, name.starts_with("typed")).replace('\r', "");
        if actual != expected {
            failures.push(format!(
                "=== {name}\n{batches}\n--- expected\n{expected}\n--- answered\n{actual}\n"
            ));
        }
    }
    failures
}

#[test]
fn answers_as_documented() {
    let folder = std::env::var("CONFORMANCE_CASES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance").to_owned());
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("list the cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    let failures: Vec<String> = files.iter().flat_map(|path| failures(path)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
