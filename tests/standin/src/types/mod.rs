//! SQL Server's types and values, their conversions, comparison, arithmetic and text forms. Knows nothing of tables.

mod value;

pub use value::{DateTimeOffset, Decimal, SqlType, TypeName, Value};
