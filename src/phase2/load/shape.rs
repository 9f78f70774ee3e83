//! The shape of dbo.AtomRelations, the load's target, as the catalog has it.

use crate::connect::{Connection, Failure, RowExt};
use crate::phase1::{Inventory, Table};
use crate::tsql::{Statement, embedded};

const TARGET: Statement = embedded!("phase2/inspect_load_target.sql");
const INDEXES: Statement = embedded!("phase2/inspect_load_indexes.sql");
const CONSTRAINTS: Statement = embedded!("phase2/inspect_load_constraints.sql");
const RESUMABLE: Statement = embedded!("doctor/select_resumable_operations.sql");
const TOTALS: Statement = embedded!("phase2/select_totals.sql");
const COMPONENTS: Statement = embedded!("phase2/sum_components.sql");

/// A nonclustered or spatial index of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetIndex {
    pub name: String,
    /// `NONCLUSTERED`, `SPATIAL` ...
    pub kind: String,
    pub keys: String,
    /// `NONE`, `ROW`, `PAGE`; None for a spatial or disabled one.
    pub compression: Option<String>,
    pub unique: bool,
    /// It is a primary key or a unique constraint.
    pub constraint: bool,
    /// A foreign key relies on it.
    pub referenced: bool,
    pub disabled: bool,
}

/// A resumable index build or rebuild that has not ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ResumableBuild {
    pub table: String,
    pub index: String,
    /// `PAUSED` or `RUNNING`.
    pub state: String,
    pub percent: f64,
}

/// All that a strategy is chosen from.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// `SIMPLE`, `FULL` or `BULK_LOGGED`.
    pub recovery_model: String,
    pub read_committed_snapshot: bool,
    /// The table's own option: every bulk load locks the whole table.
    pub lock_on_bulk_load: bool,
    pub lock_escalation: String,
    pub versioned: bool,
    pub replicated: bool,
    /// Relations that are there, an estimate of the catalog.
    pub relations: i64,
    pub empty: bool,
    /// Columns of the clustered key; None: a heap.
    pub clustered_key: Option<String>,
    pub identity_key: bool,
    pub triggers: i64,
    pub indexes: Vec<TargetIndex>,
    /// Constraints that are enabled and trusted.
    pub constraints: Vec<String>,
    pub resumable: Vec<ResumableBuild>,
    /// Relations to load.
    pub pending: i64,
}

impl Shape {
    /// Reads the catalog.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection, inventory: &Inventory) -> Result<Self, Failure> {
        let pending = if inventory.has_table(Table::EmbeddingMigrationProgress) {
            let row = connection.row(&TOTALS.sql(), &[]).await?;
            row.integer("PendingComponents")?
        } else {
            let row = connection.row(&COMPONENTS.sql(), &[]).await?;
            row.integer("Components")?
        };
        let row = connection.row(&TARGET.sql(), &[]).await?;
        let flag = |name: &str| row.opt::<bool>(name).map(|value| value.unwrap_or(false));
        Ok(Self {
            recovery_model: row.text("RecoveryModel")?,
            read_committed_snapshot: flag("IsReadCommittedSnapshot")?,
            lock_on_bulk_load: flag("LockOnBulkLoad")?,
            lock_escalation: row.text("LockEscalation")?,
            versioned: flag("IsVersioned")?,
            replicated: flag("IsReplicated")?,
            relations: row.integer("RowEstimate")?,
            empty: flag("IsEmpty")?,
            clustered_key: row.opt::<&str>("ClusteredKey")?.map(str::to_owned),
            identity_key: flag("IsIdentityKey")?,
            triggers: inventory
                .tables
                .get(Table::AtomRelations.name())
                .map_or(0, |table| table.triggers),
            indexes: indexes(connection).await?,
            constraints: constraints(connection).await?,
            resumable: resumable(connection).await?,
            pending,
        })
    }
}

async fn indexes(connection: &mut Connection) -> Result<Vec<TargetIndex>, Failure> {
    let rows = connection.rows(&INDEXES.sql(), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(TargetIndex {
                name: row.text("IndexName")?,
                kind: row.text("IndexType")?,
                keys: row.text("IndexKeys")?,
                compression: row.opt::<&str>("Compression")?.map(str::to_owned),
                unique: row.opt("IsUnique")?.unwrap_or(false),
                constraint: row.opt("IsConstraint")?.unwrap_or(false),
                referenced: row.opt("IsReferenced")?.unwrap_or(false),
                disabled: row.opt("IsDisabled")?.unwrap_or(false),
            })
        })
        .collect()
}

async fn constraints(connection: &mut Connection) -> Result<Vec<String>, Failure> {
    let rows = connection.rows(&CONSTRAINTS.sql(), &[]).await?;
    rows.iter().map(|row| row.text("ConstraintName")).collect()
}

async fn resumable(connection: &mut Connection) -> Result<Vec<ResumableBuild>, Failure> {
    let rows = connection.rows(&RESUMABLE.sql(), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(ResumableBuild {
                table: row.text("TableName")?,
                index: row.text("IndexName")?,
                state: row.text("State")?,
                percent: row.opt("PercentComplete")?.unwrap_or(0.0),
            })
        })
        .collect()
}
