//! The backup that phase 3 stands on: taken after phase 2, and read again by the server with its checksums.

use chrono::NaiveDateTime;
use serde_json::json;

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt, Sorting};
use crate::gate::{Gate, Measured};
use crate::state;
use crate::tsql::{Fragment, Statement, embedded};

const SELECT: Statement = embedded!("phase3/select_backup.sql");
const VERIFY: Statement = embedded!("phase3/verify_backup.sql");

pub(super) const BACKUP: Gate = Gate {
    id: "phase3.backup",
    phase: PHASE,
    title: "full backup taken after phase 2",
    threshold: "with checksums, undamaged",
    never_waived: false,
};
pub(super) const VERIFIED: Gate = Gate {
    id: "phase3.backup_verified",
    phase: PHASE,
    title: "the server can read that backup",
    threshold: "readable, checksums right",
    never_waived: false,
};

/// Device types of msdb.dbo.backupmediafamily.
const DISK: i64 = 2;

/// Measures both gates; `verify` reads the whole backup, which takes as long as that takes.
///
/// # Errors
/// A failed statement, apart from the verification's own verdict.
pub(super) async fn measure(
    connection: &mut Connection,
    complete_since: Option<NaiveDateTime>,
    verify: bool,
) -> Result<Vec<Measured>, Failure> {
    let next = "BACKUP DATABASE ... TO DISK = ... WITH CHECKSUM, now that phase 2 is complete, and keep the file until phase 3 is past doubt";
    let rows = connection.rows(&SELECT.sql(), &[]).await?;
    let Some(row) = rows.first() else {
        let none = "no full backup with checksums in msdb";
        return Ok(vec![
            BACKUP
                .measured(false, json!({ "backup": null }), none)
                .or(next),
            VERIFIED
                .measured(false, json!({ "backup": null }), none)
                .or(next),
        ]);
    };
    let started: NaiveDateTime = row.need("StartedUtc")?;
    let device = row.text("Device")?;
    let (families, kind) = (
        row.integer("Families")?,
        row.opt_integer("DeviceType")?.unwrap_or(0),
    );
    let position = row.integer("Position")?;
    let holds = complete_since.is_some_and(|since| started >= since);
    let mut summary = format!("{} on {device}", state::when(started));
    if !holds {
        summary = complete_since.map_or_else(
            || "phase 2 is not complete".to_owned(),
            |since| {
                format!(
                    "it started {}, phase 2 was complete {}",
                    state::when(started),
                    state::when(since)
                )
            },
        );
    }
    let backup = BACKUP
        .measured(
            holds,
            json!({ "backup_set_id": row.integer("BackupSetId")?, "started_utc": state::when(started), "device": device,
                    "position": position, "families": families, "copy_only": row.opt::<bool>("IsCopyOnly")?,
                    "phase2_complete_since": complete_since.map(state::when) }),
            summary,
        )
        .or(next);
    let verified = if !verify {
        VERIFIED.measured(
            false,
            json!({ "device": device }),
            "not read yet: `migrate phase3` and `validate phase3` read it",
        )
    } else if families != 1 || kind % 100 != DISK {
        VERIFIED
            .measured(
                false,
                json!({ "device": device, "families": families, "device_type": kind }),
                format!("{families} devices of type {kind}: only a backup in one file on disk can be read from here"),
            )
            .or("read it with RESTORE VERIFYONLY ... WITH CHECKSUM where it is, and waive this gate with the result as the reason")
    } else {
        read_again(connection, &device, position).await?
    };
    Ok(vec![backup, verified])
}

async fn read_again(
    connection: &mut Connection,
    device: &str,
    position: i64,
) -> Result<Measured, Failure> {
    let evidence = json!({ "device": device, "position": position });
    let verify = VERIFY.with(&[("Position", Fragment::number(position))]);
    match connection.rows(&verify, &[&device]).await {
        Ok(_) => Ok(VERIFIED.measured(true, evidence, format!("{device} is readable and whole"))),
        Err(failure @ (Failure::Server { .. } | Failure::Permission { .. }))
            if failure.sorting() == Sorting::Refused =>
        {
            let mut evidence = evidence;
            evidence["message"] = json!(failure.to_string());
            Ok(VERIFIED
                .measured(false, evidence, failure.to_string())
                .or("take a new full backup to a file that the server can read; VERIFYONLY needs the CREATE DATABASE permission"))
        }
        Err(other) => Err(other),
    }
}
