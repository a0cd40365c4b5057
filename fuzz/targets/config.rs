//! `sagwan.toml`: whatever is accepted has known keys only, and means the same when its table is written out again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{cli::config::Config, notify, witness};
use std::path::Path;

fuzz_target!(|text: &str| {
    let Ok(config) = toml::from_str::<Config>(text) else { return };
    let table: toml::Table = toml::from_str(text).expect("settings are a table");
    assert!(
        table.iter().all(|(name, section)| match name.as_str() {
            "ledger" | "server" | "client" | "witnessing" => section.is_table(),
            "webhook" | "witness" => section.is_array(),
            _ => false,
        }),
        "{text}"
    );
    let _ = config.server.check();
    let _ = notify::endpoints(&config.webhook, Path::new(""));
    let _ = witness::witnessing(&config.witness, &config.witnessing);
    assert_eq!(toml::from_str::<Config>(&table.to_string()).as_ref(), Ok(&config), "{text}");
});
