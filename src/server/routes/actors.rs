//! Actors, their roles and their keys.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    event::{ActorId, Timestamp},
    server::{
        Problem,
        app::App,
        auth::Reader,
        extract::{self, Params, Segments, parse, parse_some},
    },
    state::{ActorState, KeyState, State as Ledgered},
};

/// An enrolled person or service.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct ActorView {
    /// `user:…` or `service:…`.
    actor: String,
    /// The log index at which it was enrolled.
    enrolled: u64,
    /// The roles that it holds at the time asked for.
    roles: Vec<RoleView>,
    /// Its keys, revoked ones included.
    keys: Vec<KeyView>,
}

/// A role in an environment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct RoleView {
    /// `role:…`.
    role: String,
    /// `dev`, `staging` or `prod`.
    env: &'static str,
    /// The role holds while t < until, RFC 3339; without end when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

/// A key, and the log indices at which it is valid: from_index ≤ index < revoked_at.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct KeyView {
    /// Its thumbprint (RFC 9679).
    kid: String,
    /// `ed25519`.
    algorithm: &'static str,
    /// The public key, hexadecimal.
    public: String,
    /// The first index at which it is valid.
    from_index: u64,
    /// The first index at which it is valid no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<u64>,
    /// The first index at which it may have been in foreign hands.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspect_since: Option<u64>,
}

/// At which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct At {
    /// Leave out roles that have run out by this time, RFC 3339; now unless said otherwise.
    as_of: Option<String>,
}

/// Every actor that the reader may read about.
#[utoipa::path(
    get, operation_id = "listActors", path = "/api/v1/actors", tag = "reading", security(("bearer" = ["read"])), params(At),
    responses(
        (status = 200, description = "in the order of their names", body = Vec<ActorView>),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(at): Params<At>,
) -> Result<Response, Problem> {
    let t = parse_some(at.as_of.as_ref())?.unwrap_or_else(|| app.now());
    let seen = app.read(move |ledger| ledger.as_reader(asker).actors(|state, id, actor| view(state, id, actor, t)));
    extract::json_seen(&seen.await?)
}

/// One actor.
#[utoipa::path(
    get, operation_id = "getActor", path = "/api/v1/actors/{actor}", tag = "reading", security(("bearer" = ["read"])),
    params(("actor" = String, Path, description = "user:… or service:…"), At),
    responses(
        (status = 200, description = "the actor", body = ActorView),
        (status = "4XX", description = "not enrolled or not for this reader, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Segments(actor): Segments<String>,
    Params(at): Params<At>,
) -> Result<Response, Problem> {
    let id: ActorId = parse(&actor)?;
    let t = parse_some(at.as_of.as_ref())?.unwrap_or_else(|| app.now());
    let seen = app.read(move |ledger| ledger.as_reader(asker).actor(&id, |state, actor| view(state, &id, actor, t)));
    extract::json_seen(&seen.await?)
}

fn view(state: &Ledgered, id: &ActorId, actor: &ActorState, t: Timestamp) -> ActorView {
    let holds = actor.roles.iter().filter(|span| span.holds(span.env, t));
    let role = |span: &crate::state::RoleSpan| RoleView {
        role: span.role.to_string(),
        env: span.env.as_str(),
        until: span.until,
    };
    let keys = actor.keys.iter().filter_map(|kid| state.key(kid).map(|key| (kid, key)));
    let key = |(kid, key): (&crate::event::Digest, &KeyState)| KeyView {
        kid: kid.to_string(),
        algorithm: key.algorithm.as_str(),
        public: hex::encode(&key.public.0),
        from_index: key.from_index,
        revoked_at: key.revoked_at,
        suspect_since: key.suspect_since,
    };
    ActorView {
        actor: id.to_string(),
        enrolled: actor.enrolled,
        roles: holds.map(role).collect(),
        keys: keys.map(key).collect(),
    }
}
