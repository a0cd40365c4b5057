//! Re-performance: an honest log comes out as it went in; a log whose operator lied under his own valid key does not.

mod attest;
mod command;
mod forge;
mod gone;
mod honest;
#[path = "../common/house.rs"]
mod house;
mod lies;
mod monitors;
#[path = "../plugin_support/mod.rs"]
mod plugin_support;
mod range;
#[expect(dead_code, reason = "it is shared with the tests of plugins")]
#[path = "../plugins_in_force/town.rs"]
mod town;
