//! Roles as of a time or log index: who held which, and which records gave and took it.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::grants::moment;
use crate::{
    event::Timestamp,
    ledger::{HeldRole, LedgerError, RoleEnd, RoleFilter},
    server::{
        Problem,
        app::App,
        auth::Reader,
        extract::{self, Params, parse_some},
    },
};

/// A role that an actor was given in an environment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldRoleView {
    /// `user:…` or `service:…`.
    pub actor: String,
    /// `role:…`.
    pub role: String,
    /// `dev`, `staging` or `prod`.
    pub env: String,
    /// `live`, `expired` or `ended`.
    pub status: String,
    /// The log index of the record that gave it.
    pub index: u64,
    /// The ledger's time of that record, RFC 3339.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Who gave it.
    pub by: String,
    /// It holds while t < until, RFC 3339; without end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The record that took it away, or gave it anew with another end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<RoleEndView>,
}

/// The record that ended a role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoleEndView {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of it, RFC 3339.
    #[schema(value_type = String)]
    pub t: Timestamp,
    /// Who signed it.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The roles as of a moment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RolesView {
    /// The time against which ends were held, RFC 3339.
    #[schema(value_type = String)]
    pub as_of: Timestamp,
    /// Records below this log index were counted.
    pub size: u64,
    /// In the order of actors, and of an actor in the order of the records.
    pub roles: Vec<HeldRoleView>,
}

/// At which moment, whose, which.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Filter {
    /// The ledger's time, RFC 3339, or a log index: before that record was judged. Now unless said otherwise.
    as_of: Option<String>,
    /// Only roles of this actor.
    actor: Option<String>,
    /// Only this role.
    role: Option<String>,
    /// Only roles in this environment.
    env: Option<String>,
    /// Also those that have run out or were taken away.
    #[serde(default)]
    all: bool,
}

/// Who held which role, as of a time or log index: of actors about whom the reader may read.
#[utoipa::path(
    get, operation_id = "listRoles", path = "/api/v1/roles", tag = "reading", security(("bearer" = ["read"])), params(Filter),
    responses(
        (status = 200, description = "the roles that were held then", body = RolesView),
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
    let filter = RoleFilter {
        actor: parse_some(filter.actor.as_ref())?,
        role: parse_some(filter.role.as_ref())?,
        env: parse_some(filter.env.as_ref())?,
        all: filter.all,
    };
    let answer = app.read(move |ledger| {
        let moment = ledger.moment(as_of, now)?;
        let seen = ledger.as_reader(asker).roles(moment, &filter)?;
        Ok::<_, LedgerError>(seen.map(|roles| {
            let roles = roles.iter().map(|held| HeldRoleView::of(held, moment.t)).collect();
            RolesView { as_of: moment.t, size: moment.size, roles }
        }))
    });
    extract::json_seen(&answer.await?)
}

impl HeldRoleView {
    /// The view of a role at `t`.
    #[must_use]
    pub fn of(held: &HeldRole, t: Timestamp) -> Self {
        let status = match &held.ended {
            Some(_) => "ended",
            None if held.holds(t) => "live",
            None => "expired",
        };
        Self {
            actor: held.actor.to_string(),
            role: held.role.to_string(),
            env: held.env.to_string(),
            status: status.to_owned(),
            index: held.index,
            from: held.from,
            by: held.by.to_string(),
            until: held.until,
            reason: held.reason.as_ref().map(ToString::to_string),
            ended: held.ended.as_ref().map(RoleEndView::of),
        }
    }
}

impl RoleEndView {
    fn of(end: &RoleEnd) -> Self {
        let reason = end.reason.as_ref().map(ToString::to_string);
        Self { index: end.index, t: end.t, by: end.by.to_string(), reason }
    }
}
