//! The table against a map, under random changes, savepoints, rollbacks and scans.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

type Model = BTreeMap<i64, (String, i32, RowId)>;

fn check(house: &House, model: &Model, seed: u64) {
    let want: Vec<i64> = model.keys().copied().collect();
    assert_eq!(house.all(), want, "clustered scan, seed {seed}");
    assert_eq!(house.table().row_count(), want.len() as u64, "seed {seed}");
    let mut by_name: Vec<(&String, i64)> = model.iter().map(|(k, v)| (&v.0, *k)).collect();
    by_name.sort();
    let got = house.ids(Access::seek(2, KeyRange::all(), vec![0]));
    let want: Vec<i64> = by_name.iter().map(|(_, id)| *id).collect();
    assert_eq!(got, want, "unique index, seed {seed}");
    for n in 0..6 {
        let mut got = house.ids(seek(3, Value::Int(n)));
        got.sort_unstable();
        let want: Vec<i64> = model
            .iter()
            .filter(|(_, v)| v.1 == n)
            .map(|(k, _)| *k)
            .collect();
        assert_eq!(got, want, "rows with N = {n}, seed {seed}");
    }
}

fn step(house: &House, txn: &mut Txn, model: &mut Model, random: &mut ChaCha8Rng) {
    let table = house.table();
    let context = house.context(txn, 1);
    let id = random.random_range(0..20);
    let name = format!("N{:02}", random.random_range(0..25));
    let n = random.random_range(0..6);
    let taken = |model: &Model, but: Option<i64>| {
        model
            .iter()
            .any(|(k, v)| Some(*k) != but && (v.0 == name || *k == id))
    };
    let some = model.iter().nth(random.random_range(0..model.len().max(1)));
    match (random.random_range(0..4), some) {
        (0, Some((key, (_, _, at)))) => {
            let (key, at) = (*key, *at);
            assert!(table.delete(txn, &context, at).unwrap());
            model.remove(&key);
        }
        (1, Some((key, (_, _, at)))) => {
            let (key, at) = (*key, *at);
            let result = table.update(txn, &context, at, &row(id, &name, n));
            assert_eq!(result.is_err(), taken(model, Some(key)));
            if result.is_ok() {
                model.remove(&key);
                model.insert(id, (name, n, at));
            }
        }
        _ => {
            let result = table.insert(txn, &context, &row(id, &name, n));
            assert_eq!(result.is_err(), taken(model, None));
            if let Ok(at) = result {
                model.insert(id, (name, n, at));
            }
        }
    }
}

#[test]
fn the_table_is_a_map_whatever_is_done_and_undone() {
    let first: u64 = std::env::var("STORAGE_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("STORAGE_SEED={first}");
    for seed in first..first + 30 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let house = house();
        let mut committed = Model::new();
        for _ in 0..12 {
            let mut txn = house.begin();
            let mut model = committed.clone();
            let mut savepoints = Vec::new();
            // An old reader keeps versions alive in half of the rounds.
            let reader = random
                .random_bool(0.5)
                .then(|| house.store.statement_snapshot());
            for _ in 0..random.random_range(1..25) {
                match random.random_range(0..10) {
                    0 => savepoints.push((house.store.savepoint(&txn), model.clone())),
                    1 if !savepoints.is_empty() => {
                        let at = random.random_range(0..savepoints.len());
                        house.store.rollback_to(&mut txn, savepoints[at].0);
                        model = savepoints[at].1.clone();
                        savepoints.truncate(at + 1);
                    }
                    _ => step(&house, &mut txn, &mut model, &mut random),
                }
            }
            check(&house, &model, seed);
            if random.random_bool(0.6) {
                house.store.commit(txn);
                let before = std::mem::replace(&mut committed, model);
                if let Some(snapshot) = &reader {
                    let txn = house.begin();
                    let mut context = house.context(&txn, 2);
                    context.snapshot = Some(snapshot.time());
                    for index_id in [1, 2, 3] {
                        let access = Access::seek(index_id, KeyRange::all(), vec![0]);
                        let rows = house.table().scan(&context, access).unwrap().collect_all();
                        let mut seen: Vec<i64> =
                            rows.unwrap().iter().map(|(_, r)| id_of(r)).collect();
                        seen.sort_unstable();
                        let want: Vec<i64> = before.keys().copied().collect();
                        assert_eq!(seen, want, "old version by index {index_id}, seed {seed}");
                    }
                    house.store.commit(txn);
                }
            } else {
                house.store.rollback(txn);
            }
            drop(reader);
            check(&house, &committed, seed);
        }
        assert!(
            house.locks.list().is_empty(),
            "locks left behind, seed {seed}"
        );
    }
}
