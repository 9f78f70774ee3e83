//! Decoding by itself, in one thread: from the text that the server sends to exact values, their distinct ones and their
//! hashes. The baseline is what any program has to do that reads numbers: `str::parse::<f32>`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use hartonomous::vector::{AtomValue, VectorDigest, decode};
use hartonomous_standin::serve::{Matrix, Precision};

use crate::figures::{rate, ratio, shown};
use crate::session::Outcome;

/// At least as long is measured.
const LEAST: Duration = Duration::from_millis(700);

/// Prints components per second of decoding, and how many of them needed the server's exact answer.
pub fn run(matrix: &Matrix) -> Outcome<()> {
    println!(
        "DECODE, one thread: components/s from the server's text, beside str::parse::<f32> of the same text"
    );
    for precision in [Precision::Int8, Precision::Float16, Precision::Float32] {
        let texts: Vec<String> = (0..matrix.rows)
            .map(|at| server_text(matrix.row(at), precision))
            .collect();
        let parsed = measure(&texts, |text| {
            text[1..text.len() - 1]
                .split(',')
                .filter_map(|token| token.parse::<f32>().ok())
                .map(|value| u64::from(value.to_bits()))
                .fold(0, u64::wrapping_add)
        });
        let decoded = measure(&texts, |text| {
            decode(text, matrix.columns).map_or(0, |decoded| decoded.values.len() as u64)
        });
        let whole = measure(&texts, |text| whole(text, matrix.columns));
        let count = (matrix.rows * matrix.columns) as u64;
        println!(
            "  {:<8} parse::<f32> {:>9}/s | exact values {:>9}/s = {} | with digest, distinct, hash {:>9}/s = {}",
            format!("{precision:?}").to_lowercase(),
            million(count, parsed),
            million(count, decoded),
            against(parsed, decoded),
            million(count, whole),
            against(parsed, whole),
        );
        let (ambiguous, distinct) = census(&texts, matrix.columns)?;
        println!(
            "           needed exact resolution: {} of all components; distinct values: {}",
            shown(ratio(100.0 * ambiguous as f64, count as f64), 3, " %"),
            shown(ratio(100.0 * distinct as f64, count as f64), 3, " %"),
        );
    }
    Ok(())
}

fn million(count: u64, took: Duration) -> String {
    shown(rate(count, took).map(|rate| rate / 1e6), 1, " M")
}

fn against(baseline: Duration, took: Duration) -> String {
    shown(
        ratio(baseline.as_secs_f64(), took.as_secs_f64()),
        2,
        " x the baseline",
    )
}

/// Time for all texts once: of each text the best of as many rounds as fit, so that a busy machine disturbs little.
fn measure(texts: &[String], work: impl Fn(&str) -> u64) -> Duration {
    let begun = Instant::now();
    let mut best = vec![Duration::MAX; texts.len()];
    let mut rounds = 0;
    while rounds < 3 || begun.elapsed() < LEAST {
        rounds += 1;
        for (text, best) in texts.iter().zip(&mut best) {
            let started = Instant::now();
            black_box(work(black_box(text)));
            *best = (*best).min(started.elapsed());
        }
    }
    best.iter().sum()
}

/// What the pipeline does with an embedding that holds nothing but values it has not seen.
fn whole(text: &str, dimensions: usize) -> u64 {
    let Ok(decoded) = decode(text, dimensions) else {
        return 0;
    };
    let mut values: Vec<AtomValue> = decoded.values.into_iter().map(AtomValue::new).collect();
    let digest = VectorDigest::of(values.iter().copied());
    values.sort_unstable();
    values.dedup();
    values
        .iter()
        .map(|value| u64::from(value.content_hash().0[0]))
        .fold(u64::from(digest.0[0]), u64::wrapping_add)
}

/// Ambiguous components, and distinct values of all texts together.
fn census(texts: &[String], dimensions: usize) -> Outcome<(usize, usize)> {
    let mut ambiguous = 0;
    let mut values = Vec::new();
    for text in texts {
        let decoded = decode(text, dimensions)?;
        ambiguous += decoded.ambiguous.len();
        values.extend(decoded.values.into_iter().map(AtomValue::new));
    }
    values.sort_unstable();
    values.dedup();
    Ok((ambiguous, values.len()))
}

/// A vector as SQL Server casts it to varchar(max).
fn server_text(values: &[f32], precision: Precision) -> String {
    let texts: Vec<String> = values
        .iter()
        .map(|value| {
            // Adding 0 turns -0 into +0, as the server prints it.
            let text = format!("{:.7e}", precision.apply(*value) + 0.0);
            let (digits, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
            let size = exponent.trim_start_matches('-');
            let sign = if exponent.starts_with('-') { '-' } else { '+' };
            format!("{digits}e{sign}{size:0>3}")
        })
        .collect();
    format!("[{}]", texts.join(","))
}
