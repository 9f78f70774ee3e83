//! The backup set that is to be restored: found, read, verified.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::json;
use tiberius::Row;

use super::{BACKUP_SET, BACKUP_WHOLE, Target};
use crate::connect::{Connection, Failure, RowExt, Sorting};
use crate::gate::Measured;
use crate::state;
use crate::tsql::{Fragment, Sql, Statement, embedded};

const SELECT: Statement = embedded!("restore/select_backup_set.sql");
const HEADERS: Statement = embedded!("restore/read_headers.sql");
const VERIFY: Statement = embedded!("phase3/verify_backup.sql");

/// A backup set by file and position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub device: String,
    pub position: i64,
    /// Its number in msdb, when it is there.
    pub set: Option<i64>,
}

/// What the file says about a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub position: i64,
    /// 1 a full backup.
    pub kind: i64,
    pub database: String,
    /// UTC.
    pub started: NaiveDateTime,
    pub finished: NaiveDateTime,
    pub checksums: bool,
    pub damaged: bool,
    pub snapshot: bool,
}

/// The newest backup in msdb that can count, or the one with that number.
///
/// # Errors
/// A failed statement.
pub async fn choose(
    master: &mut Connection,
    database: &str,
    before: Option<NaiveDateTime>,
    set: Option<i64>,
) -> Result<Option<Choice>, Failure> {
    let number = set.and_then(|set| i32::try_from(set).ok());
    let rows = master
        .rows(&SELECT.sql(), &[&database, &before, &number])
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(Choice {
        device: row.text("Device")?,
        position: row.integer("Position")?,
        set: Some(row.integer("BackupSetId")?),
    }))
}

/// The sets of a file, or why the server cannot read it.
///
/// # Errors
/// A lost connection, a permission that is missing.
pub async fn headers(
    master: &mut Connection,
    device: &str,
    target: &Target,
) -> Result<Result<Vec<Header>, String>, Failure> {
    match master.rows(&HEADERS.sql(), &[&device]).await {
        Ok(rows) => {
            let read: Result<Vec<_>, _> = rows.iter().map(|row| header(row, target)).collect();
            Ok(Ok(read?))
        }
        Err(failure @ Failure::Server { .. }) if failure.sorting() == Sorting::Refused => {
            Ok(Err(failure.to_string()))
        }
        Err(failure) => Err(failure),
    }
}

fn header(row: &Row, target: &Target) -> Result<Header, Failure> {
    let utc = |name: &str| -> Result<NaiveDateTime, Failure> {
        let local: NaiveDateTime = row.need(name)?;
        Ok(local - TimeDelta::minutes(target.utc_offset))
    };
    let flag = |name: &str| -> Result<bool, Failure> { Ok(row.opt_integer(name)? == Some(1)) };
    Ok(Header {
        position: row.integer("Position")?,
        kind: row.integer("BackupType")?,
        database: row.text("DatabaseName")?,
        started: utc("BackupStartDate")?,
        finished: utc("BackupFinishDate")?,
        checksums: flag("HasBackupChecksums")?,
        damaged: flag("IsDamaged")?,
        snapshot: flag("IsSnapshot")?,
    })
}

/// The gate about what the set is. `complete_since` and `dropped_at` (UTC) are not known of a database that is out of use.
pub fn measure_header(
    choice: &Choice,
    headers: &Result<Vec<Header>, String>,
    target: &Target,
    complete_since: Option<NaiveDateTime>,
    dropped_at: Option<NaiveDateTime>,
) -> Measured {
    let next = "name another backup: --backup FILE, --position N (`RESTORE HEADERONLY` lists what a file holds)";
    let found = headers
        .as_ref()
        .ok()
        .and_then(|all| all.iter().find(|h| h.position == choice.position));
    let wrong = match (headers, found) {
        (Err(cause), _) => Some(cause.clone()),
        (Ok(all), None) => Some(format!(
            "the file holds {} backup sets, none at position {}",
            all.len(),
            choice.position
        )),
        (Ok(_), Some(header)) => why_not(header, target, complete_since, dropped_at),
    };
    let summary = wrong.clone().unwrap_or_else(|| {
        let when = found.map_or_else(String::new, |header| state::when(header.started));
        format!("{when} in {}, position {}", choice.device, choice.position)
    });
    BACKUP_SET
        .measured(
            wrong.is_none(),
            json!({ "device": choice.device, "position": choice.position, "backup_set_id": choice.set,
                    "started_utc": found.map(|h| state::when(h.started)), "finished_utc": found.map(|h| state::when(h.finished)),
                    "database": found.map(|h| h.database.clone()), "checksums": found.map(|h| h.checksums),
                    "phase2_complete_since": complete_since.map(state::when), "dropped_at": dropped_at.map(state::when) }),
            summary,
        )
        .or(next)
}

fn why_not(
    header: &Header,
    target: &Target,
    complete_since: Option<NaiveDateTime>,
    dropped_at: Option<NaiveDateTime>,
) -> Option<String> {
    let started = state::when(header.started);
    if header.kind != 1 {
        return Some(format!(
            "it is not a full backup of a database (type {})",
            header.kind
        ));
    }
    // As SQL Server compares names of databases under its default collation.
    if !header.database.eq_ignore_ascii_case(&target.database) {
        return Some(format!("it is a backup of database '{}'", header.database));
    }
    if header.snapshot {
        return Some("it is a snapshot backup, which only its own software restores".to_owned());
    }
    if header.damaged {
        return Some("the database was damaged when it was taken".to_owned());
    }
    if !header.checksums {
        return Some(
            "it was taken without CHECKSUM, so nobody can tell whether it is whole".to_owned(),
        );
    }
    if let Some(at) = dropped_at.filter(|at| header.finished >= *at) {
        return Some(format!(
            "it ended {}, and the column was dropped {}: it does not surely hold the column",
            state::when(header.finished),
            state::when(at)
        ));
    }
    complete_since
        .filter(|since| header.started < *since)
        .map(|since| {
            format!(
                "it began {started}, before phase 2 was complete ({}): what phase 2 did would be lost, too",
                state::when(since)
            )
        })
}

/// The statement that reads a whole set.
pub fn verify_sql(position: i64) -> Sql {
    VERIFY.with(&[("Position", Fragment::number(position))])
}

/// The gate about the set being whole: the server reads all of it. It takes as long as that takes.
///
/// # Errors
/// A lost connection.
pub async fn verify(master: &mut Connection, choice: &Choice) -> Result<Measured, Failure> {
    let mut evidence = json!({ "device": choice.device, "position": choice.position });
    match master
        .rows(&verify_sql(choice.position), &[&choice.device])
        .await
    {
        Ok(_) => Ok(BACKUP_WHOLE.measured(true, evidence, "readable and whole")),
        Err(failure @ (Failure::Server { .. } | Failure::Permission { .. }))
            if failure.sorting() == Sorting::Refused =>
        {
            evidence["message"] = json!(failure.to_string());
            Ok(BACKUP_WHOLE
                .measured(false, evidence, failure.to_string())
                .or("restore another backup: --backup FILE, --position N"))
        }
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2026, 1, 1)
            .unwrap()
            .and_hms_opt(hour, 0, 0)
            .unwrap()
    }

    fn target() -> Target {
        Target {
            database: "Atoms".to_owned(),
            state: "ONLINE".to_owned(),
            user_access: "MULTI_USER".to_owned(),
            recovery_model: "FULL".to_owned(),
            statistics_async: false,
            in_group: false,
            snapshots: 0,
            published: false,
            file_bytes: 0,
            utc_offset: 0,
            may_restore: true,
        }
    }

    #[test]
    fn only_a_backup_between_phase_2_and_the_drop_counts() {
        let good = Header {
            position: 2,
            kind: 1,
            database: "atoms".to_owned(),
            started: at(5),
            finished: at(6),
            checksums: true,
            damaged: false,
            snapshot: false,
        };
        let choice = Choice {
            device: "f.bak".to_owned(),
            position: 2,
            set: None,
        };
        let measure = |header: Header| {
            measure_header(
                &choice,
                &Ok(vec![header]),
                &target(),
                Some(at(4)),
                Some(at(8)),
            )
        };
        assert!(measure(good.clone()).passed());
        for (bad, told) in [
            (
                Header {
                    position: 1,
                    ..good.clone()
                },
                "none at position 2",
            ),
            (
                Header {
                    kind: 2,
                    ..good.clone()
                },
                "not a full backup",
            ),
            (
                Header {
                    database: "other".to_owned(),
                    ..good.clone()
                },
                "'other'",
            ),
            (
                Header {
                    checksums: false,
                    ..good.clone()
                },
                "CHECKSUM",
            ),
            (
                Header {
                    damaged: true,
                    ..good.clone()
                },
                "damaged",
            ),
            (
                Header {
                    snapshot: true,
                    ..good.clone()
                },
                "snapshot",
            ),
            (
                Header {
                    finished: at(9),
                    ..good.clone()
                },
                "dropped",
            ),
            (
                Header {
                    started: at(3),
                    ..good.clone()
                },
                "before phase 2",
            ),
        ] {
            let measured = measure(bad);
            assert!(
                !measured.passed() && measured.summary.contains(told),
                "{}",
                measured.summary
            );
        }
    }
}
