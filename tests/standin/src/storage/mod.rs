//! Rows, their indexes, transactions and undo. Knows definitions (catalog), not statements.
