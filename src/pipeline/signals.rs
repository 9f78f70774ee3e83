//! Takes the readings of the throttle's signals. One that the login may not read, or that fails, is blind, not quiet.

use std::time::Duration;

use chrono::NaiveTime;

use super::throttle::{LogUse, Reading, Replica, Signal, Thresholds};
use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Statement, embedded};

const LOG: Statement = embedded!("doctor/select_log_space.sql");
const FILES: Statement = embedded!("doctor/select_file_space.sql");
const VOLUMES: Statement = embedded!("doctor/select_volume_space.sql");
const AVAILABILITY: Statement = embedded!("doctor/select_availability.sql");
const BLOCKED: Statement = embedded!("doctor/select_blocked_sessions.sql");
const VERSIONS: Statement = embedded!("doctor/select_version_store.sql");

/// Reads every signal that is watched.
///
/// # Errors
/// A lost connection; a refused statement makes its own signal blind and nothing else.
pub async fn read(
    connection: &mut Connection,
    thresholds: &Thresholds,
    server_time: NaiveTime,
    commit_median: Option<Duration>,
) -> Result<Vec<Reading>, Failure> {
    let mut readings = Vec::new();
    let watched =
        |signals: &[Signal]| -> bool { signals.iter().any(|one| thresholds.watches(*one)) };
    if watched(&[Signal::Log, Signal::LogReuse]) {
        match seen(log_use(connection).await)? {
            Some(log) => readings.extend([thresholds.log(&log), thresholds.log_reuse(&log)]),
            None => readings.extend([Signal::Log, Signal::LogReuse].map(|s| thresholds.blind(s))),
        }
    }
    if watched(&[Signal::AgSend, Signal::AgRedo]) {
        match seen(replicas(connection).await)? {
            Some(all) => readings.extend([thresholds.ag_send(&all), thresholds.ag_redo(&all)]),
            None => readings.extend([Signal::AgSend, Signal::AgRedo].map(|s| thresholds.blind(s))),
        }
    }
    if watched(&[Signal::Blocked]) {
        readings.push(match seen(blocked(connection).await)? {
            Some((waiting, longest)) => thresholds.blocked(waiting, longest),
            None => thresholds.blind(Signal::Blocked),
        });
    }
    if watched(&[Signal::VersionStore]) {
        readings.push(match seen(versions(connection).await)? {
            Some(kilobytes) => thresholds.version_store(kilobytes),
            None => thresholds.blind(Signal::VersionStore),
        });
    }
    readings.push(thresholds.commit_latency(commit_median));
    readings.push(thresholds.window(server_time));
    readings.retain(|reading| thresholds.watches(reading.signal));
    Ok(readings)
}

/// None for a statement that the server refused; a lost connection stays a failure.
fn seen<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure @ (Failure::Server { .. } | Failure::Permission { .. })) => {
            tracing::debug!(%failure, "a signal cannot be read");
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

async fn log_use(connection: &mut Connection) -> Result<LogUse, Failure> {
    let row = connection.batch_row(&LOG.sql()).await?;
    let (used, total) = (row.integer("UsedBytes")?, row.integer("TotalBytes")?);
    let reuse_wait = row.text("LogReuseWait")?;
    // Room on the disk counts only for files that may grow; who may not see the disk has the files' own size.
    let mut room = std::collections::BTreeMap::new();
    if let Some(rows) = seen(connection.rows(&VOLUMES.sql(), &[]).await)? {
        for row in rows {
            room.insert(row.integer("FileId")?, row.integer("AvailableBytes")?);
        }
    }
    let mut growth = 0i64;
    if let Some(rows) = seen(connection.rows(&FILES.sql(), &[]).await)? {
        for row in rows {
            if row.text("FileType")? != "LOG" || row.integer("GrowthPages")? == 0 {
                continue;
            }
            let disk = room.get(&row.integer("FileId")?).copied().unwrap_or(0);
            let limit = row.opt_integer("MaxBytes")?.map_or(Ok(i64::MAX), |most| {
                Ok::<_, Failure>(most - row.integer("SizeBytes")?)
            })?;
            growth = growth.saturating_add(disk.min(limit.max(0)));
        }
    }
    Ok(LogUse {
        used_bytes: used,
        capacity_bytes: total.saturating_add(growth),
        reuse_wait,
    })
}

async fn replicas(connection: &mut Connection) -> Result<Vec<Replica>, Failure> {
    connection
        .batch(&AVAILABILITY.sql())
        .await?
        .into_iter()
        .flatten()
        .map(|row| {
            Ok(Replica {
                send_queue_kb: row.opt_integer("LogSendQueueKb")?.unwrap_or(0),
                redo_queue_kb: row.opt_integer("RedoQueueKb")?.unwrap_or(0),
                suspended: row.opt("IsSuspended")?.unwrap_or(false),
            })
        })
        .collect()
}

async fn blocked(connection: &mut Connection) -> Result<(usize, Duration), Failure> {
    let rows: Vec<_> = connection
        .batch(&BLOCKED.sql())
        .await?
        .into_iter()
        .flatten()
        .collect();
    let longest = rows
        .first()
        .map(|row| row.integer("WaitMilliseconds"))
        .transpose()?
        .unwrap_or(0);
    let longest = Duration::from_millis(u64::try_from(longest).unwrap_or(0));
    Ok((rows.len(), longest))
}

async fn versions(connection: &mut Connection) -> Result<i64, Failure> {
    connection
        .batch_row(&VERSIONS.sql())
        .await?
        .integer("ReservedKb")
}
