//! System procedures that are themselves T-SQL over the catalog views, as most of SQL Server's are.

use crate::engine::call::{ParameterSpec, parameter_specs, run_text};
use crate::engine::conversion;
use crate::engine::frame::ExecContext;
use crate::engine::interpret::Unwind;
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::ResultSink;
use crate::types::{SqlType, Value};

use super::functions::{find_object, text};
use super::{ProcArgument, ProcOutcome, SystemProcedure, describe, helptext};

/// A procedure: its name, its parameters (`@a int = 1, @b sysname`), its body.
struct Script {
    name: &'static str,
    parameters: &'static str,
    /// The parameter that must name an object of the database when it is given (15009).
    object: Option<&'static str>,
    body: &'static str,
}

macro_rules! scripts {
    ($($function:ident, $object:expr, $parameters:literal;)*) => {
        $(fn $function(
            ctx: &mut ExecContext<'_>,
            args: &[ProcArgument],
            sink: &mut dyn ResultSink,
        ) -> Result<ProcOutcome> {
            run(ctx, &Script {
                name: stringify!($function),
                parameters: $parameters,
                object: $object,
                body: include_str!(concat!("text/", stringify!($function), ".sql")),
            }, args, sink)
        })*

        /// Lower-case name without schema.
        pub(super) fn procedure(name: &str) -> Option<SystemProcedure> {
            match name {
                $(stringify!($function) => Some($function),)*
                "sp_helptext" => Some(helptext::run),
                "sp_describe_first_result_set" => Some(describe::first_result_set),
                _ => None,
            }
        }
    };
}

scripts! {
    sp_columns, None, "@table_name nvarchar(384), @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL, \
        @column_name nvarchar(384) = NULL, @ODBCVer int = 2";
    sp_columns_100, None, "@table_name nvarchar(384), @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL, \
        @column_name nvarchar(384) = NULL, @NameScope int = 0, @ODBCVer int = 2, @fUsePattern bit = 1";
    sp_databases, None, "";
    sp_datatype_info_100, None, "@data_type int = 0, @ODBCVer tinyint = 2";
    sp_fkeys, None, "@pktable_name sysname = NULL, @pktable_owner sysname = NULL, @pktable_qualifier sysname = NULL, \
        @fktable_name sysname = NULL, @fktable_owner sysname = NULL, @fktable_qualifier sysname = NULL";
    sp_help, Some("@objname"), "@objname nvarchar(776) = NULL";
    sp_helpconstraint, Some("@objname"), "@objname nvarchar(776), @nomsg varchar(5) = 'msg'";
    sp_helpdb, None, "@dbname sysname = NULL";
    sp_helpindex, Some("@objname"), "@objname nvarchar(776)";
    sp_pkeys, None, "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL";
    sp_server_info, None, "@attribute_id int = NULL";
    sp_spaceused, Some("@objname"), "@objname nvarchar(776) = NULL, @updateusage varchar(5) = 'false', \
        @mode varchar(11) = 'ALL', @oneresultset bit = 0, @include_total_xtp_storage bit = 0";
    sp_special_columns, None, "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL, \
        @col_type char(1) = 'R', @scope char(1) = 'T', @nullable char(1) = 'U', @ODBCVer int = 2";
    sp_special_columns_100, None, "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL, \
        @col_type char(1) = 'R', @scope char(1) = 'T', @nullable char(1) = 'U', @ODBCVer int = 2";
    sp_sproc_columns_100, None, "@procedure_name nvarchar(390) = '%', @procedure_owner nvarchar(384) = NULL, \
        @procedure_qualifier sysname = NULL, @column_name nvarchar(384) = NULL, @ODBCVer int = 2, @fUsePattern bit = 1";
    sp_statistics, None, "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL, \
        @index_name sysname = '%', @is_unique char(1) = 'N', @accuracy char(1) = 'Q'";
    sp_statistics_100, None, "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL, \
        @index_name sysname = '%', @is_unique char(1) = 'N', @accuracy char(1) = 'Q'";
    sp_stored_procedures, None, "@sp_name nvarchar(390) = NULL, @sp_owner nvarchar(384) = NULL, \
        @sp_qualifier sysname = NULL, @fUsePattern bit = 1";
    sp_tablecollations_100, None, "@object nvarchar(4000)";
    sp_tables, None, "@table_name nvarchar(384) = NULL, @table_owner nvarchar(384) = NULL, \
        @table_qualifier sysname = NULL, @table_type varchar(100) = NULL, @fUsePattern bit = 1";
    sp_who, None, "@loginame sysname = NULL";
    sp_who2, None, "@loginame sysname = NULL";
}

fn run(
    ctx: &mut ExecContext<'_>,
    script: &Script,
    args: &[ProcArgument],
    sink: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let (specs, values) = bind(ctx, script.name, script.parameters, args)?;
    if let Some(parameter) = script.object {
        let given = specs
            .iter()
            .position(|s| s.name.eq_ignore_ascii_case(parameter))
            .and_then(|at| text(values.get(at)));
        if let Some(given) = given
            && find_object(ctx.session, &given).is_none()
        {
            return Err(missing_object(ctx, script.name, &given));
        }
    }
    match run_text(ctx, script.body, &specs, values, sink) {
        Ok(ended) => Ok(ProcOutcome {
            status: i32::from(ended.abandoned.is_some()),
            outputs: Vec::new(),
        }),
        Err(Unwind::Raise(error)) => Err(error),
        // Sent already.
        Err(Unwind::Scope(_) | Unwind::Batch(_)) => Ok(ProcOutcome {
            status: 1,
            outputs: Vec::new(),
        }),
        Err(Unwind::Cancelled) => Err(SqlError::new(0, "").kind(ErrorKind::Cancelled)),
    }
}

/// 15009.
pub(super) fn missing_object(ctx: &ExecContext<'_>, procedure: &str, name: &str) -> SqlError {
    let mut error = SqlError::new(
        15009,
        format!(
            "The object '{name}' does not exist in database '{}' or is invalid for this operation.",
            ctx.session.database_name()
        ),
    );
    procedure.clone_into(&mut error.procedure);
    error
}

/// Values for the parameters: 8144, 8145 and 201.
pub(super) fn bind(
    ctx: &ExecContext<'_>,
    name: &str,
    declaration: &str,
    args: &[ProcArgument],
) -> Result<(Vec<ParameterSpec>, Vec<Value>)> {
    let mut specs = Vec::new();
    let mut values: Vec<Option<Value>> = Vec::new();
    for item in split(declaration) {
        let (declared, default) = match item.split_once('=') {
            Some((declared, default)) => (declared.trim(), Some(default.trim())),
            None => (item, None),
        };
        let spec = parameter_specs(ctx, declared)?;
        for spec in spec {
            values.push(match default {
                Some(default) => Some(constant(default, &spec.sql_type)?),
                None => None,
            });
            specs.push(spec);
        }
    }
    for (at, argument) in args.iter().enumerate() {
        let position = if argument.name.is_empty() {
            (at < specs.len()).then_some(at)
        } else {
            specs
                .iter()
                .position(|s| s.name.eq_ignore_ascii_case(&argument.name))
        };
        let Some(position) = position else {
            return Err(if argument.name.is_empty() {
                SqlError::new(
                    8144,
                    format!("Procedure or function {name} has too many arguments specified."),
                )
                .state(2)
            } else {
                SqlError::new(
                    8145,
                    format!("{} is not a parameter for procedure {name}.", argument.name),
                )
                .state(2)
            });
        };
        if !argument.default {
            values[position] = Some(conversion::to_variable(
                &argument.value,
                &argument.sql_type,
                &specs[position].sql_type,
            )?);
        }
    }
    let mut complete = Vec::with_capacity(values.len());
    for (spec, value) in specs.iter().zip(values) {
        complete.push(value.ok_or_else(|| {
            SqlError::new(
                201,
                format!(
                    "Procedure or function '{name}' expects parameter '{}', which was not supplied.",
                    spec.name
                ),
            )
            .state(4)
        })?);
    }
    Ok((specs, complete))
}

fn split(declaration: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    declaration
        .split(move |c: char| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            c == ',' && depth == 0
        })
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// NULL, a whole number or a quoted text.
fn constant(text: &str, sql_type: &SqlType) -> Result<Value> {
    if text.eq_ignore_ascii_case("NULL") {
        return Ok(Value::Null);
    }
    match text.parse::<i32>() {
        Ok(n) => conversion::to_variable(&Value::Int(n), &SqlType::INT, sql_type),
        Err(_) => {
            let text = text.trim_matches('\'');
            conversion::to_variable(&Value::nvarchar(text), &SqlType::nvarchar(4000), sql_type)
        }
    }
}
