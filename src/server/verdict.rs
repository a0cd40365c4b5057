//! What became of a statement, as it is written in answers: JSON, or the same as CBOR.

use serde::Serialize;
use utoipa::ToSchema;

use super::map;
use crate::{
    decide::{EventRuling, Reason},
    event::{
        Digest,
        body::{Decision, Outcome},
    },
    ledger::Verdict,
};

/// What became of one statement. Fields stand in the order of their CBOR encoding, which saves a second pass.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerdictView {
    /// Invalid: a stable name of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Recorded: the log index.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// The same statement was judged before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    known: bool,
    /// Refused: the log index of the denial, unless the actor's budget of denials was used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    denial: Option<u64>,
    /// Invalid or failed: what is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Refused: what the rules said and what to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView>,
    /// Recorded: one for each event, where the rules would have refused one of them in a stricter stage.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rulings: Vec<RulingView>,
    /// `recorded`, `refused`, `invalid` or `failed`.
    verdict: &'static str,
    /// The statement's identity (docs/format.md).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "sha256:e3b0…")]
    identity: Option<Digest>,
    /// Refused: the position of the refused event in its statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
}

/// One reason of a refusal or a warning.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonView {
    /// The id of the rule.
    rule: String,
    /// What it says, and what to do.
    message: String,
}

/// What the rules said of one event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RulingView {
    /// The ids of the rules, in order.
    rules: Vec<String>,
    /// `recorded`, `warned` or `refused`.
    outcome: &'static str,
    /// What they say of it.
    reasons: Vec<ReasonView>,
    /// `allow` or `deny`.
    decision: &'static str,
}

impl VerdictView {
    /// The view of a verdict.
    pub fn of(verdict: &Verdict) -> Self {
        let mut view = Self {
            code: None,
            index: None,
            known: false,
            denial: None,
            detail: None,
            reasons: Vec::new(),
            rulings: Vec::new(),
            verdict: "failed",
            identity: None,
            position: None,
        };
        match verdict {
            Verdict::Recorded { index, identity, events, known } => {
                view.verdict = "recorded";
                (view.index, view.identity, view.known) = (Some(*index), Some(*identity), *known);
                if events.iter().any(is_remarkable) {
                    view.rulings = events.iter().map(RulingView::of).collect();
                }
            }
            Verdict::Refused { denial, identity, position, reasons, known } => {
                view.verdict = "refused";
                (view.denial, view.identity, view.known) = (*denial, Some(*identity), *known);
                view.position = Some(*position);
                view.reasons = reasons.iter().map(ReasonView::of).collect();
            }
            Verdict::Invalid(rejection) => {
                view.verdict = "invalid";
                view.code = Some(map::rejection_name(rejection));
                view.detail = Some(rejection.to_string());
            }
            Verdict::Failed(_) => {
                view.detail = Some("the ledger stopped before this was durable; send it again after a restart".into());
            }
        }
        view
    }
}

/// Whether the rules said more of an event than that it may be.
fn is_remarkable(ruling: &EventRuling) -> bool {
    ruling.decision != Decision::Allow || ruling.outcome != Outcome::Recorded
}

impl ReasonView {
    fn of(reason: &Reason) -> Self {
        Self { rule: reason.rule.to_string(), message: reason.message.clone() }
    }
}

impl RulingView {
    fn of(ruling: &EventRuling) -> Self {
        Self {
            rules: ruling.rules.iter().map(ToString::to_string).collect(),
            outcome: ruling.outcome.as_str(),
            reasons: ruling.reasons.iter().map(ReasonView::of).collect(),
            decision: ruling.decision.as_str(),
        }
    }
}
