//! A database of a test's own with the executable beside it.

use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hartonomous_standin::engine::conditions::Conditions;
use hartonomous_standin::engine::config::ServerConfig;
use hartonomous_standin::engine::faults::FaultSchedule;
use hartonomous_standin::serve::{Baseline, ServeOptions, Serving};
use hartonomous_standin::wire::WireOptions;
use tokio::runtime::Runtime;

use crate::data::{self, Embedding};
use crate::database::{Rows, Session};
use crate::process::{self, Ran};
use crate::wire::{Script, Watch};

/// Names a real server, as an ADO.NET connection string with everything in it.
pub const TEST_URL: &str = "HARTONOMOUS_TEST_URL";

const BASELINE: &[&str] = &[
    include_str!("../../migrations/baseline/0001_create_atoms.sql"),
    include_str!("../../migrations/baseline/0002_create_atom_relations.sql"),
    include_str!("../../migrations/baseline/0003_create_atom_embeddings.sql"),
];
const SYSTEM_VERSIONED: &str =
    include_str!("../../migrations/baseline_system_versioned/0001_version_atom_relations.sql");
const HALF_APPLIED: &str =
    include_str!("../../migrations/half_applied/0001_apply_half_of_phase1.sql");

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The database, the server it is on, and a session in it.
pub struct World {
    pub(crate) runtime: Runtime,
    pub(crate) session: Mutex<Session>,
    pub(crate) connection_string: String,
    password: String,
    server: Server,
}

enum Server {
    StandIn {
        serving: Option<Serving>,
        watch: Arc<Watch>,
    },
    Real {
        database: String,
    },
}

/// Is there a real server to run against?
pub fn real_server() -> Option<String> {
    std::env::var(TEST_URL).ok().filter(|url| !url.is_empty())
}

/// Says that a test needs the stand-in, when a real server is used.
pub fn needs_stand_in() -> bool {
    let skip = real_server().is_some();
    if skip {
        eprintln!("skipped: this test injects faults, which only the stand-in can do");
    }
    skip
}

impl World {
    /// The baseline database, empty.
    pub fn new() -> Self {
        Self::with_faults(FaultSchedule::default())
    }

    /// The same, AtomRelations system-versioned.
    pub fn system_versioned() -> Self {
        let world = Self::new();
        world.script(SYSTEM_VERSIONED);
        world
    }

    /// The same, left half-applied by the first hand-written phase 1.
    pub fn half_applied() -> Self {
        let world = Self::new();
        world.script(HALF_APPLIED);
        world
    }

    /// The baseline on a stand-in that injects statement faults.
    pub fn with_faults(faults: FaultSchedule) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (server, connection_string) = match real_server() {
            None => runtime.block_on(stand_in(faults)),
            Some(url) => runtime.block_on(real(&url)),
        };
        let session = Mutex::new(runtime.block_on(Session::open(&connection_string)));
        let world = Self {
            password: secret_of(&connection_string),
            runtime,
            session,
            connection_string,
            server,
        };
        for script in BASELINE {
            world.script(script);
        }
        world
    }

    /// A database with these embeddings, phase 1 complete and backed up.
    pub fn ready_for_phase2(embeddings: &[Embedding]) -> Self {
        let world = Self::new();
        world.load(embeddings);
        world.phase1();
        world.backup();
        world
    }

    pub fn connection_string(&self) -> &str {
        &self.connection_string
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    /// Changes what the catalog shows of the server's condition; only on the stand-in.
    #[track_caller]
    pub fn bring_about(&self, change: impl FnOnce(&mut Conditions)) {
        match &self.server {
            Server::StandIn { serving, .. } => serving
                .as_ref()
                .expect("the server is up")
                .engine()
                .bring_about(change),
            Server::Real { .. } => panic!("a real server's condition is its own"),
        }
    }

    /// Where faults of the wire are scripted; only on the stand-in.
    #[track_caller]
    pub fn watch(&self) -> &Arc<Watch> {
        match &self.server {
            Server::StandIn { watch, .. } => watch,
            Server::Real { .. } => panic!("a real server injects no faults"),
        }
    }

    pub fn inject(&self, script: impl Script + 'static) {
        self.watch().follow(Arc::new(script));
    }

    /// A second session of this database.
    pub fn other_session(&self) -> Other<'_> {
        self.session_of("hartonomous tests")
    }

    /// Result sets of a batch, or the server's message number. A deadlock victim tries again, as every client must, and so
    /// does one that met an injected full log.
    pub fn try_batch(&self, sql: &str) -> Result<Vec<Rows>, (u32, String)> {
        let mut session = self.session.lock().unwrap();
        for _ in 0..50 {
            match self.runtime.block_on(session.batch(sql)) {
                Ok(sets) => return Ok(sets),
                Err(tiberius::error::Error::Server(token))
                    if matches!(token.code(), 1205 | 3906 | 9002) => {}
                Err(tiberius::error::Error::Server(token)) => {
                    return Err((token.code(), token.message().to_owned()));
                }
                Err(error) => panic!("{error} in {}", &sql[..sql.len().min(300)]),
            }
        }
        panic!("fifty deadlocks or full logs in a row");
    }

    #[track_caller]
    pub fn batch(&self, sql: &str) -> Vec<Rows> {
        match self.try_batch(sql) {
            Ok(sets) => sets,
            Err((number, message)) => panic!(
                "message {number}: {message}\nin {}",
                sql.chars().take(600).collect::<String>()
            ),
        }
    }

    /// The rows of a batch's first result set.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Rows {
        self.batch(sql).into_iter().next().unwrap_or_default()
    }

    /// The one value that a batch returns first.
    #[track_caller]
    pub fn value(&self, sql: &str) -> Option<String> {
        let rows = self.rows(sql);
        match rows.first().and_then(|row| row.first()) {
            Some(value) => value.clone(),
            None => panic!("no row from {sql}"),
        }
    }

    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        let value = self.value(sql);
        match value.as_deref().map(str::parse) {
            Some(Ok(number)) => number,
            other => panic!("{other:?} from {sql}"),
        }
    }

    #[track_caller]
    pub fn script(&self, sql: &str) {
        let mut batch = String::new();
        for line in sql.lines().chain(["GO"]) {
            if !line.trim().eq_ignore_ascii_case("go") {
                batch.push_str(line);
                batch.push('\n');
            } else if !batch.trim().is_empty() {
                self.batch(&std::mem::take(&mut batch));
            }
        }
    }

    /// Creates the source atoms that these embeddings need and inserts them, in order.
    pub fn load(&self, embeddings: &[Embedding]) {
        let atoms = embeddings.iter().map(|one| one.atom).max().unwrap_or(0);
        if atoms > 0 {
            self.batch(&data::insert_sources(1..=atoms));
        }
        for some in embeddings.chunks(4) {
            let inserts: Vec<String> = some.iter().map(Embedding::insert).collect();
            self.batch(&inserts.join("\n"));
        }
    }

    /// AtomId of a source atom.
    pub fn atom(&self, number: usize) -> i64 {
        self.number(&format!(
            "SELECT AtomId FROM dbo.Atoms WHERE CanonicalText = N'{}'",
            data::source_text(number)
        ))
    }

    /// A full backup as phase 2 wants it.
    pub fn backup(&self) {
        if matches!(self.server, Server::Real { .. }) {
            // Backups are dated in whole seconds, and must be newer than the last change of the schema.
            std::thread::sleep(Duration::from_millis(1100));
        }
        self.batch(
            "DECLARE @name sysname = DB_NAME(); BACKUP DATABASE @name TO DISK = N'NUL' WITH CHECKSUM;",
        );
    }

    /// The same right after the schema was changed: backups are dated in whole seconds.
    pub fn backup_of_a_later_second(&self) {
        self.batch("WAITFOR DELAY '00:00:01.1';");
        self.backup();
    }

    /// The executable with these arguments, connected to this database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::hartonomous(arguments);
        command.env("HARTONOMOUS_CONNECTION", &self.connection_string);
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        process::finish(arguments, self.start(arguments))
    }

    #[track_caller]
    pub fn phase1(&self) -> Ran {
        self.run(&["migrate", "phase1"]).exits(0)
    }

    pub fn phase2(&self) -> Ran {
        self.run(&["migrate", "phase2"])
    }

    /// Everything that phase 2 wrote, without what differs between two runs (ids of atoms, times, runs).
    pub fn decomposition(&self) -> Decomposition {
        Decomposition {
            relations: self.rows(
                "SELECT s.CanonicalText, r.RelationType, r.SequenceIndex, t.ContentHash, r.TenantId, r.SpatialBucket, r.CoordX \
                 FROM dbo.AtomRelations AS r \
                 JOIN dbo.Atoms AS s ON s.AtomId = r.SourceAtomId JOIN dbo.Atoms AS t ON t.AtomId = r.TargetAtomId \
                 ORDER BY r.SourceAtomId, r.RelationType, r.SequenceIndex",
            ),
            atoms: self.rows(
                "SELECT ContentHash, AtomicValue, CanonicalText, Modality, Subtype, ReferenceCount \
                 FROM dbo.Atoms ORDER BY ContentHash",
            ),
            progress: self.rows(
                "SELECT AtomEmbeddingId, AtomCount, RelationCount, RelationType, VectorDigest \
                 FROM dbo.EmbeddingMigrationProgress ORDER BY AtomEmbeddingId",
            ),
        }
    }

    /// The invariants that hold after every commit: an embedding is migrated whole or not at all, and counts are exact.
    #[track_caller]
    pub fn assert_invariants(&self) {
        if self
            .value("SELECT OBJECT_ID(N'dbo.EmbeddingMigrationProgress')")
            .is_none()
        {
            return;
        }
        let found = self.rows(
            "SELECT (SELECT COUNT_BIG(*) FROM dbo.AtomRelations), \
                    (SELECT ISNULL(SUM(CAST(RelationCount AS bigint)), 0) FROM dbo.EmbeddingMigrationProgress), \
                    (SELECT ISNULL(SUM(ReferenceCount), 0) FROM dbo.Atoms) \
                      + (SELECT ISNULL(SUM(delta), 0) FROM hartonomous.reference_count_deltas), \
                    (SELECT COUNT(*) FROM dbo.Atoms AS a WHERE a.Modality = N'numeric' AND a.ReferenceCount \
                       + (SELECT ISNULL(SUM(d.delta), 0) FROM hartonomous.reference_count_deltas AS d WHERE d.atom_id = a.AtomId) <> \
                       (SELECT COUNT_BIG(*) FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId)), \
                    (SELECT COUNT(*) FROM dbo.EmbeddingMigrationProgress AS p \
                       JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId \
                      WHERE e.Dimension <> (SELECT COUNT(DISTINCT r.SequenceIndex) FROM dbo.AtomRelations AS r \
                                            WHERE r.SourceAtomId = e.AtomId AND r.RelationType = p.RelationType))",
        );
        let number = |at: usize| found[0][at].clone().unwrap();
        assert_eq!(
            number(0),
            number(1),
            "relations and what progress says of them"
        );
        assert_eq!(number(0), number(2), "relations and references");
        assert_eq!(number(3), "0", "atoms with a wrong reference count");
        assert_eq!(number(4), "0", "embeddings migrated in part");
    }
}

/// What phase 2 leaves behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Decomposition {
    pub relations: Rows,
    pub atoms: Rows,
    pub progress: Rows,
}

/// A second session.
pub struct Other<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) session: Session,
}

impl Other<'_> {
    #[track_caller]
    pub fn batch(&mut self, sql: &str) -> Vec<Rows> {
        self.runtime.block_on(self.session.batch(sql)).unwrap()
    }

    /// The first value of the first row.
    #[track_caller]
    pub fn value(&mut self, sql: &str) -> Option<String> {
        let sets = self.batch(sql);
        sets.first()
            .and_then(|rows| rows.first())
            .and_then(|row| row.first())
            .unwrap_or_else(|| panic!("no row from {sql}"))
            .clone()
    }
}

async fn stand_in(faults: FaultSchedule) -> (Server, String) {
    let watch = Arc::new(Watch::default());
    let serving = Serving::start(ServeOptions {
        baseline: Baseline::Empty,
        config: ServerConfig {
            faults,
            ..ServerConfig::default()
        },
        wire: WireOptions {
            faults: Some(watch.clone()),
            ..WireOptions::default()
        },
        ..ServeOptions::default()
    })
    .await
    .unwrap();
    let connection_string = serving.connection_string();
    let server = Server::StandIn {
        serving: Some(serving),
        watch,
    };
    (server, connection_string)
}

async fn real(url: &str) -> (Server, String) {
    let database = format!(
        "hartonomous_test_{}_{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::SeqCst)
    );
    let mut session = Session::open(url).await;
    session
        .batch(&format!("CREATE DATABASE [{database}];"))
        .await
        .unwrap();
    // The last key of a connection string counts.
    let connection_string = format!("{url};Database={database}");
    (Server::Real { database }, connection_string)
}

fn secret_of(connection_string: &str) -> String {
    use secrecy::ExposeSecret;
    crate::database::endpoint(connection_string)
        .password
        .expose_secret()
        .to_owned()
}

impl Drop for World {
    fn drop(&mut self) {
        match &mut self.server {
            Server::StandIn { serving, watch } => {
                if let Some(serving) = serving.take() {
                    self.runtime.block_on(serving.stop());
                }
                if !std::thread::panicking() {
                    crate::grammar::check_batches(&watch.batches());
                }
            }
            Server::Real { database } => {
                let Some(url) = real_server() else { return };
                let drop = format!(
                    "ALTER DATABASE [{database}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE [{database}];"
                );
                let dropped = self
                    .runtime
                    .block_on(async { Session::open(&url).await.batch(&drop).await });
                if let Err(error) = dropped {
                    eprintln!("database {database} could not be dropped: {error}");
                }
            }
        }
    }
}
