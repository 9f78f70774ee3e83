//! Expressions whose text the catalog keeps: defaults, checks, computed columns, index filters.

use crate::catalog::model::TableDef;
use crate::engine::{Frame, Session};
use crate::error::Result;
use crate::syntax;

use super::binder::{BindContext, Binder};
use super::expr::BoundExpr;
use super::scope::Scope;

/// A value over a row of the table.
pub fn row_expr(session: &Session, def: &TableDef, text: &str) -> Result<BoundExpr> {
    let expr = syntax::parse_scalar(text)?;
    let frame = Frame::new();
    let cx = BindContext::new(session, &frame);
    let mut binder = Binder::with_scope(&cx, &Scope::of_table(def, None));
    binder.scalar(&expr)
}

/// A condition over a row of the table: a check or an index filter.
pub fn row_condition(session: &Session, def: &TableDef, text: &str) -> Result<BoundExpr> {
    let expr = syntax::parse_condition(text)?;
    let frame = Frame::new();
    let cx = BindContext::new(session, &frame);
    let mut binder = Binder::with_scope(&cx, &Scope::of_table(def, None));
    binder.condition(&expr)
}

/// A default: it sees no column.
pub fn bind_constant_expr(session: &Session, text: &str) -> Result<BoundExpr> {
    let expr = syntax::parse_scalar(text)?;
    let frame = Frame::new();
    let cx = BindContext::new(session, &frame);
    let mut binder = Binder::with_scope(&cx, &Scope::empty());
    binder.scalar(&expr)
}
