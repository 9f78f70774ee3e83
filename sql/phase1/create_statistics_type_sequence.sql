-- Creates statistics ST_AtomRelations_Type_Sequence: how relations spread over types and positions.
-- Reads: dbo.AtomRelations. Writes: the statistics object. Promise: run only when inspect_statistics.sql does not list it
-- (else Msg 1927). Mode: batch, no parameters, no result.
CREATE STATISTICS ST_AtomRelations_Type_Sequence ON dbo.AtomRelations (RelationType, SequenceIndex);
