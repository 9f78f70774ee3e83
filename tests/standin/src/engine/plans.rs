//! Bound expressions and queries of a scope, kept while nothing changes that they were bound against: a WHILE loop or
//! a scalar function that is called for every row binds its statements once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::catalog::model::DatabaseId;
use crate::error::Result;
use crate::query::{self, BindContext, BoundExpr, BoundSelect, Scope};
use crate::syntax::ast::{Expr, SelectStatement};

use super::frame::ExecContext;
use super::session::Session;

/// Catalog version, database, SET options and the #temp tables in sight.
type Stamp = (u64, DatabaseId, i32, u64);

/// By the address of the statement's part: a scope runs one text, which stays in place while the scope lives.
#[derive(Debug, Clone, Default)]
pub struct Plans {
    stamp: Stamp,
    scalars: HashMap<usize, Arc<BoundExpr>>,
    conditions: HashMap<usize, Arc<BoundExpr>>,
    selects: HashMap<usize, Arc<BoundSelect>>,
}

fn stamp(session: &Session) -> Stamp {
    (
        session.server.catalog.version(),
        session.database,
        session.options.bits(),
        session
            .temp_scopes
            .iter()
            .flat_map(|scope| scope.values())
            .map(|id| u64::from(id.unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7)
            .fold(0, u64::wrapping_add),
    )
}

impl Plans {
    /// Nothing changed since the last statement.
    pub(crate) fn is_current(&self, session: &Session) -> bool {
        self.stamp == stamp(session)
    }

    pub(crate) fn forget(&mut self) {
        self.scalars.clear();
        self.conditions.clear();
        self.selects.clear();
    }

    fn refresh(&mut self, session: &Session) {
        let now = stamp(session);
        if self.stamp != now {
            self.forget();
            self.stamp = now;
        }
    }
}

fn address<T>(part: &T) -> usize {
    std::ptr::from_ref(part).addr()
}

/// `place` is the part of the text that stands for `expr`, which may be made up from it.
pub(crate) fn scalar(
    ctx: &mut ExecContext<'_>,
    place: &Expr,
    expr: &Expr,
) -> Result<Arc<BoundExpr>> {
    ctx.frame.plans.refresh(ctx.session);
    let key = address(place);
    if let Some(bound) = ctx.frame.plans.scalars.get(&key) {
        return Ok(Arc::clone(bound));
    }
    let cx = BindContext::new(ctx.session, ctx.frame);
    let bound = Arc::new(query::bind_scalar(&cx, &Scope::empty(), expr)?);
    ctx.frame.plans.scalars.insert(key, Arc::clone(&bound));
    Ok(bound)
}

pub(crate) fn condition(ctx: &mut ExecContext<'_>, expr: &Expr) -> Result<Arc<BoundExpr>> {
    ctx.frame.plans.refresh(ctx.session);
    let key = address(expr);
    if let Some(bound) = ctx.frame.plans.conditions.get(&key) {
        return Ok(Arc::clone(bound));
    }
    let cx = BindContext::new(ctx.session, ctx.frame);
    let bound = Arc::new(query::bind_condition(&cx, &Scope::empty(), expr)?);
    ctx.frame.plans.conditions.insert(key, Arc::clone(&bound));
    Ok(bound)
}

pub(crate) fn select(
    ctx: &mut ExecContext<'_>,
    select: &SelectStatement,
) -> Result<Arc<BoundSelect>> {
    ctx.frame.plans.refresh(ctx.session);
    let key = address(select);
    if let Some(bound) = ctx.frame.plans.selects.get(&key) {
        return Ok(Arc::clone(bound));
    }
    let cx = BindContext::new(ctx.session, ctx.frame);
    let bound = Arc::new(query::bind_select(&cx, select)?);
    ctx.frame.plans.selects.insert(key, Arc::clone(&bound));
    Ok(bound)
}
