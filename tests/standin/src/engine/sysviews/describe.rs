//! sp_describe_first_result_set and sys.dm_exec_describe_first_result_set: the columns of a text's first result, found
//! by binding it. Nothing runs.

use crate::catalog::model::ModuleKind;
use crate::engine::Session;
use crate::engine::compile;
use crate::engine::frame::{Frame, Variables};
use crate::engine::resolve::Resolved;
use crate::error::{Result, SqlError};
use crate::protocol::ColumnInfo;
use crate::query::{self, BindContext};
use crate::syntax::ast::{ExecuteTarget, ExprKind, Statement, StatementKind};
use crate::types::{SqlType, TypeName, Value};

use super::Rows;
use super::snapshot::{int, text};

/// What the procedure answers.
pub(crate) const PROCEDURE: &str = "is_hidden bit!=0, column_ordinal int!, name sysname, is_nullable bit!, system_type_id int!, \
    system_type_name nvarchar(256), max_length smallint!, precision tinyint!, scale tinyint!, collation_name sysname, \
    user_type_id int, user_type_database sysname, user_type_schema sysname, user_type_name sysname, \
    assembly_qualified_type_name nvarchar(4000), xml_collection_id int, xml_collection_database sysname, \
    xml_collection_schema sysname, xml_collection_name sysname, is_xml_document bit!=0, is_case_sensitive bit!, \
    is_fixed_length_clr_type bit!=0, source_server sysname, source_database sysname, source_schema sysname, \
    source_table sysname, source_column sysname, is_identity_column bit, is_part_of_unique_key bit, is_updateable bit, \
    is_computed_column bit, is_sparse_column_set bit=0, ordinal_in_order_by_list smallint, order_by_list_length smallint, \
    order_by_is_descending smallint, tds_type_id int!, tds_length int!, tds_collation_id int, tds_collation_sort_id tinyint";

/// What the function answers: errors instead of what is sent.
pub(super) const FUNCTION: &str = "is_hidden bit, column_ordinal int, name sysname, is_nullable bit, system_type_id int, \
    system_type_name nvarchar(128), max_length smallint, precision tinyint, scale tinyint, collation_name sysname, \
    user_type_id int, user_type_database sysname, user_type_schema sysname, user_type_name sysname, \
    assembly_qualified_type_name nvarchar(4000), xml_collection_id int, xml_collection_database sysname, \
    xml_collection_schema sysname, xml_collection_name sysname, is_xml_document bit, is_case_sensitive bit, \
    is_fixed_length_clr_type bit, source_server sysname, source_database sysname, source_schema sysname, \
    source_table sysname, source_column sysname, is_identity_column bit, is_part_of_unique_key bit, is_updateable bit, \
    is_computed_column bit, is_sparse_column_set bit, ordinal_in_order_by_list smallint, order_by_list_length smallint, \
    order_by_is_descending smallint, error_number int, error_severity int, error_state int, error_message nvarchar(4000), \
    error_type int, error_type_desc nvarchar(60)";

/// The columns of the first result; none when the text has no result. Errors are followed by 11501 or 11529.
pub(crate) fn columns_of(
    session: &Session,
    source: &str,
    declaration: &str,
) -> Result<Option<Vec<ColumnInfo>>> {
    let mut frame = Frame::new();
    let found = declare(session, &mut frame.variables, declaration)
        .and_then(|()| first_of_text(session, &mut frame, source));
    found.map_err(|error| {
        if error.number == 50_000 {
            return error;
        }
        let reason = if error.number == 208 {
            SqlError::new(
                11_529,
                "The metadata could not be determined because every code path results in an error; see previous errors for some of these.",
            )
        } else {
            SqlError::new(
                11_501,
                "The batch could not be analyzed because of compile errors.",
            )
        };
        error.followed_by(reason)
    })
}

fn declare(session: &Session, variables: &mut Variables, declaration: &str) -> Result<()> {
    for (at, parameter) in crate::syntax::parse_parameter_list(declaration)?
        .iter()
        .enumerate()
    {
        let sql_type = compile::type_of(session, &parameter.data_type, at + 1)?;
        variables.declare(&parameter.name, sql_type, Value::Null);
    }
    Ok(())
}

fn first_of_text(
    session: &Session,
    frame: &mut Frame,
    source: &str,
) -> Result<Option<Vec<ColumnInfo>>> {
    let options = crate::syntax::ParseOptions {
        quoted_identifier: session.options.quoted_identifier,
    };
    let batch = crate::syntax::parse_batch(source, options)?;
    first(session, frame, &batch.statements)
}

fn refused(what: &str) -> SqlError {
    SqlError::not_implemented(format_args!("sp_describe_first_result_set of {what}"))
}

fn first(
    session: &Session,
    frame: &mut Frame,
    statements: &[Statement],
) -> Result<Option<Vec<ColumnInfo>>> {
    for stmt in statements {
        frame.line = i32::try_from(stmt.span.line).unwrap_or(i32::MAX);
        if let Some(columns) = first_of(session, frame, &stmt.kind)? {
            return Ok(Some(columns));
        }
        if matches!(stmt.kind, StatementKind::Return(_)) {
            break;
        }
    }
    Ok(None)
}

fn first_of(
    session: &Session,
    frame: &mut Frame,
    kind: &StatementKind,
) -> Result<Option<Vec<ColumnInfo>>> {
    match kind {
        StatementKind::Select(select) => {
            let bound = query::bind_select(&BindContext::new(session, frame), select)?;
            let sent = bound.into.is_none() && bound.assignments.is_none();
            Ok(sent.then_some(bound.columns))
        }
        StatementKind::Declare(declarations) => {
            for (at, declaration) in declarations.iter().enumerate() {
                let sql_type = compile::type_of(session, &declaration.data_type, at + 1)?;
                frame
                    .variables
                    .declare(&declaration.name, sql_type, Value::Null);
            }
            Ok(None)
        }
        StatementKind::Block(inner)
        | StatementKind::TryCatch {
            try_block: inner, ..
        } => first(session, frame, inner),
        StatementKind::While { body, .. } => first(session, frame, std::slice::from_ref(body)),
        StatementKind::If {
            then, otherwise, ..
        } => {
            let yes = first(session, frame, std::slice::from_ref(then))?;
            let no = match otherwise {
                Some(other) => first(session, frame, std::slice::from_ref(other))?,
                None => None,
            };
            match (yes, no) {
                (None, None) => Ok(None),
                (Some(yes), Some(no)) if yes == no => Ok(Some(yes)),
                _ => Err(refused("branches whose results differ")),
            }
        }
        StatementKind::Execute(execute) => match &execute.target {
            ExecuteTarget::Text(expr) => match &expr.kind {
                ExprKind::String { text, .. } => {
                    let mut inner = Frame::new();
                    first_of_text(session, &mut inner, text)
                }
                _ => Err(refused("a text that is put together when it runs")),
            },
            ExecuteTarget::Procedure(name) => match session.resolve(Some(frame), name)? {
                Some(Resolved::Module(module)) if module.kind == ModuleKind::Procedure => {
                    let StatementKind::CreateProcedure(syntax) = &module.syntax.kind else {
                        return Ok(None);
                    };
                    let mut inner = Frame::new();
                    for parameter in &module.parameters {
                        inner.variables.declare(
                            &parameter.name,
                            parameter.sql_type.clone(),
                            Value::Null,
                        );
                    }
                    first(session, &mut inner, &syntax.body)
                }
                _ => Err(refused("a system procedure")),
            },
            ExecuteTarget::ProcedureVariable(_) => Err(refused("a procedure in a variable")),
        },
        StatementKind::DeclareTable { .. } => Err(refused("a batch with table variables")),
        StatementKind::CreateTable(_) => Err(refused("a batch that creates tables")),
        StatementKind::Goto(_) => Err(refused("a batch with GOTO")),
        StatementKind::Insert(insert) if insert.output.is_some() => Err(refused("OUTPUT")),
        StatementKind::Update(update) if update.output.is_some() => Err(refused("OUTPUT")),
        StatementKind::Delete(delete) if delete.output.is_some() => Err(refused("OUTPUT")),
        _ => Ok(None),
    }
}

/// One row for each column, without what is sent of it.
fn push(rows: &mut Rows, at: usize, column: &ColumnInfo) -> Result<()> {
    let t = &column.sql_type;
    if matches!(t.name, TypeName::Json | TypeName::Xml) {
        return Err(refused("columns of type json or xml"));
    }
    let spatial = t.name.is_spatial();
    let name = if column.name.is_empty() {
        Value::Null
    } else {
        text(&column.name)
    };
    rows.push([
        ("is_hidden", Value::Bit(false)),
        ("column_ordinal", int(at + 1)),
        ("name", name),
        ("is_nullable", Value::Bit(column.nullable)),
        ("system_type_id", int(t.system_type_id())),
        (
            "system_type_name",
            if spatial {
                Value::Null
            } else {
                text(written(t))
            },
        ),
        ("max_length", int(t.max_length_bytes())),
        ("precision", int(t.catalog_precision())),
        ("scale", int(t.catalog_scale())),
        ("collation_name", super::columns::collation(t)),
        ("is_xml_document", Value::Bit(false)),
        ("is_case_sensitive", Value::Bit(t.binary_collation)),
        ("is_fixed_length_clr_type", Value::Bit(false)),
        ("is_identity_column", Value::Bit(column.identity)),
        ("is_updateable", Value::Bit(column.updatable)),
        ("is_computed_column", Value::Bit(column.computed)),
        ("is_sparse_column_set", Value::Bit(false)),
    ]);
    if t.name == TypeName::Vector || spatial {
        rows.amend([("user_type_id", int(t.user_type_id()))]);
    }
    Ok(())
}

/// The type with its length, precision or scale.
fn written(t: &SqlType) -> String {
    use TypeName as T;
    let name = t.base_name();
    match t.name {
        T::Char | T::VarChar | T::NChar | T::NVarChar | T::Binary | T::VarBinary | T::Vector => {
            match t.length {
                SqlType::MAX => format!("{name}(max)"),
                length => format!("{name}({length})"),
            }
        }
        T::Decimal | T::Numeric => format!("{name}({},{})", t.precision, t.scale),
        T::Time | T::DateTime2 | T::DateTimeOffset => format!("{name}({})", t.scale),
        _ => name.to_owned(),
    }
}

/// Token and length in a result's description.
fn sent(column: &ColumnInfo) -> (i32, i32) {
    use TypeName as T;
    let t = &column.sql_type;
    let either = |fixed: i32, general: i32, bytes: i32| {
        (if column.nullable { general } else { fixed }, bytes)
    };
    let sized = |token: i32| match i32::from(t.max_length_bytes()) {
        -1 => (token, 65_535),
        bytes => (token, bytes),
    };
    let fraction = |least: i32| match t.scale {
        0..=2 => least,
        3..=4 => least + 1,
        _ => least + 2,
    };
    match t.name {
        T::Bit => either(50, 104, 1),
        T::TinyInt => either(48, 38, 1),
        T::SmallInt => either(52, 38, 2),
        T::Int => either(56, 38, 4),
        T::BigInt => either(127, 38, 8),
        T::Real => either(59, 109, 4),
        T::Float => either(62, 109, 8),
        T::SmallMoney => either(122, 110, 4),
        T::Money => either(60, 110, 8),
        T::SmallDateTime => either(58, 111, 4),
        T::DateTime => either(61, 111, 8),
        T::Decimal => (106, 17),
        T::Numeric => (108, 17),
        T::UniqueIdentifier => (36, 16),
        T::Date => (40, 3),
        T::Time => (41, fraction(3)),
        T::DateTime2 => (42, fraction(6)),
        T::DateTimeOffset => (43, fraction(8)),
        T::Char => sized(175),
        T::VarChar => sized(167),
        T::NChar => sized(239),
        T::NVarChar => sized(231),
        T::Binary | T::RowVersion => sized(173),
        T::VarBinary => sized(165),
        T::Text => (35, i32::MAX),
        T::NText => (99, i32::MAX - 1),
        T::Image => (34, i32::MAX),
        T::SqlVariant => (98, 8009),
        T::Vector => (245, i32::from(t.max_length_bytes())),
        _ => (240, 65_535),
    }
}

/// The rows of the procedure.
pub(crate) fn procedure_rows(columns: &[ColumnInfo]) -> Result<Vec<Vec<Value>>> {
    let mut rows = Rows::new(PROCEDURE);
    for (at, column) in columns.iter().enumerate() {
        push(&mut rows, at, column)?;
        let (token, length) = sent(column);
        rows.amend([("tds_type_id", int(token)), ("tds_length", int(length))]);
        let t = &column.sql_type;
        if t.name.is_character() || matches!(t.name, TypeName::Text | TypeName::NText) {
            let (id, sort) = if t.binary_collation {
                (0x0200_0409, 0)
            } else {
                (0x00D0_0409, 52)
            };
            rows.amend([
                ("tds_collation_id", Value::Int(id)),
                ("tds_collation_sort_id", int(sort)),
            ]);
        }
    }
    Ok(rows.finish())
}

/// The rows of the function: it never fails for what it describes, errors are rows.
pub(super) fn function_rows(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    let written = |at: usize| match args.get(at) {
        Some(Value::VarChar(s) | Value::NVarChar(s)) => Some(s.to_string()),
        _ => None,
    };
    if args.get(2).and_then(Value::as_integer).unwrap_or(0) != 0 {
        return Err(SqlError::not_implemented("browse information"));
    }
    let Some(source) = written(0) else {
        return Ok(());
    };
    let error = match columns_of(session, &source, &written(1).unwrap_or_default()) {
        Ok(columns) => {
            for (at, column) in columns.unwrap_or_default().iter().enumerate() {
                push(rows, at, column)?;
            }
            return Ok(());
        }
        Err(error) if error.number == 50_000 => return Err(error),
        Err(error) => error,
    };
    for (at, error) in std::iter::once(&error).chain(&error.follow_ups).enumerate() {
        let (kind, named) = if error.number == 11_529 {
            (1, "MISC")
        } else {
            (2, "SYNTAX")
        };
        rows.push([
            ("column_ordinal", int(at)),
            ("error_number", Value::Int(error.number)),
            ("error_severity", int(error.class)),
            ("error_state", int(error.state)),
            ("error_message", text(&error.message)),
            ("error_type", int(kind)),
            ("error_type_desc", text(named)),
        ]);
    }
    Ok(())
}
