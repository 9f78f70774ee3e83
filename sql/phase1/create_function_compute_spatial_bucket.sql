-- Creates dbo.fn_ComputeSpatialBucket: floor(100 x) * 1,000,000 + floor(100 y) * 1,000 + floor(100 z), NULL if any is NULL.
-- Reads and writes: nothing. Promise: deterministic and schema-bound. Known answers: check_spatial_bucket.sql.
-- Refused (Msg 2714 and the like) only if something else has the name; schema-bound users of it block the ALTER (Msg 3729).
-- Mode: batch, alone (Msg 111). Needs QUOTED_IDENTIFIER ON and ANSI_NULLS ON, which the module keeps.
CREATE OR ALTER FUNCTION dbo.fn_ComputeSpatialBucket(@X float, @Y float, @Z float)
RETURNS bigint
WITH SCHEMABINDING
AS
BEGIN
    RETURN CAST(FLOOR(@X * 100e0) AS bigint) * 1000000
         + CAST(FLOOR(@Y * 100e0) AS bigint) * 1000
         + CAST(FLOOR(@Z * 100e0) AS bigint);
END;
