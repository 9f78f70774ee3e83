//! A plan for people, with the SQL that it would send.

use serde::Serialize;

use super::{Column, Format, json, line, table};
use crate::engine::{Plan, PlannedStep, StepState};

#[derive(Serialize)]
struct PlanDocument<'a> {
    phase: &'a str,
    steps: Vec<StepDocument<'a>>,
}

#[derive(Serialize)]
struct StepDocument<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(flatten)]
    state: &'a StepState,
    statements: Vec<StatementDocument<'a>>,
}

#[derive(Serialize)]
struct StatementDocument<'a> {
    file: &'a str,
    sha256: String,
    sql: &'a str,
}

/// Prints plans; notes are lines such as how many embeddings are pending.
pub fn plan(plans: &[Plan], notes: &[String], format: Format) {
    match format {
        Format::Human => {
            for plan in plans {
                human(plan);
            }
            notes.iter().for_each(line);
        }
        Format::Json => {
            #[derive(Serialize)]
            struct Plans<'a> {
                plans: Vec<PlanDocument<'a>>,
                notes: &'a [String],
            }
            let plans = plans.iter().map(document).collect();
            json("hartonomous.plan/1", &Plans { plans, notes });
        }
    }
}

fn document(plan: &Plan) -> PlanDocument<'_> {
    PlanDocument {
        phase: plan.phase,
        steps: plan
            .steps
            .iter()
            .map(|step| StepDocument {
                id: &step.id,
                title: &step.title,
                state: &step.state,
                statements: step
                    .statements
                    .iter()
                    .map(|sql| StatementDocument {
                        file: sql.path(),
                        sha256: sql.sha256(),
                        sql: sql.text(),
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn human(plan: &Plan) {
    let rows = plan
        .steps
        .iter()
        .map(|step| vec![word(step), step.title.clone(), detail(step)]);
    line(format!("plan of {}:", plan.phase));
    line(table(
        &[
            Column("", false),
            Column("step", false),
            Column("found", false),
        ],
        rows,
    ));
    let mut first = true;
    for step in plan.pending() {
        for sql in &step.statements {
            if first {
                line("\nSQL that would be sent:");
                first = false;
            }
            line(format!(
                "\n-- {} ({}), SHA-256 {}",
                step.id,
                sql.path(),
                sql.sha256()
            ));
            line(sql.text().trim_end());
        }
    }
    line("");
}

fn word(step: &PlannedStep) -> String {
    match step.state {
        StepState::Present => "present",
        StepState::Missing => "create",
        StepState::Wrong { .. } => "replace",
        StepState::Refused { .. } => "REFUSED",
    }
    .to_owned()
}

fn detail(step: &PlannedStep) -> String {
    match &step.state {
        StepState::Present | StepState::Missing => String::new(),
        StepState::Wrong { found } => found.clone(),
        StepState::Refused { found, next } => format!("{found}; {next}"),
    }
}
