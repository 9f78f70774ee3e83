//! What phase 1 declares: every column, index and module, with the statement that makes it.

use crate::tsql::{Statement, embedded};

/// A column that phase 1 adds to dbo.AtomRelations.
pub struct Column {
    pub name: &'static str,
    /// Type name as sys.types has it.
    pub type_name: &'static str,
    pub nullable: bool,
    pub add: Statement,
}

const fn column(name: &'static str, type_name: &'static str, add: Statement) -> Column {
    Column {
        name,
        type_name,
        nullable: true,
        add,
    }
}

pub const COLUMNS: &[Column] = &[
    column(
        "SequenceIndex",
        "int",
        embedded!("phase1/add_sequence_index.sql"),
    ),
    column(
        "SpatialBucket",
        "bigint",
        embedded!("phase1/add_spatial_bucket.sql"),
    ),
    column(
        "SpatialBucketX",
        "int",
        embedded!("phase1/add_spatial_bucket_x.sql"),
    ),
    column(
        "SpatialBucketY",
        "int",
        embedded!("phase1/add_spatial_bucket_y.sql"),
    ),
    column(
        "SpatialBucketZ",
        "int",
        embedded!("phase1/add_spatial_bucket_z.sql"),
    ),
    column("CoordX", "float", embedded!("phase1/add_coord_x.sql")),
    column("CoordY", "float", embedded!("phase1/add_coord_y.sql")),
    column("CoordZ", "float", embedded!("phase1/add_coord_z.sql")),
    column("CoordT", "float", embedded!("phase1/add_coord_t.sql")),
    column("CoordW", "float", embedded!("phase1/add_coord_w.sql")),
    column("Importance", "real", embedded!("phase1/add_importance.sql")),
    column("Confidence", "real", embedded!("phase1/add_confidence.sql")),
    Column {
        name: "TenantId",
        type_name: "int",
        nullable: false,
        add: embedded!("phase1/add_tenant_id.sql"),
    },
];

/// A nonclustered index that phase 1 creates, PAGE compressed.
pub struct Index {
    pub name: &'static str,
    pub keys: &'static [&'static str],
    pub includes: &'static [&'static str],
    /// As sys.indexes.filter_definition shows it.
    pub filter: Option<&'static str>,
    pub create: Statement,
}

pub const INDEXES: &[Index] = &[
    Index {
        name: "IX_AtomRelations_Source_Type_Seq",
        keys: &["SourceAtomId", "RelationType", "SequenceIndex"],
        includes: &["TargetAtomId"],
        filter: None,
        create: embedded!("phase1/create_index_source_type_seq.sql"),
    },
    Index {
        name: "IX_AtomRelations_Target_Type",
        keys: &["TargetAtomId", "RelationType"],
        includes: &["SourceAtomId"],
        filter: None,
        create: embedded!("phase1/create_index_target_type.sql"),
    },
    Index {
        name: "IX_AtomRelations_SpatialBucket",
        keys: &["SpatialBucket", "RelationType"],
        includes: &["SourceAtomId", "CoordX", "CoordY", "CoordZ"],
        filter: Some("([SpatialBucket] IS NOT NULL)"),
        create: embedded!("phase1/create_index_spatial_bucket.sql"),
    },
    Index {
        name: "IX_AtomRelations_Coordinates",
        keys: &["CoordX", "CoordY", "CoordZ"],
        includes: &["SourceAtomId", "RelationType"],
        filter: Some("([CoordX] IS NOT NULL)"),
        create: embedded!("phase1/create_index_coordinates.sql"),
    },
    Index {
        name: "IX_AtomRelations_Tenant_Type",
        keys: &["TenantId", "RelationType"],
        includes: &["SourceAtomId"],
        filter: None,
        create: embedded!("phase1/create_index_tenant_type.sql"),
    },
];

pub const SPATIAL_INDEX: &str = "SI_AtomRelations_SpatialExpression";
pub const CREATE_SPATIAL_INDEX: Statement = embedded!("phase1/create_spatial_index.sql");

pub const STATISTICS: &str = "ST_AtomRelations_Type_Sequence";
pub const STATISTICS_COLUMNS: &[&str] = &["RelationType", "SequenceIndex"];
pub const CREATE_STATISTICS: Statement = embedded!("phase1/create_statistics_type_sequence.sql");

pub const DROP_INDEX: Statement = embedded!("phase1/drop_index.sql");
pub const DROP_STATISTICS: Statement = embedded!("phase1/drop_statistics.sql");

/// Keys of the indexes that were there before and must survive, by their key columns.
pub const EXISTING_INDEXES: &[&[&str]] = &[
    &["SourceAtomId", "TargetAtomId"],
    &["TargetAtomId", "SourceAtomId"],
    &["RelationType"],
];

/// A function or procedure.
pub struct Module {
    pub name: &'static str,
    pub create: Statement,
}

pub const MODULES: &[Module] = &[
    Module {
        name: "fn_ComputeSpatialBucket",
        create: embedded!("phase1/create_function_compute_spatial_bucket.sql"),
    },
    Module {
        name: "sp_ReconstructVector",
        create: embedded!("phase1/create_procedure_reconstruct_vector.sql"),
    },
    Module {
        name: "sp_InsertAtomicVector",
        create: embedded!("phase1/create_procedure_insert_atomic_vector.sql"),
    },
    Module {
        name: "sp_DeleteAtomicVectors",
        create: embedded!("phase1/create_procedure_delete_atomic_vectors.sql"),
    },
    Module {
        name: "sp_AtomicSpatialSearch",
        create: embedded!("phase1/create_procedure_atomic_spatial_search.sql"),
    },
    Module {
        name: "sp_GetAtomicDeduplicationStats",
        create: embedded!("phase1/create_procedure_get_atomic_deduplication_stats.sql"),
    },
];
