//! Records: one by its index, many by a question, each with its receipt.

#![expect(unused_qualifications, reason = "utoipa writes them for parameter structs")]

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    codec::event::to_json,
    event::{Digest, Kind, Timestamp, body::SealedDecision, limits},
    ledger::{Asker, DecisionFilter, Query, Record, Seen, Sight},
    server::{
        Problem,
        app::App,
        auth::Reader,
        body::negotiate,
        extract::{self, Params, Segments, parse_some},
    },
};

/// A record, as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct RecordView {
    /// Its log index.
    index: u64,
    /// The ledger's time of its batch, RFC 3339.
    #[schema(value_type = String)]
    t: Timestamp,
    /// The identity of the statement.
    #[schema(value_type = String)]
    identity: Digest,
    /// Who signed it.
    actor: String,
    /// The thumbprint of the key that signed it.
    #[schema(value_type = String)]
    kid: Digest,
    /// When it was signed, as the signer claims; RFC 3339.
    #[schema(value_type = String)]
    signed_at: Timestamp,
    /// What it says (docs/events.md).
    #[schema(value_type = Vec<Object>)]
    events: Vec<Value>,
    /// What was decided about each event: decision, outcome, rules.
    #[schema(value_type = Vec<Object>)]
    rulings: Vec<SealedDecision>,
    /// The record exists although a rule would have refused it in a stricter stage.
    would_deny: bool,
    /// The log index of its seal.
    seal: u64,
    /// The policy bundle that was in force.
    #[schema(value_type = String)]
    policy: Digest,
    /// Its key was declared suspect from before this index on.
    suspect: bool,
}

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct PageView {
    /// The records, in the order asked for.
    records: Vec<RecordView>,
    /// Records about the subject asked for that the reader may not read: only where nothing but time restricts the
    /// question. They count for the limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<WithheldView>,
    /// Send it as `cursor` to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// A record that the reader may not read.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct WithheldView {
    /// Its log index.
    index: u64,
    /// The RFC 6962 hash of its leaf, hexadecimal.
    leaf: String,
}

impl RecordView {
    fn of(record: &Record) -> Self {
        Self {
            index: record.index,
            t: record.t,
            identity: record.identity,
            actor: record.actor.to_string(),
            kid: record.kid,
            signed_at: Timestamp(record.signed_at.saturating_mul(1_000)),
            events: record.events.iter().map(to_json).collect(),
            rulings: record.rulings.clone(),
            would_deny: record.would_deny(),
            seal: record.seal,
            policy: record.policy,
            suspect: record.suspect,
        }
    }
}

impl PageView {
    pub(in crate::server) fn of(page: &Sight) -> Self {
        let withheld = page.withheld.iter().map(|one| WithheldView { index: one.index, leaf: hex::encode(one.leaf) });
        Self {
            records: page.records.iter().map(RecordView::of).collect(),
            withheld: withheld.collect(),
            next: page.next,
        }
    }
}

/// What to look for: all conditions hold together, an absent one does not restrict.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Filter {
    /// Mentioned, as subject, input or output: `kind/name[@version]`.
    subject: Option<String>,
    /// An event's kind, such as `model.promoted`.
    kind: Option<String>,
    /// The signer, or whose statement was denied: `user:…` or `service:…`.
    actor: Option<String>,
    /// `dev`, `staging` or `prod`.
    env: Option<String>,
    /// Sealed at this time or later, RFC 3339.
    since: Option<String>,
    /// Sealed before this time, RFC 3339.
    until: Option<String>,
    /// `allow`; `deny`: the denials; `would-deny`: recorded although a rule would have refused it.
    decision: Option<String>,
    /// The id of a rule that refused, or would have.
    rule: Option<String>,
    /// `oldest` (the default) or `newest` first.
    order: Option<String>,
    /// Where the last page ended: its `next`.
    cursor: Option<u64>,
    /// Records a page, 1 to 1,000; 100 unless said otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// How much of a list, and from which end.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Paging {
    /// `oldest` (the default) or `newest` first.
    order: Option<String>,
    /// Where the last page ended: its `next`.
    cursor: Option<u64>,
    /// Records a page, 1 to 1,000; 100 unless said otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

impl Paging {
    /// The query that this pages through.
    ///
    /// # Errors
    /// 400 for another order or limit.
    pub fn query(&self) -> Result<Query, Problem> {
        let newest_first = match self.order.as_deref() {
            None | Some("oldest") => false,
            Some("newest") => true,
            Some(_) => return Err(Problem::malformed("order: one of oldest, newest")),
        };
        let limit = self.limit.unwrap_or(limits::PAGE_RECORDS_DEFAULT);
        if !(1..=limits::PAGE_RECORDS_MAX).contains(&limit) {
            return Err(Problem::malformed(format!("limit: 1 to {}", limits::PAGE_RECORDS_MAX)));
        }
        Ok(Query { newest_first, limit, cursor: self.cursor, ..Query::default() })
    }
}

impl Filter {
    fn query(self) -> Result<Query, Problem> {
        let kind = self.kind.as_deref().map(Kind::parse).transpose();
        let decision = match self.decision.as_deref() {
            None => None,
            Some("allow") => Some(DecisionFilter::Allow),
            Some("deny") => Some(DecisionFilter::Deny),
            Some("would-deny") => Some(DecisionFilter::WouldDeny),
            Some(_) => return Err(Problem::malformed("decision: one of allow, deny, would-deny")),
        };
        let paging = Paging { order: self.order, cursor: self.cursor, limit: self.limit };
        Ok(Query {
            subject: parse_some(self.subject.as_ref())?,
            kind: kind.map_err(|error| Problem::malformed(error.to_string()))?,
            actor: parse_some(self.actor.as_ref())?,
            env: parse_some(self.env.as_ref())?,
            since: parse_some(self.since.as_ref())?,
            until: parse_some(self.until.as_ref())?,
            decision,
            rule: self.rule,
            ..paging.query()?
        })
    }
}

/// Records, by subject, kind, actor, environment, time, decision or rule.
///
/// Seals are left out, and what the reader may not read. A page may be short, or empty, and still have a `next`: much
/// was looked at and little found.
#[utoipa::path(
    get, operation_id = "listRecords", path = "/api/v1/records", tag = "reading", security(("bearer" = ["read"])), params(Filter),
    responses(
        (status = 200, description = "a page", body = PageView),
        (status = "4XX", description = "a bad parameter, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Params(filter): Params<Filter>,
) -> Result<Response, Problem> {
    page(&app, asker, filter.query()?).await
}

/// The page that a reader sees of a query.
///
/// # Errors
/// The ledger's.
pub(super) async fn page(app: &Arc<App>, asker: Asker, query: Query) -> Result<Response, Problem> {
    let page = app.read(move |ledger| ledger.as_reader(asker).query(&query));
    extract::json_seen(&page.await?.map(|page| PageView::of(&page)))
}

/// One record.
#[utoipa::path(
    get, operation_id = "getRecord", path = "/api/v1/records/{index}", tag = "reading", security(("bearer" = ["read"])),
    params(("index" = u64, Path, description = "log index")),
    responses(
        (status = 200, description = "the record, or as `application/cose` the statement as it was signed",
            content((RecordView = "application/json"), (Vec<u8> = "application/cose"))),
        (status = "4XX", description = "no such record or not for this reader, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Segments(index): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let index = extract::index(&index)?;
    let form = negotiate(&headers, &["application/json", "application/cose"], "application/json or application/cose")?;
    let record = app.read(move |ledger| ledger.as_reader(asker).record(index)).await?;
    if form == "application/cose" {
        return Ok(extract::warned(extract::bytes("application/cose", record.value.bytes.to_vec()), &record.warned));
    }
    extract::json_seen(&record.map(|record| RecordView::of(&record)))
}

/// How a proof is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct ProofForm {
    /// `receipt` (RFC 9942), `transparent` (the statement with its receipt) or `tlog-proof` (C2SP); before `Accept`.
    format: Option<String>,
}

const FORMS: [&str; 3] = ["application/cose", "application/scitt-statement+cose", "text/plain"];
const FORM_NAMES: &str = "application/cose, application/scitt-statement+cose or text/plain";

/// The proof that a record is in the log, under the newest head.
///
/// By `format`, or by `Accept`: `application/cose` the receipt, `application/scitt-statement+cose` the Transparent
/// Statement, `text/plain` the C2SP tlog-proof.
#[utoipa::path(
    get, operation_id = "getProof", path = "/api/v1/records/{index}/receipt", tag = "reading", security(("bearer" = ["read"])),
    params(("index" = u64, Path, description = "log index"), ProofForm),
    responses(
        (status = 200, description = "the proof",
            content((Vec<u8> = "application/cose"), (Vec<u8> = "application/scitt-statement+cose"), (String = "text/plain"))),
        (status = "4XX", description = "no such record or not for this reader, or no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn receipt(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Segments(index): Segments<String>,
    Params(form): Params<ProofForm>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let index = extract::index(&index)?;
    let form = match form.format.as_deref() {
        Some("receipt") => FORMS[0],
        Some("transparent") => FORMS[1],
        Some("tlog-proof") => FORMS[2],
        Some(_) => return Err(Problem::malformed("format: one of receipt, transparent, tlog-proof")),
        None => negotiate(&headers, &FORMS, FORM_NAMES)?,
    };
    let proof = app.read(move |ledger| {
        let viewer = ledger.as_reader(asker);
        match form {
            "text/plain" => viewer.tlog_proof(index).map(|proof| proof.map(String::into_bytes)),
            "application/cose" => viewer.receipt(index),
            _ => viewer.transparent_statement(index),
        }
    });
    let Seen { value: proof, warned } = proof.await?;
    if form != "text/plain" {
        return Ok(extract::warned(extract::bytes(form, proof), &warned));
    }
    let name = format!("attachment; filename=\"record-{index}.tlog-proof\"");
    let answer = ([(header::CONTENT_DISPOSITION, name)], extract::bytes("text/plain; charset=utf-8", proof));
    Ok(extract::warned(answer.into_response(), &warned))
}
