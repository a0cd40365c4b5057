//! Keys, strict verification, signing. Pure.
//!
//! Every key names its [`Algorithm`]; only this room knows how long a signature is. Randomness is passed in.

#![deny(clippy::indexing_slicing)]

mod algorithm;
mod error;
mod note;
mod pem;
mod possession;
mod public;
mod secret;
mod small_order;

pub use algorithm::Algorithm;
pub use error::{KeyError, SignatureError};
pub use note::{NoteSigner, NoteVerifier};
pub use possession::possession_message;
pub use public::{PublicKey, Thumbprint};
pub use secret::SecretKey;

#[cfg(test)]
mod tests;
