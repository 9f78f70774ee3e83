//! Tables for people: plain, narrow, no box drawing that a log would garble.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

/// A column: its heading, and whether it holds numbers.
pub struct Column(pub &'static str, pub bool);

/// A table as text; long cells wrap to the terminal's width, or to 140 characters where there is none.
pub fn table(columns: &[Column], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(columns.iter().map(|column| column.0));
    if table.width().is_none() {
        table.set_width(140);
    }
    for row in rows {
        table.add_row(row.into_iter().zip(columns).map(|(text, column)| {
            let cell = Cell::new(text);
            if column.1 {
                cell.set_alignment(CellAlignment::Right)
            } else {
                cell
            }
        }));
    }
    table
        .to_string()
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}
