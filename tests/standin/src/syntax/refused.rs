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
