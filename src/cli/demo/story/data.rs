//! The data: where it came from, on what ground it is used, what is in it.

use super::{Cast, Fate, Tale};
use crate::cli::{
    demo::data::{COLUMNS, FILE, checks, is_bad, profile, schema, statistics},
    failure::Done,
};
use serde_json::json;

pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    let data = tale.data;
    let (outcome, checks) = checks(data);
    let bad = data.rows.iter().filter(|row| is_bad(row)).count();
    tale.chapter(format!(
        "Dana brings in the data: {} applicants, {} columns, {bad} bad credits. The pipeline checks it: {outcome}.",
        data.rows.len(),
        COLUMNS.len()
    ));
    let registered = json!({ "kind": "dataset.registered", "subject": "dataset/german-credit@1", "env": "dev", "body": {
        "source": "Statlog (German Credit Data), UCI Machine Learning Repository, doi:10.24432/C5NC77",
        "purpose": "Train and evaluate models of credit risk",
        "legal_basis": "GDPR, article 6(1)(f): legitimate interest in lending that is paid back",
        "digest": data.digest, "bytes": FILE.len(), "licence": "CC-BY-4.0",
        "data_subjects": data.rows.len(), "personal": true,
        "data_categories": ["financial situation", "employment", "family status and sex", "age"],
        "subject_categories": ["applicants for a credit"],
        "schema": schema(data), "statistics": statistics(data),
    }});
    tale.tell(&cast.dana, Fate::Recorded, &registered)?;
    let validated = json!({ "kind": "dataset.validated", "subject": "dataset/german-credit@1", "env": "dev",
        "body": { "outcome": outcome, "checks": checks } });
    tale.tell(&cast.pipeline, Fate::Recorded, &validated)?;
    let (profile, rows) = profile(data)?;
    let profile = tale.blob(&profile)?;
    let profiled = json!({ "kind": "data.profiled", "subject": "dataset/german-credit@1", "env": "dev",
        "body": { "profile": profile, "rows": rows } });
    tale.tell(&cast.pipeline, Fate::Recorded, &profiled)?;
    let retention = json!({ "kind": "retention.set", "subject": "dataset/german-credit@1", "env": "dev",
        "body": { "days": 730, "basis": "GDPR, article 5(1)(e): no longer than the model is maintained" } });
    tale.tell(&cast.otto, Fate::Recorded, &retention).map(|_| ())
}
