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
    // A table refuses numbers above 63 bits, which a setting may have: then there is no table to compare with.
    let Ok(table) = toml::from_str::<toml::Table>(text) else { return };
    let known = |name: &String| TEMPLATE.contains(&format!("[{name}]"));
    assert!(table.keys().all(known), "a section that the file written by init does not show: {text}");
    let _ = config.server.check();
    let _ = notify::endpoints(&config.webhook, Path::new(""));
    let _ = witness::witnessing(&config.witness, &config.witnessing);
    assert_eq!(toml::from_str::<Config>(&table.to_string()).as_ref(), Ok(&config), "{text}");
});
