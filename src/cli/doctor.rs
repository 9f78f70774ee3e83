//! `doctor`.

use super::{Cli, plan};
use crate::connect::{Connection, Encryption, Endpoint, Failure, RowExt, Trust};
use crate::engine::Stop;
use crate::exit::Exit;
use crate::gate::Thresholds;
use crate::output::{DoctorReport, Finding, PhaseReadiness, doctor};
use crate::phase1::{Inventory, Table};
use crate::phase2;
use crate::phase3::{self, ColumnState};
use crate::phase4::{self, Found};
use crate::pipeline::SourceColumns;
use crate::state;
use crate::tsql::{Statement, embedded};

const SERVER: Statement = embedded!("doctor/select_server.sql");
const DATABASE: Statement = embedded!("doctor/select_database.sql");
const SESSION: Statement = embedded!("doctor/select_session.sql");
const ROLES: Statement = embedded!("doctor/select_roles.sql");
const PERMISSIONS: Statement = embedded!("doctor/select_permissions.sql");
const RESUMABLE: Statement = embedded!("doctor/select_resumable_operations.sql");
const TRIGGERS: Statement = embedded!("doctor/select_triggers.sql");
const VECTOR_INDEXES: Statement = embedded!("doctor/select_vector_indexes.sql");

/// Look at the server, the database, the session and the permissions, and say what would stop each phase. Writes nothing.
#[derive(Debug, clap::Args)]
pub struct Doctor {}

impl Doctor {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let (endpoint, mut connection) = cli.connect.open().await?;
        let mut examination = Examination {
            thresholds: cli.thresholds()?,
            ..Examination::default()
        };
        let server = examination.server(&mut connection).await?;
        let database = examination.database(&mut connection).await?;
        let session = session(&mut connection, &endpoint).await?;
        examination.tables(&mut connection).await?;
        examination.permissions(&mut connection).await?;
        let report = DoctorReport {
            server,
            database,
            session,
            phases: examination.phases(),
        };
        doctor(&report, cli.format);
        Ok(Exit::Done)
    }
}

/// What stops the phases, gathered while the facts are read.
#[derive(Default)]
struct Examination {
    all: Vec<String>,
    phase1: PhaseNotes,
    phase2: PhaseNotes,
    phase3: PhaseNotes,
    phase4: PhaseNotes,
    thresholds: Thresholds,
}

#[derive(Default)]
struct PhaseNotes {
    stops: Vec<String>,
    notes: Vec<String>,
}

fn finding(name: &str, value: impl Into<String>) -> Finding {
    Finding {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn on(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

impl Examination {
    async fn server(&mut self, connection: &mut Connection) -> Result<Vec<Finding>, Failure> {
        let row = connection.row(&SERVER.sql(), &[]).await?;
        let flag = |name: &str| row.opt::<bool>(name).map(|value| value.unwrap_or(false));
        if !flag("HasVector")? {
            self.all.push(
                "the server has no vector type: SQL Server 2025 or newer is needed".to_owned(),
            );
        }
        if row.opt_integer("IsXtpSupported")? != Some(1) {
            self.phase4
                .stops
                .push("this edition does not support memory-optimised tables".to_owned());
        }
        let online = matches!(row.opt_integer("EngineEdition")?, Some(3 | 5 | 8));
        if !online {
            self.phase1.notes.push(
                "this edition builds indexes offline: writers to AtomRelations wait meanwhile"
                    .to_owned(),
            );
        }
        Ok(vec![
            finding("name", row.text("ServerName")?),
            finding(
                "version",
                format!(
                    "{} {}",
                    row.text("ProductVersion")?,
                    row.text("ProductLevel")?
                ),
            ),
            finding("edition", row.text("Edition")?),
            finding("vector type", if flag("HasVector")? { "yes" } else { "no" }),
            finding("json type", if flag("HasJson")? { "yes" } else { "no" }),
            finding("online index builds", if online { "yes" } else { "no" }),
            finding("collation", row.text("Collation")?),
        ])
    }

    async fn database(&mut self, connection: &mut Connection) -> Result<Vec<Finding>, Failure> {
        let row = connection.row(&DATABASE.sql(), &[]).await?;
        let flag = |name: &str| row.opt::<bool>(name).map(|value| value.unwrap_or(false));
        if flag("IsReadOnly")? || row.text("Updateability")? == "READ_ONLY" {
            self.all.push("the database is read-only here".to_owned());
        }
        if flag("IsCdcEnabled")? || flag("IsPublished")? || flag("IsSubscribed")? {
            self.phase1.notes.push(
                "change data capture or replication is on: look at what it does with new columns"
                    .to_owned(),
            );
        }
        let recovery = row.text("RecoveryModel")?;
        if recovery == "FULL" {
            self.phase2.notes.push("recovery model FULL: the log grows until it is backed up; back it up often during phase 2".to_owned());
        }
        Ok(vec![
            finding("name", row.text("DatabaseName")?),
            finding(
                "compatibility level",
                row.integer("CompatibilityLevel")?.to_string(),
            ),
            finding("recovery model", recovery),
            finding("log reuse waits for", row.text("LogReuseWait")?),
            finding(
                "read committed snapshot",
                on(flag("IsReadCommittedSnapshot")?),
            ),
            finding("snapshot isolation", row.text("SnapshotIsolation")?),
            finding("accelerated recovery", on(flag("IsAcceleratedRecovery")?)),
            finding("query store", on(flag("IsQueryStoreOn")?)),
            finding("collation", row.text("Collation")?),
        ])
    }

    async fn tables(&mut self, connection: &mut Connection) -> Result<(), Stop> {
        let inventory = Inventory::read(connection).await?;
        if let Err(stop) = plan::require_tables(&inventory) {
            self.all.push(stop.to_string());
            return Ok(());
        }
        if let Some(relations) = inventory.tables.get(Table::AtomRelations.name())
            && relations.versioned
        {
            let history = relations.history.clone().unwrap_or_default();
            self.phase2.notes.push(format!("AtomRelations is system-versioned (history {history}): inserts add no history, a rollback would"));
        }
        for row in connection.rows(&RESUMABLE.sql(), &[]).await? {
            let found = format!(
                "a resumable build of index {} on {} is {}: finish or abort it",
                row.text("IndexName")?,
                row.text("TableName")?,
                row.text("State")?
            );
            self.phase1.stops.push(found.clone());
            self.phase2.stops.push(found);
        }
        for row in connection.rows(&TRIGGERS.sql(), &[]).await? {
            let (name, table) = (row.text("TriggerName")?, row.text("TableName")?);
            self.phase2.notes.push(format!(
                "trigger {name} on {table}: the bulk load does not fire it"
            ));
        }
        for row in connection.rows(&VECTOR_INDEXES.sql(), &[]).await? {
            self.phase3.stops.push(format!(
                "index {} ({}) on {} depends on its column",
                row.text("IndexName")?,
                row.text("IndexType")?,
                row.text("TableName")?
            ));
        }
        self.removal(connection, &inventory).await?;
        self.memory_table(connection, &inventory).await?;
        match SourceColumns::of(&inventory) {
            None => self
                .phase2
                .stops
                .push("dbo.AtomEmbeddings has no vector column EmbeddingVector".to_owned()),
            Some(columns) => {
                for gate in phase2::measure_before(connection, &columns, false).await? {
                    if let Some(next) = &gate.next {
                        self.phase2
                            .stops
                            .push(format!("{}: {}; {next}", gate.gate.title, gate.summary));
                    }
                }
            }
        }
        Ok(())
    }

    /// What would stop phase 3, once phase 2 has been begun; the backup is not read, and no vector is.
    async fn removal(
        &mut self,
        connection: &mut Connection,
        inventory: &Inventory,
    ) -> Result<(), Stop> {
        if state::layout_version(connection).await? == 0
            || !inventory.has_table(Table::EmbeddingMigrationProgress)
        {
            self.phase3
                .stops
                .push("phase 2 has not been begun".to_owned());
            return Ok(());
        }
        let name = match ColumnState::read(connection, inventory, true).await? {
            ColumnState::Present(_) => phase3::ORIGINAL,
            ColumnState::BrownedOut(_) => {
                self.phase3.notes.push(
                    "a brown-out is on: EmbeddingVector has another name for a while".to_owned(),
                );
                phase3::RENAMED
            }
            ColumnState::Gone(_) => {
                self.phase3
                    .notes
                    .push("the column is removed; `hartonomous validate phase3`".to_owned());
                return Ok(());
            }
        };
        let mut gates = phase3::measure_before(connection, name, &self.thresholds, false).await?;
        crate::gate::apply_waivers(&mut gates, &state::list_waivers(connection).await?);
        for gate in gates.iter().filter(|gate| !gate.holds()) {
            if let Some(next) = &gate.next {
                self.phase3
                    .stops
                    .push(format!("{}: {}; {next}", gate.gate.title, gate.summary));
            }
        }
        Ok(())
    }

    /// What would stop phase 4, once the column is gone.
    async fn memory_table(
        &mut self,
        connection: &mut Connection,
        inventory: &Inventory,
    ) -> Result<(), Stop> {
        let has_state = state::layout_version(connection).await? > 0;
        let begun = has_state && inventory.has_table(Table::EmbeddingMigrationProgress);
        let column = ColumnState::read(connection, inventory, has_state).await?;
        if !begun || !matches!(column, ColumnState::Gone(_)) {
            self.phase4
                .stops
                .push("phase 3 has not removed the column EmbeddingVector".to_owned());
            return Ok(());
        }
        let found = Found::read(connection).await?;
        if found.table.is_some() {
            self.phase4.notes.push(format!(
                "dbo.{} is there; `hartonomous validate phase4`",
                phase4::TABLE
            ));
        }
        let request = phase4::Request::default();
        let mut gates =
            phase4::measure_before(connection, &found, request, &self.thresholds).await?;
        crate::gate::apply_waivers(&mut gates, &state::list_waivers(connection).await?);
        for gate in gates.iter().filter(|gate| !gate.holds()) {
            if let Some(next) = &gate.next {
                self.phase4
                    .stops
                    .push(format!("{}: {}; {next}", gate.gate.title, gate.summary));
            }
        }
        Ok(())
    }

    async fn permissions(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        for row in connection.rows(&PERMISSIONS.sql(), &[]).await? {
            if row.opt_integer("Granted")? == Some(1) {
                continue;
            }
            let permission = row.text("Permission")?;
            let securable = row.opt::<&str>("Securable")?.map_or_else(
                || row.text("SecurableClass").map(|class| class.to_lowercase()),
                |name| Ok(name.to_owned()),
            )?;
            let text = format!(
                "permission {permission} on {securable} is missing: {}",
                row.text("Purpose")?
            );
            let monitoring = permission.ends_with("PERFORMANCE STATE");
            let notes = match row.text("Phase")?.as_str() {
                "phase1" => &mut self.phase1,
                "phase2" => &mut self.phase2,
                "phase3" => &mut self.phase3,
                "phase4" => &mut self.phase4,
                _ if monitoring => {
                    self.phase2.notes.push(text);
                    continue;
                }
                _ => {
                    self.all.push(text);
                    continue;
                }
            };
            notes.stops.push(text);
        }
        Ok(())
    }

    fn phases(self) -> Vec<PhaseReadiness> {
        let all = self.all;
        [
            ("phase1", self.phase1),
            ("phase2", self.phase2),
            ("phase3", self.phase3),
            ("phase4", self.phase4),
        ]
        .into_iter()
        .map(|(phase, notes)| PhaseReadiness {
            phase,
            stops: all.iter().cloned().chain(notes.stops).collect(),
            notes: notes.notes,
        })
        .collect()
    }
}

async fn session(
    connection: &mut Connection,
    endpoint: &Endpoint,
) -> Result<Vec<Finding>, Failure> {
    let roles = connection.row(&ROLES.sql(), &[]).await?;
    let row = connection.row(&SESSION.sql(), &[]).await?;
    let flag = |name: &str| {
        row.opt::<bool>(name)
            .map(|value| on(value.unwrap_or(false)))
    };
    let role = |name: &str| roles.opt_integer(name).map(|value| value == Some(1));
    let mut names = Vec::new();
    for (column, name) in [
        ("IsSysadmin", "sysadmin"),
        ("IsDbOwner", "db_owner"),
        ("IsDdlAdmin", "db_ddladmin"),
        ("IsBackupOperator", "db_backupoperator"),
    ] {
        if role(column)? {
            names.push(name);
        }
    }
    let protection = match (endpoint.encryption, &endpoint.trust) {
        (Encryption::Plaintext, _) => "none (loopback)".to_owned(),
        (Encryption::Required, Trust::System) => {
            "TLS, verified by this machine's authorities".to_owned()
        }
        (Encryption::Required, Trust::Authority(path)) => {
            format!("TLS, verified by {}", path.display())
        }
        (Encryption::Required, Trust::Anyone) => "TLS, server not authenticated".to_owned(),
    };
    Ok(vec![
        finding(
            "login",
            format!("{} as user {}", endpoint.user, roles.text("UserName")?),
        ),
        finding(
            "roles",
            if names.is_empty() {
                "none of the fixed ones".to_owned()
            } else {
                names.join(", ")
            },
        ),
        finding("encryption", protection),
        finding(
            "options",
            format!(
                "QUOTED_IDENTIFIER {}, ANSI_NULLS {}, ANSI_PADDING {}, ANSI_WARNINGS {}, ARITHABORT {}, CONCAT_NULL_YIELDS_NULL {}",
                flag("QuotedIdentifier")?,
                flag("AnsiNulls")?,
                flag("AnsiPadding")?,
                flag("AnsiWarnings")?,
                flag("Arithabort")?,
                flag("ConcatNullYieldsNull")?
            ),
        ),
        finding(
            "lock timeout",
            format!("{} ms", row.integer("LockTimeout")?),
        ),
    ])
}
