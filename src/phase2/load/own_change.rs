//! Changes of the schema that are the load's own: disabling, rebuilding and trusting move the tables' modify_date, and do not
//! make the backup old that was taken before the load.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::owed::record;
use crate::connect::{Connection, Failure, RowExt};
use crate::ids::RunId;
use crate::phase2::PHASE;
use crate::state;
use crate::tsql::{Statement, embedded};

const READ: Statement = embedded!("phase2/read_schema_change.sql");
const READ_VERSION: Statement = embedded!("state/read_schema_version.sql");
const STEP: &str = "load.schema_change";

/// A span of time, by the server's local clock, in which only the load changed the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnChange {
    /// The last change of somebody else.
    before: Option<NaiveDateTime>,
    since: NaiveDateTime,
    /// None: it is under way.
    until: Option<NaiveDateTime>,
}

impl OwnChange {
    async fn stored(connection: &mut Connection) -> Result<Option<Self>, Failure> {
        let row = connection.batch_row(&READ_VERSION.sql()).await?;
        if !row.need::<bool>("HasVersionTable")? {
            return Ok(None);
        }
        let steps = state::list_steps(connection, PHASE).await?;
        Ok(steps
            .iter()
            .find(|step| step.step == STEP)
            .and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok()))
    }

    /// On record before the first change. One that is under way goes on.
    pub(super) async fn begin(connection: &mut Connection, run: RunId) -> Result<(), Failure> {
        let stored = Self::stored(connection).await?;
        if stored.is_some_and(|own| own.until.is_none()) {
            return Ok(());
        }
        let row = connection.row(&READ.sql(), &[]).await?;
        let last: Option<NaiveDateTime> = row.opt("LastSchemaChange")?;
        let own = Self {
            before: foreign(stored, last),
            since: row.need("ServerTime")?,
            until: None,
        };
        own.record(connection, run, "started").await
    }

    /// On record after the last one.
    pub(super) async fn end(connection: &mut Connection, run: RunId) -> Result<(), Failure> {
        let Some(own) = Self::stored(connection).await? else {
            return Ok(());
        };
        let row = connection.row(&READ.sql(), &[]).await?;
        let own = Self {
            until: Some(row.opt("LastSchemaChange")?.unwrap_or(own.since)),
            ..own
        };
        own.record(connection, run, "applied").await
    }

    async fn record(
        self,
        connection: &mut Connection,
        run: RunId,
        state: &str,
    ) -> Result<(), Failure> {
        let mut record = record(STEP, "dbo.AtomRelations", state);
        record.detail = serde_json::to_string(&self).ok();
        state::record_step(connection, run, &record).await
    }

    fn covers(self, change: NaiveDateTime) -> bool {
        change >= self.since && self.until.is_none_or(|until| change <= until)
    }
}

/// The last change that is not the load's own.
fn foreign(own: Option<OwnChange>, last: Option<NaiveDateTime>) -> Option<NaiveDateTime> {
    match (own, last) {
        (Some(own), Some(last)) if own.covers(last) => own.before,
        _ => last,
    }
}

/// The last change of the schema that a backup must be newer than; `last` is the last one of all.
///
/// # Errors
/// A failed statement.
pub async fn last_foreign_change(
    connection: &mut Connection,
    last: Option<NaiveDateTime>,
) -> Result<Option<NaiveDateTime>, Failure> {
    Ok(foreign(OwnChange::stored(connection).await?, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> NaiveDateTime {
        NaiveDateTime::default() + chrono::Duration::minutes(minute)
    }

    #[test]
    fn only_changes_of_the_loads_own_time_do_not_count() {
        let own = OwnChange {
            before: Some(at(1)),
            since: at(10),
            until: Some(at(20)),
        };
        assert_eq!(foreign(Some(own), Some(at(15))), Some(at(1)));
        assert_eq!(foreign(Some(own), Some(at(20))), Some(at(1)));
        // Somebody changed something after the load.
        assert_eq!(foreign(Some(own), Some(at(21))), Some(at(21)));
        assert_eq!(foreign(None, Some(at(15))), Some(at(15)));
        let under_way = OwnChange { until: None, ..own };
        assert_eq!(foreign(Some(under_way), Some(at(500))), Some(at(1)));
        assert_eq!(foreign(Some(under_way), Some(at(9))), Some(at(9)));
    }
}
