//! Typed reading of result columns: a missing column or another type is an error that names it, never a panic.

use tiberius::{FromSql, Row};

use super::Failure;

/// Reads columns of a row by name.
pub trait RowExt {
    /// The column's value, None for NULL.
    ///
    /// # Errors
    /// A column that is not there or has another type.
    fn opt<'a, T: FromSql<'a>>(&'a self, name: &str) -> Result<Option<T>, Failure>;

    /// The column's value, which must not be NULL.
    ///
    /// # Errors
    /// As `opt`, and NULL.
    fn need<'a, T: FromSql<'a>>(&'a self, name: &str) -> Result<T, Failure>;

    /// A text column, empty for NULL.
    ///
    /// # Errors
    /// As `opt`.
    fn text(&self, name: &str) -> Result<String, Failure>;

    /// Any integer column widened; tiberius itself does not widen.
    ///
    /// # Errors
    /// As `need`.
    fn integer(&self, name: &str) -> Result<i64, Failure>;

    /// Any integer column widened, None for NULL.
    ///
    /// # Errors
    /// As `opt`.
    fn opt_integer(&self, name: &str) -> Result<Option<i64>, Failure>;
}

impl RowExt for Row {
    fn opt<'a, T: FromSql<'a>>(&'a self, name: &str) -> Result<Option<T>, Failure> {
        self.try_get(name)
            .map_err(|error| unreadable(name, &error.to_string()))
    }

    fn need<'a, T: FromSql<'a>>(&'a self, name: &str) -> Result<T, Failure> {
        self.opt(name)?
            .ok_or_else(|| unreadable(name, "it is NULL"))
    }

    fn text(&self, name: &str) -> Result<String, Failure> {
        Ok(self.opt::<&str>(name)?.unwrap_or_default().to_owned())
    }

    fn integer(&self, name: &str) -> Result<i64, Failure> {
        self.opt_integer(name)?
            .ok_or_else(|| unreadable(name, "it is NULL"))
    }

    fn opt_integer(&self, name: &str) -> Result<Option<i64>, Failure> {
        use tiberius::ColumnData;
        let data = self
            .get_column_data(name)
            .map_err(|error| unreadable(name, &error.to_string()))?;
        Ok(match data {
            ColumnData::U8(value) => value.map(i64::from),
            ColumnData::I16(value) => value.map(i64::from),
            ColumnData::I32(value) => value.map(i64::from),
            ColumnData::I64(value) => *value,
            ColumnData::Bit(value) => value.map(i64::from),
            other => return Err(unreadable(name, &format!("it holds {other:?}"))),
        })
    }
}

fn unreadable(name: &str, cause: &str) -> Failure {
    Failure::Protocol {
        statement: format!("column {name}"),
        cause: cause.to_owned(),
    }
}
