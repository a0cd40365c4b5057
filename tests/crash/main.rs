//! What storage promises when the power goes, a call fails, or a byte rots: nothing acknowledged is lost, nothing forks,
//! and damage is named.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed helper fails its test, and a test says what it counted"
)]

mod damage;
mod log;
mod mutate;
mod sim;
