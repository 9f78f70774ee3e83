//! Phase 2 as a process of its own, watched from outside: its events, its processor time, its memory.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::processes;
use crate::server::{Database, Server};
use crate::session::Outcome;

/// With this as first argument the program is hartonomous itself.
pub const AS_HARTONOMOUS: &str = "--as-hartonomous";

/// Stages of a batch, as `BatchCommitted` names them; true: of the reading half, beside the writing one.
pub const STAGES: &[(&str, bool)] = &[
    ("read", true),
    ("decode", true),
    ("resolve", true),
    ("wait", false),
    ("claim", false),
    ("types", false),
    ("atoms", false),
    ("relations", false),
    ("counts", false),
    ("progress", false),
    ("commit", false),
];

/// What the pipeline did, from its first event to its last: reading, writing, folding, bringing in line.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    pub took: Duration,
    pub embeddings: u64,
    pub relations: u64,
    pub atoms: u64,
    /// Seconds of each batch, per embedding.
    pub per_embedding: Vec<f64>,
    /// Relations of the largest batch.
    pub largest: u64,
    /// By stage, as in `STAGES`, over all writers.
    pub stages: Vec<Duration>,
    pub client_cpu: Option<Duration>,
    pub server_cpu: Option<Duration>,
    /// Most memory of the client, until the end of what was run.
    pub peak_kib: Option<u64>,
}

/// How far a measurement lets the command run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The pipeline's last event; then the process is killed, as it may be.
    Loaded,
    /// The end, gates included.
    Proven,
}

/// The product with these words as its arguments.
fn product(database: &Database, words: &str) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(AS_HARTONOMOUS)
        .args(words.split(' '))
        .env("HARTONOMOUS_CONNECTION", &database.connection_string)
        .stdin(Stdio::null());
    Ok(command)
}

/// Runs a command to its end.
pub fn command(database: &Database, words: &str) -> Outcome<()> {
    let output = product(database, &format!("{words} --progress none"))?.output()?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{words} failed:\n{told}").into())
}

/// Runs phase 2 with so many writers.
pub fn phase2(
    server: &Server,
    database: &Database,
    workers: usize,
    until: Until,
) -> Outcome<Pipeline> {
    let words = format!("migrate phase2 --progress json --workers {workers}");
    let mut child = product(database, &words)?
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let result = watch(server, &mut child, until);
    if until == Until::Loaded || result.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let pipeline = result?;
    // 1: a gate failed, as deduplication does where values hardly repeat.
    match status.code() {
        Some(code) if code > 1 => Err(format!("{words} ended with exit code {code}").into()),
        _ => Ok(pipeline),
    }
}

fn watch(server: &Server, child: &mut Child, until: Until) -> Outcome<Pipeline> {
    let id = child.id();
    let lines = BufReader::new(child.stderr.take().ok_or("no pipe to read events from")?).lines();
    let mut pipeline = Pipeline {
        stages: vec![Duration::ZERO; STAGES.len()],
        ..Pipeline::default()
    };
    let mut begun = (Instant::now(), None, None);
    let mut told = Vec::new();
    let mut ended = false;
    for line in lines {
        let line = line?;
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(peak) = processes::peak_kib(id) {
            pipeline.peak_kib = Some(peak);
        }
        match event["event"].as_str() {
            Some("batches_started") => {
                begun = (Instant::now(), processes::cpu(id), server.cpu());
            }
            Some("batch_committed") => pipeline.add(&event),
            Some("batches_ended") => {
                let since = |now: Option<Duration>, then: Option<Duration>| now?.checked_sub(then?);
                pipeline.took = begun.0.elapsed();
                pipeline.client_cpu = since(processes::cpu(id), begun.1);
                pipeline.server_cpu = since(server.cpu(), begun.2);
                ended = true;
                if until == Until::Loaded {
                    break;
                }
            }
            Some(_) => {}
            None => told.push(line),
        }
    }
    if ended && pipeline.embeddings > 0 {
        Ok(pipeline)
    } else {
        Err(format!("phase 2 did not load anything:\n{}", told.join("\n")).into())
    }
}

impl Pipeline {
    fn add(&mut self, event: &Value) {
        let count = |name: &str| event[name].as_u64().unwrap_or(0);
        let embeddings = count("embeddings");
        self.embeddings += embeddings;
        self.relations += count("relations");
        self.atoms += count("atoms");
        self.largest = self.largest.max(count("relations"));
        let took = event["took"].as_f64().unwrap_or(0.0);
        self.per_embedding.push(took / embeddings.max(1) as f64);
        for (sum, (name, _)) in self.stages.iter_mut().zip(STAGES) {
            let seconds = event["stages"][*name].as_f64().unwrap_or(0.0);
            *sum += Duration::try_from_secs_f64(seconds).unwrap_or_default();
        }
    }
}
