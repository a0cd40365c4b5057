//! What the couriers did so far, counted for those who watch.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What is counted of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) delivered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) given_up: AtomicU64,
    pub(super) waiting: AtomicU64,
    pub(super) dead: AtomicU64,
}

/// The counts of each endpoint, by its name.
type ByName = Vec<(String, Arc<Counts>)>;

/// What the couriers do, for those who watch. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<ByName>>);

impl PartialEq for Board {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.counts().is_empty() && other.counts().is_empty())
    }
}

impl Eq for Board {}

impl Board {
    fn counts(&self) -> ByName {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn place(&self, name: &str) -> Arc<Counts> {
        let counts = Arc::new(Counts::default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), Arc::clone(&counts)));
        counts
    }

    /// Everything as Prometheus text; nothing where there is no endpoint.
    #[must_use]
    pub fn metrics(&self) -> String {
        let (all, mut text) = (self.counts(), String::new());
        if all.is_empty() {
            return text;
        }
        type Of = fn(&Counts) -> &AtomicU64;
        let families: [(&str, &str, &str, Of); 5] = [
            ("sagwan_webhook_delivered_total", "counter", "Messages that an endpoint took", |c| &c.delivered),
            ("sagwan_webhook_failed_attempts_total", "counter", "Attempts that failed", |c| &c.failed),
            ("sagwan_webhook_given_up_total", "counter", "Messages that were given up", |c| &c.given_up),
            ("sagwan_webhook_waiting", "gauge", "Messages that wait", |c| &c.waiting),
            ("sagwan_webhook_dead", "gauge", "Messages that were given up and are kept", |c| &c.dead),
        ];
        for (name, kind, help, of) in families {
            // INVARIANT: writing to a String does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (webhook, counts) in &all {
                let _ = writeln!(text, "{name}{{webhook=\"{webhook}\"}} {}", of(counts).load(Ordering::Relaxed));
            }
        }
        text
    }
}
