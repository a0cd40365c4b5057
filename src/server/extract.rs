//! Parameters of a request, read strictly: what cannot be read is a problem that names it.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use super::Problem;
use crate::ledger::Seen;

/// The query string as a struct; unknown names are refused where the struct refuses them.
pub(super) struct Params<T>(pub T);

/// The variable segments of the path, percent-decoded.
pub(super) struct Segments<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(params)| Self(params)).map_err(|error| Problem::malformed(error.body_text()))
    }
}

impl<S: Sync + Send, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Self(segments)).map_err(|error| Problem::malformed(error.body_text()))
    }
}

/// A value of the vocabulary, from text.
///
/// # Errors
/// 400, with the vocabulary's own message.
pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| Problem::malformed(error.to_string()))
}

/// The same for a parameter that may be absent.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_some<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: Option<&String>,
) -> Result<Option<T>, Problem> {
    text.map(|text| parse(text)).transpose()
}

/// A log index: decimal digits without a leading zero.
///
/// # Errors
/// 400.
pub(super) fn index(text: &str) -> Result<u64, Problem> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let index = if canonical { text.parse().ok() } else { None };
    index.ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, "locator", "Invalid locator", "a log index is a decimal number")
            .remedy("write it without sign, leading zeros or other characters")
    })
}

/// A JSON answer; reads are not to be kept by caches, since who may see them is decided by token.
pub(super) fn json(value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
    Ok(bytes("application/json", body))
}

/// The header that names the rules by which an answer would be refused in a stricter stage.
const WOULD_DENY: HeaderName = HeaderName::from_static("sagwan-would-deny");

/// The answer, with what was said against giving it.
pub(super) fn warned(mut response: Response, rules: &[Arc<str>]) -> Response {
    if !rules.is_empty()
        && let Ok(value) = HeaderValue::try_from(rules.join(", "))
    {
        response.headers_mut().insert(WOULD_DENY, value);
    }
    response
}

/// A JSON answer to a reader.
pub(super) fn json_seen<T: Serialize>(seen: &Seen<T>) -> Result<Response, Problem> {
    Ok(warned(json(&seen.value)?, &seen.warned))
}

/// An answer of bytes of a media type, not to be kept by caches.
pub(super) fn bytes(kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body.into()).into_response()
}
