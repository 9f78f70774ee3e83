//! The table at the end: what was run, and every gate with its evidence.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use crate::Ran;

/// Prints the summary; true when every gate passed.
pub fn print(ran: &[Ran], report: &str) -> Result<bool, Box<dyn std::error::Error>> {
    let report: Value = serde_json::from_str(report)?;
    let gates = report["gates"]
        .as_array()
        .ok_or("validate printed no gates")?;
    println!("Summary\n");
    let mut commands = table(&["command", "exit code", "took"]);
    for one in ran {
        commands.add_row([
            format!("hartonomous {}", one.line),
            one.exit.to_string(),
            format!("{:.1} s", one.took.as_secs_f64()),
        ]);
    }
    println!("{commands}\n");
    let mut measured = table(&["", "gate", "threshold", "measured"]);
    let word = |gate: &Value, key: &str| gate[key].as_str().unwrap_or_default().to_owned();
    for gate in gates {
        measured.add_row([
            word(gate, "verdict"),
            word(gate, "id"),
            word(gate, "threshold"),
            word(gate, "summary"),
        ]);
    }
    println!("{measured}\n");
    let failed: Vec<&Value> = gates
        .iter()
        .filter(|gate| gate["verdict"] != "pass")
        .collect();
    for gate in &failed {
        println!(
            "{} failed: {}\n  {}\n",
            word(gate, "id"),
            word(gate, "summary"),
            word(gate, "next")
        );
    }
    println!(
        "{} of {} gates pass.",
        gates.len() - failed.len(),
        gates.len()
    );
    Ok(failed.is_empty())
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().copied());
    if table.width().is_none() {
        table.set_width(140);
    }
    table
}
