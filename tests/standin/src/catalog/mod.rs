//! What objects exist and how they are defined. Definitions are immutable and shared; a change makes a new one.

pub mod model;
