//! The demo's server and what is in it.

use std::path::Path;

use hartonomous_standin::serve::{
    Baseline, DATABASE, Embeddings, Matrix, ServeOptions, Serving, USER, run_script,
};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::session::{Rows, Session};

/// Rows that real databases have beside the plain ones: a second embedding of an atom, one without a vector.
const SPECIAL_ROWS: &str = "
INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket, ModelId, TenantId)
SELECT TOP (5) e.AtomId, e.EmbeddingVector, e.Dimension, e.SpatialGeometry, e.SpatialCoarse, e.SpatialBucket, 2, e.TenantId
FROM dbo.AtomEmbeddings AS e
ORDER BY e.AtomEmbeddingId;
INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket, ModelId, TenantId)
SELECT TOP (2) e.AtomId, NULL, e.Dimension, e.SpatialGeometry, e.SpatialCoarse, e.SpatialBucket, 3, e.TenantId
FROM dbo.AtomEmbeddings AS e
ORDER BY e.AtomEmbeddingId;
";

/// What a table held: rows and a hash over them in the order of their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    pub table: &'static str,
    pub rows: usize,
    pub sha256: String,
}

/// The columns that were there before the migration, read by this program's own client and not by hartonomous.
const FINGERPRINTS: &[(&str, &str)] = &[
    (
        "dbo.AtomEmbeddings",
        "SELECT AtomEmbeddingId, AtomId, CAST(EmbeddingVector AS varchar(max)), Dimension, SpatialGeometry.ToString(), \
                SpatialCoarse.ToString(), SpatialBucket, ModelId, EmbeddingType, TenantId, CONVERT(varchar(40), LastUpdated, 126) \
         FROM dbo.AtomEmbeddings ORDER BY AtomEmbeddingId",
    ),
    (
        "dbo.Atoms",
        "SELECT AtomId, ContentHash, Modality, Subtype, AtomicValue, CanonicalText, TenantId, ReferenceCount \
         FROM dbo.Atoms ORDER BY AtomId",
    ),
    (
        "dbo.AtomRelations",
        "SELECT AtomRelationId, SourceAtomId, TargetAtomId, RelationType, Weight FROM dbo.AtomRelations ORDER BY AtomRelationId",
    ),
];

pub struct Database {
    serving: Serving,
    runtime: Runtime,
    backup_folder: tempfile::TempDir,
}

impl Database {
    pub fn start(arguments: &Arguments) -> Result<Self, Box<dyn std::error::Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/minilm-320x384.npy");
        let serving = runtime.block_on(Serving::start(ServeOptions {
            baseline: Baseline::Tables,
            embeddings: Some(Embeddings {
                matrix: Matrix::read(&file)?,
                precision: arguments.precision,
                limit: arguments.limit,
            }),
            ..ServeOptions::default()
        }))?;
        run_script(
            serving.engine(),
            serving.password(),
            "special rows",
            SPECIAL_ROWS,
        )?;
        Ok(Self {
            serving,
            runtime,
            backup_folder: tempfile::tempdir()?,
        })
    }

    pub fn connection_string(&self) -> String {
        self.serving.connection_string()
    }

    pub fn introduction(&self) -> String {
        format!(
            "The stand-in speaks TDS on 127.0.0.1, port {}. While it runs, any client can look inside:\n  \
             tsql -H 127.0.0.1 -p {} -U {USER} -P '{}' -D {DATABASE}\n  \
             hartonomous status   with HARTONOMOUS_CONNECTION='{}'",
            self.serving.port(),
            self.serving.port(),
            self.serving.password(),
            self.connection_string()
        )
    }

    /// Takes a full backup, as the DBA does, and says how.
    pub fn backup(&self, name: &str) -> Result<(), Box<dyn std::error::Error>> {
        let path = self.backup_folder.path().join(name);
        let statement = format!(
            "BACKUP DATABASE {DATABASE} TO DISK = N'{}' WITH CHECKSUM, INIT;",
            path.display().to_string().replace('\'', "''")
        );
        println!("> {statement}\n");
        run_script(
            self.serving.engine(),
            self.serving.password(),
            "backup",
            &statement,
        )?;
        Ok(())
    }

    /// The path of a folder that is not there yet.
    pub fn new_folder(&self, name: &str) -> String {
        self.backup_folder.path().join(name).display().to_string()
    }

    /// The result set of a batch, by this program's own client.
    pub fn rows(&self, sql: &str) -> Result<Rows, Box<dyn std::error::Error>> {
        let connection_string = self.connection_string();
        let sets = self
            .runtime
            .block_on(async { Session::open(&connection_string).await.batch(sql).await })?;
        Ok(sets.into_iter().next().unwrap_or_default())
    }

    /// What the three tables hold now.
    pub fn fingerprints(&self) -> Result<Vec<Fingerprint>, Box<dyn std::error::Error>> {
        FINGERPRINTS
            .iter()
            .map(|(table, sql)| {
                let rows = self.rows(sql)?;
                let mut hash = Sha256::new();
                for row in &rows {
                    hash.update(format!("{row:?}\n"));
                }
                let digest = hash.finalize();
                Ok(Fingerprint {
                    table,
                    rows: rows.len(),
                    sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
                })
            })
            .collect()
    }

    /// Serves until Ctrl-C.
    pub fn keep(&self) -> std::io::Result<()> {
        println!("\n{}\n\nCtrl-C ends it.", self.introduction());
        self.runtime.block_on(tokio::signal::ctrl_c())
    }
}
