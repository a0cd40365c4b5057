//! The accept loop: who may connect, how long each phase may take, and how it all ends.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Body, extract::Request};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::Service;

use super::{
    HttpLimits,
    config::ms,
    linger::{Lingering, Lingers},
    metrics::Metrics,
    rate::peer_key,
    stall::Stalling,
    tls::Tls,
};
use crate::event::limits::{HTTP_ACCEPT_PAUSE_MS, HTTP_STREAMS_MAX};

/// The address at the other end of a request's connection, as rates and counts know it.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// What every connection is served with.
pub(super) struct Listening {
    /// The routes.
    pub router: Router,
    /// TLS, if it is spoken.
    pub tls: Option<Arc<Tls>>,
    /// Sizes and times.
    pub limits: HttpLimits,
    /// Where connections are counted.
    pub metrics: Arc<Metrics>,
    /// Where refused bodies end.
    pub lingers: Lingers,
}

impl Listening {
    /// Accepts until `shutdown`, then lets what is in hand finish for at most `limits.shutdown_ms`.
    pub async fn run(self: Arc<Self>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let peers = Arc::new(Peers::default());
        let mut tasks = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = tasks.join_next(), if !tasks.is_empty() => continue,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    let Some(place) = peers.enter(peer_key(address.ip()), &self.limits, &self.metrics) else {
                        continue;
                    };
                    let (this, watcher) = (Arc::clone(&self), graceful.watcher());
                    tasks.spawn(async move {
                        this.connection(stream, watcher, place.peer).await;
                        drop(place);
                    });
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => sleep(ms(HTTP_ACCEPT_PAUSE_MS)).await,
            }
        }
        drop(listener);
        let _ = timeout(ms(self.limits.shutdown_ms), graceful.shutdown()).await;
        tasks.shutdown().await;
    }

    async fn connection(&self, stream: TcpStream, watcher: Watcher, peer: IpAddr) {
        // Answers are small: waiting to fill a segment would only delay them.
        let _ = stream.set_nodelay(true);
        let stream = Stalling::new(stream, ms(self.limits.write_stall_ms));
        let Some(tls) = &self.tls else {
            return self.http1(stream, watcher, peer).await;
        };
        let handshake = timeout(ms(self.limits.handshake_ms), tls.acceptor().accept(stream));
        let Ok(Ok(stream)) = handshake.await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, watcher, peer).await;
        } else {
            self.http1(stream, watcher, peer).await;
        }
    }

    async fn http1(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        watcher: Watcher,
        peer: IpAddr,
    ) {
        let (router, lingers) = (self.router.clone(), self.lingers.clone());
        // Without the timer the header-read timeout would silently do nothing.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(ms(self.limits.header_read_ms))
            .max_headers(self.limits.headers)
            .max_header_size(self.limits.header_bytes)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| call(router.clone(), request, peer, &lingers)),
            );
        let _ = watcher.watch(connection).await;
    }

    async fn http2(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        watcher: Watcher,
        peer: IpAddr,
    ) {
        let header_bytes = u32::try_from(self.limits.header_bytes).unwrap_or(u32::MAX);
        let (router, lingers) = (self.router.clone(), self.lingers.clone());
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(header_bytes)
            .max_concurrent_streams(HTTP_STREAMS_MAX)
            .keep_alive_interval(ms(self.limits.header_read_ms))
            .keep_alive_timeout(ms(self.limits.header_read_ms))
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| call(router.clone(), request, peer, &lingers)),
            );
        let _ = watcher.watch(connection).await;
    }
}

fn call(
    mut router: Router,
    request: Request<Incoming>,
    peer: IpAddr,
    lingers: &Lingers,
) -> impl Future<Output = Result<axum::response::Response, Infallible>> + use<> {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Peer(peer));
    let body = Lingering::new(body, parts.version, &parts.headers, lingers);
    let request = Request::from_parts(parts, Body::new(body));
    router.call(request)
}

/// Whether an accept error concerns the connection that was to be accepted, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Who is connected, how often.
#[derive(Default)]
struct Peers(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    total: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A connection's place; dropped, it is free again.
struct Place {
    peers: Arc<Peers>,
    metrics: Arc<Metrics>,
    peer: IpAddr,
}

impl Peers {
    /// A place for one more connection of `peer`, if there is one.
    fn enter(self: &Arc<Self>, peer: IpAddr, limits: &HttpLimits, metrics: &Arc<Metrics>) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = counts.by_peer.get(&peer).copied().unwrap_or(0);
        if counts.total >= limits.connections || of_peer >= limits.peer_connections {
            metrics.connections_refused.inc();
            return None;
        }
        counts.total += 1;
        counts.by_peer.insert(peer, of_peer + 1);
        metrics.connections.inc();
        Some(Place { peers: Arc::clone(self), metrics: Arc::clone(metrics), peer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.connections.dec();
        let mut counts = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total = counts.total.saturating_sub(1);
        if let Some(count) = counts.by_peer.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.by_peer.remove(&self.peer);
            }
        }
    }
}
