//! Sagwan: an append-only signed ledger for machine learning.
//!
//! The map of the house. Two wings stand on one foundation: *proof* ([`codec`], [`crypto`], [`merkle`], [`verify`])
//! knows nothing of what events mean; *judgement* ([`state`], [`policy`], [`plugin`], [`decide`]) knows nothing of
//! bytes and disks; they meet in [`ledger`]. A room imports only rooms above it in this list; `tests/architecture.rs`
//! holds it.

pub mod event;

pub mod profile;

pub mod codec;

pub mod crypto;

pub mod merkle;

pub mod verify;

pub mod state;

pub mod policy;

pub mod plugin;

pub mod decide;

pub mod storage;

pub mod ledger;

pub mod lineage;

pub mod audit;

pub mod notify;

pub mod witness;

pub mod server;

pub mod cli;
