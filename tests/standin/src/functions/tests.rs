//! Answers known from SQL Server.

use chrono::{DateTime, TimeZone, Utc};

use super::aggregate::Aggregate;
use super::{FunctionEnv, lookup};
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value};

struct Env;

impl FunctionEnv for Env {
    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 1, 2, 3).unwrap()
    }

    fn random(&self) -> u64 {
        42
    }
}

fn call(name: &str, args: &[Value]) -> Result<Value> {
    let types: Vec<SqlType> = args.iter().map(Value::type_of).collect();
    let literals: Vec<Option<Value>> = args.iter().cloned().map(Some).collect();
    let f = lookup(name).unwrap();
    let result = f.bind(&types, &literals)?;
    f.eval(args, &types, &result, &Env)
}

fn s(text: &str) -> Value {
    Value::varchar(text)
}

fn n(v: i32) -> Value {
    Value::Int(v)
}

#[test]
fn strings() {
    assert_eq!(call("LEN", &[s("abc  ")]).unwrap(), n(3));
    assert_eq!(call("datalength", &[Value::nvarchar("abc")]).unwrap(), n(6));
    assert_eq!(
        call("substring", &[s("hello"), n(0), n(3)]).unwrap(),
        s("he")
    );
    assert_eq!(
        call("substring", &[Value::binary([1, 2, 3]), n(2), n(9)]).unwrap(),
        Value::binary([2, 3])
    );
    assert_eq!(call("left", &[s("abc"), n(2)]).unwrap(), s("ab"));
    assert_eq!(call("left", &[s("abc"), n(-1)]).unwrap_err().number, 536);
    assert_eq!(call("charindex", &[s("L"), s("hello")]).unwrap(), n(3));
    assert_eq!(call("patindex", &[s("%l%"), s("hello")]).unwrap(), n(3));
    assert_eq!(
        call("replace", &[s("aXbx"), s("x"), s("--")]).unwrap(),
        s("a--b--")
    );
    assert_eq!(
        call("stuff", &[s("abcdef"), n(2), n(3), s("ZZ")]).unwrap(),
        s("aZZef")
    );
    assert_eq!(
        call("quotename", &[s("a]b")]).unwrap(),
        Value::nvarchar("[a]]b]")
    );
    assert_eq!(
        call("concat", &[s("a"), Value::Null, n(1)]).unwrap(),
        s("a1")
    );
    assert_eq!(
        call("concat_ws", &[s(","), s("a"), Value::Null, s("b")]).unwrap(),
        s("a,b")
    );
    assert_eq!(
        call("str", &[Value::Float(123.456), n(6), n(1)]).unwrap(),
        s(" 123.5")
    );
    assert_eq!(
        call("parsename", &[s("a.[b.c].d"), n(2)]).unwrap(),
        Value::nvarchar("b.c")
    );
    assert_eq!(call("trim", &[s("  a ")]).unwrap(), s("a"));
    assert_eq!(
        call("len", &[]).unwrap_err().message,
        "The len function requires 1 argument(s)."
    );
    assert_eq!(
        call("len", &[Value::Vector(vec![1.0].into())])
            .unwrap_err()
            .number,
        8116
    );
}

#[test]
fn numbers() {
    assert_eq!(
        call("round", &[Value::decimal(12345, 5, 2), n(1)]).unwrap(),
        Value::decimal(12350, 5, 2)
    );
    assert_eq!(
        call("ceiling", &[Value::decimal(-15, 2, 1)]).unwrap(),
        Value::decimal(-1, 2, 0)
    );
    assert_eq!(
        call("floor", &[Value::decimal(-15, 2, 1)]).unwrap(),
        Value::decimal(-2, 2, 0)
    );
    assert_eq!(call("abs", &[n(i32::MIN)]).unwrap_err().number, 8115);
    assert_eq!(
        call("power", &[Value::Float(2.0), n(-149)]).unwrap(),
        Value::Float(2f64.powi(-149))
    );
    assert_eq!(call("sqrt", &[n(-1)]).unwrap_err().number, 3623);
    assert_eq!(call("isnumeric", &[s("1e5")]).unwrap(), n(1));
    assert_eq!(call("isnumeric", &[s("0x1")]).unwrap(), n(0));
    assert_eq!(call("greatest", &[n(1), Value::Null, n(3)]).unwrap(), n(3));
}

#[test]
fn dates() {
    let day = |text: &str| s(text);
    assert_eq!(
        call(
            "datediff",
            &[s("year"), day("2023-12-31"), day("2024-01-01")]
        )
        .unwrap(),
        n(1)
    );
    assert_eq!(
        call("datediff", &[s("day"), n(0), day("2024-01-31")]).unwrap(),
        n(45320)
    );
    assert_eq!(
        call("datepart", &[s("iso_week"), day("2021-01-03")]).unwrap(),
        n(53)
    );
    assert_eq!(
        call("datepart", &[s("weekday"), day("2024-01-01")]).unwrap(),
        n(2)
    );
    assert_eq!(call("datepart", &[s("year"), n(0)]).unwrap(), n(1900));
    assert_eq!(
        call("datename", &[s("month"), day("2024-02-01")]).unwrap(),
        Value::nvarchar("February")
    );
    assert_eq!(
        call("dateadd", &[s("month"), n(1), Value::DateTime2(0)]).unwrap(),
        Value::DateTime2(31 * 864_000_000_000)
    );
    assert_eq!(
        call("dateadd", &[s("nope"), n(1), n(0)])
            .unwrap_err()
            .number,
        155
    );
    assert!(matches!(
        call("sysutcdatetime", &[]).unwrap(),
        Value::DateTime2(_)
    ));
    assert_eq!(call("isdate", &[s("2024-02-30")]).unwrap(), n(0));
    assert_eq!(
        call("eomonth", &[day("2024-02-10")]).unwrap(),
        call("datefromparts", &[n(2024), n(2), n(29)]).unwrap()
    );
}

#[test]
fn hashes_vectors_and_json() {
    let Value::Binary(h) = call("hashbytes", &[s("SHA2_256"), Value::binary([])]).unwrap() else {
        panic!("not a hash");
    };
    assert_eq!(h[..4], [0xE3, 0xB0, 0xC4, 0x42]);
    let v = || Value::Vector(vec![3.0, 4.0].into());
    assert_eq!(
        call("vector_distance", &[s("euclidean"), v(), v()]).unwrap(),
        Value::Float(0.0)
    );
    assert_eq!(
        call("vector_norm", &[v(), s("norm2")]).unwrap(),
        Value::Float(5.0)
    );
    assert_eq!(
        call("vectorproperty", &[v(), s("Dimensions")]).unwrap(),
        n(2)
    );
    assert_eq!(
        call("vector_distance", &[s("dot"), v(), s("[1,2]")])
            .unwrap_err()
            .number,
        8116
    );
    let doc = || s("{\"a\": {\"b\": [1, 2]}, \"c\": \"x\"}");
    assert_eq!(
        call("json_value", &[doc(), s("$.c")]).unwrap(),
        Value::nvarchar("x")
    );
    assert_eq!(
        call("json_value", &[doc(), s("$.a.b[1]")]).unwrap(),
        Value::nvarchar("2")
    );
    assert_eq!(
        call("json_query", &[doc(), s("$.a")]).unwrap(),
        Value::nvarchar("{\"b\": [1, 2]}")
    );
    assert_eq!(
        call("json_value", &[doc(), s("strict $.z")])
            .unwrap_err()
            .number,
        13608
    );
    assert_eq!(
        call("json_modify", &[doc(), s("$.c"), n(5)]).unwrap(),
        Value::nvarchar("{\"a\": {\"b\": [1, 2]}, \"c\": 5}")
    );
    assert_eq!(call("isjson", &[s("[1")]).unwrap(), n(0));
    let rows = super::json::open_json("{\"a\": [1], \"b\": null}", "$").unwrap();
    assert_eq!(
        (rows[0].value.as_deref(), rows[0].kind, rows[1].kind),
        (Some("[1]"), 4, 0)
    );
}

#[test]
fn aggregates() {
    let run = |a: Aggregate, t: SqlType, values: &[Value]| {
        let result = a.result_type(&t).unwrap();
        let mut acc = a.accumulator(&t, &result, Some(","));
        values.iter().try_for_each(|v| acc.update(v)).unwrap();
        acc.finish().map(|v| (v, acc.eliminated_nulls()))
    };
    assert_eq!(
        run(Aggregate::Avg, SqlType::INT, &[n(1), n(2), Value::Null]).unwrap(),
        (n(1), true)
    );
    assert_eq!(
        run(Aggregate::Sum, SqlType::INT, &[n(i32::MAX), n(1)])
            .unwrap_err()
            .number,
        8115
    );
    assert_eq!(run(Aggregate::Count, SqlType::INT, &[]).unwrap().0, n(0));
    assert_eq!(
        run(Aggregate::Sum, SqlType::INT, &[]).unwrap().0,
        Value::Null
    );
    assert_eq!(
        run(Aggregate::Max, SqlType::varchar(5), &[s("b"), s("A")])
            .unwrap()
            .0,
        s("b")
    );
    assert_eq!(
        run(Aggregate::StringAgg, SqlType::varchar(5), &[s("a"), s("b")])
            .unwrap()
            .0,
        s("a,b")
    );
    let d = SqlType::numeric(5, 2);
    let (v, _) = run(
        Aggregate::Avg,
        d,
        &[
            Value::decimal(100, 5, 2),
            Value::decimal(200, 5, 2),
            Value::decimal(200, 5, 2),
        ],
    )
    .unwrap();
    assert_eq!(v, Value::decimal(1_666_666, 38, 6));
    assert_eq!(
        Aggregate::Max
            .result_type(&SqlType::vector(2))
            .unwrap_err()
            .number,
        8117
    );
    assert_eq!(
        Aggregate::Sum
            .result_type(&SqlType::plain(TypeName::Bit))
            .unwrap_err()
            .number,
        8117
    );
}
