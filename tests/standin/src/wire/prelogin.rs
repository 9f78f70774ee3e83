//! PRELOGIN: version, encryption and the other options that precede a login (MS-TDS 2.2.6.5).

use bytes::{BufMut, BytesMut};

use super::options::Encryption;

const VERSION: u8 = 0x00;
const ENCRYPTION: u8 = 0x01;
const INSTANCE: u8 = 0x02;
const THREAD_ID: u8 = 0x03;
const MARS: u8 = 0x04;
const TERMINATOR: u8 = 0xFF;

pub(super) const ENCRYPT_OFF: u8 = 0x00;
pub(super) const ENCRYPT_ON: u8 = 0x01;
pub(super) const ENCRYPT_NOT_SUP: u8 = 0x02;
pub(super) const ENCRYPT_REQ: u8 = 0x03;

/// Major, minor and build of the version that the server reports: 17.0.4065, SQL Server 2025 CU7.
pub(super) const SERVER_VERSION: (u8, u8, u16) = (17, 0, 4065);

/// What both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreed {
    Plaintext,
    LoginOnly,
    Full,
    /// One side insists and the other cannot.
    None,
}

/// The client's encryption option; a client that sends none cannot encrypt.
pub(super) fn client_encryption(payload: &[u8]) -> Option<u8> {
    let mut at = 0;
    let mut encryption = ENCRYPT_NOT_SUP;
    loop {
        let option = *payload.get(at)?;
        if option == TERMINATOR {
            return Some(encryption);
        }
        let entry = payload.get(at + 1..at + 5)?;
        let offset = usize::from(u16::from_be_bytes([entry[0], entry[1]]));
        let length = usize::from(u16::from_be_bytes([entry[2], entry[3]]));
        let data = payload.get(offset..offset + length)?;
        if option == ENCRYPTION {
            encryption = *data.first()?;
        }
        at += 5;
    }
}

/// The server's answer to `client` and what follows from both.
pub(super) fn negotiate(client: u8, server: Encryption) -> (u8, Agreed) {
    match (server, client) {
        (Encryption::Unsupported, ENCRYPT_OFF | ENCRYPT_NOT_SUP) => {
            (ENCRYPT_NOT_SUP, Agreed::Plaintext)
        }
        (Encryption::Unsupported, _) => (ENCRYPT_NOT_SUP, Agreed::None),
        (Encryption::Offered, ENCRYPT_OFF) => (ENCRYPT_OFF, Agreed::LoginOnly),
        (Encryption::Offered, ENCRYPT_NOT_SUP) => (ENCRYPT_NOT_SUP, Agreed::Plaintext),
        (_, ENCRYPT_ON) => (ENCRYPT_ON, Agreed::Full),
        (Encryption::Required, ENCRYPT_NOT_SUP) => (ENCRYPT_REQ, Agreed::None),
        (Encryption::Required, ENCRYPT_OFF) => (ENCRYPT_REQ, Agreed::Full),
        (_, ENCRYPT_REQ) => (ENCRYPT_ON, Agreed::Full),
        // Client certificates (0x80 and up) authenticate the loopback administrator only.
        _ => (ENCRYPT_NOT_SUP, Agreed::None),
    }
}

pub(super) fn answer(encryption: u8) -> BytesMut {
    let (major, minor, build) = SERVER_VERSION;
    let [build_high, build_low] = build.to_be_bytes();
    let options: [(u8, &[u8]); 5] = [
        (VERSION, &[major, minor, build_high, build_low, 0, 0]),
        (ENCRYPTION, &[encryption]),
        (INSTANCE, &[0]),
        (THREAD_ID, &[]),
        (MARS, &[0]),
    ];
    let mut out = BytesMut::new();
    let mut offset = (options.len() * 5 + 1) as u16;
    for (option, data) in options {
        out.put_u8(option);
        out.put_u16(offset);
        out.put_u16(data.len() as u16);
        offset += data.len() as u16;
    }
    out.put_u8(TERMINATOR);
    for (_, data) in options {
        out.put_slice(data);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiation_follows_the_table_of_the_protocol() {
        use Encryption::{Offered, Required, Unsupported};
        assert_eq!(
            negotiate(ENCRYPT_OFF, Offered),
            (ENCRYPT_OFF, Agreed::LoginOnly)
        );
        assert_eq!(negotiate(ENCRYPT_ON, Offered), (ENCRYPT_ON, Agreed::Full));
        assert_eq!(negotiate(ENCRYPT_REQ, Offered), (ENCRYPT_ON, Agreed::Full));
        assert_eq!(
            negotiate(ENCRYPT_NOT_SUP, Offered),
            (ENCRYPT_NOT_SUP, Agreed::Plaintext)
        );
        assert_eq!(
            negotiate(ENCRYPT_OFF, Required),
            (ENCRYPT_REQ, Agreed::Full)
        );
        assert_eq!(
            negotiate(ENCRYPT_NOT_SUP, Required),
            (ENCRYPT_REQ, Agreed::None)
        );
        assert_eq!(
            negotiate(ENCRYPT_ON, Unsupported),
            (ENCRYPT_NOT_SUP, Agreed::None)
        );
        assert_eq!(
            negotiate(ENCRYPT_OFF, Unsupported),
            (ENCRYPT_NOT_SUP, Agreed::Plaintext)
        );
    }

    #[test]
    fn a_truncated_prelogin_is_refused() {
        assert_eq!(
            client_encryption(&[ENCRYPTION, 0, 20, 0, 1, TERMINATOR]),
            None
        );
        assert_eq!(
            client_encryption(&[ENCRYPTION, 0, 6, 0, 1, TERMINATOR, 3]),
            Some(3)
        );
        assert_eq!(client_encryption(&[TERMINATOR]), Some(ENCRYPT_NOT_SUP));
    }
}
