-- Creates the writer's temporary tables: #batch_value, #batch_progress. Filled by bulk load.
-- Writes: tempdb. Promise: once per writer connection. Mode: batch, in session scope: an RPC would lose the tables. No result.
CREATE TABLE #batch_value
(
    ContentHash   binary(32)    NOT NULL PRIMARY KEY,
    AtomicValue   varbinary(64) NOT NULL,
    CanonicalText nvarchar(256) NOT NULL,
    RelationCount bigint        NOT NULL
);

CREATE TABLE #batch_progress
(
    AtomEmbeddingId bigint        NOT NULL PRIMARY KEY,
    SourceAtomId    bigint        NOT NULL,
    AtomCount       int           NOT NULL,
    RelationCount   int           NOT NULL,
    RelationType    nvarchar(128) NOT NULL,
    VectorDigest    binary(32)    NOT NULL,
    RunId           bigint        NOT NULL,
    LastUpdated     datetime2(7)  NULL
);
