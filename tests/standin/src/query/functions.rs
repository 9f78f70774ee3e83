//! Built-in scalar functions as the evaluator calls them.

use chrono::{DateTime, Utc};

use crate::error::{Result, SqlError};
use crate::functions::{self, FunctionEnv, ScalarFunction};
use crate::types::{SqlType, Value};

#[derive(Clone, Copy)]
pub struct Builtin(&'static dyn ScalarFunction);

impl Builtin {
    pub fn of(function: &'static dyn ScalarFunction) -> Self {
        Self(function)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

struct Moment(DateTime<Utc>);

impl FunctionEnv for Moment {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    fn random(&self) -> u64 {
        rand::random()
    }
}

pub fn lookup(name: &str) -> Option<Builtin> {
    functions::lookup(name).map(Builtin)
}

/// SQL Server knows the function, this server does not.
pub fn refused(name: &str) -> Option<SqlError> {
    functions::is_refused(name).then(|| SqlError::not_implemented(format!("the function {name}")))
}

pub fn bind(function: Builtin, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
    function
        .0
        .bind(types, literals)
        .map_err(|error| name_null(error, literals))
}

pub fn eval(
    function: Builtin,
    args: &[Value],
    types: &[SqlType],
    result: &SqlType,
    now: DateTime<Utc>,
) -> Result<Value> {
    function.0.eval(args, types, result, &Moment(now))
}

/// A bare NULL is bound as int; 8116 says NULL where it is the argument at fault.
fn name_null(mut error: SqlError, literals: &[Option<Value>]) -> SqlError {
    if error.number != 8116 {
        return error;
    }
    let at_fault = literals
        .iter()
        .enumerate()
        .filter(|(_, literal)| matches!(literal, Some(Value::Null)))
        .any(|(n, _)| error.message.contains(&format!("argument {} of", n + 1)));
    if at_fault {
        error.message = error
            .message
            .replacen("data type int is", "data type NULL is", 1);
    }
    error
}
