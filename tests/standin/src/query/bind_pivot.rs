//! PIVOT and UNPIVOT: a grouped conditional aggregation, and an unfolding of columns into rows.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{BinaryOp, Ident, ObjectName, Pivot, TableAlias, TableSource, Unpivot};
use crate::types::{SqlType, TypeName, Value, convert};

use super::bind_from::{Source, check_unique, plain_column};
use super::binder::{Binder, at};
use super::expr::{BoundExpr, Node};
use super::plan::{Aggregate, AggregateCall, JoinType, Plan};
use super::scope::{Scope, ScopeColumn};
use super::values;

impl Binder<'_> {
    /// Groups by every column that is neither aggregated nor spread: then one column for each value of IN.
    pub(super) fn pivot(
        &mut self,
        input: &TableSource,
        pivot: &Pivot,
        alias: &TableAlias,
    ) -> Result<Source> {
        let source = self.table_source(input)?;
        let name = &alias.name.text;
        check_unique(&source.scope.columns, name)?;
        let argument = column(&source.scope, &pivot.argument)?;
        let spread = column(&source.scope, &pivot.column)?;
        let kept: Vec<usize> = (0..source.scope.width())
            .filter(|o| *o != argument && *o != spread)
            .collect();
        let mut columns = Vec::with_capacity(kept.len() + pivot.values.len());
        let mut keys = Vec::with_capacity(kept.len());
        for ordinal in kept {
            let column = &source.scope.columns[ordinal];
            check_groupable(column)?;
            keys.push(reference(&source.scope, ordinal));
            columns.push(plain_column(
                column.name.clone(),
                column.ty.clone(),
                column.nullable,
            ));
        }
        refuse_taken(&columns, &pivot.values, "PIVOT")?;
        let mut calls = Vec::with_capacity(pivot.values.len());
        for value in &pivot.values {
            let call = conditional(&source.scope, pivot, argument, spread, value)?;
            columns.push(plain_column(value.text.clone(), call.ty.clone(), true));
            calls.push(call);
        }
        check_unique(&columns, name)?;
        let scalar = keys.is_empty();
        Ok(Source {
            plan: Plan::Aggregate(Box::new(Aggregate {
                input: source.plan,
                keys,
                calls,
                sets: Vec::new(),
                scalar,
                ordered: false,
            })),
            scope: named(alias, columns),
        })
    }

    /// One row for each column of IN that is not NULL: the other columns, then the value, then the column's name.
    pub(super) fn unpivot(
        &mut self,
        input: &TableSource,
        unpivot: &Unpivot,
        alias: &TableAlias,
    ) -> Result<Source> {
        let source = self.table_source(input)?;
        let name = &alias.name.text;
        check_unique(&source.scope.columns, name)?;
        let folded = unpivot
            .columns
            .iter()
            .map(|c| column(&source.scope, c))
            .collect::<Result<Vec<usize>>>()?;
        let ty = source.scope.columns[folded[0]].ty.clone();
        let mut rows = Vec::with_capacity(folded.len());
        for ordinal in &folded {
            let column = &source.scope.columns[*ordinal];
            if column.ty != ty {
                return Err(SqlError::new(
                    8167,
                    format!(
                        "The type of column \"{}\" conflicts with the type of other columns specified in the UNPIVOT list.",
                        column.name
                    ),
                )
                .compile());
            }
            let mut value = reference(&source.scope, *ordinal);
            value.node = Node::Column {
                up: 1,
                ordinal: *ordinal,
            };
            let label = BoundExpr::constant(
                Value::nvarchar(column.name.as_str()),
                SqlType::nvarchar(128),
            );
            rows.push(vec![value, label]);
        }
        let width = source.scope.width();
        let mut columns: Vec<ScopeColumn> = Vec::new();
        let mut exprs = Vec::new();
        for ordinal in (0..width).filter(|o| !folded.contains(o)) {
            let column = &source.scope.columns[ordinal];
            exprs.push(reference(&source.scope, ordinal));
            columns.push(plain_column(
                column.name.clone(),
                column.ty.clone(),
                column.nullable,
            ));
        }
        refuse_taken(
            &columns,
            &[unpivot.value.clone(), unpivot.name.clone()],
            "UNPIVOT",
        )?;
        exprs.push(BoundExpr::column(width, ty.clone(), true));
        exprs.push(BoundExpr::column(width + 1, SqlType::nvarchar(128), false));
        columns.push(plain_column(unpivot.value.text.clone(), ty.clone(), true));
        columns.push(plain_column(
            unpivot.name.text.clone(),
            SqlType::nvarchar(128),
            false,
        ));
        check_unique(&columns, name)?;
        let present = BoundExpr::new(
            Node::IsNull {
                input: Box::new(BoundExpr::column(0, ty, true)),
                negated: true,
            },
            SqlType::BIT,
            false,
        );
        let unfolded = Plan::Apply {
            kind: JoinType::Inner,
            left: Box::new(source.plan),
            right: Box::new(Plan::Filter {
                input: Box::new(Plan::Values(rows)),
                predicate: present,
            }),
            right_width: 2,
        };
        Ok(Source {
            plan: Plan::Project {
                input: Box::new(unfolded),
                exprs,
            },
            scope: named(alias, columns),
        })
    }
}

/// `aggregate(CASE WHEN spread = value THEN argument END)`; it does not warn of the NULLs in between (8153).
fn conditional(
    scope: &Scope,
    pivot: &Pivot,
    argument: usize,
    spread: usize,
    value: &Ident,
) -> Result<AggregateCall> {
    let kind = values::aggregate_kind(&pivot.aggregate).ok_or_else(|| {
        SqlError::new(
            195,
            format!(
                "'{}' is not a recognized aggregate function.",
                pivot.aggregate
            ),
        )
        .class(15)
        .compile()
    })?;
    let key = reference(scope, spread);
    let from = SqlType::nvarchar(128);
    let wanted = convert::cast(
        &Value::nvarchar(value.text.as_str()),
        &from,
        &key.ty,
        None,
        true,
    )
    .map_err(|_| incorrect_value(value, &key.ty))?;
    let ty = key.ty.clone();
    values::check_comparable(&ty, &ty, "=")?;
    let condition = BoundExpr::new(
        Node::Compare {
            op: BinaryOp::Equal,
            left: Box::new(key),
            right: Box::new(BoundExpr::constant(wanted, ty)),
        },
        SqlType::BIT,
        true,
    );
    let chosen = reference(scope, argument);
    let (ty, label) = (chosen.ty.clone(), chosen.label);
    let mut case = BoundExpr::new(
        Node::Case {
            branches: vec![(condition, chosen)],
            otherwise: None,
        },
        ty,
        true,
    );
    case.label = label;
    let mut args = vec![case];
    let ty = values::bind_aggregate(kind, &pivot.aggregate, &mut args, false)?;
    Ok(AggregateCall {
        kind,
        args,
        star: false,
        distinct: pivot
            .aggregate
            .eq_ignore_ascii_case("APPROX_COUNT_DISTINCT"),
        order: Vec::new(),
        absent_on_null: false,
        quiet: true,
        ty,
    })
}

/// 8114 and 473: the name in IN is no value of the column's type.
fn incorrect_value(value: &Ident, ty: &SqlType) -> SqlError {
    let error = SqlError::new(
        8114,
        format!("Error converting data type nvarchar to {}.", ty.name()),
    )
    .compile()
    .followed_by(
        SqlError::new(
            473,
            format!(
                "The incorrect value \"{}\" is supplied in the PIVOT operator.",
                value.text
            ),
        )
        .compile(),
    );
    at(error, value.span)
}

/// 207 and 4104.
fn column(scope: &Scope, name: &ObjectName) -> Result<usize> {
    scope.find(name)?.ok_or_else(|| {
        if name.parts.len() == 1 {
            super::scope::invalid_column(name)
        } else {
            super::scope::unbound_name(name)
        }
    })
}

fn reference(scope: &Scope, ordinal: usize) -> BoundExpr {
    let column = &scope.columns[ordinal];
    let mut expr = BoundExpr::column(ordinal, column.ty.clone(), column.nullable);
    expr.label = super::expr::CollationLabel::Implicit;
    expr
}

/// 488.
fn check_groupable(column: &ScopeColumn) -> Result<()> {
    let comparable = !matches!(
        column.ty.name,
        TypeName::Vector
            | TypeName::Json
            | TypeName::Xml
            | TypeName::Geometry
            | TypeName::Geography
            | TypeName::Text
            | TypeName::NText
            | TypeName::Image
    );
    if comparable {
        return Ok(());
    }
    Err(SqlError::new(
        488,
        format!(
            "Pivot grouping columns must be comparable. The type of column \"{}\" is \"{}\", which is not comparable.",
            column.name,
            column.ty.name()
        ),
    )
    .compile())
}

/// 265: a new column has the name of one that stays.
fn refuse_taken(kept: &[ScopeColumn], added: &[Ident], operator: &str) -> Result<()> {
    let taken = added
        .iter()
        .find(|a| kept.iter().any(|k| k.name.eq_ignore_ascii_case(&a.text)));
    match taken {
        None => Ok(()),
        Some(name) => Err(at(
            SqlError::new(
                265,
                format!(
                    "The column name \"{}\" specified in the {operator} operator conflicts with the existing column name in the {operator} argument.",
                    name.text
                ),
            )
            .compile(),
            name.span,
        )),
    }
}

fn named(alias: &TableAlias, columns: Vec<ScopeColumn>) -> Scope {
    let mut scope = Scope::empty();
    scope.add_table(&alias.name.text, None, true);
    scope.columns = columns;
    scope.close_table();
    scope
}
