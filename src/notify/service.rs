//! The couriers at work beside a server: a thread an endpoint, ended between two attempts.

use super::{config::Endpoint, courier::Courier, error::NotifyError};
use crate::{
    event::limits,
    ledger::{Ledger, LedgerError},
};
use std::{
    fmt::Write as _,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// What is counted of one endpoint.
#[derive(Debug, Default)]
struct Counts {
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
    waiting: AtomicU64,
    dead: AtomicU64,
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

    fn place(&self, name: &str) -> Arc<Counts> {
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

/// The way to stop.
#[derive(Debug, Default)]
struct Bell {
    rung: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Bell {
    fn ring(&self) {
        self.rung.store(true, Ordering::Relaxed);
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.woken.notify_all();
    }

    fn wait(&self, time: Duration) {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.rung.load(Ordering::Relaxed) {
            drop(self.woken.wait_timeout(lock, time));
        }
    }
}

/// Couriers at work. Dropping it stops them too.
pub struct Service {
    bell: Arc<Bell>,
    threads: Vec<JoinHandle<()>>,
}

impl Service {
    /// Starts a courier for each endpoint. `tell` gets what a person should know: a secret that cannot be read, a disk
    /// that fails; each such thing once until it changes.
    ///
    /// # Errors
    /// When a queue or a secret cannot be read, or the system gives no thread.
    pub fn start(
        ledger: &Ledger,
        endpoints: Vec<Endpoint>,
        board: &Board,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, NotifyError> {
        let mut service = Self { bell: Arc::default(), threads: Vec::new() };
        let tell: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(tell);
        for endpoint in endpoints {
            endpoint.secrets(&*ledger.host().io)?;
            let courier = Courier::open(ledger.clone(), endpoint)?;
            let counts = board.place(&courier.endpoint().name);
            let (bell, tell) = (Arc::clone(&service.bell), Arc::clone(&tell));
            let thread = std::thread::Builder::new().name("sagwan-webhook".into());
            let thread = thread.spawn(move || work(courier, &bell, &counts, &*tell));
            service
                .threads
                .push(thread.map_err(|error| NotifyError::System { what: "thread", why: error.to_string() })?);
        }
        Ok(service)
    }

    /// Asks the couriers to end after the attempt that they are at; returns at once. Also from another thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        let bell = Arc::clone(&self.bell);
        move || bell.ring()
    }

    /// Stops, and waits for the attempts under way: at most [`limits::WEBHOOK_ATTEMPT_MS_MAX`].
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.bell.ring();
        // A courier that panicked has told so on stderr; the queue is as durable as after any other end.
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}

fn work(mut courier: Courier, bell: &Bell, counts: &Counts, tell: &dyn Fn(&str)) {
    let mut told = String::new();
    while !bell.rung.load(Ordering::Relaxed) {
        match courier.turn(&bell.rung) {
            Ok(turn) => {
                told.clear();
                counts.delivered.fetch_add(turn.delivered, Ordering::Relaxed);
                counts.failed.fetch_add(turn.failed, Ordering::Relaxed);
                counts.given_up.fetch_add(turn.dead, Ordering::Relaxed);
            }
            // A ledger that is closing or has stopped says so to everybody itself.
            Err(NotifyError::Ledger(LedgerError::Stopped(_))) => return,
            Err(error) => {
                let what = format!("webhook {}: {error}", courier.endpoint().name);
                if what != told {
                    tell(&what);
                }
                told = what;
            }
        }
        counts.waiting.store(courier.queue().waiting.len() as u64, Ordering::Relaxed);
        counts.dead.store(courier.queue().dead.len() as u64, Ordering::Relaxed);
        bell.wait(Duration::from_millis(limits::WEBHOOK_LOOK_MS));
    }
    if let Err(error) = courier.put_down() {
        tell(&format!("webhook {}: {error}", courier.endpoint().name));
    }
}
