//! The success criteria of phase 4, each measured now.

use serde_json::json;

use super::{Found, PHASE, latency, probes, rows, stable};
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::gate::{Gate, Measured, Thresholds};
use crate::state;
use crate::tsql::{Statement, embedded};

const LOCKS: Statement = embedded!("phase4/select_lock_waits.sql");
const HEALTH: Statement = embedded!("phase4/select_index_health.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: false,
    }
}

const SHAPE: Gate = gate(
    "phase4.table",
    "memory-optimised table, durable",
    "as declared",
);
const LOCK_WAITS: Gate = gate("phase4.lock_waits", "no lock waits on the table", "0");
const HASH_INDEXES: Gate = gate(
    "phase4.hash_indexes",
    "buckets of the hash indexes",
    ">= 10 % empty, chains <= 10",
);

/// Every success criterion of phase 4.
pub const GATES_AFTER: &[Gate] = &[
    SHAPE,
    rows::CHECKSUMS,
    rows::ROWS,
    probes::MODULES,
    probes::ANSWERS,
    latency::MEDIAN,
    latency::TAIL,
    LOCK_WAITS,
    HASH_INDEXES,
    stable::STABLE,
    stable::ERROR_FREE,
];

/// Measures what can be measured right after the copy. Lookups are timed on a connection of their own, so that the lock waits of
/// that session are those of the lookups.
///
/// # Errors
/// A failed statement.
pub async fn measure_table(
    endpoint: &Endpoint,
    connection: &mut Connection,
    found: &Found,
    lock_timeout: std::time::Duration,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    let mut gates = vec![shape(found)];
    if !gates[0].passed() {
        return Ok(gates);
    }
    let sums = rows::source(connection, &found.declared).await?;
    gates.extend(rows::gates(connection, &found.declared).await?);
    let stored = state::list_steps(connection, PHASE).await?;
    gates.push(probes::modules(found, &stored));
    if !found.modules.contains_key(super::plan::GET) {
        return Ok(gates);
    }
    gates.push(probes::answers(connection, &found.declared, sums.rows).await?);
    let mut timed = Connection::open(endpoint, Purpose::Reader, lock_timeout).await?;
    let measured = latency::measure(&mut timed, sums.rows).await?;
    gates.extend(latency::gates(measured.as_ref(), thresholds));
    gates.push(lock_waits(&mut timed).await?);
    gates.push(hash_indexes(connection, thresholds).await?);
    Ok(gates)
}

/// All of it, with the observation window.
///
/// # Errors
/// A failed statement.
pub async fn measure_after(
    endpoint: &Endpoint,
    connection: &mut Connection,
    found: &Found,
    lock_timeout: std::time::Duration,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    let mut gates = measure_table(endpoint, connection, found, lock_timeout, thresholds).await?;
    if let Some(table) = &found.table {
        let rows = rows::source(connection, &found.declared).await?.rows;
        let steps = state::list_steps(connection, PHASE).await?;
        gates.extend(stable::gates(connection, &steps, rows, table.object_id, thresholds).await?);
    }
    Ok(gates)
}

fn shape(found: &Found) -> Measured {
    let difference = match &found.table {
        None => Some("there is no dbo.AtomEmbeddings_InMemory".to_owned()),
        Some(table) => table.differs(&found.declared),
    };
    let columns = found.declared.columns.len() + super::declared::REQUIRED.len();
    let indexes = found.declared.indexes().count();
    SHAPE
        .measured(
            difference.is_none(),
            json!({ "columns": columns, "indexes": indexes, "difference": difference,
                    "durability": found.table.as_ref().map(|table| &table.durability) }),
            difference.unwrap_or_else(|| format!("{columns} columns, {indexes} indexes")),
        )
        .or("run `hartonomous migrate phase4`; if dbo.AtomEmbeddings has other columns now, `hartonomous rollback phase4` first")
}

/// Lock waits of the session that looked rows up, and of anybody on the table now.
async fn lock_waits(timed: &mut Connection) -> Result<Measured, Failure> {
    let row = timed.row(&LOCKS.sql(), &[]).await?;
    let session = row.integer("SessionLockWaits")?;
    let waiting = row.integer("WaitingNow")?;
    let since: Option<chrono::NaiveDateTime> = row.opt("SessionSince")?;
    let since = since.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
    Ok(LOCK_WAITS
        .measured(
            session + waiting == 0,
            json!({
                "session_lock_waits": session,
                "session_lock_milliseconds": row.integer("SessionLockMilliseconds")?,
                "session_since_server_time": since,
                "waiting_now": waiting,
                "views": ["sys.dm_exec_session_wait_stats", "sys.dm_tran_locks"],
                "not_seen": "waits of other sessions in the past: no view counts lock waits of a memory-optimised table",
            }),
            format!("{session} of the session of the lookups (since {since}), {waiting} of others now"),
        )
        .or("lookups do not lock rows: somebody changes the table's definition, or something else was waited for; see sys.dm_tran_locks"))
}

async fn hash_indexes(
    connection: &mut Connection,
    thresholds: &Thresholds,
) -> Result<Measured, Failure> {
    let (least, longest) = (thresholds.empty_buckets_percent, thresholds.chain_length);
    let mut indexes = Vec::new();
    let mut wrong = None;
    let mut worst = (100.0_f64, 0_i64);
    for row in connection.rows(&HEALTH.sql(), &[]).await? {
        let name = row.text("IndexName")?;
        let (buckets, empty) = (row.integer("Buckets")?, row.integer("EmptyBuckets")?);
        let average = row.integer("AverageChain")?;
        let percent = empty as f64 * 100.0 / buckets.max(1) as f64;
        worst = (worst.0.min(percent), worst.1.max(average));
        if (percent < least || average as f64 > longest) && wrong.is_none() {
            wrong = Some(name.clone());
        }
        indexes.push(json!({ "index": name, "buckets": buckets, "empty_percent": percent,
                             "average_chain": average, "longest_chain": row.integer("LongestChain")? }));
    }
    let next = wrong.as_ref().map_or_else(
        || "sys.dm_db_xtp_hash_index_stats shows no hash index: run `hartonomous migrate phase4`".to_owned(),
        |name| format!("in a quiet hour: ALTER TABLE dbo.AtomEmbeddings_InMemory ALTER INDEX {name} REBUILD WITH (BUCKET_COUNT = ...) with one to two times as many buckets as there are different keys"),
    );
    Ok(HASH_INDEXES
        .measured(
            wrong.is_none() && !indexes.is_empty(),
            json!({ "indexes": indexes }),
            format!(
                "{} indexes, at least {:.0} % empty, chains of {} on average at most",
                indexes.len(),
                worst.0,
                worst.1
            ),
        )
        .against(format!(">= {least} % empty, chains <= {longest}"))
        .or(next))
}
