//! INSERT, UPDATE, DELETE, MERGE, TRUNCATE and INSERT BULK.

use super::ast::{
    AssignOp, CommonTable, Delete, DmlTarget, Expr, ExprKind, Ident, Insert, InsertBulk,
    InsertSource, Merge, MergeAction, MergeClause, MergeWhen, Output, SetClause, StatementKind,
    Update,
};
use super::cursor::Parser;
use super::lexer::Kind;
use super::options::BULK_LOAD;
use crate::error::Result;

const MAX_ROWS: usize = 1000;

impl Parser {
    pub fn insert(&mut self, with: Vec<CommonTable>) -> Result<StatementKind> {
        self.expect("INSERT")?;
        if with.is_empty() && self.is("BULK") {
            return self.insert_bulk();
        }
        let top = self.top(false)?;
        self.accept("INTO");
        let target = self.dml_target()?;
        let columns = if self.is("(") && !self.is_ahead(1, "SELECT") && !self.is_ahead(1, "(") {
            self.insert_columns()?
        } else {
            Vec::new()
        };
        let output = self.output()?;
        let source = self.insert_source()?;
        if self.is("OPTION") && matches!(source, InsertSource::DefaultValues) {
            return Err(self.refuse("OPTION after DEFAULT VALUES"));
        }
        let options = match source {
            InsertSource::Execute(_) | InsertSource::DefaultValues => Vec::new(),
            _ => self.query_options()?,
        };
        Ok(StatementKind::Insert(Box::new(Insert {
            with,
            top,
            target,
            columns,
            output,
            source,
            options,
        })))
    }

    fn insert_columns(&mut self) -> Result<Vec<Ident>> {
        self.expect("(")?;
        if matches!(
            self.kind(),
            Kind::Integer
                | Kind::Decimal
                | Kind::Text
                | Kind::NationalText
                | Kind::Variable
                | Kind::GlobalVariable
        ) || self.is(")")
        {
            return Err(self.refuse("a data change through a function"));
        }
        let columns = self.list(|p| {
            if p.is("NULL") {
                return Err(p.refuse("a data change through a function"));
            }
            if p.is_any(&["$IDENTITY", "$ROWGUID"]) {
                return Err(p.refuse("$identity and $rowguid in the columns of an INSERT"));
            }
            let qualified = p.is(".");
            let column = if qualified { None } else { Some(p.ident()?) };
            let Some(column) = column.filter(|_| !p.is(".")) else {
                return Err(p.refuse("qualified names in the columns of an INSERT"));
            };
            Ok(column)
        })?;
        self.expect(")")?;
        Ok(columns)
    }

    fn insert_source(&mut self) -> Result<InsertSource> {
        if self.accept("DEFAULT") {
            self.expect("VALUES")?;
            return Ok(InsertSource::DefaultValues);
        }
        if self.accept("VALUES") {
            let rows = self.list(Self::row_with_defaults)?;
            if rows.len() > MAX_ROWS {
                return Err(self.error(
                    10738,
                    "The number of row value expressions in the INSERT statement exceeds the maximum allowed number of \
                     1000 row values.",
                ));
            }
            return Ok(InsertSource::Values(rows));
        }
        if self.is_any(&["EXEC", "EXECUTE"]) {
            return self
                .execute()
                .map(|execute| InsertSource::Execute(Box::new(execute)));
        }
        if self.is_any(&["SELECT", "("]) {
            return self.insert_query().map(InsertSource::Query);
        }
        Err(self.unexpected())
    }

    /// Like a subquery, but ORDER BY is allowed in it.
    fn insert_query(&mut self) -> Result<super::ast::Query> {
        let query = self.query_without_into()?;
        if query.for_clause.is_some() {
            return Err(self.error(
                6819,
                "The FOR XML and FOR JSON clauses are not allowed in a INSERT statement.",
            ));
        }
        Ok(query)
    }

    fn row_with_defaults(&mut self) -> Result<Vec<Expr>> {
        self.expect("(")?;
        let row = self.list(Self::value_or_default)?;
        self.expect(")")?;
        Ok(row)
    }

    pub fn value_or_default(&mut self) -> Result<Expr> {
        if !self.is("DEFAULT") {
            return self.value();
        }
        let start = self.start();
        self.skip(1);
        Ok(Expr {
            span: self.since(start),
            kind: ExprKind::Default,
        })
    }

    fn insert_bulk(&mut self) -> Result<StatementKind> {
        self.expect("BULK")?;
        let table = self.object_name_of(3)?;
        self.expect("(")?;
        let columns = self.list(|p| {
            let name = p.ident()?;
            let data_type = p.type_ref()?;
            if p.accept("COLLATE") {
                p.collation()?;
            }
            if p.accept("NOT") {
                p.expect("NULL")?;
            } else {
                p.accept("NULL");
            }
            Ok((name, data_type))
        })?;
        self.expect(")")?;
        let options = if self.accept("WITH") {
            self.option_list(&BULK_LOAD)?
        } else {
            Vec::new()
        };
        Ok(StatementKind::InsertBulk(Box::new(InsertBulk {
            table,
            columns,
            options,
        })))
    }

    pub fn update(&mut self, with: Vec<CommonTable>) -> Result<StatementKind> {
        self.expect("UPDATE")?;
        let top = self.top(false)?;
        let target = self.dml_target()?;
        if self.is("(") {
            return Err(self.refuse("a data change through a function"));
        }
        let sets = self.set_clauses()?;
        let output = self.output()?;
        let from = if self.accept("FROM") {
            self.list(Self::table_source)?
        } else {
            Vec::new()
        };
        let where_ = self.where_clause()?;
        let options = self.query_options()?;
        Ok(StatementKind::Update(Box::new(Update {
            with,
            top,
            target,
            sets,
            output,
            from,
            where_,
            options,
        })))
    }

    fn set_clauses(&mut self) -> Result<Vec<SetClause>> {
        self.expect("SET")?;
        self.list(Self::set_clause)
    }

    fn set_clause(&mut self) -> Result<SetClause> {
        if self.kind() == Kind::Variable {
            return self.set_variable_clause();
        }
        self.refuse_system_variable()?;
        if self.is_any(&["$IDENTITY", "$ROWGUID"]) {
            return Err(self.refuse("$identity and $rowguid in SET"));
        }
        let column = self.object_name_of(8)?;
        if self.is("(") {
            return Err(self.refuse("a mutator method or .WRITE in SET"));
        }
        if column.parts.len() > 4 {
            return Err(self.unexpected());
        }
        let Some(op) = self.assign_op() else {
            return Err(self.unexpected());
        };
        let value = if op == AssignOp::Set {
            self.value_or_default()?
        } else {
            self.value()?
        };
        Ok(SetClause::Column { column, op, value })
    }

    fn set_variable_clause(&mut self) -> Result<SetClause> {
        let variable = self.variable()?;
        let Some(op) = self.assign_op() else {
            return Err(self.unexpected());
        };
        // `@v = column = value`; a lone column on the right is a plain value.
        if op == AssignOp::Set && self.is_name() {
            let mut n = 1;
            while self.is_ahead(n, ".") && self.is_name_ahead(n + 1) {
                n += 2;
            }
            if matches!(
                self.ahead(n).upper.as_str(),
                "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "&=" | "|=" | "^="
            ) {
                let column = self.object_name()?;
                let op = self.assign_op().unwrap_or(AssignOp::Set);
                let value = if op == AssignOp::Set {
                    self.value_or_default()?
                } else {
                    self.value()?
                };
                return Ok(SetClause::VariableColumn {
                    variable,
                    column,
                    op,
                    value,
                });
            }
        }
        let value = self.value()?;
        Ok(SetClause::Variable {
            variable,
            op,
            value,
        })
    }

    pub fn delete(&mut self, with: Vec<CommonTable>) -> Result<StatementKind> {
        self.expect("DELETE")?;
        let top = self.top(false)?;
        self.accept("FROM");
        let target = self.dml_target()?;
        if self.is("(") {
            return Err(self.refuse("a data change through a function"));
        }
        let output = self.output()?;
        let from = if self.accept("FROM") {
            self.list(Self::table_source)?
        } else {
            Vec::new()
        };
        let where_ = self.where_clause()?;
        let options = self.query_options()?;
        Ok(StatementKind::Delete(Box::new(Delete {
            with,
            top,
            target,
            output,
            from,
            where_,
            options,
        })))
    }

    /// OUTPUT items [INTO target [(columns)]] [OUTPUT items]
    fn output(&mut self) -> Result<Option<Output>> {
        if !self.accept("OUTPUT") {
            return Ok(None);
        }
        let items = self.list(Self::output_item)?;
        let mut output = Output {
            items,
            into: None,
            second: Vec::new(),
        };
        if self.accept("INTO") {
            let target = self.dml_target()?;
            if matches!(&target, DmlTarget::Table(table) if !table.hints.is_empty()) {
                return Err(self.unexpected());
            }
            let columns = if self.is("(") && !self.is_ahead(1, "SELECT") && !self.is_ahead(1, "(") {
                self.ident_list()?
            } else {
                Vec::new()
            };
            output.into = Some((target, columns));
            if self.accept("OUTPUT") {
                output.second = self.list(Self::output_item)?;
            }
        }
        Ok(Some(output))
    }

    fn output_item(&mut self) -> Result<super::ast::SelectItem> {
        self.select_item(false, false)
    }

    // ---- MERGE

    pub fn merge(&mut self, with: Vec<CommonTable>) -> Result<StatementKind> {
        self.expect("MERGE")?;
        let top = self.top(false)?;
        self.accept("INTO");
        let target = self.dml_target()?;
        let alias = if self.accept("AS") || (self.is_name() && !self.is("USING")) {
            Some(self.ident()?)
        } else {
            None
        };
        self.expect("USING")?;
        let source = self.table_source()?;
        self.expect("ON")?;
        let on = self.condition()?;
        let mut clauses = Vec::new();
        while self.is("WHEN") {
            clauses.push(self.merge_clause()?);
        }
        if clauses.is_empty() {
            return Err(self.unexpected());
        }
        let output = self.output()?;
        let options = self.query_options()?;
        if !self.is(";") {
            return Err(self.error(
                10713,
                "A MERGE statement must be terminated by a semi-colon (;).",
            ));
        }
        Ok(StatementKind::Merge(Box::new(Merge {
            with,
            top,
            target,
            alias,
            source,
            on,
            clauses,
            output,
            options,
        })))
    }

    fn merge_clause(&mut self) -> Result<MergeClause> {
        self.expect("WHEN")?;
        let negated = self.accept("NOT");
        self.expect("MATCHED")?;
        let when = if !negated {
            MergeWhen::Matched
        } else if self.accept("BY") {
            if self.expect_any(&["TARGET", "SOURCE"])? == "SOURCE" {
                MergeWhen::NotMatchedBySource
            } else {
                MergeWhen::NotMatchedByTarget
            }
        } else {
            MergeWhen::NotMatchedByTarget
        };
        let and = if self.accept("AND") {
            Some(self.condition()?)
        } else {
            None
        };
        self.expect("THEN")?;
        let action = if when == MergeWhen::NotMatchedByTarget {
            self.merge_insert()?
        } else {
            self.merge_change(when)?
        };
        Ok(MergeClause { when, and, action })
    }

    fn merge_insert(&mut self) -> Result<MergeAction> {
        if self.is("UPDATE") || self.is("DELETE") {
            return Err(self.merge_action_refused(10710, "UPDATE", "WHEN NOT MATCHED"));
        }
        self.expect("INSERT")?;
        let pseudo = |word: &str| self.is("(") && self.is_ahead(1, word);
        if ["$ACTION", "$IDENTITY", "$ROWGUID"].into_iter().any(pseudo) {
            return Err(self.refuse("pseudo-columns in the columns of an INSERT"));
        }
        let columns = if self.is("(") {
            self.ident_list()?
        } else {
            Vec::new()
        };
        if self.accept("DEFAULT") {
            if !columns.is_empty() {
                return Err(self.unexpected());
            }
            self.expect("VALUES")?;
            return Ok(MergeAction::Insert {
                columns,
                values: None,
            });
        }
        self.expect("VALUES")?;
        let values = Some(self.row_with_defaults()?);
        Ok(MergeAction::Insert { columns, values })
    }

    fn merge_action_refused(
        &self,
        number: i32,
        action: &str,
        clause: &str,
    ) -> crate::error::SqlError {
        self.error(
            number,
            format!("An action of type '{action}' is not allowed in the '{clause}' clause of a MERGE statement."),
        )
    }

    fn merge_change(&mut self, when: MergeWhen) -> Result<MergeAction> {
        if self.is("INSERT") {
            let clause = match when {
                MergeWhen::Matched => "WHEN MATCHED",
                _ => "WHEN NOT MATCHED BY SOURCE",
            };
            return Err(self.merge_action_refused(10711, "INSERT", clause));
        }
        if self.accept("DELETE") {
            return Ok(MergeAction::Delete);
        }
        self.expect("UPDATE")?;
        self.set_clauses().map(MergeAction::Update)
    }

    pub fn truncate(&mut self) -> Result<StatementKind> {
        self.expect_all(&["TRUNCATE", "TABLE"])?;
        let name = self.object_name_of(3)?;
        if self.is("WITH") && self.is_ahead(1, "(") {
            return Err(self.refuse("TRUNCATE TABLE of partitions"));
        }
        Ok(StatementKind::Truncate(name))
    }
}
