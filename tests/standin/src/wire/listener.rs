//! Accepting connections, and ending them all.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::certificate::ServerIdentity;
use super::connection::{self, Shared};
use super::faults::{FaultCounts, FaultTally};
use super::options::WireOptions;
use crate::protocol::EngineServer;

/// Binds a TDS server.
pub struct Listener;

impl Listener {
    /// Listens at `address` (port 0: any free one) and serves until the handle is shut down or dropped. Needs a
    /// running tokio runtime, which must outlive the server.
    pub async fn bind(
        address: impl ToSocketAddrs,
        server: Arc<dyn EngineServer>,
        options: WireOptions,
    ) -> io::Result<RunningServer> {
        let listener = TcpListener::bind(address).await?;
        let local_addr = listener.local_addr()?;
        let identity = ServerIdentity::generate()?;
        let ca_pem = identity.ca_pem.clone();
        let tally = Arc::new(FaultTally::default());
        let accepted = Arc::new(AtomicU64::new(0));
        let shared = Arc::new(Shared {
            server,
            options: Arc::new(options),
            identity,
            tally: Arc::clone(&tally),
        });
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, shared, Arc::clone(&accepted), stopped));
        Ok(RunningServer {
            local_addr,
            ca_pem,
            tally,
            accepted,
            stop,
            accepting: Some(accepting),
        })
    }
}

/// A server that runs until it is shut down or dropped.
pub struct RunningServer {
    local_addr: SocketAddr,
    ca_pem: String,
    tally: Arc<FaultTally>,
    accepted: Arc<AtomicU64>,
    stop: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
}

impl RunningServer {
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The certificate authority to trust; its server certificate is for localhost, 127.0.0.1 and ::1.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    pub fn fault_counts(&self) -> FaultCounts {
        self.tally.counts()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Stops listening, breaks every connection and waits until all sessions have ended.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.await;
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    accepted: Arc<AtomicU64>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let stop = stopped.clone();
    loop {
        tokio::select! {
            () = connection::told_to_stop(&mut stopped) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            incoming = listener.accept() => {
                // Out of descriptors, or the client left the queue: the next one may fare better.
                let Ok((tcp, peer)) = incoming else {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                    continue;
                };
                let number = accepted.fetch_add(1, Ordering::SeqCst) + 1;
                let connection =
                    connection::serve(tcp, peer, number, Arc::clone(&shared), stop.clone());
                connections.spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(connection = number, %peer, %error, "connection failed");
                    }
                });
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
