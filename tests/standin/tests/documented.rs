//! Documented behaviour of SQL Server, one line a case: a batch, and what comes back, in order. Rows are `[a,b]`,
//! errors `!number`, messages `~number` (PRINT: `~0`).

use hartonomous_standin::engine::faults::{FaultPoint, FaultSchedule, StatementFault};
use hartonomous_standin::engine::{Engine, Server, ServerConfig};
use hartonomous_standin::error::{Result, SqlError};
use hartonomous_standin::protocol::{
    ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use hartonomous_standin::types::{SqlType, Value};

#[derive(Default)]
struct Transcript(String);

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bit(v) => u8::from(*v).to_string(),
        Value::TinyInt(v) => v.to_string(),
        Value::SmallInt(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::BigInt(v) => v.to_string(),
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
        let mark = if message.class > 10 { '!' } else { '~' };
        self.0.push_str(&format!("{mark}{} ", message.number));
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

fn session(config: ServerConfig) -> Box<dyn EngineSession> {
    Engine(Server::new(config))
        .login(&Login {
            user: "sa".to_owned(),
            password: "Standin!2025".to_owned(),
            database: "Hartonomous".to_owned(),
            database_fatal: true,
            odbc: true,
            ..Login::default()
        })
        .expect("a session")
        .0
}

fn run(session: &mut Box<dyn EngineSession>, text: &str) -> String {
    let mut transcript = Transcript::default();
    session.batch(text, &mut transcript);
    transcript.0.trim_end().to_owned()
}

const SETUP: &[&str] = &[
    "CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT PK_t PRIMARY KEY, v nvarchar(5) NULL CONSTRAINT CK_v CHECK (v <> N'bad'))",
    "CREATE TABLE dbo.c (id int IDENTITY(1,1) NOT NULL PRIMARY KEY, t_id int NULL CONSTRAINT FK_c REFERENCES dbo.t (id), d int NOT NULL CONSTRAINT DF_d DEFAULT 7)",
    "CREATE PROCEDURE dbo.fails AS BEGIN SELECT 1; SELECT 1 / 0; SELECT 2; RETURN 5 END",
    "CREATE PROCEDURE dbo.opens AS BEGIN TRANSACTION",
    "CREATE FUNCTION dbo.sum_to (@n int) RETURNS int AS BEGIN DECLARE @i int = 0, @s int = 0; WHILE @i < @n BEGIN SET @i += 1; SET @s += @i END; RETURN @s END",
    "INSERT dbo.t VALUES (1, N'a'), (2, N'b')",
];

/// Each list shares one session; cases leave no transaction behind.
fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let mut session = session(ServerConfig::default());
        for batch in SETUP {
            assert!(!run(&mut session, batch).contains('!'), "{batch}");
        }
        let mut seen = String::new();
        for batch in text.split("\nGO\n") {
            seen.push_str(&run(&mut session, batch));
            seen.push_str(" | ");
        }
        let seen = seen.trim_end_matches(" | ");
        if seen != *expected {
            wrong.push(format!("{text}\n  expected {expected}\n  answered {seen}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn transactions() {
    check(&[
        ("COMMIT", "!3902"),
        ("ROLLBACK", "!3903"),
        ("SAVE TRANSACTION a", "!628"),
        (
            "BEGIN TRAN; BEGIN TRAN; SELECT @@TRANCOUNT; COMMIT; SELECT @@TRANCOUNT; ROLLBACK; SELECT @@TRANCOUNT",
            "[2] [1] [0]",
        ),
        (
            "BEGIN TRAN a; ROLLBACK TRAN b; SELECT @@TRANCOUNT; ROLLBACK TRAN a; SELECT @@TRANCOUNT",
            "!6401 [1] [0]",
        ),
        (
            "BEGIN TRAN; INSERT dbo.t VALUES (3, N'c'); SAVE TRAN s; DELETE dbo.t; ROLLBACK TRAN s; SELECT COUNT(*) FROM dbo.t; ROLLBACK; SELECT COUNT(*) FROM dbo.t",
            "[3] [2]",
        ),
        // Statement atomicity, and the batch goes on.
        (
            "INSERT dbo.t VALUES (3, N'c'), (1, N'x'); SELECT COUNT(*) FROM dbo.t",
            "!2627 ~3621 [2]",
        ),
        (
            "BEGIN TRAN; INSERT dbo.t VALUES (1, N'x'); SELECT @@TRANCOUNT, XACT_STATE(); ROLLBACK",
            "!2627 ~3621 [1,1]",
        ),
        (
            "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRAN; INSERT dbo.t VALUES (1, N'x'); SELECT 'never'\nGO\nSELECT @@TRANCOUNT",
            "!2627 | [0]",
        ),
        ("SET XACT_ABORT ON; SELECT 1 / 0; SELECT 'never'", "!8134"),
        (
            "SET XACT_ABORT ON; BEGIN TRAN; RAISERROR(N'r', 16, 1); SELECT XACT_STATE(); ROLLBACK",
            "!50000 [1]",
        ),
        (
            "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRY RAISERROR(N'r', 16, 1) END TRY BEGIN CATCH SELECT XACT_STATE(), @@TRANCOUNT END CATCH; ROLLBACK; SELECT XACT_STATE()",
            "[-1,1] [0]",
        ),
        (
            "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRY INSERT dbo.t VALUES (1, N'x') END TRY BEGIN CATCH INSERT dbo.t VALUES (9, N'x'); SELECT 'never' END CATCH\nGO\nSELECT @@TRANCOUNT",
            "!3930 | [0]",
        ),
        (
            "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRY INSERT dbo.t VALUES (1, N'x') END TRY BEGIN CATCH SELECT COUNT(*) FROM dbo.t END CATCH\nGO\nSELECT @@TRANCOUNT",
            "[2] !3998 | [0]",
        ),
        (
            "BEGIN TRAN; BEGIN TRY SELECT CAST(v AS int) FROM dbo.t END TRY BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE() END CATCH; ROLLBACK",
            "[245,-1]",
        ),
        (
            "SET IMPLICIT_TRANSACTIONS ON; SELECT COUNT(*) FROM dbo.t; SELECT @@TRANCOUNT; ROLLBACK; SET IMPLICIT_TRANSACTIONS OFF",
            "[2] [1]",
        ),
        // Identity values are not given twice; table variables keep what a rollback takes elsewhere.
        (
            "BEGIN TRAN; INSERT dbo.c (t_id) VALUES (1); ROLLBACK; INSERT dbo.c (t_id) VALUES (1); SELECT id FROM dbo.c",
            "[2]",
        ),
        (
            "DECLARE @v TABLE (a int); BEGIN TRAN; INSERT @v VALUES (1); ROLLBACK; SELECT COUNT(*) FROM @v",
            "[1]",
        ),
        (
            "BEGIN TRAN; CREATE TABLE #x (a int); ROLLBACK; SELECT * FROM #x",
            "!208",
        ),
        ("EXEC dbo.opens; SELECT @@TRANCOUNT; ROLLBACK", "!266 [1]"),
    ]);
}

#[test]
fn errors() {
    check(&[
        (
            "SELECT 1; SELECT 1 / 0; SELECT @@ERROR; SELECT @@ERROR",
            "[1] !8134 [8134] [0]",
        ),
        ("SELECT nope FROM dbo.t; SELECT 1", "!207"),
        ("SELECT 1; SELECT * FROM dbo.nope; SELECT 2", "[1] !208"),
        (
            "BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_STATE(), ERROR_LINE(), ERROR_PROCEDURE(), ERROR_MESSAGE() END CATCH",
            "[8134,16,1,1,NULL,Divide by zero error encountered.]",
        ),
        ("SELECT ERROR_NUMBER()", "[NULL]"),
        (
            "BEGIN TRY EXEC dbo.fails END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_PROCEDURE() END CATCH",
            "[1] [8134,dbo.fails]",
        ),
        (
            "DECLARE @r int; EXEC @r = dbo.fails; SELECT @r",
            "[1] !8134 [2] [5]",
        ),
        ("THROW 50001, N'thrown', 3; SELECT 'never'", "!50001"),
        ("THROW", "!10704"),
        (
            "BEGIN TRY THROW 50001, N'thrown', 3 END TRY BEGIN CATCH THROW END CATCH; SELECT 'never'",
            "!50001",
        ),
        (
            "RAISERROR(N'low', 10, 1); RAISERROR(N'high %d', 16, 1, 5); SELECT @@ERROR",
            "~50000 !50000 [50000]",
        ),
        ("RAISERROR(12000, 10, 1)", "!2732"),
        ("PRINT 'x'", "~0"),
        ("SELECT SUM(x) FROM (VALUES (1), (NULL)) v (x)", "[1] ~8153"),
        ("INSERT dbo.t VALUES (3, N'bad')", "!547 ~3621"),
        ("INSERT dbo.t VALUES (3, N'too long')", "!2628 ~3621"),
        ("INSERT dbo.t (v) VALUES (N'x')", "!515 ~3621"),
        ("INSERT dbo.c (t_id) VALUES (9)", "!547 ~3621"),
        (
            "INSERT dbo.c (t_id) VALUES (1); DELETE dbo.t WHERE id = 1; UPDATE dbo.t SET id = 5 WHERE id = 1; SELECT id FROM dbo.t ORDER BY id",
            "!547 ~3621 !547 ~3621 [1] [2]",
        ),
        ("INSERT dbo.c (id) VALUES (1)", "!544"),
        ("INSERT dbo.t VALUES (1)", "!213"),
        ("SELECT CAST(300 AS tinyint)", "!220"),
        ("SELECT CAST('x' AS int); SELECT 'never'", "!245"),
        ("SELECT CONVERT(datetime, 'x')", "!241"),
        ("EXEC dbo.nope; SELECT 1", "!2812 [1]"),
        ("SELECT dbo.nope(1)", "!4121"),
        ("DECLARE @a int; DECLARE @a int", "!134"),
        ("SELECT @a", "!137"),
        ("DECLARE @a int; SELECT @a = 1, 2", "!141"),
        ("SELEC 1", "!2812"),
        ("SELECT 1 FROM", "!102"),
    ]);
}

#[test]
fn control_flow() {
    check(&[
        (
            "DECLARE @i int = 0; WHILE @i < 5 BEGIN SET @i += 1; IF @i = 2 CONTINUE; IF @i = 4 BREAK; SELECT @i END; SELECT @@ROWCOUNT, @i",
            "[1] [3] [0,4]",
        ),
        ("IF 1 = NULL SELECT 'then' ELSE SELECT 'else'", "[else]"),
        ("IF 1 = 0 SELECT 'a' SELECT 'b'", "[b]"),
        ("IF 1 = 0 BREAK", "!135"),
        ("CONTINUE", "!136"),
        ("RETURN 5", "!178"),
        ("SELECT 1; RETURN; SELECT 2", "[1]"),
        ("GOTO skip; SELECT 1; skip: SELECT 2", "[2]"),
        ("GOTO nowhere; SELECT 1", "!133"),
        ("a: SELECT 1; a: SELECT 2", "!132"),
        ("IF 1 SELECT 1", "!4145"),
        (
            "DECLARE @v varchar(3); SET @v = 'hello'; SELECT @v",
            "[hel]",
        ),
        (
            "DECLARE @v int = 5; SELECT @v = id FROM dbo.t WHERE id = 99; SELECT @v; SET @v = (SELECT id FROM dbo.t WHERE id = 99); SELECT @v",
            "[5] [NULL]",
        ),
        (
            "DECLARE @v int; SELECT @v = id FROM dbo.t ORDER BY id; SELECT @v, @@ROWCOUNT",
            "[2,2]",
        ),
        ("DECLARE @v int; SET @v = 3; SELECT @@ROWCOUNT", "[1]"),
        (
            "SELECT id FROM dbo.t; IF 1 = 0 SELECT 1; SELECT @@ROWCOUNT",
            "[1] [2] [0]",
        ),
        (
            "SET NOCOUNT ON; UPDATE dbo.t SET v = N'z'; SELECT @@ROWCOUNT",
            "[2]",
        ),
        (
            "IF 1 = 1 BEGIN DECLARE @inner int = 4 END; SELECT @inner",
            "[4]",
        ),
        (
            "BEGIN TRY BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH SELECT 'inner'; THROW END CATCH END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
            "[inner] [8134]",
        ),
        (
            "EXEC (N'SELECT 1; SELECT 1 / 0; SELECT 2'); SELECT 3",
            "[1] !8134 [2] [3]",
        ),
        (
            "EXEC sp_executesql N'SELECT @a + 1', N'@a int', @a = 41",
            "[42]",
        ),
        (
            "DECLARE @o int; EXEC sp_executesql N'SET @x = 5', N'@x int OUTPUT', @x = @o OUTPUT; SELECT @o",
            "[5]",
        ),
        ("EXEC sp_executesql N'SELECT @a', N'@a int'", "!8178"),
        (
            "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'@a int', N'SELECT @a * 2'; EXEC sp_execute @h, 4; EXEC sp_unprepare @h; EXEC sp_execute @h, 4",
            "[8] !8179",
        ),
    ]);
}

#[test]
fn what_a_loop_or_a_function_has_bound_follows_every_change() {
    check(&[
        (
            "SELECT dbo.sum_to(id), dbo.sum_to(id + 2) FROM dbo.t ORDER BY id",
            "[1,6] [3,10]",
        ),
        (
            "SELECT dbo.sum_to(3)\nGO\nALTER FUNCTION dbo.sum_to (@n int) RETURNS int AS BEGIN RETURN -@n END\nGO\nSELECT dbo.sum_to(3)",
            "[6] |  | [-3]",
        ),
        (
            "DECLARE @i int = 0; WHILE @i < 3 BEGIN SET @i += 1; CREATE TABLE #x (a int); INSERT #x VALUES (@i); SELECT a FROM #x; DROP TABLE #x END",
            "[1] [2] [3]",
        ),
        (
            "DECLARE @i int = 0; WHILE @i < 2 BEGIN SET @i += 1; SELECT COUNT(*) FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.t'); ALTER TABLE dbo.t ADD x int NULL; ALTER TABLE dbo.t DROP COLUMN v; SET @i = 5 END",
            "[2] !5074 !4922",
        ),
        (
            "DECLARE @i int = 0; WHILE @i < 3 BEGIN SET @i += 1; SELECT (SELECT COUNT(*) FROM dbo.t), dbo.sum_to(@i); INSERT dbo.t VALUES (10 + @i, N'x') END",
            "[2,1] [3,3] [4,6]",
        ),
        ("SET DATEFORMAT dmy; SELECT 1", "!50000"),
    ]);
}

#[test]
fn concatenation_is_assigned() {
    check(&[
        (
            "DECLARE @s nvarchar(10) = N'a'; SET @s ||= N'b'; SELECT @s ||= v FROM dbo.t WHERE id = 1; SELECT @s; SET @s ||= NULL; SELECT @s",
            "[aba] [NULL]",
        ),
        (
            "UPDATE dbo.t SET v ||= N'x' WHERE id = 2; SELECT v FROM dbo.t",
            "[a] [bx]",
        ),
        ("DECLARE @i int = 1; SET @i ||= 2", "!402"),
    ]);
}

#[test]
fn an_inline_function_may_have_its_query_in_parentheses() {
    check(&[
        (
            "CREATE FUNCTION dbo.f () RETURNS TABLE AS RETURN (SELECT id FROM dbo.t ORDER BY id DESC OFFSET 1 ROWS);\nGO\nSELECT id FROM dbo.f()",
            " | [1]",
        ),
        (
            "CREATE FUNCTION dbo.f () RETURNS TABLE AS RETURN (SELECT 1 AS a UNION SELECT 1) UNION ALL SELECT 1\nGO\nSELECT a FROM dbo.f()",
            " | [1] [1]",
        ),
    ]);
}

#[test]
fn a_bare_null_is_named_null_where_its_type_is_refused() {
    for (call, expected) in [
        (
            "SUBSTRING(NULL, 1, 1)",
            "[Argument data type NULL is invalid for argument 1 of substring function.]",
        ),
        (
            "SUBSTRING(CAST(NULL AS int), 1, 1)",
            "[Argument data type int is invalid for argument 1 of substring function.]",
        ),
    ] {
        let mut session = session(ServerConfig::default());
        let batch = format!(
            "BEGIN TRY EXEC ('SELECT {call}') END TRY BEGIN CATCH SELECT ERROR_MESSAGE() END CATCH"
        );
        assert_eq!(run(&mut session, &batch), expected, "{call}");
    }
}

fn faulty(seed: u64, rules: Vec<(FaultPoint, StatementFault, u32)>) -> Box<dyn EngineSession> {
    session(ServerConfig {
        faults: FaultSchedule { seed, rules },
        ..ServerConfig::default()
    })
}

#[test]
fn injected_faults_do_what_the_real_ones_do() {
    let always = 1_000_000;
    let setup = "CREATE TABLE #f (id int NOT NULL)";
    let text = "BEGIN TRAN; INSERT #f VALUES (1); SELECT 'on'\nGO\nSELECT @@TRANCOUNT";
    for (fault, expected) in [
        (StatementFault::Deadlock, "!1205 | [0]"),
        (StatementFault::LockTimeout, "!1222 ~3621 [on] | [1]"),
        (StatementFault::LogFull, "!9002 ~3621 [on] | [1]"),
        (StatementFault::ReadOnly, "!3906 | [0]"),
    ] {
        let mut session = faulty(1, vec![(FaultPoint::BeforeStatement, fault, 0)]);
        assert_eq!(run(&mut session, setup), "");
        let mut session = faulty(1, vec![(FaultPoint::BeforeStatement, fault, always)]);
        // Only what writes is struck; making the table would be, too.
        let text = text.replace("INSERT #f VALUES (1)", "CREATE TABLE #f (id int)");
        let seen: Vec<String> = text.split("\nGO\n").map(|b| run(&mut session, b)).collect();
        assert_eq!(
            seen.join(" | ").replace(" ~3621", ""),
            expected.replace(" ~3621", ""),
            "{fault:?}"
        );
    }
}

#[test]
fn a_fault_around_a_commit_leaves_all_or_nothing() {
    for (point, kept) in [
        (FaultPoint::BeforeCommit, "[0]"),
        (FaultPoint::AfterCommit, "[1]"),
    ] {
        let mut seen_both = (false, false);
        for seed in 0..20 {
            let rules = vec![(point, StatementFault::Deadlock, 300_000)];
            let mut session = faulty(seed, rules);
            if run(&mut session, "CREATE TABLE dbo.f (id int NOT NULL)").contains('!') {
                continue;
            }
            let answer = run(&mut session, "BEGIN TRAN; INSERT dbo.f VALUES (1); COMMIT");
            let rows = run(&mut session, "SELECT COUNT(*) FROM dbo.f");
            if answer.contains("!1205") {
                seen_both.0 = true;
                assert_eq!(rows, kept, "{point:?} with seed {seed}");
            } else {
                seen_both.1 = true;
                assert_eq!(rows, "[1]", "{point:?} with seed {seed}");
            }
        }
        assert_eq!(seen_both, (true, true), "{point:?}");
    }
}
