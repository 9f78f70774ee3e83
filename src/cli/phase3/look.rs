//! What can be seen of phase 3 without changing anything: its plan, its gates.

use super::{refuse_restoring, require_migrated};
use crate::cli::Cli;
use crate::cli::plan::builds_online;
use crate::connect::Connection;
use crate::engine::{Action, Event, Observer, Stop};
use crate::exit::Exit;
use crate::gate::{Measured, Thresholds};
use crate::output;
use crate::phase1::Inventory;
use crate::phase3::{
    self, ColumnState, ORIGINAL, RENAMED, measure_before, measure_without_column, verify_digests,
};
use crate::state;

/// The criteria after the removal; `attested` adds what people answer for.
pub async fn after(
    connection: &mut Connection,
    thresholds: &Thresholds,
    events: &dyn Observer,
    attested: bool,
) -> Result<Vec<Measured>, Stop> {
    let inventory = Inventory::read(connection).await?;
    let column = ColumnState::read(connection, &inventory, true).await?;
    events.observe(&Event::WorkStarted {
        verb: "proving digests",
        embeddings_total: phase3::migrated(connection).await?,
    });
    let proof = verify_digests(connection, events).await;
    events.observe(&Event::WorkEnded);
    let proof = proof?;
    Ok(if attested {
        phase3::measure_after(connection, &column, &proof, thresholds).await?
    } else {
        measure_without_column(connection, &column, &proof, thresholds).await?
    })
}

/// `validate phase3`: prerequisites while the column is there, success criteria once it is gone.
pub async fn validate(
    connection: &mut Connection,
    inventory: &Inventory,
    thresholds: &Thresholds,
    events: &dyn Observer,
) -> Result<Vec<Measured>, Stop> {
    require_migrated(inventory)?;
    match ColumnState::read(connection, inventory, true).await? {
        ColumnState::Present(_) => {
            Ok(measure_before(connection, ORIGINAL, thresholds, true).await?)
        }
        ColumnState::BrownedOut(_) => {
            Ok(measure_before(connection, RENAMED, thresholds, true).await?)
        }
        ColumnState::Gone(_) => after(connection, thresholds, events, true).await,
    }
}

/// `plan phase3` and `migrate phase3 --dry-run`.
pub async fn plan(cli: &Cli) -> Result<Exit, Stop> {
    let thresholds = cli.thresholds()?;
    let (_, mut connection) = cli.connect.open().await?;
    let inventory = Inventory::read(&mut connection).await?;
    require_migrated(&inventory)?;
    refuse_restoring(&inventory)?;
    let online = builds_online(&mut connection).await?;
    let column = ColumnState::read(&mut connection, &inventory, true).await?;
    let rebuild = Action::new(
        "rebuild.AtomEmbeddings",
        "rebuild",
        "table dbo.AtomEmbeddings",
        if online {
            "online; only this gives the space back"
        } else {
            "offline, readers and writers wait; only this gives the space back"
        },
        vec![phase3::rebuild_sql(online)],
    );
    let name = match &column {
        ColumnState::BrownedOut(_) => RENAMED,
        ColumnState::Present(_) | ColumnState::Gone(_) => ORIGINAL,
    };
    let mut actions = Vec::new();
    let mut gates = Vec::new();
    match &column {
        ColumnState::Gone(_) => {}
        ColumnState::Present(record) | ColumnState::BrownedOut(record) => {
            if name == RENAMED {
                actions.push(Action::new(
                    "brown_out",
                    "rename",
                    format!("column {RENAMED} to {ORIGINAL}"),
                    "the brown-out ends while every vector is proven",
                    vec![phase3::rename_sql(RENAMED, ORIGINAL)],
                ));
            }
            actions.push(Action::new(
                phase3::COLUMN,
                "DROP",
                format!(
                    "column dbo.AtomEmbeddings.EmbeddingVector vector({}) {}",
                    record.dimensions,
                    if record.nullable { "NULL" } else { "NOT NULL" }
                ),
                "after the proof of every vector and its typed name; `rollback phase3` rebuilds it from the atoms",
                vec![phase3::drop_sql()],
            ));
            gates = measure_before(&mut connection, name, &thresholds, false).await?;
            let waivers = state::list_waivers(&mut connection).await?;
            crate::gate::apply_waivers(&mut gates, &waivers);
        }
    }
    if !phase3::rollback::is_rebuilt(&mut connection).await? {
        actions.push(rebuild);
    }
    actions.push(Action::new(
        "keep",
        "keep",
        "every other column of dbo.AtomEmbeddings, geometry and json among them",
        "",
        Vec::new(),
    ));
    let notes = vec![
        "the criteria of phase 2 are measured at the run, every vector among them; `hartonomous validate phase2` measures them now".to_owned(),
        "the backup is read (RESTORE VERIFYONLY) at the run and by `hartonomous validate phase3`".to_owned(),
    ];
    output::actions("migrate phase3", &actions, &gates, &notes, cli.format);
    let unmet = gates
        .iter()
        .any(|gate| !gate.holds() && gate.gate.id != "phase3.backup_verified");
    Ok(if unmet { Exit::GateFailed } else { Exit::Done })
}
