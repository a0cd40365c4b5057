//! Every kind of lie, under the log's own valid signature.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::{
    forge::{Forgery, Item},
    honest::{AHEAD, lively},
};
use sagwan::{
    audit::What,
    event::{
        ActorId, Body, Decision, Digest, Outcome, Subject, Text,
        body::{Denial, VerdictWord},
    },
};
use sha2::{Digest as _, Sha256};

struct World {
    forgery: Forgery,
    /// The record whose dataset claims to be ahead of its time: recorded with a warning.
    ahead: usize,
    fine: usize,
}

fn world() -> World {
    let forgery = Forgery::of_town(lively());
    let registers = |name: &'static str| {
        let subject: Subject = name.parse().unwrap();
        forgery.find(move |event| event.subject == subject)
    };
    let (ahead, fine) = (registers("dataset/ahead@1"), registers("dataset/fine@1"));
    World { forgery, ahead, fine }
}

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

/// Exactly one difference: its index, kind, rule, and both outcomes.
fn one(forgery: &Forgery) -> (usize, What, String, String, String) {
    let found = forgery.audit().unwrap();
    let [one] = found.differences.as_slice() else { panic!("{:#?}", found.differences) };
    assert_eq!(found.different, 1);
    let index = usize::try_from(one.index).unwrap();
    (index, one.what, one.rule.clone(), one.recorded.clone(), one.reperformed.clone())
}

fn words(index: usize, what: What, [rule, then, now]: [&str; 3]) -> (usize, What, String, String, String) {
    (index, what, rule.to_owned(), then.to_owned(), now.to_owned())
}

#[test]
fn an_allow_that_should_have_been_a_deny_is_caught() {
    let World { mut forgery, .. } = world();
    let at = forgery.find(|event| matches!(event.body, Body::Denial(_)));
    let digest = forgery.items[at].denial().bytes.unwrap();
    let statement = Item::statement(&forgery.refused[&digest.0]);
    forgery.items[at] = statement;
    forgery.row(at).rules = vec![text("allow-engineer")];
    let (index, what, rule, then, now) = one(&forgery);
    assert_eq!((index, what, then.as_str()), (at, What::Decision, "allow, recorded by allow-engineer"));
    assert!(rule.contains("default-deny"), "{rule}");
    assert!(now.starts_with("deny, refused by default-deny"), "{now}");
}

#[test]
fn an_invented_denial_is_caught() {
    let World { mut forgery, fine, .. } = world();
    let item = forgery.items[fine].clone();
    let statement = sagwan::codec::statement::Statement::parse(item.bytes()).unwrap();
    let (event, seal) = (item.events[0].clone(), forgery.seal_of(fine).clone());
    let donor = forgery.find(|event| matches!(event.body, Body::Denial(_)));
    let request = sagwan::event::body::PolicyRequest {
        object: event.subject.clone(),
        env: event.env.unwrap(),
        roles: forgery.items[donor].denial().request.clone().unwrap().roles,
        action: text(event.kind().action()),
    };
    let denial = Denial {
        actor: item.actor.clone(),
        state: fine as u64,
        rules: vec![text("default-deny")],
        reason: text("no rule allows it"),
        statement: Some(Digest(statement.identity())),
        bytes: Some(Digest(Sha256::digest(item.bytes()).into())),
        signed_at: Some(sagwan::event::Timestamp(i64::try_from(statement.iat).unwrap() * 1_000)),
        kid: Some(Digest(*statement.kid)),
        kind: Some(text(event.kind().as_str())),
        position: None,
        request: Some(request),
        suppressed: None,
        plugins: Vec::new(),
        verdicts: Vec::new(),
    };
    forgery.refused.insert(denial.bytes.unwrap().0, item.bytes().to_vec());
    forgery.items[fine] = Item::own(sagwan::event::Event { body: Body::Denial(denial), time: seal.t, ..event });
    let row = forgery.row(fine);
    (row.rules, row.verdicts) = (Vec::new(), Vec::new());
    let wanted = ["default-deny", "deny, refused by default-deny", "allow, recorded"];
    assert_eq!(one(&forgery), words(fine, What::Denial, wanted));
}

#[test]
fn a_denial_of_what_nobody_signed_is_caught() {
    let World { mut forgery, .. } = world();
    let at = forgery.find(|event| matches!(event.body, Body::Denial(_)));
    let digest = forgery.items[at].denial().bytes.unwrap();
    let mut bytes = forgery.refused[&digest.0].clone();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = Digest(Sha256::digest(&bytes).into());
    forgery.refused.insert(forged.0, bytes);
    forgery.items[at].denial().bytes = Some(forged);
    let (index, what, .., now) = one(&forgery);
    assert_eq!((index, what), (at, What::Denial));
    assert!(now.contains("signature"), "{now}");
}

#[test]
fn a_rule_that_is_named_wrongly_is_caught() {
    let World { mut forgery, ahead, fine, .. } = world();
    forgery.row(ahead).rules = vec![text("plugin/other")];
    let wanted = ["plugin/clock, plugin/other", "deny, warned by plugin/other", "deny, warned by plugin/clock"];
    assert_eq!(one(&forgery), words(ahead, What::Rules, wanted));
    // One that allowed, too; and one of a denial.
    let World { mut forgery, .. } = world();
    let rules = forgery.row(fine).rules.clone();
    assert_eq!(rules.len(), 1);
    forgery.row(fine).rules.push(text("zz-another"));
    assert_eq!(one(&forgery).2, "zz-another");
    let World { mut forgery, .. } = world();
    let at = forgery.find(|event| matches!(event.body, Body::Denial(_)));
    forgery.items[at].denial().rules = vec![text("four-eyes-model-approve")];
    let (index, what, rule, ..) = one(&forgery);
    assert_eq!((index, what), (at, What::Rules));
    assert!(rule.contains("default-deny") && rule.contains("four-eyes"), "{rule}");
}

#[test]
fn a_stage_that_is_made_milder_is_caught() {
    let World { mut forgery, ahead, .. } = world();
    forgery.row(ahead).outcome = Outcome::Recorded;
    let wanted = ["plugin/clock", "deny, recorded by plugin/clock", "deny, warned by plugin/clock"];
    assert_eq!(one(&forgery), words(ahead, What::Decision, wanted));
}

#[test]
fn a_verdict_turned_from_fail_to_pass_is_caught() {
    let World { mut forgery, ahead, fine, .. } = world();
    let passes = forgery.row(fine).clone();
    *forgery.row(ahead) = passes;
    let found = forgery.audit().unwrap();
    let what: Vec<_> = found.differences.iter().map(|one| (one.index, one.what)).collect();
    assert_eq!(what, [(ahead as u64, What::Decision), (ahead as u64, What::Verdict)]);
    let verdict = &found.differences[1];
    assert_eq!(verdict.rule, "plugin/clock");
    assert!(verdict.recorded.starts_with("accept by") && verdict.reperformed.starts_with("reject by"), "{verdict:?}");
    // The word alone, with the decision left as it was.
    let World { mut forgery, .. } = world();
    forgery.row(ahead).verdicts[0].verdict = VerdictWord::Accept;
    let (index, what, rule, ..) = one(&forgery);
    assert_eq!((index, what, rule.as_str()), (ahead, What::Verdict, "plugin/clock"));
    // And a verdict that is left out.
    let World { mut forgery, .. } = world();
    forgery.row(fine).verdicts.clear();
    let (index, what, _, then, now) = one(&forgery);
    assert_eq!((index, what, then.as_str()), (fine, What::Verdict, "nothing"));
    assert!(now.starts_with("accept by"), "{now}");
}

#[test]
fn a_finding_that_is_dropped_is_caught() {
    let World { mut forgery, ahead, .. } = world();
    forgery.row(ahead).verdicts[0].findings = None;
    let (index, what, rule, then, now) = one(&forgery);
    assert_eq!((index, what, rule.as_str(), then.as_str()), (ahead, What::Findings, "plugin/clock", "none"));
    assert!(now.contains("from-the-future"), "{now}");
}

#[test]
fn an_answer_of_the_ledger_that_was_another_is_caught() {
    let World { mut forgery, ahead, .. } = world();
    forgery.row(ahead).verdicts[0].transcript = Some(Digest([9; 32]));
    let (index, what, rule, _, now) = one(&forgery);
    assert_eq!((index, what, rule.as_str(), now.as_str()), (ahead, What::Answers, "plugin/clock", "none"));
}

#[test]
fn another_policy_than_the_one_in_force_is_caught() {
    let World { mut forgery, fine, .. } = world();
    forgery.seal_of(fine).policy = Digest([7; 32]);
    let error = forgery.audit().unwrap_err().to_string();
    assert!(error.contains("names another policy than the one in force"), "{error}");
    // The founding's seal has nothing before it but the founding itself.
    let World { mut forgery, .. } = world();
    forgery.seal_of(0).policy = Digest([7; 32]);
    let (index, what, rule, then, _) = one(&forgery);
    assert_eq!((index, what, rule.as_str()), (0, What::Policy, "ledger-created"));
    assert_eq!(then, Digest([7; 32]).to_string());
}

#[test]
fn a_batch_whose_row_hides_its_gravest_event_is_caught() {
    let World { mut forgery, .. } = world();
    let subject: Subject = "dataset/b2@1".parse().unwrap();
    let at = forgery.find(|event| event.subject == subject);
    let row = forgery.row(at);
    assert!(!row.events.is_empty() && row.decision == Decision::Deny);
    (row.decision, row.outcome) = (Decision::Allow, Outcome::Recorded);
    let (index, what, _, then, now) = one(&forgery);
    assert_eq!((index, what), (at, What::Decision));
    assert!(then.ends_with("for the whole batch") && now.ends_with("for the gravest of its events"), "{then} {now}");
}

#[test]
fn roles_and_requests_that_a_denial_makes_up_are_caught() {
    let World { mut forgery, .. } = world();
    let at = forgery.find(|event| matches!(event.body, Body::Denial(_)));
    let request = forgery.items[at].denial().request.as_mut().unwrap();
    request.roles.clear();
    let found = forgery.audit().unwrap();
    assert!(found.differences.iter().all(|one| one.index == at as u64 && one.what == What::Denial));
    assert!(
        found.differences[0].recorded == "roles []" && found.differences[0].reperformed.contains("role:data-engineer")
    );
    // Also when the statement is erased: the roles are the log's to know.
    forgery.refused.clear();
    let found = forgery.audit().unwrap();
    assert_eq!((found.different, found.not_reperformed), (1, 2));
    let World { mut forgery, .. } = world();
    forgery.items[at].denial().request.as_mut().unwrap().action = text("read");
    assert_eq!(one(&forgery).4, "policy was asked something else");
    let World { mut forgery, .. } = world();
    forgery.items[at].denial().actor = ActorId::ledger();
    let told = forgery.differences();
    assert!(told.iter().any(|(.., now)| now == "the refused statement is user:dana's"), "{told:?}");
}

#[test]
fn what_is_ahead_is_what_these_tests_think() {
    let World { mut forgery, ahead, fine, .. } = world();
    assert_eq!(AHEAD, 3_600_000);
    assert_eq!(forgery.row(ahead).outcome, Outcome::Warned);
    assert_eq!(forgery.row(fine).verdicts[0].verdict, VerdictWord::Accept);
}
