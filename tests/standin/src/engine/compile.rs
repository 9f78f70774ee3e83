//! A batch before it runs: parsed (with a cache), its variables declared, every statement bound once, so that an
//! error in any of them refuses the whole batch. A statement that names a missing object is bound when it runs.

use std::sync::Arc;

use crate::catalog::model::{ObjectId, TableDef};
use crate::error::{Result, SqlError};
use crate::query::{self, BindContext, Scope};
use crate::syntax::ast::{
    Batch, Declaration, ExecuteTarget, Expr, Statement, StatementKind, TableBody, TypeRef,
};
use crate::types::type_name::TypeContext;
use crate::types::{SqlType, Value};

use super::frame::ExecContext;
use super::session::Session;
use super::{ddl, dml};

/// Parsed texts are kept: the same text under the same QUOTED_IDENTIFIER always parses the same.
pub(crate) fn parse(session: &mut Session, text: &str) -> Result<Arc<Batch>> {
    let key = (text.to_owned(), session.options.quoted_identifier);
    if let Some(batch) = session.server.parsed.get(&key) {
        return Ok(batch);
    }
    let options = crate::syntax::ParseOptions {
        quoted_identifier: session.options.quoted_identifier,
    };
    let batch = Arc::new(crate::syntax::parse_batch(text, options)?);
    session.server.parsed.put(key, Arc::clone(&batch));
    Ok(batch)
}

/// The type of a variable or parameter; `position` counts from 1 in its declaration. Without a length it has one of 1.
pub(crate) fn type_of(session: &Session, written: &TypeRef, position: usize) -> Result<SqlType> {
    let ordinal = i32::try_from(position).unwrap_or(0);
    ddl::resolve_type(session, written, TypeContext::Variable { ordinal })
        .map_err(SqlError::compile)
}

/// 2724 after 2715: which variable it is that has no type.
pub(crate) fn without_type(error: SqlError, name: &str) -> SqlError {
    if error.number != 2715 {
        return error;
    }
    error.followed_by(
        SqlError::new(
            2724,
            format!("Parameter or variable '{name}' has an invalid data type."),
        )
        .class(0)
        .state(2),
    )
}

/// Binds everything once.
pub(crate) fn check(ctx: &mut ExecContext<'_>, statements: &[Statement]) -> Result<()> {
    let mut labels = Vec::new();
    collect_labels(statements, &mut labels)?;
    let mut walk = Walk { labels, loops: 0 };
    walk.statements(ctx, statements)
}

fn collect_labels(statements: &[Statement], labels: &mut Vec<String>) -> Result<()> {
    for stmt in statements {
        match &stmt.kind {
            StatementKind::Label(name) => {
                if labels.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    return Err(SqlError::new(
                        132,
                        format!(
                            "The label '{name}' has already been declared. Label names must be unique within a query batch or stored procedure."
                        ),
                    )
                    .class(15)
                    .line(line(stmt))
                    .compile());
                }
                labels.push(name.clone());
            }
            StatementKind::If {
                then, otherwise, ..
            } => {
                collect_labels(std::slice::from_ref(then), labels)?;
                if let Some(other) = otherwise {
                    collect_labels(std::slice::from_ref(other), labels)?;
                }
            }
            StatementKind::While { body, .. } => {
                collect_labels(std::slice::from_ref(body), labels)?;
            }
            StatementKind::Block(inner) => collect_labels(inner, labels)?,
            StatementKind::TryCatch {
                try_block,
                catch_block,
            } => {
                collect_labels(try_block, labels)?;
                collect_labels(catch_block, labels)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn line(stmt: &Statement) -> i32 {
    i32::try_from(stmt.span.line).unwrap_or(i32::MAX)
}

struct Walk {
    labels: Vec<String>,
    loops: u32,
}

impl Walk {
    fn statements(&mut self, ctx: &mut ExecContext<'_>, statements: &[Statement]) -> Result<()> {
        // Every statement reports what is wrong with it.
        let mut refused: Option<SqlError> = None;
        for stmt in statements {
            ctx.frame.line = line(stmt);
            let Err(mut error) = self.statement(ctx, stmt) else {
                continue;
            };
            for known in std::iter::once(&mut error.line)
                .chain(error.follow_ups.iter_mut().map(|e| &mut e.line))
            {
                if *known == 0 {
                    *known = line(stmt);
                }
            }
            let more = std::mem::take(&mut error.follow_ups);
            match &mut refused {
                None => refused = Some(error.compile()),
                Some(first) => first.follow_ups.push(error),
            }
            if let Some(first) = &mut refused {
                first.follow_ups.extend(more);
            }
        }
        refused.map_or(Ok(()), Err)
    }

    fn statement(&mut self, ctx: &mut ExecContext<'_>, stmt: &Statement) -> Result<()> {
        match &stmt.kind {
            StatementKind::If {
                condition,
                then,
                otherwise,
            } => {
                defer_missing(bind_condition(ctx, condition))?;
                self.statements(ctx, std::slice::from_ref(then))?;
                match otherwise {
                    Some(other) => self.statements(ctx, std::slice::from_ref(other)),
                    None => Ok(()),
                }
            }
            StatementKind::While { condition, body } => {
                defer_missing(bind_condition(ctx, condition))?;
                self.loops += 1;
                let outcome = self.statements(ctx, std::slice::from_ref(body));
                self.loops -= 1;
                outcome
            }
            StatementKind::Block(inner) => self.statements(ctx, inner),
            StatementKind::TryCatch {
                try_block,
                catch_block,
            } => {
                self.statements(ctx, try_block)?;
                self.statements(ctx, catch_block)
            }
            StatementKind::Break if self.loops == 0 => Err(SqlError::new(
                135,
                "Cannot use a BREAK statement outside the scope of a WHILE statement.",
            )
            .class(15)),
            StatementKind::Continue if self.loops == 0 => Err(SqlError::new(
                136,
                "Cannot use a CONTINUE statement outside the scope of a WHILE statement.",
            )
            .class(15)),
            StatementKind::Goto(label) => self.goto(label),
            StatementKind::Return(value) => check_return(ctx, value.as_ref()),
            _ => defer_missing(check_leaf(ctx, stmt)),
        }
    }

    fn goto(&self, label: &str) -> Result<()> {
        if self.labels.iter().any(|l| l.eq_ignore_ascii_case(label)) {
            return Ok(());
        }
        Err(SqlError::new(
            133,
            format!(
                "A GOTO statement references the label '{label}' but the label has not been declared."
            ),
        )
        .class(15))
    }
}

fn check_return(ctx: &mut ExecContext<'_>, value: Option<&Expr>) -> Result<()> {
    match value {
        Some(_) if !ctx.frame.in_procedure && !ctx.frame.in_function => Err(SqlError::new(
            178,
            "A RETURN statement with a return value cannot be used in this context.",
        )
        .class(15)),
        Some(expr) => defer_missing(bind_scalar(ctx, expr)),
        None => Ok(()),
    }
}

/// Deferred name resolution: a statement that names an object that is not there is bound when it runs.
fn defer_missing(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if is_missing_object(&error) => Ok(()),
        other => other,
    }
}

/// 229: permissions are looked at when the statement runs.
/// 544, 545, 8101 and 1934 depend on SET options that an earlier statement of the batch may change.
/// 208 no such table or view, 4121 no such function, 911 no such database, 2812 no such procedure, 1088, 4902, 3701.
pub(crate) fn is_missing_object(error: &SqlError) -> bool {
    matches!(
        error.number,
        208 | 229 | 544 | 545 | 911 | 1088 | 1934 | 2812 | 3701 | 4121 | 4701 | 4902 | 8101
    )
}

fn bind_scalar(ctx: &ExecContext<'_>, expr: &Expr) -> Result<()> {
    query::bind_scalar(
        &BindContext::new(ctx.session, ctx.frame),
        &Scope::empty(),
        expr,
    )
    .map(|_| ())
}

fn bind_condition(ctx: &ExecContext<'_>, expr: &Expr) -> Result<()> {
    query::bind_condition(
        &BindContext::new(ctx.session, ctx.frame),
        &Scope::empty(),
        expr,
    )
    .map(|_| ())
}

fn check_leaf(ctx: &mut ExecContext<'_>, stmt: &Statement) -> Result<()> {
    match &stmt.kind {
        StatementKind::Declare(declarations) => declarations
            .iter()
            .zip(1..)
            .try_for_each(|(declaration, position)| declare(ctx, declaration, position)),
        StatementKind::DeclareTable { name, table } => declare_table(ctx, name, table).map(|_| ()),
        StatementKind::Set(set) => {
            if ctx.frame.variables.slot(&set.name).is_none() {
                return Err(super::interpret::undeclared(&set.name));
            }
            bind_scalar(ctx, &set.value)
        }
        StatementKind::Print(expr) => bind_scalar(ctx, expr),
        StatementKind::Select(select) => {
            query::bind_select(&BindContext::new(ctx.session, ctx.frame), select).map(|_| ())
        }
        StatementKind::Insert(_)
        | StatementKind::Update(_)
        | StatementKind::Delete(_)
        | StatementKind::Merge(_) => dml::check(ctx, stmt),
        StatementKind::Throw(Some((number, message, state))) => {
            bind_scalar(ctx, number)?;
            bind_scalar(ctx, message)?;
            bind_scalar(ctx, state)
        }
        StatementKind::Execute(execute) => {
            if let Some(variable) = &execute.return_variable
                && ctx.frame.variables.slot(variable).is_none()
            {
                return Err(super::interpret::undeclared(variable));
            }
            for arg in &execute.args {
                if let crate::syntax::ast::ExecuteValue::Expr(expr) = &arg.value {
                    bind_scalar(ctx, expr)?;
                }
            }
            match &execute.target {
                ExecuteTarget::Text(expr) => bind_scalar(ctx, expr),
                _ => Ok(()),
            }
        }
        StatementKind::Cursor { .. } => Err(SqlError::not_implemented("cursors")),
        StatementKind::WaitForTime(_) => Err(SqlError::not_implemented("WAITFOR TIME")),
        StatementKind::ExecuteAs { user, .. } => match user {
            Some(user) => bind_scalar(ctx, user),
            None => Ok(()),
        },
        StatementKind::Revert => Ok(()),
        StatementKind::SetOption(_)
        | StatementKind::Throw(None)
        | StatementKind::RaisError { .. }
        | StatementKind::WaitForDelay(_)
        | StatementKind::Label(_)
        | StatementKind::Use(_)
        | StatementKind::BeginTransaction { .. }
        | StatementKind::Commit { .. }
        | StatementKind::Rollback { .. }
        | StatementKind::SaveTransaction(_)
        | StatementKind::Truncate(_)
        | StatementKind::InsertBulk(_)
        | StatementKind::Kill(_) => Ok(()),
        _ => ddl::bind_check(ctx, stmt),
    }
}

fn declare(ctx: &mut ExecContext<'_>, declaration: &Declaration, position: usize) -> Result<()> {
    if declaration.value.is_none()
        && let Some(def) = ddl::table_type(ctx.session, &declaration.data_type.name)
    {
        return declare_table_of(ctx, &declaration.name, |session| {
            Ok(def.variable(&declaration.name, session.server.catalog.next_object_id()))
        })
        .map(|_| ());
    }
    let name = &declaration.name;
    let sql_type = type_of(ctx.session, &declaration.data_type, position)
        .map_err(|e| without_type(e, name))?;
    let taken = ctx.frame.table_variables.contains_key(&name.to_lowercase());
    if taken
        || ctx
            .frame
            .variables
            .declare(name, sql_type, Value::Null)
            .is_none()
    {
        return Err(duplicate(name));
    }
    match &declaration.value {
        Some(value) => defer_missing(bind_scalar(ctx, value)),
        None => Ok(()),
    }
}

/// 134.
fn duplicate(name: &str) -> SqlError {
    SqlError::new(
        134,
        format!(
            "The variable name '{name}' has already been declared. Variable names must be unique within a query batch or stored procedure."
        ),
    )
    .class(15)
}

const TEMPDB: i32 = 2;
const DBO: i32 = 1;

/// Creates the table behind a table variable; it lives as long as the frame.
pub(crate) fn declare_table(
    ctx: &mut ExecContext<'_>,
    name: &str,
    body: &TableBody,
) -> Result<ObjectId> {
    declare_table_of(ctx, name, |session| {
        ddl::table_from_body(session, TEMPDB, DBO, name, body, ddl::TableUse::Variable)
    })
}

fn declare_table_of(
    ctx: &mut ExecContext<'_>,
    name: &str,
    define: impl FnOnce(&Session) -> Result<TableDef>,
) -> Result<ObjectId> {
    let key = name.to_lowercase();
    if ctx.frame.table_variables.contains_key(&key) || ctx.frame.variables.slot(name).is_some() {
        return Err(duplicate(name));
    }
    let def = define(ctx.session)?;
    let id = ctx.session.create_side_table(def)?;
    ctx.frame.table_variables.insert(key, id);
    Ok(id)
}
