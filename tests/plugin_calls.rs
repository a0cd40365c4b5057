//! Plugins that keep to the contract: what they see, what they say, and that a verdict comes out the same again.

mod plugin_support;

use plugin_support::{Guest, at, digest, judge, monitor, no_answers, registry, validator, view};
use sagwan::{
    event::body::PluginWorld,
    plugin::{MonitorState, Severity, Verdict},
};
use std::sync::Arc;

#[test]
fn a_validator_is_described_and_judges() {
    let registry = registry();
    let guest = Guest::honest();
    let validator = validator(&registry, &guest);
    let described = validator.described();
    assert_eq!(described.name.as_str(), "not-from-the-future");
    assert_eq!((described.version.as_str(), described.contract), ("1.2.3", "1.0.0"));
    assert_eq!((described.world, described.capabilities.as_slice()), (PluginWorld::Validator, [].as_slice()));
    assert_eq!((described.component, described.functions), (digest(&guest.bytes()), 4));
    assert_eq!(judge(&validator).outcome, Ok(Verdict::Accept(vec![])));
    let late = validator.validate(&view(2_000_000), "{}", no_answers());
    let Ok(Verdict::Reject(findings)) = late.outcome else { panic!("{:?}", late.outcome) };
    assert_eq!((findings[0].code.as_str(), findings[0].severity), ("from-the-future", Severity::Major));
    assert!(late.cost.fuel > 0 && late.cost.transcript.is_none());
    assert_eq!(validator.check_settings("{}"), Ok(vec![]));
}

#[test]
fn a_monitor_is_described_and_observes() {
    let registry = registry();
    let monitor = monitor(&registry, &Guest::monitor());
    assert_eq!(monitor.described().world, PluginWorld::Monitor);
    let state = Arc::new(MonitorState::default());
    let observed = monitor.observe(&view(5), "{}", no_answers(), &state);
    assert_eq!(observed.outcome, Ok(vec![]));
    assert!(observed.changes.is_empty());
    let ticked = monitor.tick(sagwan::event::Timestamp(9), "{}", no_answers(), &state);
    assert_eq!(ticked.outcome, Ok(vec![]));
    assert!(registry.validator(&monitor.described().component).is_none());
}

#[test]
fn an_abstention_is_no_acceptance() {
    let registry = registry();
    let validator = validator(&registry, &Guest::validator().main(format!("(i32.const {})", at::ABSTAIN)));
    assert_eq!(judge(&validator).outcome, Ok(Verdict::Abstain));
}

/// Both would trap if they were called.
#[test]
fn what_a_plugin_does_not_speak_of_it_is_not_asked_about() {
    let registry = registry();
    let promotions = |mut guest: Guest| {
        let [address, length] = guest.data.text("model.promoted");
        guest.data.words(at::FREE, &[address, length]);
        guest.data.words(at::DESCRIPTION + 32, &[at::FREE, 1]);
        guest.main("(unreachable)")
    };
    let judged = judge(&validator(&registry, &promotions(Guest::validator())));
    assert_eq!((judged.outcome, judged.cost.fuel), (Ok(Verdict::Abstain), 0));
    let state = Arc::new(MonitorState::default());
    let observed = monitor(&registry, &promotions(Guest::monitor())).observe(&view(5), "{}", no_answers(), &state);
    assert_eq!((observed.outcome, observed.cost.fuel), (Ok(vec![]), 0));
}

/// The benchmark's hostile neighbour is this guest. `SAGWAN_BLESS=1` writes it anew.
#[test]
fn the_benchmarks_endless_plugin_is_what_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/bench/endless.wasm");
    let made = Guest::validator().main("(loop $for_ever (br $for_ever)) (unreachable)").bytes();
    if std::env::var_os("SAGWAN_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert!(std::fs::read(path).unwrap() == made, "run this test with SAGWAN_BLESS=1");
}
