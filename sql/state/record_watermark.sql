-- Moves the watermark of a writer on, inside the batch's transaction, so that it is never ahead of what is committed.
-- Writes: hartonomous.watermarks. Mode: RPC. Parameters: @P1 bigint: run_id; @P2 int: writer; @P3 bigint: watermark (the
-- largest AtomEmbeddingId of the batch); @P4 bigint: end of its key range or NULL; @P5 bigint: embeddings, @P6 bigint:
-- relations, @P7 bigint: atoms, @P8 bigint: failed embeddings, each to add. No result.
UPDATE hartonomous.watermarks
SET watermark = CASE WHEN @P3 > watermark THEN @P3 ELSE watermark END, range_end = @P4,
    embeddings_done = embeddings_done + @P5, relations_written = relations_written + @P6,
    atoms_written = atoms_written + @P7, embeddings_failed = embeddings_failed + @P8, held_by = NULL,
    updated_at = SYSUTCDATETIME()
WHERE run_id = @P1 AND writer = @P2;
IF @@ROWCOUNT = 0
    INSERT INTO hartonomous.watermarks (run_id, writer, watermark, range_end, embeddings_done, relations_written, atoms_written,
                                        embeddings_failed)
    VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8);
