//! Files that are no plugins, and components that ask for too much before they run.
#![expect(clippy::panic, clippy::print_stdout, reason = "what fails here fails the test")]

use crate::{
    plugin_support::{Guest, limits},
    ward::Ward,
};
use sagwan::plugin::{Limits, PluginError, Refusal};
use std::fmt::Write as _;

/// Why bytes are not taken; the message names the component and a remedy.
fn refused(ward: &Ward, name: &str, bytes: &[u8]) -> Refusal {
    match ward.registry.register(bytes) {
        Err(error @ PluginError::Refused { .. }) => {
            let message = error.to_string();
            println!("{name}: {message}");
            assert!(message.starts_with("plugin of component ") && message.len() < 700, "{name}: {message}");
            ward.is_well(name);
            let PluginError::Refused { reason, .. } = error else { unreachable!() };
            reason
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn what_is_no_component_is_told_apart() {
    let ward = Ward::new();
    assert_eq!(refused(&ward, "empty", b""), Refusal::Empty);
    for (name, bytes) in [
        ("garbage", b"\x7fELF\x02\x01\x01\0".as_slice()),
        ("text format", b"(component)"),
        ("three bytes", b"\0as"),
        ("JSON", b"{}"),
    ] {
        assert!(matches!(refused(&ward, name, bytes), Refusal::NotWasm { .. }), "{name}");
    }
    let module = wat::parse_str("(module)").unwrap();
    assert_eq!(refused(&ward, "core module", &module), Refusal::CoreModule);
    assert!(matches!(refused(&ward, "only the magic", b"\0asm"), Refusal::Malformed { .. }));
    assert!(matches!(refused(&ward, "a future encoding", b"\0asm\x0e\0\x01\0"), Refusal::Malformed { .. }));
    let empty = wat::parse_str("(component)").unwrap();
    assert!(matches!(refused(&ward, "an empty component", &empty), Refusal::NoWorld { .. }));
}

#[test]
fn a_truncated_or_changed_component_is_refused_or_harmless() {
    let ward = Ward::new();
    let whole = Guest::honest().bytes();
    for end in (8..whole.len()).step_by(41) {
        // Sections are cut off whole where they end: what is left is a component that lacks something.
        assert!(ward.registry.register(&whole[..end]).is_err(), "cut at {end}");
    }
    let seed: u64 = 0x5a67_7761_6e00_0001;
    println!("seed {seed:#x}");
    let mut random = seed;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(random >> 33).unwrap() % bytes.len();
        bytes[at] ^= 1 << (random >> 29 & 7);
        // Whatever it is now, it is refused, or it runs within its limits.
        if let Ok(described) = ward.registry.register(&bytes) {
            let plugin = ward.registry.validator(&described.component).unwrap();
            let _ = crate::plugin_support::judge(&plugin);
            ward.registry.forget(&described.component);
        }
    }
    ward.is_well("changed components");
}

#[test]
fn sizes_are_held_before_anything_is_compiled() {
    let guest = Guest::validator();
    let functions: String = (0..200).fold(String::new(), |mut all, _| {
        write!(all, "(func)").unwrap();
        all
    });
    let many = guest.clone().extra(&functions).bytes();
    let large = guest.clone().extra(&format!("(func {})", "(drop (i32.const 1000000))".repeat(400))).bytes();
    let ward = Ward::with(Limits { functions: 100, function_bytes: 1_000, component_bytes: 20_000, ..limits() });
    let reason = refused(&ward, "many functions", &many);
    assert!(matches!(reason, Refusal::TooMany { what: "functions", limit: 100, .. }), "{reason}");
    assert!(matches!(refused(&ward, "a large function", &large), Refusal::FunctionTooLarge { limit: 1_000, .. }));
    let reason = refused(&ward, "a large component", &[0; 20_001]);
    assert_eq!(reason, Refusal::TooLarge { bytes: 20_001, limit: 20_000 });
}

#[test]
fn what_a_component_declares_is_held_before_it_runs() {
    let ward = Ward::new();
    let gigabytes = Guest::validator().memory("(memory (export \"memory\") 20000)");
    assert!(matches!(
        refused(&ward, "1.3 GB of memory", &gigabytes.bytes()),
        Refusal::Memory { bytes: 1_310_720_000, .. }
    ));
    let memories = Guest::validator().extra(&"(memory 1)".repeat(8));
    let reason = refused(&ward, "nine memories", &memories.bytes());
    assert!(matches!(reason, Refusal::TooMany { what: "memories", found: 9, .. }), "{reason}");
    let elements = Guest::validator().extra("(table 200001 funcref)");
    let reason = refused(&ward, "a large table", &elements.bytes());
    assert!(matches!(reason, Refusal::TooMany { what: "elements of tables", .. }), "{reason}");
    let tables = Guest::validator().extra(&"(table 1 funcref)".repeat(33));
    let reason = refused(&ward, "33 tables", &tables.bytes());
    assert!(matches!(reason, Refusal::TooMany { what: "tables", .. }), "{reason}");
    let instances = format!("(component (core module $m) {})", "(core instance (instantiate $m))".repeat(65));
    let reason = refused(&ward, "65 core instances", &wat::parse_str(instances).unwrap());
    assert!(matches!(reason, Refusal::TooMany { what: "core instances", found: 65, .. }), "{reason}");
    let wide = Guest::validator().extra("(memory i64 1)").bytes();
    assert!(matches!(refused(&ward, "64-bit memory", &wide), Refusal::Compile { .. }));
    let shared = Guest::validator().extra("(memory 1 1 shared)").bytes();
    assert!(matches!(refused(&ward, "shared memory", &shared), Refusal::Compile { .. }));
}

#[test]
fn a_component_that_is_instantiated_again_and_again_is_refused() {
    let ward = Ward::new();
    // Each level instantiates the one below it eight times: 4,096 core instances from a few hundred bytes.
    let mut inner = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for level in 1..=4 {
        let below = level - 1;
        let instances = format!("(instance (instantiate $c{below}))").repeat(8);
        inner = format!("(component $c{level} {inner} {instances})");
    }
    let bomb = wat::parse_str(inner).unwrap();
    assert!(ward.registry.register(&bomb).is_err());
    ward.is_well("nested instances");
}
