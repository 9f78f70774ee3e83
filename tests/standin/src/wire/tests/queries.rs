use std::borrow::Cow;

use tiberius::numeric::Numeric;
use tiberius::{ColumnType, Row, Uuid};

use super::{WireOptions, config, connect, engine, open, start};

#[tokio::test(flavor = "multi_thread")]
async fn every_type_arrives_as_it_was_sent() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let results = client
        .simple_query("types")
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap();
    assert_eq!(results.len(), 2);
    check_row(&results[0][0], true);
    check_row(&results[1][0], true);
    for (at, _) in engine::all_types().0.iter().enumerate() {
        let cell = results[1][1].cells().nth(at).unwrap().1;
        assert!(
            format!("{cell:?}").contains("None"),
            "column {at}: {cell:?}"
        );
    }
    check_row(&results[1][2], false);
}

fn check_row(row: &Row, with_first: bool) {
    let first: Option<bool> = row.get(0);
    assert_eq!(first, with_first.then_some(true));
    assert_eq!(row.get::<u8, _>(1), Some(255));
    assert_eq!(row.get::<i16, _>(2), Some(-2));
    assert_eq!(row.get::<i32, _>(3), Some(-3));
    assert_eq!(row.get::<i64, _>(4), Some(i64::MIN));
    assert_eq!(row.get::<f32, _>(5), Some(1.5));
    assert_eq!(row.get::<f64, _>(6), Some(-2.25));
    assert_eq!(
        row.get::<Numeric, _>(7),
        Some(Numeric::new_with_scale(-123_450, 4))
    );
    for (at, text) in [
        (10, "a€  "),
        (11, ""),
        (12, "x"),
        (13, "żó"),
        (14, "🔑"),
        (15, ""),
    ] {
        assert_eq!(row.get::<&str, _>(at), Some(text), "column {at}");
    }
    assert_eq!(row.get::<&[u8], _>(16), Some([1, 2].as_slice()));
    assert_eq!(row.get::<&[u8], _>(17), Some([3].as_slice()));
    assert_eq!(row.get::<&[u8], _>(18), Some([4; 9000].as_slice()));
    let date: chrono::NaiveDate = row.get(19).unwrap();
    assert_eq!(date.to_string(), "2021-07-30");
    let time: chrono::NaiveTime = row.get(20).unwrap();
    assert_eq!(time.to_string(), "00:00:12.345");
    let datetime: chrono::NaiveDateTime = row.get(21).unwrap();
    assert_eq!(datetime.to_string(), "2023-03-17 00:00:01");
    let small: chrono::NaiveDateTime = row.get(22).unwrap();
    assert_eq!(small.to_string(), "2023-03-17 01:01:00");
    let precise: chrono::NaiveDateTime = row.get(23).unwrap();
    assert_eq!(precise.to_string(), "2022-09-28 22:13:20.000000100");
    let offset: chrono::DateTime<chrono::FixedOffset> = row.get(24).unwrap();
    assert_eq!(offset.to_rfc3339(), "2022-09-28T20:43:20-01:30");
    assert_eq!(row.get::<Uuid, _>(25), Some(Uuid::from_bytes([7; 16])));
    assert_eq!(row.get::<&str, _>(26), Some("var"));
    let xml: &tiberius::xml::XmlData = row.get(27).unwrap();
    assert_eq!(xml.as_ref(), "<a/>");
    assert_eq!(row.get::<&[u8], _>(28).map(|v| v[7]), Some(209));
    assert_eq!(
        row.get::<&str, _>(29),
        Some("[1.0000000e+000,0.0000000e+000]")
    );
    assert_eq!(row.get::<&str, _>(30), Some("{\"a\":1}"));
    assert_eq!(row.columns()[29].column_type(), ColumnType::BigVarChar);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_every_type_come_back_unchanged() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let long = "ü".repeat(5000);
    let bytes = vec![9u8; 20_000];
    let uuid = Uuid::from_bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    let date = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let datetime = date.and_hms_micro_opt(23, 59, 58, 123_456).unwrap();
    let offset = chrono::DateTime::parse_from_rfc3339("2024-02-29T01:02:03+05:30").unwrap();
    let row = client
        .query(
            "echo",
            &[
                &true,
                &7u8,
                &-7i16,
                &70_000i32,
                &i64::MAX,
                &1.25f32,
                &-0.1f64,
                &"text",
                &long.as_str(),
                &bytes.as_slice(),
                &uuid,
                &Numeric::new_with_scale(-1_234_567, 3),
                &date,
                &datetime,
                &offset,
                &Option::<i32>::None,
                &Option::<&str>::None,
            ],
        )
        .await
        .unwrap()
        .into_row()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.get::<bool, _>(0), Some(true));
    assert_eq!(row.get::<u8, _>(1), Some(7));
    assert_eq!(row.get::<i16, _>(2), Some(-7));
    assert_eq!(row.get::<i32, _>(3), Some(70_000));
    assert_eq!(row.get::<i64, _>(4), Some(i64::MAX));
    assert_eq!(row.get::<f32, _>(5), Some(1.25));
    assert_eq!(row.get::<f64, _>(6), Some(-0.1));
    assert_eq!(row.get::<&str, _>(7), Some("text"));
    assert_eq!(row.get::<&str, _>(8), Some(long.as_str()));
    assert_eq!(row.get::<&[u8], _>(9), Some(bytes.as_slice()));
    assert_eq!(row.get::<Uuid, _>(10), Some(uuid));
    let number: Numeric = row.get(11).unwrap();
    assert_eq!((number.value(), number.scale()), (-1_234_567, 3));
    assert_eq!(row.get::<chrono::NaiveDate, _>(12), Some(date));
    assert_eq!(row.get::<chrono::NaiveDateTime, _>(13), Some(datetime));
    let back: chrono::DateTime<chrono::FixedOffset> = row.get(14).unwrap();
    assert_eq!(back, offset);
    assert_eq!(row.get::<i32, _>(15), None);
    // tiberius sends every NULL as one without a type.
    assert_eq!(row.get::<i32, _>(16), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn not_a_number_is_refused_with_8023() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let answer = async {
        client
            .query("echo", &[&f64::NAN])
            .await?
            .into_results()
            .await
    };
    let error = answer.await.err().unwrap();
    assert_eq!(error.code(), Some(8023), "{error}");
    let rows = client.simple_query("rows 1").await.unwrap();
    assert_eq!(rows.into_first_result().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_requests_longer_than_a_packet_are_put_together() {
    for size in [512u32, 4096, 32_767] {
        let (server, engine) = start(WireOptions::default()).await;
        let mut config = config(
            &server,
            tiberius::EncryptionLevel::NotSupported,
            engine::PASSWORD,
        );
        config.packet_size(size);
        let mut client = open(&server, config).await.unwrap();
        let rows = client
            .simple_query("text 100000")
            .await
            .unwrap()
            .into_first_result()
            .await
            .unwrap();
        assert_eq!(rows[0].get::<&str, _>(0).map(str::len), Some(200_000));
        let rows = client.simple_query("rows 50000").await.unwrap();
        assert_eq!(rows.into_first_result().await.unwrap().len(), 50_000);
        let comment = format!("nothing {}", "ł".repeat(70_000));
        client
            .simple_query(Cow::Borrowed(comment.as_str()))
            .await
            .unwrap()
            .into_results()
            .await
            .unwrap();
        assert_eq!(engine.state.executed.lock().unwrap().last(), Some(&comment));
        assert_eq!(engine.logins.lock().unwrap()[0].packet_size, size);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_carry_number_and_line_and_leave_the_session_usable() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let answer = async { client.simple_query("error").await?.into_results().await };
    let error = answer.await.err().unwrap();
    match error {
        tiberius::error::Error::Server(token) => {
            assert_eq!((token.code(), token.line()), (8134, 3));
            assert_eq!(token.server(), "STANDIN");
        }
        other => panic!("{other}"),
    }
    let rows = client.simple_query("rows 2").await.unwrap();
    assert_eq!(rows.into_first_result().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_not_of_its_columns_type_ends_the_connection() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let failed = client.simple_query("wrong").await.unwrap();
    assert_eq!(
        failed.into_results().await.err().unwrap().code(),
        Some(50000)
    );
    let next = client.simple_query("rows 1").await;
    assert!(next.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_carry_their_descriptor() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    client.begin_transaction().await.unwrap();
    // Refused with 3989 if the client had not taken the descriptor over.
    client
        .simple_query("rows 1")
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap();
    client.commit_transaction().await.unwrap();
    client
        .simple_query("rows 1")
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap();
    client.begin_transaction().await.unwrap();
    client.rollback_transaction().await.unwrap();
    client
        .simple_query("rows 1")
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap();
}
