//! The API's description, and a page to browse it: swagger-ui from within the program, nothing from elsewhere.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use utoipa_swagger_ui::Config;

use crate::server::{Problem, extract::Segments, openapi::Description};

/// The page may run its own scripts and talk to its own server, and nothing else. swagger-ui sets style attributes
/// and draws its icons from data URLs.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const PAGE: &str = include_str!("../docs/index.html");
const START: &str = include_str!("../docs/start.js");

/// This API as OpenAPI 3.1.
#[utoipa::path(
    get, operation_id = "getOpenapi", path = "/openapi.json", tag = "operating",
    responses((status = 200, description = "this document", body = Object))
)]
pub async fn openapi(State(description): State<Arc<Description>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, description.json.clone()).into_response()
}

/// The page without its slash.
pub async fn redirect() -> Redirect {
    Redirect::permanent("/docs/")
}

/// The page.
pub async fn page() -> Response {
    file("text/html; charset=utf-8", PAGE.as_bytes().to_vec())
}

/// What the page loads.
pub async fn part(Segments(name): Segments<String>) -> Result<Response, Problem> {
    if name == "start.js" {
        return Ok(file("text/javascript; charset=utf-8", START.as_bytes().to_vec()));
    }
    let kind = match name.as_str() {
        "swagger-ui.css" => "text/css; charset=utf-8",
        "swagger-ui-bundle.js" => "text/javascript; charset=utf-8",
        _ => return Err(Problem::not_found("the page has no such part")),
    };
    let vendored = utoipa_swagger_ui::serve(&name, Arc::new(Config::default()));
    let vendored = vendored.ok().flatten().ok_or_else(|| Problem::not_found("the page has no such part"))?;
    Ok(file(kind, vendored.bytes.into_owned()))
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, bytes).into_response()
}
