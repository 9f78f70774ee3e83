//! What the demo can be told.

use clap::{Parser, ValueEnum};
use hartonomous_standin::serve::Precision;

/// Takes real embeddings through every phase and back again, on an embedded server, over real TDS.
#[derive(Debug, Parser)]
#[command(name = "cargo demo --")]
pub struct Arguments {
    /// Precision of the embeddings: int8 and float16 repeat their values, float32 hardly ever does
    #[arg(long, value_enum, default_value = "int8")]
    pub precision: Precision,

    /// How many of the shipped embeddings are loaded
    #[arg(long, default_value_t = 320)]
    pub limit: usize,

    /// How far it goes
    #[arg(long, value_enum, default_value = "end")]
    pub until: Until,

    /// Wait at the end, so that another client can look inside
    #[arg(long)]
    pub keep: bool,
}

impl Arguments {
    /// The program's words. `cargo demo` ends in `--` itself, so that the one of `cargo demo -- --keep` comes as a word.
    pub fn of(words: impl IntoIterator<Item = String>) -> Self {
        let words = words.into_iter().enumerate();
        Self::parse_from(
            words
                .filter(|(at, word)| *at != 1 || word != "--")
                .map(|(_, word)| word),
        )
    }
}

/// Where the demo ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Until {
    /// After the decomposition; nothing is waived
    Phase2,
    /// After the removal of the column
    Phase3,
    /// After the copy of the metadata
    Phase4,
    /// After the rollbacks
    End,
}
