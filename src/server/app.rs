//! What the handlers share: the ledger, the settings, who may ask, and how to wait for either without a thread.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tokio::sync::{Semaphore, oneshot};

use super::{
    Problem, ServerConfig, ServerError, gateway::Gateway, map, metrics::Metrics, personal::Personal, rate::Rates,
    tokens::Tokens,
};
use crate::{
    event::{Digest, Timestamp, limits},
    ledger::{Ledger, LedgerError, Verdict},
};

/// What the handlers share.
pub(super) struct App {
    /// The ledger behind the door.
    pub ledger: Ledger,
    /// The settings.
    pub config: ServerConfig,
    /// Who signs for the bearers of tokens.
    pub gateway: Option<Gateway>,
    /// The rate of each token.
    pub bearers: Rates<Digest>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// Whether entry bundles may be public.
    pub personal: Personal,
    tokens: RwLock<Arc<Tokens>>,
    reads: Arc<Semaphore>,
    /// Blobs that may come in at once.
    pub uploads: Semaphore,
    stopping: AtomicBool,
}

/// Why a read gave no answer.
pub(super) enum Fault {
    /// The client's doing.
    Problem(Box<Problem>),
    /// The ledger's.
    Ledger(LedgerError),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl<E: Into<LedgerError>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Ledger(error.into())
    }
}

impl App {
    /// Reads tokens and gateway key.
    ///
    /// # Errors
    /// Those of the files that the settings name.
    pub fn new(ledger: Ledger, config: ServerConfig, metrics: Arc<Metrics>) -> Result<Self, ServerError> {
        let gateway = config.gateway.as_ref().map(|gateway| Gateway::load(gateway, ledger.origin())).transpose()?;
        let tokens = config.tokens.as_deref().map(Tokens::load).transpose()?.unwrap_or_default();
        Ok(Self {
            gateway,
            bearers: Rates::new(config.limits.token_rate, limits::HTTP_RATE_ENTRIES_MAX),
            metrics,
            personal: Personal::default(),
            tokens: RwLock::new(Arc::new(tokens)),
            reads: Arc::new(Semaphore::new(config.limits.reads)),
            uploads: Semaphore::new(limits::HTTP_BLOBS_AT_ONCE),
            stopping: AtomicBool::new(false),
            ledger,
            config,
        })
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        self.ledger.host().clock.now()
    }

    /// The tokens in force.
    pub fn tokens(&self) -> Arc<Tokens> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the token file again. On an error the old tokens stay.
    ///
    /// # Errors
    /// Those of [`Tokens::load`].
    pub fn reload_tokens(&self) -> Result<(), ServerError> {
        if let Some(path) = &self.config.tokens {
            let fresh = Arc::new(Tokens::load(path)?);
            *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Ok(())
    }

    /// From now on the server is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether the server has been asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Asks the ledger something that may touch the disk or wait for a batch, on a thread of its own. At most
    /// `limits.reads` at once; a request that times out meanwhile still counts until its read is over.
    ///
    /// # Errors
    /// The ledger's, as problems.
    pub async fn read<T: Send + 'static, E: Into<Fault> + Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Ledger) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.reads).acquire_owned().await.map_err(|_closed| Problem::internal())?;
        let app = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let answer = read(&app.ledger);
            drop(permit);
            answer
        });
        match answer.await.map(|answer| answer.map_err(Into::into)) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Fault::Problem(problem))) => Err(*problem),
            Ok(Err(Fault::Ledger(error))) => Err(self.problem(&error)),
            Err(_panicked) => Err(self.internal("a read of the ledger panicked")),
        }
    }

    /// Submits statements and waits, without a thread, until their verdicts are durable.
    ///
    /// # Errors
    /// 503 when too much waits or the ledger has stopped.
    pub async fn submit(&self, statements: Vec<Vec<u8>>) -> Result<Vec<Verdict>, Problem> {
        let (count, start) = (statements.len(), Instant::now());
        let (sender, receiver) = oneshot::channel();
        let done = move |verdicts| drop(sender.send(verdicts));
        self.ledger.submit(statements, Box::new(done)).map_err(|busy| map::busy(&busy))?;
        let verdicts: Vec<Verdict> = receiver.await.map_err(|_dropped| Problem::internal())?;
        #[expect(clippy::cast_precision_loss, reason = "a count of at most some thousands")]
        self.metrics.submission_statements.observe(count as f64);
        self.metrics.submission_seconds.observe(start.elapsed().as_secs_f64());
        self.count(&verdicts);
        Ok(verdicts)
    }

    fn count(&self, verdicts: &[Verdict]) {
        for name in map::VERDICTS {
            let count = verdicts.iter().filter(|verdict| map::verdict_name(verdict) == name).count();
            self.metrics.verdicts(name, count as u64);
        }
    }

    /// An error of the ledger as a client may see it; the operator sees the rest.
    pub fn problem(&self, error: &LedgerError) -> Problem {
        map::ledger(error).unwrap_or_else(|| self.internal(&error.to_string()))
    }

    /// An error that is none of the client's business.
    pub fn internal(&self, cause: &str) -> Problem {
        self.config.notices.send(cause);
        Problem::internal()
    }

    /// An address on this server, as clients call it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.public_url.as_deref().unwrap_or_default())
    }
}
