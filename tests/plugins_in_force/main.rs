//! Plugins that are bound judge what is recorded: by mode, by fault, on the ledger before the statement, after a restart.

#[path = "../common/house.rs"]
mod house;
mod monitors;
#[path = "../plugin_support/mod.rs"]
mod plugin_support;
mod shipped;
mod town;
mod validators;
