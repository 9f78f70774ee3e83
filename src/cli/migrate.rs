//! `migrate <phase>`.

use super::phase2::Phase2;
use super::plan::{self, PlanOptions};
use super::session::{Ended, Run};
use super::writers::WriterArgs;
use super::{Cli, Goal, Phase, all};
use crate::engine::{Cancel, Event, StepState, Stop, apply};
use crate::exit::Exit;
use crate::gate::{Measured, Thresholds};
use crate::output::{self, Format, GateReport, gate_table};
use crate::phase1::{self, Inventory, Phase1Inspect};
use crate::state::{self, StepRecord};

/// Run a phase: from nothing, from where it stopped, or over a complete one. Every step is checked before and after.
///
/// `all` runs one phase after the other as far as the gates allow, each as a run of its own, and says what it waits for.
#[derive(Debug, clap::Args)]
pub struct Migrate {
    #[arg(value_enum)]
    pub phase: Goal,

    /// Print the plan and its SQL, write nothing
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub writers: WriterArgs,

    #[command(flatten)]
    pub phase3: super::phase3::Phase3Options,

    #[command(flatten)]
    pub phase4: super::phase4::Phase4Options,
}

impl Migrate {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
        let planned = PlanOptions::of(&self.writers, &self.phase4);
        let phase = match self.phase {
            Goal::All if self.dry_run => return all::plan(cli, &planned).await,
            Goal::All => return all::run(self, cli, cancel).await,
            Goal::One(phase) => phase,
        };
        if phase != Phase::Phase3 {
            self.phase3.refuse_elsewhere()?;
        }
        if phase != Phase::Phase4 {
            self.phase4.refuse_elsewhere()?;
        }
        if self.dry_run {
            return plan::show(cli, phase, &planned).await;
        }
        if self.writers.join {
            return super::join::run(cli, self, cancel).await;
        }
        let ended = self.carry_out(phase, cli, cancel).await?;
        report(&ended.gates, cli.format, ended.result.as_ref().err());
        ended.result.map(|()| Exit::Done)
    }

    /// One phase as a run of its own.
    ///
    /// # Errors
    /// What kept the run from beginning; how it ended is in the result.
    pub async fn carry_out(&self, phase: Phase, cli: &Cli, cancel: &Cancel) -> Result<Ended, Stop> {
        let thresholds = cli.thresholds()?;
        let retries = self.writers.retries;
        let command = match phase {
            Phase::Phase1 => "migrate phase1",
            Phase::Phase2 => "migrate phase2",
            Phase::Phase3 => {
                let waits = self.phase == Goal::All;
                return super::phase3::carry_out(&self.phase3, cli, retries, waits, cancel).await;
            }
            Phase::Phase4 => {
                return super::phase4::carry_out(&self.phase4, cli, retries, cancel).await;
            }
        };
        let mut run = Run::begin(cli, command, phase.name()).await?;
        let mut gates = Vec::new();
        let result = match phase {
            Phase::Phase1 => run_phase1(&mut run, &thresholds, cancel, &mut gates).await,
            Phase::Phase2 | Phase::Phase3 | Phase::Phase4 => {
                let mut phase2 = Phase2 {
                    writers: &self.writers,
                    cli,
                    run: &mut run,
                    thresholds: &thresholds,
                    cancel,
                };
                phase2.migrate(&mut gates).await
            }
        };
        let id = run.id;
        run.end(&result).await;
        Ok(Ended { id, gates, result })
    }
}

async fn run_phase1(
    run: &mut Run,
    thresholds: &Thresholds,
    cancel: &Cancel,
    gates: &mut Vec<Measured>,
) -> Result<(), Stop> {
    let inventory = Inventory::read(&mut run.connection).await?;
    plan::require_tables(&inventory)?;
    let online = plan::builds_online(&mut run.connection).await?;
    let stored = state::list_steps(&mut run.connection, phase1::PHASE).await?;
    let plan = phase1::plan(&inventory, &stored, online);
    if phase1::stored_sample(&stored).is_none() {
        let sample = phase1::sample_access_paths(&mut run.connection).await?;
        let detail = serde_json::to_string(&sample).ok();
        let record = StepRecord {
            phase: phase1::PHASE,
            step: "sample.access_paths",
            state: "applied",
            sql_sha256: None,
            sql: None,
            object: None,
            object_sha256: None,
            created: false,
            detail,
        };
        state::record_step(&mut run.connection, run.id, &record).await?;
    }
    if !online
        && plan
            .steps
            .iter()
            .any(|step| step.id.starts_with("index.") && step.state != StepState::Present)
    {
        run.events.observe(&Event::Warning {
            text: "this edition builds indexes offline: writers to AtomRelations wait meanwhile"
                .to_owned(),
        });
    }
    let mut inspect = Phase1Inspect { online };
    apply(
        &mut run.connection,
        &plan,
        run.id,
        &mut inspect,
        &*run.events,
        cancel,
    )
    .await?;
    let stored = state::list_steps(&mut run.connection, phase1::PHASE).await?;
    gates.extend(phase1::measure(&mut run.connection, &stored, thresholds).await?);
    run.require(phase1::PHASE, gates).await
}

/// The gates of a migration, on stdout.
pub fn report(gates: &[Measured], format: Format, stop: Option<&Stop>) {
    if gates.is_empty() {
        return;
    }
    match format {
        Format::Human => output::line(gate_table(gates)),
        Format::Json => output::json("hartonomous.migrate/1", &GateReport::of(gates, stop)),
    }
}
