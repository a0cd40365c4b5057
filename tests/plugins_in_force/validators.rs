//! Validators of the tests' own.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    plugin_support::Guest,
    town::{Town, on_datasets},
};
use sagwan::{
    event::{
        Body, Decision, Env, Outcome,
        body::{PluginBound, PluginPublished, PluginWorld, Stage, VerdictWord},
    },
    ledger::{Host, Verdict, verify_full},
};

/// More than now by an hour.
const AHEAD: i64 = 3_600_000;

#[test]
fn a_rejection_meets_the_mode_of_its_binding() {
    for (mode, outcome) in
        [(Stage::Observe, Outcome::Recorded), (Stage::Warn, Outcome::Warned), (Stage::Enforce, Outcome::Refused)]
    {
        let town = Town::new();
        let component = town.publish("clock", &Guest::honest().bytes());
        let binding = town.bind("clock", on_datasets(component, mode));
        let fine = town.submit(town.dataset("fine@1", 0));
        let Verdict::Recorded { index, events, .. } = fine else { panic!("{fine:?}") };
        assert_eq!(events[0].decision, Decision::Allow);
        let seal = town.seal(index);
        assert_eq!((seal.plugins.len(), seal.plugins[0].binding, seal.plugins[0].component), (1, binding, component));
        assert_eq!(seal.table[0].verdicts[0].verdict, VerdictWord::Accept);
        assert!(seal.engine.is_some());
        let ahead = town.submit(town.dataset("ahead@1", AHEAD));
        let said = match &ahead {
            Verdict::Recorded { events, .. } => {
                assert!(town.knows("dataset/ahead@1"));
                assert_eq!(events[0].outcome, outcome);
                &events[0].reasons
            }
            Verdict::Refused { denial, reasons, .. } => {
                assert_eq!(outcome, Outcome::Refused);
                assert!(!town.knows("dataset/ahead@1"));
                let record = town.house.ledger().record(denial.unwrap()).unwrap();
                let Body::Denial(denial) = &record.events[0].body else { panic!("{record:?}") };
                assert_eq!((denial.plugins[0].binding, denial.verdicts[0].verdict), (binding, VerdictWord::Reject));
                let findings = denial.verdicts[0].findings.unwrap();
                let findings = town.house.ledger().blobs().get(&findings.0).unwrap();
                assert!(String::from_utf8_lossy(&findings).contains("from-the-future"));
                reasons
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(&*said[0].rule, "plugin/clock");
        assert!(said[0].message.contains("from-the-future"), "{said:?}");
    }
}

#[test]
fn a_binding_judges_from_its_approval_by_another_until_its_end_and_in_its_scope() {
    let town = Town::new();
    let component = town.publish("clock", &Guest::honest().bytes());
    let binding = town.bound("clock", on_datasets(component, Stage::Enforce));
    let refused = |name: &str| matches!(town.submit(town.dataset(name, AHEAD)), Verdict::Refused { .. });
    assert!(!refused("a@1"), "it is not approved");
    town.approve("clock", binding, 0);
    assert!(!refused("b@1"), "who bound it does not approve it");
    town.approve("clock", binding, 1);
    assert!(refused("c@1"), "it is in effect");
    let mut elsewhere = town.dataset("d@1", AHEAD);
    elsewhere.env = Some(Env::Staging);
    assert!(matches!(town.submit(elsewhere), Verdict::Recorded { .. }), "another environment");
    town.unbind("clock", binding);
    assert!(!refused("e@1"), "it is unbound");
}

#[test]
fn a_fault_refuses_unless_its_binding_lets_it_pass() {
    let town = Town::new();
    let component = town.publish("broken", &Guest::validator().main("(unreachable)").bytes());
    let binding = town.bind("broken", on_datasets(component, Stage::Enforce));
    let verdict = town.submit(town.dataset("a@1", 0));
    let Verdict::Refused { reasons, denial, .. } = verdict else { panic!("{verdict:?}") };
    assert!(reasons[0].message.contains("fail-closed"), "{reasons:?}");
    let record = town.house.ledger().record(denial.unwrap()).unwrap();
    let Body::Denial(denial) = &record.events[0].body else { panic!("{record:?}") };
    assert_eq!(denial.verdicts[0].verdict, VerdictWord::Fault);
    town.unbind("broken", binding);
    let mut open = on_datasets(component, Stage::Enforce);
    open.fail_open = true;
    town.bind("broken", open);
    let verdict = town.submit(town.dataset("b@1", 0));
    let Verdict::Recorded { index, .. } = verdict else { panic!("{verdict:?}") };
    let verdicts: Vec<_> = town.seal(index).table.iter().flat_map(|row| row.verdicts.clone()).collect();
    assert_eq!(verdicts[0].verdict, VerdictWord::Fault);
}

#[test]
fn verdicts_outlive_a_restart_and_a_component_that_is_gone_is_indeterminate() {
    let mut town = Town::new();
    let bytes = Guest::honest().bytes();
    let component = town.publish("clock", &bytes);
    town.bind("clock", on_datasets(component, Stage::Enforce));
    town.house.reopen();
    assert!(matches!(town.submit(town.dataset("a@1", AHEAD)), Verdict::Refused { .. }));
    assert!(matches!(town.submit(town.dataset("b@1", 0)), Verdict::Recorded { .. }));
    let blobs = town.house.ledger().folder().join("blobs");
    town.house.reopen();
    remove_blob(&blobs, &bytes);
    let verdict = town.submit(town.dataset("c@1", 0));
    let Verdict::Refused { reasons, denial, .. } = verdict else { panic!("{verdict:?}") };
    assert!(reasons[0].message.contains("sagwan plugin publish"), "{reasons:?}");
    let record = town.house.ledger().record(denial.unwrap()).unwrap();
    let Body::Denial(denial) = &record.events[0].body else { panic!("{record:?}") };
    assert_eq!(denial.verdicts[0].verdict, VerdictWord::Indeterminate);
    town.house.ledger().register_plugin(&bytes).unwrap();
    assert!(matches!(town.submit(town.dataset("d@1", 0)), Verdict::Recorded { .. }), "it is back");
    let folder = town.house.close();
    verify_full(&folder, &Host::real(), &mut |_, _| {}).unwrap();
}

fn remove_blob(folder: &std::path::Path, bytes: &[u8]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_blob(&path, bytes);
        } else if std::fs::read(&path).unwrap() == bytes {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn what_is_published_and_bound_is_what_the_component_is() {
    let town = Town::new();
    let described = town.house.ledger().register_plugin(&Guest::honest().bytes()).unwrap();
    let publish = |world, component, capabilities: &[&str]| {
        let capabilities = capabilities.iter().map(|name| name.parse().unwrap()).collect();
        let body = Body::PluginPublished(PluginPublished { component, world, capabilities });
        let verdict = town.house.submit(&town.house.officers[0], &[town.house.event("plugin/clock", None, body)]);
        match verdict {
            Verdict::Refused { reasons, .. } => reasons[0].rule.to_string(),
            Verdict::Recorded { .. } => "recorded".to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let unknown = sagwan::event::Digest([7; 32]);
    assert_eq!(publish(PluginWorld::Validator, unknown, &[]), "plugin-unavailable");
    assert_eq!(publish(PluginWorld::Monitor, described.component, &[]), "plugin-description");
    assert_eq!(publish(PluginWorld::Validator, described.component, &["query"]), "plugin-description");
    assert_eq!(publish(PluginWorld::Validator, described.component, &[]), "recorded");
}

#[test]
fn what_has_no_environment_is_in_the_scope_of_prod() {
    for (environment, judged) in [(Env::Prod, true), (Env::Dev, false)] {
        let town = Town::new();
        let component = town.publish("clock", &Guest::honest().bytes());
        let kinds = vec!["plugin.published".parse().unwrap()];
        let bound = PluginBound { kinds, environments: vec![environment], ..on_datasets(component, Stage::Enforce) };
        town.bind("clock", bound);
        let body = PluginPublished { component, world: PluginWorld::Validator, capabilities: Vec::new() };
        let mut event = town.house.event("plugin/other", None, Body::PluginPublished(body));
        event.time = event.time.plus_ms(AHEAD);
        let refused = matches!(town.house.submit(&town.house.officers[0], &[event]), Verdict::Refused { .. });
        assert_eq!(refused, judged, "{environment}");
    }
}
