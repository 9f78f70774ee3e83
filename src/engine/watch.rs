//! A long statement on one connection, watched from another: ALTER TABLE ... REBUILD tells nobody how far it is, BACKUP and
//! RESTORE do.

use std::future::Future;
use std::time::{Duration, Instant};

use super::event::AtWork;
use super::{Cancel, Event, Observer, Stop};
use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Statement, embedded};

const REQUEST: Statement = embedded!("connect/select_request.sql");

/// How often the second connection looks.
const TICK: Duration = Duration::from_secs(1);

/// Who watches what.
pub struct Watch<'a> {
    /// Free while the statement runs.
    pub watcher: &'a mut Connection,
    /// The session that runs it.
    pub session: i64,
    /// What it does, for people.
    pub what: String,
    /// What a second Ctrl-C leaves behind.
    pub given_up: &'a str,
    pub events: &'a dyn Observer,
    pub cancel: &'a Cancel,
}

impl Watch<'_> {
    /// Waits for the statement, telling about it once a second.
    ///
    /// # Errors
    /// The statement's own failure, as `Stop::Failure`; the second Ctrl-C.
    pub async fn over<T>(self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Stop> {
        let started = Instant::now();
        tokio::pin!(work);
        let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let tell = |at: AtWork| {
            self.events.observe(&Event::AtWork {
                what: self.what.clone(),
                since: started.elapsed(),
                at,
            });
        };
        let mut at = AtWork::default();
        let done = loop {
            tell(at.clone());
            tokio::select! {
                biased;
                () = self.cancel.immediate() => break Err(Stop::Requested {
                    done: self.given_up.to_owned(),
                }),
                result = &mut work => break result.map_err(Stop::from),
                _ = tick.tick() => {}
            }
            let look = look(self.watcher, self.session, at.blind.take());
            tokio::pin!(look);
            // The look must not hold up the end of the work, and the driver must not be left in the middle of an answer.
            at = tokio::select! {
                biased;
                result = &mut work => {
                    look.await;
                    break result.map_err(Stop::from);
                }
                at = &mut look => at,
            };
        };
        self.events.observe(&Event::WorkedOff {
            what: self.what,
            took: started.elapsed(),
        });
        done
    }
}

/// What the server says now. A watcher that cannot see says so, and does not try again.
async fn look(watcher: &mut Connection, session: i64, blind: Option<String>) -> AtWork {
    if blind.is_some() {
        return AtWork {
            blind,
            ..AtWork::default()
        };
    }
    match read(watcher, session).await {
        Ok(at) => at,
        Err(failure) => AtWork {
            blind: Some(failure.to_string()),
            ..AtWork::default()
        },
    }
}

async fn read(watcher: &mut Connection, session: i64) -> Result<AtWork, Failure> {
    let session = i32::try_from(session).unwrap_or(0);
    let rows = watcher.rows(&REQUEST.sql(), &[&session]).await?;
    let Some(row) = rows.first() else {
        return Ok(AtWork::default());
    };
    let percent = f64::from(row.opt::<f32>("PercentComplete")?.unwrap_or(0.0));
    let blocker = row.opt_integer("BlockingSessionId")?.unwrap_or(0);
    let blocked_by = (blocker != 0).then(|| {
        let part = |name| row.text(name).unwrap_or_default();
        format!(
            "session {blocker}, login {}, host {}, program {}",
            part("BlockingLogin"),
            part("BlockingHost"),
            part("BlockingProgram")
        )
    });
    Ok(AtWork {
        percent: (percent > 0.0).then_some(percent),
        reads: row.integer("Reads")?,
        writes: row.integer("Writes")?,
        logical_reads: row.integer("LogicalReads")?,
        cpu_ms: row.integer("CpuMs")?,
        waits_for: row.opt::<&str>("WaitType")?.map(str::to_owned),
        blocked_by,
        blind: None,
    })
}
