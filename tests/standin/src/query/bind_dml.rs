//! The reading part of INSERT, UPDATE, DELETE and MERGE.

use crate::catalog::model::ObjectId;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::protocol::ColumnInfo;
use crate::syntax::ast::{CommonTable, Expr, InsertSource, TableHint, TableSource, Top};
use crate::types::SqlType;

use super::bind_expr::coerce;
use super::bind_from::{Source, full_scan, plain_column, table_hints as bind_hints};
use super::binder::{BindContext, Binder};
use super::expr::{BoundExpr, Node};
use super::optimize;
use super::plan::Plan;
use super::scope::{Clause, Scope};
use super::select::BoundSelect;
use super::storage;

/// What a data change reads.
pub struct DmlSource<'q> {
    pub target: ObjectId,
    /// The name by which the FROM clause knows the target (alias or table name).
    pub target_name: &'q str,
    pub with: &'q [CommonTable],
    pub from: &'q [TableSource],
    pub where_: Option<&'q Expr>,
    pub top: Option<&'q Top>,
    pub hints: Hints,
    /// SET values and what OUTPUT needs of other tables.
    pub extra: &'q [&'q Expr],
    /// What is wrong with the targets of SET: reported when FROM and WHERE are right.
    pub before_extra: Option<&'q SqlError>,
}

/// Rows: the target's row id as bigint, all its columns, the extra expressions. Each target row comes once.
pub struct BoundDmlSource {
    pub plan: Plan,
    /// Names of FROM over the joined row, the target's columns first.
    pub scope: Scope,
    /// Ordinal of the target's first column in `scope`.
    pub target_first: usize,
    pub extra: Vec<ExtraColumn>,
}

#[derive(Debug, Clone)]
pub struct ExtraColumn {
    pub ty: SqlType,
    pub nullable: bool,
    pub untyped_null: bool,
}

/// Hints of a data change's target.
pub fn table_hints(list: &[TableHint], def: &crate::catalog::model::TableDef) -> Result<Hints> {
    Ok(bind_hints(list, def, crate::syntax::ast::Span::default())?.0)
}

pub fn bind_dml_source(cx: &BindContext<'_>, request: &DmlSource<'_>) -> Result<BoundDmlSource> {
    let mut binder = Binder::new(cx);
    binder.collect = true;
    let outcome = bind_source(&mut binder, cx, request);
    binder.complete(outcome)
}

fn bind_source(
    binder: &mut Binder<'_>,
    cx: &BindContext<'_>,
    request: &DmlSource<'_>,
) -> Result<BoundDmlSource> {
    binder.add_ctes(request.with)?;
    let def = storage::definition(cx.session, request.target)?;
    // Reading the rows that are to be changed is a read of its own.
    if request.where_.is_some() {
        cx.session.authorize_table(cx.frame, &def, "SELECT")?;
    }
    let mut source = if request.from.is_empty() {
        let mut scan = full_scan(def.clone(), request.hints);
        scan.row_id = true;
        scan.for_update = true;
        let mut scope = Scope::of_table(&def, Some(request.target_name));
        if let Some(table) = scope.tables.first_mut() {
            table.aliased = false;
            table.schema = cx
                .session
                .server
                .catalog
                .schema(def.database_id, def.schema_id)
                .map(|s| s.name.clone());
        }
        scope.columns.push(row_id_column());
        Source {
            plan: Plan::Scan(Box::new(scan)),
            scope,
        }
    } else {
        binder.source_list(request.from)?
    };
    let (first, row_id) = if request.from.is_empty() {
        (0, def.columns.len())
    } else {
        mark_target(&mut source, request, &def)?
    };
    let mut plan = source.plan;
    let scope = source.scope;
    let ((predicate, extra), _) = binder.in_level(scope.clone(), |b| {
        b.level().clause = Clause::Where;
        let predicate = match request.where_ {
            Some(condition) => Some(b.condition(condition)?),
            None => None,
        };
        b.level().clause = Clause::Other;
        if b.errors.is_empty()
            && let Some(refused) = request.before_extra
        {
            return Err(refused.clone());
        }
        // An UPDATE goes no further than its WHERE when that is wrong.
        let extra = if b.errors.is_empty() {
            request.extra
        } else {
            &[]
        };
        let extra = extra
            .iter()
            .map(|e| b.scalar(e))
            .collect::<Result<Vec<_>>>()?;
        Ok((predicate, extra))
    })?;
    if let Some(predicate) = predicate {
        plan = Plan::Filter {
            input: Box::new(plan),
            predicate,
        };
    }
    let mut exprs = vec![BoundExpr::column(row_id, SqlType::BIGINT, false)];
    exprs.extend(def.columns.iter().enumerate().map(|(at, column)| {
        BoundExpr::column(first + at, column.sql_type.clone(), column.nullable)
    }));
    let described = extra
        .iter()
        .map(|e| ExtraColumn {
            ty: e.ty.clone(),
            nullable: e.nullable,
            untyped_null: e.is_untyped_null(),
        })
        .collect();
    exprs.extend(extra);
    let mut plan = Plan::Project {
        input: Box::new(plan),
        exprs,
    };
    if !request.from.is_empty() {
        // A target row that meets several rows of the others is changed once, by the first of them.
        plan = Plan::FirstOf(Box::new(plan));
    }
    if let Some(top) = request.top {
        plan = binder.top(plan, top, Vec::new())?;
    }
    Ok(BoundDmlSource {
        plan: optimize::optimize(plan, cx.session),
        scope,
        target_first: first,
        extra: described,
    })
}

fn row_id_column() -> super::scope::ScopeColumn {
    let mut column = plain_column(String::new(), SqlType::BIGINT, false);
    column.hidden = true;
    column
}

/// Finds the target's scan in FROM and makes it give row ids; the ordinals of its first column and of the id.
fn mark_target(
    source: &mut Source,
    request: &DmlSource<'_>,
    def: &crate::catalog::model::TableDef,
) -> Result<(usize, usize)> {
    let at = source
        .scope
        .tables
        .iter()
        .position(|t| t.name.eq_ignore_ascii_case(request.target_name))
        .ok_or_else(|| {
            SqlError::new(
                208,
                format!("Invalid object name '{}'.", request.target_name),
            )
            .compile()
        })?;
    let table = source.scope.tables[at].clone();
    let position = table.first + def.columns.len();
    if !add_row_id(&mut source.plan, table.first, request) {
        return Err(SqlError::not_implemented(
            "a data change whose target is not a plain table of FROM",
        ));
    }
    let mut column = row_id_column();
    column.table = at;
    source.scope.columns.insert(position, column);
    for other in &mut source.scope.tables {
        if other.first >= position {
            other.first += 1;
        }
    }
    Ok((table.first, position))
}

/// Adds the id to the scan whose columns begin at `first`; everything after it moves by one.
fn add_row_id(plan: &mut Plan, first: usize, request: &DmlSource<'_>) -> bool {
    match plan {
        Plan::Scan(scan) if first == 0 && scan.object_id == request.target => {
            scan.row_id = true;
            scan.for_update = true;
            if request.hints != Hints::default() {
                scan.hints = request.hints;
            }
            true
        }
        Plan::Join(join) => {
            let split = join.left_width;
            let inserted = if first < split {
                let done = add_row_id(&mut join.left, first, request);
                join.left_width += usize::from(done);
                done
            } else {
                let done = add_row_id(&mut join.right, first - split, request);
                join.right_width += usize::from(done);
                done
            };
            if inserted && let Some(on) = &mut join.on {
                let limit = first + request_width(request, &join.left, &join.right);
                super::visit::map_columns(on, &mut |o| if o >= limit { o + 1 } else { o });
            }
            inserted
        }
        Plan::Apply {
            left,
            right,
            right_width,
            ..
        } => {
            let split = super::prune::width(left);
            if first < split {
                let done = add_row_id(left, first, request);
                if done {
                    let limit = first + request_width(request, left, right);
                    super::visit::plan_refs(right, 1, &mut |depth, up, ordinal| {
                        if *up == depth && *ordinal >= limit {
                            *ordinal += 1;
                        }
                    });
                }
                done
            } else {
                let _ = right_width;
                false
            }
        }
        _ => false,
    }
}

/// Columns of the target's definition, found in either side's scan.
fn request_width(request: &DmlSource<'_>, left: &Plan, right: &Plan) -> usize {
    target_columns(left, request.target)
        .or_else(|| target_columns(right, request.target))
        .unwrap_or(0)
}

fn target_columns(plan: &Plan, target: ObjectId) -> Option<usize> {
    match plan {
        Plan::Scan(scan) if scan.row_id && scan.object_id == target => Some(scan.def.columns.len()),
        Plan::Join(join) => {
            target_columns(&join.left, target).or_else(|| target_columns(&join.right, target))
        }
        Plan::Apply { left, .. } => target_columns(left, target),
        _ => None,
    }
}

/// VALUES or a query; with `expected`, each column converted to its target's type.
pub fn bind_insert_source(
    cx: &BindContext<'_>,
    with: &[CommonTable],
    source: &InsertSource,
    expected: Option<&[SqlType]>,
) -> Result<BoundSelect> {
    let mut binder = Binder::new(cx);
    binder.collect = true;
    let outcome = insert_source(&mut binder, with, source);
    let (plan, columns) = binder.complete(outcome)?;
    let mut plan = plan;
    if let Some(expected) = expected
        && expected.len() == columns.len()
    {
        plan = converted(plan, &columns, expected)?;
    }
    Ok(BoundSelect {
        columns: columns
            .iter()
            .map(|c| ColumnInfo {
                name: c.name.clone(),
                sql_type: c.ty.clone(),
                nullable: c.nullable,
                identity: false,
                computed: false,
                updatable: false,
            })
            .collect(),
        plan: optimize::optimize(plan, cx.session),
        assignments: None,
        into: None,
        for_json: false,
    })
}

fn insert_source(
    binder: &mut Binder<'_>,
    with: &[CommonTable],
    source: &InsertSource,
) -> Result<(Plan, Vec<super::scope::ScopeColumn>)> {
    binder.add_ctes(with)?;
    Ok(match source {
        InsertSource::Values(rows) if rows.len() == 1 => {
            let (row, _) = binder.in_level(Scope::empty(), |b| {
                rows[0]
                    .iter()
                    .map(|e| b.scalar(e))
                    .collect::<Result<Vec<_>>>()
            })?;
            let columns = row
                .iter()
                .map(|e| plain_column(String::new(), e.ty.clone(), e.nullable))
                .collect();
            (Plan::Values(vec![row]), columns)
        }
        InsertSource::Values(rows) => {
            let (rows, types) = binder.value_rows(rows)?;
            let columns: Vec<_> = types
                .into_iter()
                .map(|(ty, nullable)| plain_column(String::new(), ty, nullable))
                .collect();
            (Plan::Values(rows), columns)
        }
        InsertSource::Query(query) => binder.query(query, false)?,
        InsertSource::DefaultValues => (Plan::Values(vec![Vec::new()]), Vec::new()),
        InsertSource::Execute(_) => {
            return Err(SqlError::not_implemented("EXECUTE as a bound source"));
        }
    })
}

/// Checks that each column converts implicitly (206, 257). Values stay as they are: the engine converts them when it
/// stores them, because only it knows the column's name (2628).
fn converted(
    plan: Plan,
    columns: &[super::scope::ScopeColumn],
    expected: &[SqlType],
) -> Result<Plan> {
    for (at, (column, ty)) in columns.iter().zip(expected).enumerate() {
        if !is_untyped_null(&plan, at) {
            coerce(
                BoundExpr::column(at, column.ty.clone(), column.nullable),
                ty,
            )?;
        }
    }
    Ok(plan)
}

/// Is a column of the source the bare literal NULL, which converts to anything?
pub(super) fn is_untyped_null(plan: &Plan, at: usize) -> bool {
    match plan {
        Plan::Values(rows) => rows.iter().all(|row| row[at].is_untyped_null()),
        Plan::Project { input, exprs } => exprs.get(at).is_some_and(|expr| match expr.node {
            Node::Column { up: 0, ordinal } => is_untyped_null(input, ordinal),
            _ => expr.is_untyped_null(),
        }),
        Plan::Sort { input, .. } | Plan::Top { input, .. } | Plan::Offset { input, .. } => {
            is_untyped_null(input, at)
        }
        _ => false,
    }
}
