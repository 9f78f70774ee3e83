//! Actual arguments against formal parameters.

use crate::catalog::model::ParameterDef;
use crate::engine::conversion;
use crate::engine::frame::Variables;
use crate::error::{Result, SqlError};
use crate::types::{SqlType, Value};

/// An argument of a call.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// With `@`; empty when it is passed by position.
    pub name: String,
    pub sql_type: SqlType,
    pub value: Value,
    pub output: bool,
    pub default: bool,
}

/// Line that messages of a failed call carry: none.
pub(super) const NO_LINE: i32 = -1;

fn refused(shown: &str, error: SqlError) -> SqlError {
    let mut error = error.line(NO_LINE);
    shown.clone_into(&mut error.procedure);
    error
}

/// Declares the parameters as variables with what the call gives them; returns for each parameter the position of its
/// argument when that asked for OUTPUT.
pub(super) fn bind(
    shown: &str,
    parameters: &[ParameterDef],
    arguments: &[Argument],
) -> Result<(Variables, Vec<Option<usize>>)> {
    let given = match_up(shown, parameters, arguments)?;
    let mut variables = Variables::default();
    let mut outputs = vec![None; parameters.len()];
    for (position, parameter) in parameters.iter().enumerate() {
        let argument = given[position].map(|at| (at, &arguments[at]));
        let value = match argument {
            Some((at, argument)) if !argument.default => {
                if argument.output {
                    if !parameter.output {
                        return Err(refused(
                            shown,
                            SqlError::new(
                                8162,
                                format!(
                                    "The formal parameter \"{}\" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.",
                                    parameter.name
                                ),
                            )
                            .state(2),
                        ));
                    }
                    outputs[position] = Some(at);
                }
                convert(shown, parameter, argument)?
            }
            _ => parameter.default.clone().ok_or_else(|| {
                refused(
                    shown,
                    SqlError::new(
                        201,
                        format!(
                            "Procedure or function '{shown}' expects parameter '{}', which was not supplied.",
                            parameter.name
                        ),
                    )
                    .state(4),
                )
            })?,
        };
        variables.declare(&parameter.name, parameter.sql_type.clone(), value);
    }
    Ok((variables, outputs))
}

fn convert(shown: &str, parameter: &ParameterDef, argument: &Argument) -> Result<Value> {
    if argument.sql_type == parameter.sql_type || argument.value.is_null() {
        return Ok(argument.value.clone());
    }
    conversion::to_variable(&argument.value, &argument.sql_type, &parameter.sql_type).map_err(
        |error| match error.number {
            245 | 8114 => refused(
                shown,
                SqlError::new(
                    8114,
                    format!(
                        "Error converting data type {} to {}.",
                        argument.sql_type.base_name(),
                        parameter.sql_type.base_name()
                    ),
                )
                .state(1),
            ),
            _ => refused(shown, error),
        },
    )
}

/// For each parameter, the position of its argument.
fn match_up(
    shown: &str,
    parameters: &[ParameterDef],
    arguments: &[Argument],
) -> Result<Vec<Option<usize>>> {
    let mut given = vec![None; parameters.len()];
    for (at, argument) in arguments.iter().enumerate() {
        let position =
            if argument.name.is_empty() {
                Some(at)
                    .filter(|at| *at < parameters.len())
                    .ok_or_else(|| {
                        refused(
                    shown,
                    SqlError::new(
                        8144,
                        format!("Procedure or function {shown} has too many arguments specified."),
                    )
                    .state(2),
                )
                    })?
            } else {
                parameters
                    .iter()
                    .position(|p| p.name.eq_ignore_ascii_case(&argument.name))
                    .ok_or_else(|| {
                        refused(
                            shown,
                            SqlError::new(
                                8145,
                                format!(
                                    "{} is not a parameter for procedure {shown}.",
                                    argument.name
                                ),
                            )
                            .state(2),
                        )
                    })?
            };
        if given[position].replace(at).is_some() {
            return Err(refused(
                shown,
                SqlError::new(
                    8143,
                    format!("Parameter '{}' was supplied multiple times.", argument.name),
                ),
            ));
        }
    }
    Ok(given)
}

/// 8178: a parameter of a parameterized text has no value.
pub(crate) fn undeclared_parameters(declaration: &str, name: &str) -> SqlError {
    SqlError::new(
        8178,
        format!(
            "The parameterized query '{}' expects the parameter '{name}', which was not supplied.",
            declaration.chars().take(128).collect::<String>()
        ),
    )
}
