//! What a client is told when something is wrong: RFC 9457 problem details on the JSON API, RFC 9290 concise problem
//! details on the SCITT resources. Nothing of the inside is in them.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use utoipa::ToSchema;

use crate::codec::cbor;

/// What went wrong, for a client: RFC 9457, with the remedy as a member of its own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:sagwan:problem:<name>`: what kind of problem it is, for programs.
    #[serde(rename = "type", serialize_with = "urn")]
    #[schema(value_type = String, example = "urn:sagwan:problem:not-found")]
    pub name: &'static str,
    /// The same in words.
    #[schema(value_type = String)]
    pub title: &'static str,
    /// The HTTP status code.
    #[serde(serialize_with = "code")]
    #[schema(value_type = u16, example = 404)]
    pub status: StatusCode,
    /// What is wrong with this request.
    pub detail: String,
    /// What to do next.
    pub remedy: String,
    /// What became of the statement, where there is one (see `Verdict`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub verdict: Option<Box<Value>>,
    /// Seconds to wait; the `Retry-After` header says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

fn urn<S: Serializer>(name: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:sagwan:problem:{name}"))
}

fn code<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// RFC 9290: -1 title, -2 detail.
struct Concise<'a>(&'a Problem);

impl Serialize for Concise<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(&-1_i8, self.0.title)?;
        map.serialize_entry(&-2_i8, &format!("{}; {}", self.0.detail, self.0.remedy))?;
        map.end()
    }
}

impl Problem {
    /// A problem of this kind; say with [`Problem::remedy`] what to do.
    #[must_use]
    pub fn new(status: StatusCode, name: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let (detail, remedy) = (detail.into(), String::new());
        Self { name, title, status, detail, remedy, verdict: None, retry_after: None }
    }

    /// The same, with what to do next.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The same, with the seconds to wait before the next attempt (at least one).
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.as_secs_f64().ceil().max(1.0) as u64);
        self
    }

    /// A parameter, header or body that cannot be read.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request", detail)
            .remedy("correct the request; /docs describes every route")
    }

    pub(super) fn bad_sequence(offset: usize) -> Self {
        Self::malformed(format!("the body is no CBOR sequence of definite-length items: stuck at byte {offset}"))
            .remedy("send Signed Statements one after the other with nothing between them (RFC 8742)")
    }

    pub(super) fn empty_body() -> Self {
        Self::malformed("the body is empty").remedy("send at least one statement or event")
    }

    pub(super) fn too_many_statements(max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-many",
            "Too many statements",
            format!("more than {max} in one request"),
        )
        .remedy("split them over several requests")
    }

    pub(super) fn body_too_large(max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Body too large",
            format!("the body is above {max} bytes"),
        )
        .remedy("split it over several requests")
    }

    pub(super) fn body_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "slow-body", "Body too slow", "the body did not arrive in time")
            .remedy("send it faster, or less at once")
    }

    pub(super) fn body_broken() -> Self {
        Self::malformed("the body ended early or was not framed as its headers say").remedy("send the request again")
    }

    pub(super) fn timeout() -> Self {
        let detail = "the answer took too long; what was sent may or may not be recorded";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "Timed out", detail)
            .remedy("send the same bytes again: a statement that is already recorded gets the same index")
            .retry_after(Duration::from_secs(1))
    }

    pub(super) fn rate(wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate",
            "Too Many Requests",
            "more requests than this server allows you",
        )
        .remedy("wait as Retry-After says; send several statements a request")
        .retry_after(wait)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not Found", detail)
            .remedy("check the address; /docs lists every route")
    }

    pub(super) fn method() -> Self {
        let detail = "this address does not answer to this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Method Not Allowed", detail)
            .remedy("/docs lists the methods of every route")
    }

    pub(super) fn media_type(accepted: &'static str) -> Self {
        let detail = format!("this route takes {accepted}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type", detail)
            .remedy("set Content-Type to what the body is")
    }

    pub(super) fn not_acceptable(offered: &'static str) -> Self {
        let detail = format!("this route answers with {offered}");
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "Not Acceptable", detail)
            .remedy("put one of them into Accept, or leave Accept out")
    }

    pub(super) fn unauthorized(detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "No valid token", detail)
            .remedy("send `Authorization: Bearer <token>` with a token from the server's token file")
    }

    pub(super) fn scope(scope: &'static str) -> Self {
        let detail = format!("the token does not have the scope `{scope}`");
        Self::new(StatusCode::FORBIDDEN, "scope", "Scope missing", detail)
            .remedy("ask whoever keeps the token file for the scope")
    }

    pub(super) fn internal() -> Self {
        let detail = "the server met an error of its own";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
            .remedy("try again; tell the operator, whose log has the cause")
    }

    /// The answer in the form that the resource speaks: RFC 9290 below `/entries` and `/.well-known`, else RFC 9457.
    pub(super) fn render(&self, concise: bool) -> Response {
        let (kind, body) = if concise {
            ("application/concise-problem-details+cbor", cbor::encode(&Concise(self)).unwrap_or_default())
        } else {
            ("application/problem+json", serde_json::to_vec(self).unwrap_or_default())
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        self.headers(response.headers_mut());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }

    fn headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sagwan\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// A problem on its way out: the front renders it, since only it knows which form the resource speaks.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(Box::new(self));
        response
    }
}

/// The problem that a handler gave, if it gave one.
pub(super) fn taken(response: &mut Response) -> Option<Box<Problem>> {
    response.extensions_mut().remove::<Box<Problem>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_forms_carry_the_same() {
        let problem = Problem::rate(Duration::from_millis(1_200));
        let json = problem.render(false);
        assert_eq!(json.headers()["retry-after"], "2");
        assert_eq!(json.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(json.into_body(), 9_999).await.unwrap();
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["type"], "urn:sagwan:problem:rate");
        assert_eq!(value["status"], 429);
        assert_eq!(value["retry_after"], 2);
        let cbor = problem.render(true);
        assert_eq!(cbor.status(), 429);
        let body = axum::body::to_bytes(cbor.into_body(), 9_999).await.unwrap();
        assert_eq!(body[..2], [0xa2, 0x20], "a map whose first key is -1");
        cbor::check(&body).unwrap();
    }

    #[test]
    fn a_response_hands_its_problem_over_once() {
        let mut response = Problem::internal().into_response();
        assert_eq!(taken(&mut response).unwrap().name, "internal");
        assert!(taken(&mut response).is_none());
    }
}
