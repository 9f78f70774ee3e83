//! System procedures and the functions that tell about session and metadata.

mod application_lock;
mod functions;
mod rename;

use crate::error::Result;
use crate::protocol::ResultSink;
use crate::types::{SqlType, Value};

use super::frame::ExecContext;

/// A function whose answer depends on session or catalog: OBJECT_ID, @@TRANCOUNT, ERROR_MESSAGE ...
pub trait SessionFunction: Send + Sync {
    /// Result type for these argument types; 174/189 for a wrong count, 8116 for a wrong type.
    fn bind(&self, args: &[SqlType]) -> Result<SqlType>;
    fn eval(&self, args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value>;
}

/// Upper-case name, or `@@NAME`.
pub fn session_function(name: &str) -> Option<&'static dyn SessionFunction> {
    functions::lookup(name)
}

/// An argument of a system procedure.
#[derive(Debug, Clone)]
pub struct ProcArgument {
    /// With `@`, or empty when it is passed by position.
    pub name: String,
    pub sql_type: SqlType,
    pub value: Value,
    pub output: bool,
    /// DEFAULT was passed.
    pub default: bool,
}

#[derive(Debug, Clone, Default)]
pub struct ProcOutcome {
    pub status: i32,
    /// Argument position to its new value.
    pub outputs: Vec<(usize, Value)>,
}

pub type SystemProcedure =
    fn(&mut ExecContext<'_>, &[ProcArgument], &mut dyn ResultSink) -> Result<ProcOutcome>;

/// Lower-case name without schema.
pub fn procedure(name: &str) -> Option<SystemProcedure> {
    Some(match name.to_ascii_lowercase().as_str() {
        "sp_getapplock" => application_lock::get,
        "sp_releaseapplock" => application_lock::release,
        "sp_rename" => rename::run,
        _ => return None,
    })
}

/// The argument of that name, or at that position when it was passed without one; None when missing or DEFAULT.
fn argument<'a>(args: &'a [ProcArgument], name: &str, position: usize) -> Option<&'a Value> {
    let named = args.iter().find(|a| a.name.eq_ignore_ascii_case(name));
    let by_position = args.get(position).filter(|a| a.name.is_empty());
    named
        .or(by_position)
        .filter(|a| !a.default)
        .map(|a| &a.value)
}
