//! Operands: literals, names, CASE, the functions with a grammar of their own, and what follows an operand.

use super::ast::{Expr, ExprKind, Ident, ObjectName, Span};
use super::cursor::Parser;
use super::expr::Want;
use super::lexer::Kind;
use crate::error::Result;

impl Parser {
    /// An operand with its COLLATE, AT TIME ZONE and method calls.
    pub fn postfix(&mut self, want: Want) -> Result<Expr> {
        let start = self.start();
        let mut expr = self.primary(want)?;
        if super::expr::is_condition(&expr) {
            return Ok(expr);
        }
        let mut links = 0;
        loop {
            if self.is(".") && takes_method(&expr) && self.is_name_ahead(1) {
                expr = self.method(expr, start)?;
            } else if self.is(".") && self.is_name_ahead(1) {
                return Err(self.refuse("a property of a literal"));
            } else if self.is("COLLATE") && !matches!(expr.kind, ExprKind::Collate { .. }) {
                self.skip(1);
                let collation = self.collation()?;
                expr = self.wrap(
                    start,
                    ExprKind::Collate {
                        operand: Box::new(expr),
                        collation,
                    },
                );
            } else if self.are(&["AT", "TIME", "ZONE"]) {
                self.skip(3);
                let zone = self.nested(|p| p.primary(Want::Value))?;
                expr = self.wrap(
                    start,
                    ExprKind::AtTimeZone {
                        operand: Box::new(expr),
                        zone: Box::new(zone),
                    },
                );
            } else {
                return Ok(expr);
            }
            links += 1;
            if links > 100 {
                return Err(self.too_deep());
            }
        }
    }

    fn wrap(&self, start: Span, kind: ExprKind) -> Expr {
        Expr {
            span: self.since(start),
            kind,
        }
    }

    fn method(&mut self, operand: Expr, start: Span) -> Result<Expr> {
        self.expect(".")?;
        let method = self.ident()?.text;
        let args = if self.is("(") {
            Some(self.arguments()?)
        } else {
            None
        };
        Ok(self.wrap(
            start,
            ExprKind::Method {
                operand: Box::new(operand),
                method,
                args,
            },
        ))
    }

    /// `( [value, ...] )`
    pub fn arguments(&mut self) -> Result<Vec<Expr>> {
        self.expect("(")?;
        if self.accept(")") {
            return Ok(Vec::new());
        }
        let args = self.list(|p| {
            if p.is("DEFAULT") {
                return Err(p.refuse("DEFAULT in a method's arguments"));
            }
            p.value()
        })?;
        self.expect(")")?;
        Ok(args)
    }

    fn primary(&mut self, want: Want) -> Result<Expr> {
        let start = self.start();
        let kind = match self.kind() {
            Kind::Symbol if self.is("(") => return self.parenthesis(want),
            Kind::Word | Kind::QuotedWord => self.name_expression()?,
            Kind::Reserved => self.reserved_expression()?,
            Kind::Symbol if self.is("{") => return Err(self.refuse("ODBC escape sequences")),
            Kind::Symbol if self.is(".") && (self.is_name_ahead(1) || self.is_ahead(1, ".")) => {
                return Err(self.refuse("a column's name that begins with a dot"));
            }
            Kind::Symbol | Kind::End => return Err(self.unexpected()),
            _ => self.literal()?,
        };
        Ok(self.wrap(start, kind))
    }

    fn literal(&mut self) -> Result<ExprKind> {
        let token = self.advance();
        Ok(match token.kind {
            Kind::Integer => ExprKind::Integer(token.text),
            Kind::Decimal => ExprKind::Decimal(token.text),
            Kind::Float => ExprKind::Float(token.text),
            Kind::Money => ExprKind::Money(token.text),
            Kind::Text | Kind::NationalText => ExprKind::String {
                national: token.kind == Kind::NationalText,
                text: token.text,
            },
            Kind::Binary => ExprKind::BinaryLiteral(bytes_of(&token.text)),
            Kind::Variable => ExprKind::Variable(token.text),
            _ => ExprKind::GlobalVariable(token.text),
        })
    }

    fn reserved_expression(&mut self) -> Result<ExprKind> {
        let upper = self.token().upper.clone();
        match upper.as_str() {
            "NULL" => {
                self.skip(1);
                Ok(ExprKind::Null)
            }
            "CASE" => self.nested(Self::case),
            "COALESCE" => {
                self.skip(1);
                self.expect("(")?;
                let mut args = vec![self.value()?];
                self.expect(",")?;
                args.extend(self.list(Self::value)?);
                self.expect(")")?;
                Ok(ExprKind::Coalesce(args))
            }
            "NULLIF" => {
                self.skip(1);
                self.expect("(")?;
                let left = self.boxed_value()?;
                self.expect(",")?;
                let right = self.boxed_value()?;
                self.expect(")")?;
                Ok(ExprKind::NullIf(left, right))
            }
            "CONVERT" | "TRY_CONVERT" => self.convert(upper == "TRY_CONVERT"),
            "CURRENT_DATE" => Err(self.refuse("CURRENT_DATE")),
            "CURRENT_TIMESTAMP" | "CURRENT_USER" | "SESSION_USER" | "SYSTEM_USER" | "USER" => {
                let name = self.word_as_name();
                Ok(self.plain_call(name, Vec::new()))
            }
            "LEFT" | "RIGHT" if self.is_ahead(1, "(") => {
                let name = self.word_as_name();
                let args = self.arguments()?;
                Ok(self.plain_call(name, args))
            }
            "IDENTITY" if self.is_ahead(1, "(") => {
                Err(self.refuse("the IDENTITY function of SELECT INTO"))
            }
            "IDENTITYCOL" | "ROWGUIDCOL" => {
                Err(self.refuse("IDENTITYCOL and ROWGUIDCOL as columns"))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Takes the current word, reserved or not, as a one-part name.
    fn word_as_name(&mut self) -> ObjectName {
        let span = self.start();
        let text = self.advance().text;
        ObjectName {
            parts: vec![Ident {
                text,
                quoted: false,
                span,
            }],
        }
    }

    fn case(&mut self) -> Result<ExprKind> {
        self.expect("CASE")?;
        let operand = if self.is("WHEN") {
            None
        } else {
            Some(self.boxed_value()?)
        };
        let mut branches = Vec::new();
        while self.accept("WHEN") {
            let when = if operand.is_some() {
                self.value()?
            } else {
                self.condition()?
            };
            self.expect("THEN")?;
            branches.push((when, self.value()?));
        }
        if branches.is_empty() {
            return Err(self.unexpected());
        }
        let otherwise = if self.accept("ELSE") {
            Some(self.boxed_value()?)
        } else {
            None
        };
        self.expect("END")?;
        Ok(ExprKind::Case {
            operand,
            branches,
            otherwise,
        })
    }

    fn convert(&mut self, try_: bool) -> Result<ExprKind> {
        self.skip(1);
        self.expect("(")?;
        let target = self.type_ref()?;
        self.expect(",")?;
        let operand = self.boxed_value()?;
        let style = if self.accept(",") {
            Some(self.boxed_value()?)
        } else {
            None
        };
        self.expect(")")?;
        Ok(ExprKind::Convert {
            operand,
            target,
            style,
            try_,
        })
    }

    /// What begins with an unreserved word: a column, a call, `type::Method(...)`, or a word with a grammar of its own.
    fn name_expression(&mut self) -> Result<ExprKind> {
        let first = self.token().upper.clone();
        if self.is_ahead(1, "(") {
            match first.as_str() {
                "CAST" | "TRY_CAST" => return self.cast(first == "TRY_CAST"),
                "PARSE" | "TRY_PARSE" => return self.parse_function(first == "TRY_PARSE"),
                "IIF" => return self.iif(),
                _ => {}
            }
        }
        if self.are(&["NEXT", "VALUE"]) {
            self.skip(2);
            self.expect("FOR")?;
            let sequence = self.object_name_of(3)?;
            if self.is("OVER") {
                return Err(self.refuse("NEXT VALUE FOR ... OVER"));
            }
            return Ok(ExprKind::NextValueFor(sequence));
        }
        if self.is_ahead(1, "::") {
            return self.static_method();
        }
        if first.starts_with('$') {
            return match first.as_str() {
                "$ACTION" | "$IDENTITY" | "$ROWGUID" => Ok(ExprKind::Column(self.word_as_name())),
                "$PARTITION" => Err(self.refuse("$PARTITION")),
                _ => {
                    self.refuse_pseudo_column(0)?;
                    Err(self.unexpected())
                }
            };
        }
        let name = self.object_name_of(8)?;
        if self.is("(") {
            return self.call_or_method(name);
        }
        if name
            .parts
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|table| table.text.is_empty())
        {
            return Err(self.unexpected());
        }
        if name.parts.len() > 4 {
            return Err(self.refuse("names of more than four parts"));
        }
        if self.is(".") {
            self.refuse_pseudo_column(1)?;
            match self.ahead(1).upper.as_str() {
                "$ROWGUID" | "$IDENTITY" => {
                    return Err(self.refuse("$identity and $rowguid of a named table"));
                }
                "$PARTITION" => return Err(self.refuse("$PARTITION")),
                "$ACTION" => return Err(self.refuse("$action of a named table")),
                _ => {}
            }
        }
        if self.is("::") {
            return Err(self.refuse("static members of user-defined types"));
        }
        Ok(ExprKind::Column(name))
    }

    fn static_method(&mut self) -> Result<ExprKind> {
        let type_name = self.ident()?.text;
        self.expect("::")?;
        let method = self.ident()?.text;
        if !self.is("(") {
            return Err(self.refuse("static properties of a type"));
        }
        let args = self.arguments()?;
        Ok(ExprKind::StaticMethod {
            type_name,
            method,
            args,
        })
    }

    fn cast(&mut self, try_: bool) -> Result<ExprKind> {
        self.skip(1);
        self.expect("(")?;
        let operand = self.boxed_value()?;
        self.expect("AS")?;
        let target = self.type_ref()?;
        self.expect(")")?;
        Ok(ExprKind::Cast {
            operand,
            target,
            try_,
        })
    }

    fn parse_function(&mut self, try_: bool) -> Result<ExprKind> {
        self.skip(1);
        self.expect("(")?;
        let operand = self.boxed_value()?;
        self.expect("AS")?;
        let target = self.type_ref()?;
        let culture = if self.accept("USING") {
            Some(self.boxed_value()?)
        } else {
            None
        };
        self.expect(")")?;
        Ok(ExprKind::Parse {
            operand,
            target,
            culture,
            try_,
        })
    }

    fn iif(&mut self) -> Result<ExprKind> {
        self.skip(1);
        self.expect("(")?;
        let condition = Box::new(self.condition()?);
        self.expect(",")?;
        let then = self.boxed_value()?;
        self.expect(",")?;
        let otherwise = self.boxed_value()?;
        self.expect(")")?;
        Ok(ExprKind::Iif {
            condition,
            then,
            otherwise,
        })
    }
}

/// Whether `.name` after this operand is a property or method. After a plain column the dots belong to the name.
fn takes_method(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Variable(_)
            | ExprKind::Paren(_)
            | ExprKind::Subquery(_)
            | ExprKind::Method { .. }
            | ExprKind::StaticMethod { .. }
            | ExprKind::Function(_)
            | ExprKind::Cast { .. }
            | ExprKind::Convert { .. }
    )
}

/// Bytes of a binary literal; an odd number of digits gets a leading zero.
fn bytes_of(digits: &str) -> Vec<u8> {
    let padded = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    let nibbles: Vec<u8> = padded
        .chars()
        .filter_map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    nibbles
        .chunks_exact(2)
        .map(|pair| pair[0] * 16 + pair[1])
        .collect()
}
