//! All that a database consists of, taken out for a backup and put back by a restore.

use std::sync::Arc;

use super::database::{Database, Schema};
use super::model::{DatabaseId, ObjectId};
use super::store::{Catalog, Object};

/// Definitions are immutable and shared: this costs a pointer per object.
#[derive(Debug, Clone)]
pub struct Contents {
    pub database: Arc<Database>,
    pub schemas: Vec<Arc<Schema>>,
    pub objects: Vec<Object>,
}

impl Object {
    /// The same object in a database with another number.
    #[must_use]
    pub fn in_database(&self, id: DatabaseId) -> Self {
        match self {
            Object::Table(def) => Object::Table(moved(def, id)),
            Object::TableType(def) => Object::TableType(moved(def, id)),
            Object::Module(def) if def.database_id == id => self.clone(),
            Object::Module(def) => {
                let mut def = (**def).clone();
                def.database_id = id;
                Object::Module(Arc::new(def))
            }
        }
    }
}

fn moved(def: &Arc<super::model::TableDef>, id: DatabaseId) -> Arc<super::model::TableDef> {
    if def.database_id == id {
        return Arc::clone(def);
    }
    let mut def = (**def).clone();
    def.database_id = id;
    Arc::new(def)
}

impl Catalog {
    /// What is in the database now; None: there is no such database.
    pub fn contents(&self, id: DatabaseId) -> Option<Contents> {
        let state = self.shared.read();
        Some(Contents {
            database: Arc::clone(state.databases.get(&id)?),
            schemas: state
                .schemas
                .iter()
                .filter(|((db, _), _)| *db == id)
                .map(|(_, schema)| Arc::clone(schema))
                .collect(),
            objects: state
                .objects
                .iter()
                .filter(|((db, _), _)| *db == id)
                .map(|(_, object)| object.clone())
                .collect(),
        })
    }

    /// The number for a database that is to be created.
    pub fn free_database_id(&self) -> DatabaseId {
        let state = self.shared.read();
        (5..)
            .find(|id| !state.databases.contains_key(id))
            .unwrap_or(i32::MAX)
    }

    /// The first object of `contents` whose id belongs to an object of another database than `id`.
    pub fn taken_elsewhere(&self, contents: &Contents, id: DatabaseId) -> Option<ObjectId> {
        let state = self.shared.read();
        contents
            .objects
            .iter()
            .map(Object::object_id)
            .find(|wanted| {
                state
                    .objects
                    .keys()
                    .any(|(db, object)| object == wanted && *db != id)
            })
    }

    /// The database becomes these contents, at once for everybody; returns the ids whose rows were there before.
    pub fn become_contents(&self, contents: Contents) -> Vec<ObjectId> {
        let id = contents.database.id;
        let mut state = self.shared.write();
        let before = state.empty(id);
        for schema in contents.schemas {
            state.schemas.insert((id, schema.schema_id), schema);
        }
        for object in &contents.objects {
            state.put(object.in_database(id));
        }
        state.databases.insert(id, contents.database);
        before
    }
}
