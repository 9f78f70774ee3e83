//! The parser's state: where it is in the tokens, how deep, and what surrounds the statement it reads.

use super::ast::{Ident, ObjectName, Span};
use super::lexer::{Kind, Token};
use crate::error::{Result, SqlError};

/// Nesting that the parser follows before it gives up with 191; chosen so that a 2 MB stack suffices.
const MAX_DEPTH: u32 = 60;
/// Operators in a row at one level (`a + b + ...`), whose tree is as deep as the row is long.
pub const MAX_CHAIN: usize = 1000;

/// What kind of body the statements stand in; decides about RETURN and first-in-batch rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Batch,
    Procedure,
    ScalarFunction,
    TableFunction,
}

pub struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    pub(super) scope: Scope,
    pub(super) loops: u32,
    pub(super) catches: u32,
    /// Blocks and branches around the statement being read.
    pub(super) blocks: u32,
    /// Above zero where a subquery is 1046.
    scalar_only: u32,
    pub(super) labels: Vec<(String, i32)>,
    pub(super) gotos: Vec<(String, i32)>,
}

impl Parser {
    pub fn new(tokens: Vec<Token>) -> Self {
        Self {
            tokens,
            at: 0,
            depth: 0,
            scope: Scope::Batch,
            loops: 0,
            catches: 0,
            blocks: 0,
            scalar_only: 0,
            labels: Vec::new(),
            gotos: Vec::new(),
        }
    }

    // ---- looking

    pub fn token(&self) -> &Token {
        self.ahead(0)
    }

    /// The token `n` places ahead; past the end it is the `End` token, which the lexer always puts last.
    pub fn ahead(&self, n: usize) -> &Token {
        &self.tokens[(self.at + n).min(self.tokens.len() - 1)]
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// Whether the token just read is this word.
    pub fn follows(&self, word: &str) -> bool {
        self.at > 0 && self.tokens[self.at - 1].upper == word
    }

    /// How many semicolons the text begins with.
    pub fn leading_semicolons(&self) -> usize {
        self.tokens.iter().take_while(|t| t.upper == ";").count()
    }

    pub fn kind(&self) -> Kind {
        self.token().kind
    }

    pub fn at_end(&self) -> bool {
        self.kind() == Kind::End
    }

    pub fn line(&self) -> i32 {
        i32::try_from(self.token().line).unwrap_or(i32::MAX)
    }

    pub fn is(&self, word: &str) -> bool {
        self.is_ahead(0, word)
    }

    /// Whether the token `n` ahead is this unquoted word or symbol.
    pub fn is_ahead(&self, n: usize, word: &str) -> bool {
        self.ahead(n).upper == word
    }

    pub fn is_any(&self, words: &[&str]) -> bool {
        words.contains(&self.token().upper.as_str())
    }

    /// Whether the next tokens are these words or symbols.
    pub fn are(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(n, word)| self.is_ahead(n, word))
    }

    pub fn is_name_ahead(&self, n: usize) -> bool {
        matches!(self.ahead(n).kind, Kind::Word | Kind::QuotedWord)
            && !self.ahead(n).text.starts_with('$')
    }

    /// `name:` with nothing between: a label.
    pub fn is_label(&self) -> bool {
        self.is_name() && self.is_ahead(1, ":") && self.ahead(1).start == self.token().end
    }

    pub fn is_name(&self) -> bool {
        self.is_name_ahead(0)
    }

    // ---- moving

    pub fn advance(&mut self) -> Token {
        let token = self.token().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    pub fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.tokens.len() - 1);
    }

    /// Steps back over tokens just read.
    pub fn back(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
    }

    pub fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.skip(1);
        }
        found
    }

    pub fn accept_all(&mut self, words: &[&str]) -> bool {
        let found = self.are(words);
        if found {
            self.skip(words.len());
        }
        found
    }

    pub fn expect(&mut self, word: &str) -> Result<()> {
        if self.accept(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub fn expect_all(&mut self, words: &[&str]) -> Result<()> {
        words.iter().try_for_each(|word| self.expect(word))
    }

    /// One of the given words, in upper case.
    pub fn expect_any(&mut self, words: &[&str]) -> Result<String> {
        if self.is_any(words) {
            Ok(self.advance().upper)
        } else {
            Err(self.unexpected())
        }
    }

    // ---- spans

    pub fn start(&self) -> Span {
        let token = self.token();
        Span {
            start: token.start,
            end: token.end,
            line: token.line,
        }
    }

    /// From an earlier `start` to the end of the token just read.
    pub fn since(&self, start: Span) -> Span {
        let end = self.tokens[self.at.saturating_sub(1)].end;
        Span {
            end: end.max(start.start),
            ..start
        }
    }

    // ---- names

    pub fn ident(&mut self) -> Result<Ident> {
        if !self.is_name() {
            self.refuse_pseudo_column(0)?;
            return Err(self.unexpected());
        }
        let span = self.start();
        let token = self.advance();
        Ok(Ident {
            quoted: token.kind == Kind::QuotedWord,
            text: token.text,
            span,
        })
    }

    /// `name`, `a.b`, `a..b`, `..name`: at most `limit` parts.
    pub fn object_name_of(&mut self, limit: usize) -> Result<ObjectName> {
        let mut parts = Vec::new();
        // Parts in front may be left out with their names: `..procedure`.
        while self.is(".") && parts.len() < 3 {
            parts.push(self.empty_part());
            self.skip(1);
        }
        parts.push(self.ident()?);
        while self.is(".") {
            if !self.is_name_ahead(1) && !self.is_ahead(1, ".") {
                break;
            }
            self.skip(1);
            while self.is(".") {
                parts.push(self.empty_part());
                self.skip(1);
            }
            parts.push(self.ident()?);
        }
        if parts.len() > limit {
            return Err(self.too_many_prefixes(&parts, limit));
        }
        Ok(ObjectName { parts })
    }

    pub fn object_name(&mut self) -> Result<ObjectName> {
        self.object_name_of(4)
    }

    /// `[schema.]name` of what CREATE, ALTER or DROP names, which takes no database (166).
    pub fn local_name(&mut self, statement: &str) -> Result<ObjectName> {
        let name = self.object_name_of(4)?;
        if name.parts.len() > 2 {
            return Err(self.error(
                166,
                format!("'{statement}' does not allow specifying the database name as a prefix to the object name."),
            ));
        }
        Ok(name)
    }

    fn empty_part(&self) -> Ident {
        Ident {
            text: String::new(),
            quoted: false,
            span: self.start(),
        }
    }

    fn too_many_prefixes(&self, parts: &[Ident], limit: usize) -> SqlError {
        let shown: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
        SqlError::new(
            117,
            format!(
                "The object name '{}' contains more than the maximum number of prefixes. The maximum is {}.",
                shown.join("."),
                limit - 1
            ),
        )
        .class(15)
        .line(self.line())
        .compile()
    }

    pub fn ident_list(&mut self) -> Result<Vec<Ident>> {
        self.expect("(")?;
        let names = self.list(Self::ident)?;
        self.expect(")")?;
        Ok(names)
    }

    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub fn variable(&mut self) -> Result<String> {
        self.refuse_system_variable()?;
        if self.kind() == Kind::Variable {
            Ok(self.advance().text)
        } else {
            Err(self.unexpected())
        }
    }

    /// A character literal, its text only.
    pub fn text(&mut self) -> Result<String> {
        match self.kind() {
            Kind::Text | Kind::NationalText => Ok(self.advance().text),
            _ => Err(self.unexpected()),
        }
    }

    pub fn is_number(&self) -> bool {
        matches!(
            self.kind(),
            Kind::Integer | Kind::Decimal | Kind::Float | Kind::Money
        )
    }

    pub fn is_text(&self) -> bool {
        matches!(self.kind(), Kind::Text | Kind::NationalText)
    }

    pub fn integer(&mut self) -> Result<String> {
        if self.kind() == Kind::Integer {
            Ok(self.advance().text)
        } else {
            Err(self.unexpected())
        }
    }

    // ---- refusing

    /// The error for the token that is here but may not be: 156 for a reserved word, 319 for WITH, otherwise 102.
    pub fn unexpected(&self) -> SqlError {
        let token = self.token();
        match token.kind {
            Kind::Reserved if token.upper == "WITH" => self.error(
                319,
                format!(
                    "Incorrect syntax near the keyword '{}'. If this statement is a common table expression, an \
                     xmlnamespaces clause or a change tracking context clause, the previous statement must be \
                     terminated with a semicolon.",
                    token.text
                ),
            ),
            Kind::Reserved => self.error(
                156,
                format!("Incorrect syntax near the keyword '{}'.", token.text),
            ),
            Kind::End => {
                let last = &self.tokens[self.at.saturating_sub(1)];
                let shown: String = last.text.chars().take(128).collect();
                SqlError::syntax(&shown, i32::try_from(last.line).unwrap_or(i32::MAX))
            }
            _ => {
                let shown: String = token.text.chars().take(128).collect();
                SqlError::syntax(&shown, self.line())
            }
        }
    }

    /// A syntax-time error (class 15) on the current line.
    pub fn error(&self, number: i32, message: impl Into<String>) -> SqlError {
        SqlError::new(number, message)
            .class(15)
            .line(self.line())
            .compile()
    }

    /// What SQL Server has and the stand-in does not.
    pub fn refuse(&self, what: impl std::fmt::Display) -> SqlError {
        SqlError::not_implemented(what).line(self.line())
    }

    /// Text of the token for messages that name what follows an expression (4145).
    pub fn near(&self) -> String {
        let token = if self.at_end() {
            &self.tokens[self.at.saturating_sub(1)]
        } else {
            self.token()
        };
        token.text.chars().take(128).collect()
    }

    /// Runs one level deeper, or fails with 191 when that is too deep.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads an expression in which a subquery is refused (1046): defaults, checks, computed columns, PRINT.
    pub fn without_subqueries<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.scalar_only += 1;
        let result = read(self);
        self.scalar_only -= 1;
        result
    }

    pub fn check_subquery_allowed(&self) -> Result<()> {
        if self.scalar_only == 0 {
            return Ok(());
        }
        Err(self.error(
            1046,
            "Subqueries are not allowed in this context. Only scalar expressions are allowed.",
        ))
    }

    pub fn too_deep(&self) -> SqlError {
        self.error(
            191,
            "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller \
             queries.",
        )
    }
}
