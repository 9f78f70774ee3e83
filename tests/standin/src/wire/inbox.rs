//! What the reading side of a connection hands to the session's thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::BytesMut;
use tokio::sync::Notify;
use tokio::sync::mpsc::Receiver;

use super::input::{Refill, stream_incorrect};
use super::packet::{self, Packet};
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::CancelFlag;

pub(super) enum Event {
    Packet(Packet),
    /// Comes in the order of the packets; that it arrived is known earlier through `Signals`.
    Attention,
}

/// What the reading side tells a session that is busy.
#[derive(Default)]
pub(super) struct Signals {
    cancel: OnceLock<CancelFlag>,
    attention: AtomicBool,
    closed: AtomicBool,
    killed: Notify,
}

impl Signals {
    pub fn session_opened(self: &Arc<Self>, cancel: CancelFlag) {
        let signals = Arc::downgrade(self);
        cancel.on_kill(move || {
            if let Some(signals) = signals.upgrade() {
                signals.killed.notify_one();
            }
        });
        // A connection opens one session, so the cell is empty.
        let _ = self.cancel.set(cancel);
        if self.closed.load(Ordering::SeqCst) {
            self.cancel();
        }
    }

    /// The session was killed: it must not wait for another message.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    fn cancel(&self) {
        if let Some(flag) = self.cancel.get() {
            flag.set();
        }
    }

    pub fn attention(&self) {
        // The flag first: who sees the attention may clear it.
        self.cancel();
        self.attention.store(true, Ordering::SeqCst);
    }

    pub fn closed(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.cancel();
    }

    /// True once for an attention; the session may work again afterwards unless the connection is gone.
    fn take_attention(&self) -> bool {
        if !self.attention.swap(false, Ordering::SeqCst) {
            return false;
        }
        self.clear_cancel();
        true
    }

    fn clear_cancel(&self) {
        if let Some(flag) = self.cancel.get() {
            flag.clear();
        }
        if self.closed.load(Ordering::SeqCst) {
            self.cancel();
        }
    }
}

/// What a client sent, message by message.
pub(super) enum Incoming {
    Message {
        kind: u8,
        status: u8,
        body: BytesMut,
    },
    /// The first packet of a bulk load; the rest arrives while it runs.
    BulkLoad {
        first: Packet,
    },
    /// The client took its message back while it sent it.
    Ignored,
    Attention,
    Closed,
}

pub(super) struct Inbox {
    events: Receiver<Event>,
    signals: Arc<Signals>,
    /// Attentions that were answered before their turn in the queue came.
    answered: u32,
    /// The attention of the running request has left the queue already.
    taken_in_turn: bool,
}

impl Inbox {
    pub fn new(events: Receiver<Event>, signals: Arc<Signals>) -> Self {
        Self {
            events,
            signals,
            answered: 0,
            taken_in_turn: false,
        }
    }

    pub fn signals(&self) -> &Arc<Signals> {
        &self.signals
    }

    fn event(&mut self) -> Option<Event> {
        loop {
            match self.events.blocking_recv()? {
                Event::Attention if self.answered > 0 => self.answered -= 1,
                event => return Some(event),
            }
        }
    }

    /// Called when a request ends: was it cancelled? The caller answers for the attention then.
    pub fn attention_during_request(&mut self) -> bool {
        let cancelled = self.signals.take_attention();
        if cancelled && !std::mem::take(&mut self.taken_in_turn) {
            self.answered += 1;
        }
        cancelled
    }

    fn attention_in_turn(&self) {
        if !self.signals.take_attention() {
            self.signals.clear_cancel();
        }
    }

    pub fn next_message(&mut self) -> Incoming {
        let first = match self.event() {
            None => return Incoming::Closed,
            Some(Event::Attention) => {
                self.attention_in_turn();
                return Incoming::Attention;
            }
            Some(Event::Packet(packet)) => packet,
        };
        if first.kind == packet::BULK_LOAD {
            return Incoming::BulkLoad { first };
        }
        let (kind, status) = (first.kind, first.status);
        let mut last = first.is_last();
        let mut ignored = first.status & packet::IGNORE != 0;
        let mut body = first.payload;
        while !last {
            match self.event() {
                None => return Incoming::Closed,
                Some(Event::Attention) => {
                    self.attention_in_turn();
                    return Incoming::Attention;
                }
                Some(Event::Packet(packet)) => {
                    last = packet.is_last();
                    ignored = packet.status & packet::IGNORE != 0;
                    body.extend_from_slice(&packet.payload);
                }
            }
        }
        if ignored {
            return Incoming::Ignored;
        }
        Incoming::Message { kind, status, body }
    }
}

/// The packets of a bulk load while they arrive.
pub(super) struct BulkPackets<'a> {
    inbox: &'a mut Inbox,
    first: Option<Packet>,
    last: bool,
    broken: Option<SqlError>,
}

impl<'a> BulkPackets<'a> {
    pub fn new(inbox: &'a mut Inbox, first: Packet) -> Self {
        Self {
            inbox,
            first: Some(first),
            last: false,
            broken: None,
        }
    }

    fn cancelled() -> SqlError {
        SqlError::new(0, "The bulk load was cancelled by the client.")
            .class(11)
            .kind(ErrorKind::Cancelled)
    }

    fn next_packet(&mut self) -> Result<Packet> {
        let packet = match self.first.take() {
            Some(first) => first,
            None => match self.inbox.event() {
                Some(Event::Packet(packet)) => packet,
                Some(Event::Attention) => {
                    // Answered when the request ends, which it does now.
                    self.inbox.signals.attention.store(true, Ordering::SeqCst);
                    self.inbox.taken_in_turn = true;
                    return Err(Self::cancelled());
                }
                None => return Err(Self::cancelled()),
            },
        };
        if packet.kind != packet::BULK_LOAD {
            return Err(stream_incorrect(
                "A bulk load was interrupted by another message.",
            ));
        }
        if packet.status & packet::IGNORE != 0 {
            self.last = true;
            return Err(Self::cancelled());
        }
        self.last = packet.is_last();
        Ok(packet)
    }

    /// Throws the rest of the message away, as SQL Server does after an error in a load.
    pub fn drain(&mut self) {
        while !self.last && self.broken.is_none() {
            if let Err(error) = self.next_packet() {
                self.broken = Some(error);
            }
        }
    }
}

impl Refill for BulkPackets<'_> {
    fn refill(&mut self, buffer: &mut BytesMut) -> Result<bool> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        if self.last {
            return Ok(false);
        }
        match self.next_packet() {
            Ok(packet) => {
                buffer.extend_from_slice(&packet.payload);
                Ok(true)
            }
            Err(error) => {
                self.broken = Some(error.clone());
                Err(error)
            }
        }
    }
}
