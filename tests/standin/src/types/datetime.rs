//! Reading dates and times from text: the literal forms that SQL Server accepts under us_english (mdy).

use super::calendar::{DAY, HOUR, MINUTE, MONTHS, SECOND, days_from_civil};

/// What a text says. Parts that it does not name are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parsed {
    /// Days since 0001-01-01.
    pub date: Option<i32>,
    /// 100 ns since midnight.
    pub time: Option<i64>,
    pub offset: Option<i16>,
    /// Digits of the fraction as written: datetime takes at most three.
    pub fraction_digits: usize,
    /// A fraction beyond 7 digits was rounded up to the next day or the like.
    pub zulu: bool,
}

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTextError {
    /// Not of an accepted form: 241.
    Syntax,
    /// Of an accepted form, but no such day or hour: 242 for datetime, 241 for the others.
    Range,
}

type Parse<T> = Result<T, DateTextError>;

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_spaces(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.at - start
    }

    fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        if hit {
            self.at += 1;
        }
        hit
    }

    fn digits(&mut self) -> &[u8] {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.bytes[start..self.at]).to_ascii_lowercase()
    }
}

fn number(digits: &[u8]) -> i32 {
    digits
        .iter()
        .take(9)
        .fold(0, |n, b| n * 10 + i32::from(b - b'0'))
}

/// Two-digit years below 50 are 20xx (two digit year cutoff 2049).
fn full_year(digits: &[u8]) -> Parse<i32> {
    match digits.len() {
        4 => Ok(number(digits)),
        1 | 2 => {
            let year = number(digits);
            Ok(if year < 50 { 2000 + year } else { 1900 + year })
        }
        _ => Err(DateTextError::Syntax),
    }
}

fn date(year: i32, month: i32, day: i32) -> Parse<i32> {
    days_from_civil(year, month, day).ok_or(DateTextError::Range)
}

fn month_number(word: &str) -> Option<i32> {
    if word.len() < 3 {
        return None;
    }
    MONTHS
        .iter()
        .position(|m| {
            let m = m.to_ascii_lowercase();
            m == word || m[..3] == *word
        })
        .and_then(|i| i32::try_from(i + 1).ok())
}

/// Reads a text. An empty or blank one is 1900-01-01 00:00 and answers with no parts.
pub fn parse(text: &str) -> Parse<Parsed> {
    let mut c = Cursor {
        bytes: text.as_bytes(),
        at: 0,
    };
    let mut out = Parsed::default();
    c.skip_spaces();
    if c.peek().is_none() {
        return Ok(out);
    }
    let start = c.at;
    if c.peek().is_some_and(|b| b.is_ascii_digit()) {
        let first = c.digits().len();
        let next = c.peek();
        c.at = start;
        let is_time = first <= 2 && (next == Some(b':') || starts_meridiem(&c, first));
        if is_time {
            time(&mut c, &mut out)?;
            c.skip_spaces();
            if c.peek().is_some() && out.offset.is_none() {
                out.date = Some(date_part(&mut c)?);
            }
            return finish(&mut c, out);
        }
    }
    out.date = Some(date_part(&mut c)?);
    let iso = c.eat(b'T') || c.eat(b't');
    let spaces = c.skip_spaces();
    if c.peek().is_some() {
        if !iso && spaces == 0 {
            return Err(DateTextError::Syntax);
        }
        if matches!(c.peek(), Some(b'+' | b'-' | b'Z' | b'z')) {
            offset(&mut c, &mut out)?;
        } else {
            time(&mut c, &mut out)?;
        }
    } else if iso {
        return Err(DateTextError::Syntax);
    }
    finish(&mut c, out)
}

fn starts_meridiem(c: &Cursor<'_>, digits: usize) -> bool {
    let rest: Vec<u8> = c.bytes[c.at + digits..]
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(2)
        .map(|b| b.to_ascii_lowercase())
        .collect();
    rest == b"am" || rest == b"pm"
}

fn finish(c: &mut Cursor<'_>, out: Parsed) -> Parse<Parsed> {
    c.skip_spaces();
    if c.peek().is_some() {
        return Err(DateTextError::Syntax);
    }
    Ok(out)
}

fn date_part(c: &mut Cursor<'_>) -> Parse<i32> {
    if c.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
        return named_month_first(c);
    }
    let first = c.digits().to_vec();
    if first.is_empty() {
        return Err(DateTextError::Syntax);
    }
    match c.peek() {
        Some(sep @ (b'-' | b'/' | b'.')) if first.len() <= 4 => separated(c, &first, sep),
        _ => match first.len() {
            8 => date(
                number(&first[..4]),
                number(&first[4..6]),
                number(&first[6..]),
            ),
            6 => date(
                full_year(&first[..2])?,
                number(&first[2..4]),
                number(&first[4..]),
            ),
            4 if c.peek().is_none() => date(number(&first), 1, 1),
            1 | 2 | 4 => day_then_month(c, &first),
            _ => Err(DateTextError::Syntax),
        },
    }
}

/// `2024-05-13`, `5/13/2024`, `13.May.2024` and the like.
fn separated(c: &mut Cursor<'_>, first: &[u8], sep: u8) -> Parse<i32> {
    c.eat(sep);
    if c.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
        let month = month_number(&c.word()).ok_or(DateTextError::Syntax)?;
        if !c.eat(sep) {
            return Err(DateTextError::Syntax);
        }
        let third = c.digits().to_vec();
        return if first.len() == 4 {
            date(number(first), month, number(&third))
        } else {
            date(full_year(&third)?, month, number(first))
        };
    }
    let second = c.digits().to_vec();
    if second.is_empty() || second.len() > 4 || !c.eat(sep) {
        return Err(DateTextError::Syntax);
    }
    let third = c.digits().to_vec();
    if third.is_empty() || third.len() > 4 {
        return Err(DateTextError::Syntax);
    }
    if first.len() == 4 {
        date(number(first), number(&second), number(&third))
    } else {
        date(full_year(&third)?, number(first), number(&second))
    }
}

/// `13 May 2024`, `2024 May 13`.
fn day_then_month(c: &mut Cursor<'_>, first: &[u8]) -> Parse<i32> {
    c.skip_spaces();
    let month = month_number(&c.word()).ok_or(DateTextError::Syntax)?;
    c.skip_spaces();
    c.eat(b',');
    c.skip_spaces();
    let third = c.digits().to_vec();
    if first.len() == 4 {
        let day = if third.is_empty() { 1 } else { number(&third) };
        date(number(first), month, day)
    } else if third.is_empty() {
        Err(DateTextError::Syntax)
    } else {
        date(full_year(&third)?, month, number(first))
    }
}

/// `May 13 2024`, `May 13, 2024`, `May 2024`.
fn named_month_first(c: &mut Cursor<'_>) -> Parse<i32> {
    let month = month_number(&c.word()).ok_or(DateTextError::Syntax)?;
    c.skip_spaces();
    let second = c.digits().to_vec();
    if second.len() == 4 {
        return date(number(&second), month, 1);
    }
    if second.is_empty() {
        return Err(DateTextError::Syntax);
    }
    c.skip_spaces();
    c.eat(b',');
    c.skip_spaces();
    let third = c.digits().to_vec();
    if third.is_empty() {
        return Err(DateTextError::Syntax);
    }
    date(full_year(&third)?, month, number(&second))
}

fn time(c: &mut Cursor<'_>, out: &mut Parsed) -> Parse<()> {
    let hour_digits = c.digits().to_vec();
    if hour_digits.is_empty() || hour_digits.len() > 2 {
        return Err(DateTextError::Syntax);
    }
    let mut hour = i64::from(number(&hour_digits));
    let (mut minute, mut second, mut fraction) = (0, 0, 0);
    let has_minutes = c.eat(b':');
    if has_minutes {
        minute = two_digits(c)?;
        if c.eat(b':') {
            second = two_digits(c)?;
            if c.eat(b'.') {
                fraction = fraction_ticks(c, out)?;
            } else if c.eat(b':') {
                // hh:mm:ss:mmm counts thousandths whatever its length.
                let digits = c.digits().to_vec();
                if digits.is_empty() || digits.len() > 3 {
                    return Err(DateTextError::Syntax);
                }
                out.fraction_digits = 3;
                fraction = i64::from(number(&digits)) * 10_000;
            }
        } else if c.eat(b'.') {
            return Err(DateTextError::Syntax);
        }
    }
    let before = c.at;
    c.skip_spaces();
    let meridiem = if matches!(c.peek(), Some(b'Z' | b'z')) {
        String::new()
    } else {
        c.word()
    };
    match meridiem.as_str() {
        "" => {
            if !has_minutes {
                return Err(DateTextError::Syntax);
            }
            c.at = before;
        }
        "am" | "pm" => {
            if !(0..=23).contains(&hour) || (hour > 12 && meridiem == "am") {
                return Err(DateTextError::Range);
            }
            if meridiem == "am" && hour == 12 {
                hour = 0;
            } else if meridiem == "pm" && hour < 12 {
                hour += 12;
            }
        }
        _ => return Err(DateTextError::Syntax),
    }
    if hour > 23 || minute > 59 || second > 59 {
        return Err(DateTextError::Range);
    }
    out.time = Some(hour * HOUR + minute * MINUTE + second * SECOND + fraction);
    c.skip_spaces();
    if matches!(c.peek(), Some(b'+' | b'-' | b'Z' | b'z')) {
        offset(c, out)?;
    }
    Ok(())
}

fn two_digits(c: &mut Cursor<'_>) -> Parse<i64> {
    let digits = c.digits();
    if digits.is_empty() || digits.len() > 2 {
        return Err(DateTextError::Syntax);
    }
    Ok(i64::from(number(digits)))
}

fn fraction_ticks(c: &mut Cursor<'_>, out: &mut Parsed) -> Parse<i64> {
    let digits = c.digits().to_vec();
    if digits.is_empty() || digits.len() > 9 {
        return Err(DateTextError::Syntax);
    }
    out.fraction_digits = digits.len();
    let mut ticks = 0i64;
    for i in 0..8 {
        ticks = ticks * 10 + digits.get(i).map_or(0, |b| i64::from(b - b'0'));
    }
    Ok((ticks + 5) / 10)
}

fn offset(c: &mut Cursor<'_>, out: &mut Parsed) -> Parse<()> {
    if c.eat(b'Z') || c.eat(b'z') {
        out.offset = Some(0);
        out.zulu = true;
        return Ok(());
    }
    let negative = c.eat(b'-');
    if !negative && !c.eat(b'+') {
        return Err(DateTextError::Syntax);
    }
    let hours = two_digits(c)?;
    if !c.eat(b':') {
        return Err(DateTextError::Syntax);
    }
    let minutes = two_digits(c)?;
    let total = hours * 60 + minutes;
    if minutes > 59 || total > 840 {
        return Err(DateTextError::Range);
    }
    let total = i16::try_from(total).map_err(|_| DateTextError::Range)?;
    out.offset = Some(if negative { -total } else { total });
    Ok(())
}

/// Ticks since 0001-01-01 of what was parsed; a missing date is 1900-01-01, a missing time midnight.
pub fn ticks(parsed: &Parsed) -> i64 {
    let days = parsed.date.unwrap_or(super::calendar::DAYS_TO_1900);
    i64::from(days) * DAY + parsed.time.unwrap_or(0)
}
