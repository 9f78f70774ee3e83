//! Text that is executed: EXEC ('...'), sp_executesql, prepared statements.

use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::types::{SqlType, Value};

use super::arguments::{Argument, undeclared_parameters};
use super::{Outcome, scope};
use crate::engine::compile;
use crate::engine::conversion;
use crate::engine::frame::{ExecContext, Frame};
use crate::engine::interpret::{Run, run_statements, text};

/// A parameter of a parameterized text.
#[derive(Debug, Clone)]
pub(crate) struct ParameterSpec {
    pub name: String,
    pub sql_type: SqlType,
    pub output: bool,
}

/// How a text ended.
pub(crate) struct Ended {
    /// Of the parameters, in the order in which they were declared.
    pub finals: Vec<Value>,
    /// 0, or less than 0 by the severity of the worst error of its statements.
    pub status: i32,
    /// The number of the error that ended it before its end.
    pub abandoned: Option<i32>,
}

/// Runs a text in a scope of its own.
pub(crate) fn run_text(
    ctx: &mut ExecContext<'_>,
    source: &str,
    specs: &[ParameterSpec],
    values: Vec<Value>,
    sink: &mut dyn ResultSink,
) -> Run<Ended> {
    let saved = scope::enter(ctx.session)?;
    let mut frame = Frame::new();
    frame.impersonated = ctx.session.impersonated.len();
    for (spec, value) in specs.iter().zip(values) {
        frame
            .variables
            .declare(&spec.name, spec.sql_type.clone(), value);
    }
    let outcome = {
        let mut inner = ExecContext {
            session: ctx.session,
            frame: &mut frame,
        };
        run_parsed(&mut inner, source, sink)
    };
    let abandoned = scope::leave(ctx.session, &frame, saved, outcome)?.err();
    let finals = specs
        .iter()
        .map(|spec| {
            frame
                .variables
                .lookup(&spec.name)
                .map_or(Value::Null, |variable| variable.value.clone())
        })
        .collect();
    Ok(Ended {
        finals,
        status: frame.status(),
        abandoned,
    })
}

fn run_parsed(inner: &mut ExecContext<'_>, source: &str, sink: &mut dyn ResultSink) -> Run<()> {
    inner.frame.text = std::sync::Arc::from(source);
    let batch = match compile::parse(inner.session, source) {
        Ok(batch) => batch,
        Err(error) => return Err(scope::located(inner, error).into()),
    };
    if let Err(error) = compile::check(inner, &batch.statements) {
        return Err(scope::located(inner, error).into());
    }
    run_statements(inner, &batch.statements, sink).map(|_| ())
}

/// Reads `@a int, @b nvarchar(10) OUTPUT`.
pub(crate) fn parameter_specs(
    ctx: &ExecContext<'_>,
    declaration: &str,
) -> Result<Vec<ParameterSpec>> {
    if declaration.trim().is_empty() {
        return Ok(Vec::new());
    }
    crate::syntax::parse_parameter_list(declaration)?
        .into_iter()
        .zip(1..)
        .map(|(parameter, position)| {
            Ok(ParameterSpec {
                sql_type: compile::type_of(ctx.session, &parameter.data_type, position)
                    .map_err(|e| compile::without_type(e, &parameter.name))?,
                name: parameter.name,
                output: parameter.output,
            })
        })
        .collect()
}

/// 214.
fn text_argument(argument: Option<&Argument>, formal: &str) -> Result<String> {
    let expected = || {
        let mut error = SqlError::new(
            214,
            format!("Procedure expects parameter '{formal}' of type 'ntext/nchar/nvarchar'."),
        )
        .state(if formal == "@statement" { 2 } else { 3 })
        .line(super::arguments::NO_LINE);
        "sp_executesql".clone_into(&mut error.procedure);
        error
    };
    match argument.map(|argument| &argument.value) {
        Some(value @ Value::NVarChar(_)) => Ok(text(value)),
        Some(Value::Null) => Ok(String::new()),
        _ => Err(expected()),
    }
}

pub(super) fn execute_sql(
    ctx: &mut ExecContext<'_>,
    args: Vec<Argument>,
    sink: &mut dyn ResultSink,
) -> Run<Outcome> {
    if args.is_empty() {
        let mut error = SqlError::new(
            201,
            "Procedure or function 'sp_executesql' expects parameter '@statement', which was not supplied.",
        )
        .state(10)
        .line(super::arguments::NO_LINE);
        "sp_executesql".clone_into(&mut error.procedure);
        return Err(error.into());
    }
    let statement = text_argument(args.first(), "@statement")?;
    let declaration = match args.get(1) {
        Some(argument) => text_argument(Some(argument), "@params")?,
        None => String::new(),
    };
    let specs = parameter_specs(ctx, &declaration)?;
    let actual = args.get(2..).unwrap_or_default();
    let (values, positions) = match_parameters(&declaration, &statement, &specs, actual)?;
    let ended = run_text(ctx, &statement, &specs, values, sink)?;
    let outputs = specs
        .iter()
        .zip(ended.finals)
        .zip(positions)
        .filter_map(|((spec, value), at)| {
            let at = at?;
            let wanted = spec.output && actual[at].output;
            wanted.then(|| (at + 2, spec.sql_type.clone(), value))
        })
        .collect();
    Ok(Outcome {
        // What @@ERROR says after its last statement.
        status: ctx.session.last_error,
        abandoned: ended.abandoned,
        outputs,
    })
}

/// 8114, of no line, where a conversion of text fails.
fn unconverted(error: SqlError, from: &SqlType, to: &SqlType) -> SqlError {
    if !matches!(error.number, 245 | 8114) {
        return error.line(super::arguments::NO_LINE);
    }
    SqlError::new(
        8114,
        format!(
            "Error converting data type {} to {}.",
            from.base_name(),
            to.base_name()
        ),
    )
    .line(super::arguments::NO_LINE)
}

/// Values for the declared parameters, and which argument each came from.
pub(super) fn match_parameters(
    declaration: &str,
    statement: &str,
    specs: &[ParameterSpec],
    actual: &[Argument],
) -> Result<(Vec<Value>, Vec<Option<usize>>)> {
    let shown = format!("({declaration}){statement}");
    let mut positions = vec![None; specs.len()];
    for (at, argument) in actual.iter().enumerate() {
        let position = if argument.name.is_empty() {
            Some(at).filter(|at| *at < specs.len())
        } else {
            specs
                .iter()
                .position(|spec| spec.name.eq_ignore_ascii_case(&argument.name))
        };
        let Some(position) = position else {
            return Err(if argument.name.is_empty() {
                SqlError::new(
                    8144,
                    "Procedure or function  has too many arguments specified.",
                )
                .state(2)
            } else {
                SqlError::new(
                    8145,
                    format!("{} is not a parameter for procedure .", argument.name),
                )
                .state(2)
            });
        };
        positions[position] = Some(at);
    }
    let mut values = Vec::with_capacity(specs.len());
    for (spec, at) in specs.iter().zip(&positions) {
        let argument = at
            .map(|at| &actual[at])
            .filter(|argument| !argument.default)
            .ok_or_else(|| undeclared_parameters(&shown, &spec.name))?;
        if argument.output && !spec.output {
            return Err(SqlError::new(
                8162,
                format!(
                    "The formal parameter \"{}\" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.",
                    spec.name
                ),
            )
            .state(2));
        }
        values.push(if argument.sql_type == spec.sql_type {
            argument.value.clone()
        } else {
            conversion::to_variable(&argument.value, &argument.sql_type, &spec.sql_type)
                .map_err(|error| unconverted(error, &argument.sql_type, &spec.sql_type))?
        });
    }
    Ok((values, positions))
}
