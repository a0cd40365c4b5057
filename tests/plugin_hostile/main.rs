//! Plugins that mean harm, or are broken. Each is told apart and named with limit and remedy; the host lives; an honest
//! neighbour gives its verdict afterwards, at the same cost to the last unit.

#[path = "../plugin_support/mod.rs"]
mod plugin_support;

mod asking;
mod calls;
mod files;
mod monitors;
mod results;
mod signatures;
mod tightened;
mod ward;
