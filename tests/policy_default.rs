//! The default bundle: it loads, it covers every event kind, and it says what a reader would expect.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sagwan::event::{Env, Kind, Signer, SubjectKind};
use sagwan::policy::{Bundle, Policy, Request, Stage};

fn policy() -> Policy {
    Policy::load(&Bundle::embedded()).unwrap()
}

fn ask(policy: &Policy, role: &str, env: Env, object: &str, action: &str) -> (bool, Vec<String>) {
    let object_type = object.split('/').next().unwrap();
    let request = Request { roles: &[role], actor: "user:someone", env, object, object_type, action };
    let decision = policy.decide(&request);
    (decision.allow, decision.rules.to_vec())
}

#[test]
fn every_pair_that_an_event_asks_for_is_in_the_vocabulary() {
    let policy = policy();
    let known = |kind: &SubjectKind, action| policy.vocabulary().pair(kind.as_str(), action).is_some();
    for kind in Kind::ALL.iter().filter(|kind| kind.signer() == Signer::Actor) {
        assert!(!kind.subjects().is_empty(), "{kind}");
        for subject in kind.subjects() {
            assert!(known(subject, kind.action()), "{kind} about {subject} asks for {}", kind.action());
        }
    }
    for subject in SubjectKind::ALL {
        assert!(known(subject, "record") && known(subject, "read"), "{subject}");
    }
}

#[test]
fn nothing_is_in_the_vocabulary_that_no_event_asks_for() {
    let policy = policy();
    for (object_type, action, _) in policy.vocabulary().pairs() {
        let asked = Kind::ALL.iter().any(|kind| {
            kind.signer() == Signer::Actor
                && kind.action() == action
                && kind.subjects().iter().any(|subject| subject.as_str() == object_type)
        });
        assert!(asked || matches!(action, "record" | "read"), "{object_type} {action}");
    }
}

#[test]
fn somebody_may_do_everything_that_an_event_kind_asks_for() {
    let policy = policy();
    for (object_type, action, _) in policy.vocabulary().pairs() {
        let object = format!("{object_type}/x");
        let someone = |env| policy.vocabulary().roles().any(|role| ask(&policy, role, env, &object, action).0);
        assert!(Env::ALL.into_iter().any(someone), "nobody may {action} {object_type} anywhere");
    }
}

#[test]
fn the_five_roles_do_their_work_and_no_more() {
    let policy = policy();
    let promote = |role: &str, env| ask(&policy, role, env, "model/credit-risk@1", "promote");
    assert_eq!(promote("role:ml-engineer", Env::Prod), (true, vec!["mle-model-promote".to_owned()]));
    assert_eq!(promote("role:data-scientist", Env::Prod), (false, vec!["deny-ds-model-promote-prod".to_owned()]));
    assert_eq!(promote("role:business-stakeholder", Env::Prod), (false, vec!["default-deny".to_owned()]));
    assert!(promote("role:data-scientist", Env::Dev).0);
    assert!(ask(&policy, "role:governance-officer", Env::Prod, "model/credit-risk@1", "approve").0);
    assert!(!ask(&policy, "role:ml-engineer", Env::Dev, "model/credit-risk@1", "approve").0);
    assert!(!ask(&policy, "role:data-scientist", Env::Prod, "dataset/german-credit", "use").0);
    assert!(ask(&policy, "role:data-engineer", Env::Prod, "dataset/german-credit", "register").0);
    assert!(!ask(&policy, "role:pipeline", Env::Dev, "policy/p", "approve").0);
}

#[test]
fn stages_follow_the_environment() {
    let policy = policy();
    for subject in SubjectKind::ALL {
        assert_eq!(policy.stage(Env::Dev, subject.as_str()), Stage::Observe);
        assert_eq!(policy.stage(Env::Staging, subject.as_str()), Stage::Warn);
        assert_eq!(policy.stage(Env::Prod, subject.as_str()), Stage::Enforce);
        assert_eq!(policy.deny_stage(Env::Prod, subject.as_str()), Stage::Enforce);
    }
}

#[test]
fn a_deny_of_one_role_wins_over_an_allow_of_another() {
    let policy = policy();
    let request = Request {
        roles: &["role:ml-engineer", "role:data-scientist"],
        actor: "user:both",
        env: Env::Prod,
        object: "model/x@1",
        object_type: "model",
        action: "promote",
    };
    let decision = policy.decide(&request);
    assert!(!decision.allow && decision.absolute_deny && decision.explicit_deny());
    assert_eq!(decision.rules.to_vec(), ["deny-ds-model-promote-prod"]);
}

#[test]
fn the_embedded_bundle_is_the_folder() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for (name, bytes) in Bundle::embedded().files() {
        assert_eq!(*bytes, std::fs::read(root.join(name)).unwrap(), "{name}");
    }
    for entry in std::fs::read_dir(root.join("rules")).unwrap() {
        let name = format!("rules/{}", entry.unwrap().file_name().to_str().unwrap());
        assert!(Bundle::embedded().files().contains_key(&name), "{name} is not embedded");
    }
}

#[test]
fn canonical_bytes_come_back_and_nothing_else_does() {
    let bundle = Bundle::embedded();
    let bytes = bundle.to_bytes();
    assert_eq!(Bundle::from_bytes(&bytes).unwrap(), bundle);
    assert_eq!(Bundle::from_bytes(&bytes).unwrap().digest(), Policy::load(&bundle).unwrap().digest());
    for end in 0..bytes.len().min(400) {
        assert!(Bundle::from_bytes(&bytes[..end]).is_err());
    }
    let longer = [bytes.as_slice(), b"\0"].concat();
    assert!(Bundle::from_bytes(&longer).is_err(), "trailing byte");
    let mut wide = bytes.clone();
    let count = wide[0] & 31;
    wide.splice(0..1, [0xb8, count]);
    assert!(Bundle::from_bytes(&wide).is_err(), "a head that is not the shortest");
}

#[test]
fn what_dev_observes_and_staging_warns_about_is_not_refused_by_an_absolute_deny() {
    let policy = policy();
    let absolute: Vec<_> = policy.rules().iter().filter(|rule| rule.absolute).collect();
    assert!(absolute.len() > 10 && absolute.iter().all(|rule| rule.env == Some(Env::Prod)));
    let (allow, rules) = ask(&policy, "role:data-scientist", Env::Dev, "model/x@1", "approve");
    assert_eq!((allow, rules), (false, vec!["no-ds-model-approve-dev".to_owned()]));
}
