//! A phase as it is named on the command line.

/// Phases of the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Phase {
    /// Schema upgrade of AtomRelations
    Phase1,
    /// Decomposition of the vectors
    Phase2,
    /// Removal of the vectors' column
    Phase3,
    /// Memory-optimised copy of the metadata
    Phase4,
}
