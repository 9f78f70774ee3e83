//! SQL Server's messages about types and values, each with its number and state.

use super::value::{SqlType, TypeName};
use crate::error::SqlError;

/// 8115, state 2: a result does not fit the named type.
pub fn overflow(to: &SqlType) -> SqlError {
    SqlError::new(
        8115,
        format!(
            "Arithmetic overflow error converting expression to data type {}.",
            to.message_name()
        ),
    )
    .state(2)
}

/// 8115 naming both types; the state depends on the pair.
pub fn overflow_from(from: &str, to: &SqlType, state: u8) -> SqlError {
    SqlError::new(
        8115,
        format!(
            "Arithmetic overflow error converting {from} to data type {}.",
            to.message_name()
        ),
    )
    .state(state)
}

/// 220: a smallint or tinyint cannot hold an integer.
pub fn integer_too_large(to: &SqlType, value: i64) -> SqlError {
    let state = if to.name == TypeName::TinyInt { 2 } else { 1 };
    SqlError::new(
        220,
        format!(
            "Arithmetic overflow error for data type {}, value = {value}.",
            to.message_name()
        ),
    )
    .state(state)
}

/// 232: a float does not fit.
pub fn float_too_large(to: &SqlType, value: f64) -> SqlError {
    SqlError::new(
        232,
        format!(
            "Arithmetic overflow error for type {}, value = {value:.6}.",
            to.message_name()
        ),
    )
    .state(3)
}

/// 245: text is not a number of an integer type.
pub fn conversion_failed(from: &SqlType, text: &str, to: &SqlType) -> SqlError {
    SqlError::new(
        245,
        format!(
            "Conversion failed when converting the {} value '{text}' to data type {}.",
            from.base_name(),
            to.message_name()
        ),
    )
}

/// 8114: text or bytes that the target cannot read.
pub fn error_converting(from: &SqlType, to: &SqlType) -> SqlError {
    SqlError::new(
        8114,
        format!(
            "Error converting data type {} to {}.",
            from.message_name(),
            to.message_name()
        ),
    )
    .state(5)
}

/// 241: text is not a date.
pub fn date_from_text() -> SqlError {
    SqlError::new(
        241,
        "Conversion failed when converting date and/or time from character string.",
    )
}

/// 242: a well-formed date outside the target's range.
pub fn date_out_of_range(from: &SqlType, to: &SqlType) -> SqlError {
    SqlError::new(
        242,
        format!(
            "The conversion of a {} data type to a {} data type resulted in an out-of-range value.",
            from.base_name(),
            to.base_name()
        ),
    )
    .state(3)
}

/// 206: the two types never meet.
pub fn clash(a: &SqlType, b: &SqlType) -> SqlError {
    SqlError::new(
        206,
        format!(
            "Operand type clash: {} is incompatible with {}",
            a.clash_name(),
            b.clash_name()
        ),
    )
    .state(2)
    .compile()
}

/// 257: only CONVERT performs it.
pub fn implicit_not_allowed(from: &SqlType, to: &SqlType) -> SqlError {
    SqlError::new(
        257,
        format!(
            "Implicit conversion from data type {} to {} is not allowed. Use the CONVERT function to run this query.",
            from.clash_name(),
            to.clash_name()
        ),
    )
    .state(3)
    .compile()
}

/// 529: not even CONVERT performs it.
pub fn explicit_not_allowed(from: &SqlType, to: &SqlType) -> SqlError {
    SqlError::new(
        529,
        format!(
            "Explicit conversion from data type {} to {} is not allowed.",
            from.clash_name(),
            to.clash_name()
        ),
    )
    .state(2)
    .compile()
}

/// 402: the operator does not take this pair.
pub fn incompatible(a: &SqlType, b: &SqlType, operator: &str) -> SqlError {
    SqlError::new(
        402,
        format!(
            "The data types {} and {} are incompatible in the {operator} operator.",
            a.clash_name(),
            b.clash_name()
        ),
    )
    .compile()
}

/// 8117: the operator does not take this type at all.
pub fn operand_invalid(t: &SqlType, operator: &str) -> SqlError {
    SqlError::new(
        8117,
        format!(
            "Operand data type {} is invalid for {operator} operator.",
            t.clash_name()
        ),
    )
    .compile()
}

/// 403: a CLR type under an operator that it does not define.
pub fn clr_operator(t: &SqlType, operator: &str) -> SqlError {
    SqlError::new(
        403,
        format!(
            "Invalid operator for data type. Operator equals {operator}, type equals {}.",
            t.clash_name()
        ),
    )
    .compile()
}

/// 8116: a function does not take this type at this position.
pub fn argument_invalid(t: &SqlType, position: usize, function: &str) -> SqlError {
    SqlError::new(
        8116,
        format!(
            "Argument data type {} is invalid for argument {position} of {function} function.",
            t.clash_name()
        ),
    )
    .compile()
}

/// 8134.
pub fn divide_by_zero() -> SqlError {
    SqlError::new(8134, "Divide by zero error encountered.")
}

/// 3623: a logarithm or root outside its domain.
pub fn invalid_float_operation() -> SqlError {
    SqlError::new(3623, "An invalid floating point operation occurred.")
}

/// 13609: not JSON. `position` is zero-based; past the end the character is `.`.
pub fn json_malformed(character: char, position: usize, state: u8) -> SqlError {
    SqlError::new(
        13609,
        format!(
            "JSON text is not properly formatted. Unexpected character '{character}' is found at position {position}."
        ),
    )
    .state(state)
}

/// 42204: two vectors of different dimensions.
pub fn vector_dimensions(first: i32, second: i32, state: u8) -> SqlError {
    SqlError::new(
        42204,
        format!("The vector dimensions {first} and {second} do not match."),
    )
    .state(state)
}
