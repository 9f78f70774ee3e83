//! What `cargo demo` can be told, in the spellings of the README.

#[path = "../demo/arguments.rs"]
mod arguments;

use arguments::{Arguments, Until};
use hartonomous_standin::serve::Precision;

fn told(words: &str) -> Arguments {
    Arguments::of(words.split(' ').map(str::to_owned))
}

#[test]
fn the_demo_takes_its_flags_with_and_without_two_dashes_before_them() {
    // The alias ends in `--`: cargo hands the one that is typed on to the program.
    let full = told("demo -- --precision float32");
    assert_eq!(full.precision, Precision::Float32);
    assert_eq!(
        (full.until, full.limit, full.keep),
        (Until::End, 320, false)
    );
    let short = told("demo --until phase2 --keep");
    assert_eq!((short.until, short.keep), (Until::Phase2, true));
    assert_eq!(told("demo").precision, Precision::Int8);
}
