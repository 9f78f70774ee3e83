//! The demo's server and what is in it.

use std::path::{Path, PathBuf};

use hartonomous_standin::serve::{
    Baseline, DATABASE, Embeddings, Matrix, ServeOptions, Serving, USER, run_script,
};
use tokio::runtime::Runtime;

use crate::arguments::Arguments;

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

    /// Takes a full backup; returns the statement.
    pub fn backup(&self) -> Result<String, Box<dyn std::error::Error>> {
        let path: PathBuf = self.backup_folder.path().join("before-phase2.bak");
        let statement = format!(
            "BACKUP DATABASE {DATABASE} TO DISK = N'{}' WITH CHECKSUM, INIT;",
            path.display().to_string().replace('\'', "''")
        );
        run_script(
            self.serving.engine(),
            self.serving.password(),
            "backup",
            &statement,
        )?;
        Ok(statement)
    }

    /// Serves until Ctrl-C.
    pub fn keep(&self) -> std::io::Result<()> {
        println!("\n{}\n\nCtrl-C ends it.", self.introduction());
        self.runtime.block_on(tokio::signal::ctrl_c())
    }
}
