//! Loads rows as wide as AtomRelations into the storage and prints what it costs: `cargo run --release -p
//! hartonomous-standin --example storage_load -- 2000000`.

use std::sync::Arc;
use std::time::Instant;

use hartonomous_standin::catalog::Catalog;
use hartonomous_standin::catalog::model::{
    ColumnDef, Compression, IndexColumn, IndexDef, IndexKind, TableDef, TemporalRole,
};
use hartonomous_standin::error::Result;
use hartonomous_standin::locks::{LockContext, LockManager};
use hartonomous_standin::protocol::{CancelFlag, IsolationLevel};
use hartonomous_standin::storage::{Access, KeyRange, Store};
use hartonomous_standin::types::{SqlType, Value};

const BATCH: i64 = 1998;

fn definition() -> TableDef {
    let columns = [
        ("AtomRelationId", SqlType::BIGINT),
        ("SourceAtomId", SqlType::BIGINT),
        ("TargetAtomId", SqlType::BIGINT),
        ("RelationType", SqlType::nvarchar(128)),
        ("Weight", SqlType::REAL),
        ("Metadata", SqlType::nvarchar(SqlType::MAX)),
        ("CreatedAt", SqlType::datetime2(7)),
        ("SequenceIndex", SqlType::INT),
        ("SpatialBucket", SqlType::BIGINT),
        ("SpatialBucketX", SqlType::INT),
        ("CoordX", SqlType::FLOAT),
        ("CoordY", SqlType::FLOAT),
        ("CoordZ", SqlType::FLOAT),
        ("TenantId", SqlType::INT),
    ];
    let keys: [&[i32]; 9] = [
        &[1],
        &[2, 3],
        &[3, 2],
        &[4],
        &[2, 8],
        &[4, 14],
        &[9, 2],
        &[14, 2],
        &[8],
    ];
    TableDef {
        object_id: 1,
        database_id: 1,
        schema_id: 1,
        name: "AtomRelations".to_owned(),
        columns: (1..)
            .zip(columns)
            .map(|(column_id, (name, sql_type))| ColumnDef {
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
            })
            .collect(),
        next_column_id: 15,
        indexes: (1..)
            .zip(keys)
            .map(|(index_id, keys)| index(index_id, keys))
            .collect(),
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

fn index(index_id: i32, keys: &[i32]) -> IndexDef {
    IndexDef {
        index_id,
        name: format!("IX_{index_id}"),
        kind: if index_id == 1 {
            IndexKind::Clustered
        } else {
            IndexKind::Nonclustered
        },
        unique: index_id == 1,
        keys: keys
            .iter()
            .map(|k| IndexColumn {
                column_id: *k,
                descending: false,
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

fn row(id: i64, relation: &Value) -> Vec<Value> {
    let source = id / BATCH;
    let target = id
        .wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
        .rem_euclid(100_000);
    vec![
        Value::BigInt(id),
        Value::BigInt(source),
        Value::BigInt(target),
        relation.clone(),
        Value::Real(1.0),
        Value::Null,
        Value::DateTime2(638_000_000_000_000_000 + id),
        Value::Int(i32::try_from(id % BATCH).unwrap_or(0)),
        Value::BigInt(target * 7),
        Value::Int(3),
        Value::Float(0.5),
        Value::Float(0.25),
        Value::Float(0.125),
        Value::Int(0),
    ]
}

fn resident() -> String {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|s| {
            s.lines()
                .find(|l| l.starts_with("VmRSS"))
                .map(str::to_owned)
        })
        .unwrap_or_default()
}

fn main() -> Result<()> {
    let rows: i64 = std::env::args()
        .nth(1)
        .and_then(|a| a.parse().ok())
        .unwrap_or(20_000);
    let locks = LockManager::new();
    let store = Store::new(Arc::clone(&locks), Catalog::new(0));
    let cancel = CancelFlag::default();
    let mut txn = store.begin(IsolationLevel::ReadCommitted);
    let table = store.create_table(&mut txn, Arc::new(definition()))?;
    store.commit(txn);

    let relation = Value::nvarchar("embedding_dimension");
    let begun = Instant::now();
    let mut id = 0;
    while id < rows {
        let mut txn = store.begin(IsolationLevel::ReadCommitted);
        store.savepoint(&txn);
        let context = LockContext::new(&locks, txn.owner(), 51, &cancel, txn.isolation);
        for id in id..(id + BATCH).min(rows) {
            table.insert(&mut txn, &context, &row(id, &relation))?;
        }
        id += BATCH;
        store.commit(txn);
    }
    println!(
        "insert of {rows} rows: {:?}, {}",
        begun.elapsed(),
        resident()
    );

    let txn = store.begin(IsolationLevel::ReadCommitted);
    let context = LockContext::new(&locks, txn.owner(), 51, &cancel, txn.isolation);
    let begun = Instant::now();
    let mut cursor = table.scan(&context, Access::scan(vec![1, 2, 7, 3]))?;
    let (mut chunk, mut seen) = (Vec::new(), 0);
    while cursor.next_chunk(1024, &mut chunk)? {
        seen += chunk.len();
        chunk.clear();
    }
    seen += chunk.len();
    println!("scan of {seen} rows, 4 columns: {:?}", begun.elapsed());

    let begun = Instant::now();
    for index_id in 2..=9 {
        table
            .scan(
                &context,
                Access::seek(index_id, KeyRange::equal(vec![Value::Null]), vec![0]),
            )?
            .collect_all()?;
    }
    println!("building 8 indexes: {:?}, {}", begun.elapsed(), resident());

    let begun = Instant::now();
    for source in 0..100 {
        let range = KeyRange::equal(vec![Value::BigInt(source * 7 % (rows / BATCH).max(1))]);
        table
            .scan(&context, Access::seek(5, range, vec![2, 7]))?
            .collect_all()?;
    }
    println!("100 seeks of {BATCH} rows: {:?}", begun.elapsed());
    store.commit(txn);

    let begun = Instant::now();
    let mut txn = store.begin(IsolationLevel::ReadCommitted);
    let context = LockContext::new(&locks, txn.owner(), 51, &cancel, txn.isolation);
    for id in rows..rows + 100_000 {
        table.insert(&mut txn, &context, &row(id, &relation))?;
    }
    println!("100000 more with all 9 indexes: {:?}", begun.elapsed());
    let begun = Instant::now();
    store.rollback(txn);
    println!("their rollback: {:?}, {}", begun.elapsed(), resident());
    Ok(())
}
