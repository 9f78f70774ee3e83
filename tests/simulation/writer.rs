//! A model of a writer: the statements of `pipeline::worker` and `pipeline::write`, one a step, over the real SQL.

use std::time::Duration;

use hartonomous::connect::{Connection, Endpoint, Failure, RowExt};
use hartonomous::pipeline::Ticket;
use hartonomous::pipeline::lease::{self, Lease};
use hartonomous::tsql::{Sql, Statement};
use serde_json::json;

use crate::batch::{DELTAS, HANDED_OVER, RELATIONS, Read, VALUES, counts};
use crate::database::{DIMENSION, connect, statement};
use crate::fault::{Fault, faulty};

const CREATE_TABLES: Statement = statement!("sql/phase2/create_batch_tables.sql");
const CLEAR_TABLES: Statement = statement!("sql/phase2/clear_batch_tables.sql");
const READ: Statement = statement!("sql/phase2/read_batch.sql");
const CHECK_LEASE: Statement = statement!("sql/phase2/check_lease.sql");
const LOCK_SOURCES: Statement = statement!("sql/phase2/lock_source_atoms.sql");
const CREATE_ATOMS: Statement = statement!("sql/phase2/create_missing_atoms.sql");
const CONFLICTS: Statement = statement!("sql/phase2/find_batch_conflicts.sql");
const PROGRESS: Statement = statement!("sql/phase2/insert_progress.sql");
const OUTCOME: Statement = statement!("sql/phase2/select_batch_outcome.sql");
const WATERMARK: Statement = statement!("sql/state/record_watermark.sql");

/// A lease lives until the play's clock ends it.
pub const LEASE: Duration = Duration::from_secs(36_000);
/// Pending embeddings of a range, and of a batch.
const RANGE: usize = 5;
const BATCH: i32 = 2;

/// Where in its work a writer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Take,
    Read,
    Begin,
    Check,
    Sources,
    Atoms,
    Relations,
    Progress,
    Watermark,
    Commit,
    /// The connection was lost at the commit, and is there again.
    Outcome,
    End,
    Exhausted,
    Gone,
}

/// What a step came to, for the play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    Nothing,
    /// Something was committed that is no batch.
    Changed(&'static str),
    /// These embeddings were committed, by the right of this lease.
    Committed {
        ids: Vec<i64>,
        fence: i64,
        after: i64,
        token: i64,
    },
    /// It would have had to wait, or met another's row: nothing was changed.
    Refused(u32),
    FencedOut,
    LeaseLost,
    Exhausted,
}

pub struct Writer {
    pub name: String,
    pub ticket: Ticket,
    number: usize,
    connection: Connection,
    at: At,
    outcome: Sql,
    check_lease: Sql,
    lease: Option<Lease>,
    after: i64,
    batch: Vec<Read>,
    /// The connection is lost at the commit.
    pub lose_commit: Option<LostCommit>,
    /// A lost connection whose commit the server has still to execute, and what that would commit.
    ghost: Option<(Connection, Stepped)>,
    endpoint: Endpoint,
}

/// How far a commit came whose answer does not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostCommit {
    Executed,
    NotExecuted,
    /// The server is still at it while the writer has a new connection.
    UnderWay,
}

impl Writer {
    pub async fn new(
        name: String,
        ticket: Ticket,
        number: usize,
        endpoint: Endpoint,
        fault: Fault,
    ) -> Self {
        let check_lease = match fault {
            Fault::LeaseWithoutToken => faulty(&CHECK_LEASE, "token = @P3", "@P3 > 0"),
            _ => CHECK_LEASE.sql(),
        };
        Self {
            outcome: match fault {
                Fault::OutcomeFromSnapshot => faulty(&OUTCOME, "WITH (READCOMMITTEDLOCK)", ""),
                _ => OUTCOME.sql(),
            },
            check_lease,
            connection: open(&endpoint).await,
            endpoint,
            ghost: None,
            name,
            ticket,
            number,
            at: At::Take,
            lease: None,
            after: 0,
            batch: Vec::new(),
            lose_commit: None,
        }
    }

    pub fn is_gone(&self) -> bool {
        self.at == At::Gone
    }

    pub fn is_exhausted(&self) -> bool {
        self.at == At::Exhausted
    }

    /// In the middle of a transaction.
    pub fn is_writing(&self) -> bool {
        !matches!(
            self.at,
            At::Take | At::Read | At::Begin | At::End | At::Outcome | At::Exhausted | At::Gone
        )
    }

    /// The leader wants it again.
    pub fn wake(&mut self) {
        if self.at == At::Exhausted {
            self.at = At::Take;
        }
    }

    /// The process is no more: the server rolls back what is open.
    pub async fn die(&mut self) {
        self.connection.rollback().await.unwrap();
        self.at = At::Gone;
    }

    pub fn is_at_commit(&self) -> bool {
        self.at == At::Commit && self.ghost.is_none()
    }

    pub fn state(&self) -> String {
        format!("{:?}", self.at)
    }

    /// One statement.
    pub async fn step(&mut self) -> Result<Stepped, String> {
        let was = self.at;
        match self.attempt().await {
            Ok(stepped) => Ok(stepped),
            Err(failure) => self.failed(was, &failure).await,
        }
    }

    async fn failed(&mut self, was: At, failure: &Failure) -> Result<Stepped, String> {
        self.connection
            .rollback()
            .await
            .map_err(|failure| failure.to_string())?;
        match failure.number() {
            Some(51100) => {
                self.at = At::Gone;
                Ok(Stepped::FencedOut)
            }
            Some(51101) => {
                self.lease = None;
                self.at = At::Take;
                Ok(Stepped::LeaseLost)
            }
            Some(number @ (1222 | 1205)) => {
                self.back(was);
                Ok(Stepped::Refused(number))
            }
            // Another writer made the same atom between check and insert.
            Some(number @ (2601 | 2627)) if was == At::Atoms => {
                self.back(was);
                Ok(Stepped::Refused(number))
            }
            _ => Err(format!("{} at {was:?}: {failure}", self.name)),
        }
    }

    fn back(&mut self, was: At) {
        self.at = match was {
            At::Take | At::Read | At::End | At::Outcome => was,
            _ => At::Begin,
        };
    }

    async fn attempt(&mut self) -> Result<Stepped, Failure> {
        match self.at {
            At::Take => self.take().await,
            At::Read => self.read().await,
            At::Begin => {
                self.connection.begin().await?;
                self.at = At::Check;
                Ok(Stepped::Nothing)
            }
            At::Check => self.check().await,
            At::Sources => self.sources().await,
            At::Atoms => self.atoms().await,
            At::Relations => self.relations().await,
            At::Progress => self.progress().await,
            At::Watermark => self.watermark().await,
            At::Commit => self.commit().await,
            At::Outcome => self.outcome().await,
            At::End => {
                if let Some(lease) = self.lease.take()
                    && let Err(failure) =
                        lease::end(&mut self.connection, self.ticket, &lease).await
                {
                    self.lease = Some(lease);
                    return Err(failure);
                }
                self.at = At::Take;
                Ok(Stepped::Changed("end"))
            }
            At::Exhausted => Ok(Stepped::Exhausted),
            At::Gone => Ok(Stepped::Nothing),
        }
    }

    async fn take(&mut self) -> Result<Stepped, Failure> {
        let taken =
            lease::take(&mut self.connection, self.ticket, self.number, LEASE, RANGE).await?;
        let Some(lease) = taken else {
            self.at = At::Exhausted;
            return Ok(Stepped::Exhausted);
        };
        self.after = lease.after.0;
        self.lease = Some(lease);
        self.at = At::Read;
        Ok(Stepped::Changed(if lease.takeover {
            "takeover"
        } else {
            "take"
        }))
    }

    async fn read(&mut self) -> Result<Stepped, Failure> {
        let Some(lease) = self.lease else {
            self.at = At::Take;
            return Ok(Stepped::Nothing);
        };
        let rows = self
            .connection
            .rows(&READ.sql(), &[&self.after, &lease.last.0, &BATCH])
            .await?;
        self.batch.clear();
        for row in rows {
            let text = row.text("VectorText")?;
            let values = text
                .trim_matches(['[', ']'])
                .split(',')
                .take(DIMENSION as usize)
                .map(|value| value.parse::<f32>().unwrap())
                .collect();
            self.batch.push(Read {
                id: row.integer("AtomEmbeddingId")?,
                atom: row.integer("AtomId")?,
                values,
            });
        }
        self.at = match self.batch.last() {
            None => At::End,
            Some(last) => {
                self.after = last.id;
                At::Begin
            }
        };
        Ok(Stepped::Nothing)
    }

    async fn check(&mut self) -> Result<Stepped, Failure> {
        let lease = self.lease.as_ref().unwrap();
        let seconds = i32::try_from(LEASE.as_secs()).unwrap();
        self.connection
            .rows(
                &self.check_lease,
                &[&self.ticket.fence.0, &lease.after.0, &lease.token, &seconds],
            )
            .await?;
        self.connection.batch(&CLEAR_TABLES.sql()).await?;
        self.at = At::Sources;
        Ok(Stepped::Nothing)
    }

    async fn sources(&mut self) -> Result<Stepped, Failure> {
        let mut atoms: Vec<i64> = self.batch.iter().map(|one| one.atom).collect();
        atoms.sort_unstable();
        self.connection
            .rows(&LOCK_SOURCES.sql(), &[&json!(atoms).to_string()])
            .await?;
        self.at = At::Atoms;
        Ok(Stepped::Nothing)
    }

    async fn atoms(&mut self) -> Result<Stepped, Failure> {
        let counts = counts(&self.batch);
        let document: Vec<_> = counts
            .iter()
            .map(|(v, n)| json!({ "v": v, "n": n }))
            .collect();
        self.connection
            .rows(&VALUES.sql(), &[&json!(document).to_string()])
            .await?;
        let mut deltas = Vec::new();
        for row in self.connection.rows(&CREATE_ATOMS.sql(), &[]).await? {
            let bytes: &[u8] = row.need("AtomicValue")?;
            let value = f32::from_be_bytes(bytes.try_into().unwrap());
            if !row.need::<bool>("Created")? {
                let (_, n) = counts.iter().find(|(known, _)| *known == value).unwrap();
                deltas.push(json!({ "a": row.integer("AtomId")?, "n": n }));
            }
        }
        self.connection
            .rows(
                &DELTAS.sql(),
                &[&json!(deltas).to_string(), &self.ticket.run.0],
            )
            .await?;
        self.at = At::Relations;
        Ok(Stepped::Nothing)
    }

    async fn relations(&mut self) -> Result<Stepped, Failure> {
        let mut document = Vec::new();
        for one in &self.batch {
            for (position, value) in one.values.iter().enumerate() {
                document.push(json!({ "s": one.atom, "i": position, "v": value }));
            }
        }
        self.connection
            .rows(&RELATIONS.sql(), &[&json!(document).to_string()])
            .await?;
        self.at = At::Progress;
        Ok(Stepped::Nothing)
    }

    async fn progress(&mut self) -> Result<Stepped, Failure> {
        let document: Vec<_> = self
            .batch
            .iter()
            .map(|one| json!({ "e": one.id, "s": one.atom }))
            .collect();
        self.connection
            .rows(
                &HANDED_OVER.sql(),
                &[&json!(document).to_string(), &self.ticket.run.0],
            )
            .await?;
        let changed = self.connection.rows(&CONFLICTS.sql(), &[]).await?;
        assert!(changed.is_empty(), "nobody changes a vector in this play");
        self.connection.batch(&PROGRESS.sql()).await?;
        self.at = At::Watermark;
        Ok(Stepped::Nothing)
    }

    async fn watermark(&mut self) -> Result<Stepped, Failure> {
        let lease = self.lease.as_ref().unwrap();
        let last = self.batch.iter().map(|one| one.id).max().unwrap_or(0);
        let (embeddings, number) = (self.batch.len() as i64, self.number as i32);
        self.connection
            .rows(
                &WATERMARK.sql(),
                &[
                    &self.ticket.run.0,
                    &number,
                    &last,
                    &lease.last.0,
                    &embeddings,
                    &(embeddings * DIMENSION),
                    &0i64,
                    &0i64,
                ],
            )
            .await?;
        self.at = At::Commit;
        Ok(Stepped::Nothing)
    }

    async fn commit(&mut self) -> Result<Stepped, Failure> {
        let lease = self.lease.as_ref().unwrap();
        let committed = Stepped::Committed {
            ids: self.batch.iter().map(|one| one.id).collect(),
            fence: self.ticket.fence.0,
            after: lease.after.0,
            token: lease.token,
        };
        match self.lose_commit.take() {
            None => {
                self.connection.commit().await?;
                self.at = At::Read;
                Ok(committed)
            }
            Some(LostCommit::Executed) => {
                self.connection.commit().await?;
                self.at = At::Outcome;
                Ok(committed)
            }
            Some(LostCommit::NotExecuted) => {
                self.connection.rollback().await?;
                self.at = At::Outcome;
                Ok(Stepped::Nothing)
            }
            Some(LostCommit::UnderWay) => {
                let new = open(&self.endpoint).await;
                self.ghost = Some((std::mem::replace(&mut self.connection, new), committed));
                self.at = At::Outcome;
                Ok(Stepped::Nothing)
            }
        }
    }

    pub fn has_ghost(&self) -> bool {
        self.ghost.is_some()
    }

    /// The server comes to an end with the commit of a lost connection.
    pub async fn ghost_ends(&mut self, commits: bool) -> Stepped {
        let Some((mut connection, committed)) = self.ghost.take() else {
            return Stepped::Nothing;
        };
        if commits {
            connection.commit().await.unwrap();
            committed
        } else {
            connection.rollback().await.unwrap();
            Stepped::Nothing
        }
    }

    /// All progress rows there: it was committed. None: it was not.
    async fn outcome(&mut self) -> Result<Stepped, Failure> {
        let ids: Vec<i64> = self.batch.iter().map(|one| one.id).collect();
        let rows = self
            .connection
            .rows(
                &self.outcome,
                &[&json!(ids).to_string(), &self.ticket.run.0],
            )
            .await?;
        assert!(
            rows.is_empty() || rows.len() == ids.len(),
            "a batch is there in part"
        );
        self.at = if rows.is_empty() { At::Begin } else { At::Read };
        Ok(Stepped::Nothing)
    }
}

async fn open(endpoint: &Endpoint) -> Connection {
    let mut connection = connect(endpoint).await;
    connection.batch(&CREATE_TABLES.sql()).await.unwrap();
    connection
}
