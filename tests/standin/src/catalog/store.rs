//! The catalog: objects by id and by name. Every change is undone when its transaction is.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::database::{Database, Schema};
use super::model::{DatabaseId, ModuleDef, ObjectId, SchemaId, TableDef};
use super::{DBO, MASTER, MODEL, MSDB, TEMPDB};
use crate::error::{Result, SqlError};
use crate::storage::Txn;

#[derive(Debug, Clone)]
pub enum Object {
    Table(Arc<TableDef>),
    Module(Arc<ModuleDef>),
    /// CREATE TYPE ... AS TABLE; types have a namespace of their own (`resolve_type`).
    TableType(Arc<TableDef>),
}

/// What a name in the object namespace stands for when it is a constraint's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstraintName {
    pub object_id: ObjectId,
    pub table: ObjectId,
}

impl Object {
    pub fn object_id(&self) -> ObjectId {
        match self {
            Object::Table(d) | Object::TableType(d) => d.object_id,
            Object::Module(d) => d.object_id,
        }
    }

    pub fn database_id(&self) -> DatabaseId {
        match self {
            Object::Table(d) | Object::TableType(d) => d.database_id,
            Object::Module(d) => d.database_id,
        }
    }

    pub fn schema_id(&self) -> SchemaId {
        match self {
            Object::Table(d) | Object::TableType(d) => d.schema_id,
            Object::Module(d) => d.schema_id,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Object::Table(d) | Object::TableType(d) => &d.name,
            Object::Module(d) => &d.name,
        }
    }

    pub fn table(&self) -> Option<&Arc<TableDef>> {
        match self {
            Object::Table(d) => Some(d),
            Object::Module(_) | Object::TableType(_) => None,
        }
    }

    pub fn module(&self) -> Option<&Arc<ModuleDef>> {
        match self {
            Object::Module(d) => Some(d),
            Object::Table(_) | Object::TableType(_) => None,
        }
    }

    /// A table or an indexed view.
    pub fn has_rows(&self) -> bool {
        match self {
            Object::Table(_) => true,
            Object::Module(module) => module.is_stored(),
            Object::TableType(_) => false,
        }
    }

    /// Its name and those of its constraints, which live in the same namespace.
    fn names(&self) -> Vec<(Name, ObjectId)> {
        let (db, schema, id) = (self.database_id(), self.schema_id(), self.object_id());
        let kind = matches!(self, Object::TableType(_));
        let mut names = vec![(Name::new(db, schema, kind, self.name()), id)];
        if let Object::Table(table) = self {
            let mut add = |id: ObjectId, name: &str| {
                names.push((Name::new(db, schema, false, name), id));
            };
            for column in &table.columns {
                if let Some(default) = &column.default {
                    add(default.object_id, &default.name);
                }
            }
            for constraint in table.indexes.iter().filter_map(|i| i.constraint.as_ref()) {
                add(constraint.object_id, &constraint.name);
            }
            for key in &table.foreign_keys {
                add(key.object_id, &key.name);
            }
            for check in &table.checks {
                add(check.object_id, &check.name);
            }
        }
        names
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    database: DatabaseId,
    schema: SchemaId,
    is_type: bool,
    folded: String,
}

impl Name {
    fn new(database: DatabaseId, schema: SchemaId, is_type: bool, name: &str) -> Self {
        Self {
            database,
            schema,
            is_type,
            folded: fold(name),
        }
    }
}

/// Names compare without case.
fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).collect()
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) databases: BTreeMap<DatabaseId, Arc<Database>>,
    pub(super) schemas: BTreeMap<(DatabaseId, SchemaId), Arc<Schema>>,
    pub(super) objects: BTreeMap<(DatabaseId, ObjectId), Object>,
    /// The object or constraint, and the object to which it belongs.
    names: HashMap<Name, (ObjectId, ObjectId)>,
}

impl State {
    pub(super) fn put(&mut self, object: Object) {
        for (name, id) in object.names() {
            self.names.insert(name, (id, object.object_id()));
        }
        self.objects
            .insert((object.database_id(), object.object_id()), object);
    }

    fn take(&mut self, database: DatabaseId, id: ObjectId) -> Option<Object> {
        let object = self.objects.remove(&(database, id))?;
        for (name, _) in object.names() {
            if self.names.get(&name).is_some_and(|(_, owner)| *owner == id) {
                self.names.remove(&name);
            }
        }
        Some(object)
    }

    /// Takes all schemas and objects out of a database; returns the ids that have rows.
    pub(super) fn empty(&mut self, id: DatabaseId) -> Vec<ObjectId> {
        self.schemas.retain(|(db, _), _| *db != id);
        self.names.retain(|name, _| name.database != id);
        let stored = self
            .objects
            .iter()
            .filter(|((db, _), object)| *db == id && object.has_rows())
            .map(|((_, object), _)| *object)
            .collect();
        self.objects.retain(|(db, _), _| *db != id);
        stored
    }

    /// 2714 when a name belongs to another object or is there twice.
    fn check_names(&self, object: &Object) -> Result<()> {
        let mut mine = HashMap::new();
        for (at, (name, id)) in object.names().into_iter().enumerate() {
            let other = self
                .names
                .get(&name)
                .is_some_and(|(_, owner)| *owner != object.object_id());
            let again = mine.insert(name, id).is_some_and(|before| before != id);
            if other || again {
                let text = if at == 0 {
                    object.name().to_owned()
                } else {
                    constraint_name(object, id)
                };
                return Err(already_exists(&text));
            }
        }
        Ok(())
    }
}

fn constraint_name(object: &Object, id: ObjectId) -> String {
    let Object::Table(table) = object else {
        return object.name().to_owned();
    };
    let defaults = table.columns.iter().filter_map(|c| c.default.as_ref());
    let keys = table.indexes.iter().filter_map(|i| i.constraint.as_ref());
    defaults
        .map(|d| (d.object_id, &d.name))
        .chain(keys.map(|k| (k.object_id, &k.name)))
        .chain(table.foreign_keys.iter().map(|k| (k.object_id, &k.name)))
        .chain(table.checks.iter().map(|c| (c.object_id, &c.name)))
        .find(|(i, _)| *i == id)
        .map_or_else(|| table.name.clone(), |(_, name)| name.clone())
}

/// 2714, state 6.
pub(crate) fn already_exists(name: &str) -> SqlError {
    SqlError::new(
        2714,
        format!("There is already an object named '{name}' in the database."),
    )
    .state(6)
}

#[derive(Debug)]
pub(super) struct Shared {
    state: RwLock<State>,
    version: AtomicU64,
}

impl Shared {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        let guard = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // Under the latch: whoever sees the new version sees the new state.
        self.version.fetch_add(1, Ordering::SeqCst);
        guard
    }
}

/// All databases of the server. Internally synchronised; who may see an uncommitted object is decided by schema locks.
#[derive(Debug)]
pub struct Catalog {
    pub(super) shared: Arc<Shared>,
    next_object_id: AtomicI32,
}

impl Catalog {
    /// The system databases and nothing else. `now`: DateTime2 ticks.
    pub fn new(now: i64) -> Arc<Self> {
        let catalog = Self {
            shared: Arc::new(Shared {
                state: RwLock::default(),
                version: AtomicU64::new(1),
            }),
            next_object_id: AtomicI32::new(901_578_250),
        };
        for (id, name) in [
            (MASTER, "master"),
            (TEMPDB, "tempdb"),
            (MODEL, "model"),
            (MSDB, "msdb"),
        ] {
            catalog.add_database(Database::new(id, name, now));
        }
        Arc::new(catalog)
    }

    fn add_database(&self, database: Database) {
        let mut state = self.shared.write();
        let id = database.id;
        for (schema_id, name) in [
            (1, "dbo"),
            (2, "guest"),
            (3, "INFORMATION_SCHEMA"),
            (4, "sys"),
        ] {
            let schema = Schema {
                schema_id,
                name: name.to_owned(),
                principal_id: schema_id,
            };
            state.schemas.insert((id, schema_id), Arc::new(schema));
        }
        state.databases.insert(id, Arc::new(database));
    }

    /// Rises with every change: cached plans of another version are stale.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::SeqCst)
    }

    /// Unique over all databases, so that an object id alone names a table in the storage.
    pub fn next_object_id(&self) -> ObjectId {
        // SQL Server's ids step by a large constant and wrap; positive ones only.
        const STEP: i32 = 16_000_057;
        let mut id = self.next_object_id.load(Ordering::SeqCst);
        loop {
            let next = id
                .checked_add(STEP)
                .unwrap_or_else(|| (id - i32::MAX) + STEP);
            match self
                .next_object_id
                .compare_exchange(id, next, Ordering::SeqCst, Ordering::SeqCst)
            {
                Ok(_) => return id,
                Err(other) => id = other,
            }
        }
    }

    // Databases: CREATE, ALTER and DROP DATABASE are not part of a transaction (226).

    pub fn databases(&self) -> Vec<Arc<Database>> {
        self.shared.read().databases.values().cloned().collect()
    }

    pub fn database(&self, id: DatabaseId) -> Option<Arc<Database>> {
        self.shared.read().databases.get(&id).cloned()
    }

    pub fn database_by_name(&self, name: &str) -> Option<Arc<Database>> {
        let folded = fold(name);
        self.shared
            .read()
            .databases
            .values()
            .find(|d| fold(&d.name) == folded)
            .cloned()
    }

    pub fn database_name(&self, id: DatabaseId) -> String {
        self.database(id)
            .map_or_else(String::new, |d| d.name.clone())
    }

    /// 1801 when the name is taken.
    pub fn create_database(&self, name: &str, now: i64) -> Result<Arc<Database>> {
        if self.database_by_name(name).is_some() {
            return Err(SqlError::new(
                1801,
                format!("Database '{name}' already exists. Choose a different database name."),
            )
            .state(3));
        }
        let id = (5..)
            .find(|id| !self.shared.read().databases.contains_key(id))
            .unwrap_or(i32::MAX);
        self.add_database(Database::new(id, name, now));
        self.database(id).ok_or_else(|| {
            SqlError::new(
                50000,
                "The new database is gone; this is a defect of the stand-in.",
            )
        })
    }

    /// Options, files, principals, name. False: there is no such database.
    pub fn alter_database(&self, id: DatabaseId, change: impl FnOnce(&mut Database)) -> bool {
        let mut state = self.shared.write();
        let Some(database) = state.databases.get_mut(&id) else {
            return false;
        };
        change(Arc::make_mut(database));
        true
    }

    /// Forgets the database and all its objects; returns the tables whose rows have to go.
    pub fn drop_database(&self, id: DatabaseId) -> Vec<ObjectId> {
        let mut state = self.shared.write();
        state.databases.remove(&id);
        state.empty(id)
    }

    // Schemas.

    pub fn schemas(&self, database: DatabaseId) -> Vec<Arc<Schema>> {
        self.shared
            .read()
            .schemas
            .range((database, i32::MIN)..=(database, i32::MAX))
            .map(|(_, s)| Arc::clone(s))
            .collect()
    }

    pub fn schema(&self, database: DatabaseId, id: SchemaId) -> Option<Arc<Schema>> {
        self.shared.read().schemas.get(&(database, id)).cloned()
    }

    pub fn schema_by_name(&self, database: DatabaseId, name: &str) -> Option<Arc<Schema>> {
        let folded = fold(name);
        self.schemas(database)
            .into_iter()
            .find(|s| fold(&s.name) == folded)
    }

    /// 2714 when the name is taken.
    pub fn create_schema(
        &self,
        txn: &mut Txn,
        database: DatabaseId,
        name: &str,
        principal_id: i32,
    ) -> Result<Arc<Schema>> {
        if self.schema_by_name(database, name).is_some() {
            return Err(already_exists(name));
        }
        let mut state = self.shared.write();
        let schema_id = (5..)
            .find(|id| !state.schemas.contains_key(&(database, *id)))
            .unwrap_or(i32::MAX);
        let schema = Arc::new(Schema {
            schema_id,
            name: name.to_owned(),
            principal_id,
        });
        state
            .schemas
            .insert((database, schema_id), Arc::clone(&schema));
        drop(state);
        let shared = Arc::clone(&self.shared);
        txn.on_undo(move || {
            shared.write().schemas.remove(&(database, schema_id));
        });
        Ok(schema)
    }

    /// The caller has made sure that it is empty (3729).
    pub fn drop_schema(&self, txn: &mut Txn, database: DatabaseId, id: SchemaId) {
        let Some(schema) = self.shared.write().schemas.remove(&(database, id)) else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        txn.on_undo(move || {
            shared.write().schemas.insert((database, id), schema);
        });
    }

    // Objects.

    /// A table or module by name: in the named schema, or in the default one and then in dbo.
    pub fn resolve(
        &self,
        database: DatabaseId,
        schema: Option<&str>,
        default_schema: &str,
        name: &str,
    ) -> Option<Object> {
        let (id, owner) = self.find(database, schema, default_schema, name, false)?;
        (id == owner).then(|| self.by_id(database, id))?
    }

    pub fn resolve_type(
        &self,
        database: DatabaseId,
        schema: Option<&str>,
        default_schema: &str,
        name: &str,
    ) -> Option<Object> {
        let (id, _) = self.find(database, schema, default_schema, name, true)?;
        self.by_id(database, id)
    }

    /// A constraint by name: OBJECT_ID finds them too.
    pub fn resolve_constraint(
        &self,
        database: DatabaseId,
        schema: Option<&str>,
        default_schema: &str,
        name: &str,
    ) -> Option<ConstraintName> {
        let (object_id, table) = self.find(database, schema, default_schema, name, false)?;
        (object_id != table).then_some(ConstraintName { object_id, table })
    }

    fn find(
        &self,
        database: DatabaseId,
        schema: Option<&str>,
        default_schema: &str,
        name: &str,
        is_type: bool,
    ) -> Option<(ObjectId, ObjectId)> {
        let look = |schema: SchemaId| {
            self.shared
                .read()
                .names
                .get(&Name::new(database, schema, is_type, name))
                .copied()
        };
        let first = self.schema_by_name(database, schema.unwrap_or(default_schema));
        let found = first.as_ref().and_then(|s| look(s.schema_id));
        match schema {
            Some(_) => found,
            None => found.or_else(|| look(DBO)),
        }
    }

    pub fn by_id(&self, database: DatabaseId, id: ObjectId) -> Option<Object> {
        self.shared.read().objects.get(&(database, id)).cloned()
    }

    /// Indexed views that read the table.
    pub fn views_over(&self, database: DatabaseId, table: ObjectId) -> Vec<Arc<ModuleDef>> {
        self.shared
            .read()
            .objects
            .range((database, i32::MIN)..=(database, i32::MAX))
            .filter_map(|(_, object)| object.module())
            .filter(|view| view.is_stored() && view.references.iter().any(|(id, _)| *id == table))
            .cloned()
            .collect()
    }

    /// All objects of a database by object id.
    pub fn list(&self, database: DatabaseId) -> Vec<Object> {
        self.shared
            .read()
            .objects
            .range((database, i32::MIN)..=(database, i32::MAX))
            .map(|(_, o)| o.clone())
            .collect()
    }

    /// 2714 when a name is taken.
    pub fn create(&self, txn: &mut Txn, object: Object) -> Result<()> {
        let (database, id) = (object.database_id(), object.object_id());
        {
            let mut state = self.shared.write();
            state.check_names(&object)?;
            state.put(object);
        }
        let shared = Arc::clone(&self.shared);
        txn.on_undo(move || {
            shared.write().take(database, id);
        });
        Ok(())
    }

    /// The object with this object id becomes this one; its name and schema may change. 2714 when a name is taken.
    pub fn replace(&self, txn: &mut Txn, object: Object) -> Result<()> {
        let (database, id) = (object.database_id(), object.object_id());
        let old = {
            let mut state = self.shared.write();
            state.check_names(&object)?;
            let old = state.take(database, id);
            state.put(object);
            old
        };
        let shared = Arc::clone(&self.shared);
        txn.on_undo(move || {
            let mut state = shared.write();
            state.take(database, id);
            if let Some(old) = old {
                state.put(old);
            }
        });
        Ok(())
    }

    /// False: there is no such object.
    pub fn drop_object(&self, txn: &mut Txn, database: DatabaseId, id: ObjectId) -> bool {
        let Some(old) = self.shared.write().take(database, id) else {
            return false;
        };
        let shared = Arc::clone(&self.shared);
        txn.on_undo(move || shared.write().put(old));
        true
    }

    /// `schema.table` as error messages name it.
    pub fn qualified_name(&self, table: &TableDef) -> String {
        match self.schema(table.database_id, table.schema_id) {
            Some(schema) => format!("{}.{}", schema.name, table.name),
            None => table.name.clone(),
        }
    }
}
