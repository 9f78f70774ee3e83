//! How long a lookup takes, measured inside the server: blocks of lookups timed by its own clock, beside blocks of the same loop
//! without the lookup.
//!
//! Where the clock steps finely enough, a block is one lookup and the percentiles are those of lookups. Where it does not
//! (SYSUTCDATETIME may step by a millisecond), a block has as many lookups as the clock needs to see it, and the
//! percentiles are those of the blocks' means: a single slow lookup hides in its block, and only the slowest block bounds it.
//! The evidence says which of the two it was.

use rand::seq::SliceRandom as _;
use serde::Serialize;
use serde_json::json;

use super::PHASE;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured, Thresholds};
use crate::tsql::{Statement, embedded};

const CLOCK: Statement = embedded!("phase4/measure_clock.sql");
const LOOKUPS: Statement = embedded!("phase4/measure_lookups.sql");
const KEYS: Statement = embedded!("phase4/select_sample_keys.sql");

const fn gate(id: &'static str, title: &'static str, threshold: &'static str) -> Gate {
    Gate {
        id,
        phase: PHASE,
        title,
        threshold,
        never_waived: false,
    }
}

pub(super) const MEDIAN: Gate = gate("phase4.lookup_p50", "lookup by id, p50", "< 10 us");
pub(super) const TAIL: Gate = gate("phase4.lookup_p99", "lookup by id, p99", "< 50 us");

/// Keys that fit into the 8,000 bytes of a parameter.
pub(super) const KEYS_AT_MOST: i64 = 1_000;
/// Lookups of the pilot's blocks, and how many blocks.
const PILOT: (i32, i32) = (200, 5);
/// Steps of the clock that a block must take, so that the clock's own error is below a twentieth.
const STEPS: i64 = 20;
/// Blocks, each one lookup, or fewer blocks of more.
const SINGLE_BLOCKS: i32 = 2_000;
const LONG_BLOCKS: i32 = 200;
const LONGEST_BLOCK: i64 = 20_000;

/// Times of one block, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    bare: i64,
    with_lookups: i64,
}

/// What was measured; times per lookup in microseconds, the loop's own cost taken off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latency {
    pub clock_step_us: f64,
    pub lookups_per_block: i32,
    pub blocks: usize,
    /// What the loop costs per lookup, by the median block; it is taken off.
    pub loop_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub slowest_us: f64,
    /// What the percentiles are percentiles of.
    pub percentiles_of: &'static str,
    pub keys: usize,
}

/// Existing keys, spread over the table.
///
/// # Errors
/// A failed statement.
pub(super) async fn sample_keys(
    connection: &mut Connection,
    rows: i64,
) -> Result<Vec<i64>, Failure> {
    let every = (rows / KEYS_AT_MOST).max(1);
    let most = i32::try_from(KEYS_AT_MOST).unwrap_or(i32::MAX);
    let rows = connection.rows(&KEYS.sql(), &[&every, &most]).await?;
    rows.iter()
        .map(|row| row.integer("AtomEmbeddingId"))
        .collect()
}

/// Keys as the statements take them: 8 bytes each, big-endian.
pub(super) fn packed(keys: &[i64]) -> Vec<u8> {
    keys.iter().flat_map(|key| key.to_be_bytes()).collect()
}

/// Measures, or None without a row to look up.
///
/// # Errors
/// A failed statement.
pub(super) async fn measure(
    connection: &mut Connection,
    rows: i64,
) -> Result<Option<Latency>, Failure> {
    let mut keys = sample_keys(connection, rows).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    // In the order of the keys neighbours would be looked up one after the other.
    keys.shuffle(&mut rand::rng());
    let packed = packed(&keys);
    let step = connection
        .row(&CLOCK.sql(), &[])
        .await?
        .opt_integer("StepNanoseconds")?;
    // The first block compiles, the others tell about how long a lookup takes.
    let pilot = blocks(connection, &packed, PILOT).await?;
    let Some(step) = step else {
        return Ok(None);
    };
    let each = median(pilot.iter().skip(1).map(|block| block.with_lookups)) / i64::from(PILOT.0);
    let plan = block_plan(step, each);
    let mut measured = blocks(connection, &packed, (plan.0, plan.1 + 1)).await?;
    measured.remove(0);
    Ok(Some(evaluate(&measured, plan.0, step, keys.len())))
}

/// Lookups per block and blocks, from the clock's step and the time of a lookup, in nanoseconds.
fn block_plan(step: i64, each: i64) -> (i32, i32) {
    let each = each.max(1);
    if step * STEPS <= each {
        return (1, SINGLE_BLOCKS);
    }
    let wanted = (step * STEPS / each + 1).clamp(2, LONGEST_BLOCK);
    let blocks = if wanted <= i64::from(SINGLE_BLOCKS / LONG_BLOCKS) {
        SINGLE_BLOCKS
    } else {
        LONG_BLOCKS
    };
    (i32::try_from(wanted).unwrap_or(i32::MAX), blocks)
}

async fn blocks(
    connection: &mut Connection,
    keys: &[u8],
    (lookups, blocks): (i32, i32),
) -> Result<Vec<Block>, Failure> {
    let params: [&dyn tiberius::ToSql; 3] = [&keys, &lookups, &blocks];
    let rows = connection.rows(&LOOKUPS.sql(), &params).await?;
    rows.iter()
        .map(|row| {
            Ok(Block {
                bare: row.integer("LoopNanoseconds")?,
                with_lookups: row.integer("LookupNanoseconds")?,
            })
        })
        .collect()
}

fn evaluate(blocks: &[Block], lookups: i32, step: i64, keys: usize) -> Latency {
    let per_lookup = |nanoseconds: i64| nanoseconds as f64 / f64::from(lookups) / 1_000.0;
    let bare = median(blocks.iter().map(|block| block.bare));
    let mut net: Vec<i64> = blocks
        .iter()
        .map(|block| (block.with_lookups - bare).max(0))
        .collect();
    net.sort_unstable();
    Latency {
        clock_step_us: step as f64 / 1_000.0,
        lookups_per_block: lookups,
        blocks: net.len(),
        loop_us: per_lookup(bare),
        p50_us: per_lookup(percentile(&net, 50)),
        p99_us: per_lookup(percentile(&net, 99)),
        slowest_us: per_lookup(net.last().copied().unwrap_or(0)),
        percentiles_of: if lookups == 1 {
            "single lookups"
        } else {
            "means of blocks: a slow lookup hides in its block"
        },
        keys,
    }
}

/// The smallest value that so many percent of all values do not exceed.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

fn median(values: impl Iterator<Item = i64>) -> i64 {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    percentile(&values, 50)
}

/// The two gates over a measurement.
pub(super) fn gates(latency: Option<&Latency>, thresholds: &Thresholds) -> [Measured; 2] {
    let one = |gate: Gate, value: fn(&Latency) -> f64, limit: f64| {
        let words = format!("< {limit} us");
        let Some(latency) = latency else {
            return gate
                .measured(false, json!({ "lookups": 0 }), "there is no row to look up")
                .against(words)
                .or("run `hartonomous migrate phase4` when dbo.AtomEmbeddings has rows");
        };
        let found = value(latency);
        gate.measured(
            found < limit,
            json!(latency),
            format!(
                "{found:.2} us over {} lookups ({}), loop of {:.2} us taken off",
                latency.blocks as i64 * i64::from(latency.lookups_per_block),
                if latency.lookups_per_block == 1 {
                    "each timed".to_owned()
                } else {
                    format!("means of {} each", latency.lookups_per_block)
                },
                latency.loop_us
            ),
        )
        .against(words)
        .or("measure at a quieter time; then look at phase4.hash_indexes, and at what the machine lacks (docs/runbook.md, \"lookups are slow\")")
    };
    [
        one(MEDIAN, |latency| latency.p50_us, thresholds.lookup_p50_us),
        one(TAIL, |latency| latency.p99_us, thresholds.lookup_p99_us),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coarse_clock_gets_long_blocks_and_a_fine_one_single_lookups() {
        assert_eq!(block_plan(100, 5_000), (1, 2_000));
        // A clock of one millisecond, lookups of five microseconds: a block takes twenty steps.
        let (lookups, blocks) = block_plan(1_000_000, 5_000);
        assert!(i64::from(lookups) * 5_000 >= 20 * 1_000_000);
        assert_eq!(blocks, 200);
        assert_eq!(block_plan(i64::MAX / 100, 1).0, 20_000);
    }

    #[test]
    fn percentiles_are_those_of_lookups_and_the_loop_is_taken_off() {
        let blocks: Vec<Block> = (1..=100)
            .map(|n| Block {
                bare: 1_000,
                with_lookups: 1_000 + n * 1_000,
            })
            .collect();
        let latency = evaluate(&blocks, 1, 100, 100);
        assert_eq!(
            (latency.p50_us, latency.p99_us, latency.slowest_us),
            (50.0, 99.0, 100.0)
        );
        assert_eq!(latency.percentiles_of, "single lookups");
        let thresholds = Thresholds {
            lookup_p50_us: 50.0,
            lookup_p99_us: 99.5,
            ..Thresholds::default()
        };
        let [median, tail] = gates(Some(&latency), &thresholds);
        assert!(!median.passed() && tail.passed());
        let means = evaluate(&blocks, 10, 100, 100);
        assert!(means.percentiles_of.starts_with("means"));
        assert!(gates(None, &thresholds).iter().all(|gate| !gate.passed()));
    }

    #[test]
    fn keys_are_packed_as_the_server_reads_them() {
        assert_eq!(packed(&[1, -1])[7..9], [1, 255]);
    }
}
