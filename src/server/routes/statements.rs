//! Recording what the client has signed: one statement, or many in one request.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    codec::cbor,
    ledger::Verdict,
    server::{
        Problem,
        app::App,
        body::{self, media_type, negotiate},
        config::ms,
        extract, map, sequence,
        verdict::VerdictView,
    },
};

const FORMS: [&str; 2] = ["application/json", "application/cbor"];
const FORM_NAMES: &str = "application/json or application/cbor";

/// Record statements that the client has signed.
///
/// `application/cose`: one Signed Statement; what is not recorded is answered as a problem. `application/cbor-seq`
/// (RFC 8742): many, judged in order, each on its own; the answer is a list of verdicts in the same order, whatever
/// they are. The signature is the authentication, no token is needed. Sending a statement again gives the same index.
#[utoipa::path(
    post, operation_id = "recordStatements", path = "/api/v1/statements", tag = "recording",
    request_body(description = "one Signed Statement, or a CBOR sequence of them", content(("application/cose"), ("application/cbor-seq"))),
    responses(
        (status = 200, description = "the verdict on one that was recorded before, or the list of verdicts",
            content((Vec<VerdictView> = "application/json"), (Vec<VerdictView> = "application/cbor"))),
        (status = 201, description = "the verdict on one that is now recorded",
            content((VerdictView = "application/json"), (VerdictView = "application/cbor"))),
        (status = "4XX", description = "not recorded", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "busy or stopped: send the same again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn record(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let form = negotiate(&headers, &FORMS, FORM_NAMES)?;
    let kind = media_type(&headers);
    let limits = &app.config.limits;
    let read = body::read(body, limits.body_bytes, ms(limits.body_read_ms));
    match kind.as_str() {
        "application/cose" | "application/scitt-statement+cose" => {
            let statement = read.await?.to_vec();
            let verdicts = app.submit(vec![statement]).await?;
            one(&app, form, verdicts.first().ok_or_else(Problem::internal)?)
        }
        "application/cbor-seq" => {
            let statements = sequence::split(&read.await?, limits.statements)?;
            many(form, &app.submit(statements).await?)
        }
        _ => Err(Problem::media_type("application/cose or application/cbor-seq")),
    }
}

/// The answer to one statement: 201, or 200 where it was recorded before, or a problem.
pub(super) fn one(app: &App, form: &'static str, verdict: &Verdict) -> Result<Response, Problem> {
    if let Some(problem) = map::verdict(verdict) {
        return Err(problem);
    }
    let Verdict::Recorded { index, known, .. } = verdict else { return Err(Problem::internal()) };
    let mut response = write(form, &VerdictView::of(verdict))?;
    if !known {
        *response.status_mut() = StatusCode::CREATED;
    }
    let location =
        HeaderValue::try_from(app.url(&format!("/api/v1/records/{index}"))).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// The answer to many: their verdicts in order.
pub(super) fn many(form: &'static str, verdicts: &[Verdict]) -> Result<Response, Problem> {
    write(form, &verdicts.iter().map(VerdictView::of).collect::<Vec<_>>())
}

fn write(form: &'static str, value: &impl serde::Serialize) -> Result<Response, Problem> {
    if form == "application/cbor" {
        let body = cbor::encode(value).map_err(|_| Problem::internal())?;
        return Ok(extract::bytes("application/cbor", body).into_response());
    }
    extract::json(value)
}
