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
        // The hash function takes whole blocks much faster than four bytes at a time.
        let mut block = [0; 256];
        let mut filled = 0;
        for value in values {
            block[filled..filled + 4].copy_from_slice(&value.bytes());
            filled += 4;
            if filled == block.len() {
                hasher.update(block);
                filled = 0;
            }
        }
        hasher.update(&block[..filled]);
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

    #[test]
    fn it_is_the_hash_of_all_bytes_however_many_there_are() {
        use sha2::{Digest, Sha256};
        for length in [0, 1, 63, 64, 65, 128, 1998] {
            let values: Vec<AtomValue> = (0..length).map(|n| AtomValue::new(n as f32)).collect();
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.bytes()).collect();
            let whole: [u8; 32] = Sha256::digest(bytes).into();
            assert_eq!(VectorDigest::of(values).0, whole, "{length} components");
        }
    }
}
