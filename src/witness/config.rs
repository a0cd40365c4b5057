//! The settings of witnesses: `[[witness]]` and `[witnessing]` of `sagwan.toml`. Unknown names are refused.

use crate::{codec::note::NoteKey as _, crypto::NoteVerifier, event::limits, verify::Witnesses};
use serde::Deserialize;
use std::{collections::BTreeSet, time::Duration};
use thiserror::Error;

/// Why settings cannot work.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SettingError {
    /// A value of a witness that cannot work.
    #[error("[[witness]] {name:?}: {field}: {what}")]
    Witness {
        /// The witness's name, as it is written.
        name: String,
        /// The setting.
        field: &'static str,
        /// What is wrong, and what to write.
        what: String,
    },
    /// A value of `[witnessing]` that cannot work.
    #[error("[witnessing] {field}: {what}")]
    Value {
        /// The setting.
        field: &'static str,
        /// What is wrong, and what to write.
        what: String,
    },
}

/// One `[[witness]]` section.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// What it is called here: lower-case letters, digits and hyphens. What it cosigned is kept under this name.
    pub name: String,
    /// Its submission prefix: `https://…`; `http://…` only to private addresses, and with `allow_private`.
    pub url: String,
    /// Its verifier key, of type 04 (C2SP tlog-cosignature).
    pub vkey: String,
    /// No checkpoint counts as witnessed without it.
    #[serde(default)]
    pub required: bool,
    /// It may be at an address that is not of the public internet: this machine, this network.
    #[serde(default)]
    pub allow_private: bool,
}

/// The `[witnessing]` section.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WitnessingConfig {
    /// How many witnesses must have cosigned a checkpoint, those that are required among them.
    pub quorum: usize,
    /// Seconds between two rounds of asking.
    pub interval_s: u64,
    /// Seconds without a quorum after which it is told, and counted as late.
    pub lag_s: u64,
}

impl Default for WitnessingConfig {
    fn default() -> Self {
        Self { quorum: 1, interval_s: limits::WITNESS_INTERVAL_S_DEFAULT, lag_s: limits::WITNESS_LAG_S_DEFAULT }
    }
}

/// A witness whose settings work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Its name here.
    pub name: String,
    /// Its submission prefix, without a slash at the end.
    pub url: String,
    /// Its key.
    pub key: NoteVerifier,
    /// No checkpoint counts as witnessed without it.
    pub required: bool,
    /// Addresses that are not public are allowed.
    pub allow_private: bool,
}

/// Settings that work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witnessing {
    /// Who is asked, in the order of the file.
    pub asked: Vec<Asked>,
    /// Who must have cosigned.
    pub policy: Witnesses,
    /// Between two rounds.
    pub interval: Duration,
    /// Without a quorum for so long is late.
    pub lag: Duration,
}

/// Checks the sections.
///
/// # Errors
/// [`SettingError`].
pub fn witnessing(sections: &[WitnessConfig], settings: &WitnessingConfig) -> Result<Witnessing, SettingError> {
    let wrong = |field, what: String| SettingError::Value { field, what };
    if sections.len() > limits::WITNESSES_MAX {
        let what = format!("{} are named, at most {} are asked", sections.len(), limits::WITNESSES_MAX);
        return Err(wrong("[[witness]]", what));
    }
    let mut names = BTreeSet::new();
    let mut asked: Vec<Asked> = Vec::with_capacity(sections.len());
    for section in sections {
        let one = section.checked()?;
        if !names.insert(&section.name) {
            return Err(section.wrong("name", "two witnesses have it: what each cosigned is kept by name".into()));
        }
        asked.push(one);
    }
    if !(1..=limits::WITNESS_INTERVAL_S_MAX).contains(&settings.interval_s) {
        return Err(wrong("interval_s", format!("write 1 to {}", limits::WITNESS_INTERVAL_S_MAX)));
    }
    // Without witnesses the defaults must do.
    if !asked.is_empty() && settings.quorum == 0 {
        return Err(wrong("quorum", "write at least 1, or take the witnesses out".into()));
    }
    let needed = if asked.is_empty() { 0 } else { settings.quorum };
    let keys: Vec<(NoteVerifier, bool)> = asked.iter().map(|one| (one.key.clone(), one.required)).collect();
    let policy = Witnesses::of(&keys, needed).map_err(|error| wrong("quorum", error.to_string()))?;
    Ok(Witnessing {
        asked,
        policy,
        interval: Duration::from_secs(settings.interval_s),
        lag: Duration::from_secs(settings.lag_s),
    })
}

impl WitnessConfig {
    fn wrong(&self, field: &'static str, what: String) -> SettingError {
        SettingError::Witness { name: self.name.clone(), field, what }
    }

    fn checked(&self) -> Result<Asked, SettingError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.name.is_empty() || self.name.len() > 64 || !self.name.bytes().all(plain) {
            return Err(self.wrong("name", "write 1 to 64 lower-case letters, digits and hyphens".into()));
        }
        let url = self.checked_url().map_err(|what| self.wrong("url", what.into()))?;
        let key = NoteVerifier::parse(&self.vkey).map_err(|error| self.wrong("vkey", error.to_string()))?;
        if key.vkey().key_type() != crate::codec::note::KeyType::CosignatureEd25519 {
            return Err(self.wrong("vkey", "it is the key of a log; a witness's has the type 04".into()));
        }
        let (required, allow_private) = (self.required, self.allow_private);
        Ok(Asked { name: self.name.clone(), url, key, required, allow_private })
    }

    fn checked_url(&self) -> Result<String, &'static str> {
        let (rest, clear) = match (self.url.strip_prefix("https://"), self.url.strip_prefix("http://")) {
            (Some(rest), _) => (rest, false),
            (_, Some(rest)) => (rest, true),
            _ => return Err("write https://HOST/PREFIX"),
        };
        let host = rest.split('/').next().unwrap_or_default();
        let visible = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}#?".contains(&b);
        if host.is_empty() || host.contains('@') || !self.url.bytes().all(visible) || self.url.len() > 2_048 {
            return Err(
                "write https://HOST/PREFIX in at most 2,048 printable characters, without a name, password, query or fragment",
            );
        }
        if clear && !self.allow_private {
            return Err("write https://, or allow_private = true for an address of your own network");
        }
        Ok(self.url.trim_end_matches('/').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::note::KeyType,
        crypto::{NoteSigner, SecretKey},
    };

    fn vkey(name: &str, seed: u8, kind: KeyType) -> String {
        NoteSigner::new(name, kind, SecretKey::from_seed(&[seed; 32])).unwrap().vkey().to_string()
    }

    fn section(name: &str, seed: u8) -> WitnessConfig {
        WitnessConfig {
            name: name.into(),
            url: "https://witness.example/w/".into(),
            vkey: vkey(name, seed, KeyType::CosignatureEd25519),
            required: false,
            allow_private: false,
        }
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let settings = WitnessingConfig::default();
        let found = witnessing(&[section("one", 1), section("two", 2)], &settings).unwrap();
        assert_eq!(found.asked[0].url, "https://witness.example/w");
        assert!(witnessing(&[], &settings).unwrap().asked.is_empty());
        type Change = fn(&mut WitnessConfig);
        let wrong: [(&str, Change); 9] = [
            ("name", |s| s.name = "../x".into()),
            ("name", |s| s.name = String::new()),
            ("url", |s| s.url = "ftp://x".into()),
            ("url", |s| s.url = "https://".into()),
            ("url", |s| s.url = "https://me:pw@x/".into()),
            ("url", |s| s.url = "https://x/?a".into()),
            ("url", |s| s.url = "http://x/".into()),
            ("vkey", |s| s.vkey = "nonsense".into()),
            ("vkey", |s| s.vkey = vkey("one", 1, KeyType::Ed25519)),
        ];
        for (field, change) in wrong {
            let mut bad = section("one", 1);
            change(&mut bad);
            let error = witnessing(&[bad], &settings).unwrap_err();
            assert!(matches!(&error, SettingError::Witness { field: found, .. } if *found == field), "{error}");
        }
        for sections in [[section("one", 1), section("one", 2)], [section("one", 1), section("two", 1)]] {
            witnessing(&sections, &settings).unwrap_err();
        }
        for (quorum, interval_s) in [(0, 10), (3, 10), (1, 0), (1, u64::MAX)] {
            let settings = WitnessingConfig { quorum, interval_s, lag_s: 1 };
            witnessing(&[section("one", 1), section("two", 2)], &settings).unwrap_err();
        }
    }
}
