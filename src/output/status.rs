//! Status: phase, progress, gates, and what to do next.

use serde::Serialize;

use super::{Column, Format, json, line, table};

/// What `status` tells.
#[derive(Debug, Serialize)]
pub struct StatusReport {
    pub database: String,
    pub layout_version: usize,
    /// `not begun`, `phase1 begun`, `phase1 complete`, `phase2 running` ...
    pub phase: String,
    pub state: String,
    pub request: String,
    pub run: Option<RunLine>,
    pub holder: Option<String>,
    pub embeddings_with_vector: Option<i64>,
    pub embeddings_migrated: Option<i64>,
    pub failed_embeddings: i64,
    pub steering: Option<Steering>,
    pub signals: Vec<SignalLine>,
    pub gates: Vec<GateLine>,
    /// What is not as it should be, apart from gates.
    pub warnings: Vec<String>,
    /// How long phase 2 has been complete with the column unused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<String>,
    /// How far the memory-optimised copy is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    pub next: String,
}

#[derive(Debug, Serialize)]
pub struct RunLine {
    pub run_id: i64,
    pub login: String,
    pub host: String,
    pub started_at: String,
    pub outcome: String,
    pub embeddings_done: i64,
    pub relations_written: i64,
    pub last_progress_at: String,
}

/// What the running, or next, migration is asked, and what it says to that.
#[derive(Debug, Serialize)]
pub struct Steering {
    pub requested_by: Option<String>,
    pub acknowledged_request: Option<String>,
    pub acknowledged_at: String,
    pub held_by: Option<String>,
    pub max_embeddings_per_second: Option<i64>,
    pub max_workers: Option<i64>,
    /// Reference-count deltas that are committed and not yet folded.
    pub waiting_deltas: i64,
    pub open_key_ranges: i64,
    /// Key ranges that were taken over from writers that gave no sign of life.
    pub takeovers: i64,
}

/// The last reading of a throttle signal.
#[derive(Debug, Serialize)]
pub struct SignalLine {
    pub signal: String,
    /// None: it could not be read, which holds.
    pub reading: Option<String>,
    pub threshold: String,
    pub holds: bool,
    pub age_seconds: i64,
}

#[derive(Debug, Serialize)]
pub struct GateLine {
    pub phase: String,
    pub gate: String,
    pub verdict: String,
    pub measured_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
}

/// Prints the report.
pub fn status(report: &StatusReport, format: Format) {
    if format == Format::Json {
        return json("hartonomous.status/1", report);
    }
    line(format!("database   {}", report.database));
    line(format!("phase      {}", report.phase));
    if let (Some(done), Some(all)) = (report.embeddings_migrated, report.embeddings_with_vector) {
        let percent = if all == 0 {
            100.0
        } else {
            done as f64 * 100.0 / all as f64
        };
        line(format!(
            "migrated   {done} of {all} embeddings with a vector ({percent:.2} %)"
        ));
    }
    if let Some(soak) = &report.soak {
        line(format!("soak       {soak}"));
    }
    if let Some(memory) = &report.memory {
        line(format!("in memory  {memory}"));
    }
    if report.failed_embeddings > 0 {
        line(format!(
            "failed     {} embeddings",
            report.failed_embeddings
        ));
    }
    if let Some(run) = &report.run {
        line(format!(
            "last run   {} by {} on {}, started {} UTC, {}",
            run.run_id, run.login, run.host, run.started_at, run.outcome
        ));
        if run.relations_written > 0 {
            line(format!(
                "           {} embeddings, {} relations, last commit {} UTC",
                run.embeddings_done, run.relations_written, run.last_progress_at
            ));
        }
    }
    if let Some(holder) = &report.holder {
        line(format!("lock       held by {holder}"));
    }
    steering(report);
    for warning in &report.warnings {
        line(format!("warning    {warning}"));
    }
    if !report.gates.is_empty() {
        let rows = report.gates.iter().map(|gate| {
            vec![
                gate.verdict.clone(),
                gate.gate.clone(),
                gate.measured_at.clone(),
                gate.waiver.clone().unwrap_or_default(),
            ]
        });
        line("");
        line(table(
            &[
                Column("", false),
                Column("gate", false),
                Column("last measured (UTC)", false),
                Column("waived", false),
            ],
            rows,
        ));
        line("");
    }
    line(format!("next       {}", report.next));
}

fn steering(report: &StatusReport) {
    let Some(steering) = &report.steering else {
        return;
    };
    if report.request != "none" && !report.request.is_empty() {
        let by = steering.requested_by.as_deref().unwrap_or("somebody");
        let acknowledged = if steering.acknowledged_request.as_ref() == Some(&report.request) {
            format!("acknowledged {} UTC", steering.acknowledged_at)
        } else {
            "not acknowledged".to_owned()
        };
        line(format!(
            "request    {} by {by}, {acknowledged}",
            report.request
        ));
    }
    if let Some(rate) = steering.max_embeddings_per_second {
        line(format!("limit      {rate} embeddings per second"));
    }
    if let Some(workers) = steering.max_workers {
        line(format!("limit      {workers} writers per process"));
    }
    if let Some(held) = &steering.held_by {
        line(format!("held by    {held}"));
    }
    if steering.waiting_deltas > 0 {
        line(format!(
            "folding    {} reference-count deltas wait to be folded",
            steering.waiting_deltas
        ));
    }
    if steering.takeovers > 0 {
        line(format!(
            "takeovers  {} key ranges of writers that gave no sign of life",
            steering.takeovers
        ));
    }
    let running = report
        .run
        .as_ref()
        .is_some_and(|run| run.outcome == "running");
    if !running || report.signals.is_empty() {
        return;
    }
    let rows = report.signals.iter().map(|one| {
        vec![
            if one.holds { "HOLDS" } else { "ok" }.to_owned(),
            one.signal.clone(),
            one.reading
                .clone()
                .unwrap_or_else(|| "cannot be read".to_owned()),
            one.threshold.clone(),
            format!("{} s ago", one.age_seconds),
        ]
    });
    line("");
    line(table(
        &[
            Column("", false),
            Column("signal", false),
            Column("reading", false),
            Column("holds above", false),
            Column("read", false),
        ],
        rows,
    ));
}
