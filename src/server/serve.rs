//! Opening and closing the door.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, middleware};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    Problem, ServerConfig, ServerError,
    app::App,
    front::{self, Front},
    linger::Lingers,
    listen::Listening,
    metrics::Metrics,
    openapi,
    tls::Tls,
};
use crate::{ledger::Ledger, state::State};

/// Serves a ledger over HTTP until `shutdown`, then closes it.
///
/// `ready` is called with the address once connections are accepted. On `shutdown` no connection is accepted any
/// more, what is in hand is finished for at most `limits.shutdown_ms`, and the ledger makes durable what it has taken
/// and closes. SIGHUP reads certificate, key and token file again.
///
/// # Errors
/// [`ServerError`]: settings, files or address that do not work; or a ledger that did not close cleanly.
pub async fn serve(
    ledger: Ledger,
    config: ServerConfig,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let opened = Door::open(ledger.clone(), config).await;
    let door = match opened {
        Ok(door) => door,
        Err(error) => return close(ledger).await.and(Err(error)),
    };
    ready(door.address);
    let app = Arc::clone(&door.app);
    let stop = async {
        shutdown.await;
        app.stop();
    };
    let reloads = door.reload_on_hangup()?;
    door.listening.run(door.listener, stop).await;
    reloads.abort();
    close(ledger).await
}

/// A runtime for [`serve`], with as many threads as the settings say: the ledger has its own for the heavy work.
///
/// # Errors
/// [`ServerError::System`] when the system gives no thread.
pub fn runtime(config: &ServerConfig) -> Result<Runtime, ServerError> {
    Builder::new_multi_thread()
        .worker_threads(config.worker_threads)
        .max_blocking_threads(config.limits.reads.saturating_add(8))
        .thread_name("sagwan-http")
        .enable_all()
        .build()
        .map_err(|error| ServerError::System { what: "a thread", why: error.to_string() })
}

/// Waits for SIGTERM or SIGINT.
///
/// # Errors
/// [`ServerError::System`] when the handlers cannot be set.
pub fn stop_signal() -> Result<impl Future<Output = ()>, ServerError> {
    let fault = |error: std::io::Error| ServerError::System { what: "a signal handler", why: error.to_string() };
    let mut terminate = signal(SignalKind::terminate()).map_err(fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

struct Door {
    app: Arc<App>,
    listening: Arc<Listening>,
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    async fn open(ledger: Ledger, config: ServerConfig) -> Result<Self, ServerError> {
        config.check()?;
        if config.public_entries {
            refuse_personal_entries(&ledger).await?;
        }
        let tls = config.tls.as_ref().map(Tls::load).transpose()?.map(Arc::new);
        let metrics = Metrics::new().map_err(|error| system("its own counters", &error))?;
        let metrics = Arc::new(metrics);
        let (listen, limits) = (config.listen, config.limits.clone());
        let app = Arc::new(App::new(ledger, config, Arc::clone(&metrics))?);
        let fault = |error: std::io::Error| ServerError::Listen { listen, why: error.to_string() };
        let listener = TcpListener::bind(listen).await.map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let router = router(Arc::clone(&app), Front::new(&limits, Arc::clone(&metrics)))?;
        let listening = Arc::new(Listening { router, tls, limits, metrics, lingers: Lingers::new() });
        Ok(Self { app, listening, listener, address })
    }

    /// Reads certificate and tokens again at every SIGHUP; a mistake in a file leaves the old ones in force.
    fn reload_on_hangup(&self) -> Result<JoinHandle<()>, ServerError> {
        let mut hangup = signal(SignalKind::hangup()).map_err(|error| system("a signal handler", &error))?;
        let (app, tls) = (Arc::clone(&self.app), self.listening.tls.clone());
        Ok(tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                let reloaded = app.reload_tokens().and_then(|()| tls.as_ref().map_or(Ok(()), |tls| tls.reload()));
                match reloaded {
                    Ok(()) => app.config.notices.send("certificate and tokens were read again"),
                    Err(error) => app.config.notices.send(&format!("nothing was reloaded: {error}")),
                }
            }
        }))
    }
}

fn router(app: Arc<App>, front: Front) -> Result<Router, ServerError> {
    let notices = app.config.notices.clone();
    let routes = openapi::routes(app).map_err(|error| system("its own description", &error))?;
    let panicked = move |panic| {
        notices.send("a handler panicked; the connection lives on");
        front::panicked(panic)
    };
    Ok(routes
        .fallback(|| async { Problem::not_found("there is nothing at this address") })
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::new(front), front::pass)))
}

async fn refuse_personal_entries(ledger: &Ledger) -> Result<(), ServerError> {
    let ledger = ledger.clone();
    let count = |state: &State| state.subjects().filter(|(_, subject)| subject.is_personal()).count();
    let personal = tokio::task::spawn_blocking(move || ledger.state(count)).await;
    let personal = personal.map_err(|error| system("a thread", &error))?.map_err(|error| system("a look", &error))?;
    if personal == 0 { Ok(()) } else { Err(ServerError::PersonalEntries { personal }) }
}

/// Closing waits for the disk, so not on a thread that speaks HTTP.
async fn close(ledger: Ledger) -> Result<(), ServerError> {
    match tokio::task::spawn_blocking(move || ledger.close()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ServerError::Close { why: error.to_string() }),
        Err(error) => Err(ServerError::Close { why: error.to_string() }),
    }
}

fn system(what: &'static str, error: &dyn std::fmt::Display) -> ServerError {
    ServerError::System { what, why: error.to_string() }
}
