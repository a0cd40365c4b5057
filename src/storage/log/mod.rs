//! The log on this machine: a journal for the open tail, C2SP tiles and bundles for what is full.
//!
//! # Files
//!
//! - `journal/` ([`super::journal`]): entries from some index to the end.
//! - `log/tile/<L>/<N>` and `log/tile/entries/<N>`: the full tiles and full entry bundles, at the paths and with the
//!   bytes of C2SP tlog-tiles, so that any static file server can serve `log/`. Each is written under its name with
//!   `.tmp` added, synced, renamed, and its folder synced; it never changes afterwards. Partial ones exist in
//!   memory only. A bundle exists only for entries below a published checkpoint.
//! - `checkpoint`: the newest published checkpoint, replaced in the same way. It is stored before the tiles that it
//!   covers, so a log with tiles has one.
//! - `lock`: locked (flock) by the process that has the ledger open; holds its process id.
//!
//! A journal segment is removed once all its entries are in full bundles whose tiles and folders are synced. So
//! `journal/` may begin before the end of `log/`, and then both must agree; it never begins after it.

mod cache;
mod check;
mod edge;
mod local;
mod open;
mod read;
mod store;

pub use local::{LocalLog, LogOptions};
