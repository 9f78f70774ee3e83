//! Do the disks have room for what a restore writes?

use std::collections::BTreeMap;

use serde_json::json;
use tiberius::Row;
use tiberius::numeric::Numeric;

use super::{Choice, ROOM};
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::Measured;
use crate::tsql::{Fragment, Statement, embedded};

const FILES: Statement = embedded!("restore/read_files.sql");
const SPACE: Statement = embedded!("restore/select_room.sql");

/// A file that the restore writes.
struct Wanted {
    path: String,
    bytes: i64,
}

fn bytes(row: &Row, name: &str) -> Result<i64, Failure> {
    let value: Numeric = row.need(name)?;
    Ok(i64::try_from(value.int_part()).unwrap_or(i64::MAX))
}

/// The gate: what the files of the backup need beyond what the database's files have already, against the free room of the
/// disks on which those are. A file on another disk cannot be judged from here; the evidence names it.
///
/// # Errors
/// A failed statement; a permission that is missing is evidence.
pub async fn measure_room(
    master: &mut Connection,
    choice: &Choice,
    database: &str,
) -> Result<Measured, Failure> {
    let sql = FILES.with(&[("Position", Fragment::number(choice.position))]);
    let mut wanted = Vec::new();
    for row in master.rows(&sql, &[&choice.device]).await? {
        wanted.push(Wanted {
            path: row.text("PhysicalName")?,
            bytes: bytes(&row, "Size")?,
        });
    }
    let mut have: BTreeMap<String, i64> = BTreeMap::new();
    let mut free: BTreeMap<String, (String, i64)> = BTreeMap::new();
    let unseen = match master.rows(&SPACE.sql(), &[&database]).await {
        Ok(rows) => {
            for row in rows {
                let path = row.text("PhysicalName")?;
                have.insert(path.clone(), row.integer("SizeBytes")?);
                let volume = row.text("VolumeMountPoint")?;
                free.insert(path, (volume, row.integer("AvailableBytes")?));
            }
            None
        }
        Err(failure @ (Failure::Permission { .. } | Failure::Server { .. })) => {
            Some(failure.to_string())
        }
        Err(failure) => return Err(failure),
    };
    Ok(judge(&wanted, &have, &free, unseen))
}

fn judge(
    wanted: &[Wanted],
    have: &BTreeMap<String, i64>,
    free: &BTreeMap<String, (String, i64)>,
    unseen: Option<String>,
) -> Measured {
    let total: i64 = wanted.iter().map(|file| file.bytes).sum();
    let mut growth: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for file in wanted {
        match free.get(&file.path) {
            Some((volume, available)) => {
                let more = file.bytes - have.get(&file.path).copied().unwrap_or(0);
                growth.entry(volume).or_insert((0, *available)).0 += more.max(0);
            }
            None => elsewhere.push(file.path.clone()),
        }
    }
    let short = growth.iter().find(|(_, (more, room))| more > room);
    let mb = |bytes: i64| bytes / 1_048_576;
    let summary = match (short, &unseen) {
        (Some((volume, (more, room))), _) => format!(
            "{volume} needs {} MB more and has {} MB",
            mb(*more),
            mb(*room)
        ),
        (None, Some(cause)) => format!("{} MB; free room not seen: {cause}", mb(total)),
        (None, None) => format!("{} MB in {} files", mb(total), wanted.len()),
    };
    ROOM.measured(
        short.is_none(),
        json!({ "files": wanted.len(), "bytes": total, "not_judged": elsewhere, "not_seen": unseen }),
        summary,
    )
    .or("make room on that disk, or restore by hand WITH MOVE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_is_counted_and_the_rest_must_fit() {
        let wanted = [Wanted {
            path: "/d/a.mdf".to_owned(),
            bytes: 10 << 20,
        }];
        let have = BTreeMap::from([("/d/a.mdf".to_owned(), 4 << 20)]);
        let free = |bytes: i64| BTreeMap::from([("/d/a.mdf".to_owned(), ("/d".to_owned(), bytes))]);
        assert!(judge(&wanted, &have, &free(6 << 20), None).passed());
        let short = judge(&wanted, &have, &free(5 << 20), None);
        assert!(!short.passed() && short.summary.contains("needs 6 MB more and has 5 MB"));
        assert!(
            judge(&wanted, &BTreeMap::new(), &BTreeMap::new(), None).evidence["not_judged"][0]
                == "/d/a.mdf"
        );
    }
}
