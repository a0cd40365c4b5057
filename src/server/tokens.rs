//! Bearer tokens: a file of SHA-256 digests, each bound to an actor and its scopes. The tokens themselves are nowhere.
//!
//! ```toml
//! [[token]]
//! sha256 = "sha256:…"                # printf %s "$TOKEN" | sha256sum
//! actor = "user:ana"                 # in whose name it reads, and events are recorded
//! scopes = ["read", "record"]        # read, record, metrics
//! expires = "2027-01-31T00:00:00Z"   # may be left out
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{ServerError, files};
use crate::event::{ActorId, Digest, Timestamp, limits};

/// What a token may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Read records, subjects, actors, grants, policy and status.
    Read,
    /// Have events signed by the gateway in the actor's name.
    Record,
    /// Read the metrics.
    Metrics,
}

impl Scope {
    /// The word, as it stands in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Record => "record",
            Self::Metrics => "metrics",
        }
    }
}

/// One entry of the token file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// SHA-256 of the token's text.
    pub sha256: Digest,
    /// In whose name it acts.
    pub actor: ActorId,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// From when on it is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// The token file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Its entries.
    #[serde(default)]
    pub token: Vec<Token>,
}

impl Tokens {
    /// Reads the token file.
    ///
    /// # Errors
    /// [`ServerError::File`] and [`ServerError::Content`]: unknown fields, too many tokens, one that stands twice.
    pub fn load(path: &Path) -> Result<Self, ServerError> {
        let wrong = |why: String| ServerError::Content { what: "token file", path: PathBuf::from(path), why };
        let tokens: Self = toml::from_str(&files::read_text("token file", path)?)
            .map_err(|error| wrong(error.message().to_owned()))?;
        if tokens.token.len() > limits::TOKENS_MAX {
            return Err(wrong(format!("more than {} tokens", limits::TOKENS_MAX)));
        }
        let mut digests: Vec<_> = tokens.token.iter().map(|token| token.sha256).collect();
        digests.sort_unstable();
        match digests.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(twice) => Err(wrong(format!("{:?} stands twice", twice.first()))),
            None => Ok(tokens),
        }
    }

    /// The entry of a presented token, if it is valid at `now`. Every entry is compared in constant time, so that the
    /// answer's time tells nothing about any of them.
    #[must_use]
    pub fn find(&self, presented: &str, now: Timestamp) -> Option<&Token> {
        let digest = Sha256::digest(presented.as_bytes());
        let (mut found, mut place) = (Choice::from(0), 0_u64);
        for (position, token) in (0_u64..).zip(&self.token) {
            let same = token.sha256.0.as_slice().ct_eq(digest.as_slice());
            place.conditional_assign(&position, same);
            found |= same;
        }
        let token = self.token.get(usize::try_from(place).ok()?);
        token.filter(|token| bool::from(found) && token.expires.is_none_or(|expires| now < expires))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, expires: Option<i64>) -> Token {
        Token {
            sha256: Digest(Sha256::digest(text).into()),
            actor: "user:ana".parse().unwrap(),
            scopes: vec![Scope::Read],
            expires: expires.map(Timestamp),
        }
    }

    #[test]
    fn a_token_is_found_until_it_expires() {
        let tokens = Tokens { token: vec![token("one", None), token("two", Some(100)), token("three", None)] };
        let found = |text, t| tokens.find(text, Timestamp(t)).map(|token| token.sha256);
        assert_eq!(found("one", 0), Some(tokens.token[0].sha256));
        assert_eq!(found("three", 0), Some(tokens.token[2].sha256));
        assert_eq!(found("two", 99), Some(tokens.token[1].sha256));
        assert_eq!(found("two", 100), None);
        assert_eq!(found("", 0), None);
        assert_eq!(found("One", 0), None);
        assert_eq!(Tokens::default().find("one", Timestamp(0)), None);
    }

    #[test]
    fn the_file_is_read_strictly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let load = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Tokens::load(&path).map_err(|error| error.to_string())
        };
        let written = Tokens { token: vec![token("one", Some(1_000)), token("two", None)] };
        assert_eq!(load(&toml::to_string(&written).unwrap()).unwrap(), written);
        assert_eq!(load("").unwrap(), Tokens::default());
        let entry = format!("[[token]]\nsha256 = \"{}\"\nactor = \"user:ana\"\n", written.token[0].sha256);
        assert!(load(&format!("{entry}scopes = [\"write\"]\n")).unwrap_err().contains("write"));
        assert!(load(&format!("{entry}scopes = []\nnote = 1\n")).unwrap_err().contains("note"));
        let entry = format!("{entry}scopes = []\n");
        assert!(load(&format!("{entry}{entry}")).unwrap_err().contains("twice"));
        assert!(load(&entry.replace("user:", "role:")).is_err());
        assert!(load(&"#".repeat(2_000_000)).unwrap_err().contains("larger"));
    }
}
