//! The settings of webhooks: the `[[webhook]]` sections of `sagwan.toml`. Unknown names are refused.

use super::{secret::Secret, select::Selection};
use crate::{
    event::{Env, limits},
    storage::io::{Io, read_file},
};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why settings cannot work.
#[derive(Debug, Error)]
pub enum SettingError {
    /// A value that cannot work.
    #[error("[[webhook]] {name:?}: {field}: {what}")]
    Value {
        /// The webhook's name, as it is written.
        name: String,
        /// The setting.
        field: &'static str,
        /// What is wrong, and what to write.
        what: String,
    },
    /// Too many.
    #[error("{count} [[webhook]] sections: at most {limit} endpoints are served, each has a thread", limit = limits::WEBHOOKS_MAX)]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Two of one name.
    #[error(
        "two [[webhook]] sections are named {name:?}: what waits for each is kept by its name, so give each its own"
    )]
    Twice {
        /// The name.
        name: String,
    },
    /// A secret file that cannot be used.
    #[error("the secret file {}: {what}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
}

/// One `[[webhook]]` section.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// What it is called: lower-case letters, digits and hyphens. What waits for it is kept under this name.
    pub name: String,
    /// Where messages go: `https://…`; `http://…` only to private addresses, and with `allow_private`.
    pub url: String,
    /// The file with the shared secret, `whsec_…`; a further line is an older secret that still signs.
    pub secret_file: PathBuf,
    /// The kinds of event that are sent: `retrain.requested`, or `alert.*`.
    pub kinds: Vec<String>,
    /// Only events of these environments; all where it is left out.
    #[serde(default)]
    pub environments: Vec<Env>,
    /// Only events about these subjects: `model/credit@3`, `model/credit@*` or `model/*`; all where it is left out.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// Send also to addresses that are not of the public internet: this machine, this network.
    #[serde(default)]
    pub allow_private: bool,
    /// Attempts before a message is given up.
    #[serde(default = "attempts_default")]
    pub attempts: u32,
    /// Milliseconds before the second attempt; each further wait is four times as long.
    #[serde(default = "retry_ms_default")]
    pub retry_ms: u64,
}

fn attempts_default() -> u32 {
    limits::WEBHOOK_ATTEMPTS_DEFAULT
}

fn retry_ms_default() -> u64 {
    limits::WEBHOOK_RETRY_MS_DEFAULT
}

/// An endpoint whose settings work.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Where messages go.
    pub url: String,
    /// What is sent.
    pub selection: Selection,
    /// Addresses that are not public are allowed.
    pub allow_private: bool,
    /// Attempts before a message is given up.
    pub attempts: u32,
    /// Milliseconds before the second attempt.
    pub retry_ms: u64,
    secret_file: PathBuf,
}

/// Checks the sections; file names are relative to `base`.
///
/// # Errors
/// [`SettingError::Value`], [`SettingError::Twice`] and [`SettingError::TooMany`].
pub fn endpoints(sections: &[WebhookConfig], base: &Path) -> Result<Vec<Endpoint>, SettingError> {
    if sections.len() > limits::WEBHOOKS_MAX {
        return Err(SettingError::TooMany { count: sections.len() });
    }
    let mut names = BTreeSet::new();
    sections
        .iter()
        .map(|section| {
            let endpoint = section.checked(base)?;
            if names.insert(&section.name) {
                Ok(endpoint)
            } else {
                Err(SettingError::Twice { name: section.name.clone() })
            }
        })
        .collect()
}

impl WebhookConfig {
    fn checked(&self, base: &Path) -> Result<Endpoint, SettingError> {
        let wrong = |field, what: String| SettingError::Value { name: self.name.clone(), field, what };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.name.is_empty() || self.name.len() > 64 || !self.name.bytes().all(plain) {
            return Err(wrong("name", "write 1 to 64 lower-case letters, digits and hyphens".into()));
        }
        self.check_url().map_err(|what| wrong("url", what))?;
        if !(1..=limits::WEBHOOK_ATTEMPTS_MAX).contains(&self.attempts) {
            return Err(wrong("attempts", format!("write a number from 1 to {}", limits::WEBHOOK_ATTEMPTS_MAX)));
        }
        if self.retry_ms > limits::WEBHOOK_RETRY_MS_MAX {
            return Err(wrong("retry_ms", format!("write at most {} (eight hours)", limits::WEBHOOK_RETRY_MS_MAX)));
        }
        let selection = Selection::new(&self.kinds, &self.environments, &self.subjects);
        let selection = selection.map_err(|(field, what)| wrong(field, what))?;
        Ok(Endpoint {
            name: self.name.clone(),
            url: self.url.clone(),
            selection,
            allow_private: self.allow_private,
            attempts: self.attempts,
            retry_ms: self.retry_ms,
            secret_file: base.join(&self.secret_file),
        })
    }

    fn check_url(&self) -> Result<(), String> {
        let (url, clear) = match (self.url.strip_prefix("https://"), self.url.strip_prefix("http://")) {
            (Some(rest), _) => (rest, false),
            (_, Some(rest)) => (rest, true),
            _ => return Err("write https://HOST/PATH".into()),
        };
        let host = url.split(['/', '?']).next().unwrap_or_default();
        let visible = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b);
        if host.is_empty() || host.contains('@') || !self.url.bytes().all(visible) || self.url.len() > 2_048 {
            return Err(
                "write https://HOST/PATH in at most 2,048 printable characters, without a name, password or fragment"
                    .into(),
            );
        }
        if clear && !self.allow_private {
            return Err("http:// sends what is recorded in the clear: write https://, or allow_private = true for an address of your own network".into());
        }
        Ok(())
    }
}

impl Endpoint {
    /// The shared secrets, the newest first. Read anew for each turn, so that a changed file needs no restart.
    ///
    /// # Errors
    /// [`SettingError::Secret`].
    pub fn secrets(&self, io: &dyn Io) -> Result<Vec<Secret>, SettingError> {
        let wrong = |what: String| SettingError::Secret { path: self.secret_file.clone(), what };
        let bytes = read_file(io, &self.secret_file, limits::WEBHOOK_SECRET_FILE_BYTES_MAX);
        let bytes = bytes.map_err(|error| wrong(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| wrong("is not there: `sagwan webhook secret FILE` makes one".into()))?;
        let text = zeroize::Zeroizing::new(String::from_utf8(bytes).map_err(|_| wrong("is not text".into()))?);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let secrets = lines.map(Secret::parse).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        if (1..=limits::WEBHOOK_SECRETS_MAX).contains(&secrets.len()) {
            Ok(secrets)
        } else {
            Err(wrong(format!(
                "holds {} secrets: write 1 to {}, one a line",
                secrets.len(),
                limits::WEBHOOK_SECRETS_MAX
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(change: impl FnOnce(&mut WebhookConfig)) -> WebhookConfig {
        let text = r#"name = "pipeline"
            url = "https://pipeline.example/hooks"
            secret_file = "keys/pipeline.secret"
            kinds = ["retrain.requested"]"#;
        let mut section = toml::from_str(text).unwrap();
        change(&mut section);
        section
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        endpoints(&[section(|_| ())], Path::new("base")).unwrap();
        type Change = fn(&mut WebhookConfig);
        let wrong: [(&str, Change); 15] = [
            ("name", |s| s.name = "Pipe line".into()),
            ("name", |s| s.name = "../x".into()),
            ("name", |s| s.name = String::new()),
            ("url", |s| s.url = "ftp://x/".into()),
            ("url", |s| s.url = "https://".into()),
            ("url", |s| s.url = "https:///path".into()),
            ("url", |s| s.url = "https://user:pw@x/".into()),
            ("url", |s| s.url = "https://x/\r\nhost: y".into()),
            ("url", |s| s.url = "http://x/".into()),
            ("kinds", |s| s.kinds = vec![]),
            ("kinds", |s| s.kinds = vec!["no.such".into()]),
            ("environments", |s| s.environments = vec![Env::Dev, Env::Dev]),
            ("subjects", |s| s.subjects = vec!["nothing".into()]),
            ("attempts", |s| s.attempts = 0),
            ("retry_ms", |s| s.retry_ms = u64::MAX),
        ];
        for (field, change) in wrong {
            let error = endpoints(&[section(change)], Path::new("base")).unwrap_err().to_string();
            assert!(error.contains(&format!(": {field}: ")), "{field}: {error}");
        }
        let many: Vec<_> = (0..17).map(|n| section(|s| s.name = format!("n{n}"))).collect();
        assert!(matches!(endpoints(&many, Path::new("b")), Err(SettingError::TooMany { count: 17 })));
        assert!(matches!(
            endpoints(&[many[0].clone(), many[0].clone()], Path::new("b")),
            Err(SettingError::Twice { .. })
        ));
        endpoints(&[section(|s| (s.url, s.allow_private) = ("http://127.0.0.1:9".into(), true))], Path::new("b"))
            .unwrap();
    }

    #[test]
    fn the_secret_file_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = endpoints(&[section(|s| s.secret_file = "s".into())], folder.path()).unwrap().remove(0);
        let read = |text: &str| {
            std::fs::write(folder.path().join("s"), text).unwrap();
            endpoint.secrets(&crate::storage::io::RealIo).map(|secrets| secrets.len())
        };
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(read(&format!("# new\n{secret}\n\n{secret}\n")).unwrap(), 2);
        for bad in ["", "# none", "secret", &format!("{secret}\n").repeat(5), &"x".repeat(5_000)] {
            assert!(matches!(read(bad), Err(SettingError::Secret { .. })), "{bad}");
        }
        std::fs::remove_file(folder.path().join("s")).unwrap();
        assert!(endpoint.secrets(&crate::storage::io::RealIo).unwrap_err().to_string().contains("webhook secret"));
    }
}
