//! SQL Server's types and values, their conversions, comparison, arithmetic and text forms. Knows nothing of tables.

pub mod arith;
pub mod calendar;
pub mod codepage;
pub mod collation;
pub mod compare;
pub mod convert;
pub mod datetime;
pub mod errors;
pub mod format;
pub mod format_date;
pub mod geometry;
pub mod json;
pub mod like;
pub mod names;
pub mod precedence;
#[cfg(test)]
mod tests;
pub mod type_name;
mod value;
pub mod vector;
pub mod wide;

pub use value::{DateTimeOffset, Decimal, SqlType, TypeName, Value};
