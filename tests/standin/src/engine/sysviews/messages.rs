//! sys.messages: the texts, in English, of the errors that the engine raises most. SQL Server lists some 14,000.

use crate::engine::Session;
use crate::error::Result;

use super::snapshot::{int, text};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[CatalogView {
    name: "sys.messages",
    spec: "message_id int!, language_id smallint!=1033, severity tinyint, is_event_logged bit!=0, text nvarchar(2048)!",
    fill: messages,
}];

const MESSAGES: &[(i32, i32, &str)] = &[
    (102, 15, "Incorrect syntax near '%.*ls'."),
    (137, 15, "Must declare the scalar variable \"%.*ls\"."),
    (156, 15, "Incorrect syntax near the keyword '%.*ls'."),
    (207, 16, "Invalid column name '%.*ls'."),
    (208, 16, "Invalid object name '%.*ls'."),
    (209, 16, "Ambiguous column name '%.*ls'."),
    (
        220,
        16,
        "Arithmetic overflow error for data type %ls, value = %ld.",
    ),
    (
        245,
        16,
        "Conversion failed when converting the %ls value '%.*ls' to data type %ls.",
    ),
    (
        515,
        16,
        "Cannot insert the value NULL into column '%.*ls', table '%.*ls'; column does not allow nulls. %ls fails.",
    ),
    (
        547,
        16,
        "The %ls statement conflicted with the %ls constraint \"%.*ls\". The conflict occurred in database \"%.*ls\", table \"%.*ls\"%ls%.*ls%ls.",
    ),
    (
        911,
        16,
        "Database '%.*ls' does not exist. Make sure that the name is entered correctly.",
    ),
    (
        1205,
        13,
        "Transaction (Process ID %d) was deadlocked on %.*ls resources with another process and has been chosen as the deadlock victim. Rerun the transaction.",
    ),
    (1222, 16, "Lock request time out period exceeded."),
    (
        2601,
        14,
        "Cannot insert duplicate key row in object '%.*ls' with unique index '%.*ls'. The duplicate key value is %ls.",
    ),
    (
        2627,
        14,
        "Violation of %ls constraint '%.*ls'. Cannot insert duplicate key in object '%.*ls'. The duplicate key value is %ls.",
    ),
    (2812, 16, "Could not find stored procedure '%.*ls'."),
    (
        3701,
        11,
        "Cannot %S_MSG the %S_MSG '%.*ls', because it does not exist or you do not have permission.",
    ),
    (8134, 16, "Divide by zero error encountered."),
    (8152, 16, "String or binary data would be truncated."),
    (18456, 14, "Login failed for user '%.*ls'.%.*ls"),
];

fn messages(_: &Session, rows: &mut Rows) -> Result<()> {
    for (number, severity, message) in MESSAGES {
        rows.push([
            ("message_id", int(*number)),
            ("severity", int(*severity)),
            ("text", text(message)),
        ]);
    }
    Ok(())
}
