//! `cargo demo`: the embedded stand-in, real embeddings, and the real commands run against it as a user would, through every
//! phase and back.

mod arguments;
mod commands;
mod database;
#[path = "../integration/database.rs"]
mod session;
mod story;
mod summary;

use std::process::ExitCode;

use arguments::Arguments;

/// With this as first argument the program is hartonomous itself.
const AS_HARTONOMOUS: &str = "--as-hartonomous";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(AS_HARTONOMOUS) {
        let arguments = std::env::args().enumerate().filter(|(at, _)| *at != 1);
        return hartonomous::cli::main_with(arguments.map(|(_, argument)| argument));
    }
    match story::tell(&Arguments::of(std::env::args())) {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(6)
        }
    }
}
