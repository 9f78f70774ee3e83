//! SQL_Latin1_General_CP1_CI_AS: case does not count, accents do, trailing blanks do not.
//!
//! A text becomes a key of bytes whose order is the collation's order: base letters first, then accents, then (nvarchar
//! only) hyphens and apostrophes, which Windows weighs last.

use std::cmp::Ordering;

/// Below every weight; parts the levels of a key.
const LEVEL: u8 = 1;
/// No accent.
const PLAIN: u8 = 2;
/// Introduces a character without a weight of its own, followed by its folded code point.
const OTHER: u8 = 0xF8;

/// Order of the ASCII punctuation under Windows' rules (nvarchar); hyphen and apostrophe are weighed last.
const UNICODE_ORDER: &[u8] =
    b"\t\n\x0b\x0c\r _,;:!?.\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";
/// Order under sort order 52 (varchar).
const ANSI_ORDER: &[u8] =
    b"\t\n\x0b\x0c\r !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789abcdefghijklmnopqrstuvwxyz";

const fn weights(order: &[u8]) -> [u8; 128] {
    let mut table = [0u8; 128];
    let mut i = 0;
    #[allow(clippy::cast_possible_truncation)]
    while i < order.len() {
        let w = 4 + i as u8 * 2;
        table[order[i] as usize] = w;
        if order[i].is_ascii_lowercase() {
            table[order[i].to_ascii_uppercase() as usize] = w;
        }
        i += 1;
    }
    table
}

static UNICODE: [u8; 128] = weights(UNICODE_ORDER);
static ANSI: [u8; 128] = weights(ANSI_ORDER);

/// Base letters and accent of the Latin letters of code page 1252.
fn decompose(c: char) -> Option<(&'static str, u8)> {
    let lower = c.to_lowercase().next().unwrap_or(c);
    Some(match lower {
        'à' => ("a", 3),
        'á' => ("a", 4),
        'â' => ("a", 5),
        'ã' => ("a", 6),
        'ä' => ("a", 7),
        'å' => ("a", 8),
        'ç' => ("c", 9),
        'è' => ("e", 3),
        'é' => ("e", 4),
        'ê' => ("e", 5),
        'ë' => ("e", 7),
        'ì' => ("i", 3),
        'í' => ("i", 4),
        'î' => ("i", 5),
        'ï' => ("i", 7),
        'ñ' => ("n", 6),
        'ò' => ("o", 3),
        'ó' => ("o", 4),
        'ô' => ("o", 5),
        'õ' => ("o", 6),
        'ö' => ("o", 7),
        'ø' => ("o", 10),
        'ù' => ("u", 3),
        'ú' => ("u", 4),
        'û' => ("u", 5),
        'ü' => ("u", 7),
        'ý' => ("y", 4),
        'ÿ' => ("y", 7),
        'š' => ("s", 11),
        'ž' => ("z", 11),
        'ß' => ("ss", PLAIN),
        'æ' => ("ae", PLAIN),
        'œ' => ("oe", PLAIN),
        _ => return None,
    })
}

/// Appends the key of a text. It ends with a zero byte, so keys of several columns can follow each other.
pub fn sort_key(text: &str, unicode: bool, out: &mut Vec<u8>) {
    let text = text.trim_end_matches(' ');
    let table = if unicode { &UNICODE } else { &ANSI };
    let mut accents: Vec<u8> = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    let mut position = 0usize;
    for c in text.chars() {
        if c.is_ascii() {
            let w = table[c as usize];
            if w != 0 {
                out.push(w);
                position += 1;
                if !accents.is_empty() {
                    accents.push(PLAIN);
                }
            } else if c == '-' || c == '\'' {
                last.push(u8::try_from(2 + position / 200 % 250).unwrap_or(2));
                last.push(u8::try_from(2 + position % 200).unwrap_or(2));
                last.push(if c == '\'' { 2 } else { 3 });
            } else {
                // Control characters weigh next to nothing but keep texts apart.
                out.extend_from_slice(&[2, c as u8 + 2]);
            }
        } else if let Some((letters, accent)) = decompose(c) {
            for (i, b) in letters.bytes().enumerate() {
                out.push(table[usize::from(b)]);
                if accent != PLAIN || !accents.is_empty() {
                    accents.resize(position, PLAIN);
                    accents.push(if i == 0 { accent } else { PLAIN });
                }
                position += 1;
            }
        } else {
            out.push(OTHER);
            let folded = c.to_lowercase().next().unwrap_or(c) as u32;
            // 7 bits a byte and never below 2, so that the key stays free of level marks.
            for shift in [14u32, 7, 0] {
                out.push(u8::try_from((folded >> shift) & 0x7F).unwrap_or(0) + 2);
            }
            position += 1;
            if !accents.is_empty() {
                accents.push(PLAIN);
            }
        }
    }
    while accents.last() == Some(&PLAIN) {
        accents.pop();
    }
    if !accents.is_empty() || !last.is_empty() {
        out.push(LEVEL);
        out.extend_from_slice(&accents);
        if !last.is_empty() {
            out.push(LEVEL);
            out.extend_from_slice(&last);
        }
    }
    out.push(0);
}

/// Compares two texts. ASCII is compared byte by byte through the weights; anything else by its keys.
pub fn compare(a: &str, b: &str, unicode: bool) -> Ordering {
    let (x, y) = (
        a.trim_end_matches(' ').as_bytes(),
        b.trim_end_matches(' ').as_bytes(),
    );
    let table = if unicode { &UNICODE } else { &ANSI };
    let mut first = Ordering::Equal;
    let shared = x.len().min(y.len());
    for i in 0..x.len().max(y.len()) {
        let (p, q) = (x.get(i).copied(), y.get(i).copied());
        let plain = |c: Option<u8>| c.is_none_or(|c| c < 128 && table[usize::from(c)] != 0);
        if !plain(p) || !plain(q) {
            let (mut ka, mut kb) = (Vec::new(), Vec::new());
            sort_key(a, unicode, &mut ka);
            sort_key(b, unicode, &mut kb);
            return ka.cmp(&kb);
        }
        if first == Ordering::Equal
            && i < shared
            && let (Some(p), Some(q)) = (p, q)
        {
            first = table[usize::from(p)].cmp(&table[usize::from(q)]);
        }
    }
    first.then_with(|| x.len().cmp(&y.len()))
}

/// Equality of two characters under the collation, for LIKE and the searching functions.
pub fn same_char(a: char, b: char) -> bool {
    if a == b {
        return true;
    }
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(&b);
    }
    a.to_lowercase().eq(b.to_lowercase())
}
