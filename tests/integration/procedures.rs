//! The function and the five procedures do what their descriptions promise.

use crate::data::{self, vector_text};
use crate::world::World;

/// A database with phase 1 and so many source atoms.
fn world_with_sources(count: usize) -> World {
    let world = World::new();
    world.batch(&data::insert_sources(1..=count));
    world.phase1();
    world
}

fn insert(world: &World, atom: i64, json: &str, extra: &str) -> (i64, i64) {
    let rows = world.rows(&format!(
        "DECLARE @a int, @r int; EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {atom}, @VectorJson = N'{json}', \
         @AtomCount = @a OUTPUT, @RelationCount = @r OUTPUT{extra}; SELECT @a, @r;"
    ));
    let number = |at: usize| rows[0][at].as_deref().unwrap().parse().unwrap();
    (number(0), number(1))
}

fn reconstruct(world: &World, atom: &str) -> (Option<String>, i64) {
    let rows = world.rows(&format!(
        "DECLARE @json nvarchar(max), @dimension int; EXEC dbo.sp_ReconstructVector @SourceAtomId = {atom}, \
         @VectorJson = @json OUTPUT, @Dimension = @dimension OUTPUT; SELECT @json, @dimension;"
    ));
    (
        rows[0][0].clone(),
        rows[0][1].as_deref().unwrap().parse().unwrap(),
    )
}

fn references(world: &World) -> Vec<(String, i64)> {
    world
        .rows("SELECT CanonicalText, ReferenceCount FROM dbo.Atoms WHERE Modality = N'numeric' ORDER BY CanonicalText")
        .into_iter()
        .map(|row| (row[0].clone().unwrap(), row[1].as_deref().unwrap().parse().unwrap()))
        .collect()
}

fn counts(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs
        .iter()
        .map(|(text, count)| ((*text).to_owned(), *count))
        .collect()
}

#[test]
fn a_reconstructed_vector_is_an_array_of_numbers_that_casts_back_to_the_same_vector() {
    let world = world_with_sources(1);
    let atom = world.atom(1);
    let values = [
        0.1f32,
        -0.25,
        1.0 / 3.0,
        f32::MAX,
        f32::MIN_POSITIVE,
        1e-45,
        0.0,
        16_777_216.0,
        0.1,
    ];
    let text = vector_text(&values);
    let list: Vec<&str> = text
        .trim_matches(['[', ']'])
        .split(',')
        .take(values.len())
        .collect();
    insert(&world, atom, &format!("[{}]", list.join(",")), "");
    let (json, dimension) = reconstruct(&world, &atom.to_string());
    assert_eq!(dimension, 9);
    let numbers: Vec<f64> = serde_json::from_str(&json.unwrap()).unwrap();
    let bits: Vec<u32> = numbers
        .iter()
        .map(|number| (*number as f32).to_bits())
        .collect();
    assert_eq!(bits, values.map(f32::to_bits));
    let distance = world.value(&format!(
        "DECLARE @json nvarchar(max), @dimension int; EXEC dbo.sp_ReconstructVector @SourceAtomId = {atom}, \
         @VectorJson = @json OUTPUT, @Dimension = @dimension OUTPUT; \
         DECLARE @a vector(3) = CAST(N'[0.1,-0.25,0.33333334]' AS vector(3)); \
         SELECT CASE WHEN CAST(CAST(@json AS vector(9)) AS nvarchar(max)) = CAST(CAST(N'[{}]' AS vector(9)) AS nvarchar(max)) \
         THEN 1 ELSE 0 END;",
        list.join(",")
    ));
    assert_eq!(distance.as_deref(), Some("1"));
}

#[test]
fn insertion_shares_repeated_values_and_counts_every_reference() {
    let world = world_with_sources(2);
    let (first, second) = (world.atom(1), world.atom(2));
    assert_eq!(
        insert(&world, first, "[0.5, 0.5, 0.25, 0, 0.5, -0.0]", ""),
        (3, 6)
    );
    assert_eq!(
        references(&world),
        counts(&[("0", 2), ("0.25", 1), ("0.5", 3)])
    );
    assert_eq!(
        insert(&world, second, "[0.5, 1e-7]", ", @TenantId = 7"),
        (2, 2)
    );
    assert_eq!(
        references(&world),
        counts(&[("0", 2), ("0.25", 1), ("0.5", 4), ("1e-7", 1)])
    );
    assert_eq!(
        world.number(&format!(
            "SELECT COUNT(*) FROM dbo.AtomRelations WHERE SourceAtomId = {second} AND TenantId = 7"
        )),
        2
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.Atoms WHERE Modality = N'numeric' AND ContentHash <> HASHBYTES('SHA2_256', AtomicValue)"),
        0
    );
    // The vector of an atom is written once.
    let again = world.try_batch(&format!(
        "EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {first}, @VectorJson = N'[1]';"
    ));
    assert_eq!(again.unwrap_err().0, 51011);
    assert_eq!(
        references(&world)
            .iter()
            .map(|(_, count)| count)
            .sum::<i64>(),
        8
    );
}

#[test]
fn deletion_lowers_counts_exactly_and_removes_only_unreferenced_atoms() {
    let world = world_with_sources(3);
    let atoms: Vec<i64> = (1..=3).map(|number| world.atom(number)).collect();
    insert(&world, atoms[0], "[0.5, 0.5, 0.25]", "");
    insert(&world, atoms[1], "[0.5, 0.125]", "");
    insert(&world, atoms[2], "[2]", "");
    let rows = world.rows(&format!(
        "DECLARE @r int, @a int; EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = N' {}, {} ,', \
         @DeletedRelations = @r OUTPUT, @DeletedAtoms = @a OUTPUT; SELECT @r, @a;",
        atoms[0], atoms[2]
    ));
    assert_eq!(rows, [[Some("4".to_owned()), Some("2".to_owned())]]);
    assert_eq!(references(&world), counts(&[("0.125", 1), ("0.5", 1)]));
    // Source atoms stay, and without the cleanup unreferenced values stay too.
    assert_eq!(
        world.number("SELECT COUNT(*) FROM dbo.Atoms WHERE Modality = N'text'"),
        3
    );
    world.batch(&format!(
        "EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = N'{}', @CleanupOrphans = 0;",
        atoms[1]
    ));
    assert_eq!(references(&world), counts(&[("0.125", 0), ("0.5", 0)]));
}

#[test]
fn null_and_empty_inputs_have_defined_results() {
    let world = world_with_sources(1);
    let atom = world.atom(1);
    assert_eq!(insert(&world, atom, "[]", ""), (0, 0));
    let null = world.rows(&format!(
        "DECLARE @a int, @r int; EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {atom}, @VectorJson = NULL, \
         @AtomCount = @a OUTPUT, @RelationCount = @r OUTPUT; SELECT @a, @r;"
    ));
    assert_eq!(null, [[Some("0".to_owned()), Some("0".to_owned())]]);
    assert_eq!(reconstruct(&world, &atom.to_string()), (None, 0));
    assert_eq!(reconstruct(&world, "NULL"), (None, 0));
    assert_eq!(reconstruct(&world, "-1"), (None, 0));
    for list in ["NULL", "N''", "N' , '"] {
        let rows = world.rows(&format!(
            "DECLARE @r int, @a int; EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = {list}, \
             @DeletedRelations = @r OUTPUT, @DeletedAtoms = @a OUTPUT; SELECT @r, @a;"
        ));
        assert_eq!(
            rows,
            [[Some("0".to_owned()), Some("0".to_owned())]],
            "{list}"
        );
    }
    assert!(
        world
            .rows("EXEC dbo.sp_AtomicSpatialSearch @QueryX = NULL, @QueryY = 0, @QueryZ = 0;")
            .is_empty()
    );
    assert!(
        world
            .rows(
                "EXEC dbo.sp_AtomicSpatialSearch @QueryX = 0, @QueryY = 0, @QueryZ = 0, @TopK = 0;"
            )
            .is_empty()
    );
    let stats = world.rows("EXEC dbo.sp_GetAtomicDeduplicationStats;");
    assert_eq!(stats, [vec![Some("0".to_owned()); 5]]);
    assert_eq!(
        world.rows("SELECT dbo.fn_ComputeSpatialBucket(NULL, 1, 1), dbo.fn_ComputeSpatialBucket(0.015, -0.015, 0)"),
        [[None, Some("998000".to_owned())]]
    );
}

#[test]
fn malformed_inputs_are_refused_and_write_nothing() {
    let world = world_with_sources(1);
    let atom = world.atom(1);
    for (source, json, number) in [
        ("-1".to_owned(), "[1]", 51010),
        (atom.to_string(), "{\"a\":1}", 51012),
        (atom.to_string(), "[1", 51012),
        (atom.to_string(), "[1, \"2\"]", 51013),
        (atom.to_string(), "[1, null]", 51013),
        (atom.to_string(), "[1, 1e39]", 51014),
    ] {
        let error = world
            .try_batch(&format!(
                "EXEC dbo.sp_InsertAtomicVector @SourceAtomId = {source}, @VectorJson = N'{json}';"
            ))
            .unwrap_err();
        assert_eq!(error.0, number, "{json}: {}", error.1);
    }
    let error = world
        .try_batch("EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = N'1, x';")
        .unwrap_err();
    assert_eq!(error.0, 51020);
    assert!(references(&world).is_empty());
    assert_eq!(world.number("SELECT COUNT(*) FROM dbo.AtomRelations"), 0);
}

#[test]
fn the_search_finds_neighbours_across_bucket_edges_as_brute_force_does() {
    let count = 60;
    let world = world_with_sources(count);
    // Points on a spiral around a corner of the bucket grid, negative coordinates among them.
    let point = |number: usize| {
        let turn = number as f64;
        let radius = 0.002 * turn;
        [
            radius * (turn * 0.7).cos(),
            radius * (turn * 0.7).sin(),
            0.01 * (turn % 5.0 - 2.0),
        ]
    };
    for number in 1..=count {
        let [x, y, z] = point(number);
        let place = format!(", @SpatialX = {x:e}, @SpatialY = {y:e}, @SpatialZ = {z:e}");
        insert(&world, world.atom(number), "[1, 2]", &place);
    }
    for (query, radius, top) in [
        ([0.0, 0.0, 0.0], 0.05, 10),
        ([0.01, 0.0, -0.01], 0.031, 1000),
        ([0.1, 0.1, 0.0], 0.1, 7),
        ([5.0, 5.0, 5.0], 0.1, 3),
    ] {
        let [x, y, z] = query;
        let mut expected: Vec<(f64, i64)> = (1..=count)
            .map(|number| {
                let place = point(number);
                let square: f64 = place
                    .iter()
                    .zip(query)
                    .map(|(a, b)| (a - b) * (a - b))
                    .sum();
                (square.sqrt(), world.atom(number))
            })
            .filter(|(distance, _)| *distance <= radius)
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        expected.truncate(top);
        let found: Vec<i64> = world
            .rows(&format!(
                "EXEC dbo.sp_AtomicSpatialSearch @QueryX = {x:e}, @QueryY = {y:e}, @QueryZ = {z:e}, @Radius = {radius:e}, @TopK = {top};"
            ))
            .iter()
            .map(|row| row[0].as_deref().unwrap().parse().unwrap())
            .collect();
        let expected: Vec<i64> = expected.into_iter().map(|(_, atom)| atom).collect();
        assert_eq!(found, expected, "around {query:?} within {radius}");
    }
}

#[test]
fn the_statistics_count_vectors_relations_and_values() {
    let world = world_with_sources(2);
    insert(&world, world.atom(1), "[0.5, 0.5, 0.25]", "");
    insert(&world, world.atom(2), "[0.5]", "");
    let sets = world.batch("EXEC dbo.sp_GetAtomicDeduplicationStats;");
    assert_eq!(
        sets[0],
        [["2", "4", "2", "2", "50"].map(|text| Some(text.to_owned()))]
    );
    let top: Vec<(Option<String>, Option<String>)> = sets[1]
        .iter()
        .map(|row| (row[1].clone(), row[3].clone()))
        .collect();
    let pair = |a: &str, b: &str| (Some(a.to_owned()), Some(b.to_owned()));
    assert_eq!(top, [pair("0.5", "3"), pair("0.25", "1")]);
}
