use tiberius::{ColumnData, IntoSql, TokenRow};

use super::engine::{all_types, column};
use super::{WireOptions, connect, start};
use crate::types::{SqlType, TypeName, Value};

/// Types that tiberius can send in a bulk load, as it sends them.
fn loadable() -> (Vec<crate::protocol::ColumnInfo>, Vec<Value>) {
    let (columns, values) = all_types();
    columns
        .into_iter()
        .zip(values)
        .filter(|(column, _)| {
            !matches!(
                column.sql_type.name,
                TypeName::SqlVariant
                    | TypeName::Xml
                    | TypeName::RowVersion
                    | TypeName::Vector
                    | TypeName::Json
                    | TypeName::Geometry
                    | TypeName::Geography
                    | TypeName::Money
                    | TypeName::SmallMoney
            )
        })
        .map(|(mut column, value)| {
            column.nullable = true;
            (column, value)
        })
        .unzip()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_every_type_are_loaded() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let (columns, values) = loadable();
    *engine.state.table.lock().unwrap() = columns.clone();

    let mut sent: Vec<ColumnData<'static>> = Vec::new();
    let rows = client.simple_query("types").await.unwrap();
    let results = rows.into_results().await.unwrap();
    let all = all_types().0;
    for (at, (_, cell)) in results[0][0].cells().enumerate() {
        if columns.iter().any(|c| c.name == all[at].name) {
            sent.push(cell.clone());
        }
    }
    let mut request = client.bulk_insert("t").await.unwrap();
    let mut row = TokenRow::new();
    for cell in &sent {
        row.push(cell.clone());
    }
    request.send(row).await.unwrap();
    let total = request.finalize().await.unwrap();
    assert_eq!(total.total(), 1);
    let loaded = engine.state.loaded.lock().unwrap();
    for (at, expected) in values.iter().enumerate() {
        let got = &loaded[0][at];
        match (expected, got) {
            (Value::Decimal(a), Value::Decimal(b)) => {
                assert_eq!(a.mantissa * 10, b.mantissa, "{}", columns[at].name);
            }
            _ => assert_eq!(expected, got, "{}", columns[at].name),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_stream_through() {
    let (server, engine) = start(WireOptions::default()).await;
    *engine.state.table.lock().unwrap() = vec![
        column("id", SqlType::BIGINT, false),
        column("hash", SqlType::varbinary(32), true),
    ];
    let mut client = connect(&server).await;
    let mut request = client.bulk_insert("t").await.unwrap();
    for n in 0..20_000i64 {
        let mut row = TokenRow::new();
        row.push(n.into_sql());
        row.push((n % 3 != 0).then_some([n as u8; 32].to_vec()).into_sql());
        request.send(row).await.unwrap();
    }
    assert_eq!(request.finalize().await.unwrap().total(), 20_000);
    let loaded = engine.state.loaded.lock().unwrap();
    assert_eq!(loaded[2], vec![Value::BigInt(2), Value::binary([2; 32])]);
    assert_eq!(loaded[3], vec![Value::BigInt(3), Value::Null]);
}

#[tokio::test(flavor = "multi_thread")]
async fn not_a_number_in_a_load_is_refused_and_the_session_lives_on() {
    let (server, engine) = start(WireOptions::default()).await;
    *engine.state.table.lock().unwrap() = vec![column("v", SqlType::FLOAT, true)];
    let mut client = connect(&server).await;
    let mut request = client.bulk_insert("t").await.unwrap();
    for value in [1.0, f64::NAN, 2.0] {
        let mut row = TokenRow::new();
        row.push(value.into_sql());
        request.send(row).await.unwrap();
    }
    let error = request.finalize().await.err().unwrap();
    assert_eq!(error.code(), Some(7339), "{error}");
    let rows = client.simple_query("rows 2").await.unwrap();
    assert_eq!(rows.into_first_result().await.unwrap().len(), 2);
}
