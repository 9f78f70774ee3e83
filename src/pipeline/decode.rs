//! From a row's text to exact components: parse, and say which components only the server can tell.

use super::{DecodedEmbedding, Rejected};
use crate::ids::{AtomEmbeddingId, AtomId};
use crate::vector::{AtomValue, Decoded, VectorDigest, decode, padding_violation};

/// A row of dbo.AtomEmbeddings as it was read, without the text of its vector, which is long.
#[derive(Debug, Clone)]
pub struct SourceRow {
    pub id: AtomEmbeddingId,
    pub atom: AtomId,
    pub dimension: i64,
    pub tenant: i32,
    pub model: Option<i32>,
    pub embedding_type: Option<String>,
    pub position: Option<[f64; 3]>,
    pub last_updated: Option<chrono::NaiveDateTime>,
}

/// A row whose text has been read; ambiguous components beyond Dimension do not matter.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub row: SourceRow,
    pub dimension: usize,
    pub decoded: Decoded,
}

/// Reads the vector text of a row and checks the padding rule.
///
/// # Errors
/// A Dimension outside 1..=column, text that is no vector, or a component beyond Dimension that is not zero.
pub fn parse(row: SourceRow, text: &str, column_dimensions: usize) -> Result<Parsed, Rejected> {
    let reject = |reason, message: String| Rejected {
        id: row.id,
        reason,
        message,
        error_number: None,
    };
    let dimension = usize::try_from(row.dimension)
        .ok()
        .filter(|d| (1..=column_dimensions).contains(d))
        .ok_or_else(|| {
            reject(
                "dimension",
                format!(
                    "Dimension is {}, the vector column has {column_dimensions}",
                    row.dimension
                ),
            )
        })?;
    let mut decoded =
        decode(text, column_dimensions).map_err(|error| reject("text", error.to_string()))?;
    if let Some(index) = padding_violation(&decoded.values, dimension) {
        return Err(reject(
            "padding",
            format!(
                "component {index} is {}, but Dimension is {dimension} and everything beyond it must be zero",
                decoded.values[index]
            ),
        ));
    }
    decoded.values.truncate(dimension);
    // A column is often much wider than what is in it.
    decoded.values.shrink_to_fit();
    decoded
        .ambiguous
        .retain(|ambiguous| (ambiguous.index as usize) < dimension);
    Ok(Parsed {
        row,
        dimension,
        decoded,
    })
}

impl Parsed {
    /// Takes the server's word for an ambiguous component.
    ///
    /// # Errors
    /// A value that its text does not print: the row changed between the two reads.
    pub fn resolve(&mut self, index: usize, value: f32) -> Result<(), String> {
        let known = self
            .decoded
            .ambiguous
            .iter()
            .find(|ambiguous| ambiguous.index as usize == index)
            .is_some_and(|ambiguous| ambiguous.candidates.contains(&value));
        match self.decoded.values.get_mut(index) {
            Some(slot) if known => {
                *slot = value;
                Ok(())
            }
            _ => Err(format!("component {index} changed while it was read")),
        }
    }

    pub fn finish(self) -> DecodedEmbedding {
        let values: Vec<AtomValue> = self
            .decoded
            .values
            .iter()
            .copied()
            .map(AtomValue::new)
            .collect();
        debug_assert_eq!(values.len(), self.dimension);
        DecodedEmbedding {
            id: self.row.id,
            atom: self.row.atom,
            tenant: self.row.tenant,
            model: self.row.model,
            embedding_type: self.row.embedding_type,
            position: self.row.position,
            digest: VectorDigest::of(values.iter().copied()),
            values,
            last_updated: self.row.last_updated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(dimension: i64) -> SourceRow {
        SourceRow {
            id: AtomEmbeddingId(7),
            atom: AtomId(1),
            dimension,
            tenant: 0,
            model: None,
            embedding_type: None,
            position: None,
            last_updated: None,
        }
    }

    #[test]
    fn padding_is_cut_off_and_a_violation_names_the_component() {
        let text = "[1.0000000e+000,0.0000000e+000,0.0000000e+000]";
        let parsed = parse(row(2), text, 3).unwrap().finish();
        assert_eq!(parsed.values.len(), 2);
        let text = "[1.0000000e+000,0.0000000e+000,5.0000000e-001]";
        let rejected = parse(row(2), text, 3).unwrap_err();
        assert_eq!((rejected.id.0, rejected.reason), (7, "padding"));
        assert!(rejected.message.contains("component 2 is 0.5"));
        assert_eq!(parse(row(0), text, 3).unwrap_err().reason, "dimension");
        assert_eq!(parse(row(4), text, 3).unwrap_err().reason, "dimension");
        assert_eq!(parse(row(3), "[]", 3).unwrap_err().reason, "text");
    }

    #[test]
    fn the_server_may_only_choose_among_the_candidates() {
        let (low, high) = (0x3dcc_ccce..0x3dcd_8000)
            .map(|bits| (f32::from_bits(bits), f32::from_bits(bits + 1)))
            .find(|(low, high)| format!("{low:.7e}") == format!("{high:.7e}"))
            .unwrap();
        let text = format!("[{}]", format!("{low:.7e}").replace("e-", "e-00"));
        let mut parsed = parse(row(1), &text, 1).unwrap();
        assert!(parsed.resolve(0, 0.5).is_err());
        parsed.resolve(0, high).unwrap();
        assert_eq!(parsed.finish().values[0].get().to_bits(), high.to_bits());
    }
}
