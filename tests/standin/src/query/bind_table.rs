//! Stored tables in FROM: hints, FOR SYSTEM_TIME; common tables with and without recursion.

use std::sync::Arc;

use crate::catalog::model::{TableDef, TemporalRole};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    BinaryOp, Expr, NamedTable, Query, QueryBody, SetOperator, SystemTime, TableAlias, TableSource,
};
use crate::types::SqlType;

use super::bind_expr::{coerce, comparison};
use super::bind_from::{Source, full_scan, table_hints};
use super::bind_predicate::all_of;
use super::binder::{Binder, Cte, WorkTable};
use super::expr::BoundExpr;
use super::plan::Plan;
use super::scope::Scope;
use super::storage;

impl Binder<'_> {
    pub(super) fn stored_table(
        &mut self,
        named: &NamedTable,
        def: Arc<TableDef>,
    ) -> Result<Source> {
        let (mut hints, forced) = table_hints(&named.hints, &def, named.span)?;
        hints.read_committed_lock |= self.latest;
        let mut scope = Scope::of_table(&def, named.alias.as_ref().map(|a| a.name.text.as_str()));
        if named.alias.is_none()
            && let Some(table) = scope.tables.first_mut()
        {
            named.name.base().clone_into(&mut table.name);
            table.schema = Some(
                named
                    .name
                    .schema()
                    .map_or_else(|| self.session.default_schema.clone(), str::to_owned),
            );
        }
        if let Some(substitute) = &self.substitute
            && substitute.table == def.object_id
        {
            let plan = Plan::Values(substitute.rows.clone());
            return Ok(Source { plan, scope });
        }
        let mut scan = full_scan(def.clone(), hints);
        scan.forced_index = forced;
        let plan = match &named.system_time {
            None => Plan::Scan(Box::new(scan)),
            Some(time) => self.system_time(time, &def, scan)?,
        };
        Ok(Source { plan, scope })
    }

    /// Current rows and history rows whose period meets the wish. 13544 without system versioning.
    fn system_time(
        &mut self,
        time: &SystemTime,
        def: &Arc<TableDef>,
        scan: super::plan::Scan,
    ) -> Result<Plan> {
        let (TemporalRole::Current { history }, Some(period)) = (def.temporal, &def.period) else {
            return Err(SqlError::new(
                13544,
                format!(
                    "Temporal FOR SYSTEM_TIME clause can only be used with system-versioned tables. '{}' is not a system-versioned table.",
                    storage::full_name(self.session, def)
                ),
            )
            .compile());
        };
        let history = storage::definition(self.session, history)?;
        let mut past = full_scan(history, scan.hints);
        // Columns of both tables have the same order.
        past.columns.clone_from(&scan.columns);
        let all = Plan::UnionAll(vec![Plan::Scan(Box::new(scan)), Plan::Scan(Box::new(past))]);
        let column = |id: i32| -> Result<BoundExpr> {
            let ordinal = def
                .ordinal_of(id)
                .ok_or_else(|| SqlError::not_implemented("a period without its columns"))?;
            Ok(BoundExpr::column(
                ordinal,
                def.columns[ordinal].sql_type.clone(),
                false,
            ))
        };
        let start = column(period.start_column_id)?;
        let end = column(period.end_column_id)?;
        let ty = start.ty.clone();
        let condition = match time {
            SystemTime::All => None,
            SystemTime::AsOf(at) => {
                let at = self.moment(at, &ty)?;
                all_of(vec![
                    comparison(BinaryOp::LessOrEqual, start, at.clone())?,
                    comparison(BinaryOp::Greater, end, at)?,
                ])
            }
            SystemTime::From(from, to) => {
                let (from, to) = (self.moment(from, &ty)?, self.moment(to, &ty)?);
                all_of(vec![
                    comparison(BinaryOp::Less, start.clone(), to)?,
                    comparison(BinaryOp::Greater, end.clone(), from)?,
                    comparison(BinaryOp::NotEqual, start, end)?,
                ])
            }
            SystemTime::Between(from, to) => {
                let (from, to) = (self.moment(from, &ty)?, self.moment(to, &ty)?);
                all_of(vec![
                    comparison(BinaryOp::LessOrEqual, start.clone(), to)?,
                    comparison(BinaryOp::Greater, end.clone(), from)?,
                    comparison(BinaryOp::NotEqual, start, end)?,
                ])
            }
            SystemTime::ContainedIn(from, to) => {
                let (from, to) = (self.moment(from, &ty)?, self.moment(to, &ty)?);
                all_of(vec![
                    comparison(BinaryOp::GreaterOrEqual, start.clone(), from)?,
                    comparison(BinaryOp::LessOrEqual, end.clone(), to)?,
                    comparison(BinaryOp::NotEqual, start, end)?,
                ])
            }
        };
        Ok(match condition {
            None => all,
            Some(predicate) => Plan::Filter {
                input: Box::new(all),
                predicate,
            },
        })
    }

    fn moment(&mut self, expr: &Expr, ty: &SqlType) -> Result<BoundExpr> {
        let (bound, _) = self.in_level(Scope::empty(), |b| b.scalar(expr))?;
        coerce(bound, ty)
    }

    /// The rows of a common table, bound anew.
    pub(super) fn common_table(&mut self, cte: &Cte, alias: Option<&TableAlias>) -> Result<Source> {
        let hidden = self.ctes.split_off(cte.visible);
        let name = alias.map_or(cte.name.text.as_str(), |a| a.name.text.as_str());
        let result = if names_itself(&cte.query.body, &cte.name.text) {
            self.recursive_table(cte, name)
        } else {
            self.isolated(|b| {
                let (plan, columns) = b.query(&cte.query, true)?;
                b.named_rows(plan, columns, &cte.name.text, &cte.columns)
            })
        };
        self.ctes.extend(hidden);
        let mut source = result?;
        if let Some(table) = source.scope.tables.first_mut() {
            name.clone_into(&mut table.name);
        }
        Ok(source)
    }

    /// 252 and 253 for a wrong shape, 240 for types that differ between the two parts.
    fn recursive_table(&mut self, cte: &Cte, name: &str) -> Result<Source> {
        let QueryBody::SetOperation {
            op: SetOperator::UnionAll,
            left,
            right,
        } = &cte.query.body
        else {
            return Err(SqlError::new(
                252,
                format!(
                    "Recursive common table expression '{}' does not contain a top-level UNION ALL operator.",
                    cte.name.text
                ),
            )
            .compile());
        };
        if names_itself(left, &cte.name.text) && !names_itself(first_member(left), &cte.name.text) {
            return Err(SqlError::not_implemented(
                "common tables with several recursive members",
            ));
        }
        if names_itself(left, &cte.name.text) {
            return Err(SqlError::new(
                246,
                format!(
                    "No anchor member was specified for recursive query \"{}\".",
                    cte.name.text
                ),
            )
            .compile());
        }
        let id = self.next_id;
        self.next_id += 1;
        let limit = self.max_recursion;
        self.isolated(|b| {
            let (anchor, columns) = b.body(left)?;
            let mut source = b.named_rows(anchor, columns, &cte.name.text, &cte.columns)?;
            // Every column of a recursive common table may be NULL.
            source.scope.make_nullable();
            b.work_tables.push(WorkTable {
                name: cte.name.text.clone(),
                id,
                columns: source.scope.columns.clone(),
            });
            b.recursive_part = Some(cte.name.text.clone());
            let step = b.body(right);
            b.recursive_part = None;
            b.work_tables.pop();
            let (step, step_columns) = step?;
            if step_columns.len() != source.scope.columns.len() {
                return Err(SqlError::new(
                    205,
                    "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.",
                )
                .compile());
            }
            for (ours, theirs) in source.scope.columns.iter().zip(&step_columns) {
                if ours.ty != theirs.ty {
                    return Err(SqlError::new(
                        240,
                        format!(
                            "Types don't match between the anchor and the recursive part in column \"{}\" of recursive query \"{}\".",
                            ours.name, cte.name.text
                        ),
                    )
                    .compile());
                }
            }
            if let Some(table) = source.scope.tables.first_mut() {
                name.clone_into(&mut table.name);
            }
            source.plan = Plan::Recursive {
                id,
                anchor: Box::new(source.plan),
                step: Box::new(step),
                limit,
            };
            Ok(source)
        })
    }
}

/// The member that is written first.
fn first_member(body: &QueryBody) -> &QueryBody {
    match body {
        QueryBody::SetOperation { left, .. } => first_member(left),
        QueryBody::Paren(query) => first_member(&query.body),
        QueryBody::Select(_) => body,
    }
}

fn names_itself(body: &QueryBody, name: &str) -> bool {
    match body {
        QueryBody::Select(spec) => spec.from.iter().any(|s| source_names(s, name)),
        QueryBody::SetOperation { left, right, .. } => {
            names_itself(left, name) || names_itself(right, name)
        }
        QueryBody::Paren(query) => names_itself(&query.body, name),
    }
}

fn source_names(source: &TableSource, name: &str) -> bool {
    match source {
        TableSource::Named(named) => {
            named.name.parts.len() == 1 && named.name.base().eq_ignore_ascii_case(name)
        }
        TableSource::Derived { query, .. } => query_names(query, name),
        TableSource::Join { left, right, .. } => {
            source_names(left, name) || source_names(right, name)
        }
        TableSource::Paren(inner) => source_names(inner, name),
        _ => false,
    }
}

fn query_names(query: &Query, name: &str) -> bool {
    names_itself(&query.body, name)
}
