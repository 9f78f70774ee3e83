//! Events as a progress bar on a terminal, as plain lines elsewhere, or as JSON lines. The only place that knows indicatif.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use super::at_work::Statement;
use super::note;
use crate::engine::{AtWork, Event, Observer, StepOutcome};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProgressStyle {
    /// A bar on a terminal, plain lines elsewhere.
    Auto,
    /// A bar.
    Bar,
    /// A line now and then.
    Plain,
    /// One JSON document per event.
    Json,
    /// Nothing.
    None,
}

/// Between two plain lines.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// The observer for a style. Everything goes to stderr.
pub fn observer(style: ProgressStyle) -> Arc<dyn Observer> {
    match style {
        ProgressStyle::Auto if std::io::stderr().is_terminal() => Arc::new(Lines::new(true)),
        ProgressStyle::Bar => Arc::new(Lines::new(true)),
        ProgressStyle::Auto | ProgressStyle::Plain => Arc::new(Lines::new(false)),
        ProgressStyle::Json => Arc::new(JsonLines),
        ProgressStyle::None => Arc::new(Silence),
    }
}

struct Silence;

impl Observer for Silence {
    fn observe(&self, _: &Event) {}
}

struct JsonLines;

impl Observer for JsonLines {
    fn observe(&self, event: &Event) {
        if let Ok(text) = serde_json::to_string(event) {
            note(text);
        }
    }
}

/// What is being counted.
struct Counting {
    verb: &'static str,
    total: u64,
    done: u64,
    /// Done in this run, for the rate.
    fresh: u64,
    relations: u64,
    started: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

struct Lines {
    bars: bool,
    counting: Mutex<Option<Counting>>,
    statement: Mutex<Option<Statement>>,
}

impl Lines {
    fn new(bars: bool) -> Self {
        Self {
            bars,
            counting: Mutex::new(None),
            statement: Mutex::new(None),
        }
    }

    fn statement(&self) -> std::sync::MutexGuard<'_, Option<Statement>> {
        self.statement
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn at_work(&self, what: &str, since: Duration, at: &AtWork) {
        let mut shown = self.statement();
        match shown.as_mut() {
            Some(statement) => statement.advance(what, since, at),
            None => *shown = Some(Statement::begin(self.bars, what, since, at)),
        }
    }

    fn worked_off(&self, what: &str, took: Duration) {
        if let Some(statement) = self.statement().take() {
            statement.end(what, took);
        }
    }

    fn begin(&self, verb: &'static str, total: u64, done: u64) {
        let bar = self.bars.then(|| bar(verb, total, done));
        if bar.is_none() {
            note(format!("{verb}: {done} of {total} embeddings done before"));
        }
        *self.lock() = Some(Counting {
            verb,
            total,
            done,
            fresh: 0,
            relations: 0,
            started: Instant::now(),
            last_line: Instant::now(),
            bar,
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Counting>> {
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn advance(&self, embeddings: u64, relations: u64) {
        if let Some(counting) = self.lock().as_mut() {
            counting.advance(embeddings, relations);
        }
    }

    fn end(&self) {
        if let Some(counting) = self.lock().take() {
            if let Some(bar) = &counting.bar {
                bar.finish_and_clear();
            }
            note(counting.line());
        }
    }

    /// A line that does not tear the bar.
    fn say(&self, text: &str) {
        let counted = self.lock().as_ref().and_then(|c| c.bar.clone());
        match counted.or_else(|| self.statement().as_ref().and_then(Statement::bar)) {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }
}

impl Counting {
    fn advance(&mut self, embeddings: u64, relations: u64) {
        self.done += embeddings;
        self.fresh += embeddings;
        self.relations += relations;
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.done);
                bar.set_message(self.pace());
            }
            None if self.last_line.elapsed() >= INTERVAL => {
                self.last_line = Instant::now();
                note(self.line());
            }
            None => {}
        }
    }

    fn line(&self) -> String {
        format!(
            "{}: {} of {} embeddings; {}",
            self.verb,
            self.done,
            self.total,
            self.pace()
        )
    }

    /// Rate and time left, from exact totals.
    fn pace(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        let rate = self.fresh as f64 / seconds;
        let mut text = format!("{rate:.1} embeddings/s");
        if self.relations > 0 {
            text.push_str(&format!(
                ", {:.0} relations/s",
                self.relations as f64 / seconds
            ));
        }
        let left = self.total.saturating_sub(self.done);
        if left > 0 && rate > 0.0 {
            let eta = Duration::from_secs((left as f64 / rate).ceil() as u64);
            text.push_str(&format!(", {} left", humantime::format_duration(eta)));
        }
        text
    }
}

fn bar(verb: &'static str, total: u64, done: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) =
        BarStyle::with_template("{prefix} {wide_bar} {pos}/{len} {percent:>3} %  {msg}")
    {
        bar.set_style(style);
    }
    bar.set_prefix(verb);
    bar.set_position(done);
    bar
}

impl Observer for Lines {
    fn observe(&self, event: &Event) {
        match event {
            Event::PhaseStarted { phase, run_id } => self.say(&format!("{phase}: run {run_id}")),
            Event::StepStarted { .. } => {}
            Event::StepEnded { title, outcome, .. } => self.say(&format!(
                "  {} {title}",
                match outcome {
                    StepOutcome::Present => "present",
                    StepOutcome::Applied => "applied",
                }
            )),
            Event::BatchesStarted {
                embeddings_total,
                embeddings_done,
                ..
            } => self.begin("migrating", *embeddings_total, *embeddings_done),
            Event::BatchCommitted {
                embeddings,
                relations,
                ..
            } => self.advance(*embeddings, *relations),
            Event::WorkStarted {
                verb,
                embeddings_total,
            } => self.begin(verb, *embeddings_total, 0),
            Event::WorkAdvanced {
                embeddings,
                relations,
                ..
            } => self.advance(*embeddings, *relations),
            Event::AtWork { what, since, at } => self.at_work(what, *since, at),
            Event::WorkedOff { what, took } => self.worked_off(what, *took),
            Event::VerificationStarted { embeddings_total } => {
                self.begin("verifying", *embeddings_total, 0);
            }
            Event::VerificationAdvanced { embeddings } => self.advance(*embeddings, 0),
            Event::BatchesEnded | Event::VerificationEnded | Event::WorkEnded => self.end(),
            Event::EmbeddingFailed { id, reason } => {
                self.say(&format!(
                    "warning: AtomEmbeddingId {id} is not migrated: {reason}"
                ));
            }
            Event::OthersAdvanced { embeddings } => self.advance(*embeddings, 0),
            Event::RangeTakenOver { after_id, last_id } => self.say(&format!(
                "warning: embeddings {after_id} to {last_id} are taken over from a writer that gave no sign of life"
            )),
            Event::Held { by } if by.is_empty() => self.say("going on: nothing holds the writers"),
            Event::Held { by } => self.say(&format!("held by {}", by.join("; "))),
            Event::Paused { paused: true } => self.say(
                "paused on request; `hartonomous resume` goes on, `hartonomous stop` ends the run",
            ),
            Event::Paused { paused: false } => self.say("going on: the pause was lifted"),
            Event::LogFull { cause } => self.say(&format!(
                "ALARM: the log is full, nothing is written until it is backed up or grows: {cause}"
            )),
            Event::Renewed { id } => {
                self.say(&format!("AtomEmbeddingId {id} had changed and is migrated again"));
            }
            Event::GateMeasured { .. } => {}
            Event::Retrying { attempt, cause } => {
                self.say(&format!("retry {attempt}: {cause}"));
            }
            Event::Warning { text } => self.say(&format!("warning: {text}")),
        }
    }
}
