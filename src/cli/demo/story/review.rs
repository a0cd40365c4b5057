//! What was asked for, held against what was achieved.

use super::{AUC_TARGET, Cast, Fate, GAP_TARGET, Made, Tale};
use crate::cli::failure::Done;
use serde_json::json;

pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done {
    let metrics = made.metrics;
    let words = |met: bool| if met { "met" } else { "not met" };
    let (ranking, parity) = (metrics.auc >= AUC_TARGET, metrics.approval_gap_sex <= GAP_TARGET);
    tale.chapter(format!(
        "Bea holds the requirements against it: AUC {:.3} of {AUC_TARGET:.2} asked for ({}), approval gap by sex {:.3} of at most {GAP_TARGET:.2} ({}).",
        metrics.auc,
        words(ranking),
        metrics.approval_gap_sex,
        words(parity),
    ));
    let cost = format!("{} ms of training on one core", made.took.as_millis());
    for (subject, target, achieved, met) in [
        ("requirement/ranking", AUC_TARGET, metrics.auc, ranking),
        ("requirement/parity", GAP_TARGET, metrics.approval_gap_sex, parity),
    ] {
        let conclusion = if met { "The model stays in service" } else { "The next version must reach it" };
        let reviewed = json!({ "kind": "requirement.reviewed", "subject": subject, "body": {
            "target": target, "achieved": achieved, "met": met, "cost": cost, "conclusion": conclusion,
        }});
        tale.tell(&cast.bea, Fate::Recorded, &reviewed)?;
    }
    Ok(())
}
