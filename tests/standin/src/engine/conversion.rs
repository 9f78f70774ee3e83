//! Assignment conversion: what happens to a value on its way into a variable, a parameter or a column.

use crate::error::Result;
use crate::types::convert::{self, AssignTarget};
use crate::types::{SqlType, Value};

/// Converts as SET and parameters do: too long text is cut silently.
pub(crate) fn to_variable(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    convert::assign(value, from, to, AssignTarget::Variable)
}
