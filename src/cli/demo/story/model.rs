//! The model: a run that really trains it, its registration, what it achieves, its card.

use super::{AUC_TARGET, Cast, Fate, GAP_TARGET, Made, Tale, dataset};
use crate::cli::{
    demo::{
        surroundings,
        training::{self, Metrics, Model, PROTECTED, RIDGE, SEED, Trained},
    },
    failure::Done,
    ledger_failure,
};
use serde_json::{Value as Json, json};

/// High-risk systems: ten years (EU AI Act, article 18).
const CARD_KEPT_MS: i64 = 3_653 * 24 * 60 * 60 * 1_000;

pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast) -> Done<Made> {
    let trained = training::train(tale.data)?;
    let artifact = tale.blob(&trained.artifact)?;
    // What is measured is what was stored.
    let stored = tale.ledger.blobs().get(&artifact.0).map_err(|error| ledger_failure::of_storage(&error))?;
    let model = Model::read(&stored)?;
    let metrics = training::evaluate(&model, &training::rows(tale.data, &trained.split.test));
    tale.chapter(format!(
        "The pipeline trains on {} applicants in {} ms and measures on the {} others: accuracy {:.3}, AUC {:.3}; \
         approval rates differ by {:.3} by sex, {:.3} by age.",
        trained.split.train.len(),
        trained.took.as_millis(),
        metrics.applicants,
        metrics.accuracy,
        metrics.auc,
        metrics.approval_gap_sex,
        metrics.approval_gap_age,
    ));
    run(tale, cast, &trained, metrics, &json!({ "subject": "model/credit-risk@1", "digest": artifact }))?;
    let made = Made { model, artifact, metrics, took: trained.took, split: trained.split };
    register(tale, cast, &made, stored.len())?;
    evaluate(tale, cast, &made)?;
    Ok(made)
}

/// What was chosen before training.
fn parameters() -> Json {
    json!({ "seed": SEED, "ridge": RIDGE, "split": "7 of 10 of each label", "left_out": PROTECTED })
}

fn run(tale: &mut Tale<'_>, cast: &Cast, trained: &Trained, metrics: Metrics, model: &Json) -> Done {
    let runtime = json!({ "kind": "runtime.captured", "subject": "runtime/this-machine", "env": "dev",
        "body": surroundings::runtime() });
    tale.tell(&cast.pipeline, Fate::Recorded, &runtime)?;
    let code = surroundings::code();
    let started = json!({ "kind": "run.started", "subject": "run/credit-risk-1", "env": "dev",
    "inputs": [dataset(tale.data)], "body": {
        "trigger": "manual", "experiment": "experiment/credit-risk", "code": code,
        "runtime": "runtime/this-machine", "parameters": parameters(),
    }});
    tale.tell(&cast.pipeline, Fate::Recorded, &started)?;
    let took = u64::try_from(trained.took.as_millis()).unwrap_or(u64::MAX);
    let completed = json!({ "kind": "run.completed", "subject": "run/credit-risk-1", "env": "dev",
    "inputs": [dataset(tale.data)], "outputs": [model], "body": {
        "duration_ms": took, "code": code, "runtime": "runtime/this-machine",
        "parameters": parameters(), "metrics": metrics.to_json(),
    }});
    tale.tell(&cast.pipeline, Fate::Recorded, &completed).map(|_| ())
}

fn register(tale: &mut Tale<'_>, cast: &Cast, made: &Made, bytes: usize) -> Done {
    let registered = json!({ "kind": "model.registered", "subject": "model/credit-risk@1", "env": "dev",
    "inputs": [{ "subject": "run/credit-risk-1" }, dataset(tale.data)], "body": {
        "artifact": made.artifact, "system": "system/credit-risk", "task": "Probability that a credit ends badly",
        "framework": surroundings::trainer(), "bytes": bytes, "parameters": parameters(),
    }});
    tale.tell(&cast.sam, Fate::Recorded, &registered)?;
    let card = tale.blob(card(made).as_bytes())?;
    let filed = json!({ "kind": "document.filed", "subject": "document/model-card@1", "env": "dev",
    "inputs": [{ "subject": "model/credit-risk@1", "digest": made.artifact }], "body": {
        "document_type": "model-card", "digest": card, "title": "Model card of model/credit-risk@1",
        "retain_until": tale.now().plus_ms(CARD_KEPT_MS),
    }});
    tale.tell(&cast.sam, Fate::Recorded, &filed).map(|_| ())
}

fn evaluate(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done {
    let outcome = if made.is_good() { "pass" } else { "warn" };
    let evaluated = json!({ "kind": "model.evaluated", "subject": "model/credit-risk@1", "env": "dev",
    "inputs": [dataset(tale.data)], "body": {
        "artifact": made.artifact, "outcome": outcome, "runtime": "runtime/this-machine",
        "metrics": made.metrics.to_json(),
    }});
    tale.tell(&cast.pipeline, Fate::Recorded, &evaluated)?;
    let gap = made.metrics.approval_gap_sex.max(made.metrics.approval_gap_age);
    let findings = format!(
        "Approval rates differ by {:.3} between women and men, and by {:.3} between those up to 25 years and those above",
        made.metrics.approval_gap_sex, made.metrics.approval_gap_age
    );
    let assessed = json!({ "kind": "assessment.recorded", "subject": "model/credit-risk@1", "env": "dev", "body": {
        "assessment_type": "fairness", "outcome": if gap <= GAP_TARGET { "pass" } else { "warn" }, "findings": findings,
    }});
    tale.tell(&cast.sam, Fate::Recorded, &assessed).map(|_| ())
}

fn card(made: &Made) -> String {
    let metrics = made.metrics;
    format!(
        "# Model card: model/credit-risk@1\n\n\
         Logistic regression with a ridge penalty of {RIDGE}, trained with {} on {} applicants of the German credit data, \
         seed {SEED}. It does not see {}.\n\n\
         ## Intended use\n\nAdvice to a clerk who decides on a consumer credit; no decision by itself.\n\n\
         ## Measured on {} applicants held out\n\n\
         | metric | value | asked for |\n|---|---|---|\n\
         | AUC | {:.4} | at least {AUC_TARGET} |\n| accuracy | {:.4} | |\n| bad credits found | {:.4} | |\n\
         | difference of approval rates, women and men | {:.4} | at most {GAP_TARGET} |\n\
         | the same, up to 25 years and above | {:.4} | |\n\n\
         ## Limits\n\nThe data is of 1994 and small. Who was refused then is not in it.\n",
        surroundings::trainer(),
        made.split.train.len(),
        PROTECTED.join(", "),
        metrics.applicants,
        metrics.auc,
        metrics.accuracy,
        metrics.recall_bad,
        metrics.approval_gap_sex,
        metrics.approval_gap_age,
    )
}
