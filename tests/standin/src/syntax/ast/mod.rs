//! Syntax trees of the T-SQL that the stand-in executes.

mod data_change;
mod definition;
mod expression;
mod procedural;
mod query;
mod statement;

pub use data_change::*;
pub use definition::*;
pub use expression::*;
pub use procedural::*;
pub use query::*;
pub use statement::*;

/// Byte range in the batch text and the 1-based line on which it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
    pub line: u32,
}

/// An identifier with the quoting removed. Comparison of names is the binder's business (case-insensitive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    pub text: String,
    pub quoted: bool,
    pub span: Span,
}

/// One to four parts: `[server.][database.][schema.]name`; an empty part (`db..t`) is an empty `Ident`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    pub parts: Vec<Ident>,
}

impl ObjectName {
    /// The last part, empty only if the name has no part at all.
    pub fn base(&self) -> &str {
        self.parts.last().map_or("", |p| p.text.as_str())
    }
    pub fn schema(&self) -> Option<&str> {
        self.part_before(1)
    }
    pub fn database(&self) -> Option<&str> {
        self.part_before(2)
    }
    fn part_before(&self, back: usize) -> Option<&str> {
        let at = self.parts.len().checked_sub(back + 1)?;
        Some(self.parts[at].text.as_str()).filter(|text| !text.is_empty())
    }
}
