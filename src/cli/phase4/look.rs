//! What can be seen of phase 4 without changing anything: its plan, its gates.

use super::{Phase4Options, require_removed};
use crate::cli::Cli;
use crate::connect::{Connection, Endpoint};
use crate::engine::{Action, Plan, StepState, Stop};
use crate::exit::Exit;
use crate::gate::{Measured, Thresholds};
use crate::output;
use crate::phase1::Inventory;
use crate::phase4::{
    Found, Request, SourceSize, copy_sql, measure_after, measure_before, plan_modules, plan_storage,
};
use crate::state;

/// `validate phase4`: prerequisites while there is no table, success criteria once there is.
pub async fn validate(
    endpoint: &Endpoint,
    connection: &mut Connection,
    inventory: &Inventory,
    thresholds: &Thresholds,
    lock_timeout: std::time::Duration,
) -> Result<Vec<Measured>, Stop> {
    require_removed(connection, inventory).await?;
    let found = Found::read(connection).await?;
    if found.table.is_none() {
        return Ok(measure_before(connection, &found, Request::default(), thresholds).await?);
    }
    Ok(measure_after(endpoint, connection, &found, lock_timeout, thresholds).await?)
}

/// `plan phase4` and `migrate phase4 --dry-run`.
pub async fn plan(cli: &Cli, options: Option<&Phase4Options>) -> Result<Exit, Stop> {
    if let Some(options) = options {
        options.check()?;
    }
    let request = options.map_or_else(Request::default, Phase4Options::request);
    let thresholds = cli.thresholds()?;
    let (_, mut connection) = cli.connect.open().await?;
    let inventory = Inventory::read(&mut connection).await?;
    require_removed(&mut connection, &inventory).await?;
    let found = Found::read(&mut connection).await?;
    let mut gates = measure_before(&mut connection, &found, request, &thresholds).await?;
    let layout = state::layout_version(&mut connection).await?;
    let mut stored = Vec::new();
    if layout > 0 {
        let waivers = state::list_waivers(&mut connection).await?;
        crate::gate::apply_waivers(&mut gates, &waivers);
        stored = state::list_steps(&mut connection, crate::phase4::PHASE).await?;
    }
    let mut actions = Vec::new();
    let mut refused = None;
    if found.declared.unsupported.is_empty() {
        let size = SourceSize::read(&mut connection, &found.declared).await?;
        let storage = plan_storage(&found, request.create_filegroup, size);
        refused = first_refused(&storage);
        actions.extend(steps(&storage));
        let copied = found
            .copy(&mut connection, layout)
            .await?
            .map_or(0, |copy| copy.rows_copied);
        actions.push(Action::new(
            "copy",
            "copy",
            format!("{} rows of dbo.AtomEmbeddings", size.rows),
            format!("{copied} of them are copied; by key range, identity kept, then compared until nothing differs"),
            vec![copy_sql(&found.declared)],
        ));
        let modules = plan_modules(&found, &stored);
        refused = refused.or_else(|| first_refused(&modules));
        actions.extend(steps(&modules));
    }
    for column in &found.declared.staying {
        actions.push(Action::new(
            "keep",
            "keep",
            format!("column dbo.AtomEmbeddings.{column}"),
            "it stays where it is, and only there",
            Vec::new(),
        ));
    }
    let notes = vec![
        "the criteria of phase 3 are measured at the run, every digest among them; `hartonomous validate phase3` measures them now".to_owned(),
        "dbo.AtomEmbeddings stays the master: what is written to it later reaches the copy with the next `hartonomous migrate phase4`".to_owned(),
    ];
    output::actions("migrate phase4", &actions, &gates, &notes, cli.format);
    match refused {
        Some(stop) => Err(stop),
        None if gates.iter().all(Measured::holds) => Ok(Exit::Done),
        None => Ok(Exit::GateFailed),
    }
}

fn first_refused(plan: &Plan) -> Option<Stop> {
    plan.refused()
        .next()
        .map(|(step, found, next)| Stop::Refused {
            what: step.title.clone(),
            cause: found.to_owned(),
            next: next.to_owned(),
        })
}

fn steps(plan: &Plan) -> Vec<Action> {
    let one = |step: &crate::engine::PlannedStep| {
        let (verb, detail) = match &step.state {
            StepState::Present => ("present", String::new()),
            StepState::Missing => ("create", String::new()),
            StepState::Wrong { found } => ("replace", found.clone()),
            StepState::Refused { found, .. } => ("REFUSED", found.clone()),
        };
        Action::new(&step.id, verb, &step.title, detail, step.statements.clone())
    };
    plan.steps.iter().map(one).collect()
}
