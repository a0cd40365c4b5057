//! The policy in force.

use std::{collections::BTreeMap, sync::Arc};

use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    event::Env,
    policy::Policy,
    server::{Problem, app::App, auth::Reader, extract},
};

/// The policy in force.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct PolicyView {
    /// The digest of its bundle.
    digest: String,
    /// The log index after which it is in force.
    since: u64,
    /// How many different officers must approve another one.
    quorum: u32,
    /// The roles that it knows.
    roles: Vec<String>,
    /// How far it is enforced, by environment and object type: `observe`, `warn` or `enforce`.
    stages: BTreeMap<&'static str, BTreeMap<String, &'static str>>,
    /// Its rules.
    rules: Vec<RuleView>,
}

/// One rule: a role may, or may not, do something to some objects in an environment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct RuleView {
    /// Its stable id, which decisions name.
    id: String,
    /// `role:…`.
    role: String,
    /// `dev`, `staging`, `prod`, or `*` for all.
    env: &'static str,
    /// `kind/*` or one subject.
    object: String,
    /// What is done.
    action: String,
    /// `allow` or `deny`.
    effect: &'static str,
}

/// The policy in force.
#[utoipa::path(
    get, operation_id = "getPolicy", path = "/api/v1/policy", tag = "reading", security(("bearer" = ["read"])),
    responses(
        (status = 200, description = "the policy", body = PolicyView),
        (status = "4XX", description = "not for this reader, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn in_force(State(app): State<Arc<App>>, Reader(asker): Reader) -> Result<Response, Problem> {
    let seen =
        app.read(move |ledger| ledger.as_reader(asker).policy(|state| (state.facts().policy_since, state.quorum())));
    extract::json_seen(&seen.await?.map(|(policy, (since, quorum))| view(&policy, since, quorum)))
}

fn view(policy: &Policy, since: u64, quorum: u32) -> PolicyView {
    let stage = |env| {
        let types = policy.vocabulary().object_types();
        types.map(|object| (object.to_owned(), policy.stage(env, object).as_str())).collect()
    };
    let rule = |rule: &crate::policy::Rule| RuleView {
        id: rule.id.to_string(),
        role: rule.role.to_string(),
        env: rule.domain(),
        object: rule.object.to_string(),
        action: rule.action.to_string(),
        effect: rule.effect.as_str(),
    };
    PolicyView {
        digest: policy.digest().to_string(),
        since,
        quorum,
        roles: policy.vocabulary().roles().map(ToOwned::to_owned).collect(),
        stages: Env::ALL.into_iter().map(|env| (env.as_str(), stage(env))).collect(),
        rules: policy.rules().iter().map(rule).collect(),
    }
}
