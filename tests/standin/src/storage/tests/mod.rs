//! What the storage promises, alone and among threads.

mod concurrency;
mod model;
mod rows;

use std::sync::Arc;

use super::{Access, KeyRange, RowId, Store, Table, Txn};
use crate::catalog::Catalog;
use crate::catalog::model::{
    ColumnDef, Compression, IndexColumn, IndexDef, IndexKind, KeyConstraintDef, TableDef,
    TemporalRole,
};
use crate::locks::{Hints, LockContext, LockManager};
use crate::protocol::{CancelFlag, IsolationLevel};
use crate::types::{SqlType, Value};

pub const TABLE: i32 = 100;

pub fn column(column_id: i32, name: &str, sql_type: SqlType) -> ColumnDef {
    ColumnDef {
        column_id,
        name: name.to_owned(),
        sql_type,
        nullable: true,
        identity: None,
        default: None,
        computed: None,
        generated: None,
        hidden: false,
        rowguidcol: false,
        missing_value: Value::Null,
    }
}

pub fn index(index_id: i32, name: &str, kind: IndexKind, unique: bool, keys: &[i32]) -> IndexDef {
    IndexDef {
        index_id,
        name: name.to_owned(),
        kind,
        unique,
        keys: keys
            .iter()
            .map(|k| IndexColumn {
                column_id: k.abs(),
                descending: *k < 0,
            })
            .collect(),
        includes: Vec::new(),
        filter: None,
        compression: Compression::None,
        disabled: false,
        ignore_dup_key: false,
        fill_factor: 0,
        constraint: None,
        spatial: None,
    }
}

/// T(Id bigint primary key, Name nvarchar(50), N int): unique index on Name, nonunique one on N descending.
pub fn definition() -> TableDef {
    let mut primary = index(1, "PK_T", IndexKind::Clustered, true, &[1]);
    primary.constraint = Some(KeyConstraintDef {
        object_id: 101,
        name: "PK_T".to_owned(),
        primary: true,
        system_named: false,
    });
    TableDef {
        object_id: TABLE,
        database_id: 1,
        schema_id: 1,
        name: "T".to_owned(),
        columns: vec![
            column(1, "Id", SqlType::BIGINT),
            column(2, "Name", SqlType::nvarchar(50)),
            column(3, "N", SqlType::INT),
        ],
        next_column_id: 4,
        indexes: vec![
            primary,
            index(2, "UX_Name", IndexKind::Nonclustered, true, &[2]),
            index(3, "IX_N", IndexKind::Nonclustered, false, &[-3]),
        ],
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        statistics: Vec::new(),
        period: None,
        temporal: TemporalRole::None,
        history_retention: None,
        memory_optimized: false,
        schema_only: false,
        lock_escalation_disabled: false,
        created: 0,
        modified: 0,
    }
}

pub struct House {
    pub store: Store,
    pub locks: Arc<LockManager>,
    pub cancel: CancelFlag,
}

pub fn house() -> House {
    house_with(definition())
}

pub fn house_with(def: TableDef) -> House {
    let locks = LockManager::new();
    let store = Store::new(Arc::clone(&locks), Catalog::new(0));
    let mut txn = store.begin(IsolationLevel::ReadCommitted);
    store.create_table(&mut txn, Arc::new(def)).unwrap();
    store.commit(txn);
    House {
        store,
        locks,
        cancel: CancelFlag::default(),
    }
}

pub fn row(id: i64, name: &str, n: i32) -> Vec<Value> {
    vec![Value::BigInt(id), Value::nvarchar(name), Value::Int(n)]
}

impl House {
    pub fn table(&self) -> Arc<Table> {
        self.store.table(TABLE).unwrap()
    }

    pub fn begin(&self) -> Txn {
        self.store.begin(IsolationLevel::ReadCommitted)
    }

    pub fn context(&self, txn: &Txn, spid: u16) -> LockContext<'_> {
        LockContext::new(&self.locks, txn.owner(), spid, &self.cancel, txn.isolation)
    }

    /// Commits rows in a transaction of their own.
    pub fn fill(&self, rows: &[Vec<Value>]) -> Vec<RowId> {
        let mut txn = self.begin();
        let table = self.table();
        let context = self.context(&txn, 1);
        let ids = rows
            .iter()
            .map(|r| table.insert(&mut txn, &context, r).unwrap())
            .collect();
        self.store.commit(txn);
        ids
    }

    /// Ids (first column) in the order of the scan.
    pub fn ids(&self, access: Access) -> Vec<i64> {
        let txn = self.begin();
        let hints = Hints {
            nolock: true,
            ..Hints::default()
        };
        let context = self.context(&txn, 1).with_hints(hints);
        let rows = self
            .table()
            .scan(&context, access)
            .unwrap()
            .collect_all()
            .unwrap();
        self.store.commit(txn);
        rows.iter().map(|(_, r)| id_of(r)).collect()
    }

    pub fn all(&self) -> Vec<i64> {
        self.ids(Access::scan(vec![0]))
    }
}

pub fn id_of(row: &[Value]) -> i64 {
    match row[0] {
        Value::BigInt(v) => v,
        ref other => panic!("{other:?} is no id"),
    }
}

pub fn seek(index_id: i32, key: Value) -> Access {
    Access::seek(index_id, KeyRange::equal(vec![key]), vec![0])
}
