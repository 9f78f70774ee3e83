//! What binding asks of types and built-in functions, in the binder's words.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::engine::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{BinaryOp, TypeArg, TypeRef};
use crate::types::arith::{self, ArithOp};
use crate::types::convert;
use crate::types::{SqlType, TypeName, Value, codepage, precedence, type_name};

use super::expr::{BoundExpr, Node};
use super::functions;

pub type Function = functions::Builtin;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateKind {
    Count,
    CountBig,
    Sum,
    Avg,
    Min,
    Max,
    StringAgg,
    JsonArrayAgg,
    JsonObjectAgg,
    StDev,
    StDevP,
    Var,
    VarP,
}

pub fn aggregate_kind(name: &str) -> Option<AggregateKind> {
    use AggregateKind as K;
    Some(match name.to_ascii_uppercase().as_str() {
        "COUNT" => K::Count,
        "COUNT_BIG" | "APPROX_COUNT_DISTINCT" => K::CountBig,
        "SUM" => K::Sum,
        "AVG" => K::Avg,
        "MIN" => K::Min,
        "MAX" => K::Max,
        "STRING_AGG" => K::StringAgg,
        "JSON_ARRAYAGG" => K::JsonArrayAgg,
        "JSON_OBJECTAGG" => K::JsonObjectAgg,
        "STDEV" => K::StDev,
        "STDEVP" => K::StDevP,
        "VAR" => K::Var,
        "VARP" => K::VarP,
        _ => return None,
    })
}

pub fn common_type(a: &SqlType, b: &SqlType) -> Result<SqlType> {
    precedence::result_type(a, b).map_err(SqlError::compile)
}

pub fn check_comparable(a: &SqlType, b: &SqlType, operator: &str) -> Result<()> {
    precedence::comparison_type(a, b, operator)
        .map(|_| ())
        .map_err(SqlError::compile)
}

/// 5335 and the like for types that GROUP BY and PARTITION BY refuse.
pub fn check_groupable(ty: &SqlType) -> Result<()> {
    check_sortable(ty)
}

/// Types that DISTINCT refuses: 421.
pub fn check_distinct(ty: &SqlType) -> Result<()> {
    if matches!(ty.name, TypeName::Vector | TypeName::Json) {
        return Err(SqlError::new(
            421,
            format!(
                "The {} data type cannot be selected as DISTINCT because it is not comparable.",
                ty.name.as_str()
            ),
        )
        .compile());
    }
    check_comparable(ty, ty, "DISTINCT")
}

/// Types that ORDER BY refuses: 421 for CLR types, json and legacy LOBs, 42213 for vectors, 305 for xml.
pub fn check_sortable(ty: &SqlType) -> Result<()> {
    match ty.name {
        TypeName::Vector => Err(crate::types::compare::vector_refused().compile()),
        TypeName::Xml => Err(SqlError::new(
            305,
            "The XML data type cannot be compared or sorted, except when using the IS NULL operator.",
        )
        .compile()),
        TypeName::Json => Err(SqlError::new(
            13636,
            "The JSON data type cannot be compared or sorted, except when using the IS NULL operator.",
        )
        .compile()),
        TypeName::Geometry | TypeName::Geography => Err(SqlError::new(
            249,
            format!(
                "The type \"{}\" is not comparable. It cannot be used in the ORDER BY clause.",
                ty.name.as_str()
            ),
        )
        .compile()),
        TypeName::Text | TypeName::NText | TypeName::Image => Err(SqlError::new(
            306,
            "The text, ntext, and image data types cannot be compared or sorted, except when using IS NULL or LIKE operator.",
        )
        .state(2)
        .compile()),
        _ => Ok(()),
    }
}

pub fn check_implicit(from: &SqlType, to: &SqlType) -> Result<()> {
    convert::is_allowed(from, to, false).map_err(SqlError::compile)
}

pub fn check_explicit(from: &SqlType, to: &SqlType) -> Result<()> {
    convert::is_allowed(from, to, true).map_err(SqlError::compile)
}

pub fn convert(value: &Value, from: &SqlType, to: &SqlType, style: Option<i32>) -> Result<Value> {
    convert::cast(value, from, to, style, true)
}

/// Values of both types look alike and compare alike; the wider needs no conversion of the narrower.
pub fn same_representation(from: &SqlType, to: &SqlType) -> bool {
    if from == to {
        return true;
    }
    if from.name != to.name {
        return false;
    }
    match from.name {
        TypeName::VarChar | TypeName::NVarChar | TypeName::VarBinary => {
            to.is_max() || (!from.is_max() && from.length <= to.length)
        }
        TypeName::Char | TypeName::NChar | TypeName::Binary => from.length == to.length,
        TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => from.scale <= to.scale,
        TypeName::Decimal | TypeName::Numeric | TypeName::Vector => false,
        _ => true,
    }
}

pub fn is_binary_collation(name: &str) -> Result<bool> {
    let upper = name.to_ascii_uppercase();
    if upper.ends_with("_BIN2") || upper.ends_with("_BIN") {
        return Ok(true);
    }
    if matches!(
        upper.as_str(),
        "DATABASE_DEFAULT" | "CATALOG_DEFAULT" | "SQL_LATIN1_GENERAL_CP1_CI_AS"
    ) {
        return Ok(false);
    }
    if upper.starts_with("LATIN1_GENERAL_") || upper.starts_with("SQL_LATIN1_GENERAL_") {
        return Err(SqlError::not_implemented(format!("the collation {name}")));
    }
    Err(SqlError::new(448, format!("Invalid collation '{name}'.")).compile())
}

fn arith_op(op: BinaryOp) -> Option<ArithOp> {
    Some(match op {
        BinaryOp::Add | BinaryOp::Concat => ArithOp::Add,
        BinaryOp::Subtract => ArithOp::Subtract,
        BinaryOp::Multiply => ArithOp::Multiply,
        BinaryOp::Divide => ArithOp::Divide,
        BinaryOp::Modulo => ArithOp::Modulo,
        BinaryOp::BitAnd => ArithOp::BitAnd,
        BinaryOp::BitOr => ArithOp::BitOr,
        BinaryOp::BitXor => ArithOp::BitXor,
        _ => return None,
    })
}

pub fn arithmetic_type(op: BinaryOp, a: &SqlType, b: &SqlType) -> Result<SqlType> {
    let Some(arith) = arith_op(op) else {
        return super::shift::result_type(a, b);
    };
    if op == BinaryOp::Concat {
        let text = |t: &SqlType| t.name.is_character();
        let binaries = a.name.is_binary() && b.name.is_binary();
        if !(text(a) || text(b) || binaries) {
            return Err(crate::types::errors::incompatible(a, b, "concat").compile());
        }
        let as_text = |t: &SqlType| {
            if text(t) || t.name.is_binary() {
                t.clone()
            } else {
                SqlType::varchar(8000)
            }
        };
        return Ok(if text(a) || text(b) {
            arith::concat_type(&as_text(a), &as_text(b))
        } else {
            arith::binary_type(arith, a, b)?
        });
    }
    arith::binary_type(arith, a, b).map_err(SqlError::compile)
}

/// Text operands of a concatenation become text; others convert while they are computed.
pub fn arithmetic_operand(op: BinaryOp, expr: BoundExpr, result: &SqlType) -> Result<BoundExpr> {
    if expr.is_untyped_null() {
        return Ok(BoundExpr::constant(Value::Null, result.clone()));
    }
    if op == BinaryOp::Concat && result.name.is_character() && !expr.ty.name.is_character() {
        return super::bind_expr::coerce(expr, result);
    }
    Ok(expr)
}

pub fn arithmetic(
    op: BinaryOp,
    a: &Value,
    b: &Value,
    a_type: &SqlType,
    b_type: &SqlType,
    result: &SqlType,
) -> Result<Value> {
    match arith_op(op) {
        Some(op) => arith::binary(op, a, b, a_type, b_type, result),
        None => super::shift::apply(op == BinaryOp::ShiftLeft, a, b),
    }
}

pub fn negate_type(ty: &SqlType) -> Result<SqlType> {
    arith::unary_type(true, ty).map_err(SqlError::compile)
}

pub fn negate(value: &Value, ty: &SqlType) -> Result<Value> {
    arith::negate(value, ty)
}

pub fn bit_not_type(ty: &SqlType) -> Result<SqlType> {
    arith::complement_type(ty).map_err(SqlError::compile)
}

/// A literal without N: characters outside of code page 1252 become question marks.
pub fn narrow_text(text: &str) -> Value {
    if text.is_ascii() {
        return Value::varchar(text);
    }
    let nvarchar = SqlType::nvarchar(SqlType::MAX);
    let varchar = SqlType::varchar(SqlType::MAX);
    convert::cast(&Value::nvarchar(text), &nvarchar, &varchar, None, true)
        .unwrap_or_else(|_| Value::varchar(codepage::truncate_utf16(text, usize::MAX)))
}

pub fn is_one(value: &Value) -> bool {
    matches!(
        value,
        Value::Int(1)
            | Value::Bit(true)
            | Value::TinyInt(1)
            | Value::SmallInt(1)
            | Value::BigInt(1)
    )
}

/// ISNULL cuts its second argument to the first's length: nothing else to do, the conversion did it.
pub fn fit_isnull(expr: BoundExpr, ty: &SqlType) -> BoundExpr {
    let mut expr = expr;
    expr.ty = ty.clone();
    expr
}

pub fn takes_date_part(name: &str) -> bool {
    matches!(
        name,
        "DATEADD"
            | "DATEDIFF"
            | "DATEDIFF_BIG"
            | "DATENAME"
            | "DATEPART"
            | "DATETRUNC"
            | "DATE_BUCKET"
    )
}

pub fn is_window_only(name: &str) -> bool {
    matches!(
        name,
        "ROW_NUMBER"
            | "RANK"
            | "DENSE_RANK"
            | "NTILE"
            | "LAG"
            | "LEAD"
            | "FIRST_VALUE"
            | "LAST_VALUE"
            | "PERCENT_RANK"
            | "CUME_DIST"
    )
}

pub fn function(name: &str) -> Option<Function> {
    functions::lookup(name)
}

pub fn bind_function(
    function: Function,
    args: Vec<BoundExpr>,
) -> Result<(SqlType, Vec<BoundExpr>)> {
    let types: Vec<SqlType> = args.iter().map(|a| a.ty.clone()).collect();
    let literals: Vec<Option<Value>> = args
        .iter()
        .map(|a| match &a.node {
            Node::Constant(value) => Some(value.clone()),
            Node::Null => Some(Value::Null),
            _ => None,
        })
        .collect();
    let ty = functions::bind(function, &types, &literals).map_err(SqlError::compile)?;
    Ok((ty, args))
}

pub fn function_is_nullable(name: &str, args: &[BoundExpr]) -> bool {
    match name {
        "GETDATE" | "GETUTCDATE" | "SYSDATETIME" | "SYSUTCDATETIME" | "SYSDATETIMEOFFSET"
        | "CONCAT" | "CONCAT_WS" | "PI" => false,
        "CEILING" | "FLOOR" | "ROUND" | "SIGN" | "RADIANS" => args.iter().any(|a| a.nullable),
        _ => true,
    }
}

/// A name that lives as long as the process: names of session functions are few.
pub fn interned(name: &str) -> &'static str {
    static NAMES: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let mut names = NAMES
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

/// A type as written; user-defined alias types are looked up by the engine's catalog.
pub fn named_type(session: &Session, ty: &TypeRef) -> Result<SqlType> {
    let _ = session;
    let args: Vec<type_name::TypeArg> = ty
        .args
        .iter()
        .map(|a| match a {
            TypeArg::Number(n) => type_name::TypeArg::Number(*n),
            TypeArg::Max => type_name::TypeArg::Max,
            TypeArg::Word(w) => type_name::TypeArg::Word(w.clone()),
        })
        .collect();
    type_name::parse_type_name(ty.name.base(), &args, type_name::TypeContext::Cast)
        .map_err(SqlError::compile)
}

/// The result type; arguments are brought to what the accumulator expects. 8117, 174.
pub fn bind_aggregate(
    kind: AggregateKind,
    name: &str,
    args: &mut [BoundExpr],
    star: bool,
) -> Result<SqlType> {
    use AggregateKind as K;
    let lower = name.to_ascii_lowercase();
    let wanted = if matches!(kind, K::StringAgg | K::JsonObjectAgg) {
        2
    } else {
        1
    };
    if args.len() != usize::from(!star) * wanted {
        return Err(SqlError::new(
            174,
            format!("The {lower} function requires {wanted} argument(s)."),
        )
        .class(15)
        .compile());
    }
    let invalid = |ty: &SqlType| {
        SqlError::new(
            8117,
            format!(
                "Operand data type {} is invalid for {lower} operator.",
                ty.name.as_str()
            ),
        )
        .compile()
    };
    match kind {
        K::Count => Ok(SqlType::INT),
        K::CountBig => Ok(SqlType::BIGINT),
        K::Min | K::Max => {
            let ty = args[0].ty.clone();
            if args[0].is_untyped_null() {
                return Err(SqlError::new(
                    8117,
                    format!("Operand data type NULL is invalid for {lower} operator."),
                )
                .compile());
            }
            if ty.name == TypeName::Bit || check_sortable(&ty).is_err() {
                return Err(invalid(&ty));
            }
            Ok(ty)
        }
        K::Sum | K::Avg => {
            if args[0].is_untyped_null() {
                return Err(SqlError::new(
                    8117,
                    format!("Operand data type NULL is invalid for {lower} operator."),
                )
                .compile());
            }
            let ty = args[0].ty.clone();
            let result = match ty.name {
                TypeName::TinyInt | TypeName::SmallInt | TypeName::Int => SqlType::INT,
                TypeName::BigInt => SqlType::BIGINT,
                TypeName::Real | TypeName::Float => SqlType::FLOAT,
                TypeName::Money | TypeName::SmallMoney => SqlType::plain(TypeName::Money),
                TypeName::Decimal | TypeName::Numeric => {
                    let scale = if kind == K::Avg {
                        ty.scale.max(6)
                    } else {
                        ty.scale
                    };
                    let mut wide = SqlType::decimal(38, scale);
                    wide.name = ty.name;
                    wide
                }
                _ => return Err(invalid(&ty)),
            };
            if !ty.name.is_decimal() {
                args[0] = super::bind_expr::coerce(args[0].clone(), &result)?;
            }
            Ok(result)
        }
        K::StDev | K::StDevP | K::Var | K::VarP => {
            if args[0].ty.name.is_character() || args[0].ty.name.is_date_or_time() {
                return Err(invalid(&args[0].ty));
            }
            args[0] = super::bind_expr::coerce(args[0].clone(), &SqlType::FLOAT)?;
            Ok(SqlType::FLOAT)
        }
        K::StringAgg => bind_string_agg(args),
        K::JsonArrayAgg => Ok(SqlType::nvarchar(SqlType::MAX)),
        K::JsonObjectAgg => {
            args[0] = super::bind_expr::coerce(args[0].clone(), &SqlType::nvarchar(4000))?;
            Ok(SqlType::nvarchar(SqlType::MAX))
        }
    }
}

fn bind_string_agg(args: &mut [BoundExpr]) -> Result<SqlType> {
    let input = args[0].ty.clone();
    let separator = args[1].ty.clone();
    if !separator.name.is_character() {
        return Err(SqlError::new(
            8116,
            format!(
                "Argument data type {} is invalid for argument 2 of string_agg function.",
                separator.name.as_str()
            ),
        )
        .compile());
    }
    let national =
        input.name.is_unicode() || separator.name.is_unicode() || !input.name.is_character();
    let length = match (input.is_max() && input.name.is_character(), national) {
        (true, _) => SqlType::MAX,
        (false, true) => 4000,
        (false, false) => 8000,
    };
    let ty = if national {
        SqlType::nvarchar(length)
    } else {
        SqlType::varchar(length)
    };
    args[0] = super::bind_expr::coerce(args[0].clone(), &ty)?;
    args[1] = super::bind_expr::coerce(args[1].clone(), &ty)?;
    Ok(ty)
}
