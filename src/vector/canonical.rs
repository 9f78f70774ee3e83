//! CanonicalText of an atom: the shortest text that reads back to the same float32.

/// The shortest decimal text of a float32, plain (`0.1`) or scientific (`1e-7`), whichever has fewer characters,
/// plain when both have as many. -0 is written as 0.
pub fn canonical_text(value: f32) -> String {
    let value = if value == 0.0 { 0.0 } else { value };
    let plain = value.to_string();
    let scientific = format!("{value:e}");
    if scientific.len() < plain.len() {
        scientific
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::canonical_text;
    use proptest::prelude::*;

    #[test]
    fn it_is_short_and_plain_where_that_is_as_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (-0.25, "-0.25"),
            (1e-7, "1e-7"),
            (0.001, "1e-3"),
            (0.007_874_016, "0.007874016"),
            (f32::MAX, "3.4028235e38"),
            (1.0, "1"),
        ] {
            assert_eq!(canonical_text(value), text);
        }
    }

    proptest! {
        #[test]
        fn it_reads_back(value in any::<f32>().prop_filter("finite", |v| v.is_finite())) {
            let text = canonical_text(value);
            prop_assert_eq!(text.parse::<f32>().unwrap(), value);
            prop_assert!(text.len() <= 16);
        }
    }
}
