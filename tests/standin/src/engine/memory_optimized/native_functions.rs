//! Built-in functions in natively compiled modules: those that SQL Server takes, and those that it is known to refuse.

/// What is known about a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Taken,
    /// Only inside a CATCH block.
    InCatch,
    Refused,
    RefusedAggregate,
    No,
}

const TAKEN: &[&str] = &[
    "abs",
    "acos",
    "asin",
    "atan",
    "atn2",
    "avg",
    "ceiling",
    "concat_ws",
    "cos",
    "cot",
    "count",
    "count_big",
    "current_timestamp",
    "dateadd",
    "datediff",
    "datefromparts",
    "datename",
    "datepart",
    "datetime2fromparts",
    "datetimefromparts",
    "day",
    "degrees",
    "eomonth",
    "exp",
    "floor",
    "getdate",
    "getutcdate",
    "isjson",
    "isnull",
    "json_modify",
    "json_query",
    "json_value",
    "len",
    "log",
    "log10",
    "ltrim",
    "max",
    "min",
    "month",
    "newid",
    "newsequentialid",
    "original_login",
    "pi",
    "power",
    "radians",
    "rand",
    "round",
    "rtrim",
    "scope_identity",
    "sign",
    "sin",
    "smalldatetimefromparts",
    "sqrt",
    "square",
    "substring",
    "sum",
    "sysdatetime",
    "sysutcdatetime",
    "tan",
    "translate",
    "trim",
    "user_name",
    "year",
];

const IN_CATCH: &[&str] = &[
    "error_line",
    "error_message",
    "error_number",
    "error_procedure",
    "error_severity",
    "error_state",
];

const REFUSED: &[&str] = &[
    "charindex",
    "concat",
    "datalength",
    "format",
    "hashbytes",
    "isdate",
    "isnumeric",
    "left",
    "lower",
    "patindex",
    "quotename",
    "replace",
    "reverse",
    "right",
    "soundex",
    "stuff",
    "upper",
    "xact_state",
];

pub(super) fn classify(name: &str) -> Known {
    if TAKEN.contains(&name) {
        Known::Taken
    } else if IN_CATCH.contains(&name) {
        Known::InCatch
    } else if REFUSED.contains(&name) {
        Known::Refused
    } else if name == "stdev" {
        Known::RefusedAggregate
    } else {
        Known::No
    }
}
