//! `cargo demo`: the embedded stand-in, real embeddings, and the real commands run against it as a user would.

mod arguments;
mod database;
mod summary;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use arguments::Arguments;
use clap::Parser;
use database::Database;

/// With this as first argument the program is hartonomous itself.
const AS_HARTONOMOUS: &str = "--as-hartonomous";

/// A command that was run, and how it ended.
pub struct Ran {
    pub line: String,
    pub exit: i32,
    pub took: Duration,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(AS_HARTONOMOUS) {
        let arguments = std::env::args().enumerate().filter(|(at, _)| *at != 1);
        return hartonomous::cli::main_with(arguments.map(|(_, argument)| argument));
    }
    match demo(&Arguments::parse()) {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(6)
        }
    }
}

fn demo(arguments: &Arguments) -> Result<u8, Box<dyn std::error::Error>> {
    println!(
        "Starting the stand-in and loading embeddings ({:?}) ...",
        arguments.precision
    );
    let database = Database::start(arguments)?;
    println!("{}\n", database.introduction());
    let mut ran = Vec::new();
    for step in ["doctor", "migrate phase1"] {
        ran.push(run(&database, step)?);
    }
    println!(
        "\n-- A full backup, as the DBA takes it before phase 2:\n{}\n",
        database.backup()?
    );
    for step in ["migrate phase2", "validate", "status"] {
        ran.push(run(&database, step)?);
    }
    let report = capture(&database, "validate --format json --progress none")?;
    let passed = summary::print(&ran, &report)?;
    if arguments.keep {
        database.keep()?;
    }
    // A command that fails because a gate does makes the demo end as the command did.
    let worst = ran
        .iter()
        .map(|one| one.exit)
        .find(|exit| *exit != 0)
        .unwrap_or(0);
    Ok(match (passed, u8::try_from(worst)) {
        (true, Ok(exit)) => exit,
        (false, Ok(0)) => 1,
        (false, Ok(exit)) => exit,
        (_, Err(_)) => 6,
    })
}

/// Runs a command with its output on this terminal.
fn run(database: &Database, line: &str) -> Result<Ran, Box<dyn std::error::Error>> {
    println!("$ hartonomous {line}");
    let started = Instant::now();
    let status = hartonomous(database, line)?.status()?;
    let ran = Ran {
        line: line.to_owned(),
        exit: status.code().unwrap_or(-1),
        took: started.elapsed(),
    };
    println!("(exit code {})\n", ran.exit);
    Ok(ran)
}

fn capture(database: &Database, line: &str) -> Result<String, Box<dyn std::error::Error>> {
    Ok(String::from_utf8(
        hartonomous(database, line)?.output()?.stdout,
    )?)
}

fn hartonomous(database: &Database, line: &str) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(AS_HARTONOMOUS)
        .args(line.split(' '))
        .env("HARTONOMOUS_CONNECTION", database.connection_string());
    Ok(command)
}
