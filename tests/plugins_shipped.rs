//! The plugins that ship, on the real engine: each component of `plugins/dist/` is what `SHA256SUMS` says, imports what it
//! may, and gives on each of its fixtures what `expect.json` says: the same files on which its source is tested natively.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use sagwan::plugin::{Limits, Registry, fixture::Fixture};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every plugin with what it may import.
const SHIPPED: [(&str, &[&str]); 8] = [
    ("data-quality", &["query"]),
    ("drift", &["query"]),
    ("groundedness", &["query", "state"]),
    ("performance", &["query", "state"]),
    ("personal-data", &[]),
    ("promotion-evidence", &["query"]),
    ("prompt-regression", &["query"]),
    ("runtime-parity", &["query"]),
];

fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins")
}

fn component(name: &str) -> Vec<u8> {
    fs::read(plugins().join("dist").join(format!("{name}.wasm"))).unwrap()
}

/// The fixtures of a plugin.
fn fixtures(plugin: &str) -> Vec<Fixture> {
    Fixture::all(&plugins().join(plugin).join("fixtures")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_fixtures_hold_on_the_engine() {
    let registry = Registry::new(Limits::default(), None).unwrap();
    for (name, capabilities) in SHIPPED {
        let described = registry.register(&component(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(described.name.as_str(), name);
        let imports: Vec<&str> = described.capabilities.iter().map(|one| one.as_str()).collect();
        assert_eq!(imports, capabilities, "{name} imports what it does not need, or the list here is old");
        let plugin = registry.get(&described.component).unwrap();
        let mut words = std::collections::BTreeSet::new();
        let fixtures = fixtures(name);
        for fixture in &fixtures {
            let said = fixture.run(&plugin);
            assert_eq!(Some(said.expected()), fixture.expect, "{name}/{}: {:?}", fixture.name, said.messages());
            words.insert(said.expected().to_string());
        }
        assert!(words.len() > 1, "{name}: its fixtures all say the same");
    }
}

#[test]
fn nonsense_of_settings_is_refused() {
    let registry = Registry::new(Limits::default(), None).unwrap();
    for (name, _) in SHIPPED {
        let described = registry.register(&component(name)).unwrap();
        let plugin = registry.get(&described.component).unwrap();
        assert!(plugin.check_settings("{}").unwrap().is_empty(), "{name} has defaults for everything");
        for settings in ["", "[]", "{\"no_such_setting\":1}"] {
            assert!(!plugin.check_settings(settings).unwrap().is_empty(), "{name} takes {settings:?}");
        }
    }
}

#[test]
fn the_sums_are_those_of_the_components() {
    let sums = fs::read_to_string(plugins().join("dist/SHA256SUMS")).unwrap();
    let mut names = Vec::new();
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").expect("a sum and a name");
        let name = file.strip_suffix(".wasm").unwrap();
        assert_eq!(hex::encode(Sha256::digest(component(name))), sum, "{name}");
        names.push(name.to_owned());
    }
    let mut shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    shipped.sort_unstable();
    assert_eq!(names, shipped);
}
