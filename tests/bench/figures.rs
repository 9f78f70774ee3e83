//! What the benchmarks compute from what they measure: rates, ratios, percentiles, shares. It knows no clock and no server,
//! so that it can be tested; where nothing can be said it says nothing, never a number that looks like one.

use std::time::Duration;

/// So many a second; None when no time passed.
pub fn rate(count: u64, took: Duration) -> Option<f64> {
    ratio(count as f64, took.as_secs_f64())
}

/// `value` in units of `baseline`; None without a baseline.
pub fn ratio(value: f64, baseline: f64) -> Option<f64> {
    (baseline > 0.0 && value.is_finite()).then(|| value / baseline)
}

/// The smallest value that so many percent of all are not above (nearest rank); None of nothing.
pub fn percentile(values: &[f64], percent: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * percent.clamp(0.0, 100.0) / 100.0).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// The largest value in units of the smallest: 1 is flat. None of nothing, and when one is not above zero.
pub fn spread(values: &[f64]) -> Option<f64> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    ratio(most, least)
}

/// Each part in percent of the whole, and what no part accounts for.
pub fn shares(parts: &[Duration], whole: Duration) -> Option<(Vec<f64>, f64)> {
    let percent = |part: &Duration| ratio(100.0 * part.as_secs_f64(), whole.as_secs_f64());
    let shares = parts.iter().map(percent).collect::<Option<Vec<_>>>()?;
    let rest = 100.0 - shares.iter().sum::<f64>();
    Some((shares, rest))
}

/// A number with a unit behind it, or that it is not known.
pub fn shown(value: Option<f64>, digits: usize, unit: &str) -> String {
    match value {
        Some(value) => format!("{value:.digits$}{unit}"),
        None => "not known".to_owned(),
    }
}
