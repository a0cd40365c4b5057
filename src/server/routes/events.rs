//! Recording what the client has not signed: the gateway signs it for the bearer of a token.

use std::{str, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::HeaderMap,
    response::Response,
};

use super::statements;
use crate::{
    codec::event::{from_json, payload_from_json},
    event::{Event, Timestamp, limits::HTTP_IDEMPOTENCY_KEY_BYTES_MAX},
    ledger::{Ledger, Rejection, Verdict},
    server::{
        Problem,
        app::{App, Fault},
        auth::Recorder,
        body::{self, media_type},
        config::ms,
        extract::Params,
        gateway::{self, unprocessable},
        tokens::Token,
    },
};

/// Record events that the client has not signed.
///
/// `application/json`: one event, or a list of 2 to 1,000 that become one signed batch, recorded or refused together.
/// `application/x-ndjson`: an event a line, each judged on its own; the answer is a list of verdicts. The server signs
/// with its gateway key and writes the token's actor into `claimed_by`; both the gateway and that actor must be
/// allowed. Kinds that need two people, and those about actors, keys, roles and policies, must be signed by who does
/// them. With `commit`, fields are left out and committed to; value and salt go to the vault.
#[utoipa::path(
    post, operation_id = "recordEvents", path = "/api/v1/events", tag = "recording", security(("bearer" = ["record"])),
    params(
        ("commit" = Option<Vec<String>>, Query, description = "JSON pointers of fields to commit to, such as /body/origin; may be repeated"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key, actor and body within a day give the first index again"),
    ),
    request_body(description = "one event, a list, or lines of events (docs/events.md)",
        content((Object = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "recorded before, or the list of verdicts of many", body = Vec<crate::server::verdict::VerdictView>),
        (status = 201, description = "recorded", body = crate::server::verdict::VerdictView),
        (status = "4XX", description = "not recorded", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "busy or stopped: send it again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn record(
    State(app): State<Arc<App>>,
    Recorder(token): Recorder,
    Params(params): Params<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let lines = match media_type(&headers).as_str() {
        "application/json" => false,
        "application/x-ndjson" => true,
        _ => return Err(Problem::media_type("application/json or application/x-ndjson")),
    };
    let (paths, key) = (commit_paths(params)?, idempotency_key(&headers)?);
    let limits = &app.config.limits;
    let body = body::read(body, limits.body_bytes, ms(limits.body_read_ms)).await?;
    let now = app.now();
    let groups = read_events(&body, lines, limits.statements, now)?;
    let order = Order { token, paths, key, body, now };
    let shared = Arc::clone(&app);
    let statements = app.read(move |ledger| order.carry_out(&shared, ledger, groups)).await?;
    let mut verdicts = app.submit(statements).await?;
    for verdict in &mut verdicts {
        known_again(&app, verdict).await?;
    }
    if lines {
        return statements::many("application/json", &verdicts);
    }
    statements::one(&app, "application/json", verdicts.first().ok_or_else(Problem::internal)?)
}

/// The events of each statement.
fn read_events(body: &Bytes, lines: bool, max: usize, now: Timestamp) -> Result<Vec<Vec<Event>>, Problem> {
    let text = str::from_utf8(body).map_err(|_| Problem::malformed("the body is not UTF-8"))?;
    if !lines {
        let events = payload_from_json(text, now).map_err(|error| unprocessable(error.to_string()))?;
        return Ok(vec![events]);
    }
    let mut groups = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        if groups.len() == max {
            return Err(Problem::too_many_statements(max));
        }
        let event = from_json(line, now).map_err(|error| unprocessable(format!("line {number}: {error}")))?;
        groups.push(vec![event]);
    }
    if groups.is_empty() { Err(Problem::empty_body()) } else { Ok(groups) }
}

/// What is to be signed how.
struct Order {
    token: Token,
    paths: Vec<String>,
    key: Option<String>,
    body: Bytes,
    now: Timestamp,
}

impl Order {
    /// Claims, checks and signs; the openings are durable before a statement that commits to them leaves.
    fn carry_out(&self, app: &App, ledger: &Ledger, groups: Vec<Vec<Event>>) -> Result<Vec<Vec<u8>>, Fault> {
        let gateway = app.gateway.as_ref().ok_or_else(no_gateway)?;
        let several = groups.len() > 1;
        let mut openings = Vec::new();
        let mut statements = Vec::with_capacity(groups.len());
        for (position, events) in groups.into_iter().enumerate() {
            let mut claimed = Vec::with_capacity(events.len());
            for event in events {
                let (event, opened) = gateway::claim(event, &self.token.actor, &self.paths, ledger.host())?;
                claimed.push(event);
                openings.extend(opened);
            }
            if let Some(problem) = gateway::refusal(ledger, &claimed)? {
                return Err(problem.into());
            }
            let id = self.client_id(several.then_some(position));
            statements.push(gateway.sign(&claimed, self.now, id.as_ref().map(<[u8; 32]>::as_slice))?);
        }
        if !openings.is_empty() {
            ledger.vault().put_all(openings.iter().map(|(digest, opening)| (&digest.0, opening)))?;
        }
        Ok(statements)
    }

    fn client_id(&self, position: Option<usize>) -> Option<[u8; 32]> {
        let key = self.key.as_ref()?;
        let key = position.map_or_else(|| key.clone(), |position| format!("{key}#{position}"));
        Some(gateway::client_id(&self.token, &key, &self.body))
    }
}

/// A client id that was used before names the same actor, key and body: it is the same request again, whose statement
/// differs only in when it was signed.
async fn known_again(app: &Arc<App>, verdict: &mut Verdict) -> Result<(), Problem> {
    if let Verdict::Invalid(Rejection::ClientId { index }) = verdict {
        let index = *index;
        let identity = app.read(move |ledger| ledger.record(index)).await?.identity;
        *verdict = Verdict::Recorded { index, identity, events: Vec::new(), known: true };
    }
    Ok(())
}

fn no_gateway() -> Problem {
    let detail = "this server has no gateway key";
    Problem::new(axum::http::StatusCode::NOT_IMPLEMENTED, "no-gateway", "No gateway", detail).remedy(
        "sign the statement yourself and send it to /api/v1/statements, or ask the operator to set [server.gateway]",
    )
}

fn commit_paths(params: Vec<(String, String)>) -> Result<Vec<String>, Problem> {
    let path = |(name, value): (String, String)| match name.as_str() {
        "commit" => Ok(value),
        _ => Err(Problem::malformed(format!("there is no parameter {name:?}; there is `commit`"))),
    };
    params.into_iter().map(path).collect()
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=HTTP_IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()));
    let bad = || {
        Problem::malformed(format!("Idempotency-Key: 1 to {HTTP_IDEMPOTENCY_KEY_BYTES_MAX} visible ASCII characters"))
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(bad)
}
