//! Where definitions ask the query room: does an expression bind, what type has it, what is its value for a row?

use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::engine::frame::Frame;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::storage::IndexFilter;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, SelectStatement};
use crate::types::{SqlType, Value};

use super::references::walk_expr;

/// What binding a computed column tells.
pub(super) struct ComputedType {
    pub sql_type: SqlType,
    pub nullable: bool,
    pub deterministic: bool,
}

/// Columns of a view or inline function.
pub struct ViewShape {
    pub columns: Vec<crate::protocol::ColumnInfo>,
}

/// Functions whose answer changes from call to call, or depends on the session.
const NONDETERMINISTIC: &[&str] = &[
    "getdate",
    "sysdatetime",
    "sysutcdatetime",
    "getutcdate",
    "sysdatetimeoffset",
    "current_timestamp",
    "newid",
    "newsequentialid",
    "rand",
    "host_name",
    "app_name",
    "suser_sname",
    "user_name",
    "original_login",
    "object_id",
    "vector_distance",
    "vector_norm",
    "vector_normalize",
    "session_user",
    "system_user",
    "db_name",
    "error_message",
    "format",
    "session_context",
    "scope_identity",
];

/// Functions whose answer depends on more than their arguments only for an indexed view or a persisted column: they
/// look at the session's language.
const OF_LANGUAGE: &[&str] = &["datename", "isdate", "parse", "try_parse"];

/// RAND is deterministic when it has a seed.
pub(super) fn is_deterministic_function(name: &str, arguments: usize) -> bool {
    let seeded = name == "rand" && arguments > 0;
    seeded || !(NONDETERMINISTIC.contains(&name) || OF_LANGUAGE.contains(&name))
}

/// A schema-bound function is deterministic when its text calls nothing that is not.
pub(super) fn is_deterministic_module(module: &crate::catalog::model::ModuleDef) -> bool {
    let text = module.definition.to_lowercase();
    let calls = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].trim_start().starts_with('(');
            after && !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '.'))
        })
    };
    module.schema_bound
        && !NONDETERMINISTIC
            .iter()
            .chain(OF_LANGUAGE)
            .any(|name| calls(name))
        && !text.contains("current_timestamp")
        && !text.contains("@@")
}

pub(super) fn is_deterministic(expr: &Expr) -> bool {
    let mut deterministic = true;
    let mut has_query = false;
    walk_expr(
        expr,
        &mut |e| match &e.kind {
            ExprKind::Function(call) if call.name.parts.len() == 1 => {
                let name = call.name.base().to_ascii_lowercase();
                deterministic &= !NONDETERMINISTIC.contains(&name.as_str());
            }
            ExprKind::GlobalVariable(_) | ExprKind::Parse { .. } => deterministic = false,
            _ => {}
        },
        &mut |_| has_query = true,
    );
    deterministic && !has_query
}

/// 1046: no subquery; 128: no column where a constant expression is wanted.
fn refuse_subqueries(expr: &Expr) -> Result<()> {
    let mut found = false;
    walk_expr(expr, &mut |_| {}, &mut |_| found = true);
    if found {
        return Err(SqlError::new(
            1046,
            "Subqueries are not allowed in this context. Only scalar expressions are allowed.",
        )
        .class(15)
        .compile());
    }
    Ok(())
}

/// A DEFAULT: constants and functions, no column (128), assignable to the column.
pub(super) fn check_default(session: &Session, expr: &Expr, target: &SqlType) -> Result<()> {
    refuse_subqueries(expr)?;
    let mut column = None;
    walk_expr(
        expr,
        &mut |e| {
            if let ExprKind::Column(name) = &e.kind {
                column.get_or_insert_with(|| super::target::written(name));
            }
        },
        &mut |_| {},
    );
    if let Some(column) = column {
        return Err(SqlError::new(
            128,
            format!(
                "The name \"{column}\" is not permitted in this context. Valid expressions are constants, constant expressions, and (in some contexts) variables. Column names are not permitted."
            ),
        )
        .class(15));
    }
    query_seam::check_assignable(session, expr, target)
}

pub(super) fn computed_column(
    session: &Session,
    table: &TableDef,
    expr: &Expr,
) -> Result<ComputedType> {
    refuse_subqueries(expr)?;
    let (sql_type, nullable) = query_seam::scalar_type(session, table, expr)?;
    Ok(ComputedType {
        sql_type,
        nullable,
        deterministic: is_deterministic(expr),
    })
}

/// A CHECK must bind as a condition of the table's row.
pub(super) fn check_condition(session: &Session, table: &TableDef, expr: &Expr) -> Result<()> {
    refuse_subqueries(expr)?;
    query_seam::condition(session, table, expr)
}

/// Result columns of a query, bound as a view's.
pub(super) fn query_shape(
    session: &Session,
    frame: &Frame,
    select: &SelectStatement,
) -> Result<ViewShape> {
    query_seam::shape(session, frame, select)
}

/// A row predicate for the storage, from the catalog's text. The grammar of filters is small, so it is compiled here:
/// `column op constant`, `IN`, `IS [NOT] NULL`, joined by AND.
pub(super) fn index_filter(table: &TableDef, text: &str) -> Result<IndexFilter> {
    let expr = crate::syntax::parse_condition(text)?;
    let tests = filter_tests(table, &expr)?;
    Ok(Arc::new(move |row: &[Value]| {
        tests.iter().all(|test| test.passes(row))
    }))
}

struct FilterTest {
    ordinal: usize,
    sql_type: SqlType,
    rule: FilterRule,
}

enum FilterRule {
    Null(bool),
    Compare(BinaryOp, Value),
    OneOf(Vec<Value>),
}

impl FilterTest {
    fn passes(&self, row: &[Value]) -> bool {
        use std::cmp::Ordering as O;
        let Some(value) = row.get(self.ordinal) else {
            return false;
        };
        let order = |constant: &Value| {
            crate::types::compare::compare(value, constant, &self.sql_type)
                .ok()
                .flatten()
        };
        match &self.rule {
            FilterRule::Null(wanted) => value.is_null() == *wanted,
            FilterRule::OneOf(list) => list.iter().any(|c| order(c) == Some(O::Equal)),
            FilterRule::Compare(op, constant) => order(constant).is_some_and(|order| match op {
                BinaryOp::Equal => order == O::Equal,
                BinaryOp::NotEqual => order != O::Equal,
                BinaryOp::Less => order == O::Less,
                BinaryOp::LessOrEqual => order != O::Greater,
                BinaryOp::Greater => order == O::Greater,
                BinaryOp::GreaterOrEqual => order != O::Less,
                _ => false,
            }),
        }
    }
}

fn filter_tests(table: &TableDef, expr: &Expr) -> Result<Vec<FilterTest>> {
    let incorrect = || SqlError::new(10735, "Incorrect WHERE clause for filtered index.").class(15);
    let column = |e: &Expr| -> Result<(usize, SqlType)> {
        let mut e = e;
        while let ExprKind::Paren(inner) = &e.kind {
            e = inner;
        }
        let ExprKind::Column(name) = &e.kind else {
            return Err(incorrect());
        };
        let at = table
            .column_ordinal(name.base())
            .ok_or_else(|| SqlError::new(207, format!("Invalid column name '{}'.", name.base())))?;
        Ok((at, table.columns[at].sql_type.clone()))
    };
    match &expr.kind {
        ExprKind::Paren(inner) => filter_tests(table, inner),
        ExprKind::Binary {
            op: BinaryOp::And,
            left,
            right,
        } => {
            let mut tests = filter_tests(table, left)?;
            tests.extend(filter_tests(table, right)?);
            Ok(tests)
        }
        ExprKind::IsNull { operand, negated } => {
            let (ordinal, sql_type) = column(operand)?;
            Ok(vec![FilterTest {
                ordinal,
                sql_type,
                rule: FilterRule::Null(!negated),
            }])
        }
        ExprKind::In {
            operand,
            list,
            negated: false,
        } => {
            let (ordinal, sql_type) = column(operand)?;
            let list = list
                .iter()
                .map(|e| constant(e, &sql_type).ok_or_else(incorrect))
                .collect::<Result<Vec<_>>>()?;
            Ok(vec![FilterTest {
                ordinal,
                sql_type,
                rule: FilterRule::OneOf(list),
            }])
        }
        ExprKind::Binary { op, left, right } if is_comparison(*op) => {
            let (ordinal, sql_type) = column(left)?;
            let value = constant(right, &sql_type).ok_or_else(incorrect)?;
            Ok(vec![FilterTest {
                ordinal,
                sql_type,
                rule: FilterRule::Compare(*op, value),
            }])
        }
        _ => Err(incorrect()),
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual
    )
}

/// A literal in the type of the column it is compared with.
pub(super) fn constant(expr: &Expr, target: &SqlType) -> Option<Value> {
    use crate::syntax::ast::UnaryOp;
    let (source, value) = match &expr.kind {
        ExprKind::Paren(inner) => return constant(inner, target),
        ExprKind::Null => return Some(Value::Null),
        ExprKind::Integer(text) => integer(text)?,
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => match &operand.kind {
            ExprKind::Integer(text) => integer(&format!("-{text}"))?,
            ExprKind::Float(text) => (SqlType::FLOAT, Value::Float(-text.parse::<f64>().ok()?)),
            _ => return None,
        },
        ExprKind::Float(text) => (SqlType::FLOAT, Value::Float(text.parse().ok()?)),
        ExprKind::String { text, national } => {
            let length = i32::try_from(text.chars().count().max(1)).ok()?;
            if *national {
                (SqlType::nvarchar(length), Value::nvarchar(text))
            } else {
                (SqlType::varchar(length), Value::varchar(text))
            }
        }
        ExprKind::BinaryLiteral(bytes) => (
            SqlType::varbinary(i32::try_from(bytes.len().max(1)).ok()?),
            Value::binary(bytes),
        ),
        ExprKind::Decimal(text) => {
            let length = i32::try_from(text.len()).ok()?;
            (SqlType::varchar(length), Value::varchar(text))
        }
        _ => return None,
    };
    crate::types::convert::cast(&value, &source, target, None, false).ok()
}

fn integer(text: &str) -> Option<(SqlType, Value)> {
    if let Ok(n) = text.parse::<i32>() {
        return Some((SqlType::INT, Value::Int(n)));
    }
    text.parse::<i64>()
        .ok()
        .map(|n| (SqlType::BIGINT, Value::BigInt(n)))
}

/// The calls into the query room.
mod query_seam {
    use super::{Frame, Result, SelectStatement, Session, SqlType, TableDef, ViewShape};
    use crate::query::{BindContext, Scope, bind_condition, bind_scalar, bind_select};
    use crate::syntax::ast::{Expr, ExprKind};

    /// A value of the wrong kind is refused when the default is made (206, 257, 529).
    pub(super) fn check_assignable(session: &Session, expr: &Expr, target: &SqlType) -> Result<()> {
        if matches!(expr.kind, ExprKind::Null) {
            return Ok(());
        }
        let frame = Frame::new();
        let cx = BindContext::new(session, &frame);
        let bound = bind_scalar(&cx, &Scope::empty(), expr)?;
        if bound.is_untyped_null() {
            return Ok(());
        }
        crate::types::convert::is_allowed(bound.sql_type(), target, false)
    }

    pub(super) fn scalar_type(
        session: &Session,
        table: &TableDef,
        expr: &Expr,
    ) -> Result<(SqlType, bool)> {
        let frame = Frame::new();
        let cx = BindContext::new(session, &frame);
        let bound = bind_scalar(&cx, &Scope::of_table(table, None), expr)?;
        Ok((bound.sql_type().clone(), bound.nullable()))
    }

    pub(super) fn condition(session: &Session, table: &TableDef, expr: &Expr) -> Result<()> {
        let frame = Frame::new();
        let cx = BindContext::new(session, &frame);
        bind_condition(&cx, &Scope::of_table(table, None), expr).map(|_| ())
    }

    pub(super) fn shape(
        session: &Session,
        frame: &Frame,
        select: &SelectStatement,
    ) -> Result<ViewShape> {
        let cx = BindContext::new(session, frame);
        let bound = bind_select(&cx, select)?;
        Ok(ViewShape {
            columns: bound.columns,
        })
    }
}

/// The value of a DEFAULT for all rows that are there when its column is added: computed once.
pub(super) fn default_value(
    ctx: &mut crate::engine::ExecContext<'_>,
    text: &str,
    target: &SqlType,
) -> Result<Value> {
    let bound = crate::query::bind_constant_expr(ctx.session, text)?;
    let value = crate::query::eval(&bound, &[], ctx)?;
    crate::types::convert::cast(&value, bound.sql_type(), target, None, false)
}

/// Does every row satisfy the CHECK, or leave it unknown?
pub(super) fn all_satisfy(
    ctx: &mut crate::engine::ExecContext<'_>,
    table: &TableDef,
    text: &str,
    rows: &[Vec<Value>],
) -> Result<bool> {
    let bound = crate::query::row_condition(ctx.session, table, text)?;
    for row in rows {
        if crate::query::eval_condition(&bound, row, ctx)? == Some(false) {
            return Ok(false);
        }
    }
    Ok(true)
}
