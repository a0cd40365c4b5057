//! References: a record speaks of what was recorded before it, or says that it is kept elsewhere.

use super::{
    case::{Case, Findings},
    rules,
};
use crate::{
    event::{Body, Event, Reference, Subject},
    state::brings_forth,
};

pub(super) fn check(case: &Case<'_>, findings: &mut Findings) {
    let event = case.event;
    if needs_known_subject(&event.body) && !case.state.is_recorded(&event.subject) {
        unknown(case, &event.subject, "subject", findings);
    }
    for input in &event.inputs {
        reference(case, input, "inputs", findings);
    }
    if !brings_forth(&event.body) {
        for output in &event.outputs {
            reference(case, output, "outputs", findings);
        }
    }
    for (subject, field) in named_in(&event.body).into_iter().flatten() {
        if !case.state.is_recorded(subject) && !is_external(event, subject) {
            unknown(case, subject, field, findings);
        }
    }
}

fn reference(case: &Case<'_>, reference: &Reference, field: &str, findings: &mut Findings) {
    let subject = &reference.subject;
    if reference.external {
        return;
    }
    if !case.state.is_recorded(subject) {
        return unknown(case, subject, field, findings);
    }
    let Some(given) = reference.digest else { return };
    let registered = case.state.subject(subject).and_then(|state| state.digest());
    if let Some(registered) = registered.filter(|registered| *registered != given) {
        let message = format!(
            "{subject} in {field} is registered with {registered}, and the event names {given}: check which bytes were used, or register a new version"
        );
        findings.staged(case, rules::REFERENCE_DIGEST, message);
    }
}

fn unknown(case: &Case<'_>, subject: &Subject, field: &str, findings: &mut Findings) {
    let message = format!(
        "{subject} in {field} was never recorded: record it first, or, if it is kept elsewhere, mark it `external: true` in inputs or outputs (`sagwan record --external`)"
    );
    findings.staged(case, rules::REFERENCE_UNKNOWN, message);
}

fn is_external(event: &Event, subject: &Subject) -> bool {
    event.inputs.iter().chain(&event.outputs).any(|reference| reference.external && reference.subject == *subject)
}

/// The kinds that speak of a subject without making it known; lifecycles see to the others.
fn needs_known_subject(body: &Body) -> bool {
    matches!(
        body,
        Body::AccessUsed(_)
            | Body::AccessReviewed(_)
            | Body::RequirementReviewed(_)
            | Body::AssessmentRecorded(_)
            | Body::ExplanationIssued(_)
            | Body::OverrideRecorded(_)
            | Body::CorrectiveActionRecorded(_)
            | Body::ResponseEvaluated(_)
            | Body::DataProfiled(_)
            | Body::MonitorObserved(_)
            | Body::RetrainRequested(_)
            | Body::DataSubjectRequested(_)
            | Body::ErasureExecuted(_)
            | Body::RetentionSet(_)
    )
}

/// The subjects that a body names, each with its field. The grant of a use is looked at by the rules of access.
fn named_in(body: &Body) -> [Option<(&Subject, &'static str)>; 3] {
    fn subject_of<'a>(subject: &'a Option<Subject>, field: &'static str) -> Option<(&'a Subject, &'static str)> {
        subject.as_ref().map(|subject| (subject, field))
    }
    match body {
        Body::RunStarted(body) => [
            subject_of(&body.experiment, "body.experiment"),
            subject_of(&body.caused_by, "body.caused_by"),
            subject_of(&body.runtime, "body.runtime"),
        ],
        Body::RunCompleted(body) => [subject_of(&body.runtime, "body.runtime"), None, None],
        Body::ModelRegistered(body) => [subject_of(&body.system, "body.system"), None, None],
        Body::PromptRegistered(body) => [subject_of(&body.system, "body.system"), None, None],
        Body::RequirementStated(body) => [subject_of(&body.system, "body.system"), None, None],
        Body::ModelEvaluated(body) => [subject_of(&body.runtime, "body.runtime"), None, None],
        Body::ModelDeployed(body) => [subject_of(&body.runtime, "body.runtime"), None, None],
        Body::PromptDeployed(body) => [subject_of(&body.runtime, "body.runtime"), None, None],
        Body::ModelRolledBack(body) => [Some((&body.to, "body.to")), None, None],
        Body::PromptRolledBack(body) => [Some((&body.to, "body.to")), None, None],
        Body::RetrainRequested(body) => [subject_of(&body.alert, "body.alert"), None, None],
        _ => [None, None, None],
    }
}
