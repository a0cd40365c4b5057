//! SCITT Reference APIs (draft-ietf-scitt-scrapi-11): register a Signed Statement, get its receipt, get the log's keys.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer};

use crate::{
    codec::cbor,
    crypto::PublicKey,
    event::Bytes,
    ledger::{Ledger, LedgerError, Verdict},
    server::{
        Problem,
        app::App,
        body::{self, media_type},
        config::ms,
        extract::{self, Segments},
        map,
    },
};

const COSE: &str = "application/cose";
const STATEMENT: &str = "application/scitt-statement+cose";

/// Register a Signed Statement.
///
/// Answers once the statement is durable, with its receipt. The payload must be an event (docs/events.md): any other
/// is refused, saying so. The signature is the authentication, no token is needed. Sending the same statement again
/// gives the same entry.
#[utoipa::path(
    post, operation_id = "registerStatement", path = "/entries", tag = "SCITT",
    request_body(description = "a COSE_Sign1 Signed Statement", content(("application/cose"), ("application/scitt-statement+cose"))),
    responses(
        (status = 201, description = "the receipt (RFC 9942)", content_type = "application/cose",
            headers(("Location" = String, description = "where fresh receipts of this entry are"))),
        (status = "4XX", description = "refused", content_type = "application/concise-problem-details+cbor"),
        (status = "5XX", description = "busy or stopped", content_type = "application/concise-problem-details+cbor"),
    )
)]
pub async fn register(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let kind = media_type(&headers);
    if kind != COSE && kind != STATEMENT {
        return Err(Problem::media_type("application/cose or application/scitt-statement+cose"));
    }
    let limits = &app.config.limits;
    let statement = body::read(body, limits.body_bytes, ms(limits.body_read_ms)).await?;
    let verdict = app.submit(vec![statement.to_vec()]).await?.pop().ok_or_else(Problem::internal)?;
    let Verdict::Recorded { index, known, .. } = verdict else {
        return Err(map::verdict(&verdict).map_or_else(Problem::internal, as_draft));
    };
    let receipt = if known {
        app.read(move |ledger| ledger.receipt(index)).await?
    } else {
        // What was just recorded is in memory: this waits for no disk.
        app.ledger.receipt(index).map_err(|error| app.problem(&error))?
    };
    Ok((StatusCode::CREATED, receipt_headers(&app, index)?, receipt).into_response())
}

/// The draft answers 400 to whatever is wrong with the statement itself.
fn as_draft(mut problem: Problem) -> Problem {
    if problem.status.is_client_error() && problem.status != StatusCode::PAYLOAD_TOO_LARGE {
        problem.status = StatusCode::BAD_REQUEST;
    }
    problem
}

/// Resolve a receipt.
///
/// The entry's id is its log index. The receipt is made for the newest tree head, so two answers differ. Receipts hold
/// hashes only: no token is needed.
#[utoipa::path(
    get, operation_id = "resolveReceipt", path = "/entries/{id}", tag = "SCITT", params(("id" = u64, Path, description = "log index")),
    responses(
        (status = 200, description = "the receipt (RFC 9942)", content_type = "application/cose"),
        (status = "4XX", description = "no such entry", content_type = "application/concise-problem-details+cbor"),
    )
)]
pub async fn resolve(State(app): State<Arc<App>>, Segments(id): Segments<String>) -> Result<Response, Problem> {
    let index = extract::index(&id)?;
    let receipt = app.read(move |ledger| ledger.receipt(index)).await?;
    Ok((receipt_headers(&app, index)?, receipt).into_response())
}

fn receipt_headers(app: &App, index: u64) -> Result<[(header::HeaderName, HeaderValue); 3], Problem> {
    let location = HeaderValue::try_from(app.url(&format!("/entries/{index}"))).map_err(|_| Problem::internal())?;
    Ok([
        (header::LOCATION, location),
        (header::CONTENT_TYPE, HeaderValue::from_static(COSE)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ])
}

/// The log's keys, those that sign no more included.
///
/// A COSE_KeySet (RFC 9052 section 7). A receipt's `kid` is the thumbprint (RFC 9679) of one of them.
#[utoipa::path(
    get, operation_id = "listLogKeys", path = "/.well-known/scitt-keys", tag = "SCITT",
    responses((status = 200, description = "a COSE_KeySet", content_type = "application/cbor"))
)]
pub async fn keys(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let keys: Vec<CoseKey> = app.read(log_keys).await?.into_iter().map(CoseKey).collect();
    cbor(&keys)
}

/// One of the log's keys.
#[utoipa::path(
    get, operation_id = "getLogKey", path = "/.well-known/scitt-keys/{kid}", tag = "SCITT",
    params(("kid" = String, Path, description = "the key's thumbprint, base64url without padding")),
    responses(
        (status = 200, description = "a COSE_Key", content_type = "application/cbor"),
        (status = 404, description = "no such key", content_type = "application/concise-problem-details+cbor"),
    )
)]
pub async fn key(State(app): State<Arc<App>>, Segments(kid): Segments<String>) -> Result<Response, Problem> {
    let wanted = BASE64_URL_SAFE_NO_PAD.decode(&kid).unwrap_or_default();
    let found = app.read(log_keys).await?.into_iter().find(|key| key.thumbprint().as_slice() == wanted);
    let none = || {
        Problem::new(StatusCode::NOT_FOUND, "no-such-key", "No such key", "no key could be found for this kid value")
            .remedy("write the kid as base64url without padding; /.well-known/scitt-keys has them all")
    };
    cbor(&CoseKey(found.ok_or_else(none)?))
}

fn log_keys(ledger: &Ledger) -> Result<Vec<PublicKey>, LedgerError> {
    ledger.state(|state| state.log_keys().filter_map(|(_, key)| key.public_key().ok()).collect())
}

/// RFC 9052 section 7 and RFC 9053 section 7.2: an OKP key.
struct CoseKey(PublicKey);

impl Serialize for CoseKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Field {
            Int(i64),
            Bytes(Bytes),
        }
        // 1 kty = OKP, 2 kid, 3 alg, -1 crv = Ed25519, -2 x
        let fields = BTreeMap::from([
            (1, Field::Int(1)),
            (2, Field::Bytes(Bytes(self.0.thumbprint().to_vec()))),
            (3, Field::Int(self.0.algorithm().cose())),
            (-1, Field::Int(6)),
            (-2, Field::Bytes(Bytes(self.0.raw().to_vec()))),
        ]);
        serializer.collect_map(fields)
    }
}

fn cbor(value: &impl Serialize) -> Result<Response, Problem> {
    let body = cbor::encode(value).map_err(|_| Problem::internal())?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/cbor")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    Ok((headers, body).into_response())
}
