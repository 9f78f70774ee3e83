//! The grammar lane: with TSQL_CHECK naming SQL Server's own parser, every file of sql/ and migrations/ and every batch
//! that the suite sent must pass it. Without it the lane says that it was skipped.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Program that reads T-SQL with SQL Server's parser: files as arguments, or `--lines` with one JSON string per batch.
const TSQL_CHECK: &str = "TSQL_CHECK";

fn checker() -> Option<PathBuf> {
    let named = PathBuf::from(std::env::var_os(TSQL_CHECK)?);
    // Tests run in the package's folder, wherever cargo was started.
    Some(if named.is_relative() {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(named)
    } else {
        named
    })
}

#[test]
fn every_statement_of_the_repository_is_in_the_grammar_of_sql_server() {
    let Some(checker) = checker() else {
        eprintln!(
            "skipped: {TSQL_CHECK} names no parser, so no statement was held against SQL Server's grammar"
        );
        return;
    };
    let mut files = Vec::new();
    for folder in ["sql", "migrations"] {
        crate::tidy::collect(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            "sql",
            &mut files,
        );
    }
    assert!(files.len() > 100, "only {} files", files.len());
    let output = Command::new(checker)
        .args(["--server", "2025"])
        .args(&files)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}

static CHECKED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Holds batches that a test sent against the grammar, each text once per process.
pub fn check_batches(batches: &[String]) {
    let Some(checker) = checker() else { return };
    let fresh: Vec<&String> = {
        let mut checked = CHECKED.lock().unwrap();
        let checked = checked.get_or_insert_with(HashSet::new);
        batches
            .iter()
            .filter(|batch| checked.insert((*batch).clone()))
            .collect()
    };
    if fresh.is_empty() {
        return;
    }
    let mut child = Command::new(checker)
        .args(["--server", "2025", "--lines"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    for batch in fresh {
        lines.push_str(&serde_json::to_string(batch).unwrap());
        lines.push('\n');
    }
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || {
        // A parser that ends early says why on its own.
        let _ = input.write_all(lines.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "a batch that was sent is not in SQL Server's grammar:\n{text}"
    );
}
