//! 256-bit intermediates for decimal arithmetic: 38 digits times 38 digits before rounding.

/// An unsigned 256-bit integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct U256 {
    high: u128,
    low: u128,
}

/// 10^38 is the first power that a decimal cannot hold.
pub const LIMIT: u128 = 100_000_000_000_000_000_000_000_000_000_000_000_000;

/// 10^n for n <= 38.
pub fn power_of_ten(n: u32) -> u128 {
    10u128.pow(n.min(38))
}

impl U256 {
    pub const fn from_u128(low: u128) -> Self {
        Self { high: 0, low }
    }

    /// The full product.
    pub fn product(a: u128, b: u128) -> Self {
        const MASK: u128 = u64::MAX as u128;
        let (a1, a0) = (a >> 64, a & MASK);
        let (b1, b0) = (b >> 64, b & MASK);
        let low = a0 * b0;
        let mid1 = a1 * b0 + (low >> 64);
        let mid2 = a0 * b1 + (mid1 & MASK);
        Self {
            high: a1 * b1 + (mid1 >> 64) + (mid2 >> 64),
            low: (mid2 << 64) | (low & MASK),
        }
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self
            .high
            .checked_add(other.high)?
            .checked_add(u128::from(carry))?;
        Some(Self { high, low })
    }

    /// Needs `self >= other`.
    pub fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self {
            high: self
                .high
                .wrapping_sub(other.high)
                .wrapping_sub(u128::from(borrow)),
            low,
        }
    }

    /// `None` when the product needs more than 256 bits.
    pub fn checked_mul(self, by: u128) -> Option<Self> {
        let low = Self::product(self.low, by);
        let high = Self::product(self.high, by);
        if high.high != 0 {
            return None;
        }
        Some(Self {
            high: low.high.checked_add(high.low)?,
            low: low.low,
        })
    }

    /// Quotient and remainder; `by` is not zero.
    pub fn div_rem(self, by: u128) -> (Self, u128) {
        if self.high == 0 {
            return (Self::from_u128(self.low / by), self.low % by);
        }
        let mut quotient = Self { high: 0, low: 0 };
        let mut rest: u128 = 0;
        for bit in (0..256u32).rev() {
            let carry = rest >> 127;
            let next = if bit >= 128 {
                (self.high >> (bit - 128)) & 1
            } else {
                (self.low >> bit) & 1
            };
            rest = (rest << 1) | next;
            if carry == 1 || rest >= by {
                rest = rest.wrapping_sub(by);
                if bit >= 128 {
                    quotient.high |= 1 << (bit - 128);
                } else {
                    quotient.low |= 1 << bit;
                }
            }
        }
        (quotient, rest)
    }

    pub fn to_u128(self) -> Option<u128> {
        (self.high == 0).then_some(self.low)
    }

    /// Drops `digits` decimal digits, half away from zero.
    pub fn round_off(self, digits: u32) -> Self {
        let mut value = self;
        let mut left = digits;
        // Only the last cut may round; the earlier ones keep whether anything was lost above half.
        while left > 38 {
            value = value.div_rem(power_of_ten(38)).0;
            left -= 38;
        }
        if left == 0 {
            return value;
        }
        let by = power_of_ten(left);
        let (quotient, rest) = value.div_rem(by);
        if rest >= by - rest {
            quotient.checked_add(Self::from_u128(1)).unwrap_or(quotient)
        } else {
            quotient
        }
    }
}

/// A mantissa moved from one scale to another, half away from zero; `None` beyond 38 digits.
pub fn rescale(mantissa: i128, from: u8, to: u8) -> Option<i128> {
    if from == to {
        return Some(mantissa);
    }
    if to > from {
        let scaled =
            mantissa.checked_mul(i128::try_from(power_of_ten(u32::from(to - from))).ok()?)?;
        return (scaled.unsigned_abs() < LIMIT).then_some(scaled);
    }
    let by = i128::try_from(power_of_ten(u32::from(from - to))).ok()?;
    let quotient = mantissa / by;
    let rest = (mantissa % by).unsigned_abs();
    let half_up = rest >= by.unsigned_abs() - rest;
    Some(if half_up {
        quotient + mantissa.signum()
    } else {
        quotient
    })
}

/// Does a mantissa have at most `precision` digits?
pub fn fits(mantissa: i128, precision: u8) -> bool {
    mantissa.unsigned_abs() < power_of_ten(u32::from(precision))
}
