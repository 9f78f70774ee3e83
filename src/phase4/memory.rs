//! How much memory the table will need, and how much it may have.

use serde::Serialize;
use serde_json::json;

use super::PHASE;
use super::declared::Declared;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured, Thresholds};
use crate::tsql::{Statement, embedded};

const SIZE: Statement = embedded!("phase4/measure_source.sql");
const LIMITS: Statement = embedded!("phase4/select_memory.sql");
const USED: Statement = embedded!("phase4/select_table_memory.sql");

pub(super) const MEMORY: Gate = Gate {
    id: "phase4.memory",
    phase: PHASE,
    title: "memory for the table",
    threshold: "2 x forecast fits",
    never_waived: false,
};

/// A row's header without its index pointers, and one such pointer (documentation: table and row size).
const HEADER: i64 = 24;
const POINTER: i64 = 8;
/// Smallest hash index: smaller ones save nothing.
const FEWEST_BUCKETS: i64 = 1_024;
/// Largest one (Msg 41303).
const MOST_BUCKETS: i64 = 1 << 30;
const KB: i64 = 1_024;

/// How big dbo.AtomEmbeddings is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SourceSize {
    pub rows: i64,
    /// Different AtomIds.
    pub atoms: i64,
    /// Bytes of columns of variable length, over all rows.
    pub text_bytes: i64,
}

/// Bytes that the table will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Forecast {
    pub rows: i64,
    pub bytes_per_row: i64,
    pub row_bytes: i64,
    pub hash_index_bytes: i64,
    pub range_index_bytes: i64,
    pub total_bytes: i64,
}

/// Buckets for so many different keys: a power of two, one to two for each key.
pub fn bucket_count(keys: i64) -> i64 {
    let wanted = keys.clamp(FEWEST_BUCKETS, MOST_BUCKETS);
    u64::try_from(wanted)
        .ok()
        .and_then(u64::checked_next_power_of_two)
        .and_then(|count| i64::try_from(count).ok())
        .map_or(MOST_BUCKETS, |count| count.min(MOST_BUCKETS))
}

impl SourceSize {
    /// # Errors
    /// A failed statement.
    pub async fn read(connection: &mut Connection, declared: &Declared) -> Result<Self, Failure> {
        let row = connection.row(&SIZE.with(&declared.fills()), &[]).await?;
        Ok(Self {
            rows: row.integer("RowsFound")?,
            atoms: row.integer("AtomIds")?,
            text_bytes: row.integer("TextBytes")?,
        })
    }
}

impl Forecast {
    /// Pure. Range indexes are counted with one entry for each row, which is the most they can have.
    pub fn of(size: SourceSize, declared: &Declared) -> Self {
        let fixed: i64 = declared
            .columns
            .iter()
            .filter_map(|column| column.kind.fixed_bytes())
            .sum();
        let variable = declared
            .columns
            .iter()
            .filter(|column| column.kind.fixed_bytes().is_none())
            .count() as i64;
        let nullable = declared
            .columns
            .iter()
            .filter(|column| column.nullable)
            .count() as i64;
        // Key, AtomId, Dimension; the offsets of columns of variable length; a bit for each nullable column.
        let body = 20 + fixed + 2 + 2 * variable + (nullable + 7) / 8;
        let indexes = declared.indexes().count() as i64;
        let bytes_per_row = HEADER + POINTER * indexes + body;
        let row_bytes = size.rows * bytes_per_row + size.text_bytes;
        let hash_index_bytes = POINTER * (bucket_count(size.rows) + bucket_count(size.atoms));
        let range_index_bytes = declared
            .indexes()
            .filter(|index| !index.hash)
            .map(|index| {
                let key: i64 = index
                    .keys
                    .iter()
                    .filter_map(|key| declared.columns.iter().find(|c| c.name.as_str() == *key))
                    .map(|column| column.kind.fixed_bytes().unwrap_or(0))
                    .sum();
                let texts = index.keys.contains(&"EmbeddingType");
                size.rows * (POINTER + key) + if texts { size.text_bytes } else { 0 }
            })
            .sum();
        Self {
            rows: size.rows,
            bytes_per_row,
            row_bytes,
            hash_index_bytes,
            range_index_bytes,
            total_bytes: row_bytes + hash_index_bytes + range_index_bytes,
        }
    }
}

/// One limit and what it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Limit {
    what: String,
    left_bytes: i64,
}

/// How much of a pool's target memory-optimised tables may take (documentation: bind a database to a resource pool).
fn share_of_pool(target_kb: i64) -> i64 {
    match target_kb / KB / KB {
        ..=8 => 70,
        9..=16 => 75,
        17..=32 => 80,
        33..=96 => 85,
        _ => 90,
    }
}

/// Memory-optimised data per database that an edition allows; None: as much as there is.
fn edition_limit(engine_edition: i64) -> Option<i64> {
    match engine_edition {
        2 => Some(32 * KB * KB * KB),
        4 => Some(352 * KB * KB),
        _ => None,
    }
}

/// The gate: `times` the forecast against the tightest limit.
///
/// # Errors
/// A failed statement.
pub(super) async fn gate(
    connection: &mut Connection,
    forecast: Forecast,
    thresholds: &Thresholds,
) -> Result<Measured, Failure> {
    let row = connection.row(&LIMITS.sql(), &[]).await?;
    let used = connection.row(&USED.sql(), &[]).await?;
    let (own, all) = (used.integer("OwnKb")? * KB, used.integer("AllKb")? * KB);
    let target = row.integer("PoolTargetKb")?;
    let share = share_of_pool(target);
    let engine = row.integer("EngineEdition")?;
    let mut limits = vec![
        Limit {
            what: format!("{share} % of resource pool {}", row.text("PoolName")?),
            left_bytes: target * KB / 100 * share - all,
        },
        Limit {
            what: "the server's memory target".to_owned(),
            left_bytes: row.integer("ServerTargetKb")? * KB - all,
        },
        Limit {
            what: "the machine's memory".to_owned(),
            left_bytes: row.integer("PhysicalKb")? * KB - all,
        },
    ];
    if let Some(limit) = edition_limit(engine) {
        limits.push(Limit {
            what: format!("the limit of {}", row.text("Edition")?),
            left_bytes: limit - all,
        });
    }
    // The quota of a service tier is not in any view that this program reads.
    let blind = engine == 5;
    let wanted = (forecast.total_bytes as f64 * thresholds.memory_times) as i64 - own;
    let Some(tightest) = limits.iter().min_by_key(|limit| limit.left_bytes) else {
        return Ok(MEMORY.measured(false, json!({}), "no limit could be read"));
    };
    let holds = !blind && wanted <= tightest.left_bytes;
    Ok(MEMORY
        .measured(
            holds,
            json!({ "forecast": forecast, "times": thresholds.memory_times, "used_bytes": own, "wanted_bytes": wanted, "limits": limits }),
            if blind {
                format!("{} wanted; the quota of the service tier is not visible", bytes(wanted))
            } else {
                format!(
                    "{} for {} rows of {} bytes and their indexes; {} allows {}",
                    bytes(forecast.total_bytes),
                    forecast.rows,
                    forecast.bytes_per_row,
                    tightest.what,
                    bytes(tightest.left_bytes.max(0))
                )
            },
        )
        .against(format!("{} x forecast fits", thresholds.memory_times))
        .or("give the pool or the server more memory (max server memory, sys.sp_xtp_bind_db_resource_pool), or an edition without that limit"))
}

/// Bytes as people read them.
pub(super) fn bytes(count: i64) -> String {
    let (mut value, mut unit) = (count as f64, "bytes");
    for next in ["KB", "MB", "GB", "TB"] {
        if value.abs() < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "bytes" {
        format!("{count} bytes")
    } else {
        format!("{value:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_one_to_two_for_each_key_and_a_power_of_two() {
        assert_eq!(bucket_count(0), 1_024);
        assert_eq!(bucket_count(1_025), 2_048);
        // deployment-summary's ten million.
        assert_eq!(bucket_count(10_000_000), 16_777_216);
        assert_eq!(bucket_count(1 << 30), 1 << 30);
        assert_eq!(bucket_count(i64::MAX), 1 << 30);
        for keys in [1_500, 70_000, 5_000_000] {
            let count = bucket_count(keys);
            assert!(count >= keys && count <= 2 * keys && count & (count - 1) == 0);
        }
    }

    #[test]
    fn the_forecast_follows_the_documented_formula() {
        let size = SourceSize {
            rows: 1_000_000,
            atoms: 500_000,
            text_bytes: 16_000_000,
        };
        let forecast = Forecast::of(size, &Declared::default());
        // Two hash indexes, 20 bytes of body and 2 for the offsets.
        assert_eq!(forecast.bytes_per_row, 24 + 2 * 8 + 22);
        assert_eq!(forecast.hash_index_bytes, 8 * (1_048_576 + 524_288));
        assert_eq!(forecast.range_index_bytes, 0);
        assert_eq!(
            forecast.total_bytes,
            62_000_000 + 16_000_000 + forecast.hash_index_bytes
        );
    }

    #[test]
    fn editions_and_pools_limit_it() {
        assert_eq!(edition_limit(2), Some(34_359_738_368));
        assert_eq!(edition_limit(3), None);
        assert_eq!(share_of_pool(8 * 1024 * 1024), 70);
        assert_eq!(share_of_pool(200 * 1024 * 1024), 90);
        assert_eq!(bytes(1023), "1023 bytes");
        assert_eq!(bytes(3 * 1024 * 1024), "3.0 MB");
    }
}
