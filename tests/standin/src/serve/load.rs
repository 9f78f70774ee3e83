//! Fills a database through the engine's own front door: scripts and inserts as a client would send them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Baseline, DATABASE, Embeddings, USER};
use crate::engine::{Engine, Server};
use crate::error::{Result, SqlError};
use crate::protocol::{
    ColumnInfo, Done, EngineServer, EngineSession, EnvChange, Login, ResultSink,
};
use crate::types::{SqlType, Value};

/// A script or row that the engine refused.
#[derive(Debug, thiserror::Error)]
#[error("failed to load {what}: {cause}")]
pub struct LoadError {
    pub what: String,
    pub cause: SqlError,
}

macro_rules! script {
    ($path:literal) => {
        (
            $path,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../migrations/",
                $path
            )),
        )
    };
}

const TABLES: &[(&str, &str)] = &[
    script!("baseline/0001_create_atoms.sql"),
    script!("baseline/0002_create_atom_relations.sql"),
    script!("baseline/0003_create_atom_embeddings.sql"),
];

const SYSTEM_VERSIONED: &[(&str, &str)] = &[script!(
    "baseline_system_versioned/0001_version_atom_relations.sql"
)];

pub(super) fn baseline(
    engine: &Arc<Server>,
    password: &str,
    baseline: Baseline,
) -> std::result::Result<(), LoadError> {
    let scripts: Vec<_> = match baseline {
        Baseline::Empty => Vec::new(),
        Baseline::Tables => TABLES.to_vec(),
        Baseline::SystemVersioned => [TABLES, SYSTEM_VERSIONED].concat(),
    };
    for (name, text) in scripts {
        run_script(engine, password, name, text)?;
    }
    Ok(())
}

/// Runs a script, batch by batch as GO separates them, in a session of its own.
///
/// # Errors
/// The first message of class 11 or above.
pub fn run_script(
    engine: &Arc<Server>,
    password: &str,
    name: &str,
    text: &str,
) -> std::result::Result<(), LoadError> {
    let failed = |cause| LoadError {
        what: name.to_owned(),
        cause,
    };
    let mut session = open(engine, password).map_err(failed)?;
    for batch in batches(text) {
        run(&mut *session, &batch).map_err(failed)?;
    }
    Ok(())
}

fn batches(text: &str) -> Vec<String> {
    let mut batches = vec![String::new()];
    for line in text.lines() {
        if line.trim().eq_ignore_ascii_case("go") {
            batches.push(String::new());
        } else if let Some(batch) = batches.last_mut() {
            batch.push_str(line);
            batch.push('\n');
        }
    }
    batches.retain(|batch| !batch.trim().is_empty());
    batches
}

/// Row `i` of the matrix becomes atom `i + 1` and embedding `i + 1`, zero-padded to 1998 dimensions; tenants take turns.
pub(super) fn embeddings(
    engine: &Arc<Server>,
    password: &str,
    embeddings: &Embeddings,
) -> std::result::Result<(), LoadError> {
    let failed = |what: String| move |cause| LoadError { what, cause };
    let mut session = open(engine, password).map_err(failed("embeddings".to_owned()))?;
    let rows = embeddings.limit.min(embeddings.matrix.rows);
    for index in 0..rows {
        let text = insert(embeddings, index);
        run(&mut *session, &text).map_err(failed(format!("embedding {}", index + 1)))?;
    }
    Ok(())
}

const COLUMN_DIMENSIONS: usize = 1998;
const TENANTS: usize = 3;

fn insert(embeddings: &Embeddings, index: usize) -> String {
    let row = embeddings.matrix.row(index);
    let mut vector = String::with_capacity(COLUMN_DIMENSIONS * 8);
    for position in 0..COLUMN_DIMENSIONS {
        let separator = if position == 0 { "" } else { "," };
        let value = row
            .get(position)
            .map_or(0.0, |v| embeddings.precision.apply(*v));
        // Nine digits read back to the same float32.
        let _ = if value == 0.0 {
            write!(vector, "{separator}0")
        } else {
            write!(vector, "{separator}{value:.8e}")
        };
    }
    let place = |at: usize| f64::from(row.get(at).copied().unwrap_or(0.0));
    format!(
        "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, CanonicalText, TenantId)
         VALUES (CAST(HASHBYTES('SHA2_256', CAST('sentence {number}' AS varchar(40))) AS binary(32)), N'text', N'sentence',
                 N'sentence {number}', {tenant});
         INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket,
                                         SpatialProjX, SpatialProjY, SpatialProjZ, ModelId, TenantId)
         VALUES (SCOPE_IDENTITY(), CAST('[{vector}]' AS vector({COLUMN_DIMENSIONS})), {dimension},
                 geometry::Point({x:?}, {y:?}, 0), geometry::Point({x:?}, {y:?}, 0), 0, {x:?}, {y:?}, {z:?}, 1, {tenant});",
        number = index + 1,
        tenant = index % TENANTS,
        dimension = row.len().min(COLUMN_DIMENSIONS),
        x = place(0),
        y = place(1),
        z = place(2),
    )
}

fn open(engine: &Arc<Server>, password: &str) -> Result<Box<dyn EngineSession>> {
    let login = Login {
        user: USER.to_owned(),
        password: password.to_owned(),
        database: DATABASE.to_owned(),
        app_name: "hartonomous-standin".to_owned(),
        odbc: true,
        ..Login::default()
    };
    Ok(Engine(engine.clone()).login(&login)?.0)
}

fn run(session: &mut dyn EngineSession, text: &str) -> Result<()> {
    let mut sink = FirstError(None);
    session.batch(text, &mut sink);
    sink.0.map_or(Ok(()), Err)
}

/// Keeps the first error and nothing else.
struct FirstError(Option<SqlError>);

impl ResultSink for FirstError {
    fn columns(&mut self, _: &[ColumnInfo]) -> Result<()> {
        Ok(())
    }
    fn row(&mut self, _: &[Value]) -> Result<()> {
        Ok(())
    }
    fn done(&mut self, _: Done) -> Result<()> {
        Ok(())
    }
    fn message(&mut self, message: &SqlError) -> Result<()> {
        if message.class > 10 && self.0.is_none() {
            self.0 = Some(message.clone());
        }
        Ok(())
    }
    fn env_change(&mut self, _: &EnvChange) -> Result<()> {
        Ok(())
    }
    fn return_status(&mut self, _: i32) -> Result<()> {
        Ok(())
    }
    fn return_value(&mut self, _: u16, _: &str, _: &SqlType, _: &Value) -> Result<()> {
        Ok(())
    }
}
