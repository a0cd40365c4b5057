//! How a thread that works at intervals is told to stop, also while it waits.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Rung once, by whoever wants the threads that hear it to end.
#[derive(Debug, Default)]
pub struct Bell {
    rung: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Bell {
    /// Rings it, and wakes who waits.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::Relaxed);
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.woken.notify_all();
    }

    /// Whether it was rung.
    #[must_use]
    pub fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Relaxed)
    }

    /// What [`Self::is_rung`] looks at, for work that stops in between.
    #[must_use]
    pub const fn rung(&self) -> &AtomicBool {
        &self.rung
    }

    /// Waits so long, or until it rings.
    pub fn wait(&self, time: Duration) {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_rung() {
            drop(self.woken.wait_timeout(lock, time));
        }
    }
}
