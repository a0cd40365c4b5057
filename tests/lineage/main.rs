//! Lineage and its evidence: what an answer says, that a stranger can check it, and that nothing can be left out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do, and say their seed"
)]

#[path = "../common/house.rs"]
mod house;
#[path = "../common/story.rs"]
mod story;

mod asking;
mod columns;
mod exports;
mod mutations;
mod pictures;
mod random;
mod readers;
mod town;
mod vectors;
mod walking;
mod words;
