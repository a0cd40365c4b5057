//! Grants as of a time: who may what.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    event::{ActorId, Subject, Timestamp},
    server::{
        Problem,
        app::App,
        auth::Reader,
        extract::{self, Params, parse_some},
    },
    state::{Grant, Term},
};

/// A grant that held at the time asked for, with the terms of that time.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct GrantView {
    /// Its name, `grant/…`.
    grant: String,
    /// Who may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    /// Who granted it; for break-glass the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_by: Option<String>,
    /// `dev`, `staging` or `prod`.
    env: &'static str,
    /// What may be used; without a version, every version of it.
    subjects: Vec<String>,
    /// What may be done with it; empty means `use`.
    actions: Vec<String>,
    /// What for.
    purpose: String,
    /// From when on these terms hold, RFC 3339.
    #[schema(value_type = String)]
    from: Timestamp,
    /// It holds while t < until, RFC 3339.
    #[schema(value_type = String)]
    until: Timestamp,
    /// It was opened in an emergency.
    breakglass: bool,
    /// Who reviewed the emergency.
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_by: Option<String>,
}

/// The grants in force at a time.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct GrantsView {
    /// The time asked for.
    #[schema(value_type = String)]
    as_of: Timestamp,
    /// In the order of their names.
    grants: Vec<GrantView>,
}

/// At which time, whose, for what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Filter {
    /// The ledger's time, RFC 3339; now unless said otherwise.
    as_of: Option<String>,
    /// Only grants that this actor holds.
    actor: Option<String>,
    /// Only grants that cover this subject.
    subject: Option<String>,
}

/// Who may use what, as of a time.
#[utoipa::path(
    get, operation_id = "listGrants", path = "/api/v1/grants", tag = "reading", security(("bearer" = ["read"])), params(Filter),
    responses(
        (status = 200, description = "the grants that held then", body = GrantsView),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): State<Arc<App>>, _: Reader, Params(filter): Params<Filter>) -> Result<Response, Problem> {
    let as_of = parse_some(filter.as_of.as_ref())?.unwrap_or_else(|| app.now());
    let actor: Option<ActorId> = parse_some(filter.actor.as_ref())?;
    let subject: Option<Subject> = parse_some(filter.subject.as_ref())?;
    let wanted = move |grant: &Grant| {
        actor.as_ref().is_none_or(|actor| grant.holder.as_ref() == Some(actor))
            && subject.as_ref().is_none_or(|subject| grant.covers(subject))
    };
    let grants = app.read(move |ledger| {
        ledger.state(|state| {
            let held = state.grants_at(as_of).into_iter().filter(|(_, grant, _)| wanted(grant));
            held.map(|(name, grant, term)| view(name, grant, term)).collect()
        })
    });
    extract::json(&GrantsView { as_of, grants: grants.await? })
}

fn view(name: &Subject, grant: &Grant, term: &Term) -> GrantView {
    let text = |actor: &Option<ActorId>| actor.as_ref().map(ToString::to_string);
    GrantView {
        grant: name.to_string(),
        holder: text(&grant.holder),
        granted_by: text(&grant.granted_by),
        env: grant.env.as_str(),
        subjects: grant.subjects.iter().map(ToString::to_string).collect(),
        actions: grant.actions.iter().map(ToString::to_string).collect(),
        purpose: term.purpose.to_string(),
        from: term.from,
        until: term.until,
        breakglass: grant.breakglass,
        reviewed_by: text(&grant.reviewed_by),
    }
}
