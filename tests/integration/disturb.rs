//! Ways to disturb a run, and what the database holds before and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hartonomous_standin::wire::{Fault, ObservedRequest};

use crate::database::Rows;
use crate::process::Ran;
use crate::wire::{Script, Target};
use crate::world::World;

/// All that is in the three tables.
pub fn contents(world: &World) -> [Rows; 3] {
    [
        world.rows(
            "SELECT AtomId, ContentHash, Modality, Subtype, AtomicValue, CanonicalText, ReferenceCount FROM dbo.Atoms ORDER BY AtomId",
        ),
        world.rows(
            "SELECT AtomRelationId, SourceAtomId, TargetAtomId, RelationType, SequenceIndex, TenantId, Weight \
             FROM dbo.AtomRelations ORDER BY AtomRelationId",
        ),
        world.rows(
            "SELECT AtomEmbeddingId, AtomId, Dimension, CAST(EmbeddingVector AS varchar(max)) FROM dbo.AtomEmbeddings ORDER BY AtomEmbeddingId",
        ),
    ]
}

/// Columns, indexes and modules of schema dbo.
pub fn shape(world: &World) -> String {
    let catalog = crate::phase1::catalog(world);
    catalog
        .split("\ntables\n")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Waits until the lock of a dead run is gone: the server needs a moment to notice.
pub fn carry_on(world: &World, arguments: &[&str]) -> Ran {
    let begun = Instant::now();
    loop {
        let ran = world.run(arguments);
        if ran.code != Some(4) || begun.elapsed() > Duration::from_secs(20) {
            return ran;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Does something once, at the n-th request after it was set, before or after it is executed.
pub struct AtRequest<F> {
    pub number: u64,
    pub executed: bool,
    seen: AtomicU64,
    pub done: AtomicBool,
    pub what: F,
}

impl<F: Fn() -> Fault + Send + Sync> AtRequest<F> {
    pub fn new(number: u64, executed: bool, what: F) -> Self {
        Self {
            number,
            executed,
            seen: AtomicU64::new(0),
            done: AtomicBool::new(false),
            what,
        }
    }
}

impl<F: Fn() -> Fault + Send + Sync> Script for AtRequest<F> {
    fn before(&self, _: &ObservedRequest) -> Fault {
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.number && !self.executed && !self.done.swap(true, Ordering::SeqCst) {
            return (self.what)();
        }
        Fault::None
    }

    fn after(&self, _: &ObservedRequest) -> Fault {
        let reached = self.seen.load(Ordering::SeqCst) >= self.number;
        if reached && self.executed && !self.done.swap(true, Ordering::SeqCst) {
            return (self.what)();
        }
        Fault::None
    }
}

/// Does something once, before the n-th request whose text holds the needle.
pub struct AtText<F> {
    pub needle: &'static str,
    pub number: u64,
    pub executed: bool,
    pub seen: AtomicU64,
    pub what: F,
}

impl<F: Fn() -> Fault + Send + Sync> Script for AtText<F> {
    fn before(&self, request: &ObservedRequest) -> Fault {
        if !self.executed
            && request.text.contains(self.needle)
            && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.number
        {
            return (self.what)();
        }
        Fault::None
    }

    fn after(&self, request: &ObservedRequest) -> Fault {
        if self.executed
            && request.text.contains(self.needle)
            && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.number
        {
            return (self.what)();
        }
        Fault::None
    }
}

/// Kills the child at a request; true if the request was reached.
pub fn kill_at(world: &World, arguments: &[&str], number: u64, executed: bool) -> bool {
    let target = Arc::new(Target::default());
    let victim = target.clone();
    let script = Arc::new(AtRequest::new(number, executed, move || {
        victim.kill();
        Fault::None
    }));
    let begun = Instant::now();
    let code = loop {
        // A run that meets the lock of its dead predecessor does not count.
        script.seen.store(0, Ordering::SeqCst);
        world.watch().follow(script.clone());
        target.start(|| world.start(arguments));
        let code = target.wait();
        world.watch().calm();
        if code != Some(4) || begun.elapsed() > Duration::from_secs(20) {
            break code;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let reached = script.done.load(Ordering::SeqCst);
    if reached {
        assert_eq!(code, None, "the process was not killed");
    }
    reached
}

/// Runs a command, and has somebody else run a batch while the n-th request that holds the needle waits: before it is executed,
/// or after it.
pub fn change_at(
    world: &World,
    arguments: &[&str],
    (needle, number, executed): (&'static str, u64, bool),
    change: &str,
) -> Ran {
    let (ask, asked) = std::sync::mpsc::channel::<std::sync::mpsc::Sender<()>>();
    let ask = std::sync::Mutex::new(ask);
    world.inject(AtText {
        needle,
        number,
        executed,
        seen: AtomicU64::new(0),
        what: move || {
            let (done, wait) = std::sync::mpsc::channel();
            // Nobody listens any more when the point is reached a second time.
            if ask.lock().unwrap().send(done).is_ok() {
                let _ = crate::wire::held(&wait);
            }
            Fault::None
        },
    });
    let child = world.start(arguments);
    let done = asked
        .recv_timeout(Duration::from_secs(60))
        .unwrap_or_else(|_| panic!("{needle:?} was never reached"));
    world.watch().calm();
    world.batch(change);
    done.send(()).unwrap();
    crate::process::finish(arguments, child)
}
