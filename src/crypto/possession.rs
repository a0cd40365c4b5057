//! Proof of possession: whoever enrols a key shows that he holds its secret half.

use super::Thumbprint;

/// Keeps a signature over this message from being a signature over anything else.
const DOMAIN: &[u8] = b"sagwan/key-possession/v1\n";

/// The message that a key signs to be enrolled for an actor:
/// `"sagwan/key-possession/v1\n" || u64 big-endian length of actor || actor || thumbprint`.
#[must_use]
pub fn possession_message(actor: &str, thumbprint: &Thumbprint) -> Vec<u8> {
    let length = (actor.len() as u64).to_be_bytes();
    [DOMAIN, &length, actor.as_bytes(), thumbprint].concat()
}
