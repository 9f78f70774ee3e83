//! SET of options.

use super::ast::{SetOption, SetOptionValue};
use super::cursor::Parser;
use super::lexer::Kind;
use crate::error::{Result, SqlError};

impl Parser {
    pub(super) fn set_options(&mut self) -> Result<Vec<SetOption>> {
        if self.are(&["TRANSACTION", "ISOLATION", "LEVEL"])
            || self.are(&["TRAN", "ISOLATION", "LEVEL"])
        {
            self.skip(3);
            let level = self.isolation_level()?;
            return Ok(vec![option(
                "TRANSACTION ISOLATION LEVEL",
                SetOptionValue::Word(level),
            )]);
        }
        if self.accept("IDENTITY_INSERT") {
            let table = Some(self.object_name_of(3)?);
            let value = self.on_off()?;
            return Ok(vec![SetOption {
                name: "IDENTITY_INSERT".to_owned(),
                table,
                value,
            }]);
        }
        if self.accept("STATISTICS") {
            let words = self.list(|p| p.expect_any(&["IO", "TIME", "PROFILE", "XML"]))?;
            let value = self.on_off_of("statistics")?;
            return Ok(words
                .into_iter()
                .map(|word| option(&format!("STATISTICS {word}"), value.clone()))
                .collect());
        }
        if self.accept("OFFSETS") {
            self.list(|p| p.expect_any(OFFSETS))?;
            self.on_off()?;
            return Ok(Vec::new());
        }
        if self.accept("FIPS_FLAGGER") {
            let off = self.accept("OFF");
            let level = ["ENTRY", "FULL", "INTERMEDIATE"]
                .iter()
                .any(|level| self.is_text() && self.token().text.eq_ignore_ascii_case(level));
            if !off && !level {
                return Err(self.unexpected());
            }
            if level {
                self.skip(1);
            }
            return Ok(Vec::new());
        }
        if self.is_any(VALUED) {
            let set = self.valued_option()?;
            if self.is(",") {
                return Err(self.refuse("several options with values in one SET"));
            }
            return Ok(vec![set]);
        }
        if self.is("ERRLVL") {
            return Err(self.refuse("SET ERRLVL"));
        }
        if !self.is_any(SWITCHES) {
            return Err(self.unexpected());
        }
        let names = self.list(|p| p.expect_any(SWITCHES))?;
        let value = self.on_off_of(names.first().map_or("", String::as_str))?;
        Ok(names
            .iter()
            .map(|name| option(name, value.clone()))
            .collect())
    }

    fn isolation_level(&mut self) -> Result<String> {
        for level in [
            ["READ", "UNCOMMITTED"],
            ["READ", "COMMITTED"],
            ["REPEATABLE", "READ"],
        ] {
            if self.accept_all(&level) {
                return Ok(level.join(" "));
            }
        }
        self.expect_any(&["SNAPSHOT", "SERIALIZABLE"])
    }

    fn on_off(&mut self) -> Result<SetOptionValue> {
        Ok(if self.expect_any(&["ON", "OFF"])? == "ON" {
            SetOptionValue::On
        } else {
            SetOptionValue::Off
        })
    }

    /// ON or OFF; anything else is 102 near the option itself.
    fn on_off_of(&mut self, option: &str) -> Result<SetOptionValue> {
        if self.is_any(&["ON", "OFF"]) {
            return self.on_off();
        }
        Err(SqlError::syntax(&option.to_lowercase(), self.line()).state(4))
    }

    fn valued_option(&mut self) -> Result<SetOption> {
        let name = self.advance().upper;
        let literal = self.is_text() || self.is("NULL") || self.is_number() || self.is("-");
        let value = match name.as_str() {
            "DEADLOCK_PRIORITY" | "LANGUAGE" | "DATEFORMAT" if self.is_name() => {
                SetOptionValue::Word(self.ident()?.text)
            }
            "LANGUAGE" | "DATEFORMAT" | "CONTEXT_INFO" | "DEADLOCK_PRIORITY" | "DATEFIRST"
                if self.kind() == Kind::Variable =>
            {
                SetOptionValue::Expr(self.value_atom()?)
            }
            // Whether the value is one that the option takes, the server says when the statement runs.
            "LANGUAGE" | "DATEFORMAT" | "DEADLOCK_PRIORITY" | "DATEFIRST" if literal => {
                SetOptionValue::Expr(self.constant()?)
            }
            "CONTEXT_INFO" if self.kind() == Kind::Binary => SetOptionValue::Expr(self.constant()?),
            "CONTEXT_INFO" if self.is("-") || self.is_number() => {
                return Err(self.refuse("a number as the value of SET CONTEXT_INFO"));
            }
            "CONTEXT_INFO" if self.is("NULL") => return Err(self.refuse("SET CONTEXT_INFO NULL")),
            "CONTEXT_INFO" | "DATEFIRST" if self.is_name() => {
                return Err(self.refuse(format!("a bare word as the value of SET {name}")));
            }
            "LANGUAGE" | "DATEFORMAT" | "CONTEXT_INFO" => return Err(self.unexpected()),
            "LOCK_TIMEOUT" | "QUERY_GOVERNOR_COST_LIMIT" => self.number_only(&name)?,
            _ => self.numeric_setting(&name)?,
        };
        Ok(option(&name, value))
    }

    /// 102 near the option when the value is no number.
    fn number_only(&mut self, name: &str) -> Result<SetOptionValue> {
        let fits = match name {
            "LOCK_TIMEOUT" => {
                let at = usize::from(self.is("-") || self.is("+"));
                let token = self.ahead(at);
                token.kind == Kind::Integer && token.text.parse::<i32>().is_ok()
            }
            _ => self.is_number(),
        };
        if self.kind() == Kind::Variable {
            return Err(self.refuse(format!("SET {name} to a variable")));
        }
        if !fits {
            return Err(SqlError::syntax(name, self.line()).state(3));
        }
        self.constant().map(SetOptionValue::Expr)
    }

    fn numeric_setting(&mut self, name: &str) -> Result<SetOptionValue> {
        if self.kind() == Kind::Variable && name == "ROWCOUNT" {
            return self.value_atom().map(SetOptionValue::Expr);
        }
        let signed = name == "TEXTSIZE" && self.is("-");
        if !signed && self.kind() != Kind::Integer {
            return Err(self.unexpected());
        }
        self.constant().map(SetOptionValue::Expr)
    }

    fn value_atom(&mut self) -> Result<super::ast::Expr> {
        let start = self.start();
        let name = self.variable()?;
        Ok(super::ast::Expr {
            span: self.since(start),
            kind: super::ast::ExprKind::Variable(name),
        })
    }
}

/// SET options that take ON or OFF.
const SWITCHES: &[&str] = &[
    "ANSI_DEFAULTS",
    "ANSI_NULLS",
    "ANSI_NULL_DFLT_OFF",
    "ANSI_NULL_DFLT_ON",
    "ANSI_PADDING",
    "ANSI_WARNINGS",
    "ARITHABORT",
    "ARITHIGNORE",
    "CONCAT_NULL_YIELDS_NULL",
    "CURSOR_CLOSE_ON_COMMIT",
    "FMTONLY",
    "FORCEPLAN",
    "IMPLICIT_TRANSACTIONS",
    "NOCOUNT",
    "NOEXEC",
    "NO_BROWSETABLE",
    "NUMERIC_ROUNDABORT",
    "PARSEONLY",
    "QUOTED_IDENTIFIER",
    "REMOTE_PROC_TRANSACTIONS",
    "SHOWPLAN_ALL",
    "SHOWPLAN_TEXT",
    "SHOWPLAN_XML",
    "XACT_ABORT",
];
/// What SET OFFSETS may list; it does nothing any more.
const OFFSETS: &[&str] = &[
    "SELECT",
    "FROM",
    "ORDER",
    "COMPUTE",
    "TABLE",
    "PROCEDURE",
    "STATEMENT",
    "PARAM",
    "EXECUTE",
];
/// SET options that take a value.
const VALUED: &[&str] = &[
    "CONTEXT_INFO",
    "DATEFIRST",
    "DATEFORMAT",
    "DEADLOCK_PRIORITY",
    "LANGUAGE",
    "LOCK_TIMEOUT",
    "QUERY_GOVERNOR_COST_LIMIT",
    "ROWCOUNT",
    "TEXTSIZE",
];

fn option(name: &str, value: SetOptionValue) -> SetOption {
    SetOption {
        name: name.to_owned(),
        table: None,
        value,
    }
}
