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

    /// Asks to stop after the batch, however often it was asked before.
    pub fn request_once(&self) {
        self.after_batch.cancel();
    }

    /// One that is stopped with this one, and that may be stopped alone.
    pub fn child(&self) -> Self {
        Self {
            after_batch: self.after_batch.child_token(),
            now: self.now.child_token(),
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
        tokio::spawn(each_signal(move || {
            if cancel.is_immediate() {
                std::process::exit(i32::from(crate::exit::Exit::Stopped as u8));
            }
            cancel.request();
        }));
    }
}

/// Calls `on_signal` for every interrupt. The listeners live as long as the loop: one made anew each time would miss
/// the second of two quick signals.
#[cfg(unix)]
async fn each_signal(on_signal: impl Fn()) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        on_signal();
    }
}

#[cfg(not(unix))]
async fn each_signal(on_signal: impl Fn()) {
    while tokio::signal::ctrl_c().await.is_ok() {
        on_signal();
    }
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

    #[test]
    fn a_child_stops_with_its_parent_and_not_the_other_way() {
        let parent = Cancel::default();
        let child = parent.child();
        child.request_once();
        child.request_once();
        assert!(child.is_requested() && !child.is_immediate() && !parent.is_requested());
        let other = parent.child();
        parent.request();
        assert!(other.is_requested() && !other.is_immediate());
        parent.request();
        assert!(other.is_immediate());
    }
}
