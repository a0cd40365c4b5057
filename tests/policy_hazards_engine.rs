//! The hazards of casbin 2.20 that come in through requests, reloads and its other interfaces, by their numbers: each
//! is made harmless, or shown not to be reachable.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod policy_support;

use policy_support::{Files, RULES, ask};
use sagwan::event::Env;
use sagwan::policy::{Policy, Request};
use std::sync::Arc;

/// All source of the room, comments left out.
fn source() -> String {
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy")];
    let mut text = String::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                text += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn request<'a>(roles: &'a [&'a str], actor: &'a str, object: &'a str) -> Request<'a> {
    Request { roles, actor, env: Env::Prod, object, object_type: "model", action: "read" }
}

#[test]
fn hazard_05_a_caller_spelt_like_a_role() {
    let policy = Files::base().load().unwrap();
    for actor in ["role:ds", "", "user:", "alice", "User:alice", "user:\u{e4}", "user:a b", "service:"] {
        let decision = policy.decide(&request(&["role:ds"], actor, "model/open"));
        assert_eq!((decision.allow, decision.rules.to_vec()), (false, vec!["policy-error".to_owned()]), "{actor}");
    }
    assert!(!policy.decide(&request(&[], "user:role:ds", "model/open")).allow);
    assert!(!policy.decide(&request(&["ds"], "user:alice", "model/open")).allow, "a role without its prefix");
    assert!(!policy.decide(&request(&["user:alice"], "user:alice", "model/open")).allow);
    for subject in ["user:alice", "alice", "service:x", "*"] {
        let rows = format!("{RULES}p, {subject}, prod, model/*, write, allow, a2\n");
        Files::rules(&rows).refused("rules/team.csv", Some(2), "is not a role");
    }
    let holder = format!("{RULES}g, user:alice, role:ds, prod, g1\n");
    Files::rules(&holder).refused("rules/team.csv", Some(2), "is not a role");
    for role in ["ds", "user:ds", "role:", "role:a b"] {
        let edited = Files::base().edit("vocabulary.toml", "\"role:mle\"", &format!("{role:?}"));
        edited.refused("vocabulary.toml", Some(2), "is not a well-formed role");
    }
}

#[test]
fn hazard_08_a_request_of_empty_words() {
    let policy = Files::base().load().unwrap();
    let empty = Request { roles: &[""], actor: "", env: Env::Prod, object: "", object_type: "", action: "" };
    assert!(!policy.decide(&empty).allow);
    let nobody = Request {
        roles: &[],
        actor: "user:alice",
        env: Env::Prod,
        object: "model/x",
        object_type: "model",
        action: "read",
    };
    assert_eq!(policy.decide(&nobody).rules.to_vec(), ["default-deny"]);
    for (object_type, action) in [("model", ""), ("model", "fly"), ("model", "use"), ("", "read")] {
        let strange = Request { object_type, action, ..nobody };
        assert!(!policy.decide(&strange).allow, "{object_type} {action}");
    }
    let unknown = policy.decide(&Request { action: "fly", ..nobody });
    assert_eq!(unknown.rules.to_vec(), ["not-in-vocabulary"]);
}

#[test]
fn hazard_10_a_missing_attribute() {
    // By construction: a request is four words of fixed kinds, never a JSON value, and the matcher cannot be another.
    assert!(!source().contains("serde_json"));
    let edited = Files::base().edit("model.conf", "m = ", "m = r.sub.status != \"suspended\" && ");
    edited.refused("model.conf", Some(18), "another matcher");
    let policy = Files::base().load().unwrap();
    let other_type = Request { object_type: "dataset", ..request(&["role:ds"], "user:alice", "model/open") };
    assert_eq!(policy.decide(&other_type).rules.to_vec(), ["policy-error"], "type and object must agree");
}

#[test]
fn hazard_14_a_cache_that_outlives_its_policy() {
    for word in ["CachedEnforcer", "CachedApi", "load_policy", "clear_policy", "set_adapter"] {
        assert!(!source().contains(word), "{word}");
    }
    let features = casbin_features();
    assert_eq!(features, ["runtime-tokio", "incremental"], "no cached, logging, watcher, ip or glob");
    let narrower = Files::rules("p, role:mle, prod, model/*, read, allow, a1\n").load().unwrap();
    assert!(ask(&Files::base().load().unwrap(), "role:ds", "model/open", "read").allow);
    assert!(!ask(&narrower, "role:ds", "model/open", "read").allow, "a new policy is a new value");
}

fn casbin_features() -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let casbin = &manifest["dependencies"]["casbin"];
    assert_eq!(casbin["default-features"].as_bool(), Some(false));
    casbin["features"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn hazard_15_a_reload_that_fails_half_way() {
    let in_force = Arc::new(Files::base().load().unwrap());
    let digest = in_force.digest();
    Files::rules(&format!("{RULES}p, role:ds, prod, model/*, write, alow, a2\n")).refused(
        "rules/team.csv",
        Some(2),
        "effect",
    );
    assert_eq!(in_force.digest(), digest);
    assert!(
        ask(&in_force, "role:ds", "model/open", "read").allow
            && !ask(&in_force, "role:ds", "model/open", "write").allow
    );
}

#[test]
fn hazard_19_a_model_set_later() {
    assert!(!source().contains("set_model") && !source().contains("set_role_manager"));
}

#[test]
fn hazard_20_a_remote_panic_by_an_object() {
    let policy = Files::rules(&format!("{RULES}p, role:ds, prod, model/a/*, write, allow, a2\n")).load().unwrap();
    for object in ["model/\u{fc}ber", "model/\u{1F600}", "model/a/\u{0}", "model/a b", "model/\u{7f}", "model/*"] {
        for action in ["read", "write"] {
            let decision = ask(&policy, "role:ds", object, action);
            assert_eq!((decision.allow, decision.rules.to_vec()), (false, vec!["policy-error".to_owned()]), "{object}");
        }
    }
    let long = format!("model/a/{}", "x".repeat(1_000_000));
    assert!(ask(&policy, "role:ds", &long, "write").allow, "length alone hurts nothing");
    let rows = format!("{RULES}p, role:ds, prod, model/\u{fc}, read, deny, d2\n");
    Files::rules(&rows).refused("rules/team.csv", Some(2), "a character outside ASCII");
}

#[test]
fn hazard_24_an_index_out_of_range() {
    for word in ["filtered", "Filter", "remove_polic", "get_all_", "EnforceContext"] {
        assert!(!source().contains(word), "{word}");
    }
}

#[test]
fn numbers_are_not_casbins_business() {
    let rows = format!("{RULES}p, role:ds, prod, model/*, 1700000000000, allow, a2\n");
    Files::rules(&rows).refused("rules/team.csv", Some(2), "unknown action");
    for (hours, reason) in [("5000000000", "invalid value"), ("-1", "invalid value"), ("1.5", "invalid type")] {
        let edited = Files::base().edit("constraints.toml", "dev = 1", &format!("dev = {hours}"));
        edited.refused("constraints.toml", Some(3), reason);
    }
    for hours in ["0", "87601"] {
        let edited = Files::base().edit("constraints.toml", "dev = 1", &format!("dev = {hours}"));
        edited.refused("constraints.toml", None, "grants.longest-hours.dev");
    }
}

#[test]
fn adapters_write_nothing() {
    for word in ["FileAdapter", "StringAdapter", "save_policy", "set_effector(None"] {
        assert!(!source().contains(word), "{word}");
    }
}

#[test]
fn a_policy_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let rows = format!("{RULES}p, role:ds, prod, model/a/*, write, allow, a2\n");
    let policy: Policy = Files::rules(&rows).load().unwrap();
    shared(&policy);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let policy = &policy;
            scope.spawn(move || {
                for i in 0..500 {
                    let inside = (i + thread) % 2 == 0;
                    let object = if inside { format!("model/a/{i}") } else { format!("model/b/{i}") };
                    assert_eq!(ask(policy, "role:ds", &object, "write").allow, inside);
                }
            });
        }
    });
}
