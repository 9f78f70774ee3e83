-- Lets the server read a whole backup and check its checksums. It takes as long as reading the file does. Reads: the file, as
-- the server's service account (CREATE DATABASE permission). Writes: msdb's record of it. Mode: RPC, not inside a transaction.
-- Parameter: @P1 nvarchar(260): file on the server. Marker: Position (of the backup in it).
-- Errors: 3189, 3203, 3241, 3242 and their like: it is damaged; 3201: it cannot be opened. No result.
RESTORE VERIFYONLY FROM DISK = @P1 WITH FILE = /*{Position}*/1/*{end}*/, CHECKSUM;
