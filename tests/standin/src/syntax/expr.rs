//! Operators and predicates. A value and a condition are parsed by different entries because T-SQL has no boolean
//! value: `SELECT 1 = 1` is 102, `WHERE 1` is 4145.

use super::ast::{BinaryOp, Expr, ExprKind, Quantifier, Query, QueryBody, Span, UnaryOp};
use super::cursor::{MAX_CHAIN, Parser};
use crate::error::{Result, SqlError};

/// What the surroundings allow inside an opening parenthesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Value,
    /// A value or a condition; the caller looks which one came.
    Either,
}

pub fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary { op, .. } => is_condition_operator(*op),
        ExprKind::Unary { op, .. } => *op == UnaryOp::Not,
        ExprKind::Paren(inner) => is_condition(inner),
        ExprKind::Exists(_)
        | ExprKind::In { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Between { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::IsDistinctFrom { .. }
        | ExprKind::Quantified { .. } => true,
        _ => false,
    }
}

fn is_condition_operator(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual
            | BinaryOp::And
            | BinaryOp::Or
    )
}

pub fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    let span = Span {
        end: right.span.end,
        ..left.span
    };
    Expr {
        span,
        kind: ExprKind::Binary {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
    }
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

impl Parser {
    /// A value: anything but a predicate.
    pub fn value(&mut self) -> Result<Expr> {
        self.nested(|p| p.additive(Want::Value))
    }

    pub fn boxed_value(&mut self) -> Result<Box<Expr>> {
        self.value().map(Box::new)
    }

    /// A condition; a value in its place is 4145.
    pub fn condition(&mut self) -> Result<Expr> {
        let expr = self.either()?;
        self.must_be_condition(&expr)?;
        Ok(expr)
    }

    fn must_be_condition(&self, expr: &Expr) -> Result<()> {
        if is_condition(expr) {
            return Ok(());
        }
        if let ExprKind::Function(call) = &expr.kind
            && call.name.parts.len() == 1
            && call.name.base().eq_ignore_ascii_case("REGEXP_LIKE")
        {
            return Err(self.refuse("REGEXP_LIKE"));
        }
        Err(self.non_boolean())
    }

    fn non_boolean(&self) -> SqlError {
        self.error(
            4145,
            format!(
                "An expression of non-boolean type specified in a context where a condition is expected, near '{}'.",
                self.near()
            ),
        )
    }

    /// A value or a condition.
    pub fn either(&mut self) -> Result<Expr> {
        self.nested(Self::disjunction)
    }

    fn disjunction(&mut self) -> Result<Expr> {
        let mut left = self.conjunction()?;
        let mut length = 0;
        while self.is("OR") {
            self.must_be_condition(&left)?;
            self.skip(1);
            let right = self.conjunction()?;
            self.must_be_condition(&right)?;
            left = binary(BinaryOp::Or, left, right);
            length = self.lengthen(length)?;
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr> {
        let mut left = self.negation()?;
        let mut length = 0;
        while self.is("AND") {
            self.must_be_condition(&left)?;
            self.skip(1);
            let right = self.negation()?;
            self.must_be_condition(&right)?;
            left = binary(BinaryOp::And, left, right);
            length = self.lengthen(length)?;
        }
        Ok(left)
    }

    fn lengthen(&self, length: usize) -> Result<usize> {
        if length >= MAX_CHAIN {
            Err(self.too_deep())
        } else {
            Ok(length + 1)
        }
    }

    fn negation(&mut self) -> Result<Expr> {
        let start = self.start();
        if !self.accept("NOT") {
            return self.predicate();
        }
        let operand = self.nested(Self::negation)?;
        self.must_be_condition(&operand)?;
        Ok(Expr {
            span: self.since(start),
            kind: ExprKind::Unary {
                op: UnaryOp::Not,
                operand: boxed(operand),
            },
        })
    }

    fn predicate(&mut self) -> Result<Expr> {
        let start = self.start();
        if self.is("EXISTS") {
            self.skip(1);
            let query = self.parenthesized_query()?;
            return Ok(Expr {
                span: self.since(start),
                kind: ExprKind::Exists(Box::new(query)),
            });
        }
        if self.is_any(&["CONTAINS", "FREETEXT"]) {
            return Err(self.refuse("full-text search"));
        }
        if self.is_any(&["TSEQUAL", "UPDATE"]) && self.is_ahead(1, "(") {
            return Err(self.refuse(format!("the predicate {}", self.token().upper)));
        }
        let left = self.additive(Want::Either)?;
        if is_condition(&left) {
            return Ok(left);
        }
        self.predicate_after(left)
    }

    /// Reads what makes a condition of a value; gives the value back when nothing does.
    fn predicate_after(&mut self, left: Expr) -> Result<Expr> {
        let start = left.span;
        let kind = if let Some(op) = self.comparison_operator() {
            self.skip(1);
            self.comparison(op, left)?
        } else if self.accept("IS") {
            self.is_predicate(left)?
        } else {
            let negated = self.is("NOT");
            let next = usize::from(negated);
            let word = self.ahead(next).upper.clone();
            if !matches!(word.as_str(), "IN" | "BETWEEN" | "LIKE") {
                return Ok(left);
            }
            self.skip(next + 1);
            match word.as_str() {
                "IN" => self.in_list(left, negated)?,
                "BETWEEN" => self.between(left, negated)?,
                _ => self.like(left, negated)?,
            }
        };
        Ok(Expr {
            span: self.since(start),
            kind,
        })
    }

    fn comparison_operator(&self) -> Option<BinaryOp> {
        Some(match self.token().upper.as_str() {
            "=" => BinaryOp::Equal,
            "<>" | "!=" => BinaryOp::NotEqual,
            "<" => BinaryOp::Less,
            "<=" | "!>" => BinaryOp::LessOrEqual,
            ">" => BinaryOp::Greater,
            ">=" | "!<" => BinaryOp::GreaterOrEqual,
            _ => return None,
        })
    }

    fn comparison(&mut self, op: BinaryOp, left: Expr) -> Result<ExprKind> {
        if self.is_any(&["ALL", "ANY", "SOME"]) {
            let quantifier = if self.advance().upper == "ALL" {
                Quantifier::All
            } else {
                Quantifier::Any
            };
            let query = self.parenthesized_query()?;
            return Ok(ExprKind::Quantified {
                op,
                left: boxed(left),
                quantifier,
                query: Box::new(query),
            });
        }
        let right = self.value()?;
        Ok(ExprKind::Binary {
            op,
            left: boxed(left),
            right: boxed(right),
        })
    }

    fn is_predicate(&mut self, left: Expr) -> Result<ExprKind> {
        let negated = self.accept("NOT");
        if self.accept("NULL") {
            return Ok(ExprKind::IsNull {
                operand: boxed(left),
                negated,
            });
        }
        self.expect_all(&["DISTINCT", "FROM"])?;
        Ok(ExprKind::IsDistinctFrom {
            left: boxed(left),
            right: self.boxed_value()?,
            negated,
        })
    }

    fn in_list(&mut self, left: Expr, negated: bool) -> Result<ExprKind> {
        if self.is("(") && self.is_ahead(1, "SELECT") {
            return Ok(ExprKind::InQuery {
                operand: boxed(left),
                query: Box::new(self.parenthesized_query()?),
                negated,
            });
        }
        self.expect("(")?;
        let list = self.list(Self::value)?;
        if let [
            Expr {
                kind: ExprKind::Subquery(_),
                ..
            },
        ] = list.as_slice()
        {
            return Err(self.refuse("IN with a doubly parenthesized subquery"));
        }
        if self.is_any(&["UNION", "EXCEPT", "INTERSECT"]) {
            return Err(self.refuse("IN with a set operation that begins with a parenthesis"));
        }
        self.expect(")")?;
        Ok(ExprKind::In {
            operand: boxed(left),
            list,
            negated,
        })
    }

    fn between(&mut self, left: Expr, negated: bool) -> Result<ExprKind> {
        let low = self.boxed_value()?;
        self.expect("AND")?;
        let high = self.boxed_value()?;
        Ok(ExprKind::Between {
            operand: boxed(left),
            low,
            high,
            negated,
        })
    }

    fn like(&mut self, left: Expr, negated: bool) -> Result<ExprKind> {
        let pattern = self.boxed_value()?;
        if self.are(&["{", "ESCAPE"]) {
            return Err(self.refuse("ODBC escape sequences"));
        }
        let escape = if self.accept("ESCAPE") {
            Some(self.boxed_value()?)
        } else {
            None
        };
        Ok(ExprKind::Like {
            operand: boxed(left),
            pattern,
            escape,
            negated,
        })
    }

    // ---- arithmetic

    /// `+ - & ^ | ||` and the shifts, one level, left to right.
    fn additive(&mut self, want: Want) -> Result<Expr> {
        let mut left = self.multiplicative(want)?;
        if is_condition(&left) {
            return Ok(left);
        }
        let mut length = 0;
        let mut shifts = 0;
        while let Some(op) = self.additive_operator() {
            self.skip(1);
            let right = self.multiplicative(Want::Value)?;
            shifts += usize::from(matches!(op, BinaryOp::ShiftLeft | BinaryOp::ShiftRight));
            left = binary(op, left, right);
            length = self.lengthen(length)?;
        }
        if shifts > 0 && length > 1 {
            return Err(self.refuse("a shift operator beside another operator without parentheses"));
        }
        Ok(left)
    }

    fn additive_operator(&self) -> Option<BinaryOp> {
        Some(match self.token().upper.as_str() {
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Subtract,
            "&" => BinaryOp::BitAnd,
            "|" => BinaryOp::BitOr,
            "^" => BinaryOp::BitXor,
            "||" => BinaryOp::Concat,
            "<<" => BinaryOp::ShiftLeft,
            ">>" => BinaryOp::ShiftRight,
            _ => return None,
        })
    }

    fn multiplicative(&mut self, want: Want) -> Result<Expr> {
        let mut left = self.signed(want)?;
        if is_condition(&left) {
            return Ok(left);
        }
        let mut length = 0;
        loop {
            let op = match self.token().upper.as_str() {
                "*" => BinaryOp::Multiply,
                "/" => BinaryOp::Divide,
                "%" => BinaryOp::Modulo,
                _ => return Ok(left),
            };
            self.skip(1);
            let right = self.signed(Want::Value)?;
            left = binary(op, left, right);
            length = self.lengthen(length)?;
        }
    }

    /// A sign binds looser than `* / %`, as on the server: `a / -b * c` is `a / -(b * c)`.
    fn signed(&mut self, want: Want) -> Result<Expr> {
        let start = self.start();
        let op = match self.token().upper.as_str() {
            "-" => UnaryOp::Minus,
            "+" => UnaryOp::Plus,
            "~" => UnaryOp::BitNot,
            _ => return self.postfix(want),
        };
        self.skip(1);
        let operand = self.nested(|p| {
            if op == UnaryOp::BitNot {
                p.signed(Want::Value)
            } else {
                p.multiplicative(Want::Value)
            }
        })?;
        Ok(Expr {
            span: self.since(start),
            kind: ExprKind::Unary {
                op,
                operand: boxed(operand),
            },
        })
    }

    /// `( ... )`: a parenthesized value, condition or subquery.
    pub fn parenthesis(&mut self, want: Want) -> Result<Expr> {
        let start = self.start();
        if self.is_ahead(1, "SELECT") {
            let query = self.parenthesized_query()?;
            return Ok(Expr {
                span: self.since(start),
                kind: ExprKind::Subquery(Box::new(query)),
            });
        }
        self.expect("(")?;
        let inner = if want == Want::Value {
            self.value()?
        } else {
            self.either()?
        };
        if self.is_any(&["UNION", "EXCEPT", "INTERSECT"]) {
            return self.parenthesized_set_operation(inner, start);
        }
        self.expect(")")?;
        Ok(Expr {
            span: self.since(start),
            kind: ExprKind::Paren(boxed(inner)),
        })
    }

    /// `((SELECT ...) UNION ...)`: what looked like a parenthesized subquery is the left side of a set operation.
    fn parenthesized_set_operation(&mut self, inner: Expr, start: Span) -> Result<Expr> {
        let ExprKind::Subquery(query) = inner.kind else {
            return Err(self.unexpected());
        };
        let body = self.set_operations_after(QueryBody::Paren(query), true)?;
        self.expect(")")?;
        Ok(Expr {
            span: self.since(start),
            kind: ExprKind::Subquery(Box::new(Query {
                span: self.since(start),
                body,
                order_by: Vec::new(),
                offset: None,
                fetch: None,
                for_clause: None,
            })),
        })
    }
}
