//! `sagwan.toml`: whatever is accepted has known keys only, and means the same when its table is written out again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{
    cli::config::{Config, TEMPLATE},
    notify, witness,
};
use std::path::Path;

fuzz_target!(|text: &str| {
    let Ok(config) = toml::from_str::<Config>(text) else { return };
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        // A table refuses numbers above 63 bits, which a setting may have: then there is nothing to compare with.
        Err(error) => return assert!(error.message().contains("too large"), "settings are a table: {error}"),
    };
    let known = |name: &String| TEMPLATE.contains(&format!("[{name}]"));
    assert!(table.keys().all(known), "a section that the file written by init does not show: {text}");
    let _ = config.server.check();
    let _ = notify::endpoints(&config.webhook, Path::new(""));
    let _ = witness::witnessing(&config.witness, &config.witnessing);
    assert_eq!(toml::from_str::<Config>(&table.to_string()).as_ref(), Ok(&config), "{text}");
});
