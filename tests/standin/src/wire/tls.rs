//! TLS below TDS: the handshake of TDS 7.x travels inside PRELOGIN packets, everything after it does not.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::packet;

/// The socket as TLS sees it: wraps into PRELOGIN packets until the handshake is over.
pub(super) struct WrappedStream {
    inner: TcpStream,
    wrapping: bool,
    header: BytesMut,
    remaining: usize,
    unframed: BytesMut,
    outgoing: Bytes,
}

impl WrappedStream {
    pub fn into_inner(self) -> TcpStream {
        self.inner
    }

    /// The next byte on the socket, left there.
    pub async fn peek(&self, byte: &mut [u8; 1]) -> io::Result<usize> {
        self.inner.peek(byte).await
    }

    fn poll_header(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while self.header.len() < packet::HEADER {
            let mut bytes = [0u8; packet::HEADER];
            let wanted = packet::HEADER - self.header.len();
            let mut buffer = ReadBuf::new(&mut bytes[..wanted]);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.header.extend_from_slice(buffer.filled());
        }
        let length = usize::from(u16::from_be_bytes([self.header[2], self.header[3]]));
        if self.header[0] != packet::PRELOGIN || length < packet::HEADER {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "TLS handshake outside of PRELOGIN packets",
            )));
        }
        self.remaining = length - packet::HEADER;
        self.header.clear();
        Poll::Ready(Ok(true))
    }

    /// Sends what was written as PRELOGIN packets of at most the default size.
    fn poll_outgoing(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.outgoing.is_empty() && !self.unframed.is_empty() {
            let most = packet::DEFAULT_SIZE as usize - packet::HEADER;
            let mut framed = BytesMut::new();
            while !self.unframed.is_empty() {
                let part = self.unframed.split_to(most.min(self.unframed.len()));
                let status = if self.unframed.is_empty() {
                    packet::END_OF_MESSAGE
                } else {
                    0
                };
                framed.extend_from_slice(&packet::frame(packet::PRELOGIN, status, 0, 0, &part));
            }
            self.outgoing = framed.freeze();
        }
        while !self.outgoing.is_empty() {
            let sent = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.outgoing))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for WrappedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.wrapping {
            return Pin::new(&mut self.inner).poll_read(cx, out);
        }
        ready!(self.poll_outgoing(cx))?;
        while self.remaining == 0 {
            if !ready!(self.poll_header(cx))? {
                return Poll::Ready(Ok(()));
            }
        }
        let mut bytes = [0u8; 4096];
        let most = self.remaining.min(out.remaining()).min(bytes.len());
        let mut limited = ReadBuf::new(&mut bytes[..most]);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut limited))?;
        let filled = limited.filled().len();
        out.put_slice(limited.filled());
        self.remaining -= filled;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WrappedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.wrapping {
            return Pin::new(&mut self.inner).poll_write(cx, data);
        }
        self.unframed.extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_outgoing(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_outgoing(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// The handshake inside of PRELOGIN packets.
pub(super) async fn accept_wrapped(
    tcp: TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<TlsStream<WrappedStream>> {
    let stream = WrappedStream {
        inner: tcp,
        wrapping: true,
        header: BytesMut::new(),
        remaining: 0,
        unframed: BytesMut::new(),
        outgoing: Bytes::new(),
    };
    let mut tls = TlsAcceptor::from(config).accept(stream).await?;
    let wrapped = tls.get_mut().0;
    std::future::poll_fn(|cx| wrapped.poll_outgoing(cx)).await?;
    wrapped.wrapping = false;
    Ok(tls)
}

/// TDS 8.0: TLS from the first byte.
pub(super) async fn accept_strict(
    tcp: TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    TlsAcceptor::from(config).accept(tcp).await
}
