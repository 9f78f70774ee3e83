//! One connection: handshake, then a reading task and a writing task around the session's thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};

use super::certificate::ServerIdentity;
use super::faults::FaultTally;
use super::inbox::{Event, Inbox, Signals};
use super::login::{self, Carrier, LoginRequest, Malformed};
use super::options::{Encryption, WireOptions};
use super::packet::{self, Packet};
use super::prelogin::{self, Agreed};
use super::response::PacketQueue;
use super::session::Session;
use super::tls;
use crate::protocol::EngineServer;

/// The first byte of a TLS record that holds a handshake message.
const TLS_HANDSHAKE: u8 = 0x16;
const TLS_DATA: u8 = 0x17;
/// How long a client may take to log in, and how long the last packets may take to leave.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);
const LINGER: Duration = Duration::from_secs(5);
/// Engines recurse over expressions and triggers.
const SESSION_STACK: usize = 16 * 1024 * 1024;

/// What all connections of a listener share.
pub(super) struct Shared {
    pub server: Arc<dyn EngineServer>,
    pub options: Arc<WireOptions>,
    pub identity: ServerIdentity,
    pub tally: Arc<FaultTally>,
}

trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// A connection whose login has been read.
struct Ready {
    transport: Box<dyn Transport>,
    request: LoginRequest,
}

pub(super) async fn serve(
    tcp: TcpStream,
    peer: SocketAddr,
    number: u64,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut stopping = stop.clone();
    let handshake = tokio::time::timeout(LOGIN_TIMEOUT, shake_hands(tcp, peer, &shared));
    let ready = tokio::select! {
        ready = handshake => ready.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??,
        () = told_to_stop(&mut stopping) => return Ok(()),
    };
    match ready {
        Some(ready) => pump(ready, number, shared, stop).await,
        None => Ok(()),
    }
}

/// Returns when the listener shuts down or is gone.
pub(super) async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

async fn shake_hands(
    tcp: TcpStream,
    peer: SocketAddr,
    shared: &Shared,
) -> io::Result<Option<Ready>> {
    let mut first = [0u8; 1];
    if tcp.peek(&mut first).await? == 0 {
        return Ok(None);
    }
    if first[0] == TLS_HANDSHAKE {
        if shared.options.encryption == Encryption::Unsupported {
            return Ok(None);
        }
        let config = Arc::clone(&shared.identity.strict);
        let mut tls = tls::accept_strict(tcp, config).await?;
        exchange_prelogin(&mut tls, Encryption::Required).await?;
        return read_login(
            Box::new(tls),
            Carrier {
                strict: true,
                encrypted: true,
            },
            peer,
        )
        .await;
    }
    let mut tcp = tcp;
    let agreed = exchange_prelogin(&mut tcp, shared.options.encryption).await?;
    let config = Arc::clone(&shared.identity.wrapped);
    match agreed {
        Agreed::None => Ok(None),
        Agreed::Plaintext => {
            let carrier = Carrier {
                strict: false,
                encrypted: false,
            };
            read_login(Box::new(tcp), carrier, peer).await
        }
        Agreed::Full => {
            let tls = tls::accept_wrapped(tcp, config).await?;
            read_login(
                Box::new(tls),
                Carrier {
                    strict: false,
                    encrypted: true,
                },
                peer,
            )
            .await
        }
        Agreed::LoginOnly => login_only(tcp, config, peer).await,
    }
}

async fn exchange_prelogin<T: Transport>(
    transport: &mut T,
    encryption: Encryption,
) -> io::Result<Agreed> {
    let message = read_message(transport, packet::PRELOGIN)
        .await?
        .ok_or_else(|| invalid("no PRELOGIN"))?;
    let client = prelogin::client_encryption(&message)
        .ok_or_else(|| invalid("the PRELOGIN message is malformed"))?;
    let (answer, agreed) = prelogin::negotiate(client, encryption);
    let payload = prelogin::answer(answer);
    let packet = packet::frame(packet::RESPONSE, packet::END_OF_MESSAGE, 0, 1, &payload);
    transport.write_all(&packet).await?;
    transport.flush().await?;
    Ok(agreed)
}

async fn read_message<T: Transport + ?Sized>(
    transport: &mut T,
    kind: u8,
) -> io::Result<Option<BytesMut>> {
    let mut message = BytesMut::new();
    loop {
        let Some(packet) = packet::read(transport, packet::MAX_SIZE).await? else {
            return Ok(None);
        };
        append(&mut message, &packet, kind)?;
        if packet.is_last() {
            return Ok(Some(message));
        }
    }
}

/// Nobody needs more than this to log in.
const LONGEST_LOGIN: usize = 128 * 1024;

fn append(message: &mut BytesMut, packet: &Packet, kind: u8) -> io::Result<()> {
    if packet.kind != kind || message.len() > LONGEST_LOGIN {
        return Err(invalid("another message was expected"));
    }
    message.extend_from_slice(&packet.payload);
    Ok(())
}

async fn read_login(
    mut transport: Box<dyn Transport>,
    carrier: Carrier,
    peer: SocketAddr,
) -> io::Result<Option<Ready>> {
    let Some(message) = read_message(&mut *transport, packet::LOGIN7).await? else {
        return Ok(None);
    };
    parse_login(transport, &message, carrier, peer)
}

fn parse_login(
    transport: Box<dyn Transport>,
    message: &BytesMut,
    carrier: Carrier,
    peer: SocketAddr,
) -> io::Result<Option<Ready>> {
    match login::parse(message, carrier, peer.ip().to_string()) {
        Ok(request) => Ok(Some(Ready { transport, request })),
        Err(Malformed::Truncated) => Err(invalid("the LOGIN7 message is malformed")),
        Err(Malformed::TooOld) => Err(invalid("TDS 7.0 and older are not implemented")),
    }
}

/// ENCRYPT_OFF on both sides: TLS for the login, the clear for everything after it. Clients differ in whether later
/// packets of a long login are still encrypted, so the record itself decides.
async fn login_only(
    tcp: TcpStream,
    config: Arc<rustls::ServerConfig>,
    peer: SocketAddr,
) -> io::Result<Option<Ready>> {
    let mut tls = tls::accept_wrapped(tcp, config).await?;
    let mut message = BytesMut::new();
    loop {
        let Some(packet) = packet::read(&mut tls, packet::MAX_SIZE).await? else {
            return Ok(None);
        };
        append(&mut message, &packet, packet::LOGIN7)?;
        if packet.is_last() {
            break;
        }
        let mut next = [0u8; 1];
        tls.get_ref().0.peek(&mut next).await?;
        if next[0] != TLS_DATA {
            break;
        }
    }
    let mut tcp = tls.into_inner().0.into_inner();
    let complete = message.len() >= 4
        && u32::from_le_bytes([message[0], message[1], message[2], message[3]]) as usize
            <= message.len();
    if !complete && let Some(rest) = read_message(&mut tcp, packet::LOGIN7).await? {
        message.extend_from_slice(&rest);
    }
    let carrier = Carrier {
        strict: false,
        encrypted: false,
    };
    parse_login(Box::new(tcp), &message, carrier, peer)
}

/// Starts the session's thread and moves packets until either side has had enough.
async fn pump(
    ready: Ready,
    number: u64,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let Ready { transport, request } = ready;
    let packet_size = request.login.packet_size;
    let (reader, writer) = tokio::io::split(transport);
    let (events, inbox) = mpsc::channel(64);
    let (packets, outgoing) = mpsc::channel(shared.options.queued_packets.max(1));
    let (ended, mut end) = oneshot::channel::<()>();
    let signals = Arc::new(Signals::default());

    let session = Session {
        inbox: Inbox::new(inbox, Arc::clone(&signals)),
        queue: PacketQueue::new(packets, packet::DEFAULT_SIZE),
        options: Arc::clone(&shared.options),
        tally: Arc::clone(&shared.tally),
        connection: number,
    };
    let server = Arc::clone(&shared.server);
    std::thread::Builder::new()
        .name(format!("session-{number}"))
        .stack_size(SESSION_STACK)
        .spawn(move || {
            session.run(&request, server.as_ref());
            // Nobody listens any more when the connection is gone.
            let _ = ended.send(());
        })?;

    let mut write = tokio::spawn(write_packets(writer, outgoing));
    // Clients may still fill packets of the size they asked for while the login is answered.
    let most = packet_size.max(packet::DEFAULT_SIZE);
    let mut read = tokio::spawn(read_packets(reader, events, Arc::clone(&signals), most));
    let mut killed = false;
    let by_engine = loop {
        tokio::select! {
            _ = &mut end => break true,
            _ = &mut read, if !killed => break false,
            _ = &mut write => break false,
            () = told_to_stop(&mut stop) => break false,
            () = signals.killed(), if !killed => {
                // A busy session says so itself; an idle one finds that no message will come.
                killed = true;
                read.abort();
            }
        }
    };
    signals.closed();
    read.abort();
    if by_engine {
        // What the session said last still leaves.
        if tokio::time::timeout(LINGER, &mut write).await.is_err() {
            write.abort();
        }
        return Ok(());
    }
    write.abort();
    // The engine notices the flag; until it does, the session's locks and transaction are still its own.
    let _ = end.await;
    Ok(())
}

async fn read_packets<R: AsyncRead + Unpin>(
    mut reader: R,
    events: mpsc::Sender<Event>,
    signals: Arc<Signals>,
    most: u32,
) {
    // A broken packet ends the connection as the client's leaving does.
    while let Ok(Some(packet)) = packet::read(&mut reader, most).await {
        let event = if packet.kind == packet::ATTENTION {
            signals.attention();
            Event::Attention
        } else {
            Event::Packet(packet)
        };
        if events.send(event).await.is_err() {
            // The session has ended; its last words are on their way.
            std::future::pending::<()>().await;
        }
    }
    signals.closed();
}

async fn write_packets<W: AsyncWrite + Unpin>(
    mut writer: W,
    mut outgoing: mpsc::Receiver<Bytes>,
) -> io::Result<()> {
    while let Some(packet) = outgoing.recv().await {
        writer.write_all(&packet).await?;
        while let Ok(packet) = outgoing.try_recv() {
            writer.write_all(&packet).await?;
        }
        writer.flush().await?;
    }
    writer.shutdown().await
}
