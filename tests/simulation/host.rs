//! A model of a process: the rounds of `pipeline::run` and the heartbeat of `pipeline::monitor`, over the real SQL.

use hartonomous::connect::{Connection, Failure, RowExt};
use hartonomous::pipeline::Ticket;
use hartonomous::pipeline::lease;
use hartonomous::state::{self, FencingNumber};
use hartonomous::tsql::{Sql, Statement};

use crate::database::statement;
use crate::fault::{Fault, faulty};
use crate::writer::LEASE;

const REWIND: Statement = statement!("sql/phase2/rewind_frontier.sql");
const STEERING: Statement = statement!("sql/state/read_steering.sql");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// It has no fencing number yet.
    Raise,
    Working,
    Release,
    Look,
    Count,
    Rewind,
    Done,
    Gone,
}

/// What a step of a host came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosted {
    Nothing,
    Refused,
    /// It leads from now on, under this fencing number.
    Leads(i64),
    /// Its writers look for key ranges again.
    Wakes,
    Rewound,
    RewindRefused,
    FencedOut,
    Done,
}

pub struct Host {
    pub name: String,
    pub ticket: Ticket,
    leader: bool,
    faulty_rewind: Option<Sql>,
    connection: Connection,
    at: At,
}

impl Host {
    /// A process that leads, or joins whoever leads.
    pub async fn start(
        name: String,
        leader: bool,
        mut connection: Connection,
        fault: Fault,
    ) -> Self {
        let command = if leader {
            "migrate phase2"
        } else {
            "migrate phase2 --join"
        };
        let run = state::start_run(&mut connection, command, Some("phase2"), "")
            .await
            .unwrap();
        let mut host = Self {
            name,
            ticket: Ticket {
                run,
                fence: FencingNumber(0),
            },
            leader,
            faulty_rewind: (fault == Fault::RewindOverOpenRanges)
                .then(|| faulty(&REWIND, "IF @open = 0", "SET @open = 0; IF @open = 0")),
            connection,
            at: At::Raise,
        };
        if !leader {
            let joined = state::join_run(&mut host.connection, run).await.unwrap();
            host.ticket.fence = joined.fence;
            host.at = At::Working;
        }
        host
    }

    pub fn works(&self) -> bool {
        !matches!(self.at, At::Raise | At::Done | At::Gone)
    }

    pub fn is_over(&self) -> bool {
        matches!(self.at, At::Done | At::Gone)
    }

    pub fn is_done(&self) -> bool {
        self.at == At::Done
    }

    /// It has nothing left to do, as far as it knows.
    pub fn concludes(&self) -> bool {
        matches!(self.at, At::Release | At::Look | At::Count | At::Rewind)
    }

    pub fn die(&mut self) {
        self.at = At::Gone;
    }

    /// Renews the leases of its run.
    pub async fn heartbeat(&mut self) -> Result<Hosted, String> {
        match lease::renew(&mut self.connection, self.ticket, LEASE).await {
            Ok(()) => Ok(Hosted::Nothing),
            Err(failure) => self.failed(&failure).await,
        }
    }

    /// One statement; `idle`: none of its writers has anything to do.
    pub async fn step(&mut self, idle: bool) -> Result<Hosted, String> {
        match self.attempt(idle).await {
            Ok(hosted) => Ok(hosted),
            Err(failure) => self.failed(&failure).await,
        }
    }

    async fn failed(&mut self, failure: &Failure) -> Result<Hosted, String> {
        self.connection
            .rollback()
            .await
            .map_err(|failure| failure.to_string())?;
        match failure.number() {
            Some(1222 | 1205) => Ok(Hosted::Refused),
            _ => Err(format!("{}: {failure}", self.name)),
        }
    }

    async fn attempt(&mut self, idle: bool) -> Result<Hosted, Failure> {
        match self.at {
            At::Raise => {
                let run = self.ticket.run;
                self.ticket.fence = state::raise_fence(&mut self.connection, run, "phase2").await?;
                self.at = At::Working;
                return Ok(Hosted::Leads(self.ticket.fence.0));
            }
            At::Working if idle => self.at = At::Release,
            At::Release => {
                lease::release(&mut self.connection, self.ticket, None).await?;
                self.at = if self.leader { At::Look } else { At::Done };
            }
            At::Look => return self.look().await,
            At::Count => {
                let pending = lease::pending(&mut self.connection, self.ticket).await?;
                self.at = if pending == 0 { At::Done } else { At::Rewind };
                if pending == 0 {
                    return Ok(Hosted::Done);
                }
            }
            At::Rewind => {
                let done = match &self.faulty_rewind {
                    None => lease::rewind(&mut self.connection, self.ticket).await?,
                    Some(sql) => {
                        let fence = self.ticket.fence.0;
                        self.connection
                            .row(sql, &[&fence])
                            .await?
                            .integer("OpenRanges")?
                            == 0
                    }
                };
                self.at = if done { At::Working } else { At::Look };
                return Ok(if done {
                    Hosted::Rewound
                } else {
                    Hosted::RewindRefused
                });
            }
            At::Working | At::Done | At::Gone => {}
        }
        Ok(Hosted::Nothing)
    }

    async fn look(&mut self) -> Result<Hosted, Failure> {
        let row = self
            .connection
            .row(&STEERING.sql(), &[&self.ticket.fence.0, &self.ticket.run.0])
            .await?;
        if row.integer("FencingNumber")? != self.ticket.fence.0 {
            self.at = At::Gone;
            return Ok(Hosted::FencedOut);
        }
        if row.integer("OpenRanges")? == 0 {
            self.at = At::Count;
        } else if row.integer("TakeableRanges")? > 0 {
            self.at = At::Working;
            return Ok(Hosted::Wakes);
        }
        Ok(Hosted::Nothing)
    }
}
