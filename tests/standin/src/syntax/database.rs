//! Databases and their files, backups, DBCC and the other statements of administration.

use super::ast::{AlterDatabaseAction, NamedOption, OptionValue, StatementKind};
use super::cursor::Parser;
use super::lexer::Kind;
use crate::error::Result;

/// ALTER DATABASE ... SET options that take ON or OFF without `=`.
const SWITCHES: &[&str] = &[
    "ALLOW_SNAPSHOT_ISOLATION",
    "ANSI_NULLS",
    "ANSI_NULL_DEFAULT",
    "ANSI_PADDING",
    "ANSI_WARNINGS",
    "ARITHABORT",
    "AUTO_CLOSE",
    "AUTO_SHRINK",
    "AUTO_UPDATE_STATISTICS",
    "AUTO_UPDATE_STATISTICS_ASYNC",
    "CONCAT_NULL_YIELDS_NULL",
    "DATE_CORRELATION_OPTIMIZATION",
    "DB_CHAINING",
    "NUMERIC_ROUNDABORT",
    "QUOTED_IDENTIFIER",
    "READ_COMMITTED_SNAPSHOT",
    "RECURSIVE_TRIGGERS",
    "TRUSTWORTHY",
];
const STATES: &[&str] = &[
    "SINGLE_USER",
    "RESTRICTED_USER",
    "MULTI_USER",
    "ONLINE",
    "OFFLINE",
    "EMERGENCY",
    "READ_ONLY",
    "READ_WRITE",
];

pub(super) fn named(name: &str, value: Option<OptionValue>, parser: &Parser) -> NamedOption {
    NamedOption {
        name: name.to_owned(),
        value,
        nested: Vec::new(),
        span: parser.start(),
    }
}

impl Parser {
    pub fn administration(&mut self) -> Result<StatementKind> {
        match self.token().upper.clone().as_str() {
            "CHECKPOINT" => {
                self.skip(1);
                if self.kind() == Kind::Integer {
                    return Err(self.refuse("CHECKPOINT with a duration"));
                }
                Ok(StatementKind::Checkpoint)
            }
            "DBCC" => self.dbcc(),
            "KILL" => self.kill(),
            "BACKUP" => self.backup(),
            "RESTORE" => self.restore(),
            "GRANT" | "DENY" | "REVOKE" => self.permission(),
            "REVERT" => {
                self.skip(1);
                if self.is("WITH") && self.is_ahead(1, "COOKIE") {
                    return Err(self.refuse("REVERT WITH COOKIE"));
                }
                Ok(StatementKind::Revert)
            }
            "OPEN" | "FETCH" | "CLOSE" | "DEALLOCATE" => Err(self.refuse("cursors")),
            "RECONFIGURE" | "SHUTDOWN" | "READTEXT" | "WRITETEXT" | "UPDATETEXT" | "SETUSER"
            | "LINENO" => Err(self.refuse(&self.token().upper)),
            "BULK" => Err(self.refuse("BULK INSERT")),
            "ADD" => self.add_signature(),
            _ => Err(self.unexpected()),
        }
    }

    fn dbcc(&mut self) -> Result<StatementKind> {
        self.expect("DBCC")?;
        let known = [
            "CHECKCONSTRAINTS",
            "CHECKDB",
            "CHECKIDENT",
            "CHECKTABLE",
            "CLEANTABLE",
            "DROPCLEANBUFFERS",
            "FREEPROCCACHE",
            "INPUTBUFFER",
            "OPENTRAN",
            "SHOW_STATISTICS",
            "SHRINKDATABASE",
            "SHRINKFILE",
            "SQLPERF",
            "TRACEOFF",
            "TRACEON",
            "TRACESTATUS",
            "UPDATEUSAGE",
            "USEROPTIONS",
        ];
        if self.is_name() && !self.is_any(&known) {
            return Err(self.refuse(format!("DBCC {}", self.token().text)));
        }
        let command = self.expect_any(&known)?;
        let mut arguments = Vec::new();
        if self.accept("(") {
            if !self.is(")") {
                arguments = self.list(Self::dbcc_argument)?;
            }
            if self.is("=") {
                return Err(self.refuse("named arguments of DBCC"));
            }
            self.expect(")")?;
        }
        let mut options = Vec::new();
        if self.is("WITH") && self.ahead(1).kind == Kind::Word {
            self.skip(1);
            options = self.list(|p| {
                p.expect_any(&[
                    "NO_INFOMSGS",
                    "ALL_ERRORMSGS",
                    "TABLERESULTS",
                    "PHYSICAL_ONLY",
                    "TABLOCK",
                    "ESTIMATEONLY",
                    "EXTENDED_LOGICAL_CHECKS",
                    "DATA_PURITY",
                    "ALL_CONSTRAINTS",
                    "COUNT_ROWS",
                    "STAT_HEADER",
                    "DENSITY_VECTOR",
                    "HISTOGRAM",
                ])
            })?;
        }
        Ok(StatementKind::Dbcc {
            command,
            arguments,
            options,
        })
    }

    /// A constant, or a name that stands for itself.
    fn dbcc_argument(&mut self) -> Result<super::ast::Expr> {
        if self.is_name() {
            let span = self.start();
            let name = self.ident()?;
            return Ok(super::ast::Expr {
                span,
                kind: super::ast::ExprKind::Column(super::ast::ObjectName { parts: vec![name] }),
            });
        }
        if self.is("+") {
            return Err(self.unexpected());
        }
        if matches!(
            self.kind(),
            Kind::Variable | Kind::GlobalVariable | Kind::Reserved
        ) {
            return Err(self.refuse("variables and reserved words as arguments of DBCC"));
        }
        self.constant()
    }

    fn kill(&mut self) -> Result<StatementKind> {
        self.expect("KILL")?;
        if self.kind() != Kind::Integer {
            return Err(self.refuse("KILL of anything but a session number"));
        }
        let session = self.constant()?;
        if self.is("WITH") && self.is_ahead(1, "STATUSONLY") {
            return Err(self.refuse("KILL WITH STATUSONLY"));
        }
        Ok(StatementKind::Kill(session))
    }

    // ---- CREATE and ALTER

    pub fn create_administration(&mut self) -> Result<StatementKind> {
        match self.token().upper.clone().as_str() {
            "DATABASE" => self.create_database(),
            "LOGIN" => self.create_login(),
            "USER" => self.create_user(),
            "ROLE" => {
                self.skip(1);
                let name = self.ident()?;
                if self.is("AUTHORIZATION") {
                    return Err(self.refuse("CREATE ROLE ... AUTHORIZATION"));
                }
                Ok(StatementKind::CreateRole { name })
            }
            _ => self.other_object("CREATE"),
        }
    }

    pub fn alter_administration(&mut self) -> Result<StatementKind> {
        match self.token().upper.clone().as_str() {
            "DATABASE" if self.is_ahead(1, "SCOPED") => self.scoped_configuration(),
            "DATABASE" => self.alter_database(),
            "ROLE" => self.alter_role(),
            "SERVER" if self.is_ahead(1, "ROLE") => self.alter_role(),
            "LOGIN" => self.alter_login(),
            "USER" => self.alter_user(),
            "SCHEMA" => self.alter_schema(),
            _ => self.other_object("ALTER"),
        }
    }

    fn create_database(&mut self) -> Result<StatementKind> {
        self.expect("DATABASE")?;
        if self.is_any(&["SCOPED", "AUDIT", "ENCRYPTION"])
            && (self.is_name_ahead(1) || self.is_ahead(1, "KEY"))
        {
            return Err(self.refuse("CREATE DATABASE SCOPED, AUDIT and ENCRYPTION"));
        }
        let name = self.ident()?;
        let mut options = Vec::new();
        if self.accept("COLLATE") {
            let collation = self.collation()?;
            options.push(named("COLLATE", Some(OptionValue::Word(collation)), self));
        }
        if self.is_any(&["ON", "CONTAINMENT", "FOR", "AS", "LOG", "("])
            || (self.is("WITH") && self.ahead(1).kind == Kind::Word)
        {
            return Err(self.refuse("CREATE DATABASE with files or options"));
        }
        Ok(StatementKind::CreateDatabase { name, options })
    }

    pub fn drop_database(&mut self) -> Result<StatementKind> {
        self.expect("DATABASE")?;
        if self.is_any(&["SCOPED", "AUDIT", "ENCRYPTION"])
            && (self.is_name_ahead(1) || self.is_ahead(1, "KEY"))
        {
            return Err(self.refuse("DROP DATABASE SCOPED, AUDIT and ENCRYPTION"));
        }
        let if_exists = self.if_exists();
        let names = self.list(Self::ident)?;
        Ok(StatementKind::DropDatabase { if_exists, names })
    }

    fn alter_database(&mut self) -> Result<StatementKind> {
        self.expect("DATABASE")?;
        if self.is_any(&["AUDIT", "ENCRYPTION"])
            && (self.is_name_ahead(1) || self.is_ahead(1, "KEY"))
        {
            return Err(self.refuse("ALTER DATABASE AUDIT and ENCRYPTION"));
        }
        let name = if self.accept("CURRENT") {
            None
        } else {
            Some(self.ident()?)
        };
        let action = match self.token().upper.as_str() {
            "SET" => self.alter_database_set()?,
            "ADD" => self.add_file_or_filegroup()?,
            "REMOVE" => {
                self.skip(1);
                if self.accept("FILE") {
                    AlterDatabaseAction::RemoveFile(self.ident()?)
                } else {
                    self.expect("FILEGROUP")?;
                    AlterDatabaseAction::RemoveFilegroup(self.ident()?)
                }
            }
            "MODIFY" if self.is_ahead(1, "NAME") => {
                self.skip(2);
                self.expect("=")?;
                AlterDatabaseAction::ModifyName(self.ident()?)
            }
            "MODIFY" if self.is_ahead(1, "FILEGROUP") => self.modify_filegroup()?,
            "MODIFY" => return Err(self.refuse("ALTER DATABASE ... MODIFY FILE")),
            "COLLATE" => {
                self.skip(1);
                AlterDatabaseAction::Collate(self.collation()?)
            }
            "REBUILD" if self.is_ahead(1, "LOG") => {
                return Err(self.refuse("ALTER DATABASE ... REBUILD LOG"));
            }
            "PERFORM_CUTOVER" => return Err(self.refuse("ALTER DATABASE ... PERFORM_CUTOVER")),
            _ => return Err(self.unexpected()),
        };
        Ok(StatementKind::AlterDatabase { name, action })
    }

    fn alter_database_set(&mut self) -> Result<AlterDatabaseAction> {
        self.expect("SET")?;
        let options = self.list(Self::database_option)?;
        let mut termination = None;
        if self.is("WITH") && (self.is_ahead(1, "ROLLBACK") || self.is_ahead(1, "NO_WAIT")) {
            self.skip(1);
            if self.accept("NO_WAIT") {
                termination = Some("NO_WAIT".to_owned());
            } else {
                self.skip(1);
                termination = Some(self.rollback_termination()?);
            }
        }
        Ok(AlterDatabaseAction::Set {
            options,
            termination,
        })
    }

    fn rollback_termination(&mut self) -> Result<String> {
        if self.accept("IMMEDIATE") {
            return Ok("ROLLBACK IMMEDIATE".to_owned());
        }
        self.expect("AFTER")?;
        let seconds = self.integer()?;
        self.accept("SECONDS");
        Ok(format!("ROLLBACK AFTER {seconds}"))
    }

    fn database_option(&mut self) -> Result<NamedOption> {
        let span = self.start();
        let word = self.token().upper.clone();
        let value = if self.is_any(STATES) {
            self.skip(1);
            None
        } else if self.is_any(SWITCHES) {
            self.skip(1);
            Some(OptionValue::Word(self.expect_any(&["ON", "OFF"])?))
        } else {
            self.valued_database_option(&word)?
        };
        Ok(NamedOption {
            name: word,
            value,
            nested: Vec::new(),
            span,
        })
    }

    fn valued_database_option(&mut self, word: &str) -> Result<Option<OptionValue>> {
        let words: &[&str] = match word {
            "RECOVERY" => &["FULL", "SIMPLE", "BULK_LOGGED"],
            "PAGE_VERIFY" => &["CHECKSUM", "TORN_PAGE_DETECTION", "NONE"],
            "PARAMETERIZATION" => &["SIMPLE", "FORCED"],
            "COMPATIBILITY_LEVEL" => {
                self.skip(1);
                self.expect("=")?;
                return Ok(Some(OptionValue::Number(self.integer()?)));
            }
            "DELAYED_DURABILITY" => {
                self.skip(1);
                self.expect("=")?;
                return Ok(Some(OptionValue::Word(
                    self.expect_any(&["DISABLED", "ALLOWED", "FORCED"])?,
                )));
            }
            "MEMORY_OPTIMIZED_ELEVATE_TO_SNAPSHOT" | "ACCELERATED_DATABASE_RECOVERY" => {
                self.skip(1);
                self.expect("=")?;
                return Ok(Some(OptionValue::Word(self.expect_any(&["ON", "OFF"])?)));
            }
            "QUERY_STORE"
            | "CHANGE_TRACKING"
            | "AUTO_CREATE_STATISTICS"
            | "OPTIMIZED_LOCKING"
            | "CURSOR_DEFAULT"
            | "TARGET_RECOVERY_TIME"
            | "CONTAINMENT"
            | "ENCRYPTION"
            | "HADR"
            | "AUTOMATIC_TUNING"
            | "LEDGER"
            | "TEMPORAL_HISTORY_RETENTION"
            | "FILESTREAM"
            | "PARTNER"
            | "WITNESS"
            | "ENABLE_BROKER"
            | "NEW_BROKER"
            | "DISABLE_BROKER"
            | "MIXED_PAGE_ALLOCATION"
            | "CURSOR_CLOSE_ON_COMMIT"
            | "DATA_RETENTION"
            | "DEFAULT_FULLTEXT_LANGUAGE"
            | "DEFAULT_LANGUAGE"
            | "ERROR_BROKER_CONVERSATIONS"
            | "HONOR_BROKER_PRIORITY"
            | "MANUAL_CUTOVER"
            | "NESTED_TRIGGERS"
            | "PERSISTENT_LOG_BUFFER"
            | "REMOTE_DATA_ARCHIVE"
            | "RESULT_SET_CACHING"
            | "SUPPLEMENTAL_LOGGING"
            | "SUSPEND_FOR_SNAPSHOT_BACKUP"
            | "TORN_PAGE_DETECTION"
            | "TRANSFORM_NOISE_WORDS"
            | "TWO_DIGIT_YEAR_CUTOFF"
            | "VARDECIMAL_STORAGE_FORMAT" => {
                return Err(self.refuse(format!("ALTER DATABASE ... SET {word}")));
            }
            _ => return Err(self.unexpected()),
        };
        self.skip(1);
        Ok(Some(OptionValue::Word(self.expect_any(words)?)))
    }

    fn scoped_configuration(&mut self) -> Result<StatementKind> {
        self.expect_all(&["DATABASE", "SCOPED"])?;
        if self.is("CREDENTIAL") {
            return Err(self.refuse("database scoped credentials"));
        }
        self.expect("CONFIGURATION")?;
        if self.accept("CLEAR") {
            self.expect("PROCEDURE_CACHE")?;
            if self.kind() == Kind::Binary {
                return Err(self.refuse("clearing one plan"));
            }
            return Ok(StatementKind::AlterDatabaseScopedConfiguration {
                name: "PROCEDURE_CACHE".to_owned(),
                value: None,
                clear: true,
            });
        }
        if self.is("FOR") {
            return Err(self.refuse("SCOPED CONFIGURATION FOR SECONDARY"));
        }
        self.expect("SET")?;
        if self.kind() != Kind::Word {
            return Err(self.unexpected());
        }
        let name = self.advance().upper;
        self.expect("=")?;
        let value = match self.kind() {
            Kind::Integer => self.advance().text,
            _ if name == "MAXDOP" => return Err(self.unexpected()),
            Kind::Word if self.is_any(&["AUTO", "WHEN_SUPPORTED", "FAIL_UNSUPPORTED"]) => {
                self.advance().upper
            }
            Kind::Word | Kind::QuotedWord | Kind::Text | Kind::NationalText => {
                return Err(self.refuse(format!("{} of {name}", self.token().text)));
            }
            Kind::Reserved => self.expect_any(&["ON", "OFF"])?,
            _ => return Err(self.unexpected()),
        };
        Ok(StatementKind::AlterDatabaseScopedConfiguration {
            name,
            value: Some(value),
            clear: false,
        })
    }
}
