//! What the tasks of one process share.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::atoms::KnownAtoms;
use super::steering::Steering;
use super::write::{Ticket, WriterSetup};
use super::{Settings, SourceColumns};
use crate::connect::Endpoint;
use crate::engine::{Cancel, Observer};

/// Part of a process in a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Holds the application lock and ends the phase.
    Leader,
    /// Works on key ranges of the leader's run.
    Member,
}

/// Shared by the writers, the monitor and whoever supervises them.
pub struct Shared {
    pub endpoint: Endpoint,
    pub columns: SourceColumns,
    pub ticket: Ticket,
    pub role: Role,
    pub settings: Settings,
    pub events: Arc<dyn Observer>,
    pub cancel: Cancel,
    pub steering: Steering,
    pub known: Arc<KnownAtoms>,
    /// Pending embeddings of a key range.
    pub range: usize,
    /// The first batch of the run is committed: the most frequent atoms are known, and other writers may begin.
    pub begun: watch::Sender<bool>,
    /// No writer is needed any more.
    pub done: CancellationToken,
}

impl Shared {
    pub fn writer_setup(&self, number: usize) -> WriterSetup {
        WriterSetup {
            endpoint: self.endpoint.clone(),
            lock_timeout: self.settings.lock_timeout,
            ticket: self.ticket,
            number,
            columns: self.columns.clone(),
            known: self.known.clone(),
            load: self.settings.load,
        }
    }
}
