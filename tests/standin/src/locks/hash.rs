//! A hash for the lock table's small keys: every row lock looks itself up, and nobody outside chooses the keys.

use std::hash::BuildHasherDefault;

pub(super) type Hasher = BuildHasherDefault<Mixer>;

#[derive(Debug, Default)]
pub(super) struct Mixer(u64);

/// 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl Mixer {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    }
}

impl std::hash::Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, v: u8) {
        self.mix(u64::from(v));
    }

    fn write_u16(&mut self, v: u16) {
        self.mix(u64::from(v));
    }

    fn write_u32(&mut self, v: u32) {
        self.mix(u64::from(v));
    }

    fn write_i32(&mut self, v: i32) {
        self.mix(u64::from(v.cast_unsigned()));
    }

    fn write_u64(&mut self, v: u64) {
        self.mix(v);
    }

    fn write_usize(&mut self, v: usize) {
        self.mix(v as u64);
    }

    fn write_isize(&mut self, v: isize) {
        self.mix(v.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        // Tables look at the high and the low bits.
        self.0 ^ (self.0 >> 32)
    }
}
