//! What a load in a maintenance window owes the table: indexes that it disabled, constraints that it did not check.
//!
//! It is on record as `started` before it is done; who brings it back marks it `applied`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Strategy;
use super::own_change::OwnChange;
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::{Event, Observer, StepOutcome, Stop};
use crate::ids::RunId;
use crate::phase2::PHASE;
use crate::state::{self, StepRecord};
use crate::tsql::{Fragment, Identifier, Sql, Statement, embedded};

const DISABLE: Statement = embedded!("phase2/disable_index.sql");
const REBUILD: Statement = embedded!("phase2/rebuild_index.sql");
const DISABLED: Statement = embedded!("phase2/select_disabled_indexes.sql");
const TRUST: Statement = embedded!("validate/trust_constraint.sql");
const READ_VERSION: Statement = embedded!("state/read_schema_version.sql");
const UNTRUSTED: Statement = embedded!("validate/find_untrusted_constraints.sql");

const INDEX: &str = "load.index.";
const CONSTRAINT: &str = "load.constraint.";

/// An index that a load does without, and how it was compressed: disabled, it has forgotten that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisabledIndex {
    pub name: String,
    pub compression: Option<String>,
}

/// What is owed, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owed {
    pub indexes: Vec<DisabledIndex>,
    pub constraints: Vec<String>,
}

pub(super) fn index_step(name: &str) -> String {
    format!("{INDEX}{name}")
}

pub(super) fn constraint_step(name: &str) -> String {
    format!("{CONSTRAINT}{name}")
}

impl DisabledIndex {
    /// The statement that disables it; None for a name that is none.
    pub(super) fn disable(&self) -> Option<Sql> {
        let name = Identifier::new(&self.name).ok()?;
        Some(DISABLE.with(&[("Index", Fragment::identifier(&name))]))
    }

    /// The statement that rebuilds it as it was.
    pub(super) fn rebuild(&self, online: bool) -> Option<Sql> {
        let name = Identifier::new(&self.name).ok()?;
        let compression = match self.compression.as_deref() {
            Some("PAGE") => "PAGE",
            Some("ROW") => "ROW",
            _ => "NONE",
        };
        Some(REBUILD.with(&[
            ("Index", Fragment::identifier(&name)),
            ("Online", Fragment::fixed(if online { "ON" } else { "OFF" })),
            ("Compression", Fragment::fixed(compression)),
        ]))
    }
}

/// The statement that checks every row and trusts a constraint again.
pub(super) fn trust(name: &str) -> Option<Sql> {
    let name = Identifier::new(name).ok()?;
    Some(TRUST.with(&[("Constraint", Fragment::identifier(&name))]))
}

impl Owed {
    /// What the record says, over all runs.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection) -> Result<Self, Failure> {
        let mut owed = Self::default();
        let row = connection.batch_row(&READ_VERSION.sql()).await?;
        if !row.need::<bool>("HasVersionTable")? {
            return Ok(owed);
        }
        for step in state::list_steps(connection, PHASE).await? {
            if step.state != "started" {
                continue;
            }
            if let Some(name) = step.step.strip_prefix(INDEX) {
                let stored = step.detail.as_deref().map(serde_json::from_str);
                owed.indexes.push(match stored {
                    Some(Ok(index)) => index,
                    _ => DisabledIndex {
                        name: name.to_owned(),
                        compression: None,
                    },
                });
            } else if let Some(name) = step.step.strip_prefix(CONSTRAINT) {
                owed.constraints.push(name.to_owned());
            }
        }
        Ok(owed)
    }

    pub fn is_empty(&self) -> bool {
        self.indexes.is_empty() && self.constraints.is_empty()
    }

    /// In words, for `status` and warnings.
    pub fn words(&self) -> String {
        let part = |what: &str, names: &[&str]| {
            (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
        };
        let indexes: Vec<&str> = self
            .indexes
            .iter()
            .map(|index| index.name.as_str())
            .collect();
        let constraints: Vec<&str> = self.constraints.iter().map(String::as_str).collect();
        [
            part("disabled indexes", &indexes),
            part("constraints that are not trusted", &constraints),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
    }
}

pub(super) fn record<'a>(step: &'a str, object: &'a str, state: &'a str) -> StepRecord<'a> {
    StepRecord {
        phase: PHASE,
        step,
        state,
        sql_sha256: None,
        sql: None,
        object: Some(object),
        object_sha256: None,
        created: false,
        detail: None,
    }
}

/// Does what the strategy says before the batches, each thing on record before it is done.
///
/// # Errors
/// A failed statement; what was done is owed.
pub async fn prepare(
    connection: &mut Connection,
    run: RunId,
    strategy: &Strategy,
    events: &dyn Observer,
) -> Result<(), Stop> {
    if strategy.disable.is_empty() && strategy.untrust.is_empty() {
        return Ok(());
    }
    OwnChange::begin(connection, run).await?;
    for name in &strategy.untrust {
        let step = constraint_step(name);
        state::record_step(connection, run, &record(&step, name, "started")).await?;
    }
    for index in &strategy.disable {
        let step = index_step(&index.name);
        let Some(sql) = index.disable() else { continue };
        let mut record = record(&step, &index.name, "started");
        record.detail = serde_json::to_string(index).ok();
        state::record_step(connection, run, &record).await?;
        connection.batch(&sql).await?;
        let title = format!("disabled index {} until the batches are done", index.name);
        told(events, &step, title);
    }
    Ok(())
}

/// Rebuilds and trusts again whatever is owed. One that somebody else has brought back is only marked.
///
/// # Errors
/// A failed statement: the thing stays owed, and what was brought back before it does not.
pub async fn restore(
    connection: &mut Connection,
    run: RunId,
    online: bool,
    events: &dyn Observer,
) -> Result<Owed, Stop> {
    let owed = Owed::read(connection).await?;
    if owed.is_empty() {
        return Ok(owed);
    }
    let mut disabled = BTreeSet::new();
    for row in connection.rows(&DISABLED.sql(), &[]).await? {
        if row.text("TableName")? == "AtomRelations" {
            disabled.insert(row.text("IndexName")?);
        }
    }
    for index in &owed.indexes {
        let step = index_step(&index.name);
        if disabled.contains(&index.name)
            && let Some(sql) = index.rebuild(online)
        {
            connection.batch(&sql).await?;
        }
        state::record_step(connection, run, &record(&step, &index.name, "applied")).await?;
        told(events, &step, format!("rebuilt index {}", index.name));
    }
    let mut untrusted = BTreeSet::new();
    for row in connection.rows(&UNTRUSTED.sql(), &[]).await? {
        untrusted.insert(row.text("ConstraintName")?);
    }
    for name in &owed.constraints {
        let step = constraint_step(name);
        if untrusted.contains(name)
            && let Some(sql) = trust(name)
        {
            connection.batch(&sql).await?;
        }
        state::record_step(connection, run, &record(&step, name, "applied")).await?;
        told(
            events,
            &step,
            format!("constraint {name} checked and trusted again"),
        );
    }
    OwnChange::end(connection, run).await?;
    Ok(owed)
}

fn told(events: &dyn Observer, step: &str, title: String) {
    events.observe(&Event::StepEnded {
        step: step.to_owned(),
        title,
        outcome: StepOutcome::Applied,
    });
}
