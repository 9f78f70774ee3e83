//! `rollback <phase>`.

mod from_backup;
mod phase1;
mod phase2;
mod phase3;
mod phase4;

use super::{Cli, Phase};
use crate::engine::{Cancel, Stop};
use crate::exit::Exit;
use crate::gate::Measured;
use crate::output::{self, Format, GateReport, gate_table};

/// Take a phase back: guarded, in batches, resumable, proven. What the phase did not create stays.
#[derive(Debug, clap::Args)]
pub struct Rollback {
    #[arg(value_enum)]
    pub phase: Phase,

    /// Print what would be done and its SQL, write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Phase 2: measure on a sample, inside a transaction that is rolled back, how long it would take
    #[arg(long, conflicts_with = "dry_run")]
    pub drill: bool,

    /// Relations (phase 2) or components (phase 3) per batch, at least one embedding
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub batch_components: u32,

    /// Phase 3: rebuild the table offline even where the edition could do it online
    #[arg(long)]
    pub offline: bool,

    /// How often a transient failure is tried again
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub retries: u32,

    #[command(flatten)]
    pub restore: from_backup::RestoreOptions,
}

impl Rollback {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
        if self.restore.from_backup && self.phase != Phase::Phase3 {
            return Err(Stop::Usage("--from-backup is for phase3".to_owned()));
        }
        match self.phase {
            Phase::Phase3 if self.restore.from_backup && !self.drill => {
                from_backup::run(self, cli, cancel).await
            }
            Phase::Phase1 if self.drill => Err(Stop::Usage(
                "--drill is for phase2: taking phase 1 back drops a few objects and takes seconds"
                    .to_owned(),
            )),
            Phase::Phase1 if self.dry_run => phase1::plan(cli).await,
            Phase::Phase1 => phase1::run(cli, cancel).await,
            Phase::Phase3 if self.drill => Err(Stop::Usage(
                "--drill is for phase2; `hartonomous rollback phase3 --dry-run` says how many vectors there are"
                    .to_owned(),
            )),
            Phase::Phase3 if self.dry_run => phase3::plan(self, cli).await,
            Phase::Phase3 => phase3::run(self, cli, cancel).await,
            Phase::Phase4 if self.drill => Err(Stop::Usage(
                "--drill is for phase2: taking phase 4 back drops a few objects and takes seconds"
                    .to_owned(),
            )),
            Phase::Phase4 if self.dry_run => phase4::plan(cli).await,
            Phase::Phase4 => phase4::run(cli, cancel).await,
            Phase::Phase2 if self.dry_run => phase2::plan(self, cli).await,
            Phase::Phase2 if self.drill => phase2::drill(self, cli).await,
            Phase::Phase2 => phase2::run(self, cli, cancel).await,
        }
    }
}

/// The gates of a rollback, on stdout.
fn report(gates: &[Measured], format: Format, stop: Option<&Stop>) {
    if gates.is_empty() {
        return;
    }
    match format {
        Format::Human => output::line(gate_table(gates)),
        Format::Json => output::json("hartonomous.rollback/1", &GateReport::of(gates, stop)),
    }
}
