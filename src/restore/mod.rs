//! `rollback phase3 --from-backup`: the whole database as a backup has it, everything written since then saved first.
//!
//! Order: the backup verified, the database taken from everybody together with the tail of its log, restored, given back,
//! proven. All of it is done from master, because the database itself goes away: its state, its tail in msdb and its restore in
//! msdb say how far a run came that was killed.

mod backup_set;
mod room;
mod tail;
mod takeover;
mod target;

pub use backup_set::{Choice, Header, choose, headers, measure_header, verify};
pub use room::measure_room;
pub use tail::{LastRestore, Tail, describe, last_restore, newest_tail, set_of};
pub use takeover::{
    Statements, Taken, acquire_lock, give_back, is_seat_taken, lift_fence, resume_async_statistics,
    sessions_in,
};
pub use target::{Access, Target};

use crate::gate::Gate;

/// The database from which all of it is done.
pub const MASTER: &str = "master";
/// Name under which gates and steps of this rollback are on record; the un-drop's.
pub const PHASE: &str = crate::phase3::rollback::PHASE;
/// The step under which a proven restore is on record, with its number in msdb.
pub const PROVEN: &str = "restore.proven";

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: true,
    }
}

pub(crate) const BACKUP_SET: Gate = gate(
    "rollback3.backup_set",
    "the backup holds the column",
    "full, with checksums, of this database, after phase 2 and before the drop",
);
pub(crate) const BACKUP_WHOLE: Gate = gate(
    "rollback3.backup_verified",
    "the server can read the whole backup",
    "readable, checksums right",
);
pub(crate) const ROOM: Gate = gate(
    "rollback3.room",
    "the disks have room for the restored files",
    "forecast fits",
);
pub(crate) const RESTORED: Gate = gate(
    "rollback3.restored",
    "the restored database has the column",
    "a vector column EmbeddingVector",
);

/// The gates of a restore; phase 2's criteria are its proof.
pub const GATES: &[Gate] = &[BACKUP_SET, BACKUP_WHOLE, ROOM, RESTORED];

/// The gate after the restore.
pub fn measure_restored(dimensions: Option<i64>) -> crate::gate::Measured {
    RESTORED
        .measured(
            dimensions.is_some(),
            serde_json::json!({ "dimensions": dimensions }),
            dimensions.map_or_else(
                || "dbo.AtomEmbeddings has no vector column EmbeddingVector: the backup is not from before its removal".to_owned(),
                |n| format!("vector({n})"),
            ),
        )
        .or("restore another backup: --backup FILE, --position N; the tail of the log that was saved is not touched")
}
