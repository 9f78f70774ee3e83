//! `waive <gate>`.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::Serialize;

use super::Cli;
use crate::connect::Connection;
use crate::engine::Stop;
use crate::exit::Exit;
use crate::gate::{Gate, Waiver};
use crate::output::{self, Column, Format};
use crate::{phase1, phase2, phase3, phase4, state};

/// Accept, until a time, that a gate does not hold; take that back; or list what is accepted. Gates that protect data are never waived.
///
/// A waived gate stays in every table and document, as waived, with who, why and until when. When the time is over, by
/// the server's clock, the gate fails again.
#[derive(Debug, clap::Args)]
pub struct Waive {
    /// Id of the gate, as `validate` shows it, e.g. phase2.deduplication
    #[arg(required_unless_present = "list")]
    pub gate: Option<String>,

    /// Why it is accepted
    #[arg(long, required_unless_present_any = ["list", "revoke"])]
    pub reason: Option<String>,

    /// Until when: 2027-01-31 (the whole day, UTC), 2027-01-31T18:00:00Z, or from now on 7d, 12h
    #[arg(long, value_name = "TIME", required_unless_present_any = ["list", "revoke"])]
    pub until: Option<String>,

    /// Who answers for it [default: the login]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// Take the waivers of the gate back
    #[arg(long, conflicts_with_all = ["reason", "until", "by", "list"])]
    pub revoke: bool,

    /// List the waivers that hold now
    #[arg(long, conflicts_with_all = ["gate", "reason", "until", "by"])]
    pub list: bool,
}

/// When a waiver ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    At(NaiveDateTime),
    In(Duration),
}

#[derive(Serialize)]
struct Waived<'a> {
    gate: &'a str,
    #[serde(flatten)]
    waiver: &'a Waiver,
}

#[derive(Serialize)]
struct Waivers<'a> {
    waivers: Vec<Waived<'a>>,
}

impl Waive {
    /// # Errors
    /// See `Stop`; a gate that is unknown or never waived is exit code 2.
    pub async fn run(&self, cli: &Cli) -> Result<Exit, Stop> {
        let Some(name) = &self.gate else {
            let mut connection = open(cli).await?;
            return show(cli, &mut connection).await;
        };
        let gate = waivable(name)?;
        let until = self.until.as_deref().map(parse_until).transpose()?;
        let mut connection = open(cli).await?;
        if self.revoke {
            let revoked = state::revoke_waivers(&mut connection, &gate).await?;
            output::note(format!("{revoked} waivers of {} revoked", gate.id));
            return show(cli, &mut connection).await;
        }
        let (Some(reason), Some(until)) = (&self.reason, until) else {
            return Err(Stop::Usage(
                "a waiver needs --reason and --until".to_owned(),
            ));
        };
        let reason = text("--reason", reason, 1000)?;
        let by = self
            .by
            .as_deref()
            .map(|by| text("--by", by, 128))
            .transpose()?;
        let now = state::server_utc(&mut connection).await?;
        let end = match until {
            Until::At(end) => Some(end),
            Until::In(time) => chrono::Duration::from_std(time)
                .ok()
                .and_then(|time| now.checked_add_signed(time)),
        };
        let Some(end) = end.filter(|end| *end > now) else {
            return Err(Stop::Usage(format!(
                "--until must be later than now, which is {} on the server",
                state::when(now)
            )));
        };
        state::add_waiver(&mut connection, &gate, by, reason, end).await?;
        show(cli, &mut connection).await
    }
}

/// A connection to a database whose schema hartonomous is there.
///
/// # Errors
/// No schema yet.
pub async fn open(cli: &Cli) -> Result<Connection, Stop> {
    let (_, mut connection) = cli.connect.open().await?;
    if state::layout_version(&mut connection).await? == 0 {
        return Err(Stop::Refused {
            what: "this database".to_owned(),
            cause: "schema hartonomous, where waivers and attestations are kept, is not there yet"
                .to_owned(),
            next: "run `hartonomous migrate phase1` first: it creates the schema".to_owned(),
        });
    }
    Ok(connection)
}

/// An argument that is not empty and fits its column.
///
/// # Errors
/// Empty or too long.
pub fn text<'a>(option: &str, value: &'a str, limit: usize) -> Result<&'a str, Stop> {
    let value = value.trim();
    if value.is_empty() || value.encode_utf16().count() > limit {
        return Err(Stop::Usage(format!(
            "{option} must have 1 to {limit} characters"
        )));
    }
    Ok(value)
}

/// Every gate that there is.
pub fn gates() -> impl Iterator<Item = &'static Gate> {
    [
        phase1::GATES,
        phase1::rollback::GATES,
        phase2::GATES_BEFORE,
        phase2::GATES_AFTER,
        phase2::rollback::GATES,
        phase3::GATES_BEFORE,
        phase3::GATES_AFTER,
        phase3::rollback::GATES,
        crate::restore::GATES,
        phase4::GATES_BEFORE,
        phase4::GATES_AFTER,
        phase4::rollback::GATES,
    ]
    .into_iter()
    .flatten()
}

fn waivable(name: &str) -> Result<Gate, Stop> {
    match gates().find(|gate| gate.id == name) {
        Some(gate) if gate.never_waived => Err(Stop::Usage(format!(
            "gate {name} is never waived: it protects data; `hartonomous validate` shows what is wrong and what to do about it"
        ))),
        Some(gate) => Ok(*gate),
        None => {
            let known: Vec<&str> = gates()
                .filter(|gate| !gate.never_waived)
                .map(|gate| gate.id)
                .collect();
            Err(Stop::Usage(format!(
                "there is no gate {name}; these can be waived: {}",
                known.join(", ")
            )))
        }
    }
}

fn parse_until(text: &str) -> Result<Until, Stop> {
    if let Ok(day) = text.parse::<NaiveDate>()
        && let Some(end) = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0))
    {
        return Ok(Until::At(end));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Until::At(time.with_timezone(&Utc).naive_utc()));
    }
    humantime::parse_duration(text).map(Until::In).map_err(|_| {
        Stop::Usage(format!(
            "--until {text} is no time: give a day (2027-01-31), a time with its zone (2027-01-31T18:00:00Z), or how long from now (7d)"
        ))
    })
}

async fn show(cli: &Cli, connection: &mut Connection) -> Result<Exit, Stop> {
    let waivers = state::list_waivers(connection).await?;
    match cli.format {
        Format::Json => {
            let waivers = waivers
                .iter()
                .map(|waiver| Waived {
                    gate: &waiver.gate,
                    waiver,
                })
                .collect();
            output::json("hartonomous.waivers/1", &Waivers { waivers });
        }
        Format::Human if waivers.is_empty() => output::line("no waiver holds"),
        Format::Human => {
            let columns =
                ["gate", "until", "by", "login", "reason"].map(|name| Column(name, false));
            let rows = waivers
                .into_iter()
                .map(|one| vec![one.gate, one.until, one.by, one.login, one.reason]);
            output::line(output::table(&columns, rows));
        }
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_to_its_end_and_a_zone_is_heeded() {
        let at = |text: &str| Until::At(text.parse().unwrap());
        assert_eq!(
            parse_until("2027-01-31").unwrap(),
            at("2027-02-01T00:00:00")
        );
        assert_eq!(
            parse_until("2027-01-31T18:00:00+02:00").unwrap(),
            at("2027-01-31T16:00:00")
        );
        assert_eq!(
            parse_until("7d").unwrap(),
            Until::In(Duration::from_secs(7 * 86_400))
        );
        assert_eq!(parse_until("soon").unwrap_err().exit() as u8, 2);
        assert_eq!(parse_until("2027-02-30").unwrap_err().exit() as u8, 2);
    }

    #[test]
    fn gates_that_protect_data_are_refused_and_ids_are_unique() {
        let refused = waivable("phase2.exactness").unwrap_err();
        assert_eq!(refused.exit() as u8, 2);
        assert!(refused.to_string().contains("never waived"));
        assert!(
            waivable("phase2.nothing")
                .unwrap_err()
                .to_string()
                .contains("phase2.deduplication")
        );
        let mut ids: Vec<&str> = gates().map(|gate| gate.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
