//! Of webhooks only their settings, which stand in `sagwan.toml`.

#[path = "../../src/notify/board.rs"]
mod board;
#[path = "../../src/notify/config.rs"]
mod config;
#[path = "../../src/notify/secret.rs"]
mod secret;
#[path = "../../src/notify/select.rs"]
mod select;

pub use board::Board;
pub use config::*;
