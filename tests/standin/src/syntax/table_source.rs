//! FROM: tables, derived tables, functions, joins, hints, FOR SYSTEM_TIME.

use super::ast::{
    DmlTarget, Expr, JoinKind, NamedTable, ObjectName, OpenJsonColumn, SystemTime, TableAlias,
    TableHint, TableSource,
};
use super::cursor::Parser;
use super::lexer::Kind;
use crate::error::Result;

const HINTS: &[&str] = &[
    "FORCESCAN",
    "HOLDLOCK",
    "IGNORE_CONSTRAINTS",
    "IGNORE_TRIGGERS",
    "KEEPDEFAULTS",
    "KEEPIDENTITY",
    "NOEXPAND",
    "NOLOCK",
    "NOWAIT",
    "PAGLOCK",
    "READCOMMITTED",
    "READCOMMITTEDLOCK",
    "READPAST",
    "READUNCOMMITTED",
    "REPEATABLEREAD",
    "ROWLOCK",
    "SERIALIZABLE",
    "SNAPSHOT",
    "TABLOCK",
    "TABLOCKX",
    "UPDLOCK",
    "XLOCK",
];
const JOIN_WORDS: &[&str] = &["JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER"];

impl Parser {
    /// One element of a FROM list: a table with the joins that hang on it.
    pub fn table_source(&mut self) -> Result<TableSource> {
        self.nested(|p| {
            let mut left = p.table_primary()?;
            let mut joins = 0;
            while p.is_any(JOIN_WORDS) || p.is_pivot() {
                left = p.join_after(left)?;
                joins += 1;
                if joins > 256 {
                    return Err(p.too_deep());
                }
            }
            Ok(left)
        })
    }

    /// One join on to what has been read. `a JOIN b JOIN c ON .. ON ..` nests to the right.
    fn join_after(&mut self, left: TableSource) -> Result<TableSource> {
        self.nested(|p| p.join_here(left))
    }

    fn join_here(&mut self, left: TableSource) -> Result<TableSource> {
        if self.is_pivot() {
            return self.pivoted(left);
        }
        let (kind, hint) = self.join_words()?;
        let mut right = self.table_primary()?;
        let mut on = None;
        if !matches!(
            kind,
            JoinKind::Cross | JoinKind::CrossApply | JoinKind::OuterApply
        ) {
            while !self.is("ON") {
                if !self.is_any(JOIN_WORDS) && !self.is_pivot() {
                    return Err(self.unexpected());
                }
                right = self.join_after(right)?;
            }
            self.skip(1);
            on = Some(self.condition()?);
        }
        Ok(TableSource::Join {
            kind,
            left: Box::new(left),
            right: Box::new(right),
            on,
            hint,
        })
    }

    fn join_words(&mut self) -> Result<(JoinKind, Option<String>)> {
        let first = self.advance().upper;
        let kind = match first.as_str() {
            "JOIN" => return Ok((JoinKind::Inner, None)),
            "CROSS" => {
                let kind = if self.expect_any(&["JOIN", "APPLY"])? == "JOIN" {
                    JoinKind::Cross
                } else {
                    JoinKind::CrossApply
                };
                return Ok((kind, None));
            }
            "OUTER" => {
                self.expect("APPLY")?;
                return Ok((JoinKind::OuterApply, None));
            }
            "INNER" => JoinKind::Inner,
            "LEFT" => JoinKind::Left,
            "RIGHT" => JoinKind::Right,
            _ => JoinKind::Full,
        };
        if kind != JoinKind::Inner {
            self.accept("OUTER");
        }
        let hint = self
            .is_any(&["LOOP", "HASH", "MERGE", "REMOTE"])
            .then(|| self.advance().upper);
        self.expect("JOIN")?;
        Ok((kind, hint))
    }

    fn table_primary(&mut self) -> Result<TableSource> {
        self.refuse_system_variable()?;
        let span = self.start();
        match self.kind() {
            Kind::Symbol if self.is("(") => return self.parenthesized_source(),
            Kind::Symbol if self.is("{") => return Err(self.refuse("ODBC escape sequences")),
            Kind::Symbol if self.is("::") => {
                return Err(self.refuse("system functions called with '::'"));
            }
            Kind::Variable => {
                let name = self.advance().text;
                if self.is(".") {
                    return Err(self.refuse("xml and table methods in FROM"));
                }
                let alias = self.table_alias()?;
                return Ok(TableSource::Variable { name, alias, span });
            }
            Kind::Reserved => {
                if self.is_any(&[
                    "OPENROWSET",
                    "OPENQUERY",
                    "OPENXML",
                    "OPENDATASOURCE",
                    "CONTAINSTABLE",
                    "FREETEXTTABLE",
                    "SEMANTICKEYPHRASETABLE",
                    "SEMANTICSIMILARITYDETAILSTABLE",
                    "SEMANTICSIMILARITYTABLE",
                ]) {
                    return Err(self.refuse(&self.token().upper));
                }
                return Err(self.unexpected());
            }
            _ => {}
        }
        if self.is("OPENJSON") && self.is_ahead(1, "(") {
            return self.open_json();
        }
        if self.is_any(&[
            "CHANGETABLE",
            "PREDICT",
            "VECTOR_SEARCH",
            "AI_GENERATE_CHUNKS",
        ]) && self.is_ahead(1, "(")
        {
            return Err(self.refuse(&self.token().upper));
        }
        let name = self.object_name()?;
        if self.is("(") && !self.is_old_hint() {
            return self.function_source(name);
        }
        self.named_table(name, true)
            .map(|table| TableSource::Named(Box::new(table)))
    }

    /// `FROM t (NOLOCK)`: a hint without WITH, from the days before table functions.
    fn is_old_hint(&self) -> bool {
        if self.is_ahead(1, "INDEX") || (self.is_ahead(1, "FORCESEEK") && self.is_ahead(2, "(")) {
            return true;
        }
        HINTS.contains(&self.ahead(1).upper.as_str())
            && (self.is_ahead(2, ")") || self.is_ahead(2, ","))
    }

    fn function_source(&mut self, name: ObjectName) -> Result<TableSource> {
        let span = name.parts.first().map_or_else(|| self.start(), |p| p.span);
        let sided = ["LEADING", "TRAILING", "BOTH"]
            .iter()
            .any(|side| self.is_ahead(1, side));
        if name.base().eq_ignore_ascii_case("TRIM") && sided && !self.is_ahead(2, ")") {
            return Err(self.unexpected());
        }
        let call = self.call(name)?;
        if call.star || call.distinct || call.over.is_some() || !call.within_group.is_empty() {
            return Err(self.unexpected());
        }
        if !call.json_pairs.is_empty()
            || call.absent_on_null.is_some()
            || call.ignore_nulls.is_some()
        {
            return Err(self.unexpected());
        }
        if self.is(".") {
            return Err(self.refuse("xml and table methods in FROM"));
        }
        let alias = self.columned_alias(false)?;
        if self.is("WITH") && self.is_ahead(1, "(") {
            return Err(self.refuse("WITH after a table function"));
        }
        Ok(TableSource::Function {
            call,
            alias,
            with_columns: Vec::new(),
            span,
        })
    }

    fn parenthesized_source(&mut self) -> Result<TableSource> {
        if self.is_ahead(1, "VALUES") {
            self.skip(2);
            let rows = self.list(Self::value_row)?;
            self.expect(")")?;
            let alias = self.required_alias()?;
            if alias.columns.is_empty() {
                return Err(self.unexpected());
            }
            return Ok(TableSource::Values { rows, alias });
        }
        if ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(&self.ahead(1).upper.as_str()) {
            return Err(self.refuse("a data change as a table source"));
        }
        if self.begins_query() {
            let query = Box::new(self.parenthesized_query()?);
            let alias = self.required_alias()?;
            return Ok(TableSource::Derived { query, alias });
        }
        self.expect("(")?;
        let inner = self.table_source()?;
        if !matches!(inner, TableSource::Join { .. } | TableSource::Paren(_)) {
            return Err(self.unexpected());
        }
        self.expect(")")?;
        Ok(TableSource::Paren(Box::new(inner)))
    }

    fn value_row(&mut self) -> Result<Vec<Expr>> {
        self.expect("(")?;
        let row = self.list(Self::value)?;
        self.expect(")")?;
        Ok(row)
    }

    /// Whether the parenthesis here holds a query rather than a join: `((SELECT 1) UNION ...)` against
    /// `((SELECT 1) AS a JOIN ...)`.
    fn begins_query(&self) -> bool {
        let mut opened = 0;
        while self.is_ahead(opened, "(") {
            opened += 1;
        }
        if !self.is_ahead(opened, "SELECT") {
            return false;
        }
        if opened == 1 {
            return true;
        }
        // Find the end of the first inner parenthesis.
        let (mut n, mut depth) = (1, 0usize);
        loop {
            match self.ahead(n) {
                token if token.kind == Kind::End => return false,
                token if token.upper == "(" => depth += 1,
                token if token.upper == ")" => {
                    depth -= 1;
                    if depth == 0 {
                        let after = self.ahead(n + 1).upper.as_str();
                        return matches!(after, ")" | "UNION" | "EXCEPT" | "INTERSECT");
                    }
                }
                _ => {}
            }
            n += 1;
        }
    }

    fn required_alias(&mut self) -> Result<TableAlias> {
        self.columned_alias(true)?.ok_or_else(|| self.unexpected())
    }

    /// `[AS] name [(columns)]`
    fn columned_alias(&mut self, columns: bool) -> Result<Option<TableAlias>> {
        let Some(mut alias) = self.table_alias()? else {
            return Ok(None);
        };
        if self.is("(") && (columns || self.is_name_ahead(1)) {
            alias.columns = self.ident_list()?;
        }
        Ok(Some(alias))
    }

    pub fn table_alias(&mut self) -> Result<Option<TableAlias>> {
        let named = self.accept("AS");
        let window = self.is("WINDOW");
        if !named && (!self.is_name() || window || self.is_label()) {
            return Ok(None);
        }
        Ok(Some(TableAlias {
            name: self.ident()?,
            columns: Vec::new(),
        }))
    }

    /// What follows a table's name: FOR SYSTEM_TIME, alias, TABLESAMPLE, hints.
    fn named_table(&mut self, name: ObjectName, aliased: bool) -> Result<NamedTable> {
        let span = name.parts.first().map_or_else(|| self.start(), |p| p.span);
        let system_time = if aliased && self.are(&["FOR", "SYSTEM_TIME"]) {
            self.skip(2);
            Some(self.system_time()?)
        } else {
            None
        };
        let mut alias = None;
        if aliased {
            if self.is("(") && self.is_old_hint() {
                return Err(self.refuse("a table hint without WITH"));
            }
            alias = self.table_alias()?;
            let by_number = self.is("(")
                && self.ahead(1).kind == super::lexer::Kind::Integer
                && self.is_ahead(2, ")");
            if by_number || self.is("HOLDLOCK") || (self.is("(") && self.is_old_hint()) {
                return Err(self.refuse("a table hint without WITH"));
            }
            if self.are(&["FOR", "PATH"]) {
                return Err(self.refuse("FOR PATH of graph tables"));
            }
        }
        if self.is("TABLESAMPLE") {
            return Err(self.refuse("TABLESAMPLE"));
        }
        let hints = self.table_hints()?;
        if !aliased && hints.iter().any(|hint| matches!(hint, TableHint::Index(_))) {
            return Err(self
                .error(
                    1069,
                    "Index hints are only allowed in a FROM or OPTION clause.",
                )
                .class(16));
        }
        Ok(NamedTable {
            name,
            alias,
            hints,
            system_time,
            tablesample: false,
            span,
        })
    }

    fn system_time(&mut self) -> Result<SystemTime> {
        if self.accept("ALL") {
            return Ok(SystemTime::All);
        }
        if self.accept("AS") {
            self.expect("OF")?;
            return Ok(SystemTime::AsOf(self.instant()?));
        }
        if self.accept("FROM") {
            let low = self.instant()?;
            self.expect("TO")?;
            return Ok(SystemTime::From(low, self.instant()?));
        }
        if self.accept("BETWEEN") {
            let low = self.instant()?;
            self.expect("AND")?;
            return Ok(SystemTime::Between(low, self.instant()?));
        }
        self.expect_all(&["CONTAINED", "IN", "("])?;
        let low = self.instant()?;
        self.expect(",")?;
        let high = self.instant()?;
        self.expect(")")?;
        Ok(SystemTime::ContainedIn(low, high))
    }

    /// A literal or a variable, nothing else.
    fn instant(&mut self) -> Result<Box<Expr>> {
        match self.kind() {
            Kind::Text | Kind::NationalText | Kind::Variable => {
                let start = self.start();
                let kind = match self.kind() {
                    Kind::Variable => super::ast::ExprKind::Variable(self.advance().text),
                    kind => super::ast::ExprKind::String {
                        national: kind == Kind::NationalText,
                        text: self.advance().text,
                    },
                };
                Ok(Box::new(Expr {
                    span: self.since(start),
                    kind,
                }))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `WITH (hint, ...)`, empty when there is none.
    pub fn table_hints(&mut self) -> Result<Vec<TableHint>> {
        if !self.is("WITH") {
            return Ok(Vec::new());
        }
        if !self.is_ahead(1, "(") {
            // `FROM t WITH cte AS (...)`: the statement before the WITH wants its semicolon.
            if self.is_name_ahead(1) && (self.is_ahead(2, "AS") || self.is_ahead(2, "(")) {
                self.skip(1);
                let near = self.near();
                return Err(self.error(
                    336,
                    format!(
                        "Incorrect syntax near '{near}'. If this is intended to be a common table expression, you need \
                         to explicitly terminate the previous statement with a semi-colon."
                    ),
                ));
            }
            return Ok(Vec::new());
        }
        self.skip(2);
        let mut hints = vec![self.table_hint()?];
        while self.accept(",") || !self.is(")") {
            hints.push(self.table_hint()?);
        }
        self.expect(")")?;
        Ok(hints)
    }

    fn table_hint(&mut self) -> Result<TableHint> {
        if self.kind() == Kind::Integer {
            return Err(self.refuse("an index hint that is only a number"));
        }
        let upper = self.token().upper.clone();
        if HINTS.contains(&upper.as_str()) {
            self.skip(1);
            return Ok(TableHint::Word(upper));
        }
        match upper.as_str() {
            "FORCESEEK" => {
                self.skip(1);
                if self.is("(") {
                    return Err(self.refuse("FORCESEEK with an index"));
                }
                Ok(TableHint::ForceSeek)
            }
            "INDEX" => {
                self.skip(1);
                if self.accept("(") {
                    let names = self.list(Self::index_reference)?;
                    self.expect(")")?;
                    return Ok(TableHint::Index(names));
                }
                self.expect("=")?;
                Ok(TableHint::Index(vec![self.index_reference()?]))
            }
            "SPATIAL_WINDOW_MAX_CELLS" => {
                self.skip(1);
                self.expect("=")?;
                self.integer()?;
                Ok(TableHint::Word(upper))
            }
            _ if self.kind() == Kind::Word => Err(self.error(
                321,
                format!(
                    "\"{}\" is not a recognized table hints option. If it is intended as a parameter to a table-valued \
                     function or to the CHANGETABLE function, ensure that your database compatibility mode is set to \
                     90.",
                    self.token().text
                ),
            )),
            _ => Err(self.unexpected()),
        }
    }

    fn index_reference(&mut self) -> Result<String> {
        if self.kind() == Kind::Integer {
            self.integer()
        } else {
            Ok(self.ident()?.text)
        }
    }

    fn open_json(&mut self) -> Result<TableSource> {
        let span = self.start();
        self.skip(2);
        let json = self.boxed_value()?;
        let path = if self.accept(",") {
            Some(self.boxed_value()?)
        } else {
            None
        };
        self.expect(")")?;
        let columns = if self.is("WITH") && self.is_ahead(1, "(") {
            self.skip(2);
            let columns = self.list(Self::open_json_column)?;
            self.expect(")")?;
            columns
        } else {
            Vec::new()
        };
        let alias = self.columned_alias(false)?;
        Ok(TableSource::OpenJson {
            json,
            path,
            columns,
            alias,
            span,
        })
    }

    fn open_json_column(&mut self) -> Result<OpenJsonColumn> {
        let name = self.ident()?;
        let data_type = self.type_ref()?;
        if self.is("COLLATE") {
            return Err(self.refuse("COLLATE in OPENJSON"));
        }
        let path = if self.is_text() {
            Some(self.text()?)
        } else {
            None
        };
        let as_json = self.accept_all(&["AS", "JSON"]);
        Ok(OpenJsonColumn {
            name,
            data_type,
            path,
            as_json,
        })
    }

    /// The target of a data change: a table with hints, or a table variable.
    pub fn dml_target(&mut self) -> Result<DmlTarget> {
        if self.kind() == Kind::Variable {
            let name = self.variable()?;
            if self.is("WITH") {
                return Err(self.unexpected());
            }
            return Ok(DmlTarget::Variable(name));
        }
        if self.is_any(&["OPENROWSET", "OPENQUERY", "OPENDATASOURCE"]) {
            return Err(self.refuse(&self.token().upper));
        }
        self.refuse_system_variable()?;
        let name = self.object_name()?;
        self.named_table(name, false)
            .map(|table| DmlTarget::Table(Box::new(table)))
    }
}
