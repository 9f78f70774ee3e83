//! JSON text: strict reading with SQL Server's messages, the canonical form of the json type, paths and functions.

mod canonical;
mod path;
mod read;

pub use canonical::canonicalize;
pub use path::{JsonPath, Mode, Step};
pub use read::{JsonKind, JsonValue, Member, is_json, members, parse};
