//! May the session touch this object? Whatever a module does was decided when the module was called: all objects
//! have one owner, so ownership chains never break.

use crate::catalog::model::{DatabaseId, ModuleDef, ObjectId, SchemaId, TableDef};
use crate::error::Result;
use crate::syntax::ast::ObjectName;

use super::ddl::permission;
use super::frame::Frame;
use super::session::Session;
use super::sysviews;

const TEMPDB: DatabaseId = 2;

impl Session {
    /// 229 for a table.
    pub(crate) fn authorize_table(
        &self,
        frame: &Frame,
        def: &TableDef,
        permission: &str,
    ) -> Result<()> {
        if def.database_id == TEMPDB {
            return Ok(());
        }
        let object = (def.object_id, def.schema_id, def.name.as_str());
        self.authorize(frame, def.database_id, object, permission)
    }

    /// 229 for a view, a function or a procedure.
    pub(crate) fn authorize_module(
        &self,
        frame: &Frame,
        module: &ModuleDef,
        permission: &str,
    ) -> Result<()> {
        let object = (module.object_id, module.schema_id, module.name.as_str());
        self.authorize(frame, module.database_id, object, permission)
    }

    /// 229 for a table of msdb, whatever database the session is in.
    pub(crate) fn authorize_msdb(&self, frame: Option<&Frame>, name: &ObjectName) -> Result<()> {
        let schema = name.schema().unwrap_or("dbo");
        let in_module = frame.is_some_and(|frame| frame.module.is_some());
        let Some(id) = sysviews::msdb_object_id(schema, name.base()) else {
            return Ok(());
        };
        if self.sysadmin || in_module || permission::allows_in_msdb(self, id) {
            return Ok(());
        }
        Err(permission::denied(
            "SELECT",
            &name.base().to_lowercase(),
            "msdb",
            schema,
        ))
    }

    fn authorize(
        &self,
        frame: &Frame,
        database: DatabaseId,
        object: (ObjectId, SchemaId, &str),
        permission: &str,
    ) -> Result<()> {
        if self.sysadmin || frame.module.is_some() {
            return Ok(());
        }
        let schema = self.server.catalog.schema(database, object.1);
        let schema = schema.map_or_else(String::new, |schema| schema.name.clone());
        permission::require(self, object, &schema, permission)
    }
}
