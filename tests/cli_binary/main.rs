//! The real binary over real folders: what a user types, what he sees, and the exit codes that scripts rely on.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test prepares either works or fails the test")]

mod access;
mod blobs;
mod codes;
mod exec;
mod export;
mod flow;
mod heeded;
mod help;
mod hostile;
mod json;
mod kept;
mod lines;
mod mistakes;
mod plugin;
mod plugin_life;
#[path = "../plugin_support/mod.rs"]
mod plugin_support;
mod policy;
mod policy_life;
mod profile;
mod reads;
mod remote;
#[path = "../witness/stand.rs"]
mod stand;
mod support;
mod watch;
mod webhook;
mod witness;
