//! Embeddings to begin with.

use std::fmt::Write as _;
use std::path::Path;

use hartonomous_standin::serve::{Matrix, Precision};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Dimensions of the vector column.
pub const COLUMN: usize = 1998;

/// A row of dbo.AtomEmbeddings.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Number of the source atom, from 1: the atoms of a database are created in this order.
    pub atom: usize,
    /// None: EmbeddingVector is NULL.
    pub values: Option<Vec<f32>>,
    pub dimension: usize,
    pub model: Option<i32>,
    pub kind: &'static str,
    pub tenant: i32,
}

impl Embedding {
    /// An embedding whose Dimension is the number of its values.
    pub fn new(atom: usize, values: &[f32]) -> Self {
        Self {
            atom,
            dimension: values.len(),
            values: Some(values.to_vec()),
            model: Some(1),
            kind: "semantic",
            tenant: 0,
        }
    }

    /// The statement that inserts it.
    pub fn insert(&self) -> String {
        let vector = match &self.values {
            None => "NULL".to_owned(),
            Some(values) => format!("CAST('{}' AS vector({COLUMN}))", vector_text(values)),
        };
        let place = |at: usize| {
            let value = self.values.as_ref().and_then(|values| values.get(at));
            let value = f64::from(value.copied().unwrap_or(0.0));
            // Coordinates of a projection are of moderate size.
            if value.abs() < 1000.0 { value } else { 0.0 }
        };
        let model = self
            .model
            .map_or_else(|| "NULL".to_owned(), |model| model.to_string());
        format!(
            "INSERT INTO dbo.AtomEmbeddings (AtomId, EmbeddingVector, Dimension, SpatialGeometry, SpatialCoarse, \
             SpatialBucket, SpatialProjX, SpatialProjY, SpatialProjZ, ModelId, EmbeddingType, TenantId) \
             SELECT a.AtomId, {vector}, {}, geometry::Point(0, 0, 0), geometry::Point(0, 0, 0), 0, {:e}, {:e}, {:e}, \
             {model}, N'{}', {} FROM dbo.Atoms AS a WHERE a.CanonicalText = N'{}';",
            self.dimension,
            place(0),
            place(1),
            place(2),
            self.kind,
            self.tenant,
            source_text(self.atom),
        )
    }
}

/// CanonicalText of a source atom.
pub fn source_text(atom: usize) -> String {
    format!("source {atom}")
}

/// The statement that creates source atoms.
pub fn insert_sources(atoms: std::ops::RangeInclusive<usize>) -> String {
    let rows: Vec<String> = atoms
        .map(|atom| {
            let text = source_text(atom);
            format!(
                "(CAST(HASHBYTES('SHA2_256', '{text}') AS binary(32)), N'text', N'sentence', N'{text}')"
            )
        })
        .collect();
    format!(
        "INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, CanonicalText) VALUES {};",
        rows.join(", ")
    )
}

/// Text of a vector, zero-padded to the column's width; every component reads back to the same float32.
pub fn vector_text(values: &[f32]) -> String {
    let mut text = String::with_capacity(COLUMN * 6);
    text.push('[');
    for position in 0..COLUMN.max(values.len()) {
        if position > 0 {
            text.push(',');
        }
        match values.get(position) {
            Some(value) if *value != 0.0 => {
                let _ = write!(text, "{value:.8e}");
            }
            _ => text.push('0'),
        }
    }
    text.push(']');
    text
}

/// The shipped embeddings, one per atom, tenants taking turns.
pub fn shipped(precision: Precision, limit: usize) -> Vec<Embedding> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/minilm-320x384.npy");
    let matrix = Matrix::read(&file).unwrap();
    (0..limit.min(matrix.rows))
        .map(|row| {
            let values: Vec<f32> = matrix
                .row(row)
                .iter()
                .map(|value| precision.apply(*value))
                .collect();
            Embedding {
                tenant: i32::try_from(row % 3).unwrap(),
                ..Embedding::new(row + 1, &values)
            }
        })
        .collect()
}

/// Small embeddings of few values, so that they deduplicate above 99 %: `count` × `dimension` from 16 values.
pub fn coarse(count: usize, dimension: usize, seed: u64) -> Vec<Embedding> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (1..=count)
        .map(|atom| {
            let values: Vec<f32> = (0..dimension)
                .map(|_| (random.next_u32() % 16) as f32 / 10.0 - 0.7)
                .collect();
            Embedding::new(atom, &values)
        })
        .collect()
}

/// Random float32 bit patterns, every exponent of a finite number in turn.
pub fn bit_patterns(count: usize, dimension: usize, seed: u64) -> Vec<Embedding> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut exponent = 0;
    (1..=count)
        .map(|atom| {
            let values: Vec<f32> = (0..dimension)
                .map(|_| {
                    let bits = random.next_u32() & 0x807f_ffff | exponent << 23;
                    exponent = (exponent + 1) % 255;
                    f32::from_bits(bits)
                })
                .collect();
            Embedding::new(atom, &values)
        })
        .collect()
}
