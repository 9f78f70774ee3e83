//! `rollback phase4`.

use super::report;
use crate::cli::Cli;
use crate::cli::plan::require_tables;
use crate::cli::session::Run;
use crate::engine::{Cancel, Event, Stop};
use crate::exit::Exit;
use crate::gate::Measured;
use crate::output;
use crate::phase1::Inventory;
use crate::phase4::rollback::{self, PHASE};
use crate::phase4::{self, Found, snapshot};
use crate::state;

const COMMAND: &str = "rollback phase4";

/// Drops what phase 4 created.
pub async fn run(cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
    let mut run = Run::begin(cli, COMMAND, PHASE).await?;
    let mut gates = Vec::new();
    let result = take_back(&mut run, cancel, &mut gates).await;
    run.end(&result).await;
    report(&gates, cli.format, result.as_ref().err());
    result.map(|()| Exit::Done)
}

async fn take_back(run: &mut Run, cancel: &Cancel, gates: &mut Vec<Measured>) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    require_tables(&inventory)?;
    let found = Found::read(&mut run.connection).await?;
    let stored = state::list_steps(&mut run.connection, phase4::PHASE).await?;
    let takeback = rollback::plan(&found, &stored);
    let interrupted = rollback::interrupted(&found, &stored);
    let unproven = snapshot::stored(&mut run.connection).await?.is_some();
    if takeback.is_empty() && interrupted.is_empty() && !unproven {
        run.events.observe(&Event::Warning {
            text: "there is nothing to undo: phase 4 has created nothing that is still there"
                .to_owned(),
        });
        return Ok(());
    }
    rollback::settle(&mut run.connection, run.id, &found, &interrupted).await?;
    takeback.require_droppable()?;
    gates.extend(rollback::guard(&mut run.connection, &found).await?);
    run.require(PHASE, gates).await?;
    let before = snapshot::take(&mut run.connection, run.id, &found).await?;
    let events = run.events.clone();
    for action in takeback.objects.iter().filter(|one| one.verb != "keep") {
        if cancel.is_requested() {
            return Err(Stop::Requested {
                done: format!("{} is left", action.title),
            });
        }
        run.check_lock().await?;
        rollback::take(&mut run.connection, run.id, action, &*events).await?;
    }
    gates.push(rollback::unchanged(
        before,
        snapshot::measure(&mut run.connection, &found.declared).await?,
    ));
    let kept = rollback::remove_storage(
        &run.endpoint,
        &mut run.connection,
        run.id,
        &takeback.storage,
        &*events,
    )
    .await?;
    if let Some(why) = &kept {
        events.observe(&Event::Warning {
            text: format!(
                "the filegroup for memory-optimised data stays: {why}; docs/runbook.md, \"undo phase 4\", says how to remove it later"
            ),
        });
    }
    let left = Found::read(&mut run.connection).await?;
    let stored = state::list_steps(&mut run.connection, phase4::PHASE).await?;
    gates.push(rollback::gone(&takeback, &left, &stored, kept.as_deref()));
    let new = gates.len() - 2;
    run.record(&mut gates[new..]).await?;
    snapshot::close(&mut run.connection, run.id, before).await?;
    crate::cli::validate::require(PHASE, gates)
}

/// `--dry-run`.
pub async fn plan(cli: &Cli) -> Result<Exit, Stop> {
    let (_, mut connection) = cli.connect.open().await?;
    let inventory = Inventory::read(&mut connection).await?;
    require_tables(&inventory)?;
    let found = Found::read(&mut connection).await?;
    let mut stored = Vec::new();
    let mut gates = rollback::guard(&mut connection, &found).await?;
    if state::layout_version(&mut connection).await? > 0 {
        stored = state::list_steps(&mut connection, phase4::PHASE).await?;
        let waivers = state::list_waivers(&mut connection).await?;
        crate::gate::apply_waivers(&mut gates, &waivers);
    }
    let takeback = rollback::plan(&found, &stored);
    let actions: Vec<_> = takeback
        .objects
        .iter()
        .chain(&takeback.storage)
        .cloned()
        .collect();
    let notes = if takeback.is_empty() {
        vec!["nothing: phase 4 has created nothing that is still there".to_owned()]
    } else {
        vec![
            "dbo.AtomEmbeddings is counted and summed before and after, and never written"
                .to_owned(),
        ]
    };
    output::actions(COMMAND, &actions, &gates, &notes, cli.format);
    takeback.require_droppable()?;
    Ok(if gates.iter().all(Measured::holds) {
        Exit::Done
    } else {
        Exit::GateFailed
    })
}
