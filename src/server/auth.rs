//! Who is asking, and whether they may.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{
    Problem,
    app::App,
    extract::parse,
    listen::Peer,
    tokens::{Scope, Token},
};
use crate::{decide, event::limits::TOKEN_BYTES_MAX, ledger::Asker};

/// A request that may read: by its token, or because reads are open. What it may see, the ledger decides.
pub(super) struct Reader(pub Asker);

/// The header in which a reader says what he reads for.
const PURPOSE: &str = "sagwan-purpose";

/// A request that may have events signed in a token's actor's name.
pub(super) struct Recorder(pub Token);

/// A request that may see the metrics.
pub(super) struct Scraper;

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let reader = if app.config.open_reads && !parts.headers.contains_key(header::AUTHORIZATION) {
            decide::Reader::Anyone
        } else {
            decide::Reader::Actor(bearer(&parts.headers, app, Scope::Read)?.actor)
        };
        let peer = parts.extensions.get::<Peer>();
        let origin = peer.map_or_else(|| "unknown".to_owned(), |Peer(address)| address.to_string());
        let purpose = parts.headers.get(PURPOSE).map(|value| parse(value.to_str().unwrap_or_default())).transpose()?;
        Ok(Self(Asker { reader, origin: parse(&origin)?, purpose }))
    }
}

impl FromRequestParts<Arc<App>> for Recorder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        bearer(&parts.headers, app, Scope::Record).map(Self)
    }
}

impl FromRequestParts<Arc<App>> for Scraper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if app.config.open_metrics {
            return Ok(Self);
        }
        bearer(&parts.headers, app, Scope::Metrics).map(|_| Self)
    }
}

/// The valid token of a request, if it has the scope and its rate allows one more.
fn bearer(headers: &HeaderMap, app: &App, scope: Scope) -> Result<Token, Problem> {
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| Problem::unauthorized("there is no token"))?;
    let text = value.to_str().ok().and_then(|value| value.split_once(' '));
    let text = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, text)| text.trim());
    let text = text.filter(|text| (1..=TOKEN_BYTES_MAX).contains(&text.len()));
    let text = text.ok_or_else(|| Problem::unauthorized("the Authorization header is no bearer token"))?;
    let tokens = app.tokens();
    let token = tokens.find(text, app.now());
    let token = token.ok_or_else(|| Problem::unauthorized("the token is unknown or has expired"))?;
    app.bearers.take(token.sha256, Instant::now()).map_err(Problem::rate)?;
    if token.scopes.contains(&scope) { Ok(token.clone()) } else { Err(Problem::scope(scope.as_str())) }
}
