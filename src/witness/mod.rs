//! Witnesses: others who sign that they saw the log only grow (C2SP tlog-witness and tlog-cosignature).
//!
//! An [`Asker`] sends the newest checkpoint to each witness with the proof that it continues the one that the witness
//! cosigned last, and keeps the cosignatures; [`Service`] does so beside a server. The settings are [`WitnessConfig`] and
//! [`WitnessingConfig`]; what each witness cosigned last stands in `witnesses/NAME.json` of the ledger's folder, the newest
//! checkpoint with enough cosignatures in its file `cosigned`. docs/witness.md describes it.
//!
//! Recording waits for nobody here: a witness that is down, slow or hostile costs a thread of this room its time, within
//! bounds, and nothing else.

mod answer;
mod ask;
mod board;
mod client;
mod config;
mod error;
mod outcome;
mod service;
mod store;

pub use answer::{Answer, judge};
pub use ask::Asker;
pub use board::{Board, Mark};
pub use client::Client;
pub use config::{Asked, SettingError, WitnessConfig, Witnessing, WitnessingConfig, witnessing};
pub use error::WitnessError;
pub use outcome::{Outcome, Round};
pub use service::Service;
pub use store::{FOLDER, Kept, Store};
