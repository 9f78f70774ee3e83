//! LOGIN7 (MS-TDS 2.2.6.4).

use bytes::BytesMut;

use super::charset::decode_utf16;
use super::dialect::Dialect;
use super::packet;
use crate::protocol::Login;

const UTF8_SUPPORT: u8 = 0x0A;
const FEATURES_END: u8 = 0xFF;

/// A decoded LOGIN7: what the engine gets and what the wire keeps.
#[derive(Debug)]
pub(super) struct LoginRequest {
    pub login: Login,
    pub dialect: Dialect,
    /// Windows or federated authentication, which this server has not.
    pub integrated: bool,
    pub change_password: bool,
    pub utf8_support: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    Truncated,
    /// Older than SQL Server 2000.
    TooOld,
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], Malformed> {
        self.0.get(at..at + length).ok_or(Malformed::Truncated)
    }

    fn u8(&self, at: usize) -> Result<u8, Malformed> {
        Ok(self.slice(at, 1)?[0])
    }

    fn u16(&self, at: usize) -> Result<usize, Malformed> {
        let bytes = self.slice(at, 2)?;
        Ok(usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    }

    fn u32(&self, at: usize) -> Result<u32, Malformed> {
        let b = self.slice(at, 4)?;
        Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// The bytes of a text whose offset and length (in characters) stand at `at`.
    fn text_bytes(&self, at: usize) -> Result<&'a [u8], Malformed> {
        let length = self.u16(at + 2)? * 2;
        if length == 0 {
            return Ok(&[]);
        }
        self.slice(self.u16(at)?, length)
    }

    fn text(&self, at: usize) -> Result<String, Malformed> {
        Ok(decode_utf16(self.text_bytes(at)?))
    }

    /// Each byte has its nibbles swapped and is then XORed with 0xA5.
    fn password(&self, at: usize) -> Result<String, Malformed> {
        let clear: Vec<u8> = self
            .text_bytes(at)?
            .iter()
            .map(|byte| (byte ^ 0xA5).rotate_left(4))
            .collect();
        Ok(decode_utf16(&clear))
    }

    /// Ids of the feature extensions.
    fn features(&self) -> Result<Vec<u8>, Malformed> {
        let mut at = self.u32(self.u16(56)?)? as usize;
        let mut ids = Vec::new();
        loop {
            let id = self.u8(at)?;
            if id == FEATURES_END {
                return Ok(ids);
            }
            ids.push(id);
            at += 5 + self.u32(at + 1)? as usize;
        }
    }
}

/// What the login is sent over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carrier {
    pub strict: bool,
    pub encrypted: bool,
}

pub(super) fn parse(
    message: &BytesMut,
    carrier: Carrier,
    client_address: String,
) -> Result<LoginRequest, Malformed> {
    let fields = Fields(message);
    let dialect = Dialect::for_client(fields.u32(4)?, carrier.strict).ok_or(Malformed::TooOld)?;
    let flags1 = fields.u8(24)?;
    let flags2 = fields.u8(25)?;
    let type_flags = fields.u8(26)?;
    let flags3 = fields.u8(27)?;
    // Older clients may set the flag and send no extension.
    let extended = flags3 & 0x10 != 0 && dialect.has_extensions() && fields.u16(58)? > 0;
    let features = if extended {
        fields.features()?
    } else {
        Vec::new()
    };
    let login = Login {
        user: fields.text(40)?,
        password: fields.password(44)?,
        database: fields.text(68)?,
        database_fatal: flags1 & 0x40 != 0,
        host_name: fields.text(36)?,
        app_name: fields.text(48)?,
        library_name: fields.text(60)?,
        client_pid: fields.u32(16)?,
        odbc: flags2 & 0x02 != 0,
        read_only_intent: type_flags & 0x20 != 0,
        packet_size: packet_size(fields.u32(8)?, carrier.encrypted),
        client_address,
        encrypted: carrier.encrypted,
        // Neither is acknowledged, so the client gets text.
        vector_support: false,
        json_support: false,
    };
    Ok(LoginRequest {
        login,
        dialect,
        integrated: flags2 & 0x80 != 0 || features.contains(&0x02),
        change_password: flags3 & 0x01 != 0,
        utf8_support: features.contains(&UTF8_SUPPORT),
    })
}

/// 0 leaves the choice to the server. A TLS record holds 16 KB, so encrypted packets stay below that.
fn packet_size(asked: u32, encrypted: bool) -> u32 {
    let most = if encrypted { 16_383 } else { packet::MAX_SIZE };
    match asked {
        0 => packet::DEFAULT_SIZE,
        _ => asked.clamp(512, most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_login_is_refused() {
        let carrier = Carrier {
            strict: false,
            encrypted: false,
        };
        let mut message = BytesMut::zeroed(20);
        message[4..8].copy_from_slice(&0x7400_0004u32.to_le_bytes());
        let parsed = parse(&message, carrier, String::new());
        assert_eq!(parsed.err(), Some(Malformed::Truncated));
    }

    #[test]
    fn packet_sizes_stay_within_what_the_server_allows() {
        assert_eq!(packet_size(0, false), 4096);
        assert_eq!(packet_size(100, false), 512);
        assert_eq!(packet_size(65_535, false), 32_767);
        assert_eq!(packet_size(65_535, true), 16_383);
    }
}
