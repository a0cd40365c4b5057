//! A prompt version: the letter that a language model is to write when a credit is refused.

use super::{Cast, Fate, Made, Tale, service::reasons};
use crate::cli::{
    demo::{
        data::{Row, value},
        training::PROTECTED,
    },
    failure::Done,
};
use serde_json::{Value as Json, json};

/// The template of the prompt.
const TEMPLATE: &str = "\
You write for a bank. Tell the applicant in plain words, in at most 120 words, that the credit of {amount} DM over \
{duration} months is not granted. Name these reasons and no others: {reasons}. Say that on request a person looks at \
the case again (GDPR, article 22(3)).";

/// Bytes of a rendered prompt: what its language model is given at most.
const RENDERED_BYTES_MAX: usize = 700;

pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done {
    let refused: Vec<&Row> = made.test(tale.data).into_iter().filter(|row| made.model.refuses(row)).collect();
    let passed = refused.iter().filter(|row| is_sound(&render(tale, made, row))).count();
    let cases = refused.len();
    tale.chapter(format!(
        "Sam writes the prompt of the refusal letter. It is rendered for all {cases} refused applicants held out: {passed} \
         pass. Otto approves; it goes to prod."
    ));
    let template = tale.blob(TEMPLATE.as_bytes())?;
    let registered = json!({ "kind": "prompt.registered", "subject": "prompt/refusal-letter@1", "env": "dev",
        "body": { "template": template, "system": "system/credit-risk", "parameters": { "temperature": 0.0 } } });
    tale.tell(&cast.sam, Fate::Recorded, &registered)?;
    let outcome = if passed == cases { "pass" } else { "fail" };
    let evaluated = json!({ "kind": "prompt.evaluated", "subject": "prompt/refusal-letter@1", "env": "dev", "body": {
        "template": template, "outcome": outcome, "cases": cases, "passed": passed,
        "suite": "rendering: no placeholder left, no protected attribute named, no longer than its limit",
    }});
    tale.tell(&cast.pipeline, Fate::Recorded, &evaluated)?;
    let step = |kind: &str, env: &str, reason: &str| -> Json {
        json!({ "kind": kind, "subject": "prompt/refusal-letter@1", "env": env,
            "body": { "template": template, "reason": reason } })
    };
    tale.tell(&cast.otto, Fate::Recorded, &step("prompt.approved", "prod", "It names reasons and the way to object"))?;
    tale.tell(&cast.sam, Fate::Recorded, &step("prompt.promoted", "dev", "Evaluated and approved"))?;
    tale.tell(&cast.mia, Fate::Recorded, &step("prompt.promoted", "staging", "Renders as in dev"))?;
    tale.tell(&cast.mia, Fate::Recorded, &step("prompt.promoted", "prod", "Goes with model/credit-risk@1")).map(|_| ())
}

fn render(tale: &Tale<'_>, made: &Made, row: &Row) -> String {
    TEMPLATE
        .replace("{amount}", value(row, "amount"))
        .replace("{duration}", value(row, "duration"))
        .replace("{reasons}", &reasons(tale, &made.model, row).join("; "))
}

fn is_sound(rendered: &str) -> bool {
    let names = |column: &&str| rendered.contains(&format!("{}:", column.replace('_', " ")));
    !rendered.contains(['{', '}'])
        && !rendered.contains("others: .")
        && !PROTECTED.iter().any(names)
        && rendered.len() <= RENDERED_BYTES_MAX
}
