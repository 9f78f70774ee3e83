-- What backup sets does a file hold? Reads: the file, as the server's service account (CREATE DATABASE permission). Writes:
-- nothing. Mode: RPC, not inside a transaction. Parameter: @P1 nvarchar(260): file on the server.
-- Errors: 3201: it cannot be opened; 3241 and their like: it is no backup.
-- Result, one row per set, the server's own columns: of them BackupType smallint (1 full, 2 log), Position smallint,
-- DatabaseName nvarchar(128), BackupStartDate datetime (local), BackupFinishDate datetime, HasBackupChecksums bit, IsDamaged
-- bit, IsSnapshot bit, IsCopyOnly bit, FamilyGUID uniqueidentifier, RecoveryModel nvarchar(60), BackupSize numeric(20,0).
RESTORE HEADERONLY FROM DISK = @P1;
