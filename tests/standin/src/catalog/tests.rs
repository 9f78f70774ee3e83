//! Names, and that a rollback takes every change back.

use std::sync::Arc;

use super::model::{CheckDef, TableDef, TemporalRole};
use super::{Catalog, MASTER, Object};
use crate::locks::LockManager;
use crate::protocol::IsolationLevel;
use crate::storage::Store;

fn table(catalog: &Catalog, schema_id: i32, name: &str, check: Option<&str>) -> Object {
    let checks = check
        .map(|name| CheckDef {
            object_id: catalog.next_object_id(),
            name: name.to_owned(),
            system_named: false,
            text: "(1=1)".to_owned(),
            disabled: false,
            not_trusted: false,
        })
        .into_iter()
        .collect();
    Object::Table(Arc::new(TableDef {
        object_id: catalog.next_object_id(),
        database_id: MASTER,
        schema_id,
        name: name.to_owned(),
        columns: Vec::new(),
        next_column_id: 1,
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks,
        statistics: Vec::new(),
        period: None,
        temporal: TemporalRole::None,
        history_retention: None,
        memory_optimized: false,
        schema_only: false,
        lock_escalation_disabled: false,
        created: 0,
        modified: 0,
    }))
}

#[test]
fn names_are_shared_with_constraints_and_found_in_the_default_schema_or_dbo() {
    let catalog = Catalog::new(0);
    let store = Store::new(LockManager::new(), Arc::clone(&catalog));
    let mut txn = store.begin(IsolationLevel::ReadCommitted);
    let schema = catalog.create_schema(&mut txn, MASTER, "App", 1).unwrap();
    assert_eq!(schema.schema_id, 5);
    catalog
        .create(&mut txn, table(&catalog, 1, "T", Some("CK_T")))
        .unwrap();
    catalog
        .create(&mut txn, table(&catalog, 5, "t", None))
        .unwrap();
    for taken in ["t", "ck_t"] {
        let error = catalog
            .create(&mut txn, table(&catalog, 1, taken, None))
            .unwrap_err();
        assert_eq!((error.number, error.state), (2714, 6));
        let text = format!("There is already an object named '{taken}' in the database.");
        assert_eq!(error.message, text);
    }
    let schema_of = |schema: Option<&str>, default: &str, name: &str| {
        catalog
            .resolve(MASTER, schema, default, name)
            .map(|o| o.schema_id())
    };
    assert_eq!(schema_of(None, "dbo", "T"), Some(1));
    assert_eq!(schema_of(None, "app", "T"), Some(5));
    assert_eq!(schema_of(None, "guest", "T"), Some(1));
    assert_eq!(schema_of(Some("guest"), "dbo", "T"), None);
    assert_eq!(schema_of(None, "dbo", "CK_T"), None);
    assert!(
        catalog
            .resolve_constraint(MASTER, None, "dbo", "ck_t")
            .is_some()
    );
    store.rollback(txn);
    assert!(catalog.list(MASTER).is_empty());
    assert!(catalog.schema_by_name(MASTER, "App").is_none());
    assert!(
        catalog
            .resolve_constraint(MASTER, None, "dbo", "ck_t")
            .is_none()
    );
}

#[test]
fn replacing_and_dropping_are_taken_back() {
    let catalog = Catalog::new(0);
    let store = Store::new(LockManager::new(), Arc::clone(&catalog));
    let mut txn = store.begin(IsolationLevel::ReadCommitted);
    let object = table(&catalog, 1, "Old", Some("CK_Old"));
    let id = object.object_id();
    catalog.create(&mut txn, object.clone()).unwrap();
    store.commit(txn);
    let version = catalog.version();
    let mut txn = store.begin(IsolationLevel::ReadCommitted);
    let mut renamed = TableDef::clone(object.table().unwrap());
    renamed.name = "New".to_owned();
    catalog
        .replace(&mut txn, Object::Table(Arc::new(renamed)))
        .unwrap();
    assert!(catalog.resolve(MASTER, None, "dbo", "Old").is_none());
    assert!(catalog.resolve(MASTER, None, "dbo", "NEW").is_some());
    assert!(catalog.drop_object(&mut txn, MASTER, id));
    assert!(catalog.by_id(MASTER, id).is_none());
    store.rollback(txn);
    assert!(catalog.resolve(MASTER, None, "dbo", "old").is_some());
    assert!(
        catalog
            .resolve_constraint(MASTER, None, "dbo", "CK_Old")
            .is_some()
    );
    assert!(catalog.resolve(MASTER, None, "dbo", "New").is_none());
    assert!(catalog.version() > version);
}

#[test]
fn databases_begin_at_five_and_have_the_schemas_that_all_have() {
    let catalog = Catalog::new(0);
    let database = catalog.create_database("Hartonomous", 0).unwrap();
    assert_eq!(database.id, 5);
    assert_eq!(
        catalog
            .create_database("HARTONOMOUS", 0)
            .unwrap_err()
            .number,
        1801
    );
    let names: Vec<String> = catalog.schemas(5).iter().map(|s| s.name.clone()).collect();
    assert_eq!(names, ["dbo", "guest", "INFORMATION_SCHEMA", "sys"]);
    assert!(catalog.alter_database(5, |d| d.read_committed_snapshot = true));
    assert!(catalog.database(5).unwrap().read_committed_snapshot);
    catalog.drop_database(5);
    assert!(catalog.database_by_name("hartonomous").is_none());
}
