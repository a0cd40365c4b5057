//! Asking at intervals, beside a server.

use super::{
    ask::Asker,
    board::{Board, Counts},
    config::Witnessing,
    error::WitnessError,
    outcome::{Outcome, Round},
};
use crate::{
    ledger::{Ledger, LedgerError},
    notify::Bell,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
    time::Duration,
};

/// Witnesses are being asked. Dropping it stops that.
pub struct Service {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// What a person is told, and what is counted.
struct Told {
    tell: Box<dyn Fn(&str) + Send>,
    board: Board,
    counts: BTreeMap<String, Arc<Counts>>,
    /// The last trouble of each witness, so that each is told once.
    troubles: BTreeMap<String, String>,
    /// The last thing that went wrong here.
    fault: String,
    /// Since when the newest checkpoint that was asked for lacks witnesses, by the monotonic clock.
    behind_since_ms: Option<i64>,
    is_late: bool,
}

impl Service {
    /// Asks once, and then at intervals from a thread of its own; nothing where no witness is set. `tell` gets what a person
    /// should know, each thing once until it changes.
    ///
    /// # Errors
    /// [`WitnessError::Behind`] when a witness shows a checkpoint under this ledger's key that the ledger does not have,
    /// unless `accept_behind`; those of [`Asker::open`]; [`WitnessError::Thread`].
    pub fn start(
        ledger: &Ledger,
        settings: Witnessing,
        board: &Board,
        accept_behind: bool,
        tell: impl Fn(&str) + Send + 'static,
    ) -> Result<Self, WitnessError> {
        let bell = Arc::<Bell>::default();
        if settings.asked.is_empty() {
            return Ok(Self { bell, thread: None });
        }
        let counts = settings.asked.iter().map(|asked| (asked.name.clone(), board.place(&asked.name))).collect();
        let mut asker = Asker::open(ledger.clone(), settings, accept_behind)?;
        let mut told = Told {
            tell: Box::new(tell),
            board: board.clone(),
            counts,
            troubles: BTreeMap::new(),
            fault: String::new(),
            behind_since_ms: None,
            is_late: false,
        };
        let round = asker.round(bell.rung())?;
        if !accept_behind {
            refuse_behind(&round, ledger.head().size)?;
        }
        told.round(&asker, &round);
        let own = Arc::clone(&bell);
        let thread = std::thread::Builder::new().name("sagwan-witness".into());
        let thread = thread.spawn(move || work(&mut asker, &own, &mut told));
        Ok(Self { bell, thread: Some(thread.map_err(|error| WitnessError::Thread(error.to_string()))?) })
    }

    /// Asks the thread to end after the requests that it is at; returns at once. Also from another thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        let bell = Arc::clone(&self.bell);
        move || bell.ring()
    }

    /// Stops, and waits for the requests under way.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.bell.ring();
        // A thread that panicked has told so on stderr; what was kept is as durable as after any other end.
        self.thread.take().into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}

fn refuse_behind(round: &Round, ours: u64) -> Result<(), WitnessError> {
    let proven = round.outcomes.iter().find_map(|(name, outcome)| Some((name, outcome, outcome.proof()?)));
    match proven {
        None => Ok(()),
        Some((witness, outcome, path)) => {
            let theirs = if let Outcome::Ahead { size, .. } = outcome { *size } else { ours };
            Err(WitnessError::Behind { witness: witness.clone(), theirs, ours, path: path.to_owned() })
        }
    }
}

fn work(asker: &mut Asker, bell: &Bell, told: &mut Told) {
    loop {
        bell.wait(asker.settings().interval);
        if bell.is_rung() {
            return;
        }
        match asker.round(bell.rung()) {
            Ok(round) => told.round(asker, &round),
            // A ledger that is closing or has stopped says so to everybody itself.
            Err(WitnessError::Ledger(LedgerError::Stopped(_))) => return,
            Err(error) => told.fault(&format!("witnesses: {error}")),
        }
    }
}

impl Told {
    fn fault(&mut self, what: &str) {
        if what != self.fault {
            (self.tell)(what);
            what.clone_into(&mut self.fault);
        }
    }

    fn round(&mut self, asker: &Asker, round: &Round) {
        self.fault.clear();
        for (name, outcome) in &round.outcomes {
            self.outcome(name, outcome);
        }
        let now_ms = asker.ledger().host().clock.monotonic_ms();
        self.behind_since_ms = if round.is_met { None } else { Some(self.behind_since_ms.unwrap_or(now_ms)) };
        let lag_ms = self.behind_since_ms.map_or(0, |since| now_ms.saturating_sub(since));
        let lag = Duration::from_millis(u64::try_from(lag_ms).unwrap_or_default());
        let is_late = self.behind_since_ms.is_some() && lag >= asker.settings().lag;
        let witnessed = round.witnessed.unwrap_or_default();
        if is_late && !self.is_late {
            (self.tell)(&format!(
                "no checkpoint above size {witnessed} is cosigned by enough witnesses, for {} s now (the ledger has {}); recording goes on",
                lag.as_secs(),
                round.size
            ));
        } else if self.is_late && !is_late {
            (self.tell)(&format!("enough witnesses cosign again (size {witnessed})"));
        }
        self.is_late = is_late;
        self.board.set(witnessed, lag.as_secs(), is_late);
    }

    fn outcome(&mut self, name: &str, outcome: &Outcome) {
        if let Some(counts) = self.counts.get(name) {
            let ahead = if let Outcome::Ahead { size, .. } = outcome { *size } else { 0 };
            counts.ahead.store(ahead, Ordering::Relaxed);
            match outcome {
                Outcome::Cosigned { size, time } => {
                    counts.size.store(*size, Ordering::Relaxed);
                    counts.time.store(*time, Ordering::Relaxed);
                }
                Outcome::Failed(_) => drop(counts.failed.fetch_add(1, Ordering::Relaxed)),
                _ => drop(counts.refused.fetch_add(1, Ordering::Relaxed)),
            }
        }
        if let Outcome::Cosigned { .. } = outcome {
            if self.troubles.remove(name).is_some() {
                (self.tell)(&format!("witness {name} cosigns again"));
            }
            return;
        }
        let why = outcome.in_words();
        if self.troubles.get(name) != Some(&why) {
            (self.tell)(&format!("witness {name}: {why}"));
            self.troubles.insert(name.to_owned(), why);
        }
    }
}
