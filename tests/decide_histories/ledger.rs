//! The ledger about itself: creation, keys, roles, policies, plugins, batches.

use crate::{
    script::{expand, run},
    world::{EMBEDDED, FROZEN, LINKED, START, STRICT, World, creation, event, key_entry, key_proof, kid},
};
use sagwan::{
    decide::{EventRuling, Invalid, Ruling},
    event::{ActorId, Env, Event},
};
use serde_json::{Value, json};

fn events(list: &[Value], world: &World) -> Vec<Event> {
    let expanded = |json: &Value| {
        let mut json = json.clone();
        expand(&mut json, world.t);
        event(&json, world.t)
    };
    list.iter().map(expanded).collect()
}

fn sign(world: &mut World, who: &str, list: &[Value]) -> Result<Ruling, Invalid> {
    let events = events(list, world);
    world.sign(who, &events)
}

/// Expects a refusal by exactly these rules, with these words, that leaves no trace.
fn refused(world: &mut World, who: &str, json: Value, rules: &[&str], words: &str) {
    let before = world.state.digest();
    let ruling = sign(world, who, std::slice::from_ref(&json)).unwrap();
    let last: &EventRuling = ruling.events.last().unwrap();
    assert_eq!(ruling.refused, Some(0), "{json}: {ruling:?}");
    assert_eq!(last.rules.iter().map(|rule| &**rule).collect::<Vec<_>>(), rules, "{json}: {}", last.message());
    assert!(last.message().contains(words), "{json}: {}", last.message());
    assert_eq!(world.state.digest(), before);
}

fn recorded(world: &mut World, who: &str, json: Value) {
    let ruling = sign(world, who, std::slice::from_ref(&json)).unwrap();
    assert!(ruling.is_recorded() && ruling.events.iter().all(|one| one.reasons.is_empty()), "{json}: {ruling:?}");
}

#[test]
fn the_first_record_creates_the_ledger_once() {
    let first =
        json!({"kind": "system.registered", "subject": "system/a", "body": {"purpose": "p", "risk_class": "high"}});
    refused(&mut World::empty(), "olga", first, &["key-validity"], "`sagwan init` writes the first");
    let wrong = |change: &dyn Fn(&mut Value), words: &str| {
        let mut json = creation();
        change(&mut json["body"]);
        refused(&mut World::empty(), "log", json, &["ledger-created"], words);
    };
    wrong(&|body| body["quorum"] = 3.into(), "body.quorum is 3");
    wrong(&|body| body["quorum"] = 0.into(), "body.quorum is 0");
    wrong(&|body| body["officers"] = json!([]), "body.officers names 0");
    wrong(&|body| body["officers"][1] = body["officers"][0].clone(), "twice");
    wrong(&|body| body["officers"][1]["key"] = key_entry(8), "no key may stand twice");
    wrong(&|body| body["policy"] = format!("sha256:{}", "00".repeat(32)).into(), "not in blobs/");
    wrong(&|body| body["officers"][0]["key"]["public"] = "00".repeat(32).into(), "weak");
    let mut json = creation();
    json["body"]["keys"] = json!([key_entry(9)]);
    refused(&mut World::empty(), "log", json, &["key-validity"], "none of the keys that it names");
    refused(&mut World::empty(), "olga", creation(), &["key-validity"], "none of the keys");
    let mut world = World::created();
    refused(&mut world, "log", creation(), &["ledger-created"], "the ledger exists already");
    assert_eq!(
        world.state.officers(START).iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        ["user:olga", "user:otto"]
    );
    assert_eq!((world.state.quorum(), world.state.policy()), (1, Some(*EMBEDDED)));
}

#[test]
fn a_key_signs_for_its_actor_while_it_is_valid() {
    let mut world = World::new();
    let json = json!({"kind": "x.acme.note", "subject": "dataset/a", "env": "dev", "body": {}});
    let one = events(&[json], &world);
    let mut says = |actor: &str, kid, words: &str| {
        let ruling = world.sign_with(actor, kid, &one).unwrap();
        let last = ruling.events.last().unwrap();
        assert_eq!((ruling.refused, &*last.rules[0]), (Some(0), "key-validity"));
        assert!(last.message().contains(words), "{}", last.message());
    };
    says("user:ada", kid(99), "is not enrolled: an officer enrols it");
    says("user:ada", kid(6), "belongs to user:mel");
    let enrol = json!({"kind": "key.enrolled", "subject": "actor/user:ada", "body": key_proof("user:ada", 50)});
    let index = world.index;
    recorded(&mut world, "olga", enrol);
    let key = world.state.key(&kid(50)).unwrap();
    assert!(!key.is_valid_at(index) && key.is_valid_at(index + 1));
    assert!(world.sign_with("user:ada", kid(50), &one).unwrap().is_recorded());
    let revoke = |kid| json!({"kind": "key.revoked", "subject": "actor/user:ada", "body": {"kid": kid, "reason": "lost", "suspect_since": 3}});
    refused(&mut world, "olga", revoke(kid(99).to_string()), &["key-revocation"], "is not enrolled");
    refused(
        &mut world,
        "olga",
        revoke(kid(6).to_string()),
        &["key-revocation"],
        "belongs to user:mel, not to user:ada",
    );
    recorded(&mut world, "olga", revoke(kid(50).to_string()));
    refused(&mut world, "olga", revoke(kid(50).to_string()), &["key-revocation"], "is revoked already");
    let ruling = world.sign_with("user:ada", kid(50), &one).unwrap();
    assert!(ruling.events[0].message().contains("was revoked and is not valid from index"), "{ruling:?}");
    assert_eq!(world.state.key(&kid(50)).unwrap().suspect_since, Some(3));
}

#[test]
fn a_key_is_enrolled_with_proof() {
    let mut world = World::new();
    let enrol =
        |actor: &str, body: Value| json!({"kind": "key.enrolled", "subject": format!("actor/{actor}"), "body": body});
    let rule = ["key-enrolment"];
    refused(
        &mut world,
        "olga",
        enrol("user:ada", key_proof("user:mel", 51)),
        &rule,
        "body.possession does not show that user:ada holds key",
    );
    refused(
        &mut world,
        "olga",
        enrol("user:ada", key_proof("user:ada", 6)),
        &rule,
        "is enrolled already, for user:mel",
    );
    let mut weak = key_proof("user:ada", 51);
    weak["key"]["public"] = "00".repeat(32).into();
    refused(&mut world, "olga", enrol("user:ada", weak), &rule, "weak");
    refused(
        &mut world,
        "olga",
        enrol("user:zoe", key_proof("user:zoe", 51)),
        &["actor-enrolment"],
        "user:zoe is not enrolled",
    );
    refused(
        &mut world,
        "olga",
        json!({"kind": "actor.enrolled", "subject": "actor/user:ada", "body": {}}),
        &["actor-enrolment"],
        "enrolled already",
    );
    refused(&mut world, "ada", enrol("user:ada", key_proof("user:ada", 51)), &["default-deny"], "may not enroll-key");
    for seed in 100..115 {
        recorded(&mut world, "olga", enrol("user:ada", key_proof("user:ada", seed)));
    }
    refused(&mut world, "olga", enrol("user:ada", key_proof("user:ada", 115)), &rule, "holds 16 keys, the limit is 16");
    let bad = json!({"kind": "actor.enrolled", "subject": "actor/zoe", "body": {}});
    assert!(sign(&mut world, "olga", &[bad]).unwrap_err().message.contains("does not name an actor"));
}

#[test]
fn the_logs_own_is_the_logs() {
    let mut world = World::new();
    let enrol =
        json!({"kind": "key.enrolled", "subject": "actor/service:ledger", "body": key_proof("service:ledger", 60)});
    let revoke = |seed| json!({"kind": "key.revoked", "subject": "actor/service:ledger", "body": {"kid": kid(seed).to_string(), "reason": "rotation"}});
    let denial = json!({"kind": "denial", "subject": "model/a", "body": {"actor": "user:ada", "state": 1, "rules": ["x"], "reason": "r", "statement": kid(1).to_string()}});
    refused(&mut world, "olga", enrol.clone(), &["log-only"], "only the log enrols and revokes keys of its own");
    refused(&mut world, "olga", revoke(8), &["log-only"], "only the log");
    refused(&mut world, "olga", denial.clone(), &["log-only"], "only the log's own key signs denial");
    refused(&mut world, "log", revoke(8), &["key-revocation"], "is the log's last");
    recorded(&mut world, "log", enrol);
    recorded(&mut world, "log", revoke(8));
    let ruling =
        world.sign_with("service:ledger", kid(8), &events(std::slice::from_ref(&denial), &world.clone())).unwrap();
    assert_eq!(&*ruling.events[0].rules[0], "key-validity");
    let ada: ActorId = "user:ada".parse().unwrap();
    let full = world.state.denial_budget(&ada, world.t);
    for _ in 0..3 {
        let ruling =
            world.sign_with("service:ledger", kid(60), &events(std::slice::from_ref(&denial), &world.clone())).unwrap();
        assert!(ruling.is_recorded(), "{ruling:?}");
    }
    assert_eq!(world.state.denial_budget(&ada, world.t), full - 3);
    assert_eq!(world.state.denial_budget(&ada, world.t.plus_ms(60_000)), full);
    let foreign = json!({"kind": "model.registered", "subject": "model/a", "env": "prod", "body": {"artifact": kid(1).to_string()}});
    let ruling = world.sign_with("service:ledger", kid(60), &events(&[foreign], &world.clone())).unwrap();
    assert_eq!(&*ruling.events[0].rules[0], "default-deny", "the log is no actor of the business");
}

#[test]
fn roles_are_separate_known_and_end() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        olga prod role.assigned actor/user:ada {"role":"role:governance-officer"} = refuse sod-scientist-officer : user:ada would hold role:data-scientist and role:governance-officer in prod
        olga prod role.assigned actor/user:ada {"role":"role:ml-engineer"} = refuse sod-scientist-engineer
        olga dev role.assigned actor/user:ada {"role":"role:ml-engineer"} = ok
        olga prod role.assigned actor/user:bea {"role":"role:king"} = refuse role-unknown : role:king is not of the policy's list
        olga prod role.assigned actor/user:olga {"role":"role:business-stakeholder"} = refuse four-eyes-assign-role
        olga prod role.assigned actor/user:zoe {"role":"role:business-stakeholder"} = refuse actor-enrolment
        ada prod role.assigned actor/user:bea {"role":"role:ml-engineer"} = refuse default-deny
        olga prod role.removed actor/user:bea {"role":"role:ml-engineer","reason":"r"} = refuse lifecycle : actor/user:bea does not have the role in this environment
        olga prod role.assigned actor/user:bea {"role":"role:ml-engineer","until":"+2h"} = ok
        olga prod role.assigned actor/user:bea {"role":"role:ml-engineer","until":"2020-01-01T00:00:00Z"} = refuse role-ended : name a time to come, or record `role.removed`
        olga dev role.assigned actor/user:bea {"role":"role:ml-engineer","until":"+0h"} = refuse role-ended
        bea prod alert.raised alert/x {"severity":"minor","monitor":"m","code":"c","message":"m"} = ok
        @ +2h
        bea prod alert.raised alert/y {"severity":"minor","monitor":"m","code":"c","message":"m"} = refuse default-deny
        otto prod role.removed actor/user:olga {"role":"role:governance-officer","reason":"r"} = ok
        otto prod role.removed actor/user:otto {"role":"role:governance-officer","reason":"r"} = refuse officers-left : user:otto is one of the last officers
        "##,
    );
    let olga: ActorId = "user:olga".parse().unwrap();
    assert_eq!(world.state.roles(&olga, Env::Prod, world.t).count(), 0);
    assert_eq!(world.state.roles(&olga, Env::Dev, world.t).count(), 1);
}

#[test]
fn a_role_link_gives_the_role_to_separations_and_maxima_too() {
    let mut world = World::new();
    let bundle = LINKED.digest();
    run(
        &mut world,
        &format!(
            r##"
            olga - policy.proposed policy/main {{"bundle":"{bundle}","reason":"r"}} = ok
            otto - policy.approved policy/main {{"bundle":"{bundle}"}} = ok
            olga prod role.assigned actor/user:ada {{"role":"role:senior-engineer"}} = refuse max-engineer sod-scientist-engineer : user:ada would hold role:data-scientist and role:ml-engineer in prod
            olga prod role.assigned actor/user:bea {{"role":"role:senior-engineer"}} = refuse max-engineer : 1 others hold role:ml-engineer in prod, the most is 1
            olga prod role.removed actor/user:mel {{"role":"role:ml-engineer","reason":"r"}} = ok
            olga prod role.assigned actor/user:bea {{"role":"role:senior-engineer"}} = ok
            olga prod role.assigned actor/user:mel {{"role":"role:ml-engineer"}} = refuse max-engineer
            olga prod role.assigned actor/user:bea {{"role":"role:data-scientist"}} = refuse sod-scientist-engineer
            "##
        ),
    );
}

#[test]
fn a_policy_that_officers_could_never_change_again_is_not_approved() {
    let mut world = World::new();
    let bundle = FROZEN.digest();
    run(
        &mut world,
        &format!(
            r##"
            olga - policy.proposed policy/main {{"bundle":"{bundle}","reason":"r"}} = ok
            otto - policy.approved policy/main {{"bundle":"{bundle}"}} = refuse policy-unchangeable : role:governance-officer may not approve policies in prod
            "##
        ),
    );
    assert_eq!(world.state.policy(), Some(*EMBEDDED));
}

#[test]
fn a_policy_is_in_force_once_another_officer_approves_that_digest() {
    let mut world = World::new();
    let strict = STRICT.digest().to_string();
    let policy = |verb: &str, bundle: &str| json!({"kind": format!("policy.{verb}"), "subject": "policy/main", "body": if verb == "proposed" { json!({"bundle": bundle, "reason": "r"}) } else { json!({"bundle": bundle}) }});
    let unknown = format!("sha256:{}", "ab".repeat(32));
    refused(
        &mut world,
        "olga",
        policy("proposed", &unknown),
        &["policy-unavailable"],
        "is not in blobs/ or does not load",
    );
    refused(&mut world, "olga", policy("proposed", &EMBEDDED.to_string()), &["lifecycle"], "already in force");
    refused(&mut world, "otto", policy("approved", &strict), &["lifecycle"], "was not proposed with this bundle");
    recorded(&mut world, "olga", policy("proposed", &strict));
    refused(&mut world, "otto", policy("proposed", &strict), &["lifecycle"], "already proposed");
    refused(&mut world, "olga", policy("approved", &strict), &["four-eyes-policy-approve"], "user:olga is its author");
    refused(&mut world, "ada", policy("approved", &strict), &["deny-ds-policy-approve"], "may not approve");
    let dev = json!({"kind": "run.completed", "subject": "run/1", "env": "dev", "body": {}});
    let batch =
        [policy("approved", &strict), json!({"kind": "run.completed", "subject": "run/0", "env": "dev", "body": {}})];
    let ruling = sign(&mut world, "otto", &batch).unwrap();
    assert!(ruling.is_recorded(), "the old policy judges the whole statement: {ruling:?}");
    assert_eq!(world.state.policy(), Some(STRICT.digest()));
    refused(&mut world, "ada", dev, &["lifecycle"], "run/1 was not started");
    refused(
        &mut world,
        "olga",
        policy("approved", &strict),
        &["four-eyes-policy-approve", "lifecycle"],
        "approved by the quorum",
    );
}

#[test]
fn a_plugin_binding_takes_effect_once_another_approves_it() {
    let mut world = World::new();
    let plugin =
        |verb: &str, body: Value| json!({"kind": format!("plugin.{verb}"), "subject": "plugin/drift", "body": body});
    let bind = |digest: &str| plugin("bound", json!({"component": digest, "mode": "warn"}));
    refused(&mut world, "olga", bind("#c"), &["lifecycle"], "is not published with this component");
    recorded(&mut world, "olga", plugin("published", json!({"component": "#c", "world": "monitor"})));
    refused(&mut world, "olga", bind("#x"), &["lifecycle"], "is not published with this component");
    recorded(&mut world, "otto", bind("#c"));
    let binding = world.last_identity();
    let approve = plugin("approved", json!({"binding": binding.to_string()}));
    let other = plugin("approved", json!({"binding": kid(1).to_string()}));
    refused(&mut world, "olga", other, &["four-eyes-plugin-approve", "lifecycle"], "has no such binding");
    refused(&mut world, "otto", approve.clone(), &["four-eyes-plugin-approve"], "user:otto is its author");
    refused(&mut world, "olga", approve.clone(), &["four-eyes-plugin-approve"], "user:olga is its author");
    enrol_officer(&mut world);
    let ruling = world.sign_with("user:omar", kid(70), &events(&[approve], &world.clone())).unwrap();
    assert!(ruling.is_recorded() && ruling.events[0].reasons.is_empty(), "{ruling:?}");
    assert!(world.state.bindings_of(&binding)[0].is_in_effect());
    recorded(&mut world, "otto", plugin("unbound", json!({"binding": binding.to_string(), "reason": "r"})));
    assert!(!world.state.bindings_of(&binding)[0].is_in_effect());
}

fn enrol_officer(world: &mut World) {
    let subject = "actor/user:omar";
    recorded(
        world,
        "olga",
        json!({"kind": "actor.enrolled", "subject": subject, "body": {"key": key_proof("user:omar", 70)}}),
    );
    let body = json!({"role": "role:governance-officer"});
    recorded(world, "olga", json!({"kind": "role.assigned", "subject": subject, "env": "prod", "body": body}));
}

#[test]
fn a_batch_is_recorded_whole_or_not_at_all() {
    let mut world = World::new();
    let raise = |name: &str| json!({"kind": "alert.raised", "subject": format!("alert/{name}"), "env": "prod", "body": {"severity": "minor", "monitor": "m", "code": "c", "message": "m"}});
    let before = world.state.digest();
    let ruling = sign(&mut world, "ci", &[raise("a"), raise("b"), raise("a"), raise("c")]).unwrap();
    assert_eq!((ruling.refused, ruling.events.len()), (Some(2), 3), "the third sees the first");
    assert_eq!(world.state.digest(), before);
    assert!(sign(&mut world, "ci", &[raise("a"), raise("b")]).unwrap().is_recorded());
    let mut bad = events(&[raise("d"), raise("e")], &world);
    bad[1].env = None;
    let before = world.state.digest();
    let invalid = world.sign("ci", &bad).unwrap_err();
    assert_eq!((invalid.position, invalid.rule), (1, "type-check"));
    assert_eq!(world.state.digest(), before);
    assert!(world.sign("ci", &[]).unwrap_err().message.contains("0 events"));
}
