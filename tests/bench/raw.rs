//! The baseline of the pipeline: the same relations as ready-made rows, bulk-loaded with the same driver into the same table
//! of the same server, committed in portions as large as the pipeline's batches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tiberius::{ColumnData, IntoSql, TokenRow};

use crate::processes;
use crate::server::{Database, Server};
use crate::session::{Outcome, Session};

const COLUMNS: &[&str] = &[
    "SourceAtomId",
    "TargetAtomId",
    "RelationType",
    "SequenceIndex",
    "SpatialBucket",
    "SpatialBucketX",
    "SpatialBucketY",
    "SpatialBucketZ",
    "CoordX",
    "CoordY",
    "CoordZ",
    "TenantId",
];

/// A relation, ready to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    source: i64,
    target: i64,
    index: i32,
    tenant: i32,
}

/// What loading them took.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    pub took: Duration,
    pub relations: u64,
    pub client_cpu: Option<Duration>,
    pub server_cpu: Option<Duration>,
}

/// The relations that the pipeline wrote, in the order in which it did.
pub async fn ready(database: &Database) -> Outcome<Vec<Ready>> {
    let mut ready = Vec::new();
    Session::open(&database.connection_string)
        .await?
        .rows(
            "SELECT SourceAtomId, TargetAtomId, SequenceIndex, TenantId FROM dbo.AtomRelations ORDER BY AtomRelationId",
            |row| {
                let absent = "a relation has a NULL";
                ready.push(Ready {
                    source: row.try_get("SourceAtomId")?.ok_or(absent)?,
                    target: row.try_get("TargetAtomId")?.ok_or(absent)?,
                    index: row.try_get("SequenceIndex")?.ok_or(absent)?,
                    tenant: row.try_get("TenantId")?.ok_or(absent)?,
                });
                Ok(())
            },
        )
        .await?;
    Ok(ready)
}

/// Empties the table and loads the rows on so many connections at once.
pub async fn load(
    server: &Server,
    database: &Database,
    ready: &Arc<Vec<Ready>>,
    portion: usize,
    connections: usize,
) -> Outcome<Loaded> {
    let mut sessions = Vec::new();
    for _ in 0..connections {
        sessions.push(Session::open(&database.connection_string).await?);
    }
    let mut control = Session::open(&database.connection_string).await?;
    control.batch("TRUNCATE TABLE dbo.AtomRelations;").await?;
    let own = std::process::id();
    let (client, served) = (processes::cpu(own), server.cpu());
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, session) in sessions.into_iter().enumerate() {
        let ready = ready.clone();
        tasks.spawn(load_share(session, ready, portion, number, connections));
    }
    let mut relations = 0;
    while let Some(loaded) = tasks.join_next().await {
        relations += loaded??;
    }
    let since = |now: Option<Duration>, then: Option<Duration>| now?.checked_sub(then?);
    Ok(Loaded {
        took: started.elapsed(),
        relations,
        client_cpu: since(processes::cpu(own), client),
        server_cpu: since(server.cpu(), served),
    })
}

/// Every `of`-th portion, beginning with the `number`-th.
async fn load_share(
    mut session: Session,
    ready: Arc<Vec<Ready>>,
    portion: usize,
    number: usize,
    of: usize,
) -> Outcome<u64> {
    let mut loaded = 0;
    for rows in ready.chunks(portion.max(1)).skip(number).step_by(of) {
        session.batch("BEGIN TRANSACTION;").await?;
        loaded += session
            .bulk("dbo.AtomRelations", COLUMNS, rows.iter().map(row))
            .await?;
        session.batch("COMMIT TRANSACTION;").await?;
    }
    Ok(loaded)
}

fn row<'a>(ready: &Ready) -> TokenRow<'a> {
    let mut row = TokenRow::with_capacity(COLUMNS.len());
    row.push(ready.source.into_sql());
    row.push(ready.target.into_sql());
    row.push("embedding_dimension".into_sql());
    row.push(ready.index.into_sql());
    row.push(ColumnData::I64(None));
    for _ in 0..3 {
        row.push(ColumnData::I32(None));
    }
    for _ in 0..3 {
        row.push(ColumnData::F64(None));
    }
    row.push(ready.tenant.into_sql());
    row
}
