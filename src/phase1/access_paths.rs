//! A before/after sample of the access paths that applications used before the upgrade.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::connect::{Connection, Failure, RowExt};
use crate::state::StoredStep;
use crate::tsql::{Statement, embedded};

const SAMPLE: Statement = embedded!("phase1/sample_access_paths.sql");

/// Step under which the sample taken before the first change is on record.
pub const STEP: &str = "sample.access_paths";

/// Cost of each access path (`source`, `target`, `type`), the fastest of five rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSample {
    pub paths: BTreeMap<String, PathCost>,
}

/// What a path cost on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathCost {
    pub microseconds: i64,
    /// Lookups made and rows found: the table may have grown between two samples, so time is compared per unit.
    pub units: i64,
}

impl PathCost {
    /// The path found no row, so its time is that of an empty table and says nothing about a full one.
    fn found_nothing(self) -> bool {
        self.units <= 1
    }

    /// Microseconds per lookup and row, the floor added to the whole.
    fn per_unit(self, floor: i64) -> f64 {
        (self.microseconds + floor) as f64 / self.units.max(1) as f64
    }
}

impl PathSample {
    /// Keeps the cheaper of two measurements of each path.
    pub fn keep_best(&mut self, other: Self) {
        for (path, cost) in other.paths {
            let best = self.paths.entry(path).or_insert(cost);
            if cost.per_unit(0) < best.per_unit(0) {
                *best = cost;
            }
        }
    }
}

/// Takes a sample now.
///
/// # Errors
/// A failed statement.
pub async fn sample(connection: &mut Connection) -> Result<PathSample, Failure> {
    let mut sample = PathSample::default();
    let sets = connection.batch(&SAMPLE.sql()).await?;
    for row in sets.into_iter().flatten() {
        let cost = PathCost {
            microseconds: row.integer("Microseconds")?,
            units: row.integer("Lookups")? + row.integer("RowsFound")?,
        };
        sample.paths.insert(row.text("Path")?, cost);
    }
    Ok(sample)
}

/// The sample that was taken before phase 1 changed anything, if one was.
pub fn stored_sample(stored: &[StoredStep]) -> Option<PathSample> {
    let step = stored.iter().find(|step| step.step == STEP)?;
    serde_json::from_str(step.detail.as_deref()?).ok()
}

/// Paths of a sample that found nothing, by name: there is nothing to compare with.
pub fn without_rows(before: &PathSample) -> Vec<&str> {
    before
        .paths
        .iter()
        .filter(|(_, cost)| cost.found_nothing())
        .map(|(path, _)| path.as_str())
        .collect()
}

/// The path that became slowest as (path, before, after, ratio per lookup and row); `floor` microseconds are added to
/// both so that a path of a few microseconds cannot fail on noise.
pub fn worst<'a>(
    before: &'a PathSample,
    after: &PathSample,
    floor: i64,
) -> Option<(&'a str, PathCost, PathCost, f64)> {
    before
        .paths
        .iter()
        .filter(|(_, old)| !old.found_nothing())
        .filter_map(|(path, &old)| {
            let new = *after.paths.get(path)?;
            Some((
                path.as_str(),
                old,
                new,
                new.per_unit(floor) / old.per_unit(floor),
            ))
        })
        .max_by(|a, b| a.3.total_cmp(&b.3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(source: (i64, i64), target: (i64, i64)) -> PathSample {
        let cost = |(microseconds, units)| PathCost {
            microseconds,
            units,
        };
        PathSample {
            paths: BTreeMap::from([
                ("source".to_owned(), cost(source)),
                ("target".to_owned(), cost(target)),
            ]),
        }
    }

    #[test]
    fn the_slowest_path_decides_and_noise_does_not() {
        let before = sample((10_000, 100), (3, 100));
        let after = sample((30_000, 100), (30, 100));
        let (path, _, _, ratio) = worst(&before, &after, 1_000).unwrap();
        assert_eq!(path, "source");
        assert!(ratio > 2.8 && ratio < 2.9, "{ratio}");
    }

    #[test]
    fn a_grown_table_is_compared_per_row() {
        let before = sample((20, 2), (20, 2));
        let after = sample((2_000, 1_001), (2_000, 1_001));
        let (_, _, _, ratio) = worst(&before, &after, 1_000).unwrap();
        assert!(ratio < 0.1, "{ratio}");
    }

    #[test]
    fn an_empty_table_is_compared_with_nothing() {
        let before = sample((20, 0), (20, 1));
        assert_eq!(without_rows(&before), ["source", "target"]);
        assert_eq!(
            worst(&before, &sample((9_000, 50), (9_000, 50)), 1_000),
            None
        );
    }
}
