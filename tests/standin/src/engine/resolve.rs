//! From a name in a statement to the thing it names.

use std::sync::Arc;

use crate::catalog::model::{ModuleDef, TableDef};
use crate::error::Result;
use crate::syntax::ast::ObjectName;

use super::frame::Frame;
use super::session::Session;
use super::sysviews::SystemView;

/// What a name stands for.
#[derive(Clone)]
pub enum Resolved {
    /// A user table, a #temp table or a stored catalog table (msdb.dbo.backupset).
    Table(Arc<TableDef>),
    View(Arc<ModuleDef>),
    SystemView(&'static dyn SystemView),
    /// A function or a procedure.
    Module(Arc<ModuleDef>),
}

impl Session {
    /// None: no such object (208 or deferred, the caller decides). Err: the database does not exist (911) or the name
    /// has a server part.
    pub fn resolve(&self, frame: Option<&Frame>, name: &ObjectName) -> Result<Option<Resolved>> {
        let _ = (frame, name);
        Ok(None)
    }
}
