//! One scope of execution (batch, module or `sp_executesql`): its variables, its table variables, its error.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::catalog::model::{ModuleDef, ObjectId};
use crate::error::SqlError;
use crate::types::{SqlType, Value};

use super::plans::Plans;
use super::session::Session;

#[derive(Debug, Clone)]
pub struct Variable {
    /// As declared, with the `@`.
    pub name: String,
    pub sql_type: SqlType,
    pub value: Value,
}

/// Scalar variables of a scope; a slot number is stable for the scope's life.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    slots: Vec<Variable>,
    by_name: HashMap<String, usize>,
}

impl Variables {
    /// None when the name exists already (134).
    pub fn declare(&mut self, name: &str, sql_type: SqlType, value: Value) -> Option<usize> {
        let key = name.to_lowercase();
        if self.by_name.contains_key(&key) {
            return None;
        }
        let slot = self.slots.len();
        self.slots.push(Variable {
            name: name.to_owned(),
            sql_type,
            value,
        });
        self.by_name.insert(key, slot);
        Some(slot)
    }

    /// Name with its `@`, in any case.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.by_name
            .get(name)
            .or_else(|| self.by_name.get(&name.to_lowercase()))
            .copied()
    }

    pub fn get(&self, slot: usize) -> &Variable {
        &self.slots[slot]
    }

    pub fn lookup(&self, name: &str) -> Option<&Variable> {
        self.slot(name).map(|slot| &self.slots[slot])
    }

    /// The value must already have the variable's type.
    pub fn set(&mut self, slot: usize, value: Value) {
        self.slots[slot].value = value;
    }

    /// The same variables as at the beginning: the first have the arguments' values, the others none.
    pub(crate) fn restart(&mut self, arguments: Vec<Value>) {
        let mut arguments = arguments.into_iter();
        for slot in &mut self.slots {
            slot.value = arguments.next().unwrap_or(Value::Null);
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

/// A scope of execution.
#[derive(Debug, Clone)]
pub struct Frame {
    pub variables: Variables,
    /// Lower-case name with `@` to the table that holds its rows.
    pub table_variables: HashMap<String, ObjectId>,
    /// The module that runs; None in a batch, in EXEC('..') and in sp_executesql.
    pub module: Option<Arc<ModuleDef>>,
    /// The module's name as the call spelled it, for messages; empty in a batch and in dynamic SQL.
    pub procedure: String,
    /// Inside CATCH: what ERROR_NUMBER() and the like tell.
    pub error: Option<SqlError>,
    /// SCOPE_IDENTITY().
    pub scope_identity: Option<Value>,
    /// GETDATE() and the like: fixed for the statement.
    pub statement_time: DateTime<Utc>,
    /// Start line and text offset of the statement that runs, for error lines.
    pub line: i32,
    /// Text that the statements come from: CREATE stores it.
    pub text: Arc<str>,
    /// Labels and statements are those of a procedure, not of a batch: RETURN may carry a value.
    pub in_procedure: bool,
    /// Nested inside a function: side effects are refused (443).
    pub in_function: bool,
    /// A function's body was checked when this frame was first used; its variables exist.
    pub(crate) checked: bool,
    /// Of the worst error that a statement of this scope raised.
    pub severity: u8,
    /// What this scope has bound so far.
    pub(crate) plans: Plans,
}

impl Frame {
    pub fn new() -> Self {
        Self {
            variables: Variables::default(),
            table_variables: HashMap::new(),
            module: None,
            procedure: String::new(),
            error: None,
            scope_identity: None,
            statement_time: Utc::now(),
            line: 1,
            text: Arc::from(""),
            in_procedure: false,
            in_function: false,
            checked: false,
            severity: 0,
            plans: Plans::default(),
        }
    }
}

impl Frame {
    /// The return status of a scope that returns none: 0, or 10 less the severity of its worst error.
    pub(crate) fn status(&self) -> i32 {
        match self.severity {
            0..=10 => 0,
            severity => 10 - i32::from(severity),
        }
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

/// What running code needs: the session and the scope.
pub struct ExecContext<'a> {
    pub session: &'a mut Session,
    pub frame: &'a mut Frame,
}

/// How a statement left.
#[derive(Debug, Clone, PartialEq)]
pub enum Flow {
    Next,
    Break,
    Continue,
    /// RETURN, with a module's status or a function's value.
    Return(Option<Value>),
    Goto(String),
}
