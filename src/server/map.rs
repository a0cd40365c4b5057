//! The one place where the ledger's verdicts and errors become HTTP.

use std::time::Duration;

use axum::http::StatusCode;

use super::{Problem, verdict::VerdictView};
use crate::{
    ledger::{Busy, LedgerError, Rejection, Verdict},
    storage::StorageError,
};

/// The names of verdicts, as counters and answers know them.
pub(super) const VERDICTS: [&str; 5] = ["recorded", "known", "refused", "invalid", "failed"];

/// The name under which a verdict is counted.
pub(super) fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Recorded { known: true, .. } | Verdict::Refused { known: true, .. } => "known",
        Verdict::Recorded { .. } => "recorded",
        Verdict::Refused { .. } => "refused",
        Verdict::Invalid(_) => "invalid",
        Verdict::Failed(_) => "failed",
    }
}

/// Back-pressure: 503 and when to come back.
pub(super) fn busy(busy: &Busy) -> Problem {
    match busy {
        Busy::Full { waiting, limit } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Busy",
            format!("{waiting} statements are waiting, the limit is {limit}; nothing of this request was taken"),
        )
        .remedy("send it again after the seconds that Retry-After says")
        .retry_after(Duration::from_secs(1)),
        Busy::Behind { .. } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Busy",
            "the ledger's disk is behind; nothing of this request was taken",
        )
        .remedy("send it again after the seconds that Retry-After says")
        .retry_after(Duration::from_secs(2)),
        Busy::Stopped(_) => stopped(),
    }
}

fn stopped() -> Problem {
    let detail = "the ledger has stopped; what was acknowledged is safe";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", "Ledger stopped", detail)
        .remedy("the operator must restart it; send the same bytes again afterwards")
        .retry_after(Duration::from_secs(30))
}

/// An error of a read, if it is one that a client may see.
pub(super) fn ledger(error: &LedgerError) -> Option<Problem> {
    match error {
        LedgerError::NotFound { what, size } => Some(
            Problem::not_found(format!("{what} is not in this ledger, whose size is {size}"))
                .remedy("ask for an index below the size of the newest checkpoint"),
        ),
        LedgerError::Storage(StorageError::NotFound { what }) => {
            Some(Problem::not_found(format!("{what} is not in this ledger")))
        }
        LedgerError::Storage(StorageError::NoBlob { digest }) => {
            Some(Problem::not_found(format!("the blob sha256:{digest} is not in this ledger")))
        }
        LedgerError::NotForYou { what, size } => Some(
            Problem::not_found(format!("{what} is not in this ledger, whose size is {size}, or not for you to read"))
                .remedy("check its name; an officer gives the role or the grant that reading it needs"),
        ),
        LedgerError::Purpose { given, known } => {
            let detail = format!("Sagwan-Purpose: {:?} is not of the policy's list", given.as_str());
            Some(Problem::malformed(detail).remedy(format!("give one of {known}, or leave it out")))
        }
        LedgerError::Unrecorded(_) => Some(
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unrecorded",
                "Read not recorded",
                "the answer touches personal data, and the read could not be recorded; nothing was answered",
            )
            .remedy("ask again after the seconds that Retry-After says")
            .retry_after(Duration::from_secs(1)),
        ),
        LedgerError::Stopped(_) => Some(stopped()),
        _ => None,
    }
}

/// What a verdict that is no success is answered with; `None` for a recorded statement.
pub(super) fn verdict(verdict: &Verdict) -> Option<Problem> {
    let mut problem = match verdict {
        Verdict::Recorded { .. } => return None,
        Verdict::Refused { reasons, known, .. } => {
            let detail = match (reasons.first(), known) {
                (_, true) => "the same statement was refused before, and stays refused".to_owned(),
                (Some(reason), _) => reason.message.clone(),
                (None, _) => "the rules of this ledger refuse it".to_owned(),
            };
            Problem::new(StatusCode::FORBIDDEN, "refused", "Rejected", detail)
                .remedy("the verdict names the rules that refused it and the denial that was recorded")
        }
        Verdict::Invalid(rejection) => invalid(rejection),
        Verdict::Failed(_) => stopped(),
    };
    problem.verdict = serde_json::to_value(VerdictView::of(verdict)).ok().map(Box::new);
    Some(problem)
}

fn invalid(rejection: &Rejection) -> Problem {
    let (status, title) = match rejection {
        Rejection::TooLarge { .. } | Rejection::Decisions { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "Statement too large")
        }
        Rejection::Malformed(_) => (StatusCode::BAD_REQUEST, "Malformed statement"),
        Rejection::NotAnEvent { .. } | Rejection::Payload(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "Payload is not an event")
        }
        Rejection::KeyUnknown { .. } | Rejection::KeyOwner { .. } | Rejection::LogsOwn { .. } => {
            (StatusCode::FORBIDDEN, "Key not accepted")
        }
        Rejection::BadSignature { .. } => (StatusCode::FORBIDDEN, "Bad Signature"),
        Rejection::ClientId { .. } => (StatusCode::CONFLICT, "Client id already used"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "Statement not accepted"),
    };
    let text = rejection.to_string();
    // The ledger's messages end with what to do, after the last colon or semicolon.
    let (detail, remedy) = text.rsplit_once(": ").or_else(|| text.rsplit_once("; ")).unwrap_or((&text, ""));
    let remedy = if remedy.is_empty() { "correct the statement and sign it again" } else { remedy };
    Problem::new(status, rejection_name(rejection), title, detail).remedy(remedy)
}

/// A stable name of a rejection, for programs.
pub(super) fn rejection_name(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::TooLarge { .. } => "too-large",
        Rejection::Decisions { .. } => "too-many-decisions",
        Rejection::LogsOwn { .. } => "log-only",
        Rejection::Malformed(_) => "malformed-statement",
        Rejection::NotAnEvent { .. } | Rejection::Payload(_) => "not-an-event",
        Rejection::Typed(_) => "typed",
        Rejection::Subject { .. } => "subject",
        Rejection::Issuer(_) => "issuer",
        Rejection::Audience { .. } => "audience",
        Rejection::KeyUnknown { .. } => "key-unknown",
        Rejection::KeyOwner { .. } => "key-owner",
        Rejection::BadSignature { .. } => "bad-signature",
        Rejection::Stale { .. } => "stale",
        Rejection::ClientId { .. } => "client-id",
    }
}
