-- Creates dbo.EmbeddingMigrationProgress: one row per migrated embedding. The first four columns are the documented ones.
-- Writes: the table. Promise: run only when the table is absent (else Msg 2714). Mode: batch, no parameters, no result.
-- RelationType: the type of the embedding's relations; VectorDigest: SHA-256 over the big-endian float32 bytes of its first
-- Dimension components, in order; RunId: hartonomous.runs;
-- SourceAtomId: the embedding's atom, for the day when the embedding is deleted.
CREATE TABLE dbo.EmbeddingMigrationProgress
(
    AtomEmbeddingId bigint        NOT NULL,
    MigratedAt      datetime2(7)  NOT NULL CONSTRAINT DF_EmbeddingMigrationProgress_MigratedAt DEFAULT SYSUTCDATETIME(),
    AtomCount       int           NOT NULL,
    RelationCount   int           NOT NULL,
    RelationType    nvarchar(128) NULL,
    VectorDigest    binary(32)    NULL,
    RunId           bigint        NULL,
    SourceAtomId    bigint        NULL,
    CONSTRAINT PK_EmbeddingMigrationProgress PRIMARY KEY CLUSTERED (AtomEmbeddingId)
);
