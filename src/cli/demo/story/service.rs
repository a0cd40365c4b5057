//! In service: one applicant asks why, Sam may look for a second, and not for longer; a monitor watches.

use super::{Cast, Fate, Made, Tale, access::Grant, dataset};
use crate::{
    cli::{
        demo::{
            data::{Row, value},
            training::{self, Model, stability},
            unexpected,
        },
        failure::Done,
    },
    event::DataSubject,
};
use serde_json::json;
use std::{thread, time::Duration};

/// Below this index a population counts as stable, by the rule of thumb of credit scoring.
const PSI_SMALL: f64 = 0.1;
/// How long Sam's grant lasts.
const GRANT_MS: i64 = 1_000;

/// The log index of the use of whose origin only the commitment is in the log, and whose data was used.
pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done<(u64, DataSubject)> {
    let psi = stability(&made.model, &training::rows(tale.data, &made.split.train), &made.test(tale.data));
    let test = made.test(tale.data);
    let row = test.iter().find(|row| made.model.refuses(row)).ok_or_else(|| unexpected("nobody was refused"))?;
    let place = tale.data.rows.iter().position(|other| other == *row).unwrap_or_default() + 1;
    let drift = if psi < PSI_SMALL { "no drift to speak of" } else { "drift" };
    tale.chapter(format!(
        "In service. The monitor finds {drift} (PSI {psi:.3}). Applicant {place} is refused a credit and asks \
         why. Sam may read for one second; he answers, and reads on when the second is over: refused."
    ));
    monitor(tale, cast, made, psi)?;
    let who = tale.pseudonym(&format!("applicant {place} of german.data"))?;
    let mut grant = Grant {
        name: "grant/sam-prod",
        to: &cast.sam,
        by: &cast.olga,
        env: "prod",
        purpose: "customer-support",
        reason: "Explain a refusal to the applicant who asked (GDPR, article 15(1)(h))",
        until: tale.now(),
    };
    let used = grant.used(tale, "Explanation of a refusal", 1, &json!({ "data_subject": who }))?;
    // The second begins when all is signed but the request and the grant: a slow disk takes nothing from it.
    grant.until = tale.now().plus_ms(GRANT_MS);
    let (asked, given) = grant.events(tale)?;
    let committed = tale.tell_all(&[
        (&cast.sam, Fate::Recorded, vec![asked]),
        (grant.by, Fate::Recorded, vec![given]),
        (&cast.sam, Fate::Recorded, vec![used]),
    ])?;
    explain(tale, cast, &made.model, row, &who)?;
    while tale.now() < grant.until {
        thread::sleep(Duration::from_millis(u64::try_from(grant.until.0 - tale.now().0).unwrap_or_default() + 1));
    }
    let late = grant.used(tale, "A look at the others, too", tale.data.rows.len(), &json!({}))?;
    tale.tell_all(&[(&cast.sam, Fate::Refused, vec![late])])?;
    Ok((committed, who))
}

/// How far the scores have moved since training.
fn monitor(tale: &mut Tale<'_>, cast: &Cast, made: &Made, psi: f64) -> Done {
    let observed = json!({ "kind": "monitor.observed", "subject": "deployment/credit-risk", "env": "prod",
    "inputs": [dataset(tale.data)], "body": { "monitor": "score-stability", "metrics": {
        "psi": psi, "approval_rate": made.metrics.approval_rate, "scored": made.metrics.applicants,
    }}});
    tale.tell(&cast.pipeline, Fate::Recorded, &observed).map(|_| ())
}

/// The reasons are about a person: the log has the commitment, the vault the words.
fn explain(tale: &mut Tale<'_>, cast: &Cast, model: &Model, row: &Row, who: &DataSubject) -> Done {
    let words = format!(
        "Probability of a bad end {:.3}, refused from {}. What spoke most against it: {}",
        model.score(row),
        model.threshold,
        reasons(tale, model, row).join("; ")
    );
    let issued = json!({ "kind": "explanation.issued", "subject": "model/credit-risk@1", "env": "prod",
        "body": { "explanation": words, "data_subject": who } });
    let issued = tale.commit(tale.event(&issued)?, "/body/explanation")?;
    tale.tell_all(&[(&cast.sam, Fate::Recorded, vec![issued])]).map(|_| ())
}

/// The three columns that spoke most against an applicant, in words.
pub(super) fn reasons(tale: &Tale<'_>, model: &Model, row: &Row) -> Vec<String> {
    let words = |column: &str| {
        let value = value(row, column);
        format!("{}: {}", column.replace('_', " "), tale.data.meaning(column, value).unwrap_or(value))
    };
    model.against(row, 3).into_iter().map(|(column, _)| words(column)).collect()
}
