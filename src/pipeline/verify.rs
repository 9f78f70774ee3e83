//! The proof, twice: every vector, not a sample, range by range so that memory stays bounded.
//!
//! Once by the client: the components stored as atoms, the digest on record, and the column's exact components must be
//! one and the same. Once by the server alone: the vector rebuilt from the atoms must equal the stored one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Reader, SourceColumns};
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::{Event, Observer};
use crate::ids::AtomEmbeddingId;
use crate::tsql::{Sql, Statement, embedded};
use crate::vector::{AtomValue, VectorDigest};

const RANGE_END: Statement = embedded!("phase2/select_key_range_end.sql");
const DIGESTS: Statement = embedded!("validate/select_digests.sql");
const COMPONENTS: Statement = embedded!("validate/read_components.sql");
const UNEQUAL: Statement = embedded!("validate/find_unequal_vectors.sql");
const POSITIONS: Statement = embedded!("validate/find_position_errors.sql");

/// Embeddings per range: about 60,000 components of 1,998 dimensions, a few MB.
const RANGE: i32 = 32;
/// Offending embeddings that are named; the others are counted.
const NAMED: usize = 10;

/// What the verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Migrated embeddings that were looked at.
    pub embeddings: u64,
    pub components: u64,
    /// Components whose text two float32 values share, asked from the server.
    pub resolved: u64,
    /// Every migrated embedding that does not hold, ascending.
    pub wrong: Vec<AtomEmbeddingId>,
    /// Offences by kind.
    pub by_client: Offences,
    pub by_server: Offences,
    pub positions: Offences,
}

/// Embeddings that do not hold, the first ones named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offences {
    pub count: u64,
    pub first: Vec<(AtomEmbeddingId, String)>,
}

impl Offences {
    fn add(&mut self, id: AtomEmbeddingId, reason: impl Into<String>) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push((id, reason.into()));
        }
    }

    fn append(&mut self, other: Self) {
        self.count += other.count;
        let room = NAMED.saturating_sub(self.first.len());
        self.first.extend(other.first.into_iter().take(room));
    }
}

impl Proof {
    fn add(&mut self, other: Self) {
        self.embeddings += other.embeddings;
        self.components += other.components;
        self.resolved += other.resolved;
        self.by_client.append(other.by_client);
        self.by_server.append(other.by_server);
        self.positions.append(other.positions);
        self.wrong.extend(other.wrong);
        self.wrong.sort_unstable();
        self.wrong.dedup();
    }
}

struct Recorded {
    id: AtomEmbeddingId,
    dimension: usize,
    digest: Option<VectorDigest>,
}

/// Verifies every migrated embedding.
///
/// # Errors
/// A failed statement.
pub async fn verify(
    endpoint: &Endpoint,
    columns: &SourceColumns,
    lock_timeout: Duration,
    events: &dyn Observer,
) -> Result<Proof, Failure> {
    let mut connection = Connection::open(endpoint, Purpose::Control, lock_timeout).await?;
    // Neither proof needs the other: while the client compares, the server rebuilds.
    let mut server = Connection::open(endpoint, Purpose::Control, lock_timeout).await?;
    let mut reader = Reader::open(endpoint, columns.clone(), lock_timeout).await?;
    let unequal = UNEQUAL.with(&columns.fills());
    let mut proof = Proof::default();
    let mut after = i64::MIN;
    loop {
        let row = connection.row(&RANGE_END.sql(), &[&after, &RANGE]).await?;
        let Some(end) = row.opt_integer("RangeEnd")? else {
            return Ok(proof);
        };
        let range: [&dyn tiberius::ToSql; 2] = [&after, &end];
        let recorded = recorded(connection.rows(&DIGESTS.sql(), &range).await?)?;
        if !recorded.is_empty() {
            let (mut compared, mut rebuilt) = (Proof::default(), Proof::default());
            tokio::try_join!(
                by_client(
                    &mut connection,
                    &mut reader,
                    &recorded,
                    &range,
                    &mut compared
                ),
                by_server(&mut server, &unequal, &range, &mut rebuilt),
            )?;
            proof.add(compared);
            proof.add(rebuilt);
            events.observe(&Event::VerificationAdvanced {
                embeddings: recorded.len() as u64,
            });
        }
        after = end;
    }
}

fn recorded(rows: Vec<tiberius::Row>) -> Result<Vec<Recorded>, Failure> {
    rows.iter()
        .map(|row| {
            Ok(Recorded {
                id: AtomEmbeddingId(row.integer("AtomEmbeddingId")?),
                dimension: usize::try_from(row.integer("Dimension")?).unwrap_or(0),
                digest: row
                    .opt::<&[u8]>("VectorDigest")?
                    .and_then(VectorDigest::from_slice),
            })
        })
        .collect()
}

/// Positions, and the vectors that the server rebuilds by itself.
async fn by_server(
    connection: &mut Connection,
    unequal: &Sql,
    range: &[&dyn tiberius::ToSql],
    proof: &mut Proof,
) -> Result<(), Failure> {
    for row in connection.rows(&POSITIONS.sql(), range).await? {
        let id = AtomEmbeddingId(row.integer("AtomEmbeddingId")?);
        proof.wrong.push(id);
        proof.positions.add(
            id,
            format!(
                "{} relations for Dimension {}",
                row.opt_integer("Relations")?.unwrap_or(0),
                row.integer("Dimension")?
            ),
        );
    }
    for row in connection.rows(unequal, range).await? {
        let id = AtomEmbeddingId(row.integer("AtomEmbeddingId")?);
        proof.wrong.push(id);
        proof.by_server.add(id, row.text("Reason")?);
    }
    Ok(())
}

async fn by_client(
    connection: &mut Connection,
    reader: &mut Reader,
    recorded: &[Recorded],
    range: &[&dyn tiberius::ToSql],
    proof: &mut Proof,
) -> Result<(), Failure> {
    let mut stored: BTreeMap<AtomEmbeddingId, Vec<Option<AtomValue>>> = BTreeMap::new();
    for row in connection.rows(&COMPONENTS.sql(), range).await? {
        let value = row
            .opt::<&[u8]>("AtomicValue")?
            .and_then(AtomValue::from_bytes);
        stored
            .entry(AtomEmbeddingId(row.integer("AtomEmbeddingId")?))
            .or_default()
            .push(value);
    }
    let ids: Vec<AtomEmbeddingId> = recorded.iter().map(|one| one.id).collect();
    let source = reader.named(&ids).await?;
    proof.resolved += source.resolved;
    let source: BTreeMap<AtomEmbeddingId, VectorDigest> = source
        .embeddings
        .into_iter()
        .map(|embedding| (embedding.id, embedding.digest))
        .collect();
    for one in recorded {
        let components = stored.remove(&one.id).unwrap_or_default();
        proof.embeddings += 1;
        proof.components += components.len() as u64;
        if let Some(reason) = difference(one, &components, source.get(&one.id)) {
            proof.wrong.push(one.id);
            proof.by_client.add(one.id, reason);
        }
    }
    Ok(())
}

/// The first way in which an embedding's three forms differ.
fn difference(
    recorded: &Recorded,
    components: &[Option<AtomValue>],
    source: Option<&VectorDigest>,
) -> Option<String> {
    if components.len() != recorded.dimension {
        return Some(format!(
            "{} components stored, Dimension is {}",
            components.len(),
            recorded.dimension
        ));
    }
    let Some(values) = components.iter().copied().collect::<Option<Vec<_>>>() else {
        return Some("an atom's AtomicValue is not a float32".to_owned());
    };
    let stored = VectorDigest::of(values);
    if recorded.digest.is_some_and(|digest| digest != stored) {
        return Some("the atoms do not give the digest on record".to_owned());
    }
    match source {
        None => Some("its vector cannot be read".to_owned()),
        Some(source) if *source != stored => {
            Some("the atoms do not give the stored vector".to_owned())
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[f32]) -> Vec<Option<AtomValue>> {
        list.iter()
            .map(|value| Some(AtomValue::new(*value)))
            .collect()
    }

    fn digest(list: &[f32]) -> VectorDigest {
        VectorDigest::of(list.iter().copied().map(AtomValue::new))
    }

    #[test]
    fn all_three_forms_must_agree() {
        let one = Recorded {
            id: AtomEmbeddingId(1),
            dimension: 2,
            digest: Some(digest(&[1.0, 2.0])),
        };
        let right = digest(&[1.0, 2.0]);
        assert_eq!(difference(&one, &values(&[1.0, 2.0]), Some(&right)), None);
        for (stored, source) in [
            (values(&[1.0]), Some(&right)),
            (values(&[2.0, 1.0]), Some(&right)),
            (values(&[1.0, 2.0]), Some(&digest(&[1.0, 3.0]))),
            (values(&[1.0, 2.0]), None),
            (vec![Some(AtomValue::new(1.0)), None], Some(&right)),
        ] {
            assert!(difference(&one, &stored, source).is_some());
        }
    }

    #[test]
    fn offences_of_all_ranges_are_counted_and_the_first_ones_named() {
        let mut all = Offences::default();
        for range in 0..3 {
            let mut part = Offences::default();
            for id in 0..8 {
                part.add(AtomEmbeddingId(range * 8 + id), "text");
            }
            all.append(part);
        }
        assert_eq!(all.count, 24);
        let named: Vec<i64> = all.first.iter().map(|(id, _)| id.0).collect();
        assert_eq!(named, (0..10).collect::<Vec<i64>>());
    }
}
