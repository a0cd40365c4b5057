//! How witnessing fares, for metrics and for those who are served a checkpoint.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// What is counted of one witness.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) size: AtomicU64,
    pub(super) time: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) ahead: AtomicU64,
}

/// What is told of all of them together.
#[derive(Debug, Default)]
struct Whole {
    is_on: AtomicBool,
    witnessed: AtomicU64,
    lag_s: AtomicU64,
    is_late: AtomicBool,
}

/// How a checkpoint that is served stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The size of the newest checkpoint on which enough witnesses are; 0 for none.
    pub witnessed: u64,
    /// There was no quorum for longer than the settings allow.
    pub is_late: bool,
}

/// How witnessing fares. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Board {
    by_name: Arc<Mutex<ByName>>,
    whole: Arc<Whole>,
}

/// The counts of each witness, by its name.
type ByName = Vec<(String, Arc<Counts>)>;

/// What is shown of them is no setting, so it makes no difference between two.
impl PartialEq for Board {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Board {}

impl Board {
    pub(super) fn place(&self, name: &str) -> Arc<Counts> {
        let counts = Arc::new(Counts::default());
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), Arc::clone(&counts)));
        counts
    }

    pub(super) fn set(&self, witnessed: u64, lag_s: u64, is_late: bool) {
        self.whole.is_on.store(true, Ordering::Relaxed);
        self.whole.witnessed.store(witnessed, Ordering::Relaxed);
        self.whole.lag_s.store(lag_s, Ordering::Relaxed);
        self.whole.is_late.store(is_late, Ordering::Relaxed);
    }

    /// How the checkpoints that are served stand; `None` where nobody is asked.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        let whole = &self.whole;
        whole.is_on.load(Ordering::Relaxed).then(|| Mark {
            witnessed: whole.witnessed.load(Ordering::Relaxed),
            is_late: whole.is_late.load(Ordering::Relaxed),
        })
    }

    /// Everything as Prometheus text; nothing where nobody is asked.
    #[must_use]
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        let Some(mark) = self.mark() else { return text };
        let lag = self.whole.lag_s.load(Ordering::Relaxed);
        // INVARIANT: writing to a String does not fail.
        for (name, help, value) in [
            ("sagwan_witnessed_size", "Size of the newest checkpoint that enough witnesses cosigned", mark.witnessed),
            ("sagwan_witness_lag_seconds", "Seconds since enough witnesses cosigned the newest checkpoint", lag),
            ("sagwan_witness_late", "1 while the lag is above the setting", u64::from(mark.is_late)),
        ] {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
        }
        type Of = fn(&Counts) -> &AtomicU64;
        let families: [(&str, &str, &str, Of); 5] = [
            ("sagwan_witness_cosigned_size", "gauge", "Size that a witness cosigned last", |c| &c.size),
            ("sagwan_witness_cosigned_seconds", "gauge", "When, by its clock, in Unix seconds", |c| &c.time),
            ("sagwan_witness_failures_total", "counter", "Rounds in which a witness did not answer well", |c| {
                &c.failed
            }),
            ("sagwan_witness_refused_total", "counter", "Rounds in which a witness refused", |c| &c.refused),
            ("sagwan_witness_ahead", "gauge", "Size that a witness names beyond the ledger's; 0 for none", |c| {
                &c.ahead
            }),
        ];
        let all = self.by_name.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (name, kind, help, of) in families {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (witness, counts) in &all {
                let _ = writeln!(text, "{name}{{witness=\"{witness}\"}} {}", of(counts).load(Ordering::Relaxed));
            }
        }
        text
    }
}
