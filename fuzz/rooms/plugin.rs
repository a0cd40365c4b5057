//! Of plugins only what a call may use, which stands in `sagwan.toml`.

#[path = "../../src/plugin/limits.rs"]
mod limits;
#[path = "../../src/plugin/settings.rs"]
mod settings;

pub use limits::Limits;
pub use settings::{PluginConfig, PluginSettingError};
