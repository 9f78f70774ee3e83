//! `rollback phase3 --from-backup`: the whole database as a backup has it.

mod look;
mod prove;
mod replace;

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use super::{Rollback, report};
use crate::cli::{Cli, closed};
use crate::connect::{Connection, Endpoint, Purpose};
use crate::engine::{Action, Cancel, Event, Observer, Stop};
use crate::exit::Exit;
use crate::gate::{self, Measured};
use crate::output;
use crate::restore::{self, Access, Choice, LastRestore, MASTER, Statements, Tail, Taken, Target};
use look::Look;

pub(super) const COMMAND: &str = "rollback phase3 --from-backup";

/// Options of a restore.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Restore (phase 3)")]
pub struct RestoreOptions {
    /// Restore the whole database from a full backup; what was written since then is lost, apart from the saved tail of the log
    #[arg(long)]
    pub from_backup: bool,

    /// The backup's file, as the server names it [default: the newest one in msdb from before the removal]
    #[arg(long, value_name = "FILE", requires = "from_backup")]
    pub backup: Option<String>,

    /// Position of the backup in its file [default: 1]
    #[arg(long, value_name = "N", requires = "backup", value_parser = clap::value_parser!(u32).range(1..))]
    pub position: Option<u32>,

    /// Where the tail of the log is saved, as the server names it; needed unless the recovery model is SIMPLE
    #[arg(long, value_name = "FILE", requires = "from_backup")]
    pub tail_backup: Option<String>,

    /// Unattended: the name of the database that is written over, instead of typing it
    #[arg(long, value_name = "DATABASE", requires = "from_backup")]
    pub confirm: Option<String>,
}

/// Where a restore stands.
enum Stage {
    /// The column is gone and nothing has been done yet.
    Begin(Box<Look>),
    /// The database is out of use: its tail is saved, or it has none.
    CarryOn(Option<Tail>),
    /// It was restored and not yet proven.
    Prove(LastRestore),
    Nothing,
}

/// What all parts of it need.
struct Restore<'a> {
    options: &'a Rollback,
    cli: &'a Cli,
    cancel: &'a Cancel,
    endpoint: Endpoint,
    master: Connection,
    target: Target,
    events: Arc<dyn Observer>,
}

/// Restores, or carries on where a run was killed.
pub async fn run(options: &Rollback, cli: &Cli, cancel: &Cancel) -> Result<Exit, Stop> {
    let mut restore = Restore::open(options, cli, cancel).await?;
    restore.target.require_restorable()?;
    restore.require_confirmation_possible()?;
    if !options.dry_run {
        restore::acquire_lock(&mut restore.master, &restore.endpoint.database).await?;
    }
    match restore.stage().await? {
        Stage::Nothing => {
            restore.warn(
                "there is nothing to undo: dbo.AtomEmbeddings has its column EmbeddingVector",
            );
            if options.dry_run {
                output::actions(COMMAND, &[], &[], &[], cli.format);
            }
            Ok(Exit::Done)
        }
        Stage::Prove(_) if options.dry_run => {
            let notes = ["the database is restored already; what is left is its proof".to_owned()];
            output::actions(COMMAND, &[], &[], &notes, cli.format);
            Ok(Exit::Done)
        }
        Stage::Prove(last) => restore.prove(&last, Vec::new()).await,
        Stage::Begin(look) => restore.begin(Some(*look), None).await,
        Stage::CarryOn(tail) => restore.begin(None, tail).await,
    }
}

impl<'a> Restore<'a> {
    async fn open(options: &'a Rollback, cli: &'a Cli, cancel: &'a Cancel) -> Result<Self, Stop> {
        let endpoint = cli.connect.endpoint()?;
        let mut master = Connection::open(
            &endpoint.in_database(MASTER),
            Purpose::Control,
            cli.connect.lock_timeout,
        )
        .await?;
        let target = Target::read(&mut master, &endpoint.database)
            .await?
            .ok_or_else(|| Stop::Refused {
                what: format!("the restore of {}", endpoint.database),
                cause: "there is no such database".to_owned(),
                next: "a database that is gone is restored by hand: this command proves what it replaces"
                    .to_owned(),
            })?;
        Ok(Self {
            options,
            cli,
            cancel,
            endpoint,
            master,
            target,
            events: output::observer(cli.progress),
        })
    }

    fn warn(&self, text: impl Into<String>) {
        self.events.observe(&Event::Warning { text: text.into() });
    }

    fn wanted(&self) -> &RestoreOptions {
        &self.options.restore
    }

    async fn stage(&mut self) -> Result<Stage, Stop> {
        let database = self.endpoint.database.clone();
        if self.target.access() == Access::Restoring {
            let tail = restore::newest_tail(&mut self.master, &database).await?;
            let tail = tail.filter(|tail| tail.newest);
            if tail.is_none() && self.target.has_log_backups() {
                return Err(Stop::Refused {
                    what: format!("the restore of {database}"),
                    cause: "it is in the state RESTORING, and the tail of its log is not on record: somebody else restores it".to_owned(),
                    next: "wait for that, or end it by hand with RESTORE DATABASE ... WITH RECOVERY".to_owned(),
                });
            }
            return Ok(Stage::CarryOn(tail));
        }
        let look = self.look().await?;
        if !look.present {
            return Ok(Stage::Begin(Box::new(look)));
        }
        let last = restore::last_restore(&mut self.master, &database).await?;
        let tail = restore::newest_tail(&mut self.master, &database).await?;
        // Another program's restore is not this one's to prove.
        let ours = !self.target.has_log_backups() || tail.is_some_and(|tail| tail.is_ours());
        Ok(match last {
            Some(last) if ours && look.proven != Some(last.id) => Stage::Prove(last),
            _ => Stage::Nothing,
        })
    }

    /// The backup: the one that was named, the one that an interrupted run was to restore, or the newest that can count.
    async fn choose(&mut self, look: Option<&Look>, tail: Option<&Tail>) -> Result<Choice, Stop> {
        let wanted = self.wanted();
        if let Some(file) = &wanted.backup {
            return Ok(Choice {
                device: file.clone(),
                position: i64::from(wanted.position.unwrap_or(1)),
                set: None,
            });
        }
        let database = self.endpoint.database.clone();
        let found = match (look, tail.and_then(restore::set_of)) {
            (Some(look), _) => {
                restore::choose(&mut self.master, &database, look.dropped_at, None).await?
            }
            (None, Some(set)) => {
                restore::choose(&mut self.master, &database, None, Some(set)).await?
            }
            (None, None) => None,
        };
        found.ok_or_else(|| Stop::Refused {
            what: format!("the restore of {database}"),
            cause: match look {
                Some(_) => "msdb knows no full backup with checksums, in one file on disk, from before the removal of the column".to_owned(),
                None => "the database is out of use, and which backup is to be restored is not on record".to_owned(),
            },
            next: "name it: --backup FILE, --position N".to_owned(),
        })
    }

    /// The gates before anything is touched.
    async fn measure(
        &mut self,
        choice: &Choice,
        look: Option<&Look>,
    ) -> Result<Vec<Measured>, Stop> {
        let headers = restore::headers(&mut self.master, &choice.device, &self.target).await?;
        let mut gates = vec![restore::measure_header(
            choice,
            &headers,
            &self.target,
            look.and_then(|look| look.complete_since),
            look.and_then(|look| look.dropped_at),
        )];
        if gates[0].holds() {
            gates.push(restore::verify(&mut self.master, choice).await?);
        }
        if gates.iter().all(Measured::holds) {
            let room =
                restore::measure_room(&mut self.master, choice, &self.endpoint.database).await?;
            gates.push(room);
        }
        Ok(gates)
    }

    /// From the gates to the end.
    async fn begin(mut self, look: Option<Look>, tail: Option<Tail>) -> Result<Exit, Stop> {
        let saves_tail = look.is_some() && self.target.has_log_backups();
        let file = match (&self.wanted().tail_backup, saves_tail) {
            (None, true) => {
                return Err(Stop::Usage(format!(
                    "the recovery model of {} is {}: what was written since its last log backup is lost unless the tail of its log is saved; name a file on the server with --tail-backup FILE",
                    self.endpoint.database, self.target.recovery_model
                )));
            }
            (file, _) => file.clone().unwrap_or_default(),
        };
        let choice = self.choose(look.as_ref(), tail.as_ref()).await?;
        let gates = self.measure(&choice, look.as_ref()).await?;
        let description = restore::describe(choice.set);
        let taken = match (look.is_some(), saves_tail) {
            (true, true) => Taken::WithTail {
                file: &file,
                description: &description,
            },
            (true, false) => Taken::WithoutTail,
            (false, _) => Taken::Before,
        };
        let statements = Statements::of(&self.target, &choice, taken)
            .map_err(|error| Stop::Usage(format!("database name: {error}")))?;
        let notes = self.notes(&choice, &gates, look.as_ref(), tail.as_ref(), &file);
        if self.options.dry_run {
            let actions = actions(&self.endpoint.database, &statements, &choice, &file);
            output::actions(COMMAND, &actions, &gates, &notes, self.cli.format);
            return Ok(match gate::failed(&gates) {
                None => Exit::Done,
                Some(_) => Exit::GateFailed,
            });
        }
        if let Some((count, names)) = gate::failed(&gates) {
            let stop = Stop::Gates {
                phase: restore::PHASE,
                gates: count,
                names,
            };
            report(&gates, self.cli.format, Some(&stop));
            return Err(stop);
        }
        for note in &notes {
            output::note(note);
        }
        for sql in [
            statements.tail.as_ref(),
            Some(&statements.restore),
            Some(&statements.give_back),
        ]
        .into_iter()
        .flatten()
        {
            output::note(format!("\n-- {}\n{}", sql.path(), sql.text().trim_end()));
        }
        self.confirm()?;
        self.replace(look.is_some(), &statements).await?;
        let last = restore::last_restore(&mut self.master, &self.endpoint.database)
            .await?
            .unwrap_or(LastRestore { id: 0, at: None });
        self.prove(&last, gates).await
    }

    /// What is lost, and what is not.
    fn notes(
        &self,
        choice: &Choice,
        gates: &[Measured],
        look: Option<&Look>,
        tail: Option<&Tail>,
        file: &str,
    ) -> Vec<String> {
        let began = gates
            .first()
            .and_then(|gate| gate.evidence.get("started_utc"))
            .and_then(|value| value.as_str())
            .unwrap_or("it began");
        let mut notes = vec![format!(
            "database {} becomes what it was at {began} UTC, as {} (position {}) has it: everything that anybody wrote since then is lost, in every table",
            self.endpoint.database, choice.device, choice.position
        )];
        if let Some(look) = look {
            notes.push(format!(
                "among it {} rows of dbo.AtomEmbeddings that were written or updated since the column was dropped",
                look.written_since
            ));
        }
        notes.push(match (tail, file.is_empty()) {
            (Some(tail), _) => format!(
                "the tail of its log is saved: {}, position {}; together with the backup and the log backups in between it leads up to that moment",
                tail.device, tail.position
            ),
            (None, false) => format!(
                "the tail of its log is saved to {file} first: the backup, the log backups in between and that file lead up to the last moment (RESTORE LOG ... WITH STOPAT, on a copy)"
            ),
            (None, true) => "its recovery model is SIMPLE: there is no log to save, and no way back to the present state but a backup of it".to_owned(),
        });
        notes.push("all other sessions in the database are ended and rolled back; nobody can use it until the restore has ended".to_owned());
        notes
    }

    /// Before the backup is read: is there anybody who could confirm?
    fn require_confirmation_possible(&self) -> Result<(), Stop> {
        let database = &self.endpoint.database;
        match &self.wanted().confirm {
            _ if self.options.dry_run => Ok(()),
            Some(name) if name == database => Ok(()),
            Some(name) => Err(Stop::Usage(format!(
                "--confirm {name} does not name the database that would be written over, which is {database}"
            ))),
            None if std::io::stdin().is_terminal() => Ok(()),
            None => Err(Stop::Usage(format!(
                "a restore writes the database {database} over: type its name on a terminal, or give --confirm {database}"
            ))),
        }
    }

    fn confirm(&self) -> Result<(), Stop> {
        if self.wanted().confirm.is_some() {
            return Ok(());
        }
        let mut err = std::io::stderr().lock();
        let _ = write!(
            err,
            "\nwrite database {} on {} over: type its name to go on: ",
            self.endpoint.database, self.endpoint.host
        );
        let _ = err.flush();
        let mut typed = String::new();
        let read = std::io::stdin().read_line(&mut typed);
        if read.is_ok() && typed.trim() == self.endpoint.database {
            return Ok(());
        }
        Err(Stop::Requested {
            done: "the database's name was not typed, nothing was restored".to_owned(),
        })
    }

    /// Who is in the way, as an error.
    async fn seat_taken(&mut self) -> Stop {
        let name = self.endpoint.database.clone();
        let inside = restore::sessions_in(&mut self.master, &name)
            .await
            .unwrap_or_default();
        closed::single_user(&name, &inside)
    }
}

fn actions(database: &str, statements: &Statements, choice: &Choice, file: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    if let Some(tail) = &statements.tail {
        actions.push(Action::new(
            "tail",
            "save",
            format!("the tail of the log of {database}"),
            format!("to {file}; the database is out of use from here on"),
            vec![tail.clone()],
        ));
    }
    actions.push(Action::new(
        "restore",
        "restore",
        format!("database {database}"),
        format!("from {}, position {}", choice.device, choice.position),
        vec![statements.restore.clone()],
    ));
    actions.push(Action::new(
        "give_back",
        "give back",
        format!("database {database}"),
        "to everybody; then every vector is proven",
        vec![statements.give_back.clone()],
    ));
    actions
}
