//! How the front behaves: what it offers of encryption, and who may disturb it.

use std::sync::Arc;

use super::faults::WireFaults;

/// The server's side of the encryption negotiation (MS-TDS 2.2.6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// As SQL Server does by default: full encryption for who asks, login-only for who does not, none for who cannot.
    #[default]
    Offered,
    /// ENCRYPT_NOT_SUP: everything in the clear, strict connections are refused.
    Unsupported,
    /// "Force Encryption": who cannot encrypt is turned away.
    Required,
}

/// Options of a listener.
#[derive(Clone)]
pub struct WireOptions {
    pub encryption: Encryption,
    /// Named in ERROR and INFO tokens, as @@SERVERNAME.
    pub server_name: String,
    /// Packets of the answer that may wait for a slow client before the engine has to wait.
    pub queued_packets: usize,
    pub faults: Option<Arc<dyn WireFaults>>,
}

impl Default for WireOptions {
    fn default() -> Self {
        Self {
            encryption: Encryption::default(),
            server_name: "STANDIN".to_owned(),
            queued_packets: 32,
            faults: None,
        }
    }
}
