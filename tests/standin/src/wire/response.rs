//! The answer to one message: tokens into packets, packets into the bounded queue of the connection.

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc::Sender;

use super::column::{SentType, put_metadata, put_return_value_head};
use super::dialect::Dialect;
use super::encode::put_value;
use super::{packet, tokens};
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::{BATCH_END, ColumnInfo, Done, EXECUTE, EnvChange, ResultSink};
use crate::types::{SqlType, Value};

/// Cuts a stream of tokens into packets. The last packet of a message is held back so that it can say so.
pub(super) struct PacketQueue {
    sender: Sender<Bytes>,
    buffer: BytesMut,
    packet_size: usize,
    spid: u16,
    id: u8,
    gone: bool,
    /// Everything is thrown away: a fault swallows the answer.
    discarding: bool,
}

impl PacketQueue {
    pub fn new(sender: Sender<Bytes>, packet_size: u32) -> Self {
        Self {
            sender,
            buffer: BytesMut::new(),
            packet_size: packet_size as usize,
            spid: 0,
            id: 1,
            gone: false,
            discarding: false,
        }
    }

    pub fn set_packet_size(&mut self, packet_size: u32) {
        self.packet_size = packet_size as usize;
    }

    pub fn set_spid(&mut self, spid: u16) {
        self.spid = spid;
    }

    pub fn discard(&mut self) {
        self.discarding = true;
        self.buffer.clear();
    }

    fn send(&mut self, status: u8, payload: &[u8]) {
        if !self.gone && !self.discarding {
            let packet = packet::frame(packet::RESPONSE, status, self.spid, self.id, payload);
            self.gone = self.sender.blocking_send(packet).is_err();
        }
        self.id = self.id.wrapping_add(1);
    }

    fn send_full(&mut self) -> Result<()> {
        let most = self.packet_size - packet::HEADER;
        while self.buffer.len() > most {
            let payload = self.buffer.split_to(most);
            self.send(0, &payload);
        }
        if self.gone {
            return Err(client_gone());
        }
        Ok(())
    }

    fn finish(&mut self) {
        if self.send_full().is_ok() {
            let payload = self.buffer.split();
            self.send(packet::END_OF_MESSAGE, &payload);
        }
        self.buffer.clear();
        self.id = 1;
    }
}

fn client_gone() -> SqlError {
    SqlError::new(0, "The client has closed the connection.")
        .class(20)
        .kind(ErrorKind::Cancelled)
}

/// A DONE that waits to learn whether something follows.
struct PendingDone {
    token: u8,
    status: u16,
    command: u16,
    count: u64,
}

/// What a request is, which decides the kind of its DONEs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Batch,
    Rpc,
}

pub(super) struct Response<'a> {
    queue: &'a mut PacketQueue,
    dialect: Dialect,
    server_name: &'a str,
    shape: Shape,
    columns: Vec<SentType>,
    pending: Option<PendingDone>,
    error_since_done: bool,
    /// A result set was begun that no DONE has closed.
    rows_open: bool,
    /// CurCmd of a DONE that belongs to no statement.
    end_command: u16,
    reset_acknowledged: bool,
    /// A message of class 20 or above was sent: the connection ends with this answer.
    fatal: bool,
    row: BytesMut,
}

impl<'a> Response<'a> {
    pub fn new(
        queue: &'a mut PacketQueue,
        dialect: Dialect,
        server_name: &'a str,
        shape: Shape,
    ) -> Self {
        Self {
            queue,
            dialect,
            server_name,
            shape,
            columns: Vec::new(),
            pending: None,
            error_since_done: false,
            rows_open: false,
            end_command: BATCH_END,
            reset_acknowledged: false,
            fatal: false,
            row: BytesMut::new(),
        }
    }

    /// The answer to a login, whose DONE names no command.
    pub fn to_login(queue: &'a mut PacketQueue, dialect: Dialect, server_name: &'a str) -> Self {
        Self {
            end_command: 0,
            ..Self::new(queue, dialect, server_name, Shape::Batch)
        }
    }

    pub fn is_fatal(&self) -> bool {
        self.fatal
    }

    pub fn reset_acknowledged(&self) -> bool {
        self.reset_acknowledged
    }

    pub fn discard(&mut self) {
        self.queue.discard();
    }

    pub fn raw(&mut self) -> &mut BytesMut {
        &mut self.queue.buffer
    }

    fn put_done(&mut self, done: &PendingDone, more: bool) {
        let status = done.status | if more { tokens::MORE } else { 0 };
        tokens::put_done(
            &mut self.queue.buffer,
            done.token,
            status,
            done.command,
            done.count,
            self.dialect,
        );
    }

    /// Something follows: the DONE that waited says so.
    fn release(&mut self) {
        if let Some(done) = self.pending.take() {
            self.put_done(&done, true);
        }
    }

    /// An error and all of its follow-ups, in order.
    pub fn error_with_follow_ups(&mut self, error: &SqlError) -> Result<()> {
        self.message(error)?;
        for follow_up in &error.follow_ups {
            self.error_with_follow_ups(follow_up)?;
        }
        Ok(())
    }

    fn last_status(&mut self) -> u16 {
        if std::mem::take(&mut self.error_since_done) {
            tokens::ERROR
        } else {
            0
        }
    }

    /// Ends one call of an RPC message.
    pub fn end_call(&mut self, more_calls: bool) {
        self.release();
        let status = self.last_status() | if more_calls { tokens::MORE } else { 0 };
        tokens::put_done(
            &mut self.queue.buffer,
            tokens::DONE_PROCEDURE,
            status,
            EXECUTE,
            0,
            self.dialect,
        );
    }

    fn put_final(&mut self, status: u16, command: u16) {
        tokens::put_done(
            &mut self.queue.buffer,
            tokens::DONE,
            status,
            command,
            0,
            self.dialect,
        );
    }

    /// Answers an attention. A request that it interrupted ends first, with a DONE in the place of the last one that
    /// nothing followed; the acknowledgement is a message of its own.
    pub fn acknowledge(mut self, interrupted: bool) {
        if interrupted {
            let last = self.pending.take();
            let command = last.map_or(self.end_command, |done| done.command);
            self.put_final(tokens::ERROR, command);
            self.queue.finish();
        }
        self.put_final(tokens::ATTENTION, self.end_command);
        self.queue.finish();
    }

    /// Ends the answer. A batch ends with the last statement's DONE, or one of its own where there is none.
    pub fn finish(mut self) {
        if self.shape == Shape::Batch {
            match self.pending.take() {
                Some(done) if done.token != tokens::DONE_IN_PROCEDURE => {
                    self.put_done(&done, false);
                }
                in_procedure => {
                    self.pending = in_procedure;
                    self.release();
                    let status = self.last_status();
                    self.put_final(status, self.end_command);
                }
            }
        }
        self.queue.finish();
    }

    /// A defect of the engine found while its answer is encoded: reported and fatal, never sent as something else.
    fn fail(&mut self, error: SqlError) -> SqlError {
        let _ = self.message(&error);
        self.fatal = true;
        error
    }

    fn encode_row(&mut self, values: &[Value]) -> Result<()> {
        if values.len() != self.columns.len() {
            return Err(SqlError::not_implemented(format!(
                "a row of {} values under {} columns",
                values.len(),
                self.columns.len()
            ))
            .class(20));
        }
        self.row.clear();
        let saved: usize = self
            .columns
            .iter()
            .zip(values)
            .filter(|(_, value)| value.is_null())
            .map(|(column, _)| column.null_size())
            .sum();
        let bitmap = values.len().div_ceil(8);
        let compressed = self.dialect.has_null_bitmaps() && saved > bitmap;
        if compressed {
            self.row.extend_from_slice(&[0xD2]);
            let mut bits = vec![0u8; bitmap];
            for (at, value) in values.iter().enumerate() {
                if value.is_null() {
                    bits[at / 8] |= 1 << (at % 8);
                }
            }
            self.row.extend_from_slice(&bits);
        } else {
            self.row.extend_from_slice(&[0xD1]);
        }
        for (column, value) in self.columns.iter().zip(values) {
            let skipped = compressed && value.is_null() && column.nullable;
            if !skipped {
                put_value(&mut self.row, column, value)?;
            }
        }
        Ok(())
    }
}

impl ResultSink for Response<'_> {
    fn columns(&mut self, columns: &[ColumnInfo]) -> Result<()> {
        self.release();
        self.rows_open = true;
        let mut metadata = BytesMut::new();
        match put_metadata(&mut metadata, columns, self.dialect) {
            Ok(sent) => self.columns = sent,
            Err(error) => return Err(self.fail(error)),
        }
        self.queue.buffer.extend_from_slice(&metadata);
        self.queue.send_full()
    }

    fn row(&mut self, values: &[Value]) -> Result<()> {
        if let Err(error) = self.encode_row(values) {
            return Err(self.fail(error));
        }
        self.queue.buffer.extend_from_slice(&self.row);
        self.queue.send_full()
    }

    fn done(&mut self, done: Done) -> Result<()> {
        if self.shape == Shape::Rpc && done.command == BATCH_END {
            // The call's DONEPROC says it.
            self.error_since_done |= done.error;
            return Ok(());
        }
        let in_procedure = done.in_procedure || self.shape == Shape::Rpc;
        let rows_open = std::mem::take(&mut self.rows_open);
        if in_procedure && done.nocount && !rows_open && !done.error {
            return Ok(());
        }
        self.release();
        let token = match done.command {
            _ if in_procedure => tokens::DONE_IN_PROCEDURE,
            EXECUTE => tokens::DONE_PROCEDURE,
            _ => tokens::DONE,
        };
        let mut status = 0;
        if done.row_count.is_some() && !done.nocount {
            status |= tokens::COUNT;
        }
        if done.error {
            status |= tokens::ERROR;
        }
        // The DONEPROC of an RPC repeats that something in it failed.
        if self.shape == Shape::Batch {
            self.error_since_done = false;
        }
        self.pending = Some(PendingDone {
            token,
            status,
            command: done.command,
            count: done.row_count.unwrap_or(0),
        });
        Ok(())
    }

    fn message(&mut self, message: &SqlError) -> Result<()> {
        self.release();
        if message.class > 10 {
            self.error_since_done = true;
        }
        if message.class >= 20 {
            self.fatal = true;
        }
        tokens::put_message(
            &mut self.queue.buffer,
            message,
            self.server_name,
            self.dialect,
        );
        self.queue.send_full()
    }

    fn env_change(&mut self, change: &EnvChange) -> Result<()> {
        self.release();
        if *change == EnvChange::ResetConnection {
            self.reset_acknowledged = true;
        }
        tokens::put_env_change(&mut self.queue.buffer, change, self.dialect);
        self.queue.send_full()
    }

    fn return_status(&mut self, status: i32) -> Result<()> {
        self.release();
        tokens::put_return_status(&mut self.queue.buffer, status);
        self.queue.send_full()
    }

    fn return_value(
        &mut self,
        ordinal: u16,
        name: &str,
        sql_type: &SqlType,
        value: &Value,
    ) -> Result<()> {
        self.release();
        let sent = SentType::new(sql_type, true, self.dialect);
        let mut token = BytesMut::new();
        let encoded = put_return_value_head(&mut token, ordinal, name, &sent, self.dialect)
            .and_then(|()| put_value(&mut token, &sent, value));
        if let Err(error) = encoded {
            return Err(self.fail(error));
        }
        self.queue.buffer.extend_from_slice(&token);
        self.queue.send_full()
    }
}
