//! Lineage and its evidence: what an answer says, that a stranger can check it, and that nothing can be left out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

#[path = "../common/house.rs"]
mod house;

mod asking;
mod mutations;
mod random;
mod readers;
mod town;
mod walking;
