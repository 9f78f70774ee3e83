-- Rollback: drops dbo.EmbeddingMigrationProgress, at the very end. Promise: refused with 51040 while a row is left, in the
-- same batch, because RETURN would end only its own batch. Writes: the table. Mode: batch, no parameters, no result.
IF EXISTS (SELECT 1 FROM dbo.EmbeddingMigrationProgress)
    THROW 51040, 'the progress table is not dropped: it still has rows', 1;
DROP TABLE dbo.EmbeddingMigrationProgress;
