//! Keys of the migrated tables, so that no two of them are ever mixed up.

use serde::{Deserialize, Serialize};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

key!(
    /// dbo.AtomEmbeddings.AtomEmbeddingId (bigint identity).
    AtomEmbeddingId
);
key!(
    /// dbo.Atoms.AtomId (bigint identity).
    AtomId
);
key!(
    /// hartonomous.runs.run_id (bigint identity).
    RunId
);
