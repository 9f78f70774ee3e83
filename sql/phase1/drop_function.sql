-- Rollback: drops the bucket function that phase 1 created. Writes: the function. Mode: batch, no parameters, no result.
DROP FUNCTION dbo.fn_ComputeSpatialBucket;
