//! C2SP tlog-tiles: the checkpoint, hash tiles, and, if the settings say so, entry bundles. What a static file server
//! would serve, with the same headers. And what a static file server cannot: consistency proofs.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use crate::{
    merkle::{MerkleError, TilePath},
    server::{
        Problem,
        app::{App, Fault},
        extract::{self, Params},
    },
};

/// Checkpoints come about once a second; a cache may keep one for as long.
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// Tiles never change.
const LONG: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// How a checkpoint stands with the witnesses: `yes`, `waiting` or `late`.
const WITNESSED: HeaderName = HeaderName::from_static("sagwan-witnessed");
/// The size of the newest checkpoint that enough witnesses cosigned.
const WITNESSED_SIZE: HeaderName = HeaderName::from_static("sagwan-witnessed-size");

/// The newest checkpoint.
///
/// A C2SP tlog-checkpoint in a signed note, with the cosignatures that it has so far; everybody may read it. Where
/// witnesses are set up, `sagwan-witnessed` says whether enough of them are on it: `yes`, `waiting`, or `late` when there
/// were not enough on any for longer than the settings allow; `sagwan-witnessed-size` is the size of the newest that has
/// enough.
#[utoipa::path(
    get, operation_id = "getCheckpoint", path = "/checkpoint", tag = "transparency log",
    responses(
        (status = 200, description = "the signed note", content_type = "text/plain"),
        (status = 304, description = "it is the one that If-None-Match names"),
    )
)]
pub async fn checkpoint(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let head = app.ledger.head();
    let note = app.ledger.checkpoint(&head);
    let mut response = signed_note(&headers, note);
    if let Some(mark) = app.config.witnesses.mark() {
        let word = match (mark.witnessed == head.size, mark.is_late) {
            (true, _) => "yes",
            (false, false) => "waiting",
            (false, true) => "late",
        };
        response.headers_mut().insert(WITNESSED, HeaderValue::from_static(word));
        response.headers_mut().insert(WITNESSED_SIZE, HeaderValue::from(mark.witnessed));
    }
    response
}

/// The newest checkpoint that enough witnesses cosigned.
///
/// As `/checkpoint`, a little older, for those who rely on no other. Its tiles are those of the log.
#[utoipa::path(
    get, operation_id = "getWitnessedCheckpoint", path = "/witnessed/checkpoint", tag = "transparency log",
    responses(
        (status = 200, description = "the signed note, with cosignatures", content_type = "text/plain"),
        (status = 304, description = "it is the one that If-None-Match names"),
        (status = "4XX", description = "no checkpoint has enough cosignatures", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn witnessed(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let none = || {
        Problem::not_found("no checkpoint is cosigned by enough witnesses")
            .remedy("ask later, or take /checkpoint, which the log alone signed")
    };
    Ok(signed_note(&headers, app.ledger.witnessed().ok_or_else(none)?.note.clone()))
}

fn signed_note(headers: &HeaderMap, note: String) -> Response {
    // A cosignature is added to a checkpoint that stays what it is: the tag is of the whole note.
    let etag = format!("\"{}\"", hex::encode(Sha256::digest(&note)));
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer(headers, &etag, SHORT, kind, || note.into_bytes())
}

/// From which tree to which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The size of the older tree.
    from: String,
    /// The size of the newer tree; that of the newest checkpoint where it is left out.
    to: Option<String>,
}

/// A consistency proof.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct Consistency {
    /// The size of the older tree.
    from: u64,
    /// The size of the newer tree.
    to: u64,
    /// The older tree's root, hexadecimal.
    from_root: String,
    /// The newer tree's root, hexadecimal.
    to_root: String,
    /// The proof (RFC 6962 section 2.1.2), each hash hexadecimal.
    proof: Vec<String>,
}

/// The proof that one tree continues another.
///
/// RFC 6962 section 2.1.2, between any two sizes up to the newest checkpoint's. The roots are given for convenience: compare
/// them with those of checkpoints that you hold. It holds hashes only: no token is needed.
#[utoipa::path(
    get, operation_id = "getConsistency", path = "/api/v1/consistency", tag = "transparency log", params(Span),
    responses(
        (status = 200, description = "the proof", body = Consistency),
        (status = "4XX", description = "no such trees", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn consistency(State(app): State<Arc<App>>, Params(span): Params<Span>) -> Result<Response, Problem> {
    let from = extract::index(&span.from)?;
    let to = span.to.as_deref().map(extract::index).transpose()?;
    let found = app
        .read(move |ledger| -> Result<Consistency, Fault> {
            let to = to.unwrap_or_else(|| ledger.head().size);
            if from > to {
                return Err(
                    Problem::malformed(format!("from is {from} and to is {to}: the older tree comes first")).into()
                );
            }
            let proof = ledger.consistency_proof(from, to)?;
            let (from_root, to_root) = (hex::encode(ledger.root_at(from)?), hex::encode(ledger.root_at(to)?));
            Ok(Consistency { from, to, from_root, to_root, proof: proof.iter().map(hex::encode).collect() })
        })
        .await?;
    extract::json(&found)
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
