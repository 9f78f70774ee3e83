//! Runs of the real executable.

use std::io::Read;
use std::process::{Child, Command, Stdio};

/// How a run ended and what it wrote.
#[derive(Debug, Clone)]
pub struct Ran {
    pub arguments: String,
    /// None: a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Asserts that stderr has a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in {self}");
        self
    }

    /// Asserts that stdout has a text.
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no {text:?} in {self}");
        self
    }

    /// stdout as the JSON document that `--format json` writes.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {self}"),
        }
    }

    /// Ids of the gates of a JSON report that have this verdict.
    #[track_caller]
    pub fn gates(&self, verdict: &str) -> Vec<String> {
        self.json()["gates"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|gate| gate["verdict"] == verdict)
            .map(|gate| gate["id"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The evidence of a gate of a JSON report.
    #[track_caller]
    pub fn evidence(&self, id: &str) -> serde_json::Value {
        let document = self.json();
        let gate = document["gates"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|gate| gate["id"] == id);
        match gate {
            Some(gate) => gate["evidence"].clone(),
            None => panic!("no gate {id} in {self}"),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "hartonomous {}\nexit {:?}\n-- stdout\n{}\n-- stderr\n{}",
            self.arguments, self.code, self.stdout, self.stderr
        )
    }
}

/// The executable with these arguments and an environment that says nothing of where to connect.
pub fn hartonomous(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hartonomous"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars() {
        if name.starts_with("HARTONOMOUS_") {
            command.env_remove(name);
        }
    }
    command
}

/// Waits for a child whose pipes are read meanwhile.
pub fn finish(arguments: &[&str], mut child: Child) -> Ran {
    let (stdout, stderr) = drain(&mut child);
    let status = child.wait().unwrap();
    Ran {
        arguments: arguments.join(" "),
        code: status.code(),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

type Reading = std::thread::JoinHandle<String>;

/// Starts reading both pipes to their ends.
pub fn drain(child: &mut Child) -> (Reading, Reading) {
    fn read(pipe: Option<impl Read + Send + 'static>) -> Reading {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut pipe) = pipe {
                // A pipe that breaks has told all that it will.
                let _ = pipe.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    }
    (read(child.stdout.take()), read(child.stderr.take()))
}
