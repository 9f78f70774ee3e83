//! Sessions that meet: each thread is one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::error::Result;
use crate::locks::{Mode, Resource};

/// Until somebody waits for a lock.
fn until_blocked(house: &House, sessions: usize) {
    let begun = Instant::now();
    while house.locks.waits().len() < sessions {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits");
        thread::sleep(Duration::from_millis(1));
    }
}

fn insert(house: &House, spid: u16, values: &[Value]) -> Result<RowId> {
    let mut txn = house.begin();
    let context = house.context(&txn, spid);
    let result = house.table().insert(&mut txn, &context, values);
    match result {
        Ok(_) => house.store.commit(txn),
        Err(_) => house.store.rollback(txn),
    }
    result
}

fn hinted(set: impl FnOnce(&mut Hints)) -> Hints {
    let mut hints = Hints::default();
    set(&mut hints);
    hints
}

fn read(house: &House, txn: &Txn, spid: u16, hints: Hints, access: Access) -> Result<Vec<i64>> {
    let mut context = house.context(txn, spid).with_hints(hints);
    context.timeout = Some(Duration::from_secs(20));
    let rows = house.table().scan(&context, access)?.collect_all()?;
    Ok(rows.iter().map(|(_, r)| id_of(r)).collect())
}

#[test]
fn the_second_inserter_of_a_key_waits_for_the_first_ones_decision() {
    for commit in [true, false] {
        let house = house();
        let mut txn = house.begin();
        let context = house.context(&txn, 51);
        house
            .table()
            .insert(&mut txn, &context, &row(1, "a", 1))
            .unwrap();
        thread::scope(|scope| {
            let second = scope.spawn(|| insert(&house, 52, &row(1, "b", 1)));
            until_blocked(&house, 1);
            assert_eq!(house.locks.waits()[0].blocking_spid, 51);
            assert_eq!(house.locks.waits()[0].wait_type, "LCK_M_X");
            if commit {
                house.store.commit(txn);
                assert_eq!(second.join().unwrap().unwrap_err().number, 2627);
            } else {
                house.store.rollback(txn);
                assert!(second.join().unwrap().is_ok());
            }
        });
        assert_eq!(house.all(), [1]);
    }
}

#[test]
fn a_key_deleted_but_not_committed_cannot_be_taken() {
    for commit in [true, false] {
        let house = house();
        let ids = house.fill(&[row(1, "a", 1)]);
        let mut txn = house.begin();
        let context = house.context(&txn, 51);
        house.table().delete(&mut txn, &context, ids[0]).unwrap();
        thread::scope(|scope| {
            let second = scope.spawn(|| insert(&house, 52, &row(1, "a", 2)));
            until_blocked(&house, 1);
            if commit {
                house.store.commit(txn);
                assert!(second.join().unwrap().is_ok());
            } else {
                house.store.rollback(txn);
                assert_eq!(second.join().unwrap().unwrap_err().number, 2627);
            }
        });
        assert_eq!(house.all(), [1]);
    }
}

#[test]
fn a_reader_waits_for_an_uncommitted_row_and_reads_what_was_decided() {
    let house = house();
    let ids = house.fill(&[row(1, "a", 1), row(2, "b", 2)]);
    let mut txn = house.begin();
    let context = house.context(&txn, 51);
    house.table().delete(&mut txn, &context, ids[0]).unwrap();
    let other = house.begin();
    let dirty = read(
        &house,
        &other,
        52,
        hinted(|h| h.nolock = true),
        Access::scan(vec![0]),
    );
    assert_eq!(dirty.unwrap(), [2]);
    let past = read(
        &house,
        &other,
        52,
        hinted(|h| h.readpast = true),
        Access::scan(vec![0]),
    );
    assert_eq!(past.unwrap(), [2]);
    let mut versioned = house.context(&other, 52);
    let snapshot = house.store.statement_snapshot();
    versioned.snapshot = Some(snapshot.time());
    let rows = house
        .table()
        .scan(&versioned, Access::scan(vec![0]))
        .unwrap()
        .collect_all();
    assert_eq!(rows.unwrap().len(), 2);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let txn = house.begin();
            read(&house, &txn, 53, Hints::default(), Access::scan(vec![0]))
        });
        until_blocked(&house, 1);
        house.store.rollback(txn);
        assert_eq!(reader.join().unwrap().unwrap(), [1, 2]);
    });
    house.store.commit(other);
    assert!(house.locks.list().is_empty());
}

#[test]
fn a_lock_timeout_is_1222_and_leaves_nothing_behind() {
    let house = house();
    let ids = house.fill(&[row(1, "a", 1)]);
    let mut first = house.begin();
    let context = house.context(&first, 51);
    house
        .table()
        .update(&mut first, &context, ids[0], &row(1, "x", 1))
        .unwrap();
    let mut second = house.begin();
    let mut context = house.context(&second, 52);
    context.timeout = Some(Duration::from_millis(30));
    let error = house
        .table()
        .update(&mut second, &context, ids[0], &row(1, "y", 1))
        .unwrap_err();
    assert_eq!((error.number, error.class), (1222, 16));
    assert_eq!(error.message, "Lock request time out period exceeded.");
    house.store.rollback(second);
    house.store.commit(first);
    assert!(house.locks.list().is_empty());
}

#[test]
fn a_cancelled_wait_ends() {
    let house = house();
    let mut txn = house.begin();
    let context = house.context(&txn, 51);
    house
        .table()
        .insert(&mut txn, &context, &row(1, "a", 1))
        .unwrap();
    thread::scope(|scope| {
        let second = scope.spawn(|| insert(&house, 52, &row(1, "a", 1)));
        until_blocked(&house, 1);
        house.cancel.set();
        let error = second.join().unwrap().unwrap_err();
        assert_eq!(error.kind, crate::error::ErrorKind::Cancelled);
    });
    house.store.rollback(txn);
}

#[test]
fn a_deadlock_has_exactly_one_victim() {
    for round in 0..10 {
        let house = house();
        let ids = house.fill(&[row(1, "a", 1), row(2, "b", 2)]);
        let meeting = std::sync::Barrier::new(2);
        let victims = AtomicUsize::new(0);
        thread::scope(|scope| {
            for (spid, mine, other) in [(51, 0, 1), (52, 1, 0)] {
                let (house, ids, meeting, victims) = (&house, &ids, &meeting, &victims);
                scope.spawn(move || {
                    let mut txn = house.begin();
                    let mut context = house.context(&txn, spid);
                    context.deadlock_priority = if round % 2 == 0 { 0 } else { i32::from(spid) };
                    let change = |txn: &mut Txn, at: usize| {
                        let values = row(at as i64 + 1, &format!("s{spid}-{at}"), 0);
                        house.table().update(txn, &context, ids[at], &values)
                    };
                    change(&mut txn, mine).unwrap();
                    meeting.wait();
                    match change(&mut txn, other) {
                        Ok(true) => house.store.commit(txn),
                        Ok(false) => panic!("the row is gone"),
                        Err(error) => {
                            assert_eq!((error.number, error.class), (1205, 13));
                            assert!(error.message.starts_with(&format!(
                                "Transaction (Process ID {spid}) was deadlocked on lock resources with another process"
                            )));
                            if round % 2 == 1 {
                                assert_eq!(spid, 51, "the lower priority gives way");
                            }
                            victims.fetch_add(1, Ordering::SeqCst);
                            house.store.rollback(txn);
                        }
                    }
                });
            }
        });
        assert_eq!(victims.load(Ordering::SeqCst), 1);
        assert!(house.locks.list().is_empty());
    }
}

#[test]
fn holdlock_on_an_absent_key_keeps_inserters_out_of_its_gap_only() {
    let house = house();
    house.fill(&[row(10, "a", 1), row(20, "b", 1), row(30, "c", 1)]);
    let first = house.begin();
    let hints = hinted(|h| {
        h.updlock = true;
        h.holdlock = true;
    });
    let none = read(&house, &first, 51, hints, seek(1, Value::BigInt(15))).unwrap();
    assert!(none.is_empty());
    insert(&house, 52, &row(25, "free", 1)).unwrap();
    insert(&house, 52, &row(5, "below", 1)).unwrap();
    let mut txn = house.begin();
    let mut context = house.context(&txn, 52);
    context.timeout = Some(Duration::ZERO);
    let refused = house.table().insert(&mut txn, &context, &row(15, "x", 1));
    assert_eq!(refused.unwrap_err().number, 1222);
    house.store.rollback(txn);
    thread::scope(|scope| {
        let blocked = scope.spawn(|| insert(&house, 53, &row(15, "late", 1)));
        until_blocked(&house, 1);
        assert_eq!(house.locks.waits()[0].wait_type, "LCK_M_RIn_NL");
        let mut first = first;
        let context = house.context(&first, 51);
        house
            .table()
            .insert(&mut first, &context, &row(15, "mine", 1))
            .unwrap();
        house.store.commit(first);
        assert_eq!(blocked.join().unwrap().unwrap_err().number, 2627);
    });
    assert_eq!(house.all(), [5, 10, 15, 20, 25, 30]);
}

#[test]
fn two_upserts_of_one_absent_key_never_both_insert() {
    let house = house();
    let hints = hinted(|h| {
        h.updlock = true;
        h.holdlock = true;
    });
    thread::scope(|scope| {
        for spid in 51..55 {
            let house = &house;
            scope.spawn(move || {
                for id in 0..40 {
                    let mut txn = house.begin();
                    let there = read(house, &txn, spid, hints, seek(1, Value::BigInt(id))).unwrap();
                    if there.is_empty() {
                        let context = house.context(&txn, spid);
                        let values = row(id, &format!("{spid}-{id}"), 0);
                        house.table().insert(&mut txn, &context, &values).unwrap();
                    }
                    house.store.commit(txn);
                }
            });
        }
    });
    assert_eq!(house.all(), (0..40).collect::<Vec<i64>>());
    assert!(house.locks.list().is_empty());
}

#[test]
fn a_serializable_range_is_read_twice_alike() {
    let house = house();
    house.fill(&[row(10, "a", 1), row(20, "b", 1)]);
    let reader = house.store.begin(IsolationLevel::Serializable);
    let first = read(&house, &reader, 51, Hints::default(), Access::scan(vec![0])).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| insert(&house, 52, &row(99, "z", 1)));
        until_blocked(&house, 1);
        let again = read(&house, &reader, 51, Hints::default(), Access::scan(vec![0])).unwrap();
        assert_eq!(first, again);
        house.store.commit(reader);
        writer.join().unwrap().unwrap();
    });
}

#[test]
fn many_row_locks_of_one_statement_become_a_table_lock_unless_disabled() {
    for disabled in [false, true] {
        let mut def = definition();
        def.lock_escalation_disabled = disabled;
        let house = house_with(def);
        let mut txn = house.begin();
        house.store.savepoint(&txn);
        let context = house.context(&txn, 51);
        for id in 0..6000 {
            house
                .table()
                .insert(&mut txn, &context, &row(id, &id.to_string(), 0))
                .unwrap();
        }
        let locks = house.locks.list();
        let whole = locks
            .iter()
            .any(|l| matches!(l.resource, Resource::Object(_)) && l.mode == Mode::X);
        assert_eq!(whole, !disabled);
        assert_eq!(locks.len(), if disabled { 6001 } else { 1 });
        house.store.rollback(txn);
        assert!(house.locks.list().is_empty());
        assert_eq!(house.table().row_count(), 0);
    }
}

#[test]
fn snapshot_isolation_refuses_to_change_what_it_has_not_seen() {
    let house = house();
    let ids = house.fill(&[row(1, "a", 1)]);
    let mut old = house.store.begin(IsolationLevel::Snapshot);
    let snapshot = house.store.transaction_snapshot(&mut old);
    let mut txn = house.begin();
    let context = house.context(&txn, 52);
    house
        .table()
        .update(&mut txn, &context, ids[0], &row(1, "new", 1))
        .unwrap();
    house.store.commit(txn);
    let mut context = house.context(&old, 51);
    context.snapshot = Some(snapshot);
    let error = house
        .table()
        .update(&mut old, &context, ids[0], &row(1, "lost", 1))
        .unwrap_err();
    assert_eq!(error.number, 3960);
    house.store.rollback(old);
}

#[test]
fn money_is_neither_made_nor_lost_among_transfers() {
    let house = house();
    let accounts: Vec<Vec<Value>> = (0..6).map(|i| row(i, &format!("a{i}"), 100)).collect();
    let ids = house.fill(&accounts);
    let transfers = AtomicUsize::new(0);
    thread::scope(|scope| {
        for spid in 51..55u16 {
            let (house, ids, transfers) = (&house, &ids, &transfers);
            scope.spawn(move || {
                for turn in 0..60usize {
                    let from = (turn * 5 + usize::from(spid)) % 6;
                    let to = (turn + usize::from(spid) * 3 + 1) % 6;
                    if from == to {
                        continue;
                    }
                    let mut txn = house.begin();
                    let moved = transfer(house, &mut txn, spid, ids, from, to);
                    match moved {
                        Ok(()) if turn % 7 != 0 => {
                            transfers.fetch_add(1, Ordering::SeqCst);
                            house.store.commit(txn);
                        }
                        Ok(()) => house.store.rollback(txn),
                        Err(error) => {
                            assert_eq!(error.number, 1205);
                            house.store.rollback(txn);
                        }
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                let txn = house.begin();
                let mut context = house.context(&txn, 60);
                let snapshot = house.store.statement_snapshot();
                context.snapshot = Some(snapshot.time());
                let rows = house
                    .table()
                    .scan(&context, Access::scan(vec![2]))
                    .unwrap()
                    .collect_all();
                assert_eq!(sum(&rows.unwrap()), 600, "a snapshot shows half a transfer");
                house.store.commit(txn);
            }
        });
    });
    let txn = house.begin();
    let context = house.context(&txn, 61);
    let rows = house
        .table()
        .scan(&context, Access::scan(vec![2]))
        .unwrap()
        .collect_all();
    assert_eq!(sum(&rows.unwrap()), 600);
    house.store.commit(txn);
    assert!(transfers.load(Ordering::SeqCst) > 0);
    assert!(house.locks.list().is_empty());
}

fn sum(rows: &[(RowId, Vec<Value>)]) -> i32 {
    rows.iter()
        .map(|(_, r)| match r[0] {
            Value::Int(n) => n,
            _ => 0,
        })
        .sum()
}

fn transfer(
    house: &House,
    txn: &mut Txn,
    spid: u16,
    ids: &[RowId],
    from: usize,
    to: usize,
) -> Result<()> {
    let updlock = hinted(|h| h.updlock = true);
    for (at, amount) in [(from, -7), (to, 7)] {
        let context = house.context(txn, spid).with_hints(updlock);
        let key = KeyRange::equal(vec![Value::BigInt(at as i64)]);
        let access = Access::seek(1, key, vec![0, 1, 2]);
        let mut rows = house.table().scan(&context, access)?.collect_all()?;
        let (id, mut values) = rows.pop().unwrap();
        assert_eq!(id, ids[at]);
        if let Value::Int(n) = values[2] {
            values[2] = Value::Int(n + amount);
        }
        assert!(house.table().update(txn, &context, id, &values)?);
    }
    Ok(())
}

#[test]
fn a_protected_gap_stays_closed_when_a_key_in_it_is_rolled_back() {
    let house = house();
    house.fill(&[row(10, "a", 1), row(30, "c", 1)]);
    let mut holder = house.begin();
    let serializable = hinted(|h| h.holdlock = true);
    assert!(
        read(
            &house,
            &holder,
            51,
            serializable,
            seek(1, Value::BigInt(15))
        )
        .unwrap()
        .is_empty()
    );
    let savepoint = house.store.savepoint(&holder);
    let context = house.context(&holder, 51);
    house
        .table()
        .insert(&mut holder, &context, &row(20, "b", 1))
        .unwrap();
    let refused = |id: i64| {
        let mut txn = house.begin();
        let mut context = house.context(&txn, 52);
        context.timeout = Some(Duration::ZERO);
        let result = house
            .table()
            .insert(&mut txn, &context, &row(id, &id.to_string(), 1));
        house.store.rollback(txn);
        result.is_err_and(|e| e.number == 1222)
    };
    assert!(refused(12) && refused(25), "both halves are closed");
    house.store.rollback_to(&mut holder, savepoint);
    assert!(
        refused(12) && refused(25),
        "the gap is one again, and closed"
    );
    assert!(!refused(35), "beyond it everybody may insert");
    house.store.commit(holder);
    assert!(!refused(12));
}
