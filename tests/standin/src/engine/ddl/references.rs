//! What definitions mention: the columns of an expression, the objects of a module.

use crate::catalog::model::{ObjectId, TableDef};
use crate::engine::sysviews::Snapshot;
use crate::syntax::ast::{
    DmlTarget, ExecuteTarget, Expr, ExprKind, FunctionReturns, InsertSource, MergeAction,
    ObjectName, Query, QueryBody, SelectItem, SelectStatement, SetClause, Statement, StatementKind,
    TableSource,
};

/// Calls `seen` for the expression and everything in it, subqueries apart, which go to `query`.
pub fn walk_expr(expr: &Expr, seen: &mut dyn FnMut(&Expr), query: &mut dyn FnMut(&Query)) {
    seen(expr);
    let mut each = |e: &Expr| walk_expr(e, seen, query);
    match &expr.kind {
        ExprKind::Unary { operand, .. }
        | ExprKind::Collate { operand, .. }
        | ExprKind::Cast { operand, .. }
        | ExprKind::IsNull { operand, .. }
        | ExprKind::Paren(operand) => each(operand),
        ExprKind::Binary { left, right, .. } | ExprKind::IsDistinctFrom { left, right, .. } => {
            each(left);
            each(right);
        }
        ExprKind::Convert { operand, style, .. } => {
            each(operand);
            style.iter().for_each(|e| each(e));
        }
        ExprKind::Parse {
            operand, culture, ..
        } => {
            each(operand);
            culture.iter().for_each(|e| each(e));
        }
        ExprKind::Case {
            operand,
            branches,
            otherwise,
        } => {
            operand.iter().for_each(|e| each(e));
            for (when, then) in branches {
                each(when);
                each(then);
            }
            otherwise.iter().for_each(|e| each(e));
        }
        ExprKind::Iif {
            condition,
            then,
            otherwise,
        } => {
            each(condition);
            each(then);
            each(otherwise);
        }
        ExprKind::Coalesce(items) | ExprKind::StaticMethod { args: items, .. } => {
            items.iter().for_each(each)
        }
        ExprKind::NullIf(a, b) => {
            each(a);
            each(b);
        }
        ExprKind::Function(call) => {
            call.args.iter().for_each(&mut each);
            call.within_group.iter().for_each(|o| each(&o.expr));
            for (key, value) in &call.json_pairs {
                each(key);
                each(value);
            }
            if let Some(over) = &call.over {
                over.partition_by.iter().for_each(&mut each);
                over.order_by.iter().for_each(|o| each(&o.expr));
            }
        }
        ExprKind::Method { operand, args, .. } => {
            each(operand);
            args.iter().flatten().for_each(each);
        }
        ExprKind::AtTimeZone { operand, zone } => {
            each(operand);
            each(zone);
        }
        ExprKind::In { operand, list, .. } => {
            each(operand);
            list.iter().for_each(each);
        }
        ExprKind::Between {
            operand, low, high, ..
        } => {
            each(operand);
            each(low);
            each(high);
        }
        ExprKind::Like {
            operand,
            pattern,
            escape,
            ..
        } => {
            each(operand);
            each(pattern);
            escape.iter().for_each(|e| each(e));
        }
        ExprKind::Subquery(q) | ExprKind::Exists(q) => query(q),
        ExprKind::InQuery {
            operand, query: q, ..
        } => {
            each(operand);
            query(q);
        }
        ExprKind::Quantified { left, query: q, .. } => {
            each(left);
            query(q);
        }
        _ => {}
    }
}

/// Expressions of one statement itself, those of queries and of statements inside of it left out.
pub fn statement_exprs(statement: &Statement) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    let mut items = |list: &[SelectItem]| {
        for item in list {
            if let SelectItem::Expr { expr, .. } | SelectItem::Assign { expr, .. } = item {
                found.push(expr.clone());
            }
        }
    };
    match &statement.kind {
        StatementKind::Select(select) => {
            if let QueryBody::Select(spec) = &select.query.body {
                items(&spec.items);
                found.extend(spec.where_.iter().cloned());
            }
        }
        StatementKind::Set(set) => found.push(set.value.clone()),
        StatementKind::Declare(list) => {
            found.extend(list.iter().filter_map(|d| d.value.clone()));
        }
        StatementKind::Return(Some(value)) => found.push(value.clone()),
        StatementKind::If { condition, .. } | StatementKind::While { condition, .. } => {
            found.push(condition.clone());
        }
        StatementKind::Insert(insert) => match &insert.source {
            InsertSource::Values(rows) => found.extend(rows.iter().flatten().cloned()),
            InsertSource::Query(query) => {
                if let QueryBody::Select(spec) = &query.body {
                    items(&spec.items);
                }
            }
            _ => {}
        },
        StatementKind::Update(update) => {
            for set in &update.sets {
                let (SetClause::Column { value, .. }
                | SetClause::Variable { value, .. }
                | SetClause::VariableColumn { value, .. }) = set;
                found.push(value.clone());
            }
            found.extend(update.where_.iter().cloned());
        }
        StatementKind::Delete(delete) => found.extend(delete.where_.iter().cloned()),
        _ => {}
    }
    found
}

/// Column ids that an expression of a table mentions, in the order of first mention.
pub fn columns_of(table: &TableDef, expr: &Expr) -> Vec<i32> {
    let mut ids = Vec::new();
    walk_expr(
        expr,
        &mut |e| {
            if let ExprKind::Column(name) = &e.kind
                && let Some(at) = table.column_ordinal(name.base())
            {
                let id = table.columns[at].column_id;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        },
        &mut |_| {},
    );
    ids
}

/// The same for an expression as the catalog keeps it.
pub fn columns_in(table: &TableDef, text: &str) -> Vec<i32> {
    crate::syntax::parse_scalar(text)
        .or_else(|_| crate::syntax::parse_condition(text))
        .map_or_else(|_| Vec::new(), |expr| columns_of(table, &expr))
}

/// Objects that the text of a module names: tables, views, functions and procedures, each once.
pub fn entity_names(statement: &Statement) -> Vec<ObjectName> {
    let mut walk = EntityWalk::default();
    walk.statement(statement);
    walk.names
}

/// Does an object of the database have that name?
pub fn find(snapshot: &Snapshot, name: &ObjectName) -> Option<ObjectId> {
    let schema = name.schema().unwrap_or("dbo");
    let fits = |schema_id: i32, object: &str| {
        object.eq_ignore_ascii_case(name.base())
            && snapshot.schema_name(schema_id).eq_ignore_ascii_case(schema)
    };
    snapshot
        .tables
        .iter()
        .find(|t| fits(t.schema_id, &t.name))
        .map(|t| t.object_id)
        .or_else(|| {
            snapshot
                .modules
                .iter()
                .find(|m| fits(m.schema_id, &m.name))
                .map(|m| m.object_id)
        })
}

#[derive(Default)]
struct EntityWalk {
    names: Vec<ObjectName>,
    /// Names of common table expressions in scope: they are no objects.
    ctes: Vec<String>,
}

impl EntityWalk {
    fn add(&mut self, name: &ObjectName) {
        let is_cte = name.parts.len() == 1
            && self
                .ctes
                .iter()
                .any(|c| c.eq_ignore_ascii_case(name.base()));
        let known = self.names.iter().any(|n| {
            n.parts.len() == name.parts.len()
                && n.parts
                    .iter()
                    .zip(&name.parts)
                    .all(|(a, b)| a.text.eq_ignore_ascii_case(&b.text))
        });
        if !is_cte && !known {
            self.names.push(name.clone());
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let mut called = Vec::new();
        let mut queries = Vec::new();
        walk_expr(
            expr,
            &mut |e| {
                if let ExprKind::Function(call) = &e.kind
                    && call.name.parts.len() > 1
                {
                    called.push(call.name.clone());
                }
            },
            &mut |q| queries.push(q.clone()),
        );
        for name in &called {
            self.add(name);
        }
        for query in &queries {
            self.query(query);
        }
    }

    fn items(&mut self, items: &[SelectItem]) {
        for item in items {
            match item {
                SelectItem::Expr { expr, .. } | SelectItem::Assign { expr, .. } => self.expr(expr),
                SelectItem::Star { .. } => {}
            }
        }
    }

    fn query(&mut self, query: &Query) {
        self.body(&query.body);
        for order in &query.order_by {
            self.expr(&order.expr);
        }
    }

    fn body(&mut self, body: &QueryBody) {
        match body {
            QueryBody::Select(spec) => {
                spec.from.iter().for_each(|s| self.source(s));
                self.items(&spec.items);
                spec.where_.iter().for_each(|e| self.expr(e));
                spec.having.iter().for_each(|e| self.expr(e));
            }
            QueryBody::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            QueryBody::Paren(query) => self.query(query),
        }
    }

    fn source(&mut self, source: &TableSource) {
        match source {
            TableSource::Named(named) => self.add(&named.name),
            TableSource::Derived { query, .. } => self.query(query),
            TableSource::Values { rows, .. } => rows.iter().flatten().for_each(|e| self.expr(e)),
            TableSource::Function { call, .. } => {
                if call.name.parts.len() > 1 {
                    self.add(&call.name);
                }
                call.args.iter().for_each(|e| self.expr(e));
            }
            TableSource::OpenJson { json, .. } => self.expr(json),
            TableSource::Join {
                left, right, on, ..
            } => {
                self.source(left);
                self.source(right);
                on.iter().for_each(|e| self.expr(e));
            }
            TableSource::Paren(inner) => self.source(inner),
            TableSource::Pivoted { input, .. } => self.source(input),
            TableSource::Variable { .. } | TableSource::Unsupported { .. } => {}
        }
    }

    fn select(&mut self, select: &SelectStatement) {
        for cte in &select.with {
            self.ctes.push(cte.name.text.clone());
            self.query(&cte.query);
        }
        self.query(&select.query);
    }

    fn target(&mut self, target: &DmlTarget, from: &[TableSource]) {
        from.iter().for_each(|s| self.source(s));
        if let DmlTarget::Table(named) = target {
            let is_alias = named.name.parts.len() == 1
                && aliases(from)
                    .iter()
                    .any(|a| a.eq_ignore_ascii_case(named.name.base()));
            if !is_alias {
                self.add(&named.name);
            }
        }
    }

    fn sets(&mut self, sets: &[SetClause]) {
        for set in sets {
            let (SetClause::Column { value, .. }
            | SetClause::Variable { value, .. }
            | SetClause::VariableColumn { value, .. }) = set;
            self.expr(value);
        }
    }

    fn all(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|s| self.statement(s));
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Select(select) => self.select(select),
            StatementKind::Insert(insert) => {
                self.target(&insert.target, &[]);
                for cte in &insert.with {
                    self.ctes.push(cte.name.text.clone());
                    self.query(&cte.query);
                }
                match &insert.source {
                    InsertSource::Values(rows) => rows.iter().flatten().for_each(|e| self.expr(e)),
                    InsertSource::Query(query) => self.query(query),
                    _ => {}
                }
            }
            StatementKind::Update(update) => {
                for cte in &update.with {
                    self.ctes.push(cte.name.text.clone());
                    self.query(&cte.query);
                }
                self.target(&update.target, &update.from);
                self.sets(&update.sets);
                update.where_.iter().for_each(|e| self.expr(e));
            }
            StatementKind::Delete(delete) => {
                for cte in &delete.with {
                    self.ctes.push(cte.name.text.clone());
                    self.query(&cte.query);
                }
                self.target(&delete.target, &delete.from);
                delete.where_.iter().for_each(|e| self.expr(e));
            }
            StatementKind::Merge(merge) => {
                self.source(&merge.source);
                self.target(&merge.target, &[]);
                self.expr(&merge.on);
                for clause in &merge.clauses {
                    clause.and.iter().for_each(|e| self.expr(e));
                    match &clause.action {
                        MergeAction::Update(sets) => self.sets(sets),
                        MergeAction::Insert { values, .. } => {
                            values.iter().flatten().for_each(|e| self.expr(e))
                        }
                        MergeAction::Delete => {}
                    }
                }
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
            StatementKind::Block(body) => self.all(body),
            StatementKind::TryCatch {
                try_block,
                catch_block,
            } => {
                self.all(try_block);
                self.all(catch_block);
            }
            StatementKind::Declare(declared) => declared
                .iter()
                .filter_map(|d| d.value.as_ref())
                .for_each(|e| self.expr(e)),
            StatementKind::Set(set) => self.expr(&set.value),
            StatementKind::Return(Some(value)) | StatementKind::Print(value) => self.expr(value),
            StatementKind::Execute(execute) => {
                if let ExecuteTarget::Procedure(name) = &execute.target
                    && !name
                        .base()
                        .to_ascii_lowercase()
                        .starts_with("sp_executesql")
                {
                    self.add(name);
                }
            }
            StatementKind::Truncate(name) => self.add(name),
            StatementKind::CreateProcedure(create) => self.all(&create.body),
            StatementKind::CreateFunction(create) => {
                if let FunctionReturns::Inline(select) = &create.returns {
                    self.select(select);
                }
                self.all(&create.body);
            }
            StatementKind::CreateView(create) => self.select(&create.select),
            _ => {}
        }
    }
}

fn aliases(from: &[TableSource]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<&TableSource> = from.iter().collect();
    while let Some(source) = open.pop() {
        match source {
            TableSource::Named(named) => {
                found.extend(named.alias.as_ref().map(|a| a.name.text.clone()))
            }
            TableSource::Derived { alias, .. } | TableSource::Values { alias, .. } => {
                found.push(alias.name.text.clone())
            }
            TableSource::Join { left, right, .. } => open.extend([&**left, &**right]),
            TableSource::Paren(inner) => open.push(inner),
            TableSource::Pivoted { input, alias, .. } => {
                found.push(alias.name.text.clone());
                open.push(input);
            }
            TableSource::Variable { alias, .. } => {
                found.extend(alias.as_ref().map(|a| a.name.text.clone()))
            }
            _ => {}
        }
    }
    found
}
