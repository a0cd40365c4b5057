//! Blobs on their way in: profiles and components, which statements name by their digest.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    event::{Digest, limits},
    ledger::LedgerError,
    server::{
        Problem,
        app::{App, Fault},
        auth::Recorder,
        body::{self, media_type},
        config::ms,
        extract,
    },
};

/// What a component begins with: the preamble of WebAssembly, in the version of components.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A blob that is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlobView {
    /// The SHA-256 of its bytes, by which statements name it.
    pub digest: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Keeps a value by its digest, for a statement that will name it: a profile of a dataset, a component of a plugin. It is
/// durable before the answer. A component is compiled, and must be a plugin.
#[utoipa::path(
    post, operation_id = "putBlob", path = "/api/v1/blobs", tag = "recording", security(("bearer" = ["record"])),
    request_body(description = "the bytes, at most 20,000,000", content((Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 201, description = "kept", body = BlobView),
        (status = "4XX", description = "not kept", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "busy or stopped: send it again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): State<Arc<App>>,
    Recorder(token): Recorder,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if media_type(&headers) != "application/octet-stream" {
        return Err(Problem::media_type("application/octet-stream"));
    }
    let actor = token.actor.clone();
    let is_enrolled = app.read(move |ledger| ledger.state(|state| state.actor(&actor).is_some()));
    if !is_enrolled.await? {
        let detail = format!("{} is not enrolled in this ledger", token.actor);
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-enrolled", "Not enrolled", detail)
            .remedy("ask an officer to enrol the actor, or use the token of one who is"));
    }
    // A blob is held in memory whole: few at once.
    let _permit = app.uploads.acquire().await.map_err(|_closed| Problem::internal())?;
    let bytes = body::read(body, limits::HTTP_BLOB_BYTES_MAX, ms(app.config.limits.body_read_ms)).await?;
    if bytes.is_empty() {
        return Err(Problem::malformed("the body is empty").remedy("send the bytes of the blob"));
    }
    let size = bytes.len() as u64;
    let kept = app.read(move |ledger| {
        if bytes.starts_with(COMPONENT) {
            // Compiled here and now, in a process of its own, so that no decision waits for it.
            return ledger.register_plugin(&bytes).map(|described| described.component).map_err(refused);
        }
        Ok::<_, Fault>(Digest(ledger.blobs().put(&bytes)?))
    });
    let mut response = extract::json(&BlobView { digest: kept.await?.to_string(), bytes: size })?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

fn refused(error: LedgerError) -> Fault {
    match error {
        LedgerError::Plugin(why) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "component", "Not a plugin", why.to_string())
                .remedy("`sagwan plugin check FILE` says what a ledger takes")
                .into()
        }
        error => error.into(),
    }
}
