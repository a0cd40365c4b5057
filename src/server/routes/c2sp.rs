//! C2SP tlog-tiles: the checkpoint, hash tiles, and, if the settings say so, entry bundles. What a static file server
//! would serve, with the same headers.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use crate::{
    merkle::{MerkleError, TilePath},
    server::{Problem, app::App},
};

/// Checkpoints come about once a second; a cache may keep one for as long.
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// Tiles never change.
const LONG: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The newest checkpoint.
///
/// A C2SP tlog-checkpoint in a signed note; everybody may read it.
#[utoipa::path(
    get, operation_id = "getCheckpoint", path = "/checkpoint", tag = "transparency log",
    responses(
        (status = 200, description = "the signed note", content_type = "text/plain"),
        (status = 304, description = "it is the one that If-None-Match names"),
    )
)]
pub async fn checkpoint(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let head = app.ledger.head();
    let etag = format!("\"{}\"", hex::encode(head.root));
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer(&headers, &etag, SHORT, kind, || head.checkpoint.clone().into_bytes())
}

/// A tile of hashes, or a bundle of entries.
///
/// `tile/<L>/<N>[.p/<W>]` as in C2SP tlog-tiles, exactly: N in groups of three digits, all but the last behind an `x`.
/// Bundles (`tile/entries/<N>`) hold every statement in full: they are served only where the settings make entries
/// public, and never while any subject is marked personal.
#[utoipa::path(
    get, operation_id = "getTile", path = "/tile/{*path}", tag = "transparency log",
    params(("path" = String, Path, description = "level or `entries`, and the tile's place, such as `0/x001/067.p/12`")),
    responses(
        (status = 200, description = "the tile", content_type = "application/octet-stream"),
        (status = 304, description = "If-None-Match names it: tiles never change"),
        (status = "4XX", description = "no such tile, or entries are not public", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn tile(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    // The raw path: a percent-encoded spelling would be a second address of the same tile.
    let text = uri.path().strip_prefix('/').unwrap_or_default();
    let path: TilePath = text.parse().map_err(|error: MerkleError| {
        Problem::not_found(error.to_string()).remedy("write the path as C2SP tlog-tiles does")
    })?;
    let bundle = matches!(path, TilePath::Bundle(_));
    if bundle && !app.config.public_entries {
        return Err(closed("the settings of this server keep entries closed"));
    }
    let shared = Arc::clone(&app);
    let bytes = app
        .read(move |ledger| {
            if bundle && shared.personal.is_marked(ledger)? {
                return Ok(None);
            }
            ledger.tile(&path).map(Some)
        })
        .await?;
    let bytes = bytes.ok_or_else(|| closed("a subject of this ledger is marked personal"))?;
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(answer(&headers, &format!("\"{text}\""), LONG, kind, || bytes))
}

fn closed(detail: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "entries-closed", "Entries are not public", detail)
        .remedy("read single records with a token; hash tiles and checkpoint are public")
}

/// The content, or 304 when the client has it.
fn answer(
    headers: &HeaderMap,
    etag: &str,
    cache: HeaderValue,
    kind: HeaderValue,
    content: impl FnOnce() -> Vec<u8>,
) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|list| {
        list.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
    });
    let etag = HeaderValue::try_from(etag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
    let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, cache), (header::CONTENT_TYPE, kind)];
    if known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, content()).into_response() }
}
