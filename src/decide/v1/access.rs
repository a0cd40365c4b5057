//! Grants: what they may give, and what was used under them.

use super::{
    case::{Case, Findings},
    rules,
};
use crate::{
    decide::READ,
    event::{
        ActorId, Body, Subject, Text, Timestamp,
        body::{AccessChanged, AccessGranted, AccessRequested, AccessUsed, BreakglassOpened},
    },
    policy::Policy,
    state::{Grant, GrantStatus, State, SubjectState},
};

/// Checks the event, and returns the rule by which a live grant allows a use that policy alone would not.
pub(super) fn check(case: &Case<'_>, findings: &mut Findings) -> Option<&'static str> {
    match &case.event.body {
        Body::AccessUsed(body) => return used(case, body, findings),
        Body::AccessRequested(body) => requested(case, body, findings),
        Body::AccessGranted(body) => granted(case, body, findings),
        Body::AccessChanged(body) => {
            if let Some(word) = &body.purpose {
                purpose(case, word, findings);
            }
            length(case, body.until, findings);
            changed(case, body, findings);
        }
        Body::BreakglassOpened(body) => opened(case, body, findings),
        _ => {}
    }
    None
}

fn purpose(case: &Case<'_>, word: &Text, findings: &mut Findings) {
    if let Some(policy) = case.policy.filter(|policy| !policy.vocabulary().has_purpose(word.as_str())) {
        let words: Vec<_> = policy.vocabulary().purposes().collect();
        let message = format!("purpose {:?} is not of the policy's list: one of {}", word.as_str(), words.join(", "));
        findings.staged(case, rules::PURPOSE_UNKNOWN, message);
    }
}

/// The actions that a grant may give: nothing else asks for one.
const GIVEN: [&str; 2] = ["use", READ];

fn actions(case: &Case<'_>, words: &[Text], findings: &mut Findings) {
    let Some(vocabulary) = case.policy.map(Policy::vocabulary) else { return };
    for action in words.iter().map(Text::as_str).chain(words.is_empty().then_some("use")) {
        let done_to = |subject: &Subject| vocabulary.pair(subject.kind().as_str(), action).is_some();
        let message = if GIVEN.contains(&action) {
            let never = case.event.inputs.iter().find(|input| !done_to(&input.subject));
            never.map(|input| format!("nothing does {action:?} to {}: name another of use and read", input.subject))
        } else {
            Some(format!("action {action:?} is none that a grant gives: use or read"))
        };
        message.into_iter().for_each(|message| findings.staged(case, rules::ACTION_UNKNOWN, message));
    }
}

fn requested(case: &Case<'_>, body: &AccessRequested, findings: &mut Findings) {
    purpose(case, &body.purpose, findings);
    actions(case, &body.actions, findings);
    let t = case.context.t;
    if body.until <= t {
        let message = format!("until is {}, and it is {t}: ask for a time to come", body.until);
        findings.staged(case, rules::GRANT_TOO_LONG, message);
    }
}

/// A change gives at most what was asked for, like the grant itself; an emergency is not made longer by it either.
fn changed(case: &Case<'_>, body: &AccessChanged, findings: &mut Findings) {
    let asked = case.state.grant(&case.event.subject).filter(|grant| grant.requested_by.is_some());
    let Some(asked) = asked else { return };
    let more = match &body.purpose {
        Some(word) if *word != asked.purpose => Some(format!("purpose {word}, and {} was asked for", asked.purpose)),
        _ if body.until > asked.until => Some(format!("until {}, and {} was asked for", body.until, asked.until)),
        _ => None,
    };
    more.into_iter().for_each(|more| exceeds(case, &more, findings));
}

fn exceeds(case: &Case<'_>, more: &str, findings: &mut Findings) {
    let message =
        format!("{} would give {more}: give at most what was asked for, or have it asked for anew", case.event.subject);
    findings.staged(case, rules::GRANT_EXCEEDS_REQUEST, message);
}

fn length(case: &Case<'_>, until: Timestamp, findings: &mut Findings) {
    let t = case.context.t;
    if until <= t {
        let message = format!("until is {until}, and it is {t}: name a time to come, or record `access.revoked`");
        return findings.staged(case, rules::GRANT_TOO_LONG, message);
    }
    let Some(longest) = case.policy.map(|policy| policy.constraints().grants.longest_ms(case.env())) else { return };
    if until.0.saturating_sub(t.0) > longest {
        let message = format!(
            "until is {until}: in {} the policy lets a grant last until {} at most",
            case.env(),
            t.plus_ms(longest)
        );
        findings.staged(case, rules::GRANT_TOO_LONG, message);
    }
}

fn granted(case: &Case<'_>, body: &AccessGranted, findings: &mut Findings) {
    purpose(case, &body.purpose, findings);
    actions(case, &body.actions, findings);
    length(case, body.until, findings);
    let Some(asked) = case.state.grant(&case.event.subject) else { return };
    let more = if body.purpose != asked.purpose {
        Some(format!("purpose {}, and {} was asked for", body.purpose, asked.purpose))
    } else if body.until > asked.until {
        Some(format!("until {}, and {} was asked for", body.until, asked.until))
    } else if let Some(input) = case.event.inputs.iter().find(|input| !asked.covers(&input.subject)) {
        Some(format!("{}, which was not asked for", input.subject))
    } else {
        let actions = body.actions.iter().map(Text::as_str);
        let more = actions.chain(body.actions.is_empty().then_some("use")).find(|action| !asked.allows(action));
        more.map(|action| format!("action {action}, which was not asked for"))
    };
    more.into_iter().for_each(|more| exceeds(case, &more, findings));
}

fn opened(case: &Case<'_>, body: &BreakglassOpened, findings: &mut Findings) {
    purpose(case, &body.purpose, findings);
    let (t, Some(policy)) = (case.context.t, case.policy) else { return };
    let glass = &policy.constraints().break_glass;
    let life = body.until.0.saturating_sub(t.0);
    let longest = glass.longest_ms().min(crate::event::limits::BREAKGLASS_MS_MAX);
    if life <= 0 || life > longest {
        let message =
            format!("until is {}: an emergency may last from now to {} at most", body.until, t.plus_ms(longest));
        findings.staged(case, rules::BREAKGLASS_TOO_LONG, message);
    }
    let emergencies = case.state.actor(case.actor()).map_or(&[][..], |actor| actor.emergencies.as_slice());
    let owed = emergencies.iter().find(|open| {
        let since = case.state.grant(open).and_then(|grant| grant.terms.first()).map(|term| term.from);
        since.is_some_and(|since| since.plus_ms(glass.review_within_ms()) <= t)
    });
    if let Some(owed) = owed {
        let message = format!(
            "{owed} was opened by {} and is still to be reviewed: `breakglass.reviewed` by another comes first",
            case.actor()
        );
        findings.staged(case, rules::BREAKGLASS_REVIEW_OWED, message);
    }
}

/// Whose grant must it be: the account's that acted, when a service records for it; else the signer's.
pub(super) fn account(case: &Case<'_>, body: &AccessUsed) -> Option<ActorId> {
    let named = body.account.as_ref().and_then(|account| account.as_str().parse::<ActorId>().ok());
    named.filter(|account| account != case.actor())
}

/// PIPA safety standards, article 8(1): whose data was handled. Where many were handled at once, how many; the task
/// then says which.
fn handled(case: &Case<'_>, body: &AccessUsed, findings: &mut Findings) {
    let subject = &case.event.subject;
    let committed =
        |field: &str| case.event.commitments.iter().any(|one| one.path.strip_prefix("/body/") == Some(field));
    let told =
        body.data_subject.is_some() || body.records.is_some() || committed("data_subject") || committed("records");
    if !told && case.state.subject(subject).is_some_and(SubjectState::is_personal) {
        let message = format!(
            "{subject} holds personal data: name body.data_subject, or body.records where many were handled at once"
        );
        findings.staged(case, rules::DATA_SUBJECT_MISSING, message);
    }
}

fn used(case: &Case<'_>, body: &AccessUsed, findings: &mut Findings) -> Option<&'static str> {
    // A read of the ledger itself, which the log records: it was decided when it was asked.
    if case.is_own() {
        return None;
    }
    handled(case, body, findings);
    let account = account(case, body);
    let actor = account.as_ref().unwrap_or(case.actor());
    if account.is_some() && !case.actor().as_str().starts_with("service:") {
        let message = format!("{} signs a use by {actor}: only services record what others did", case.actor());
        findings.staged(case, rules::GRANT_MISSING, message);
        return None;
    }
    let Some(name) = &body.grant else {
        // Policy is asked for whoever signs, and for the account.
        purpose(case, &body.purpose, findings);
        return None;
    };
    match judge(case, body, name, actor) {
        Ok(grant) if grant.breakglass => Some(rules::BREAK_GLASS),
        Ok(_) => Some(rules::ACCESS_GRANT),
        Err((rule, message)) => {
            findings.staged(case, rule, message);
            None
        }
    }
}

/// A live grant for this actor, subject, action and purpose, in this environment.
fn judge<'a>(
    case: &Case<'a>,
    body: &AccessUsed,
    name: &Subject,
    actor: &ActorId,
) -> Result<&'a Grant, (&'static str, String)> {
    let (subject, t, env) = (&case.event.subject, case.context.t, case.env());
    let missing = |why: String| (rules::GRANT_MISSING, format!("{name} {why}: request access to {subject} in {env}"));
    let state: &'a State = case.state;
    let grant = state.grant(name).ok_or_else(|| missing("was never granted".into()))?;
    if grant.env != env {
        return Err(missing(format!("holds in {} only", grant.env)));
    }
    if grant.holder.as_ref().is_some_and(|holder| holder != actor) {
        return Err(missing(format!("is not {actor}'s")));
    }
    if !grant.covers(subject) {
        return Err(missing(format!("does not cover {subject}")));
    }
    if !grant.allows(case.event.kind().action()) {
        return Err(missing("does not allow use".into()));
    }
    let expired = |what: &str, when: Timestamp| {
        let message = format!("{name} {what} {when}, and it is {t}: request access again");
        (rules::GRANT_EXPIRED, message)
    };
    match (grant.status(t), grant.term(t)) {
        (GrantStatus::Live, Some(term)) if term.purpose == body.purpose => Ok(grant),
        (GrantStatus::Live, Some(term)) => {
            let message = format!(
                "{name} is for {}, and the use is for {}: request access for that purpose",
                term.purpose, body.purpose
            );
            Err((rules::GRANT_PURPOSE, message))
        }
        (GrantStatus::Expired, Some(term)) => Err(expired("ran out at", term.until)),
        (GrantStatus::Revoked, _) => Err(expired("was revoked at", grant.revoked.unwrap_or(t))),
        _ => Err(missing("is not granted".into())),
    }
}
