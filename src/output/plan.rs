//! A plan for people, with the SQL that it would send.

use serde::Serialize;

use super::{Column, Format, json, line, table};
use crate::engine::{Plan, PlannedStep, StepState};
use crate::phase2::load::Decision;

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

/// Prints plans; `load` says how phase 2 would load its rows, notes are lines such as how many embeddings are pending.
pub fn plan(plans: &[Plan], load: &[Decision], notes: &[String], format: Format) {
    match format {
        Format::Human => {
            for plan in plans {
                human(plan);
            }
            strategy(load);
            notes.iter().for_each(line);
        }
        Format::Json => {
            #[derive(Serialize)]
            struct Plans<'a> {
                plans: Vec<PlanDocument<'a>>,
                #[serde(skip_serializing_if = "<[Decision]>::is_empty")]
                load: &'a [Decision],
                notes: &'a [String],
            }
            let plans = plans.iter().map(document).collect();
            json("hartonomous.plan/1", &Plans { plans, load, notes });
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

/// How relations would be loaded, with the reasons.
fn strategy(load: &[Decision]) {
    if load.is_empty() {
        return;
    }
    line("load strategy:");
    for decision in load {
        line(format!(
            "  {:<18} {}\n                     because {}",
            decision.about, decision.choice, decision.why
        ));
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
