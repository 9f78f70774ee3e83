//! Answers known from SQL Server.

use std::cmp::Ordering;

use super::arith::{ArithOp, binary, binary_type};
use super::convert::{
    AssignTarget, TypeArg, TypeContext, assign, cast, is_allowed, parse_type_name, try_cast,
};
use super::like::LikePattern;
use super::{
    SqlType, TypeName, Value, codepage, compare, format, geometry, json, precedence, vector,
};

fn t(name: TypeName) -> SqlType {
    SqlType::plain(name)
}

fn text(value: &Value, from: &SqlType, style: Option<i32>) -> String {
    let v = cast(value, from, &SqlType::varchar(SqlType::MAX), style, false).unwrap();
    v.as_text().unwrap().to_owned()
}

fn convert(s: &str, to: &SqlType) -> Value {
    cast(&Value::varchar(s), &SqlType::varchar(8000), to, None, false).unwrap()
}

fn error(s: &str, to: &SqlType) -> (i32, String) {
    let e = cast(&Value::varchar(s), &SqlType::varchar(8000), to, None, false).unwrap_err();
    (e.number, e.message)
}

#[test]
fn vector_text_is_eight_digits_with_a_three_digit_exponent() {
    for (input, expected) in [
        (
            "[1, 2, 3]",
            "[1.0000000e+000,2.0000000e+000,3.0000000e+000]",
        ),
        ("[0.1, 123456789.123]", "[1.0000000e-001,1.2345679e+008]"),
        (
            "[0, -0, -1.5]",
            "[0.0000000e+000,0.0000000e+000,-1.5000000e+000]",
        ),
        ("[1e-40, 1e-45]", "[9.9999461e-041,1.4012985e-045]"),
        (
            "[3.4028235e38, -3.4028235e38]",
            "[3.4028235e+038,-3.4028235e+038]",
        ),
        (
            "[0.3, 9.99999999, 16777217]",
            "[3.0000001e-001,1.0000000e+001,1.6777216e+007]",
        ),
        (" [ 1 ,\t2\r\n] ", "[1.0000000e+000,2.0000000e+000]"),
        ("[1,1e-400]", "[1.0000000e+000,0.0000000e+000]"),
    ] {
        let n = i32::try_from(input.matches(',').count() + 1).unwrap();
        assert_eq!(vector::to_text(&vector::parse(input, n).unwrap()), expected);
    }
}

#[test]
fn vector_text_is_refused_as_the_server_refuses_it() {
    let invalid = |s: &str| format!("Input JSON is not a valid Vector : '{s}'.");
    let at = |c: &str, n: u8| {
        format!(
            "JSON text is not properly formatted. Unexpected character '{c}' is found at position {n}."
        )
    };
    for (input, number, state, message) in [
        ("1, 2", 13670, 1, invalid("Malformed JSON")),
        ("[[1],2]", 13670, 1, invalid("Malformed JSON")),
        ("null", 13670, 4, invalid("Null Not Supported")),
        ("[1,null", 13670, 4, invalid("Null Not Supported")),
        ("[1, \"a\"]", 13670, 5, invalid("String not Supported")),
        ("[{}]", 13670, 7, invalid("Empty object Not Suppoted")),
        ("[]x", 13670, 8, invalid("Empty Array not Supported")),
        ("[true,2]", 13670, 9, invalid("Boolean not supported")),
        ("[1,false]", 13670, 9, invalid("Boolean Not Supported")),
        ("{\"a\":1}", 13670, 10, invalid("Object Not Supported")),
        ("[1,2] x", 13609, 9, at("x", 6)),
        ("[01, 2]", 13609, 9, at("0", 1)),
        ("[1.5x, 2]", 13609, 9, at("1", 1)),
        ("[1,,2]", 13609, 9, at(",", 3)),
        ("[1,2,]", 13609, 9, at("]", 5)),
        ("[1 2]", 13609, 9, at("2", 3)),
        ("[1,2", 13609, 9, at(".", 4)),
        ("", 13609, 9, at(".", 0)),
        ("[{", 13609, 9, at(".", 2)),
        ("[1,\"abc", 13609, 9, at("\"", 3)),
        ("[1,nul]", 13609, 9, at("n", 3)),
        ("[1,2,é]", 13609, 9, at("Ã", 5)),
        (
            "[1e39, \"a\"]",
            42241,
            1,
            "Input JSON contains out-of-range values for float32.".to_owned(),
        ),
        (
            "[1,2,3]",
            42204,
            4,
            "The vector dimensions 2 and 3 do not match.".to_owned(),
        ),
    ] {
        let e = vector::parse(input, 2).unwrap_err();
        assert_eq!(
            (e.number, e.state, e.message),
            (number, state, message),
            "{input}"
        );
    }
}

#[test]
fn distances_follow_the_metrics() {
    use vector::Metric;
    let (a, b) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    assert_eq!(vector::distance(Metric::Cosine, &a, &b).unwrap(), 1.0);
    assert_eq!(vector::distance(Metric::Cosine, &a, &a).unwrap(), 0.0);
    assert_eq!(
        vector::distance(Metric::Cosine, &[0.0; 3], &a).unwrap(),
        1.0
    );
    assert_eq!(
        vector::distance(Metric::Euclidean, &[0.0, 0.0], &[3.0, 4.0]).unwrap(),
        5.0
    );
    assert!(
        vector::distance(Metric::Dot, &[0.0; 2], &[0.0; 2])
            .unwrap()
            .is_sign_negative()
    );
    assert_eq!(vector::distance(Metric::Dot, &a, &a).unwrap(), -1.0);
    assert_eq!(Metric::parse("Dot  ").unwrap(), Metric::Dot);
    assert_eq!(Metric::parse("manhattan").unwrap_err().number, 42201);
    let long: Vec<f32> = (0..1998).map(|i| (i % 7) as f32).collect();
    let exact: f32 = long.iter().map(|x| x * x).sum();
    assert_eq!(
        vector::distance(Metric::Dot, &long, &long).unwrap(),
        -f64::from(exact)
    );
}

#[test]
fn types_are_read_with_their_limits() {
    let c = TypeContext::Cast;
    let n = |v| TypeArg::Number(v);
    assert_eq!(parse_type_name("varchar", &[], c).unwrap().length, 30);
    assert_eq!(
        parse_type_name("NVARCHAR", &[], TypeContext::Variable { ordinal: 1 })
            .unwrap()
            .length,
        1
    );
    assert_eq!(
        parse_type_name("float", &[n(24)], c).unwrap(),
        SqlType::REAL
    );
    assert_eq!(
        parse_type_name("decimal", &[n(18), n(2)], c)
            .unwrap()
            .display(),
        "decimal(18,2)"
    );
    assert_eq!(
        parse_type_name("vector", &[n(1998)], c)
            .unwrap()
            .max_length_bytes(),
        8000
    );
    let column = TypeContext::Column {
        name: "v",
        ordinal: 1,
    };
    assert_eq!(
        parse_type_name("vector", &[n(1999)], column)
            .unwrap_err()
            .message,
        "The size (1999) given to the column 'v' exceeds the maximum allowed (1998)."
    );
    assert_eq!(parse_type_name("vector", &[], c).unwrap_err().number, 243);
    assert_eq!(
        parse_type_name("vector", &[n(0)], c).unwrap_err().number,
        1001
    );
    assert_eq!(
        parse_type_name("varchar", &[n(8001)], c)
            .unwrap_err()
            .number,
        131
    );
    assert_eq!(
        parse_type_name("foo", &[], column).unwrap_err().number,
        2715
    );
    assert_eq!(SqlType::SYSNAME.display(), "sysname");
    assert_eq!(SqlType::SYSNAME.max_length_bytes(), 256);
}

#[test]
fn conversions_answer_and_refuse() {
    assert_eq!(convert(" 12 ", &SqlType::INT), Value::Int(12));
    assert_eq!(convert("", &SqlType::INT), Value::Int(0));
    assert_eq!(convert("-", &SqlType::INT), Value::Int(0));
    assert_eq!(convert(" + ", &SqlType::BIGINT), Value::BigInt(0));
    assert_eq!(convert("-  12", &SqlType::INT), Value::Int(-12));
    assert_eq!(convert("- 0", &SqlType::BIT), Value::Bit(false));
    for text in ["--1", "- -1", "-\t1", "1 -", "-.", "1 2"] {
        assert_eq!(error(text, &SqlType::INT).0, 245, "{text}");
        assert_eq!(error(text, &SqlType::BIT).0, 245, "{text}");
    }
    assert_eq!(
        error("abc", &SqlType::INT),
        (
            245,
            "Conversion failed when converting the varchar value 'abc' to data type int.".into()
        )
    );
    assert_eq!(
        error("3000000000", &SqlType::INT),
        (
            248,
            "The conversion of the varchar value '3000000000' overflowed an int column.".into()
        )
    );
    assert_eq!(
        error("x", &SqlType::BIGINT).1,
        "Error converting data type varchar to bigint."
    );
    assert_eq!(
        error("x", &SqlType::decimal(5, 2)).1,
        "Error converting data type varchar to numeric."
    );
    assert_eq!(error("x", &t(TypeName::DateTime2)).0, 241);
    assert_eq!(error("x", &t(TypeName::UniqueIdentifier)).0, 8169);
    assert_eq!(
        convert("1.005", &SqlType::decimal(5, 2)),
        Value::decimal(101, 5, 2)
    );
    let big = cast(
        &Value::BigInt(1 << 40),
        &SqlType::BIGINT,
        &SqlType::INT,
        None,
        false,
    )
    .unwrap_err();
    assert_eq!((big.number, big.state), (8115, 2));
    let small = cast(
        &Value::Int(300),
        &SqlType::INT,
        &t(TypeName::TinyInt),
        None,
        false,
    )
    .unwrap_err();
    assert_eq!(
        small.message,
        "Arithmetic overflow error for data type tinyint, value = 300."
    );
    assert_eq!(
        cast(
            &Value::Int(12345),
            &SqlType::INT,
            &SqlType::varchar(3),
            None,
            false
        )
        .unwrap(),
        Value::varchar("*")
    );
    assert_eq!(
        try_cast(
            &Value::varchar("x"),
            &SqlType::varchar(1),
            &SqlType::INT,
            None
        )
        .unwrap(),
        Value::Null
    );
    assert_eq!(
        cast(
            &Value::varchar("hello"),
            &SqlType::varchar(5),
            &SqlType::sized(TypeName::NChar, 7),
            None,
            false
        )
        .unwrap(),
        Value::nvarchar("hello  ")
    );
    assert_eq!(convert("true", &SqlType::BIT), Value::Bit(true));
}

#[test]
fn binaries_are_big_endian_numbers() {
    let to = |n| SqlType::sized(TypeName::Binary, n);
    let bytes = |v: &Value, from: &SqlType, n| cast(v, from, &to(n), None, false).unwrap();
    assert_eq!(
        bytes(&Value::Real(1.0), &SqlType::REAL, 4),
        Value::binary([0x3F, 0x80, 0, 0])
    );
    assert_eq!(
        bytes(&Value::Int(1), &SqlType::INT, 8),
        Value::binary([0, 0, 0, 0, 0, 0, 0, 1])
    );
    assert_eq!(
        bytes(&Value::varchar("abc"), &SqlType::varchar(3), 5),
        Value::binary(*b"abc\0\0")
    );
    let b = SqlType::varbinary(8);
    assert_eq!(
        cast(
            &Value::binary([1, 0, 0, 0, 5]),
            &b,
            &SqlType::INT,
            None,
            false
        )
        .unwrap(),
        Value::Int(5)
    );
    assert_eq!(
        is_allowed(&b, &SqlType::REAL, true).unwrap_err().number,
        529
    );
    assert_eq!(
        is_allowed(&SqlType::vector(2), &b, true)
            .unwrap_err()
            .number,
        529
    );
    assert_eq!(
        is_allowed(&SqlType::varchar(5), &b, false)
            .unwrap_err()
            .number,
        257
    );
    assert_eq!(
        is_allowed(&SqlType::INT, &SqlType::vector(2), false)
            .unwrap_err()
            .message,
        "Operand type clash: int is incompatible with vector"
    );
    assert_eq!(
        cast(
            &Value::varchar("0x0102"),
            &SqlType::varchar(9),
            &b,
            Some(1),
            false
        )
        .unwrap(),
        Value::binary([1, 2])
    );
    assert_eq!(text(&Value::binary([1, 0xAB]), &b, Some(1)), "0x01AB");
}

#[test]
fn assignment_to_a_column_refuses_what_does_not_fit() {
    let from = SqlType::varchar(10);
    let to = SqlType::varchar(3);
    let column = AssignTarget::Column {
        table: "d.dbo.t",
        column: "c",
    };
    let e = assign(&Value::varchar("hello"), &from, &to, column).unwrap_err();
    assert_eq!(
        e.message,
        "String or binary data would be truncated in table 'd.dbo.t', column 'c'. Truncated value: 'hel'."
    );
    assert_eq!(e.number, 2628);
    assert_eq!(
        assign(&Value::varchar("hel  "), &from, &to, column).unwrap(),
        Value::varchar("hel")
    );
    assert_eq!(
        assign(&Value::varchar("hello"), &from, &to, AssignTarget::Variable).unwrap(),
        Value::varchar("hel")
    );
}

#[test]
fn floats_print_by_style() {
    assert_eq!(text(&Value::Float(1e6), &SqlType::FLOAT, None), "1e+006");
    assert_eq!(text(&Value::Float(0.1), &SqlType::FLOAT, None), "0.1");
    assert_eq!(
        text(&Value::Float(123456.7), &SqlType::FLOAT, None),
        "123457"
    );
    assert_eq!(text(&Value::Float(-0.0), &SqlType::FLOAT, None), "-0");
    assert_eq!(
        text(&Value::Float(1234567.875), &SqlType::FLOAT, Some(1)),
        "1.2345679e+006"
    );
    assert_eq!(
        text(&Value::Float(0.1), &SqlType::FLOAT, Some(3)),
        "1.0000000000000001e-001"
    );
    assert_eq!(
        text(&Value::Real(0.1), &SqlType::REAL, Some(3)),
        "1.0000000149011612e-001"
    );
    assert_eq!(
        text(&Value::Money(12_345_678_910), &t(TypeName::Money), Some(1)),
        "1,234,567.89"
    );
    assert_eq!(format::fixed_point(-5, 3), "-0.005");
}

#[test]
fn dates_are_read_and_printed() {
    let dt2 = SqlType::datetime2(7);
    let v = convert("2024-05-13 14:25:36.1234567", &dt2);
    assert_eq!(text(&v, &dt2, None), "2024-05-13 14:25:36.1234567");
    assert_eq!(text(&v, &dt2, Some(126)), "2024-05-13T14:25:36.1234567");
    assert_eq!(text(&v, &dt2, Some(112)), "20240513");
    let dt = t(TypeName::DateTime);
    let v = convert("20240115 12:34:56.123", &dt);
    assert_eq!(text(&v, &dt, None), "Jan 15 2024 12:34PM");
    assert_eq!(text(&v, &dt, Some(121)), "2024-01-15 12:34:56.123");
    assert_eq!(
        text(&convert("2024-01-01 00:00:00.999", &dt), &dt, Some(121)),
        "2024-01-01 00:00:01.000"
    );
    assert_eq!(error("2024-01-01 00:00:00.1234", &dt).0, 241);
    assert_eq!(error("2024-02-30", &dt).0, 242);
    assert_eq!(error("2024-02-30", &dt2).0, 241);
    let dto = SqlType::scaled(TypeName::DateTimeOffset, 7);
    let v = convert("2024-01-01T10:00:00+02:00", &dto);
    assert_eq!(text(&v, &dto, None), "2024-01-01 10:00:00.0000000 +02:00");
    assert_eq!(text(&v, &dto, Some(127)), "2024-01-01T08:00:00.0000000Z");
    let utc = SqlType::datetime2(7);
    assert_eq!(
        text(&convert("9999-12-31 23:59:59.9999999", &utc), &utc, None),
        "9999-12-31 23:59:59.9999999"
    );
    assert_eq!(
        cast(&Value::Int(0), &SqlType::INT, &dt, None, false).unwrap(),
        Value::DateTime(0, 0)
    );
}

fn calc(op: ArithOp, a: Value, at: &SqlType, b: Value, bt: &SqlType) -> (SqlType, Value) {
    let r = binary_type(op, at, bt).unwrap();
    let v = binary(op, &a, &b, at, bt, &r).unwrap();
    (r, v)
}

#[test]
fn decimals_follow_the_precision_rules() {
    let d = SqlType::numeric(5, 2);
    let (r, v) = calc(
        ArithOp::Divide,
        Value::decimal(400, 5, 2),
        &d,
        Value::Int(7),
        &SqlType::INT,
    );
    assert_eq!((r.precision, r.scale), (16, 13));
    assert_eq!(text(&v, &r, None), "0.5714285714285");
    let (r, v) = calc(
        ArithOp::Multiply,
        Value::decimal(150, 5, 2),
        &d,
        Value::decimal(-250, 5, 2),
        &d,
    );
    assert_eq!(
        (r.precision, r.scale, text(&v, &r, None).as_str()),
        (11, 4, "-3.7500")
    );
    let wide = SqlType::numeric(38, 20);
    let r = binary_type(ArithOp::Add, &wide, &wide).unwrap();
    assert_eq!((r.precision, r.scale), (38, 20));
    let r = binary_type(
        ArithOp::Multiply,
        &SqlType::numeric(20, 5),
        &SqlType::numeric(23, 5),
    )
    .unwrap();
    assert_eq!((r.precision, r.scale), (38, 6));
    let r = binary_type(
        ArithOp::Divide,
        &SqlType::numeric(30, 3),
        &SqlType::numeric(10, 4),
    )
    .unwrap();
    assert_eq!((r.precision, r.scale), (38, 7));
    let (_, v) = calc(
        ArithOp::Modulo,
        Value::decimal(-575, 5, 2),
        &d,
        Value::Int(2),
        &SqlType::INT,
    );
    assert_eq!(v, Value::decimal(-175, 5, 2));
}

#[test]
fn integers_overflow_in_their_own_type() {
    let e = binary(
        ArithOp::Add,
        &Value::Int(i32::MAX),
        &Value::Int(1),
        &SqlType::INT,
        &SqlType::INT,
        &SqlType::INT,
    )
    .unwrap_err();
    assert_eq!(
        e.message,
        "Arithmetic overflow error converting expression to data type int."
    );
    let zero = binary(
        ArithOp::Divide,
        &Value::Int(1),
        &Value::Int(0),
        &SqlType::INT,
        &SqlType::INT,
        &SqlType::INT,
    )
    .unwrap_err();
    assert_eq!(
        (zero.number, zero.message.as_str()),
        (8134, "Divide by zero error encountered.")
    );
    let min = binary(
        ArithOp::Modulo,
        &Value::Int(i32::MIN),
        &Value::Int(-1),
        &SqlType::INT,
        &SqlType::INT,
        &SqlType::INT,
    );
    assert_eq!(min.unwrap_err().number, 8115);
    assert_eq!(
        binary_type(ArithOp::Add, &SqlType::REAL, &SqlType::INT).unwrap(),
        SqlType::REAL
    );
    assert_eq!(
        binary_type(ArithOp::Add, &SqlType::BIT, &SqlType::BIT)
            .unwrap_err()
            .number,
        402
    );
    assert_eq!(
        binary_type(ArithOp::Add, &SqlType::INT, &t(TypeName::Date))
            .unwrap_err()
            .message,
        "Operand type clash: date is incompatible with int"
    );
    assert_eq!(
        binary_type(ArithOp::Modulo, &SqlType::FLOAT, &SqlType::INT)
            .unwrap_err()
            .message,
        "The data types float and int are incompatible in the modulo operator."
    );
    let dt = t(TypeName::DateTime);
    let (_, v) = calc(
        ArithOp::Subtract,
        convert("2024-01-01", &dt),
        &dt,
        Value::decimal(15, 2, 1),
        &SqlType::numeric(2, 1),
    );
    assert_eq!(text(&v, &dt, Some(120)), "2023-12-30 12:00:00");
}

#[test]
fn unification_and_comparison_types() {
    let r = precedence::result_type(&SqlType::sized(TypeName::Char, 3), &SqlType::varbinary(4))
        .unwrap();
    assert_eq!(r, SqlType::varchar(4));
    let r = precedence::result_type(&SqlType::vector(3), &SqlType::varchar(7)).unwrap();
    assert_eq!(r, SqlType::varchar(20));
    assert_eq!(
        precedence::result_type(&SqlType::INT, &SqlType::numeric(5, 2)).unwrap(),
        SqlType::numeric(12, 2)
    );
    assert_eq!(
        precedence::comparison_type(&SqlType::INT, &t(TypeName::Date), "equal to")
            .unwrap_err()
            .message,
        "Operand type clash: date is incompatible with int"
    );
    assert_eq!(
        precedence::comparison_type(&SqlType::vector(2), &SqlType::vector(2), "equal to")
            .unwrap_err()
            .message,
        "Operand data type vector is invalid for equal to operator."
    );
    assert_eq!(
        precedence::result_type(&SqlType::vector(2), &SqlType::vector(3))
            .unwrap_err()
            .number,
        42204
    );
}

fn order(a: &str, b: &str) -> Ordering {
    let nv = SqlType::nvarchar(50);
    let by_compare = compare::compare(&Value::nvarchar(a), &Value::nvarchar(b), &nv)
        .unwrap()
        .unwrap();
    let key = |s: &str| compare::hash_key(&Value::nvarchar(s), &nv);
    assert_eq!(by_compare, key(a).cmp(&key(b)), "{a} {b}");
    by_compare
}

#[test]
fn text_compares_without_case_and_trailing_blanks() {
    assert_eq!(order("Hello", "hELLO  "), Ordering::Equal);
    assert_eq!(order("abc", "abd"), Ordering::Less);
    assert_eq!(order("resume", "résumé"), Ordering::Less);
    assert_eq!(order("É", "é"), Ordering::Equal);
    assert_eq!(order("coop", "co-op"), Ordering::Less);
    assert_eq!(order("a_b", "ab"), Ordering::Less);
    assert_eq!(order("a1", "ab"), Ordering::Less);
    assert_eq!(order("", "a"), Ordering::Less);
    assert_eq!(order("日本", "日本"), Ordering::Equal);
}

#[test]
fn keys_have_the_order_of_values() {
    let rising = |values: &[Value], t: &SqlType| {
        for pair in values.windows(2) {
            assert!(
                compare::hash_key(&pair[0], t) < compare::hash_key(&pair[1], t),
                "{pair:?}"
            );
        }
    };
    rising(
        &[
            Value::Null,
            Value::Int(i32::MIN),
            Value::Int(-1),
            Value::Int(0),
            Value::Int(7),
        ],
        &SqlType::INT,
    );
    rising(
        &[
            Value::Float(-2.0),
            Value::Float(-0.5),
            Value::Float(0.0),
            Value::Float(3.0),
        ],
        &SqlType::FLOAT,
    );
    let d = SqlType::numeric(10, 2);
    rising(
        &[
            Value::decimal(-151, 10, 2),
            Value::decimal(-150, 10, 2),
            Value::decimal(5, 10, 2),
            Value::decimal(10, 10, 2),
        ],
        &d,
    );
    let b = SqlType::varbinary(10);
    rising(
        &[
            Value::binary([]),
            Value::binary([0, 1]),
            Value::binary([1]),
            Value::binary([1, 2]),
        ],
        &b,
    );
    assert_eq!(
        compare::hash_key(&Value::Float(-0.0), &SqlType::FLOAT),
        compare::hash_key(&Value::Float(0.0), &SqlType::FLOAT)
    );
    assert_eq!(
        compare::hash_key(&Value::binary([1, 0]), &b),
        compare::hash_key(&Value::binary([1]), &b)
    );
    assert_eq!(
        compare::compare(&Value::binary([1, 0]), &Value::binary([1]), &b).unwrap(),
        Some(Ordering::Equal)
    );
}

#[test]
fn like_knows_wildcards_classes_and_escapes() {
    let m = |text: &str, p: &str, e: Option<&str>| {
        LikePattern::new(p, e, true, false).unwrap().matches(text)
    };
    assert!(m("Hello", "h%O", None));
    assert!(!m("Hello", "h_o", None));
    assert!(m("cat", "[b-d]at", None));
    assert!(!m("cat", "[^b-d]at", None));
    assert!(m("50%", "50!%", Some("!")));
    assert!(m("a[b", "a[[]b", None));
    assert_eq!(
        LikePattern::new("%abc%", None, true, false)
            .unwrap()
            .position("xABCx"),
        2
    );
    assert_eq!(
        LikePattern::new("a", Some("xx"), true, false)
            .unwrap_err()
            .number,
        506
    );
}

#[test]
fn json_is_canonical() {
    let c = |s: &str| json::canonicalize(s).unwrap();
    assert_eq!(
        c(" { \"a\" : [ 1 , 2.50, -0.0 ], \"a\": 3 } "),
        "{\"a\":[1,2.50,0.0]}"
    );
    assert_eq!(
        c("[1e2,1.5e-10,1e27]"),
        "[100.0000000000,0.0000000001,1000000000000000013287555072.0000000000]"
    );
    assert_eq!(c("[\"\\u0041\\/\"]"), "[\"A/\"]");
    let e = json::canonicalize("{a:1}").unwrap_err();
    assert_eq!((e.number, e.state), (13609, 9));
    assert!(json::is_json("[1]") && !json::is_json("1x"));
}

#[test]
fn geometry_round_trips() {
    let p = geometry::Shape::parse("POINT (1 2.5 3)", 0).unwrap();
    assert_eq!(
        geometry::Shape::decode(&p.encode()).unwrap().to_text(),
        "POINT (1 2.5 3)"
    );
    assert_eq!(p.as_text(), "POINT (1 2.5)");
    assert_eq!(geometry::Shape::point(1.0, 2.0, 4326).encode().len(), 22);
    assert_eq!(
        geometry::Shape::point(1.0, 2.0, 0).encode()[..6],
        [0, 0, 0, 0, 1, 12]
    );
    let poly = geometry::Shape::parse("POLYGON((0 0, 3 0, 3 3, 0 0))", 0).unwrap();
    assert_eq!(
        geometry::Shape::decode(&poly.encode()).unwrap().to_text(),
        "POLYGON ((0 0, 3 0, 3 3, 0 0))"
    );
    let d = geometry::Shape::point(0.0, 0.0, 0)
        .distance(&geometry::Shape::point(3.0, 4.0, 0))
        .unwrap();
    assert_eq!(d, Some(5.0));
}

#[test]
fn code_page_and_identifiers() {
    assert_eq!(codepage::encode("€a日"), [0x80, b'a', b'?']);
    let id = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
    let b = format::parse_uniqueidentifier(id).unwrap();
    assert_eq!(b[0], 0xFF);
    assert_eq!(format::uniqueidentifier(&b), id);
}
