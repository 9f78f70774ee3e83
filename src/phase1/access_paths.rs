//! A before/after sample of the access paths that applications used before the upgrade.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::connect::{Connection, Failure, RowExt};
use crate::state::StoredStep;
use crate::tsql::{Statement, embedded};

const SAMPLE: Statement = embedded!("phase1/sample_access_paths.sql");

/// Step under which the sample taken before the first change is on record.
pub const STEP: &str = "sample.access_paths";

/// Microseconds of server time per access path (`source`, `target`, `type`), the fastest of five rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSample {
    pub microseconds: BTreeMap<String, i64>,
}

/// Takes a sample now.
///
/// # Errors
/// A failed statement.
pub async fn sample(connection: &mut Connection) -> Result<PathSample, Failure> {
    let mut sample = PathSample::default();
    let sets = connection.batch(&SAMPLE.sql()).await?;
    for row in sets.into_iter().flatten() {
        sample
            .microseconds
            .insert(row.text("Path")?, row.integer("Microseconds")?);
    }
    Ok(sample)
}

/// The sample that was taken before phase 1 changed anything, if one was.
pub fn stored_sample(stored: &[StoredStep]) -> Option<PathSample> {
    let step = stored.iter().find(|step| step.step == STEP)?;
    serde_json::from_str(step.detail.as_deref()?).ok()
}

/// The slowest path as (path, before, after, ratio); `floor` microseconds are added to both so that a path of a few
/// microseconds cannot fail on noise.
pub fn worst<'a>(
    before: &'a PathSample,
    after: &PathSample,
    floor: i64,
) -> Option<(&'a str, i64, i64, f64)> {
    before
        .microseconds
        .iter()
        .filter_map(|(path, &old)| {
            let new = *after.microseconds.get(path)?;
            let ratio = (new + floor) as f64 / (old + floor) as f64;
            Some((path.as_str(), old, new, ratio))
        })
        .max_by(|a, b| a.3.total_cmp(&b.3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_path_decides_and_noise_does_not() {
        let sample = |source, target| PathSample {
            microseconds: BTreeMap::from([
                ("source".to_owned(), source),
                ("target".to_owned(), target),
            ]),
        };
        let (path, _, _, ratio) = worst(&sample(10_000, 3), &sample(30_000, 30), 1_000)
            .map(|(path, old, new, ratio)| (path.to_owned(), old, new, ratio))
            .unwrap();
        assert_eq!(path, "source");
        assert!(ratio > 2.8 && ratio < 2.9, "{ratio}");
    }
}
