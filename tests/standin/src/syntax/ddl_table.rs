//! CREATE TABLE and the bodies of table variables and table types.

use super::ast::{
    ColumnSyntax, ComputedSyntax, ConstraintKind, CreateTable, GeneratedWord, Ident, InlineIndex,
    KeyColumn, StatementKind, TableBody, TableConstraint,
};
use super::cursor::Parser;
use super::lexer::Kind;
use super::options::{CREATE_TABLE, INLINE_INDEX, KEY_CONSTRAINT};
use crate::error::Result;

impl Parser {
    pub fn create_table(&mut self) -> Result<StatementKind> {
        self.expect("TABLE")?;
        let name = self.object_name_of(3)?;
        if self.is("AS") || (self.is("WITH") && self.is_ahead(1, "(")) {
            return Err(self.refuse("CREATE TABLE AS NODE, EDGE, FILETABLE or SELECT"));
        }
        let body = self.table_body(true)?;
        if self.is("AS") && (self.is_ahead(1, "NODE") || self.is_ahead(1, "EDGE")) {
            return Err(self.refuse("graph tables"));
        }
        let mut on = None;
        if self.accept("ON") {
            on = Some(self.filegroup()?);
        }
        if self.accept("TEXTIMAGE_ON") {
            self.filegroup()?;
        }
        if self.is("FILESTREAM_ON") {
            return Err(self.refuse("FILESTREAM"));
        }
        let options = if self.is("WITH") && self.is_ahead(1, "(") {
            self.skip(1);
            self.option_list(&CREATE_TABLE)?
        } else {
            Vec::new()
        };
        Ok(StatementKind::CreateTable(Box::new(CreateTable {
            name,
            body,
            on,
            options,
        })))
    }

    /// A filegroup's name, which may be written as a string.
    pub fn filegroup(&mut self) -> Result<Ident> {
        let span = self.start();
        if self.is_text() {
            return Ok(Ident {
                text: self.text()?,
                quoted: true,
                span,
            });
        }
        let name = self.ident()?;
        if self.is("(") {
            return Err(self.refuse("partition schemes"));
        }
        Ok(name)
    }

    /// `( column | constraint | index | PERIOD, ... )`. `named`: constraints may have names and foreign keys exist,
    /// which is so for tables but not for table variables and types.
    pub fn table_body(&mut self, named: bool) -> Result<TableBody> {
        self.expect("(")?;
        let mut body = TableBody::default();
        loop {
            self.table_element(&mut body, named)?;
            if !self.accept(",") {
                break;
            }
            // A comma may be the last thing in a table's body.
            if named && self.is(")") && !body.columns.is_empty() {
                break;
            }
        }
        self.expect(")")?;
        Ok(body)
    }

    /// One element, appended to where it belongs.
    pub fn table_element(&mut self, body: &mut TableBody, named: bool) -> Result<()> {
        if named && self.are(&["PERIOD", "FOR", "SYSTEM_TIME"]) {
            self.skip(3);
            self.expect("(")?;
            let start = self.ident()?;
            self.expect(",")?;
            let end = self.ident()?;
            self.expect(")")?;
            body.periods.push((start, end));
        } else if self.is("INDEX") {
            body.indexes.push(self.inline_index(true)?);
        } else if self.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]) {
            body.constraints.push(self.table_constraint(named)?);
        } else {
            body.columns.push(self.column(named)?);
        }
        Ok(())
    }

    fn constraint_name(&mut self, named: bool) -> Result<Option<Ident>> {
        if !self.is("CONSTRAINT") {
            return Ok(None);
        }
        if !named {
            return Err(self.unexpected());
        }
        self.skip(1);
        self.ident().map(Some)
    }

    pub fn table_constraint(&mut self, named: bool) -> Result<TableConstraint> {
        let span = self.start();
        let name = self.constraint_name(named)?;
        let kind = match self.token().upper.as_str() {
            "PRIMARY" | "UNIQUE" => self.key_constraint(true)?,
            "FOREIGN" if named => {
                self.skip(1);
                self.expect("KEY")?;
                let columns = self.ident_list()?;
                self.references(columns)?
            }
            "CHECK" => self.check_constraint()?,
            "CONNECTION" if named => return Err(self.refuse("edge constraints")),
            _ => return Err(self.unexpected()),
        };
        Ok(TableConstraint {
            name,
            span: self.since(span),
            kind,
        })
    }

    fn key_constraint(&mut self, table_level: bool) -> Result<ConstraintKind> {
        let primary = self.advance().upper == "PRIMARY";
        if primary {
            self.expect("KEY")?;
        }
        let clustered = self.clustered();
        let hash = clustered == Some(false) && self.accept("HASH");
        let columns = if table_level {
            self.key_columns()?
        } else if self.is("(") {
            return Err(self.refuse("columns of a key that stands beside its column"));
        } else {
            Vec::new()
        };
        let options = self.index_options(&KEY_CONSTRAINT)?;
        if self.are(&["NOT", "ENFORCED"]) {
            return Err(self.refuse("keys that are not enforced"));
        }
        let on = if self.accept("ON") {
            Some(self.filegroup()?)
        } else {
            None
        };
        Ok(ConstraintKind::Key {
            primary,
            clustered,
            hash,
            columns,
            options,
            on,
        })
    }

    pub fn clustered(&mut self) -> Option<bool> {
        if self.accept("CLUSTERED") {
            Some(true)
        } else if self.accept("NONCLUSTERED") {
            Some(false)
        } else {
            None
        }
    }

    pub fn key_columns(&mut self) -> Result<Vec<KeyColumn>> {
        self.expect("(")?;
        let columns = self.list(|p| {
            let name = p.ident()?;
            let descending = p.accept("DESC");
            let directed = descending || p.accept("ASC");
            Ok(KeyColumn {
                name,
                descending,
                directed,
            })
        })?;
        self.expect(")")?;
        Ok(columns)
    }

    fn references(&mut self, columns: Vec<Ident>) -> Result<ConstraintKind> {
        self.expect("REFERENCES")?;
        let table = self.object_name_of(3)?;
        let referenced = if self.is("(") {
            self.ident_list()?
        } else {
            Vec::new()
        };
        let (mut on_delete, mut on_update) = (None, None);
        while self.is("ON") && (self.is_ahead(1, "DELETE") || self.is_ahead(1, "UPDATE")) {
            self.skip(1);
            let slot = if self.is("DELETE") {
                &mut on_delete
            } else {
                &mut on_update
            };
            if slot.is_some() {
                return Err(self.unexpected());
            }
            self.skip(1);
            *slot = Some(self.reference_action()?);
        }
        if self.are(&["NOT", "ENFORCED"]) {
            return Err(self.refuse("keys that are not enforced"));
        }
        let not_for_replication = self.accept_all(&["NOT", "FOR", "REPLICATION"]);
        Ok(ConstraintKind::ForeignKey {
            columns,
            table,
            referenced,
            on_delete,
            on_update,
            not_for_replication,
        })
    }

    fn reference_action(&mut self) -> Result<String> {
        if self.accept_all(&["NO", "ACTION"]) {
            return Ok("NO ACTION".to_owned());
        }
        if self.accept("CASCADE") {
            return Ok("CASCADE".to_owned());
        }
        self.expect("SET")?;
        Ok(format!("SET {}", self.expect_any(&["NULL", "DEFAULT"])?))
    }

    fn check_constraint(&mut self) -> Result<ConstraintKind> {
        self.expect("CHECK")?;
        let not_for_replication = self.accept_all(&["NOT", "FOR", "REPLICATION"]);
        self.expect("(")?;
        let expr = self.without_subqueries(Self::condition)?;
        self.expect(")")?;
        Ok(ConstraintKind::Check {
            expr,
            not_for_replication,
        })
    }

    /// INDEX name ... of a table (with its columns) or of a column (without).
    fn inline_index(&mut self, table_level: bool) -> Result<InlineIndex> {
        self.expect("INDEX")?;
        let name = self.ident()?;
        let unique = self.accept("UNIQUE");
        let clustered = self.clustered();
        let columnstore = table_level && !unique && self.accept("COLUMNSTORE");
        let hash = !columnstore && self.accept("HASH");
        if table_level && !columnstore && (self.is(",") || self.is(")") || self.at_end()) {
            return Err(self.refuse("a column whose name is INDEX"));
        }
        if !table_level && self.is("(") {
            return Err(self.refuse("columns in an index that a column has"));
        }
        let columns = if table_level && !(columnstore && clustered == Some(true)) {
            self.key_columns()?
        } else {
            Vec::new()
        };
        let includes = if table_level && !columnstore && !hash && self.accept("INCLUDE") {
            self.ident_list()?
        } else {
            Vec::new()
        };
        let filter = if !hash && self.accept("WHERE") {
            Some(self.filter_predicate()?)
        } else {
            None
        };
        let options = self.index_options(&INLINE_INDEX)?;
        if self.accept("ON") {
            self.filegroup()?;
        }
        if self.is("FILESTREAM_ON") {
            return Err(self.refuse("FILESTREAM"));
        }
        Ok(InlineIndex {
            name,
            unique,
            clustered,
            columnstore,
            hash,
            columns,
            includes,
            filter,
            options,
        })
    }

    // ---- columns

    pub fn column(&mut self, named: bool) -> Result<ColumnSyntax> {
        let span = self.start();
        let name = self.ident()?;
        let mut column = empty_column(name, span);
        if self.accept("AS") {
            column.computed = Some(ComputedSyntax {
                expr: self.without_subqueries(Self::value)?,
                persisted: self.accept("PERSISTED"),
            });
            self.computed_column_rest(&mut column, named)?;
        } else {
            // A column of type timestamp may be written without its type; that spelling is not read here.
            column.data_type = Some(self.type_ref()?);
            while self.column_property(&mut column, named)? {}
        }
        column.span = self.since(span);
        Ok(column)
    }

    fn computed_column_rest(&mut self, column: &mut ColumnSyntax, named: bool) -> Result<()> {
        let persisted = column.computed.as_ref().is_some_and(|c| c.persisted);
        if persisted && self.are(&["NOT", "NULL"]) {
            self.skip(2);
            column.nullable = Some(false);
        }
        if self.is("NULL") || (self.is("NOT") && !persisted) {
            return Err(self.refuse("NULL and NOT NULL of a computed column that is not PERSISTED"));
        }
        while self.is_any(&[
            "CONSTRAINT",
            "PRIMARY",
            "UNIQUE",
            "CHECK",
            "REFERENCES",
            "FOREIGN",
        ]) {
            self.column_constraint(column, named)?;
        }
        Ok(())
    }

    /// One property after a column's type; false when none follows.
    fn column_property(&mut self, column: &mut ColumnSyntax, named: bool) -> Result<bool> {
        let upper = self.token().upper.clone();
        match upper.as_str() {
            "COLLATE" if column.collation.is_none() => {
                self.skip(1);
                column.collation = Some(self.collation()?);
            }
            "NULL" | "NOT" => self.nullability(column)?,
            "IDENTITY"
                if column.identity.is_none() && column.default.is_none() && !column.sparse =>
            {
                self.identity(column)?
            }
            "GENERATED" if named => self.generated(column)?,
            "HIDDEN"
                if named
                    && !column.hidden
                    && column.generated.is_some()
                    && column.nullable.is_none() =>
            {
                self.skip(1);
                column.hidden = true;
            }
            "HIDDEN" if named && !column.hidden && column.nullable.is_none() => {
                return Err(self.refuse("HIDDEN on a column that is not GENERATED ALWAYS"));
            }
            "SPARSE"
                if !column.sparse
                    && named
                    && column.nullable.is_none()
                    && column.identity.is_none() =>
            {
                self.skip(1);
                column.sparse = true;
            }
            "ROWGUIDCOL" if !column.rowguidcol => {
                self.skip(1);
                column.rowguidcol = true;
            }
            "DEFAULT" | "CONSTRAINT" | "PRIMARY" | "UNIQUE" | "CHECK" | "REFERENCES"
            | "FOREIGN" => {
                self.column_constraint(column, named)?;
            }
            "INDEX" if column.index.is_none() => column.index = Some(self.inline_index(false)?),
            "MASKED" | "ENCRYPTED" | "FILESTREAM" | "COLUMN_SET" => {
                return Err(self.refuse(format!("{upper} columns")));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn nullability(&mut self, column: &mut ColumnSyntax) -> Result<()> {
        if column.nullable.is_some() {
            return Err(self.refuse("a column with NULL or NOT NULL twice"));
        }
        let not = self.accept("NOT");
        self.expect("NULL")?;
        column.nullable = Some(!not);
        Ok(())
    }

    fn identity(&mut self, column: &mut ColumnSyntax) -> Result<()> {
        self.expect("IDENTITY")?;
        let mut values = ("1".to_owned(), "1".to_owned());
        if self.accept("(") {
            values.0 = self.identity_number()?;
            self.expect(",")?;
            values.1 = self.identity_number()?;
            self.expect(")")?;
        }
        column.identity = Some(values);
        column.identity_not_for_replication = self.accept_all(&["NOT", "FOR", "REPLICATION"]);
        Ok(())
    }

    fn identity_number(&mut self) -> Result<String> {
        let sign = if self.accept("-") { "-" } else { "" };
        if !matches!(self.kind(), Kind::Integer | Kind::Decimal) {
            return Err(self.unexpected());
        }
        Ok(format!("{sign}{}", self.advance().text))
    }

    /// GENERATED ALWAYS AS ROW START|END comes before HIDDEN and before nullability; otherwise 102.
    fn generated(&mut self, column: &mut ColumnSyntax) -> Result<()> {
        if column.nullable.is_some() || column.generated.is_some() {
            return Err(self.unexpected());
        }
        self.expect_all(&["GENERATED", "ALWAYS", "AS"])?;
        if self.is_any(&["TRANSACTION_ID", "SEQUENCE_NUMBER"]) {
            return Err(self.refuse("ledger columns"));
        }
        self.expect("ROW")?;
        let start = self.expect_any(&["START", "END"])? == "START";
        column.generated = Some(if start {
            GeneratedWord::RowStart
        } else {
            GeneratedWord::RowEnd
        });
        if self.accept("HIDDEN") {
            column.hidden = true;
        }
        Ok(())
    }

    fn column_constraint(&mut self, column: &mut ColumnSyntax, named: bool) -> Result<()> {
        let span = self.start();
        let name = self.constraint_name(named)?;
        let kind = match self.token().upper.as_str() {
            "DEFAULT"
                if column.computed.is_none()
                    && column.default.is_none()
                    && column.identity.is_none() =>
            {
                self.skip(1);
                column.default = Some((name, self.without_subqueries(Self::value)?));
                if self.is("WITH") && self.is_ahead(1, "VALUES") {
                    self.skip(2);
                    column.with_values = true;
                }
                return Ok(());
            }
            "NULL" | "NOT" if column.computed.is_none() => {
                // CONSTRAINT n NOT NULL: the name is read and dropped, as the server does.
                return self.nullability(column);
            }
            "PRIMARY" | "UNIQUE" => self.key_constraint(false)?,
            "CHECK" => self.check_constraint()?,
            "FOREIGN" if named => {
                self.skip(1);
                self.expect("KEY")?;
                if self.is("(") {
                    return Err(self.refuse("columns in a foreign key that a column has"));
                }
                self.references(Vec::new())?
            }
            "REFERENCES" if named => self.references(Vec::new())?,
            "DEFAULT" if column.identity.is_some() && column.default.is_none() => {
                return Err(self.refuse("DEFAULT on an IDENTITY column"));
            }
            _ => return Err(self.unexpected()),
        };
        column.constraints.push(TableConstraint {
            name,
            span: self.since(span),
            kind,
        });
        Ok(())
    }
}

fn empty_column(name: Ident, span: super::ast::Span) -> ColumnSyntax {
    ColumnSyntax {
        name,
        span,
        data_type: None,
        computed: None,
        collation: None,
        nullable: None,
        identity: None,
        identity_not_for_replication: false,
        default: None,
        with_values: false,
        generated: None,
        hidden: false,
        sparse: false,
        rowguidcol: false,
        constraints: Vec::new(),
        index: None,
        unsupported: Vec::new(),
    }
}
