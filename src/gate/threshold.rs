//! Thresholds of gates: documented defaults, and a file of `name = number` lines that changes them.

use thiserror::Error;

/// Every threshold that can be configured; the defaults are deployment-summary.md's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// An access path may be so many times slower than before phase 1.
    pub slowdown_times: f64,
    /// Deduplication must exceed this.
    pub deduplication_percent: f64,
    /// Days between phase 2 and the removal of the column.
    pub soak_days: f64,
    /// AtomEmbeddings must shrink by more than this.
    pub size_reduction_percent: f64,
    /// Days without an application error after the removal.
    pub error_free_days: f64,
    /// So many times the forecast must fit into memory.
    pub memory_times: f64,
    /// Median of a lookup in the memory-optimised table, in microseconds, must be below this.
    pub lookup_p50_us: f64,
    /// Its 99th percentile.
    pub lookup_p99_us: f64,
    /// Hours between the copy and the verdict that the table is stable.
    pub observation_hours: f64,
    /// Memory per row may grow by so much meanwhile.
    pub memory_growth_percent: f64,
    /// At least so many buckets of a hash index are empty.
    pub empty_buckets_percent: f64,
    /// The average chain of a hash index is no longer than this.
    pub chain_length: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            slowdown_times: 1.5,
            deduplication_percent: 99.0,
            soak_days: 30.0,
            size_reduction_percent: 90.0,
            error_free_days: 7.0,
            memory_times: 2.0,
            lookup_p50_us: 10.0,
            lookup_p99_us: 50.0,
            observation_hours: 24.0,
            memory_growth_percent: 10.0,
            empty_buckets_percent: 10.0,
            chain_length: 10.0,
        }
    }
}

/// Why a line of the file is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ThresholdError {
    #[error("line {line}: '{text}' is not of the form name = number")]
    Form { line: usize, text: String },
    #[error("line {line}: there is no threshold '{name}'; there are {known}")]
    Unknown {
        line: usize,
        name: String,
        known: String,
    },
    #[error("line {line}: {name} must be a number from {low} to {high}, not '{value}'")]
    Range {
        line: usize,
        name: String,
        value: String,
        low: String,
        high: String,
    },
    #[error("line {line}: {name} is set twice")]
    Twice { line: usize, name: String },
}

/// Name, smallest and largest value.
const KNOWN: &[(&str, f64, f64)] = &[
    ("phase1.slowdown_times", 1.0, 1000.0),
    ("phase2.deduplication_percent", 0.0, 100.0),
    ("phase3.soak_days", 0.0, 3650.0),
    ("phase3.size_reduction_percent", 0.0, 100.0),
    ("phase3.error_free_days", 0.0, 3650.0),
    ("phase4.memory_times", 0.0, 1_000_000_000.0),
    ("phase4.lookup_p50_us", 0.0, 1_000_000_000.0),
    ("phase4.lookup_p99_us", 0.0, 1_000_000_000.0),
    ("phase4.observation_hours", 0.0, 87_600.0),
    ("phase4.memory_growth_percent", 0.0, 100_000.0),
    ("phase4.empty_buckets_percent", 0.0, 100.0),
    ("phase4.chain_length", 1.0, 1_000_000.0),
];

impl Thresholds {
    /// The defaults, changed by a file's text: lines `name = number`, `#` begins a comment.
    ///
    /// # Errors
    /// The first line that is not understood: a typing error must not leave a default in force unseen.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let mut thresholds = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let number = at + 1;
            let content = line.split('#').next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            let Some((name, value)) = content.split_once('=') else {
                return Err(ThresholdError::Form {
                    line: number,
                    text: content.to_owned(),
                });
            };
            let (name, value) = (name.trim(), value.trim());
            let Some((known, low, high)) = KNOWN.iter().find(|(known, _, _)| *known == name) else {
                let known: Vec<&str> = KNOWN.iter().map(|(known, _, _)| *known).collect();
                return Err(ThresholdError::Unknown {
                    line: number,
                    name: name.to_owned(),
                    known: known.join(", "),
                });
            };
            if seen.contains(known) {
                return Err(ThresholdError::Twice {
                    line: number,
                    name: name.to_owned(),
                });
            }
            seen.push(known);
            let parsed = value.parse::<f64>().ok();
            let Some(parsed) = parsed.filter(|value| (*low..=*high).contains(value)) else {
                return Err(ThresholdError::Range {
                    line: number,
                    name: name.to_owned(),
                    value: value.to_owned(),
                    low: low.to_string(),
                    high: high.to_string(),
                });
            };
            thresholds.set(known, parsed);
        }
        Ok(thresholds)
    }

    fn set(&mut self, name: &str, value: f64) {
        match name {
            "phase1.slowdown_times" => self.slowdown_times = value,
            "phase2.deduplication_percent" => self.deduplication_percent = value,
            "phase3.soak_days" => self.soak_days = value,
            "phase3.size_reduction_percent" => self.size_reduction_percent = value,
            "phase3.error_free_days" => self.error_free_days = value,
            "phase4.memory_times" => self.memory_times = value,
            "phase4.lookup_p50_us" => self.lookup_p50_us = value,
            "phase4.lookup_p99_us" => self.lookup_p99_us = value,
            "phase4.observation_hours" => self.observation_hours = value,
            "phase4.memory_growth_percent" => self.memory_growth_percent = value,
            "phase4.empty_buckets_percent" => self.empty_buckets_percent = value,
            _ => self.chain_length = value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_sets_its_own_threshold() {
        let text: String = KNOWN
            .iter()
            .enumerate()
            .map(|(at, (name, low, _))| format!("{name} = {} # why\n\n", low + 2.0 + at as f64))
            .collect();
        let all = Thresholds::parse(&text).unwrap();
        assert_eq!(
            all,
            Thresholds {
                slowdown_times: 3.0,
                deduplication_percent: 3.0,
                soak_days: 4.0,
                size_reduction_percent: 5.0,
                error_free_days: 6.0,
                memory_times: 7.0,
                lookup_p50_us: 8.0,
                lookup_p99_us: 9.0,
                observation_hours: 10.0,
                memory_growth_percent: 11.0,
                empty_buckets_percent: 12.0,
                chain_length: 14.0,
            }
        );
        assert_eq!(
            Thresholds::parse("# nothing\n").unwrap(),
            Thresholds::default()
        );
    }

    #[test]
    fn a_typing_error_leaves_no_default_in_force_unseen() {
        for (text, told) in [
            (
                "phase3.soak_day = 3",
                "there is no threshold 'phase3.soak_day'",
            ),
            ("phase3.soak_days 3", "name = number"),
            ("\nphase3.soak_days = soon", "line 2"),
            ("phase2.deduplication_percent = 101", "from 0 to 100"),
            ("phase2.deduplication_percent = NaN", "from 0 to 100"),
            ("phase3.soak_days = 1\nphase3.soak_days = 2", "set twice"),
        ] {
            let error = Thresholds::parse(text).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
