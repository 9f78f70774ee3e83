//! What a rollback or a removal would do, for people and pipes, with the SQL that it would send.

use serde::Serialize;

use super::{Column, Format, json, line, table};
use crate::engine::Action;
use crate::gate::Measured;

#[derive(Serialize)]
struct ActionsDocument<'a> {
    command: &'a str,
    actions: Vec<ActionDocument<'a>>,
    gates: &'a [Measured],
    notes: &'a [String],
}

#[derive(Serialize)]
struct ActionDocument<'a> {
    id: &'a str,
    action: &'a str,
    title: &'a str,
    detail: &'a str,
    statements: Vec<StatementDocument<'a>>,
}

#[derive(Serialize)]
struct StatementDocument<'a> {
    file: &'a str,
    sha256: String,
    sql: &'a str,
}

/// Prints the actions of a command; nothing of them is done.
pub fn actions(
    command: &str,
    actions: &[Action],
    gates: &[Measured],
    notes: &[String],
    format: Format,
) {
    if format == Format::Json {
        let actions = actions.iter().map(document).collect();
        return json(
            "hartonomous.actions/1",
            &ActionsDocument {
                command,
                actions,
                gates,
                notes,
            },
        );
    }
    line(format!("what `hartonomous {command}` would do:"));
    let rows = actions.iter().map(|action| {
        vec![
            action.verb.to_owned(),
            action.title.clone(),
            action.detail.clone(),
        ]
    });
    line(table(
        &[Column("", false), Column("what", false), Column("", false)],
        rows,
    ));
    notes.iter().for_each(line);
    let mut first = true;
    for action in actions {
        for sql in &action.statements {
            if first {
                line("\nSQL that would be sent:");
                first = false;
            }
            line(format!(
                "\n-- {} ({}), SHA-256 {}",
                action.id,
                sql.path(),
                sql.sha256()
            ));
            line(sql.text().trim_end());
        }
    }
    if !gates.is_empty() {
        line("");
        line(super::gate_table(gates));
    }
}

fn document(action: &Action) -> ActionDocument<'_> {
    ActionDocument {
        id: &action.id,
        action: action.verb,
        title: &action.title,
        detail: &action.detail,
        statements: action
            .statements
            .iter()
            .map(|sql| StatementDocument {
                file: sql.path(),
                sha256: sql.sha256(),
                sql: sql.text(),
            })
            .collect(),
    }
}
