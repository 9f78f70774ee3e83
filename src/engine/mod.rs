//! What every phase shares: the plan as data, the one path that applies it, the application lock, cancellation, and
//! the events that tell a person or a pipe what happens.

mod apply;
mod cancel;
mod event;
mod lock;
mod plan;
mod stop;

pub use apply::{Applied, Inspect, apply};
pub use cancel::Cancel;
pub use event::{Event, Observer, StepOutcome};
pub use lock::{ApplicationLock, Holder};
pub use plan::{Plan, PlannedStep, StepState};
pub use stop::Stop;
