//! One session: order, keys, undo, definitions.

use std::ops::Bound;
use std::sync::Arc;

use super::*;
use crate::types::Decimal;

#[test]
fn scans_follow_the_key_and_ranges_are_sharp() {
    let house = house();
    house.fill(&[row(3, "c", 1), row(1, "a", 2), row(2, "B", 2)]);
    assert_eq!(house.all(), [1, 2, 3]);
    let mut down = Access::scan(vec![0]);
    down.descending = true;
    assert_eq!(house.ids(down), [3, 2, 1]);
    assert_eq!(house.ids(seek(2, Value::nvarchar("b "))), [2]);
    assert_eq!(house.ids(seek(3, Value::Int(2))), [1, 2]);
    let between = |lower, upper| KeyRange {
        prefix: Vec::new(),
        lower,
        upper,
    };
    let n = |v| Value::Int(v);
    for (range, want) in [
        (
            between(Bound::Included(n(1)), Bound::Excluded(n(2))),
            vec![3],
        ),
        (between(Bound::Excluded(n(1)), Bound::Unbounded), vec![1, 2]),
        (between(Bound::Unbounded, Bound::Included(n(1))), vec![3]),
        (between(Bound::Excluded(n(2)), Bound::Unbounded), vec![]),
    ] {
        assert_eq!(house.ids(Access::seek(3, range, vec![0])), want);
    }
}

#[test]
fn bounds_never_let_null_in() {
    let house = house();
    let mut nothing = row(1, "a", 0);
    nothing[2] = Value::Null;
    house.fill(&[nothing, row(2, "b", -5)]);
    let below = KeyRange {
        prefix: Vec::new(),
        lower: Bound::Unbounded,
        upper: Bound::Excluded(Value::Int(0)),
    };
    assert_eq!(house.ids(Access::seek(3, below, vec![0])), [2]);
    assert_eq!(house.ids(seek(3, Value::Null)), [1]);
}

#[test]
fn a_second_row_with_a_key_is_refused_in_sql_servers_words() {
    let house = house();
    house.fill(&[row(1, "abc", 1)]);
    let mut txn = house.begin();
    let context = house.context(&txn, 1);
    let table = house.table();
    let error = table
        .insert(&mut txn, &context, &row(1, "x", 1))
        .unwrap_err();
    assert_eq!((error.number, error.class), (2627, 14));
    assert_eq!(
        error.message,
        "Violation of PRIMARY KEY constraint 'PK_T'. Cannot insert duplicate key in object 'dbo.T'. The duplicate key \
         value is (1)."
    );
    let error = table
        .insert(&mut txn, &context, &row(2, "ABC ", 1))
        .unwrap_err();
    assert_eq!((error.number, error.class), (2601, 14));
    assert_eq!(
        error.message,
        "Cannot insert duplicate key row in object 'dbo.T' with unique index 'UX_Name'. The duplicate key value is \
         (ABC )."
    );
    house.store.rollback(txn);
    assert_eq!(house.all(), [1]);
}

#[test]
fn rollback_to_a_savepoint_restores_rows_and_keys() {
    let house = house();
    let ids = house.fill(&[row(1, "a", 1), row(2, "b", 2)]);
    let mut txn = house.begin();
    let table = house.table();
    let context = house.context(&txn, 1);
    table
        .update(&mut txn, &context, ids[0], &row(1, "z", 1))
        .unwrap();
    let savepoint = house.store.savepoint(&txn);
    table.delete(&mut txn, &context, ids[1]).unwrap();
    table.insert(&mut txn, &context, &row(2, "b", 9)).unwrap();
    table
        .update(&mut txn, &context, ids[0], &row(7, "y", 1))
        .unwrap();
    assert_eq!(house.all(), [2, 7]);
    house.store.rollback_to(&mut txn, savepoint);
    assert_eq!(house.all(), [1, 2]);
    assert_eq!(house.ids(seek(2, Value::nvarchar("z"))), [1]);
    assert_eq!(house.ids(seek(2, Value::nvarchar("y"))), [0i64; 0]);
    house.store.commit(txn);
    assert_eq!(house.ids(seek(2, Value::nvarchar("a"))), [0i64; 0]);
    house.fill(&[row(3, "a", 1)]);
    assert_eq!(house.table().row_count(), 3);
}

#[test]
fn added_and_dropped_columns_leave_rows_alone_and_are_undone() {
    let house = house();
    house.fill(&[row(1, "a", 1)]);
    let mut def = definition();
    def.columns.remove(2);
    def.indexes.remove(2);
    let mut flag = column(4, "Flag", SqlType::BIT);
    flag.missing_value = Value::Bit(true);
    def.columns.push(flag);
    let mut txn = house.begin();
    house.store.alter_table(&mut txn, Arc::new(def)).unwrap();
    let table = house.table();
    let values = table.fetch(RowId(0), &[0, 1, 2]).unwrap();
    assert_eq!(
        values,
        [Value::BigInt(1), Value::nvarchar("a"), Value::Bit(true)]
    );
    let context = house.context(&txn, 1);
    let new = [Value::BigInt(2), Value::nvarchar("b"), Value::Bit(false)];
    table.insert(&mut txn, &context, &new).unwrap();
    assert_eq!(house.all(), [1, 2]);
    house.store.rollback(txn);
    assert_eq!(house.all(), [1]);
    assert_eq!(house.ids(seek(3, Value::Int(1))), [1]);
}

#[test]
fn a_unique_index_over_duplicates_is_not_built() {
    let house = house();
    house.fill(&[row(1, "a", 5), row(2, "b", 5)]);
    let mut def = definition();
    def.indexes
        .push(index(4, "UX_N", IndexKind::Nonclustered, true, &[3]));
    let mut txn = house.begin();
    let error = house
        .store
        .alter_table(&mut txn, Arc::new(def))
        .unwrap_err();
    assert_eq!(error.number, 1505);
    assert!(error.message.ends_with(
        "object name 'dbo.T' and the index name 'UX_N'. The duplicate key value is (5)."
    ));
    house.store.commit(txn);
    assert_eq!(house.table().def().indexes.len(), 3);
    assert_eq!(house.all(), [1, 2]);
}

#[test]
fn a_filtered_unique_index_holds_only_what_its_filter_admits() {
    let house = house();
    let mut def = definition();
    let mut filtered = index(4, "UX_N", IndexKind::Nonclustered, true, &[3]);
    filtered.filter = Some("([N] IS NOT NULL)".to_owned());
    def.indexes.push(filtered);
    let mut txn = house.begin();
    let refused = house.store.alter_table(&mut txn, Arc::new(def.clone()));
    assert!(
        refused
            .unwrap_err()
            .message
            .contains("the filter of index UX_N")
    );
    let filter: crate::storage::IndexFilter = Arc::new(|r: &[Value]| !r[2].is_null());
    house
        .store
        .alter_table_with(&mut txn, Arc::new(def), [(4, filter)].into())
        .unwrap();
    house.store.commit(txn);
    let mut null = row(1, "a", 0);
    null[2] = Value::Null;
    let mut other = row(2, "b", 0);
    other[2] = Value::Null;
    house.fill(&[null, other, row(3, "c", 7)]);
    let mut txn = house.begin();
    let context = house.context(&txn, 1);
    let again = house.table().insert(&mut txn, &context, &row(4, "d", 7));
    assert_eq!(again.unwrap_err().number, 2601);
    house.store.rollback(txn);
}

#[test]
fn rewriting_a_column_changes_its_type_and_rebuilds_its_indexes() {
    let house = house();
    house.fill(&[row(1, "a", 5), row(2, "b", 6)]);
    let mut def = definition();
    def.columns[2].sql_type = SqlType::BIGINT;
    for commit in [false, true] {
        let mut txn = house.begin();
        house
            .store
            .alter_table(&mut txn, Arc::new(def.clone()))
            .unwrap();
        house
            .store
            .rewrite_column(&mut txn, TABLE, 3, &mut |v| match v {
                Value::Int(n) => Ok(Value::BigInt(i64::from(*n) * 10)),
                other => Ok(other.clone()),
            })
            .unwrap();
        assert_eq!(house.ids(seek(3, Value::BigInt(60))), [2]);
        if commit {
            house.store.commit(txn);
            assert_eq!(house.ids(seek(3, Value::BigInt(50))), [1]);
        } else {
            house.store.rollback(txn);
            assert_eq!(house.ids(seek(3, Value::Int(6))), [2]);
        }
    }
}

#[test]
fn truncate_starts_the_identity_again_and_rolls_back() {
    let mut def = definition();
    def.columns[0].identity = Some(crate::catalog::model::IdentityDef {
        seed: 10,
        increment: 5,
    });
    let house = house_with(def);
    assert_eq!(house.store.ident_current(TABLE), Some(10));
    assert_eq!(house.store.next_identity(TABLE, 3).unwrap(), 10);
    assert_eq!(house.store.next_identity(TABLE, 1).unwrap(), 25);
    house.fill(&[row(10, "a", 1)]);
    let mut txn = house.begin();
    house.store.truncate(&mut txn, TABLE).unwrap();
    assert_eq!(house.all(), [0i64; 0]);
    assert_eq!(house.store.next_identity(TABLE, 1).unwrap(), 10);
    house.store.rollback(txn);
    assert_eq!(house.all(), [10]);
    assert_eq!(house.store.ident_current(TABLE), Some(25));
    house.store.reseed(TABLE, 100).unwrap();
    assert_eq!(house.store.next_identity(TABLE, 1).unwrap(), 105);
}

#[test]
fn every_type_comes_back_as_it_was_stored() {
    let values = [
        (SqlType::BIT, Value::Bit(true)),
        (SqlType::REAL, Value::Real(-0.0)),
        (SqlType::FLOAT, Value::Float(1.5e300)),
        (
            SqlType::decimal(38, 5),
            Value::Decimal(Box::new(Decimal {
                mantissa: -12_345,
                precision: 38,
                scale: 5,
            })),
        ),
        (
            SqlType::varchar(SqlType::MAX),
            Value::varchar("x".repeat(70_000)),
        ),
        (SqlType::varbinary(8), Value::binary([0, 255, 0])),
        (
            SqlType::vector(3),
            Value::Vector([1.0, f32::MIN_POSITIVE, -2.5].into()),
        ),
        (
            SqlType::datetime2(7),
            Value::DateTime2(638_000_000_000_000_001),
        ),
        (
            SqlType::plain(crate::types::TypeName::SqlVariant),
            Value::Variant(Box::new((SqlType::INT, Value::Int(7)))),
        ),
    ];
    let mut def = definition();
    def.indexes = vec![index(0, "", IndexKind::Heap, false, &[])];
    def.columns = (1..)
        .zip(&values)
        .map(|(id, (t, _))| column(id, &format!("C{id}"), t.clone()))
        .collect();
    let house = house_with(def);
    let stored: Vec<Value> = values.iter().map(|(_, v)| v.clone()).collect();
    let nulls = vec![Value::Null; stored.len()];
    let ids = house.fill(&[stored.clone(), nulls.clone()]);
    let all: Vec<usize> = (0..stored.len()).collect();
    assert_eq!(house.table().fetch(ids[0], &all), Some(stored));
    assert_eq!(house.table().fetch(ids[1], &all), Some(nulls));
}
