//! The text form in which SQL Server hands a vector to a client without vector support, read back exactly.
//!
//! Each component is written as C's `%.7e` with a three-digit exponent (`-5.0000001e-002`): 8 significant digits, of
//! which about 1.5 % of all float32 values share one with a neighbour. So decoding gives, for each component, the only
//! float32 that prints that text, or says that two do (`Ambiguous`); the server is asked about those alone.

use std::sync::LazyLock;

/// A vector's components as far as its text proves them.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// One float32 per component; -0 does not occur (the text form does not have it). Ambiguous components hold
    /// their first candidate until they are resolved.
    pub values: Vec<f32>,
    /// Components whose text two neighbouring float32 values share, in order of index.
    pub ambiguous: Vec<Ambiguous>,
}

/// A component that the text does not decide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ambiguous {
    /// 0-based component index.
    pub index: u32,
    /// The two float32 values that print this text.
    pub candidates: [f32; 2],
}

/// Why a text is not a vector as SQL Server writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("vector text must begin with '[' and end with ']'")]
    Brackets,
    #[error("component {index}: '{token}' is not a number of the form d.ddddddde+ddd")]
    Token { index: usize, token: String },
    #[error("component {index}: '{token}' lies outside float32")]
    Range { index: usize, token: String },
    #[error("component {index}: no float32 prints as '{token}'")]
    NotCanonical { index: usize, token: String },
    #[error("vector has {found} components, expected {expected}")]
    Count { expected: usize, found: usize },
}

/// Reads the text of a vector of `dimensions` components.
///
/// # Errors
/// Any text that SQL Server would not have written for a float32 vector of that many dimensions.
pub fn decode(text: &str, dimensions: usize) -> Result<Decoded, TextError> {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or(TextError::Brackets)?;
    let mut decoded = Decoded {
        values: Vec::with_capacity(dimensions),
        ambiguous: Vec::new(),
    };
    if !inner.is_empty() {
        for token in inner.split(',') {
            let index = decoded.values.len();
            match component(token, index)? {
                Component::Exact(value) => decoded.values.push(value),
                Component::Either(candidates) => {
                    decoded.ambiguous.push(Ambiguous {
                        index: u32::try_from(index).unwrap_or(u32::MAX),
                        candidates,
                    });
                    decoded.values.push(candidates[0]);
                }
            }
        }
    }
    if decoded.values.len() != dimensions {
        return Err(TextError::Count {
            expected: dimensions,
            found: decoded.values.len(),
        });
    }
    Ok(decoded)
}

/// Index of the first component at or after `dimension` that is not zero: the row breaks the padding rule.
pub fn padding_violation(values: &[f32], dimension: usize) -> Option<usize> {
    values
        .iter()
        .enumerate()
        .skip(dimension)
        .find(|(_, value)| **value != 0.0)
        .map(|(index, _)| index)
}

enum Component {
    Exact(f32),
    Either([f32; 2]),
}

/// A token split into sign, eight digits and exponent: `digits * 10^(exponent - 7)`.
struct Scientific {
    negative: bool,
    digits: u32,
    exponent: i32,
}

fn component(token: &str, index: usize) -> Result<Component, TextError> {
    let owned = || token.to_owned();
    let number = scientific(token).ok_or_else(|| TextError::Token {
        index,
        token: owned(),
    })?;
    if number.digits == 0 {
        return Ok(Component::Exact(0.0));
    }
    let out_of_range = || TextError::Range {
        index,
        token: owned(),
    };
    let unit = power_of_ten(number.exponent - 7).ok_or_else(out_of_range)?;
    let magnitude = f64::from(number.digits) * unit;
    if magnitude > f64::from(f32::MAX) * (1.0 + 1e-7) {
        return Err(out_of_range());
    }
    let nearest = (magnitude as f32).min(f32::MAX);
    let mut found = [0f32; 2];
    let mut count = 0;
    for bits in neighbours(nearest) {
        let candidate = f32::from_bits(bits);
        if candidate.is_finite() && prints_as(candidate, magnitude, unit, &number) && count < 2 {
            found[count] = if number.negative {
                -candidate
            } else {
                candidate
            };
            count += 1;
        }
    }
    match count {
        0 => Err(TextError::NotCanonical {
            index,
            token: owned(),
        }),
        1 => Ok(Component::Exact(found[0])),
        _ => Ok(Component::Either(found)),
    }
}

/// The bit patterns just below, at and just above a positive float32 (none below the smallest).
fn neighbours(value: f32) -> impl Iterator<Item = u32> {
    let bits = value.to_bits();
    [bits.checked_sub(1), Some(bits), bits.checked_add(1)]
        .into_iter()
        .flatten()
        .filter(|bits| *bits != 0)
}

/// Does `candidate` print the digits of `number`? Decided by its distance to the decimal value where that is clear
/// (f64 arithmetic errs by less than 1e-7 of half a unit), by printing it where it is not.
fn prints_as(candidate: f32, magnitude: f64, unit: f64, number: &Scientific) -> bool {
    let half = unit * 0.5;
    let distance = (f64::from(candidate) - magnitude).abs();
    // A candidate in another decade prints with another unit; only the text decides there.
    let inside_decade = number.digits > 10_000_000 && number.digits < 99_999_999;
    if inside_decade && distance < half * (1.0 - 1e-6) {
        return true;
    }
    if distance > unit * 10.0 || (inside_decade && distance > half * (1.0 + 1e-6)) {
        return false;
    }
    let printed = format!("{candidate:.7e}");
    scientific_of_rust(&printed)
        .is_some_and(|(digits, exponent)| digits == number.digits && exponent == number.exponent)
}

/// Reads `d.ddddddde+ddd` with an optional minus sign; anything else is not what the server writes.
fn scientific(token: &str) -> Option<Scientific> {
    let bytes = token.as_bytes();
    let (negative, rest) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let [lead, b'.', fraction @ ..] = rest else {
        return None;
    };
    if fraction.len() != 12 {
        return None;
    }
    let (fraction, exponent) = fraction.split_at(7);
    let mut digits = digit(*lead)?;
    for byte in fraction {
        digits = digits * 10 + digit(*byte)?;
    }
    let [b'e', sign @ (b'+' | b'-'), hundreds, tens, ones] = exponent else {
        return None;
    };
    let size = digit(*hundreds)? * 100 + digit(*tens)? * 10 + digit(*ones)?;
    let size = i32::try_from(size).ok()?;
    if digits != 0 && *lead == b'0' {
        return None;
    }
    Some(Scientific {
        negative,
        digits,
        exponent: if *sign == b'-' { -size } else { size },
    })
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// Rust's `{:.7e}`: `1.0000000e-8`. Correctly rounded, as the server's `%.7e` is.
fn scientific_of_rust(text: &str) -> Option<(u32, i32)> {
    let (mantissa, exponent) = text.split_once('e')?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, exponent.parse().ok()?))
}

/// 10^power for every power that an 8-digit float32 text can need (1.4e-45 to 3.4e38).
fn power_of_ten(power: i32) -> Option<f64> {
    static POWERS: LazyLock<Vec<f64>> =
        LazyLock::new(|| (LOWEST..=HIGHEST).map(exact_power).collect());
    const LOWEST: i32 = -53;
    const HIGHEST: i32 = 32;
    let at = usize::try_from(power - LOWEST).ok()?;
    POWERS.get(at).copied()
}

/// The correctly rounded double of 10^power (`powi` may err by several units).
fn exact_power(power: i32) -> f64 {
    format!("1e{power}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The server's text of one float32 (facts A2).
    fn server_text(value: f32) -> String {
        let rust = format!("{:.7e}", if value == 0.0 { 0.0 } else { value });
        let (mantissa, exponent) = rust.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:03}", exponent.abs())
    }

    fn check(value: f32) {
        let text = format!("[{}]", server_text(value));
        let decoded = decode(&text, 1).unwrap();
        if let [one] = decoded.ambiguous.as_slice() {
            let [a, b] = one.candidates;
            assert!(value == a || value == b, "{value:e} not in {a:e}, {b:e}");
            assert_eq!(server_text(a), server_text(b), "{value:e}");
        } else {
            assert_eq!(
                decoded.values[0].to_bits() & 0x7fff_ffff,
                value.to_bits() & 0x7fff_ffff,
                "{value:e}"
            );
            for bits in neighbours(value.abs()) {
                let other = f32::from_bits(bits);
                if bits != value.abs().to_bits() && other.is_finite() {
                    assert_ne!(server_text(other), server_text(value.abs()), "{value:e}");
                }
            }
        }
    }

    #[test]
    fn a_hundred_thousand_bit_patterns_of_every_exponent_decode_exactly_or_ambiguously() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        for exponent in 0..255u32 {
            for _ in 0..400 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let bits = (exponent << 23) | (state as u32 & 0x807f_ffff);
                check(f32::from_bits(bits));
            }
        }
    }

    #[test]
    fn the_corners_decode() {
        for value in [
            0.0,
            f32::MIN_POSITIVE,
            f32::from_bits(1),
            f32::MAX,
            -f32::MAX,
            1.0,
            10.0,
            0.1,
            99_999_990.0,
            1e10,
        ] {
            check(value);
        }
    }

    #[test]
    fn a_shared_text_is_ambiguous() {
        let mut shared = 0;
        for bits in 0.1f32.to_bits()..0.1f32.to_bits() + 1000 {
            let (value, next) = (f32::from_bits(bits), f32::from_bits(bits + 1));
            if server_text(value) == server_text(next) {
                let decoded = decode(&format!("[{}]", server_text(value)), 1).unwrap();
                assert_eq!(decoded.ambiguous[0].candidates, [value, next]);
                shared += 1;
            }
        }
        assert!(
            shared > 50,
            "{shared} of 1,000 share their text; about 100 do"
        );
    }

    #[test]
    fn text_that_the_server_would_not_write_is_refused_with_the_component() {
        let wrong = |text: &str| decode(text, 2).unwrap_err().to_string();
        assert_eq!(
            wrong("1,2"),
            "vector text must begin with '[' and end with ']'"
        );
        assert_eq!(
            wrong("[1.0000000e+000,0.5]"),
            "component 1: '0.5' is not a number of the form d.ddddddde+ddd"
        );
        assert_eq!(
            wrong("[1.0000000e+000]"),
            "vector has 1 components, expected 2"
        );
        assert_eq!(
            wrong("[1.0000000e+000,9.0000000e+038]"),
            "component 1: '9.0000000e+038' lies outside float32"
        );
        assert_eq!(
            wrong("[1.0000000e+000,1.0000000e+999]"),
            "component 1: '1.0000000e+999' lies outside float32"
        );
        assert_eq!(
            wrong("[1.0000000e+000,1.2345679e-045]"),
            "component 1: no float32 prints as '1.2345679e-045'"
        );
    }

    #[test]
    fn padding_beyond_the_dimension_must_be_zero() {
        assert_eq!(padding_violation(&[1.0, 2.0, 0.0], 2), None);
        assert_eq!(padding_violation(&[1.0, 2.0, 0.5], 2), Some(2));
        assert_eq!(padding_violation(&[1.0, 2.0], 2), None);
    }

    proptest! {
        #[test]
        fn any_text_decodes_or_is_refused(text in "\\PC*", dimensions in 0usize..4) {
            let _ = decode(&text, dimensions);
        }

        #[test]
        fn nearly_right_text_decodes_or_is_refused(text in "\\[(-?[0-9]\\.[0-9]{7}e[+-][0-9]{3},?){0,4}\\]") {
            let _ = decode(&text, 3);
        }

        #[test]
        fn every_float32_survives(values in prop::collection::vec(any::<f32>().prop_filter("finite", |v| v.is_finite()), 1..40)) {
            for value in values {
                check(value);
            }
        }
    }
}
