//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    hartonomous::cli::main()
}
