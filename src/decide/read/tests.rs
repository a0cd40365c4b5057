use super::*;
use crate::{
    codec::event::from_json_value,
    event::{Digest, Event},
    policy::Bundle,
    state::Position,
};
use serde_json::{Value, json};

const START: Timestamp = Timestamp(1_769_850_000_000);

fn event(json: &Value) -> Event {
    from_json_value(json, START).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn actor(name: &str) -> Reader {
    Reader::Actor(name.parse().unwrap())
}

/// A state in which these events were recorded, one after the other, by `user:officer`.
fn state(events: &[Value]) -> State {
    let mut state = State::new();
    for (json, index) in events.iter().zip(0..) {
        let at = Position { index, t: START, position: 0, identity: Digest([0; 32]) };
        state.apply(at, &"user:officer".parse().unwrap(), &Digest([0; 32]), &event(json));
    }
    state
}

fn role(whom: &str, role: &str, env: &str) -> Value {
    json!({"kind": "role.assigned", "subject": format!("actor/{whom}"), "env": env, "body": {"role": role}})
}

fn enrol(whom: &str) -> Value {
    json!({"kind": "actor.enrolled", "subject": format!("actor/{whom}"), "body": {}})
}

fn grant(name: &str, to: &str, on: &str, actions: &[&str]) -> Value {
    json!({"kind": "access.granted", "subject": name, "env": "prod", "inputs": [{"subject": on}],
        "body": {"to": to, "purpose": "audit", "until": START.plus_ms(1_000).to_string(), "actions": actions}})
}

fn breakglass(name: &str, on: &str) -> Value {
    json!({"kind": "breakglass.opened", "subject": name, "env": "prod", "inputs": [{"subject": on}],
        "body": {"reason": "r", "ticket": "t", "purpose": "audit", "until": START.plus_ms(1_000).to_string()}})
}

fn embedded() -> Arc<Policy> {
    Arc::new(Policy::load(&Bundle::embedded()).unwrap())
}

/// The embedded policy with more rows in a file.
fn with_rows(file: &str, rows: &str) -> Arc<Policy> {
    let mut files = Bundle::embedded().files().clone();
    files.get_mut(file).unwrap().extend_from_slice(rows.as_bytes());
    Arc::new(Policy::load(&Bundle::from_files(files).unwrap()).unwrap())
}

fn ask(state: &State, policy: &Arc<Policy>, reader: &Reader, env: Env, subject: &str) -> ReadRuling {
    may_read(state, Some(Arc::clone(policy)), reader, env, &subject.parse().unwrap(), START)
}

fn rules(ruling: &ReadRuling) -> Vec<&str> {
    ruling.rules.iter().map(AsRef::as_ref).collect()
}

#[test]
fn roles_are_per_environment_and_stages_say_what_a_denial_does() {
    let state = state(&[enrol("user:ada"), role("user:ada", "role:data-scientist", "dev")]);
    let policy = embedded();
    let ada = actor("user:ada");
    let allowed = ask(&state, &policy, &ada, Env::Dev, "dataset/x@1");
    assert!(allowed.allow && allowed.outcome == Outcome::Recorded && !allowed.rules.is_empty(), "{allowed:?}");
    for reader in [&ada, &Reader::Anyone, &actor("user:unknown")] {
        let outcomes = [(Env::Staging, Outcome::Warned, true), (Env::Prod, Outcome::Refused, false)];
        for (env, outcome, answered) in outcomes {
            let ruling = ask(&state, &policy, reader, env, "dataset/x@1");
            assert!(!ruling.allow, "{reader:?} {env}");
            assert_eq!((ruling.outcome, ruling.is_answered()), (outcome, answered), "{reader:?} {env}");
            assert_eq!(rules(&ruling), ["default-deny"]);
        }
    }
    let observed = ask(&state, &policy, &Reader::Anyone, Env::Dev, "dataset/x@1");
    assert!(!observed.allow && observed.outcome == Outcome::Recorded);
}

#[test]
fn without_a_policy_nothing_is_readable_but_to_the_operator() {
    let state = state(&[role("user:ada", "role:data-engineer", "dev")]);
    let subject = "dataset/x@1".parse().unwrap();
    for (reader, answered) in [(actor("user:ada"), false), (Reader::Anyone, false), (Reader::Operator(None), true)] {
        let ruling = may_read(&state, None, &reader, Env::Dev, &subject, START);
        assert_eq!((ruling.allow, ruling.is_answered()), (answered, answered), "{reader:?}");
    }
}

#[test]
fn a_live_grant_for_reading_stands_in_for_a_rule_that_nobody_wrote() {
    let state = state(&[
        grant("grant/r", "user:eve", "dataset/x", &["read"]),
        grant("grant/u", "user:eve", "dataset/y@1", &["use"]),
        grant("grant/f", "user:fay", "dataset/x", &["read"]),
    ]);
    let (policy, eve) = (embedded(), actor("user:eve"));
    for (subject, env, allowed) in [
        ("dataset/x@1", Env::Prod, true),
        ("dataset/x", Env::Prod, true),
        ("dataset/x@1", Env::Staging, false),
        ("dataset/xy@1", Env::Prod, false),
        ("dataset/y@1", Env::Prod, false),
    ] {
        let ruling = ask(&state, &policy, &eve, env, subject);
        assert_eq!(ruling.allow, allowed, "{subject} {env}");
        assert_eq!(rules(&ruling), [if allowed { "access-grant" } else { "default-deny" }]);
    }
    let late = may_read(
        &state,
        Some(Arc::clone(&policy)),
        &eve,
        Env::Prod,
        &"dataset/x@1".parse().unwrap(),
        START.plus_ms(1_000),
    );
    assert!(!late.is_answered(), "it holds while t < until");
    assert!(!ask(&state, &policy, &Reader::Anyone, Env::Prod, "dataset/x@1").is_answered());
}

#[test]
fn only_break_glass_overrides_a_deny_and_nothing_an_absolute_one() {
    let mut state = state(&[
        enrol("user:bea"),
        role("user:bea", "role:business-stakeholder", "prod"),
        grant("grant/a", "user:bea", "dataset/a@1", &["read"]),
        grant("grant/b", "user:bea", "dataset/b@1", &["read"]),
        grant("grant/c", "user:bea", "dataset/c@1", &["read"]),
    ]);
    let opened = event(&breakglass("grant/g", "dataset/b@1"));
    let absolute = event(&breakglass("grant/h", "dataset/c@1"));
    for (event, index) in [opened, absolute].iter().zip(9..) {
        let at = Position { index, t: START, position: 0, identity: Digest([0; 32]) };
        state.apply(at, &"user:bea".parse().unwrap(), &Digest([0; 32]), event);
    }
    let policy = with_rows(
        "rules/business.csv",
        "p, role:business-stakeholder, prod, dataset/a@1, read, deny, no-a\n\
         p, role:business-stakeholder, prod, dataset/b@1, read, deny, no-b\n",
    );
    let bea = actor("user:bea");
    assert_eq!(rules(&ask(&state, &policy, &bea, Env::Prod, "dataset/a@1")), ["no-a"]);
    assert_eq!(rules(&ask(&state, &policy, &bea, Env::Prod, "dataset/b@1")), ["break-glass"]);
    assert_eq!(rules(&ask(&state, &policy, &bea, Env::Prod, "dataset/c@1")), ["access-grant"]);
    let policy = with_rows("deny.csv", "p, role:business-stakeholder, prod, dataset/c@1, read, deny, never-c\n");
    let ruling = ask(&state, &policy, &bea, Env::Prod, "dataset/c@1");
    assert_eq!((rules(&ruling), ruling.outcome), (vec!["never-c"], Outcome::Refused));
}

#[test]
fn a_pattern_finer_than_a_type_is_asked_for_every_subject() {
    let state = state(&[enrol("user:ada"), role("user:ada", "role:data-engineer", "prod")]);
    let policy = with_rows("deny.csv", "p, role:data-engineer, prod, dataset/pay/*, read, deny, no-pay\n");
    let mut clearance = Clearance::of(&state, Some(policy), &actor("user:ada"), START);
    for _ in 0..2 {
        for (subject, answered) in [("dataset/x@1", true), ("dataset/pay/x@1", false), ("dataset/payx@1", true)] {
            assert_eq!(clearance.subject(Env::Prod, &subject.parse().unwrap()).is_answered(), answered, "{subject}");
        }
    }
}

#[test]
fn a_record_is_readable_when_all_that_it_names_is() {
    let state = state(&[enrol("user:dan"), role("user:dan", "role:data-engineer", "prod")]);
    let signer: ActorId = "user:mel".parse().unwrap();
    let mut clearance = Clearance::of(&state, Some(embedded()), &actor("user:dan"), START);
    // A data engineer reads datasets and runs in prod, not models.
    let run = |inputs: Value, outputs: Value, body: Value| json!({"kind": "run.started", "subject": "run/1", "env": "prod", "inputs": inputs, "outputs": outputs, "body": body});
    let (data, model) = (json!([{"subject": "dataset/x@1"}]), json!([{"subject": "model/m@1"}]));
    let plain = json!({"trigger": "manual"});
    for (json, answered) in [
        (run(data.clone(), json!([]), plain.clone()), true),
        (run(model.clone(), json!([]), plain.clone()), false),
        (run(data.clone(), model, plain.clone()), false),
        (run(data.clone(), json!([]), json!({"trigger": "manual", "experiment": "experiment/e"})), false),
        (json!({"kind": "x.acme.note", "subject": "model/m@1", "body": {}}), false),
    ] {
        let ruling = clearance.statement(&signer, &[event(&json)]);
        assert_eq!(ruling.is_answered(), answered, "{json} {ruling:?}");
        assert!(clearance.statement(&"user:dan".parse().unwrap(), &[event(&json)]).allow, "his own: {json}");
    }
    let both = [run(data, json!([]), plain), json!({"kind": "x.acme.note", "subject": "model/m@1", "body": {}})];
    assert!(!clearance.statement(&signer, &both.map(|json| event(&json))).is_answered(), "one event of a batch");
}

#[test]
fn a_denial_is_read_by_what_it_is_about_and_by_whom_it_refused() {
    let state = state(&[enrol("user:dan"), role("user:dan", "role:data-engineer", "prod")]);
    let mut clearance = Clearance::of(&state, Some(embedded()), &actor("user:dan"), START);
    let log = ActorId::ledger();
    let denial = |subject: &str, whose: &str, reason: &str| {
        event(&json!({"kind": "denial", "subject": subject, "env": "prod",
            "body": {"actor": whose, "state": 1, "rules": ["x"], "reason": reason}}))
    };
    for (subject, whose, reason, answered) in [
        ("dataset/x@1", "user:mel", "no rule allows it", true),
        ("model/m@1", "user:mel", "no rule allows it", false),
        ("model/m@1", "user:dan", "no rule allows it", true),
        ("dataset/x@1", "user:mel", "x: model/m@1 in inputs was never recorded: record it first", false),
        ("dataset/x@1", "user:mel", "x: dataset/y@1 in inputs was never recorded: record it first", true),
    ] {
        let ruling = clearance.statement(&log, &[denial(subject, whose, reason)]);
        assert_eq!(ruling.is_answered(), answered, "{subject} {whose} {reason}");
    }
}

#[test]
fn a_subject_is_summed_up_from_the_environments_that_the_reader_may_see() {
    let registered = |name: &str, env: &str| {
        json!({"kind": "dataset.registered", "subject": name, "env": env,
            "body": {"source": "s", "purpose": "p", "legal_basis": "l"}})
    };
    let state = state(&[
        enrol("user:ada"),
        role("user:ada", "role:data-scientist", "dev"),
        registered("dataset/both@1", "dev"),
        registered("dataset/both@1", "prod"),
        registered("dataset/prod@1", "prod"),
    ]);
    let mut clearance = Clearance::of(&state, Some(embedded()), &actor("user:ada"), START);
    let mut seen = |name: &str| {
        let subject = name.parse().unwrap();
        clearance.summary(&subject, state.subject(&subject)).0.iter().collect::<Vec<_>>()
    };
    assert_eq!(seen("dataset/both@1"), [Env::Dev]);
    assert!(seen("dataset/prod@1").is_empty(), "as if it were unknown");
    assert!(seen("dataset/none@1").is_empty());
}
