//! The least that storing relations can cost: their bytes, one row after the other, in a list.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Appends so many rows as wide as dbo.AtomRelations.
pub fn append(relations: usize, dimension: usize) -> Duration {
    let started = Instant::now();
    let mut rows: Vec<Box<[u8]>> = Vec::new();
    for id in 0..relations {
        let (source, index) = (id / dimension, id % dimension);
        let mut row = Vec::with_capacity(96);
        for number in [id, source, id * 31 % 5000, index] {
            row.extend_from_slice(&(number as u64).to_le_bytes());
        }
        row.extend_from_slice(b"embedding_dimension");
        row.resize(92, 0);
        rows.push(row.into());
    }
    black_box(&rows);
    started.elapsed()
}
