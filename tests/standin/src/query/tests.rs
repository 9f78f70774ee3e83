//! Queries through a session in memory: tables made in the storage, text parsed, bound and run.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::*;
use crate::engine::{ExecContext, Frame, Server, ServerConfig, Session};
use crate::error::SqlError;
use crate::protocol::IsolationLevel;
use crate::syntax::ast::StatementKind;
use crate::types::{SqlType, Value};

use super::{BindContext, bind_select, execute};

fn column(id: i32, name: &str, ty: SqlType, nullable: bool) -> ColumnDef {
    ColumnDef {
        column_id: id,
        name: name.to_owned(),
        sql_type: ty,
        nullable,
        identity: None,
        default: None,
        computed: None,
        generated: None,
        hidden: false,
        rowguidcol: false,
        missing_value: Value::Null,
    }
}

fn index(id: i32, unique: bool, keys: &[i32]) -> IndexDef {
    IndexDef {
        index_id: id,
        name: format!("ix{id}"),
        kind: if id == 1 {
            IndexKind::Clustered
        } else {
            IndexKind::Nonclustered
        },
        unique,
        keys: keys
            .iter()
            .map(|k| IndexColumn {
                column_id: *k,
                descending: false,
            })
            .collect(),
        includes: Vec::new(),
        filter: None,
        compression: Compression::None,
        disabled: false,
        ignore_dup_key: false,
        fill_factor: 0,
        constraint: None,
        spatial: None,
    }
}

fn table(id: i32, name: &str, columns: Vec<ColumnDef>, indexes: Vec<IndexDef>) -> TableDef {
    TableDef {
        object_id: id,
        database_id: 1,
        schema_id: 1,
        name: name.to_owned(),
        next_column_id: columns.len() as i32 + 1,
        columns,
        indexes,
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        statistics: Vec::new(),
        period: None,
        temporal: TemporalRole::None,
        history_retention: None,
        memory_optimized: false,
        schema_only: false,
        lock_escalation_disabled: false,
        created: 0,
        modified: 0,
    }
}

fn session() -> Session {
    let server = Server::new(ServerConfig::default());
    let big = table(
        1001,
        "Big",
        vec![
            column(1, "Id", SqlType::BIGINT, false),
            column(2, "Kind", SqlType::nvarchar(20), false),
            column(3, "N", SqlType::INT, true),
        ],
        vec![index(1, true, &[1]), index(2, false, &[2, 3])],
    );
    let small = table(
        1002,
        "Small",
        vec![
            column(1, "Id", SqlType::BIGINT, false),
            column(2, "Label", SqlType::varchar(10), true),
        ],
        vec![index(1, true, &[1])],
    );
    let mut txn = server.store.begin(IsolationLevel::ReadCommitted);
    for def in [big, small] {
        let def = Arc::new(def);
        server
            .catalog
            .create(&mut txn, Object::Table(def.clone()))
            .unwrap();
        server.store.create_table(&mut txn, def).unwrap();
    }
    let cancel = crate::protocol::CancelFlag::default();
    let locks = crate::locks::LockContext::new(
        &server.locks,
        txn.owner(),
        51,
        &cancel,
        IsolationLevel::ReadCommitted,
    );
    let big = server.store.table(1001).unwrap();
    for id in 1..=1000i64 {
        let kind = if id % 2 == 0 { "even" } else { "odd" };
        let n = if id % 10 == 0 {
            Value::Null
        } else {
            Value::Int((id % 7) as i32)
        };
        big.insert(
            &mut txn,
            &locks,
            &[Value::BigInt(id), Value::nvarchar(kind), n],
        )
        .unwrap();
    }
    let small = server.store.table(1002).unwrap();
    for (id, label) in [(1, Some("one")), (2, Some("two")), (5, None)] {
        let label = label.map_or(Value::Null, Value::varchar);
        small
            .insert(&mut txn, &locks, &[Value::BigInt(id), label])
            .unwrap();
    }
    server.store.commit(txn);
    super::test_session::session(server)
}

fn run_in(
    session: &mut Session,
    frame: &mut Frame,
    text: &str,
) -> Result<Vec<Vec<Value>>, SqlError> {
    let batch = crate::syntax::parse_batch(text, Default::default())?;
    let StatementKind::Select(select) = &batch.statements[0].kind else {
        panic!("not a SELECT");
    };
    let bound = bind_select(&BindContext::new(session, frame), select)?;
    let mut rows = Vec::new();
    execute(
        &mut ExecContext { session, frame },
        &bound,
        &mut |_, row| {
            rows.push(row.to_vec());
            Ok(())
        },
    )?;
    Ok(rows)
}

fn plan_of(text: &str) -> String {
    let session = session();
    let frame = Frame::new();
    let batch = crate::syntax::parse_batch(text, Default::default()).unwrap();
    let StatementKind::Select(select) = &batch.statements[0].kind else {
        panic!("not a SELECT");
    };
    format!(
        "{:?}",
        bind_select(&BindContext::new(&session, &frame), select)
            .unwrap()
            .plan
    )
}

fn run(text: &str) -> String {
    let mut session = session();
    let mut frame = Frame::new();
    match run_in(&mut session, &mut frame, text) {
        Err(e) => format!("{} {}", e.number, e.message),
        Ok(rows) => rows
            .iter()
            .map(|r| r.iter().map(show).collect::<Vec<_>>().join(","))
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::BigInt(n) => n.to_string(),
        Value::TinyInt(n) => n.to_string(),
        Value::Bit(b) => u8::from(*b).to_string(),
        Value::VarChar(s) | Value::NVarChar(s) => s.to_string(),
        Value::Float(f) => f.to_string(),
        Value::Decimal(d) => format!("{}e-{}", d.mantissa, d.scale),
        other => format!("{other:?}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|(sql, wanted)| {
            let got = run(sql);
            (got != *wanted).then(|| format!("{sql}\n   wanted {wanted}\n   got    {got}"))
        })
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn expressions_have_sql_server_types_and_values() {
    check(&[
        ("SELECT 1 + 2, 'a' + 'b', 7 / 2, 7 % 4, -3", "3,ab,3,3,-3"),
        ("SELECT CASE WHEN 1 = 2 THEN 1 / 0 ELSE 5 END", "5"),
        (
            "SELECT 1 WHERE 1 ! = 2 AND 3 ! < 3 AND 2 !\n> 2 AND 1 < > 2 AND 2 > = 1 AND 1 <\t= 1",
            "1",
        ),
        (
            "SELECT CAST(0x0A\\\n0b AS int), CAST(0x1\\\r\n2 AS int)",
            "2571,18",
        ),
        (
            "SELECT COALESCE(NULL, 3), ISNULL(NULL, 4), NULLIF(1, 1)",
            "3,4,NULL",
        ),
        (
            "SELECT CAST('12' AS int) + 1, TRY_CAST('x' AS int)",
            "13,NULL",
        ),
        ("SELECT 2147483648", "2147483648e-0"),
        ("SELECT IIF(1 < 2, 'yes', 'no')", "yes"),
        ("SELECT LEN('abc'), UPPER('x'), ABS(-4)", "3,X,4"),
        ("SELECT 1 WHERE 1 IN (2, NULL)", ""),
        ("SELECT 1 WHERE NOT (1 IN (2, NULL))", ""),
        ("SELECT 1 WHERE 'abc' LIKE 'a%' AND 5 BETWEEN 1 AND 9", "1"),
        ("SELECT (SELECT COUNT(*) FROM Small)", "3"),
        (
            "SELECT (SELECT Id FROM Small)",
            "512 Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
        ),
    ]);
}

#[test]
fn tables_join_group_and_sort() {
    check(&[
        (
            "SELECT TOP (3) Id FROM Big ORDER BY Id DESC",
            "1000 | 999 | 998",
        ),
        (
            "SELECT TOP (2) Id, Kind FROM dbo.Big WHERE Id > 10 ORDER BY Id",
            "11,odd | 12,even",
        ),
        (
            "SELECT COUNT(*), COUNT(N), MIN(Id), MAX(Id), SUM(N) FROM Big",
            "1000,900,1,1000,2700",
        ),
        (
            "SELECT Kind, COUNT(*) AS C FROM Big GROUP BY Kind ORDER BY C, Kind DESC",
            "odd,500 | even,500",
        ),
        (
            "SELECT Kind FROM Big GROUP BY Kind HAVING MAX(Id) = 999",
            "odd",
        ),
        (
            "SELECT s.Id, b.Kind FROM Small s JOIN Big b ON b.Id = s.Id ORDER BY s.Id",
            "1,odd | 2,even | 5,odd",
        ),
        (
            "SELECT b.Id, s.Label FROM Big b JOIN Small s ON b.Id = s.Id ORDER BY s.Id DESC",
            "5,NULL | 2,two | 1,one",
        ),
        (
            "SELECT b.Id, s.Label FROM Big b LEFT JOIN Small s ON s.Id = b.Id WHERE b.Id < 4 ORDER BY b.Id",
            "1,one | 2,two | 3,NULL",
        ),
        (
            "SELECT s.Id FROM Small s WHERE EXISTS (SELECT 1 FROM Big b WHERE b.Id = s.Id AND b.Kind = N'odd')",
            "1 | 5",
        ),
        (
            "SELECT COUNT(*) FROM Big b WHERE NOT EXISTS (SELECT 1 FROM Small s WHERE s.Id = b.Id)",
            "997",
        ),
        (
            "SELECT COUNT(*) FROM Big WHERE Id IN (SELECT Id FROM Small)",
            "3",
        ),
        (
            "SELECT s.Id, x.M FROM Small s CROSS APPLY (SELECT MAX(b.Id) AS M FROM Big b WHERE b.Id < s.Id) AS x ORDER BY 1",
            "1,NULL | 2,1 | 5,4",
        ),
        (
            "SELECT s.Id, d.V FROM Small s CROSS APPLY (SELECT s.Id * 10 AS V) d WHERE d.V > 15 ORDER BY d.V",
            "2,20 | 5,50",
        ),
        (
            "SELECT s.Id, x.T FROM Small s OUTER APPLY (SELECT TOP (1) b.Id AS T FROM Big b WHERE b.Id > s.Id AND b.Kind = N'even' ORDER BY b.Id) x ORDER BY s.Id",
            "1,2 | 2,4 | 5,6",
        ),
        ("SELECT DISTINCT N % 2 FROM Big ORDER BY 1", "NULL | 0 | 1"),
        (
            "SELECT Id FROM Small UNION SELECT 2 UNION ALL SELECT 9 ORDER BY Id",
            "1 | 2 | 5 | 9",
        ),
        ("SELECT Id FROM Small EXCEPT SELECT 2", "1 | 5"),
        (
            "SELECT Id FROM Small ORDER BY Id OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY",
            "2",
        ),
        (
            "WITH c AS (SELECT Id, Label FROM Small WHERE Label IS NOT NULL) SELECT a.Id FROM c a JOIN c b ON a.Id = b.Id ORDER BY a.Id",
            "1 | 2",
        ),
        (
            "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT SUM(n) FROM r",
            "15",
        ),
        (
            "SELECT v.a, v.b FROM (VALUES (1, 'x'), (2, NULL)) AS v (a, b)",
            "1,x | 2,NULL",
        ),
        (
            "SELECT Id, ROW_NUMBER() OVER (ORDER BY Id DESC) AS r, SUM(Id) OVER (ORDER BY Id) AS s, COUNT(*) OVER () AS c FROM Small ORDER BY Id",
            "1,3,1,3 | 2,2,3,3 | 5,1,8,3",
        ),
        (
            "SELECT Kind, STRING_AGG(CAST(Id AS nvarchar(10)), N',') WITHIN GROUP (ORDER BY Id DESC) FROM Big WHERE Id < 6 GROUP BY Kind ORDER BY Kind",
            "even,4,2 | odd,5,3,1",
        ),
        (
            "SELECT value FROM STRING_SPLIT('a,b,,c', ',')",
            "a | b |  | c",
        ),
        (
            "SELECT [key], value, type FROM OPENJSON('[1,\"x\",null]')",
            "0,1,2 | 1,x,1 | 2,NULL,0",
        ),
        (
            "SELECT Id AS [a.b], Label FROM Small ORDER BY Id FOR JSON PATH",
            "[{\"a\":{\"b\":1},\"Label\":\"one\"},{\"a\":{\"b\":2},\"Label\":\"two\"},{\"a\":{\"b\":5}}]",
        ),
        (
            "SELECT s.Id, (SELECT COUNT(*) FROM Big b WHERE b.N = s.Id) FROM Small s ORDER BY s.Id",
            "1,129 | 2,129 | 5,129",
        ),
        (
            "SELECT COUNT_BIG(DISTINCT Kind), COUNT(DISTINCT N) FROM Big WHERE Kind = N'EVEN'",
            "1,7",
        ),
        (
            "SELECT Kind, N, COUNT(*) FROM Big WHERE N = 1 GROUP BY ROLLUP (Kind, N) ORDER BY Kind, N",
            "NULL,NULL,129 | even,NULL,57 | even,1,57 | odd,NULL,72 | odd,1,72",
        ),
    ]);
}

#[test]
fn wrong_names_and_shapes_are_refused() {
    check(&[
        ("SELECT Nope FROM Small", "207 Invalid column name 'Nope'."),
        (
            "SELECT x.Id FROM Small",
            "4104 The multi-part identifier \"x.Id\" could not be bound.",
        ),
        (
            "SELECT 1 FROM Nothing",
            "208 Invalid object name 'Nothing'.",
        ),
        (
            "SELECT Id FROM Small a JOIN Big b ON a.Id = b.Id",
            "209 Ambiguous column name 'Id'.",
        ),
        (
            "SELECT Id, COUNT(*) FROM Small",
            "8120 Column 'dbo.Small.Id' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.",
        ),
        (
            "SELECT Id FROM Small WHERE COUNT(*) > 1",
            "147 An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.",
        ),
        (
            "SELECT DISTINCT Label FROM Small ORDER BY Id",
            "145 ORDER BY items must appear in the select list if SELECT DISTINCT is specified.",
        ),
        ("SELECT @x", "137 Must declare the scalar variable \"@x\"."),
        (
            "SELECT NOSUCH(1)",
            "195 'NOSUCH' is not a recognized built-in function name.",
        ),
        (
            "SELECT dbo.f(1)",
            "4121 Cannot find either column \"dbo\" or the user-defined function or aggregate \"dbo.f\", or the name is ambiguous.",
        ),
        (
            "SELECT 1 UNION SELECT 1, 2",
            "205 All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.",
        ),
        (
            "SELECT * FROM (SELECT 1) AS t",
            "8155 No column name was specified for column 1 of 't'.",
        ),
        (
            "SELECT * FROM (SELECT Id FROM Small ORDER BY Id) AS t",
            "1033 The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.",
        ),
        ("SELECT 1 / 0", "8134 Divide by zero error encountered."),
        (
            "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r",
            "530 The statement terminated. The maximum recursion 100 has been exhausted before statement completion.",
        ),
    ]);
}

#[test]
fn keyset_reads_seek_and_do_not_sort() {
    let plan = plan_of("SELECT TOP (10) Id, Kind FROM Big WHERE Id > 500 ORDER BY Id");
    assert!(!plan.contains("Sort"), "{plan}");
    assert!(plan.contains("index Some(1)"), "{plan}");
    let plan = plan_of("SELECT b.Id FROM Big b JOIN Small s ON s.Id = b.Id");
    assert!(plan.contains("Apply"), "{plan}");
}

/// What a client got: rows, and messages as `!number text`.
#[derive(Default)]
struct Answer(Vec<String>);

impl crate::protocol::ResultSink for Answer {
    fn columns(&mut self, _: &[crate::protocol::ColumnInfo]) -> crate::error::Result<()> {
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> crate::error::Result<()> {
        self.0
            .push(values.iter().map(show).collect::<Vec<_>>().join(","));
        Ok(())
    }
    fn done(&mut self, _: crate::protocol::Done) -> crate::error::Result<()> {
        Ok(())
    }
    fn message(&mut self, message: &SqlError) -> crate::error::Result<()> {
        self.0
            .push(format!("!{} {}", message.number, message.message));
        Ok(())
    }
    fn env_change(&mut self, _: &crate::protocol::EnvChange) -> crate::error::Result<()> {
        Ok(())
    }
    fn return_status(&mut self, _: i32) -> crate::error::Result<()> {
        Ok(())
    }
    fn return_value(
        &mut self,
        _: u16,
        _: &str,
        _: &SqlType,
        _: &Value,
    ) -> crate::error::Result<()> {
        Ok(())
    }
}

fn batches(list: &[&str]) -> Vec<String> {
    use crate::protocol::EngineSession;
    let mut session = session();
    let mut answer = Answer::default();
    for text in list {
        session.batch(text, &mut answer);
    }
    answer.0
}

#[test]
fn data_changes_read_through_joins() {
    let got = batches(&[
        "DECLARE @s TABLE (Id bigint NOT NULL PRIMARY KEY); INSERT INTO @s (Id) SELECT Id FROM Small; \
         DELETE b FROM dbo.Big AS b JOIN @s AS s ON s.Id = b.Id WHERE b.Kind = N'odd'; \
         SELECT COUNT(*) FROM Big;",
        "UPDATE b SET b.N = b.N + 100 FROM dbo.Big AS b JOIN Small AS s ON s.Id = b.Id; SELECT N FROM Big WHERE Id = 2;",
        "DECLARE @t nvarchar(max), @n int = 0; SELECT @n += N FROM Big WHERE Id < 5; SELECT @n;",
    ]);
    assert_eq!(got, ["998", "102", "109"]);
}
