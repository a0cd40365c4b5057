//! The gateway: what arrives unsigned with a token is signed by the gateway's own key and says who claimed it.
//!
//! Policy decides on both, in the ledger, where a refusal leaves its denial: on the gateway, which signs and is judged
//! like any other actor, and on the actor in `claimed_by`. What two different people must do (four eyes), and
//! everything about actors, keys, roles and policies, is never signed here: behind one key two people look like one.

use super::{GatewayConfig, Problem, ServerError, files, tokens::Token};
use crate::{
    codec::{commit, event::value_to_cbor},
    crypto::SecretKey,
    event::{ActorId, Digest, Event, Timestamp, limits},
    ledger::{Author, Host, Ledger, LedgerError},
    storage::Opening,
};
use axum::http::StatusCode;
use sha2::{Digest as _, Sha256};

/// The kinds that are about the ledger itself stand under this heading.
const OWN_KEY_GROUP: &str = "ledger";

/// What the vault keeps, by the commitments that it opens.
type Openings = Vec<(Digest, Opening)>;

/// Who signs for the bearers of tokens.
pub(super) struct Gateway(Author);

impl Gateway {
    /// Reads the gateway's key; its statements are meant for the log `origin`.
    ///
    /// # Errors
    /// [`ServerError::File`] and [`ServerError::Content`].
    pub fn load(config: &GatewayConfig, origin: &str) -> Result<Self, ServerError> {
        let pem = files::read_text("gateway key", &config.key)?;
        let key = SecretKey::from_pem(&pem).map_err(|error| ServerError::Content {
            what: "gateway key",
            path: config.key.clone(),
            why: error.to_string(),
        })?;
        Ok(Self(Author { actor: config.actor.clone(), key, audience: Some(origin.to_owned()) }))
    }

    /// Signs events as one statement, at `now`, under the client's own id if it gave one.
    ///
    /// # Errors
    /// 422 when the events break a rule of their own.
    pub fn sign(&self, events: &[Event], now: Timestamp, id: Option<&[u8]>) -> Result<Vec<u8>, Problem> {
        let seconds = u64::try_from(now.0 / 1_000).unwrap_or_default();
        self.0.sign(events, seconds, id).map_err(|error| unprocessable(error.to_string()))
    }
}

/// The client id of a statement: the same key, actor and content give the same one.
pub(super) fn client_id(token: &Token, key: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [b"sagwan gateway v1".as_slice(), token.actor.as_str().as_bytes(), key.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Puts the token's actor into an event, and takes out what is to be committed to.
///
/// # Errors
/// 422 when the event says itself who claims it, or a path is none that can be committed to; 500 without randomness.
pub(super) fn claim(
    mut event: Event,
    actor: &ActorId,
    paths: &[String],
    host: &Host,
) -> Result<(Event, Openings), Problem> {
    if event.claimed_by.is_some() {
        return Err(unprocessable("claimed_by is for the server to say".into()).remedy("leave claimed_by out"));
    }
    event.claimed_by = actor.as_str().parse().ok();
    let mut openings = Vec::with_capacity(paths.len());
    for path in paths {
        let mut salt = [0; limits::SALT_BYTES];
        host.entropy.fill(&mut salt).map_err(|_| Problem::internal())?;
        let (rest, opening) =
            commit::take_out(&event, path, &salt).map_err(|error| unprocessable(error.to_string()))?;
        event = rest;
        let digest = commit::commit(&opening.path, &opening.value, &salt);
        openings.push((digest, Opening { salt, value: value_to_cbor(&opening.value), path: opening.path }));
    }
    Ok((event, openings))
}

/// Whether the gateway may sign these events at all; whether policy allows them, the ledger decides.
///
/// # Errors
/// The ledger's own.
pub(super) fn refusal(ledger: &Ledger, events: &[Event]) -> Result<Option<Problem>, LedgerError> {
    let policy = ledger.policy()?;
    let needs_own_key = |event: &&Event| {
        let kind = event.kind();
        let for_two = policy.constraints().four_eyes(event.subject.kind().as_str(), kind.action()).next().is_some();
        kind.group() == OWN_KEY_GROUP || for_two
    };
    Ok(events.iter().find(needs_own_key).map(|event| {
        let detail = format!("the gateway does not sign {}: it must be signed by who does it", event.kind());
        Problem::new(StatusCode::FORBIDDEN, "own-key", "Sign it yourself", detail)
            .remedy("sign it with your own key and send it to /api/v1/statements")
    }))
}

/// An event that breaks a rule of its own.
pub(super) fn unprocessable(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "event", "Not an event", detail)
        .remedy("docs/events.md describes every kind of event")
}
