//! `attest <subject>`.

use serde::Serialize;

use super::Cli;
use super::waive::{open, text};
use crate::connect::Connection;
use crate::engine::Stop;
use crate::exit::Exit;
use crate::gate::{Attestation, SUBJECTS, Subject};
use crate::output::{self, Column, Format};
use crate::state;

/// Vouch for something that the tool cannot measure: that the regression suite passed, that the applications moved.
///
/// Subjects: regression-suite, applications-moved, benchmark (before phase 3), no-application-errors (after it),
/// memory-table-errors (after phase 4).
#[derive(Debug, clap::Args)]
pub struct Attest {
    /// What is vouched for
    #[arg(required_unless_present = "list", value_parser = subject)]
    pub subject: Option<Subject>,

    /// What was seen
    #[arg(long, required_unless_present_any = ["list", "revoke"])]
    pub statement: Option<String>,

    /// Where it can be looked up: a test run, a ticket, a dashboard
    #[arg(long, required_unless_present_any = ["list", "revoke"])]
    pub reference: Option<String>,

    /// Who vouches for it [default: the login]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// Take the attestations of the subject back
    #[arg(long, conflicts_with_all = ["statement", "reference", "by", "list"])]
    pub revoke: bool,

    /// List the attestations
    #[arg(long, conflicts_with_all = ["subject", "statement", "reference", "by"])]
    pub list: bool,
}

#[derive(Serialize)]
struct Attestations<'a> {
    attestations: &'a [Attestation],
}

fn subject(name: &str) -> Result<Subject, String> {
    Subject::named(name).ok_or_else(|| {
        let known: Vec<String> = SUBJECTS
            .iter()
            .map(|subject| format!("{} ({})", subject.name, subject.meaning))
            .collect();
        format!("there are {}", known.join(", "))
    })
}

impl Attest {
    /// # Errors
    /// See `Stop`.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let mut connection = open(cli).await?;
        let Some(subject) = &self.subject else {
            return show(cli, &mut connection).await;
        };
        if self.revoke {
            let revoked = state::revoke_attestations(&mut connection, subject).await?;
            output::note(format!(
                "{revoked} attestations of {} revoked",
                subject.name
            ));
            return show(cli, &mut connection).await;
        }
        let (Some(statement), Some(reference)) = (&self.statement, &self.reference) else {
            return Err(Stop::Usage(
                "an attestation needs --statement and --reference".to_owned(),
            ));
        };
        let said = format!(
            "{} [{}]",
            text("--statement", statement, 800)?,
            text("--reference", reference, 190)?
        );
        let by = self
            .by
            .as_deref()
            .map(|by| text("--by", by, 128))
            .transpose()?;
        state::add_attestation(&mut connection, subject, &said, by).await?;
        show(cli, &mut connection).await
    }
}

async fn show(cli: &Cli, connection: &mut Connection) -> Result<Exit, Stop> {
    let attestations = state::list_attestations(connection).await?;
    match cli.format {
        Format::Json => output::json(
            "hartonomous.attestations/1",
            &Attestations {
                attestations: &attestations,
            },
        ),
        Format::Human if attestations.is_empty() => output::line("nothing is attested"),
        Format::Human => {
            let columns = ["subject", "when", "by", "login", "statement [reference]"]
                .map(|name| Column(name, false));
            let rows = attestations.into_iter().map(|one| {
                vec![
                    one.subject,
                    one.attested_at,
                    one.by,
                    one.login,
                    one.statement,
                ]
            });
            output::line(output::table(&columns, rows));
        }
    }
    Ok(Exit::Done)
}
