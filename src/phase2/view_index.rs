//! The clustered index of vw_EmbeddingVectors: whether it is built, why, and the step that builds it.
//!
//! It stores every component a second time. It is built after the load, on request, or by itself where that is known to be safe:
//! the room is known to be there, nobody's statements would fail for it, and building it keeps writers out for a short time only.

use serde::Serialize;

use super::PHASE;
use super::load::Decision;
use crate::connect::{Connection, Failure, RowExt, Sorting};
use crate::engine::{Plan, PlannedStep, StepState};
use crate::phase1::{Inventory, Table};
use crate::state::StoredStep;
use crate::tsql::{Statement, embedded};

const CREATE: Statement = embedded!("phase2/create_view_index.sql");
const INSPECT: Statement = embedded!("phase2/inspect_view_index.sql");
const SESSIONS: Statement = embedded!("phase2/find_unfit_sessions.sql");
const FILES: Statement = embedded!("doctor/select_file_space.sql");
const VOLUMES: Statement = embedded!("doctor/select_volume_space.sql");

/// Name of the index.
pub const INDEX: &str = "UX_vw_EmbeddingVectors";
/// Step that builds it.
pub const STEP: &str = "index.UX_vw_EmbeddingVectors";

/// Bytes of a row of the index before compression: three keys, the value, a row's overhead.
const BYTES_PER_ROW: i64 = 40;
/// The index and the sort that builds it.
const COPIES: i64 = 2;
/// More relations than this are not indexed by itself while others work: they wait until it is built.
const MOST_WHILE_LIVE: i64 = 5_000_000;

/// What the operator says about the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// Nothing: it is built where that is safe.
    #[default]
    None,
    Build,
    Refuse,
}

/// What the database says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ViewIndex {
    pub exists: bool,
    pub disabled: bool,
    /// Rows that it has, an estimate of the catalog.
    pub rows: Option<i64>,
    /// Modules that would write under the wrong SET options (Msg 1934).
    pub modules: Option<String>,
    /// Programs connected now that would; None: none. Not known without VIEW SERVER PERFORMANCE STATE.
    pub sessions: Option<String>,
    pub sees_sessions: bool,
    /// Bytes known to be free for it: in the data files, and on the disks as far as the files may grow. None: not known.
    pub room: Option<i64>,
    pub versioned: bool,
}

impl ViewIndex {
    /// Reads all of it.
    ///
    /// # Errors
    /// A failed statement; what the login may not see is not known.
    pub async fn read(connection: &mut Connection, inventory: &Inventory) -> Result<Self, Failure> {
        let row = connection.row(&INSPECT.sql(), &[]).await?;
        let mut found = Self {
            exists: row.opt::<&str>("IndexName")? == Some(INDEX),
            disabled: row.opt("IsDisabled")?.unwrap_or(false),
            rows: row.opt_integer("RowEstimate")?,
            modules: row.opt::<&str>("Modules")?.map(str::to_owned),
            versioned: inventory
                .tables
                .get(Table::AtomRelations.name())
                .is_some_and(|table| table.versioned),
            ..Self::default()
        };
        if let Some(rows) = seen(connection.rows(&SESSIONS.sql(), &[]).await)? {
            for row in rows {
                found.sessions = row.opt::<&str>("Programs")?.map(str::to_owned);
                found.sees_sessions = row.integer("SeesAll")? == 1;
            }
        }
        found.room = room(connection).await?;
        Ok(found)
    }

    /// Is it to be built, for so many relations, of which `pending` are still to be loaded?
    pub fn choose(&self, wish: Wish, asked_before: bool, load: Load) -> (bool, Decision) {
        let (build, why) = self.reason(wish, asked_before, load);
        let choice = match (build, self.exists) {
            (_, true) => "kept",
            (true, false) => "built after the load",
            (false, false) => "not built",
        };
        let why = if build || self.exists {
            format!(
                "{why}; every relation of the view is written twice from then on, and every writer to dbo.Atoms and dbo.AtomRelations \
                 needs the SET options of indexed views (1934)"
            )
        } else {
            why
        };
        let decision = Decision {
            about: "index of the view",
            choice: choice.to_owned(),
            why,
        };
        (build && !self.exists, decision)
    }

    fn reason(&self, wish: Wish, asked_before: bool, load: Load) -> (bool, String) {
        let need = load.relations.saturating_mul(BYTES_PER_ROW * COPIES);
        let ask = "--index-view builds it all the same";
        if self.exists {
            let word = if self.disabled {
                "it is there, and disabled"
            } else {
                "it is there"
            };
            return (true, word.to_owned());
        }
        match wish {
            Wish::Refuse => return (false, "--no-index-view".to_owned()),
            Wish::Build => {
                let mut why = format!(
                    "asked for; it needs about {} while it is built, {}",
                    mebibytes(need),
                    self.words()
                );
                if let Some(modules) = &self.modules {
                    why = format!(
                        "{why}; writes of {modules}, made with QUOTED_IDENTIFIER or ANSI_NULLS OFF, will fail"
                    );
                }
                return (true, why);
            }
            Wish::None => {}
        }
        if asked_before {
            return (true, "an earlier run began to build it".to_owned());
        }
        if self.versioned {
            return (
                false,
                format!(
                    "an indexed view over a system-versioned table is documented nowhere; {ask}"
                ),
            );
        }
        if let Some(modules) = &self.modules {
            return (
                false,
                format!(
                    "writes of {modules}, made with QUOTED_IDENTIFIER or ANSI_NULLS OFF, would fail (1934); {ask}"
                ),
            );
        }
        if !self.sees_sessions {
            return (
                false,
                format!(
                    "whether connected programs have the SET options that it demands cannot be seen; {ask}"
                ),
            );
        }
        if let Some(programs) = &self.sessions {
            return (
                false,
                format!(
                    "writes of connected programs would fail for their SET options (1934): {programs}; {ask}"
                ),
            );
        }
        if load.relations > MOST_WHILE_LIVE && !load.maintenance_window {
            return (
                false,
                format!(
                    "it cannot be built online, and writers would wait while {} relations are sorted; --maintenance-window allows it, {ask}",
                    load.relations
                ),
            );
        }
        let Some(room) = self.room else {
            return (
                false,
                format!("the room on the disks cannot be seen; {ask}"),
            );
        };
        if room < need.saturating_add(load.bytes) {
            return (
                false,
                format!(
                    "{} are known to be free, the load needs {} and the index {}; {ask}",
                    mebibytes(room),
                    mebibytes(load.bytes),
                    mebibytes(need)
                ),
            );
        }
        (
            true,
            format!(
                "{} are known to be free, the load needs {} and the index {}; --no-index-view leaves it out",
                mebibytes(room),
                mebibytes(load.bytes),
                mebibytes(need)
            ),
        )
    }

    fn words(&self) -> String {
        self.room.map_or_else(
            || "how much is free cannot be seen".to_owned(),
            |room| format!("{} are known to be free", mebibytes(room)),
        )
    }

    /// The step that builds it.
    pub fn plan(&self, build: bool) -> Plan {
        let step = (build || self.exists).then(|| {
            let state = if self.exists {
                StepState::Present
            } else {
                StepState::Missing
            };
            PlannedStep {
                id: STEP.to_owned(),
                title: format!("index {INDEX} of the view, offline"),
                object: Some(INDEX.to_owned()),
                statements: if self.exists {
                    Vec::new()
                } else {
                    vec![CREATE.sql()]
                },
                state,
            }
        });
        Plan {
            phase: PHASE,
            steps: step.into_iter().collect(),
        }
    }
}

/// Did an earlier run begin to build it, and not end?
pub fn asked_before(stored: &[StoredStep]) -> bool {
    stored
        .iter()
        .any(|step| step.step == STEP && matches!(step.state.as_str(), "started" | "failed"))
}

/// What the index would be built over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Relations when the load is done.
    pub relations: i64,
    /// Bytes that the load itself still needs.
    pub bytes: i64,
    pub maintenance_window: bool,
}

/// None for what the login may not see.
fn seen<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.is_access() || failure.sorting() == Sorting::Refused => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A volume's room counts once, however many files are on it, and only as far as they may grow.
async fn room(connection: &mut Connection) -> Result<Option<i64>, Failure> {
    let Some(rows) = seen(connection.rows(&VOLUMES.sql(), &[]).await)? else {
        return Ok(None);
    };
    let mut volumes = std::collections::BTreeMap::new();
    for row in rows {
        let volume = (
            row.text("VolumeMountPoint")?,
            row.integer("AvailableBytes")?,
        );
        volumes.insert(row.integer("FileId")?, volume);
    }
    let mut inside = 0i64;
    let mut growth = std::collections::BTreeMap::<String, (i64, i64)>::new();
    for row in connection.rows(&FILES.sql(), &[]).await? {
        if row.text("FileType")? != "ROWS" {
            continue;
        }
        let size = row.integer("SizeBytes")?;
        inside = inside.saturating_add(size - row.opt_integer("UsedBytes")?.unwrap_or(size));
        if row.integer("GrowthPages")? == 0 {
            continue;
        }
        let limit = row
            .opt_integer("MaxBytes")?
            .map_or(i64::MAX, |most| (most - size).max(0));
        if let Some((name, available)) = volumes.get(&row.integer("FileId")?) {
            let entry = growth.entry(name.clone()).or_insert((0, *available));
            entry.0 = entry.0.saturating_add(limit);
        }
    }
    let growth = growth
        .values()
        .map(|(limit, available)| *limit.min(available));
    Ok(Some(growth.fold(inside, i64::saturating_add)))
}

fn mebibytes(bytes: i64) -> String {
    format!("{} MiB", bytes.max(0) / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe() -> ViewIndex {
        ViewIndex {
            sees_sessions: true,
            room: Some(1 << 40),
            ..ViewIndex::default()
        }
    }

    const LOAD: Load = Load {
        relations: 1_000_000,
        bytes: 1_000,
        maintenance_window: false,
    };

    #[test]
    fn by_itself_it_is_built_only_where_everything_is_known_to_be_safe() {
        let chosen = |index: &ViewIndex, load| index.choose(Wish::None, false, load);
        assert!(chosen(&safe(), LOAD).0);
        let unsafe_ones = [
            ViewIndex {
                versioned: true,
                ..safe()
            },
            ViewIndex {
                modules: Some("dbo.p".to_owned()),
                ..safe()
            },
            ViewIndex {
                sessions: Some("old.exe".to_owned()),
                ..safe()
            },
            ViewIndex {
                sees_sessions: false,
                ..safe()
            },
            ViewIndex {
                room: None,
                ..safe()
            },
            // The index and its sort would fit, the load beside them would not.
            ViewIndex {
                room: Some(80_000_999),
                ..safe()
            },
        ];
        for index in unsafe_ones {
            let (build, decision) = chosen(&index, LOAD);
            assert!(!build, "{index:?}");
            assert!(decision.why.contains("--index-view"), "{decision:?}");
            assert!(index.choose(Wish::Build, false, LOAD).0, "{index:?}");
        }
        let large = Load {
            relations: MOST_WHILE_LIVE + 1,
            ..LOAD
        };
        assert!(!chosen(&safe(), large).0);
        assert!(
            chosen(
                &safe(),
                Load {
                    maintenance_window: true,
                    ..large
                }
            )
            .0
        );
    }

    #[test]
    fn refused_it_is_not_built_and_one_that_was_begun_is_built_again() {
        assert!(!safe().choose(Wish::Refuse, true, LOAD).0);
        let blind = ViewIndex {
            room: None,
            ..safe()
        };
        assert!(blind.choose(Wish::None, true, LOAD).0);
        let there = ViewIndex {
            exists: true,
            ..safe()
        };
        let (build, decision) = there.choose(Wish::Refuse, false, LOAD);
        assert!(!build);
        assert_eq!(decision.choice, "kept");
    }
}
