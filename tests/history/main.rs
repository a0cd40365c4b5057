//! What stood at an index, and what was decided there: questions to a ledger's past, against the plain fold of
//! everything.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of tests: what fails, fails the test"
)]

mod candidates;
mod cost;
#[path = "../common/house.rs"]
mod house;
mod past;
#[path = "../decide_histories/random.rs"]
mod random;
mod rehearsed;
mod town;
#[path = "../decide_histories/world.rs"]
#[expect(dead_code, reason = "the other tests of random histories use the rest")]
mod world;
