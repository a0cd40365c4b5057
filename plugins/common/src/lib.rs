//! What the shipped plugins share: readers of CBOR and JSON, profiles, statistics. Pure: nothing here asks the host.

extern crate alloc;

pub mod cbor;
pub mod curve;
pub mod json;
pub mod profile;
pub mod statistics;
pub mod value;

pub use value::Value;
