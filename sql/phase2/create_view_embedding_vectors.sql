-- Creates dbo.vw_EmbeddingVectors: the components of the vectors of type 'embedding_dimension', exactly decoded.
-- Reads: dbo.AtomRelations, dbo.Atoms. Writes: the view. Promise: ComponentValue is the float32 of AtomicValue, bit for bit;
-- NULL where an atom is not a finite 4-byte value. varbinary to float is Msg 529, hence the integer arithmetic.
-- Columns: SourceAtomId bigint, ComponentIndex int, ComponentValue real, AtomRelationId bigint.
-- Schema-bound, so that create_view_index.sql can be run on it. Mode: batch, alone (Msg 111). Needs QUOTED_IDENTIFIER ON.
CREATE OR ALTER VIEW dbo.vw_EmbeddingVectors
WITH SCHEMABINDING
AS
SELECT r.SourceAtomId, r.SequenceIndex AS ComponentIndex,
       CAST(CASE WHEN DATALENGTH(a.AtomicValue) <> 4 OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040
                      THEN NULL
                      WHEN (CAST(a.AtomicValue AS int) & 2139095040) = 0
                      THEN CAST(CAST(a.AtomicValue AS int) & 8388607 AS float) * POWER(CAST(2 AS float), -149)
                      ELSE CAST(8388608 + (CAST(a.AtomicValue AS int) & 8388607) AS float)
                           * POWER(CAST(2 AS float), (CAST(a.AtomicValue AS int) & 2139095040) / 8388608 - 150)
                 END
                 * CASE WHEN CAST(a.AtomicValue AS int) < 0 THEN -1e0 ELSE 1e0 END AS real) AS ComponentValue,
       r.AtomRelationId
FROM dbo.AtomRelations AS r
JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
WHERE r.RelationType = N'embedding_dimension';
