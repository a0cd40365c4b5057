//! Webhooks against a real receiver on this machine: signed, tried again, given up, never lost, never let astray.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod delivering;
#[path = "../common/house.rs"]
mod house;
mod interop;
mod receiver;
mod refusing;
mod town;
