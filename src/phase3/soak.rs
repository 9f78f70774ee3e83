//! The soak: how long phase 2 has been complete without anybody using the column, by the server's clock.

use chrono::NaiveDateTime;
use serde_json::json;

use super::{ORIGINAL, PHASE, own, source_text};
use crate::connect::{Connection, Failure, RowExt, Sorting};
use crate::gate::{Gate, Measured, Wait};
use crate::phase2;
use crate::state;
use crate::tsql::{Statement, embedded};

const COMPLETION: Statement = embedded!("phase3/select_completion.sql");
const QUERY_STORE: Statement = embedded!("phase3/select_query_store.sql");
const TABLE_USE: Statement = embedded!("phase3/select_table_use.sql");
const QUERIES: Statement = embedded!("phase3/find_queries.sql");

pub(super) const SOAK: Gate = Gate {
    id: "phase3.soak",
    phase: PHASE,
    title: "phase 2 complete and the column unused for long enough",
    threshold: ">= 30 days",
    never_waived: false,
};

/// Queries that are looked at.
const QUERY_LIMIT: i32 = 500;

/// A query that used the column, and was not this program's.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ForeignQuery {
    pub text: String,
    #[serde(skip)]
    pub at: NaiveDateTime,
    pub last_executed_at: String,
    pub executions: i64,
}

/// What is known about the time since phase 2.
#[derive(Debug, Clone, Default)]
pub struct Soak {
    pub complete_since: Option<NaiveDateTime>,
    pub last_migrated_at: Option<NaiveDateTime>,
    pub now: NaiveDateTime,
    /// Newest first.
    pub queries: Vec<ForeignQuery>,
    /// Evidence that is there, and evidence that is not.
    pub sources: Vec<String>,
}

impl Soak {
    /// When the soak began, and what began it.
    pub fn began(&self) -> Option<(NaiveDateTime, &'static str)> {
        let complete = self.complete_since?;
        let mut began = (complete, "phase 2 was complete then");
        if let Some(at) = self.last_migrated_at.filter(|at| *at > began.0) {
            began = (
                at,
                "an embedding was migrated then, so it was written after phase 2",
            );
        }
        if let Some(query) = self.queries.first().filter(|query| query.at > began.0) {
            began = (query.at, "a query used the column then (Query Store)");
        }
        Some(began)
    }

    /// Days of it so far.
    pub fn days(&self) -> f64 {
        self.began().map_or(0.0, |(at, _)| {
            (self.now - at).num_seconds().max(0) as f64 / 86_400.0
        })
    }

    /// The gate.
    pub fn measured(&self, threshold: f64) -> Measured {
        let days = self.days();
        let began = self.began();
        let summary = match began {
            None => "phase 2 is not complete: no run has all its criteria on record".to_owned(),
            Some((at, why)) => format!("{days:.1} days since {}: {why}", state::when(at)),
        };
        let due = began.and_then(|(at, _)| {
            at.checked_add_signed(chrono::Duration::seconds((threshold * 86_400.0) as i64))
        });
        SOAK.measured(
            began.is_some() && days >= threshold,
            json!({ "days": days, "began": began.map(|(at, _)| state::when(at)), "because": began.map(|(_, why)| why),
                    "phase2_complete_since": self.complete_since.map(state::when),
                    "last_migrated_at": self.last_migrated_at.map(state::when),
                    "server_utc": state::when(self.now), "evidence": self.sources, "queries": self.queries }),
            summary,
        )
        .against(format!(">= {threshold} days"))
        .waits_for(Wait::time(began.map(|(at, _)| at), due))
        .or(due.map_or_else(
            || "run `hartonomous migrate phase2`: it measures and records the criteria".to_owned(),
            |due| format!("wait until {}; the evidence says who used the column", state::when(due)),
        ))
    }
}

/// Reads everything that is known; sources that cannot be read are named, not assumed.
///
/// # Errors
/// A failed statement of the control schema.
pub async fn soak(connection: &mut Connection) -> Result<Soak, Failure> {
    let criteria: Vec<&str> = phase2::GATES_AFTER.iter().map(|gate| gate.id).collect();
    let row = connection
        .row(&COMPLETION.sql(), &[&json!(criteria).to_string()])
        .await?;
    let mut soak = Soak {
        complete_since: row.opt("CompleteSince")?,
        last_migrated_at: row.opt("LastMigratedAt")?,
        now: row.need("ServerUtc")?,
        queries: Vec::new(),
        sources: vec![
            "writes: progress rows of embeddings that were migrated or migrated again later"
                .to_owned(),
        ],
    };
    soak.sources.push(match table_use(connection).await {
        Ok(text) => text,
        // A server that does not have these views, or does not show them, says so itself.
        Err(failure @ (Failure::Server { .. } | Failure::Permission { .. }))
            if failure.sorting() == Sorting::Refused =>
        {
            format!("use of the table: NOT SEEN ({failure})")
        }
        Err(failure) => return Err(failure),
    });
    match queries(connection, soak.complete_since).await {
        Ok((queries, source)) => {
            soak.queries = queries;
            soak.sources.push(source);
        }
        Err(failure) if failure.is_access() => soak.sources.push(format!(
            "reads: NOT SEEN, the Query Store cannot be read ({failure})"
        )),
        Err(failure) => return Err(failure),
    }
    Ok(soak)
}

/// Table-wide, and this program's own reads are in it: told, and decides nothing.
async fn table_use(connection: &mut Connection) -> Result<String, Failure> {
    let row = connection.row(&TABLE_USE.sql(), &[]).await?;
    let time = |name: &str| -> Result<String, Failure> {
        let at: Option<NaiveDateTime> = row.opt(name)?;
        Ok(at.map_or_else(
            || "never".to_owned(),
            |at| at.format("%Y-%m-%d %H:%M:%S").to_string(),
        ))
    };
    Ok(format!(
        "use of the table since the server started {}: last written {}, last read {} (server's local time, this program's reads among them)",
        time("StartedAt")?,
        time("LastWrittenAt")?,
        time("LastReadAt")?
    ))
}

async fn queries(
    connection: &mut Connection,
    since: Option<NaiveDateTime>,
) -> Result<(Vec<ForeignQuery>, String), Failure> {
    let rows = connection.rows(&QUERY_STORE.sql(), &[]).await?;
    let (state, kept) = match rows.first() {
        None => (String::new(), None),
        Some(row) => (row.text("State")?, row.opt_integer("KeptDays")?),
    };
    let source = match (state.as_str(), kept) {
        ("READ_WRITE", Some(days)) => {
            format!("reads: Query Store is on and remembers {days} days; captured queries only")
        }
        ("READ_WRITE", None) => "reads: Query Store is on; captured queries only".to_owned(),
        ("READ_ONLY", _) => {
            "reads: NOT SEEN since the Query Store became read-only; give it space".to_owned()
        }
        _ => "reads: NOT SEEN, the Query Store is off (ALTER DATABASE ... SET QUERY_STORE = ON)"
            .to_owned(),
    };
    let since = since.unwrap_or_default();
    let params: [&dyn tiberius::ToSql; 3] = [&ORIGINAL, &since, &QUERY_LIMIT];
    let mut found = Vec::new();
    for row in connection.rows(&QUERIES.sql(), &params).await? {
        let text = row.text("QueryText")?;
        if !source_text::mentions(&text, ORIGINAL) || own::is_own(&text) {
            continue;
        }
        let at: NaiveDateTime = row.need("LastExecutedAt")?;
        found.push(ForeignQuery {
            text: text.chars().take(400).collect(),
            at,
            last_executed_at: state::when(at),
            executions: row.integer("Executions")?,
        });
    }
    Ok((found, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn it_begins_anew_when_the_column_was_used() {
        let mut soak = Soak {
            complete_since: Some(at("2027-01-01T00:00:00")),
            now: at("2027-02-01T00:00:00"),
            ..Soak::default()
        };
        assert!(soak.measured(30.0).passed());
        assert!(!soak.measured(31.5).passed());
        soak.last_migrated_at = Some(at("2026-12-31T00:00:00"));
        assert_eq!(soak.days(), 31.0);
        soak.last_migrated_at = Some(at("2027-01-11T00:00:00"));
        assert_eq!(soak.days(), 21.0);
        soak.queries.push(ForeignQuery {
            text: "SELECT 1".to_owned(),
            at: at("2027-01-30T00:00:00"),
            last_executed_at: String::new(),
            executions: 1,
        });
        let failed = soak.measured(30.0);
        assert!(failed.summary.contains("2.0 days"), "{}", failed.summary);
        assert!(failed.next.unwrap().contains("2027-03-01"));
        soak.complete_since = None;
        assert!(!soak.measured(0.0).passed());
    }
}
