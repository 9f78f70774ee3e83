//! `rollback phase1`.

use super::report;
use crate::cli::Cli;
use crate::cli::plan::require_tables;
use crate::cli::session::Run;
use crate::connect::{Connection, RowExt};
use crate::engine::{Action, Cancel, Event, Stop};
use crate::exit::Exit;
use crate::gate::Measured;
use crate::output;
use crate::phase1::rollback::{self, PHASE};
use crate::phase1::{self, Inventory, Table};
use crate::state::{self, StoredStep};
use crate::tsql::{Statement, embedded};
use crate::{phase2, phase2::rollback::objects};

const SCOPE: Statement = embedded!("phase2/rollback_select_scope.sql");
const COMMAND: &str = "rollback phase1";

/// Takes phase 1 back.
pub async fn run(cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
    let mut run = Run::begin(cli, COMMAND, PHASE).await?;
    let mut gates = Vec::new();
    let result = take_back(&mut run, cancel, &mut gates).await;
    run.end(&result).await;
    report(&gates, cli.format, result.as_ref().err());
    result.map(|()| Exit::Done)
}

async fn take_back(run: &mut Run, cancel: &Cancel, gates: &mut Vec<Measured>) -> Result<(), Stop> {
    let connection = &mut run.connection;
    let inventory = Inventory::read(connection).await?;
    require_tables(&inventory)?;
    let stored = state::list_steps(connection, phase1::PHASE).await?;
    let left = phase2_left(connection, &inventory).await?;
    gates.extend(rollback::guard(connection, &inventory, &stored, &left).await?);
    run.require(PHASE, gates).await?;
    let dropping = dropping(&inventory, &stored);
    if dropping.is_empty() {
        run.events.observe(&Event::Warning {
            text: "phase 1 has left nothing to take back".to_owned(),
        });
    }
    let before = rollback::relations(&mut run.connection, None).await?;
    rollback::drop_objects(&mut run.connection, run.id, &*run.events, cancel).await?;
    gates.clear();
    gates.extend(rollback::measure(&mut run.connection, &dropping, &before).await?);
    run.require(PHASE, gates).await
}

fn dropping(inventory: &Inventory, stored: &[StoredStep]) -> Vec<String> {
    rollback::actions(inventory, stored)
        .into_iter()
        .filter(|action| !action.statements.is_empty())
        .map(|action| action.id)
        .collect()
}

/// What is left of phase 2, in words.
async fn phase2_left(
    connection: &mut Connection,
    inventory: &Inventory,
) -> Result<Vec<String>, Stop> {
    let mut left = Vec::new();
    if inventory.has_table(Table::EmbeddingMigrationProgress) {
        let migrated = connection
            .row(&SCOPE.sql(), &[])
            .await?
            .integer("Embeddings")?;
        if migrated > 0 {
            left.push(format!("{migrated} embeddings are migrated"));
        }
    }
    let stored = state::list_steps(connection, phase2::PHASE).await?;
    left.extend(
        objects(inventory, &stored)
            .into_iter()
            .filter(|action| !action.statements.is_empty())
            .map(|action: Action| format!("{} is there", action.title)),
    );
    Ok(left)
}

/// `--dry-run`: the guard as it is now, and what would be done.
pub async fn plan(cli: &Cli) -> Result<Exit, Stop> {
    let (_, mut connection) = cli.connect.open().await?;
    let inventory = Inventory::read(&mut connection).await?;
    require_tables(&inventory)?;
    if state::layout_version(&mut connection).await? == 0 {
        let notes = ["nothing: phase 1 has not been begun by this program".to_owned()];
        output::actions(COMMAND, &[], &[], &notes, cli.format);
        return Ok(Exit::Done);
    }
    let stored = state::list_steps(&mut connection, phase1::PHASE).await?;
    let left = phase2_left(&mut connection, &inventory).await?;
    let gates = rollback::guard(&mut connection, &inventory, &stored, &left).await?;
    let actions = rollback::actions(&inventory, &stored);
    output::actions(COMMAND, &actions, &gates, &[], cli.format);
    Ok(if gates.iter().all(Measured::holds) {
        Exit::Done
    } else {
        Exit::GateFailed
    })
}
