//! The engine as the wire sees it.

use std::sync::Arc;

use crate::error::{Result, SqlError};
use crate::protocol::{
    BATCH_END, BulkRows, CancelFlag, Done, EngineServer, EngineSession, EnvChange, Login,
    ResultSink, RpcRequest, TransactionRequest,
};

use super::dml::bulk::Loaded;
use super::frame::{ExecContext, Frame};
use super::server::Server;
use super::session::Session;
use super::{dml, messages};

/// A server that can be shared with the wire.
#[derive(Clone)]
pub struct Engine(pub Arc<Server>);

impl EngineServer for Engine {
    fn login(
        &self,
        login: &Login,
    ) -> Result<(Box<dyn EngineSession>, Vec<EnvChange>, Vec<SqlError>)> {
        let session = self.0.open_session(login)?;
        let database = session.database_name();
        let changes = vec![
            EnvChange::Database {
                new: database.clone(),
                old: "master".to_owned(),
            },
            EnvChange::Collation,
            EnvChange::Language {
                new: "us_english".to_owned(),
                old: String::new(),
            },
        ];
        let mut infos = vec![
            messages::info(
                5701,
                2,
                format!("Changed database context to '{database}'."),
            ),
            messages::info(5703, 1, "Changed language setting to us_english."),
        ];
        for info in &mut infos {
            info.line = 1;
        }
        Ok((Box::new(session), changes, infos))
    }
}

impl EngineSession for Session {
    fn spid(&self) -> u16 {
        self.spid
    }

    fn cancel_flag(&self) -> CancelFlag {
        self.cancel.clone()
    }

    fn batch(&mut self, text: &str, sink: &mut dyn ResultSink) {
        self.run_batch(text, sink);
    }

    fn rpc(&mut self, request: &RpcRequest, sink: &mut dyn ResultSink) {
        self.run_rpc(request, sink);
    }

    fn transaction(&mut self, request: &TransactionRequest, sink: &mut dyn ResultSink) {
        let outcome = self.transaction_request(request, sink);
        let error = outcome.is_err();
        if let Err(error) = outcome {
            if Self::aborts_batch(&error) {
                self.rollback_all(sink);
            }
            self.last_error = error.number;
            // A client that is gone has nothing to be told.
            let _ = messages::send(sink, &error.line(1));
        }
        let _ = sink.done(Done {
            command: BATCH_END,
            row_count: None,
            nocount: false,
            error,
            in_procedure: false,
        });
        self.publish();
    }

    fn expects_bulk(&self) -> bool {
        self.pending_bulk.is_some()
    }

    fn bulk_load(&mut self, rows: &mut dyn BulkRows, sink: &mut dyn ResultSink) {
        self.begin_request("BULK INSERT");
        let mut frame = Frame::new();
        let outcome = {
            let mut ctx = ExecContext {
                session: self,
                frame: &mut frame,
            };
            dml::bulk::load(&mut ctx, rows)
        };
        self.settle_bulk(outcome, sink);
        self.finish_request();
    }

    fn reset(&mut self, keep_transaction: bool, sink: &mut dyn ResultSink) {
        if !keep_transaction {
            self.rollback_all(sink);
        }
        while !self.temp_scopes.is_empty() {
            self.drop_temp_scope();
        }
        self.temp_scopes.push(std::collections::HashMap::new());
        let isolation = self.options.isolation;
        self.options = self.initial_options.clone();
        // The isolation level survives a reset.
        self.options.isolation = isolation;
        while !self.impersonated.is_empty() {
            self.revert(0);
        }
        self.database = self.initial_database;
        self.default_schema.clone_from(&self.initial_schema);
        self.snapshot = None;
        self.prepared.clear();
        self.pending_bulk = None;
        self.session_context.clear();
        self.context_info = None;
        self.last_identity = None;
        self.last_error = 0;
        self.row_count = 0;
        self.server
            .locks
            .release_all(crate::locks::Owner::Session(self.spid));
        self.server.locks.forget_waits(self.spid);
        // A client that is gone has nothing to be told.
        let _ = sink.env_change(&EnvChange::ResetConnection);
        self.publish();
    }

    fn transaction_descriptor(&self) -> u64 {
        match &self.transaction.txn {
            Some(txn) if self.transaction.count > 0 => txn.id.0,
            _ => 0,
        }
    }
}

impl Session {
    fn settle_bulk(&mut self, outcome: Result<Loaded>, sink: &mut dyn ResultSink) {
        let done = |row_count, error| Done {
            command: 0xF0,
            row_count,
            nocount: false,
            error,
            in_procedure: false,
        };
        match outcome {
            Ok(Loaded { rows, dropped }) => {
                if let Some(table) = dropped {
                    // A client that is gone has nothing to be told.
                    let _ = sink.message(&messages::info(
                        0,
                        1,
                        format!("hartonomous-standin: {rows} rows for {table} were received and dropped, none is stored (--null-sink)."),
                    ));
                }
                self.row_count = i64::try_from(rows).unwrap_or(i64::MAX);
                self.last_error = 0;
                let _ = sink.done(done(Some(rows), false));
            }
            Err(error) => {
                self.last_error = error.number;
                let error = error.line(1);
                let _ = messages::send(sink, &error);
                let aborts = Self::aborts_batch(&error) || self.options.xact_abort;
                if !aborts && let Some(notice) = messages::statement_terminated(&error) {
                    let _ = sink.message(&notice);
                }
                if aborts {
                    self.rollback_all(sink);
                }
                let _ = sink.done(done(None, true));
            }
        }
    }
}
