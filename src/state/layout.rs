//! The layout of schema `hartonomous` and its upgrades (docs/state-format.md).

use crate::connect::{Connection, RowExt};
use crate::engine::Stop;
use crate::tsql::{Statement, embedded};

const READ_VERSION: Statement = embedded!("state/read_schema_version.sql");
const LIST_VERSIONS: Statement = embedded!("state/list_schema_versions.sql");
const RECORD_VERSION: Statement = embedded!("state/record_schema_version.sql");

macro_rules! control {
    ($file:literal) => {
        Statement::embedded(
            concat!("migrations/control/", $file),
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/migrations/control/",
                $file
            )),
        )
    };
}

/// The control scripts; the position in this list plus one is the layout version.
const SCRIPTS: &[Statement] = &[
    control!("0001_create_schema.sql"),
    control!("0002_create_runs.sql"),
    control!("0003_create_gates.sql"),
    control!("0004_create_control.sql"),
    control!("0005_create_exceptions.sql"),
    control!("0006_create_key_ranges.sql"),
    control!("0007_create_memory_copy.sql"),
];

/// The first layout whose control row a running migration reads while it works.
pub const STEERABLE: usize = 6;

/// The first layout that knows how far the copy of phase 4 is.
pub const COPYING: usize = 7;

/// What the database has been given so far, by version.
struct Stored {
    version: usize,
    script_sha256: String,
}

/// The layout version of the database, 0 without the schema.
///
/// # Errors
/// A failed read; a layout newer than this program's, or a script that differs from the one that was applied.
pub async fn layout_version(connection: &mut Connection) -> Result<usize, Stop> {
    let row = connection.batch_row(&READ_VERSION.sql()).await?;
    if row.need::<bool>("HasVersionTable")? {
        let mut stored = Vec::new();
        for row in connection.rows(&LIST_VERSIONS.sql(), &[]).await? {
            stored.push(Stored {
                version: usize::try_from(row.integer("Version")?).unwrap_or(usize::MAX),
                script_sha256: row.text("ScriptSha256")?.trim().to_owned(),
            });
        }
        return verify(&stored);
    }
    Ok(0)
}

/// Pure: what is stored against what this program knows.
fn verify(stored: &[Stored]) -> Result<usize, Stop> {
    for (at, entry) in stored.iter().enumerate() {
        let Some(script) = SCRIPTS.get(at).filter(|_| entry.version == at + 1) else {
            return Err(Stop::Refused {
                what: "schema hartonomous".to_owned(),
                cause: format!(
                    "its layout has version {}, this program knows up to {}",
                    stored.last().map_or(0, |last| last.version),
                    SCRIPTS.len()
                ),
                next: "use the program that made it, or a newer one".to_owned(),
            });
        };
        if entry.script_sha256 != script.sql().sha256() {
            return Err(Stop::Refused {
                what: "schema hartonomous".to_owned(),
                cause: format!(
                    "version {} was made by another script than {}",
                    entry.version, script.path
                ),
                next:
                    "use the program that made it; docs/state-format.md says which version that is"
                        .to_owned(),
            });
        }
    }
    Ok(stored.len())
}

/// Brings the layout up to date, one script and its version row per transaction. Call it under the application lock.
///
/// # Errors
/// As `layout_version`, and a failed script.
pub async fn ensure_layout(connection: &mut Connection) -> Result<usize, Stop> {
    let have = layout_version(connection).await?;
    for (at, script) in SCRIPTS.iter().enumerate().skip(have) {
        let sql = script.sql();
        connection.begin().await?;
        connection.script(&sql).await?;
        let version = i32::try_from(at + 1).unwrap_or(i32::MAX);
        connection
            .rows(&RECORD_VERSION.sql(), &[&version, &sql.sha256()])
            .await?;
        connection.commit().await?;
    }
    Ok(SCRIPTS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(count: usize) -> Vec<Stored> {
        (0..count)
            .map(|at| Stored {
                version: at + 1,
                script_sha256: SCRIPTS
                    .get(at)
                    .map_or_else(String::new, |script| script.sql().sha256()),
            })
            .collect()
    }

    #[test]
    fn older_layouts_are_accepted_and_newer_ones_refused() {
        assert_eq!(verify(&[]).unwrap(), 0);
        assert_eq!(verify(&stored(2)).unwrap(), 2);
        let newer = verify(&stored(SCRIPTS.len() + 1)).unwrap_err();
        assert_eq!(newer.exit() as u8, 7);
        assert!(
            newer
                .to_string()
                .contains(&format!("its layout has version {}", SCRIPTS.len() + 1)),
            "{newer}"
        );
    }

    #[test]
    fn a_changed_script_is_refused() {
        let mut changed = stored(1);
        changed[0].script_sha256 = "0".repeat(64);
        assert_eq!(verify(&changed).unwrap_err().exit() as u8, 7);
    }
}
