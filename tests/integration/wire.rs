//! What the stand-in's wire tells and does: it collects every batch, and follows a script of faults.

use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hartonomous_standin::wire::{Fault, ObservedRequest, RequestKind, WireFaults};

/// Decides about faults of one test.
pub trait Script: Send + Sync {
    fn before(&self, request: &ObservedRequest) -> Fault;
    fn after(&self, _: &ObservedRequest) -> Fault {
        Fault::None
    }
}

/// Holds the request that a script is asked about until the test lets it go. Others are served meanwhile: a thread of the
/// server that only slept would keep what is queued behind it.
pub fn held(go: &Receiver<()>) -> Result<(), RecvTimeoutError> {
    tokio::task::block_in_place(|| go.recv_timeout(Duration::from_secs(60)))
}

/// Sees every request of a server.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Vec<ObservedRequest>>,
    script: Mutex<Option<Arc<dyn Script>>>,
}

/// Batches beyond this are rows that tests insert; their grammar is that of their shorter fellows.
const LONGEST: usize = 20_000;

impl Watch {
    pub fn follow(&self, script: Arc<dyn Script>) {
        *self.script.lock().unwrap() = Some(script);
    }

    /// Ends the script.
    pub fn calm(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// What was sent so far, in order of arrival.
    pub fn seen(&self) -> Vec<ObservedRequest> {
        self.seen.lock().unwrap().clone()
    }

    pub fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// Texts of batches and of statements with parameters.
    pub fn batches(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter_map(|request| match request.kind {
                // The driver announces bulk loads in a dialect of its own (KEEP_NULLS).
                RequestKind::Batch if request.text.starts_with("INSERT BULK") => None,
                RequestKind::Batch => Some(request.text.clone()),
                RequestKind::Rpc => statement(&request.text),
                RequestKind::Transaction | RequestKind::BulkLoad => None,
            })
            .collect()
    }

    fn script(&self) -> Option<Arc<dyn Script>> {
        self.script.lock().unwrap().clone()
    }
}

/// The statement of an RPC as the wire describes it: the procedure, then the text.
fn statement(described: &str) -> Option<String> {
    let text = described.strip_prefix("sp_executesql")?;
    Some(text.trim_start_matches([':', ' ']).to_owned())
}

impl WireFaults for Watch {
    fn before(&self, request: &ObservedRequest) -> Fault {
        if request.text.len() < LONGEST {
            self.seen.lock().unwrap().push(request.clone());
        }
        self.script()
            .map_or(Fault::None, |script| script.before(request))
    }

    fn after(&self, request: &ObservedRequest) -> Fault {
        self.script()
            .map_or(Fault::None, |script| script.after(request))
    }
}

/// Is this the commit of a transaction?
pub fn is_commit(request: &ObservedRequest) -> bool {
    request.text.trim_start().starts_with("COMMIT")
}

/// Tells the requests of writers from all others, and counts them over all writers from 1.
#[derive(Default)]
pub struct Writers {
    connections: Mutex<Vec<u64>>,
    count: AtomicU64,
}

impl Writers {
    /// The number of a writer's request, None for any other. A writer is known by its temporary tables.
    pub fn number(&self, request: &ObservedRequest) -> Option<u64> {
        let mut connections = self.connections.lock().unwrap();
        if request.text.contains("CREATE TABLE #batch_value") {
            connections.push(request.connection);
        }
        connections
            .contains(&request.connection)
            .then(|| self.count.fetch_add(1, Ordering::SeqCst) + 1)
    }

    pub fn is_writer(&self, request: &ObservedRequest) -> bool {
        self.connections
            .lock()
            .unwrap()
            .contains(&request.connection)
    }
}

/// A child that a script may kill or interrupt; the script waits until the child is here.
#[derive(Default)]
pub struct Target {
    pid: Mutex<Option<u32>>,
    child: Mutex<Option<Child>>,
}

impl Target {
    /// Starts the child so that no request of it can be seen before its number is known.
    pub fn start(&self, start: impl FnOnce() -> Child) -> (Reading, Reading) {
        let mut pid = self.pid.lock().unwrap();
        let mut child = start();
        let pipes = crate::process::drain(&mut child);
        *pid = Some(child.id());
        *self.child.lock().unwrap() = Some(child);
        pipes
    }

    /// Signals the child, which has not been waited for yet: nobody else can have its number.
    fn signal(&self, name: &str) {
        if let Some(pid) = *self.pid.lock().unwrap() {
            let arguments = [name, &pid.to_string()];
            let status = std::process::Command::new("kill").args(arguments).status();
            assert!(status.unwrap().success());
        }
    }

    /// SIGKILL.
    pub fn kill(&self) {
        self.signal("-KILL");
    }

    /// SIGINT, as Ctrl-C sends it.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Waits for the child's end: its exit code, None after a signal.
    pub fn wait(&self) -> Option<i32> {
        let child = self.child.lock().unwrap().take();
        child.unwrap().wait().unwrap().code()
    }
}

pub type Reading = std::thread::JoinHandle<String>;

/// Does something once, at the n-th request of the writers, before or after it is executed.
pub struct AtWriterRequest<F> {
    pub writers: Writers,
    pub number: u64,
    pub executed: bool,
    pub done: AtomicBool,
    pub what: F,
}

impl<F: Fn() -> Fault + Send + Sync> AtWriterRequest<F> {
    pub fn new(number: u64, executed: bool, what: F) -> Self {
        Self {
            writers: Writers::default(),
            number,
            executed,
            done: AtomicBool::new(false),
            what,
        }
    }
}

impl<F: Fn() -> Fault + Send + Sync> Script for AtWriterRequest<F> {
    fn before(&self, request: &ObservedRequest) -> Fault {
        let number = self.writers.number(request);
        if number == Some(self.number) && !self.executed {
            self.done.store(true, Ordering::SeqCst);
            return (self.what)();
        }
        Fault::None
    }

    fn after(&self, request: &ObservedRequest) -> Fault {
        // Another writer may have sent the next one meanwhile.
        let reached = self.writers.count.load(Ordering::SeqCst) >= self.number;
        if self.executed
            && reached
            && self.writers.is_writer(request)
            && !self.done.swap(true, Ordering::SeqCst)
        {
            return (self.what)();
        }
        Fault::None
    }
}
