//! The real commands, run as a user would run them.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::AS_HARTONOMOUS;
use crate::database::Database;

/// A command that was run, and how it ended.
pub struct Ran {
    pub line: String,
    pub exit: i32,
    /// The exit code that the demo expects there.
    pub expected: i32,
    pub took: Duration,
}

/// Runs commands and remembers how they ended.
pub struct Commands<'a> {
    pub database: &'a Database,
    pub ran: Vec<Ran>,
}

impl Commands<'_> {
    /// Runs a command with its output on this terminal.
    pub fn run(
        &mut self,
        arguments: &[&str],
        expected: i32,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let line = shell(arguments);
        println!("$ hartonomous {line}");
        let started = Instant::now();
        let status = hartonomous(self.database, arguments)?.status()?;
        let ran = Ran {
            line,
            exit: status.code().unwrap_or(-1),
            expected,
            took: started.elapsed(),
        };
        println!("(exit code {})\n", ran.exit);
        self.ran.push(ran);
        Ok(())
    }

    /// A waiver for as long as the demo takes.
    pub fn waive(&mut self, gate: &str, reason: &str) -> Result<(), Box<dyn std::error::Error>> {
        self.run(
            &[
                "waive", gate, "--reason", reason, "--until", "1h", "--by", "the demo",
            ],
            0,
        )
    }

    /// An attestation, which a person gives where it is no demo.
    pub fn attest(&mut self, subject: &str) -> Result<(), Box<dyn std::error::Error>> {
        self.run(
            &[
                "attest",
                subject,
                "--statement",
                "made up for the demo",
                "--reference",
                "none",
                "--by",
                "the demo",
            ],
            0,
        )
    }

    /// stdout of a command whose output nobody watches.
    pub fn capture(&self, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
        let output = hartonomous(self.database, arguments)?.output()?;
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn hartonomous(database: &Database, arguments: &[&str]) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(AS_HARTONOMOUS)
        .args(arguments)
        // Nobody is asked for anything: what is needed is on the command line.
        .stdin(std::process::Stdio::null())
        .env("HARTONOMOUS_CONNECTION", database.connection_string());
    Ok(command)
}

/// The arguments as a shell takes them.
fn shell(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| {
        if argument.contains(' ') {
            format!("\"{argument}\"")
        } else {
            (*argument).to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
