//! Subjects: where one stands, and everything that was recorded about it.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::records::{self, PageView, Paging};
use crate::{
    event::{Env, Subject, Timestamp},
    ledger::Query,
    server::{
        Problem,
        app::App,
        auth::Reader,
        extract::{self, Params, Segments, parse},
    },
    state::{EnvSet, GrantStatus, Life, SubjectState, Version},
};

/// Where a subject stands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct SubjectView {
    /// Its full name.
    subject: String,
    /// The log index of the first record about it.
    first: u64,
    /// Where it stands, in a word: `registered`, `started`, `live`, `retired`, … by its kind.
    stage: String,
    /// Its registered content.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// It is marked as holding personal data.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    personal: bool,
    /// How its last evaluation or validation ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// A model or prompt: where it is approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approved: Vec<&'static str>,
    /// A model or prompt: where it is promoted to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promoted: Vec<&'static str>,
    /// A model or prompt: where it is deployed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deployed: Vec<&'static str>,
    /// Where it is used no longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    retired: Vec<&'static str>,
    /// Where all that was recorded about it is listed.
    events: String,
}

/// Where a subject stands.
///
/// What holds in environments in which the reader may not read it is left out.
/// The name goes into the path as it is, slashes and version included: `/api/v1/subjects/model/credit-risk@1`.
#[utoipa::path(
    get, operation_id = "getSubject", path = "/api/v1/subjects/{kind}/{*name}", tag = "reading", security(("bearer" = ["read"])),
    params(("kind" = String, Path, description = "model, dataset, run, …"), ("name" = String, Path, description = "name, and @version where it has one")),
    responses(
        (status = 200, description = "where it stands", body = SubjectView),
        (status = "4XX", description = "not known or not for this reader, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Segments((kind, name)): Segments<(String, String)>,
) -> Result<Response, Problem> {
    let subject: Subject = parse(&format!("{kind}/{name}"))?;
    let t = app.now();
    let seen =
        app.read(move |ledger| ledger.as_reader(asker).subject(&subject, |state, envs| view(&subject, state, envs, t)));
    extract::json_seen(&seen.await?)
}

/// Everything that was recorded about a subject.
///
/// Records that mention it as subject, input or output, as `/api/v1/records?subject=` gives them.
#[utoipa::path(
    get, operation_id = "listSubjectEvents", path = "/api/v1/events/{kind}/{*name}", tag = "reading", security(("bearer" = ["read"])),
    params(("kind" = String, Path, description = "model, dataset, run, …"), ("name" = String, Path, description = "name, and @version where it has one"), Paging),
    responses(
        (status = 200, description = "a page; empty for a subject that nobody mentioned", body = PageView),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn events(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Segments((kind, name)): Segments<(String, String)>,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let query = Query { subject: Some(parse(&format!("{kind}/{name}"))?), ..paging.query()? };
    records::page(&app, asker, query).await
}

fn view(subject: &Subject, state: &SubjectState, envs: EnvSet, t: Timestamp) -> SubjectView {
    let mut view = SubjectView {
        subject: subject.to_string(),
        first: state.first,
        stage: "known".into(),
        digest: None,
        personal: state.is_personal(),
        outcome: None,
        approved: Vec::new(),
        promoted: Vec::new(),
        deployed: Vec::new(),
        retired: Vec::new(),
        events: format!("/api/v1/events/{}", subject.as_str().replace('%', "%25")),
    };
    match &state.life {
        Life::Known => {}
        Life::Dataset(dataset) => {
            view.stage = if dataset.registered.is_some() { "registered" } else { "known" }.into();
            view.digest = dataset.digest.map(|digest| digest.to_string());
            view.outcome = dataset.validated.map(|outcome| outcome.to_string());
            view.retired = words(dataset.retired, envs);
        }
        Life::Run(run) => view.stage = run.stage.as_str().into(),
        Life::Version(version) => describe_version(&mut view, version, envs),
        Life::Grant(grant) => view.stage = grant_stage(grant.status(t)).into(),
        Life::Alert(resolved) => view.stage = if *resolved { "resolved" } else { "raised" }.into(),
        Life::Plugin(_) => view.stage = "published".into(),
    }
    view
}

fn describe_version(view: &mut SubjectView, version: &Version, envs: EnvSet) {
    view.stage = if version.registered.is_some() { "registered" } else { "known" }.into();
    view.digest = version.digest.map(|digest| digest.to_string());
    view.outcome = version.evaluated.map(|outcome| outcome.to_string());
    view.approved = words(version.approved, envs);
    view.promoted = words(version.promoted, envs);
    view.deployed = words(version.deployed, envs);
    view.retired = words(version.retired, envs);
    let stages = [("approved", &view.approved), ("promoted", &view.promoted), ("deployed", &view.deployed)];
    if let Some((stage, _)) = stages.into_iter().rev().find(|(_, environments)| !environments.is_empty()) {
        view.stage = stage.into();
    }
}

/// The environments of a set that the reader may see.
fn words(set: EnvSet, seen: EnvSet) -> Vec<&'static str> {
    set.only(|env| seen.has(env)).iter().map(Env::as_str).collect()
}

/// A grant's status in a word.
pub(super) fn grant_stage(status: GrantStatus) -> &'static str {
    match status {
        GrantStatus::Requested => "requested",
        GrantStatus::Live => "live",
        GrantStatus::Expired => "expired",
        GrantStatus::Revoked => "revoked",
    }
}
