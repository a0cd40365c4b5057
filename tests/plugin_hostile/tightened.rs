//! A host that gives less than the contract: what that ends is indeterminate, and no verdict is another for it.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::plugin_support::{Guest, at, limits, monitor, no_answers, validator, view};
use sagwan::plugin::{Cause, Class, Fault, Limits, MonitorState, Registry, Verdict};
use std::sync::Arc;

const LOOP: &str = "(loop $again (br $again)) (unreachable)";

fn tight() -> Registry {
    let here = Limits {
        fuel: 1_000_000,
        monitor_fuel: 2_000_000,
        memory_bytes: 1 << 20,
        stack_bytes: 64 << 10,
        result_bytes: 16 << 10,
        ..limits()
    };
    Registry::within(limits(), here, None).unwrap()
}

/// Why a guest gives no verdict here; its word is that of the limit, and what it says names the setting.
fn ended(guest: &Guest, code: &str, setting: &str) -> Fault {
    let fault = validator(&tight(), guest).validate(&view(5), "{}", no_answers()).outcome.unwrap_err();
    assert_eq!((fault.code(), fault.class()), (code, Class::Indeterminate), "{fault}");
    let said = fault.to_string();
    assert!(said.contains(&format!("see {setting} of [plugin] in sagwan.toml")), "{said}");
    fault
}

#[test]
fn what_a_tightened_limit_ends_is_indeterminate() {
    let fault = ended(&Guest::validator().main(LOOP), "fuel", "fuel");
    let inner = Cause::Fuel { limit: 1_000_000 };
    assert_eq!(fault.cause, Cause::Tightened { cause: Box::new(inner), setting: "fuel", most: 50_000_000 });
    let recursion = "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))";
    ended(&Guest::validator().main("(call $deep (i32.const 1))").extra(recursion), "stack", "stack_bytes");
    // A finding whose message alone is longer than a result may be here.
    let mut long = Guest::validator().main(format!("(i32.const {})", at::REJECT));
    long.data.words(at::FINDING + 12, &[100_000, 20_000]);
    ended(&long, "result-size", "result_bytes");
}

#[test]
fn a_guest_never_sees_that_there_is_less_memory() {
    // It would go on without, and accept where it rejects elsewhere.
    let body = format!(
        "(select (i32.const {}) (i32.const {}) (i32.eq (memory.grow (i32.const 64)) (i32.const -1)))",
        at::ACCEPT,
        at::REJECT
    );
    let guest = Guest::validator().main(body);
    let elsewhere = Registry::new(limits(), None).unwrap();
    let judged = validator(&elsewhere, &guest).validate(&view(5), "{}", no_answers());
    assert!(matches!(judged.outcome, Ok(Verdict::Reject(_))), "{judged:?}");
    ended(&guest, "memory", "memory_bytes");
    // What the contract refuses is refused here as it is there: the guest goes on without.
    let beyond = format!("(drop (memory.grow (i32.const 60000))) (i32.const {})", at::ACCEPT);
    let judged = validator(&tight(), &Guest::validator().main(beyond)).validate(&view(5), "{}", no_answers());
    assert_eq!(judged.outcome, Ok(Verdict::Accept(vec![])));
    // One that has too much from the start is asked what it is, as everywhere, and gives no verdict.
    let large = Guest::validator().memory("(memory (export \"memory\") 32)");
    ended(&large, "memory", "memory_bytes");
}

#[test]
fn what_fits_says_what_it_says_elsewhere() {
    let (tight, elsewhere) = (tight(), Registry::new(limits(), None).unwrap());
    for claimed in [5, 2_000_000] {
        let said =
            |registry: &Registry| validator(registry, &Guest::honest()).validate(&view(claimed), "{}", no_answers());
        assert_eq!(said(&tight), said(&elsewhere));
    }
    assert_eq!(tight.profile(), elsewhere.profile(), "a fault that comes again depends on the contract alone");
    // A trap is the guest's own on any host.
    let trap = validator(&tight, &Guest::validator().main("(unreachable)")).validate(&view(5), "{}", no_answers());
    assert_eq!(trap.outcome.unwrap_err().class(), Class::Reproducible);
}

#[test]
fn what_decides_what_is_recorded_has_the_contract() {
    let spin = "(local $n i32) (loop $l (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
        (i32.const 1000000))))";
    let describe = format!("{spin} (i32.const {})", at::DESCRIPTION);
    let check = format!("{spin} (i32.const {})", at::SETTINGS_OK);
    let guest = Guest { describe, check, ..Guest::validator() };
    let plugin = validator(&tight(), &guest);
    assert_eq!(plugin.check_settings("{}").unwrap(), Vec::<String>::new());
}

#[test]
fn a_monitor_has_a_monitors_fuel() {
    let watch = monitor(&tight(), &Guest::monitor().main(LOOP));
    let state = Arc::new(MonitorState::default());
    let fault = watch.observe(&view(5), "{}", no_answers(), &state).outcome.unwrap_err();
    let inner = Cause::Fuel { limit: 2_000_000 };
    assert_eq!(fault.cause, Cause::Tightened { cause: Box::new(inner), setting: "monitor_fuel", most: 200_000_000 });
}
