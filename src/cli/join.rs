//! `migrate phase2 --join`: work on key ranges of the migration that another process leads.

use super::migrate::Migrate;
use super::phase2::announce;
use super::{Cli, Goal, Phase, plan};
use crate::connect::{Connection, Endpoint};
use crate::engine::{ApplicationLock, Cancel, Event, Stop};
use crate::exit::Exit;
use crate::output::{self, Format};
use crate::phase1::Inventory;
use crate::phase2::{self, load};
use crate::pipeline::{self, Job, Outcome, Ticket};
use crate::state;

/// # Errors
/// Nobody leads a migration of this database; see also `Stop`.
pub async fn run(cli: &Cli, migrate: &Migrate, cancel: &Cancel) -> Result<Exit, Stop> {
    if migrate.phase != Goal::One(Phase::Phase2) {
        return Err(Stop::Usage(
            "--join is for phase2: no other phase has key ranges to share".to_owned(),
        ));
    }
    let (endpoint, mut connection) = cli.connect.open().await?;
    require_leader(cli, &endpoint, &mut connection).await?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let id = state::start_run(
        &mut connection,
        "migrate phase2 --join",
        Some(phase2::PHASE),
        &arguments.join(" "),
    )
    .await?;
    let leader = state::join_run(&mut connection, id).await?;
    let events = output::observer(cli.progress);
    events.observe(&Event::PhaseStarted {
        phase: phase2::PHASE,
        run_id: id.0,
    });
    let result = async {
        if leader.phase != phase2::PHASE || leader.state == "idle" {
            return Err(nobody());
        }
        refuse_table_lock(&mut connection).await?;
        let inventory = Inventory::read(&mut connection).await?;
        let columns = plan::require_vector_column(&inventory)?;
        let pending = announce(&mut connection, &*events).await?;
        let job = Job {
            endpoint: endpoint.clone(),
            columns,
            ticket: Ticket {
                run: id,
                fence: leader.fence,
            },
            settings: migrate.writers.settings(cli.connect.lock_timeout),
            pending,
            events: events.clone(),
            cancel: cancel.clone(),
        };
        let outcome = pipeline::run(job, None).await;
        events.observe(&Event::BatchesEnded);
        outcome
    }
    .await;
    let (word, message) = match &result {
        Ok(_) => ("done", None),
        Err(stop @ Stop::Requested { .. }) => ("stopped", Some(stop.to_string())),
        Err(stop) => ("failed", Some(stop.to_string())),
    };
    if let Err(failure) = state::finish_run(&mut connection, id, word, message.as_deref()).await {
        tracing::debug!(%failure, "recording the end of the run");
    }
    let outcome = result?;
    report(cli.format, &outcome, leader.run_id);
    Ok(Exit::Done)
}

/// The leader holds the application lock: if it can be had, nobody leads.
async fn require_leader(
    cli: &Cli,
    endpoint: &Endpoint,
    connection: &mut Connection,
) -> Result<(), Stop> {
    if state::layout_version(connection).await? < state::STEERABLE {
        return Err(nobody());
    }
    match ApplicationLock::acquire(endpoint, cli.connect.lock_timeout).await {
        Err(Stop::Locked(_)) => Ok(()),
        Ok(_) => Err(nobody()),
        Err(stop) => Err(stop),
    }
}

/// A leader that locks the whole table for its batches leaves nothing to share.
async fn refuse_table_lock(connection: &mut Connection) -> Result<(), Stop> {
    let steps = state::list_steps(connection, phase2::PHASE).await?;
    let strategy = steps.iter().find(|step| step.step == load::STEP);
    let strategy: Option<serde_json::Value> =
        strategy.and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok());
    if strategy.is_some_and(|strategy| strategy["load"]["table_lock"] == true) {
        return Err(Stop::Refused {
            what: "--join".to_owned(),
            cause: "the run that leads loads under a table lock, which lets one writer in"
                .to_owned(),
            next: "wait for it, or start it again with more than one of --workers".to_owned(),
        });
    }
    Ok(())
}

fn nobody() -> Stop {
    Stop::Refused {
        what: "--join".to_owned(),
        cause: "no process leads phase 2 of this database at the moment".to_owned(),
        next: "run `hartonomous migrate phase2` without --join, here or there".to_owned(),
    }
}

fn report(format: Format, outcome: &Outcome, leader: Option<i64>) {
    let leader = leader.unwrap_or_default();
    match format {
        Format::Human => output::line(format!(
            "{} embeddings and {} relations migrated for run {leader}, which verifies and ends the phase",
            outcome.embeddings, outcome.relations
        )),
        Format::Json => output::json(
            "hartonomous.join/1",
            &serde_json::json!({ "leader_run_id": leader, "embeddings": outcome.embeddings,
                                 "relations": outcome.relations, "atoms": outcome.atoms,
                                 "rejected": outcome.rejected }),
        ),
    }
}
