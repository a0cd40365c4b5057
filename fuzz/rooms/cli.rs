//! Of the command line only what reads `sagwan.toml`.

#[path = "../../src/cli/config.rs"]
pub mod config;
#[path = "../../src/cli/failure.rs"]
mod failure;
