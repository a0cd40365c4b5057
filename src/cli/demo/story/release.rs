//! From approval to prod: who may, who may not, and who tries all the same.

use super::{Cast, Fate, Made, Tale};
use crate::cli::failure::Done;
use serde_json::{Value as Json, json};

/// The log index of the approval.
pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done<u64> {
    tale.chapter(
        "Sam approves his own model: refused. Otto reviews it and approves. Then it goes from dev to staging to prod.",
    );
    let approve = |reason: &str| {
        json!({ "kind": "model.approved", "subject": "model/credit-risk@1", "env": "prod",
            "inputs": [{ "subject": "document/model-card@1" }],
            "body": { "artifact": made.artifact, "reason": reason } })
    };
    tale.tell(&cast.sam, Fate::Refused, &approve("It is good, I made it"))?;
    let reason = format!(
        "AUC {:.3}, approval gap by sex {:.3}; the card names the limits; a clerk decides",
        made.metrics.auc, made.metrics.approval_gap_sex
    );
    let approval = tale.tell(&cast.otto, Fate::Recorded, &approve(&reason))?;
    tale.tell(&cast.sam, Fate::Recorded, &promote(made, "dev", None))?;
    // Staging warns: it is recorded, and says that a rule was against it.
    tale.tell(&cast.sam, Fate::WouldDeny, &promote(made, "staging", Some("dev")))?;
    tale.tell(&cast.mia, Fate::Recorded, &promote(made, "staging", Some("dev")))?;
    tale.tell(&cast.sam, Fate::Refused, &promote(made, "prod", Some("staging")))?;
    tale.tell(&cast.mia, Fate::Recorded, &promote(made, "prod", Some("staging")))?;
    let deployed = json!({ "kind": "model.deployed", "subject": "model/credit-risk@1", "env": "prod",
        "outputs": [{ "subject": "deployment/credit-risk" }],
        "body": { "artifact": made.artifact, "runtime": "runtime/this-machine", "traffic": 1.0 } });
    tale.tell(&cast.mia, Fate::Recorded, &deployed)?;
    Ok(approval)
}

fn promote(made: &Made, env: &str, from: Option<&str>) -> Json {
    let mut body = json!({ "artifact": made.artifact });
    if let (Some(from), Some(fields)) = (from, body.as_object_mut()) {
        fields.insert("from".into(), json!(from));
    }
    json!({ "kind": "model.promoted", "subject": "model/credit-risk@1", "env": env, "body": body })
}
