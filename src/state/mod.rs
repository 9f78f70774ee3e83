//! Schema `hartonomous`: what the tool keeps in the database. Versioned; upgraded in place; a newer one is refused.

mod layout;
mod promises;
mod run;
mod verdicts;

pub use layout::{COPYING, STEERABLE, ensure_layout, layout_version};
pub use promises::{
    add_attestation, add_waiver, list_attestations, list_waivers, revoke_attestations,
    revoke_waivers, server_utc, when,
};
pub use run::{
    ControlState, FencingNumber, StepRecord, StoredStep, Watermark, close_abandoned_runs,
    finish_run, join_run, list_steps, raise_fence, read_control, record_gate, record_step,
    set_control_state, start_run,
};
pub use verdicts::{LastVerdict, last_verdicts};
