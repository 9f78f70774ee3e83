-- Which fixed roles does the login have? Reads: memberships of the session. Writes: nothing. Mode: batch or RPC.
-- Result, one row: IsDbOwner int, IsDdlAdmin int, IsBackupOperator int, IsSysadmin int (NULL: not known), UserName nvarchar(128).
SELECT IS_MEMBER(N'db_owner') AS IsDbOwner, IS_MEMBER(N'db_ddladmin') AS IsDdlAdmin, IS_MEMBER(N'db_backupoperator') AS IsBackupOperator,
       IS_SRVROLEMEMBER(N'sysadmin') AS IsSysadmin, USER_NAME() AS UserName;
