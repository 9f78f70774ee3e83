//! What the expressions of an indexed view are made of: floats may be stored in it, but not found or grouped by, and
//! nothing may depend on how the session reads dates.

use std::sync::Arc;

use crate::catalog::model::{ColumnDef, ModuleDef, TableDef};
use crate::engine::frame::Frame;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Expr, ExprKind, ObjectName, QuerySpec, SelectItem, TypeRef};

use super::binding;
use super::references::walk_expr;
use super::view_rules::{conditions, expressions};

pub(super) struct Expressions<'v> {
    spec: &'v QuerySpec,
    tables: Vec<(String, Arc<TableDef>)>,
    /// Types of casts and conversions, as written: is it a float, is it a date?
    casts: Vec<(TypeRef, bool, bool)>,
}

impl<'v> Expressions<'v> {
    pub(super) fn new(
        session: &Session,
        spec: &'v QuerySpec,
        tables: Vec<(String, Arc<TableDef>)>,
    ) -> Self {
        let mut casts = Vec::new();
        for expr in expressions(spec) {
            walk_expr(
                expr,
                &mut |e| {
                    if let ExprKind::Cast { target, .. } | ExprKind::Convert { target, .. } =
                        &e.kind
                        && let Ok(to) = crate::query::resolve_type(session, target)
                    {
                        casts.push((
                            target.clone(),
                            to.name.is_approximate(),
                            to.name.is_date_or_time(),
                        ));
                    }
                },
                &mut |_| {},
            );
        }
        Self {
            spec,
            tables,
            casts,
        }
    }

    fn column(&self, name: &ObjectName) -> Option<(&TableDef, &ColumnDef)> {
        let qualifier = name
            .parts
            .len()
            .checked_sub(2)
            .map(|at| name.parts[at].text.as_str());
        self.tables
            .iter()
            .filter(|(known, _)| qualifier.is_none_or(|q| known.eq_ignore_ascii_case(q)))
            .find_map(|(_, table)| {
                let at = table.column_ordinal(name.base())?;
                Some((&**table, &table.columns[at]))
            })
    }

    fn cast_to(&self, target: &TypeRef) -> (bool, bool) {
        self.casts
            .iter()
            .find(|(known, _, _)| known == target)
            .map_or((false, false), |(_, float, date)| (*float, *date))
    }

    fn imprecise(&self, expr: &Expr) -> bool {
        const FLOATS: [&str; 15] = [
            "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "cot", "asin", "acos", "atan",
            "atn2", "pi", "rand", "square",
        ];
        let mut found = false;
        walk_expr(
            expr,
            &mut |e| {
                found |= match &e.kind {
                    ExprKind::Float(_) => true,
                    ExprKind::Column(name) => self
                        .column(name)
                        .is_some_and(|(_, c)| c.sql_type.name.is_approximate()),
                    ExprKind::Cast { target, .. } | ExprKind::Convert { target, .. } => {
                        self.cast_to(target).0
                    }
                    ExprKind::Function(call) => {
                        let name = call.name.base().to_ascii_lowercase();
                        call.name.parts.len() == 1 && FLOATS.contains(&name.as_str())
                    }
                    _ => false,
                };
            },
            &mut |_| {},
        );
        found
    }

    /// Is the column of the view a float that is computed, not stored?
    pub(super) fn is_imprecise_key(&self, ordinal: usize) -> bool {
        let Some(SelectItem::Expr { expr, .. }) = self.spec.items.get(ordinal) else {
            return false;
        };
        match &expr.kind {
            ExprKind::Column(name) => self.column(name).is_some_and(|(_, column)| {
                column.sql_type.name.is_approximate()
                    && column.computed.as_ref().is_some_and(|c| !c.persisted)
            }),
            _ => self.imprecise(expr),
        }
    }

    /// 1962, 1964, 1965: WHERE and GROUP BY; 1949, 1963, 10139: everywhere.
    pub(super) fn check(&self, view: &str) -> Result<()> {
        for expr in conditions(self.spec) {
            self.check_precise(view, expr)?;
        }
        for expr in expressions(self.spec) {
            self.check_dates(view, expr)?;
        }
        Ok(())
    }

    fn check_precise(&self, view: &str, expr: &Expr) -> Result<()> {
        let (mut column, mut constant, mut other) = (None, false, false);
        walk_expr(
            expr,
            &mut |e| match &e.kind {
                ExprKind::Column(name) => {
                    if let Some((_, found)) = self.column(name)
                        && found.sql_type.name.is_approximate()
                    {
                        column.get_or_insert_with(|| found.name.clone());
                    }
                }
                ExprKind::Float(_) => constant = true,
                ExprKind::Cast { target, .. } | ExprKind::Convert { target, .. } => {
                    other |= self.cast_to(target).0;
                }
                _ => {}
            },
            &mut |_| {},
        );
        if let Some(column) = column {
            return Err(SqlError::new(
                1962,
                format!(
                    "Cannot create index on view '{view}' because column '{column}' that is referenced by the view in the WHERE or GROUP BY clause is imprecise. Consider eliminating the column from the view, or altering the column to be precise."
                ),
            ));
        }
        if constant {
            return Err(SqlError::new(
                1964,
                format!(
                    "Cannot create index on view \"{view}\". The view contains an imprecise constant."
                ),
            ));
        }
        if other {
            return Err(imprecise_conversion(view));
        }
        Ok(())
    }

    fn is_text(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::String { .. } => true,
            ExprKind::Paren(inner) => self.is_text(inner),
            ExprKind::Column(name) => self
                .column(name)
                .is_some_and(|(_, c)| c.sql_type.name.is_character()),
            _ => false,
        }
    }

    fn is_date(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Paren(inner) => self.is_date(inner),
            ExprKind::Column(name) => self
                .column(name)
                .is_some_and(|(_, c)| c.sql_type.name.is_date_or_time()),
            ExprKind::Cast { target, .. } | ExprKind::Convert { target, .. } => {
                self.cast_to(target).1
            }
            _ => false,
        }
    }

    fn check_dates(&self, view: &str, expr: &Expr) -> Result<()> {
        let (mut conversion, mut implicit) = (false, false);
        walk_expr(
            expr,
            &mut |e| match &e.kind {
                ExprKind::Cast {
                    operand, target, ..
                } => conversion |= self.cast_to(target).1 && self.is_text(operand),
                ExprKind::Convert {
                    operand,
                    target,
                    style,
                    ..
                } => {
                    conversion |= self.cast_to(target).1
                        && self.is_text(operand)
                        && !style.as_deref().is_some_and(is_deterministic_style);
                }
                ExprKind::Function(call) if takes_dates(call.name.base()) => {
                    implicit |= call.args.iter().skip(1).any(|a| self.is_text(a));
                }
                ExprKind::Binary { left, right, .. } => {
                    implicit |= (self.is_date(left) && self.is_text(right))
                        || (self.is_text(left) && self.is_date(right));
                }
                ExprKind::Between {
                    operand, low, high, ..
                } => {
                    implicit |= self.is_date(operand) && (self.is_text(low) || self.is_text(high));
                }
                ExprKind::In { operand, list, .. } => {
                    implicit |= self.is_date(operand) && list.iter().any(|e| self.is_text(e));
                }
                _ => {}
            },
            &mut |_| {},
        );
        if conversion {
            return Err(imprecise_conversion(view));
        }
        if implicit {
            return Err(SqlError::new(
                10139,
                format!(
                    "Cannot create index on view '{view}' because the view uses an implicit conversion from string to datetime or smalldatetime. Use an explicit CONVERT with a deterministic style value."
                ),
            ));
        }
        Ok(())
    }

    /// 8662: an argument of SUM may be NULL. Sums of floats are refused by name: they would depend on the order.
    pub(super) fn sums_nullable(&self, session: &Session, module: &ModuleDef) -> Result<bool> {
        let crate::syntax::ast::StatementKind::CreateView(syntax) = &module.syntax.kind else {
            return Ok(false);
        };
        let mut arguments = syntax.select.clone();
        let mut spec = self.spec.clone();
        spec.group_by.clear();
        spec.items = self
            .spec
            .items
            .iter()
            .filter_map(|item| match item {
                SelectItem::Expr { expr, .. } => sum_argument(expr),
                _ => None,
            })
            .map(|expr| SelectItem::Expr {
                expr: expr.clone(),
                alias: None,
            })
            .collect();
        if spec.items.is_empty() {
            return Ok(false);
        }
        arguments.query.body = crate::syntax::ast::QueryBody::Select(Box::new(spec));
        arguments.query.order_by.clear();
        let shape = binding::query_shape(session, &Frame::new(), &arguments)?;
        if shape
            .columns
            .iter()
            .any(|c| c.sql_type.name.is_approximate())
        {
            return Err(SqlError::not_implemented(
                "an index on a view with a SUM of floats",
            ));
        }
        Ok(shape.columns.iter().any(|c| c.nullable))
    }
}

fn sum_argument(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Paren(inner) => sum_argument(inner),
        ExprKind::Function(call) if call.name.base().eq_ignore_ascii_case("sum") => {
            call.args.first()
        }
        _ => None,
    }
}

/// Functions whose arguments after the first become dates.
fn takes_dates(name: &str) -> bool {
    [
        "dateadd",
        "datediff",
        "datediff_big",
        "datepart",
        "datename",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known))
}

/// Styles that read the same date under every setting.
fn is_deterministic_style(style: &Expr) -> bool {
    let ExprKind::Integer(text) = &style.kind else {
        return false;
    };
    let Ok(style) = text.parse::<i32>() else {
        return false;
    };
    matches!(style, 20 | 21 | 120 | 121 | 126 | 127 | 130 | 131)
        || (style > 100 && !matches!(style, 106 | 107 | 109 | 113))
}

/// 1963.
fn imprecise_conversion(view: &str) -> SqlError {
    SqlError::new(
        1963,
        format!(
            "Cannot create index on view \"{view}\". The view contains a convert that is imprecise or non-deterministic."
        ),
    )
}
