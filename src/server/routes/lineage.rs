//! Lineage: what came of what, as the reader may see it, and the evidence of it for somebody who trusts nobody.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    decide,
    event::{Kind, Timestamp, limits},
    ledger::Asker,
    lineage::{
        About, Ask, Between, Change, ColumnWalk, Direction, Draw, Filter, LineageError, Moment, Question, Stock, Walk,
        answer,
    },
    server::{
        Problem,
        app::{App, Fault},
        auth::Reader,
        extract::{self, Params, parse, parse_some},
    },
};

/// The media type of evidence.
const EVIDENCE: &str = "application/vnd.sagwan.evidence+cbor";

/// As of when, and in which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Subjected {
    /// The subject.
    subject: String,
    /// The ledger's time, RFC 3339, or a log index: the entries below it. Now unless said otherwise.
    as_of: Option<String>,
    /// The evidence in the place of the answer: `application/vnd.sagwan.evidence+cbor` (docs/format.md).
    #[serde(default)]
    evidence: bool,
}

/// A walk, a path, or a difference.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Way {
    /// Where it begins.
    subject: String,
    /// `upstream` (the default), `downstream`, `both`; or `impact`: downstream, and what of it serves where.
    direction: Option<String>,
    /// The shortest path to this subject, or from it, in the place of a walk.
    to: Option<String>,
    /// What the walk has that it did not have at this time or log index.
    since: Option<String>,
    /// By columns: what this column of the subject came from, or what came of it.
    column: Option<String>,
    /// At most so many edges from the beginning; 20 unless said otherwise.
    depth: Option<u32>,
    /// At most so many subjects; 1,000 unless said otherwise.
    nodes: Option<u32>,
    /// Only edges that events of these kinds make, with commas between.
    kinds: Option<String>,
    /// Only edges that hold in this environment.
    env: Option<String>,
    /// The ledger's time, RFC 3339, or a log index: the entries below it. Now unless said otherwise.
    as_of: Option<String>,
    /// The evidence in the place of the answer.
    #[serde(default)]
    evidence: bool,
}

/// What serves.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Serves {
    /// Only this model or prompt (every version, where none is named), or this deployment.
    name: Option<String>,
    /// Only in this environment.
    env: Option<String>,
    /// What changed since this time or log index.
    since: Option<String>,
    /// The ledger's time, RFC 3339, or a log index: the entries below it. Now unless said otherwise.
    as_of: Option<String>,
    /// The evidence in the place of the answer.
    #[serde(default)]
    evidence: bool,
}

/// A sample.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Drawn {
    /// Of records with an event of these kinds, with commas between.
    kinds: String,
    /// How many.
    n: u32,
    /// The seed.
    seed: u64,
    /// Only in this environment.
    env: Option<String>,
    /// From this time or log index on.
    since: Option<String>,
    /// The ledger's time, RFC 3339, or a log index: the entries below it. Now unless said otherwise.
    as_of: Option<String>,
    /// The evidence in the place of the answer.
    #[serde(default)]
    evidence: bool,
}

/// What a subject came from, or what came of it.
///
/// Also the shortest path between two subjects (`to`), the impact of a change, and what is new since a moment.
#[utoipa::path(
    get, operation_id = "getLineage", path = "/api/v1/lineage", tag = "lineage", security(("bearer" = ["read"])), params(Way),
    responses(
        (status = 200, description = "subjects and edges (docs/cli.md has the shape)", body = serde_json::Value),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn lineage(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(way): Params<Way>,
) -> Result<Response, Problem> {
    let filter = Filter {
        kinds: way.kinds.as_deref().map(kinds).transpose()?.unwrap_or_default(),
        env: parse_some(way.env.as_ref())?,
    };
    let (direction, impact) = match way.direction.as_deref() {
        None | Some("upstream") => (Direction::Upstream, false),
        Some("downstream") => (Direction::Downstream, false),
        Some("both") => (Direction::Both, false),
        Some("impact") => (Direction::Downstream, true),
        Some(_) => return Err(Problem::malformed("direction: one of upstream, downstream, both, impact")),
    };
    let depth = way.depth.unwrap_or(limits::LINEAGE_DEPTH_DEFAULT);
    let subject = parse(&way.subject)?;
    let ask = match (way.to.as_deref(), way.since.as_deref(), impact) {
        (Some(to), None, false) if way.column.is_none() => {
            Ask::Path(Between { from: subject, to: parse(to)?, depth, filter })
        }
        (None, since, impact) => {
            let nodes_max = way.nodes.unwrap_or(limits::LINEAGE_NODES_DEFAULT);
            let walk = Walk { depth, filter, nodes_max, ..Walk::new(subject, direction) };
            match since {
                _ if way.column.is_some() && (since.is_some() || impact) => {
                    return Err(Problem::malformed("column: not together with since or impact"));
                }
                Some(since) if !impact => {
                    Ask::Difference(Change { since: moment(since)?, walk: Some(walk), env: None })
                }
                Some(_) => return Err(Problem::malformed("since: not together with impact")),
                None if impact => Ask::Impact(walk),
                None => match parse_some(way.column.as_ref())? {
                    Some(column) => Ask::Columns(ColumnWalk { column, walk }),
                    None => Ask::Lineage(walk),
                },
            }
        }
        _ => return Err(Problem::malformed("to: not together with since, impact or column")),
    };
    answered(&app, asker, ask, way.as_of.as_deref(), way.evidence).await
}

/// Everything that was recorded about a subject, in log order.
#[utoipa::path(
    get, operation_id = "getTimeline", path = "/api/v1/timeline", tag = "lineage", security(("bearer" = ["read"])), params(Subjected),
    responses(
        (status = 200, description = "events (docs/cli.md has the shape)", body = serde_json::Value),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn timeline(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(about): Params<Subjected>,
) -> Result<Response, Problem> {
    let ask = Ask::Timeline(About { subject: parse(&about.subject)? });
    answered(&app, asker, ask, about.as_of.as_deref(), about.evidence).await
}

/// The whole story of a model, prompt or grant.
#[utoipa::path(
    get, operation_id = "getHistory", path = "/api/v1/history", tag = "lineage", security(("bearer" = ["read"])), params(Subjected),
    responses(
        (status = 200, description = "the story in chapters (docs/cli.md has the shape)", body = serde_json::Value),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn history(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(about): Params<Subjected>,
) -> Result<Response, Problem> {
    let ask = Ask::History(About { subject: parse(&about.subject)? });
    answered(&app, asker, ask, about.as_of.as_deref(), about.evidence).await
}

/// What is needed to run a run again, and what of it is missing.
#[utoipa::path(
    get, operation_id = "getRecipe", path = "/api/v1/reproduce", tag = "lineage", security(("bearer" = ["read"])), params(Subjected),
    responses(
        (status = 200, description = "the recipe (docs/cli.md has the shape)", body = serde_json::Value),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn reproduce(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(about): Params<Subjected>,
) -> Result<Response, Problem> {
    let ask = Ask::Reproduce(About { subject: parse(&about.subject)? });
    answered(&app, asker, ask, about.as_of.as_deref(), about.evidence).await
}

/// What serves where, now or then.
#[utoipa::path(
    get, operation_id = "getInventory", path = "/api/v1/inventory", tag = "lineage", security(("bearer" = ["read"])), params(Serves),
    responses(
        (status = 200, description = "versions and systems (docs/cli.md has the shape)", body = serde_json::Value),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn inventory(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(serves): Params<Serves>,
) -> Result<Response, Problem> {
    let (name, env) = (parse_some(serves.name.as_ref())?, parse_some(serves.env.as_ref())?);
    let ask = match serves.since.as_deref() {
        Some(_) if name.is_some() => return Err(Problem::malformed("since: not together with name")),
        Some(since) => Ask::Difference(Change { since: moment(since)?, walk: None, env }),
        None => Ask::Inventory(Stock { env, name }),
    };
    answered(&app, asker, ask, serves.as_of.as_deref(), serves.evidence).await
}

/// A sample for an auditor, drawn by a seed from all that was recorded.
#[utoipa::path(
    get, operation_id = "drawSample", path = "/api/v1/sample", tag = "lineage", security(("bearer" = ["read"])), params(Drawn),
    responses(
        (status = 200, description = "the sample (docs/cli.md has the shape)", body = serde_json::Value),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn sample(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(drawn): Params<Drawn>,
) -> Result<Response, Problem> {
    let since = drawn.since.as_deref().map(moment).transpose()?;
    let env = parse_some(drawn.env.as_ref())?;
    let ask = Ask::Sample(Draw { kinds: kinds(&drawn.kinds)?, env, since, n: drawn.n, seed: drawn.seed });
    answered(&app, asker, ask, drawn.as_of.as_deref(), drawn.evidence).await
}

/// Kinds of events, with commas between.
pub(super) fn kinds(text: &str) -> Result<Vec<Kind>, Problem> {
    let parsed = text.split(',').map(|name| Kind::parse(name.trim()));
    parsed.map(|kind| kind.map_err(|error| Problem::malformed(error.to_string()))).collect()
}

/// A time or a log index.
pub(super) fn moment(text: &str) -> Result<Moment, Problem> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return extract::index(text).map(Moment::Index);
    }
    parse::<Timestamp>(text).map(Moment::Time)
}

async fn answered(
    app: &Arc<App>,
    asker: Asker,
    ask: Ask,
    as_of: Option<&str>,
    evidence: bool,
) -> Result<Response, Problem> {
    let question = Question { ask, as_of: as_of.map(moment).transpose()? };
    let seen = app
        .read(move |ledger| {
            let task = format!("lineage: {}", question.in_words());
            let is_restricted = !matches!(asker.reader, decide::Reader::Operator(_));
            let viewer = ledger.as_reader(asker);
            let mut seen = answer(&viewer, &question, evidence, &task).map_err(fault)?;
            seen.value.answer.as_far_as_readable = is_restricted && question.asks_what_serves();
            let bytes = seen.value.evidence.as_ref().map(|evidence| evidence.to_cbor()).transpose().map_err(fault)?;
            Ok::<_, Fault>(seen.map(|answered| (answered.answer, bytes)))
        })
        .await?;
    match seen.value {
        (_, Some(bytes)) => Ok(extract::warned(extract::bytes(EVIDENCE, bytes), &seen.warned)),
        (answer, None) => Ok(extract::warned(extract::json(&answer)?, &seen.warned)),
    }
}

/// A question beyond its bounds is the client's doing.
pub(super) fn fault(error: LineageError) -> Fault {
    match error {
        LineageError::Question { .. } | LineageError::TooMuch { .. } => Problem::malformed(error.to_string()).into(),
        error => Fault::Ledger(error.into()),
    }
}
