//! Options as `NAME = value` lists. What a list may hold is a table; anything else is refused as SQL Server does (155).

use super::ast::{NamedOption, OptionValue};
use super::cursor::Parser;
use super::lexer::Kind;
use crate::error::Result;

/// What may follow an option's name.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// Nothing.
    Flag,
    /// `= ON | OFF`
    OnOff,
    /// `= ON [(nested)] | OFF`
    OnOffWith(&'static OptionTable),
    /// `= number`
    Number,
    /// `= number MINUTES?`
    Minutes,
    /// `[= number]`
    MaybeNumber,
    /// `= 'text'`
    Text,
    /// `= one of these words`
    Words(&'static [&'static str]),
    /// `= (number, ...)` or `= (name = number, ...)`
    Box,
    /// `= (LEVEL_1 = LOW, ...)` or `= (LOW, ...)`
    Grids,
    /// `= name`
    Name,
    /// `= number [DAY|DAYS|...]` or INFINITE
    Period,
    /// `(nested)` with no `=`.
    Nested(&'static OptionTable),
    /// `name [ASC|DESC], ...` in parentheses, no `=`.
    Order,
    /// DATA_COMPRESSION, whose ON PARTITIONS is refused by name.
    Compression,
    /// Known to SQL Server, refused by name.
    Refused,
}

#[derive(Debug)]
pub struct OptionTable {
    /// As message 155 names the statement.
    pub statement: &'static str,
    pub options: &'static [(&'static str, Takes)],
}

const COMPRESSION: Takes = Takes::Compression;

static WAIT: OptionTable = OptionTable {
    statement: "WAIT_AT_LOW_PRIORITY",
    options: &[
        ("MAX_DURATION", Takes::Minutes),
        (
            "ABORT_AFTER_WAIT",
            Takes::Words(&["NONE", "SELF", "BLOCKERS"]),
        ),
    ],
};
static ONLINE: OptionTable = OptionTable {
    statement: "ONLINE",
    options: &[("WAIT_AT_LOW_PRIORITY", Takes::Nested(&WAIT))],
};

pub static CREATE_INDEX: OptionTable = OptionTable {
    statement: "CREATE INDEX",
    options: &[
        ("PAD_INDEX", Takes::OnOff),
        ("FILLFACTOR", Takes::Number),
        ("SORT_IN_TEMPDB", Takes::OnOff),
        ("IGNORE_DUP_KEY", Takes::OnOff),
        ("STATISTICS_NORECOMPUTE", Takes::OnOff),
        ("STATISTICS_INCREMENTAL", Takes::OnOff),
        ("DROP_EXISTING", Takes::OnOff),
        ("ONLINE", Takes::OnOffWith(&ONLINE)),
        ("RESUMABLE", Takes::OnOff),
        ("MAX_DURATION", Takes::Minutes),
        ("ALLOW_ROW_LOCKS", Takes::OnOff),
        ("ALLOW_PAGE_LOCKS", Takes::OnOff),
        ("OPTIMIZE_FOR_SEQUENTIAL_KEY", Takes::OnOff),
        ("MAXDOP", Takes::Number),
        ("DATA_COMPRESSION", COMPRESSION),
        ("XML_COMPRESSION", Takes::Refused),
    ],
};
pub static CREATE_COLUMNSTORE: OptionTable = OptionTable {
    statement: "CREATE COLUMNSTORE INDEX",
    options: &[
        ("DROP_EXISTING", Takes::OnOff),
        ("MAXDOP", Takes::Number),
        ("ONLINE", Takes::OnOffWith(&ONLINE)),
        ("COMPRESSION_DELAY", Takes::Minutes),
        (
            "DATA_COMPRESSION",
            Takes::Words(&["COLUMNSTORE", "COLUMNSTORE_ARCHIVE"]),
        ),
    ],
};
pub static SPATIAL_INDEX: OptionTable = OptionTable {
    statement: "CREATE SPATIAL INDEX",
    options: &[
        ("IGNORE_DUP_KEY", Takes::Refused),
        ("ONLINE", Takes::Refused),
        ("BOUNDING_BOX", Takes::Box),
        ("GRIDS", Takes::Grids),
        ("CELLS_PER_OBJECT", Takes::Number),
        ("PAD_INDEX", Takes::OnOff),
        ("FILLFACTOR", Takes::Number),
        ("SORT_IN_TEMPDB", Takes::OnOff),
        ("STATISTICS_NORECOMPUTE", Takes::OnOff),
        ("DROP_EXISTING", Takes::OnOff),
        ("ALLOW_ROW_LOCKS", Takes::OnOff),
        ("ALLOW_PAGE_LOCKS", Takes::OnOff),
        ("MAXDOP", Takes::Number),
        ("DATA_COMPRESSION", COMPRESSION),
    ],
};
pub static KEY_CONSTRAINT: OptionTable = OptionTable {
    statement: "CREATE TABLE",
    options: &[
        ("PAD_INDEX", Takes::OnOff),
        ("FILLFACTOR", Takes::Number),
        ("IGNORE_DUP_KEY", Takes::OnOff),
        ("STATISTICS_NORECOMPUTE", Takes::OnOff),
        ("STATISTICS_INCREMENTAL", Takes::OnOff),
        ("SORT_IN_TEMPDB", Takes::OnOff),
        ("ALLOW_ROW_LOCKS", Takes::OnOff),
        ("ALLOW_PAGE_LOCKS", Takes::OnOff),
        ("OPTIMIZE_FOR_SEQUENTIAL_KEY", Takes::OnOff),
        ("ONLINE", Takes::OnOffWith(&ONLINE)),
        ("RESUMABLE", Takes::OnOff),
        ("MAX_DURATION", Takes::Minutes),
        ("MAXDOP", Takes::Number),
        ("BUCKET_COUNT", Takes::Number),
        ("DATA_COMPRESSION", COMPRESSION),
        ("XML_COMPRESSION", Takes::Refused),
    ],
};
/// Of an index declared inside CREATE TABLE.
pub static INLINE_INDEX: OptionTable = OptionTable {
    statement: "CREATE TABLE",
    options: &[
        ("PAD_INDEX", Takes::OnOff),
        ("FILLFACTOR", Takes::Number),
        ("IGNORE_DUP_KEY", Takes::OnOff),
        ("STATISTICS_NORECOMPUTE", Takes::OnOff),
        ("STATISTICS_INCREMENTAL", Takes::OnOff),
        ("ALLOW_ROW_LOCKS", Takes::OnOff),
        ("ALLOW_PAGE_LOCKS", Takes::OnOff),
        ("OPTIMIZE_FOR_SEQUENTIAL_KEY", Takes::OnOff),
        ("BUCKET_COUNT", Takes::Number),
        ("COMPRESSION_DELAY", Takes::Minutes),
        ("DATA_COMPRESSION", COMPRESSION),
        ("ONLINE", Takes::Refused),
        ("XML_COMPRESSION", Takes::Refused),
    ],
};
pub static REBUILD: OptionTable = OptionTable {
    statement: "ALTER INDEX REBUILD",
    options: &[
        ("XML_COMPRESSION", Takes::Refused),
        ("PAD_INDEX", Takes::OnOff),
        ("FILLFACTOR", Takes::Number),
        ("SORT_IN_TEMPDB", Takes::OnOff),
        ("IGNORE_DUP_KEY", Takes::OnOff),
        ("STATISTICS_NORECOMPUTE", Takes::OnOff),
        ("STATISTICS_INCREMENTAL", Takes::OnOff),
        ("ONLINE", Takes::OnOffWith(&ONLINE)),
        ("RESUMABLE", Takes::OnOff),
        ("MAX_DURATION", Takes::Minutes),
        ("ALLOW_ROW_LOCKS", Takes::OnOff),
        ("ALLOW_PAGE_LOCKS", Takes::OnOff),
        ("MAXDOP", Takes::Number),
        ("DATA_COMPRESSION", COMPRESSION),
    ],
};
pub static REORGANIZE: OptionTable = OptionTable {
    statement: "ALTER INDEX REORGANIZE",
    options: &[
        ("LOB_COMPACTION", Takes::OnOff),
        ("COMPRESS_ALL_ROW_GROUPS", Takes::OnOff),
    ],
};
pub static INDEX_SET: OptionTable = OptionTable {
    statement: "ALTER INDEX",
    options: &[
        ("ALLOW_ROW_LOCKS", Takes::OnOff),
        ("ALLOW_PAGE_LOCKS", Takes::OnOff),
        ("OPTIMIZE_FOR_SEQUENTIAL_KEY", Takes::OnOff),
        ("IGNORE_DUP_KEY", Takes::OnOff),
        ("STATISTICS_NORECOMPUTE", Takes::OnOff),
        ("COMPRESSION_DELAY", Takes::Minutes),
    ],
};
pub static INDEX_RESUME: OptionTable = OptionTable {
    statement: "ALTER INDEX",
    options: &[
        ("MAXDOP", Takes::Number),
        ("MAX_DURATION", Takes::Minutes),
        ("WAIT_AT_LOW_PRIORITY", Takes::Nested(&WAIT)),
    ],
};
pub static DROP_INDEX: OptionTable = OptionTable {
    statement: "DROP INDEX",
    options: &[
        ("MOVE", Takes::Refused),
        ("FILESTREAM_ON", Takes::Refused),
        ("WAIT_AT_LOW_PRIORITY", Takes::Refused),
        ("ONLINE", Takes::OnOffWith(&ONLINE)),
        ("MAXDOP", Takes::Number),
    ],
};
pub static ALTER_COLUMN: OptionTable = OptionTable {
    statement: "ALTER TABLE",
    options: &[("ONLINE", Takes::OnOff)],
};
/// Of ALTER TABLE ... ALTER INDEX.
pub static BUCKETS: OptionTable = OptionTable {
    statement: "ALTER TABLE",
    options: &[("BUCKET_COUNT", Takes::Number)],
};

static VERSIONING: OptionTable = OptionTable {
    statement: "SYSTEM_VERSIONING",
    options: &[
        ("HISTORY_TABLE", Takes::Name),
        ("DATA_CONSISTENCY_CHECK", Takes::OnOff),
        ("HISTORY_RETENTION_PERIOD", Takes::Period),
    ],
};
pub static CREATE_TABLE: OptionTable = OptionTable {
    statement: "CREATE TABLE",
    options: &[
        ("DATA_COMPRESSION", COMPRESSION),
        ("MEMORY_OPTIMIZED", Takes::OnOff),
        (
            "DURABILITY",
            Takes::Words(&["SCHEMA_ONLY", "SCHEMA_AND_DATA"]),
        ),
        ("SYSTEM_VERSIONING", Takes::OnOffWith(&VERSIONING)),
        ("LEDGER", Takes::Refused),
        ("CLUSTERED", Takes::Refused),
        ("DATA_DELETION", Takes::Refused),
        ("DISTRIBUTION", Takes::Refused),
        ("FILETABLE_DIRECTORY", Takes::Refused),
        ("HEAP", Takes::Refused),
        ("PARTITION", Takes::Refused),
        ("XML_COMPRESSION", Takes::Refused),
        ("REMOTE_DATA_ARCHIVE", Takes::Refused),
    ],
};
pub static SET_TABLE: OptionTable = OptionTable {
    statement: "ALTER TABLE",
    options: &[
        ("SYSTEM_VERSIONING", Takes::OnOffWith(&VERSIONING)),
        (
            "LOCK_ESCALATION",
            Takes::Words(&["AUTO", "TABLE", "DISABLE"]),
        ),
        ("DATA_DELETION", Takes::Refused),
        ("FILETABLE_DIRECTORY", Takes::Refused),
    ],
};
pub static TABLE_TYPE: OptionTable = OptionTable {
    statement: "CREATE TYPE",
    options: &[("MEMORY_OPTIMIZED", Takes::OnOff)],
};
pub static BULK_LOAD: OptionTable = OptionTable {
    statement: "INSERT BULK",
    options: &[
        ("CHECK_CONSTRAINTS", Takes::Flag),
        ("FIRE_TRIGGERS", Takes::Flag),
        ("KEEP_NULLS", Takes::Flag),
        ("TABLOCK", Takes::Flag),
        ("KILOBYTES_PER_BATCH", Takes::Number),
        ("ROWS_PER_BATCH", Takes::Number),
        ("ORDER", Takes::Order),
    ],
};
static AUTO_DROP: &[(&str, Takes)] = &[
    ("FULLSCAN", Takes::Flag),
    ("NORECOMPUTE", Takes::Flag),
    ("INCREMENTAL", Takes::OnOff),
    ("AUTO_DROP", Takes::OnOff),
    ("MAXDOP", Takes::Number),
    ("PAGECOUNT", Takes::Refused),
    ("PERSIST_SAMPLE_PERCENT", Takes::Refused),
    ("ROWCOUNT", Takes::Refused),
    ("STATS_STREAM", Takes::Refused),
];
pub static STATISTICS: OptionTable = OptionTable {
    statement: "CREATE STATISTICS",
    options: AUTO_DROP,
};

impl OptionTable {
    fn find(&self, name: &str) -> Option<Takes> {
        self.options
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, takes)| *takes)
    }
}

impl Parser {
    /// `( option, ... )`; a list without parentheses is not offered.
    pub fn option_list(&mut self, table: &OptionTable) -> Result<Vec<NamedOption>> {
        self.expect("(")?;
        let options = self.list(|p| p.named_option(table))?;
        self.expect(")")?;
        self.refuse_repeated(&options)?;
        Ok(options)
    }

    fn refuse_repeated(&self, options: &[NamedOption]) -> Result<()> {
        for (n, option) in options.iter().enumerate() {
            if options[..n]
                .iter()
                .any(|earlier| earlier.name == option.name)
            {
                return Err(self.refuse(format!("an option given twice ({})", option.name)));
            }
        }
        Ok(())
    }

    pub fn named_option(&mut self, table: &OptionTable) -> Result<NamedOption> {
        let span = self.start();
        let name = self.token().upper.clone();
        let Some(takes) = table.find(&name) else {
            return Err(self.unknown_option(table.statement));
        };
        self.skip(1);
        let backup = matches!(table.statement, "BACKUP" | "RESTORE");
        if backup && self.is("=") && self.ahead(1).kind == Kind::Variable {
            return Err(self.refuse(format!("a variable as the value of {name}")));
        }
        if backup && self.is("(") {
            return Err(self.refuse(format!("{name} with details")));
        }
        let mut option = NamedOption {
            name,
            value: None,
            nested: Vec::new(),
            span,
        };
        self.option_value(takes, &mut option)?;
        option.span = self.since(span);
        Ok(option)
    }

    fn unknown_option(&self, statement: &str) -> crate::error::SqlError {
        if self.kind() != Kind::Word || !self.is_ahead(1, "=") {
            return self.unexpected();
        }
        self.error(
            155,
            format!(
                "'{}' is not a recognized {statement} option.",
                self.token().text
            ),
        )
    }

    fn option_value(&mut self, takes: Takes, option: &mut NamedOption) -> Result<()> {
        match takes {
            Takes::Flag => return Ok(()),
            Takes::MaybeNumber => {
                if self.accept("=") {
                    if self.is_text() {
                        return Err(self.refuse(format!("a text as the value of {}", option.name)));
                    }
                    option.value = Some(OptionValue::Number(self.integer()?));
                }
                return Ok(());
            }
            Takes::Refused => return Err(self.refuse(format!("option {}", option.name))),
            Takes::Nested(table) => {
                option.nested = self.option_list(table)?;
                return Ok(());
            }
            Takes::Order => {
                option.value = Some(OptionValue::List(self.order_words()?));
                return Ok(());
            }
            _ => self.expect("=")?,
        }
        option.value = Some(match takes {
            Takes::OnOff => OptionValue::Word(self.expect_any(&["ON", "OFF"])?),
            Takes::OnOffWith(table) => {
                let word = self.expect_any(&["ON", "OFF"])?;
                if word == "ON" && self.is("(") {
                    option.nested = self.option_list(table)?;
                }
                OptionValue::Word(word)
            }
            Takes::Number if option.name == "FILE" && self.is("-") => {
                return Err(self.refuse("a negative number of a file"));
            }
            Takes::Number => OptionValue::Number(self.option_number(&option.name)?),
            Takes::Minutes => {
                let number = self.integer()?;
                if !self.accept("MINUTES") {
                    self.accept("MINUTE");
                }
                OptionValue::Number(number)
            }
            Takes::Compression => {
                let word = self.expect_any(&[
                    "NONE",
                    "ROW",
                    "PAGE",
                    "COLUMNSTORE",
                    "COLUMNSTORE_ARCHIVE",
                ])?;
                if self.is("ON") && self.is_ahead(1, "PARTITIONS") {
                    return Err(self.refuse("DATA_COMPRESSION ON PARTITIONS"));
                }
                OptionValue::Word(word)
            }
            Takes::Words(words) => {
                let word = self.expect_any(words)?;
                if option.name == "DATA_COMPRESSION" && self.are(&["ON", "PARTITIONS"]) {
                    return Err(self.refuse("DATA_COMPRESSION ON PARTITIONS"));
                }
                OptionValue::Word(word)
            }
            Takes::Text if self.is_number() => {
                return Err(self.refuse(format!("a number as the value of {}", option.name)));
            }
            Takes::Text => OptionValue::Text(self.text()?),
            Takes::Name => OptionValue::Name(self.type_name()?),
            Takes::Box => {
                self.bounding_box(option)?;
                return Ok(());
            }
            Takes::Grids => {
                self.grids(option)?;
                return Ok(());
            }
            _ => self.period(option)?,
        });
        Ok(())
    }

    fn option_number(&mut self, name: &str) -> Result<String> {
        let number = self.integer()?;
        if name == "FILLFACTOR" && !number.parse::<u32>().is_ok_and(|n| (1..=100).contains(&n)) {
            return Err(self.error(
                129,
                format!(
                    "Fill factor {number} is not a valid percentage; fill factor must be between 1 and 100."
                ),
            ));
        }
        if name == "CELLS_PER_OBJECT"
            && !number.parse::<u32>().is_ok_and(|n| (1..=8192).contains(&n))
        {
            return Err(self.refuse("CELLS_PER_OBJECT outside 1 to 8192"));
        }
        Ok(number)
    }

    fn order_words(&mut self) -> Result<Vec<String>> {
        self.expect("(")?;
        let words = self.list(|p| {
            let mut word = p.ident()?.text;
            if p.is_any(&["ASC", "DESC"]) {
                word.push(' ');
                word.push_str(&p.advance().upper);
            }
            Ok(word)
        })?;
        self.expect(")")?;
        Ok(words)
    }

    fn signed_number(&mut self) -> Result<String> {
        let sign = if self.accept("-") { "-" } else { "" };
        match self.kind() {
            Kind::Integer | Kind::Decimal | Kind::Float => {
                Ok(format!("{sign}{}", self.advance().text))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `(xmin, ymin, xmax, ymax)` gives a list, `(XMIN = 0, ...)` nested options, in that order either way.
    fn bounding_box(&mut self, option: &mut NamedOption) -> Result<()> {
        const CORNERS: [&str; 4] = ["XMIN", "YMIN", "XMAX", "YMAX"];
        self.expect("(")?;
        let named = self.is_any(&CORNERS);
        let mut numbers = Vec::new();
        for (n, corner) in CORNERS.iter().enumerate() {
            if n > 0 {
                self.expect(",")?;
            }
            if named {
                self.expect(corner)?;
                self.expect("=")?;
            }
            numbers.push(self.signed_number()?);
        }
        self.expect(")")?;
        option.value = Some(OptionValue::List(numbers));
        Ok(())
    }

    fn grids(&mut self, option: &mut NamedOption) -> Result<()> {
        const DENSITIES: [&str; 3] = ["LOW", "MEDIUM", "HIGH"];
        const LEVELS: [&str; 4] = ["LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4"];
        self.expect("(")?;
        if self.is_any(&LEVELS) {
            option.nested = self.list(|p| {
                let span = p.start();
                let name = p.expect_any(&LEVELS)?;
                p.expect("=")?;
                let value = Some(OptionValue::Word(p.expect_any(&DENSITIES)?));
                Ok(NamedOption {
                    name,
                    value,
                    nested: Vec::new(),
                    span,
                })
            })?;
            let nested = std::mem::take(&mut option.nested);
            self.refuse_repeated(&nested)?;
            option.nested = nested;
        } else {
            let mut words = vec![self.expect_any(&DENSITIES)?];
            for _ in 1..4 {
                self.expect(",")?;
                words.push(self.expect_any(&DENSITIES)?);
            }
            option.value = Some(OptionValue::List(words));
        }
        self.expect(")")
    }

    /// `INFINITE`, or a number whose unit goes to a nested option named UNIT.
    fn period(&mut self, option: &mut NamedOption) -> Result<OptionValue> {
        if self.accept("INFINITE") {
            return Ok(OptionValue::Word("INFINITE".to_owned()));
        }
        let number = self.integer()?;
        let span = self.start();
        let unit = self.expect_any(&[
            "DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "YEAR", "YEARS",
        ])?;
        option.nested.push(NamedOption {
            name: "UNIT".to_owned(),
            value: Some(OptionValue::Word(unit)),
            nested: Vec::new(),
            span,
        });
        Ok(OptionValue::Number(number))
    }

    /// FILLFACTOR = n without parentheses after a key, the old way of writing it.
    pub fn index_options(&mut self, table: &OptionTable) -> Result<Vec<NamedOption>> {
        if !self.is("WITH") {
            return Ok(Vec::new());
        }
        if self.is_ahead(1, "(") {
            self.skip(1);
            return self.option_list(table);
        }
        if self.is_ahead(1, "FILLFACTOR") && self.is_ahead(2, "=") {
            self.skip(1);
            return Ok(vec![self.named_option(table)?]);
        }
        if table.find(&self.ahead(1).upper).is_some() {
            return Err(self.refuse("index options without parentheses"));
        }
        Err(self.unexpected())
    }
}
