//! System versioning of dbo.AtomRelations: off while relations are deleted by the million, on again whatever happens.
//!
//! How it was is on record before it is switched off; a step that is still `started` tells the next run, whichever
//! command it is, to switch it on again.

use serde::{Deserialize, Serialize};

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::Stop;
use crate::ids::RunId;
use crate::state::{self, StepRecord};
use crate::tsql::{Fragment, Identifier, Sql, Statement, embedded};

const INSPECT: Statement = embedded!("phase2/inspect_versioning.sql");
const OFF: Statement = embedded!("phase2/switch_versioning_off.sql");
const ON: Statement = embedded!("phase2/switch_versioning_on.sql");

const STEP: &str = "versioning.AtomRelations";

/// How the table is versioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioning {
    pub history_schema: String,
    pub history_table: String,
    /// None: history is kept without end.
    pub retention: Option<(i64, String)>,
}

impl Versioning {
    /// As it is now; None when the table is not versioned.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection) -> Result<Option<Self>, Failure> {
        let rows = connection.rows(&INSPECT.sql(), &[]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let period = row.opt_integer("RetentionPeriod")?.unwrap_or(-1);
        Ok(Some(Self {
            history_schema: row.text("HistorySchema")?,
            history_table: row.text("HistoryTable")?,
            retention: match period {
                ..=0 => None,
                period => Some((period, row.text("RetentionUnit")?)),
            },
        }))
    }

    /// What the record of an earlier run says, if that run has not switched it on again.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn owed(connection: &mut Connection) -> Result<Option<Self>, Failure> {
        let steps = state::list_steps(connection, PHASE).await?;
        Ok(steps
            .iter()
            .find(|step| step.step == STEP && step.state == "started")
            .and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok()))
    }

    /// The statement that switches it on as it was.
    pub fn on(&self) -> Result<Sql, Stop> {
        let name = |name: &str| {
            Identifier::new(name)
                .map(|name| Fragment::identifier(&name))
                .map_err(|error| Stop::Local {
                    what: "name the history table".to_owned(),
                    cause: error.to_string(),
                })
        };
        let mut fills = vec![
            ("HistorySchema", name(&self.history_schema)?),
            ("HistoryTable", name(&self.history_table)?),
        ];
        if let Some((period, unit)) = &self.retention {
            fills.push(("Period", Fragment::number(*period)));
            fills.push(("Unit", Fragment::fixed(unit_word(unit))));
        }
        Ok(ON.with(&fills))
    }

    /// The statement that switches it off.
    pub fn off() -> Sql {
        OFF.sql()
    }

    fn record<'a>(&self, state: &'a str) -> StepRecord<'a> {
        StepRecord {
            phase: PHASE,
            step: STEP,
            state,
            sql_sha256: None,
            sql: None,
            object: Some("dbo.AtomRelations"),
            object_sha256: None,
            created: false,
            detail: serde_json::to_string(self).ok(),
        }
    }
}

fn unit_word(unit: &str) -> &'static str {
    match unit
        .trim_end_matches(['S', 's'])
        .to_ascii_uppercase()
        .as_str()
    {
        "WEEK" => "WEEK",
        "MONTH" => "MONTH",
        "YEAR" => "YEAR",
        _ => "DAY",
    }
}

/// Switches versioning off if it is on, after the way back is on record.
///
/// # Errors
/// A failed statement.
pub async fn switch_off(
    connection: &mut Connection,
    run: RunId,
) -> Result<Option<Versioning>, Stop> {
    if let Some(versioning) = Versioning::read(connection).await? {
        state::record_step(connection, run, &versioning.record("started")).await?;
        connection.batch(&OFF.sql()).await?;
        return Ok(Some(versioning));
    }
    Ok(Versioning::owed(connection).await?)
}

/// Switches versioning on again if an earlier step owes it; None when nothing is owed.
///
/// # Errors
/// A failed statement: the step stays owed.
pub async fn restore(connection: &mut Connection, run: RunId) -> Result<Option<Versioning>, Stop> {
    let Some(owed) = Versioning::owed(connection).await? else {
        return Ok(None);
    };
    if Versioning::read(connection).await?.is_none() {
        connection.batch(&owed.on()?).await?;
    }
    state::record_step(connection, run, &owed.record("applied")).await?;
    Ok(Some(owed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_comes_back_as_it_was() {
        let mut versioning = Versioning {
            history_schema: "dbo".to_owned(),
            history_table: "AtomRelations_History".to_owned(),
            retention: None,
        };
        let text = versioning.on().unwrap().text().to_owned();
        assert!(text.contains("*/INFINITE/*"), "{text}");
        versioning.retention = Some((6, "MONTH".to_owned()));
        let text = versioning.on().unwrap().text().to_owned();
        assert!(
            text.contains("HISTORY_RETENTION_PERIOD = 6 MONTH"),
            "{text}"
        );
        assert!(text.contains("[dbo].[AtomRelations_History]"), "{text}");
    }
}
