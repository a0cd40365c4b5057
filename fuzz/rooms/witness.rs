//! Of witnesses only their settings, which stand in `sagwan.toml`, and what an answer means.

#[path = "../../src/witness/answer.rs"]
mod answer;
#[path = "../../src/witness/board.rs"]
mod board;
#[path = "../../src/witness/config.rs"]
mod config;

pub use answer::{Answer, judge};
pub use board::Board;
pub use config::*;
