//! Which columns dbo.AtomEmbeddings has: all beyond four are optional to the tool.

use crate::phase1::{Inventory, Table};
use crate::tsql::{Fragment, Identifier};

/// Optional columns that a statement may read, by the name of their marker.
const OPTIONAL: &[&str] = &[
    "TenantId",
    "ModelId",
    "EmbeddingType",
    "SpatialProjX",
    "SpatialProjY",
    "SpatialProjZ",
    "LastUpdated",
];

/// The source table as it is.
#[derive(Debug, Clone)]
pub struct SourceColumns {
    present: Vec<&'static str>,
    /// Dimensions of the EmbeddingVector column, at most 1998 for float32.
    pub dimensions: usize,
}

impl SourceColumns {
    /// What the catalog says; None when there is no vector column.
    pub fn of(inventory: &Inventory) -> Option<Self> {
        let vector = inventory.column(Table::AtomEmbeddings, "EmbeddingVector")?;
        Some(Self {
            present: OPTIONAL
                .iter()
                .copied()
                .filter(|name| inventory.column(Table::AtomEmbeddings, name).is_some())
                .collect(),
            dimensions: usize::try_from(vector.vector_dimensions?).ok()?,
        })
    }

    /// Fills for the markers of the optional columns, and of the vector's size and type.
    pub fn fills(&self) -> Vec<(&'static str, Fragment)> {
        let mut fills: Vec<(&'static str, Fragment)> = self
            .present
            .iter()
            .filter_map(|name| {
                let identifier = Identifier::new(*name).ok()?;
                Some((*name, Fragment::identifier(&identifier)))
            })
            .collect();
        let dimensions = i64::try_from(self.dimensions).unwrap_or(i64::MAX);
        fills.push(("Dimensions", Fragment::number(dimensions)));
        fills.push(("VectorType", Fragment::vector(dimensions)));
        fills
    }
}
