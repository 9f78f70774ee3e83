=== every unknown name is reported
CREATE TABLE dbo.u (a int, b int)
GO
UPDATE dbo.u SET x1 = x2, x3 = 1 WHERE x4 = 1 AND x5 = 2
GO
UPDATE dbo.u SET x1 = x2, x3 = 1 WHERE a = 1
GO
UPDATE dbo.u SET a = x2, b = x3 + x4
GO
DELETE dbo.u WHERE x1 = 1 AND x2 = 2
GO
INSERT dbo.u (x1, x2) VALUES (1, 2)
GO
INSERT dbo.u (x1, b) VALUES (y1, y2)
GO
INSERT dbo.u (x1, b) SELECT y1, y2 FROM dbo.u
GO
INSERT dbo.u (x1) SELECT a, b FROM dbo.u
GO
INSERT dbo.u (a, b) VALUES (y1)
GO
UPDATE dbo.u SET a = 1, a = 2
GO
UPDATE dbo.u SET q.a = 1
---
!207.16.1 Invalid column name 'x4'.
!207.16.1 Invalid column name 'x5'.
!207.16.1 Invalid column name 'x1'.
!207.16.1 Invalid column name 'x3'.
!207.16.1 Invalid column name 'x2'.
!207.16.1 Invalid column name 'x3'.
!207.16.1 Invalid column name 'x4'.
!207.16.1 Invalid column name 'x1'.
!207.16.1 Invalid column name 'x2'.
!207.16.1 Invalid column name 'x1'.
!207.16.1 Invalid column name 'x2'.
!207.16.1 Invalid column name 'y1'.
!207.16.1 Invalid column name 'y2'.
!207.16.1 Invalid column name 'x1'.
!207.16.1 Invalid column name 'y1'.
!207.16.1 Invalid column name 'y2'.
!207.16.1 Invalid column name 'x1'.
!121.15.1 The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.
!207.16.1 Invalid column name 'y1'.
!109.15.1 There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.
!264.16.1 The column name 'a' is specified more than once in the SET clause or column list of an INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause to make sure that a column is updated only once. If this statement updates or inserts columns into a view, column aliasing can conceal the duplication in your code.
!4104.16.1 The multi-part identifier "q.a" could not be bound.
=== how many values an INSERT takes
CREATE TABLE dbo.ic (id int IDENTITY, a int, rv rowversion)
GO
INSERT dbo.ic VALUES (1)
GO
INSERT dbo.ic VALUES (1, DEFAULT)
GO
INSERT dbo.ic VALUES (1, 2, 3)
GO
INSERT dbo.ic SELECT 1, 2, 3
GO
INSERT dbo.ic (a) VALUES (1, 2)
GO
INSERT dbo.ic (a, rv) VALUES (1)
GO
INSERT dbo.ic (a) SELECT 1, 2
GO
INSERT dbo.ic (a) VALUES (1), (2, 3)
GO
INSERT dbo.ic (id, a) VALUES (DEFAULT, 1)
GO
INSERT dbo.ic (id, a) VALUES (1, 1)
GO
INSERT dbo.ic (a, rv) VALUES (1, 0x01)
GO
SET IDENTITY_INSERT dbo.ic ON; INSERT dbo.ic (a) VALUES (5)
GO
SET IDENTITY_INSERT dbo.ic OFF
GO
INSERT dbo.ic (a) EXEC ('SELECT 1, 2')
GO
INSERT dbo.ic (a) OUTPUT inserted.a EXEC ('SELECT 1')
---
!213.16.1 Column name or number of supplied values does not match table definition.
!8101.16.1 An explicit value for the identity column in table 'ic' can only be specified when a column list is used and IDENTITY_INSERT is ON.
!8101.16.1 An explicit value for the identity column in table 'ic' can only be specified when a column list is used and IDENTITY_INSERT is ON.
!110.15.1 There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.
!109.15.1 There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.
!121.15.1 The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.
!10709.16.1 The number of columns for each row in a table value constructor must be the same.
!339.16.1 DEFAULT or NULL are not allowed as explicit identity values.
!544.16.1 Cannot insert explicit value for identity column in table 'ic' when IDENTITY_INSERT is set to OFF.
!273.16.1 Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to exclude the timestamp column, or insert a DEFAULT into the timestamp column.
!545.16.1 Explicit value must be specified for identity column in table 'ic' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column.
!213.16.7 Column name or number of supplied values does not match table definition.
!483.16.2 The OUTPUT clause cannot be used in an INSERT...EXEC statement.
=== one constraint of a kind
CREATE TABLE c1 (a int, b int CHECK (b > 0) CHECK (b < 5))
GO
CREATE TABLE c1 (a int UNIQUE PRIMARY KEY)
GO
DECLARE @t TABLE (a int UNIQUE UNIQUE)
GO
CREATE TABLE c1 (a int, c AS a + 1 CHECK (c > 0))
GO
CREATE TABLE c1 (a int, c AS a + 1, CHECK (c > 0))
GO
CREATE TABLE c1 (a int NULL PRIMARY KEY)
GO
CREATE TABLE c1 (a int, c AS a + 1 PERSISTED CONSTRAINT CK_c1 CHECK (c > 0))
GO
INSERT c1 (a) VALUES (-5)
---
!8148.16.0 More than one column CHECK constraint specified for column 'b', table 'c1'.
!8151.16.0 Both a PRIMARY KEY and UNIQUE constraint have been defined for column 'a', table 'c1'. Only one is allowed.
!8148.16.0 More than one column UNIQUE constraint specified for column 'a', table '@t'.
!8183.16.1 Only UNIQUE or PRIMARY KEY constraints can be created on computed columns, while CHECK, FOREIGN KEY, and NOT NULL constraints require that computed columns be persisted.
!1764.16.1 Computed Column 'c' in table 'c1' is invalid for use in 'CHECK CONSTRAINT' because it is not persisted.
!1750.16.0 Could not create constraint or index. See previous errors.
!8111.16.1 Cannot define PRIMARY KEY constraint on nullable column in table 'c1'.
!1750.16.0 Could not create constraint or index. See previous errors.
!547.16.0 The INSERT statement conflicted with the CHECK constraint "CK_c1". The conflict occurred in database "Hartonomous", table "dbo.c1", column 'c'.
~3621 The statement has been terminated.
=== duplicates that are ignored
CREATE TABLE dbo.d (a int NOT NULL CONSTRAINT PK_d PRIMARY KEY WITH (IGNORE_DUP_KEY = ON), b int)
GO
INSERT dbo.d VALUES (1, 1), (1, 2), (1, 3), (2, 1); SELECT @@ROWCOUNT, @@ERROR
GO
UPDATE dbo.d SET a = 1 WHERE a = 2
GO
CREATE INDEX ix ON dbo.d (b)
GO
ALTER INDEX ix ON dbo.d SET (IGNORE_DUP_KEY = ON)
GO
ALTER INDEX PK_d ON dbo.d SET (IGNORE_DUP_KEY = OFF)
GO
ALTER INDEX nosuch ON dbo.d SET (IGNORE_DUP_KEY = ON)
GO
ALTER INDEX ix ON dbo.nosuch REBUILD
---
~3604 Duplicate key was ignored.
2 | 0
!2627.14.1 Violation of PRIMARY KEY constraint 'PK_d'. Cannot insert duplicate key in object 'dbo.d'. The duplicate key value is (1).
~3621 The statement has been terminated.
!1915.16.1 Cannot alter a non-unique index with ignore_dup_key index option. Index 'ix' is non-unique.
!1979.16.1 Cannot use index option ignore_dup_key to alter index 'PK_d' as it enforces a primary or unique constraint.
!2727.11.1 Cannot find index 'nosuch'.
!1088.16.9 Cannot find the object "dbo.nosuch" because it does not exist or you do not have permissions.
=== truncate names the leaf
TRUNCATE TABLE dbo.nosuch
---
!4701.16.1 Cannot find the object "nosuch" because it does not exist or you do not have permissions.
=== retention of history
CREATE TABLE dbo.r (id int PRIMARY KEY, f datetime2 GENERATED ALWAYS AS ROW START NOT NULL, u datetime2 GENERATED ALWAYS AS ROW END NOT NULL, PERIOD FOR SYSTEM_TIME (f, u)) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.rh, HISTORY_RETENTION_PERIOD = 6 MONTHS))
GO
SELECT history_retention_period, history_retention_period_unit_desc FROM sys.tables WHERE name = 'r'
GO
ALTER TABLE dbo.r SET (SYSTEM_VERSIONING = ON (HISTORY_RETENTION_PERIOD = INFINITE))
GO
SELECT history_retention_period, history_retention_period_unit_desc FROM sys.tables WHERE name = 'r'
---
6 | MONTH
-1 | INFINITE
=== vectors are no keys
CREATE TABLE dbo.vt (id int PRIMARY KEY, v vector(2))
GO
CREATE INDEX ix ON dbo.vt (v)
GO
ALTER TABLE dbo.vt ADD CONSTRAINT UQ_vt UNIQUE (v)
---
!1978.16.1 Column 'v' in table 'vt' is of a type that is invalid for use as a key column in an index or statistics.
!1919.16.1 Column 'v' in table 'vt' is of a type that is invalid for use as a key column in an index.
!1750.16.0 Could not create constraint or index. See previous errors.
