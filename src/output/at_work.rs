//! A single long statement: a spinner or bar on a terminal, a line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use super::note;
use super::progress::INTERVAL;
use crate::engine::AtWork;

/// What is shown of the statement that runs.
pub struct Statement {
    last_line: Instant,
    last_blocker: Option<String>,
    bar: Option<ProgressBar>,
}

impl Statement {
    /// Begins to show it.
    pub fn begin(bars: bool, what: &str, since: Duration, at: &AtWork) -> Self {
        let bar = bars.then(|| spinner(what));
        if bar.is_none() {
            note(line(what, since, at));
        }
        Self {
            last_line: Instant::now(),
            last_blocker: None,
            bar,
        }
    }

    /// Shows how far it is. A line is due when there has been none for a while, and at once when somebody is in the way.
    pub fn advance(&mut self, what: &str, since: Duration, at: &AtWork) {
        if let Some(bar) = &self.bar {
            if let Some(percent) = at.percent {
                bar.set_length(100);
                bar.set_position(percent.clamp(0.0, 100.0) as u64);
            }
            bar.set_message(state(at));
            bar.tick();
            return;
        }
        let blocked_anew = at.blocked_by.is_some() && at.blocked_by != self.last_blocker;
        self.last_blocker.clone_from(&at.blocked_by);
        if blocked_anew || self.last_line.elapsed() >= INTERVAL {
            self.last_line = Instant::now();
            note(line(what, since, at));
        }
    }

    /// The bar, for lines that must not tear it.
    pub fn bar(&self) -> Option<ProgressBar> {
        self.bar.clone()
    }

    /// It has ended.
    pub fn end(&self, what: &str, took: Duration) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        note(format!("{what}: ended after {:.1} s", took.as_secs_f64()));
    }
}

fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = BarStyle::with_template("{spinner} {prefix} {elapsed}  {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn line(what: &str, since: Duration, at: &AtWork) -> String {
    let elapsed = humantime::format_duration(Duration::from_secs(since.as_secs()));
    let state = state(at);
    if state.is_empty() {
        format!("{what}: {elapsed} so far")
    } else {
        format!("{what}: {elapsed} so far; {state}")
    }
}

/// Percent where the server tells, else what it has read and written; what it waits for, and for whom.
fn state(at: &AtWork) -> String {
    let mut parts = Vec::new();
    if let Some(percent) = at.percent {
        parts.push(format!("{percent:.0} %"));
    }
    if at.reads + at.writes + at.logical_reads > 0 {
        parts.push(format!(
            "{} pages read, {} written, {} looked at",
            at.reads, at.writes, at.logical_reads
        ));
    }
    match (&at.waits_for, &at.blocked_by) {
        (_, Some(blocker)) => parts.push(format!("blocked by {blocker}")),
        (Some(wait), None) => parts.push(format!("waits for {wait}")),
        (None, None) => {}
    }
    if let Some(cause) = &at.blind {
        parts.push(format!("what it does cannot be seen: {cause}"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_who_is_in_the_way() {
        let since = Duration::from_secs(75);
        assert_eq!(
            line("rebuilding", since, &AtWork::default()),
            "rebuilding: 1m 15s so far"
        );
        let at = AtWork {
            percent: Some(41.7),
            writes: 12,
            waits_for: Some("LCK_M_SCH_M".to_owned()),
            blocked_by: Some("session 61, login app, host web1, program shop".to_owned()),
            ..AtWork::default()
        };
        assert_eq!(
            line("restoring", since, &at),
            "restoring: 1m 15s so far; 42 %; 0 pages read, 12 written, 0 looked at; \
             blocked by session 61, login app, host web1, program shop"
        );
    }
}
