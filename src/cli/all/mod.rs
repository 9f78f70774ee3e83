//! `migrate all` and `plan all`: one phase after the other, each a run of its own, as far as the gates allow.

mod survey;

use clap::ValueEnum;

use super::migrate::Migrate;
use super::plan::{self as planning, PlanOptions};
use super::session::Ended;
use super::{Cli, Phase};
use crate::engine::{Cancel, Stop};
use crate::exit::Exit;
use crate::gate::Measured;
use crate::output::{self, Format, PhaseLine, PhaseState, WaitLine, WalkReport};
use crate::phase4::Request;
use survey::{PhaseStatus, Survey};

/// Walks the phases. What is complete is looked at, what is not is run, and the first phase that cannot go on ends the walk.
///
/// # Errors
/// The command line; a database that cannot be reached or surveyed. How the phases ended is in the report and the exit code.
pub async fn run(migrate: &Migrate, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
    if migrate.writers.join || migrate.writers.repair {
        return Err(Stop::Usage(
            "--join and --repair are for `migrate phase2`".to_owned(),
        ));
    }
    migrate.phase3.refuse_in_all()?;
    migrate.phase4.check()?;
    let mut walk = Walk::default();
    for phase in Phase::value_variants() {
        if walk.end.is_some() {
            walk.phases.push(not_begun(*phase));
        } else if cancel.is_requested() {
            walk.stop(*phase, &requested());
        } else {
            walk.go(*phase, migrate, cli, cancel).await?;
        }
    }
    let exit = walk.end.unwrap_or(Exit::Done);
    output::walk(&walk.report(false), cli.format);
    Ok(exit)
}

/// `plan all` and `migrate all --dry-run`.
///
/// # Errors
/// A database that cannot be reached or surveyed, a step that is refused.
pub async fn plan(cli: &Cli, chosen: &PlanOptions<'_>) -> Result<Exit, Stop> {
    let request = match chosen.phase4 {
        Some(options) => {
            options.check()?;
            options.request()
        }
        None => Request::default(),
    };
    let mut walk = Walk::default();
    let mut next = None;
    {
        let (endpoint, mut connection) = cli.connect.open().await?;
        let mut survey = Survey::begin(cli, &endpoint, &mut connection).await?;
        for phase in Phase::value_variants() {
            if next.is_some() || walk.end.is_some() {
                walk.phases.push(not_begun(*phase));
                continue;
            }
            match survey.status_of(*phase).await? {
                PhaseStatus::Complete { gates, why } => walk.complete(*phase, gates, why),
                PhaseStatus::Waits { gates } => walk.wait(*phase, None, gates),
                PhaseStatus::Ahead { why } => {
                    let gates = survey.before(*phase, request).await?;
                    walk.ready(*phase, gates, why);
                    next = Some(*phase);
                }
            }
        }
    }
    let exit = walk.end.unwrap_or(Exit::Done);
    output::walk(&walk.report(true), cli.format);
    if let (Some(phase), Format::Human) = (next, cli.format) {
        output::line(format!("\nwhat {} would do:\n", phase.name()));
        planning::show(cli, phase, chosen).await?;
    }
    Ok(exit)
}

/// What the walk has seen so far.
#[derive(Default)]
struct Walk {
    phases: Vec<PhaseLine>,
    waits: Vec<WaitLine>,
    /// How it ended, once it has.
    end: Option<Exit>,
    next: Option<String>,
}

impl Walk {
    async fn go(
        &mut self,
        phase: Phase,
        migrate: &Migrate,
        cli: &Cli,
        cancel: &Cancel,
    ) -> Result<(), Stop> {
        match status_of(cli, phase).await? {
            PhaseStatus::Complete { gates, why } => {
                self.complete(phase, gates, why);
                return Ok(());
            }
            PhaseStatus::Waits { gates } => {
                self.wait(phase, None, gates);
                return Ok(());
            }
            PhaseStatus::Ahead { .. } => {}
        }
        match migrate.carry_out(phase, cli, cancel).await {
            Ok(ended) => self.ended(phase, ended, cli).await?,
            Err(stop) => self.stop(phase, &stop),
        }
        Ok(())
    }

    /// A run of the phase is over.
    async fn ended(&mut self, phase: Phase, ended: Ended, cli: &Cli) -> Result<(), Stop> {
        let Ended { id, gates, result } = ended;
        if cli.format == Format::Human && !gates.is_empty() {
            output::line(format!("{} (run {})", phase.name(), id.0));
            output::line(output::gate_rows(&gates));
            output::line("");
        }
        match result {
            Ok(()) => {
                // What only people can vouch for is not part of the run.
                if let PhaseStatus::Waits { gates: waiting } = status_of(cli, phase).await? {
                    let again =
                        |gate: &Measured| waiting.iter().any(|one| one.gate.id == gate.gate.id);
                    let mut gates = gates;
                    gates.retain(|gate| !again(gate));
                    gates.extend(waiting);
                    self.wait(phase, Some(id.0), gates);
                    return Ok(());
                }
                let mut line = PhaseLine::new(phase.name(), PhaseState::Done);
                line.run_id = Some(id.0);
                line.exit_code = Some(Exit::Done as u8);
                line.summary = held(&gates);
                line.gates = gates;
                self.phases.push(line);
            }
            Err(stop @ Stop::Gates { .. }) => {
                self.wait(phase, Some(id.0), gates);
                tracing::debug!(%stop, "the walk ends");
            }
            Err(stop) => {
                if let Stop::Waits { what, next, .. } = &stop {
                    self.waits
                        .push(WaitLine::confirmation(phase.name(), what, next));
                }
                self.stop(phase, &stop);
                if let Some(line) = self.phases.last_mut() {
                    line.run_id = Some(id.0);
                    line.gates = gates;
                }
            }
        }
        Ok(())
    }

    fn complete(&mut self, phase: Phase, gates: Vec<Measured>, why: String) {
        let mut line = PhaseLine::new(phase.name(), PhaseState::Complete);
        line.summary = why;
        line.gates = gates;
        self.phases.push(line);
    }

    /// Gates are not met, and the walk ends here.
    fn wait(&mut self, phase: Phase, run: Option<i64>, gates: Vec<Measured>) {
        let mut line = PhaseLine::new(phase.name(), PhaseState::Waits);
        line.run_id = run;
        line.exit_code = Some(Exit::GateFailed as u8);
        let unmet: Vec<&Measured> = gates.iter().filter(|gate| !gate.holds()).collect();
        line.summary = format!("{} of {} gates are not met", unmet.len(), gates.len());
        self.waits.extend(unmet.into_iter().map(WaitLine::of));
        line.gates = gates;
        self.phases.push(line);
        self.end = Some(Exit::GateFailed);
    }

    /// The phase would be the next one to run.
    fn ready(&mut self, phase: Phase, gates: Vec<Measured>, why: String) {
        if gates.iter().any(|gate| !gate.holds()) {
            self.wait(phase, None, gates);
            return;
        }
        let mut line = PhaseLine::new(phase.name(), PhaseState::Ready);
        line.summary = why;
        line.gates = gates;
        self.phases.push(line);
    }

    fn stop(&mut self, phase: Phase, stop: &Stop) {
        let exit = stop.exit();
        let state = match exit {
            Exit::Stopped => PhaseState::Stopped,
            Exit::GateFailed => PhaseState::Waits,
            _ => PhaseState::Failed,
        };
        let mut line = PhaseLine::new(phase.name(), state);
        line.exit_code = Some(exit as u8);
        line.summary = stop.to_string();
        output::note(match state {
            PhaseState::Failed => format!("error: {stop}"),
            _ => format!("stopped: {stop}"),
        });
        self.phases.push(line);
        self.end = Some(exit);
        self.next =
            Some("see to the message; `hartonomous migrate all` carries on here".to_owned());
    }

    fn report(self, dry_run: bool) -> WalkReport {
        let complete = self.end.is_none()
            && self
                .phases
                .iter()
                .all(|line| matches!(line.state, PhaseState::Done | PhaseState::Complete));
        let next = match (&self.next, complete, dry_run, self.end) {
            (_, true, _, _) => {
                "nothing: every phase is complete; `hartonomous validate` as often as you like"
                    .to_owned()
            }
            (_, false, true, None) => "`hartonomous migrate all` begins with that".to_owned(),
            (Some(next), ..) if self.waits.is_empty() => next.clone(),
            _ => "see to what is waited for; `hartonomous migrate all` carries on here".to_owned(),
        };
        WalkReport {
            complete,
            dry_run,
            phases: self.phases,
            waits_for: self.waits,
            next,
        }
    }
}

async fn status_of(cli: &Cli, phase: Phase) -> Result<PhaseStatus, Stop> {
    let (endpoint, mut connection) = cli.connect.open().await?;
    Survey::begin(cli, &endpoint, &mut connection)
        .await?
        .status_of(phase)
        .await
}

fn not_begun(phase: Phase) -> PhaseLine {
    PhaseLine::new(phase.name(), PhaseState::NotBegun)
}

fn requested() -> Stop {
    Stop::Requested {
        done: "between two phases".to_owned(),
    }
}

/// `11 gates hold, 1 of them waived`.
fn held(gates: &[Measured]) -> String {
    let waived = gates.iter().filter(|gate| !gate.passed()).count();
    match waived {
        0 => format!("all {} gates hold", gates.len()),
        _ => format!("{} gates hold, {waived} of them waived", gates.len()),
    }
}
