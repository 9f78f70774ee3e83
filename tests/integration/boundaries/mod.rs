//! Kill -9 at every step boundary of every phase and of every rollback: the same command carries on, and in the end nobody can
//! tell that it was killed.
//!
//! A life is lived once undisturbed, and every request that writes is noted. Then it is lived again and again; in each of these
//! lives every command is killed, or loses its connection, at one of the points noted, is run again, and must leave what the
//! undisturbed one left. Before and after the record of a step: every one of them. At other writes: as many as
//! HARTONOMOUS_BOUNDARIES says per command (`all` for all), chosen by HARTONOMOUS_SEED.

mod end_state;
mod life;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hartonomous_standin::wire::{Fault, ObservedRequest, RequestKind};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::disturb::carry_on;
use crate::wire::{Script, Target};
use crate::world::{World, needs_stand_in};
use end_state::EndState;
use life::{ALL_THE_WAY, FIRST_STEP, Life, Stage};

const SEED: u64 = 0x5eed_0801;
/// Writes per command that are no step records, unless HARTONOMOUS_BOUNDARIES says otherwise.
const OTHERS: usize = 10;
/// Lives are shared out among so many tests, which run side by side.
const SHARES: usize = 2;
/// Header of the statement that records a step.
const STEP: &str = "-- Records the state of a step";

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    /// Killed, and the statement never reaches the server.
    KilledBefore,
    /// Killed when the statement is executed and nothing of its answer has left.
    KilledAfter,
    /// The connection is lost instead, at the same two moments; the process lives and may help itself.
    LostBefore,
    LostAfter,
}

/// The n-th request of a text.
#[derive(Debug, Clone)]
struct Point {
    text: String,
    occurrence: u64,
    blow: Blow,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line: String = self.text.chars().take(90).collect();
        write!(
            f,
            "{:?} at number {} of {line:?}",
            self.blow, self.occurrence
        )
    }
}

/// Strikes once at a point.
struct Strike {
    point: Point,
    victim: Arc<Target>,
    seen: AtomicU64,
    /// The request that is being executed, after which the process dies.
    due: Mutex<Option<(u64, u64)>>,
    done: AtomicBool,
}

impl Strike {
    fn is_here(&self, request: &ObservedRequest) -> bool {
        request.text == self.point.text
            && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.point.occurrence
            && !self.done.swap(true, Ordering::SeqCst)
    }
}

impl Script for Strike {
    fn before(&self, request: &ObservedRequest) -> Fault {
        if !self.is_here(request) {
            return Fault::None;
        }
        match self.point.blow {
            Blow::KilledBefore => {
                self.victim.kill();
                Fault::Drop
            }
            Blow::KilledAfter => {
                *self.due.lock().unwrap() = Some((request.connection, request.ordinal));
                Fault::None
            }
            Blow::LostBefore => Fault::Drop,
            Blow::LostAfter => Fault::DropUnanswered,
        }
    }

    fn after(&self, request: &ObservedRequest) -> Fault {
        let mut due = self.due.lock().unwrap();
        if *due != Some((request.connection, request.ordinal)) {
            return Fault::None;
        }
        *due = None;
        self.victim.kill();
        Fault::Drop
    }
}

fn is_write(request: &ObservedRequest) -> bool {
    match request.kind {
        RequestKind::Transaction => request.text.starts_with("COMMIT"),
        RequestKind::BulkLoad => true,
        RequestKind::Batch | RequestKind::Rpc => {
            !request.text.contains("Writes: nothing") && !request.text.starts_with("SET ")
        }
    }
}

/// Every write of an undisturbed command, in its order.
fn writes(world: &World) -> Vec<(String, u64)> {
    let mut points: Vec<(String, u64)> = Vec::new();
    for request in world.watch().seen().iter().filter(|one| is_write(one)) {
        let before = points.iter().filter(|(text, _)| *text == request.text);
        let occurrence = before.count() as u64 + 1;
        points.push((request.text.clone(), occurrence));
    }
    points
}

/// Both sides of every step record, and a choice of the others.
fn choose(writes: &[(String, u64)], random: &mut ChaCha8Rng, others: usize) -> Vec<Point> {
    let point = |(text, occurrence): &(String, u64), blow| Point {
        text: text.clone(),
        occurrence: *occurrence,
        blow,
    };
    let (steps, rest): (Vec<_>, Vec<_>) = writes.iter().partition(|(text, _)| text.contains(STEP));
    let mut points: Vec<Point> = Vec::new();
    for step in steps {
        points.push(point(step, Blow::KilledBefore));
        points.push(point(step, Blow::KilledAfter));
    }
    let blows = [
        Blow::KilledBefore,
        Blow::KilledAfter,
        Blow::LostBefore,
        Blow::LostAfter,
    ];
    let mut rest: Vec<Point> = rest
        .iter()
        .map(|one| point(one, blows[random.next_u32() as usize % blows.len()]))
        .collect();
    while rest.len() > others {
        rest.swap_remove(random.next_u32() as usize % rest.len());
    }
    points.extend(rest);
    points
}

/// Runs the command so that the blow falls; true if it fell.
fn disturb(life: &Life, arguments: &[&str], point: &Point) -> bool {
    let target = Arc::new(Target::default());
    let strike = Arc::new(Strike {
        point: point.clone(),
        victim: target.clone(),
        seen: AtomicU64::new(0),
        due: Mutex::default(),
        done: AtomicBool::new(false),
    });
    let world = &life.world;
    let begun = Instant::now();
    let (code, stderr) = loop {
        // A run that meets the lock of its dead predecessor does not count.
        strike.seen.store(0, Ordering::SeqCst);
        world.watch().follow(strike.clone());
        let (_, stderr) = target.start(|| world.start(arguments));
        let code = target.wait();
        world.watch().calm();
        let stderr = stderr.join().unwrap();
        if code != Some(4) || strike.done.load(Ordering::SeqCst) {
            break (code, stderr);
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{stderr}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let fell = strike.done.load(Ordering::SeqCst);
    match point.blow {
        Blow::KilledBefore | Blow::KilledAfter if fell => {
            assert_eq!(code, None, "{point}: the process was not killed: {stderr}");
        }
        // It helped itself, could not connect, lost the lock, or failed and can be run again.
        _ => assert!(
            matches!(code, Some(0 | 3 | 4 | 6)),
            "{point}: {code:?} {stderr}"
        ),
    }
    fell
}

/// What the undisturbed life left after every command, and where the others are struck.
struct Plan {
    undisturbed: Vec<(Stage, EndState, Vec<Point>)>,
}

impl Plan {
    fn make(stages: &[Stage]) -> Self {
        let seed = std::env::var("HARTONOMOUS_SEED")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(SEED);
        let others = match std::env::var("HARTONOMOUS_BOUNDARIES").as_deref() {
            Ok("all") => usize::MAX,
            Ok(text) => text.parse().unwrap(),
            Err(_) => OTHERS,
        };
        println!("HARTONOMOUS_SEED={seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut life = Life::begin();
        let mut undisturbed = Vec::new();
        for stage in stages {
            life.prepare(*stage);
            life.world.watch().forget();
            let arguments = life.arguments(*stage);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            life.world.run(&arguments).exits(0);
            let writes = writes(&life.world);
            let mut points = choose(&writes, &mut random, others);
            if *stage == Stage::Phase1 && stages.len() > FIRST_STEP.len() {
                points.clear();
            }
            println!(
                "{stage:?}: {} writes, {} points",
                writes.len(),
                points.len()
            );
            undisturbed.push((*stage, EndState::of(&life.world), points));
        }
        Self { undisturbed }
    }

    /// Lives until every point of this share was struck.
    fn live(&self, share: usize) {
        let points = self.undisturbed.iter().map(|(_, _, points)| points.len());
        let lives = points.max().unwrap_or(0);
        let mut told = Told::default();
        for number in (share..lives).step_by(SHARES) {
            self.one_life(number, &mut told);
        }
        println!("{} points struck, {} not reached", told.struck, told.missed);
        assert!(told.wrong.is_empty(), "{}", told.wrong.join("\n"));
        assert!(told.missed * 4 <= told.struck, "too many were not reached");
    }

    /// One life, every command of it struck at its point of this number; it ends with the first thing that is not as it should be.
    fn one_life(&self, number: usize, told: &mut Told) {
        let mut life = Life::begin();
        // The last commands of a life are left out where they have nothing to be struck at any more.
        let last = self
            .undisturbed
            .iter()
            .rposition(|(_, _, points)| points.len() > number);
        for (stage, expected, points) in &self.undisturbed[..=last.unwrap_or(0)] {
            life.prepare(*stage);
            let arguments = life.arguments(*stage);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let mut name = format!("{stage:?}, undisturbed");
            if let Some(point) = points.get(number) {
                name = format!("{stage:?}, {point}");
                if disturb(&life, &arguments, point) {
                    told.struck += 1;
                } else {
                    assert!(!point.text.contains(STEP), "{name} was never reached");
                    told.missed += 1;
                }
                life.world.assert_invariants();
            }
            let ran = carry_on(&life.world, &arguments);
            let difference = if ran.code == Some(0) {
                EndState::of(&life.world).difference(expected)
            } else {
                Some(ran.to_string())
            };
            if let Some(difference) = difference {
                told.wrong.push(format!("{name}: {difference}"));
                return;
            }
        }
    }
}

/// What came of the lives so far.
#[derive(Default)]
struct Told {
    struck: usize,
    missed: usize,
    wrong: Vec<String>,
}

fn live(stages: &[Stage], share: usize) {
    if needs_stand_in() {
        return;
    }
    Plan::make(stages).live(share);
}

#[test]
fn phase1_killed_at_every_step_boundary_and_taken_back_likewise_first_share() {
    live(FIRST_STEP, 0);
}

#[test]
fn phase1_killed_at_every_step_boundary_and_taken_back_likewise_second_share() {
    live(FIRST_STEP, 1);
}

#[test]
fn every_other_phase_killed_at_every_step_boundary_and_taken_back_likewise_first_share() {
    live(ALL_THE_WAY, 0);
}

#[test]
fn every_other_phase_killed_at_every_step_boundary_and_taken_back_likewise_second_share() {
    live(ALL_THE_WAY, 1);
}
