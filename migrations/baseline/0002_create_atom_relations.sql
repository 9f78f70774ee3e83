-- The database as it is before the migration: table dbo.AtomRelations, without the columns that phase 1 adds.
-- Reads: dbo.Atoms (foreign keys). Writes: dbo.AtomRelations with its keys and its three indexes, which must survive.
-- Mode: script, batches separated by GO. QUOTED_IDENTIFIER and ANSI_NULLS must be ON.
CREATE TABLE dbo.AtomRelations
(
    AtomRelationId    bigint IDENTITY(1, 1) NOT NULL,
    SourceAtomId      bigint         NOT NULL,
    TargetAtomId      bigint         NOT NULL,
    RelationType      nvarchar(128)  NOT NULL,
    Weight            real           NULL,
    SpatialExpression geometry       NULL,
    Metadata          json           NULL,
    CreatedAt         datetime2(7)   NOT NULL CONSTRAINT DF_AtomRelations_CreatedAt DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_AtomRelations PRIMARY KEY CLUSTERED (AtomRelationId),
    CONSTRAINT FK_AtomRelations_Atoms_Source FOREIGN KEY (SourceAtomId) REFERENCES dbo.Atoms (AtomId),
    CONSTRAINT FK_AtomRelations_Atoms_Target FOREIGN KEY (TargetAtomId) REFERENCES dbo.Atoms (AtomId)
);
GO
CREATE NONCLUSTERED INDEX IX_AtomRelations_Source_Target ON dbo.AtomRelations (SourceAtomId, TargetAtomId);
GO
CREATE NONCLUSTERED INDEX IX_AtomRelations_Target_Source ON dbo.AtomRelations (TargetAtomId, SourceAtomId);
GO
CREATE NONCLUSTERED INDEX IX_AtomRelations_RelationType ON dbo.AtomRelations (RelationType);
GO
