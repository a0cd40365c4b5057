//! The HTTP door, from outside: a server in this process on a free port of 127.0.0.1, over a real ledger in a folder of
//! its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers stop a test where its world is not as it must be")]

mod blobs;
mod client;
mod cost;
mod deciding;
mod gateway;
mod limits;
mod openapi;
mod operating;
mod reading;
mod recording;
mod scitt;
mod shutdown;
mod tiles;
mod tls;
mod world;
