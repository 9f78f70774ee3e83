-- Sets the session options that everything here relies on. Reads and writes: the session only.
-- Filtered indexes, indexed views and spatial indexes refuse DDL and DML without them (Msg 1934); XACT_ABORT makes a failed
-- statement, a cancel and a lost connection roll the whole transaction back. Marker: LockTimeout (milliseconds, -1 waits).
-- Mode: batch, in session scope: an RPC's SET reverts when it returns. No result. Verify with read_session_options.sql.
SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET XACT_ABORT ON;
SET NOCOUNT ON;
SET IMPLICIT_TRANSACTIONS OFF;
SET CURSOR_CLOSE_ON_COMMIT OFF;
SET ANSI_NULL_DFLT_ON ON;
SET LANGUAGE us_english;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET DEADLOCK_PRIORITY LOW;
SET LOCK_TIMEOUT /*{LockTimeout}*/30000/*{end}*/;
