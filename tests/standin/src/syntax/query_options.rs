//! OPTION (...) after a query.

use super::ast::{NamedOption, OptionValue};
use super::cursor::Parser;
use crate::error::Result;

/// Hints of two words; the option's name holds both.
const PAIRS: &[[&str; 2]] = &[
    ["FORCE", "ORDER"],
    ["LOOP", "JOIN"],
    ["HASH", "JOIN"],
    ["MERGE", "JOIN"],
    ["HASH", "GROUP"],
    ["ORDER", "GROUP"],
    ["CONCAT", "UNION"],
    ["HASH", "UNION"],
    ["MERGE", "UNION"],
    ["KEEP", "PLAN"],
    ["KEEPFIXED", "PLAN"],
    ["ROBUST", "PLAN"],
    ["EXPAND", "VIEWS"],
];
const FLAGS: &[&str] = &[
    "RECOMPILE",
    "IGNORE_NONCLUSTERED_COLUMNSTORE_INDEX",
    "NO_PERFORMANCE_SPOOL",
];
const NUMBERS: &[&str] = &["MAXDOP", "MAXRECURSION", "FAST", "QUERYTRACEON"];
const PERCENTAGES: &[&str] = &["MAX_GRANT_PERCENT", "MIN_GRANT_PERCENT"];

impl Parser {
    /// `OPTION (hint, ...)`, empty when there is none.
    pub fn query_options(&mut self) -> Result<Vec<NamedOption>> {
        if !self.accept("OPTION") {
            return Ok(Vec::new());
        }
        self.expect("(")?;
        let options = self.list(Self::query_option)?;
        self.expect(")")?;
        Ok(options)
    }

    fn query_option(&mut self) -> Result<NamedOption> {
        let span = self.start();
        let (name, value) = self.query_option_parts()?;
        Ok(NamedOption {
            name,
            value,
            nested: Vec::new(),
            span: self.since(span),
        })
    }

    fn query_option_parts(&mut self) -> Result<(String, Option<OptionValue>)> {
        if let Some(pair) = PAIRS.iter().find(|pair| self.are(&pair[..])) {
            self.skip(2);
            return Ok((pair.join(" "), None));
        }
        if self.is_any(FLAGS) {
            return Ok((self.advance().upper, None));
        }
        if self.is_any(NUMBERS) {
            let name = self.advance().upper;
            return Ok((name, Some(OptionValue::Number(self.integer()?))));
        }
        if self.is_any(PERCENTAGES) {
            let name = self.advance().upper;
            self.expect("=")?;
            if matches!(
                self.kind(),
                super::lexer::Kind::Decimal | super::lexer::Kind::Float
            ) {
                return Err(self.refuse(format!("a fraction in {name}")));
            }
            return Ok((name, Some(OptionValue::Number(self.integer()?))));
        }
        if self.are(&["OPTIMIZE", "FOR"]) {
            self.skip(2);
            if self.accept("UNKNOWN") {
                return Ok(("OPTIMIZE FOR UNKNOWN".to_owned(), None));
            }
            return Ok((
                "OPTIMIZE FOR".to_owned(),
                Some(OptionValue::List(self.optimized_variables()?)),
            ));
        }
        if self.are(&["USE", "HINT"]) {
            self.skip(2);
            self.expect("(")?;
            let hints = self.list(Self::text)?;
            self.expect(")")?;
            return Ok(("USE HINT".to_owned(), Some(OptionValue::List(hints))));
        }
        if self.accept("PARAMETERIZATION") {
            let word = self.expect_any(&["SIMPLE", "FORCED"])?;
            return Ok(("PARAMETERIZATION".to_owned(), Some(OptionValue::Word(word))));
        }
        if self.are(&["TABLE", "HINT"]) || self.are(&["USE", "PLAN"]) {
            return Err(self.refuse("TABLE HINT and USE PLAN in OPTION"));
        }
        const OLD: &[[&str; 2]] = &[
            ["ALTERCOLUMN", "PLAN"],
            ["BYPASS", "OPTIMIZER_QUEUE"],
            ["CHECKCONSTRAINTS", "PLAN"],
            ["KEEP", "UNION"],
            ["OPTIMIZE", "CORRELATED"],
            ["SHRINKDB", "PLAN"],
        ];
        if let Some(pair) = OLD.iter().find(|pair| self.are(&pair[..])) {
            return Err(self.refuse(format!("OPTION ({})", pair.join(" "))));
        }
        if self.are(&["LABEL", "="]) || self.are(&["FOR", "TIMESTAMP"]) {
            return Err(self.refuse(format!("OPTION ({})", self.token().upper)));
        }
        if self.is_any(&["FORCE", "DISABLE"])
            && (self.is_ahead(1, "EXTERNALPUSHDOWN") || self.is_ahead(1, "SCALEOUTEXECUTION"))
        {
            return Err(self.refuse(format!("OPTION ({})", self.ahead(1).upper)));
        }
        Err(self.unexpected())
    }

    fn optimized_variables(&mut self) -> Result<Vec<String>> {
        self.expect("(")?;
        let names = self.list(|p| {
            let name = p.variable()?;
            if !p.accept("UNKNOWN") {
                p.expect("=")?;
                p.constant()?;
            }
            Ok(name)
        })?;
        self.expect(")")?;
        Ok(names)
    }
}
