//! SELECT: common tables, set operations, query specifications and what may follow them.

use super::ast::{
    AssignOp, CommonTable, Expr, ForClause, GroupItem, Ident, NamedOption, OptionValue, Query,
    QueryBody, QuerySpec, SelectItem, SelectStatement, SetOperator, Top,
};
use super::cursor::{MAX_CHAIN, Parser};
use super::lexer::Kind;
use crate::error::Result;

impl Parser {
    /// A SELECT statement after its WITH, with OPTION.
    pub fn select_statement(&mut self, with: Vec<CommonTable>) -> Result<SelectStatement> {
        let query = self.query(true)?;
        let options = self.query_options()?;
        Ok(SelectStatement {
            with,
            query,
            options,
        })
    }

    /// `WITH name [(columns)] AS (query), ...`, empty when there is no WITH.
    pub fn common_tables(&mut self) -> Result<Vec<CommonTable>> {
        if !self.accept("WITH") {
            return Ok(Vec::new());
        }
        if self.is("XMLNAMESPACES") || self.is("CHANGE_TRACKING_CONTEXT") {
            return Err(self.refuse(format!("WITH {}", self.token().upper)));
        }
        self.list(|p| {
            let name = p.ident()?;
            let columns = if p.is("(") {
                p.ident_list()?
            } else {
                Vec::new()
            };
            p.expect("AS")?;
            let query = p.parenthesized_query()?;
            Ok(CommonTable {
                name,
                columns,
                query,
            })
        })
    }

    /// `( query )` in the place of a subquery.
    pub fn parenthesized_query(&mut self) -> Result<Query> {
        self.expect("(")?;
        let query = self.query(false)?;
        self.expect(")")?;
        Ok(query)
    }

    /// A query expression. `top_level`: INTO and assignments to variables are allowed in it.
    pub fn query(&mut self, top_level: bool) -> Result<Query> {
        if !top_level {
            self.check_subquery_allowed()?;
        }
        self.nested(|p| p.query_here(top_level))
    }

    /// The query of an INSERT: a subquery that may be ordered.
    pub fn query_without_into(&mut self) -> Result<Query> {
        self.nested(|p| p.query_with(false, true))
    }

    fn query_here(&mut self, top_level: bool) -> Result<Query> {
        self.query_with(top_level, top_level)
    }

    fn query_with(&mut self, top_level: bool, ordered: bool) -> Result<Query> {
        let start = self.start();
        let left = self.query_term(top_level)?;
        let body = self.unions_after(left, top_level)?;
        let mut query = Query {
            span: start,
            body,
            order_by: Vec::new(),
            offset: None,
            fetch: None,
            for_clause: None,
        };
        if self.accept("ORDER") {
            self.expect("BY")?;
            query.order_by = self.list(Self::order_item)?;
            self.offset_fetch(&mut query)?;
        }
        if self.is("FOR") && !self.is_ahead(1, "SYSTEM_TIME") {
            query.for_clause = Some(self.for_clause()?);
        }
        if !ordered {
            self.check_inner_order(&query)?;
        }
        query.span = self.since(start);
        Ok(query)
    }

    fn check_inner_order(&self, query: &Query) -> Result<()> {
        let top = matches!(&query.body, QueryBody::Select(spec) if spec.top.is_some());
        if query.order_by.is_empty() || top || query.offset.is_some() || query.for_clause.is_some()
        {
            return Ok(());
        }
        Err(self.error(
            1033,
            "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table \
             expressions, unless TOP, OFFSET or FOR XML is also specified.",
        ))
    }

    /// Continues a set operation whose left side has been read.
    pub fn set_operations_after(
        &mut self,
        left: QueryBody,
        parenthesized: bool,
    ) -> Result<QueryBody> {
        debug_assert!(parenthesized);
        let left = self.intersections_after(left)?;
        self.unions_after(left, false)
    }

    fn unions_after(&mut self, mut left: QueryBody, top_level: bool) -> Result<QueryBody> {
        let mut length = 0;
        loop {
            let op = match self.token().upper.as_str() {
                "EXCEPT" if self.is_ahead(1, "ALL") => return Err(self.refuse("EXCEPT ALL")),
                "UNION" if self.is_ahead(1, "ALL") => SetOperator::UnionAll,
                "UNION" => SetOperator::Union,
                "EXCEPT" => SetOperator::Except,
                _ => return Ok(left),
            };
            if top_level {
                self.check_no_assignment(&left)?;
            }
            self.skip(if op == SetOperator::UnionAll { 2 } else { 1 });
            let right = self.query_term(false)?;
            left = QueryBody::SetOperation {
                op,
                left: Box::new(left),
                right: Box::new(right),
            };
            length += 1;
            if length > MAX_CHAIN {
                return Err(self.too_deep());
            }
        }
    }

    /// INTERSECT binds tighter than UNION and EXCEPT.
    fn query_term(&mut self, top_level: bool) -> Result<QueryBody> {
        let left = self.query_factor(top_level)?;
        if top_level && self.is("INTERSECT") {
            self.check_no_assignment(&left)?;
        }
        self.intersections_after(left)
    }

    fn intersections_after(&mut self, mut left: QueryBody) -> Result<QueryBody> {
        let mut length = 0;
        while self.accept("INTERSECT") {
            if self.is("ALL") {
                return Err(self.refuse("INTERSECT ALL"));
            }
            let right = self.query_factor(false)?;
            left = QueryBody::SetOperation {
                op: SetOperator::Intersect,
                left: Box::new(left),
                right: Box::new(right),
            };
            length += 1;
            if length > MAX_CHAIN {
                return Err(self.too_deep());
            }
        }
        Ok(left)
    }

    fn check_no_assignment(&self, body: &QueryBody) -> Result<()> {
        let assigns = matches!(body, QueryBody::Select(spec)
            if spec.items.iter().any(|i| matches!(i, SelectItem::Assign { .. })));
        if assigns {
            return Err(self.error(
                141,
                "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval \
                 operations.",
            ));
        }
        Ok(())
    }

    fn query_factor(&mut self, top_level: bool) -> Result<QueryBody> {
        if !self.is("(") {
            return self
                .query_spec(top_level)
                .map(|spec| QueryBody::Select(Box::new(spec)));
        }
        self.skip(1);
        let start = self.start();
        let body = self.nested(|p| {
            let left = p.query_term(false)?;
            p.unions_after(left, false)
        })?;
        let span = self.since(start);
        self.expect(")")?;
        Ok(QueryBody::Paren(Box::new(Query {
            span,
            body,
            order_by: Vec::new(),
            offset: None,
            fetch: None,
            for_clause: None,
        })))
    }

    fn query_spec(&mut self, top_level: bool) -> Result<QuerySpec> {
        let start = self.start();
        self.expect("SELECT")?;
        let distinct = self.accept("DISTINCT");
        if !distinct {
            self.accept("ALL");
        }
        let top = self.top(true)?;
        let items = self.list(|p| p.select_item(top_level, true))?;
        self.check_assignments(&items)?;
        let into = if top_level && self.accept("INTO") {
            let name = self.object_name_of(3)?;
            if self.is("ON") {
                return Err(self.refuse("SELECT INTO ... ON a filegroup"));
            }
            Some(name)
        } else {
            None
        };
        let from = if self.accept("FROM") {
            self.list(Self::table_source)?
        } else {
            Vec::new()
        };
        let where_ = self.where_clause()?;
        let group_by = self.group_by()?;
        let having = if self.accept("HAVING") {
            Some(self.condition()?)
        } else {
            None
        };
        let windows = if self.is("WINDOW") && self.is_name_ahead(1) && self.is_ahead(2, "AS") {
            self.skip(1);
            self.list(|p| {
                let name = p.ident()?;
                p.expect("AS")?;
                Ok((name, p.window_spec()?))
            })?
        } else {
            Vec::new()
        };
        Ok(QuerySpec {
            span: self.since(start),
            distinct,
            top,
            items,
            into,
            from,
            where_,
            group_by,
            having,
            windows,
        })
    }

    fn check_assignments(&self, items: &[SelectItem]) -> Result<()> {
        let assigned = items
            .iter()
            .filter(|i| matches!(i, SelectItem::Assign { .. }))
            .count();
        if assigned == 0 || assigned == items.len() {
            return Ok(());
        }
        Err(self.error(
            141,
            "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval \
             operations.",
        ))
    }

    pub fn where_clause(&mut self) -> Result<Option<Expr>> {
        if !self.accept("WHERE") {
            return Ok(None);
        }
        if self.are(&["CURRENT", "OF"]) {
            return Err(self.refuse("WHERE CURRENT OF"));
        }
        self.condition().map(Some)
    }

    /// TOP; without parentheses only a literal, and only in a SELECT (with TIES likewise).
    pub fn top(&mut self, select: bool) -> Result<Option<Top>> {
        if !self.accept("TOP") {
            return Ok(None);
        }
        let parens = self.is("(");
        if parens && self.is_ahead(1, "SELECT") {
            return Err(self.refuse("a query in TOP without parentheses of its own"));
        }
        let count = if parens {
            self.expect("(")?;
            let count = self.boxed_value()?;
            self.expect(")")?;
            count
        } else if select && matches!(self.kind(), Kind::Integer | Kind::Decimal | Kind::Float) {
            Box::new(self.postfix(super::expr::Want::Value)?)
        } else {
            return Err(self.unexpected());
        };
        let percent = self.accept("PERCENT");
        if percent && matches!(count.kind, super::ast::ExprKind::Unary { .. }) {
            return Err(self.error(1031, "Percent values must be between 0 and 100."));
        }
        let with_ties = select && self.accept_all(&["WITH", "TIES"]);
        if select && self.are(&["WITH", "APPROXIMATE"]) {
            return Err(self.refuse("TOP ... WITH APPROXIMATE"));
        }
        Ok(Some(Top {
            count,
            percent,
            with_ties,
            parens,
        }))
    }

    pub fn assign_op(&mut self) -> Option<AssignOp> {
        let op = match self.token().upper.as_str() {
            "=" => AssignOp::Set,
            "+=" => AssignOp::Add,
            "-=" => AssignOp::Subtract,
            "*=" => AssignOp::Multiply,
            "/=" => AssignOp::Divide,
            "%=" => AssignOp::Modulo,
            "&=" => AssignOp::BitAnd,
            "|=" => AssignOp::BitOr,
            "^=" => AssignOp::BitXor,
            "||=" => AssignOp::Concat,
            _ => return None,
        };
        self.skip(1);
        Some(op)
    }

    pub fn select_item(&mut self, top_level: bool, alias_first: bool) -> Result<SelectItem> {
        let span = self.start();
        if self.accept("*") {
            return Ok(SelectItem::Star {
                qualifier: None,
                span,
            });
        }
        if let Some(item) = self.qualified_star()? {
            return Ok(item);
        }
        if self.is_ahead(1, "=") {
            self.refuse_system_variable()?;
        }
        if top_level && self.kind() == Kind::Variable {
            let variable = self.token().text.clone();
            self.skip(1);
            if let Some(op) = self.assign_op() {
                let expr = self.value()?;
                return Ok(SelectItem::Assign { variable, op, expr });
            }
            self.back(1);
        }
        if alias_first && self.is_ahead(1, "=") && (self.is_name() || self.is_text()) {
            let alias = self.alias_name()?;
            self.expect("=")?;
            let expr = self.value()?;
            return Ok(SelectItem::Expr {
                expr,
                alias: Some(alias),
            });
        }
        let expr = self.value()?;
        let alias = if self.accept("AS") || self.is_text() || (self.is_name() && !self.is_label()) {
            Some(self.alias_name()?)
        } else {
            None
        };
        Ok(SelectItem::Expr { expr, alias })
    }

    /// `t.*`, `s.t.*`
    fn qualified_star(&mut self) -> Result<Option<SelectItem>> {
        let span = self.start();
        let mut n = 0;
        while self.is_name_ahead(n) && self.is_ahead(n + 1, ".") {
            n += 2;
        }
        if n > 0 && self.is_ahead(n, ".") && self.is_name_ahead(n + 1) {
            let mut last = n + 1;
            while self.is_ahead(last + 1, ".") && self.is_name_ahead(last + 2) {
                last += 2;
            }
            if self.is_ahead(last + 1, ".") && self.is_ahead(last + 2, "*") {
                return Err(self.refuse("* of a name with a part left out"));
            }
        }
        if n == 0 || n > 6 || !self.is_ahead(n, "*") {
            return Ok(None);
        }
        let mut parts = Vec::new();
        for _ in 0..n / 2 {
            parts.push(self.ident()?);
            self.expect(".")?;
        }
        self.expect("*")?;
        Ok(Some(SelectItem::Star {
            qualifier: Some(super::ast::ObjectName { parts }),
            span: self.since(span),
        }))
    }

    /// A column's alias: an identifier or a string.
    fn alias_name(&mut self) -> Result<Ident> {
        if !self.is_text() {
            return self.ident();
        }
        let span = self.start();
        let text = self.text()?;
        if text.is_empty() {
            return Err(self.error(
                1038,
                "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a \
                 name. For other statements, look for empty alias names. Aliases defined as \"\" or [] are not \
                 allowed. Change the alias to a valid name.",
            ));
        }
        if text.encode_utf16().count() > 128 {
            let shown: String = text.chars().take(128).collect();
            return Err(self.error(
                103,
                format!(
                    "The identifier that starts with '{shown}' is too long. Maximum length is 128."
                ),
            ));
        }
        Ok(Ident {
            text,
            quoted: true,
            span,
        })
    }

    fn group_by(&mut self) -> Result<Vec<GroupItem>> {
        if !self.accept("GROUP") {
            return Ok(Vec::new());
        }
        self.expect("BY")?;
        if self.is("ALL") {
            return Err(self.refuse("GROUP BY ALL"));
        }
        let items = self.list(Self::group_item)?;
        if self.is("WITH") && (self.is_ahead(1, "ROLLUP") || self.is_ahead(1, "CUBE")) {
            return Err(self.refuse("GROUP BY ... WITH ROLLUP or CUBE"));
        }
        if self.is("WITH") && self.is_ahead(1, "(") && self.is_ahead(2, "DISTRIBUTED_AGG") {
            return Err(self.refuse("GROUP BY ... WITH (DISTRIBUTED_AGG)"));
        }
        Ok(items)
    }

    fn group_item(&mut self) -> Result<GroupItem> {
        if self.is("(") && self.is_ahead(1, ")") {
            self.skip(2);
            return Ok(GroupItem::GroupingSets(vec![Vec::new()]));
        }
        if self.are(&["GROUPING", "SETS"]) {
            self.skip(2);
            self.expect("(")?;
            let sets = self.list(Self::grouping_set)?;
            self.expect(")")?;
            return Ok(GroupItem::GroupingSets(sets));
        }
        if self.is_any(&["ROLLUP", "CUBE"]) && self.is_ahead(1, "(") {
            let rollup = self.advance().upper == "ROLLUP";
            self.expect("(")?;
            let columns = self.list(|p| {
                let column = p.value_or_composite()?;
                column.ok_or_else(|| p.refuse("composite columns in ROLLUP and CUBE"))
            })?;
            self.expect(")")?;
            return Ok(if rollup {
                GroupItem::Rollup(columns)
            } else {
                GroupItem::Cube(columns)
            });
        }
        self.value().map(GroupItem::Expr)
    }

    /// A value; none at the comma of `(a, b)`.
    fn value_or_composite(&mut self) -> Result<Option<Expr>> {
        let (mut n, mut depth) = (0, 0usize);
        while self.is("(") && !self.is_ahead(1, "SELECT") {
            match self.ahead(n) {
                token if token.kind == Kind::End => break,
                token if token.upper == "(" => depth += 1,
                token if token.upper == ")" => depth -= 1,
                token if token.upper == "," && depth == 1 => return Ok(None),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            n += 1;
        }
        self.value().map(Some)
    }

    fn grouping_set(&mut self) -> Result<Vec<Expr>> {
        if self.is_any(&["ROLLUP", "CUBE"]) && self.is_ahead(1, "(") {
            return Err(self.refuse("ROLLUP and CUBE inside GROUPING SETS"));
        }
        if self.is("(") && !self.is_ahead(1, "SELECT") {
            self.skip(1);
            if self.accept(")") {
                return Ok(Vec::new());
            }
            let columns = self.list(|p| {
                if p.is_any(&["ROLLUP", "CUBE"]) && p.is_ahead(1, "(") {
                    return Err(p.refuse("ROLLUP and CUBE inside GROUPING SETS"));
                }
                p.value()
            })?;
            self.expect(")")?;
            return Ok(columns);
        }
        Ok(vec![self.value()?])
    }

    fn offset_fetch(&mut self, query: &mut Query) -> Result<()> {
        if !self.accept("OFFSET") {
            return Ok(());
        }
        query.offset = Some(self.boxed_value()?);
        self.expect_any(&["ROW", "ROWS"])?;
        if self.accept("FETCH") {
            self.expect_any(&["FIRST", "NEXT"])?;
            query.fetch = Some(self.boxed_value()?);
            self.expect_any(&["ROW", "ROWS"])?;
            self.expect("ONLY")?;
        }
        Ok(())
    }

    fn for_clause(&mut self) -> Result<ForClause> {
        self.expect("FOR")?;
        if self.accept("BROWSE") {
            return Ok(ForClause::Browse);
        }
        if self.accept("JSON") {
            let auto = self.expect_any(&["PATH", "AUTO"])? == "AUTO";
            let mut options = Vec::new();
            while self.accept(",") {
                let option = self.for_option(
                    &["ROOT", "INCLUDE_NULL_VALUES", "WITHOUT_ARRAY_WRAPPER"],
                    &options,
                )?;
                options.push(option);
            }
            return Ok(ForClause::Json { auto, options });
        }
        if self.is("UPDATE") {
            return Err(self.refuse("FOR UPDATE"));
        }
        self.expect("XML")?;
        let mode = self.expect_any(&["PATH", "RAW", "AUTO", "EXPLICIT"])?;
        let mut options = Vec::new();
        if mode != "AUTO" && self.accept("(") {
            let span = self.start();
            options.push(NamedOption {
                name: "ELEMENT".to_owned(),
                value: Some(OptionValue::Text(self.text()?)),
                nested: Vec::new(),
                span,
            });
            self.expect(")")?;
        }
        while self.accept(",") {
            if self.is_any(&["BINARY", "XMLDATA", "XMLSCHEMA"]) {
                return Err(self.refuse("FOR XML"));
            }
            let option = self.for_option(&["ROOT", "TYPE", "ELEMENTS"], &options)?;
            options.push(option);
        }
        Ok(ForClause::Xml { mode, options })
    }

    fn for_option(&mut self, known: &[&str], earlier: &[NamedOption]) -> Result<NamedOption> {
        let span = self.start();
        let name = self.expect_any(known)?;
        if earlier.iter().any(|option| option.name == name) {
            self.back(1);
            return Err(self.unexpected());
        }
        let mut value = None;
        if name == "ROOT" && self.accept("(") {
            value = Some(OptionValue::Text(self.text()?));
            self.expect(")")?;
        } else if name == "ELEMENTS" && self.is_any(&["XSINIL", "ABSENT"]) {
            value = Some(OptionValue::Word(self.advance().upper));
        }
        Ok(NamedOption {
            name,
            value,
            nested: Vec::new(),
            span,
        })
    }
}
