//! Grants as of a time or log index: who may what, and which records made it so.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    event::{ActorId, Timestamp},
    ledger::{AsOf, GrantFilter, GrantStep, HeldGrant, LedgerError},
    server::{
        Problem,
        app::App,
        auth::Reader,
        extract::{self, Params, parse, parse_some},
    },
    state::GrantStatus,
};

/// A grant as it stood at the moment asked for, with the terms of that moment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantView {
    /// Its name, `grant/…`.
    pub grant: String,
    /// `requested`, `live`, `expired` or `revoked`.
    pub status: String,
    /// Who asked for it; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Who may use it; absent until it is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Who granted it; for break-glass the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<String>,
    /// `dev`, `staging` or `prod`.
    pub env: String,
    /// What may be used; without a version, every version of it.
    pub subjects: Vec<String>,
    /// What may be done with it; empty means `use`.
    pub actions: Vec<String>,
    /// What for.
    pub purpose: String,
    /// From when on these terms hold, RFC 3339; absent until it is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// It holds while t < until, RFC 3339; before it is granted, the end asked for.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// It was opened in an emergency.
    pub breakglass: bool,
    /// Who reviewed the emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
    /// An emergency that nobody else has reviewed: when the review is due, RFC 3339. After that its holder may open no
    /// other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub review_due: Option<Timestamp>,
    /// The records that made it what it is, in order.
    pub steps: Vec<StepView>,
}

/// A record that changed a grant.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of it, RFC 3339.
    #[schema(value_type = String)]
    pub t: Timestamp,
    /// The kind of its event, such as `access.granted`.
    pub kind: String,
    /// Who signed it.
    pub by: String,
    /// For whom the gateway signed it, as the token says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// The end that it asked for or set, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// Why, or what a review found; absent where the record does not say it, or commits to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ticket of an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// The grants as of a moment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantsView {
    /// The time against which ends were held, RFC 3339.
    #[schema(value_type = String)]
    pub as_of: Timestamp,
    /// Records below this log index were counted.
    pub size: u64,
    /// In the order of their names.
    pub grants: Vec<GrantView>,
}

/// At which moment, whose, for what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Filter {
    /// The ledger's time, RFC 3339, or a log index: before that record was judged. Now unless said otherwise.
    as_of: Option<String>,
    /// Only this grant.
    grant: Option<String>,
    /// Only grants that this actor holds, or asked for.
    actor: Option<String>,
    /// Only grants that cover this subject.
    subject: Option<String>,
    /// Only grants in this environment.
    env: Option<String>,
    /// Also those that nobody has granted, that have run out, and that were revoked.
    #[serde(default)]
    all: bool,
}

/// Who may use what, as of a time or log index: the grants that the reader may read.
#[utoipa::path(
    get, operation_id = "listGrants", path = "/api/v1/grants", tag = "reading", security(("bearer" = ["read"])), params(Filter),
    responses(
        (status = 200, description = "the grants that held then", body = GrantsView),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(filter): Params<Filter>,
) -> Result<Response, Problem> {
    let now = app.now();
    let as_of = moment(filter.as_of.as_deref(), now)?;
    let filter = GrantFilter {
        name: parse_some(filter.grant.as_ref())?,
        actor: parse_some(filter.actor.as_ref())?,
        subject: parse_some(filter.subject.as_ref())?,
        env: parse_some(filter.env.as_ref())?,
        all: filter.all,
    };
    let answer = app.read(move |ledger| {
        let moment = ledger.moment(as_of, now)?;
        let seen = ledger.as_reader(asker).grants(moment, &filter)?;
        Ok::<_, LedgerError>(seen.map(|grants| {
            let grants = grants.iter().map(|held| GrantView::of(held, moment.t)).collect();
            GrantsView { as_of: moment.t, size: moment.size, grants }
        }))
    });
    extract::json_seen(&answer.await?)
}

/// The moment that a parameter names.
pub(super) fn moment(text: Option<&str>, now: Timestamp) -> Result<AsOf, Problem> {
    match text {
        None => Ok(AsOf::Now(now)),
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => extract::index(text).map(AsOf::Index),
        Some(text) => parse(text).map(AsOf::Time),
    }
}

impl GrantView {
    /// The view of a grant at `t`.
    #[must_use]
    pub fn of(held: &HeldGrant, t: Timestamp) -> Self {
        let text = |actor: &Option<ActorId>| actor.as_ref().map(ToString::to_string);
        let HeldGrant { name, grant, status, review_due, steps } = held;
        let term = grant.term(t).or(grant.terms.first());
        let status = match status {
            GrantStatus::Requested => "requested",
            GrantStatus::Live => "live",
            GrantStatus::Expired => "expired",
            GrantStatus::Revoked => "revoked",
        };
        Self {
            grant: name.to_string(),
            status: status.to_owned(),
            requested_by: text(&grant.requested_by),
            holder: text(&grant.holder),
            granted_by: text(&grant.granted_by),
            env: grant.env.to_string(),
            subjects: grant.subjects.iter().map(ToString::to_string).collect(),
            actions: grant.actions.iter().map(ToString::to_string).collect(),
            purpose: term.map_or(&grant.purpose, |term| &term.purpose).to_string(),
            from: term.map(|term| term.from),
            until: term.map_or(grant.until, |term| term.until),
            breakglass: grant.breakglass,
            reviewed_by: text(&grant.reviewed_by),
            review_due: *review_due,
            steps: steps.iter().map(StepView::of).collect(),
        }
    }
}

impl StepView {
    fn of(step: &GrantStep) -> Self {
        Self {
            index: step.index,
            t: step.t,
            kind: step.kind.to_string(),
            by: step.by.to_string(),
            claimed_by: step.claimed_by.as_ref().map(ToString::to_string),
            until: step.until,
            reason: step.reason.as_ref().map(ToString::to_string),
            ticket: step.ticket.as_ref().map(ToString::to_string),
        }
    }
}
