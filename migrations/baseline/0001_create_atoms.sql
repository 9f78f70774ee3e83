-- The database as it is before the migration: table dbo.Atoms.
-- Writes: dbo.Atoms with its keys and indexes. Promise: a faithful copy of the existing table, for tests and demos.
-- Mode: script, batches separated by GO. QUOTED_IDENTIFIER and ANSI_NULLS must be ON.
CREATE TABLE dbo.Atoms
(
    AtomId           bigint IDENTITY(1, 1) NOT NULL,
    ContentHash      binary(32)      NOT NULL,
    Modality         nvarchar(64)    NOT NULL,
    Subtype          nvarchar(128)   NULL,
    SourceUri        nvarchar(1024)  NULL,
    SourceType       nvarchar(128)   NULL,
    AtomicValue      varbinary(64)   NULL,
    CanonicalText    nvarchar(256)   NULL,
    Content          nvarchar(max)   NULL,
    ContentType      nvarchar(128)   NULL,
    PayloadLocator   nvarchar(1024)  NULL,
    ComponentStream  varbinary(max)  NULL,
    Metadata         json            NULL,
    CreatedAt        datetime2(7)    NOT NULL CONSTRAINT DF_Atoms_CreatedAt DEFAULT SYSUTCDATETIME(),
    CreatedUtc       datetime2(7)    NOT NULL CONSTRAINT DF_Atoms_CreatedUtc DEFAULT SYSUTCDATETIME(),
    UpdatedAt        datetime2(7)    NULL,
    IsActive         bit             NOT NULL CONSTRAINT DF_Atoms_IsActive DEFAULT 1,
    IsDeleted        bit             NOT NULL CONSTRAINT DF_Atoms_IsDeleted DEFAULT 0,
    TenantId         int             NOT NULL CONSTRAINT DF_Atoms_TenantId DEFAULT 0,
    ReferenceCount   bigint          NOT NULL CONSTRAINT DF_Atoms_ReferenceCount DEFAULT 0,
    SpatialKey       geometry        NULL,
    SpatialGeography geography       NULL,
    CONSTRAINT PK_Atoms PRIMARY KEY CLUSTERED (AtomId),
    CONSTRAINT UQ_Atoms_ContentHash UNIQUE NONCLUSTERED (ContentHash)
);
GO
CREATE NONCLUSTERED INDEX IX_Atoms_Modality_Subtype ON dbo.Atoms (Modality, Subtype);
GO
CREATE NONCLUSTERED INDEX IX_Atoms_ReferenceCount ON dbo.Atoms (ReferenceCount DESC);
GO
CREATE NONCLUSTERED INDEX IX_Atoms_Tenant_Active_Deleted ON dbo.Atoms (TenantId, IsActive, IsDeleted);
GO
