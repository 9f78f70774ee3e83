//! What a process has used so far, as Linux tells it; None elsewhere, and when the process is gone.

use std::time::Duration;

/// Linux counts processor time for /proc in hundredths of a second, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// Most memory that was resident at once, in KiB.
pub fn peak_kib(process: u32) -> Option<u64> {
    peak_of(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

/// Processor time of all its threads, in user mode and in the kernel.
pub fn cpu(process: u32) -> Option<Duration> {
    cpu_of(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// `VmHWM` of /proc/.../status.
pub fn peak_of(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Fields 14 and 15 of /proc/.../stat; the name before them stands in parentheses and may hold anything.
pub fn cpu_of(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(system)?)
}
