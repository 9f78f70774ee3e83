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

/// A declaration of the parameters that a statement's header names: `@P1 bigint: ...`.
fn declared(text: &str) -> String {
    let header: Vec<&str> = text
        .lines()
        .take_while(|line| line.starts_with("--"))
        .map(|line| line.trim_start_matches(['-', ' ']))
        .collect();
    let header = header.join(" ");
    let mut declarations = String::new();
    for number in 1..=12 {
        let Some((_, after)) = header.split_once(&format!("@P{number} ")) else {
            continue;
        };
        let kind: String = after
            .chars()
            .take_while(|c| c.is_alphanumeric() || "()".contains(*c))
            .collect();
        declarations.push_str(&format!("DECLARE @P{number} {kind};\n"));
    }
    declarations
}

/// Statements of later phases that the stand-in refuses by name.
const BEYOND_THE_STAND_IN: &[&str] = &[
    "doctor/select_volume_space.sql",
    "phase3/select_table_use.sql",
    "restore/select_room.sql",
    // Their device is a parameter, which is NULL here.
    "phase3/verify_backup.sql",
    "restore/read_files.sql",
    "restore/read_headers.sql",
];

/// Every statement binds where its names exist: nothing is misspelt, nothing is unknown to the stand-in.
#[test]
fn every_statement_binds_after_phase_2() {
    let world = crate::world::World::ready_for_phase2(&crate::data::coarse(4, 450, 107));
    world.phase2().exits(0);
    world.script(include_str!("../../sql/phase2/create_batch_tables.sql"));
    world.batch("CREATE TABLE #unit (ComponentIndex int NOT NULL PRIMARY KEY, UnitVector vector(1998) NOT NULL);");
    bind(&world, |file| {
        !file
            .parent()
            .is_some_and(|folder| folder.ends_with("phase4"))
    });
}

/// The statements of phase 4 name a table that is there after it.
#[test]
fn every_statement_of_phase_4_binds_after_it() {
    let world = crate::phase4::migrated();
    bind(&world, |file| {
        file.parent()
            .is_some_and(|folder| folder.ends_with("phase4"))
    });
}

fn bind(world: &crate::world::World, wanted: impl Fn(&Path) -> bool) {
    let mut files = Vec::new();
    crate::tidy::collect(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sql"),
        "sql",
        &mut files,
    );
    let mut found = Vec::new();
    for file in files {
        if !wanted(&file) || BEYOND_THE_STAND_IN.iter().any(|name| file.ends_with(name)) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let module = text.contains("CREATE OR ALTER");
        let wrapped = if module {
            text.clone()
        } else {
            format!("{}{text}", declared(&text))
        };
        world.batch("BEGIN TRANSACTION;");
        // Without values many a statement fails at run time; what counts is that it was bound.
        if let Err((
            number @ (102 | 134 | 137 | 156 | 195 | 207 | 208 | 50_000 | 2812 | 8116),
            message,
        )) = world.try_batch(&wrapped)
            && !message.starts_with("the ")
        {
            found.push(format!("{}: message {number}: {message}", file.display()));
        }
        world.batch("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
