//! T-SQL text to syntax trees. Knows nothing of what exists in a database.

pub mod ast;
