//! What an indexed view may read: tables of its own database, each once, joined by inner joins.

use std::sync::Arc;

use crate::catalog::model::{TableDef, TemporalRole};
use crate::engine::resolve::Resolved;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{JoinKind, NamedTable, TableHint, TableSource};

use super::target;
use super::view_rules::{because, three_part};

pub(super) struct Sources<'a> {
    pub session: &'a Session,
    pub view: &'a str,
    /// By the name that columns are qualified with.
    pub tables: Vec<(String, Arc<TableDef>)>,
}

impl Sources<'_> {
    fn refuse<T>(&self, number: i32, why: &str) -> Result<T> {
        Err(because(number, '"', self.view, why))
    }

    pub(super) fn source(&mut self, source: &TableSource) -> Result<()> {
        match source {
            TableSource::Named(named) => self.named(named),
            TableSource::Paren(inner) => self.source(inner),
            TableSource::Join {
                kind,
                left,
                right,
                hint,
                ..
            } => {
                match kind {
                    JoinKind::Left | JoinKind::Right | JoinKind::Full => {
                        return self.refuse(10113, "it uses a LEFT, RIGHT, or FULL OUTER join, and no OUTER joins are allowed in indexed views. Consider using an INNER join instead.");
                    }
                    JoinKind::OuterApply => {
                        return self.refuse(10110, "it contains an OUTER APPLY. Consider not indexing the view, or removing OUTER APPLY.");
                    }
                    JoinKind::CrossApply => {
                        return self.refuse(10142, "it contains an APPLY. Consider not indexing the view, or removing APPLY.");
                    }
                    JoinKind::Inner | JoinKind::Cross => {}
                }
                if hint.is_some() {
                    return Err(because(10112, '\'', self.view, "it contains an INNER join that specifies a join hint. Consider removing the join hint."));
                }
                self.source(left)?;
                self.source(right)
            }
            TableSource::Derived { alias, .. } | TableSource::Values { alias, .. } => self.refuse(
                10109,
                &format!(
                    "it references derived table \"{}\" (defined by SELECT statement in FROM clause). Consider removing the reference to the derived table or not indexing the view.",
                    alias.name.text
                ),
            ),
            TableSource::Function { call, .. } => self.refuse(
                10129,
                &format!(
                    "it references the inline or multistatement table-valued function \"{}\". Consider expanding the function definition by hand in the view definition, or not indexing the view.",
                    target::written(&call.name)
                ),
            ),
            TableSource::OpenJson { .. }
            | TableSource::Variable { .. }
            | TableSource::Pivoted { .. }
            | TableSource::Unsupported { .. } => Err(SqlError::not_implemented(
                "an index on a view over this table source",
            )),
        }
    }

    fn named(&mut self, named: &NamedTable) -> Result<()> {
        if named.hints.iter().any(is_hint) {
            return Err(because(
                10140,
                '\'',
                self.view,
                "the view contains a table hint. Consider removing the hint.",
            ));
        }
        match self.session.resolve(None, &named.name)? {
            Some(Resolved::Table(table)) => self.table(named, table),
            Some(Resolved::View(other)) => Err(SqlError::new(
                1937,
                format!(
                    "Cannot create index on view '{}' because it references another view '{}'. Consider expanding referenced view's definition by hand in indexed view definition.",
                    self.view,
                    three_part(self.session, &other)
                ),
            )),
            _ => Err(SqlError::not_implemented(
                "an index on a view over this table source",
            )),
        }
    }

    fn table(&mut self, named: &NamedTable, table: Arc<TableDef>) -> Result<()> {
        let known = |(_, t): &(String, Arc<TableDef>)| t.object_id == table.object_id;
        if self.tables.iter().any(known) {
            return Err(SqlError::new(
                1947,
                format!(
                    "Cannot create index on view \"{}\". The view contains a self join on \"{}\".",
                    self.view,
                    target::three_part(self.session, &table)
                ),
            ));
        }
        if matches!(table.temporal, TemporalRole::History { .. }) {
            return Err(SqlError::not_implemented(
                "an index on a view over a history table",
            ));
        }
        if named.system_time.is_some() {
            return Err(SqlError::not_implemented(
                "an index on a view over FOR SYSTEM_TIME",
            ));
        }
        let name = named
            .alias
            .as_ref()
            .map_or_else(|| named.name.base().to_owned(), |a| a.name.text.clone());
        self.tables.push((name, table));
        Ok(())
    }
}

fn is_hint(hint: &TableHint) -> bool {
    !matches!(hint, TableHint::Word(word) if word == "NOEXPAND")
}
