//! The database of one play: a few small embeddings, phase 1's columns, the control schema; and what must hold in it.

use std::collections::BTreeSet;
use std::time::Duration;

use hartonomous::connect::{Connection, Endpoint, Failure, Parts, Purpose, RowExt};
use hartonomous::state;
use hartonomous::tsql::Statement;
use hartonomous_standin::engine::config::ServerConfig;
use hartonomous_standin::serve::{Baseline, ServeOptions, Serving};

/// Embeddings of a play. Every fifth has no vector at first.
pub const EMBEDDINGS: i64 = 30;
/// Components of an embedding.
pub const DIMENSION: i64 = 3;

macro_rules! statement {
    ($file:literal) => {
        Statement::embedded($file, include_str!(concat!("../../", $file)))
    };
}
pub(crate) use statement;

const BASELINE: &[Statement] = &[
    statement!("migrations/baseline/0001_create_atoms.sql"),
    statement!("migrations/baseline/0002_create_atom_relations.sql"),
    statement!("migrations/baseline/0003_create_atom_embeddings.sql"),
    NARROW,
    statement!("sql/phase1/add_sequence_index.sql"),
    statement!("sql/phase1/add_tenant_id.sql"),
    statement!("sql/phase2/create_progress_table.sql"),
];

/// A narrow column: what is played here has nothing to do with how wide a vector is.
const NARROW: Statement = Statement::embedded(
    "narrow",
    "ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;\nGO\nALTER TABLE dbo.AtomEmbeddings ADD EmbeddingVector vector(3) NULL;",
);

const SNAPSHOTS: Statement = Statement::embedded(
    "snapshots",
    "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON;",
);

const FILL: Statement = Statement::embedded(
    "fill",
    "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, CanonicalText)
     SELECT CAST(HASHBYTES('SHA2_256', CAST(g.value AS varchar(10))) AS binary(32)), N'text', N'sentence', CAST(g.value AS nvarchar(10))
     FROM GENERATE_SERIES(1, 30) AS g ORDER BY g.value;
     INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, SpatialBucket)
     SELECT a.AtomId, CASE WHEN a.AtomId % 5 = 0 THEN NULL
                      ELSE CAST('[' + CAST(a.AtomId % 3 AS varchar(10)) + ',' + CAST(a.AtomId % 4 AS varchar(10)) + ',7]' AS vector(3)) END,
            3, geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0
     FROM dbo.Atoms AS a ORDER BY a.AtomId;",
);

const OVERLAPS: Statement = Statement::embedded(
    "overlaps",
    "SELECT COUNT(*) AS Overlaps
     FROM hartonomous.key_ranges AS a WITH (READUNCOMMITTED)
     JOIN hartonomous.key_ranges AS b WITH (READUNCOMMITTED)
       ON b.fencing_number = a.fencing_number AND b.after_id > a.after_id AND b.after_id < a.last_id
     WHERE a.state <> N'done' AND b.state <> N'done';",
);

/// Rows of open transactions are passed over: what is left is what is committed.
const COMMITTED: Statement = Statement::embedded(
    "committed",
    "SELECT (SELECT COUNT_BIG(*) FROM dbo.AtomRelations WITH (READPAST)) AS Relations,
            (SELECT ISNULL(SUM(CAST(RelationCount AS bigint)), 0) FROM dbo.EmbeddingMigrationProgress WITH (READPAST)) AS Recorded,
            (SELECT ISNULL(SUM(ReferenceCount), 0) FROM dbo.Atoms WITH (READPAST))
              + (SELECT ISNULL(SUM(delta), 0) FROM hartonomous.reference_count_deltas WITH (READPAST)) AS Counted,
            (SELECT COUNT(*) FROM (SELECT r.SourceAtomId FROM dbo.AtomRelations AS r WITH (READPAST)
                                   GROUP BY r.SourceAtomId
                                   HAVING COUNT(*) <> 3 OR COUNT(DISTINCT r.SequenceIndex) <> 3) AS t) AS Parted;",
);

const MIGRATED: Statement = Statement::embedded(
    "migrated",
    "SELECT p.AtomEmbeddingId FROM dbo.EmbeddingMigrationProgress AS p WITH (READPAST) ORDER BY p.AtomEmbeddingId;",
);

const AT_THE_END: Statement = Statement::embedded(
    "at the end",
    "SELECT (SELECT COUNT(*) FROM dbo.AtomEmbeddings AS e WHERE e.EmbeddingVector IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM dbo.EmbeddingMigrationProgress AS p WHERE p.AtomEmbeddingId = e.AtomEmbeddingId)) AS Lost,
            (SELECT COUNT(*) FROM dbo.Atoms AS a WHERE a.Modality = N'numeric'
               AND a.ReferenceCount <> (SELECT COUNT_BIG(*) FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId)) AS Miscounted,
            (SELECT COUNT(*) FROM hartonomous.reference_count_deltas) AS Unfolded,
            (SELECT COUNT(*) FROM dbo.AtomRelations AS r
               JOIN dbo.AtomEmbeddings AS e ON e.AtomId = r.SourceAtomId JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
               WHERE a.AtomicValue <> CAST(CAST(CASE r.SequenceIndex WHEN 0 THEN e.AtomId % 3 WHEN 1 THEN e.AtomId % 4 ELSE 7 END AS real)
                                           AS binary(4))) AS Wrong;",
);

/// The server, and a connection of the observer's own.
pub struct Database {
    serving: Option<Serving>,
    pub endpoint: Endpoint,
    pub observer: Connection,
}

impl Database {
    /// With `snapshots`, READ_COMMITTED_SNAPSHOT is on: who reads does not wait for who writes.
    pub async fn new(snapshots: bool) -> Self {
        let serving = Serving::start(ServeOptions {
            baseline: Baseline::Empty,
            config: ServerConfig::default(),
            ..ServeOptions::default()
        })
        .await
        .unwrap();
        let endpoint = Parts::from_connection_string(&serving.connection_string())
            .unwrap()
            .finish(|_, _| None)
            .unwrap();
        let mut observer = connect(&endpoint).await;
        if snapshots {
            observer.batch(&SNAPSHOTS.sql()).await.unwrap();
        }
        for script in BASELINE {
            observer.script(&script.sql()).await.unwrap();
        }
        observer.batch(&FILL.sql()).await.unwrap();
        state::ensure_layout(&mut observer).await.unwrap();
        Self {
            serving: Some(serving),
            endpoint,
            observer,
        }
    }

    pub async fn stop(mut self) {
        if let Some(serving) = self.serving.take() {
            serving.stop().await;
        }
    }

    /// I1, I3 and the disjointness of leases, over what is committed; `migrated` is what the commits of the play say.
    pub async fn check(&mut self, migrated: &BTreeSet<i64>) -> Result<(), String> {
        let row = self
            .observer
            .batch_row(&OVERLAPS.sql())
            .await
            .map_err(text)?;
        let overlaps = row.integer("Overlaps").map_err(text)?;
        if overlaps > 0 {
            return Err(format!(
                "{overlaps} pairs of open key ranges have keys in common"
            ));
        }
        let row = self
            .observer
            .batch_row(&COMMITTED.sql())
            .await
            .map_err(text)?;
        let number = |name: &str| row.integer(name).map_err(text);
        let (relations, recorded, counted) = (
            number("Relations")?,
            number("Recorded")?,
            number("Counted")?,
        );
        if relations != recorded || relations != counted || number("Parted")? > 0 {
            return Err(format!(
                "{relations} relations, {recorded} by progress, {counted} counted, {} embeddings in part",
                number("Parted")?
            ));
        }
        let rows = self
            .observer
            .rows(&MIGRATED.sql(), &[])
            .await
            .map_err(text)?;
        let found: Result<BTreeSet<i64>, _> = rows
            .iter()
            .map(|row| row.integer("AtomEmbeddingId"))
            .collect();
        let found = found.map_err(text)?;
        if found != *migrated {
            return Err(format!(
                "migrated are {found:?}, committed were {migrated:?}"
            ));
        }
        Ok(())
    }

    /// Nothing lost, nothing doubled, nothing miscounted.
    pub async fn check_end(&mut self) -> Result<(), String> {
        let row = self
            .observer
            .batch_row(&AT_THE_END.sql())
            .await
            .map_err(text)?;
        for what in ["Lost", "Miscounted", "Unfolded", "Wrong"] {
            let count = row.integer(what).map_err(text)?;
            if count > 0 {
                return Err(format!("{what}: {count}"));
            }
        }
        Ok(())
    }
}

/// A connection whose statements never wait.
pub async fn connect(endpoint: &Endpoint) -> Connection {
    Connection::open(endpoint, Purpose::Writer, Duration::ZERO)
        .await
        .unwrap()
}

pub fn text(failure: Failure) -> String {
    failure.to_string()
}
