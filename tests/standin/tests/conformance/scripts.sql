=== baseline and control
RUN migrations/baseline/0001_create_atoms.sql
RUN migrations/baseline/0002_create_atom_relations.sql
RUN migrations/baseline/0003_create_atom_embeddings.sql
RUN migrations/control/0001_create_schema.sql
RUN migrations/control/0002_create_runs.sql
RUN migrations/control/0003_create_gates.sql
RUN migrations/control/0004_create_control.sql
RUN migrations/control/0005_create_exceptions.sql
---
=== phase 1 columns
RUN sql/phase1/add_sequence_index.sql
RUN sql/phase1/add_coord_x.sql
RUN sql/phase1/add_coord_y.sql
RUN sql/phase1/add_coord_z.sql
RUN sql/phase1/add_coord_t.sql
RUN sql/phase1/add_coord_w.sql
RUN sql/phase1/add_importance.sql
RUN sql/phase1/add_confidence.sql
RUN sql/phase1/add_tenant_id.sql
RUN sql/phase1/create_function_compute_spatial_bucket.sql
RUN sql/phase1/add_spatial_bucket.sql
RUN sql/phase1/add_spatial_bucket_x.sql
RUN sql/phase1/add_spatial_bucket_y.sql
RUN sql/phase1/add_spatial_bucket_z.sql
---
=== phase 1 indexes
RUN sql/phase1/create_index_coordinates.sql
RUN sql/phase1/create_index_source_type_seq.sql
RUN sql/phase1/create_index_spatial_bucket.sql
RUN sql/phase1/create_index_target_type.sql
RUN sql/phase1/create_index_tenant_type.sql
RUN sql/phase1/create_spatial_index.sql
RUN sql/phase1/create_statistics_type_sequence.sql
RUN sql/phase1/update_statistics.sql
---
=== phase 1 procedures
RUN sql/phase1/create_procedure_insert_atomic_vector.sql
RUN sql/phase1/create_procedure_reconstruct_vector.sql
RUN sql/phase1/create_procedure_delete_atomic_vectors.sql
RUN sql/phase1/create_procedure_atomic_spatial_search.sql
RUN sql/phase1/create_procedure_get_atomic_deduplication_stats.sql
---
=== phase1 probe_insert_and_reconstruct
RUN sql/phase1/probe_insert_and_reconstruct.sql
---
3 | 4 | 4 | [1.0000000149011612e-001,0.0000000000000000e+000,-1.5000000530562829e-007,0.0000000000000000e+000] | 1 | 1
=== phase1 probe_search
RUN sql/phase1/probe_search.sql
---
2 | 0 | 1 | 1
=== phase1 probe_delete
RUN sql/phase1/probe_delete.sql
---
3 | 2 | 0 | 1 | 1
=== phase1 probe_deduplication_stats
RUN sql/phase1/probe_deduplication_stats.sql
---
0 | 0 | 0 | 0.0 | 0.0
=== phase1 check_spatial_bucket
RUN sql/phase1/check_spatial_bucket.sql
---
1 | 0 | 0 | 1
2 | 25050075 | 25050075 | 1
3 | -13000000 | -13000000 | 1
4 | 100200300 | 100200300 | 1
5 | -50025075 | -50025075 | 1
6 | 11987087 | 11987087 | 1
7 | NULL | NULL | 1
8 | NULL | NULL | 1
9 | NULL | NULL | 1
=== phase1 inspect_foreign_keys
RUN sql/phase1/inspect_foreign_keys.sql
---
FK_AtomEmbeddings_Atoms | AtomEmbeddings | Atoms | 0 | 0 | CASCADE
FK_AtomRelations_Atoms_Source | AtomRelations | Atoms | 0 | 0 | NO_ACTION
FK_AtomRelations_Atoms_Target | AtomRelations | Atoms | 0 | 0 | NO_ACTION
=== phase1 inspect_spatial_index
RUN sql/phase1/inspect_spatial_index.sql
---
SI_AtomRelations_SpatialExpression | GEOMETRY_AUTO_GRID | -1000.0 | -1000.0 | 1000.0 | 1000.0 | 8 | 0
=== phase1 inspect_statistics
RUN sql/phase1/inspect_statistics.sql
---
ST_AtomRelations_Type_Sequence | 1 | RelationType | 0
ST_AtomRelations_Type_Sequence | 2 | SequenceIndex | 0
=== phase 2 tables
RUN sql/phase2/create_progress_table.sql
RUN sql/phase2/create_view_embedding_vectors.sql
---
=== embeddings
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype) VALUES (CAST(HASHBYTES('SHA2_256', 'one') AS binary(32)), N'text', N'sentence'), (CAST(HASHBYTES('SHA2_256', 'two') AS binary(32)), N'text', N'sentence'), (CAST(HASHBYTES('SHA2_256', 'three') AS binary(32)), N'text', N'sentence');
DECLARE @first bigint = (SELECT MIN(AtomId) FROM dbo.Atoms);
INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, SpatialGeometry, SpatialCoarse, SpatialBucket) VALUES (@first, CAST('[0.5,-1,0,0]' AS vector(4)), geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0), (@first + 1, CAST('[0.5,0.1,2,0]' AS vector(4)), geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0), (@first + 2, NULL, geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0);
SELECT COUNT(*), MAX(AtomEmbeddingId) FROM dbo.AtomEmbeddings;
---
3 | 3
=== phase2 check_dimensions
RUN sql/phase2/check_dimensions.sql
---
3 | 2 | 1 | 0 | 0 | NULL
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== phase2 inspect_vector_column
RUN sql/phase2/inspect_vector_column.sql
---
4 | float32 | 1
=== phase2 read_batch
RUN sql/phase2/read_batch.sql @P1 bigint = 0, @P2 bigint = 10, @P3 int = 5
---
1 | 12 | 4 | [5.0000000e-001,-1.0000000e+000,0.0000000e+000,0.0000000e+000] | 0 | NULL | NULL | NULL | NULL | NULL | NULL
2 | 13 | 4 | [5.0000000e-001,1.0000000e-001,2.0000000e+000,0.0000000e+000] | 0 | NULL | NULL | NULL | NULL | NULL | NULL
=== phase2 select_totals
RUN sql/phase2/select_totals.sql
---
3 | 2 | 0 | 2 | 1 | 3 | 1 | 8
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== phase2 select_key_range_end
RUN sql/phase2/select_key_range_end.sql @P1 bigint = 0, @P2 int = 2
---
2 | 2
=== migrate two of them
DECLARE @a bigint = (SELECT AtomId FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 1), @b bigint = (SELECT AtomId FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = 2);
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @a, @VectorJson = N'[0.5,-1,0,0]', @SpatialX = 0.5, @SpatialY = -1, @SpatialZ = 0, @RelationType = N'embedding_dimension';
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @b, @VectorJson = N'[0.5,0.1,2,0]', @SpatialX = 0.5, @SpatialY = 0.1, @SpatialZ = 2, @RelationType = N'embedding_dimension';
INSERT INTO dbo.EmbeddingMigrationProgress (AtomEmbeddingId, AtomCount, RelationCount, RelationType, VectorDigest, RunId) VALUES (1, 3, 4, NULL, 0x01, 1), (2, 4, 4, N'embedding_dimension', 0x02, 1);
SELECT COUNT(*) FROM dbo.AtomRelations;
SELECT a.CanonicalText, a.ReferenceCount, a.AtomicValue FROM dbo.Atoms AS a WHERE a.Modality = N'numeric' ORDER BY a.AtomicValue;
---
8
0 | 3 | 0x00000000
0.1 | 1 | 0x3DCCCCCD
0.5 | 2 | 0x3F000000
2 | 1 | 0x40000000
-1 | 1 | 0xBF800000
=== phase2 select_batch_outcome
RUN sql/phase2/select_batch_outcome.sql @P1 nvarchar(max) = N'[1,2,3]', @P2 bigint = 1
---
1 | 0x0100000000000000000000000000000000000000000000000000000000000000 | 1
2 | 0x0200000000000000000000000000000000000000000000000000000000000000 | 1
=== phase2 select_sibling_embeddings
RUN sql/phase2/select_sibling_embeddings.sql @P1 nvarchar(max) = N'[1,2,3]'
---
=== phase2 create_unit_vectors
RUN sql/phase2/create_unit_vectors.sql
---
=== phase2 add_unit_vectors
RUN sql/phase2/add_unit_vectors.sql @P1 nvarchar(max) = N'[1,0]'
---
=== phase2 resolve_components
RUN sql/phase2/resolve_components.sql @P1 nvarchar(max) = N'[{"e":1,"i":0},{"e":2,"i":1},{"e":3,"i":1}]'
---
1 | 0 | 0.5
2 | 1 | 0.1
=== the view
SELECT * FROM dbo.vw_EmbeddingVectors ORDER BY 1, 2
---
12 | 0 | 0.5 | 11
12 | 1 | -1.0 | 12
12 | 2 | 0.0 | 13
12 | 3 | 0.0 | 14
13 | 0 | 0.5 | 15
13 | 1 | 0.1 | 16
13 | 2 | 2.0 | 17
13 | 3 | 0.0 | 18
=== validate count_dimension_mismatches
RUN sql/validate/count_dimension_mismatches.sql
---
0 | NULL
=== validate count_embeddings
RUN sql/validate/count_embeddings.sql
---
3 | 2 | 2 | 0 | 0 | NULL
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== validate count_migrated_embeddings
RUN sql/validate/count_migrated_embeddings.sql
---
3 | 2 | 1 | 2
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== validate count_orphans
RUN sql/validate/count_orphans.sql
---
0 | 0 | 0 | 0
=== validate count_reference_errors
RUN sql/validate/count_reference_errors.sql
---
5 | 0 | 0 | 0 | 8 | 8 | NULL
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== validate find_changed_embeddings
RUN sql/validate/find_changed_embeddings.sql @P1 bigint = 0, @P2 bigint = 100, @P3 int = 5
---
=== validate find_damaged_atoms
RUN sql/validate/find_damaged_atoms.sql @P1 bigint = 0, @P2 bigint = 100, @P3 int = 5
---
=== validate find_duplicate_hashes
RUN sql/validate/find_duplicate_hashes.sql @P1 int = 5
---
=== validate find_duplicate_positions
RUN sql/validate/find_duplicate_positions.sql @P1 bigint = 0, @P2 bigint = 100, @P3 int = 5
---
=== validate find_leftover_relations
RUN sql/validate/find_leftover_relations.sql @P1 bigint = 0, @P2 bigint = 100, @P3 int = 5
---
=== validate find_lost_vectors
RUN sql/validate/find_lost_vectors.sql @P1 int = 5
---
=== validate find_position_errors
RUN sql/validate/find_position_errors.sql @P1 bigint = 0, @P2 bigint = 100
---
=== validate find_progress_without_embedding
RUN sql/validate/find_progress_without_embedding.sql @P1 int = 5
---
=== validate find_reference_errors
RUN sql/validate/find_reference_errors.sql @P1 int = 5
---
=== validate find_undecodable_relations
RUN sql/validate/find_undecodable_relations.sql @P1 int = 5
---
=== validate find_unequal_vectors
RUN sql/validate/find_unequal_vectors.sql @P1 bigint = 0, @P2 bigint = 100
---
=== validate find_untrusted_constraints
RUN sql/validate/find_untrusted_constraints.sql
---
=== validate measure_deduplication
RUN sql/validate/measure_deduplication.sql
---
2 | 8 | 5 | 37.5
=== validate read_components
RUN sql/validate/read_components.sql @P1 bigint = 0, @P2 bigint = 100
---
1 | 0 | 0x3F000000
1 | 1 | 0xBF800000
1 | 2 | 0x00000000
1 | 3 | 0x00000000
2 | 0 | 0x3F000000
2 | 1 | 0x3DCCCCCD
2 | 2 | 0x40000000
2 | 3 | 0x00000000
=== validate select_atom_range
RUN sql/validate/select_atom_range.sql
---
12 | 19 | 5
=== validate select_digests
RUN sql/validate/select_digests.sql @P1 bigint = 0, @P2 bigint = 100
---
1 | 12 | 4 | 4 | embedding_dimension | 0x0100000000000000000000000000000000000000000000000000000000000000
2 | 13 | 4 | 4 | embedding_dimension | 0x0200000000000000000000000000000000000000000000000000000000000000
=== validate select_relation_range
RUN sql/validate/select_relation_range.sql
---
12 | 13
=== damage
SET NOCOUNT ON;
UPDATE dbo.Atoms SET ReferenceCount += 1 WHERE CanonicalText LIKE N'2%' AND Modality = N'numeric';
DELETE r FROM dbo.AtomRelations AS r JOIN dbo.AtomEmbeddings AS e ON e.AtomId = r.SourceAtomId WHERE e.AtomEmbeddingId = 1 AND r.SequenceIndex = 3;
UPDATE dbo.AtomEmbeddings SET EmbeddingVector = CAST('[0.5,0.1,2,1]' AS vector(4)) WHERE AtomEmbeddingId = 2;
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText) VALUES (CAST(0x01 AS binary(32)), N'numeric', N'float32', 0x80000000, N'-0'), (CAST(0x02 AS binary(32)), N'numeric', N'float32', 0x7F800000, N'inf');
---
=== damaged count_orphans
RUN sql/validate/count_orphans.sql
---
2 | 2 | 0 | 0
=== damaged count_reference_errors
RUN sql/validate/count_reference_errors.sql
---
7 | 2 | 2 | 0 | 9 | 7 | 17
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== damaged find_damaged_atoms
RUN sql/validate/find_damaged_atoms.sql @P1 bigint = 0, @P2 bigint = 100, @P3 int = 5
---
20 | negative zero
21 | not finite
=== damaged find_position_errors
RUN sql/validate/find_position_errors.sql @P1 bigint = 0, @P2 bigint = 100
---
1 | 12 | embedding_dimension | 4 | 3 | 4 | 3 | 3 | 3 | 0 | 2
=== damaged find_reference_errors
RUN sql/validate/find_reference_errors.sql @P1 int = 5
---
17 | 0 | 3 | 2
19 | 2 | 2 | 1
=== damaged find_unequal_vectors
RUN sql/validate/find_unequal_vectors.sql @P1 bigint = 0, @P2 bigint = 100
---
1 | positions | 3 | 0.0
2 | distance | 4 | 1.0
=== phase1 probe_deduplication_stats
RUN sql/phase1/probe_deduplication_stats.sql
---
0 | 0 | 0 | 0.0 | 0.0
=== doctor select_roles
RUN sql/doctor/select_roles.sql
---
1 | 0 | 0 | 1 | dbo
=== doctor select_triggers
RUN sql/doctor/select_triggers.sql
---
=== doctor select_vector_indexes
RUN sql/doctor/select_vector_indexes.sql
---
=== doctor select_resumable_operations
RUN sql/doctor/select_resumable_operations.sql
---
