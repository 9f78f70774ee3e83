//! Embeddings in numbers: the shipped ones again and again, each time with a little noise.

use std::error::Error;
use std::path::Path;

use hartonomous_standin::serve::Matrix;

/// So many rows of `dimension` components.
pub fn matrix(rows: usize, dimension: usize) -> Result<Matrix, Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/minilm-320x384.npy");
    let shipped = Matrix::read(&file)?;
    let mut values = Vec::with_capacity(rows * dimension);
    let mut state = 1_u64;
    for at in 0..rows {
        for component in 0..dimension {
            let source = shipped.row((at + component / shipped.columns * 7) % shipped.rows);
            // Up to two in a hundred more or less.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let noise = ((state >> 40) as f32 / 16_777_216.0 - 0.5) * 0.04;
            values.push(source[component % shipped.columns] * (1.0 + noise));
        }
    }
    Ok(Matrix::new(dimension, values))
}
