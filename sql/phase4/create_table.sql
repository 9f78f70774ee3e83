-- Creates dbo.AtomEmbeddings_InMemory: the scalar columns of dbo.AtomEmbeddings, durable. Geometry and json stay where they are
-- (Msg 10794), and nothing is renamed. No foreign key: one to a table on disk is refused (Msg 10778). Writes: the table. Mode: batch,
-- not inside a transaction (Msg 12331). Markers: KeyBuckets, AtomBuckets (numbers); one per optional column (its definition, or
-- nothing where dbo.AtomEmbeddings has none); SpatialBucketIndex, TenantIndex, ModelIndex (nothing without their columns). No result.
CREATE TABLE dbo.AtomEmbeddings_InMemory
(
    AtomEmbeddingId bigint IDENTITY(1, 1) NOT NULL,
    AtomId bigint NOT NULL,
    Dimension int NOT NULL/*{SpatialBucket}*/,
    SpatialBucket int NOT NULL/*{end}*//*{SpatialBucketX}*/,
    SpatialBucketX int NULL/*{end}*//*{SpatialBucketY}*/,
    SpatialBucketY int NULL/*{end}*//*{SpatialBucketZ}*/,
    SpatialBucketZ int NULL/*{end}*//*{SpatialProjX}*/,
    SpatialProjX float NULL/*{end}*//*{SpatialProjY}*/,
    SpatialProjY float NULL/*{end}*//*{SpatialProjZ}*/,
    SpatialProjZ float NULL/*{end}*//*{ModelId}*/,
    ModelId int NULL/*{end}*//*{EmbeddingType}*/,
    EmbeddingType nvarchar(50) NOT NULL/*{end}*//*{TenantId}*/,
    TenantId int NOT NULL/*{end}*//*{LastUpdated}*/,
    LastUpdated datetime2(7) NOT NULL/*{end}*//*{LastComputedUtc}*/,
    LastComputedUtc datetime2(7) NULL/*{end}*//*{LastAccessedUtc}*/,
    LastAccessedUtc datetime2(7) NULL/*{end}*//*{CreatedAt}*/,
    CreatedAt datetime2(7) NOT NULL/*{end}*/,
    CONSTRAINT PK_AtomEmbeddings_InMemory PRIMARY KEY NONCLUSTERED HASH (AtomEmbeddingId)
        WITH (BUCKET_COUNT = /*{KeyBuckets}*/1024/*{end}*/),
    INDEX IX_AtomEmbeddings_InMemory_AtomId HASH (AtomId) WITH (BUCKET_COUNT = /*{AtomBuckets}*/1024/*{end}*/)/*{SpatialBucketIndex}*/,
    INDEX IX_AtomEmbeddings_InMemory_SpatialBucket NONCLUSTERED (SpatialBucket)/*{end}*//*{TenantIndex}*/,
    INDEX IX_AtomEmbeddings_InMemory_TenantId NONCLUSTERED (TenantId)/*{end}*//*{ModelIndex}*/,
    INDEX IX_AtomEmbeddings_InMemory_Model_Type NONCLUSTERED (ModelId, EmbeddingType)/*{end}*/
)
WITH (MEMORY_OPTIMIZED = ON, DURABILITY = SCHEMA_AND_DATA);
