//! What a view must and must not be to have an index: the rules that SQL Server checks when the index is created.

use crate::catalog::Object;
use crate::catalog::model::{ModuleDef, ModuleKind};
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    CreateView, Expr, ExprKind, FunctionCall, GroupItem, ObjectName, QueryBody, QuerySpec,
    SelectItem, StatementKind, TableSource,
};

use super::references::walk_expr;
use super::view_expressions::Expressions;
use super::view_sources::Sources;
use super::{binding, target};

/// What a column of a grouped view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ViewRole {
    Group,
    /// COUNT_BIG(*)
    Count,
    Sum,
}

/// Roles of a grouped view's columns; None without GROUP BY.
pub(crate) fn view_roles(view: &ModuleDef) -> Option<Vec<ViewRole>> {
    let StatementKind::CreateView(syntax) = &view.syntax.kind else {
        return None;
    };
    let spec = spec_of(syntax)?;
    if spec.group_by.is_empty() {
        return None;
    }
    let role = |item: &SelectItem| match item {
        SelectItem::Expr { expr, .. } => match aggregate(expr) {
            Some(call) if is_named(call, "count_big") => ViewRole::Count,
            Some(_) => ViewRole::Sum,
            None => ViewRole::Group,
        },
        _ => ViewRole::Group,
    };
    Some(spec.items.iter().map(role).collect())
}

fn spec_of(view: &CreateView) -> Option<&QuerySpec> {
    let mut query = &view.select.query;
    loop {
        match &query.body {
            QueryBody::Select(spec) => return Some(spec),
            QueryBody::Paren(inner) => query = inner,
            QueryBody::SetOperation { .. } => return None,
        }
    }
}

fn is_named(call: &FunctionCall, name: &str) -> bool {
    call.name.parts.len() == 1 && call.name.base().eq_ignore_ascii_case(name)
}

/// The call, if the whole expression is an aggregate.
fn aggregate(expr: &Expr) -> Option<&FunctionCall> {
    match &expr.kind {
        ExprKind::Paren(inner) => aggregate(inner),
        ExprKind::Function(call) if call.over.is_none() && is_aggregate(call) => Some(call),
        _ => None,
    }
}

fn is_aggregate(call: &FunctionCall) -> bool {
    const AGGREGATES: [&str; 14] = [
        "avg",
        "count",
        "count_big",
        "sum",
        "min",
        "max",
        "stdev",
        "stdevp",
        "var",
        "varp",
        "checksum_agg",
        "string_agg",
        "grouping",
        "grouping_id",
    ];
    AGGREGATES.iter().any(|name| is_named(call, name))
}

/// `Cannot create index on view "..." because ...`, with the quotes that this message has.
pub(super) fn because(number: i32, quote: char, view: &str, why: &str) -> SqlError {
    SqlError::new(
        number,
        format!("Cannot create index on view {quote}{view}{quote} because {why}"),
    )
}

/// Checks the view's text. `view`: its name with database and schema. Gives what its expressions are made of.
pub(super) fn check<'v>(
    session: &Session,
    module: &'v ModuleDef,
    view: &str,
    index: &str,
) -> Result<Expressions<'v>> {
    let StatementKind::CreateView(syntax) = &module.syntax.kind else {
        return Err(SqlError::not_implemented("an index on this view"));
    };
    let refuse = |number: i32, why: &str| Err(because(number, '"', view, why));
    if let Some(cte) = syntax.select.with.first() {
        return refuse(
            10137,
            &format!(
                "it references common table expression \"{}\". Views referencing common table expressions cannot be indexed. Consider not indexing the view, or removing the common table expression from the view definition.",
                cte.name.text
            ),
        );
    }
    let Some(spec) = spec_of(syntax) else {
        return Err(because(
            10116,
            '\'',
            view,
            "it contains one or more UNION, INTERSECT, or EXCEPT operators. Consider creating a separate indexed view for each query that is an input to the UNION, INTERSECT, or EXCEPT operators of the original view.",
        ));
    };
    if spec.distinct {
        return refuse(
            10100,
            "it contains the DISTINCT keyword. Consider removing DISTINCT from the view or not indexing the view. Alternatively, consider replacing DISTINCT with GROUP BY or COUNT_BIG(*) to simulate DISTINCT on grouping columns.",
        );
    }
    if spec.top.is_some() || syntax.select.query.offset.is_some() {
        return refuse(
            10101,
            "it contains the TOP or OFFSET keyword. Consider removing the TOP or OFFSET or not indexing the view.",
        );
    }
    let mut from = Sources {
        session,
        view,
        tables: Vec::new(),
    };
    for source in &spec.from {
        from.source(source)?;
    }
    if from.tables.is_empty() {
        return Err(SqlError::not_implemented(
            "an index on a view without tables",
        ));
    }
    let expressions = Expressions::new(session, spec, from.tables);
    check_clauses(view, spec)?;
    check_functions(session, view, spec)?;
    expressions.check(view)?;
    if spec.group_by.is_empty() {
        return Ok(expressions);
    }
    check_groups(view, index, spec)?;
    if expressions.sums_nullable(session, module)? {
        return Err(SqlError::new(
            8662,
            format!(
                "Cannot create the clustered index \"{index}\" on view \"{view}\" because the view references an unknown value (SUM aggregate of nullable expression). Consider referencing only non-nullable values in SUM. ISNULL() may be useful for this."
            ),
        )
        .state(0));
    }
    Ok(expressions)
}

/// Name of a view with database and schema.
pub(super) fn three_part(session: &Session, view: &ModuleDef) -> String {
    format!(
        "{}.{}.{}",
        super::database_name(session, view.database_id),
        target::schema_name(session, view.database_id, view.schema_id),
        view.name
    )
}

/// Every expression of the query, with those that it groups by.
pub(super) fn expressions(spec: &QuerySpec) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    for item in &spec.items {
        if let SelectItem::Expr { expr, .. } = item {
            all.push(expr);
        }
    }
    all.extend(conditions(spec));
    all
}

/// WHERE, ON and GROUP BY.
pub(super) fn conditions(spec: &QuerySpec) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = spec.where_.iter().collect();
    let mut open: Vec<&TableSource> = spec.from.iter().collect();
    while let Some(source) = open.pop() {
        match source {
            TableSource::Join {
                left, right, on, ..
            } => {
                all.extend(on.iter());
                open.extend([&**left, &**right]);
            }
            TableSource::Paren(inner) => open.push(inner),
            _ => {}
        }
    }
    for item in &spec.group_by {
        if let GroupItem::Expr(expr) = item {
            all.push(expr);
        }
    }
    all
}

/// Subqueries, HAVING, ROLLUP and its kin.
fn check_clauses(view: &str, spec: &QuerySpec) -> Result<()> {
    let refuse = |number: i32, why: &str| Err(because(number, '"', view, why));
    let mut has_query = false;
    for expr in expressions(spec).into_iter().chain(&spec.having) {
        walk_expr(expr, &mut |_| {}, &mut |_| has_query = true);
    }
    if has_query {
        return refuse(
            10127,
            "it contains one or more subqueries. Consider changing the view to use only joins instead of subqueries. Alternatively, consider not indexing this view.",
        );
    }
    if spec.having.is_some() {
        return refuse(
            10121,
            "it contains a HAVING clause. Consider removing the HAVING clause.",
        );
    }
    if spec
        .group_by
        .iter()
        .any(|item| !matches!(item, GroupItem::Expr(_)))
    {
        return refuse(
            10119,
            "it contains a CUBE, ROLLUP, or GROUPING SETS operator. Consider not indexing this view.",
        );
    }
    Ok(())
}

/// Calls that an indexed view cannot have: windows, other aggregates, what is not deterministic.
fn check_functions(session: &Session, view: &str, spec: &QuerySpec) -> Result<()> {
    let mut calls: Vec<FunctionCall> = Vec::new();
    let mut global = None;
    for expr in expressions(spec) {
        walk_expr(
            expr,
            &mut |e| match &e.kind {
                ExprKind::Function(call) => calls.push((**call).clone()),
                ExprKind::GlobalVariable(name) => global = Some(name.clone()),
                _ => {}
            },
            &mut |_| {},
        );
    }
    if let Some(name) = global {
        return Err(nondeterministic(view, &name.to_lowercase()));
    }
    let mut grouped = !spec.group_by.is_empty();
    for call in &calls {
        if call.over.is_some() {
            return Err(because(
                10143,
                '"',
                view,
                "it contains a ranking or aggregate window function. Remove the function from the view definition or, alternatively, do not index the view.",
            ));
        }
        if call.name.parts.len() > 1 {
            check_user_function(session, view, &call.name)?;
            continue;
        }
        let name = call.name.base().to_ascii_lowercase();
        if is_aggregate(call) {
            check_aggregate(view, call, &name)?;
            if !std::mem::replace(&mut grouped, true) {
                return Err(SqlError::not_implemented(
                    "an index on a view with aggregates and without GROUP BY",
                ));
            }
            continue;
        }
        if !binding::is_deterministic_function(&name, call.args.len()) {
            return Err(nondeterministic(view, &name));
        }
    }
    Ok(())
}

fn check_aggregate(view: &str, call: &FunctionCall, name: &str) -> Result<()> {
    let refuse = |number: i32, why: &str| Err(because(number, '"', view, why));
    let upper = name.to_ascii_uppercase();
    if call.distinct {
        return refuse(
            10126,
            &format!(
                "it uses aggregate \"{upper}\" with the DISTINCT keyword. Consider not indexing this view or eliminating DISTINCT. Consider use of a GROUP BY or COUNT_BIG(*) view to simulate DISTINCT on grouping columns."
            ),
        );
    }
    match name {
        "sum" => Ok(()),
        "count_big" if call.star => Ok(()),
        "count_big" => Err(SqlError::not_implemented(
            "an index on a view with COUNT_BIG of an expression",
        )),
        "count" => refuse(10136, "it uses the aggregate COUNT. Use COUNT_BIG instead."),
        _ => refuse(
            10125,
            &format!(
                "it uses aggregate \"{upper}\". Consider eliminating the aggregate, not indexing the view, or using alternate aggregates. For example, for AVG substitute SUM and COUNT_BIG, or for COUNT, substitute COUNT_BIG."
            ),
        ),
    }
}

/// 1949.
fn nondeterministic(view: &str, function: &str) -> SqlError {
    SqlError::new(
        1949,
        format!(
            "Cannot create index on view '{view}'. The function '{function}' yields nondeterministic results. Use a deterministic system function, or modify the user-defined function to return deterministic results."
        ),
    )
}

/// 1956 for a function whose body is not deterministic; one that reads tables is refused by name.
fn check_user_function(session: &Session, view: &str, name: &ObjectName) -> Result<()> {
    let found = session.server.catalog.resolve(
        session.database,
        name.schema(),
        &session.default_schema,
        name.base(),
    );
    let Some(Object::Module(function)) = found else {
        return Ok(());
    };
    if function.kind != ModuleKind::ScalarFunction {
        return Ok(());
    }
    if !binding::is_deterministic_module(&function) {
        return Err(SqlError::new(
            1956,
            format!(
                "Cannot create index on the '{view}' view because it uses the nondeterministic user-defined function '{}'. Remove the reference to the function, or make it deterministic.",
                target::written(name)
            ),
        ));
    }
    if !function.references.is_empty() {
        return Err(SqlError::not_implemented(
            "an index on a view that calls a function with data access",
        ));
    }
    Ok(())
}

/// 8668, 8660, 10138.
fn check_groups(view: &str, index: &str, spec: &QuerySpec) -> Result<()> {
    let keys: Vec<&Expr> = spec
        .group_by
        .iter()
        .filter_map(|item| match item {
            GroupItem::Expr(expr) => Some(expr),
            _ => None,
        })
        .collect();
    let mut counted = false;
    let mut grouped = vec![false; keys.len()];
    for item in &spec.items {
        let SelectItem::Expr { expr, .. } = item else {
            continue;
        };
        if let Some(call) = aggregate(expr) {
            counted |= is_named(call, "count_big");
            continue;
        }
        match keys.iter().position(|key| same_column(key, expr)) {
            Some(at) => grouped[at] = true,
            None => {
                return Err(SqlError::new(
                    8668,
                    format!(
                        "Cannot create the clustered index '{index}' on view '{view}' because the select list of the view contains an expression on result of aggregate function or grouping column. Consider removing expression on result of aggregate function or grouping column from select list."
                    ),
                )
                .state(0));
            }
        }
    }
    if grouped.contains(&false) {
        return Err(SqlError::new(
            8660,
            format!(
                "Cannot create the clustered index \"{index}\" on view \"{view}\" because the select list of the view definition does not include all columns in the GROUP BY clause. Consider adding these columns to the select list."
            ),
        )
        .state(0));
    }
    if !counted {
        return Err(because(
            10138,
            '\'',
            view,
            "its select list does not include a proper use of COUNT_BIG. Consider adding COUNT_BIG(*) to select list.",
        ));
    }
    Ok(())
}

/// The same expression; columns may be qualified in one place and not in the other.
fn same_column(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Paren(a), _) => same_column(a, b),
        (_, ExprKind::Paren(b)) => same_column(a, b),
        (ExprKind::Column(a), ExprKind::Column(b)) => a.base().eq_ignore_ascii_case(b.base()),
        _ => super::expression_text(a) == super::expression_text(b),
    }
}
