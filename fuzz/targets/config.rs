//! `sagwan.toml`: whatever is accepted has known keys only, and means the same when its table is written out again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::cli::config::Config;

fuzz_target!(|text: &str| {
    let Ok(config) = toml::from_str::<Config>(text) else { return };
    let table: toml::Table = toml::from_str(text).expect("settings are a table");
    let sections = ["ledger", "server", "client"];
    assert!(table.iter().all(|(name, section)| sections.contains(&name.as_str()) && section.is_table()), "{text}");
    let _ = config.server.check();
    assert_eq!(toml::from_str::<Config>(&table.to_string()).as_ref(), Ok(&config), "{text}");
});
