//! A float atom: one float32 value, its bytes and its hash.

use std::fmt;

use sha2::{Digest, Sha256};

/// A float32 as an atom: -0 is +0, since T-SQL cannot tell them apart. Equality and hashing are by bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AtomValue(u32);

impl AtomValue {
    pub fn new(value: f32) -> Self {
        Self(if value == 0.0 { 0 } else { value.to_bits() })
    }

    pub fn get(self) -> f32 {
        f32::from_bits(self.0)
    }

    /// AtomicValue: the 4 big-endian bytes, as `CAST(@real AS binary(4))` gives them.
    pub fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The value of an atom's stored bytes, if they are a finite float32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 4] = bytes.try_into().ok()?;
        let value = f32::from_be_bytes(bytes);
        value.is_finite().then(|| Self::new(value))
    }

    pub fn content_hash(self) -> ContentHash {
        ContentHash(Sha256::digest(self.bytes()).into())
    }
}

/// dbo.Atoms.ContentHash: SHA-256 of the atom's 4 big-endian bytes (HASHBYTES('SHA2_256', ...) on the server).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::AtomValue;

    /// SHA-256 of the four bytes 3F 80 00 00 and 00 00 00 00, computed with coreutils' sha256sum.
    #[test]
    fn the_hash_is_over_the_big_endian_bytes() {
        assert_eq!(
            AtomValue::new(1.0).content_hash().to_string(),
            "0xDE620ABD6D3615746360C1D15CE3A56291236D37424124054A49D25E947FFC4D"
        );
        assert_eq!(
            AtomValue::new(0.0).content_hash().to_string(),
            "0xDF3F619804A92FDB4057192DC43DD748EA778ADC52BC498CE80524C014B81119"
        );
    }

    #[test]
    fn both_zeros_are_one_atom() {
        assert_eq!(AtomValue::new(-0.0), AtomValue::new(0.0));
        assert_eq!(
            AtomValue::from_bytes(&[0x80, 0, 0, 0]),
            Some(AtomValue::new(0.0))
        );
    }

    #[test]
    fn bytes_that_are_no_finite_float32_are_no_value() {
        assert_eq!(AtomValue::from_bytes(&[1, 2, 3]), None);
        assert_eq!(AtomValue::from_bytes(&[0x7f, 0x80, 0, 0]), None);
        assert_eq!(AtomValue::from_bytes(&[0x7f, 0xc0, 0, 0]), None);
    }
}
