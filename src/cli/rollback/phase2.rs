//! `rollback phase2`.

use std::time::Duration;

use super::{Rollback, report};
use crate::cli::Cli;
use crate::cli::plan::{builds_online, require_tables};
use crate::cli::session::Run;
use crate::connect::Connection;
use crate::engine::{Action, Cancel, Event, Stop};
use crate::exit::Exit;
use crate::gate::Measured;
use crate::output::{self, Format};
use crate::phase1::{Inventory, Table};
use crate::phase2::load::{self, Owed};
use crate::phase2::rollback::{
    self, PHASE, Scope, Settings, Snapshot, TakeBack, Versioning, drop_objects, drop_view_index,
    fold_deltas, guard, measure_objects, measure_proof, objects,
};
use crate::phase2::view_index::ViewIndex;
use crate::state;

const COMMAND: &str = "rollback phase2";

/// Takes phase 2 back.
pub async fn run(options: &Rollback, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
    let mut run = Run::begin(cli, COMMAND, PHASE).await?;
    let mut gates = Vec::new();
    let result = take_back(options, cli, &mut run, cancel, &mut gates).await;
    // Whatever happened, versioning does not stay off. If even this fails the next command does it.
    let restored = rollback::restore(&mut run.connection, run.id).await;
    let result = result.and(restored.map(drop));
    run.end(&result).await;
    report(&gates, cli.format, result.as_ref().err());
    result.map(|()| Exit::Done)
}

async fn take_back(
    options: &Rollback,
    cli: &Cli,
    run: &mut Run,
    cancel: &Cancel,
    gates: &mut Vec<Measured>,
) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    require_tables(&inventory)?;
    if !inventory.has_table(Table::EmbeddingMigrationProgress) {
        return without_progress_table(run, gates).await;
    }
    gates.extend(guard(&mut run.connection, &inventory).await?);
    run.require(PHASE, gates).await?;
    let dropping = dropping(run, &inventory).await?;
    fold_deltas(&mut run.connection).await?;
    let snapshot = Snapshot::take(&mut run.connection, run.id).await?;
    drop_view_index(&mut run.connection, run.id, &*run.events).await?;
    batches(options, cli, run, &snapshot, cancel).await?;
    // Rebuilt over a table that is nearly empty again.
    let online = builds_online(&mut run.connection).await?;
    load::restore(&mut run.connection, run.id, online, &*run.events).await?;
    run.check_lock().await?;
    gates.clear();
    gates.extend(measure_proof(&mut run.connection, &snapshot).await?);
    run.require(PHASE, gates).await?;
    end(run, &snapshot, &dropping, gates).await
}

/// The ids of what phase 2 created and the rollback drops.
async fn dropping(run: &mut Run, inventory: &Inventory) -> Result<Vec<String>, Stop> {
    let stored = state::list_steps(&mut run.connection, crate::phase2::PHASE).await?;
    let actions = objects(inventory, &stored).into_iter();
    Ok(actions
        .filter(|action| !action.statements.is_empty())
        .map(|action| action.id)
        .collect())
}

/// After the proof: the objects go, and are looked for.
async fn end(
    run: &mut Run,
    snapshot: &Snapshot,
    dropping: &[String],
    gates: &mut Vec<Measured>,
) -> Result<(), Stop> {
    drop_objects(&mut run.connection, run.id, &*run.events).await?;
    rollback::forget_failed(&mut run.connection).await?;
    let mut after = vec![measure_objects(&mut run.connection, dropping).await?];
    run.record(&mut after).await?;
    gates.extend(after);
    crate::cli::validate::require(PHASE, gates)?;
    Ok(snapshot.close(&mut run.connection, run.id).await?)
}

async fn batches(
    options: &Rollback,
    cli: &Cli,
    run: &mut Run,
    snapshot: &Snapshot,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let left = Scope::read(&mut run.connection).await?.embeddings;
    if left == 0 {
        return Ok(());
    }
    if let Some(versioning) = rollback::switch_off(&mut run.connection, run.id).await? {
        run.events.observe(&Event::Warning {
            text: format!(
                "system versioning of dbo.AtomRelations is off until the rollback ends (history {}.{}): changes that others make meanwhile leave no history",
                versioning.history_schema, versioning.history_table
            ),
        });
    }
    run.events.observe(&Event::WorkStarted {
        verb: "taking back",
        embeddings_total: u64::try_from(left).unwrap_or(0),
    });
    let taken = TakeBack {
        endpoint: &run.endpoint,
        run: run.id,
        fence: run.fence,
        since: snapshot.since,
        settings: Settings {
            batch_relations: i64::from(options.batch_components),
            lock_timeout: cli.connect.lock_timeout,
            retries: options.retries,
        },
        events: &*run.events,
        cancel,
    }
    .run()
    .await;
    run.events.observe(&Event::WorkEnded);
    taken?;
    // Before the proof, and not only at the end: the table is versioned again as soon as the last relation is gone.
    rollback::restore(&mut run.connection, run.id).await?;
    Ok(())
}

/// No progress table: nothing of phase 2 is there, or an earlier run was killed at its very end.
async fn without_progress_table(run: &mut Run, gates: &mut Vec<Measured>) -> Result<(), Stop> {
    let online = builds_online(&mut run.connection).await?;
    load::restore(&mut run.connection, run.id, online, &*run.events).await?;
    if let Some(snapshot) = Snapshot::stored(&mut run.connection).await? {
        let inventory = Inventory::read(&mut run.connection).await?;
        let mut dropping = dropping(run, &inventory).await?;
        dropping.push(rollback::TABLE_STEP.to_owned());
        return end(run, &snapshot, &dropping, gates).await;
    }
    drop_objects(&mut run.connection, run.id, &*run.events).await?;
    run.events.observe(&Event::Warning {
        text: "phase 2 has left nothing to take back: there is no dbo.EmbeddingMigrationProgress"
            .to_owned(),
    });
    Ok(())
}

/// `--dry-run`: the guard as it is now, and what would be done.
pub async fn plan(options: &Rollback, cli: &Cli) -> Result<Exit, Stop> {
    let (_, mut connection) = cli.connect.open().await?;
    let inventory = Inventory::read(&mut connection).await?;
    require_tables(&inventory)?;
    if !inventory.has_table(Table::EmbeddingMigrationProgress)
        || state::layout_version(&mut connection).await? == 0
    {
        output::actions(
            COMMAND,
            &[],
            &[],
            &["nothing: phase 2 has not been begun, or was taken back".to_owned()],
            cli.format,
        );
        return Ok(Exit::Done);
    }
    let gates = guard(&mut connection, &inventory).await?;
    let (actions, notes) = actions(&mut connection, &inventory, options).await?;
    output::actions(COMMAND, &actions, &gates, &notes, cli.format);
    Ok(if gates.iter().all(Measured::holds) {
        Exit::Done
    } else {
        Exit::GateFailed
    })
}

async fn actions(
    connection: &mut Connection,
    inventory: &Inventory,
    options: &Rollback,
) -> Result<(Vec<Action>, Vec<String>), Stop> {
    let scope = Scope::read(connection).await?;
    let versioning = Versioning::read(connection).await?;
    let stored = state::list_steps(connection, crate::phase2::PHASE).await?;
    let mut actions = Vec::new();
    let index = ViewIndex::read(connection, inventory).await?;
    actions.extend(rollback::view_index(&index, &stored));
    if let Some(versioning) = &versioning {
        actions.push(Action::new(
            "versioning.off",
            "switch off",
            "system versioning of dbo.AtomRelations",
            format!(
                "history {}.{} stays",
                versioning.history_schema, versioning.history_table
            ),
            vec![Versioning::off()],
        ));
    }
    actions.push(Action::new(
        "batches",
        "delete",
        format!(
            "{} relations of {} embeddings",
            scope.relations, scope.embeddings
        ),
        format!(
            "in batches of about {}, with their progress rows and the atoms that nothing uses then",
            options.batch_components
        ),
        vec![rollback::batch_statement(scope.since.is_some())],
    ));
    if let Some(versioning) = &versioning {
        actions.push(Action::new(
            "versioning.on",
            "switch on",
            "system versioning of dbo.AtomRelations",
            "as it was",
            vec![versioning.on()?],
        ));
    }
    let owed = Owed::read(connection).await?;
    if !owed.is_empty() {
        actions.push(Action::new(
            "load.owed",
            "bring back",
            owed.words(),
            "a load in a maintenance window left them so",
            Vec::new(),
        ));
    }
    actions.extend(objects(inventory, &stored));
    actions.push(Action::new(
        "keep.embeddings",
        "keep",
        "dbo.AtomEmbeddings with EmbeddingVector",
        "a rollback never writes it",
        Vec::new(),
    ));
    actions.push(Action::new(
        "keep.phase1",
        "keep",
        "the columns, indexes and procedures of phase 1",
        "`hartonomous rollback phase1` is for them",
        Vec::new(),
    ));
    let notes = vec![
        scope.since.map_or_else(
            || {
                "no run of phase 2 is on record: every float32 atom that nothing uses then would go"
                    .to_owned()
            },
            |since| {
                format!(
                    "atoms made before {} are not phase 2's and would stay",
                    state::when(since)
                )
            },
        ),
        "`hartonomous rollback phase2 --drill` measures how long it would take".to_owned(),
    ];
    Ok((actions, notes))
}

/// `--drill`.
pub async fn drill(options: &Rollback, cli: &Cli) -> Result<Exit, Stop> {
    let mut run = Run::begin(cli, "rollback phase2 --drill", PHASE).await?;
    let mut drill = None;
    let result = measure(options, &mut run)
        .await
        .map(|measured| drill = Some(measured));
    run.end(&result).await;
    result?;
    let Some(drill) = drill else {
        return Ok(Exit::Done);
    };
    if cli.format == Format::Json {
        output::json("hartonomous.drill/1", &drill);
        return Ok(Exit::Done);
    }
    output::line(format!(
        "sample     {} embeddings, {} relations taken back in {:.3} s and undone in {:.3} s; nothing was changed",
        drill.sampled_embeddings,
        drill.sampled_relations,
        drill.sampled_in.as_secs_f64(),
        drill.undone_in.as_secs_f64()
    ));
    output::line(format!(
        "whole      {} embeddings, {} relations",
        drill.embeddings, drill.relations
    ));
    output::line(match drill.estimated_seconds {
        None => "estimate   nothing to take back".to_owned(),
        Some(seconds) => format!(
            "estimate   {}",
            humantime::format_duration(Duration::from_secs(seconds.ceil() as u64))
        ),
    });
    if drill.wrote_history {
        output::line(
            "           the sample wrote history, which a rollback does not: it will be faster",
        );
    }
    Ok(Exit::Done)
}

async fn measure(options: &Rollback, run: &mut Run) -> Result<rollback::Drill, Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    require_tables(&inventory)?;
    if !inventory.has_table(Table::EmbeddingMigrationProgress) {
        return Err(Stop::Refused {
            what: "the drill".to_owned(),
            cause: "phase 2 has not been begun: there is no dbo.EmbeddingMigrationProgress"
                .to_owned(),
            next: "there is nothing to take back".to_owned(),
        });
    }
    let mut gates = guard(&mut run.connection, &inventory).await?;
    run.require(PHASE, &mut gates).await?;
    let scope = Scope::read(&mut run.connection).await?;
    rollback::drill(
        &mut run.connection,
        run.fence,
        &scope,
        i64::from(options.batch_components),
    )
    .await
}
