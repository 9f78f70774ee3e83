//! The server that is measured: the one that HARTONOMOUS_TEST_URL names, or a stand-in in a process of its own, so that
//! its memory and its processor time are not the client's.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hartonomous_standin::engine::config::{NullSink, ServerConfig};
use hartonomous_standin::serve::{Baseline, Matrix, Precision, ServeOptions, Serving};
use tiberius::{IntoSql, TokenRow};

use crate::processes;
use crate::session::{Outcome, Session};

/// With this as first argument the program is a stand-in; a table that it shall drop the rows of may follow.
pub const AS_STAND_IN: &str = "--as-stand-in";

const BASELINE: &[&str] = &[
    include_str!("../../migrations/baseline/0001_create_atoms.sql"),
    include_str!("../../migrations/baseline/0002_create_atom_relations.sql"),
    include_str!("../../migrations/baseline/0003_create_atom_embeddings.sql"),
];

/// Embeddings that are inserted by one statement.
const PORTION: usize = 1_000;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A server; a stand-in ends with it.
pub struct Server {
    url: String,
    stand_in: Option<Child>,
}

/// Serves until its parent closes standard input.
pub fn serve(null_sink: Option<&str>) -> Outcome<()> {
    let null_sinks = null_sink.map(str::parse::<NullSink>).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let serving = runtime.block_on(Serving::start(ServeOptions {
        baseline: Baseline::Empty,
        config: ServerConfig {
            null_sinks: null_sinks.into_iter().collect(),
            ..ServerConfig::default()
        },
        ..ServeOptions::default()
    }))?;
    println!("{}", serving.connection_string());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    runtime.block_on(serving.stop());
    Ok(())
}

impl Server {
    /// The server given, else a stand-in.
    pub fn start() -> Outcome<Self> {
        match std::env::var("HARTONOMOUS_TEST_URL") {
            Ok(url) if !url.is_empty() => Ok(Self {
                url,
                stand_in: None,
            }),
            _ => Self::stand_in(None),
        }
    }

    /// A stand-in that takes the rows of `null_sink` off the wire and drops them.
    pub fn stand_in(null_sink: Option<&str>) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(AS_STAND_IN)
            .args(null_sink)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        Ok(Self {
            url: url.trim().to_owned(),
            stand_in: Some(child),
        })
    }

    pub fn is_stand_in(&self) -> bool {
        self.stand_in.is_some()
    }

    /// Processor time of the server so far, where it can be seen.
    pub fn cpu(&self) -> Option<Duration> {
        processes::cpu(self.stand_in.as_ref()?.id())
    }

    pub fn peak_kib(&self) -> Option<u64> {
        processes::peak_kib(self.stand_in.as_ref()?.id())
    }

    /// A database with the baseline's tables, whose vector column has so many dimensions.
    pub async fn database(&self, dimensions: usize) -> Outcome<Database> {
        let name = format!(
            "hartonomous_bench_{}_{}",
            std::process::id(),
            DATABASES.fetch_add(1, Ordering::SeqCst)
        );
        Session::open(&self.url)
            .await?
            .batch(&format!("CREATE DATABASE [{name}];"))
            .await?;
        // The last key of a connection string counts.
        let connection_string = format!("{};Database={name}", self.url);
        let mut session = Session::open(&connection_string).await?;
        for script in BASELINE {
            let script = script.replace("vector(1998)", &format!("vector({dimensions})"));
            session.script(&script).await?;
        }
        Ok(Database {
            server_url: self.url.clone(),
            name,
            connection_string,
            dimensions,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.stand_in {
            // The stand-in ends when its standard input does.
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// A database of one measurement.
pub struct Database {
    server_url: String,
    name: String,
    pub connection_string: String,
    dimensions: usize,
}

impl Database {
    /// Inserts an embedding per row of the matrix, each with a source atom of its own.
    pub async fn load(&self, matrix: &Matrix, precision: Precision) -> Outcome<()> {
        let mut session = Session::open(&self.connection_string).await?;
        session
            .batch("CREATE TABLE dbo.bench_source (Number int NOT NULL PRIMARY KEY, VectorText varchar(max) NOT NULL);")
            .await?;
        let rows: Vec<usize> = (0..matrix.rows).collect();
        for portion in rows.chunks(PORTION) {
            let texts = portion.iter().map(|at| {
                let mut row = TokenRow::with_capacity(2);
                row.push(i32::try_from(*at).unwrap_or(i32::MAX).into_sql());
                row.push(vector_text(matrix.row(*at), precision).into_sql());
                row
            });
            session
                .bulk("dbo.bench_source", &["Number", "VectorText"], texts)
                .await?;
            session.batch(&self.insert()).await?;
        }
        session.batch("DROP TABLE dbo.bench_source;").await
    }

    /// Turns what is in dbo.bench_source into source atoms and embeddings.
    fn insert(&self) -> String {
        let hash = "CAST(HASHBYTES('SHA2_256', CAST(CONCAT('sentence ', s.Number) AS varchar(40))) AS binary(32))";
        format!(
            "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, CanonicalText)
             SELECT {hash}, N'text', N'sentence', CONCAT(N'sentence ', s.Number) FROM dbo.bench_source AS s ORDER BY s.Number;
             INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket,
                                             SpatialProjX, SpatialProjY, SpatialProjZ, ModelId)
             SELECT a.AtomId, CAST(s.VectorText AS vector({dimensions})), {dimensions}, geometry::Point(0, 0, 0),
                    geometry::Point(0, 0, 0), 0, 0.25, 0.5, 0.75, 1
             FROM dbo.bench_source AS s JOIN dbo.Atoms AS a ON a.ContentHash = {hash} ORDER BY s.Number;
             TRUNCATE TABLE dbo.bench_source;",
            dimensions = self.dimensions,
        )
    }

    /// The full backup that phase 2 demands. Backups are dated in whole seconds and must be newer than the schema.
    pub async fn back_up(&self) -> Outcome<()> {
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        Session::open(&self.connection_string)
            .await?
            .batch("DECLARE @name sysname = DB_NAME(); BACKUP DATABASE @name TO DISK = N'NUL' WITH CHECKSUM;")
            .await
    }

    /// Drops the database.
    pub async fn end(self) -> Outcome<()> {
        let name = &self.name;
        Session::open(&self.server_url)
            .await?
            .batch(&format!(
                "ALTER DATABASE [{name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE [{name}];"
            ))
            .await
    }
}

/// Nine digits a component, which read back to the same float32.
fn vector_text(values: &[f32], precision: Precision) -> String {
    let texts: Vec<String> = values
        .iter()
        .map(|value| format!("{:.8e}", precision.apply(*value)))
        .collect();
    format!("[{}]", texts.join(","))
}
