//! Binding of OVER: partition, order, frame, and which functions may have them.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{Expr, ExprKind, FrameBound, FunctionCall, WindowFrame, WindowSpec};
use crate::types::SqlType;

use super::bind_expr::coerce;
use super::binder::Binder;
use super::expr::{BoundExpr, Node};
use super::plan::{Bound, Frame, SortKey, WindowCall, WindowFunction};
use super::scope::{Clause, WINDOW_BASE};
use super::values;

impl Binder<'_> {
    pub(super) fn window_call(&mut self, call: &FunctionCall, name: &str) -> Result<BoundExpr> {
        let level = self.level();
        if level.inside_window || level.inside_aggregate {
            return Err(SqlError::new(
                4109,
                "Windowed functions cannot be used in the context of another windowed function or aggregate.",
            )
            .class(15)
            .compile());
        }
        if !matches!(level.clause, Clause::Select | Clause::OrderBy) {
            return Err(SqlError::new(
                4108,
                "Windowed functions can only appear in the SELECT or ORDER BY clauses.",
            )
            .class(15)
            .compile());
        }
        let Some(spec) = &call.over else {
            return Err(SqlError::not_implemented(name));
        };
        if spec.base.is_some() {
            return Err(SqlError::not_implemented("named windows"));
        }
        self.level().inside_window = true;
        let bound = self.window_parts(call, name, spec);
        self.level().inside_window = false;
        let bound = bound?;
        let ty = bound.ty.clone();
        let nullable = !matches!(
            bound.function,
            WindowFunction::RowNumber | WindowFunction::Rank | WindowFunction::DenseRank
        );
        let windows = &mut self.level().windows;
        let text = format!("{bound:?}");
        let position = windows
            .iter()
            .position(|w| format!("{w:?}") == text)
            .unwrap_or_else(|| {
                windows.push(bound);
                windows.len() - 1
            });
        Ok(BoundExpr::new(
            Node::Column {
                up: 0,
                ordinal: WINDOW_BASE + position,
            },
            ty,
            nullable,
        ))
    }

    fn window_parts(
        &mut self,
        call: &FunctionCall,
        name: &str,
        spec: &WindowSpec,
    ) -> Result<WindowCall> {
        let partition = spec
            .partition_by
            .iter()
            .map(|e| {
                let bound = self.scalar(e)?;
                values::check_groupable(&bound.ty)?;
                Ok(bound)
            })
            .collect::<Result<Vec<_>>>()?;
        let mut order = Vec::with_capacity(spec.order_by.len());
        for item in &spec.order_by {
            let expr = self.scalar(&item.expr)?;
            if matches!(item.expr.kind, ExprKind::Integer(_)) {
                return Err(SqlError::new(
                    5308,
                    "Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer indices as ORDER BY clause expressions.",
                )
                .compile());
            }
            values::check_sortable(&expr.ty)?;
            order.push(SortKey {
                expr,
                descending: item.descending,
            });
        }
        let frame = match &spec.frame {
            Some(frame) => Some(bind_frame(frame)?),
            None => None,
        };
        let (function, args, ty) =
            self.window_function(call, name, order.is_empty(), frame.is_some())?;
        Ok(WindowCall {
            function,
            args,
            partition,
            order,
            frame,
            ignore_nulls: call.ignore_nulls.unwrap_or(false),
            ty,
        })
    }

    fn window_function(
        &mut self,
        call: &FunctionCall,
        name: &str,
        no_order: bool,
        framed: bool,
    ) -> Result<(WindowFunction, Vec<BoundExpr>, SqlType)> {
        if let Some(kind) = values::aggregate_kind(name) {
            if call.distinct {
                return Err(SqlError::new(
                    10759,
                    "Use of DISTINCT is not allowed with the OVER clause.",
                )
                .class(15)
                .compile());
            }
            if framed && no_order {
                return Err(SqlError::new(
                    10756,
                    "Window frame with ROWS or RANGE must have an ORDER BY clause.",
                )
                .class(15)
                .compile());
            }
            let bound = self.aggregate_call(call, kind, name)?;
            let ty = bound.ty.clone();
            return Ok((WindowFunction::Aggregate(Box::new(bound)), Vec::new(), ty));
        }
        if matches!(name, "PERCENTILE_CONT" | "PERCENTILE_DISC") {
            return Err(SqlError::not_implemented(name).compile());
        }
        let ranked = |function, ty| Ok((function, Vec::new(), ty));
        let needs_order = |no_order: bool| {
            if no_order {
                Err(SqlError::new(
                    4112,
                    format!("The function '{name}' must have an OVER clause with ORDER BY."),
                )
                .class(15)
                .compile())
            } else {
                Ok(())
            }
        };
        needs_order(no_order)?;
        if framed && !matches!(name, "FIRST_VALUE" | "LAST_VALUE") {
            return Err(SqlError::new(
                10752,
                format!("The function '{name}' may not have a window frame."),
            )
            .class(15)
            .compile());
        }
        match name {
            "ROW_NUMBER" => ranked(WindowFunction::RowNumber, SqlType::BIGINT),
            "RANK" => ranked(WindowFunction::Rank, SqlType::BIGINT),
            "DENSE_RANK" => ranked(WindowFunction::DenseRank, SqlType::BIGINT),
            "PERCENT_RANK" => ranked(WindowFunction::PercentRank, SqlType::FLOAT),
            "CUME_DIST" => ranked(WindowFunction::CumeDist, SqlType::FLOAT),
            "NTILE" => {
                let [count] = call.args.as_slice() else {
                    return Err(arity("ntile", 1));
                };
                let count = coerce(self.scalar(count)?, &SqlType::BIGINT)?;
                Ok((WindowFunction::NTile, vec![count], SqlType::BIGINT))
            }
            "LAG" | "LEAD" => self.offset_function(call, name),
            "FIRST_VALUE" | "LAST_VALUE" => {
                let [value] = call.args.as_slice() else {
                    return Err(arity(&name.to_ascii_lowercase(), 1));
                };
                let value = self.scalar(value)?;
                let ty = value.ty.clone();
                let function = if name == "FIRST_VALUE" {
                    WindowFunction::FirstValue
                } else {
                    WindowFunction::LastValue
                };
                Ok((function, vec![value], ty))
            }
            _ => Err(SqlError::new(
                4113,
                format!("The function '{name}' is not a valid windowing function, and cannot be used with the OVER clause."),
            )
            .class(15)
            .compile()),
        }
    }

    fn offset_function(
        &mut self,
        call: &FunctionCall,
        name: &str,
    ) -> Result<(WindowFunction, Vec<BoundExpr>, SqlType)> {
        let mut args = call
            .args
            .iter()
            .map(|a: &Expr| self.scalar(a))
            .collect::<Result<Vec<_>>>()?;
        if args.is_empty() || args.len() > 3 {
            return Err(SqlError::new(
                189,
                format!(
                    "The {} function requires 1 to 3 arguments.",
                    name.to_ascii_lowercase()
                ),
            )
            .class(15)
            .compile());
        }
        let ty = args[0].ty.clone();
        if args.len() > 1 {
            args[1] = coerce(args[1].clone(), &SqlType::BIGINT)?;
        }
        if args.len() > 2 {
            args[2] = coerce(args[2].clone(), &ty)?;
        }
        let function = if name == "LAG" {
            WindowFunction::Lag
        } else {
            WindowFunction::Lead
        };
        Ok((function, args, ty))
    }
}

fn arity(name: &str, count: usize) -> SqlError {
    SqlError::new(
        174,
        format!("The {name} function requires {count} argument(s)."),
    )
    .class(15)
    .compile()
}

/// 4194 for RANGE with a distance, 4193 for bounds in the wrong order.
fn bind_frame(frame: &WindowFrame) -> Result<Frame> {
    let bound = |b: &FrameBound| -> Result<Bound> {
        Ok(match b {
            FrameBound::UnboundedPreceding => Bound::UnboundedPreceding,
            FrameBound::Preceding(n) => Bound::Preceding(distance(n, frame.rows)?),
            FrameBound::CurrentRow => Bound::CurrentRow,
            FrameBound::Following(n) => Bound::Following(distance(n, frame.rows)?),
            FrameBound::UnboundedFollowing => Bound::UnboundedFollowing,
        })
    };
    Ok(Frame {
        rows: frame.rows,
        start: bound(&frame.start)?,
        end: match &frame.end {
            Some(end) => bound(end)?,
            None => Bound::CurrentRow,
        },
    })
}

fn distance(expr: &Expr, rows: bool) -> Result<usize> {
    if !rows {
        return Err(SqlError::new(
            4194,
            "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters.",
        )
        .compile());
    }
    match &expr.kind {
        ExprKind::Integer(text) => text.parse().map_err(|_| {
            SqlError::new(4198, "The value of a window frame bound is too large.").compile()
        }),
        _ => Err(SqlError::not_implemented(
            "a window frame bound that is not a literal",
        )),
    }
}

/// The expressions of a call over the row below it.
pub(super) fn call_exprs(call: &mut WindowCall) -> Vec<&mut BoundExpr> {
    let mut list: Vec<&mut BoundExpr> = call.args.iter_mut().collect();
    list.extend(call.partition.iter_mut());
    list.extend(call.order.iter_mut().map(|k| &mut k.expr));
    if let WindowFunction::Aggregate(inner) = &mut call.function {
        list.extend(inner.args.iter_mut());
    }
    list
}
