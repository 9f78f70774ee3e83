//! The proof of a rollback: what must stay is measured before the first batch and again after the last one.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::Stop;
use crate::gate::{Gate, Measured};
use crate::ids::RunId;
use crate::state::{self, StepRecord};
use crate::tsql::{Sql, Statement, embedded};

const ORIGIN: Statement = embedded!("phase2/rollback_select_origin.sql");
const SCOPE: Statement = embedded!("phase2/rollback_select_scope.sql");
const MEASURE_RELATIONS: Statement = embedded!("phase2/rollback_measure_relations.sql");
const MEASURE_EMBEDDINGS: Statement = embedded!("phase2/rollback_measure_embeddings.sql");
const MEASURE_ATOMS: Statement = embedded!("phase2/rollback_measure_atoms.sql");
const COUNT_REFERENCES: Statement = embedded!("validate/count_reference_errors.sql");

const STEP: &str = "snapshot";

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

pub(super) const RELATIONS: Gate = gate(
    "rollback2.relations",
    "phase 2's relations are gone, all others as before",
    "0 left, equal checksums",
);
pub(super) const EMBEDDINGS: Gate = gate(
    "rollback2.embeddings_unchanged",
    "AtomEmbeddings as before, every vector in it",
    "equal checksums",
);
pub(super) const ATOMS: Gate = gate(
    "rollback2.atoms",
    "atoms of others as before",
    "equal checksums",
);
pub(super) const REFERENCES: Gate = gate(
    "rollback2.reference_counts",
    "reference counts exact",
    "0 wrong",
);

/// Rows and what they hash to; rows above the highest key of the first measurement are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    pub rows: i64,
    pub with_vector: Option<i64>,
    pub first: i64,
    pub second: i64,
}

/// How much there is to take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Progress rows.
    pub embeddings: i64,
    /// Relations that they have on record.
    pub relations: i64,
    /// Start of the first run of phase 2: atoms made before are not its own.
    pub since: Option<NaiveDateTime>,
}

impl Scope {
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection) -> Result<Self, Failure> {
        let origin = connection.row(&ORIGIN.sql(), &[]).await?;
        let scope = connection.row(&SCOPE.sql(), &[]).await?;
        Ok(Self {
            embeddings: scope.integer("Embeddings")?,
            relations: scope.integer("Relations")?,
            since: origin.opt("FirstRunAt")?,
        })
    }
}

/// What must be the same afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Progress rows when the rollback began.
    pub embeddings: i64,
    pub relations: i64,
    /// Start of the first run of phase 2: atoms made before are not its own.
    pub since: Option<NaiveDateTime>,
    last_relation: i64,
    last_embedding: i64,
    last_atom: i64,
    other_relations: Sum,
    all_embeddings: Sum,
    other_atoms: Sum,
    wrong_references: i64,
}

impl Snapshot {
    /// The snapshot of the rollback under way: the stored one when an earlier run took it, else a new one, stored.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn take(connection: &mut Connection, run: RunId) -> Result<Self, Failure> {
        if let Some(stored) = Self::stored(connection).await? {
            return Ok(stored);
        }
        let snapshot = Self::measure(connection).await?;
        state::record_step(connection, run, &snapshot.record("started")).await?;
        Ok(snapshot)
    }

    /// The snapshot of a rollback that has begun and not ended.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn stored(connection: &mut Connection) -> Result<Option<Self>, Failure> {
        let steps = state::list_steps(connection, PHASE).await?;
        Ok(steps
            .iter()
            .find(|step| step.step == STEP && step.state == "started")
            .and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok()))
    }

    /// The rollback is at its end.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn close(&self, connection: &mut Connection, run: RunId) -> Result<(), Failure> {
        state::record_step(connection, run, &self.record("applied")).await
    }

    fn record<'a>(&self, state: &'a str) -> StepRecord<'a> {
        StepRecord {
            phase: PHASE,
            step: STEP,
            state,
            sql_sha256: None,
            sql: None,
            object: None,
            object_sha256: None,
            created: false,
            detail: serde_json::to_string(self).ok(),
        }
    }

    async fn measure(connection: &mut Connection) -> Result<Self, Failure> {
        let since = connection
            .row(&ORIGIN.sql(), &[])
            .await?
            .opt::<NaiveDateTime>("FirstRunAt")?;
        let scope = connection.row(&SCOPE.sql(), &[]).await?;
        let (last_relation, last_embedding, last_atom) = (
            scope.integer("LastRelationId")?,
            scope.integer("LastEmbeddingId")?,
            scope.integer("LastAtomId")?,
        );
        Ok(Self {
            embeddings: scope.integer("Embeddings")?,
            relations: scope.integer("Relations")?,
            since,
            last_relation,
            last_embedding,
            last_atom,
            other_relations: relations(connection, last_relation).await?,
            all_embeddings: embeddings(connection, last_embedding).await?,
            other_atoms: atoms(connection, last_atom, since).await?,
            wrong_references: wrong_references(connection).await?.0,
        })
    }
}

async fn sum(
    connection: &mut Connection,
    sql: Sql,
    params: &[&dyn tiberius::ToSql],
) -> Result<Sum, Failure> {
    let row = connection.row(&sql, params).await?;
    let with_vector = row.columns().iter().any(|c| c.name() == "WithVector");
    Ok(Sum {
        rows: row.integer("Total")?,
        with_vector: if with_vector {
            row.opt_integer("WithVector")?
        } else {
            None
        },
        first: row.integer("First")?,
        second: row.integer("Second")?,
    })
}

async fn relations(connection: &mut Connection, last: i64) -> Result<Sum, Failure> {
    sum(connection, MEASURE_RELATIONS.sql(), &[&last]).await
}

async fn embeddings(connection: &mut Connection, last: i64) -> Result<Sum, Failure> {
    sum(connection, MEASURE_EMBEDDINGS.sql(), &[&last]).await
}

async fn atoms(
    connection: &mut Connection,
    last: i64,
    since: Option<NaiveDateTime>,
) -> Result<Sum, Failure> {
    // Without a run on record every float32 atom may be phase 2's, and only the others are compared.
    let since = since.unwrap_or(chrono::DateTime::UNIX_EPOCH.naive_utc());
    sum(connection, MEASURE_ATOMS.sql(), &[&last, &since]).await
}

async fn wrong_references(connection: &mut Connection) -> Result<(i64, Option<i64>), Failure> {
    let row = connection.row(&COUNT_REFERENCES.sql(), &[]).await?;
    Ok((row.integer("WrongAtoms")?, row.opt_integer("FirstAtomId")?))
}

/// Measures the proof after the last batch.
///
/// # Errors
/// A failed statement.
pub async fn measure(
    connection: &mut Connection,
    before: &Snapshot,
) -> Result<Vec<Measured>, Stop> {
    let scope = connection.row(&SCOPE.sql(), &[]).await?;
    let left = scope.integer("Embeddings")?;
    let after = relations(connection, before.last_relation).await?;
    let somebody = "somebody changed these rows meanwhile, or the rollback did: compare with the backup before you go on; nothing more is dropped";
    let mut gates = vec![
        RELATIONS
            .measured(
                left == 0 && after == before.other_relations,
                json!({ "embeddings_left": left, "before": before.other_relations, "after": after,
                        "taken_back": before.embeddings }),
                format!(
                    "{left} migrated embeddings left; {} other relations before, {} after{}",
                    before.other_relations.rows,
                    after.rows,
                    unequal(before.other_relations, after)
                ),
            )
            .or(somebody),
    ];
    let after = embeddings(connection, before.last_embedding).await?;
    gates.push(
        EMBEDDINGS
            .measured(
                after == before.all_embeddings,
                json!({ "before": before.all_embeddings, "after": after }),
                format!(
                    "{} rows, {} with a vector before; {}, {} after{}",
                    before.all_embeddings.rows,
                    before.all_embeddings.with_vector.unwrap_or(0),
                    after.rows,
                    after.with_vector.unwrap_or(0),
                    unequal(before.all_embeddings, after)
                ),
            )
            .or(somebody),
    );
    let after = atoms(connection, before.last_atom, before.since).await?;
    gates.push(
        ATOMS
            .measured(
                after == before.other_atoms,
                json!({ "before": before.other_atoms, "after": after }),
                format!(
                    "{} before, {} after{}",
                    before.other_atoms.rows,
                    after.rows,
                    unequal(before.other_atoms, after)
                ),
            )
            .or(somebody),
    );
    let (wrong, first) = wrong_references(connection).await?;
    gates.push(
        REFERENCES
            .measured(
                wrong == 0,
                json!({ "wrong": wrong, "wrong_before": before.wrong_references, "first_atom_id": first }),
                first.map_or_else(
                    || "0 wrong".to_owned(),
                    |id| format!("{wrong} wrong ({} before), first AtomId {id}", before.wrong_references),
                ),
            )
            .or("see docs/runbook.md, \"a reference count is wrong\""),
    );
    Ok(gates)
}

fn unequal(before: Sum, after: Sum) -> &'static str {
    if before == after || before.rows != after.rows {
        ""
    } else {
        ", contents differ"
    }
}
