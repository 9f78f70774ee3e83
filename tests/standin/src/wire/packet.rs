//! TDS packets: an 8-byte header (type, status, length big-endian, SPID, packet id, window) and a payload.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

pub(super) const HEADER: usize = 8;
pub(super) const DEFAULT_SIZE: u32 = 4096;
pub(super) const MAX_SIZE: u32 = 32767;

pub(super) const BATCH: u8 = 0x01;
pub(super) const RPC: u8 = 0x03;
pub(super) const RESPONSE: u8 = 0x04;
pub(super) const ATTENTION: u8 = 0x06;
pub(super) const BULK_LOAD: u8 = 0x07;
pub(super) const TRANSACTION: u8 = 0x0E;
pub(super) const LOGIN7: u8 = 0x10;
pub(super) const PRELOGIN: u8 = 0x12;

pub(super) const END_OF_MESSAGE: u8 = 0x01;
pub(super) const IGNORE: u8 = 0x02;
pub(super) const RESET: u8 = 0x08;
pub(super) const RESET_KEEP_TRANSACTION: u8 = 0x10;

#[derive(Debug)]
pub(super) struct Packet {
    pub kind: u8,
    pub status: u8,
    pub payload: BytesMut,
}

impl Packet {
    pub fn is_last(&self) -> bool {
        self.status & END_OF_MESSAGE != 0
    }
}

/// Reads one packet; `None` when the client closed the connection between packets.
pub(super) async fn read<R>(reader: &mut R, max_size: u32) -> io::Result<Option<Packet>>
where
    R: AsyncRead + Unpin + ?Sized,
{
    let mut header = [0u8; HEADER];
    if reader.read(&mut header[..1]).await? == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut header[1..]).await?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if length < HEADER || length > max_size as usize {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("TDS packet length {length} where at most {max_size} was negotiated"),
        ));
    }
    let mut payload = BytesMut::zeroed(length - HEADER);
    reader.read_exact(&mut payload).await?;
    Ok(Some(Packet {
        kind: header[0],
        status: header[1],
        payload,
    }))
}

/// A whole packet with its header.
pub(super) fn frame(kind: u8, status: u8, spid: u16, id: u8, payload: &[u8]) -> Bytes {
    let length = payload.len() + HEADER;
    let mut out = BytesMut::with_capacity(length);
    out.put_u8(kind);
    out.put_u8(status);
    out.put_u16(length as u16);
    out.put_u16(spid);
    out.put_u8(id);
    out.put_u8(0);
    out.put_slice(payload);
    out.freeze()
}
