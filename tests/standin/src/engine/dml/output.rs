//! OUTPUT: rows of what was inserted and deleted, to the client or into a table.

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::protocol::{ColumnInfo, ResultSink};
use crate::query::{self, BindContext, BoundExpr, ExtraColumn, Scope};
use crate::syntax::ast::{Expr, ExprKind, Ident, ObjectName, Output, SelectItem, Span};
use crate::types::{SqlType, Value};

use super::insert_columns::Columns;
use super::insert_row::assemble;
use super::target::{self, Verb};
use super::writer::{Enforce, Writer};
use crate::engine::frame::ExecContext;

/// Which pseudo tables a statement has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides {
    pub inserted: bool,
    pub deleted: bool,
}

enum Item {
    /// Over the row inserted ++ deleted.
    Own(BoundExpr),
    /// Position among the extra expressions that the statement's source computes.
    Source(usize),
}

struct List {
    items: Vec<Item>,
    columns: Vec<ColumnInfo>,
}

struct Into {
    writer: Writer,
    columns: Columns,
}

pub(super) struct OutputPlan {
    into: Option<(Into, List)>,
    to_client: Option<List>,
}

/// Expressions of the OUTPUT lists that name tables of the FROM clause: the source must compute them.
pub(super) fn source_exprs(output: Option<&Output>) -> Vec<&Expr> {
    let Some(output) = output else {
        return Vec::new();
    };
    output
        .items
        .iter()
        .chain(&output.second)
        .filter_map(|item| match item {
            SelectItem::Expr { expr, .. } if names_source(expr) => Some(expr),
            _ => None,
        })
        .collect()
}

/// A column qualified with neither inserted nor deleted.
fn names_source(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Column(name) => name
            .parts
            .len()
            .checked_sub(2)
            .is_some_and(|at| !is_pseudo(&name.parts[at].text)),
        ExprKind::Paren(inner) => names_source(inner),
        _ => false,
    }
}

fn is_pseudo(name: &str) -> bool {
    name.eq_ignore_ascii_case("inserted") || name.eq_ignore_ascii_case("deleted")
}

impl OutputPlan {
    /// `source_types`: types of the extra expressions, in the order of [`source_exprs`].
    pub(super) fn bind(
        ctx: &mut ExecContext<'_>,
        output: &Output,
        def: &TableDef,
        sides: Sides,
        source_types: &[ExtraColumn],
    ) -> Result<Self> {
        let scope = scope_of(def, sides)?;
        Self::bind_in(ctx, output, def, sides, &scope, source_types)
    }

    /// OUTPUT of a MERGE: the columns of the source and $action stand behind those of inserted and deleted.
    pub(super) fn bind_merge(
        ctx: &mut ExecContext<'_>,
        output: &Output,
        def: &TableDef,
        sides: Sides,
        more: Scope,
    ) -> Result<Self> {
        let mut scope = scope_of(def, sides)?;
        scope.make_nullable();
        let scope = scope.join(more)?;
        Self::bind_in(ctx, output, def, sides, &scope, &[])
    }

    fn bind_in(
        ctx: &mut ExecContext<'_>,
        output: &Output,
        def: &TableDef,
        sides: Sides,
        scope: &Scope,
        source_types: &[ExtraColumn],
    ) -> Result<Self> {
        let mut next_source = 0;
        let first = bind_list(
            ctx,
            &output.items,
            def,
            sides,
            scope,
            source_types,
            &mut next_source,
        )?;
        let Some((target, names)) = &output.into else {
            return Ok(Self {
                into: None,
                to_client: Some(first),
            });
        };
        let into = Into::open(ctx, target, names, first.columns.len(), def)?;
        let to_client = if output.second.is_empty() {
            None
        } else {
            Some(bind_list(
                ctx,
                &output.second,
                def,
                sides,
                scope,
                source_types,
                &mut next_source,
            )?)
        };
        Ok(Self {
            into: Some((into, first)),
            to_client,
        })
    }

    pub(super) fn start(&self, sink: &mut dyn ResultSink) -> Result<()> {
        match &self.to_client {
            Some(list) => sink.columns(&list.columns),
            None => Ok(()),
        }
    }

    /// One changed row. `row` is inserted ++ deleted, as far as the statement has them.
    pub(super) fn row(
        &mut self,
        ctx: &mut ExecContext<'_>,
        row: &[Value],
        source: &[Value],
        sink: &mut dyn ResultSink,
    ) -> Result<()> {
        if let Some((into, list)) = &mut self.into {
            let values = list.values(ctx, row, source)?;
            let types: Vec<SqlType> = list.columns.iter().map(|c| c.sql_type.clone()).collect();
            let mut full = assemble(ctx, &mut into.writer, &into.columns, &values, &types, true)?;
            into.writer.insert(ctx, &mut full)?;
        }
        if let Some(list) = &self.to_client {
            let values = list.values(ctx, row, source)?;
            sink.row(&values)?;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, ctx: &mut ExecContext<'_>) -> Result<()> {
        match &mut self.into {
            Some((into, _)) => into.writer.finish(ctx),
            None => Ok(()),
        }
    }
}

impl List {
    fn values(
        &self,
        ctx: &mut ExecContext<'_>,
        row: &[Value],
        source: &[Value],
    ) -> Result<Vec<Value>> {
        self.items
            .iter()
            .map(|item| match item {
                Item::Own(expr) => query::eval(expr, row, ctx),
                Item::Source(at) => Ok(source.get(*at).cloned().unwrap_or(Value::Null)),
            })
            .collect()
    }
}

fn scope_of(def: &TableDef, sides: Sides) -> Result<Scope> {
    let inserted = || Scope::of_table(def, Some("inserted"));
    let deleted = || Scope::of_table(def, Some("deleted"));
    match (sides.inserted, sides.deleted) {
        (true, true) => inserted().join(deleted()),
        (true, false) => Ok(inserted()),
        _ => Ok(deleted()),
    }
}

fn bind_list(
    ctx: &ExecContext<'_>,
    items: &[SelectItem],
    def: &TableDef,
    sides: Sides,
    scope: &Scope,
    source_types: &[ExtraColumn],
    next_source: &mut usize,
) -> Result<List> {
    let cx = BindContext::new(ctx.session, ctx.frame);
    let mut list = List {
        items: Vec::new(),
        columns: Vec::new(),
    };
    for item in items {
        match item {
            SelectItem::Star { qualifier, .. } => {
                let side = qualifier.as_ref().map_or("", |name| name.base());
                let known = (side.eq_ignore_ascii_case("inserted") && sides.inserted)
                    || (side.eq_ignore_ascii_case("deleted") && sides.deleted);
                let names: Vec<String> = if known {
                    let shown = def.columns.iter().filter(|column| !column.hidden);
                    shown.map(|column| column.name.clone()).collect()
                } else {
                    scope.columns_of(side)
                };
                if names.is_empty() {
                    return Err(unbound(&format!("{side}.*")));
                }
                for name in names {
                    let bound = query::bind_scalar(&cx, scope, &column_of(side, &name))?;
                    list.push(name, Item::Own(bound));
                }
            }
            SelectItem::Expr { expr, alias } => {
                let name = match (alias, &expr.kind) {
                    (Some(alias), _) => alias.text.clone(),
                    (None, ExprKind::Column(column)) => column.base().to_owned(),
                    _ => String::new(),
                };
                if names_source(expr) && *next_source < source_types.len() {
                    let sql_type = source_types[*next_source].ty.clone();
                    list.items.push(Item::Source(*next_source));
                    list.columns.push(plain_column(name, sql_type, true));
                    *next_source += 1;
                } else {
                    let bound = query::bind_scalar(&cx, scope, expr)?;
                    list.push(name, Item::Own(bound));
                }
            }
            SelectItem::Assign { .. } => {
                return Err(SqlError::syntax("=", ctx.frame.line));
            }
        }
    }
    Ok(list)
}

impl List {
    fn push(&mut self, name: String, item: Item) {
        if let Item::Own(bound) = &item {
            let column = plain_column(name, bound.sql_type().clone(), bound.nullable());
            self.columns.push(column);
        }
        self.items.push(item);
    }
}

fn plain_column(name: String, sql_type: SqlType, nullable: bool) -> ColumnInfo {
    ColumnInfo {
        name,
        sql_type,
        nullable,
        identity: false,
        computed: false,
        updatable: false,
    }
}

fn column_of(side: &str, column: &str) -> Expr {
    let ident = |text: &str| Ident {
        text: text.to_owned(),
        quoted: true,
        span: Span::default(),
    };
    Expr {
        span: Span::default(),
        kind: ExprKind::Column(ObjectName {
            parts: vec![ident(side), ident(column)],
        }),
    }
}

/// 4104.
fn unbound(name: &str) -> SqlError {
    SqlError::new(
        4104,
        format!("The multi-part identifier \"{name}\" could not be bound."),
    )
    .compile()
}

impl Into {
    fn open(
        ctx: &mut ExecContext<'_>,
        target: &crate::syntax::ast::DmlTarget,
        names: &[Ident],
        width: usize,
        source: &TableDef,
    ) -> Result<Self> {
        let target = target::find(ctx.session, ctx.frame, target, Verb::Insert)?;
        if let Some(key) = target.def.foreign_keys.first() {
            return Err(SqlError::new(
                332,
                format!(
                    "The target table '{}' of the OUTPUT INTO clause cannot be on either side of a (primary key, foreign key) relationship. Found reference constraint '{}'.",
                    target.def.name, key.name
                ),
            )
            .compile());
        }
        if let Some(check) = target.def.checks.iter().find(|check| !check.disabled) {
            return Err(SqlError::new(
                333,
                format!(
                    "The target table '{}' of the OUTPUT INTO clause cannot have any enabled check constraints or any enabled rules. Found check constraint or rule '{}'.",
                    target.def.name, check.name
                ),
            )
            .compile());
        }
        let columns = Columns::of_output_into(ctx.session, &target.def, names, width, source)?;
        let writer = Writer::new(ctx, &target, Verb::Insert, Enforce::All)?;
        Ok(Self { writer, columns })
    }
}
