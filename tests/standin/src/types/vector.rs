//! The vector type: its text in both directions and its distances.

use super::errors;
use crate::error::{Result, SqlError};

/// `[1.0000000e+000,-5.0000001e-002]`: C's %.7e with a three-digit exponent; negative zero is written as zero.
pub fn to_text(elements: &[f32]) -> String {
    let mut out = String::with_capacity(elements.len() * 16 + 2);
    out.push('[');
    for (i, v) in elements.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if *v == 0.0 {
            out.push_str("0.0000000e+000");
        } else {
            super::format::append_scientific(f64::from(*v), 7, &mut out);
        }
    }
    out.push(']');
    out
}

/// DATALENGTH of a vector: 8 bytes of header and 4 per element.
pub fn storage_length(dimensions: usize) -> usize {
    8 + 4 * dimensions
}

fn invalid(reason: &str, state: u8) -> SqlError {
    SqlError::new(
        13670,
        format!("Input JSON is not a valid Vector : '{reason}'."),
    )
    .state(state)
}

/// Dimensions that a vector of float32 can have at most.
pub const MAX_DIMENSIONS: usize = 1998;

/// Walks the UTF-8 bytes: positions in 13609 count bytes and name one byte as a character.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn skip(&mut self) {
        while self
            .bytes
            .get(self.at)
            .is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        {
            self.at += 1;
        }
    }

    fn malformed_at(&self, at: usize) -> SqlError {
        let character = self.bytes.get(at).map_or('.', |b| char::from(*b));
        errors::json_malformed(character, at, 9)
    }

    fn malformed(&self) -> SqlError {
        self.malformed_at(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// A bare token runs to whitespace or punctuation.
    fn token_end(&self) -> usize {
        let rest = &self.bytes[self.at..];
        let len = rest
            .iter()
            .position(|b| {
                matches!(
                    b,
                    b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' | b':' | b'"'
                )
            })
            .unwrap_or(rest.len());
        self.at + len
    }

    /// The refusal of a string, once it is complete.
    fn string(&mut self) -> SqlError {
        let start = self.at;
        let mut at = start + 1;
        while let Some(b) = self.bytes.get(at) {
            match b {
                b'\\' => at += 2,
                b'"' => return invalid("String not Supported", 5),
                _ => at += 1,
            }
        }
        self.malformed_at(start)
    }

    /// The refusal of a nested container: judged by its first member.
    fn container(&mut self, open: u8) -> SqlError {
        self.at += 1;
        self.skip();
        match (open, self.peek()) {
            (_, None) => self.malformed(),
            (b'[', Some(b']')) => invalid("Empty Array not Supported", 8),
            (b'{', Some(b'}')) => invalid("Empty object Not Suppoted", 7),
            (b'{', Some(b'"')) => invalid("Object Not Supported", 10),
            (b'{', Some(_)) => self.malformed(),
            _ => invalid("Malformed JSON", 1),
        }
    }

    /// A number, or the refusal of whatever else stands here.
    fn element(&mut self) -> Result<f32> {
        match self.peek() {
            Some(b'"') => return Err(self.string()),
            Some(open @ (b'[' | b'{')) => return Err(self.container(open)),
            _ => {}
        }
        let (start, end) = (self.at, self.token_end());
        let token = &self.bytes[start..end];
        match token {
            // Most elements of a padded vector.
            [digit @ b'0'..=b'9'] => {
                self.at = end;
                return Ok(f32::from(digit - b'0'));
            }
            b"null" => return Err(invalid("Null Not Supported", 4)),
            b"true" => return Err(invalid("Boolean not supported", 9)),
            b"false" => return Err(invalid("Boolean Not Supported", 9)),
            _ => {}
        }
        if !is_json_number(token) {
            return Err(self.malformed());
        }
        let value: f64 = std::str::from_utf8(token)
            .ok()
            .and_then(|t| t.parse().ok())
            .ok_or_else(|| self.malformed())?;
        self.at = end;
        #[allow(clippy::cast_possible_truncation)]
        let narrowed = value as f32;
        if narrowed.is_infinite() {
            return Err(SqlError::new(
                42241,
                "Input JSON contains out-of-range values for float32.",
            ));
        }
        Ok(narrowed)
    }
}

/// Is the token a number by JSON's grammar?
pub fn is_json_number(token: &[u8]) -> bool {
    let digits = |t: &[u8]| t.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut rest = token.strip_prefix(b"-").unwrap_or(token);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = &fraction[n..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', tail @ ..] => tail,
            all => all,
        };
        let n = digits(exponent);
        return n > 0 && n == exponent.len();
    }
    rest.is_empty()
}

fn read(text: &str) -> Result<Vec<f32>> {
    let mut r = Reader {
        bytes: text.as_bytes(),
        at: 0,
    };
    r.skip();
    match r.peek() {
        None => return Err(r.malformed()),
        Some(b'[') => {}
        Some(b'{') => return Err(r.container(b'{')),
        Some(_) => {
            r.element()?;
            return Err(invalid("Malformed JSON", 1));
        }
    }
    r.at += 1;
    r.skip();
    if r.peek() == Some(b']') {
        return Err(invalid("Empty Array not Supported", 8));
    }
    // Two bytes an element at least, and no vector has more than the largest column.
    let mut elements = Vec::with_capacity((text.len() / 2).min(MAX_DIMENSIONS));
    loop {
        elements.push(r.element()?);
        r.skip();
        match r.peek() {
            Some(b',') => {
                r.at += 1;
                r.skip();
                if matches!(r.peek(), None | Some(b']' | b',')) {
                    return Err(r.malformed());
                }
            }
            Some(b']') => break,
            _ => return Err(r.malformed()),
        }
    }
    r.at += 1;
    r.skip();
    if r.peek().is_some() {
        return Err(r.malformed());
    }
    Ok(elements)
}

fn check_count(elements: Vec<f32>, dimensions: i32, state: u8) -> Result<Vec<f32>> {
    let have = i32::try_from(elements.len()).unwrap_or(i32::MAX);
    if have == dimensions {
        Ok(elements)
    } else {
        Err(errors::vector_dimensions(dimensions, have, state))
    }
}

/// Text to vector. The count is checked only after a complete array (42204 state 4).
pub fn parse(text: &str, dimensions: i32) -> Result<Vec<f32>> {
    check_count(read(text)?, dimensions, 4)
}

/// A json value to vector: an object is refused otherwise, a wrong count is state 2.
pub fn parse_json(text: &str, dimensions: i32) -> Result<Vec<f32>> {
    if text.starts_with('{') {
        return Err(invalid("Key-Value Not Supported", 20));
    }
    check_count(read(text)?, dimensions, 2)
}

/// VECTOR_DISTANCE's metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Cosine,
    Euclidean,
    Dot,
}

impl Metric {
    /// Without regard to case and trailing spaces; 42201 otherwise.
    pub fn parse(name: &str) -> Result<Self> {
        let trimmed = name.trim_end_matches(' ');
        if trimmed.eq_ignore_ascii_case("cosine") {
            Ok(Self::Cosine)
        } else if trimmed.eq_ignore_ascii_case("euclidean") {
            Ok(Self::Euclidean)
        } else if trimmed.eq_ignore_ascii_case("dot") {
            Ok(Self::Dot)
        } else {
            Err(SqlError::new(
                42201,
                format!(
                    "The requested distance metric '{name}' is not supported by vector_distance. Provide a valid distance metric."
                ),
            )
            .state(2))
        }
    }
}

const LANES: usize = 8;

/// Eight lanes halved: i + 4, + 2, + 1.
fn fold(mut lanes: [f32; LANES]) -> f32 {
    for step in [4, 2, 1] {
        for i in 0..step {
            lanes[i] += lanes[i + step];
        }
    }
    lanes[0]
}

/// A fused sum over both vectors as the server's kernel adds: four blocks of eight at a time into `sets` accumulators,
/// the sets combined pairwise, then whole blocks, then the partial block in the low lanes. `skip`: four blocks whose terms
/// would leave every accumulator as it is.
fn fused(
    a: &[f32],
    b: &[f32],
    sets: usize,
    skip: impl Fn(&[f32], &[f32]) -> bool,
    term: impl Fn(f32, f32, f32) -> f32,
) -> f32 {
    let mut accumulators = [[0f32; LANES]; 4];
    let main = a.len() / (LANES * 4) * (LANES * 4);
    for start in (0..main).step_by(LANES * 4) {
        let whole = start..start + LANES * 4;
        if skip(&a[whole.clone()], &b[whole]) {
            continue;
        }
        for block in 0..4 {
            let set = &mut accumulators[block % sets];
            let at = start + block * LANES;
            for (lane, (x, y)) in set
                .iter_mut()
                .zip(a[at..at + LANES].iter().zip(&b[at..at + LANES]))
            {
                *lane = term(*x, *y, *lane);
            }
        }
    }
    let mut lanes = accumulators[0];
    for lane in 0..LANES {
        lanes[lane] = if sets == 4 {
            (accumulators[0][lane] + accumulators[1][lane])
                + (accumulators[2][lane] + accumulators[3][lane])
        } else {
            accumulators[0][lane] + accumulators[1][lane]
        };
    }
    for (x, y) in a[main..].chunks(LANES).zip(b[main..].chunks(LANES)) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane = term(*x, *y, *lane);
        }
    }
    fold(lanes)
}

/// A step of the dot product, fused. Where `y` is zero the product is exact and adding it is all that the fused step does:
/// unit vectors are cheap.
fn product(x: f32, y: f32, sum: f32) -> f32 {
    if y == 0.0 && x.is_finite() {
        x * y + sum
    } else {
        x.mul_add(y, sum)
    }
}

/// Products with zeros only: each is a zero, and adding one to a sum that began at +0 changes nothing. Infinities and NaN
/// times zero do.
fn vanishes(x: &[f32], y: &[f32]) -> bool {
    let any = y.iter().fold(0, |bits, y| bits | y.to_bits() << 1);
    any == 0 && x.iter().fold(true, |all, x| all & x.is_finite())
}

/// No term is skipped.
fn never(_: &[f32], _: &[f32]) -> bool {
    false
}

/// VECTOR_DISTANCE: computed in float32 and widened. 42204 state 3 for different dimensions, 8115 beyond float32.
pub fn distance(metric: Metric, a: &[f32], b: &[f32]) -> Result<f64> {
    if a.len() != b.len() {
        let count = |v: &[f32]| i32::try_from(v.len()).unwrap_or(0);
        return Err(errors::vector_dimensions(count(a), count(b), 3));
    }
    let result = match metric {
        Metric::Dot => -fused(a, b, 4, vanishes, product),
        Metric::Euclidean => fused(a, b, 4, never, |x, y, sum| {
            let d = x - y;
            d.mul_add(d, sum)
        })
        .sqrt(),
        Metric::Cosine => {
            if a.iter().all(|x| *x == 0.0) || b.iter().all(|x| *x == 0.0) {
                return Ok(1.0);
            }
            let dot = fused(a, b, 2, vanishes, product);
            let norms =
                fused(a, a, 2, never, product).sqrt() * fused(b, b, 2, never, product).sqrt();
            let similarity = dot / norms;
            let clamped = if similarity.is_nan() {
                1.0
            } else {
                similarity.clamp(-1.0, 1.0)
            };
            1.0 - clamped
        }
    };
    if result.is_infinite() {
        return Err(errors::overflow(&super::SqlType::REAL));
    }
    Ok(f64::from(result))
}

/// VECTOR_NORM: 'norm1', 'norm2' or 'norminf'; 42210 otherwise.
pub fn norm(kind: &str, v: &[f32]) -> Result<f64> {
    let trimmed = kind.trim_end_matches(' ').to_ascii_lowercase();
    let lane_sum = |term: fn(f32) -> f32| {
        let whole = v.len() / LANES * LANES;
        let mut lanes = [0f32; LANES];
        for block in v[..whole].chunks(LANES) {
            for (lane, x) in lanes.iter_mut().zip(block) {
                *lane += term(*x);
            }
        }
        lanes.iter().map(|x| f64::from(*x)).sum::<f64>()
    };
    let rest = &v[v.len() / LANES * LANES..];
    match trimmed.as_str() {
        "norm1" => Ok(lane_sum(f32::abs) + rest.iter().map(|x| f64::from(x.abs())).sum::<f64>()),
        "norm2" => {
            let tail: f64 = rest.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
            Ok((lane_sum(|x| x * x) + tail).sqrt())
        }
        "norminf" => Ok(v.iter().fold(0.0, |m, x| f64::from(x.abs()).max(m))),
        _ => Err(SqlError::new(
            42210,
            format!(
                "The requested norm function '{kind}' is not supported by vector_norm/vector_normalize. Please provide a valid norm function."
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{fused, never, product, vanishes};

    #[test]
    fn blocks_of_zeros_are_skipped_without_changing_a_bit() {
        let values = [0.5, -0.25, -0.0, 0.0, 1e-45, -1e-45, 3e38, -3e38, -1.5];
        let a: Vec<f32> = values.iter().copied().cycle().take(203).collect();
        // One component, two in one block, one in the partial block, none, all.
        for ones in [vec![70], vec![0, 31], vec![200], vec![], (0..203).collect()] {
            for zero in [0.0, -0.0] {
                let mut b = vec![zero; 203];
                for at in &ones {
                    b[*at] = 1.0;
                }
                for sets in [2, 4] {
                    let skipped = fused(&a, &b, sets, vanishes, product);
                    let whole = fused(&a, &b, sets, never, f32::mul_add);
                    assert_eq!(skipped.to_bits(), whole.to_bits(), "{ones:?} {zero}");
                }
            }
        }
        assert!(!vanishes(&[f32::INFINITY], &[0.0]) && !vanishes(&[1.0], &[1e-45]));
    }

    #[test]
    fn a_step_with_a_zero_is_the_fused_step_to_the_bit() {
        let ends = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f32::MIN_POSITIVE / 8.0,
            -f32::MIN_POSITIVE / 8.0,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
        ];
        for x in ends {
            for sum in ends {
                for y in [0.0, -0.0, 1.0] {
                    let (step, fused) = (product(x, y, sum), x.mul_add(y, sum));
                    assert!(
                        step.to_bits() == fused.to_bits() || (step.is_nan() && fused.is_nan()),
                        "{x} * {y} + {sum}: {step}, fused {fused}"
                    );
                }
            }
        }
    }
}
