//! What every phase shares: the plan as data, the one path that applies it, the application lock, cancellation, and
//! the events that tell a person or a pipe what happens.

mod action;
mod apply;
mod backoff;
mod cancel;
mod event;
mod lock;
mod plan;
mod recover;
mod stages;
mod stop;
mod watch;

pub use action::Action;
pub use apply::{Applied, Inspect, apply};
pub use backoff::backoff;
pub use cancel::Cancel;
pub use event::{AtWork, Event, Observer, StepOutcome};
pub use lock::{ApplicationLock, Holder};
pub use plan::{Plan, PlannedStep, StepState};
pub use recover::Recovery;
pub use stages::{BatchStages, Lap};
pub use stop::Stop;
pub use watch::Watch;
