//! Components that fit another contract than this one, or ask for what no plugin gets.
#![expect(clippy::panic, clippy::print_stdout, reason = "what fails here fails the test")]

use crate::{
    plugin_support::{Guest, Layout, WIT, at},
    ward::Ward,
};
use sagwan::plugin::{PluginError, Refusal};

fn refused(ward: &Ward, name: &str, guest: &Guest) -> Refusal {
    match ward.registry.register(&guest.bytes()) {
        Err(PluginError::Refused { reason, .. }) => {
            println!("{name}: {reason}");
            ward.is_well(name);
            reason
        }
        other => panic!("{name}: {other:?}"),
    }
}

/// A validator against a changed contract.
fn against(from: &str, to: &str) -> Guest {
    assert!(WIT.contains(from), "the contract has no `{from}`");
    Guest { wit: WIT.replace(from, to), ..Guest::validator() }
}

#[test]
fn another_version_of_the_contract_is_named_with_ours() {
    let ward = Ward::new();
    for version in ["0.1.0", "2.0.0", "10.3.4"] {
        let guest = against("sagwan:plugin@1.0.0", &format!("sagwan:plugin@{version}"));
        let reason = refused(&ward, version, &guest);
        let Refusal::OtherVersion { found, known } = &reason else { panic!("{reason}") };
        assert!(found.contains(version) && *known == "sagwan:plugin@1.0.0");
    }
}

#[test]
fn a_later_version_of_our_track_runs() {
    let ward = Ward::new();
    let guest = against("sagwan:plugin@1.0.0", "sagwan:plugin@1.7.0");
    let judged = ward.judge(&guest, crate::plugin_support::no_answers());
    assert_eq!(judged.outcome, Ok(sagwan::plugin::Verdict::Accept(vec![])));
}

#[test]
fn a_changed_type_is_found_at_registration() {
    let ward = Ward::new();
    let cases = [
        ("one more field", "        position: u32,", "        position: u32,\n        colour: string,"),
        ("one field less", "        claimed: s64,", ""),
        ("a field of another type", "        index: u64,", "        index: u32,"),
        ("one more case", "        abstain,", "        abstain,\n        undecided,"),
        (
            "one more word",
            "        info,\n        /// To be known.",
            "        trivial,\n        info,\n        /// To be known.",
        ),
    ];
    for (name, from, to) in cases {
        let reason = refused(&ward, name, &against(from, to));
        assert!(matches!(&reason, Refusal::Signature { contract: "1.0.0", .. }), "{name}: {reason}");
    }
}

#[test]
fn both_worlds_at_once_are_refused() {
    let ward = Ward::new();
    let both = against("    export validation;", "    export validation;\n    export monitoring;");
    let watches = format!(
        "(func (export \"{m}#describe\") (result i32) (i32.const {d}))
         (func (export \"{m}#check-settings\") (param i32 i32) (result i32) (i32.const {s}))
         (func (export \"{m}#observe\") (param i32) (result i32) (i32.const {n}))
         (func (export \"{m}#tick\") (param i64 i32 i32) (result i32) (i32.const {n}))",
        m = "sagwan:plugin/monitoring@1.0.0",
        d = at::DESCRIPTION,
        s = at::SETTINGS_OK,
        n = at::NOTHING,
    );
    assert_eq!(refused(&ward, "both worlds", &both.extra(&watches)), Refusal::TwoWorlds);
}

#[test]
fn what_no_plugin_gets_is_named_with_a_remedy() {
    let ward = Ward::new();
    let package = "\npackage wasi:clocks@0.2.0 { interface wall-clock { seconds: func() -> u64; } }\n";
    let wit = WIT.replace(
        "    import json;\n    export validation;",
        "    import json;\n    import wasi:clocks/wall-clock@0.2.0;\n    export validation;",
    );
    let guest = Guest { wit: format!("{wit}{package}"), ..Guest::validator() }
        .import("wasi:clocks/wall-clock@0.2.0", "seconds", "seconds", "(result i64)")
        .extra("(func (drop (call $seconds)))");
    let reason = refused(&ward, "a clock", &guest);
    assert!(matches!(&reason, Refusal::Capability { import, .. } if import.starts_with("wasi:clocks")), "{reason}");
    assert!(reason.to_string().contains("without WASI"));
    let wit = WIT.replace(
        "    import json;\n    export validation;",
        "    import random: func() -> u64;\n    export validation;",
    );
    let guest = Guest { wit, ..Guest::validator() }
        .import("$root", "random", "random", "(result i64)")
        .extra("(func (drop (call $random)))");
    let reason = refused(&ward, "a function of no interface", &guest);
    assert!(matches!(&reason, Refusal::Capability { import, .. } if import == "random"), "{reason}");
    let wit = WIT.replace("    write: func(", "    erase: func(message: string);\n    write: func(");
    let guest = Guest { wit, ..Guest::validator() }
        .import(crate::plugin_support::LOG, "erase", "erase", "(param i32 i32)")
        .extra("(func (call $erase (i32.const 0) (i32.const 0)))");
    let reason = refused(&ward, "a function that the interface does not have", &guest);
    assert!(matches!(&reason, Refusal::Signature { .. }), "{reason}");
}

#[test]
fn what_a_plugin_says_of_itself_is_held_against_the_contract() {
    let ward = Ward::new();
    let says = |field: u32, text: &str| {
        let mut guest = Guest::validator();
        let [address, length] = guest.data.text(text);
        guest.data.words(at::DESCRIPTION + 8 * field, &[address, length]);
        guest
    };
    let mut kinds = Guest::validator();
    let [address, length] = kinds.data.text("model.exploded");
    kinds.data.words(at::FREE, &[address, length]);
    kinds.data.words(at::DESCRIPTION + 32, &[at::FREE, 1]);
    let cases = [
        ("a name in capitals", says(0, "Rule")),
        ("a name with a dot", says(0, "rule.one")),
        ("no name", Guest { data: Layout::described(""), ..Guest::validator() }),
        ("a version with a space", says(1, "1 2")),
        ("no summary", says(2, "")),
        ("a schema that is no JSON", says(3, "{")),
        ("a schema that is a list", says(3, "[]")),
        ("a schema that says a name twice", says(3, r#"{"a":1,"a":2}"#)),
        ("a deep schema", says(3, &"[".repeat(5_000))),
        ("a large schema", says(3, &format!("{{\"a\":\"{}\"}}", "x".repeat(65_536)))),
        ("a kind that is none", kinds),
    ];
    for (name, guest) in cases {
        let reason = refused(&ward, name, &guest);
        assert!(matches!(&reason, Refusal::Description { .. }), "{name}: {reason}");
    }
}
