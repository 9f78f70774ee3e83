//! SET options of a session. A module or `sp_executesql` works on a copy that is dropped on return.

use crate::catalog::model::ObjectId;
use crate::protocol::IsolationLevel;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    pub quoted_identifier: bool,
    pub ansi_nulls: bool,
    pub ansi_padding: bool,
    pub ansi_warnings: bool,
    pub ansi_null_dflt_on: bool,
    pub ansi_null_dflt_off: bool,
    pub arithabort: bool,
    pub arithignore: bool,
    pub concat_null_yields_null: bool,
    pub numeric_roundabort: bool,
    pub cursor_close_on_commit: bool,
    pub xact_abort: bool,
    pub nocount: bool,
    pub noexec: bool,
    pub parseonly: bool,
    pub fmtonly: bool,
    pub implicit_transactions: bool,
    /// Milliseconds; None: wait without end (-1).
    pub lock_timeout: Option<i32>,
    pub isolation: IsolationLevel,
    /// -10 ..= 10.
    pub deadlock_priority: i32,
    pub identity_insert: Option<ObjectId>,
    /// 0: no limit.
    pub rowcount: i64,
    pub textsize: i32,
    pub datefirst: u8,
    pub dateformat: String,
    pub language: String,
}

impl Default for SessionOptions {
    /// What a client library with the ODBC flag gets: @@OPTIONS 5432.
    fn default() -> Self {
        Self {
            quoted_identifier: true,
            ansi_nulls: true,
            ansi_padding: true,
            ansi_warnings: true,
            ansi_null_dflt_on: true,
            ansi_null_dflt_off: false,
            arithabort: false,
            arithignore: false,
            concat_null_yields_null: true,
            numeric_roundabort: false,
            cursor_close_on_commit: false,
            xact_abort: false,
            nocount: false,
            noexec: false,
            parseonly: false,
            fmtonly: false,
            implicit_transactions: false,
            lock_timeout: None,
            isolation: IsolationLevel::ReadCommitted,
            deadlock_priority: 0,
            identity_insert: None,
            rowcount: 0,
            textsize: 2_147_483_647,
            datefirst: 7,
            dateformat: "mdy".to_owned(),
            language: "us_english".to_owned(),
        }
    }
}

impl SessionOptions {
    /// A login without the ODBC flag: the ANSI options are off.
    pub fn without_ansi_defaults() -> Self {
        Self {
            quoted_identifier: false,
            ansi_nulls: false,
            ansi_padding: false,
            ansi_warnings: false,
            ansi_null_dflt_on: false,
            concat_null_yields_null: false,
            ..Self::default()
        }
    }

    /// @@OPTIONS.
    pub fn bits(&self) -> i32 {
        [
            (2, self.implicit_transactions),
            (4, self.cursor_close_on_commit),
            (8, self.ansi_warnings),
            (16, self.ansi_padding),
            (32, self.ansi_nulls),
            (64, self.arithabort),
            (128, self.arithignore),
            (256, self.quoted_identifier),
            (512, self.nocount),
            (1024, self.ansi_null_dflt_on),
            (2048, self.ansi_null_dflt_off),
            (4096, self.concat_null_yields_null),
            (8192, self.numeric_roundabort),
            (16384, self.xact_abort),
        ]
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(bit, _)| bit)
        .sum()
    }

    /// The options that indexed views, filtered and spatial indexes and indexed computed columns need; names of the
    /// wrong ones in the order in which message 1934 lists them.
    pub fn wrong_for_indexes(&self) -> Vec<&'static str> {
        [
            ("CONCAT_NULL_YIELDS_NULL", self.concat_null_yields_null),
            ("ANSI_NULLS", self.ansi_nulls),
            ("ANSI_PADDING", self.ansi_padding),
            ("ANSI_WARNINGS", self.ansi_warnings),
            ("ARITHABORT", self.arithabort || self.ansi_warnings),
            ("QUOTED_IDENTIFIER", self.quoted_identifier),
            ("NUMERIC_ROUNDABORT", !self.numeric_roundabort),
        ]
        .into_iter()
        .filter(|(_, right)| !right)
        .map(|(name, _)| name)
        .collect()
    }
}
