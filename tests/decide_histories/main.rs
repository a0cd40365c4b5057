//! What `decide` says to small histories, and what holds for every history. Each refusal stands with its rule and its
//! words; random histories print their seed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests: a failure is to stop the test, and random tests print their seed"
)]

mod access;
mod cost;
mod documented;
mod ledger;
mod lifecycle;
mod properties;
mod random;
mod script;
mod world;
