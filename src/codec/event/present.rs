//! Whether what an event commits to is really absent from it, told from its bytes.

use super::DecodeError;
use crate::{
    codec::{
        CborError,
        cbor::reader::{Reader, major},
    },
    event::{Event, EventError},
};

/// What stands at a JSON pointer.
enum Found {
    Nothing,
    Value,
    /// The pointer leads into a list or a text.
    NoMap,
}

/// Refuses a commitment to a field of `bytes` (the event's encoding) that is present, or that no map can hold.
///
/// # Errors
/// [`EventError::CommittedAndPresent`], [`EventError::PathUnknown`].
pub(super) fn check(bytes: &[u8], event: &Event) -> Result<(), DecodeError> {
    for commitment in &event.commitments {
        let path = || super::hint::clip(&commitment.path);
        match find(bytes, &commitment.path)? {
            Found::Nothing => {}
            Found::Value => return Err(EventError::CommittedAndPresent { path: path() }.into()),
            Found::NoMap => return Err(EventError::PathUnknown { path: path(), kind: event.kind() }.into()),
        }
    }
    Ok(())
}

fn find(bytes: &[u8], pointer: &str) -> Result<Found, CborError> {
    let mut reader = Reader::new(bytes);
    for segment in pointer.split('/').skip(1) {
        if reader.peek().map(|first| first >> 5) != Some(major::MAP) {
            return Ok(Found::NoMap);
        }
        let members = reader.map()?;
        let mut found = false;
        for _ in 0..members {
            if is(reader.text()?, segment) {
                found = true;
                break;
            }
            reader.skip()?;
        }
        if !found {
            return Ok(Found::Nothing);
        }
    }
    Ok(Found::Value)
}

/// Whether `key` is what a pointer's segment means (RFC 6901 section 4: `~1` is `/`, `~0` is `~`).
fn is(key: &str, segment: &str) -> bool {
    if segment.contains('~') { segment.replace("~1", "/").replace("~0", "~") == key } else { key == segment }
}
