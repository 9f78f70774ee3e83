//! CREATE, ALTER and CREATE OR ALTER of procedures, functions and views: the text is kept, the settings too.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{ColumnDef, ModuleDef, ModuleKind, ParameterDef};
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};
use crate::protocol::{ColumnInfo, ResultSink};
use crate::syntax::ast::{
    CreateMode, FunctionReturns, Ident, NamedOption, ObjectName, ParameterSyntax, Statement,
    StatementKind,
};
use crate::types::type_name::TypeContext;
use crate::types::{SqlType, Value};

use super::naming::already_exists;
use super::{
    apply, binding, body_check, column_uses, drop_object, native_module, permission, references,
    table_body, target,
};

/// The parts of the three CREATE statements that they share.
struct Header<'a> {
    mode: CreateMode,
    name: &'a ObjectName,
    parameters: &'a [ParameterSyntax],
    options: &'a [NamedOption],
    kind: ModuleKind,
    word: &'static str,
}

fn header(statement: &Statement) -> Option<Header<'_>> {
    Some(match &statement.kind {
        StatementKind::CreateProcedure(p) => Header {
            mode: p.mode,
            name: &p.name,
            parameters: &p.parameters,
            options: &p.options,
            kind: ModuleKind::Procedure,
            word: "PROCEDURE",
        },
        StatementKind::CreateFunction(f) => Header {
            mode: f.mode,
            name: &f.name,
            parameters: &f.parameters,
            options: &f.options,
            kind: match f.returns {
                FunctionReturns::Scalar(_) => ModuleKind::ScalarFunction,
                FunctionReturns::Inline(_) => ModuleKind::InlineFunction,
                FunctionReturns::Table { .. } => ModuleKind::TableFunction,
            },
            word: "FUNCTION",
        },
        StatementKind::CreateView(v) => Header {
            mode: v.mode,
            name: &v.name,
            parameters: &[],
            options: &v.options,
            kind: ModuleKind::View,
            word: "VIEW",
        },
        _ => return None,
    })
}

pub(super) fn create(
    ctx: &mut ExecContext<'_>,
    statement: &Statement,
    text: &str,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let Some(header) = header(statement) else {
        return Err(SqlError::not_implemented("this module"));
    };
    if header.name.base().starts_with('#') {
        return Err(SqlError::not_implemented("temporary procedures"));
    }
    for option in header.options {
        match option.name.to_ascii_uppercase().as_str() {
            "SCHEMABINDING"
            | "NATIVE_COMPILATION"
            | "RECOMPILE"
            | "VIEW_METADATA"
            | "EXECUTE AS"
            | "RETURNS NULL ON NULL INPUT"
            | "CALLED ON NULL INPUT"
            | "INLINE" => {}
            other => {
                return Err(SqlError::not_implemented(format_args!(
                    "modules WITH {other}"
                )));
            }
        }
    }
    native_module::check(ctx, statement)?;
    crate::engine::check_execute_as(ctx.session, header.options)?;
    let place = target::place(ctx.session, header.name)?;
    let name = header.name.base();
    let schema_bound = header
        .options
        .iter()
        .any(|o| o.name.eq_ignore_ascii_case("SCHEMABINDING"));
    let parameters = parameters(ctx, header.parameters)?;
    let (columns, returns) = shape(ctx, statement, &parameters)?;
    let references = if schema_bound {
        refuse_star(statement)?;
        bound_references(ctx, statement, &format!("{}.{name}", place.schema))?
    } else {
        Vec::new()
    };
    let now = super::now_ticks();
    let mut module = ModuleDef {
        object_id: 0,
        database_id: place.database,
        schema_id: place.schema_id,
        name: name.to_owned(),
        kind: header.kind,
        definition: definition(text, header.mode),
        quoted_identifier: ctx.session.options.quoted_identifier,
        ansi_nulls: ctx.session.options.ansi_nulls,
        schema_bound,
        syntax: Arc::new(statement.clone()),
        columns,
        parameters,
        returns,
        indexes: Vec::new(),
        references,
        created: now,
        modified: now,
    };
    // Errors of the body come before those of the name.
    native_module::check_body(ctx, &module)?;
    body_check::check(ctx, &module)?;
    let old = replaced(ctx, &header, &place)?;
    match &old {
        None => {
            permission::require_create(ctx.session, header.word, (place.schema_id, &place.schema))?
        }
        Some(old) => require_alter(ctx, old, &header)?,
    }
    if let Some(old) = &old {
        native_module::refuse_in_transaction(ctx, old)?;
    }
    body_check::tell_missing(ctx, name, statement, sink)?;
    match &old {
        Some(old) => {
            module.object_id = old.object_id;
            module.name.clone_from(&old.name);
            module.created = old.created;
        }
        None => module.object_id = ctx.session.server.catalog.next_object_id(),
    }
    apply::put_module(ctx, module, old.is_some()).map(|_| ())
}

/// 1054: a schema-bound query names its columns.
fn refuse_star(statement: &Statement) -> Result<()> {
    use crate::syntax::ast::{QueryBody, SelectItem};
    let select = match &statement.kind {
        StatementKind::CreateView(view) => &view.select,
        StatementKind::CreateFunction(function) => match &function.returns {
            FunctionReturns::Inline(select) => select,
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    let QueryBody::Select(spec) = &select.query.body else {
        return Ok(());
    };
    let star = |item: &SelectItem| matches!(item, SelectItem::Star { .. });
    if spec.items.iter().any(star) {
        return Err(
            SqlError::new(1054, "Syntax '*' is not allowed in schema-bound objects.")
                .class(15)
                .state(6),
        );
    }
    Ok(())
}

/// The module that ALTER or CREATE OR ALTER replaces: 2714, 2010, 208.
fn replaced(
    ctx: &ExecContext<'_>,
    header: &Header<'_>,
    place: &target::Place,
) -> Result<Option<Arc<ModuleDef>>> {
    let name = header.name.base();
    let existing = target::existing(ctx.session, place, name);
    Ok(match (&existing, header.mode) {
        (Some(Object::Module(old)), CreateMode::Alter | CreateMode::CreateOrAlter)
            if old.kind == header.kind =>
        {
            Some(Arc::clone(old))
        }
        (Some(_), CreateMode::Create) => return Err(already_exists(name, 3)),
        (Some(_), _) => {
            return Err(SqlError::new(
                2010,
                format!(
                    "Cannot perform alter on '{}' because it is an incompatible object type.",
                    target::written(header.name)
                ),
            ));
        }
        (None, CreateMode::Alter) => {
            return Err(SqlError::new(
                208,
                format!("Invalid object name '{}'.", target::written(header.name)),
            )
            .state(6));
        }
        (None, _) => None,
    })
}

fn require_alter(ctx: &ExecContext<'_>, old: &ModuleDef, header: &Header<'_>) -> Result<()> {
    if !permission::allows(ctx.session, old.object_id, old.schema_id, "ALTER") {
        return Err(super::naming::object_missing(
            &target::written(header.name),
            1,
        ));
    }
    let snapshot = Snapshot::of_database(ctx.session, old.database_id);
    let verb = "ALTER";
    drop_object::refuse_schema_bound(
        &snapshot,
        old.object_id,
        verb,
        &target::written(header.name),
    )?;
    if let Some(table) = drop_object::table_calling(&snapshot, &old.name) {
        return Err(SqlError::new(
            3729,
            format!(
                "Cannot {verb} '{}' because it is being referenced by object '{table}'.",
                target::written(header.name)
            ),
        ));
    }
    Ok(())
}

/// CREATE OR ALTER and ALTER are kept as CREATE.
fn definition(text: &str, mode: CreateMode) -> String {
    let replace = match mode {
        CreateMode::Create => return text.to_owned(),
        CreateMode::Alter => &["ALTER"][..],
        CreateMode::CreateOrAlter => &["CREATE", "OR", "ALTER"][..],
    };
    match words_at(text, replace) {
        Some((start, end)) => format!("{}CREATE{}", &text[..start], &text[end..]),
        None => text.to_owned(),
    }
}

/// Byte range of the words in a row, comments before and between them skipped.
fn words_at(text: &str, words: &[&str]) -> Option<(usize, usize)> {
    let mut at = skip_blank(text, 0);
    let start = at;
    let mut end = at;
    for word in words {
        at = skip_blank(text, at);
        let candidate = text.get(at..at + word.len())?;
        if !candidate.eq_ignore_ascii_case(word) {
            return None;
        }
        at += word.len();
        end = at;
    }
    Some((start, end))
}

fn skip_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("--") {
            at += trimmed.find('\n').map_or(trimmed.len(), |n| n + 1);
        } else if trimmed.starts_with("/*") {
            at += trimmed.find("*/").map_or(trimmed.len(), |n| n + 2);
        } else {
            return at;
        }
    }
}

fn parameters(ctx: &ExecContext<'_>, list: &[ParameterSyntax]) -> Result<Vec<ParameterDef>> {
    let mut found: Vec<ParameterDef> = Vec::new();
    for (at, parameter) in list.iter().enumerate() {
        if found
            .iter()
            .any(|p| p.name.eq_ignore_ascii_case(&parameter.name))
        {
            return Err(SqlError::new(
                134,
                format!("The variable name '{}' has already been declared. Variable names must be unique within a query batch or stored procedure.", parameter.name),
            )
            .class(15));
        }
        let context = TypeContext::Variable {
            ordinal: i32::try_from(at + 1).unwrap_or(0),
        };
        let sql_type = table_body::resolve_type(ctx.session, &parameter.data_type, context)
            .map_err(|e| crate::engine::compile::without_type(e, &parameter.name))?;
        let default = match &parameter.default {
            None => None,
            Some(expr) => Some(binding::constant(expr, &sql_type).ok_or_else(|| {
                SqlError::not_implemented("a parameter default that is no constant")
            })?),
        };
        found.push(ParameterDef {
            name: parameter.name.clone(),
            sql_type,
            output: parameter.output,
            default,
        });
    }
    Ok(found)
}

/// Result columns of views and table functions, result type of scalar ones.
fn shape(
    ctx: &ExecContext<'_>,
    statement: &Statement,
    parameters: &[ParameterDef],
) -> Result<(Vec<ColumnDef>, Option<SqlType>)> {
    match &statement.kind {
        StatementKind::CreateView(view) => {
            if !view.select.query.order_by.is_empty() && !has_top(&view.select.query) {
                return Err(SqlError::new(
                    1033,
                    "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.",
                )
                .class(15)
                .compile());
            }
            let shape = binding::query_shape(ctx.session, ctx.frame, &view.select)?;
            Ok((
                columns(shape.columns, &view.columns, view.name.base())?,
                None,
            ))
        }
        StatementKind::CreateFunction(function) => match &function.returns {
            FunctionReturns::Scalar(written) => {
                let context = TypeContext::Variable { ordinal: 0 };
                Ok((
                    Vec::new(),
                    Some(table_body::resolve_type(ctx.session, written, context)?),
                ))
            }
            FunctionReturns::Inline(select) => {
                let name = function.name.base();
                let found = body_check::inline_columns(ctx, name, parameters, select)?;
                Ok((columns(found, &[], name)?, None))
            }
            FunctionReturns::Table { variable, body } => {
                let table = table_body::table_from_body(
                    ctx.session,
                    ctx.session.database,
                    crate::catalog::DBO,
                    variable,
                    body,
                    table_body::TableUse::Variable,
                )?;
                Ok((table.columns, None))
            }
        },
        _ => Ok((Vec::new(), None)),
    }
}

fn has_top(query: &crate::syntax::ast::Query) -> bool {
    query.offset.is_some()
        || query.for_clause.is_some()
        || matches!(&query.body, crate::syntax::ast::QueryBody::Select(spec) if spec.top.is_some())
}

/// 4511 for a column without a name, 4506 for one twice, 8158 and 8159 for a list of another length.
fn columns(found: Vec<ColumnInfo>, names: &[Ident], view: &str) -> Result<Vec<ColumnDef>> {
    if !names.is_empty() && names.len() != found.len() {
        let (number, text) = if names.len() < found.len() {
            (
                8158,
                format!("'{view}' has more columns than were specified in the column list."),
            )
        } else {
            (
                8159,
                format!("'{view}' has fewer columns than were specified in the column list."),
            )
        };
        return Err(SqlError::new(number, text));
    }
    let mut columns: Vec<ColumnDef> = Vec::new();
    for (at, info) in found.into_iter().enumerate() {
        let name = names.get(at).map_or(info.name, |n| n.text.clone());
        if name.is_empty() {
            return Err(SqlError::new(
                4511,
                format!(
                    "Create View or Function failed because no column name was specified for column {}.",
                    at + 1
                ),
            ));
        }
        if columns.iter().any(|c| c.name.eq_ignore_ascii_case(&name)) {
            return Err(SqlError::new(
                4506,
                format!(
                    "Column names in each view or function must be unique. Column name '{name}' in view or function '{view}' is specified more than once."
                ),
            ));
        }
        columns.push(ColumnDef {
            column_id: i32::try_from(at + 1).unwrap_or(0),
            name,
            sql_type: info.sql_type,
            nullable: info.nullable,
            identity: None,
            default: None,
            computed: None,
            generated: None,
            hidden: false,
            rowguidcol: false,
            missing_value: Value::Null,
        });
    }
    Ok(columns)
}

/// What a schema-bound module needs: 4512 for names that are not of two parts. `name`: schema and name, for messages.
fn bound_references(
    ctx: &ExecContext<'_>,
    statement: &Statement,
    name: &str,
) -> Result<Vec<(i32, i32)>> {
    let snapshot = Snapshot::of_database(ctx.session, ctx.session.database);
    let mut ids = Vec::new();
    for entity in references::entity_names(statement) {
        if entity.base().starts_with('@') || entity.base().starts_with('#') {
            continue;
        }
        if entity.parts.len() != 2 {
            return Err(SqlError::new(
                4512,
                format!(
                    "Cannot schema bind {} '{name}' because name '{}' is invalid for schema binding. Names must be in two-part format and an object cannot reference itself.",
                    kind_word(statement),
                    target::written(&entity)
                ),
            )
            .state(3));
        }
        match references::find(&snapshot, &entity) {
            Some(id) => {
                refuse_unbound(&snapshot, id, statement, name, &entity)?;
                if !ids.contains(&(id, 0)) {
                    ids.push((id, 0));
                }
            }
            None => {
                return Err(SqlError::new(
                    208,
                    format!("Invalid object name '{}'.", target::written(&entity)),
                ));
            }
        }
    }
    ids.extend(column_uses::column_uses(&snapshot, statement));
    Ok(ids)
}

/// 4513: a view or function that a schema-bound module names must be schema-bound too.
fn refuse_unbound(
    snapshot: &Snapshot,
    id: i32,
    statement: &Statement,
    name: &str,
    entity: &ObjectName,
) -> Result<()> {
    match snapshot.module(id) {
        Some(module) if !module.schema_bound && module.kind != ModuleKind::Procedure => {
            Err(SqlError::new(
                4513,
                format!(
                    "Cannot schema bind {} '{name}'. '{}' is not schema bound.",
                    kind_word(statement),
                    target::written(entity)
                ),
            )
            .state(2))
        }
        _ => Ok(()),
    }
}

fn kind_word(statement: &Statement) -> &'static str {
    match statement.kind {
        StatementKind::CreateView(_) => "view",
        StatementKind::CreateFunction(_) => "function",
        _ => "procedure",
    }
}
