//! What surrounds every statement: its transaction or savepoint, its time, and its undoing when it fails.

use chrono::Utc;

use crate::error::{Result, SqlError};
use crate::protocol::{Done, EXECUTE};
use crate::storage::Savepoint;
use crate::syntax::ast::StatementKind;

use super::faults::FaultPoint;
use super::frame::ExecContext;
use super::session::Session;

/// sys.dm_exec_requests.command of statements that take long enough to be looked at.
pub(crate) fn long_command(kind: &StatementKind) -> Option<&'static str> {
    Some(match kind {
        StatementKind::Backup(backup) if backup.log => "BACKUP LOG",
        StatementKind::Backup(_) => "BACKUP DATABASE",
        StatementKind::Restore(restore) => match restore.what.as_str() {
            "DATABASE" => "RESTORE DATABASE",
            "LOG" => "RESTORE LOG",
            "VERIFYONLY" => "RESTORE VERIFYON",
            "HEADERONLY" => "RESTORE HEADERONLY",
            _ => return None,
        },
        StatementKind::AlterTable(_) => "ALTER TABLE",
        _ => return None,
    })
}

/// TDS CurCmd of a statement.
pub(crate) fn command_code(kind: &StatementKind) -> u16 {
    match kind {
        StatementKind::Select(select) if has_into(&select.query.body) => 0xC2,
        StatementKind::Select(_)
        | StatementKind::Set(_)
        | StatementKind::Declare(_)
        | StatementKind::Return(Some(_)) => SELECT,
        StatementKind::If { .. } | StatementKind::While { .. } => 0xC0,
        StatementKind::Goto(_) | StatementKind::Break | StatementKind::Continue => 0xCA,
        StatementKind::Return(None) => 0xDB,
        StatementKind::Throw(_) | StatementKind::RaisError { .. } => 0xF6,
        StatementKind::Print(_) => 0xF7,
        StatementKind::Insert(_) => 0xC3,
        StatementKind::Delete(_) => 0xC4,
        StatementKind::Update(_) => 0xC5,
        StatementKind::Merge(_) => 0x117,
        StatementKind::InsertBulk(_) => 0xF0,
        StatementKind::CreateTable(_) => 0xC6,
        StatementKind::DropTable { .. } => 0xC7,
        StatementKind::CreateIndex(_) => 0xC8,
        StatementKind::DropIndex { .. } => 0xC9,
        StatementKind::AlterTable(_) => 0xD8,
        StatementKind::BeginTransaction { .. } => 0xD4,
        StatementKind::Commit { .. } => 0xD5,
        StatementKind::Rollback { .. } => 0xD2,
        StatementKind::CreateDatabase { .. } => 0xCB,
        StatementKind::DropDatabase { .. } => 0xCC,
        StatementKind::CreateView(_) => 0xCF,
        StatementKind::CreateProcedure(_) => 0xDE,
        StatementKind::Execute(_) => EXECUTE,
        StatementKind::Use(_) => 0xE2,
        StatementKind::SetOption(_) => 0xF9,
        _ => 0,
    }
}

/// CurCmd of SELECT and of what assigns variables.
pub(crate) const SELECT: u16 = 0xC1;
/// CurCmd of BEGIN TRY, of a CATCH that is entered, and of the construct's end.
pub(crate) const BEGIN_TRY: u16 = 0x15D;
pub(crate) const BEGIN_CATCH: u16 = 0x15E;
pub(crate) const END_TRY: u16 = 0x15F;

/// The DONE of a statement that runs in this context.
pub(crate) fn done(ctx: &ExecContext<'_>, command: u16, row_count: Option<i64>) -> Done {
    Done {
        command,
        row_count: row_count.and_then(|rows| u64::try_from(rows).ok()),
        nocount: ctx.session.options.nocount,
        error: false,
        in_procedure: ctx.session.procedure_depth > 0,
    }
}

/// Definitions that end without a DONE of their own.
pub(crate) fn is_silent(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::SetOption(options) => options
            .iter()
            .all(|option| matches!(option.name.as_str(), "QUOTED_IDENTIFIER" | "PARSEONLY")),
        StatementKind::CreateSchema { .. }
        | StatementKind::DropSchema { .. }
        | StatementKind::CreateType { .. }
        | StatementKind::CreateLogin { .. }
        | StatementKind::CreateUser { .. }
        | StatementKind::CreateRole { .. }
        | StatementKind::AlterRole { .. }
        | StatementKind::AlterServerRole { .. }
        | StatementKind::Permission { .. } => true,
        _ => false,
    }
}

/// Statements after whose failure 3621 is sent.
pub(crate) fn writes_rows(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::Insert(_)
        | StatementKind::Update(_)
        | StatementKind::Delete(_)
        | StatementKind::Merge(_)
        | StatementKind::AlterTable(_) => true,
        StatementKind::Select(select) => has_into(&select.query.body),
        _ => false,
    }
}

pub(crate) fn has_into(body: &crate::syntax::ast::QueryBody) -> bool {
    use crate::syntax::ast::QueryBody;
    match body {
        QueryBody::Select(spec) => spec.into.is_some(),
        QueryBody::SetOperation { left, .. } => has_into(left),
        QueryBody::Paren(query) => has_into(&query.body),
    }
}

/// 3930.
pub(crate) fn doomed() -> SqlError {
    SqlError::new(
        3930,
        "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.",
    )
}

/// Runs `work` as one statement: all of it happens or nothing, in the open transaction or in one of its own.
pub(crate) fn within<'a, T>(
    ctx: &mut ExecContext<'a>,
    work: impl FnOnce(&mut ExecContext<'a>) -> Result<T>,
) -> Result<T> {
    if ctx.session.statement_depth > 0 {
        return work(ctx);
    }
    ctx.frame.statement_time = Utc::now();
    let mark = ctx.session.enter_statement()?;
    ctx.session.statement_depth += 1;
    let outcome = work(ctx);
    ctx.session.statement_depth -= 1;
    ctx.session.snapshot = None;
    ctx.session.used = Default::default();
    match outcome {
        Ok(value) => {
            ctx.session.leave_statement(mark)?;
            Ok(value)
        }
        Err(error) => {
            ctx.session.undo_statement(mark);
            Err(error)
        }
    }
}

/// How to undo a statement.
pub(crate) enum Mark {
    /// The statement has a transaction of its own.
    Own,
    Savepoint(Savepoint),
}

impl Session {
    fn enter_statement(&mut self) -> Result<Mark> {
        if let Some(txn) = &self.transaction.txn {
            return Ok(Mark::Savepoint(self.server.store.savepoint(txn)));
        }
        self.transaction.txn = Some(self.server.store.begin(self.options.isolation));
        Ok(Mark::Own)
    }

    fn leave_statement(&mut self, mark: Mark) -> Result<()> {
        if let Some(side) = self.transaction.side.take() {
            self.server.store.commit(side);
        }
        if matches!(mark, Mark::Own) && self.transaction.count == 0 {
            let writes = self
                .transaction
                .txn
                .as_ref()
                .is_some_and(|t| t.has_changes());
            if writes && let Some(fault) = self.fault(FaultPoint::BeforeCommit) {
                if let Some(txn) = self.transaction.txn.take() {
                    self.server.store.rollback(txn);
                }
                return Err(fault);
            }
            if let Some(txn) = self.transaction.txn.take() {
                self.server.store.validate_and_commit(txn)?;
            }
        }
        Ok(())
    }

    fn undo_statement(&mut self, mark: Mark) {
        if let Some(side) = self.transaction.side.take() {
            self.server.store.rollback(side);
        }
        match mark {
            Mark::Own => {
                if self.transaction.count == 0
                    && let Some(txn) = self.transaction.txn.take()
                {
                    self.server.store.rollback(txn);
                }
            }
            Mark::Savepoint(savepoint) => {
                if let Some(txn) = &mut self.transaction.txn {
                    self.server.store.rollback_to(txn, savepoint);
                }
            }
        }
    }

    /// The error that the fault schedule wants here, if any.
    pub(crate) fn fault(&self, point: FaultPoint) -> Option<SqlError> {
        self.server
            .config
            .faults
            .strike(point, &self.server.fault_counter, self.spid)
    }
}
