//! Options of phase 2's writers.

use std::time::Duration;

use crate::connect::BulkLoad;
use crate::phase2::view_index::Wish;
use crate::pipeline::{Settings, Signal, SizeLimits, Thresholds, Window};

/// Components of the first batch, where the size follows the commit time.
const FIRST_BATCH: u32 = 20_000;
/// Bounds within which the size follows it.
const LEAST_BATCH: usize = 2_000;
const MOST_BATCH: usize = 200_000;

const COMMIT_TARGET: &str = "2s";

/// Bounds of the batch size unless an option says otherwise.
pub fn default_size() -> SizeLimits {
    SizeLimits {
        first: FIRST_BATCH as usize,
        least: LEAST_BATCH,
        most: MOST_BATCH,
        target: humantime::parse_duration(COMMIT_TARGET).ok(),
    }
}

/// Phase 2's writers: how many, how large their batches are, and what holds them.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Phase 2")]
pub struct WriterArgs {
    /// Writers, each with its own connections and key range
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: u16,

    /// Take part in the migration that another process leads, on this or another host
    #[arg(long, conflicts_with_all = ["dry_run", "repair", "maintenance_window", "index_view", "no_index_view"])]
    pub join: bool,

    /// Verify everything, and rewrite exactly the embeddings whose digest or positions are wrong
    #[arg(long, conflicts_with = "dry_run")]
    pub repair: bool,

    /// Duration of a batch that the batch size aims at
    #[arg(long, value_name = "TIME", default_value = COMMIT_TARGET, value_parser = humantime::parse_duration)]
    pub commit_target: Duration,

    /// Components of every batch (at least one embedding), instead of a size that follows --commit-target
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub batch_components: Option<u32>,

    /// Embeddings of a key range that one writer leases; by the size of the table unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub range_embeddings: Option<u32>,

    /// How long a key range waits for a writer that gives no sign of life before another takes it over
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = lease)]
    pub lease: Duration,

    /// How often a transient failure (deadlock, lock timeout) is tried again
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub retries: u32,

    /// How long a lost server is looked for (restart, failover)
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = humantime::parse_duration)]
    pub patience: Duration,

    #[command(flatten)]
    pub load: LoadArgs,

    #[command(flatten)]
    pub throttle: ThrottleArgs,
}

/// How relations are loaded, and what is built from them. `plan phase2` explains each choice.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Phase 2: load")]
pub struct LoadArgs {
    /// Nobody else works with the tables until the run ends: indexes may be disabled and rebuilt, foreign keys checked at the end,
    /// with --workers 1 the table locked
    #[arg(long)]
    pub maintenance_window: bool,

    /// Build the clustered index of vw_EmbeddingVectors after the load, whatever the forecast says
    #[arg(long)]
    pub index_view: bool,

    /// Do not build it, even where the forecast allows
    #[arg(long, conflicts_with = "index_view")]
    pub no_index_view: bool,
}

impl LoadArgs {
    pub fn wish(self) -> Wish {
        match (self.index_view, self.no_index_view) {
            (true, _) => Wish::Build,
            (_, true) => Wish::Refuse,
            _ => Wish::None,
        }
    }
}

/// What holds the writers. `status` shows the readings; a signal that cannot be read holds them too.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Phase 2: throttle")]
pub struct ThrottleArgs {
    /// Log in use, in percent of what it can become
    #[arg(long, value_name = "PERCENT", default_value_t = 80.0)]
    pub max_log: f64,

    /// The same while it waits for a backup, a replica or replication to be truncated
    #[arg(long, value_name = "PERCENT", default_value_t = 60.0)]
    pub max_log_reuse: f64,

    /// Send queue of an availability replica
    #[arg(long, value_name = "MB", default_value_t = 1_024)]
    pub max_ag_send: u64,

    /// Redo queue of an availability replica
    #[arg(long, value_name = "MB", default_value_t = 1_024)]
    pub max_ag_redo: u64,

    /// How long another session may wait for this program
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = humantime::parse_duration)]
    pub max_blocked: Duration,

    /// Row versions of this database in tempdb
    #[arg(long, value_name = "MB", default_value_t = 10_240)]
    pub max_version_store: u64,

    /// Median duration of the last ten commits
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = humantime::parse_duration)]
    pub max_commit_latency: Duration,

    /// Hours in which it may write, by the server's clock, e.g. 22:00-05:00 (repeat for more)
    #[arg(long, value_name = "HH:MM-HH:MM")]
    pub window: Vec<Window>,

    /// Do not look at a signal (repeat for more)
    #[arg(long, value_name = "SIGNAL", value_enum)]
    pub without_signal: Vec<Signal>,
}

fn lease(text: &str) -> Result<Duration, String> {
    let lease = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if lease < Duration::from_secs(3) {
        return Err("a lease lives at least 3 s".to_owned());
    }
    Ok(lease)
}

impl WriterArgs {
    /// Bounds of the batch size.
    pub fn size(&self) -> SizeLimits {
        match self.batch_components {
            Some(fixed) => SizeLimits {
                first: fixed as usize,
                target: None,
                ..default_size()
            },
            None => SizeLimits {
                target: Some(self.commit_target),
                ..default_size()
            },
        }
    }

    pub fn settings(&self, lock_timeout: Duration) -> Settings {
        Settings {
            workers: usize::from(self.workers),
            size: self.size(),
            load: BulkLoad::default(),
            range_embeddings: self.range_embeddings.map(|range| range as usize),
            lease: self.lease,
            lock_timeout,
            retries: self.retries,
            patience: self.patience,
            thresholds: self.throttle.thresholds(),
        }
    }
}

impl ThrottleArgs {
    fn thresholds(&self) -> Thresholds {
        Thresholds {
            log_percent: self.max_log,
            log_reuse_percent: self.max_log_reuse,
            ag_send_mb: self.max_ag_send,
            ag_redo_mb: self.max_ag_redo,
            blocked: self.max_blocked,
            version_store_mb: self.max_version_store,
            commit_latency: self.max_commit_latency,
            windows: self.window.clone(),
            without: self.without_signal.clone(),
        }
    }
}
