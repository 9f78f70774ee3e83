//! The one type through which a name becomes part of a statement.

use std::fmt;

/// A SQL Server identifier: 1 to 128 UTF-16 units, no NUL. Displays itself in brackets, `]` doubled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier(String);

/// Why a text cannot name anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    #[error("an identifier must not be empty")]
    Empty,
    #[error("identifier '{0}' is longer than 128 characters")]
    TooLong(String),
    #[error("an identifier must not hold the character U+0000")]
    Nul,
}

impl Identifier {
    /// # Errors
    /// Names that SQL Server cannot hold in a sysname.
    pub fn new(name: impl Into<String>) -> Result<Self, IdentifierError> {
        let name = name.into();
        if name.is_empty() {
            return Err(IdentifierError::Empty);
        }
        if name.contains('\0') {
            return Err(IdentifierError::Nul);
        }
        if name.encode_utf16().count() > 128 {
            return Err(IdentifierError::TooLong(name));
        }
        Ok(Self(name))
    }

    /// The name without quoting.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.0.replace(']', "]]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_doubled_so_that_a_name_never_ends_its_quoting() {
        let name = Identifier::new("a]; DROP TABLE t --").unwrap();
        assert_eq!(name.to_string(), "[a]]; DROP TABLE t --]");
    }

    #[test]
    fn what_no_sysname_can_hold_is_refused() {
        assert_eq!(Identifier::new(""), Err(IdentifierError::Empty));
        assert_eq!(Identifier::new("a\0b"), Err(IdentifierError::Nul));
        assert!(Identifier::new("x".repeat(128)).is_ok());
        assert!(Identifier::new("x".repeat(129)).is_err());
    }
}
