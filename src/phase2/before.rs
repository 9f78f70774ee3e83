//! What must hold before a byte of phase 2 is written, beside the criteria of phase 1.

use serde_json::json;

use super::PHASE;
use super::load::last_foreign_change;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::pipeline::SourceColumns;
use crate::tsql::{Statement, embedded};

const BACKUP: Statement = embedded!("doctor/select_last_backup.sql");
const LOG: Statement = embedded!("doctor/select_log_space.sql");
const FILES: Statement = embedded!("doctor/select_file_space.sql");
const DIMENSIONS: Statement = embedded!("phase2/check_dimensions.sql");
const TOTALS: Statement = embedded!("phase2/select_totals.sql");
const LEFTOVERS: Statement = embedded!("validate/find_leftover_relations.sql");

const BACKUP_GATE: Gate = Gate {
    id: "phase2.backup",
    phase: PHASE,
    title: "full backup newer than the last schema change",
    threshold: "with checksums, undamaged",
    never_waived: false,
};
const SPACE_GATE: Gate = Gate {
    id: "phase2.space",
    phase: PHASE,
    title: "room for data and log",
    threshold: "forecast fits",
    never_waived: false,
};
const DIMENSION_GATE: Gate = Gate {
    id: "phase2.dimensions",
    phase: PHASE,
    title: "Dimension fits every vector",
    threshold: "0 outside",
    never_waived: true,
};
const LEFTOVER_GATE: Gate = Gate {
    id: "phase2.leftovers",
    phase: PHASE,
    title: "no relations left by a crashed script",
    threshold: "0",
    never_waived: true,
};

/// Every gate before the batches.
pub const GATES_BEFORE: &[Gate] = &[BACKUP_GATE, DIMENSION_GATE, LEFTOVER_GATE, SPACE_GATE];

/// Bytes of a relation with its eight nonclustered indexes, PAGE compressed; measured figures replace it once there
/// are relations (docs/gates.md).
pub const BYTES_PER_RELATION: i64 = 220;
/// Log bytes per relation under full logging.
const LOG_BYTES_PER_RELATION: i64 = 600;
/// The log is reused between batches; it must hold this share of the whole at least, backups being taken.
const LOG_SHARE: i64 = 20;

/// Measures the gates of phase 2 that need no migrated row.
///
/// # Errors
/// A failed statement.
pub async fn measure_before(
    connection: &mut Connection,
    columns: &SourceColumns,
    has_progress: bool,
) -> Result<Vec<Measured>, Failure> {
    let mut gates = vec![
        backup(connection).await?,
        dimensions(connection, columns).await?,
    ];
    if has_progress {
        gates.push(leftovers(connection).await?);
        gates.push(space(connection).await?);
    }
    Ok(gates)
}

async fn backup(connection: &mut Connection) -> Result<Measured, Failure> {
    let row = connection.row(&BACKUP.sql(), &[]).await?;
    let next = "BACKUP DATABASE ... WITH CHECKSUM, then run phase 2 again";
    let Some(id) = row.opt_integer("BackupSetId")? else {
        return Ok(BACKUP_GATE
            .measured(
                false,
                json!({ "backup": null }),
                "no full backup of this database in msdb",
            )
            .or(next));
    };
    let flag = |name: &str| row.opt::<bool>(name).map(|value| value.unwrap_or(false));
    let (checksums, damaged) = (flag("HasChecksums")?, flag("IsDamaged")?);
    // NULL where the recovery fork cannot be seen: not proven foreign.
    let same = row.opt::<bool>("SameLineage")?.unwrap_or(true);
    let started: Option<chrono::NaiveDateTime> = row.opt("StartedAt")?;
    // What a load of this program did to its indexes does not make the backup old that was taken before it.
    let changed = last_foreign_change(connection, row.opt("LastSchemaChange")?).await?;
    let newer = started
        .zip(changed)
        .is_some_and(|(started, changed)| started > changed);
    let device = row.text("Device")?;
    let when = |time: Option<chrono::NaiveDateTime>| {
        time.map_or_else(
            || "?".to_owned(),
            |time| time.format("%Y-%m-%d %H:%M:%S").to_string(),
        )
    };
    let summary = match (checksums, damaged, newer, same) {
        (_, true, _, _) => "the newest backup is damaged".to_owned(),
        (false, _, _, _) => "the newest backup has no checksums".to_owned(),
        (_, _, false, _) => format!(
            "it started {}, the schema changed {}",
            when(started),
            when(changed)
        ),
        (_, _, _, false) => "the newest backup is of another recovery fork".to_owned(),
        _ => format!("{} on {device}", when(started)),
    };
    Ok(BACKUP_GATE
        .measured(
            checksums && !damaged && newer && same,
            json!({ "backup_set_id": id, "started": when(started), "schema_changed": when(changed),
                    "checksums": checksums, "damaged": damaged, "same_recovery_fork": same, "device": device }),
            summary,
        )
        .or(next))
}

async fn dimensions(
    connection: &mut Connection,
    columns: &SourceColumns,
) -> Result<Measured, Failure> {
    let sql = DIMENSIONS.with(&columns.fills());
    let row = connection.row(&sql, &[]).await?;
    let (bad, with_vector, padded) = (
        row.integer("BadDimension")?,
        row.integer("WithVector")?,
        row.integer("Padded")?,
    );
    let first = row.opt_integer("FirstBadId")?;
    let summary = match first {
        None => format!("{with_vector} vectors, {padded} of them padded"),
        Some(id) => format!(
            "{bad} outside 1..{}, first AtomEmbeddingId {id}",
            columns.dimensions
        ),
    };
    Ok(DIMENSION_GATE
        .measured(
            bad == 0,
            json!({ "with_vector": with_vector, "padded": padded, "outside": bad, "first_id": first }),
            summary,
        )
        .or("correct Dimension of those rows: it must say how many components count"))
}

async fn leftovers(connection: &mut Connection) -> Result<Measured, Failure> {
    let rows = connection
        .rows(&LEFTOVERS.sql(), &[&i64::MIN, &i64::MAX, &10i32])
        .await?;
    let mut named = Vec::new();
    for row in &rows {
        // A vector that the procedures wrote for an atom without an embedding is nobody's leftover.
        if row.integer("Embeddings")? > 0 {
            named.push(format!(
                "SourceAtomId {}: {} relations of type {}",
                row.integer("SourceAtomId")?,
                row.integer("Relations")?,
                row.text("RelationType")?
            ));
        }
    }
    let summary = named.first().cloned().unwrap_or_else(|| "none".to_owned());
    Ok(LEFTOVER_GATE
        .measured(named.is_empty(), json!({ "leftovers": named }), summary)
        .or("delete them with EXEC dbo.sp_DeleteAtomicVectors for those SourceAtomIds, which corrects the counts; phase 2 writes them anew"))
}

async fn space(connection: &mut Connection) -> Result<Measured, Failure> {
    let totals = connection.row(&TOTALS.sql(), &[]).await?;
    let components = totals.integer("PendingComponents")?;
    let need_data = components.saturating_mul(BYTES_PER_RELATION);
    let need_log = components.saturating_mul(LOG_BYTES_PER_RELATION) * LOG_SHARE / 100;
    let mut data = Room::default();
    for row in connection.rows(&FILES.sql(), &[]).await? {
        if row.text("FileType")? == "ROWS" {
            data.add(
                row.integer("SizeBytes")?,
                row.opt_integer("UsedBytes")?.unwrap_or(0),
                row.opt_integer("MaxBytes")?,
                row.integer("GrowthPages")? > 0,
            );
        }
    }
    let log = connection.row(&LOG.sql(), &[]).await?;
    let log_free = log.integer("TotalBytes")? - log.integer("UsedBytes")?;
    let mut log_room = Room::default();
    for row in connection.rows(&FILES.sql(), &[]).await? {
        if row.text("FileType")? == "LOG" {
            let size = row.integer("SizeBytes")?;
            log_room.add(
                size,
                size - log_free,
                row.opt_integer("MaxBytes")?,
                row.integer("GrowthPages")? > 0,
            );
        }
    }
    let holds = data.holds(need_data) && log_room.holds(need_log);
    Ok(SPACE_GATE
        .measured(
            holds,
            json!({ "pending_components": components, "data_needed_bytes": need_data, "log_needed_bytes": need_log,
                    "data_free_bytes": data.free, "data_may_grow": data.unlimited, "log_free_bytes": log_room.free,
                    "log_may_grow": log_room.unlimited }),
            format!(
                "data {} needed, {}; log {} needed, {}",
                mebibytes(need_data),
                data.words(),
                mebibytes(need_log),
                log_room.words()
            ),
        )
        .or("add room to the data or log files, or let them grow"))
}

/// Free room of the files of one kind.
#[derive(Debug, Default)]
struct Room {
    free: i64,
    /// A file grows without a limit of its own; the disk is the limit.
    unlimited: bool,
}

impl Room {
    fn add(&mut self, size: i64, used: i64, max: Option<i64>, grows: bool) {
        match (max, grows) {
            (None, true) => {
                self.unlimited = true;
                self.free += size - used;
            }
            (Some(max), true) => self.free += max.max(size) - used,
            (_, false) => self.free += size - used,
        }
    }

    fn holds(&self, need: i64) -> bool {
        self.unlimited || self.free >= need
    }

    fn words(&self) -> String {
        if self.unlimited {
            format!("{} free and growing", mebibytes(self.free))
        } else {
            format!("{} free", mebibytes(self.free))
        }
    }
}

fn mebibytes(bytes: i64) -> String {
    format!("{} MiB", bytes.max(0) / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn a_file_that_may_not_grow_holds_what_is_free() {
        let mut room = Room::default();
        room.add(100, 40, Some(100), false);
        assert!(room.holds(60) && !room.holds(61));
        room.add(100, 100, Some(150), true);
        assert!(room.holds(110) && !room.holds(111));
        room.add(1, 1, None, true);
        assert!(room.holds(i64::MAX));
    }
}
