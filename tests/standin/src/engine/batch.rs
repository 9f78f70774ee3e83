//! A batch from the client, from its text to the last token of its answer.

use crate::error::SqlError;
use crate::protocol::{BATCH_END, Done, ResultSink};
use crate::syntax::ast::{SetOptionValue, Statement, StatementKind};

use super::call::rpc;
use super::compile;
use super::frame::{ExecContext, Frame};
use super::interpret::{Unwind, run_statements};
use super::messages;
use super::session::Session;

impl Session {
    pub(crate) fn run_batch(&mut self, text: &str, sink: &mut dyn ResultSink) {
        self.begin_request(text);
        let mut frame = Frame::new();
        let outcome = {
            let mut ctx = ExecContext {
                session: self,
                frame: &mut frame,
            };
            run_text(&mut ctx, text, sink)
        };
        self.drop_table_variables(&frame);
        self.end_request(outcome, sink);
    }

    pub(crate) fn run_rpc(
        &mut self,
        request: &crate::protocol::RpcRequest,
        sink: &mut dyn ResultSink,
    ) {
        self.begin_request("");
        let mut frame = Frame::new();
        frame.line = 1;
        let outcome = {
            let mut ctx = ExecContext {
                session: self,
                frame: &mut frame,
            };
            rpc::run(&mut ctx, request, sink)
        };
        self.end_request(outcome, sink);
    }

    /// What the end of a request does whatever happened in it.
    fn end_request(&mut self, outcome: std::result::Result<(), Unwind>, sink: &mut dyn ResultSink) {
        self.try_depth = 0;
        self.nest_level = 0;
        self.procedure_depth = 0;
        self.statement_depth = 0;
        self.transaction.insert_exec = false;
        while self.temp_scopes.len() > 1 {
            self.drop_temp_scope();
        }
        match outcome {
            Err(Unwind::Raise(error)) => refuse(self, &error, sink),
            Err(Unwind::Cancelled) if self.options.xact_abort || self.is_killed() => {
                self.rollback_all(sink);
            }
            _ => {}
        }
        if self.is_killed() && !self.dead {
            self.dead = true;
            self.rollback_all(sink);
            let error = SqlError::new(
                596,
                "Cannot continue the execution because the session is in the kill state.",
            )
            .class(21);
            refuse(self, &error, sink);
        }
        if self.transaction.doomed {
            self.rollback_all(sink);
            let error = SqlError::new(
                3998,
                "Uncommittable transaction is detected at the end of the batch. The transaction is rolled back.",
            )
            .line(1);
            refuse(self, &error, sink);
        }
        self.finish_request();
    }
}

/// An error of the request as a whole.
fn refuse(session: &mut Session, error: &SqlError, sink: &mut dyn ResultSink) {
    session.last_error = error.number;
    // A client that is gone has nothing to be told.
    let _ = messages::send(sink, error);
    let _ = sink.done(Done {
        command: BATCH_END,
        row_count: None,
        nocount: false,
        error: true,
        in_procedure: false,
    });
}

/// What the last SET PARSEONLY of the batch says, wherever it stands: it counts while the batch is parsed.
fn parse_only(statements: &[Statement]) -> Option<bool> {
    statements.iter().rev().find_map(|stmt| match &stmt.kind {
        StatementKind::SetOption(options) => options
            .iter()
            .rev()
            .find(|option| option.name == "PARSEONLY")
            .map(|option| matches!(option.value, SetOptionValue::On)),
        StatementKind::If {
            then, otherwise, ..
        } => otherwise
            .as_deref()
            .and_then(|other| parse_only(std::slice::from_ref(other)))
            .or_else(|| parse_only(std::slice::from_ref(then))),
        StatementKind::While { body, .. } => parse_only(std::slice::from_ref(body)),
        StatementKind::Block(inner) => parse_only(inner),
        StatementKind::TryCatch {
            try_block,
            catch_block,
        } => parse_only(catch_block).or_else(|| parse_only(try_block)),
        _ => None,
    })
}

fn run_text(
    ctx: &mut ExecContext<'_>,
    text: &str,
    sink: &mut dyn ResultSink,
) -> std::result::Result<(), Unwind> {
    ctx.frame.text = std::sync::Arc::from(text);
    let batch = compile::parse(ctx.session, text)?;
    if let Some(on) = parse_only(&batch.statements) {
        ctx.session.options.parseonly = on;
    }
    if ctx.session.options.parseonly {
        return Ok(());
    }
    compile::check(ctx, &batch.statements)?;
    run_statements(ctx, &batch.statements, sink).map(|_| ())
}
