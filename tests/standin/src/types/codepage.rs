//! Code page 1252, the encoding of char and varchar under SQL_Latin1_General_CP1_CI_AS.

/// Characters of 0x80..=0x9F; the five undefined bytes map to the C1 controls of the same number, as Windows does.
const HIGH: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

/// The byte of a character, or `None` when the code page lacks it.
pub fn encode_char(c: char) -> Option<u8> {
    match c as u32 {
        code @ (0..=0x7F | 0xA0..=0xFF) => u8::try_from(code).ok(),
        _ => HIGH
            .iter()
            .position(|&h| h == c)
            .and_then(|i| u8::try_from(0x80 + i).ok()),
    }
}

/// Bytes of a text; what the code page lacks becomes `?`, one per UTF-16 unit.
pub fn encode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match encode_char(c) {
            Some(b) => out.push(b),
            None => out.extend(std::iter::repeat_n(b'?', c.len_utf16())),
        }
    }
    out
}

pub fn decode_byte(b: u8) -> char {
    match b {
        0x80..=0x9F => HIGH[usize::from(b - 0x80)],
        _ => char::from(b),
    }
}

pub fn decode(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| decode_byte(b)).collect()
}

/// Bytes that the text occupies as varchar.
pub fn byte_length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars()
            .map(|c| encode_char(c).map_or(c.len_utf16(), |_| 1))
            .sum()
    }
}

/// The text as varchar stores it: unmappable characters replaced by `?`.
pub fn to_code_page(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        decode(&encode(text))
    }
}

/// UTF-16 units that the text occupies as nvarchar.
pub fn utf16_length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}

pub fn utf16_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Little-endian UTF-16; an odd last byte is padded with zero as SQL Server does when it casts binary to nvarchar.
pub fn from_utf16_bytes(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|c| u16::from_le_bytes([c[0], c.get(1).copied().unwrap_or(0)]))
        .collect();
    String::from_utf16_lossy(&units)
}

/// The longest prefix of at most `units` UTF-16 units; a surrogate pair is never split.
pub fn truncate_utf16(text: &str, units: usize) -> &str {
    if text.len() <= units {
        return text;
    }
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > units {
            return &text[..at];
        }
    }
    text
}
