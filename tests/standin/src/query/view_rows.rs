//! The rows of an indexed view: all of them when it is filled, those of some rows of one base table when they change.

use std::sync::Arc;

use crate::catalog::model::{ModuleDef, ObjectId, TableDef};
use crate::engine::{Frame, Session};
use crate::error::{Result, SqlError};
use crate::syntax::ast::StatementKind;
use crate::types::Value;

use super::binder::{BindContext, BindOptions, Binder};
use super::expr::BoundExpr;
use super::optimize;
use super::plan::Plan;

/// Rows that stand for a table while a view over it is bound.
#[derive(Debug)]
pub struct Substitute {
    pub table: ObjectId,
    pub rows: Vec<Vec<BoundExpr>>,
}

/// The view's query over these rows of one base table, or over all of it. It reads what is committed or its own,
/// whatever versions the session's queries see.
pub fn view_rows(
    session: &Session,
    view: &ModuleDef,
    instead: Option<(&TableDef, &[Vec<Value>])>,
) -> Result<Plan> {
    let StatementKind::CreateView(syntax) = &view.syntax.kind else {
        return Err(SqlError::not_implemented("a view without its text"));
    };
    let substitute = instead.map(|(def, rows)| Substitute {
        table: def.object_id,
        rows: rows.iter().map(|row| constants(def, row)).collect(),
    });
    let frame = Frame::new();
    let cx = BindContext {
        session,
        frame: &frame,
        options: BindOptions {
            substitute: substitute.map(Arc::new),
            latest: true,
            ..BindOptions::default()
        },
    };
    let mut binder = Binder::new(&cx);
    let (plan, _) = binder.module_body(|b| b.query(&syntax.select.query, true))?;
    Ok(optimize::optimize(plan, session))
}

fn constants(def: &TableDef, row: &[Value]) -> Vec<BoundExpr> {
    def.columns
        .iter()
        .zip(row)
        .map(|(column, value)| BoundExpr::constant(value.clone(), column.sql_type.clone()))
        .collect()
}
