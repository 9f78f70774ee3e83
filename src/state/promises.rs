//! Waivers and attestations: what people answer for, by the server's clock.

use chrono::NaiveDateTime;

use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Attestation, Gate, Subject, Waiver};
use crate::tsql::{Statement, embedded};

const LIST_WAIVERS: Statement = embedded!("state/list_waivers.sql");
const ADD_WAIVER: Statement = embedded!("state/add_waiver.sql");
const REVOKE_WAIVER: Statement = embedded!("state/revoke_waiver.sql");
const LIST_ATTESTATIONS: Statement = embedded!("state/list_attestations.sql");
const ADD_ATTESTATION: Statement = embedded!("state/add_attestation.sql");
const REVOKE_ATTESTATION: Statement = embedded!("state/revoke_attestation.sql");
const CLOCK: Statement = embedded!("connect/ping.sql");

/// A time as people read it.
pub fn when(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The server's UTC: the only clock that decides about waivers, soak and attestations.
///
/// # Errors
/// A failed statement.
pub async fn server_utc(connection: &mut Connection) -> Result<NaiveDateTime, Failure> {
    connection.row(&CLOCK.sql(), &[]).await?.need("ServerUtc")
}

/// Waivers that hold now; the schema must be there.
///
/// # Errors
/// A failed statement.
pub async fn list_waivers(connection: &mut Connection) -> Result<Vec<Waiver>, Failure> {
    let rows = connection.rows(&LIST_WAIVERS.sql(), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Waiver {
                id: row.integer("WaiverId")?,
                gate: row.text("Gate")?,
                by: row.text("GrantedBy")?,
                login: row.text("LoginName")?,
                reason: row.text("Reason")?,
                granted_at: when(row.need("GrantedAt")?),
                until: when(row.need("ExpiresAt")?),
            })
        })
        .collect()
}

/// Records a waiver; None for `by` is the login.
///
/// # Errors
/// A failed statement.
pub async fn add_waiver(
    connection: &mut Connection,
    gate: &Gate,
    by: Option<&str>,
    reason: &str,
    until: NaiveDateTime,
) -> Result<i64, Failure> {
    let params: [&dyn tiberius::ToSql; 5] = [&gate.phase, &gate.id, &by, &reason, &until];
    let row = connection.row(&ADD_WAIVER.sql(), &params).await?;
    row.integer("WaiverId")
}

/// Revokes the waivers of a gate; how many there were.
///
/// # Errors
/// A failed statement.
pub async fn revoke_waivers(connection: &mut Connection, gate: &Gate) -> Result<i64, Failure> {
    let row = connection
        .row(&REVOKE_WAIVER.sql(), &[&gate.phase, &gate.id])
        .await?;
    row.integer("RowsWritten")
}

/// Attestations that were not revoked, oldest first.
///
/// # Errors
/// A failed statement.
pub async fn list_attestations(connection: &mut Connection) -> Result<Vec<Attestation>, Failure> {
    let rows = connection.rows(&LIST_ATTESTATIONS.sql(), &[]).await?;
    rows.iter()
        .map(|row| {
            let at: NaiveDateTime = row.need("AttestedAt")?;
            Ok(Attestation {
                id: row.integer("AttestationId")?,
                phase: row.text("Phase")?,
                subject: row.text("Subject")?,
                statement: row.text("Statement")?,
                by: row.text("AttestedBy")?,
                login: row.text("LoginName")?,
                at,
                attested_at: when(at),
            })
        })
        .collect()
}

/// Records an attestation; None for `by` is the login.
///
/// # Errors
/// A failed statement.
pub async fn add_attestation(
    connection: &mut Connection,
    subject: &Subject,
    statement: &str,
    by: Option<&str>,
) -> Result<i64, Failure> {
    let params: [&dyn tiberius::ToSql; 4] = [&subject.phase, &subject.name, &statement, &by];
    let row = connection.row(&ADD_ATTESTATION.sql(), &params).await?;
    row.integer("AttestationId")
}

/// Revokes the attestations of a subject; how many there were.
///
/// # Errors
/// A failed statement.
pub async fn revoke_attestations(
    connection: &mut Connection,
    subject: &Subject,
) -> Result<i64, Failure> {
    let row = connection
        .row(&REVOKE_ATTESTATION.sql(), &[&subject.phase, &subject.name])
        .await?;
    row.integer("RowsWritten")
}
