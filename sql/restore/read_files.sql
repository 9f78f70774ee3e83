-- Which files would the restore of a backup set write? Reads: the file, as the server's service account (CREATE DATABASE
-- permission). Writes: nothing. Mode: RPC, not inside a transaction. Parameter: @P1 nvarchar(260): file on the server. Marker:
-- Position (of the backup in it). Result, one row per file, the server's own columns: of them LogicalName nvarchar(128),
-- PhysicalName nvarchar(260), Type char(1), Size numeric(20,0) in bytes.
RESTORE FILELISTONLY FROM DISK = @P1 WITH FILE = /*{Position}*/1/*{end}*/;
