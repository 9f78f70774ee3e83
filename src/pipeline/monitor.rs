//! The monitor: one connection that reads what the run is asked, takes the throttle's readings, renews leases, watches the
//! application lock, and tells the writers through `steering`. It fails closed: without readings nobody writes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDateTime;
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior};

use super::shared::{Role, Shared};
use super::steering::Orders;
use super::throttle::{Reading, Signal};
use super::{lease, signals};
use crate::connect::{Connection, Failure, Purpose, RowExt};
use crate::engine::{ApplicationLock, Event, Stop};
use crate::tsql::{Statement, embedded};

const STEERING: Statement = embedded!("state/read_steering.sql");
const ACKNOWLEDGE: Statement = embedded!("state/acknowledge_request.sql");
const RECORD_SIGNALS: Statement = embedded!("state/record_signals.sql");

/// How often requests are looked for.
const TICK: Duration = Duration::from_millis(250);
/// How often signals are read.
const SIGNALS: Duration = Duration::from_secs(2);
/// How often the application lock is looked at.
const LOCK: Duration = Duration::from_secs(1);
/// A reading older than this is none.
const BLIND: Duration = Duration::from_secs(15);
/// The monitor waits for nobody longer than this.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// The words of hartonomous.control.request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    None,
    Pause,
    Stop,
}

struct Asked {
    request: Request,
    rate: Option<f64>,
    workers: Option<usize>,
    others_done: u64,
    server_time: NaiveDateTime,
}

/// The monitor of one process.
pub struct Monitor<'a> {
    shared: &'a Shared,
    lock: Option<&'a mut ApplicationLock>,
    connection: Option<Connection>,
    readings: BTreeMap<Signal, (Reading, Instant)>,
    asked: Option<(Asked, Instant)>,
    lock_lost: Option<Instant>,
    acknowledged: Option<(&'static str, &'static str, Option<String>)>,
    due: Due,
    others_done: u64,
}

/// When the slower duties are due.
struct Due {
    signals: Instant,
    lock: Instant,
    heartbeat: Instant,
}

impl<'a> Monitor<'a> {
    pub fn new(shared: &'a Shared, lock: Option<&'a mut ApplicationLock>) -> Self {
        let now = Instant::now();
        Self {
            shared,
            lock,
            connection: None,
            readings: BTreeMap::new(),
            asked: None,
            lock_lost: None,
            acknowledged: None,
            due: Due {
                signals: now,
                lock: now + LOCK,
                heartbeat: now,
            },
            others_done: 0,
        }
    }

    /// Runs until something ends the whole run: the fence or the lock is another's. A requested stop is passed on to the
    /// writers, and does not end it.
    pub async fn run(mut self) -> Stop {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(stop) = self.look().await {
                match stop {
                    Stop::Failure(failure) => {
                        tracing::debug!(%failure, "the monitor lost its connection");
                        self.connection = None;
                    }
                    other => return other,
                }
            }
            if let Err(stop) = self.watch_lock().await {
                return stop;
            }
            self.give_orders();
        }
    }

    async fn look(&mut self) -> Result<(), Stop> {
        let ticket = self.shared.ticket;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.shared.endpoint, Purpose::Monitor, LOCK_TIMEOUT).await?,
        };
        let asked = self.ask(&mut connection).await?;
        if asked.request == Request::Stop {
            self.shared.cancel.request_once();
        }
        self.others(asked.others_done);
        let server_time = asked.server_time;
        self.asked = Some((asked, Instant::now()));
        if self.due.heartbeat <= Instant::now() {
            lease::renew(&mut connection, ticket, self.shared.settings.lease).await?;
            self.due.heartbeat = Instant::now() + self.shared.settings.lease / 3;
        }
        if self.due.signals <= Instant::now() {
            self.due.signals = Instant::now() + SIGNALS;
            self.read_signals(&mut connection, server_time).await?;
        }
        self.give_orders();
        self.acknowledge(&mut connection).await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn ask(&self, connection: &mut Connection) -> Result<Asked, Stop> {
        let ticket = self.shared.ticket;
        let row = connection
            .row(&STEERING.sql(), &[&ticket.fence.0, &ticket.run.0])
            .await?;
        if row.integer("FencingNumber")? != ticket.fence.0 {
            return Err(Stop::FenceLost);
        }
        let members = row.integer("Members")?.max(1) as f64;
        Ok(Asked {
            request: match row.text("Request")?.as_str() {
                "pause" => Request::Pause,
                "stop" => Request::Stop,
                _ => Request::None,
            },
            rate: row
                .opt_integer("MaxEmbeddingsPerSecond")?
                .map(|rate| rate as f64 / members),
            workers: row
                .opt_integer("MaxWorkers")?
                .and_then(|workers| usize::try_from(workers).ok()),
            others_done: u64::try_from(row.integer("OthersDone")?).unwrap_or(0),
            server_time: row.need("ServerTime")?,
        })
    }

    /// Tells what other hosts have done since the last look.
    fn others(&mut self, done: u64) {
        if done > self.others_done {
            self.shared.events.observe(&Event::OthersAdvanced {
                embeddings: done - self.others_done,
            });
            self.others_done = done;
        }
    }

    async fn read_signals(
        &mut self,
        connection: &mut Connection,
        server_time: NaiveDateTime,
    ) -> Result<(), Failure> {
        let thresholds = &self.shared.settings.thresholds;
        let fresh = signals::read(
            connection,
            thresholds,
            server_time.time(),
            self.shared.steering.commit_median(),
        )
        .await?;
        let now = Instant::now();
        for reading in fresh {
            if reading.reading.is_some() {
                self.readings.insert(reading.signal, (reading, now));
            } else {
                self.readings
                    .entry(reading.signal)
                    .or_insert((reading, now));
            }
        }
        for (signal, (reading, read)) in &mut self.readings {
            if reading.reading.is_some() && read.elapsed() > BLIND {
                *reading = thresholds.blind(*signal);
            }
        }
        if self.shared.role == Role::Leader {
            let document: Vec<_> = self
                .readings
                .values()
                .map(|(one, _)| {
                    json!({ "signal": one.signal.to_string(), "reading": one.reading,
                            "threshold": one.threshold, "holds": one.holds })
                })
                .collect();
            let document = serde_json::Value::from(document).to_string();
            connection
                .rows(
                    &RECORD_SIGNALS.sql(),
                    &[&document, &self.shared.ticket.run.0],
                )
                .await?;
        }
        Ok(())
    }

    fn give_orders(&self) {
        let mut held_by: Vec<String> = self
            .readings
            .values()
            .filter(|(reading, _)| reading.holds)
            .map(|(reading, _)| reading.to_string())
            .collect();
        let Some((asked, at)) = &self.asked else {
            return;
        };
        if at.elapsed() > BLIND {
            held_by.push(format!(
                "monitor: no reading for {} s",
                at.elapsed().as_secs()
            ));
        }
        if let Some(since) = self.lock_lost {
            held_by.push(format!(
                "application lock: lost {} s ago, taking it again",
                since.elapsed().as_secs()
            ));
        }
        let orders = Orders {
            held_by,
            paused: asked.request == Request::Pause,
            workers: asked.workers.unwrap_or(self.shared.settings.workers),
            rate: asked.rate,
        };
        let before = self.shared.steering.orders();
        if self.shared.steering.order(orders.clone()) {
            self.tell(&before, &orders);
        }
    }

    fn tell(&self, before: &Orders, now: &Orders) {
        let names = |orders: &Orders| -> Vec<String> {
            let name = |text: &String| text.split(':').next().unwrap_or_default().to_owned();
            orders.held_by.iter().map(name).collect()
        };
        if names(before) != names(now) {
            self.shared.events.observe(&Event::Held {
                by: now.held_by.clone(),
            });
        }
        if before.paused != now.paused {
            self.shared
                .events
                .observe(&Event::Paused { paused: now.paused });
        }
    }

    /// Writes down what was seen, whenever it differs from what is written.
    async fn acknowledge(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        if self.shared.role == Role::Member {
            return Ok(());
        }
        let Some((asked, _)) = &self.asked else {
            return Ok(());
        };
        let orders = self.shared.steering.orders();
        let (state, request) = match asked.request {
            Request::Stop => ("stopping", "stop"),
            Request::Pause => ("paused", "pause"),
            Request::None => ("running", "none"),
        };
        let mut held = orders.held_by;
        if self.shared.steering.is_log_full() {
            held.insert(
                0,
                "log: full (9002), waiting for it to be truncated".to_owned(),
            );
        }
        let held = (!held.is_empty()).then(|| held.join("; ").chars().take(400).collect());
        let now = (state, request, held);
        if self.acknowledged.as_ref() == Some(&now) {
            return Ok(());
        }
        connection
            .rows(
                &ACKNOWLEDGE.sql(),
                &[&self.shared.ticket.fence.0, &now.0, &now.1, &now.2],
            )
            .await?;
        self.acknowledged = Some(now);
        Ok(())
    }

    /// Looks whether the application lock is still held, and takes it again after its connection was lost. Until then nobody
    /// writes; if somebody else has it, the run ends.
    async fn watch_lock(&mut self) -> Result<(), Stop> {
        let Some(lock) = &mut self.lock else {
            return Ok(());
        };
        if self.due.lock > Instant::now() {
            return Ok(());
        }
        self.due.lock = Instant::now() + LOCK;
        if self.lock_lost.is_none() {
            match lock.is_held().await {
                Ok(true) => return Ok(()),
                Ok(false) | Err(_) => {
                    self.lock_lost = Some(Instant::now());
                    self.give_orders();
                }
            }
        }
        let Some(lock) = &mut self.lock else {
            return Ok(());
        };
        match lock.take_again(&self.shared.endpoint, LOCK_TIMEOUT).await {
            Ok(()) => self.lock_lost = None,
            Err(stop @ Stop::Locked(_)) => return Err(stop),
            Err(stop) => {
                let lost = self.lock_lost.unwrap_or_else(Instant::now).elapsed();
                if lost > self.shared.settings.patience {
                    return Err(stop);
                }
            }
        }
        Ok(())
    }
}
