//! What the demo can be told.

use clap::Parser;
use hartonomous_standin::serve::Precision;

/// Migrates real embeddings through phases 1 and 2 on an embedded server, over real TDS.
#[derive(Debug, Parser)]
#[command(name = "cargo demo --")]
pub struct Arguments {
    /// Precision of the embeddings: int8 and float16 repeat their values, float32 hardly ever does
    #[arg(long, value_enum, default_value = "int8")]
    pub precision: Precision,

    /// How many of the shipped embeddings are loaded
    #[arg(long, default_value_t = 320)]
    pub limit: usize,

    /// Wait at the end, so that another client can look inside
    #[arg(long)]
    pub keep: bool,
}
