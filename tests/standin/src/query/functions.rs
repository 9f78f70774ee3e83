//! Built-in scalar functions as the evaluator calls them.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::types::{SqlType, Value};

/// Placeholder of the functions' own trait until that room is merged.
pub trait ScalarFunction: Sync {
    fn name(&self) -> &'static str;
    fn bind(&self, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType>;
    fn eval(&self, args: &[Value], types: &[SqlType], result: &SqlType, now: DateTime<Utc>) -> Result<Value>;
}

#[derive(Clone, Copy)]
pub struct Builtin(&'static dyn ScalarFunction);

impl Builtin {
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

pub fn lookup(_name: &str) -> Option<Builtin> {
    None
}

pub fn bind(function: Builtin, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
    function.0.bind(types, literals)
}

pub fn eval(
    function: Builtin,
    args: &[Value],
    types: &[SqlType],
    result: &SqlType,
    now: DateTime<Utc>,
) -> Result<Value> {
    function.0.eval(args, types, result, now)
}
