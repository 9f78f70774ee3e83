//! What stands on the column: constraints, indexes, statistics, computed columns, modules, queries.

use serde::Serialize;
use serde_json::json;

use super::source_text::{mentions, selects_everything};
use super::{ORIGINAL, PHASE, Soak};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::tsql::{Statement, embedded};

const FIND: Statement = embedded!("phase3/find_dependencies.sql");
const MODULES: Statement = embedded!("phase3/select_modules.sql");

pub(super) const DEPENDENCIES: Gate = Gate {
    id: "phase3.dependencies",
    phase: PHASE,
    title: "nothing depends on EmbeddingVector",
    threshold: "0",
    never_waived: false,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Dependency {
    kind: String,
    name: String,
    detail: String,
}

/// Looks everywhere that can be seen from this database; `column` is the column's name now.
///
/// # Errors
/// A failed statement.
pub(super) async fn measure(
    connection: &mut Connection,
    column: &str,
    soak: &Soak,
    soak_days: f64,
) -> Result<Measured, Failure> {
    let mut found = Vec::new();
    for row in connection.rows(&FIND.sql(), &[&column]).await? {
        found.push(Dependency {
            kind: row.text("Kind")?,
            name: row.text("Name")?,
            detail: row.text("Detail")?,
        });
    }
    let mut everything = Vec::new();
    for row in connection.rows(&MODULES.sql(), &[&ORIGINAL]).await? {
        let (name, kind) = (row.text("Name")?, row.text("TypeName")?.to_lowercase());
        let module = |detail: &str| Dependency {
            kind: kind.replace('_', " "),
            name: name.clone(),
            detail: detail.to_owned(),
        };
        match row.opt::<&str>("Definition")? {
            None => found.push(module(
                "cannot be read (encrypted, or no VIEW DEFINITION): ask whoever made it",
            )),
            Some(text) if mentions(text, ORIGINAL) => {
                if !found.iter().any(|other| other.name == name) {
                    found.push(module("names the column; it would fail with message 207"));
                }
            }
            Some(text) if mentions(text, "AtomEmbeddings") && selects_everything(text) => {
                everything.push(name);
            }
            Some(_) => {}
        }
    }
    let from = soak
        .now
        .checked_sub_signed(chrono::Duration::seconds((soak_days * 86_400.0) as i64));
    for query in &soak.queries {
        if from.is_some_and(|from| query.at >= from) {
            found.push(Dependency {
                kind: "query".to_owned(),
                name: query.text.chars().take(120).collect(),
                detail: format!("ran last {}", query.last_executed_at),
            });
        }
    }
    let mut summary = found.first().map_or_else(
        || "none".to_owned(),
        |first| {
            format!(
                "{}, first: {} {}, {}",
                found.len(),
                first.kind,
                first.name,
                first.detail
            )
        },
    );
    if !everything.is_empty() {
        summary = format!(
            "{summary}; {} read all columns of the table, look at {}",
            everything.len(),
            everything[0]
        );
    }
    Ok(DEPENDENCIES
        .measured(
            found.is_empty(),
            json!({ "found": found, "read_all_columns": everything, "evidence": soak.sources,
                    "not_seen": "dynamic SQL put together from pieces, other databases, linked servers, agent jobs, programs that do not run now" }),
            summary,
        )
        .or("drop or change what is named (ALTER ... or DROP ...), then run phase 3 again"))
}
