//! Style that is held by a test: banned words, statements in their folder, no dead files, files of one idea.

use std::path::{Path, PathBuf};

/// Files below a folder with an extension, sorted.
pub fn collect(folder: PathBuf, extension: &str, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            if entry.file_name().is_some_and(|name| name != "target") {
                collect(entry, extension, into);
            }
        } else if entry.extension().is_some_and(|found| found == extension) {
            into.push(entry);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(root().join(folder), extension, &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Lines before the unit tests, numbered, comments left out.
fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"))
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[track_caller]
fn none(found: Vec<String>) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_product_never_unwraps() {
    let mut found = Vec::new();
    for (name, text) in files("src", "rs") {
        for (at, line) in product_lines(&text) {
            if line.contains(".unwrap()") || line.contains(".expect(") || line.contains("panic!(") {
                found.push(format!("{name}:{at}: {}", line.trim()));
            }
        }
    }
    none(found);
}

const VERBS: &[&str] = &[
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "EXEC", "CREATE", "ALTER", "DROP", "DECLARE",
    "SET", "BEGIN", "COMMIT", "ROLLBACK", "TRUNCATE", "GRANT", "BACKUP", "RESTORE", "USE", "IF",
    "WITH",
];

/// String literals of a line that begin with a verb of SQL. Advice to people has an ellipsis where SQL has names.
fn sql_literal(line: &str) -> bool {
    line.split('"').skip(1).step_by(2).any(|literal| {
        let mut words = literal.split_whitespace();
        words.next().is_some_and(|word| VERBS.contains(&word))
            && words.next().is_some()
            && !literal.contains("...")
    })
}

#[test]
fn sql_lives_in_sql() {
    let mut found = Vec::new();
    for (name, text) in files("src", "rs") {
        for (at, line) in product_lines(&text) {
            if sql_literal(line) {
                found.push(format!("{name}:{at}: {}", line.trim()));
            }
        }
    }
    none(found);
    assert!(sql_literal(r#"client.query("SELECT 1", &[])"#));
    assert!(!sql_literal(
        r#".or("ALTER TABLE ... WITH CHECK CHECK CONSTRAINT ... checks")"#
    ));
}

#[test]
fn only_connections_speak_to_the_driver() {
    let mut found = Vec::new();
    for (name, text) in files("src", "rs") {
        if name.starts_with("src/connect/") {
            continue;
        }
        for (at, line) in product_lines(&text) {
            if [
                ".simple_query(",
                "tiberius::Client",
                "Client::connect",
                ".bulk_insert(",
            ]
            .iter()
            .any(|call| line.contains(call))
            {
                found.push(format!("{name}:{at}: {}", line.trim()));
            }
        }
    }
    none(found);
}

#[test]
fn nothing_is_left_undone() {
    // Written apart, so that this file does not find itself.
    let words = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("#[ig", "nore"),
        concat!("TO", "DO"),
    ];
    let mut found = Vec::new();
    for (folder, extension) in [
        ("src", "rs"),
        ("tests", "rs"),
        ("sql", "sql"),
        ("migrations", "sql"),
        ("docs", "md"),
    ] {
        for (name, text) in files(folder, extension) {
            for (at, line) in text.lines().enumerate() {
                if words.iter().any(|word| line.contains(word)) {
                    found.push(format!("{name}:{}: {}", at + 1, line.trim()));
                }
            }
        }
    }
    none(found);
}

/// Statements that wait for the commands of later phases, and for rollback, throttling, waivers and reports.
const LATER: &[&str] = &[
    "sql/connect/release_application_lock.sql",
    "sql/doctor/select_table_sizes.sql",
    "sql/phase1/inspect_foreign_keys.sql",
    "sql/phase1/inspect_temporal_columns.sql",
    "sql/phase1/update_statistics.sql",
    "sql/status/list_runs.sql",
    "sql/validate/find_reference_errors.sql",
    "sql/validate/find_undecodable_relations.sql",
    "sql/validate/select_atom_range.sql",
    "sql/validate/select_relation_range.sql",
];

#[test]
fn every_statement_is_embedded_or_waits_for_a_later_phase() {
    let sources: String = files("src", "rs")
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let mut found = Vec::new();
    for (name, _) in files("sql", "sql") {
        let path = name.strip_prefix("sql/").unwrap_or(&name);
        match (
            sources.contains(&format!("\"{path}\"")),
            LATER.contains(&name.as_str()),
        ) {
            (true, false) | (false, true) => {}
            (false, false) => found.push(format!("{name} is embedded nowhere")),
            (true, true) => found.push(format!("{name} is embedded now: take it off the list")),
        }
    }
    for later in LATER {
        if !root().join(later).exists() {
            found.push(format!("{later} is on the list and not there"));
        }
    }
    none(found);
}

#[test]
fn every_statement_says_what_it_reads_and_writes() {
    let mut found = Vec::new();
    for (name, text) in files("sql", "sql") {
        let header: String = text
            .lines()
            .take_while(|line| line.starts_with("--"))
            .collect();
        if header.is_empty() || !header.contains("Read") && !header.contains("Write") {
            found.push(format!("{name} has no header that says what it reads"));
        }
    }
    none(found);
}

/// Lines of the longest files; a number may go down and not up.
const RATCHET: &[(&str, usize)] = &[];
const LONGEST: usize = 450;

#[test]
fn files_do_not_grow_beyond_one_idea() {
    let mut found = Vec::new();
    for folder in ["src", "tests/integration"] {
        for (name, text) in files(folder, "rs") {
            let limit = RATCHET
                .iter()
                .find(|(file, _)| *file == name)
                .map_or(LONGEST, |(_, lines)| *lines);
            let lines = text.lines().count();
            if lines > limit {
                found.push(format!("{name} has {lines} lines, {limit} are allowed"));
            }
        }
    }
    none(found);
}

#[test]
fn what_messages_refer_to_is_there() {
    let runbook = std::fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    let mut found = Vec::new();
    for (name, text) in files("src", "rs") {
        // Strings that go on in the next line are put together.
        let text = text.replace("\\\n", " ");
        for (at, line) in text.lines().enumerate() {
            for document in line.split("docs/").skip(1) {
                let document: String = document
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
                    .collect();
                let document = document.trim_end_matches('.');
                if !root().join("docs").join(document).exists() {
                    found.push(format!("{name}:{}: docs/{document} is not there", at + 1));
                }
            }
            if let Some((_, heading)) = line.split_once("docs/runbook.md, \\\"") {
                let heading = heading.split("\\\"").next().unwrap_or_default();
                if !runbook.contains(&format!("## {heading}\n")) {
                    found.push(format!(
                        "{name}:{}: the runbook has no \"{heading}\"",
                        at + 1
                    ));
                }
            }
        }
    }
    none(found);
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for manifest in ["Cargo.toml", "tests/standin/Cargo.toml"] {
        assert!(
            read(manifest).contains("[lints]\nworkspace = true"),
            "{manifest}"
        );
    }
}
