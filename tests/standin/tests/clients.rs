//! A whole server and a real client (tiberius): bulk loads, parameters, transactions, cancellation and locks.

use std::time::Duration;

use hartonomous_standin::serve::{Baseline, ServeOptions, Serving};
use tiberius::{
    AuthMethod, Client, ColumnData, Command, Config, EncryptionLevel, IntoRow, IntoSql,
    IsolationLevel, SqlBulkCopyOption, SqlBulkCopyOptions, TokenRow,
};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

type TestClient = Client<Compat<TcpStream>>;

async fn serve() -> Serving {
    serve_with(ServeOptions::default()).await
}

async fn serve_with(options: ServeOptions) -> Serving {
    Serving::start(ServeOptions {
        baseline: Baseline::Empty,
        ..options
    })
    .await
    .expect("a server")
}

async fn try_login(serving: &Serving, user: &str, password: &str) -> tiberius::Result<TestClient> {
    let mut config = Config::new();
    config.host("localhost");
    config.port(serving.port());
    config.database("Hartonomous");
    config.authentication(AuthMethod::sql_server(user, password));
    config.encryption(EncryptionLevel::NotSupported);
    let address = format!("127.0.0.1:{}", serving.port());
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    Client::connect(config, tcp.compat_write()).await
}

async fn connect(serving: &Serving) -> TestClient {
    try_login(serving, "sa", serving.password())
        .await
        .expect("a login")
}

async fn run(client: &mut TestClient, text: &str) {
    let outcome = async { client.simple_query(text).await?.into_results().await };
    if let Err(error) = outcome.await {
        panic!("{error}\nin {text}");
    }
}

/// Number of the error that a batch ends with; 0 when it has none.
async fn code(client: &mut TestClient, text: &str) -> u32 {
    let outcome = async { client.simple_query(text).await?.into_results().await };
    code_of(outcome.await)
}

fn code_of<T>(outcome: tiberius::Result<T>) -> u32 {
    match outcome {
        Ok(_) => 0,
        Err(error) => error.code().unwrap_or_else(|| panic!("{error}")),
    }
}

/// First column of all rows, as text.
async fn texts(client: &mut TestClient, query: &str) -> Vec<Option<String>> {
    let text = format!("SELECT CONVERT(nvarchar(4000), x.v) FROM ({query}) AS x (v)");
    let rows = client
        .simple_query(text.as_str())
        .await
        .unwrap_or_else(|error| panic!("{error}\nin {text}"))
        .into_first_result()
        .await
        .unwrap_or_else(|error| panic!("{error}\nin {text}"));
    rows.iter()
        .map(|row| row.get::<&str, _>(0).map(str::to_owned))
        .collect()
}

async fn one(client: &mut TestClient, query: &str) -> String {
    match texts(client, query).await.as_slice() {
        [Some(text)] => text.clone(),
        other => panic!("{other:?} for {query}"),
    }
}

const TABLES: &str = "
CREATE TABLE dbo.parent (id bigint NOT NULL PRIMARY KEY);
INSERT dbo.parent VALUES (1), (2), (3);
CREATE TABLE dbo.child (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  parent_id bigint NOT NULL CONSTRAINT FK_child_parent REFERENCES dbo.parent (id),
  name nvarchar(20) NOT NULL,
  hash binary(32) NOT NULL,
  weight float NULL CONSTRAINT DF_w DEFAULT 0.5,
  n int NULL CONSTRAINT CK_n CHECK (n < 100),
  made datetime2(7) NOT NULL CONSTRAINT DF_made DEFAULT SYSUTCDATETIME(),
  note nvarchar(max) NULL,
  twice AS n * 2);";

fn child(parent: i64, name: &'static str, n: Option<i32>) -> TokenRow<'static> {
    let mut row = TokenRow::new();
    row.push(parent.into_sql());
    row.push(name.into_sql());
    row.push(vec![7_u8; 32].into_sql());
    row.push(ColumnData::F64(None));
    row.push(n.into_sql());
    row
}

async fn load(
    client: &mut TestClient,
    table: &str,
    columns: &[&str],
    options: SqlBulkCopyOptions,
    rows: Vec<TokenRow<'static>>,
) -> tiberius::Result<u64> {
    let mut request = client
        .bulk_insert_with_options(table, columns, options, &[])
        .await?;
    for row in rows {
        request.send(row).await?;
    }
    Ok(request.finalize().await?.total())
}

const CHILD: [&str; 5] = ["parent_id", "name", "hash", "weight", "n"];

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_load_fills_identity_defaults_and_computed_columns() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(&mut client, TABLES).await;
    let rows = vec![child(1, "a", Some(1)), child(2, "zwölf €", None)];
    let none = SqlBulkCopyOptions::empty();
    let total = load(&mut client, "dbo.child", &CHILD, none, rows)
        .await
        .unwrap();
    assert_eq!(total, 2);
    let seen = one(&mut client, "SELECT STRING_AGG(CONCAT(id, ':', name, ':', weight, ':', n, ':', twice, ':', DATALENGTH(hash), IIF(made IS NULL, 'x', '')), '|') WITHIN GROUP (ORDER BY id) FROM dbo.child").await;
    assert_eq!(seen, "1:a:0.5:1:2:32|2:zwölf €:0.5:::32");
    let untrusted = "SELECT CONCAT(SUM(CAST(is_not_trusted AS int)), (SELECT SUM(CAST(is_not_trusted AS int)) FROM sys.check_constraints)) FROM sys.foreign_keys";
    assert_eq!(one(&mut client, untrusted).await, "11");
    run(
        &mut client,
        "ALTER TABLE dbo.child WITH CHECK CHECK CONSTRAINT ALL",
    )
    .await;
    assert_eq!(one(&mut client, untrusted).await, "00");
    // KEEP_NULLS: NULL instead of the default.
    let keep = SqlBulkCopyOption::KeepNulls | SqlBulkCopyOption::CheckConstraints;
    let rows = vec![child(3, "kept", Some(5))];
    load(&mut client, "dbo.child", &CHILD, keep, rows)
        .await
        .unwrap();
    assert_eq!(one(&mut client, "SELECT CONCAT(id, ISNULL(CAST(weight AS varchar(9)), 'null')) FROM dbo.child WHERE name = N'kept'").await, "3null");
    assert_eq!(one(&mut client, untrusted).await, "00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_load_checks_constraints_when_it_is_told_to() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(&mut client, TABLES).await;
    let check: SqlBulkCopyOptions = SqlBulkCopyOption::CheckConstraints.into();
    let good = || child(1, "a", Some(1));
    for bad in [child(9, "b", Some(1)), child(1, "b", Some(100))] {
        let rows = vec![good(), bad];
        let outcome = load(&mut client, "dbo.child", &CHILD, check, rows).await;
        assert_eq!(code_of(outcome), 547);
    }
    // NOT NULL is checked always, and a load is all or nothing.
    let mut nameless = TokenRow::new();
    nameless.push(1_i64.into_sql());
    nameless.push(ColumnData::String(None));
    nameless.push(vec![7_u8; 32].into_sql());
    nameless.push(ColumnData::F64(None));
    nameless.push(ColumnData::I32(None));
    let none = SqlBulkCopyOptions::empty();
    let outcome = load(
        &mut client,
        "dbo.child",
        &CHILD,
        none,
        vec![good(), nameless],
    )
    .await;
    assert!(outcome.is_err());
    assert_eq!(
        one(&mut client, "SELECT COUNT(*) FROM dbo.child").await,
        "0"
    );
    // Unchecked, anything goes in.
    load(
        &mut client,
        "dbo.child",
        &CHILD,
        none,
        vec![child(9, "b", Some(100))],
    )
    .await
    .unwrap();
    assert_eq!(
        one(&mut client, "SELECT COUNT(*) FROM dbo.child").await,
        "1"
    );
    assert_eq!(
        code(
            &mut client,
            "ALTER TABLE dbo.child WITH CHECK CHECK CONSTRAINT FK_child_parent"
        )
        .await,
        547
    );
    // The session is as good as new.
    run(&mut client, "SELECT 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_load_belongs_to_the_transaction_around_it() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(&mut client, TABLES).await;
    let check: SqlBulkCopyOptions = SqlBulkCopyOption::CheckConstraints.into();
    let count = "SELECT COUNT(*) FROM dbo.child";
    client.begin_transaction().await.unwrap();
    load(
        &mut client,
        "dbo.child",
        &CHILD,
        check,
        vec![child(1, "a", Some(1))],
    )
    .await
    .unwrap();
    assert_eq!(one(&mut client, count).await, "1");
    client.rollback_transaction().await.unwrap();
    assert_eq!(one(&mut client, count).await, "0");
    client.begin_transaction().await.unwrap();
    load(
        &mut client,
        "dbo.child",
        &CHILD,
        check,
        vec![child(1, "a", Some(1))],
    )
    .await
    .unwrap();
    // A load that fails leaves the transaction and what was in it.
    let outcome = load(
        &mut client,
        "dbo.child",
        &CHILD,
        check,
        vec![child(9, "b", Some(1))],
    )
    .await;
    assert_eq!(code_of(outcome), 547);
    assert_eq!(one(&mut client, "SELECT @@TRANCOUNT").await, "1");
    client.commit_transaction().await.unwrap();
    assert_eq!(one(&mut client, count).await, "1");
    assert_eq!(one(&mut client, "SELECT @@TRANCOUNT").await, "0");
    // XACT_ABORT: the failure takes the transaction with it.
    run(&mut client, "SET XACT_ABORT ON").await;
    client.begin_transaction().await.unwrap();
    let outcome = load(
        &mut client,
        "dbo.child",
        &CHILD,
        check,
        vec![child(9, "b", Some(1))],
    )
    .await;
    assert_eq!(code_of(outcome), 547);
    assert_eq!(one(&mut client, "SELECT @@TRANCOUNT").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_load_goes_into_a_temporary_table() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(&mut client, "CREATE TABLE #batch (hash binary(32) NOT NULL, v varbinary(64) NOT NULL, t nvarchar(256) NULL, at datetime2(7) NULL, f float(24) NULL)").await;
    client.begin_transaction().await.unwrap();
    let mut request = client.bulk_insert("#batch").await.unwrap();
    for n in 0..1000_i32 {
        let mut row = TokenRow::new();
        row.push(vec![(n % 251) as u8; 32].into_sql());
        row.push(n.to_be_bytes().to_vec().into_sql());
        row.push(format!("text {n}").into_sql());
        row.push(ColumnData::DateTime2(None));
        row.push((n as f32 / 2.0).into_sql());
        request.send(row).await.unwrap();
    }
    assert_eq!(request.finalize().await.unwrap().total(), 1000);
    let seen = one(&mut client, "SELECT CONCAT(COUNT(*), ' ', MAX(f), ' ', MAX(CASE WHEN v = 0x000003E7 THEN t END), ' ', COUNT(DISTINCT hash)) FROM #batch").await;
    assert_eq!(seen, "1000 499.5 text 999 251");
    client.commit_transaction().await.unwrap();
    run(&mut client, "DROP TABLE #batch").await;
    assert_eq!(code(&mut client, "SELECT * FROM #batch").await, 208);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_load_with_explicit_identity_values_keeps_them() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(
        &mut client,
        "CREATE TABLE dbo.k (id int IDENTITY(1,1) NOT NULL PRIMARY KEY, v int NOT NULL)",
    )
    .await;
    let keep: SqlBulkCopyOptions = SqlBulkCopyOption::KeepIdentity.into();
    let rows = vec![(10, 1).into_row(), (20, 2).into_row()];
    load(&mut client, "dbo.k", &["id", "v"], keep, rows)
        .await
        .unwrap();
    assert_eq!(
        one(
            &mut client,
            "SELECT STRING_AGG(CAST(id AS varchar(9)), ',') FROM dbo.k"
        )
        .await,
        "10,20"
    );
    let outcome = load(
        &mut client,
        "dbo.k",
        &["id", "v"],
        keep,
        vec![(10, 3).into_row()],
    )
    .await;
    assert_eq!(code_of(outcome), 2627);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_every_type_arrive() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    let long = "lang ".repeat(3000);
    let bytes = vec![1_u8, 2, 255];
    let at = chrono::NaiveDate::from_ymd_opt(2025, 3, 4)
        .and_then(|day| day.and_hms_milli_opt(5, 6, 7, 890))
        .unwrap();
    let rows = client
        .query(
            "SELECT CONCAT_WS('|', @P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8), DATALENGTH(@P9), LEN(@P9), CONVERT(varchar(40), @P10, 126), CONVERT(varchar(9), @P11, 1), @P12",
            &[
                &1_u8, &-2_i16, &3_i32, &(1_i64 << 40), &0.5_f32, &-0.25_f64, &true, &"größe", &long.as_str(), &at,
                &bytes, &Option::<i32>::None,
            ],
        )
        .await
        .unwrap()
        .into_first_result()
        .await
        .unwrap();
    let row = &rows[0];
    assert_eq!(
        row.get::<&str, _>(0),
        Some("1|-2|3|1099511627776|0.5|-0.25|1|größe")
    );
    assert_eq!(row.get::<i64, _>(1), Some(30_000));
    assert!(
        row.get::<&str, _>(3)
            .is_some_and(|t| t.starts_with("2025-03-04T05:06:07.89")),
        "{row:?}"
    );
    assert_eq!(row.get::<&str, _>(4), Some("0x0102FF"));
    assert_eq!(row.get::<i32, _>(5), None);
    run(&mut client, "CREATE TABLE dbo.p (a bigint NULL, b varbinary(8) NULL, c nvarchar(10) NULL, d datetime2(7) NULL, e float NULL)").await;
    let done = client
        .execute(
            "INSERT dbo.p VALUES (@P1, @P2, @P3, @P4, @P5)",
            &[
                &Option::<i64>::None,
                &Option::<&[u8]>::None,
                &Option::<&str>::None,
                &Option::<chrono::NaiveDateTime>::None,
                &Option::<f64>::None,
            ],
        )
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), [1]);
    let outcome = client
        .execute("INSERT dbo.p (c) VALUES (@P1)", &[&"far too long a text"])
        .await;
    assert_eq!(code_of(outcome), 2628);
}

#[tokio::test(flavor = "multi_thread")]
async fn procedures_are_called_by_name_with_output_parameters() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(&mut client, "CREATE PROCEDURE dbo.twice @n int, @out bigint OUTPUT, @text nvarchar(max) = N'none' OUTPUT AS BEGIN SET NOCOUNT ON; SET @out = @n * 2; SET @text = CONCAT(@text, N'!'); SELECT @n AS n; RETURN 7 END").await;
    let mut command = Command::new("dbo.twice");
    command.bind_param("@n", 21_i32);
    command.bind_out_param("@out", Option::<i64>::None);
    command.bind_out_param("@text", "x");
    let result = command
        .exec(&mut client)
        .await
        .unwrap()
        .into_command_result()
        .await
        .unwrap();
    assert_eq!(result.return_code(), 7);
    assert_eq!(result.try_return_value::<i64>("@out").unwrap(), Some(42));
    assert_eq!(
        result.try_return_value::<&str>("@text").unwrap(),
        Some("x!")
    );
    assert_eq!(result.to_query_result(0).map(Vec::len), Some(1));
    // An untyped NULL arrives as int: the declared type is the parameter's.
    let mut command = Command::new("dbo.twice");
    command.bind_param("@n", Option::<i32>::None);
    command.bind_out_param("@out", Option::<i32>::None);
    let result = command
        .exec(&mut client)
        .await
        .unwrap()
        .into_command_result()
        .await
        .unwrap();
    assert_eq!(result.try_return_value::<i64>("@out").unwrap(), None);
    let mut command = Command::new("dbo.twice");
    command.bind_param("@nope", 21_i32);
    let outcome = async { command.exec(&mut client).await?.into_command_result().await };
    assert_eq!(code_of(outcome.await), 8145);
    let mut command = Command::new("dbo.missing");
    command.bind_param("@nope", 21_i32);
    let outcome = async { command.exec(&mut client).await?.into_command_result().await };
    assert_eq!(code_of(outcome.await), 2812);
    let mut command = Command::new("sp_getapplock");
    command.bind_param("@Resource", "r");
    command.bind_param("@LockMode", "Exclusive");
    command.bind_param("@LockOwner", "Session");
    command.bind_param("@LockTimeout", 0_i32);
    let result = command
        .exec(&mut client)
        .await
        .unwrap()
        .into_command_result()
        .await
        .unwrap();
    assert_eq!(result.return_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_prepared_executed_and_forgotten() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    let seen = client
        .simple_query("DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'@a int, @b nvarchar(10)', N'SELECT @a + 1, @b'; EXEC sp_execute @h, 41, N'x'; EXEC sp_unprepare @h; SELECT 1")
        .await;
    let rows = async { seen?.into_results().await };
    let rows = rows.await;
    match rows {
        Ok(results) => assert_eq!(results[0][0].get::<i32, _>(0), Some(42)),
        // Named refusals are honest; through the RPC the numbered forms are there.
        Err(error) => assert!(matches!(error.code(), Some(2812 | 50_000)), "{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transaction_requests_nest_save_and_carry_isolation() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(
        &mut client,
        "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)",
    )
    .await;
    client
        .begin_transaction_with_isolation(IsolationLevel::Serializable)
        .await
        .unwrap();
    let level =
        "SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = @@SPID";
    assert_eq!(one(&mut client, level).await, "4");
    run(&mut client, "INSERT dbo.t VALUES (1)").await;
    run(&mut client, "SAVE TRANSACTION a").await;
    run(
        &mut client,
        "INSERT dbo.t VALUES (2); ROLLBACK TRANSACTION a",
    )
    .await;
    client.commit_transaction().await.unwrap();
    assert_eq!(
        texts(&mut client, "SELECT id FROM dbo.t").await,
        [Some("1".to_owned())]
    );
    assert_eq!(code_of(client.commit_transaction().await), 3902);
    assert_eq!(code_of(client.rollback_transaction().await), 3903);
    // T-SQL and requests see one transaction.
    run(&mut client, "BEGIN TRANSACTION; INSERT dbo.t VALUES (3)").await;
    client.rollback_transaction().await.unwrap();
    client.begin_transaction().await.unwrap();
    run(&mut client, "INSERT dbo.t VALUES (4); COMMIT").await;
    assert_eq!(
        one(
            &mut client,
            "SELECT CONCAT(COUNT(*), @@TRANCOUNT) FROM dbo.t"
        )
        .await,
        "20"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_client_takes_its_transaction_with_it() {
    let serving = serve().await;
    let mut client = connect(&serving).await;
    run(
        &mut client,
        "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)",
    )
    .await;
    run(&mut client, "BEGIN TRANSACTION; INSERT dbo.t VALUES (1)").await;
    let mut other = connect(&serving).await;
    assert_eq!(
        code(&mut other, "SET LOCK_TIMEOUT 100; SELECT * FROM dbo.t").await,
        1222
    );
    run(&mut other, "SET LOCK_TIMEOUT 10000").await;
    drop(client);
    assert_eq!(one(&mut other, "SELECT COUNT(*) FROM dbo.t").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_ends_a_session_and_undoes_its_work() {
    let serving = serve().await;
    let mut victim = connect(&serving).await;
    run(&mut victim, "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY); BEGIN TRANSACTION; INSERT dbo.t VALUES (1)").await;
    let spid = one(&mut victim, "SELECT @@SPID").await;
    let mut other = connect(&serving).await;
    run(&mut other, &format!("KILL {spid}")).await;
    run(&mut other, "SET LOCK_TIMEOUT 10000").await;
    assert_eq!(one(&mut other, "SELECT COUNT(*) FROM dbo.t").await, "0");
    assert!(
        victim.simple_query("SELECT 1").await.is_err() || {
            let answer = async { victim.simple_query("SELECT 1").await?.into_results().await };
            answer.await.is_err()
        }
    );
    assert_eq!(code(&mut other, &format!("KILL {spid}")).await, 6106);
    assert_eq!(
        code(&mut other, "DECLARE @s int = @@SPID; SELECT 1; KILL 32000").await,
        6106
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sessions_in_a_circle_one_is_the_victim() {
    let serving = serve().await;
    let mut a = connect(&serving).await;
    let mut b = connect(&serving).await;
    run(&mut a, "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, v int NOT NULL); INSERT dbo.t VALUES (1, 0), (2, 0)").await;
    run(
        &mut a,
        "BEGIN TRANSACTION; UPDATE dbo.t SET v = 1 WHERE id = 1",
    )
    .await;
    run(
        &mut b,
        "SET DEADLOCK_PRIORITY LOW; BEGIN TRANSACTION; UPDATE dbo.t SET v = 2 WHERE id = 2",
    )
    .await;
    let first = tokio::spawn(async move {
        let outcome = code(&mut a, "UPDATE dbo.t SET v = 1 WHERE id = 2").await;
        (a, outcome)
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        code(&mut b, "UPDATE dbo.t SET v = 2 WHERE id = 1").await,
        1205
    );
    assert_eq!(one(&mut b, "SELECT @@TRANCOUNT").await, "0");
    let (mut a, outcome) = first.await.unwrap();
    assert_eq!(outcome, 0);
    run(&mut a, "COMMIT").await;
    assert_eq!(
        one(
            &mut b,
            "SELECT STRING_AGG(CONCAT(id, '=', v), ',') FROM dbo.t"
        )
        .await,
        "1=1,2=1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_versions_are_read_without_waiting() {
    let serving = serve().await;
    let mut writer = connect(&serving).await;
    let mut reader = connect(&serving).await;
    run(&mut writer, "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, v int NOT NULL); INSERT dbo.t VALUES (1, 0)").await;
    run(&mut reader, "SET TRANSACTION ISOLATION LEVEL SNAPSHOT").await;
    assert_eq!(code(&mut reader, "SELECT v FROM dbo.t").await, 3952);
    run(
        &mut reader,
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )
    .await;
    run(
        &mut writer,
        "ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON",
    )
    .await;
    run(
        &mut reader,
        "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION",
    )
    .await;
    let value = "SELECT v FROM dbo.t";
    assert_eq!(one(&mut reader, value).await, "0");
    run(
        &mut writer,
        "UPDATE dbo.t SET v = 1; BEGIN TRANSACTION; UPDATE dbo.t SET v = 2",
    )
    .await;
    assert_eq!(one(&mut reader, value).await, "0");
    run(&mut writer, "COMMIT").await;
    assert_eq!(one(&mut reader, value).await, "0");
    assert_eq!(code(&mut reader, "UPDATE dbo.t SET v = 9").await, 3960);
    assert_eq!(one(&mut reader, "SELECT @@TRANCOUNT").await, "0");
    run(
        &mut reader,
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION",
    )
    .await;
    run(&mut reader, "SET TRANSACTION ISOLATION LEVEL SNAPSHOT").await;
    assert_eq!(code(&mut reader, value).await, 3951);
    run(
        &mut reader,
        "IF @@TRANCOUNT > 0 ROLLBACK; SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )
    .await;
    run(
        &mut writer,
        "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE",
    )
    .await;
    let mut reader = connect(&serving).await;
    run(&mut writer, "BEGIN TRANSACTION; UPDATE dbo.t SET v = 3").await;
    assert_eq!(one(&mut reader, value).await, "2");
    assert_eq!(
        code(
            &mut reader,
            "SET LOCK_TIMEOUT 0; SELECT v FROM dbo.t WITH (READCOMMITTEDLOCK)"
        )
        .await,
        1222
    );
    run(&mut writer, "COMMIT").await;
    assert_eq!(one(&mut reader, value).await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_does_what_it_was_granted() {
    let serving = serve().await;
    let mut admin = connect(&serving).await;
    run(&mut admin, "CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY); INSERT dbo.t VALUES (1); CREATE TABLE dbo.u (id int NOT NULL)").await;
    run(
        &mut admin,
        "CREATE LOGIN reader WITH PASSWORD = N'Reader!2025'",
    )
    .await;
    // No user in the database yet.
    assert_eq!(
        code_of(try_login(&serving, "reader", "Reader!2025").await),
        4060
    );
    run(
        &mut admin,
        "CREATE USER reader FOR LOGIN reader; GRANT SELECT ON dbo.t TO reader",
    )
    .await;
    run(&mut admin, "EXEC(N'CREATE PROCEDURE dbo.p AS SELECT COUNT(*) FROM dbo.u'); EXEC(N'CREATE VIEW dbo.v AS SELECT id FROM dbo.u')").await;
    assert_eq!(code_of(try_login(&serving, "reader", "wrong").await), 18456);
    let mut reader = try_login(&serving, "reader", "Reader!2025").await.unwrap();
    assert_eq!(one(&mut reader, "SELECT COUNT(*) FROM dbo.t").await, "1");
    for refused in [
        "SELECT * FROM dbo.u",
        "SELECT * FROM dbo.v",
        "INSERT dbo.t VALUES (2)",
        "UPDATE dbo.t SET id = 2",
        "DELETE FROM dbo.t",
        "EXEC dbo.p",
    ] {
        assert_eq!(code(&mut reader, refused).await, 229, "{refused}");
    }
    assert_eq!(code(&mut reader, "CREATE TABLE dbo.w (id int)").await, 262);
    run(&mut reader, "CREATE TABLE #w (id int); INSERT #w VALUES (1); SELECT * FROM #w; DECLARE @t TABLE (a int); INSERT @t VALUES (1)").await;
    run(
        &mut admin,
        "GRANT EXECUTE ON dbo.p TO reader; GRANT SELECT ON dbo.v TO reader",
    )
    .await;
    // Ownership chains: what the procedure and the view read needs no permission of its own.
    run(&mut reader, "EXEC dbo.p; SELECT * FROM dbo.v").await;
}
