//! Statements about objects that the stand-in has not: refused by name, never as wrong syntax.

use super::ast::StatementKind;
use super::cursor::Parser;
use crate::error::Result;

/// What CREATE, ALTER and DROP are followed by for objects of other features.
const OBJECTS: &[&str] = &[
    "AGGREGATE",
    "APPLICATION",
    "ASSEMBLY",
    "ASYMMETRIC",
    "AUTHORIZATION",
    "AVAILABILITY",
    "BROKER",
    "CERTIFICATE",
    "COLUMN",
    "CONTRACT",
    "CREDENTIAL",
    "CRYPTOGRAPHIC",
    "DEFAULT",
    "ENDPOINT",
    "EVENT",
    "EXTERNAL",
    "FULLTEXT",
    "MASTER",
    "MESSAGE",
    "PARTITION",
    "QUEUE",
    "REMOTE",
    "RESOURCE",
    "ROUTE",
    "RULE",
    "SEARCH",
    "SECURITY",
    "SELECTIVE",
    "SENSITIVITY",
    "SEQUENCE",
    "SERVER",
    "SERVICE",
    "SIGNATURE",
    "SYMMETRIC",
    "TRIGGER",
    "VECTOR",
    "WORKLOAD",
    "XML",
];

impl Parser {
    /// The end of CREATE, ALTER and DROP when nothing that is executed follows.
    pub(super) fn other_object(&mut self, verb: &str) -> Result<StatementKind> {
        let word = self.token().upper.clone();
        if verb == "DROP" && word == "COUNTER" && self.is_ahead(1, "SIGNATURE") {
            return Err(self.refuse("DROP COUNTER SIGNATURE"));
        }
        if verb == "CREATE" && word == "MATERIALIZED" && self.is_ahead(1, "VIEW") {
            return Err(self.refuse("materialized views"));
        }
        let json_index = matches!(word.as_str(), "JSON" | "PRIMARY")
            && (self.is_ahead(1, "INDEX") || self.is_ahead(1, "XML"));
        if json_index || OBJECTS.contains(&word.as_str()) {
            return Err(self.refuse(format!("{verb} {word}")));
        }
        Err(self.unexpected())
    }

    /// `ADD SIGNATURE`, `ADD SENSITIVITY CLASSIFICATION`.
    pub(super) fn add_signature(&mut self) -> Result<StatementKind> {
        if self.is_ahead(1, "SIGNATURE")
            || self.is_ahead(1, "COUNTER")
            || self.is_ahead(1, "SENSITIVITY")
        {
            return Err(self.refuse("ADD SIGNATURE and ADD SENSITIVITY CLASSIFICATION"));
        }
        Err(self.unexpected())
    }

    /// `$node_id` and its like, which graph tables have.
    pub(super) fn refuse_pseudo_column(&self, n: usize) -> Result<()> {
        const GRAPH: [&str; 4] = ["$NODE_ID", "$EDGE_ID", "$FROM_ID", "$TO_ID"];
        if GRAPH.contains(&self.ahead(n).upper.as_str()) {
            return Err(self.refuse("the pseudo-columns of graph tables"));
        }
        Ok(())
    }

    /// `@@name` where a variable of one's own belongs.
    pub(super) fn refuse_system_variable(&self) -> Result<()> {
        if self.kind() == super::lexer::Kind::GlobalVariable {
            return Err(self.refuse("a system variable in the place of one's own"));
        }
        Ok(())
    }

    /// `AS EXTERNAL NAME assembly.class.method`.
    pub(super) fn refuse_external(&self) -> Result<()> {
        if self.is("EXTERNAL") && self.is_ahead(1, "NAME") {
            return Err(self.refuse("CLR modules"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::syntax::{ParseOptions, parse_batch};

    #[test]
    fn what_other_features_are_made_of_is_refused_by_name() {
        let batches = [
            "DROP AGGREGATE dbo.a",
            "DROP RULE r",
            "DROP CERTIFICATE c",
            "DROP SERVER ROLE r",
            "DROP EVENT SESSION s ON SERVER",
            "DROP XML SCHEMA COLLECTION x",
            "DROP EXTERNAL TABLE t",
            "DROP AVAILABILITY GROUP g",
            "DROP COLUMN MASTER KEY k",
            "DROP SIGNATURE FROM dbo.p BY CERTIFICATE c",
            "ALTER RESOURCE GOVERNOR RECONFIGURE",
            "ALTER QUEUE q WITH STATUS = OFF",
            "ALTER SEQUENCE s RESTART",
            "CREATE ROUTE r WITH ADDRESS = 'LOCAL'",
            "CREATE COLUMN MASTER KEY k WITH (KEY_STORE_PROVIDER_NAME = 'x', KEY_PATH = 'y')",
            "CREATE RESOURCE POOL p",
            "CREATE SELECTIVE XML INDEX s ON dbo.t (x) FOR (p = '/a')",
            "CREATE PRIMARY XML INDEX px ON dbo.t (x)",
            "CREATE FULLTEXT CATALOG ft AS DEFAULT",
            "CREATE WORKLOAD GROUP g USING p",
            "CREATE JSON INDEX j ON dbo.t (j) FOR ('$.a')",
            "CREATE TABLE dbo.Person (id int, name varchar(100)) AS NODE",
            "ADD SIGNATURE TO dbo.p BY CERTIFICATE c",
            "SELECT a FROM dbo.t FOR XML AUTO, XMLSCHEMA",
            "SELECT SUM(a) OVER (w ROWS UNBOUNDED PRECEDING) FROM dbo.t WINDOW w AS (ORDER BY c)",
            "SELECT AI_GENERATE_EMBEDDINGS('x' USE MODEL m)",
            "SELECT 1 FROM p1, k, p2 WHERE MATCH(p1-(k)->p2)",
            "SELECT 1 FROM dbo.t WHERE a = 1 AND REGEXP_LIKE(a, '^x')",
            "SELECT CURRENT_DATE",
            "GRANT ALTER ANY LOGIN TO l",
            "CREATE PROCEDURE p AS EXTERNAL NAME a.b.c",
            "CREATE FUNCTION f (@a int) RETURNS int AS EXTERNAL NAME a.b.c",
            "CREATE FUNCTION f (@a int) RETURNS int EXTERNAL NAME a.b.c",
            "CREATE AGGREGATE g (@a int) RETURNS int EXTERNAL NAME a.b",
            "CREATE TRIGGER r ON dbo.t AFTER INSERT AS EXTERNAL NAME a.b.c",
            "CREATE FUNCTION f () RETURNS int WITH SCHEMABINDING, INLINE = ON AS BEGIN RETURN 1 END",
            "CREATE FUNCTION f () RETURNS int WITH EXECUTE AS OWNER, CALLED ON NULL INPUT AS BEGIN RETURN 1 END",
            "CREATE PROCEDURE p AS",
            "CREATE MATERIALIZED VIEW v WITH (DISTRIBUTION = HASH(a)) AS SELECT 1 AS a",
            "CREATE TABLE x (a int, INDEX i UNIQUE ($node_id)) AS NODE",
            "CREATE TABLE x (CONSTRAINT ec CONNECTION (a TO b) ON DELETE CASCADE) AS EDGE",
            "CREATE TABLE x (a int, PRIMARY KEY CLUSTERED (a) NOT ENFORCED)",
            "CREATE TABLE x (a int) WITH (DATA_DELETION = ON)",
            "CREATE TABLE x WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT 1 AS a",
            "CREATE INDEX i ON dbo.e ($from_id, $to_id)",
            "CREATE INDEX i ON dbo.t (a) WITH DROP_EXISTING",
            "CREATE INDEX i ON dbo.t (a) WITH PAD_INDEX, FILLFACTOR = 50",
            "CREATE COLUMNSTORE INDEX i ON dbo.t (a) WITH (DATA_COMPRESSION = COLUMNSTORE ON PARTITIONS (1))",
            "CREATE SPATIAL INDEX i ON dbo.t (a) WITH (ONLINE = OFF)",
            "ALTER INDEX i ON dbo.t FOR (ADD p = '/a')",
            "ALTER INDEX i ON dbo.t WITH XMLNAMESPACES ('a' AS b) FOR (ADD p = '/a')",
            "DROP INDEX i ON dbo.t WITH (MOVE TO [PRIMARY], ONLINE = ON)",
            "ALTER TABLE dbo.t DROP CONSTRAINT c WITH (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 1, ABORT_AFTER_WAIT = NONE))",
            "ALTER TABLE dbo.t ADD CONSTRAINT ec CONNECTION (a TO b)",
            "ALTER TABLE dbo.t SET (FILETABLE_DIRECTORY = N'x')",
            "ALTER TABLE dbo.t REBUILD WITH (XML_COMPRESSION = ON)",
            "ALTER TABLE dbo.t SPLIT RANGE (1)",
            "CREATE STATISTICS s ON dbo.t (a) WITH STATS_STREAM = 0x01",
            "UPDATE STATISTICS dbo.t (a) WITH RESAMPLE ON PARTITIONS (1)",
            "UPDATE STATISTICS dbo.t WITH ROWCOUNT = 10, PAGECOUNT = 20",
            "ALTER SCHEMA dbo TRANSFER XML SCHEMA COLLECTION::s.x",
            "DROP COUNTER SIGNATURE FROM dbo.p BY CERTIFICATE c",
            "SELECT $node_id FROM dbo.n",
            "SELECT n.$edge_id FROM dbo.e AS n",
            "INSERT dbo.e ($from_id, $to_id) VALUES (N'a', N'b')",
            "DELETE dbo.e WHERE $from_id = N'a'",
            "SELECT d.$partition.f(1)",
            "SELECT LAST_VALUE(p.a) WITHIN GROUP (GRAPH PATH) FROM p, k FOR PATH AS q",
            "SELECT a FROM dbo.k FOR PATH AS q",
            "SELECT 1 FROM p, k WHERE MATCH(SHORTEST_PATH(p(-(k)->q)+))",
            "SELECT 1 FROM p, k WHERE MATCH(LAST_NODE(p) = LAST_NODE(q))",
            "SELECT dbo.ty::M(1)",
            "SELECT a::b",
            "SELECT @",
            "SELECT £5",
            "SELECT TOP (SELECT 1) a FROM dbo.t",
            "SELECT TOP (1) WITH APPROXIMATE a FROM dbo.t ORDER BY a",
            "SELECT a INTO #x ON [PRIMARY] FROM dbo.t",
            "SELECT a FROM dbo.t GROUP BY ROLLUP (a, (a, b))",
            "SELECT a FROM dbo.t GROUP BY GROUPING SETS ((a, ROLLUP (b)), b)",
            "SELECT a FROM dbo.t GROUP BY a WITH (DISTRIBUTED_AGG)",
            "SELECT a FROM dbo.t OPTION (LABEL = 'x')",
            "SELECT a FROM dbo.t OPTION (FOR TIMESTAMP AS OF '2020-01-01')",
            "SELECT a FROM dbo.t WITH (0)",
            "SELECT a FROM dbo.t z (INDEX = 1)",
            "SELECT a FROM dbo.t HOLDLOCK",
            "SELECT a FROM SEMANTICKEYPHRASETABLE (dbo.t, b) AS k",
            "SELECT a FROM ::fn_helpcollations()",
            "SELECT a FROM { OJ dbo.t AS x LEFT OUTER JOIN dbo.t AS y ON x.id = y.id }",
            "SELECT a FROM dbo.t WHERE b LIKE 'x' { ESCAPE '!' }",
            "SELECT a FROM dbo.t WHERE TSEQUAL (a, 0x01)",
            "IF UPDATE (a) SELECT 1",
            "SELECT JSON_QUERY(@j, '$.a' WITH ARRAY WRAPPER)",
            "BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'x') SELECT 1 END",
            "BEGIN SELECT 1 END CONVERSATION @h END",
            "END CONVERSATION @h WITH CLEANUP",
            "EXEC dbo.p WITH RECOMPILE, RESULT SETS NONE",
            "RAISERROR (N'x', 16, 1, @@SPID)",
            "SET LOCK_TIMEOUT @l",
            "SET CONTEXT_INFO NULL",
            "SET ERRLVL 5",
            "COPY INTO dbo.t FROM 'x'",
            "RENAME OBJECT dbo.a TO b",
            "DBCC HELP ('CHECKDB')",
            "DBCC CHECKALLOC",
            "DBCC MEMORYSTATUS",
            "DBCC dllname (FREE)",
            "BACKUP DATABASE d TO DISK = 'a' MIRROR TO DISK = 'b' WITH FORMAT",
            "BACKUP DATABASE d FILEGROUP = 'f' TO DISK = 'a'",
            "BACKUP DATABASE d READ_WRITE_FILEGROUPS TO DISK = 'a'",
            "BACKUP DATABASE d TO DISK = 'a' WITH ENCRYPTION (ALGORITHM = AES_256, SERVER CERTIFICATE = c)",
            "BACKUP DATABASE d TO DISK = 'a' WITH COMPRESSION (ALGORITHM = ZSTD)",
            "BACKUP DATABASE d TO DISK = 'a' WITH EXPIREDATE = '2030-01-01'",
            "BACKUP DATABASE d TO DISK = 'a' WITH NAME = @n",
            "BACKUP LOG d TO DISK = 'a' WITH STANDBY = 'f'",
            "BACKUP LOG d WITH TRUNCATE_ONLY",
            "BACKUP TRANSACTION d TO DISK = 'a'",
            "RESTORE DATABASE d FILE = 'f' FROM DISK = 'a'",
            "RESTORE DATABASE d PAGE = '1:57' FROM DISK = 'a' WITH NORECOVERY",
            "RESTORE DATABASE d FROM DISK = 'a' WITH MOVE @a TO @b",
            "RESTORE DATABASE d FROM DISK = 'a' WITH FILE = @f",
            "RESTORE DATABASE d FROM DISK = 'a' WITH NOREWIND, NOUNLOAD",
            "RESTORE REWINDONLY FROM TAPE = 'a'",
            "RESTORE MASTER KEY FROM FILE = 'a' DECRYPTION BY PASSWORD = 'p' ENCRYPTION BY PASSWORD = 'q'",
            "CREATE DATABASE ENCRYPTION KEY WITH ALGORITHM = AES_256 ENCRYPTION BY SERVER CERTIFICATE c",
            "ALTER DATABASE ENCRYPTION KEY REGENERATE WITH ALGORITHM = AES_128",
            "CREATE DATABASE x (EDITION = 'basic')",
            "ALTER DATABASE d REBUILD LOG ON (NAME = x, FILENAME = 'y')",
            "ALTER DATABASE CURRENT SET NESTED_TRIGGERS = ON",
            "ALTER DATABASE CURRENT SET TORN_PAGE_DETECTION ON",
            "ALTER DATABASE d MODIFY FILEGROUP g READ_WRITE WITH NO_WAIT",
            "CREATE LOGIN l WITH PASSWORD = 0x0200 HASHED",
            "CREATE LOGIN l WITH PASSWORD = 'x', SID = 0x01",
            "ALTER LOGIN l ADD CREDENTIAL c",
            "ALTER LOGIN l WITH NO CREDENTIAL",
            "CREATE USER u FOR LOGIN l WITH DEFAULT_SCHEMA = NULL",
            "ALTER USER u WITH DEFAULT_SCHEMA = NULL",
            "GRANT ALL ON dbo.t TO public",
            "GRANT VIEW ANY DEFINITION TO public",
            "GRANT CONTROL SERVER TO l",
            "GRANT EXTERNAL ACCESS ASSEMBLY TO l",
            "GRANT SELECT ON dbo.t (a) TO public",
            "GRANT CONTROL ON CERTIFICATE::c TO public",
            "GRANT REFERENCES ON SYMMETRIC KEY::k TO u",
            "GRANT TAKE OWNERSHIP ON XML SCHEMA COLLECTION::x TO u",
            "CREATE TABLE x (a int) WITH (HEAP)",
            "CREATE TABLE x (a int) WITH (CLUSTERED COLUMNSTORE INDEX)",
            "CREATE TABLE x (a int REFERENCES dbo.t NOT ENFORCED)",
            "CREATE TABLE x (a int PRIMARY KEY (a))",
            "CREATE TABLE x (a int, INDEX i (a) FILESTREAM_ON g)",
            "CREATE TABLE x (a int, INDEX i (a) WITH (ONLINE = ON))",
            "SELECT a FROM OPENJSON(@j) WITH (a nvarchar(10) COLLATE Latin1_General_BIN)",
            "SELECT a FROM dbo.t OPTION (OPTIMIZE CORRELATED UNION ALL)",
            "SELECT a FROM dbo.t OPTION (KEEP UNION)",
            "INSERT dbo.t (t.id) VALUES (1)",
            "INSERT dbo.t DEFAULT VALUES OPTION (RECOMPILE)",
            "UPDATE dbo.f(1) SET a = 1",
            "INSERT INTO dbo.f(1) VALUES (1)",
            "INSERT dbo.f() SELECT 1",
            "DELETE FROM dbo.f(1)",
            "CREATE TABLE x (a int HIDDEN)",
            "CREATE TABLE x (a int IDENTITY DEFAULT 5)",
            "DECLARE @a decimal(max)",
            "DECLARE @a char(max)",
            "EXECUTE AS USER = @u WITH COOKIE INTO @c",
            "SELECT 1 OPTION (MAX_GRANT_PERCENT = 10.5)",
            "DBCC CHECKTABLE ('dbo.t', @i)",
            "SELECT $-5",
            "SELECT 0xAB.a",
            "SELECT dbo.f(SELECT 1)",
            "BEGIN TRANSACTION WITH MARK 'm'",
            "DBCC CHECKIDENT ('dbo.t', RESEED = 5)",
            "INSERT dbo.t ($rowguid) VALUES (NEWID())",
            "RAISERROR (@@VERSION, 1, 1)",
            "CREATE PROC p @a int = @b AS SELECT 1",
            "ALTER DATABASE SCOPED CONFIGURATION SET PREVIEW_FEATURES = p",
            "CREATE TABLE x (a int INDEX i HASH (a) WITH (BUCKET_COUNT = 8))",
            "EXECUTE AS USER = u",
            "SELECT dbo.f(ALL a) FROM dbo.t",
            "SELECT CAST(a AS p(10, 2)) FROM dbo.t",
            "SELECT e.$action FROM dbo.t AS e",
            "SELECT dbo. .t.* FROM dbo.t",
            "SELECT 1 EXCEPT ALL SELECT 2",
            "SELECT 1 INTERSECT ALL SELECT 2",
            "SELECT a FROM dbo.t FOR UPDATE",
            "SET CONTEXT_INFO abc",
            "SELECT JSON_ARRAYAGG() FROM dbo.t",
            "SET @p Point::SetXY(1, 2)",
            "SELECT a FROM dbo.t AS x (1)",
            "UPDATE @@ROWCOUNT SET a = 1",
            "UPDATE dbo.t SET @@ROWCOUNT = 1",
            "UPDATE dbo.t SET $identity = 1",
            "AND: SELECT 1",
            "; dbo.p 1",
            "@p 1",
            ".p 1",
            "DROP SYNONYM a, b",
            "SELECT SUM(a) OVER (PARTITION PARTITION BY b) FROM dbo.t",
            "SELECT dbo.f(*)",
            "CREATE TABLE x (a int NOT NULL NULL)",
            "GRANT EXECUTE EXECUTE ON dbo.p TO u",
            "DENY DENY ALTER ON dbo.t TO u",
            "EXECUTE AS USER = 1",
            "RESTORE HEADERONLY FROM DISK",
            "INSERT dbo.t (.t.a) VALUES (1)",
            "SELECT .t.a FROM dbo.t",
            "SELECT a FROM dbo.t AS d (FORCESEEK (i (a)))",
            "SELECT 1 WHERE 1 ! /* not */ = 2",
        ];
        for text in batches {
            let options = ParseOptions {
                quoted_identifier: true,
            };
            let error = parse_batch(text, options).expect_err(text);
            assert_eq!(error.number, 50000, "{text}: {}", error.message);
        }
    }
}
