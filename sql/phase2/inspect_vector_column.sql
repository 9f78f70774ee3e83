-- What the vector column is: it says the size of the unit vectors, and after phase 3 that it is gone.
-- Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row, or none without the column:
-- Dimensions int, BaseType nvarchar(10) ('float32', 'float16'), IsNullable bit.
SELECT c.vector_dimensions AS Dimensions, CAST(c.vector_base_type_desc AS nvarchar(10)) AS BaseType, c.is_nullable AS IsNullable
FROM sys.columns AS c
WHERE c.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND c.name = N'EmbeddingVector' AND c.vector_dimensions IS NOT NULL;
