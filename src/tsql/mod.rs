//! T-SQL as data: identifiers that quote themselves and statements embedded from sql/. Nothing else becomes SQL.

mod column;
mod identifier;
mod statement;

pub use column::{Column, ScalarType};
pub use identifier::{Identifier, IdentifierError};
pub use statement::{Fragment, Sql, Statement, hex};

/// A statement embedded from sql/, by its path below that folder.
macro_rules! embedded {
    ($path:literal) => {
        $crate::tsql::Statement::embedded(
            $path,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $path)),
        )
    };
}
pub(crate) use embedded;
