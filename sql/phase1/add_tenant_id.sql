-- Adds dbo.AtomRelations.TenantId, 0 for the rows that are there. Metadata only on Enterprise, a rewrite elsewhere.
-- Reads: nothing. Writes: the table's definition. Promise: run only when inspect_columns.sql does not list the column
-- (else Msg 2705); the DEFAULT is named, because NOT NULL without one is Msg 4901 on a table with rows.
-- Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomRelations ADD TenantId int NOT NULL CONSTRAINT DF_AtomRelations_TenantId DEFAULT 0;
