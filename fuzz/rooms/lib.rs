//! The rooms of Sagwan that parse, for the fuzz targets. See `Cargo.toml`.
#![allow(missing_docs, dead_code, unused_imports, reason = "the house has more doors than are opened here")]

#[path = "../../src/event/mod.rs"]
pub mod event;

#[path = "../../src/codec/mod.rs"]
pub mod codec;

#[path = "../../src/crypto/mod.rs"]
pub mod crypto;

#[path = "../../src/merkle/mod.rs"]
pub mod merkle;

#[path = "../../src/verify/mod.rs"]
pub mod verify;

#[path = "storage.rs"]
pub mod storage;

#[path = "cli.rs"]
pub mod cli;

#[path = "notify.rs"]
pub mod notify;

#[path = "plugin.rs"]
pub mod plugin;

#[path = "witness.rs"]
pub mod witness;

#[path = "server.rs"]
pub mod server;
