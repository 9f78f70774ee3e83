//! What the body of a natively compiled procedure may hold. What SQL Server refuses is refused in its words; what is not
//! known for certain is refused by name.

use crate::catalog::model::TableDef;
use crate::engine::frame::ExecContext;
use crate::engine::resolve::{Resolved, written};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    CreateProcedure, DmlTarget, ExecuteTarget, Expr, ExprKind, FunctionCall, InsertSource,
    NamedOption, ObjectName, OptionValue, Query, QueryBody, QuerySpec, SelectItem, SelectStatement,
    SetClause, SetOperator, Statement, StatementKind, TableSource, Top,
};

use super::native_functions::{Known, classify};

/// 10794: `what` is the subject, such as `The statement 'PRINT'`.
fn refused(what: impl std::fmt::Display, state: u8) -> SqlError {
    SqlError::new(
        10794,
        format!("{what} is not supported with natively compiled modules."),
    )
    .state(state)
}

/// A message of its own number that ends in the words all of them share.
fn feature(number: i32, text: &str) -> SqlError {
    SqlError::new(
        number,
        format!("{text} not supported with natively compiled modules."),
    )
}

fn unknown(what: impl std::fmt::Display) -> SqlError {
    SqlError::not_implemented(format_args!("{what} in a natively compiled module"))
}

fn has(options: &[NamedOption], name: &str) -> bool {
    options.iter().any(|o| o.name.eq_ignore_ascii_case(name))
}

/// Options and shape of the module, which refuse its batch: 10796, 10783, 10784, 10794 (state 77).
pub(crate) fn check_shape(procedure: &CreateProcedure) -> Result<()> {
    let native = has(&procedure.options, "NATIVE_COMPILATION");
    let bound = has(&procedure.options, "SCHEMABINDING");
    if native != bound {
        return Err(SqlError::new(
            10796,
            "The SCHEMABINDING option is supported only for natively compiled modules, and is required for those modules.",
        )
        .class(15));
    }
    let Some(atomic) = &procedure.atomic else {
        return match native {
            true => Err(SqlError::new(
                10783,
                "The body of a natively compiled module must be an ATOMIC block.",
            )
            .class(15)),
            false => Ok(()),
        };
    };
    if !native {
        return Err(SqlError::not_implemented(
            "BEGIN ATOMIC outside of natively compiled modules",
        ));
    }
    for (name, shown) in [
        ("TRANSACTION ISOLATION LEVEL", "transaction isolation level"),
        ("LANGUAGE", "language"),
    ] {
        if !has(atomic, name) {
            return Err(SqlError::new(
                10784,
                format!(
                    "The WITH clause of BEGIN ATOMIC statement must specify a value for the option '{shown}'."
                ),
            )
            .class(15));
        }
    }
    check_options(atomic)
}

fn check_options(atomic: &[NamedOption]) -> Result<()> {
    for option in atomic {
        match (option.name.as_str(), &option.value) {
            ("TRANSACTION ISOLATION LEVEL", Some(OptionValue::Word(level)))
                if level.starts_with("READ ") =>
            {
                return Err(refused(
                    format_args!("The transaction isolation level '{level}'"),
                    77,
                ));
            }
            ("LANGUAGE", Some(OptionValue::Text(language)))
                if !language.eq_ignore_ascii_case("us_english")
                    && !language.eq_ignore_ascii_case("English") =>
            {
                return Err(unknown(format_args!("LANGUAGE = {language}")));
            }
            ("DATEFORMAT" | "DATEFIRST", _) => {
                return Err(unknown(&option.name));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Everything in the body, statement by statement.
pub(crate) fn check_body(ctx: &ExecContext<'_>, procedure: &CreateProcedure) -> Result<()> {
    let walk = Walk { ctx };
    walk.statements(&procedure.body, false)
}

struct Walk<'a, 'b> {
    ctx: &'a ExecContext<'b>,
}

impl Walk<'_, '_> {
    fn statements(&self, body: &[Statement], in_catch: bool) -> Result<()> {
        body.iter().try_for_each(|s| {
            self.statement(s, in_catch)
                .map_err(|error| match error.line {
                    0 => error.line(i32::try_from(s.span.line).unwrap_or(0)),
                    _ => error,
                })
        })
    }

    fn statement(&self, statement: &Statement, in_catch: bool) -> Result<()> {
        use StatementKind as K;
        let scope = Scope { in_catch };
        match &statement.kind {
            K::Select(select) => self.select(select, scope),
            K::Insert(insert) => {
                if !insert.with.is_empty() {
                    return Err(with_clause());
                }
                self.target(&insert.target)?;
                self.plain(insert.output.is_some(), "OUTPUT")?;
                self.plain(insert.top.is_some(), "TOP of INSERT")?;
                self.insert_source(&insert.source, scope)
            }
            K::Update(update) => {
                if !update.with.is_empty() {
                    return Err(with_clause());
                }
                if !update.from.is_empty() {
                    return Err(from_clause());
                }
                self.target(&update.target)?;
                self.plain(update.output.is_some(), "OUTPUT")?;
                self.plain(update.top.is_some(), "TOP of UPDATE")?;
                for set in &update.sets {
                    let (SetClause::Column { value, .. }
                    | SetClause::Variable { value, .. }
                    | SetClause::VariableColumn { value, .. }) = set;
                    self.value(value, scope)?;
                }
                update.where_.iter().try_for_each(|e| self.value(e, scope))
            }
            K::Delete(delete) => {
                if !delete.with.is_empty() {
                    return Err(with_clause());
                }
                if !delete.from.is_empty() {
                    return Err(from_clause());
                }
                self.target(&delete.target)?;
                self.plain(delete.output.is_some(), "OUTPUT")?;
                self.plain(delete.top.is_some(), "TOP of DELETE")?;
                delete.where_.iter().try_for_each(|e| self.value(e, scope))
            }
            K::Declare(declared) => declared
                .iter()
                .filter_map(|d| d.value.as_ref())
                .try_for_each(|e| self.value(e, scope)),
            K::Set(set) => self.value(&set.value, scope),
            K::If {
                condition,
                then,
                otherwise,
            } => {
                self.value(condition, scope)?;
                self.statements(std::slice::from_ref(then), in_catch)?;
                otherwise
                    .iter()
                    .try_for_each(|s| self.statements(std::slice::from_ref(s), in_catch))
            }
            K::While { condition, body } => {
                self.value(condition, scope)?;
                self.statements(std::slice::from_ref(body), in_catch)
            }
            K::Block(inner) => self.statements(inner, in_catch),
            K::TryCatch {
                try_block,
                catch_block,
            } => {
                self.statements(try_block, in_catch)?;
                self.statements(catch_block, true)
            }
            K::Return(value) => value.iter().try_for_each(|e| self.value(e, scope)),
            K::Throw(operands) => match operands {
                Some((number, message, state)) => [number, message, state]
                    .into_iter()
                    .try_for_each(|e| self.value(e, scope)),
                None => Ok(()),
            },
            K::Execute(execute) => self.execute(&execute.target),
            other => Err(refused_statement(other)),
        }
    }

    fn plain(&self, present: bool, what: &str) -> Result<()> {
        if present {
            return Err(unknown(what));
        }
        Ok(())
    }

    /// 12342 for a procedure that is not natively compiled.
    fn execute(&self, target: &ExecuteTarget) -> Result<()> {
        let ExecuteTarget::Procedure(name) = target else {
            return Err(unknown("EXECUTE of a text or variable"));
        };
        match self.ctx.session.resolve(Some(self.ctx.frame), name)? {
            Some(Resolved::Module(module)) if module.is_native() => Ok(()),
            _ => Err(SqlError::new(
                12342,
                "The EXECUTE statement in natively compiled modules only supports executing natively compiled modules.",
            )),
        }
    }

    fn insert_source(&self, source: &InsertSource, scope: Scope) -> Result<()> {
        match source {
            InsertSource::Values(rows) if rows.len() > 1 => Err(feature(
                12309,
                "Statements of the form INSERT...VALUES... that insert multiple rows are",
            )),
            InsertSource::Values(rows) => rows
                .iter()
                .flatten()
                .filter(|e| !matches!(e.kind, ExprKind::Default))
                .try_for_each(|e| self.value(e, scope)),
            InsertSource::Query(query) => self.query(query, scope),
            InsertSource::DefaultValues => Ok(()),
            InsertSource::Execute(_) => Err(refused("The feature 'INSERT EXECUTE'", 1)),
        }
    }

    fn target(&self, target: &DmlTarget) -> Result<()> {
        match target {
            DmlTarget::Table(named) => self.table(&named.name).map(|_| ()),
            DmlTarget::Variable(_) => Err(feature(12305, "Inline table variables are")),
        }
    }

    /// 10775 for anything but a memory-optimised table.
    fn table(&self, name: &ObjectName) -> Result<std::sync::Arc<TableDef>> {
        match self.ctx.session.resolve(Some(self.ctx.frame), name)? {
            Some(Resolved::Table(def)) if def.memory_optimized => Ok(def),
            _ => Err(SqlError::new(
                10775,
                format!(
                    "Object '{}' is not a memory optimized table or a natively compiled inline table-valued function and cannot be accessed from a natively compiled module.",
                    written(name)
                ),
            )),
        }
    }

    fn select(&self, select: &SelectStatement, scope: Scope) -> Result<()> {
        if !select.with.is_empty() {
            return Err(with_clause());
        }
        if let Some(option) = select.options.first() {
            return Err(unknown(format_args!("OPTION ({})", option.name)));
        }
        self.query(&select.query, scope)
    }

    fn query(&self, query: &Query, scope: Scope) -> Result<()> {
        if query.offset.is_some() {
            return Err(refused("The operator 'OFFSET'", 1));
        }
        if query.for_clause.is_some() {
            return Err(unknown("FOR JSON and FOR XML"));
        }
        self.body(&query.body, !query.order_by.is_empty(), scope)?;
        query
            .order_by
            .iter()
            .try_for_each(|o| self.subquery_value(&o.expr, scope))
    }

    fn body(&self, body: &QueryBody, ordered: bool, scope: Scope) -> Result<()> {
        match body {
            QueryBody::Select(spec) => self.spec(spec, ordered, scope),
            QueryBody::SetOperation { op, left, right } => {
                match op {
                    SetOperator::Except => return Err(refused("The operator 'EXCEPT'", 1)),
                    SetOperator::Intersect => return Err(refused("The operator 'INTERSECT'", 1)),
                    SetOperator::Union | SetOperator::UnionAll => {}
                }
                self.body(left, false, scope)?;
                self.body(right, false, scope)
            }
            QueryBody::Paren(query) => self.query(query, scope),
        }
    }

    fn spec(&self, spec: &QuerySpec, ordered: bool, scope: Scope) -> Result<()> {
        if spec.into.is_some() {
            return Err(refused("The feature 'SELECT INTO'", 1));
        }
        self.plain(!spec.windows.is_empty(), "WINDOW")?;
        let mut tables = 0;
        for source in &spec.from {
            self.source(source, scope, &mut tables)?;
        }
        if let Some(top) = &spec.top {
            check_top(top, ordered, tables)?;
            self.subquery_value(&top.count, scope)?;
        }
        for item in &spec.items {
            match item {
                SelectItem::Star { .. } => {
                    return Err(SqlError::new(
                        1054,
                        "Syntax '*' is not allowed in schema-bound objects.",
                    )
                    .class(15)
                    .state(6));
                }
                SelectItem::Expr { expr, .. } | SelectItem::Assign { expr, .. } => {
                    self.subquery_value(expr, scope)?;
                }
            }
        }
        for group in &spec.group_by {
            match group {
                crate::syntax::ast::GroupItem::Expr(expr) => self.subquery_value(expr, scope)?,
                _ => return Err(unknown("ROLLUP, CUBE and GROUPING SETS")),
            }
        }
        [&spec.where_, &spec.having]
            .into_iter()
            .flatten()
            .try_for_each(|e| self.subquery_value(e, scope))
    }

    fn source(&self, source: &TableSource, scope: Scope, tables: &mut u64) -> Result<()> {
        match source {
            TableSource::Named(named) => {
                *tables += 1;
                self.plain(!named.hints.is_empty(), "table hints")?;
                self.table(&named.name).map(|_| ())
            }
            TableSource::Derived { query, .. } => {
                *tables += 1;
                self.query(query, scope)
            }
            TableSource::Join {
                left,
                right,
                on,
                hint,
                ..
            } => {
                self.plain(hint.is_some(), "join hints")?;
                self.source(left, scope, tables)?;
                self.source(right, scope, tables)?;
                on.iter().try_for_each(|e| self.subquery_value(e, scope))
            }
            TableSource::Paren(inner) => self.source(inner, scope, tables),
            TableSource::Variable { .. } => Err(feature(12305, "Inline table variables are")),
            _ => Err(unknown("this source of rows")),
        }
    }

    /// An expression of a query, in which subqueries may stand.
    fn subquery_value(&self, expr: &Expr, scope: Scope) -> Result<()> {
        self.expression(expr, scope, true)
    }

    /// An expression outside of any SELECT: 12311 for a subquery.
    fn value(&self, expr: &Expr, scope: Scope) -> Result<()> {
        self.expression(expr, scope, false)
    }

    fn expression(&self, expr: &Expr, scope: Scope, in_select: bool) -> Result<()> {
        let mut outcome = Ok(());
        let mut queries = Vec::new();
        crate::engine::ddl::references::walk_expr(
            expr,
            &mut |e| {
                if outcome.is_ok() {
                    outcome = self.node(e, scope);
                }
            },
            &mut |q| queries.push(q.clone()),
        );
        outcome?;
        if !queries.is_empty() && !in_select {
            return Err(SqlError::new(
                12311,
                "Subqueries (queries nested inside another query) is only supported in SELECT statements with natively compiled modules.",
            ));
        }
        queries.iter().try_for_each(|q| self.query(q, scope))
    }

    fn node(&self, expr: &Expr, scope: Scope) -> Result<()> {
        match &expr.kind {
            ExprKind::Like { .. } => Err(refused("The operator 'LIKE'", 1)),
            ExprKind::NextValueFor(_) => Err(refused("The operator 'NEXT VALUE FOR'", 1)),
            ExprKind::GlobalVariable(name) if name.eq_ignore_ascii_case("@@ROWCOUNT") => Ok(()),
            ExprKind::GlobalVariable(name) => Err(refused(
                format_args!("The function '{}'", name.to_ascii_lowercase()),
                85,
            )),
            ExprKind::Function(call) => self.call(call, scope),
            ExprKind::AtTimeZone { .. }
            | ExprKind::Method { .. }
            | ExprKind::StaticMethod { .. }
            | ExprKind::Parse { .. }
            | ExprKind::Quantified { .. }
            | ExprKind::IsDistinctFrom { .. }
            | ExprKind::NullIf(..)
            | ExprKind::Collate { .. } => Err(unknown("this expression")),
            _ => Ok(()),
        }
    }

    fn call(&self, call: &FunctionCall, scope: Scope) -> Result<()> {
        if call.name.parts.len() > 1 {
            return self.user_function(&call.name);
        }
        if call.over.is_some() {
            return Err(unknown("OVER"));
        }
        if call.distinct {
            return Err(unknown("DISTINCT in an aggregate"));
        }
        let name = call.name.base().to_ascii_lowercase();
        match classify(&name) {
            Known::Taken => Ok(()),
            Known::InCatch if scope.in_catch => Ok(()),
            Known::InCatch => Err(unknown(format_args!("{name} outside of a CATCH block"))),
            Known::Refused => Err(refused(format_args!("The function '{name}'"), 85)),
            Known::RefusedAggregate => Err(refused(
                format_args!("The aggregate function '{}'", call.name.base()),
                85,
            )),
            Known::No => Err(unknown(format_args!("the function {name}"))),
        }
    }

    /// 12344.
    fn user_function(&self, name: &ObjectName) -> Result<()> {
        match self.ctx.session.resolve(Some(self.ctx.frame), name)? {
            Some(Resolved::Module(module)) if module.is_native() => Ok(()),
            _ => Err(SqlError::new(
                12344,
                "Only natively compiled modules can be used with natively compiled modules.",
            )),
        }
    }
}

/// The expression of a DEFAULT or CHECK of a memory-optimised table, which is compiled like a module.
pub(crate) fn check_constraint(expr: &Expr) -> Result<()> {
    let unknown = |what: &str| {
        SqlError::not_implemented(format_args!(
            "{what} in a constraint of a memory-optimised table"
        ))
    };
    let mut outcome = Ok(());
    crate::engine::ddl::references::walk_expr(
        expr,
        &mut |e| {
            let found = match &e.kind {
                ExprKind::Function(call) => {
                    let name = call.name.base().to_ascii_lowercase();
                    match classify(&name) {
                        Known::Taken if call.name.parts.len() == 1 => Ok(()),
                        _ => Err(unknown(&format!("the function {name}"))),
                    }
                }
                ExprKind::Like { .. } => Err(unknown("LIKE")),
                ExprKind::GlobalVariable(name) => Err(unknown(name)),
                ExprKind::NextValueFor(_)
                | ExprKind::AtTimeZone { .. }
                | ExprKind::Method { .. }
                | ExprKind::StaticMethod { .. }
                | ExprKind::Parse { .. }
                | ExprKind::NullIf(..)
                | ExprKind::Collate { .. } => Err(unknown("this expression")),
                _ => Ok(()),
            };
            if outcome.is_ok() {
                outcome = found;
            }
        },
        &mut |_| {},
    );
    outcome
}

#[derive(Clone, Copy)]
struct Scope {
    in_catch: bool,
}

/// 12310.
fn with_clause() -> SqlError {
    feature(12310, "Common Table Expressions (CTE) are")
}

/// 12319.
fn from_clause() -> SqlError {
    feature(
        12319,
        "Using the FROM clause in an UPDATE statement and specifying a table source in a DELETE statement is",
    )
}

/// 41398 for a constant with ORDER BY above what the sort can hold, which joins divide.
fn check_top(top: &Top, ordered: bool, tables: u64) -> Result<()> {
    if top.percent {
        return Err(refused("The option 'PERCENT'", 1));
    }
    if top.with_ties {
        return Err(unknown("WITH TIES"));
    }
    let mut count = &*top.count;
    while let ExprKind::Paren(inner) = &count.kind {
        count = inner;
    }
    let ExprKind::Integer(text) = &count.kind else {
        return Ok(());
    };
    let asked: u64 = text.parse().unwrap_or(u64::MAX);
    let most = 65_536 / (tables.max(1) * 8);
    if ordered && asked > most {
        return Err(SqlError::new(
            41398,
            format!("The TOP operator can return a maximum of {most} rows; {asked} was requested."),
        ));
    }
    Ok(())
}

fn refused_statement(kind: &StatementKind) -> SqlError {
    use StatementKind as K;
    let word = match kind {
        K::DeclareTable { .. } => return feature(12305, "Inline table variables are"),
        K::Cursor { .. } => return feature(12306, "Cursors are"),
        K::Goto(_) | K::Label(_) => return refused("The operator 'GOTO'", 1),
        K::SetOption(_) => return unknown("SET of an option"),
        K::Break => "BREAK",
        K::Continue => "CONTINUE",
        K::Merge(_) => "MERGE",
        K::Print(_) => "PRINT",
        K::RaisError { .. } => "RAISERROR",
        K::WaitForDelay(_) | K::WaitForTime(_) => "WAITFOR",
        K::BeginTransaction { .. } => "BEGIN TRANSACTION",
        K::Commit { .. } => "COMMIT TRANSACTION",
        K::Rollback { .. } => "ROLLBACK TRANSACTION",
        K::SaveTransaction(_) => "SAVE TRANSACTION",
        _ => return unknown("this statement"),
    };
    refused(format_args!("The statement '{word}'"), 1)
}
