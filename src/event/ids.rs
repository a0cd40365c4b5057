//! Names that are forced apart: digests, actors, roles, environments, times. Each parses strictly and prints back the
//! same bytes.

use super::{EventError, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, marker::PhantomData, str::FromStr};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A SHA-256 digest: 32 bytes in CBOR, `sha256:<hex>` in JSON and on a terminal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The first twelve hexadecimal digits: enough for a person to tell two apart.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().skip(7).take(12).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        let bad = || EventError::Digest { given: clip(text) };
        let hex = text.strip_prefix("sha256:").ok_or_else(bad)?.as_bytes();
        if hex.len() != 64 {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |sum, digit| nibble(*digit).map(|n| sum * 16 + n)).ok_or_else(bad)?;
        }
        Ok(Self(bytes))
    }
}

/// Lower-case only: one digest has one spelling.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(Parse(PhantomData));
        }
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Digest;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the 32 bytes of a SHA-256 digest")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Digest, E> {
                let digest = bytes.try_into().map_err(|_| EventError::DigestLength { length: bytes.len() });
                digest.map(Digest).map_err(E::custom)
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// Raw bytes: a byte string in CBOR, lower-case hexadecimal in JSON.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{self:?}"))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes (in JSON: lower-case hexadecimal text)")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                let pairs = text.as_bytes().chunks(2);
                let byte = |pair: &[u8]| match pair {
                    [high, low] => Some(nibble(*high)? * 16 + nibble(*low)?),
                    _ => None,
                };
                pairs.map(byte).collect::<Option<_>>().map(Bytes).ok_or_else(|| E::custom("not lower-case hexadecimal"))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Visitor)
        } else {
            deserializer.deserialize_bytes(Visitor)
        }
    }
}

/// A moment: milliseconds since 1970-01-01T00:00:00Z. An integer in CBOR, RFC 3339 in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    // INVARIANT: every time inside the ledger prints as RFC 3339 (years 1970 to 9999).
    const MS: std::ops::Range<i64> = 0..253_402_300_800_000;

    /// The moment `ms` milliseconds later; saturates.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| EventError::Timestamp { given: clip(text) })?;
        let ms = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok();
        ms.filter(|ms| Self::MS.contains(ms)).map(Self).ok_or_else(|| EventError::Timestamp { given: clip(text) })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let moment = if deserializer.is_human_readable() {
            deserializer.deserialize_str(Parse(PhantomData::<Self>))?
        } else {
            Self(i64::deserialize(deserializer)?)
        };
        if Self::MS.contains(&moment.0) {
            Ok(moment)
        } else {
            Err(de::Error::custom(EventError::Timestamp { given: moment.0.to_string() }))
        }
    }
}

/// The three environments: casbin's domain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Env {
    /// Where things are tried.
    Dev,
    /// Where what will serve is proven.
    Staging,
    /// What serves.
    Prod,
}

impl Env {
    /// All three, in the order of promotion.
    pub const ALL: [Self; 3] = [Self::Dev, Self::Staging, Self::Prod];

    /// `dev`, `staging` or `prod`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }
}

impl fmt::Display for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Env {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        let known = Self::ALL.into_iter().find(|env| env.as_str() == text);
        known.ok_or_else(|| EventError::Env { given: clip(text) })
    }
}

/// A checked name: the grammar is in the macro's call, the bytes print back unchanged.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr, $error:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text, as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = EventError;
            fn from_str(text: &str) -> Result<Self, EventError> {
                if $check(text) { Ok(Self(text.into())) } else { Err(EventError::$error { given: clip(text) }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Parse(PhantomData))
            }
        }
    };
}

/// Reads a text and parses it at once, without a copy in between.
pub(super) struct Parse<T>(pub(super) PhantomData<T>);

impl<T: FromStr<Err = EventError>> de::Visitor<'_> for Parse<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

name!(
    /// `user:<name>` or `service:<name>`: a pseudonym of a person or a service; the vault may hold who it is.
    ActorId,
    |text: &str| {
        let name = text.strip_prefix("user:").or_else(|| text.strip_prefix("service:"));
        text.len() <= limits::ACTOR_BYTES_MAX && name.is_some_and(plain)
    },
    Actor
);

name!(
    /// `role:<name>`: a word of the policy's vocabulary. No input can spell an actor as a role.
    RoleId,
    |text: &str| text.len() <= limits::ROLE_BYTES_MAX && text.strip_prefix("role:").is_some_and(plain),
    Role
);

name!(
    /// Free text: not empty, bounded, without control characters (so that it can be shown on a terminal).
    Text,
    |text: &str| !text.is_empty()
        && text.len() <= limits::TEXT_BYTES_MAX
        && (text.bytes().all(|b| (b' '..=b'~').contains(&b))
            || !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')),
    Text
);

name!(
    /// The pseudonym of a data subject: `ds-` and 26 characters of base32 (RFC 4648, lower case), from 128 random bits.
    /// Only the vault says who it is, so that it can be looked up and forgotten.
    DataSubject,
    |text: &str| {
        let random = text.strip_prefix("ds-").unwrap_or_default();
        // The last character holds three bits, so it is one of eight: one pseudonym has one spelling.
        random.len() == 26 && random.bytes().all(|b| BASE32.contains(&b)) && random.ends_with(|c| "aeimquy4".contains(c))
    },
    DataSubject
);

/// RFC 4648 section 6, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl DataSubject {
    /// The pseudonym of 128 random bits.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(random);
        // Five bits a character from the top; the last character takes the three that are left, padded with zeros.
        let character = |at: u32| {
            let five = if at < 25 { bits >> (123 - 5 * at) } else { bits << 2 } & 31;
            BASE32.get(five as usize).map(|byte| char::from(*byte))
        };
        Self(["ds-".to_owned(), (0..26).filter_map(character).collect()].concat().into())
    }
}

impl ActorId {
    /// The actor of the log itself, the only one who signs seals and denials.
    #[must_use]
    pub fn ledger() -> Self {
        Self("service:ledger".into())
    }
}

/// Letters, digits, `-`, `_` and `.`, beginning with a letter or digit.
fn plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// What an error repeats of a bad input: its beginning, printable.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_holds_its_128_bits_and_reads_back() {
        // RFC 4648 base32 of sixteen bytes, as coreutils' base32 writes it, without the padding.
        let counting: [u8; 16] = std::array::from_fn(|i| i as u8);
        for (random, text) in [
            ([0; 16], "ds-aaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ([0xff; 16], "ds-77777777777777777777777774"),
            (counting, "ds-aaaqeayeaudaocajbifqydiob4"),
        ] {
            let pseudonym = DataSubject::from_random(random);
            assert_eq!(pseudonym.as_str(), text);
            assert_eq!(text.parse(), Ok(pseudonym));
        }
        for bad in ["ds-", "alice", "ds-aaaaaaaaaaaaaaaaaaaaaaaaab", "ds-AAAAAAAAAAAAAAAAAAAAAAAAAA", "ds-alice"] {
            assert!(bad.parse::<DataSubject>().is_err(), "{bad}");
        }
    }
}
