//! The digest of an embedding: proof of its components and their order after the column is gone.

use std::fmt;

use sha2::{Digest, Sha256};

use super::AtomValue;

/// SHA-256 over the 4 big-endian bytes of each of the first Dimension components, in order, -0 written as +0.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VectorDigest(pub [u8; 32]);

impl VectorDigest {
    pub fn of(values: impl IntoIterator<Item = AtomValue>) -> Self {
        let mut hasher = Sha256::new();
        for value in values {
            hasher.update(value.bytes());
        }
        Self(hasher.finalize().into())
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for VectorDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for VectorDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{AtomValue, VectorDigest};

    #[test]
    fn order_counts_and_the_sign_of_zero_does_not() {
        let digest = |values: &[f32]| VectorDigest::of(values.iter().copied().map(AtomValue::new));
        assert_ne!(digest(&[1.0, 2.0]), digest(&[2.0, 1.0]));
        assert_eq!(digest(&[0.0, 2.0]), digest(&[-0.0, 2.0]));
        assert_ne!(digest(&[1.0]), digest(&[1.0, 0.0]));
    }
}
