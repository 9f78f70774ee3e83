//! What must hold before phase 4 writes anything, beside phase 3's criteria.

use serde_json::json;

use super::memory::{Forecast, MEMORY, SourceSize, bytes};
use super::{Found, PHASE, memory};
use crate::connect::{Connection, Failure, RowExt, Sorting};
use crate::gate::{Gate, Measured, Thresholds};
use crate::tsql::{Statement, embedded};

const SERVER: Statement = embedded!("doctor/select_server.sql");
const BACKUPS: Statement = embedded!("phase4/select_backups_running.sql");
const VOLUMES: Statement = embedded!("doctor/select_volume_space.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: false,
    }
}

const PLATFORM: Gate = gate(
    "phase4.platform",
    "memory-optimised tables supported",
    "supported",
);
const TYPES: Gate = Gate {
    never_waived: true,
    ..gate(
        "phase4.types",
        "types that the table can hold",
        "0 unsupported",
    )
};
const FILEGROUP: Gate = gate(
    "phase4.filegroup",
    "filegroup with a container",
    "there, or requested",
);
const BACKUP: Gate = gate(
    "phase4.no_backup",
    "no backup runs while files are added",
    "0 running",
);
const DISK: Gate = gate("phase4.disk", "disk for the container", "4 x forecast");

/// Every prerequisite of phase 4, phase 3's criteria apart.
pub const GATES_BEFORE: &[Gate] = &[PLATFORM, TYPES, MEMORY, FILEGROUP, BACKUP, DISK];

/// Container files take up to so many times the data (documentation: the memory-optimised filegroup).
const DISK_TIMES: i64 = 4;

/// What the operator asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// A folder on the server for the container, if one may be made.
    pub create_filegroup: Option<&'a str>,
}

/// Measures the prerequisites.
///
/// # Errors
/// A failed statement.
pub async fn measure_before(
    connection: &mut Connection,
    found: &Found,
    request: Request<'_>,
    thresholds: &Thresholds,
) -> Result<Vec<Measured>, Failure> {
    let platform = platform(connection).await?;
    if !platform.passed() {
        // Without the engine there are no views of it to ask.
        return Ok(vec![platform, types(found)]);
    }
    let mut gates = vec![platform, types(found)];
    let mut forecast = None;
    if found.declared.unsupported.is_empty() {
        let size = SourceSize::read(connection, &found.declared).await?;
        let of_size = Forecast::of(size, &found.declared);
        gates.push(memory::gate(connection, of_size, thresholds).await?);
        forecast = Some(of_size);
    }
    gates.push(filegroup(found, request));
    gates.push(backup(connection, found, request).await?);
    if let Some(forecast) = forecast {
        gates.push(disk(connection, found, forecast).await?);
    }
    Ok(gates)
}

async fn platform(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&SERVER.sql(), &[]).await?;
    let supported = row.opt_integer("IsXtpSupported")?;
    let edition = row.text("Edition")?;
    Ok(PLATFORM
        .measured(
            supported == Some(1),
            json!({ "is_xtp_supported": supported, "edition": edition, "engine_edition": row.opt_integer("EngineEdition")? }),
            edition,
        )
        .or("SERVERPROPERTY('IsXTPSupported') is not 1 here: another edition or service tier is needed"))
}

fn types(found: &Found) -> Measured {
    let declared = &found.declared;
    let held = declared.columns.len() + super::declared::REQUIRED.len();
    TYPES
        .measured(
            declared.unsupported.is_empty(),
            json!({ "held": held, "unsupported": declared.unsupported, "staying": declared.staying }),
            if declared.unsupported.is_empty() {
                format!("{held} columns; {} stay in dbo.AtomEmbeddings", declared.staying.len())
            } else {
                declared.unsupported.join(", ")
            },
        )
        .or("change the type of these columns: memory-optimised tables do not hold it (message 10794), or the procedures need another")
}

fn filegroup(found: &Found, request: Request<'_>) -> Measured {
    let containers: Vec<&str> = found
        .filegroup
        .iter()
        .flat_map(|filegroup| &filegroup.containers)
        .map(|container| container.path.as_str())
        .collect();
    let name = found
        .filegroup
        .as_ref()
        .map(|filegroup| filegroup.name.as_str());
    let summary = match (name, containers.first(), request.create_filegroup) {
        (Some(name), Some(path), _) => format!("{name}, {path}"),
        (_, None, Some(path)) => format!("would be made in {path}"),
        (Some(name), None, None) => format!("{name} has no container"),
        (None, _, _) => "none".to_owned(),
    };
    FILEGROUP
        .measured(
            !containers.is_empty() || request.create_filegroup.is_some(),
            json!({ "filegroup": name, "containers": containers, "requested": request.create_filegroup }),
            summary,
        )
        .or("`hartonomous migrate phase4 --create-filegroup PATH` makes it; PATH is a new folder on the server, on a disk with room for four times the data")
}

async fn backup(
    connection: &mut Connection,
    found: &Found,
    request: Request<'_>,
) -> Result<Measured, Failure> {
    if found.has_container() || request.create_filegroup.is_none() {
        return Ok(BACKUP.measured(true, json!({ "adds_files": false }), "no file is added"));
    }
    let running: Vec<(i64, String)> = connection
        .rows(&BACKUPS.sql(), &[])
        .await?
        .iter()
        .map(|row| Ok((row.integer("SessionId")?, row.text("Command")?)))
        .collect::<Result<_, Failure>>()?;
    Ok(backup_gate(&running))
}

fn backup_gate(running: &[(i64, String)]) -> Measured {
    BACKUP
        .measured(
            running.is_empty(),
            json!({ "adds_files": true, "running": running }),
            running.first().map_or_else(
                || "none".to_owned(),
                |(session, command)| format!("{} of session {session}", command.to_lowercase()),
            ),
        )
        .or("files cannot be added while a backup runs: run this again when it is done")
}

async fn disk(
    connection: &mut Connection,
    found: &Found,
    forecast: Forecast,
) -> Result<Measured, Failure> {
    let wanted = forecast.total_bytes.saturating_mul(DISK_TIMES);
    let unseen = |why: &str| {
        DISK.measured(
            true,
            json!({ "seen": false, "wanted_bytes": wanted, "why": why }),
            format!("{} wanted; not measured: {why}", bytes(wanted)),
        )
    };
    let Some(filegroup) = found.filegroup.as_ref().filter(|_| found.has_container()) else {
        return Ok(unseen(
            "no view shows the disk of a folder that is not there yet",
        ));
    };
    let rows = match connection.rows(&VOLUMES.sql(), &[]).await {
        Ok(rows) => rows,
        Err(failure @ Failure::Permission { .. }) => {
            return Ok(unseen(&failure.to_string()));
        }
        Err(failure) if failure.sorting() == Sorting::Refused && failure.number().is_some() => {
            return Ok(unseen(&failure.to_string()));
        }
        Err(failure) => return Err(failure),
    };
    let mut volumes: Vec<(String, i64)> = Vec::new();
    for row in &rows {
        let file = row.integer("FileId")?;
        let volume = (
            row.text("VolumeMountPoint")?,
            row.integer("AvailableBytes")?,
        );
        if filegroup.containers.iter().any(|one| one.file_id == file) && !volumes.contains(&volume)
        {
            volumes.push(volume);
        }
    }
    if volumes.is_empty() {
        return Ok(unseen("the server shows no volume for the container"));
    }
    let free: i64 = volumes.iter().map(|(_, bytes)| bytes).sum();
    Ok(DISK
        .measured(
            free >= wanted,
            json!({ "seen": true, "wanted_bytes": wanted, "free_bytes": free, "volumes": volumes }),
            format!(
                "{} wanted, {} free on {}",
                bytes(wanted),
                bytes(free),
                volumes[0].0
            ),
        )
        .or("make room on the container's disk, or add a container on another one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_backup_is_named() {
        assert!(backup_gate(&[]).passed());
        let gate = backup_gate(&[(61, "BACKUP DATABASE".to_owned())]);
        assert!(!gate.passed());
        assert_eq!(gate.summary, "backup database of session 61");
    }
}
