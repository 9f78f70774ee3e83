//! The TDS front: packets, TLS, logins, requests and answers. It knows bytes and no T-SQL; the engine behind
//! [`EngineServer`](crate::protocol::EngineServer) knows T-SQL and no bytes.

mod bulk;
mod certificate;
mod charset;
mod column;
mod connection;
mod decode;
mod dialect;
mod encode;
mod faults;
mod inbox;
mod input;
mod listener;
mod login;
mod options;
mod packet;
mod prelogin;
mod response;
mod rpc;
mod session;
mod text;
mod tls;
mod tokens;
mod transaction;
mod type_info;

#[cfg(test)]
mod tests;

pub use faults::{Fault, FaultCounts, ObservedRequest, RequestKind, WireFaults};
pub use listener::{Listener, RunningServer};
pub use options::{Encryption, WireOptions};
