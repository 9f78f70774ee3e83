//! What the benchmarks compute, and how they look at a process.

use std::time::Duration;

use crate::figures::{self, percentile, rate, ratio, shown, spread};
use crate::processes::{cpu, cpu_of, peak_kib, peak_of};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_rate_or_ratio_without_a_baseline_is_none_and_not_infinite() {
    assert_eq!(rate(500, SECOND / 2), Some(1000.0));
    assert_eq!(rate(500, Duration::ZERO), None);
    assert_eq!(ratio(8.0, 10.0), Some(0.8));
    assert_eq!(ratio(8.0, 0.0), None);
    assert_eq!(ratio(f64::NAN, 1.0), None);
}

#[test]
fn percentiles_are_values_that_were_measured() {
    let values = [4.0, 1.0, 3.0, 2.0, 5.0];
    assert_eq!(percentile(&values, 50.0), Some(3.0));
    assert_eq!(percentile(&values, 90.0), Some(5.0));
    assert_eq!(percentile(&values, 20.0), Some(1.0));
    assert_eq!(percentile(&values, 0.0), Some(1.0));
    assert_eq!(percentile(&values, 100.0), Some(5.0));
    assert_eq!(percentile(&[], 50.0), None);
}

#[test]
fn a_flat_cost_has_a_spread_of_one() {
    assert_eq!(spread(&[2.0, 2.0, 2.0]), Some(1.0));
    assert_eq!(spread(&[2.0, 3.0, 1.0]), Some(3.0));
    assert_eq!(spread(&[0.0, 3.0]), None);
    assert_eq!(spread(&[]), None);
}

#[test]
fn what_no_stage_accounts_for_is_shown_too() {
    let (shares, rest) = figures::shares(&[SECOND, SECOND * 2], SECOND * 4).unwrap();
    assert_eq!(shares, [25.0, 50.0]);
    assert_eq!(rest, 25.0);
    assert_eq!(figures::shares(&[SECOND], Duration::ZERO), None);
}

#[test]
fn what_is_not_known_is_not_shown_as_a_number() {
    assert_eq!(shown(Some(0.8349), 2, " x"), "0.83 x");
    assert_eq!(shown(None, 2, " x"), "not known");
}

#[test]
fn the_peak_is_the_high_water_mark_and_not_the_present_size() {
    let status = "Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t  123456 kB\nVmRSS:\t  100 kB\n";
    assert_eq!(peak_of(status), Some(123_456));
    assert_eq!(peak_of("Name:\tx\n"), None);
}

#[test]
fn processor_time_is_read_behind_any_name() {
    let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 7 9 20 0 1 0 100 1 1";
    assert_eq!(cpu_of(stat), Some(Duration::from_secs(3)));
    assert_eq!(cpu_of("42 (x"), None);
}

#[cfg(target_os = "linux")]
#[test]
fn this_process_has_used_memory() {
    assert!(peak_kib(std::process::id()).unwrap() > 100);
    assert!(cpu(std::process::id()).is_some());
    assert_eq!(peak_kib(u32::MAX), None);
}
