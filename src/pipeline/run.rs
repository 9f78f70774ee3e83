//! Supervises the writers of this process, the monitor and the folder, until nothing is left to migrate.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::atoms::KnownAtoms;
use super::monitor::Monitor;
use super::retry::backoff;
use super::shared::{Role, Shared};
use super::steering::Steering;
use super::worker::{Ended, work};
use super::write::Ticket;
use super::{Settings, SourceColumns, fold, lease, mend};
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::{ApplicationLock, Cancel, Observer, Stop};
use crate::ids::AtomEmbeddingId;
use crate::tsql::{Statement, embedded};

const STEERING: Statement = embedded!("state/read_steering.sql");

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub embeddings: u64,
    pub relations: u64,
    pub atoms: u64,
    pub rejected: u64,
    pub resolved: u64,
    /// Embeddings that had changed since they were migrated, and were migrated again.
    pub renewed: u64,
    /// Embeddings that are deleted, and whose relations are gone now.
    pub removed: u64,
}

/// Everything a run needs to know.
pub struct Job {
    pub endpoint: Endpoint,
    pub columns: SourceColumns,
    pub ticket: Ticket,
    pub settings: Settings,
    /// Embeddings to migrate, for the size of a key range.
    pub pending: u64,
    pub events: Arc<dyn Observer>,
    pub cancel: Cancel,
}

/// How often the table is gone over for embeddings that arrived below the frontier.
const REWINDS: usize = 3;
/// How often a leader that has nothing to do looks whether other hosts are done.
const OTHERS: Duration = Duration::from_millis(500);

/// Migrates every embedding that has a vector and no progress row. With the application lock this process leads the run and
/// ends it; without it, it works on key ranges of another process's run for as long as there are any.
///
/// # Errors
/// The first failure that is neither transient nor a single embedding's; a requested stop; a lost fence or lock.
pub async fn run(job: Job, lock: Option<&mut ApplicationLock>) -> Result<Outcome, Stop> {
    let role = if lock.is_some() {
        Role::Leader
    } else {
        Role::Member
    };
    let shared = job.share(role);
    let folder = tokio::spawn(fold::run(
        shared.endpoint.clone(),
        shared.settings.lock_timeout,
        shared.events.clone(),
        shared.done.clone(),
    ));
    let result = {
        let mut supervising = std::pin::pin!(supervise(&shared));
        tokio::select! {
            result = &mut supervising => result,
            stop = Monitor::new(&shared, lock).run() => {
                shared.cancel.request_once();
                let (outcome, _) = supervising.await?;
                tracing::debug!(?outcome, "the monitor ended the run");
                Err(stop)
            }
        }
    };
    shared.done.cancel();
    let _ = folder.await;
    let (mut outcome, ended) = result?;
    finish(&shared, &mut outcome, &ended).await?;
    ended.map(|()| outcome)
}

/// Rewrites these embeddings from the column, whatever their relations look like, and sets wrong reference counts right.
/// Returns how many embeddings were rewritten. For the leader, with no writer at work.
///
/// # Errors
/// A failed statement; a requested stop.
pub async fn repair(job: Job, ids: &[AtomEmbeddingId]) -> Result<u64, Stop> {
    let shared = job.share(Role::Leader);
    fold_left(&shared).await?;
    mend::repair(&shared, ids).await
}

impl Job {
    fn share(self, role: Role) -> Arc<Shared> {
        Arc::new(Shared {
            range: self.settings.range(self.pending),
            steering: Steering::new(self.settings.workers),
            endpoint: self.endpoint,
            columns: self.columns,
            ticket: self.ticket,
            role,
            settings: self.settings,
            events: self.events,
            cancel: self.cancel.child(),
            known: Arc::new(KnownAtoms::default()),
            begun: watch::Sender::new(false),
            done: CancellationToken::new(),
        })
    }
}

/// Folds what is left, and when the run is done brings changed and deleted embeddings in line.
async fn finish(
    shared: &Arc<Shared>,
    outcome: &mut Outcome,
    ended: &Result<(), Stop>,
) -> Result<(), Stop> {
    if shared.role == Role::Member {
        return Ok(());
    }
    if ended.is_err() {
        // The next run folds what cannot be folded now.
        if let Err(failure) = fold_left(shared).await {
            tracing::debug!(%failure, "folding at the end");
        }
        return Ok(());
    }
    fold_left(shared).await?;
    mend::bring_in_line(shared, outcome).await
}

async fn fold_left(shared: &Shared) -> Result<(), Failure> {
    let mut connection = Connection::open(
        &shared.endpoint,
        Purpose::Folder,
        shared.settings.lock_timeout,
    )
    .await?;
    fold::fold_all(&mut connection).await
}

/// The writers of this process.
struct Crew {
    tasks: JoinSet<(usize, Outcome, Result<Ended, Stop>)>,
    /// Numbers of the writers at work.
    at_work: Vec<usize>,
    outcome: Outcome,
    ended: Result<(), Stop>,
    /// Nothing was left to take when a writer last looked.
    exhausted: bool,
}

async fn supervise(shared: &Arc<Shared>) -> Result<(Outcome, Result<(), Stop>), Stop> {
    let mut crew = Crew {
        tasks: JoinSet::new(),
        at_work: Vec::new(),
        outcome: Outcome::default(),
        ended: Ok(()),
        exhausted: false,
    };
    let mut rewinds = 0;
    loop {
        crew.exhausted = false;
        crew.work(shared).await;
        if crew.ended.is_ok() && shared.cancel.is_requested() {
            crew.ended = Err(requested());
        }
        if crew.ended.is_err() || shared.role == Role::Member {
            break;
        }
        // A range whose end could not be recorded is still leased to this run, and the heartbeat keeps it so: nobody of this
        // process works now, so what is left is given back and looked at again.
        if let Err(failure) = release_patiently(shared).await {
            crew.ended = Err(failure.into());
            break;
        }
        match next_round(shared).await {
            Ok(Round::Takeover) => {}
            Ok(Round::Arrivals) if rewinds < REWINDS => rewinds += 1,
            Ok(Round::Arrivals | Round::Done) => break,
            Err(stop) => {
                crew.ended = Err(stop);
                break;
            }
        }
    }
    if let Err(failure) = release(shared).await {
        tracing::debug!(%failure, "giving key ranges back");
    }
    Ok((crew.outcome, crew.ended))
}

fn requested() -> Stop {
    Stop::Requested {
        done: "every batch under way was finished".to_owned(),
    }
}

async fn release_patiently(shared: &Shared) -> Result<(), Failure> {
    let mut attempt = 0;
    loop {
        match release(shared).await {
            Err(failure) if attempt < shared.settings.retries => {
                tracing::debug!(%failure, "giving key ranges back");
                attempt += 1;
                tokio::time::sleep(backoff(attempt)).await;
            }
            other => return other,
        }
    }
}

async fn release(shared: &Shared) -> Result<(), Failure> {
    let mut connection = control(shared).await?;
    lease::release(&mut connection, shared.ticket, None).await
}

async fn control(shared: &Shared) -> Result<Connection, Failure> {
    Connection::open(
        &shared.endpoint,
        Purpose::Control,
        shared.settings.lock_timeout,
    )
    .await
}

/// What comes when no writer of this process finds a key range any more.
enum Round {
    /// A writer on another host gave its range back, or no sign of life.
    Takeover,
    /// Embeddings arrived below the frontier, which is back at the first key.
    Arrivals,
    Done,
}

/// Waits for other hosts, and says what is left to do.
async fn next_round(shared: &Shared) -> Result<Round, Stop> {
    let mut connection = control(shared).await?;
    loop {
        if takeable(shared, &mut connection).await? {
            return Ok(Round::Takeover);
        }
        if lease::pending(&mut connection, shared.ticket).await? == 0 {
            return Ok(Round::Done);
        }
        // Another host may have leased a range of new embeddings since: then they are waited for again.
        if lease::rewind(&mut connection, shared.ticket).await? {
            return Ok(Round::Arrivals);
        }
    }
}

/// Waits until no key range is open; true as soon as one can be taken.
async fn takeable(shared: &Shared, connection: &mut Connection) -> Result<bool, Stop> {
    loop {
        let row = connection
            .row(
                &STEERING.sql(),
                &[&shared.ticket.fence.0, &shared.ticket.run.0],
            )
            .await?;
        if row.integer("FencingNumber")? != shared.ticket.fence.0 {
            return Err(Stop::FenceLost);
        }
        if row.integer("OpenRanges")? == 0 {
            return Ok(false);
        }
        tokio::select! {
            () = shared.cancel.requested() => return Err(requested()),
            () = tokio::time::sleep(OTHERS) => {}
        }
        if row.integer("TakeableRanges")? > 0 {
            return Ok(true);
        }
    }
}

impl Crew {
    /// Keeps as many writers at work as the orders say, until nothing is left to take or one fails.
    async fn work(&mut self, shared: &Arc<Shared>) {
        let mut begun = shared.begun.subscribe();
        loop {
            let open = self.ended.is_ok() && !self.exhausted && !shared.cancel.is_requested();
            if open {
                self.hire(shared, *begun.borrow_and_update());
            }
            if self.at_work.is_empty() {
                return;
            }
            tokio::select! {
                Some(joined) = self.tasks.join_next() => self.joined(shared, joined),
                () = shared.steering.changed(), if open => {}
                _ = begun.changed(), if open => {}
            }
        }
    }

    /// The first batch of a run is written alone: it creates the most frequent atoms, which then nobody waits for.
    fn hire(&mut self, shared: &Arc<Shared>, begun: bool) {
        let wanted = if begun {
            shared.steering.orders().workers
        } else {
            1
        };
        for number in 0..wanted {
            if !self.at_work.contains(&number) {
                self.at_work.push(number);
                let shared = shared.clone();
                self.tasks.spawn(async move {
                    let (outcome, result) = work(shared, number).await;
                    (number, outcome, result)
                });
            }
        }
    }

    fn joined(
        &mut self,
        shared: &Shared,
        joined: Result<(usize, Outcome, Result<Ended, Stop>), tokio::task::JoinError>,
    ) {
        let stop = match joined {
            Ok((number, outcome, result)) => {
                self.at_work.retain(|one| *one != number);
                self.outcome.add(outcome);
                match result {
                    Ok(Ended::Left) => return,
                    Ok(Ended::Exhausted) => {
                        self.exhausted = true;
                        return;
                    }
                    Err(stop) => stop,
                }
            }
            Err(error) => {
                self.at_work.clear();
                Stop::Local {
                    what: "run a writer".to_owned(),
                    cause: error.to_string(),
                }
            }
        };
        // The others finish their batch; the first failure is the one that matters.
        shared.cancel.request_once();
        if self.ended.is_ok() || matches!(self.ended, Err(Stop::Requested { .. })) {
            self.ended = Err(stop);
        }
    }
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.embeddings += other.embeddings;
        self.relations += other.relations;
        self.atoms += other.atoms;
        self.rejected += other.rejected;
        self.resolved += other.resolved;
        self.renewed += other.renewed;
        self.removed += other.removed;
    }
}
