//! One play: who moves next is drawn from the seed, and what must hold is looked at after every move that commits.

use std::collections::BTreeSet;

use hartonomous::connect::{Connection, RowExt};
use hartonomous::tsql::Statement;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::database::{Database, EMBEDDINGS, connect, statement, text};
use crate::fault::Fault;
use crate::host::{Host, Hosted};
use crate::marks::Marks;
use crate::writer::{LostCommit, Stepped, Writer};

const FOLD: Statement = statement!("sql/state/fold_reference_count_deltas.sql");

/// The clock: the lease of one range runs out.
const EXPIRE: Statement = Statement::embedded(
    "expire",
    "UPDATE k SET k.leased_until = DATEADD(second, -1, SYSUTCDATETIME())
     FROM hartonomous.key_ranges AS k WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)
     WHERE k.state = N'leased' AND k.leased_until > SYSUTCDATETIME()
       AND k.after_id = (SELECT MAX(r.after_id) FROM hartonomous.key_ranges AS r WITH (READUNCOMMITTED)
                         WHERE r.state = N'leased' AND r.after_id <= @P1);
     SELECT @@ROWCOUNT AS RowsWritten;",
);
const ARRIVE: Statement = Statement::embedded(
    "arrive",
    "UPDATE dbo.AtomEmbeddings
     SET EmbeddingVector = CAST('[' + CAST(AtomId % 3 AS varchar(10)) + ',' + CAST(AtomId % 4 AS varchar(10)) + ',7]' AS vector(3))
     WHERE AtomEmbeddingId = @P1 AND EmbeddingVector IS NULL;
     SELECT @@ROWCOUNT AS RowsWritten;",
);
const NEW: Statement = Statement::embedded(
    "new",
    "DECLARE @atom bigint;
     INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, CanonicalText)
     VALUES (CAST(NEWID() AS binary(16)) + CAST(NEWID() AS binary(16)), N'text', N'sentence', N'new');
     SET @atom = SCOPE_IDENTITY();
     INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket)
     VALUES (@atom, CAST('[' + CAST(@atom % 3 AS varchar(10)) + ',' + CAST(@atom % 4 AS varchar(10)) + ',7]' AS vector(3)), 3,
             geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0);",
);
const RIGHT: Statement = Statement::embedded(
    "right",
    "SELECT (SELECT fencing_number FROM hartonomous.fence WITH (READUNCOMMITTED) WHERE id = 1) AS Fence,
            ISNULL((SELECT k.token FROM hartonomous.key_ranges AS k WITH (READUNCOMMITTED)
                    WHERE k.fencing_number = @P1 AND k.after_id = @P2 AND k.state = N'leased'), -1) AS Token;",
);

/// Moves before the last leader comes.
const MOVES: usize = 350;
/// So often something is likely to arrive while a leader concludes.
const LATE: usize = 25;
/// The last leader needs no more than these.
const PATIENCE: usize = 4_000;

/// What was played.
pub struct History {
    pub steps: Vec<String>,
    pub marks: Marks,
}

struct Stage {
    database: Database,
    random: ChaCha8Rng,
    fault: Fault,
    /// Processes live long, so that a leader comes to its last rounds while embeddings arrive.
    calm: bool,
    /// Draws in which something was likely to arrive at the last moment.
    late: usize,
    folder: Connection,
    clock: Connection,
    hosts: Vec<Host>,
    /// Writers with the index of their host.
    writers: Vec<(usize, Writer)>,
    migrated: BTreeSet<i64>,
    history: History,
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Writer(usize),
    Host(usize),
    Heartbeat(usize),
    Ghost(usize),
    Expire,
    Arrive,
    Fold,
    WriterDies(usize),
    HostDies(usize),
    Hire(usize),
    Join,
    Usurp,
}

/// Plays a seed to its end.
pub async fn play(seed: u64, fault: Fault) -> Result<History, String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let snapshots = random.next_u32() % 2 == 0;
    let database = Database::new(snapshots).await;
    let mut stage = Stage {
        folder: connect(&database.endpoint).await,
        clock: connect(&database.endpoint).await,
        database,
        random,
        fault,
        calm: seed.is_multiple_of(2),
        late: 0,
        hosts: Vec::new(),
        writers: Vec::new(),
        migrated: BTreeSet::new(),
        history: History {
            steps: Vec::new(),
            marks: Marks::default(),
        },
    };
    let result = stage.run().await;
    let steps = stage.history.steps.len();
    let last = stage.history.steps[steps.saturating_sub(25)..].join("\n  ");
    stage.database.stop().await;
    match result {
        Ok(()) => Ok(stage.history),
        Err(fault) => Err(format!(
            "after {steps} moves: {fault}\nthe last were\n  {last}"
        )),
    }
}

impl Stage {
    async fn run(&mut self) -> Result<(), String> {
        self.host(true).await;
        for _ in 0..MOVES {
            let next = self.draw(true);
            self.make(next).await?;
        }
        for at in 0..self.hosts.len() {
            self.host_dies(at).await?;
        }
        self.host(true).await;
        let last = self.hosts.len() - 1;
        let mut helped = !self.calm;
        for _ in 0..PATIENCE {
            if self.hosts[last].is_done() {
                while self.fold().await? > 0 {}
                self.check().await?;
                return self.database.check_end().await;
            }
            // Another host joins when the leader believes that all is done.
            if !helped && self.hosts[last].concludes() {
                helped = true;
                self.make(Move::Join).await?;
            }
            let next = self.draw(false);
            self.make(next).await?;
        }
        Err("the last leader does not come to its end".to_owned())
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.next_u32() as usize % bound.max(1)
    }

    /// The next move; without `chaos` only those that a healthy run makes.
    fn draw(&mut self, chaos: bool) -> Move {
        let mut moves: Vec<(u32, Move)> = vec![(20, Move::Fold)];
        for (at, (_, writer)) in self.writers.iter().enumerate() {
            if writer.has_ghost() {
                moves.push((60, Move::Ghost(at)));
            }
            if writer.is_gone() {
                continue;
            }
            if !writer.is_exhausted() {
                moves.push((120, Move::Writer(at)));
            }
            let often = if self.calm { 1 } else { 6 };
            if chaos {
                moves.push((
                    if writer.is_writing() { often } else { 1 },
                    Move::WriterDies(at),
                ));
            }
        }
        let living = self.hosts.iter().filter(|host| !host.is_over()).count();
        for (at, host) in self.hosts.iter().enumerate() {
            if host.is_over() {
                continue;
            }
            moves.push((60, Move::Host(at)));
            if host.works() {
                moves.push((10, Move::Heartbeat(at)));
                let mine = self
                    .writers
                    .iter()
                    .filter(|(of, w)| *of == at && !w.is_gone())
                    .count();
                if mine < 3 {
                    moves.push((if mine == 0 { 80 } else { 15 }, Move::Hire(at)));
                }
            }
            if chaos && !self.calm {
                moves.push((2, Move::HostDies(at)));
            }
        }
        if chaos {
            moves.push((25, Move::Expire));
            moves.push((12, Move::Arrive));
            if living < 3 {
                moves.push((if self.calm { 30 } else { 6 }, Move::Join));
            }
            let usurp = if self.calm { 0 } else { 4 };
            moves.push((if living == 0 { 200 } else { usurp }, Move::Usurp));
        }
        // What arrives while a leader concludes is what its last rounds are for.
        if self.hosts.iter().any(Host::concludes) && self.late < LATE {
            self.late += 1;
            moves.push((400, Move::Arrive));
        }
        let all: u32 = moves.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.random.next_u32() % all;
        for (weight, one) in &moves {
            if drawn < *weight {
                return *one;
            }
            drawn -= weight;
        }
        Move::Fold
    }

    fn note(&mut self, step: String) {
        self.history.steps.push(step);
    }

    async fn make(&mut self, next: Move) -> Result<(), String> {
        match next {
            Move::Writer(at) => self.writer_steps(at).await,
            Move::Host(at) => self.host_steps(at).await,
            Move::Heartbeat(at) => {
                let name = self.hosts[at].name.clone();
                let hosted = self.hosts[at].heartbeat().await?;
                self.note(format!("{name} renews: {hosted:?}"));
                self.check().await
            }
            Move::Ghost(at) => self.ghost_ends(at).await,
            Move::Expire => self.expire().await,
            Move::Arrive => self.arrive().await,
            Move::Fold => {
                let folded = self.fold().await?;
                self.note(format!("fold {folded}"));
                self.check().await
            }
            Move::WriterDies(at) => {
                let writer = &mut self.writers[at].1;
                if writer.is_writing() {
                    self.history.marks.died_in_a_transaction += 1;
                }
                writer.die().await;
                let step = format!("{} dies", self.writers[at].1.name);
                self.note(step);
                self.check().await
            }
            Move::HostDies(at) => self.host_dies(at).await,
            Move::Hire(at) => {
                let (name, ticket) = (self.hosts[at].name.clone(), self.hosts[at].ticket);
                let number = self.writers.len();
                let endpoint = self.database.endpoint.clone();
                let writer = Writer::new(
                    format!("{name}.{number}"),
                    ticket,
                    number,
                    endpoint,
                    self.fault,
                )
                .await;
                self.writers.push((at, writer));
                self.note(format!("{name} hires {number}"));
                Ok(())
            }
            Move::Join => {
                self.host(false).await;
                self.history.marks.joined += 1;
                Ok(())
            }
            Move::Usurp => {
                self.host(true).await;
                Ok(())
            }
        }
    }

    async fn host(&mut self, leader: bool) {
        let name = format!("host {}", self.hosts.len());
        let connection = connect(&self.database.endpoint).await;
        let host = Host::start(name.clone(), leader, connection, self.fault).await;
        self.hosts.push(host);
        self.note(format!(
            "{name} {}",
            if leader { "comes to lead" } else { "joins" }
        ));
    }

    async fn writer_steps(&mut self, at: usize) -> Result<(), String> {
        let lost = match self.below(30) {
            0 => Some(LostCommit::Executed),
            1 => Some(LostCommit::NotExecuted),
            2 => Some(LostCommit::UnderWay),
            _ => None,
        };
        let writer = &mut self.writers[at].1;
        let (name, state) = (writer.name.clone(), writer.state());
        let lost = lost.filter(|_| writer.is_at_commit());
        match lost {
            Some(LostCommit::Executed) => self.history.marks.lost_after_the_commit += 1,
            Some(LostCommit::NotExecuted) => self.history.marks.lost_before_the_commit += 1,
            Some(LostCommit::UnderWay) => self.history.marks.lost_during_the_commit += 1,
            None => {}
        }
        writer.lose_commit = lost;
        let stepped = writer.step().await?;
        self.note(format!("{name} {state}: {stepped:?}"));
        self.judge(stepped).await
    }

    async fn ghost_ends(&mut self, at: usize) -> Result<(), String> {
        let commits = self.below(2) == 0;
        let name = self.writers[at].1.name.clone();
        let stepped = self.writers[at].1.ghost_ends(commits).await;
        self.note(format!("{name}'s lost transaction ends: {stepped:?}"));
        self.judge(stepped).await
    }

    async fn judge(&mut self, stepped: Stepped) -> Result<(), String> {
        let marks = &mut self.history.marks;
        match stepped {
            Stepped::Nothing => return Ok(()),
            Stepped::Exhausted => {}
            Stepped::Changed("takeover") => marks.takeovers += 1,
            Stepped::Changed(_) => {}
            Stepped::Refused(_) => marks.would_have_waited += 1,
            Stepped::FencedOut => marks.fenced_out += 1,
            Stepped::LeaseLost => marks.lease_lost += 1,
            Stepped::Committed {
                ids,
                fence,
                after,
                token,
            } => {
                marks.commits += 1;
                let row = self
                    .database
                    .observer
                    .row(&RIGHT.sql(), &[&fence, &after])
                    .await
                    .map_err(text)?;
                let (current, held) = (
                    row.integer("Fence").map_err(text)?,
                    row.integer("Token").map_err(text)?,
                );
                if current != fence {
                    return Err(format!(
                        "a batch of fencing number {fence} was committed under {current}"
                    ));
                }
                if held != token {
                    return Err(format!(
                        "a batch with token {token} was committed, the range after {after} has {held}"
                    ));
                }
                for id in ids {
                    if !self.migrated.insert(id) {
                        return Err(format!("AtomEmbeddingId {id} was committed twice"));
                    }
                }
            }
        }
        self.check().await
    }

    async fn host_steps(&mut self, at: usize) -> Result<(), String> {
        let mut mine = self
            .writers
            .iter()
            .filter(|(of, writer)| *of == at && !writer.is_gone())
            .peekable();
        let idle = mine.peek().is_some() && mine.all(|(_, writer)| writer.is_exhausted());
        let name = self.hosts[at].name.clone();
        let hosted = self.hosts[at].step(idle).await?;
        self.note(format!("{name}: {hosted:?}"));
        let marks = &mut self.history.marks;
        match hosted {
            Hosted::Leads(fence) => {
                marks.usurped += u64::from(fence > 1);
            }
            Hosted::Rewound => marks.rewinds += 1,
            Hosted::RewindRefused => marks.rewinds_refused += 1,
            Hosted::FencedOut => marks.fenced_out += 1,
            Hosted::Refused => marks.would_have_waited += 1,
            Hosted::Done => marks.hosts_done += 1,
            Hosted::Nothing | Hosted::Wakes => {}
        }
        if matches!(hosted, Hosted::Rewound | Hosted::Wakes) {
            for (of, writer) in &mut self.writers {
                if *of == at {
                    writer.wake();
                }
            }
        }
        if self.hosts[at].is_over() {
            // The process ends, and its writers with it.
            self.host_dies(at).await?;
        }
        self.check().await
    }

    async fn host_dies(&mut self, at: usize) -> Result<(), String> {
        if !self.hosts[at].is_done() {
            self.hosts[at].die();
        }
        for (of, writer) in &mut self.writers {
            if *of == at {
                if writer.has_ghost() {
                    writer.ghost_ends(false).await;
                }
                writer.die().await;
            }
        }
        self.note(format!("host {at} is gone"));
        self.check().await
    }

    async fn expire(&mut self) -> Result<(), String> {
        let from = self.below(EMBEDDINGS as usize) as i64;
        let row = self
            .clock
            .row(&EXPIRE.sql(), &[&from])
            .await
            .map_err(text)?;
        let expired = row.integer("RowsWritten").map_err(text)?;
        self.history.marks.expired += u64::try_from(expired).unwrap_or(0);
        self.note(format!("a lease from {from} on runs out: {expired}"));
        self.check().await
    }

    /// Half of them behind the frontier, half before it.
    async fn arrive(&mut self) -> Result<(), String> {
        if self.below(2) == 0 {
            match self.clock.batch(&NEW.sql()).await {
                Ok(_) => {
                    self.history.marks.arrived += 1;
                    self.note("a new embedding".to_owned());
                }
                Err(failure) if failure.number() == Some(1222) => {
                    self.note("a new embedding waits".to_owned());
                }
                Err(failure) => return Err(text(failure)),
            }
            return Ok(());
        }
        let id = (self.below(EMBEDDINGS as usize / 5) as i64 + 1) * 5;
        match self.clock.row(&ARRIVE.sql(), &[&id]).await {
            Ok(row) => {
                let arrived = row.integer("RowsWritten").map_err(text)?;
                self.history.marks.arrived += u64::try_from(arrived).unwrap_or(0);
                self.note(format!("{id} has its vector: {arrived}"));
            }
            Err(failure) if failure.number() == Some(1222) => self.note(format!("{id} waits")),
            Err(failure) => return Err(text(failure)),
        }
        Ok(())
    }

    async fn fold(&mut self) -> Result<i64, String> {
        match self.folder.row(&FOLD.sql(), &[&7i32]).await {
            Ok(row) => {
                let folded = row.integer("RowsWritten").map_err(text)?;
                self.history.marks.folded += u64::try_from(folded).unwrap_or(0);
                Ok(folded)
            }
            Err(failure) if matches!(failure.number(), Some(1222 | 1205)) => {
                self.history.marks.would_have_waited += 1;
                Ok(0)
            }
            Err(failure) => Err(text(failure)),
        }
    }

    async fn check(&mut self) -> Result<(), String> {
        self.database.check(&self.migrated).await
    }
}
