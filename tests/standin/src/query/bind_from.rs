//! Binding of FROM: tables, joins, derived tables, functions, common tables.

use crate::catalog::model::{ModuleDef, ModuleKind};
use crate::engine::Resolved;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::syntax::ast::{
    Expr, Ident, JoinKind, NamedTable, ObjectName, PivotOperation, Query, Span, StatementKind,
    TableAlias, TableHint, TableSource,
};
use crate::types::SqlType;

use super::bind_expr::{coerce, common};
use super::binder::{Binder, at};
use super::expr::BoundExpr;
use super::plan::{Join, JoinType, Plan, Scan, SystemViewRef};
use super::scope::{Clause, Scope, ScopeColumn};
use super::storage;
use super::visit::{is_correlated, move_outer};

/// A table source: its rows, and the names of their columns.
pub(super) struct Source {
    pub plan: Plan,
    pub scope: Scope,
}

/// Rows of a table value constructor, and the type and nullability of their columns.
type ValueRows = (Vec<Vec<BoundExpr>>, Vec<(SqlType, bool)>);

impl Binder<'_> {
    /// `FROM a, b, c`: the whole list, cross-joined. A source may name columns of the ones before it only under APPLY.
    pub fn source_list(&mut self, list: &[TableSource]) -> Result<Source> {
        let mut all: Option<Source> = None;
        for source in list {
            let next = self.table_source(source)?;
            all = Some(match all {
                None => next,
                Some(left) => join(JoinType::Inner, left, next, None)?,
            });
        }
        Ok(all.unwrap_or_else(|| Source {
            plan: Plan::OneRow,
            scope: Scope::empty(),
        }))
    }

    pub fn table_source(&mut self, source: &TableSource) -> Result<Source> {
        match source {
            TableSource::Named(named) => self.named_table(named).map_err(|e| at(e, named.span)),
            TableSource::Variable { name, alias, span } => self
                .table_variable(name, alias.as_ref())
                .map_err(|e| at(e, *span)),
            TableSource::Derived { query, alias } => self.derived(query, alias),
            TableSource::Values { rows, alias } => self.values_source(rows, alias),
            TableSource::Function {
                call, alias, span, ..
            } => self
                .table_function(call, alias.as_ref())
                .map_err(|e| at(e, *span)),
            TableSource::OpenJson {
                json,
                path,
                columns,
                alias,
                span,
            } => self
                .open_json(json, path.as_deref(), columns, alias.as_ref())
                .map_err(|e| at(e, *span)),
            TableSource::Join {
                kind,
                left,
                right,
                on,
                ..
            } => self.join_source(*kind, left, right, on.as_ref()),
            TableSource::Paren(inner) => self.table_source(inner),
            TableSource::Pivoted {
                input,
                operation,
                alias,
            } => match &**operation {
                PivotOperation::Pivot(pivot) => self.pivot(input, pivot, alias),
                PivotOperation::Unpivot(unpivot) => self.unpivot(input, unpivot, alias),
            },
            TableSource::Unsupported { what, .. } => Err(SqlError::not_implemented(what)),
        }
    }

    fn join_source(
        &mut self,
        kind: JoinKind,
        left: &TableSource,
        right: &TableSource,
        on: Option<&Expr>,
    ) -> Result<Source> {
        let left = self.table_source(left)?;
        if matches!(kind, JoinKind::CrossApply | JoinKind::OuterApply) {
            return self.apply(left, right, kind == JoinKind::OuterApply);
        }
        let right = self.table_source(right)?;
        let kind = match kind {
            JoinKind::Left => JoinType::Left,
            JoinKind::Right => JoinType::Right,
            JoinKind::Full => JoinType::Full,
            _ => JoinType::Inner,
        };
        if kind != JoinType::Inner {
            self.refuse_in_recursion(462, "Outer join is")?;
        }
        let mut names = left.scope.clone().join(right.scope.clone())?;
        names.clause = Clause::On;
        let on = match on {
            Some(on) => Some(self.in_level(names, |b| b.condition(on))?.0),
            None => None,
        };
        join(kind, left, right, on)
    }

    fn apply(&mut self, left: Source, right: &TableSource, outer: bool) -> Result<Source> {
        let (mut right, _) = self.in_level(left.scope.clone(), |b| b.table_source(right))?;
        let mut names = right.scope.clone();
        if outer {
            names.make_nullable();
        }
        let right_width = right.scope.width();
        let kind = if outer {
            JoinType::Left
        } else {
            JoinType::Inner
        };
        let scope = left.scope.join(names)?;
        let references_left = references_level(&right.plan);
        let plan = if references_left {
            Plan::Apply {
                kind,
                left: Box::new(left.plan),
                right: Box::new(right.plan),
                right_width,
            }
        } else {
            move_outer(&mut right.plan, -1);
            let left_width = scope.width() - right_width;
            Plan::Join(Box::new(Join {
                kind,
                left: left.plan,
                right: right.plan,
                left_width,
                right_width,
                keys: Vec::new(),
                on: None,
                build_left: false,
            }))
        };
        Ok(Source { plan, scope })
    }

    fn named_table(&mut self, named: &NamedTable) -> Result<Source> {
        if named.tablesample {
            return Err(SqlError::not_implemented("TABLESAMPLE"));
        }
        let alias = named.alias.as_ref();
        if named.name.parts.len() == 1 {
            let base = named.name.base();
            if let Some(work) = self
                .work_tables
                .iter()
                .rev()
                .find(|w| w.name.eq_ignore_ascii_case(base))
                .cloned()
            {
                let mut scope = Scope::empty();
                scope.add_table(alias.map_or(base, |a| &a.name.text), None, alias.is_some());
                scope.columns = work.columns.clone();
                scope.close_table();
                return rename(
                    Source {
                        plan: Plan::WorkTable {
                            id: work.id,
                            width: work.columns.len(),
                        },
                        scope,
                    },
                    alias,
                );
            }
        }
        if let Some(cte) = self.find_cte(&named.name) {
            let source = self.common_table(&cte, alias)?;
            return rename(source, alias);
        }
        let resolved = self
            .session
            .resolve(Some(self.frame), &named.name)?
            .ok_or_else(|| invalid_object(&named.name))?;
        match resolved {
            Resolved::Table(def) => {
                if no_expand(named) {
                    return Err(invalid_hint(named));
                }
                if self.nesting == 0 {
                    self.session.authorize_table(self.frame, &def, "SELECT")?;
                }
                let source = self.stored_table(named, def)?;
                rename(source, alias)
            }
            Resolved::SystemView(view) => {
                let database = match named.name.database() {
                    Some(_) => Some(self.session.named_database(&named.name)?),
                    None => None,
                };
                let mut scope = Scope::empty();
                let schema = named.name.schema().or(Some("sys"));
                scope.add_table(
                    alias.map_or(named.name.base(), |a| &a.name.text),
                    schema,
                    alias.is_some(),
                );
                scope.columns = view
                    .columns()
                    .into_iter()
                    .map(|c| ScopeColumn {
                        name: c.name,
                        ty: c.sql_type,
                        nullable: c.nullable,
                        identity: false,
                        computed: false,
                        updatable: false,
                        hidden: false,
                        table: 0,
                    })
                    .collect();
                scope.close_table();
                rename(
                    Source {
                        plan: Plan::SystemView(SystemViewRef { view, database }),
                        scope,
                    },
                    alias,
                )
            }
            Resolved::View(module) => {
                if self.nesting == 0 {
                    self.session
                        .authorize_module(self.frame, &module, "SELECT")?;
                }
                let source = match self.stored_view(named, &module)? {
                    Some(def) => self.stored_table(named, def)?,
                    None => self.view(&module, named)?,
                };
                rename(source, alias)
            }
            Resolved::Module(module) => Err(match module.kind {
                ModuleKind::InlineFunction | ModuleKind::TableFunction => SqlError::new(
                    216,
                    format!(
                        "Parameters were not supplied for the function '{}'.",
                        dotted(&named.name)
                    ),
                )
                .compile(),
                _ => invalid_object(&named.name),
            }),
        }
    }

    /// NOEXPAND reads the rows of an indexed view. 8171 where there are none; 1934 under the wrong SET options.
    fn stored_view(
        &self,
        named: &NamedTable,
        module: &ModuleDef,
    ) -> Result<Option<std::sync::Arc<crate::catalog::model::TableDef>>> {
        if !no_expand(named) {
            let index = |hint: &TableHint| matches!(hint, TableHint::Index(_));
            if named.hints.iter().any(index) {
                return Err(SqlError::not_implemented(
                    "index hints on a view without NOEXPAND",
                ));
            }
            return Ok(None);
        }
        if !module.is_stored() {
            return Err(invalid_hint(named));
        }
        crate::engine::ddl::require_set_options(self.session, "SELECT")?;
        storage::definition(self.session, module.object_id).map(Some)
    }

    fn view(&mut self, module: &std::sync::Arc<ModuleDef>, named: &NamedTable) -> Result<Source> {
        let StatementKind::CreateView(syntax) = &module.syntax.kind else {
            return Err(SqlError::not_implemented("a view without its text"));
        };
        let (plan, columns) = self.module_body(|b| {
            b.add_ctes(&syntax.select.with)?;
            b.query(&syntax.select.query, true)
        })?;
        let mut scope = Scope::empty();
        scope.add_table(
            named
                .alias
                .as_ref()
                .map_or(named.name.base(), |a| &a.name.text),
            named.name.schema().or(Some("dbo")),
            named.alias.is_some(),
        );
        scope.columns = columns;
        for (at, column) in scope.columns.iter_mut().enumerate() {
            column.table = 0;
            if let Some(name) = syntax.columns.get(at) {
                column.name.clone_from(&name.text);
            } else if let Some(def) = module.columns.get(at) {
                column.name.clone_from(&def.name);
            }
        }
        scope.close_table();
        Ok(Source { plan, scope })
    }

    /// Binds a view's or function's own text: nothing of the statement around it is visible.
    pub(super) fn module_body<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let ctes = std::mem::take(&mut self.ctes);
        let work = std::mem::take(&mut self.work_tables);
        let parameters = self.parameters.take();
        let no_variables = std::mem::replace(&mut self.no_variables, true);
        let result = self.isolated(f);
        self.ctes = ctes;
        self.work_tables = work;
        self.parameters = parameters;
        self.no_variables = no_variables;
        result
    }

    fn table_variable(&mut self, name: &str, alias: Option<&TableAlias>) -> Result<Source> {
        let Some(object_id) = self
            .frame
            .table_variables
            .get(&name.to_lowercase())
            .copied()
        else {
            return Err(SqlError::new(
                1087,
                format!("Must declare the table variable \"{name}\"."),
            )
            .class(15)
            .state(2)
            .compile());
        };
        let def = storage::definition(self.session, object_id)?;
        let scope = Scope::of_table(&def, Some(alias.map_or(name, |a| &a.name.text)));
        let plan = Plan::Scan(Box::new(full_scan(def, Hints::default())));
        rename(Source { plan, scope }, alias)
    }

    fn derived(&mut self, query: &Query, alias: &TableAlias) -> Result<Source> {
        let (plan, columns) = self.query(query, true)?;
        self.named_rows(plan, columns, &alias.name.text, &alias.columns)
    }

    /// Rows of a derived table or common table under their names. 8155, 8156, 8158, 8159.
    pub(super) fn named_rows(
        &mut self,
        plan: Plan,
        columns: Vec<ScopeColumn>,
        name: &str,
        names: &[Ident],
    ) -> Result<Source> {
        let mut scope = Scope::empty();
        scope.add_table(name, None, true);
        scope.columns = columns;
        rename_columns(&mut scope.columns, names, name)?;
        for (at, column) in scope.columns.iter_mut().enumerate() {
            column.table = 0;
            if column.name.is_empty() {
                return Err(SqlError::new(
                    8155,
                    format!(
                        "No column name was specified for column {} of '{name}'.",
                        at + 1
                    ),
                )
                .state(2)
                .compile());
            }
        }
        check_unique(&scope.columns, name)?;
        scope.close_table();
        Ok(Source { plan, scope })
    }

    fn values_source(&mut self, rows: &[Vec<Expr>], alias: &TableAlias) -> Result<Source> {
        let (rows, types) = self.value_rows(rows)?;
        let columns = types
            .into_iter()
            .map(|(ty, nullable)| plain_column(String::new(), ty, nullable))
            .collect();
        self.named_rows(
            Plan::Values(rows),
            columns,
            &alias.name.text,
            &alias.columns,
        )
    }

    /// A table value constructor: each column gets the common type of its values. 10709.
    pub(super) fn value_rows(&mut self, rows: &[Vec<Expr>]) -> Result<ValueRows> {
        let width = rows.first().map_or(0, Vec::len);
        let mut bound: Vec<Vec<BoundExpr>> = Vec::with_capacity(rows.len());
        for row in rows {
            if row.len() != width {
                return Err(SqlError::new(
                    10709,
                    "The number of columns for each row in a table value constructor must be the same.",
                )
                .compile());
            }
            // The constructor's own level: its expressions see outer rows from inside of an operator without input.
            bound.push(
                self.in_level(Scope::empty(), |b| {
                    row.iter().map(|e| b.scalar(e)).collect::<Result<Vec<_>>>()
                })?
                .0,
            );
        }
        let mut types = Vec::with_capacity(width);
        for at in 0..width {
            let column: Vec<BoundExpr> = bound.iter().map(|row| row[at].clone()).collect();
            let (ty, _) = common(&column)?;
            types.push((ty, column.iter().any(|e| e.nullable)));
        }
        for row in &mut bound {
            for (at, expr) in row.iter_mut().enumerate() {
                *expr = coerce(expr.clone(), &types[at].0)?;
            }
        }
        Ok((bound, types))
    }
}

/// Does the plan reference the level directly around it?
pub(super) fn references_level(plan: &Plan) -> bool {
    if !is_correlated(plan) {
        return false;
    }
    let mut found = false;
    super::visit::plan_refs(&mut plan.clone(), 0, &mut |depth, up, _| {
        found |= *up == depth + 1;
    });
    found
}

pub(super) fn plain_column(name: String, ty: SqlType, nullable: bool) -> ScopeColumn {
    ScopeColumn {
        name,
        ty,
        nullable,
        identity: false,
        computed: false,
        updatable: false,
        hidden: false,
        table: 0,
    }
}

/// A read of all columns, before the needed ones are known.
pub(super) fn full_scan(
    def: std::sync::Arc<crate::catalog::model::TableDef>,
    hints: Hints,
) -> Scan {
    Scan {
        object_id: def.object_id,
        columns: (0..def.columns.len()).collect(),
        def,
        hints,
        row_id: false,
        for_update: false,
        index_id: None,
        equal: Vec::new(),
        low: None,
        high: None,
        descending: false,
        forced_index: None,
    }
}

pub(super) fn join(
    kind: JoinType,
    left: Source,
    right: Source,
    on: Option<BoundExpr>,
) -> Result<Source> {
    let (left_width, right_width) = (left.scope.width(), right.scope.width());
    let (mut left_names, mut right_names) = (left.scope, right.scope);
    if matches!(kind, JoinType::Left | JoinType::Full) {
        right_names.make_nullable();
    }
    if matches!(kind, JoinType::Right | JoinType::Full) {
        left_names.make_nullable();
    }
    Ok(Source {
        scope: left_names.join(right_names)?,
        plan: Plan::Join(Box::new(Join {
            kind,
            left: left.plan,
            right: right.plan,
            left_width,
            right_width,
            keys: Vec::new(),
            on,
            build_left: false,
        })),
    })
}

/// Applies an alias's column list.
fn rename(mut source: Source, alias: Option<&TableAlias>) -> Result<Source> {
    if let Some(alias) = alias {
        rename_columns(&mut source.scope.columns, &alias.columns, &alias.name.text)?;
    }
    Ok(source)
}

fn rename_columns(columns: &mut [ScopeColumn], names: &[Ident], table: &str) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    if names.len() != columns.len() {
        let (number, word) = if columns.len() > names.len() {
            (8158, "more")
        } else {
            (8159, "fewer")
        };
        return Err(SqlError::new(
            number,
            format!("'{table}' has {word} columns than were specified in the column list."),
        )
        .compile());
    }
    for (column, name) in columns.iter_mut().zip(names) {
        column.name.clone_from(&name.text);
    }
    Ok(())
}

pub(super) fn check_unique(columns: &[ScopeColumn], table: &str) -> Result<()> {
    for (at, column) in columns.iter().enumerate() {
        if columns[..at]
            .iter()
            .any(|c| c.name.eq_ignore_ascii_case(&column.name))
        {
            return Err(SqlError::new(
                8156,
                format!(
                    "The column '{}' was specified multiple times for '{table}'.",
                    column.name
                ),
            )
            .compile());
        }
    }
    Ok(())
}

pub(super) fn dotted(name: &ObjectName) -> String {
    name.parts
        .iter()
        .map(|p| p.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

fn no_expand(named: &NamedTable) -> bool {
    named
        .hints
        .iter()
        .any(|hint| matches!(hint, TableHint::Word(word) if word == "NOEXPAND"))
}

/// 8171.
fn invalid_hint(named: &NamedTable) -> SqlError {
    SqlError::new(
        8171,
        format!(
            "Hint 'noexpand' on object '{}' is invalid.",
            dotted(&named.name)
        ),
    )
    .state(2)
    .compile()
}

/// 208.
pub(super) fn invalid_object(name: &ObjectName) -> SqlError {
    SqlError::new(208, format!("Invalid object name '{}'.", dotted(name))).compile()
}

/// Hints of WITH (...); the index, if one is named. 1047 conflicting, 308 no such index, 321 unknown.
pub(super) fn table_hints(
    list: &[TableHint],
    def: &crate::catalog::model::TableDef,
    span: Span,
) -> Result<(Hints, Option<i32>)> {
    crate::engine::memory_optimized::check_hints(def, list)?;
    let mut hints = Hints::default();
    let mut index = None;
    for hint in list {
        match hint {
            TableHint::Word(word) => set_hint(&mut hints, word)?,
            TableHint::Index(names) => {
                for name in names {
                    // 0: the clustered index, or the heap.
                    if name == "0" {
                        let clustered = def.indexes.iter().find(|i| i.index_id == 1);
                        index = clustered.map(|i| i.index_id);
                        continue;
                    }
                    let found = def.indexes.iter().find(|i| {
                        i.name.eq_ignore_ascii_case(name) || name.parse() == Ok(i.index_id)
                    });
                    index = Some(
                        found
                            .ok_or_else(|| {
                                SqlError::new(
                                    308,
                                    format!(
                                        "Index '{name}' on table '{}' (specified in the FROM clause) does not exist.",
                                        def.name
                                    ),
                                )
                                .compile()
                            })?
                            .index_id,
                    );
                }
            }
            TableHint::ForceSeek => {}
        }
    }
    let level = [
        hints.nolock,
        hints.holdlock,
        hints.repeatable_read,
        hints.read_committed || hints.read_committed_lock,
    ];
    if level.iter().filter(|on| **on).count() > 1
        || (hints.nolock && (hints.updlock || hints.xlock))
    {
        return Err(at(
            SqlError::new(1047, "Conflicting locking hints specified.")
                .class(15)
                .compile(),
            span,
        ));
    }
    Ok((hints, index))
}

fn set_hint(hints: &mut Hints, word: &str) -> Result<()> {
    match word {
        "NOLOCK" | "READUNCOMMITTED" => hints.nolock = true,
        "UPDLOCK" => hints.updlock = true,
        "XLOCK" => hints.xlock = true,
        "HOLDLOCK" | "SERIALIZABLE" => hints.holdlock = true,
        "REPEATABLEREAD" => hints.repeatable_read = true,
        "READCOMMITTED" => hints.read_committed = true,
        "READCOMMITTEDLOCK" => hints.read_committed_lock = true,
        "READPAST" => hints.readpast = true,
        "NOWAIT" => hints.nowait = true,
        "ROWLOCK" => hints.rowlock = true,
        "PAGLOCK" => hints.paglock = true,
        "TABLOCK" => hints.tablock = true,
        "TABLOCKX" => hints.tablockx = true,
        "SNAPSHOT" => hints.snapshot = true,
        "FORCESCAN" | "NOEXPAND" | "KEEPIDENTITY" | "KEEPDEFAULTS" | "IGNORE_CONSTRAINTS"
        | "IGNORE_TRIGGERS" => {}
        "SPATIAL_WINDOW_MAX_CELLS" => {
            return Err(SqlError::not_implemented("SPATIAL_WINDOW_MAX_CELLS"));
        }
        _ => {
            return Err(SqlError::new(
                321,
                format!("\"{word}\" is not a recognized table hints option. If it is intended as a parameter to a table-valued function or to the CHANGETABLE function, ensure that your database compatibility mode is set to 90."),
            )
            .class(15)
            .compile());
        }
    }
    Ok(())
}
