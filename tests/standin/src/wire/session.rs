//! One client's session on a thread of its own: takes messages, lets the engine answer them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::BytesMut;

use super::bulk::BulkReader;
use super::dialect::Dialect;
use super::faults::{Fault, FaultTally, ObservedRequest, RequestKind};
use super::inbox::{BulkPackets, Inbox, Incoming};
use super::input::{Complete, Input, stream_incorrect};
use super::login::LoginRequest;
use super::options::WireOptions;
use super::packet::{self, Packet};
use super::response::{PacketQueue, Response, Shape};
use super::rpc::{self, Calls};
use super::{tokens, transaction};
use crate::error::{Result, SqlError};
use crate::protocol::{
    EngineServer, EngineSession, EnvChange, ResultSink, RpcRequest, TransactionRequest,
};

/// Whether the session goes on after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Continue,
    Close,
}

/// A request that was decoded and may be executed.
enum Request {
    Batch(String),
    Rpc(Vec<RpcRequest>, Option<SqlError>),
    Transaction(TransactionRequest),
}

pub(super) struct Session {
    pub inbox: Inbox,
    pub queue: PacketQueue,
    pub options: Arc<WireOptions>,
    pub tally: Arc<FaultTally>,
    pub connection: u64,
}

/// What a session is while it is logged in.
struct Serving {
    outer: Session,
    engine: Box<dyn EngineSession>,
    dialect: Dialect,
    requests: AtomicU64,
    /// Of the last batch, which a bulk load belongs to.
    last_batch: String,
}

impl Session {
    /// Logs in and serves until the client leaves, a fault or a fatal error ends the connection.
    pub fn run(mut self, request: &LoginRequest, server: &dyn EngineServer) {
        let Some(engine) = self.log_in(request, server) else {
            return;
        };
        self.inbox.signals().session_opened(engine.cancel_flag());
        let mut serving = Serving {
            outer: self,
            engine,
            dialect: request.dialect,
            requests: AtomicU64::new(0),
            last_batch: String::new(),
        };
        while serving.serve_one() == Next::Continue {}
    }

    fn log_in(
        &mut self,
        request: &LoginRequest,
        server: &dyn EngineServer,
    ) -> Option<Box<dyn EngineSession>> {
        let dialect = request.dialect;
        let name = &self.options.server_name;
        let opened = if request.integrated {
            Err(SqlError::new(
                18452,
                "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.",
            )
            .class(14))
        } else if request.change_password {
            Err(SqlError::not_implemented("changing a password at login").class(14))
        } else {
            server.login(&request.login)
        };
        let (engine, changes, messages) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let mut response = Response::to_login(&mut self.queue, dialect, name);
                let _ = response.error_with_follow_ups(&error);
                response.finish();
                return None;
            }
        };
        self.queue.set_spid(engine.spid());
        let mut response = Response::to_login(&mut self.queue, dialect, name);
        put_login_answer(&mut response, request, &changes, &messages);
        response.finish();
        self.queue.set_packet_size(request.login.packet_size);
        Some(engine)
    }
}

/// In the order in which SQL Server answers a login.
fn put_login_answer(
    response: &mut Response<'_>,
    request: &LoginRequest,
    changes: &[EnvChange],
    messages: &[SqlError],
) {
    let of_database = |change: &&EnvChange| matches!(change, EnvChange::Database { .. });
    let is_collation = |change: &&EnvChange| matches!(change, EnvChange::Collation);
    // A write that fails here fails again with the first request.
    for change in changes.iter().filter(of_database) {
        let _ = response.env_change(change);
    }
    for message in messages.iter().filter(|message| message.number == 5701) {
        let _ = response.message(message);
    }
    let _ = response.env_change(&EnvChange::Collation);
    for change in changes {
        if !of_database(&change) && !is_collation(&change) {
            let _ = response.env_change(change);
        }
    }
    for message in messages.iter().filter(|message| message.number != 5701) {
        let _ = response.message(message);
    }
    tokens::put_login_ack(response.raw(), request.dialect);
    let _ = response.env_change(&EnvChange::PacketSize {
        new: request.login.packet_size,
        old: packet::DEFAULT_SIZE,
    });
    if request.utf8_support {
        tokens::put_utf8_ack(response.raw());
    }
}

impl Serving {
    fn serve_one(&mut self) -> Next {
        match self.outer.inbox.next_message() {
            Incoming::Closed => Next::Close,
            Incoming::Attention => {
                self.response(Shape::Batch).acknowledge(false);
                Next::Continue
            }
            Incoming::Ignored => {
                self.response(Shape::Batch).finish();
                Next::Continue
            }
            Incoming::BulkLoad { first } => self.bulk_load(first),
            Incoming::Message { kind, status, body } => self.message(kind, status, body),
        }
    }

    fn response(&mut self, shape: Shape) -> Response<'_> {
        Response::new(
            &mut self.outer.queue,
            self.dialect,
            &self.outer.options.server_name,
            shape,
        )
    }

    /// Answers a message that is not executed. Class 20 and above ends the connection.
    fn refuse(&mut self, error: &SqlError) -> Next {
        let mut response = self.response(Shape::Batch);
        let _ = response.error_with_follow_ups(error);
        let next = if response.is_fatal() {
            Next::Close
        } else {
            Next::Continue
        };
        response.finish();
        next
    }

    fn message(&mut self, kind: u8, status: u8, body: BytesMut) -> Next {
        let mut input = Input::complete(body);
        let descriptor = if self.dialect.since_2005() {
            match input.all_headers() {
                Ok(descriptor) => descriptor,
                Err(error) => return self.refuse(&error),
            }
        } else {
            self.engine.transaction_descriptor()
        };
        let request = match decode(kind, input, self.dialect) {
            Ok(request) => request,
            Err(error) => return self.refuse(&error),
        };
        // A reset ends the transaction before the request begins, so the descriptor is looked at only without one.
        let resets = status & (packet::RESET | packet::RESET_KEEP_TRANSACTION) != 0;
        if !resets && descriptor != self.engine.transaction_descriptor() {
            return self.refuse(&SqlError::new(
                3989,
                "New request is not allowed to start because it should come with valid transaction descriptor.",
            ));
        }
        self.execute(&request, status)
    }

    fn execute(&mut self, request: &Request, status: u8) -> Next {
        let (kind, text) = match request {
            Request::Batch(text) => (RequestKind::Batch, text.clone()),
            Request::Rpc(calls, _) => {
                let texts: Vec<String> = calls.iter().map(rpc::describe).collect();
                (RequestKind::Rpc, texts.join("; "))
            }
            Request::Transaction(request) => {
                (RequestKind::Transaction, transaction::describe(request))
            }
        };
        if let Request::Batch(text) = request {
            self.last_batch.clone_from(text);
        }
        let observed = self.observe(kind, text);
        let fault = self.before(&observed);
        if fault == Fault::Drop {
            return Next::Close;
        }
        let shape = match request {
            Request::Rpc(..) => Shape::Rpc,
            _ => Shape::Batch,
        };
        let engine = &mut self.engine;
        let mut response = Response::new(
            &mut self.outer.queue,
            self.dialect,
            &self.outer.options.server_name,
            shape,
        );
        if fault == Fault::DropUnanswered {
            response.discard();
        }
        reset(engine.as_mut(), status, &mut response);
        run(engine.as_mut(), request, &mut response);
        if fault == Fault::DropUnanswered {
            return Next::Close;
        }
        if after(&self.outer.options, &self.outer.tally, &observed) == Next::Close {
            response.discard();
            return Next::Close;
        }
        finish(&mut self.outer.inbox, response)
    }

    fn bulk_load(&mut self, first: Packet) -> Next {
        let status = first.status;
        if !self.engine.expects_bulk() {
            return self.refuse(&stream_incorrect("A bulk load was not announced."));
        }
        let observed = self.observe(RequestKind::BulkLoad, self.last_batch.clone());
        let fault = self.before(&observed);
        if fault == Fault::Drop {
            return Next::Close;
        }
        let mut response = Response::new(
            &mut self.outer.queue,
            self.dialect,
            &self.outer.options.server_name,
            Shape::Batch,
        );
        if fault == Fault::DropUnanswered {
            response.discard();
        }
        reset(self.engine.as_mut(), status, &mut response);
        let packets = BulkPackets::new(&mut self.outer.inbox, first);
        let mut rows = BulkReader::open(packets, self.dialect);
        self.engine.bulk_load(&mut rows, &mut response);
        rows.drain();
        if fault == Fault::DropUnanswered {
            return Next::Close;
        }
        if after(&self.outer.options, &self.outer.tally, &observed) == Next::Close {
            response.discard();
            return Next::Close;
        }
        finish(&mut self.outer.inbox, response)
    }

    fn observe(&self, kind: RequestKind, text: String) -> ObservedRequest {
        self.outer.tally.requests.fetch_add(1, Ordering::SeqCst);
        ObservedRequest {
            connection: self.outer.connection,
            spid: self.engine.spid(),
            ordinal: self.requests.fetch_add(1, Ordering::SeqCst) + 1,
            kind,
            text,
        }
    }

    fn before(&self, observed: &ObservedRequest) -> Fault {
        let Some(faults) = &self.outer.options.faults else {
            return Fault::None;
        };
        let tally = &self.outer.tally;
        let fault = faults.before(observed);
        match fault {
            Fault::None => {}
            Fault::Delay(time) => {
                tally.delayed.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(time);
            }
            Fault::Drop => {
                tally.dropped_before.fetch_add(1, Ordering::SeqCst);
            }
            Fault::DropUnanswered => {
                tally.dropped_after.fetch_add(1, Ordering::SeqCst);
            }
        }
        fault
    }
}

fn after(options: &WireOptions, tally: &FaultTally, observed: &ObservedRequest) -> Next {
    let Some(faults) = &options.faults else {
        return Next::Continue;
    };
    match faults.after(observed) {
        Fault::None => Next::Continue,
        Fault::Delay(time) => {
            tally.delayed.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(time);
            Next::Continue
        }
        Fault::Drop | Fault::DropUnanswered => {
            tally.dropped_after.fetch_add(1, Ordering::SeqCst);
            Next::Close
        }
    }
}

fn decode(kind: u8, mut input: Input<Complete>, dialect: Dialect) -> Result<Request> {
    match kind {
        packet::BATCH => Ok(Request::Batch(rpc::batch_text(&input.rest()?)?)),
        packet::TRANSACTION => Ok(Request::Transaction(transaction::parse(&mut input)?)),
        packet::RPC => {
            let mut calls = Calls::new(input, dialect);
            let mut requests = Vec::new();
            loop {
                match calls.next() {
                    Ok((request, more)) => {
                        requests.push(request);
                        if !more {
                            return Ok(Request::Rpc(requests, None));
                        }
                    }
                    // Calls in front of the one that cannot be read are executed, as they are on SQL Server.
                    Err(error) => return Ok(Request::Rpc(requests, Some(error))),
                }
            }
        }
        _ => Err(stream_incorrect("The type of the message is unknown.")),
    }
}

fn reset(engine: &mut dyn EngineSession, status: u8, response: &mut Response<'_>) {
    let keep_transaction = status & packet::RESET_KEEP_TRANSACTION != 0;
    if !keep_transaction && status & packet::RESET == 0 {
        return;
    }
    engine.reset(keep_transaction, response);
    if !response.reset_acknowledged() {
        let _ = response.env_change(&EnvChange::ResetConnection);
    }
}

fn run(engine: &mut dyn EngineSession, request: &Request, response: &mut Response<'_>) {
    match request {
        Request::Batch(text) => engine.batch(text, response),
        Request::Transaction(request) => engine.transaction(request, response),
        Request::Rpc(calls, unreadable) => {
            let cancel = engine.cancel_flag();
            for (at, call) in calls.iter().enumerate() {
                if at > 0 && cancel.is_set() {
                    return;
                }
                engine.rpc(call, response);
                response.end_call(at + 1 < calls.len() || unreadable.is_some());
            }
            if let Some(error) = unreadable {
                let _ = response.error_with_follow_ups(error);
                response.end_call(false);
            }
        }
    }
}

fn finish(inbox: &mut Inbox, response: Response<'_>) -> Next {
    let next = if response.is_fatal() {
        Next::Close
    } else {
        Next::Continue
    };
    if inbox.attention_during_request() {
        response.acknowledge(true);
    } else {
        response.finish();
    }
    next
}
