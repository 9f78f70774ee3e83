//! Pure values: a vector's text form, exactness, the hash of an atom, the digest of an embedding. Knows no database.

mod atom;
mod canonical;
mod digest;
mod text;

pub use atom::{AtomValue, ContentHash};
pub use canonical::canonical_text;
pub use digest::VectorDigest;
pub use text::{Ambiguous, Decoded, TextError, decode, padding_violation};
