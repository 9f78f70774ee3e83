-- The database as it is before the migration: table dbo.AtomEmbeddings.
-- Reads: dbo.Atoms (foreign key, cascading deletes). Writes: dbo.AtomEmbeddings with its keys and indexes.
-- dbo.EmbeddingMigrationProgress is not part of the baseline: phase 2 creates it.
-- Mode: script, batches separated by GO. QUOTED_IDENTIFIER and ANSI_NULLS must be ON.
CREATE TABLE dbo.AtomEmbeddings
(
    AtomEmbeddingId     bigint IDENTITY(1, 1) NOT NULL,
    AtomId              bigint         NOT NULL,
    EmbeddingVector     vector(1998)   NULL,
    Dimension           int            NOT NULL CONSTRAINT DF_AtomEmbeddings_Dimension DEFAULT 1998,
    SpatialGeometry     geometry       NOT NULL,
    SpatialCoarse       geometry       NOT NULL,
    SpatialProjection3D geometry       NULL,
    SpatialBucket       int            NOT NULL,
    SpatialBucketX      int            NULL,
    SpatialBucketY      int            NULL,
    SpatialBucketZ      int            NULL,
    SpatialProjX        float          NULL,
    SpatialProjY        float          NULL,
    SpatialProjZ        float          NULL,
    ModelId             int            NULL,
    EmbeddingType       nvarchar(50)   NOT NULL CONSTRAINT DF_AtomEmbeddings_EmbeddingType DEFAULT N'semantic',
    Metadata            json           NULL,
    TenantId            int            NOT NULL CONSTRAINT DF_AtomEmbeddings_TenantId DEFAULT 0,
    LastUpdated         datetime2(7)   NOT NULL CONSTRAINT DF_AtomEmbeddings_LastUpdated DEFAULT SYSUTCDATETIME(),
    LastComputedUtc     datetime2(7)   NULL,
    LastAccessedUtc     datetime2(7)   NULL,
    CreatedAt           datetime2(7)   NOT NULL CONSTRAINT DF_AtomEmbeddings_CreatedAt DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_AtomEmbeddings PRIMARY KEY CLUSTERED (AtomEmbeddingId),
    CONSTRAINT FK_AtomEmbeddings_Atoms FOREIGN KEY (AtomId) REFERENCES dbo.Atoms (AtomId) ON DELETE CASCADE
);
GO
CREATE NONCLUSTERED INDEX IX_AtomEmbeddings_AtomId ON dbo.AtomEmbeddings (AtomId);
GO
CREATE NONCLUSTERED INDEX IX_AtomEmbeddings_SpatialBucket ON dbo.AtomEmbeddings (SpatialBucket);
GO
