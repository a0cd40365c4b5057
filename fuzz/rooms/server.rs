//! Of the server only its settings, which stand in `sagwan.toml`.

#[path = "../../src/server/config.rs"]
mod config;
#[path = "../../src/server/error.rs"]
mod error;
#[path = "../../src/server/notice.rs"]
mod notice;

pub use config::*;
pub use error::ServerError;
pub use notice::Notices;
