//! Ctrl-C: the first finishes the batch and stops, the second rolls the batch back and stops.

use tokio_util::sync::CancellationToken;

/// Two requests to stop, the second stronger than the first.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    after_batch: CancellationToken,
    now: CancellationToken,
}

impl Cancel {
    /// Asks to stop: after the batch at the first call, at once at the second.
    pub fn request(&self) {
        if self.after_batch.is_cancelled() {
            self.now.cancel();
        } else {
            self.after_batch.cancel();
        }
    }

    /// Has anybody asked to stop?
    pub fn is_requested(&self) -> bool {
        self.after_batch.is_cancelled()
    }

    /// Must the batch under way be given up?
    pub fn is_immediate(&self) -> bool {
        self.now.is_cancelled()
    }

    /// Waits until somebody asks to stop.
    pub async fn requested(&self) {
        self.after_batch.cancelled().await;
    }

    /// Waits until the batch under way must be given up.
    pub async fn immediate(&self) {
        self.now.cancelled().await;
    }

    /// Turns SIGINT and SIGTERM into requests for as long as the process lives; a third one ends it at once.
    pub fn listen(&self) {
        let cancel = self.clone();
        tokio::spawn(async move {
            while next_signal().await {
                if cancel.is_immediate() {
                    std::process::exit(i32::from(crate::exit::Exit::Stopped as u8));
                }
                cancel.request();
            }
        });
    }
}

#[cfg(unix)]
async fn next_signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        received = terminate.recv() => received.is_some(),
    }
}

#[cfg(not(unix))]
async fn next_signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::Cancel;

    #[test]
    fn the_second_request_is_stronger() {
        let cancel = Cancel::default();
        cancel.request();
        assert!(cancel.is_requested() && !cancel.is_immediate());
        cancel.request();
        assert!(cancel.is_immediate());
    }
}
