//! Exports: what the ledger knows, in the forms that others read, as the reader may see it.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lineage::{fault, kinds, moment};
use crate::{
    event::limits,
    lineage::{
        Direction, Filter, Walk,
        export::{Format, Of, Wanted, write},
        gather,
    },
    server::{
        Problem,
        app::{App, Fault},
        auth::Reader,
        extract::{self, Params, Segments, parse, parse_some},
    },
};

/// Of what, and as of when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Exported {
    /// What is connected with this subject; without one, what was recorded in a time.
    subject: Option<String>,
    /// `upstream` (the default), `downstream` or `both`.
    direction: Option<String>,
    /// At most so many edges from the subject; 20 unless said otherwise.
    depth: Option<u32>,
    /// At most so many subjects; 1,000 unless said otherwise.
    nodes: Option<u32>,
    /// What was recorded from this time or log index on; not together with a subject.
    since: Option<String>,
    /// What was recorded before this time or log index; not together with a subject.
    until: Option<String>,
    /// Only events of these kinds, with commas between.
    kinds: Option<String>,
    /// Only events in this environment, or in none.
    env: Option<String>,
    /// The ledger's time, RFC 3339, or a log index: the entries below it. Now unless said otherwise.
    as_of: Option<String>,
}

/// Nothing in an export runs anything, whatever opens it.
const INERT: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
/// The bound that cut an export, where the form has no place to say it.
const CUT: HeaderName = HeaderName::from_static("sagwan-cut");

/// What the ledger knows, in a form that others read.
///
/// Formats: `openlineage` (events, one a line), `prov` (W3C PROV-JSON), `cyclonedx` (1.7, JSON), `ro-crate` (its metadata
/// file), `in-toto` (statements, one a line, for the client to sign), `dot`, `mermaid`, `svg` (docs/exports.md). What
/// the reader may not see is not in it. A header `sagwan-cut` says that a bound cut it.
#[utoipa::path(
    get, operation_id = "export", path = "/api/v1/export/{format}", tag = "lineage", security(("bearer" = ["read"])),
    params(("format" = String, Path, description = "the format"), Exported),
    responses(
        (status = 200, description = "the export, in the media type of its format", body = String, content_type = "text/plain"),
        (status = "4XX", description = "no such format, a bad parameter, no such subject for this reader, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn export(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Segments(format): Segments<String>,
    Params(asked): Params<Exported>,
) -> Result<Response, Problem> {
    let format: Format = parse(&format)?;
    let wanted = wanted(&asked)?;
    let seen = app
        .read(move |ledger| {
            let task = format!("export {format}: {}", wanted.in_words());
            let seen = gather(&ledger.as_reader(asker), &wanted, &task).map_err(fault)?;
            let is_cut = seen.value.cut().is_some();
            let text = write(format, &seen.value).map_err(fault)?;
            Ok::<_, Fault>(seen.map(|_| (text, is_cut)))
        })
        .await?;
    let (text, is_cut) = seen.value;
    let mut response = extract::warned(extract::bytes(format.media_type(), text), &seen.warned);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, INERT);
    if is_cut {
        response.headers_mut().insert(CUT, HeaderValue::from_static("bound"));
    }
    Ok(response)
}

fn wanted(asked: &Exported) -> Result<Wanted, Problem> {
    let filter = Filter {
        kinds: asked.kinds.as_deref().map(kinds).transpose()?.unwrap_or_default(),
        env: parse_some(asked.env.as_ref())?,
    };
    let direction = match asked.direction.as_deref() {
        None | Some("upstream") => Direction::Upstream,
        Some("downstream") => Direction::Downstream,
        Some("both") => Direction::Both,
        Some(_) => return Err(Problem::malformed("direction: one of upstream, downstream, both")),
    };
    let at = |text: &Option<String>| text.as_deref().map(moment).transpose();
    let of = match &asked.subject {
        Some(_) if asked.since.is_some() || asked.until.is_some() => {
            return Err(Problem::malformed("since, until: not together with subject; give as-of"));
        }
        Some(subject) => Of::Walk(Walk {
            depth: asked.depth.unwrap_or(limits::LINEAGE_DEPTH_DEFAULT),
            nodes_max: asked.nodes.unwrap_or(limits::LINEAGE_NODES_DEFAULT),
            filter,
            ..Walk::new(parse(subject)?, direction)
        }),
        None if asked.direction.is_some() || asked.depth.is_some() || asked.nodes.is_some() => {
            return Err(Problem::malformed("direction, depth, nodes: only together with subject"));
        }
        None => Of::Span { since: at(&asked.since)?, until: at(&asked.until)?, filter },
    };
    Ok(Wanted { of, as_of: at(&asked.as_of)? })
}
