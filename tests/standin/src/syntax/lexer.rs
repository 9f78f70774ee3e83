//! Text to tokens: comments dropped, quoting removed, QUOTED_IDENTIFIER followed as the text sets it.

use super::ParseOptions;
use super::keywords::is_reserved;
use crate::error::{Result, SqlError};

/// What a token is; its value is in `Token::text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Reserved,
    QuotedWord,
    Text,
    NationalText,
    Integer,
    Decimal,
    Float,
    Money,
    /// `text` holds the hexadecimal digits.
    Binary,
    Variable,
    GlobalVariable,
    Symbol,
    End,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub kind: Kind,
    /// The value without its quoting; what "Incorrect syntax near" shows.
    pub text: String,
    /// Upper case of a `Word` or `Reserved`, the symbol itself of a `Symbol`, otherwise empty.
    pub upper: String,
    pub start: u32,
    pub end: u32,
    pub line: u32,
}

/// Tokens, the last one `End`, and the QUOTED_IDENTIFIER that the text leaves behind if it sets one.
pub struct Lexed {
    pub tokens: Vec<Token>,
    pub quoted_identifier_set: Option<bool>,
}

const MAX_IDENTIFIER: usize = 128;

/// Longest first, so that the first match is the right one.
const SYMBOLS: &[&str] = &[
    "||=", "<>", "!=", "!<", "!>", "<=", ">=", "<<", ">>", "||", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "::", "(", ")", ",", ";", ".", "=", "<", ">", "+", "-", "*", "/", "%", "&",
    "|", "^", "~", ":", "{", "}",
];

/// Signs that begin a money literal as the dollar does.
const CURRENCIES: &[char] = &['£', '¤', '¥', '€'];

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    quoted_identifier: bool,
    quoted_identifier_set: Option<bool>,
    tokens: Vec<Token>,
}

/// Splits a batch into tokens. Fails with 102, 103, 105, 113 or 1038.
pub fn lex(text: &str, options: &ParseOptions) -> Result<Lexed> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        quoted_identifier: options.quoted_identifier,
        quoted_identifier_set: None,
        tokens: Vec::new(),
    };
    if text.len() > i32::MAX as usize {
        return Err(SqlError::syntax("", 1));
    }
    while lexer.skip_blank()? {
        lexer.token()?;
    }
    lexer.push(Kind::End, String::new(), lexer.at, lexer.line);
    Ok(Lexed {
        tokens: lexer.tokens,
        quoted_identifier_set: lexer.quoted_identifier_set,
    })
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '#'
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '#' | '@' | '$')
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn line_number(&self) -> i32 {
        i32::try_from(self.line).unwrap_or(i32::MAX)
    }

    fn advance(&mut self, bytes: usize) {
        let end = self.at + bytes;
        let newlines = self.text.as_bytes()[self.at..end]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        self.line = self
            .line
            .saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.at = end;
    }

    fn push(&mut self, kind: Kind, text: String, start: usize, line: u32) {
        let upper = match kind {
            Kind::Word | Kind::Reserved => text.to_ascii_uppercase(),
            Kind::Symbol => text.clone(),
            _ => String::new(),
        };
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.tokens.push(Token {
            kind,
            text,
            upper,
            start: narrow(start),
            end: narrow(self.at),
            line,
        });
    }

    /// Skips blanks and comments; false at the end of the text.
    fn skip_blank(&mut self) -> Result<bool> {
        loop {
            let rest = self.rest();
            if rest.starts_with("--") {
                let length = rest.find('\n').unwrap_or(rest.len());
                self.advance(length);
            } else if rest.starts_with("/*") {
                self.skip_comment()?;
            } else {
                match rest.chars().next() {
                    None => return Ok(false),
                    Some(c)
                        if c.is_whitespace()
                            || c == '\u{feff}'
                            || (c.is_ascii_control() && c != '\0') =>
                    {
                        self.advance(c.len_utf8());
                    }
                    Some(_) => return Ok(true),
                }
            }
        }
    }

    /// Comments nest. 113 carries the line on which the text ends.
    fn skip_comment(&mut self) -> Result<()> {
        let mut depth = 0usize;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.advance(2);
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.advance(2);
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {
                    let width = self.rest().chars().next().map_or(1, char::len_utf8);
                    self.advance(width);
                }
            }
        }
        Err(SqlError::new(113, "Missing end comment mark '*/'.")
            .class(15)
            .line(self.line_number())
            .compile())
    }

    fn token(&mut self) -> Result<()> {
        let Some(c) = self.rest().chars().next() else {
            return Ok(());
        };
        match c {
            'N' | 'n' if self.peek(1) == Some(b'\'') => {
                let (start, line) = (self.at, self.line);
                self.advance(1);
                let text = self.quoted('\'')?;
                self.push(Kind::NationalText, text, start, line);
            }
            '\'' => {
                let (start, line) = (self.at, self.line);
                let text = self.quoted('\'')?;
                self.push(Kind::Text, text, start, line);
            }
            '"' if !self.quoted_identifier => {
                let (start, line) = (self.at, self.line);
                let text = self.quoted('"')?;
                self.push(Kind::Text, text, start, line);
            }
            '"' | '[' => self.quoted_word(c)?,
            '@' => self.variable()?,
            '$' => self.dollar()?,
            '0'..='9' => self.number(),
            '.' if self.peek(1).is_some_and(|b| b.is_ascii_digit()) => self.number(),
            c if is_word_start(c) => self.word()?,
            _ => self.symbol(c)?,
        }
        Ok(())
    }

    /// Reads a quoted run whose opening quote is at `at`; a doubled closing quote stands for one.
    fn quoted(&mut self, close: char) -> Result<String> {
        let opened_on = self.line_number();
        let opening = self.rest().chars().next().map_or(1, char::len_utf8);
        self.advance(opening);
        let body = self.at;
        let mut value = String::new();
        loop {
            let Some(found) = self.rest().find(close) else {
                let tail: String = self.text[body..].chars().take(128).collect();
                return Err(SqlError::new(
                    105,
                    format!("Unclosed quotation mark after the character string '{tail}'."),
                )
                .class(15)
                .line(opened_on)
                .compile());
            };
            value.push_str(&self.text[self.at..self.at + found]);
            self.advance(found + close.len_utf8());
            if self.rest().starts_with(close) {
                value.push(close);
                self.advance(close.len_utf8());
            } else {
                return Ok(value);
            }
        }
    }

    fn quoted_word(&mut self, open: char) -> Result<()> {
        let (start, line) = (self.at, self.line);
        let text = self.quoted(if open == '[' { ']' } else { '"' })?;
        if text.is_empty() {
            return Err(SqlError::new(
                1038,
                "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a \
                 name. For other statements, look for empty alias names. Aliases defined as \"\" or [] are not \
                 allowed. Change the alias to a valid name.",
            )
            .class(15)
            .line(i32::try_from(line).unwrap_or(i32::MAX))
            .compile());
        }
        self.check_length(&text)?;
        self.push(Kind::QuotedWord, text, start, line);
        Ok(())
    }

    fn check_length(&self, name: &str) -> Result<()> {
        if name.encode_utf16().count() <= MAX_IDENTIFIER {
            return Ok(());
        }
        let shown: String = name.chars().take(MAX_IDENTIFIER).collect();
        Err(SqlError::new(
            103,
            format!(
                "The identifier that starts with '{shown}' is too long. Maximum length is 128."
            ),
        )
        .class(15)
        .state(4)
        .line(self.line_number())
        .compile())
    }

    fn word_length(&self, from: usize) -> usize {
        self.text[from..]
            .chars()
            .take_while(|c| is_word_part(*c))
            .map(char::len_utf8)
            .sum()
    }

    fn variable(&mut self) -> Result<()> {
        let (start, line) = (self.at, self.line);
        let length = self.word_length(start);
        let text = self.text[start..start + length].to_owned();
        self.advance(length);
        let name = text.trim_start_matches('@');
        // A bare @ is a legal name on the server; nobody writes it, and it is refused here.
        if name.is_empty() {
            return Err(
                SqlError::not_implemented("a variable without a name").line(self.line_number())
            );
        }
        self.check_length(&text)?;
        let kind = if text.starts_with("@@") {
            Kind::GlobalVariable
        } else {
            Kind::Variable
        };
        self.push(kind, text, start, line);
        Ok(())
    }

    /// `$5`, `$1.25`, or `$action` and its like. A bare `$`, which is zero on the server, is refused.
    fn dollar(&mut self) -> Result<()> {
        let (start, line) = (self.at, self.line);
        if self.text[start + 1..]
            .chars()
            .next()
            .is_some_and(char::is_alphabetic)
        {
            let length = self.word_length(start);
            self.advance(length);
            let text = self.text[start..self.at].to_owned();
            self.push(Kind::Word, text, start, line);
            return Ok(());
        }
        self.advance(1);
        if matches!(self.peek(0), Some(b'-' | b'+')) {
            return Err(SqlError::not_implemented(
                "a money literal with its sign behind the currency",
            )
            .line(self.line_number()));
        }
        let mut points = 0;
        while let Some(b) = self.peek(0) {
            match b {
                b'0'..=b'9' => {}
                b'.' if points == 0 => points = 1,
                _ => break,
            }
            self.advance(1);
        }
        let text = self.text[start..self.at].to_owned();
        if !text.contains(|c: char| c.is_ascii_digit()) {
            return Err(SqlError::syntax(&text, self.line_number()));
        }
        self.push(Kind::Money, text, start, line);
        Ok(())
    }

    fn number(&mut self) {
        let (start, line) = (self.at, self.line);
        if self.peek(0) == Some(b'0') && matches!(self.peek(1), Some(b'x' | b'X')) {
            self.advance(2);
            let mut digits = String::new();
            loop {
                let run = self.rest().find(|c: char| !c.is_ascii_hexdigit());
                let run = run.unwrap_or(self.rest().len());
                digits.push_str(&self.rest()[..run]);
                self.advance(run);
                // A backslash at the end of a line continues the literal on the next one.
                match ["\\\n", "\\\r\n"]
                    .iter()
                    .find(|s| self.rest().starts_with(**s))
                {
                    Some(continued) => self.advance(continued.len()),
                    None => break,
                }
            }
            self.push(Kind::Binary, digits, start, line);
            return;
        }
        let mut kind = Kind::Integer;
        self.skip_digits();
        if self.peek(0) == Some(b'.') {
            kind = Kind::Decimal;
            self.advance(1);
            self.skip_digits();
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            kind = Kind::Float;
            self.advance(1);
            if matches!(self.peek(0), Some(b'+' | b'-')) {
                self.advance(1);
            }
            self.skip_digits();
        }
        let text = self.text[start..self.at].to_owned();
        self.push(kind, text, start, line);
    }

    fn skip_digits(&mut self) {
        while self.peek(0).is_some_and(|b| b.is_ascii_digit()) {
            self.advance(1);
        }
    }

    fn word(&mut self) -> Result<()> {
        let (start, line) = (self.at, self.line);
        let length = self.word_length(start);
        let text = self.text[start..start + length].to_owned();
        self.check_length(&text)?;
        self.advance(length);
        let kind = if is_reserved(&text.to_ascii_uppercase()) {
            Kind::Reserved
        } else {
            Kind::Word
        };
        self.push(kind, text, start, line);
        if kind == Kind::Reserved {
            self.follow_quoted_identifier();
        }
        Ok(())
    }

    /// `SET [..., ] QUOTED_IDENTIFIER ON|OFF` changes how the rest of the batch is read, whether or not it will run.
    /// Inside a module it has no effect.
    fn follow_quoted_identifier(&mut self) {
        let Some((last, before)) = self.tokens.split_last() else {
            return;
        };
        let on = match last.upper.as_str() {
            "ON" => true,
            "OFF" => false,
            _ => return,
        };
        let mut named = false;
        for token in before.iter().rev() {
            match (token.kind, token.upper.as_str()) {
                (Kind::Word, "QUOTED_IDENTIFIER" | "ANSI_DEFAULTS") => named = true,
                (Kind::Word, _) | (Kind::Symbol, ",") => {}
                (Kind::Reserved, "SET") if named && !self.is_module() => {
                    self.quoted_identifier = on;
                    self.quoted_identifier_set = Some(on);
                    return;
                }
                _ => return,
            }
        }
    }

    fn is_module(&self) -> bool {
        let mut words = self.tokens.iter().map(|t| t.upper.as_str()).take(5);
        matches!(words.next(), Some("CREATE" | "ALTER"))
            && words.any(|w| matches!(w, "PROCEDURE" | "PROC" | "FUNCTION" | "TRIGGER"))
    }

    fn symbol(&mut self, c: char) -> Result<()> {
        let (start, line) = (self.at, self.line);
        if CURRENCIES.contains(&c) {
            return Err(
                SqlError::not_implemented("money literals in other currencies")
                    .line(self.line_number()),
            );
        }
        if "!<>".contains(c) && self.spaced_comparison(c, start, line)? {
            return Ok(());
        }
        let Some(symbol) = SYMBOLS.iter().find(|s| self.rest().starts_with(**s)) else {
            return Err(SqlError::syntax(&c.to_string(), self.line_number()));
        };
        self.advance(symbol.len());
        self.push(Kind::Symbol, (*symbol).to_owned(), start, line);
        Ok(())
    }

    /// `! =` and its like: blanks may stand within a comparison.
    fn spaced_comparison(&mut self, first: char, start: usize, line: u32) -> Result<bool> {
        let behind = self.rest()[1..].trim_start();
        let comment = behind.starts_with("--") || behind.starts_with("/*");
        if first == '!' && comment {
            return Err(
                SqlError::not_implemented("a comment within an operator").line(self.line_number())
            );
        }
        let seconds = match first {
            '!' => "=<>",
            '<' => "=>",
            _ => "=",
        };
        let second = behind.chars().next().filter(|c| seconds.contains(*c));
        let Some(second) = second.filter(|_| behind.len() + 1 < self.rest().len()) else {
            return Ok(false);
        };
        let blanks = self.rest().len() - behind.len();
        self.advance(blanks + 1);
        self.push(Kind::Symbol, format!("{first}{second}"), start, line);
        Ok(true)
    }
}
