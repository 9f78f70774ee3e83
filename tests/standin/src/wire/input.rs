//! Reading typed fields from a message that is complete or still arriving.

use bytes::BytesMut;

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
            source: Complete,
        }
    }
}

impl<R: Refill> Input<R> {
    pub fn arriving(source: R) -> Self {
        Self {
            buffer: BytesMut::new(),
            source,
        }
    }

    pub fn source_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// Forgets what has arrived but was not read.
    pub fn discard_buffered(&mut self) {
        self.buffer.clear();
    }

    pub fn is_at_end(&mut self) -> Result<bool> {
        while self.buffer.is_empty() {
            if !self.source.refill(&mut self.buffer)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn need(&mut self, count: usize) -> Result<()> {
        while self.buffer.len() < count {
            if !self.source.refill(&mut self.buffer)? {
                return Err(stream_incorrect("The stream ended unexpectedly."));
            }
        }
        Ok(())
    }

    pub fn bytes(&mut self, count: usize) -> Result<BytesMut> {
        self.need(count)?;
        Ok(self.buffer.split_to(count))
    }

    /// The next byte, left where it is.
    pub fn peek(&mut self) -> Result<u8> {
        self.need(1)?;
        Ok(self.buffer[0])
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.need(N)?;
        let mut out = [0u8; N];
        out.copy_from_slice(&self.buffer.split_to(N));
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
        Ok(decode_utf16(&self.bytes(units * 2)?))
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
        while self.source.refill(&mut self.buffer)? {}
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
