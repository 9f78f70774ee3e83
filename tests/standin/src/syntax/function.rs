//! Function calls: arguments, DISTINCT, WITHIN GROUP, OVER, the JSON constructors, and types as written.

use super::ast::{
    Expr, ExprKind, FrameBound, FunctionCall, Ident, ObjectName, OrderItem, TypeArg, TypeRef,
    WindowFrame, WindowSpec,
};
use super::cursor::Parser;
use super::lexer::Kind;
use crate::error::{Result, SqlError};

/// Methods of the CLR types and of xml other than the ST... ones; their names are case-sensitive.
const METHODS: &[&str] = &[
    "AsGml",
    "AsTextZM",
    "AsBinaryZM",
    "BufferWithTolerance",
    "CurveToLineWithTolerance",
    "Filter",
    "GetAncestor",
    "GetDescendant",
    "GetLevel",
    "GetReparentedValue",
    "InstanceOf",
    "IsDescendantOf",
    "IsNullOrEmpty",
    "IsValidDetailed",
    "MakeValid",
    "NumRings",
    "Reduce",
    "RingN",
    "ShortestLineTo",
    "ToString",
    "exist",
    "modify",
    "nodes",
    "query",
    "value",
];

/// Aggregates that take DISTINCT or ALL.
const AGGREGATES: &[&str] = &[
    "AVG",
    "CHECKSUM_AGG",
    "COUNT",
    "COUNT_BIG",
    "MAX",
    "MIN",
    "STDEV",
    "STDEVP",
    "SUM",
    "VAR",
    "VARP",
];
/// Types that take a length, a precision or dimensions.
const SIZED: &[&str] = &[
    "binary",
    "char",
    "character",
    "datetime2",
    "datetimeoffset",
    "dec",
    "decimal",
    "float",
    "nchar",
    "numeric",
    "nvarchar",
    "time",
    "varbinary",
    "varchar",
    "vector",
];
/// Types that take nothing.
const UNSIZED: &[&str] = &[
    "bigint",
    "bit",
    "date",
    "datetime",
    "geography",
    "geometry",
    "hierarchyid",
    "image",
    "int",
    "integer",
    "json",
    "money",
    "ntext",
    "real",
    "rowversion",
    "smalldatetime",
    "smallint",
    "smallmoney",
    "sql_variant",
    "sysname",
    "text",
    "timestamp",
    "tinyint",
    "uniqueidentifier",
];

fn is_method(name: &str) -> bool {
    METHODS.contains(&name)
        || name
            .strip_prefix("ST")
            .and_then(|rest| rest.chars().next())
            .is_some_and(|c| c.is_ascii_uppercase())
}

impl Parser {
    /// `name(...)`: a method when the name has a prefix and ends in a method's name, otherwise a function.
    pub fn call_or_method(&mut self, mut name: ObjectName) -> Result<ExprKind> {
        if name.parts.len() > 1 && is_method(name.base()) {
            let start = name.parts[0].span;
            let Some(method) = name.parts.pop() else {
                return Err(self.unexpected());
            };
            let args = self.arguments()?;
            return Ok(ExprKind::Method {
                operand: Box::new(Expr {
                    span: start,
                    kind: ExprKind::Column(name),
                }),
                method: method.text,
                args: Some(args),
            });
        }
        if name.parts.len() > 4 {
            return Err(self.unexpected());
        }
        self.call(name)
            .map(|call| ExprKind::Function(Box::new(call)))
    }

    pub fn plain_call(&self, name: ObjectName, args: Vec<Expr>) -> ExprKind {
        ExprKind::Function(Box::new(empty_call(name, args)))
    }

    /// The part of a call from its parenthesis on.
    pub fn call(&mut self, name: ObjectName) -> Result<FunctionCall> {
        let mut call = empty_call(name, Vec::new());
        let builtin = call.name.parts.len() == 1 && !call.name.parts[0].quoted;
        let upper = call.name.base().to_ascii_uppercase();
        self.expect("(")?;
        match upper.as_str() {
            "JSON_OBJECT" | "JSON_OBJECTAGG" if builtin => {
                self.json_pairs(&mut call)?;
                if upper == "JSON_OBJECTAGG" && call.json_pairs.len() != 1 {
                    return Err(self.unexpected());
                }
            }
            "JSON_ARRAY" | "JSON_ARRAYAGG" if builtin => {
                if self.is("*") {
                    return Err(self.refuse(format!("{upper} of *")));
                }
                self.json_elements(&mut call)?;
                if upper == "JSON_ARRAYAGG" && call.args.len() != 1 {
                    return Err(self.refuse("JSON_ARRAYAGG of anything but one value"));
                }
            }
            _ => self.call_arguments(&mut call, builtin)?,
        }
        self.expect(")")?;
        let navigates = matches!(
            upper.as_str(),
            "FIRST_VALUE" | "LAST_VALUE" | "LAG" | "LEAD"
        );
        if builtin && navigates && self.is_any(&["IGNORE", "RESPECT"]) && self.is_ahead(1, "NULLS")
        {
            call.ignore_nulls = Some(self.advance().upper == "IGNORE");
            self.skip(1);
            if !self.is("OVER") {
                return Err(self.unexpected());
            }
        }
        if self.are(&["WITHIN", "GROUP"]) {
            if !builtin {
                return Err(self.unexpected());
            }
            self.skip(2);
            self.expect("(")?;
            if self.are(&["GRAPH", "PATH"]) {
                return Err(self.refuse("WITHIN GROUP (GRAPH PATH)"));
            }
            self.expect_all(&["ORDER", "BY"])?;
            call.within_group = self.list(Self::order_item)?;
            self.expect(")")?;
        }
        if builtin && !upper.starts_with("JSON_") && self.is("OVER") {
            self.skip(1);
            let over = self.over()?;
            if !call.within_group.is_empty() && (!over.order_by.is_empty() || over.base.is_some()) {
                return Err(self.unexpected());
            }
            call.over = Some(over);
        }
        Ok(call)
    }

    fn call_arguments(&mut self, call: &mut FunctionCall, builtin: bool) -> Result<()> {
        if self.is(")") && !call.name.base().eq_ignore_ascii_case("TRIM") {
            return Ok(());
        }
        if self.is("*") && self.is_ahead(1, ")") {
            if !builtin
                || !matches!(
                    call.name.base().to_ascii_uppercase().as_str(),
                    "COUNT" | "COUNT_BIG" | "CHECKSUM" | "BINARY_CHECKSUM"
                )
            {
                return Err(
                    self.refuse("a call with * of another function than COUNT and CHECKSUM")
                );
            }
            self.skip(1);
            call.star = true;
            return Ok(());
        }
        if self.is_any(&["DISTINCT", "ALL"]) {
            if !builtin || !AGGREGATES.contains(&call.name.base().to_ascii_uppercase().as_str()) {
                return Err(self.refuse("DISTINCT and ALL in a call of no aggregate"));
            }
            call.distinct = self.advance().upper == "DISTINCT";
            call.args.push(self.value()?);
            return Ok(());
        }
        if builtin && call.name.base().eq_ignore_ascii_case("TRIM") && self.trimmed_side(call)? {
            return Ok(());
        }
        if builtin
            && call
                .name
                .base()
                .eq_ignore_ascii_case("AI_GENERATE_EMBEDDINGS")
        {
            return Err(self.refuse("AI_GENERATE_EMBEDDINGS"));
        }
        let graph = self.is_any(&["SHORTEST_PATH", "LAST_NODE"])
            || self.is_ahead(1, "-")
            || (self.is_ahead(1, "<") && self.is_ahead(2, "-"));
        if builtin && graph && call.name.base().eq_ignore_ascii_case("MATCH") {
            return Err(self.refuse("MATCH"));
        }
        if !builtin && self.is("SELECT") {
            return Err(self.refuse("a query as argument without parentheses of its own"));
        }
        call.args = self.list(|p| {
            // DEFAULT stands for a user function's default, and only such a name has a schema.
            if !builtin && p.is("DEFAULT") {
                let start = p.start();
                p.skip(1);
                return Ok(Expr {
                    span: p.since(start),
                    kind: ExprKind::Default,
                });
            }
            p.value()
        })?;
        if self.is("WITH") && builtin && call.name.base().eq_ignore_ascii_case("JSON_QUERY") {
            return Err(self.refuse("JSON_QUERY ... WITH ARRAY WRAPPER"));
        }
        if builtin && call.name.base().eq_ignore_ascii_case("JSON_VALUE") {
            if self.is("RETURNING") {
                return Err(self.refuse("RETURNING in a JSON function"));
            }
            if call.args.len() != 2 {
                return Err(self.error(174, "The json_value function requires 2 argument(s)."));
            }
        }
        if builtin && call.name.base().eq_ignore_ascii_case("TRIM") {
            if call.args.len() != 1 {
                return Err(self.unexpected());
            }
            if self.accept("FROM") {
                call.args.insert(0, self.value()?);
            }
        }
        Ok(())
    }

    /// `LEADING x FROM y` is LTRIM(y, x), TRAILING is RTRIM; BOTH is TRIM itself.
    fn trimmed_side(&mut self, call: &mut FunctionCall) -> Result<bool> {
        let side = match self.token().upper.as_str() {
            "LEADING" => "LTRIM",
            "TRAILING" => "RTRIM",
            "BOTH" => "TRIM",
            _ => return Ok(false),
        };
        // A column may have such a name: then no operand follows.
        if self.kind() != Kind::Word
            || (!starts_operand(self.ahead(1).kind) && !self.is_ahead(1, "NULL"))
        {
            return Ok(false);
        }
        self.skip(1);
        if self.is("NULL") {
            return Err(self.refuse("TRIM of NULL"));
        }
        let set = self.value()?;
        self.expect("FROM")?;
        call.args = vec![self.value()?, set];
        if let Some(name) = call.name.parts.last_mut() {
            side.clone_into(&mut name.text);
        }
        Ok(true)
    }

    fn json_pairs(&mut self, call: &mut FunctionCall) -> Result<()> {
        if !self.is(")") && !self.is_null_clause() {
            call.json_pairs = self.list(|p| {
                let key = p.value()?;
                p.expect(":")?;
                Ok((key, p.value()?))
            })?;
        }
        self.null_clause(call)
    }

    fn json_elements(&mut self, call: &mut FunctionCall) -> Result<()> {
        if !self.is(")") && !self.is_null_clause() {
            call.args = self.list(Self::value)?;
            if self.is("ORDER") {
                return Err(self.refuse("ORDER BY inside JSON_ARRAYAGG"));
            }
        }
        self.null_clause(call)
    }

    fn is_null_clause(&self) -> bool {
        self.are(&["NULL", "ON", "NULL"]) || self.are(&["ABSENT", "ON", "NULL"])
    }

    fn null_clause(&mut self, call: &mut FunctionCall) -> Result<()> {
        if self.is_null_clause() {
            call.absent_on_null = Some(self.advance().upper == "ABSENT");
            self.skip(2);
        }
        if self.is("RETURNING") {
            return Err(self.refuse("RETURNING in a JSON function"));
        }
        Ok(())
    }

    pub fn order_item(&mut self) -> Result<OrderItem> {
        let expr = self.value()?;
        let descending = if self.accept("DESC") {
            true
        } else {
            self.accept("ASC");
            false
        };
        Ok(OrderItem { expr, descending })
    }

    /// What follows OVER: a window's name or a specification.
    fn over(&mut self) -> Result<WindowSpec> {
        if self.is_name() {
            return Ok(WindowSpec {
                base: Some(self.ident()?),
                ..WindowSpec::default()
            });
        }
        self.window_spec()
    }

    pub fn window_spec(&mut self) -> Result<WindowSpec> {
        self.expect("(")?;
        let mut spec = WindowSpec::default();
        let partition = self.is("PARTITION") && self.is_ahead(1, "BY");
        if self.kind() == Kind::Word && !partition && !self.is_any(&["ROWS", "RANGE"]) {
            return Err(self.refuse("named windows"));
        }
        if self.accept("PARTITION") {
            self.expect("BY")?;
            spec.partition_by = self.list(Self::value)?;
        }
        if self.accept("ORDER") {
            self.expect("BY")?;
            spec.order_by = self.list(Self::order_item)?;
        }
        if self.is_any(&["ROWS", "RANGE"]) {
            if spec.order_by.is_empty() {
                return Err(self.unexpected());
            }
            spec.frame = Some(self.frame()?);
        }
        self.expect(")")?;
        Ok(spec)
    }

    fn frame(&mut self) -> Result<WindowFrame> {
        let rows = self.advance().upper == "ROWS";
        if self.accept("BETWEEN") {
            let start = self.frame_bound(rows, true)?;
            self.expect("AND")?;
            let end = self.frame_bound(rows, true)?;
            return Ok(WindowFrame {
                rows,
                start,
                end: Some(end),
            });
        }
        Ok(WindowFrame {
            rows,
            start: self.frame_bound(rows, false)?,
            end: None,
        })
    }

    fn frame_bound(&mut self, rows: bool, following: bool) -> Result<FrameBound> {
        if self.accept("CURRENT") {
            if self.is_name() && !self.is("ROW") {
                return Err(self.refuse("CURRENT of anything but ROW"));
            }
            self.expect("ROW")?;
            return Ok(FrameBound::CurrentRow);
        }
        if self.accept("UNBOUNDED") {
            if self.accept("PRECEDING") {
                return Ok(FrameBound::UnboundedPreceding);
            }
            if following && self.accept("FOLLOWING") {
                return Ok(FrameBound::UnboundedFollowing);
            }
            return Err(self.unexpected());
        }
        // RANGE takes no distance (4194); a ROWS distance is an unsigned integer literal.
        if !rows || self.kind() != Kind::Integer {
            return Err(self.unexpected());
        }
        let span = self.start();
        let distance = Box::new(Expr {
            span,
            kind: ExprKind::Integer(self.advance().text),
        });
        if self.accept("PRECEDING") {
            return Ok(FrameBound::Preceding(distance));
        }
        if following && self.accept("FOLLOWING") {
            return Ok(FrameBound::Following(distance));
        }
        Err(self.unexpected())
    }

    // ---- types

    pub fn type_ref(&mut self) -> Result<TypeRef> {
        let start = self.start();
        if self.are(&["DOUBLE", "PRECISION"]) {
            self.skip(2);
            let span = self.since(start);
            return Ok(TypeRef {
                name: single("float", span),
                args: vec![TypeArg::Number(53)],
                span,
            });
        }
        if self.is("CURSOR") {
            return Err(self.refuse("cursor variables"));
        }
        if self.is("NATIONAL") {
            return Err(self.refuse("NATIONAL CHARACTER types"));
        }
        let name = self.type_name()?;
        if self.is("VARYING") {
            return Err(self.refuse("CHARACTER VARYING types"));
        }
        let args = if self.is("(") {
            self.sized_args(&name)?
        } else {
            Vec::new()
        };
        Ok(TypeRef {
            name,
            args,
            span: self.since(start),
        })
    }

    /// A collation's name, which takes no quotes.
    pub fn collation(&mut self) -> Result<String> {
        if self.kind() == Kind::Word {
            Ok(self.ident()?.text)
        } else {
            Err(self.unexpected())
        }
    }

    /// `[schema.]name`
    pub fn type_name(&mut self) -> Result<ObjectName> {
        // No part of a type's name may be left out.
        if self.is(".") {
            return Err(self.unexpected());
        }
        let name = self.object_name_of(4)?;
        if name.parts.len() > 2 {
            return Err(self.unexpected());
        }
        Ok(name)
    }

    /// The arguments of a type that may have any: two numbers only for decimals, a word only for vectors.
    fn sized_args(&mut self, name: &ObjectName) -> Result<Vec<TypeArg>> {
        let lower = name.base().to_ascii_lowercase();
        if UNSIZED.contains(&lower.as_str()) {
            return Err(SqlError::new(
                2716,
                format!("Column, parameter, or variable #1: Cannot specify a column width on data type {lower}."),
            )
            .line(self.line())
            .compile());
        }
        if lower == "xml" {
            return Err(self.refuse("typed xml"));
        }
        let args = self.type_args()?;
        let fits = match args.as_slice() {
            [TypeArg::Max] => matches!(lower.as_str(), "varchar" | "nvarchar" | "varbinary"),
            [_, TypeArg::Word(_)] => lower == "vector",
            [_, _] => matches!(lower.as_str(), "dec" | "decimal" | "numeric"),
            _ => true,
        };
        let own = !SIZED.contains(&lower.as_str()) && args.len() == 2;
        if own && !matches!(args.as_slice(), [_, TypeArg::Word(_)]) {
            return Err(self.refuse("a type of one's own with two numbers"));
        }
        if fits && (SIZED.contains(&lower.as_str()) || args.len() == 1) {
            return Ok(args);
        }
        if matches!(args.as_slice(), [TypeArg::Max]) {
            return Err(self.refuse(format!("{lower}(max)")));
        }
        self.back(1);
        Err(self.unexpected())
    }

    fn type_args(&mut self) -> Result<Vec<TypeArg>> {
        self.expect("(")?;
        let mut args = Vec::new();
        if self.accept("MAX") {
            args.push(TypeArg::Max);
        } else {
            args.push(self.type_number()?);
            if self.accept(",") {
                if self.is_name() {
                    args.push(TypeArg::Word(self.ident()?.text));
                } else {
                    args.push(self.type_number()?);
                }
            }
        }
        self.expect(")")?;
        Ok(args)
    }

    fn type_number(&mut self) -> Result<TypeArg> {
        let text = self.token().text.clone();
        let number = text.parse().map_err(|_| self.unexpected())?;
        if self.kind() != Kind::Integer {
            return Err(self.unexpected());
        }
        self.skip(1);
        Ok(TypeArg::Number(number))
    }
}

pub fn single(text: &str, span: super::ast::Span) -> ObjectName {
    ObjectName {
        parts: vec![Ident {
            text: text.to_owned(),
            quoted: false,
            span,
        }],
    }
}

fn empty_call(name: ObjectName, args: Vec<Expr>) -> FunctionCall {
    FunctionCall {
        name,
        args,
        star: false,
        distinct: false,
        within_group: Vec::new(),
        over: None,
        ignore_nulls: None,
        json_pairs: Vec::new(),
        absent_on_null: None,
    }
}

fn starts_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Word
            | Kind::QuotedWord
            | Kind::Text
            | Kind::NationalText
            | Kind::Integer
            | Kind::Decimal
            | Kind::Binary
            | Kind::Variable
    )
}
