//! Everything that a person or a pipe reads. Results go to stdout, everything else to stderr.

mod actions;
mod at_work;
mod doctor;
mod gates;
mod plan;
mod progress;
mod status;
mod table;
mod walk;

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

pub use actions::actions;
pub use doctor::{DoctorReport, Finding, PhaseReadiness, doctor};
pub use gates::{Ended, GateReport, gate_rows, gate_table};
pub use plan::plan as print_plan;
pub use progress::{ProgressStyle, observer};
pub use status::{GateLine, RunLine, SignalLine, StatusReport, Steering, status};
pub use table::{Column, table};
pub use walk::{PhaseLine, PhaseState, WaitLine, WalkReport, walk};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON document with a versioned schema.
    Json,
}

/// Writes a line of result; a closed pipe is no error.
pub fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.as_ref());
}

/// A JSON document has been written.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Has the command's one JSON document been written already?
pub fn told() -> bool {
    TOLD.load(Ordering::Relaxed)
}

/// Writes a JSON document of the named schema, e.g. `hartonomous.validate/1`.
pub fn json(schema: &str, value: &impl Serialize) {
    #[derive(Serialize)]
    struct Document<'a, T> {
        schema: &'a str,
        #[serde(flatten)]
        value: &'a T,
    }
    TOLD.store(true, Ordering::Relaxed);
    match serde_json::to_string_pretty(&Document { schema, value }) {
        Ok(text) => line(text),
        Err(error) => note(format!("failed to write JSON: {error}")),
    }
}

/// Writes a line of what is not result.
pub fn note(text: impl AsRef<str>) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "{}", text.as_ref());
}
