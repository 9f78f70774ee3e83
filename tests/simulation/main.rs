//! The simulation: writers, hosts, a folder and a clock take turns, step by step, in an order that a seed decides, over the real
//! statements and the real state of a server. After every step that commits, the invariants of docs/architecture.md must hold.
//!
//! Nothing waits: LOCK_TIMEOUT is 0, so that a step which would have to wait fails at once with message 1222 and is tried again
//! later, and a lease runs out when the clock's step says so. The same seed therefore gives the same history.
//!
//!     HARTONOMOUS_SEED=17 cargo test --test simulation -- --nocapture

mod batch;
mod database;
mod fault;
mod host;
mod marks;
mod play;
mod writer;

use fault::Fault;
use marks::Marks;
use play::play;

/// Names the one seed to play.
const SEED: &str = "HARTONOMOUS_SEED";

/// Seeds that are played.
const PLAYED: std::ops::Range<u64> = 1..17;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn no_interleaving_loses_doubles_or_usurps_anything() {
    let named = std::env::var(SEED).ok().map(|seed| match seed.parse() {
        Ok(seed) => seed,
        Err(error) => panic!("{SEED}={seed}: {error}"),
    });
    let seeds: Vec<u64> = match named {
        Some(seed) => vec![seed],
        None => PLAYED.collect(),
    };
    let runtime = runtime();
    let mut marks = Marks::default();
    for seed in seeds {
        println!("{SEED}={seed}");
        match runtime.block_on(play(seed, Fault::None)) {
            Ok(history) => marks.add(&history.marks),
            Err(fault) => panic!("{SEED}={seed}: {fault}"),
        }
    }
    println!("{marks:?}");
    if named.is_none() {
        let missed = marks.missed();
        assert!(missed.is_empty(), "never reached: {missed:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let runtime = runtime();
    let first = runtime.block_on(play(7, Fault::None)).unwrap();
    let again = runtime.block_on(play(7, Fault::None)).unwrap();
    assert_eq!(first.steps, again.steps);
    let other = runtime.block_on(play(8, Fault::None)).unwrap();
    assert_ne!(first.steps, other.steps);
}

/// The play would notice: each of these faults was or could be in a statement, and some seed finds it.
#[test]
fn a_statement_that_forgets_its_promise_is_found() {
    let runtime = runtime();
    // Both of the first were in the product once. The seed that found it last is tried first.
    let faults = [
        (Fault::OutcomeFromSnapshot, 49, "Violation of PRIMARY KEY"),
        (Fault::RewindOverOpenRanges, 12, "have keys in common"),
        (
            Fault::LeaseWithoutToken,
            2,
            "was committed, the range after",
        ),
    ];
    for (fault, last, says) in faults {
        let found = std::iter::once(last).chain(1..60).find_map(|seed| {
            let played = runtime.block_on(play(seed, fault));
            played.err().map(|cause| (seed, cause))
        });
        let Some((seed, cause)) = found else {
            panic!("no seed finds {fault:?}");
        };
        let first = cause.lines().next().unwrap_or_default();
        println!("{fault:?}: {SEED}={seed}, {first}");
        assert!(cause.contains(says), "{fault:?}: {cause}");
    }
}
