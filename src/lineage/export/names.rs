//! How things are called in other formats: addresses and UUIDs that follow from the log's origin and the thing itself.

use crate::event::{Subject, Timestamp};
use sha2::{Digest as _, Sha256};

/// Where this program's own words are defined, for formats that want an address (docs/exports.md has them).
pub(super) const VOCABULARY: &str = "urn:sagwan:vocabulary:";

/// What made an export: a name for the program, with its version.
pub(super) fn producer() -> String {
    format!("urn:sagwan:program:{}", env!("CARGO_PKG_VERSION"))
}

/// `sagwan://ORIGIN`: the log as a namespace.
pub(super) fn namespace(origin: &str) -> String {
    format!("sagwan://{}", encoded(origin))
}

/// A text in which every byte that a subject could not have is percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~:/".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The UUID of a run: its own name, if that is one, as OpenLineage and most trackers name runs; otherwise one that
/// follows from it.
pub(super) fn run_id(origin: &str, run: &Subject) -> String {
    match uuid::Uuid::try_parse(run.name()) {
        Ok(id) if run.version().is_none() => id.hyphenated().to_string(),
        _ => uuid("run", &[origin, run.as_str()]),
    }
}

/// A version 8 UUID (RFC 9562 section 5.8) from SHA-256 of what it names, each part with its length before it.
pub(super) fn uuid(of: &str, parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"sagwan export uuid v1\0");
    for part in [of].iter().chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, own)| *byte = own);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// A time as RFC 3339 with milliseconds, whatever they are: some readers want all times alike.
pub(super) fn time(t: Timestamp) -> String {
    let text = t.to_string();
    match text.strip_suffix('Z') {
        Some(rest) => match rest.split_once('.') {
            Some((seconds, part)) => format!("{seconds}.{part:0<3}Z"),
            None => format!("{rest}.000Z"),
        },
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_follow_from_what_they_name() {
        let run = |name: &str| run_id("example.org/x", &name.parse().unwrap());
        assert_eq!(run("run/01976C2D-0000-7000-8000-000000000001"), "01976c2d-0000-7000-8000-000000000001");
        assert_eq!(run("run/a"), run("run/a"));
        assert_ne!(run("run/a"), run("run/b"));
        assert_ne!(run("run/a"), run_id("example.org/y", &"run/a".parse().unwrap()));
        assert_eq!(uuid::Uuid::parse_str(&run("run/a")).unwrap().get_version_num(), 8);
        // The lengths keep a byte from wandering between parts.
        assert_ne!(uuid("x", &["ab", "c"]), uuid("x", &["a", "bc"]));
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(time(Timestamp(1_780_272_000_000)), "2026-06-01T00:00:00.000Z");
        assert_eq!(time(Timestamp(1_780_272_000_050)), "2026-06-01T00:00:00.050Z");
        assert_eq!(time(Timestamp(1_780_272_000_500)), "2026-06-01T00:00:00.500Z");
    }
}
