//! The tables at the end: what was run, every gate of every phase with its evidence, and what every rollback proved.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use crate::commands::Commands;
use crate::database::{Database, Fingerprint};

/// A table compared with the beginning after a rollback.
pub struct Proof {
    pub after: &'static str,
    pub equal: bool,
    pub now: Fingerprint,
}

/// The newest result of every gate, in the order in which phases and gates came first.
const GATES: &str = "
SELECT t.phase, t.gate, t.verdict, t.threshold, t.evidence
FROM (SELECT g.phase, g.gate, g.verdict, g.threshold, g.evidence,
             MIN(g.gate_result_id) OVER (PARTITION BY g.phase) AS FirstOfPhase,
             MIN(g.gate_result_id) OVER (PARTITION BY g.phase, g.gate) AS FirstOfGate,
             ROW_NUMBER() OVER (PARTITION BY g.phase, g.gate ORDER BY g.gate_result_id DESC) AS Newest
      FROM hartonomous.gate_results AS g) AS t
WHERE t.Newest = 1
ORDER BY t.FirstOfPhase, t.FirstOfGate;";

/// Characters of a gate's evidence that are shown.
const WIDTH: usize = 90;

/// Prints the summary; the demo's exit code: that of the first command that ended otherwise than expected, 1 for a gate that
/// does not hold or a table that is not as it was.
pub fn print(
    commands: &Commands<'_>,
    validated: &[Value],
    proofs: &[Proof],
) -> Result<u8, Box<dyn std::error::Error>> {
    println!("=== Summary\n");
    let mut table = table(&["command", "exit code", "took"]);
    for one in &commands.ran {
        let note = match (one.exit, one.expected) {
            (exit, expected) if exit != expected => " (NOT EXPECTED)",
            (1, _) => " (it waits, as expected)",
            _ => "",
        };
        table.add_row([
            format!("hartonomous {}", one.line),
            format!("{}{note}", one.exit),
            format!("{:.1} s", one.took.as_secs_f64()),
        ]);
    }
    println!("{table}\n");
    let failed = gates(commands.database, validated)?;
    let unequal = proofs_table(proofs);
    let unexpected = commands.ran.iter().find(|one| one.exit != one.expected);
    Ok(match unexpected {
        Some(one) => u8::try_from(one.exit).unwrap_or(6).max(1),
        None if failed > 0 || unequal > 0 => 1,
        None => 0,
    })
}

/// A gate of the summary.
struct Line {
    phase: String,
    gate: String,
    verdict: String,
    threshold: String,
    evidence: String,
    waiver: Option<String>,
}

/// Every gate as last measured; how many do not hold.
fn gates(database: &Database, validated: &[Value]) -> Result<usize, Box<dyn std::error::Error>> {
    let lines = lines(database, validated)?;
    let mut measured = table(&["phase", "", "gate", "threshold", "evidence"]);
    let mut last = "";
    for line in &lines {
        let shown = if line.phase == last { "" } else { &line.phase };
        last = &line.phase;
        let verdict = match line.verdict.as_str() {
            "pass" => "pass".to_owned(),
            other => other.to_uppercase(),
        };
        measured.add_row([shown, &verdict, &line.gate, &line.threshold, &line.evidence]);
    }
    println!("{measured}\n");
    for waiver in lines.iter().filter_map(|line| line.waiver.as_ref()) {
        println!("{waiver}");
    }
    let count = |verdict: &str| lines.iter().filter(|line| line.verdict == verdict).count();
    println!(
        "{} gates pass, {} are waived, {} fail.\n",
        count("pass"),
        count("waived"),
        count("fail")
    );
    Ok(lines.len() - count("pass") - count("waived"))
}

/// What is on record in the database, in the words of `validate` where it measured the same; and what only `validate` measures.
fn lines(
    database: &Database,
    validated: &[Value],
) -> Result<Vec<Line>, Box<dyn std::error::Error>> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for row in database.rows(GATES)? {
        let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        let evidence: Value = serde_json::from_str(&text(4))?;
        let mut line = Line {
            phase: text(0),
            gate: text(1),
            verdict: text(2),
            threshold: text(3),
            evidence: told(&evidence),
            waiver: waiver(&text(1), &evidence["waiver"]),
        };
        let same = |one: &&Value| one["id"] == line.gate && one["verdict"] == line.verdict;
        if let Some(one) = validated.iter().rev().find(same) {
            line.evidence = word(&one["summary"]);
        }
        lines.push(line);
    }
    for one in validated {
        let gate = word(&one["id"]);
        if lines.iter().any(|line| line.gate == gate) {
            continue;
        }
        let phase = word(&one["phase"]);
        let after = lines.iter().rposition(|line| line.phase == phase);
        let line = Line {
            waiver: waiver(&gate, &one["waiver"]),
            phase,
            gate,
            verdict: word(&one["verdict"]),
            threshold: word(&one["threshold"]),
            evidence: word(&one["summary"]),
        };
        lines.insert(after.map_or(lines.len(), |at| at + 1), line);
    }
    Ok(lines)
}

fn waiver(gate: &str, waiver: &Value) -> Option<String> {
    let (by, reason) = (waiver["by"].as_str()?, waiver["reason"].as_str()?);
    Some(format!("{gate} is waived by {by}: {reason}"))
}

/// Evidence in one line: `embeddings 325, wrong 0`.
fn told(evidence: &Value) -> String {
    let mut line = String::new();
    for (name, value) in evidence.as_object().into_iter().flatten() {
        let value = match value {
            Value::Null | Value::Object(_) => continue,
            Value::Array(items) if items.is_empty() => continue,
            Value::Array(items) => format!("{} items", items.len()),
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_f64() => {
                format!("{:.4}", number.as_f64().unwrap_or(0.0))
            }
            other => other.to_string(),
        };
        if !line.is_empty() {
            line.push_str(", ");
        }
        let _ = write!(line, "{name} {value}");
    }
    if line.chars().count() > WIDTH {
        line = line.chars().take(WIDTH - 4).collect::<String>() + " ...";
    }
    if line.is_empty() {
        line.push_str("none");
    }
    line
}

/// What was compared with the beginning; how many are not equal.
fn proofs_table(proofs: &[Proof]) -> usize {
    if proofs.is_empty() {
        return 0;
    }
    println!("Read by the demo's own client, columns of before the migration:\n");
    let mut compared = table(&[
        "after",
        "table",
        "rows",
        "SHA-256 over all rows",
        "the beginning",
    ]);
    for proof in proofs {
        compared.add_row([
            proof.after.to_owned(),
            proof.now.table.to_owned(),
            proof.now.rows.to_string(),
            proof.now.sha256.chars().take(16).collect::<String>() + "...",
            if proof.equal { "equal" } else { "NOT EQUAL" }.to_owned(),
        ]);
    }
    println!("{compared}\n");
    proofs.iter().filter(|proof| !proof.equal).count()
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().copied());
    if table.width().is_none() {
        table.set_width(150);
    }
    table
}
