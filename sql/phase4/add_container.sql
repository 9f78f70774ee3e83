-- Adds a container to the filegroup for memory-optimised data: a folder on the server, which its service account makes and which must
-- not be there yet. No SIZE, no FILEGROWTH (Msg 5509), no MAXSIZE (a full container makes the database SUSPECT). Writes: the
-- database's files. Mode: batch, not inside a transaction (Msg 226), not while a backup runs. Markers: Path (a literal), Filegroup
-- (the quoted name). No result.
ALTER DATABASE CURRENT ADD FILE (NAME = hartonomous_memory, FILENAME = /*{Path}*/N'hartonomous_memory'/*{end}*/)
TO FILEGROUP /*{Filegroup}*/hartonomous_memory/*{end}*/;
