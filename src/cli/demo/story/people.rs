//! Who is who, and what the system is for.

use super::{AUC_TARGET, Cast, Fate, GAP_TARGET, Tale};
use crate::cli::{demo::cast::enrolment, failure::Done};
use serde_json::json;

pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    tale.chapter(
        "Olga and Otto, governance officers, found the ledger. Olga enrols Bea (business), Dana (data engineer), Sam (data \
         scientist), Mia (ML engineer) and the pipeline that runs their jobs, each with a key and a role.",
    );
    tale.founding()?;
    for (author, role, title) in cast.roles().into_iter().skip(2) {
        let events = enrolment(author, role, title, tale.now());
        let events = events.iter().map(|event| tale.event(event)).collect::<Done<_>>()?;
        tale.tell_all(&[(&cast.olga, Fate::Recorded, events)])?;
    }
    tale.chapter(format!(
        "Bea of the credit department says what is wanted: AUC of {AUC_TARGET:.2} or more, approval rates of women and men at most {GAP_TARGET:.2} apart."
    ));
    let system = json!({ "kind": "system.registered", "subject": "system/credit-risk", "body": {
        "purpose": "Estimate the risk that a consumer credit is not paid back, as advice to a clerk who decides",
        "risk_class": "high", "owner": "credit department",
    }});
    tale.tell(&cast.bea, Fate::Recorded, &system)?;
    for (subject, text, metric, target) in [
        ("requirement/ranking", "Rank bad credits above good ones", "auc", AUC_TARGET),
        ("requirement/parity", "Approve women and men at the same rate", "approval_gap_sex", GAP_TARGET),
    ] {
        let requirement = json!({ "kind": "requirement.stated", "subject": subject, "body": {
            "text": text, "system": "system/credit-risk", "metric": metric, "target": target,
        }});
        tale.tell(&cast.bea, Fate::Recorded, &requirement)?;
    }
    let assessment = json!({ "kind": "assessment.recorded", "subject": "system/credit-risk", "body": {
        "assessment_type": "risk", "outcome": "warn",
        "findings": "Creditworthiness of natural persons: high risk by EU AI Act, article 6(2) and Annex III, point 5(b)",
    }});
    tale.tell(&cast.otto, Fate::Recorded, &assessment).map(|_| ())
}
