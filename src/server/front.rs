//! What every request passes on its way in and out: rate, header count, time, counters, the form of errors.

use std::{
    any::Any,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::{HttpLimits, Problem, config::ms, listen::Peer, metrics::Metrics, problem, rate::Rates};
use crate::event::limits::HTTP_RATE_ENTRIES_MAX;

/// What the front needs.
pub(super) struct Front {
    headers: usize,
    time: Duration,
    peers: Rates<IpAddr>,
    metrics: Arc<Metrics>,
}

impl Front {
    /// The front of a server with these limits.
    pub fn new(limits: &HttpLimits, metrics: Arc<Metrics>) -> Self {
        let peers = Rates::new(limits.peer_rate, HTTP_RATE_ENTRIES_MAX);
        Self { headers: limits.headers, time: ms(limits.request_ms), peers, metrics }
    }

    fn admit(&self, request: &Request, now: Instant) -> Result<(), Problem> {
        if request.headers().len() > self.headers {
            return Err(too_many_headers(self.headers));
        }
        let peer = request.extensions().get::<Peer>().copied();
        peer.map_or(Ok(()), |Peer(peer)| self.peers.take(peer, now).map_err(Problem::rate))
    }
}

fn too_many_headers(limit: usize) -> Problem {
    let detail = format!("the request has more than {limit} headers");
    Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers", "Too many headers", detail)
        .remedy("send fewer headers")
}

/// The middleware around every route.
pub(super) async fn pass(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let concise = is_scitt(request.uri().path());
    let mut response = match front.admit(&request, start) {
        Err(problem) => problem.into_response(),
        Ok(()) => match timeout(front.time, next.run(request)).await {
            Ok(response) => response,
            Err(_elapsed) => Problem::timeout().into_response(),
        },
    };
    if let Some(problem) = problem::taken(&mut response) {
        response = problem.render(concise);
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    front.metrics.request(route, response.status().as_u16(), start.elapsed());
    response
}

/// Whether the resource is SCRAPI's, whose errors are concise problem details.
fn is_scitt(path: &str) -> bool {
    let below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below("/entries") || below("/.well-known/scitt-keys")
}

/// A handler that panicked: the client learns nothing, the connection lives on.
pub(super) fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    Problem::internal().into_response()
}
