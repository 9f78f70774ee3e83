//! Collations as five bytes, code page 1252 and UTF-16.

use bytes::{BufMut, BytesMut};

/// Five bytes: LCID, flags and version packed little-endian, then the sort id.
pub(super) type Collation = [u8; 5];

/// SQL_Latin1_General_CP1_CI_AS.
pub(super) const DEFAULT: Collation = [0x09, 0x04, 0xD0, 0x00, 0x34];
/// Latin1_General_BIN2.
pub(super) const BINARY: Collation = [0x09, 0x04, 0x00, 0x02, 0x00];
/// Latin1_General_100_BIN2_UTF8: vector and json text for clients without those types. The UTF-8 flag displaces BIN2's.
pub(super) const UTF8_BINARY: Collation = [0x09, 0x04, 0x00, 0x24, 0x00];

/// What the bytes of a char or varchar mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodePage {
    Cp1252,
    Utf8,
}

/// The code page of a collation that a client sent, or `None` where it is neither 1252 nor UTF-8.
pub(super) fn code_page(collation: Collation) -> Option<CodePage> {
    let packed = u32::from_le_bytes([collation[0], collation[1], collation[2], collation[3]]);
    if packed & (1 << 26) != 0 {
        return Some(CodePage::Utf8);
    }
    // Sort ids 51 to 54 are the SQL_Latin1_General_CP1 family. LCID 0: the client leaves the choice to the server.
    if matches!(collation[4], 51..=54) {
        return Some(CodePage::Cp1252);
    }
    let western = [
        0x0000, 0x0403, 0x0406, 0x0407, 0x0409, 0x040A, 0x040B, 0x040C, 0x040F, 0x0410, 0x0413,
        0x0414, 0x0416, 0x041D, 0x0809, 0x080A, 0x0816, 0x0C0A,
    ];
    western
        .contains(&(packed & 0xFFFF))
        .then_some(CodePage::Cp1252)
}

/// 0x80 to 0x9F; the five unassigned bytes stand for the C1 control of the same number, as in SQL Server.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

pub(super) fn decode_1252(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
            _ => char::from(byte),
        })
        .collect()
}

/// What does not fit becomes a question mark.
pub(super) fn encode_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match u32::from(c) {
            code @ (0..=0x7F | 0xA0..=0xFF) => code as u8,
            _ => HIGH
                .iter()
                .position(|&high| high == c)
                .map_or(b'?', |at| 0x80 + at as u8),
        })
        .collect()
}

pub(super) fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

pub(super) fn encode_utf16(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for unit in text.encode_utf16() {
        out.extend_from_slice(&unit.to_le_bytes());
    }
    out
}

/// One length byte and UTF-16; longer names are cut, as their column could not hold them either.
pub(super) fn put_b_varchar(out: &mut BytesMut, text: &str) {
    let encoded = encode_utf16(text);
    let units = (encoded.len() / 2).min(usize::from(u8::MAX));
    out.put_u8(units as u8);
    out.put_slice(&encoded[..units * 2]);
}

/// Two length bytes and UTF-16.
pub(super) fn put_us_varchar(out: &mut BytesMut, text: &str) {
    let encoded = encode_utf16(text);
    let units = (encoded.len() / 2).min(30_000);
    out.put_u16_le(units as u16);
    out.put_slice(&encoded[..units * 2]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_code_page_1252_survives_a_round_trip() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(encode_1252(&decode_1252(&all)), all);
        assert_eq!(encode_1252("aŁ€"), b"a?\x80");
    }

    #[test]
    fn collations_name_their_code_page() {
        assert_eq!(code_page(DEFAULT), Some(CodePage::Cp1252));
        assert_eq!(code_page(BINARY), Some(CodePage::Cp1252));
        assert_eq!(code_page(UTF8_BINARY), Some(CodePage::Utf8));
        assert_eq!(code_page([0x11, 0x04, 0, 0, 0]), None);
    }
}
