-- Builds the clustered index of dbo.vw_EmbeddingVectors, which stores the components a second time, ready to read.
-- Reads: dbo.AtomRelations, dbo.Atoms. Writes: the index, PAGE compressed. Promise: run only when the space is there or on
-- request. Every later DML on both tables then needs the SET options of indexed views (Msg 1934). AtomRelationId is in the
-- key because it alone is unique by constraint. ComponentValue is imprecise, so it may be stored but not be a key.
-- The initial clustered index of a view cannot be built online: writers to both tables wait until it is there.
-- Mode: batch, no parameters, no result.
CREATE UNIQUE CLUSTERED INDEX UX_vw_EmbeddingVectors
    ON dbo.vw_EmbeddingVectors (SourceAtomId, ComponentIndex, AtomRelationId)
    WITH (DATA_COMPRESSION = PAGE, ONLINE = OFF);
