//! Witnesses: asked by the rules of C2SP tlog-witness, kept, served, relied on; and harmless when they are hostile.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod asking;
mod hostile;
#[path = "../common/house.rs"]
mod house;
mod interop;
mod proofs;
mod stand;
mod town;
