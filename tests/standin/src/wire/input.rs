//! Reading typed fields from a message that is complete or still arriving.

use bytes::{Buf, BytesMut};

use super::charset::decode_utf16;
use crate::error::{ErrorKind, Result, SqlError};

/// Where more of a message comes from.
pub(super) trait Refill {
    /// Appends to `buffer`; false when the message has ended.
    fn refill(&mut self, buffer: &mut BytesMut) -> Result<bool>;
}

/// A message that is there entirely.
pub(super) struct Complete;

impl Refill for Complete {
    fn refill(&mut self, _: &mut BytesMut) -> Result<bool> {
        Ok(false)
    }
}

pub(super) struct Input<R> {
    buffer: BytesMut,
    /// What of the buffer was read already.
    at: usize,
    source: R,
}

/// 4002: SQL Server ends the connection after it.
pub(super) fn stream_incorrect(why: &str) -> SqlError {
    SqlError::new(
        4002,
        format!("The incoming tabular data stream (TDS) protocol stream is incorrect. {why}"),
    )
    .class(20)
    .kind(ErrorKind::BatchAborting)
}

impl Input<Complete> {
    pub fn complete(message: BytesMut) -> Self {
        Self {
            buffer: message,
            at: 0,
            source: Complete,
        }
    }
}

impl<R: Refill> Input<R> {
    pub fn arriving(source: R) -> Self {
        Self {
            buffer: BytesMut::new(),
            at: 0,
            source,
        }
    }

    pub fn source_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// Forgets what has arrived but was not read.
    pub fn discard_buffered(&mut self) {
        self.buffer.clear();
        self.at = 0;
    }

    fn refill(&mut self) -> Result<bool> {
        self.buffer.advance(self.at);
        self.at = 0;
        self.source.refill(&mut self.buffer)
    }

    pub fn is_at_end(&mut self) -> Result<bool> {
        while self.at == self.buffer.len() {
            if !self.refill()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn need(&mut self, count: usize) -> Result<()> {
        while self.buffer.len() - self.at < count {
            if !self.refill()? {
                return Err(stream_incorrect("The stream ended unexpectedly."));
            }
        }
        Ok(())
    }

    /// The next bytes, read in place.
    pub fn slice(&mut self, count: usize) -> Result<&[u8]> {
        self.need(count)?;
        let from = self.at;
        self.at += count;
        Ok(&self.buffer[from..from + count])
    }

    pub fn bytes(&mut self, count: usize) -> Result<BytesMut> {
        self.need(count)?;
        self.buffer.advance(self.at);
        self.at = 0;
        Ok(self.buffer.split_to(count))
    }

    /// The next byte, left where it is.
    pub fn peek(&mut self) -> Result<u8> {
        self.need(1)?;
        Ok(self.buffer[self.at])
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0u8; N];
        out.copy_from_slice(self.slice(N)?);
        Ok(out)
    }

    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Text of `units` UTF-16 units.
    pub fn utf16(&mut self, units: usize) -> Result<String> {
        Ok(decode_utf16(self.slice(units * 2)?))
    }

    pub fn b_varchar(&mut self) -> Result<String> {
        let units = self.u8()?;
        self.utf16(usize::from(units))
    }

    pub fn us_varchar(&mut self) -> Result<String> {
        let units = self.u16()?;
        self.utf16(usize::from(units))
    }

    /// What is left of the message.
    pub fn rest(&mut self) -> Result<BytesMut> {
        while self.refill()? {}
        Ok(self.buffer.split())
    }

    /// ALL_HEADERS: the transaction descriptor in it, 0 where there is none.
    pub fn all_headers(&mut self) -> Result<u64> {
        let total = self.u32()? as usize;
        let body = total
            .checked_sub(4)
            .ok_or_else(|| stream_incorrect("The headers are too short."))?;
        let mut headers = Input::complete(self.bytes(body)?);
        let mut descriptor = 0;
        while !headers.is_at_end()? {
            let length = headers.u32()? as usize;
            let kind = headers.u16()?;
            let rest = length
                .checked_sub(6)
                .ok_or_else(|| stream_incorrect("A header is too short."))?;
            let mut header = Input::complete(headers.bytes(rest)?);
            if kind == 2 {
                descriptor = header.u64()?;
            }
        }
        Ok(descriptor)
    }
}
