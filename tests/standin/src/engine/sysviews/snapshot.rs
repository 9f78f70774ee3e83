//! What the views see of one database: its schemas, tables and modules, in object order.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{DatabaseId, ModuleDef, ModuleKind, ObjectId, SchemaId, TableDef};
use crate::engine::Session;
use crate::types::Value;

const TICKS_PER_DAY: i64 = 864_000_000_000;
/// 1900-01-01 in days since 0001-01-01.
const DAYS_TO_1900: i64 = 693_595;

/// A datetime value of 100 ns ticks since 0001-01-01.
pub fn datetime_of_ticks(ticks: i64) -> Value {
    let days = ticks.div_euclid(TICKS_PER_DAY) - DAYS_TO_1900;
    let in_day = ticks.rem_euclid(TICKS_PER_DAY);
    let units = (in_day * 3 + 50_000) / 100_000;
    i32::try_from(days).map_or(Value::Null, |days| {
        Value::DateTime(days, i32::try_from(units.min(25_919_999)).unwrap_or(0))
    })
}

/// Ticks of an instant.
pub fn ticks_of(instant: chrono::DateTime<chrono::Utc>) -> i64 {
    const UNIX_EPOCH_TICKS: i64 = 621_355_968_000_000_000;
    UNIX_EPOCH_TICKS
        + instant.timestamp() * 10_000_000
        + i64::from(instant.timestamp_subsec_nanos()) / 100
}

/// Object type codes are char(2).
pub fn padded_type(code: &str) -> Value {
    Value::varchar(format!("{code:<2}"))
}

/// Code and description of a module's kind as sys.objects shows them.
pub(crate) fn module_type(kind: ModuleKind) -> (&'static str, &'static str) {
    match kind {
        ModuleKind::Procedure => ("P", "SQL_STORED_PROCEDURE"),
        ModuleKind::ScalarFunction => ("FN", "SQL_SCALAR_FUNCTION"),
        ModuleKind::InlineFunction => ("IF", "SQL_INLINE_TABLE_VALUED_FUNCTION"),
        ModuleKind::TableFunction => ("TF", "SQL_TABLE_VALUED_FUNCTION"),
        ModuleKind::View => ("V", "VIEW"),
        ModuleKind::Trigger => ("TR", "SQL_TRIGGER"),
    }
}

/// A local temporary table as tempdb lists it: its name padded to 128 characters, of which the last twelve tell sessions apart.
fn named_apart(table: &Arc<TableDef>) -> Arc<TableDef> {
    let name: String = table.name.chars().take(116).collect();
    let number = table.object_id.unsigned_abs();
    Arc::new(TableDef {
        name: format!("{name:_<116}{number:012X}"),
        ..(**table).clone()
    })
}

/// One database as of now.
pub struct Snapshot {
    pub database: DatabaseId,
    pub schemas: Vec<(SchemaId, String)>,
    pub tables: Vec<Arc<TableDef>>,
    pub modules: Vec<Arc<ModuleDef>>,
    pub table_types: Vec<Arc<TableDef>>,
}

impl Snapshot {
    /// The session's current database; only objects on which it has any permission.
    pub fn of(session: &Session) -> Self {
        let mut snapshot = Self::of_database(session, session.database);
        if !session.sysadmin {
            snapshot.tables.retain(|t| {
                crate::engine::ddl::permission::sees_object(session, t.object_id, t.schema_id)
            });
            snapshot.modules.retain(|m| {
                crate::engine::ddl::permission::sees_object(session, m.object_id, m.schema_id)
            });
        }
        snapshot
    }

    pub fn of_database(session: &Session, database: DatabaseId) -> Self {
        let catalog = &session.server.catalog;
        let mut snapshot = Self {
            database,
            schemas: catalog
                .schemas(database)
                .into_iter()
                .map(|s| (s.schema_id, s.name.clone()))
                .collect(),
            tables: Vec::new(),
            modules: Vec::new(),
            table_types: Vec::new(),
        };
        for object in catalog.list(database) {
            match object {
                Object::Table(table) => snapshot.tables.push(table),
                Object::Module(module) => snapshot.modules.push(module),
                Object::TableType(table) => snapshot.table_types.push(table),
            }
        }
        if database == crate::catalog::TEMPDB {
            let own = session.server.store.temporary_tables();
            snapshot.tables.extend(own.iter().map(named_apart));
        }
        snapshot.tables.sort_by_key(|t| t.object_id);
        snapshot.modules.sort_by_key(|m| m.object_id);
        snapshot
    }

    pub fn schema_name(&self, schema_id: SchemaId) -> &str {
        self.schemas
            .iter()
            .find(|(id, _)| *id == schema_id)
            .map_or("", |(_, name)| name.as_str())
    }

    pub fn table(&self, object_id: ObjectId) -> Option<&Arc<TableDef>> {
        self.tables.iter().find(|t| t.object_id == object_id)
    }

    /// Tables, and the stored rows of indexed views.
    pub fn row_sets(&self) -> Vec<Arc<TableDef>> {
        let views = self.modules.iter().filter(|m| !m.indexes.is_empty());
        self.tables
            .iter()
            .cloned()
            .chain(views.map(|view| Arc::new(view.stored_form())))
            .collect()
    }

    pub fn module(&self, object_id: ObjectId) -> Option<&Arc<ModuleDef>> {
        self.modules.iter().find(|m| m.object_id == object_id)
    }
}

/// Rows in a table, committed and the session's own.
pub(crate) fn row_count(session: &Session, object_id: ObjectId) -> i64 {
    session.server.store.table(object_id).map_or(0, |table| {
        i64::try_from(table.row_count()).unwrap_or(i64::MAX)
    })
}

/// 8 KB pages of an index, or of the heap.
pub(crate) fn used_pages(session: &Session, object_id: ObjectId, index_id: i32) -> i64 {
    session.server.store.table(object_id).map_or(0, |table| {
        i64::try_from(table.used_pages(index_id)).unwrap_or(i64::MAX)
    })
}

pub(crate) fn bit(on: bool) -> Value {
    Value::Bit(on)
}

pub(crate) fn text(text: impl AsRef<str>) -> Value {
    Value::nvarchar(text)
}

pub(crate) fn int(n: impl TryInto<i32>) -> Value {
    n.try_into().map_or(Value::Null, Value::Int)
}

pub(crate) fn big(n: impl TryInto<i64>) -> Value {
    n.try_into().map_or(Value::Null, Value::BigInt)
}

pub(crate) fn now() -> Value {
    datetime_of_ticks(ticks_of(chrono::Utc::now()))
}

/// A number of the type numeric(precision, 0).
pub(crate) fn numeric(n: i64, precision: u8) -> Value {
    Value::Decimal(Box::new(crate::types::Decimal {
        mantissa: i128::from(n),
        precision,
        scale: 0,
    }))
}
