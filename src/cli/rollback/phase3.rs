//! `rollback phase3`: the un-drop.

use super::{Rollback, report};
use crate::cli::Cli;
use crate::cli::plan::{builds_online, require_tables, require_vector_column};
use crate::cli::session::Run;
use crate::engine::{Action, Cancel, Event, StepOutcome, Stop};
use crate::exit::Exit;
use crate::gate::Measured;
use crate::output;
use crate::phase1::{Inventory, Table};
use crate::phase3::rollback::{
    self, Fill, PHASE, RESTORING, Settings, add_sql, fill_sql, guard, is_rebuilt, is_restoring,
    not_null_sql,
};
use crate::phase3::{self, ColumnRecord, ColumnState, ORIGINAL, Patience, verify_digests};
use crate::state;

const COMMAND: &str = "rollback phase3";
/// The widest vector of float32, for a column whose drop is not on record.
const WIDEST: i64 = 1998;

/// Rebuilds the column.
pub async fn run(options: &Rollback, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
    let mut run = Run::begin(cli, COMMAND, PHASE).await?;
    let mut gates = Vec::new();
    let result = undrop(options, cli, &mut run, cancel, &mut gates).await;
    run.end(&result).await;
    report(&gates, cli.format, result.as_ref().err());
    result.map(|()| Exit::Done)
}

async fn undrop(
    options: &Rollback,
    cli: &Cli,
    run: &mut Run,
    cancel: &Cancel,
    gates: &mut Vec<Measured>,
) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    require_tables(&inventory)?;
    let wanted = match wanted(run, &inventory).await? {
        Some(wanted) => wanted,
        None => return Ok(()),
    };
    let renamed = inventory.column(Table::AtomEmbeddings, ORIGINAL).is_some();
    if !renamed {
        let has_progress = inventory.has_table(Table::EmbeddingMigrationProgress);
        gates.extend(guard(has_progress, None));
        run.require(PHASE, gates).await?;
        gates.clear();
        gates.extend(prove(run).await?);
        run.require(PHASE, gates).await?;
        rebuild_and_add(options, cli, run, cancel, &inventory, &wanted).await?;
        fill(options, cli, run, cancel, &inventory, &wanted).await?;
        let left = rollback::progress(&mut run.connection, RESTORING, &wanted).await?;
        if left.unfilled > 0 {
            return Err(Stop::Refused {
                what: "the un-drop".to_owned(),
                cause: format!(
                    "{} migrated embeddings have no vector in {RESTORING}: they were migrated meanwhile",
                    left.unfilled
                ),
                next: "the same command carries on".to_owned(),
            });
        }
        rename(options, run, cancel).await?;
    }
    restore_nullability(run, &wanted).await?;
    gates.clear();
    verify(cli, run, &wanted, gates).await
}

/// What the column was; None when there is nothing to undo.
async fn wanted(run: &mut Run, inventory: &Inventory) -> Result<Option<ColumnRecord>, Stop> {
    let column = ColumnState::read(&mut run.connection, inventory, true).await?;
    let stored = ColumnRecord::stored(&mut run.connection).await?;
    match (column, stored) {
        (ColumnState::BrownedOut(_), _) => Err(Stop::Refused {
            what: "the un-drop".to_owned(),
            cause: "the column is not dropped but renamed, in a brown-out".to_owned(),
            next: "`hartonomous migrate phase3 --end-brown-out` takes the rename back".to_owned(),
        }),
        // Renamed and not yet proven, or a drop that never came.
        (ColumnState::Present(_), Some(stored)) if stored.dropped_at.is_some() => Ok(Some(stored)),
        (ColumnState::Present(_), _) => {
            run.events.observe(&Event::Warning {
                text: "there is nothing to undo: dbo.AtomEmbeddings has its column EmbeddingVector"
                    .to_owned(),
            });
            Ok(None)
        }
        (ColumnState::Gone(_), Some(stored)) => Ok(Some(stored)),
        (ColumnState::Gone(_), None) => {
            run.events.observe(&Event::Warning {
                text: format!(
                    "what the column was is not on record: it becomes vector({WIDEST}) NULL"
                ),
            });
            Ok(Some(ColumnRecord {
                dimensions: WIDEST,
                nullable: true,
                dropped_at: None,
            }))
        }
    }
}

/// Every digest, before anything is written.
async fn prove(run: &mut Run) -> Result<Vec<Measured>, Stop> {
    let total = phase3::migrated(&mut run.connection).await?;
    run.events.observe(&Event::WorkStarted {
        verb: "proving digests",
        embeddings_total: total,
    });
    let proof = verify_digests(&mut run.connection, &*run.events).await;
    run.events.observe(&Event::WorkEnded);
    Ok(guard(true, Some(&proof?)))
}

async fn rebuild_and_add(
    options: &Rollback,
    cli: &Cli,
    run: &mut Run,
    cancel: &Cancel,
    inventory: &Inventory,
    wanted: &ColumnRecord,
) -> Result<(), Stop> {
    if is_restoring(inventory) {
        return Ok(());
    }
    if !is_rebuilt(&mut run.connection).await? {
        let online = !options.offline && builds_online(&mut run.connection).await?;
        let mut control = cli.connect.open().await?.1;
        let patience = patience(options, run, cancel);
        phase3::rebuild(&patience, &mut control, online).await?;
    }
    let sql = add_sql(wanted);
    rollback::record(
        &mut run.connection,
        run.id,
        "column.add",
        "started",
        Some(&sql),
    )
    .await?;
    run.connection.batch(&sql).await?;
    rollback::record(
        &mut run.connection,
        run.id,
        "column.add",
        "applied",
        Some(&sql),
    )
    .await?;
    step(run, &format!("column dbo.AtomEmbeddings.{RESTORING}"));
    Ok(())
}

fn step(run: &Run, title: &str) {
    run.events.observe(&Event::StepEnded {
        step: title.to_owned(),
        title: title.to_owned(),
        outcome: StepOutcome::Applied,
    });
}

fn patience<'a>(options: &Rollback, run: &'a Run, cancel: &'a Cancel) -> Patience<'a> {
    Patience {
        endpoint: &run.endpoint,
        run: run.id,
        fence: run.fence,
        retries: options.retries,
        events: &*run.events,
        cancel,
    }
}

async fn fill(
    options: &Rollback,
    cli: &Cli,
    run: &mut Run,
    cancel: &Cancel,
    inventory: &Inventory,
    wanted: &ColumnRecord,
) -> Result<(), Stop> {
    let triggers = inventory
        .tables
        .get(Table::AtomEmbeddings.name())
        .map_or(0, |table| table.triggers);
    if triggers > 0 {
        run.events.observe(&Event::Warning {
            text: format!("{triggers} triggers on dbo.AtomEmbeddings fire for every batch"),
        });
    }
    let progress = rollback::progress(&mut run.connection, RESTORING, wanted).await?;
    run.events.observe(&Event::WorkStarted {
        verb: "writing vectors",
        embeddings_total: u64::try_from(progress.unfilled).unwrap_or(0),
    });
    let each = wanted.dimensions.max(1);
    let filled = Fill {
        endpoint: &run.endpoint,
        run: run.id,
        fence: run.fence,
        record: wanted,
        settings: Settings {
            batch_embeddings: i32::try_from((i64::from(options.batch_components) / each).max(1))
                .unwrap_or(i32::MAX),
            lock_timeout: cli.connect.lock_timeout,
            retries: options.retries,
        },
        events: &*run.events,
        cancel,
    }
    .run()
    .await;
    run.events.observe(&Event::WorkEnded);
    filled?;
    run.check_lock().await
}

async fn rename(options: &Rollback, run: &mut Run, cancel: &Cancel) -> Result<(), Stop> {
    phase3::end_restoring(&patience(options, run, cancel)).await?;
    step(
        run,
        "column dbo.AtomEmbeddings.EmbeddingVector, every vector in it",
    );
    Ok(())
}

async fn restore_nullability(run: &mut Run, wanted: &ColumnRecord) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    let nullable = inventory
        .column(Table::AtomEmbeddings, ORIGINAL)
        .is_some_and(|fact| fact.nullable);
    if wanted.nullable || !nullable {
        return Ok(());
    }
    let progress = rollback::progress(&mut run.connection, ORIGINAL, wanted).await?;
    if progress.without_vector > 0 {
        run.events.observe(&Event::Warning {
            text: format!(
                "EmbeddingVector was NOT NULL and stays NULL: {} rows came without a vector after it was removed",
                progress.without_vector
            ),
        });
        return Ok(());
    }
    run.connection.batch(&not_null_sql(wanted)).await?;
    step(run, "EmbeddingVector NOT NULL, as it was");
    Ok(())
}

/// Phase 2's criteria are the proof: every vector by the client and by the server, against its digest.
async fn verify(
    cli: &Cli,
    run: &mut Run,
    wanted: &ColumnRecord,
    gates: &mut Vec<Measured>,
) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    let columns = require_vector_column(&inventory)?;
    let progress = rollback::progress(&mut run.connection, ORIGINAL, wanted).await?;
    gates.push(rollback::measured(&inventory, wanted, progress));
    let thresholds = cli.thresholds()?;
    gates.extend(
        crate::cli::validate::phase2(
            &run.endpoint,
            &mut run.connection,
            &columns,
            cli.connect.lock_timeout,
            &thresholds,
            &*run.events,
        )
        .await?,
    );
    run.record(gates).await?;
    crate::cli::validate::require(PHASE, gates)?;
    Ok(rollback::forget_phase3(&mut run.connection, run.id).await?)
}

/// `--dry-run`.
pub async fn plan(options: &Rollback, cli: &Cli) -> Result<Exit, Stop> {
    let (_, mut connection) = cli.connect.open().await?;
    let inventory = Inventory::read(&mut connection).await?;
    require_tables(&inventory)?;
    let has_state = state::layout_version(&mut connection).await? > 0;
    let column = ColumnState::read(&mut connection, &inventory, has_state).await?;
    let record = match column {
        ColumnState::Gone(record) => record.unwrap_or(ColumnRecord {
            dimensions: WIDEST,
            nullable: true,
            dropped_at: None,
        }),
        ColumnState::Present(_) | ColumnState::BrownedOut(_) => {
            let notes = ["nothing: the column was not dropped".to_owned()];
            output::actions(COMMAND, &[], &[], &notes, cli.format);
            return Ok(Exit::Done);
        }
    };
    let has_progress = inventory.has_table(Table::EmbeddingMigrationProgress);
    let gates = guard(has_progress, None);
    if !has_progress {
        output::actions(COMMAND, &[], &gates, &[], cli.format);
        return Ok(Exit::GateFailed);
    }
    let mut actions = Vec::new();
    if !is_restoring(&inventory) {
        if !is_rebuilt(&mut connection).await? {
            let online = !options.offline && builds_online(&mut connection).await?;
            actions.push(Action::new(
                "rebuild.AtomEmbeddings",
                "rebuild",
                "table dbo.AtomEmbeddings",
                "the bytes of the dropped column still count for the size of a row",
                vec![phase3::rebuild_sql(online)],
            ));
        }
        actions.push(Action::new(
            "column.add",
            "add",
            format!("column {RESTORING} vector({}) NULL", record.dimensions),
            "under this name until it is full",
            vec![add_sql(&record)],
        ));
    }
    actions.push(Action::new(
        "fill",
        "fill",
        format!(
            "{} vectors from their atoms",
            phase3::migrated(&mut connection).await?
        ),
        "in batches, after every digest was proven",
        vec![fill_sql(&record)],
    ));
    actions.push(Action::new(
        "rename",
        "rename",
        format!("column {RESTORING} to {ORIGINAL}"),
        "it becomes the last column of the table",
        vec![phase3::rename_restoring_sql()],
    ));
    if !record.nullable {
        actions.push(Action::new(
            "nullability",
            "alter",
            "column EmbeddingVector NOT NULL",
            "as it was",
            vec![not_null_sql(&record)],
        ));
    }
    output::actions(COMMAND, &actions, &gates, &[], cli.format);
    Ok(if gates.iter().all(Measured::holds) {
        Exit::Done
    } else {
        Exit::GateFailed
    })
}
