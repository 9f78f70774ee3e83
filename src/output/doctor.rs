//! Doctor: what the server and the database are, and what would stop each phase.

use serde::Serialize;

use super::{Column, Format, json, line, table};

/// A fact with its name.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub name: String,
    pub value: String,
}

/// Whether a phase could start as far as the doctor can see.
#[derive(Debug, Serialize)]
pub struct PhaseReadiness {
    pub phase: &'static str,
    /// Things that would stop it.
    pub stops: Vec<String>,
    /// Things to know.
    pub notes: Vec<String>,
}

/// All of it.
#[derive(Debug, Serialize)]
pub struct DoctorReport {
    pub server: Vec<Finding>,
    pub database: Vec<Finding>,
    pub session: Vec<Finding>,
    pub phases: Vec<PhaseReadiness>,
}

/// Prints the report.
pub fn doctor(report: &DoctorReport, format: Format) {
    if format == Format::Json {
        return json("hartonomous.doctor/1", report);
    }
    for (title, findings) in [
        ("server", &report.server),
        ("database", &report.database),
        ("session", &report.session),
    ] {
        line(title);
        let rows = findings
            .iter()
            .map(|finding| vec![format!("  {}", finding.name), finding.value.clone()]);
        let text = table(&[Column("", false), Column("", false)], rows);
        line(text.trim_start_matches('\n'));
        line("");
    }
    for phase in &report.phases {
        if phase.stops.is_empty() {
            line(format!(
                "{}: nothing that the doctor sees would stop it",
                phase.phase
            ));
        } else {
            line(format!("{}: would be stopped by", phase.phase));
            phase
                .stops
                .iter()
                .for_each(|stop| line(format!("  - {stop}")));
        }
        phase
            .notes
            .iter()
            .for_each(|text| line(format!("  note: {text}")));
    }
}
