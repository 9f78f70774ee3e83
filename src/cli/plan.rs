//! `plan <phase>`, and what planning needs to know about a database.

use super::phase2::Chosen;
use super::phase4::Phase4Options;
use super::writers::{self, LoadArgs, WriterArgs};
use super::{Cli, Goal, Phase};
use crate::connect::{Connection, RowExt};
use crate::engine::{Plan, Stop};
use crate::exit::Exit;
use crate::output;
use crate::phase1::{self, Inventory, Table};
use crate::phase2;
use crate::phase3;
use crate::pipeline::{SizeLimits, SourceColumns};
use crate::state;
use crate::tsql::{Statement, embedded};

const SERVER: Statement = embedded!("doctor/select_server.sql");
const DIMENSIONS: Statement = embedded!("phase2/check_dimensions.sql");

/// Print what a phase would do, with its SQL. Writes nothing; `migrate --dry-run` prints the same.
///
/// `all` says where every phase stands, what the next one waits for, and what that one would do.
#[derive(Debug, clap::Args)]
pub struct PlanCommand {
    #[arg(value_enum)]
    pub phase: Goal,

    /// Writers that phase 2 would have
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: u16,

    #[command(flatten)]
    pub load: LoadArgs,
}

impl PlanCommand {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let options = PlanOptions {
            load: self.load,
            workers: self.workers,
            size: writers::default_size(),
            phase4: None,
        };
        match self.phase {
            Goal::One(phase) => show(cli, phase, &options).await,
            Goal::All => super::all::plan(cli, &options).await,
        }
    }
}

/// What a plan depends on beside the database: options of the phases.
pub struct PlanOptions<'a> {
    pub load: LoadArgs,
    pub workers: u16,
    pub size: SizeLimits,
    pub phase4: Option<&'a Phase4Options>,
}

impl<'a> PlanOptions<'a> {
    pub fn of(writers: &WriterArgs, phase4: &'a Phase4Options) -> Self {
        Self {
            load: writers.load,
            workers: writers.workers,
            size: writers.size(),
            phase4: Some(phase4),
        }
    }
}

/// Prints a phase's plan.
///
/// # Errors
/// A database that the phase cannot work on, a step that is refused (after it was printed).
pub async fn show(cli: &Cli, phase: Phase, chosen: &PlanOptions<'_>) -> Result<Exit, Stop> {
    match phase {
        Phase::Phase1 | Phase::Phase2 => {}
        Phase::Phase3 => return super::phase3::plan(cli).await,
        Phase::Phase4 => return super::phase4::plan(cli, chosen.phase4).await,
    }
    let (_, mut connection) = cli.connect.open().await?;
    let has_state = state::layout_version(&mut connection).await? > 0;
    let inventory = Inventory::read(&mut connection).await?;
    require_tables(&inventory)?;
    let mut notes = Vec::new();
    let mut decisions = Vec::new();
    let stored = if has_state {
        state::list_steps(&mut connection, phase.name()).await?
    } else {
        notes.push("schema hartonomous would be created first (migrations/control)".to_owned());
        Vec::new()
    };
    let plans = match phase {
        Phase::Phase1 => {
            let online = builds_online(&mut connection).await?;
            vec![phase1::plan(&inventory, &stored, online)]
        }
        Phase::Phase2 | Phase::Phase3 | Phase::Phase4 => {
            let columns = require_vector_column(&inventory)?;
            let row = connection
                .row(&DIMENSIONS.with(&columns.fills()), &[])
                .await?;
            notes.push(format!(
                "{} embeddings have a vector; those without a progress row would be decomposed in batches between the table and the view",
                row.integer("WithVector")?
            ));
            let online = builds_online(&mut connection).await?;
            let load = chosen.load;
            let options = super::phase2::options(load, chosen.workers, chosen.size, online);
            let chosen = Chosen::now(&mut connection, &inventory, options, load).await?;
            decisions.extend_from_slice(chosen.decisions());
            let mut plans = vec![
                phase2::plan_tables(&inventory),
                chosen.strategy.plan(),
                phase2::plan_view(&inventory, &stored),
                chosen.view_index.plan(chosen.build),
            ];
            plans.retain(|plan| !plan.steps.is_empty());
            plans
        }
    };
    output::print_plan(&plans, &decisions, &notes, cli.format);
    refused(&plans)
}

/// # Errors
/// The first step that is refused.
pub fn refused(plans: &[Plan]) -> Result<Exit, Stop> {
    match plans.iter().flat_map(Plan::refused).next() {
        None => Ok(Exit::Done),
        Some((step, found, next)) => Err(Stop::Refused {
            what: step.title.clone(),
            cause: found.to_owned(),
            next: next.to_owned(),
        }),
    }
}

/// # Errors
/// A missing table.
pub fn require_tables(inventory: &Inventory) -> Result<(), Stop> {
    for table in [Table::Atoms, Table::AtomRelations, Table::AtomEmbeddings] {
        if !inventory.has_table(table) {
            return Err(Stop::Refused {
                what: "this database".to_owned(),
                cause: format!("table dbo.{} does not exist, or the login may not see it", table.name()),
                next: "name the Hartonomous database with --database, or grant VIEW DEFINITION (docs/security.md)"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// # Errors
/// No vector column.
pub fn require_vector_column(inventory: &Inventory) -> Result<SourceColumns, Stop> {
    require_tables(inventory)?;
    let has = |name| inventory.column(Table::AtomEmbeddings, name).is_some();
    let (cause, next) = if has(phase3::RENAMED) {
        (
            "the column is called EmbeddingVector_browned_out now: a brown-out is on",
            "`hartonomous migrate phase3 --end-brown-out` takes it back",
        )
    } else if has(phase3::rollback::RESTORING) {
        (
            "an un-drop is under way: the vectors are written back to EmbeddingVector_restoring",
            "finish it with `hartonomous rollback phase3`",
        )
    } else {
        (
            "dbo.AtomEmbeddings has no vector column EmbeddingVector",
            "there is nothing to decompose; if phase 3 removed it, `hartonomous validate phase3` measures what is left; `hartonomous status` says how far the migration is",
        )
    };
    SourceColumns::of(inventory).ok_or_else(|| Stop::Refused {
        what: "phase 2".to_owned(),
        cause: cause.to_owned(),
        next: next.to_owned(),
    })
}

/// Does the edition build indexes online (EngineEdition 3, 5 and 8; Msg 1712 elsewhere)?
///
/// # Errors
/// A failed statement.
pub async fn builds_online(connection: &mut Connection) -> Result<bool, Stop> {
    let row = connection.row(&SERVER.sql(), &[]).await?;
    Ok(matches!(row.opt_integer("EngineEdition")?, Some(3 | 5 | 8)))
}
