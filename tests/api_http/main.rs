//! The HTTP door, from outside: a server in this process on a free port of 127.0.0.1, over a real ledger in a folder of
//! its own.

mod client;
mod cost;
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
