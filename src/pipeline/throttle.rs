//! What holds the writers: signals of the server, each with a threshold. Pure; `monitor` takes the readings.
//!
//! It fails closed: a signal that cannot be read holds, unless it was switched off.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveTime, Timelike};

/// A signal of the server or of the run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Log in use, in percent of what the log can become.
    Log,
    /// The same while nothing can truncate it (log_reuse_wait).
    LogReuse,
    /// Send queue of an availability replica, MB.
    AgSend,
    /// Redo queue of an availability replica, MB.
    AgRedo,
    /// Sessions of others that wait for this program's.
    Blocked,
    /// Row versions of this database in tempdb, MB.
    VersionStore,
    /// Duration of COMMIT, the median of the last ten.
    CommitLatency,
    /// The hours in which it may work.
    Window,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "log",
            Self::LogReuse => "log-reuse",
            Self::AgSend => "ag-send",
            Self::AgRedo => "ag-redo",
            Self::Blocked => "blocked",
            Self::VersionStore => "version-store",
            Self::CommitLatency => "commit-latency",
            Self::Window => "window",
        })
    }
}

/// Thresholds; a reading above holds the writers.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    pub log_percent: f64,
    pub log_reuse_percent: f64,
    pub ag_send_mb: u64,
    pub ag_redo_mb: u64,
    /// How long a session may wait for this program.
    pub blocked: Duration,
    pub version_store_mb: u64,
    pub commit_latency: Duration,
    /// None: any time.
    pub windows: Vec<Window>,
    /// Signals that are not looked at.
    pub without: Vec<Signal>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            log_percent: 80.0,
            log_reuse_percent: 60.0,
            ag_send_mb: 1_024,
            ag_redo_mb: 1_024,
            blocked: Duration::from_secs(5),
            version_store_mb: 10_240,
            commit_latency: Duration::from_secs(2),
            windows: Vec::new(),
            without: Vec::new(),
        }
    }
}

/// Hours of the day by the server's local clock, e.g. `22:00-05:00`; the end does not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: NaiveTime,
    to: NaiveTime,
}

impl Window {
    pub fn holds(&self, now: NaiveTime) -> bool {
        if self.from < self.to {
            self.from <= now && now < self.to
        } else {
            now >= self.from || now < self.to
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |time: NaiveTime| format!("{:02}:{:02}", time.hour(), time.minute());
        write!(f, "{}-{}", part(self.from), part(self.to))
    }
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = |part: &str| NaiveTime::parse_from_str(part.trim(), "%H:%M").ok();
        text.split_once('-')
            .and_then(|(from, to)| Some((time(from)?, time(to)?)))
            .filter(|(from, to)| from != to)
            .map(|(from, to)| Self { from, to })
            .ok_or_else(|| format!("'{text}' is no window: two different times, e.g. 22:00-05:00"))
    }
}

/// What was read of a signal, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub signal: Signal,
    /// None: it could not be read.
    pub reading: Option<String>,
    pub threshold: String,
    pub holds: bool,
}

/// The state of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogUse {
    pub used_bytes: i64,
    /// What the log can become: its limit, or what the disk has room for.
    pub capacity_bytes: i64,
    pub reuse_wait: String,
}

/// A replica of the availability group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replica {
    pub send_queue_kb: i64,
    pub redo_queue_kb: i64,
    pub suspended: bool,
}

/// What keeps the log from being truncated until somebody acts.
const STUCK: &[&str] = &[
    "LOG_BACKUP",
    "AVAILABILITY_REPLICA",
    "REPLICATION",
    "DATABASE_MIRRORING",
    "ACTIVE_BACKUP_OR_RESTORE",
    "DATABASE_SNAPSHOT_CREATION",
    "XTP_CHECKPOINT",
];

impl Thresholds {
    pub fn watches(&self, signal: Signal) -> bool {
        !self.without.contains(&signal)
    }

    /// A signal that could not be read holds.
    pub fn blind(&self, signal: Signal) -> Reading {
        Reading {
            signal,
            reading: None,
            threshold: self.words(signal),
            holds: true,
        }
    }

    fn words(&self, signal: Signal) -> String {
        match signal {
            Signal::Log => format!("{} %", self.log_percent),
            Signal::LogReuse => {
                format!("{} % while it cannot be truncated", self.log_reuse_percent)
            }
            Signal::AgSend => format!("{} MB", self.ag_send_mb),
            Signal::AgRedo => format!("{} MB", self.ag_redo_mb),
            Signal::Blocked => format!("{} s", self.blocked.as_secs_f64()),
            Signal::VersionStore => format!("{} MB", self.version_store_mb),
            Signal::CommitLatency => format!("{} s", self.commit_latency.as_secs_f64()),
            Signal::Window if self.windows.is_empty() => "any time".to_owned(),
            Signal::Window => {
                let windows: Vec<String> = self.windows.iter().map(Window::to_string).collect();
                windows.join(", ")
            }
        }
    }

    fn reading(&self, signal: Signal, text: String, holds: bool) -> Reading {
        Reading {
            signal,
            reading: Some(text),
            threshold: self.words(signal),
            holds,
        }
    }

    pub fn log(&self, log: &LogUse) -> Reading {
        let percent = log.percent();
        self.reading(
            Signal::Log,
            format!("{percent:.1} %"),
            percent > self.log_percent,
        )
    }

    pub fn log_reuse(&self, log: &LogUse) -> Reading {
        let stuck = STUCK.contains(&log.reuse_wait.as_str());
        let percent = log.percent();
        self.reading(
            Signal::LogReuse,
            format!("{percent:.1} %, waits for {}", log.reuse_wait),
            stuck && percent > self.log_reuse_percent,
        )
    }

    pub fn ag_send(&self, replicas: &[Replica]) -> Reading {
        let worst = replicas.iter().map(|one| one.send_queue_kb).max();
        self.queue(Signal::AgSend, replicas, worst, self.ag_send_mb)
    }

    pub fn ag_redo(&self, replicas: &[Replica]) -> Reading {
        let worst = replicas.iter().map(|one| one.redo_queue_kb).max();
        self.queue(Signal::AgRedo, replicas, worst, self.ag_redo_mb)
    }

    fn queue(
        &self,
        signal: Signal,
        replicas: &[Replica],
        worst: Option<i64>,
        most: u64,
    ) -> Reading {
        let Some(worst) = worst else {
            return self.reading(signal, "no availability group".to_owned(), false);
        };
        let megabytes = worst / 1024;
        let suspended = replicas.iter().any(|one| one.suspended);
        let text = if suspended {
            format!("{megabytes} MB, a replica is suspended")
        } else {
            format!("{megabytes} MB")
        };
        let over = u64::try_from(megabytes).is_ok_and(|megabytes| megabytes > most);
        self.reading(signal, text, over)
    }

    /// `longest`: the longest wait of another session for this program, and how many wait.
    pub fn blocked(&self, waiting: usize, longest: Duration) -> Reading {
        let text = match waiting {
            0 => "nobody waits".to_owned(),
            n => format!("{n} waiting, longest {:.1} s", longest.as_secs_f64()),
        };
        self.reading(Signal::Blocked, text, waiting > 0 && longest > self.blocked)
    }

    pub fn version_store(&self, kilobytes: i64) -> Reading {
        let megabytes = kilobytes / 1024;
        let over =
            u64::try_from(megabytes).is_ok_and(|megabytes| megabytes > self.version_store_mb);
        self.reading(Signal::VersionStore, format!("{megabytes} MB"), over)
    }

    /// `median` of the last commits; None before the first.
    pub fn commit_latency(&self, median: Option<Duration>) -> Reading {
        let text = median.map_or_else(
            || "no commit lately".to_owned(),
            |median| format!("{:.3} s", median.as_secs_f64()),
        );
        let over = median.is_some_and(|median| median > self.commit_latency);
        self.reading(Signal::CommitLatency, text, over)
    }

    pub fn window(&self, now: NaiveTime) -> Reading {
        let inside = self.windows.is_empty() || self.windows.iter().any(|one| one.holds(now));
        let text = format!("server time {:02}:{:02}", now.hour(), now.minute());
        self.reading(Signal::Window, text, !inside)
    }
}

impl LogUse {
    pub fn percent(&self) -> f64 {
        self.used_bytes as f64 * 100.0 / self.capacity_bytes.max(1) as f64
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reading {
            Some(reading) => write!(f, "{}: {reading} (limit {})", self.signal, self.threshold),
            None => write!(
                f,
                "{}: cannot be read; see docs/security.md for the permission, or --without-signal {}",
                self.signal, self.signal
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(used: i64, reuse_wait: &str) -> LogUse {
        LogUse {
            used_bytes: used,
            capacity_bytes: 100,
            reuse_wait: reuse_wait.to_owned(),
        }
    }

    fn at(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    #[test]
    fn each_signal_holds_above_its_threshold_and_not_at_it() {
        let t = Thresholds::default();
        assert!(!t.log(&log(80, "NOTHING")).holds);
        assert!(t.log(&log(81, "NOTHING")).holds);
        assert!(!t.log_reuse(&log(61, "NOTHING")).holds);
        assert!(t.log_reuse(&log(61, "LOG_BACKUP")).holds);
        assert!(!t.log_reuse(&log(60, "LOG_BACKUP")).holds);
        let replica = |send_queue_kb, redo_queue_kb| Replica {
            send_queue_kb,
            redo_queue_kb,
            suspended: false,
        };
        assert!(!t.ag_send(&[]).holds);
        assert!(!t.ag_send(&[replica(1_024 * 1_024, 0)]).holds);
        assert!(t.ag_send(&[replica(0, 0), replica(1_025 * 1_024, 0)]).holds);
        assert!(t.ag_redo(&[replica(0, 1_025 * 1_024)]).holds);
        assert!(!t.blocked(1, Duration::from_secs(5)).holds);
        assert!(t.blocked(1, Duration::from_millis(5_001)).holds);
        assert!(!t.blocked(0, Duration::ZERO).holds);
        assert!(t.version_store(10_241 * 1_024).holds);
        assert!(!t.version_store(10_240 * 1_024).holds);
        assert!(!t.commit_latency(None).holds);
        assert!(t.commit_latency(Some(Duration::from_millis(2_001))).holds);
    }

    #[test]
    fn what_cannot_be_read_holds_and_says_how_to_go_on() {
        let reading = Thresholds::default().blind(Signal::Blocked);
        assert!(reading.holds);
        assert!(reading.to_string().contains("--without-signal blocked"));
    }

    #[test]
    fn a_window_may_span_midnight() {
        let night: Window = "22:00-05:00".parse().unwrap();
        assert!(night.holds(at(22, 0)) && night.holds(at(4, 59)));
        assert!(!night.holds(at(5, 0)) && !night.holds(at(21, 59)));
        let noon: Window = "12:00-13:30".parse().unwrap();
        assert!(noon.holds(at(13, 29)) && !noon.holds(at(13, 30)));
        for bad in ["22:00", "25:00-01:00", "10:00-10:00", ""] {
            assert!(bad.parse::<Window>().is_err(), "{bad}");
        }
        let t = Thresholds {
            windows: vec![night, noon],
            ..Thresholds::default()
        };
        assert!(!t.window(at(12, 15)).holds);
        let outside = t.window(at(15, 0));
        assert!(outside.holds);
        assert_eq!(
            outside.to_string(),
            "window: server time 15:00 (limit 22:00-05:00, 12:00-13:30)"
        );
    }
}
