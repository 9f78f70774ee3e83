//! Indexes and statistics.

use super::ast::{
    AlterIndex, BinaryOp, CreateIndex, CreateSpatialIndex, CreateStatistics, DropIndexItem, Expr,
    ExprKind, Ident, NamedOption, OptionValue, StatementKind,
};
use super::cursor::Parser;
use super::expr::binary;
use super::lexer::Kind;
use super::options::{
    CREATE_COLUMNSTORE, CREATE_INDEX, DROP_INDEX, INDEX_RESUME, INDEX_SET, REBUILD, REORGANIZE,
    SPATIAL_INDEX, STATISTICS,
};
use crate::error::Result;

impl Parser {
    /// CREATE INDEX from UNIQUE, CLUSTERED or INDEX on.
    pub fn create_index(&mut self) -> Result<StatementKind> {
        let unique = self.accept("UNIQUE");
        let clustered = self.clustered();
        let columnstore = !unique && self.accept("COLUMNSTORE");
        self.expect("INDEX")?;
        let name = self.ident()?;
        self.expect("ON")?;
        let table = self.object_name_of(3)?;
        let columns = if columnstore && clustered == Some(true) {
            Vec::new()
        } else {
            self.key_columns()?
        };
        if columnstore && self.is("ORDER") {
            return Err(self.refuse("ORDER in a columnstore index"));
        }
        let includes = if !columnstore && self.accept("INCLUDE") {
            self.ident_list()?
        } else {
            Vec::new()
        };
        let filter = if clustered != Some(true) && self.accept("WHERE") {
            Some(self.filter_predicate()?)
        } else {
            None
        };
        let table_of_options = if columnstore {
            &CREATE_COLUMNSTORE
        } else {
            &CREATE_INDEX
        };
        let options = self.index_options(table_of_options)?;
        let on = if self.accept("ON") {
            Some(self.filegroup()?)
        } else {
            None
        };
        if self.is("FILESTREAM_ON") {
            return Err(self.refuse("FILESTREAM"));
        }
        Ok(StatementKind::CreateIndex(Box::new(CreateIndex {
            name,
            table,
            unique,
            clustered,
            columnstore,
            columns,
            includes,
            filter,
            options,
            on,
        })))
    }

    pub fn create_spatial_index(&mut self) -> Result<StatementKind> {
        self.expect_all(&["SPATIAL", "INDEX"])?;
        let name = self.ident()?;
        self.expect("ON")?;
        let table = self.object_name_of(3)?;
        self.expect("(")?;
        let column = self.ident()?;
        self.expect(")")?;
        let using = if self.accept("USING") {
            Some(self.expect_any(&[
                "GEOMETRY_GRID",
                "GEOMETRY_AUTO_GRID",
                "GEOGRAPHY_GRID",
                "GEOGRAPHY_AUTO_GRID",
            ])?)
        } else {
            None
        };
        let options = if self.is("WITH") {
            self.skip(1);
            self.option_list(&SPATIAL_INDEX)?
        } else {
            Vec::new()
        };
        let on = if self.accept("ON") {
            Some(self.filegroup()?)
        } else {
            None
        };
        Ok(StatementKind::CreateSpatialIndex(Box::new(
            CreateSpatialIndex {
                name,
                table,
                column,
                using,
                options,
                on,
            },
        )))
    }

    /// The predicate of a filtered index or statistics: `column op constant`, IN and IS [NOT] NULL, joined by AND.
    /// OR, NOT, LIKE, BETWEEN and EXISTS are 156, NOT IN is 102, other comparisons 10735.
    pub fn filter_predicate(&mut self) -> Result<Expr> {
        let mut left = self.filter_conjunct()?;
        let mut length = 0;
        while self.accept("AND") {
            left = binary(BinaryOp::And, left, self.filter_conjunct()?);
            length += 1;
            if length > super::cursor::MAX_CHAIN {
                return Err(self.too_deep());
            }
        }
        if self.is("OR") {
            return Err(self.unexpected());
        }
        Ok(left)
    }

    fn filter_conjunct(&mut self) -> Result<Expr> {
        self.nested(Self::filter_conjunct_here)
    }

    fn filter_conjunct_here(&mut self) -> Result<Expr> {
        let start = self.start();
        if self.accept("(") {
            let inner = self.filter_predicate()?;
            self.expect(")")?;
            return Ok(Expr {
                span: self.since(start),
                kind: ExprKind::Paren(Box::new(inner)),
            });
        }
        if self.is(".") || (self.is_name() && self.is_ahead(1, ".")) {
            return Err(self.refuse("a qualified name in the filter of an index"));
        }
        let column = Expr {
            span: start,
            kind: ExprKind::Column(super::ast::ObjectName {
                parts: vec![self.ident()?],
            }),
        };
        let operand = Box::new(column);
        let kind = match self.token().upper.as_str() {
            "IS" => {
                self.skip(1);
                let negated = self.accept("NOT");
                self.expect("NULL")?;
                ExprKind::IsNull { operand, negated }
            }
            "IN" => {
                self.skip(1);
                self.expect("(")?;
                let list = self.list(Self::filter_constant)?;
                self.expect(")")?;
                ExprKind::In {
                    operand,
                    list,
                    negated: false,
                }
            }
            "NOT" if self.is_ahead(1, "IN") => {
                self.skip(1);
                return Err(crate::error::SqlError::syntax(&self.near(), self.line()));
            }
            "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" | "!<" | "!>" => {
                let op = match self.advance().upper.as_str() {
                    "=" => BinaryOp::Equal,
                    "<>" | "!=" => BinaryOp::NotEqual,
                    "<" => BinaryOp::Less,
                    "<=" | "!>" => BinaryOp::LessOrEqual,
                    ">" => BinaryOp::Greater,
                    _ => BinaryOp::GreaterOrEqual,
                };
                let right = Box::new(self.filter_constant()?);
                ExprKind::Binary {
                    op,
                    left: operand,
                    right,
                }
            }
            _ => return Err(self.unexpected()),
        };
        Ok(Expr {
            span: self.since(start),
            kind,
        })
    }

    /// A constant, possibly signed, parenthesized or converted; a column or call is 10735.
    fn filter_constant(&mut self) -> Result<Expr> {
        if self.is_name() && !matches!(self.token().upper.as_str(), "CAST")
            || self.kind() == Kind::Variable
        {
            return Err(self.error(
                10735,
                "Incorrect WHERE clause for filtered index or statistics.",
            ));
        }
        if self.is("CAST") || self.is("CONVERT") {
            let line = self.line();
            let converted = self.postfix(super::expr::Want::Value)?;
            let constant = match &converted.kind {
                ExprKind::Cast { operand, .. } | ExprKind::Convert { operand, .. } => {
                    is_literal(operand)
                }
                _ => false,
            };
            return if constant {
                Ok(converted)
            } else {
                Err(self
                    .error(
                        10735,
                        "Incorrect WHERE clause for filtered index or statistics.",
                    )
                    .line(line))
            };
        }
        let start = self.start();
        if self.accept("(") {
            let inner = self.nested(Self::filter_constant)?;
            self.expect(")")?;
            return Ok(Expr {
                span: self.since(start),
                kind: ExprKind::Paren(Box::new(inner)),
            });
        }
        self.constant()
    }

    pub fn alter_index(&mut self) -> Result<StatementKind> {
        self.expect("INDEX")?;
        let name = if self.accept("ALL") {
            None
        } else {
            Some(self.ident()?)
        };
        self.expect("ON")?;
        let table = self.object_name_of(3)?;
        if self.is("FOR") || self.are(&["WITH", "XMLNAMESPACES"]) {
            return Err(self.refuse("paths of selective XML indexes"));
        }
        let action = self.expect_any(&[
            "REBUILD",
            "REORGANIZE",
            "DISABLE",
            "SET",
            "RESUME",
            "PAUSE",
            "ABORT",
        ])?;
        if self.is("PARTITION") {
            return Err(self.refuse("ALTER INDEX of partitions"));
        }
        let options = match action.as_str() {
            "SET" => self.option_list(&INDEX_SET)?,
            "REBUILD" if self.accept("WITH") => self.option_list(&REBUILD)?,
            "REORGANIZE" if self.accept("WITH") => self.option_list(&REORGANIZE)?,
            "RESUME" if self.accept("WITH") => self.option_list(&INDEX_RESUME)?,
            _ => Vec::new(),
        };
        Ok(StatementKind::AlterIndex(Box::new(AlterIndex {
            name,
            table,
            action,
            options,
        })))
    }

    /// DROP INDEX [IF EXISTS] i ON t [WITH (...)], ...; `t.i` is the old spelling and becomes the same item.
    pub fn drop_index(&mut self) -> Result<StatementKind> {
        self.expect("INDEX")?;
        let if_exists = self.if_exists();
        let items = self.list(|p| {
            let mut table = p.object_name_of(4)?;
            if !p.is("ON") {
                let Some(index) = table.parts.pop().filter(|_| !table.parts.is_empty()) else {
                    return Err(p.unexpected());
                };
                return Ok(DropIndexItem {
                    index,
                    table,
                    options: Vec::new(),
                });
            }
            if table.parts.len() != 1 {
                return Err(p.unexpected());
            }
            p.skip(1);
            let index = table.parts.remove(0);
            let table = p.object_name_of(3)?;
            let options = if p.is("WITH") && p.is_ahead(1, "(") {
                p.skip(1);
                p.option_list(&DROP_INDEX)?
            } else {
                Vec::new()
            };
            Ok(DropIndexItem {
                index,
                table,
                options,
            })
        })?;
        Ok(StatementKind::DropIndex { if_exists, items })
    }

    pub fn if_exists(&mut self) -> bool {
        self.accept_all(&["IF", "EXISTS"])
    }

    // ---- statistics

    pub fn create_statistics(&mut self) -> Result<StatementKind> {
        self.expect("STATISTICS")?;
        let name = self.ident()?;
        self.expect("ON")?;
        let table = self.object_name_of(3)?;
        let columns = self.ident_list()?;
        let filter = if self.accept("WHERE") {
            Some(self.filter_predicate()?)
        } else {
            None
        };
        let options = self.statistics_options(false)?;
        Ok(StatementKind::CreateStatistics(Box::new(
            CreateStatistics {
                name,
                table,
                columns,
                filter,
                options,
            },
        )))
    }

    pub fn update_statistics(&mut self) -> Result<StatementKind> {
        self.expect_all(&["UPDATE", "STATISTICS"])?;
        let table = self.object_name_of(3)?;
        let names: Vec<Ident> = if self.is("(") {
            self.ident_list()?
        } else if self.is_name() {
            vec![self.ident()?]
        } else {
            Vec::new()
        };
        let options = self.statistics_options(true)?;
        Ok(StatementKind::UpdateStatistics {
            table,
            names,
            options,
        })
    }

    /// `WITH FULLSCAN, NORECOMPUTE, SAMPLE n PERCENT ...`, without parentheses.
    fn statistics_options(&mut self, update: bool) -> Result<Vec<NamedOption>> {
        if !self.is("WITH") || self.ahead(1).kind == Kind::QuotedWord {
            return Ok(Vec::new());
        }
        self.skip(1);
        self.list(|p| {
            let span = p.start();
            if p.is("SAMPLE") {
                p.skip(1);
                let number = p.integer()?;
                let unit = p.expect_any(&["PERCENT", "ROWS"])?;
                return Ok(NamedOption {
                    name: "SAMPLE".to_owned(),
                    value: Some(OptionValue::List(vec![number, unit])),
                    nested: Vec::new(),
                    span,
                });
            }
            if update && p.are(&["RESAMPLE", "ON"]) {
                return Err(p.refuse("RESAMPLE ON PARTITIONS"));
            }
            if update && p.is_any(&["RESAMPLE", "ALL", "COLUMNS", "INDEX"]) {
                return Ok(NamedOption {
                    name: p.advance().upper,
                    value: None,
                    nested: Vec::new(),
                    span,
                });
            }
            p.named_option(&STATISTICS)
        })
    }

    pub fn drop_statistics(&mut self) -> Result<StatementKind> {
        self.expect("STATISTICS")?;
        let names = self.list(|p| {
            let name = p.object_name_of(3)?;
            if name.parts.len() < 2 {
                Err(p.unexpected())
            } else {
                Ok(name)
            }
        })?;
        Ok(StatementKind::DropStatistics(names))
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Null
            | ExprKind::Integer(_)
            | ExprKind::Decimal(_)
            | ExprKind::Float(_)
            | ExprKind::Money(_)
            | ExprKind::String { .. }
            | ExprKind::BinaryLiteral(_)
    )
}
