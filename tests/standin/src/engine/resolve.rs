//! From a name in a statement to the thing it names.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{DatabaseId, ModuleDef, ModuleKind, ObjectId, TableDef};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Ident, ObjectName, Span};

use super::frame::Frame;
use super::session::Session;
use super::sysviews::{self, SystemView};

const TEMPDB: DatabaseId = 2;

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

/// The name as the statement wrote it, without quoting.
pub(crate) fn written(name: &ObjectName) -> String {
    let parts: Vec<&str> = name.parts.iter().map(|part| part.text.as_str()).collect();
    parts.join(".")
}

impl Session {
    /// None: no such object or database (208 or deferred, the caller decides). Err: the name has a server part, or the
    /// database is closed to this session (916, 923, 924, 927, 942, 952).
    pub fn resolve(&self, frame: Option<&Frame>, name: &ObjectName) -> Result<Option<Resolved>> {
        let base = name.base();
        if base.starts_with('@') {
            return Ok(frame
                .and_then(|frame| self.table_variable(frame, base))
                .map(Resolved::Table));
        }
        if base.starts_with('#') {
            return Ok(self.temp_table(base).map(Resolved::Table));
        }
        if name.parts.len() > 3 {
            return Err(SqlError::not_implemented("linked servers"));
        }
        let database = match self.named_database(name) {
            Ok(database) => database,
            Err(missing) if missing.number == 911 => return Ok(None),
            Err(closed) => return Err(closed),
        };
        if let Some(schema) = name.schema()
            && let Some(view) = sysviews::lookup(schema, base)
        {
            return Ok(Some(Resolved::SystemView(view)));
        }
        if let Some(schema) = name.schema()
            && let Some(refusal) = sysviews::refused_view(schema, base)
        {
            return Err(refusal);
        }
        if database == crate::catalog::MSDB
            && let Some(view) = sysviews::lookup_msdb(name.schema().unwrap_or("dbo"), base)
        {
            self.authorize_msdb(frame, name)?;
            return Ok(Some(Resolved::SystemView(view)));
        }
        let found =
            self.server
                .catalog
                .resolve(database, name.schema(), &self.default_schema, base);
        // The tables of old, sysobjects and its like, are in every schema of the name dbo and need none.
        if found.is_none()
            && base.to_ascii_lowercase().starts_with("sys")
            && name.schema().is_none_or(|s| s.eq_ignore_ascii_case("dbo"))
            && let Some(refusal) = sysviews::refused_view("sys", base)
        {
            return Err(refusal);
        }
        Ok(found.and_then(|object| match object {
            Object::Table(def) => Some(Resolved::Table(def)),
            Object::Module(module) if module.kind == ModuleKind::View => {
                Some(Resolved::View(module))
            }
            Object::Module(module) => Some(Resolved::Module(module)),
            Object::TableType(_) => None,
        }))
    }

    /// The database that a name's first part means; the session's without one.
    pub fn named_database(&self, name: &ObjectName) -> Result<DatabaseId> {
        let Some(database) = name.database() else {
            return Ok(self.database);
        };
        let found = self
            .server
            .catalog
            .database_by_name(database)
            .ok_or_else(|| {
                SqlError::new(
                    911,
                    format!(
                        "Database '{database}' does not exist. Make sure that the name is entered correctly."
                    ),
                )
            })?;
        self.server.require_access(self, &found)?;
        Ok(found.id)
    }

    /// `@t`.
    pub fn table_variable(&self, frame: &Frame, name: &str) -> Option<Arc<TableDef>> {
        let id = frame.table_variables.get(&name.to_lowercase())?;
        self.server.store.table(*id).map(|table| table.def())
    }

    /// `#t` of this scope or a calling one, `##t` of anybody.
    pub fn temp_table(&self, name: &str) -> Option<Arc<TableDef>> {
        if name.starts_with("##") {
            return match self.server.catalog.resolve(TEMPDB, None, "dbo", name) {
                Some(Object::Table(def)) => Some(def),
                _ => None,
            };
        }
        let id = self.temp_table_id(name)?;
        self.server.store.table(id).map(|table| table.def())
    }

    pub fn temp_table_id(&self, name: &str) -> Option<ObjectId> {
        let key = name.to_lowercase();
        self.temp_scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(&key))
            .copied()
    }
}

/// A name in a text: `dbo.p`, `[my schema].[p]`, `"p"`.
pub(crate) fn parse_name(text: &str) -> ObjectName {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '[' | '"' if part.is_empty() => {
                quoted = true;
                let close = if c == '[' { ']' } else { '"' };
                while let Some(inner) = chars.next() {
                    if inner == close && chars.peek() == Some(&close) {
                        chars.next();
                    } else if inner == close {
                        break;
                    }
                    part.push(inner);
                }
            }
            '.' => {
                parts.push(name_part(std::mem::take(&mut part), quoted));
                quoted = false;
            }
            other => part.push(other),
        }
    }
    parts.push(name_part(part, quoted));
    ObjectName { parts }
}

fn name_part(text: String, quoted: bool) -> Ident {
    Ident {
        text,
        quoted,
        span: Span::default(),
    }
}
