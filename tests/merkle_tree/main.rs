//! The Merkle room against RFC 6962, C2SP tlog-tiles and a foreign implementation.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "helpers of tests")]

mod proofs;
mod support;
mod tiles;
