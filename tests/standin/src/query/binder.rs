//! The binder's state: the levels of names around the part that is being bound, common tables, function parameters.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::{Frame, Session};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{CommonTable, Ident, ObjectName, Query, Span};

use super::expr::{BoundExpr, Node};
use super::scope::{Scope, ScopeColumn, invalid_column, unbound_name};
use super::view_rows::Substitute;
use super::visit::sink_expr;

/// What binding needs from outside of the statement.
pub struct BindContext<'a> {
    pub session: &'a Session,
    pub frame: &'a Frame,
    pub options: BindOptions,
}

#[derive(Debug, Clone, Default)]
pub struct BindOptions {
    /// OPTION (MAXRECURSION n) of the statement.
    pub max_recursion: Option<u32>,
    /// Rows that stand for a table.
    pub(super) substitute: Option<Arc<Substitute>>,
    /// Reads what is committed or its own, and no older version.
    pub(super) latest: bool,
}

impl<'a> BindContext<'a> {
    pub fn new(session: &'a Session, frame: &'a Frame) -> Self {
        Self {
            session,
            frame,
            options: BindOptions::default(),
        }
    }
}

/// A common table: bound anew wherever it is named.
#[derive(Debug)]
pub(super) struct Cte {
    pub name: Ident,
    pub columns: Vec<Ident>,
    pub query: Query,
    /// How many of the binder's common tables its own body sees.
    pub visible: usize,
}

/// A recursive common table whose recursive part is being bound.
#[derive(Debug, Clone)]
pub(super) struct WorkTable {
    pub name: String,
    pub id: usize,
    pub columns: Vec<ScopeColumn>,
}

/// Parameters of an inline function, bound in its caller at `depth` levels.
#[derive(Debug)]
pub(super) struct Parameters {
    pub values: HashMap<String, BoundExpr>,
    pub depth: usize,
}

pub(super) struct Binder<'a> {
    pub session: &'a Session,
    pub frame: &'a Frame,
    pub levels: Vec<Scope>,
    /// Levels below it cannot be named: the inside of a view, a function or a common table.
    pub barrier: usize,
    pub ctes: Vec<Rc<Cte>>,
    pub work_tables: Vec<WorkTable>,
    pub parameters: Option<Rc<Parameters>>,
    /// In a module's body there are no variables of the caller.
    pub no_variables: bool,
    pub next_id: usize,
    pub max_recursion: u32,
    /// Views and functions around, to stop at 32 (217).
    pub nesting: usize,
    /// Names that could not be bound: binding goes on to find the others. None are kept unless `collect`.
    pub errors: Vec<SqlError>,
    pub collect: bool,
    /// Name of the common table whose recursive part is being bound.
    pub recursive_part: Option<String>,
    pub substitute: Option<Arc<Substitute>>,
    pub latest: bool,
    /// Set while a set operation is bound whose ORDER BY may name its sources.
    pub first_branch: Option<super::bind_query::FirstBranch>,
}

impl<'a> Binder<'a> {
    pub fn new(cx: &BindContext<'a>) -> Self {
        Self {
            session: cx.session,
            frame: cx.frame,
            levels: Vec::new(),
            barrier: 0,
            ctes: Vec::new(),
            work_tables: Vec::new(),
            parameters: None,
            no_variables: false,
            next_id: 0,
            max_recursion: cx.options.max_recursion.unwrap_or(100),
            nesting: 0,
            errors: Vec::new(),
            collect: false,
            recursive_part: None,
            substitute: cx.options.substitute.clone(),
            latest: cx.options.latest,
            first_branch: None,
        }
    }

    pub fn with_scope(cx: &BindContext<'a>, scope: &Scope) -> Self {
        let mut binder = Self::new(cx);
        binder.levels.push(scope.clone());
        binder
    }

    pub fn level(&mut self) -> &mut Scope {
        if self.levels.is_empty() {
            self.levels.push(Scope::empty());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// Runs `f` with a new innermost level and gives that level back.
    pub fn in_level<T>(
        &mut self,
        scope: Scope,
        f: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<(T, Scope)> {
        self.levels.push(scope);
        let depth = self.levels.len();
        let result = f(self);
        self.levels.truncate(depth);
        let scope = self.levels.pop().unwrap_or_default();
        Ok((result?, scope))
    }

    /// Binds the inside of something that sees nothing of the statement around it.
    pub fn isolated<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting >= 32 {
            return Err(SqlError::new(
                217,
                "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).",
            )
            .compile());
        }
        let barrier = std::mem::replace(&mut self.barrier, self.levels.len());
        let depth = self.levels.len();
        self.nesting += 1;
        let collect = std::mem::replace(&mut self.collect, false);
        let part = self.recursive_part.take();
        let result = f(self);
        self.recursive_part = part;
        self.collect = collect;
        self.nesting -= 1;
        self.levels.truncate(depth);
        self.barrier = barrier;
        result
    }

    /// A column by its name, looking outwards. While errors are collected, a name that nothing answers to is NULL.
    pub fn column(&mut self, name: &ObjectName) -> Result<BoundExpr> {
        match self.resolve_column(name) {
            Err(error) if self.collect && matches!(error.number, 207 | 209 | 4104) => {
                self.errors.push(error);
                Ok(BoundExpr::null())
            }
            other => other,
        }
    }

    /// What binding came to: all names that could not be bound before any other error that they may have caused.
    pub fn complete<T>(&mut self, outcome: Result<T>) -> Result<T> {
        let mut errors = std::mem::take(&mut self.errors).into_iter();
        match errors.next() {
            None => outcome,
            Some(first) => Err(errors.fold(first, SqlError::followed_by)),
        }
    }

    pub fn resolve_column(&mut self, name: &ObjectName) -> Result<BoundExpr> {
        let top = self.levels.len();
        for up in 0..top - self.barrier.min(top) {
            let level = &self.levels[top - 1 - up];
            if let Some(ordinal) = level.find(name)? {
                return level.reference(ordinal, up);
            }
        }
        if name.parts.len() > 1 {
            match self.property_of_column(name)? {
                Some(property) => Ok(property),
                None => Err(unbound_name(name)),
            }
        } else {
            Err(invalid_column(name))
        }
    }

    /// 137 when the variable is not declared.
    pub fn resolve_variable(&self, name: &str, span: Span) -> Result<BoundExpr> {
        if let Some(parameters) = &self.parameters
            && let Some(expr) = parameters.values.get(&name.to_lowercase())
        {
            let mut expr = expr.clone();
            sink_expr(
                &mut expr,
                self.levels.len().saturating_sub(parameters.depth),
            );
            return Ok(expr);
        }
        if !self.no_variables
            && let Some(slot) = self.frame.variables.slot(name)
        {
            let ty = self.frame.variables.get(slot).sql_type.clone();
            return Ok(BoundExpr::new(Node::Variable(slot), ty, true));
        }
        Err(
            SqlError::new(137, format!("Must declare the scalar variable \"{name}\"."))
                .class(15)
                .state(2)
                .line(i32::try_from(span.line).unwrap_or(0))
                .compile(),
        )
    }

    /// 460, 461, 462, 467: what the recursive part of a common table must not hold.
    pub fn refuse_in_recursion(&self, number: i32, what: &str) -> Result<()> {
        match &self.recursive_part {
            None => Ok(()),
            Some(name) => Err(SqlError::new(
                number,
                format!(
                    "{what} not allowed in the recursive part of a recursive common table expression '{name}'."
                ),
            )
            .compile()),
        }
    }

    /// Adds the common tables of a WITH clause. 252, 239.
    pub fn add_ctes(&mut self, list: &[CommonTable]) -> Result<()> {
        let first = self.ctes.len();
        for cte in list {
            if self.ctes[first..]
                .iter()
                .any(|c| c.name.text.eq_ignore_ascii_case(&cte.name.text))
            {
                return Err(SqlError::new(
                    239,
                    format!(
                        "Duplicate common table expression name '{}' was specified.",
                        cte.name.text
                    ),
                )
                .compile());
            }
            self.ctes.push(Rc::new(Cte {
                name: cte.name.clone(),
                columns: cte.columns.clone(),
                query: cte.query.clone(),
                visible: self.ctes.len(),
            }));
        }
        Ok(())
    }

    pub fn find_cte(&self, name: &ObjectName) -> Option<Rc<Cte>> {
        if name.parts.len() != 1 {
            return None;
        }
        self.ctes
            .iter()
            .rev()
            .find(|c| c.name.text.eq_ignore_ascii_case(name.base()))
            .cloned()
    }
}

/// The error, with the line of the place unless it has one.
pub(super) fn at(error: SqlError, span: Span) -> SqlError {
    if error.line == 0 {
        error.line(i32::try_from(span.line).unwrap_or(0))
    } else {
        error
    }
}
