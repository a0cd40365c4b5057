//! The couriers at work beside a server: a thread an endpoint, ended between two attempts.

use super::{
    bell::Bell,
    board::{Board, Counts},
    config::Endpoint,
    courier::Courier,
    error::NotifyError,
};
use crate::{
    event::limits,
    ledger::{Ledger, LedgerError},
};
use std::{
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
    time::Duration,
};

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
    while !bell.is_rung() {
        match courier.turn(bell.rung()) {
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
