//! Which names a part of a statement sees, and what they stand for.

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Ident, ObjectName};
use crate::types::{SqlType, TypeName};

use super::expr::{BoundExpr, CollationLabel, Node};
use super::plan::{AggregateCall, WindowCall};

/// A column that can be named.
#[derive(Debug, Clone)]
pub struct ScopeColumn {
    pub name: String,
    pub ty: SqlType,
    pub nullable: bool,
    pub identity: bool,
    pub computed: bool,
    pub updatable: bool,
    /// Not part of `*`.
    pub hidden: bool,
    /// Index into `Scope::tables`.
    pub table: usize,
}

/// A table source by the name that columns are qualified with.
#[derive(Debug, Clone)]
pub struct ScopeTable {
    /// Alias, or the table's base name. Empty: cannot be named.
    pub name: String,
    /// Schema of a table that has no alias, so that `dbo.t.c` works.
    pub schema: Option<String>,
    pub aliased: bool,
    /// Ordinal of the first column and their count.
    pub first: usize,
    pub count: usize,
    pub database: Option<String>,
}

/// The clause that is being bound: decides which error a misplaced aggregate or window gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    Select,
    Where,
    On,
    GroupBy,
    Having,
    OrderBy,
    Other,
}

/// State of a grouped query: what the rows after grouping consist of.
#[derive(Debug, Clone, Default)]
pub struct Grouping {
    pub keys: Vec<BoundExpr>,
    pub calls: Vec<AggregateCall>,
    pub sets: bool,
    /// The sets as positions of keys; empty without ROLLUP and its kin.
    pub lists: Vec<Vec<usize>>,
}

/// Ordinals of window results until the width of the row below them is known.
pub const WINDOW_BASE: usize = 1 << 24;
/// Ordinal of the mask of absent keys until then.
pub const MASK_ORDINAL: usize = AGGREGATE_BASE - 1;
/// Ordinals of aggregates until then.
pub const AGGREGATE_BASE: usize = 1 << 22;

/// The names of one query level; its row holds the columns in order.
#[derive(Debug, Clone)]
pub struct Scope {
    pub columns: Vec<ScopeColumn>,
    pub tables: Vec<ScopeTable>,
    pub clause: Clause,
    pub grouping: Option<Grouping>,
    pub windows: Vec<WindowCall>,
    /// Inside an aggregate's or a window's arguments.
    pub inside_aggregate: bool,
    pub inside_window: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self::empty()
    }
}

impl Scope {
    pub fn empty() -> Self {
        Self {
            columns: Vec::new(),
            tables: Vec::new(),
            clause: Clause::Other,
            grouping: None,
            windows: Vec::new(),
            inside_aggregate: false,
            inside_window: false,
        }
    }

    /// The row is the table's columns in definition order.
    pub fn of_table(def: &TableDef, alias: Option<&str>) -> Self {
        let mut scope = Self::empty();
        scope.add_table(alias.unwrap_or(&def.name), None, alias.is_some());
        for column in &def.columns {
            scope.columns.push(ScopeColumn {
                name: column.name.clone(),
                ty: column.sql_type.clone(),
                nullable: column.nullable,
                identity: column.identity.is_some(),
                computed: column.computed.is_some(),
                updatable: column.computed.is_none()
                    && column.identity.is_none()
                    && column.sql_type.name != TypeName::RowVersion
                    && column.generated.is_none(),
                hidden: column.hidden,
                table: 0,
            });
        }
        scope.close_table();
        scope
    }

    pub(crate) fn add_table(&mut self, name: &str, schema: Option<&str>, aliased: bool) {
        self.tables.push(ScopeTable {
            name: name.to_owned(),
            schema: schema.map(str::to_owned),
            aliased,
            first: self.columns.len(),
            count: 0,
            database: None,
        });
    }

    pub(crate) fn close_table(&mut self) {
        let width = self.columns.len();
        if let Some(table) = self.tables.last_mut() {
            table.count = width - table.first;
        }
    }

    /// Both sides' names; the row of `self` comes first. Duplicate exposed names: 1011, 1012, 1013.
    pub fn join(mut self, other: Self) -> Result<Self> {
        for theirs in &other.tables {
            if let Some(ours) = self
                .tables
                .iter()
                .find(|t| !t.name.is_empty() && t.name.eq_ignore_ascii_case(&theirs.name))
            {
                check_exposed(ours, theirs)?;
            }
        }
        let (columns, tables) = (self.columns.len(), self.tables.len());
        self.columns.extend(other.columns.into_iter().map(|mut c| {
            c.table += tables;
            c
        }));
        self.tables.extend(other.tables.into_iter().map(|mut t| {
            t.first += columns;
            t
        }));
        Ok(self)
    }

    /// The columns of an outer join's optional side.
    pub(crate) fn make_nullable(&mut self) {
        for column in &mut self.columns {
            column.nullable = true;
        }
    }

    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// None: this level does not know the name (look further out).
    pub(crate) fn find(&self, name: &ObjectName) -> Result<Option<usize>> {
        let column = name.base();
        if name.parts.len() == 1 {
            let mut found = self
                .columns
                .iter()
                .enumerate()
                .filter(|(_, c)| c.name.eq_ignore_ascii_case(column))
                .map(|(at, _)| at);
            let first = found.next();
            if first.is_some() && found.next().is_some() {
                return Err(at_name(
                    SqlError::new(209, format!("Ambiguous column name '{column}'.")),
                    name,
                ));
            }
            return Ok(first);
        }
        let Some(table) = self.find_table(&name.parts[..name.parts.len() - 1]) else {
            return Ok(None);
        };
        self.columns[table.first..table.first + table.count]
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(column))
            .map(|at| Some(table.first + at))
            .ok_or_else(|| invalid_column(name))
    }

    /// The table that a qualifier names.
    pub(crate) fn find_table(&self, qualifier: &[Ident]) -> Option<&ScopeTable> {
        let base = qualifier.last()?;
        self.tables.iter().find(|t| {
            t.name.eq_ignore_ascii_case(&base.text)
                && !t.name.is_empty()
                && (qualifier.len() == 1
                    || (!t.aliased
                        && t.schema.as_deref().is_some_and(|s| {
                            s.eq_ignore_ascii_case(&qualifier[qualifier.len() - 2].text)
                                || (qualifier[qualifier.len() - 2].text.is_empty() && s == "dbo")
                        })))
        })
    }

    /// The column as an expression of this level's row, after grouping if the query is grouped.
    pub(crate) fn reference(&self, ordinal: usize, up: usize) -> Result<BoundExpr> {
        let column = &self.columns[ordinal];
        let mut expr = BoundExpr::new(
            Node::Column { up: 0, ordinal },
            column.ty.clone(),
            column.nullable,
        );
        expr.label = CollationLabel::Implicit;
        if let Some(grouping) = &self.grouping {
            let at = grouping
                .keys
                .iter()
                .position(
                    |key| matches!(key.node, Node::Column { up: 0, ordinal: o } if o == ordinal),
                )
                .ok_or_else(|| self.not_grouped(ordinal))?;
            expr.node = Node::Column { up: 0, ordinal: at };
            expr.nullable |= grouping.sets;
        }
        if let Node::Column { up: level, .. } = &mut expr.node {
            *level = up;
        }
        Ok(expr)
    }

    /// `t.c` as the messages 8120, 8121 and 8127 spell it.
    fn not_grouped(&self, ordinal: usize) -> SqlError {
        let column = &self.columns[ordinal];
        let table = &self.tables[column.table];
        let full = match &table.schema {
            Some(schema) if !table.aliased => format!("{schema}.{}.{}", table.name, column.name),
            _ if table.name.is_empty() => column.name.clone(),
            _ => format!("{}.{}", table.name, column.name),
        };
        let because =
            "because it is not contained in either an aggregate function or the GROUP BY clause.";
        match self.clause {
            Clause::Having => SqlError::new(
                8121,
                format!("Column '{full}' is invalid in the HAVING clause {because}"),
            ),
            Clause::OrderBy => SqlError::new(
                8127,
                format!("Column \"{full}\" is invalid in the ORDER BY clause {because}"),
            ),
            _ => SqlError::new(
                8120,
                format!("Column '{full}' is invalid in the select list {because}"),
            ),
        }
        .compile()
    }
}

fn check_exposed(ours: &ScopeTable, theirs: &ScopeTable) -> Result<()> {
    let error = match (ours.aliased, theirs.aliased) {
        (true, true) => SqlError::new(
            1011,
            format!(
                "The correlation name '{}' is specified multiple times in a FROM clause.",
                theirs.name
            ),
        ),
        (false, false) => {
            let full = |t: &ScopeTable| match &t.schema {
                Some(schema) => format!("{schema}.{}", t.name),
                None => t.name.clone(),
            };
            if ours.schema.is_some()
                && theirs.schema.is_some()
                && !full(ours).eq_ignore_ascii_case(&full(theirs))
            {
                return Ok(());
            }
            SqlError::new(
                1013,
                format!(
                    "The objects \"{}\" and \"{}\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.",
                    full(ours),
                    full(theirs)
                ),
            )
        }
        _ => {
            let (alias, table) = if theirs.aliased {
                (theirs, ours)
            } else {
                (ours, theirs)
            };
            let full = match &table.schema {
                Some(schema) => format!("{schema}.{}", table.name),
                None => table.name.clone(),
            };
            SqlError::new(
                1012,
                format!(
                    "The correlation name '{}' has the same exposed name as table '{full}'.",
                    alias.name
                ),
            )
        }
    };
    Err(error.compile())
}

/// 207.
pub(crate) fn invalid_column(name: &ObjectName) -> SqlError {
    at_name(
        SqlError::new(207, format!("Invalid column name '{}'.", name.base())),
        name,
    )
}

/// 4104.
pub(crate) fn unbound_name(name: &ObjectName) -> SqlError {
    let full: Vec<&str> = name.parts.iter().map(|p| p.text.as_str()).collect();
    at_name(
        SqlError::new(
            4104,
            format!(
                "The multi-part identifier \"{}\" could not be bound.",
                full.join(".")
            ),
        ),
        name,
    )
}

fn at_name(error: SqlError, name: &ObjectName) -> SqlError {
    let line = name.parts.last().map_or(0, |p| p.span.line);
    error.line(i32::try_from(line).unwrap_or(0)).compile()
}
