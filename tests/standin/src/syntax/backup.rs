//! BACKUP and RESTORE.

use super::ast::{Backup, NamedOption, OptionValue, Restore, StatementKind, TransactionName};
use super::cursor::Parser;
use super::database::named;
use super::lexer::Kind;
use super::options::{OptionTable, Takes};
use crate::error::Result;

static BACKUP: OptionTable = OptionTable {
    statement: "BACKUP",
    options: &[
        ("COPY_ONLY", Takes::Flag),
        ("DIFFERENTIAL", Takes::Flag),
        ("COMPRESSION", Takes::Flag),
        ("NO_COMPRESSION", Takes::Flag),
        ("INIT", Takes::Flag),
        ("NOINIT", Takes::Flag),
        ("FORMAT", Takes::Flag),
        ("NOFORMAT", Takes::Flag),
        ("SKIP", Takes::Flag),
        ("NOSKIP", Takes::Flag),
        ("CHECKSUM", Takes::Flag),
        ("NO_CHECKSUM", Takes::Flag),
        ("STOP_ON_ERROR", Takes::Flag),
        ("CONTINUE_AFTER_ERROR", Takes::Flag),
        ("NORECOVERY", Takes::Flag),
        ("NO_TRUNCATE", Takes::Flag),
        ("NAME", Takes::Text),
        ("DESCRIPTION", Takes::Text),
        ("STATS", Takes::MaybeNumber),
        ("BLOCKSIZE", Takes::Number),
        ("BUFFERCOUNT", Takes::Number),
        ("MAXTRANSFERSIZE", Takes::Number),
        ("CREDENTIAL", Takes::Refused),
        ("ENCRYPTION", Takes::Refused),
        ("EXPIREDATE", Takes::Refused),
        ("FILE_SNAPSHOT", Takes::Refused),
        ("MEDIADESCRIPTION", Takes::Refused),
        ("MEDIANAME", Takes::Refused),
        ("MEDIAPASSWORD", Takes::Refused),
        ("METADATA_ONLY", Takes::Refused),
        ("NOREWIND", Takes::Refused),
        ("NOUNLOAD", Takes::Refused),
        ("NO_LOG", Takes::Refused),
        ("PASSWORD", Takes::Refused),
        ("RESTART", Takes::Refused),
        ("RETAINDAYS", Takes::Refused),
        ("REWIND", Takes::Refused),
        ("SNAPSHOT", Takes::Refused),
        ("STANDBY", Takes::Refused),
        ("TRUNCATE_ONLY", Takes::Refused),
        ("UNLOAD", Takes::Refused),
    ],
};
static RESTORE: OptionTable = OptionTable {
    statement: "RESTORE",
    options: &[
        ("RECOVERY", Takes::Flag),
        ("NORECOVERY", Takes::Flag),
        ("REPLACE", Takes::Flag),
        ("CHECKSUM", Takes::Flag),
        ("NO_CHECKSUM", Takes::Flag),
        ("STOP_ON_ERROR", Takes::Flag),
        ("CONTINUE_AFTER_ERROR", Takes::Flag),
        ("LOADHISTORY", Takes::Flag),
        ("RESTRICTED_USER", Takes::Flag),
        ("FILE", Takes::Number),
        ("STATS", Takes::MaybeNumber),
        ("STOPAT", Takes::Text),
        ("MEDIANAME", Takes::Text),
        ("BUFFERCOUNT", Takes::Number),
        ("MAXTRANSFERSIZE", Takes::Number),
        ("BLOCKSIZE", Takes::Number),
        ("STANDBY", Takes::Refused),
        ("STOPATMARK", Takes::Refused),
        ("STOPBEFOREMARK", Takes::Refused),
        ("PARTIAL", Takes::Refused),
        ("RESTART", Takes::Refused),
        ("KEEP_REPLICATION", Takes::Refused),
        ("KEEP_CDC", Takes::Refused),
        ("ENABLE_BROKER", Takes::Refused),
        ("NEW_BROKER", Takes::Refused),
        ("ERROR_BROKER_CONVERSATIONS", Takes::Refused),
        ("SNAPSHOT_RESTORE_PHASE", Takes::Refused),
        ("PASSWORD", Takes::Refused),
        ("CREDENTIAL", Takes::Refused),
        ("DBNAME", Takes::Refused),
        ("FILESTREAM", Takes::Refused),
        ("MEDIAPASSWORD", Takes::Refused),
        ("METADATA_ONLY", Takes::Refused),
        ("NOREWIND", Takes::Refused),
        ("NOUNLOAD", Takes::Refused),
        ("REWIND", Takes::Refused),
        ("SNAPSHOT", Takes::Refused),
        ("UNLOAD", Takes::Refused),
    ],
};

/// What may name a part of a database after its name.
const PARTS: &[&str] = &["FILE", "FILEGROUP", "PAGE", "READ_WRITE_FILEGROUPS"];

impl Parser {
    fn database_or_variable(&mut self) -> Result<TransactionName> {
        if self.kind() == Kind::Variable {
            return self.variable().map(TransactionName::Variable);
        }
        self.ident().map(TransactionName::Name)
    }

    fn devices(&mut self) -> Result<Vec<super::ast::Expr>> {
        self.list(|p| {
            if !p.is("DISK") || !p.is_ahead(1, "=") {
                return Err(p.refuse("backup devices other than DISK"));
            }
            p.expect("DISK")?;
            p.expect("=")?;
            p.refuse_system_variable()?;
            if p.is_text() {
                return p.constant();
            }
            let span = p.start();
            let name = p.variable()?;
            Ok(super::ast::Expr {
                span,
                kind: super::ast::ExprKind::Variable(name),
            })
        })
    }

    fn refuse_parts(&self, statement: &str) -> Result<()> {
        if self.is_any(PARTS) {
            return Err(self.refuse(format!("{statement} of parts of a database")));
        }
        Ok(())
    }

    fn plain_options(&mut self, table: &OptionTable) -> Result<Vec<NamedOption>> {
        if !self.is("WITH") || self.ahead(1).kind == Kind::QuotedWord {
            return Ok(Vec::new());
        }
        self.skip(1);
        self.list(|p| p.named_option(table))
    }

    pub(super) fn backup(&mut self) -> Result<StatementKind> {
        self.expect("BACKUP")?;
        if self.is_any(&[
            "CERTIFICATE",
            "MASTER",
            "SERVICE",
            "SYMMETRIC",
            "GROUP",
            "SERVER",
        ]) {
            return Err(self.refuse(format!("BACKUP {}", self.token().upper)));
        }
        if self.is_any(&["TRAN", "TRANSACTION"]) {
            return Err(self.refuse("BACKUP TRANSACTION"));
        }
        let log = self.expect_any(&["DATABASE", "LOG"])? == "LOG";
        let database = self.database_or_variable()?;
        self.refuse_parts("BACKUP")?;
        if log && self.is("WITH") {
            return Err(self.refuse("BACKUP LOG without a device"));
        }
        self.expect("TO")?;
        let to = self.devices()?;
        if self.is("MIRROR") {
            return Err(self.refuse("BACKUP ... MIRROR TO"));
        }
        let options = self.plain_options(&BACKUP)?;
        Ok(StatementKind::Backup(Box::new(Backup {
            log,
            database,
            to,
            options,
        })))
    }

    /// `MOVE 'logical' TO 'physical'` keeps the second name as a nested option TO.
    fn restore_option(&mut self) -> Result<NamedOption> {
        if !self.is("MOVE") {
            return self.named_option(&RESTORE);
        }
        self.skip(1);
        if self.kind() == Kind::Variable
            || (self.is_text() && self.is_ahead(1, "TO") && self.ahead(2).kind == Kind::Variable)
        {
            return Err(self.refuse("variables in MOVE"));
        }
        let mut option = named("MOVE", Some(OptionValue::Text(self.text()?)), self);
        self.expect("TO")?;
        let to = named("TO", Some(OptionValue::Text(self.text()?)), self);
        option.nested.push(to);
        Ok(option)
    }

    pub(super) fn restore(&mut self) -> Result<StatementKind> {
        self.expect("RESTORE")?;
        let other = [
            "MASTER",
            "REWINDONLY",
            "SERVICE",
            "SYMMETRIC",
            "TRAN",
            "TRANSACTION",
        ];
        if self.is_any(&other) {
            return Err(self.refuse(format!("RESTORE {}", self.token().upper)));
        }
        let what = self.expect_any(&[
            "DATABASE",
            "LOG",
            "VERIFYONLY",
            "HEADERONLY",
            "FILELISTONLY",
            "LABELONLY",
        ])?;
        let database = if matches!(what.as_str(), "DATABASE" | "LOG") {
            Some(self.database_or_variable()?)
        } else {
            None
        };
        self.refuse_parts("RESTORE")?;
        let from = if database.is_none() || self.is("FROM") {
            self.expect("FROM")?;
            if self.is("DATABASE_SNAPSHOT") {
                return Err(self.refuse("restoring from a snapshot"));
            }
            self.devices()?
        } else {
            Vec::new()
        };
        let options = if self.is("WITH") && self.ahead(1).kind != Kind::QuotedWord {
            self.skip(1);
            self.list(Self::restore_option)?
        } else {
            Vec::new()
        };
        Ok(StatementKind::Restore(Box::new(Restore {
            what,
            database,
            from,
            options,
        })))
    }
}
