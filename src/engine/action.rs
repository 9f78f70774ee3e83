//! What a rollback or a removal would do, as data: printed by `--dry-run` and by `plan`.

use crate::tsql::Sql;

/// One thing that would be done, or left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Stable name, e.g. `view.vw_EmbeddingVectors`.
    pub id: String,
    /// `drop`, `keep`, `delete`, `switch off`, `rename` ...
    pub verb: &'static str,
    /// What it is done to.
    pub title: String,
    /// Why, or how much.
    pub detail: String,
    /// What would be sent; nothing for what is kept.
    pub statements: Vec<Sql>,
}

impl Action {
    pub fn new(
        id: impl Into<String>,
        verb: &'static str,
        title: impl Into<String>,
        detail: impl Into<String>,
        statements: Vec<Sql>,
    ) -> Self {
        Self {
            id: id.into(),
            verb,
            title: title.into(),
            detail: detail.into(),
            statements,
        }
    }
}
