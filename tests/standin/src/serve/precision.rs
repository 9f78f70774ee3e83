//! What precision an embedding had before it was stored as float32.

/// How a component is rounded before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Precision {
    /// As the model gives it.
    Float32,
    /// Rounded to the nearest half-precision number, ties to even, and widened back.
    Float16,
    /// Rounded to one of 255 steps of 0.25/127 and widened back.
    Int8,
}

/// Largest magnitude of the int8 form.
const INT8_SCALE: f64 = 0.25;
const INT8_STEPS: f64 = 127.0;

impl Precision {
    pub fn apply(self, value: f32) -> f32 {
        match self {
            Self::Float32 => value,
            Self::Float16 => through_half(value),
            Self::Int8 => {
                let step = (f64::from(value) / INT8_SCALE * INT8_STEPS).round_ties_even();
                (step.clamp(-INT8_STEPS, INT8_STEPS) * INT8_SCALE / INT8_STEPS) as f32
            }
        }
    }
}

/// Rounds to 11 significant bits, or to multiples of 2^-24 below 2^-14; beyond 65504 to infinity's neighbour.
fn through_half(value: f32) -> f32 {
    let wide = f64::from(value);
    if wide == 0.0 || !wide.is_finite() {
        return value;
    }
    let exponent = wide.abs().log2().floor().max(-14.0);
    let unit = (exponent - 10.0).exp2();
    ((wide / unit).round_ties_even() * unit).clamp(-65504.0, 65504.0) as f32
}

#[cfg(test)]
mod tests {
    use super::Precision;

    #[test]
    fn half_precision_keeps_eleven_bits() {
        let half = |value| Precision::Float16.apply(value);
        assert_eq!(half(1.0), 1.0);
        assert_eq!(half(0.1), 0.099_975_586);
        assert_eq!(half(1.0 + 1.0 / 2048.0), 1.0);
        assert_eq!(half(1.0 + 3.0 / 2048.0), 1.0 + 4.0 / 2048.0);
        assert_eq!(half(5.960_464_5e-8), 5.960_464_5e-8);
        assert_eq!(half(1e-9), 0.0);
    }

    #[test]
    fn int8_has_255_values() {
        let steps: std::collections::HashSet<u32> = (-3000..=3000)
            .map(|n| Precision::Int8.apply(n as f32 / 10_000.0).to_bits() & 0x7fff_ffff)
            .collect();
        assert_eq!(steps.len(), 128);
        assert_eq!(Precision::Int8.apply(0.3), 0.25);
    }
}
