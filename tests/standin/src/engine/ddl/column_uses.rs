//! Which columns of which objects a module's text reads: what schema binding protects, column by column.

use crate::catalog::model::ObjectId;
use crate::engine::sysviews::Snapshot;
use crate::syntax::ast::{
    DmlTarget, Expr, ExprKind, FunctionReturns, GroupItem, InsertSource, ObjectName, Query,
    QueryBody, QuerySpec, SelectItem, SelectStatement, SetClause, Statement, StatementKind,
    TableSource,
};

use super::references::{find, walk_expr};

/// (object, column id) for every column that the statement names, each once, in order of mention.
pub(super) fn column_uses(snapshot: &Snapshot, statement: &Statement) -> Vec<(ObjectId, i32)> {
    let mut walk = Walk {
        snapshot,
        levels: Vec::new(),
        uses: Vec::new(),
    };
    walk.statement(statement);
    walk.uses
}

/// A table of FROM: the name by which columns are qualified, and its columns.
struct Source {
    name: String,
    object: ObjectId,
    columns: Vec<(i32, String)>,
}

struct Walk<'a> {
    snapshot: &'a Snapshot,
    /// Sources of the query that is read, those of the queries around it before them.
    levels: Vec<Vec<Source>>,
    uses: Vec<(ObjectId, i32)>,
}

impl Walk<'_> {
    fn add(&mut self, object: ObjectId, column: i32) {
        if !self.uses.contains(&(object, column)) {
            self.uses.push((object, column));
        }
    }

    fn column(&mut self, name: &ObjectName) {
        let qualifier = name
            .parts
            .len()
            .checked_sub(2)
            .map(|at| name.parts[at].text.as_str());
        let found = self.levels.iter().rev().find_map(|level| {
            level
                .iter()
                .filter(|source| qualifier.is_none_or(|q| source.name.eq_ignore_ascii_case(q)))
                .find_map(|source| {
                    source
                        .columns
                        .iter()
                        .find(|(_, column)| column.eq_ignore_ascii_case(name.base()))
                        .map(|(id, _)| (source.object, *id))
                })
        });
        if let Some((object, id)) = found {
            self.add(object, id);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let mut names = Vec::new();
        let mut queries = Vec::new();
        walk_expr(
            expr,
            &mut |e| {
                if let ExprKind::Column(name) = &e.kind {
                    names.push(name.clone());
                }
            },
            &mut |q| queries.push(q.clone()),
        );
        for name in &names {
            self.column(name);
        }
        for query in &queries {
            self.query(query);
        }
    }

    fn star(&mut self, qualifier: Option<&ObjectName>) {
        let Some(level) = self.levels.last() else {
            return;
        };
        let all: Vec<(ObjectId, i32)> = level
            .iter()
            .filter(|s| qualifier.is_none_or(|q| s.name.eq_ignore_ascii_case(q.base())))
            .flat_map(|s| s.columns.iter().map(|(id, _)| (s.object, *id)))
            .collect();
        for (object, id) in all {
            self.add(object, id);
        }
    }

    fn sources(&self, list: &[TableSource]) -> Vec<Source> {
        let mut found = Vec::new();
        for source in list {
            self.collect(source, &mut found);
        }
        found
    }

    fn collect(&self, source: &TableSource, found: &mut Vec<Source>) {
        match source {
            TableSource::Named(named) => {
                let name = named
                    .alias
                    .as_ref()
                    .map_or_else(|| named.name.base().to_owned(), |a| a.name.text.clone());
                found.extend(self.source_of(name, &named.name));
            }
            TableSource::Function { call, alias, .. } => {
                let name = alias
                    .as_ref()
                    .map_or_else(|| call.name.base().to_owned(), |a| a.name.text.clone());
                found.extend(self.source_of(name, &call.name));
            }
            TableSource::Join { left, right, .. } => {
                self.collect(left, found);
                self.collect(right, found);
            }
            TableSource::Paren(inner) => self.collect(inner, found),
            TableSource::Pivoted { input, .. } => self.collect(input, found),
            _ => {}
        }
    }

    fn source_of(&self, name: String, object: &ObjectName) -> Option<Source> {
        let id = find(self.snapshot, object)?;
        let columns = match self.snapshot.table(id) {
            Some(table) => &table.columns,
            None => &self.snapshot.module(id)?.columns,
        };
        Some(Source {
            name,
            object: id,
            columns: columns
                .iter()
                .map(|c| (c.column_id, c.name.clone()))
                .collect(),
        })
    }

    fn within(&mut self, sources: Vec<Source>, walk: impl FnOnce(&mut Self)) {
        self.levels.push(sources);
        walk(self);
        self.levels.pop();
    }

    fn query(&mut self, query: &Query) {
        self.body(&query.body, query);
    }

    fn body(&mut self, body: &QueryBody, query: &Query) {
        match body {
            QueryBody::Select(spec) => {
                let sources = self.sources(&spec.from);
                self.within(sources, |walk| {
                    walk.spec(spec);
                    for order in &query.order_by {
                        walk.expr(&order.expr);
                    }
                });
            }
            QueryBody::SetOperation { left, right, .. } => {
                self.body(left, query);
                self.body(right, query);
            }
            QueryBody::Paren(inner) => self.query(inner),
        }
    }

    fn spec(&mut self, spec: &QuerySpec) {
        for source in &spec.from {
            self.inside(source);
        }
        for item in &spec.items {
            match item {
                SelectItem::Star { qualifier, .. } => self.star(qualifier.as_ref()),
                SelectItem::Expr { expr, .. } | SelectItem::Assign { expr, .. } => self.expr(expr),
            }
        }
        for expr in spec.where_.iter().chain(&spec.having) {
            self.expr(expr);
        }
        for item in &spec.group_by {
            match item {
                GroupItem::Expr(expr) => self.expr(expr),
                GroupItem::Rollup(list) | GroupItem::Cube(list) => {
                    list.iter().for_each(|e| self.expr(e));
                }
                GroupItem::GroupingSets(sets) => sets.iter().flatten().for_each(|e| self.expr(e)),
            }
        }
    }

    /// Conditions, arguments and derived tables of FROM.
    fn inside(&mut self, source: &TableSource) {
        match source {
            TableSource::Join {
                left, right, on, ..
            } => {
                self.inside(left);
                self.inside(right);
                on.iter().for_each(|e| self.expr(e));
            }
            TableSource::Paren(inner) => self.inside(inner),
            TableSource::Pivoted { input, .. } => self.inside(input),
            TableSource::Derived { query, .. } => self.query(query),
            TableSource::Values { rows, .. } => rows.iter().flatten().for_each(|e| self.expr(e)),
            TableSource::Function { call, .. } => call.args.iter().for_each(|e| self.expr(e)),
            TableSource::OpenJson { json, .. } => self.expr(json),
            _ => {}
        }
    }

    fn select(&mut self, select: &SelectStatement) {
        for cte in &select.with {
            self.query(&cte.query);
        }
        self.query(&select.query);
    }

    /// UPDATE and DELETE: the sources are FROM's, or the target itself.
    fn change(&mut self, target: &DmlTarget, from: &[TableSource]) -> Vec<Source> {
        let mut sources = self.sources(from);
        if from.is_empty()
            && let DmlTarget::Table(named) = target
        {
            sources.extend(self.source_of(named.name.base().to_owned(), &named.name));
        }
        sources
    }

    fn sets(&mut self, sets: &[SetClause]) {
        for set in sets {
            match set {
                SetClause::Column { column, value, .. }
                | SetClause::VariableColumn { column, value, .. } => {
                    self.column(column);
                    self.expr(value);
                }
                SetClause::Variable { value, .. } => self.expr(value),
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::CreateView(view) => self.select(&view.select),
            StatementKind::CreateFunction(function) => {
                if let FunctionReturns::Inline(select) = &function.returns {
                    self.select(select);
                }
                function.body.iter().for_each(|s| self.statement(s));
            }
            StatementKind::CreateProcedure(procedure) => {
                procedure.body.iter().for_each(|s| self.statement(s));
            }
            StatementKind::Select(select) => self.select(select),
            StatementKind::Insert(insert) => match &insert.source {
                InsertSource::Query(query) => self.query(query),
                InsertSource::Values(rows) => rows.iter().flatten().for_each(|e| self.expr(e)),
                _ => {}
            },
            StatementKind::Update(update) => {
                let sources = self.change(&update.target, &update.from);
                self.within(sources, |walk| {
                    update.from.iter().for_each(|s| walk.inside(s));
                    walk.sets(&update.sets);
                    update.where_.iter().for_each(|e| walk.expr(e));
                });
            }
            StatementKind::Delete(delete) => {
                let sources = self.change(&delete.target, &delete.from);
                self.within(sources, |walk| {
                    delete.from.iter().for_each(|s| walk.inside(s));
                    delete.where_.iter().for_each(|e| walk.expr(e));
                });
            }
            StatementKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.expr(condition);
                self.statement(then);
                otherwise.iter().for_each(|s| self.statement(s));
            }
            StatementKind::While { condition, body } => {
                self.expr(condition);
                self.statement(body);
            }
            StatementKind::Block(body) => body.iter().for_each(|s| self.statement(s)),
            StatementKind::Declare(list) => list
                .iter()
                .filter_map(|d| d.value.as_ref())
                .for_each(|e| self.expr(e)),
            StatementKind::Set(set) => self.expr(&set.value),
            StatementKind::Return(Some(value)) => self.expr(value),
            _ => {}
        }
    }
}
