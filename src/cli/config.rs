//! `sagwan.toml`: every setting, its default, and where the file is found.

use super::failure::{Done, Failure};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The name of the file, looked for in the ledger's folder.
pub const FILE: &str = "sagwan.toml";

/// The file that `init` writes: every key as a comment that shows its default.
pub const TEMPLATE: &str = include_str!("sagwan.toml.template");

/// All settings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The ledger itself.
    pub ledger: LedgerSection,
    /// `sagwan serve`.
    pub server: ServerSection,
    /// The commands that record.
    pub client: ClientSection,
}

/// Settings of the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerSection {
    /// The ledger's folder, relative to the file.
    pub folder: PathBuf,
    /// Threads that check signatures; 0 means one a core.
    pub verify_threads: usize,
    /// Statements that may wait for their batch.
    pub queue_statements_max: usize,
    /// Records after which the index is written to disk.
    pub stride_records: u64,
    /// Memory for the index's cache, in bytes.
    pub index_cache_bytes: u64,
    /// Where the index lives.
    pub index: IndexPlace,
}

/// Where the index lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexPlace {
    /// On disk.
    Sled,
    /// In memory, made anew at every start.
    Memory,
}

impl Default for LedgerSection {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("."),
            verify_threads: 0,
            queue_statements_max: 4_096,
            stride_records: 8_192,
            index_cache_bytes: 64 * 1_024 * 1_024,
            index: IndexPlace::Sled,
        }
    }
}

/// Settings of `sagwan serve`. An empty path means none.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSection {
    /// Address and port to listen on.
    pub listen: String,
    /// TLS certificate chain, a PEM file.
    pub tls_cert: PathBuf,
    /// TLS private key, a PEM file.
    pub tls_key: PathBuf,
    /// File of bearer tokens.
    pub tokens: PathBuf,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7433".into(),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            tokens: PathBuf::new(),
        }
    }
}

/// Settings of the commands that record. An empty text or path means none.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSection {
    /// Who signs.
    pub actor: String,
    /// The private key, a PKCS#8 PEM file.
    pub key: PathBuf,
    /// Record through this server.
    pub server: String,
    /// Further certificates to trust for the server, a PEM file.
    pub server_ca: PathBuf,
    /// Seconds to wait for a ledger that another process has open.
    pub wait_s: u64,
    /// Seconds after which a request is given up.
    pub timeout_s: u64,
    /// Folder of statements that could not be recorded.
    pub spool: PathBuf,
}

impl Default for ClientSection {
    fn default() -> Self {
        Self {
            actor: String::new(),
            key: PathBuf::new(),
            server: String::new(),
            server_ca: PathBuf::new(),
            wait_s: 5,
            timeout_s: 30,
            spool: PathBuf::from("spool"),
        }
    }
}

/// A configuration and the folder that its relative paths start from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The settings.
    pub config: Config,
    /// Where relative paths start.
    pub base: PathBuf,
}

impl Found {
    /// `path` as the file means it; `None` when it is empty.
    #[must_use]
    pub fn path(&self, path: &Path) -> Option<PathBuf> {
        (!path.as_os_str().is_empty()).then(|| self.base.join(path))
    }

    /// The ledger's folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.base.join(&self.config.ledger.folder)
    }
}

/// Finds and reads the settings: `file` if it is given; else `sagwan.toml` in `folder`; else in the working folder or
/// the nearest folder above it that has one. `None` when there is no file and no folder was given.
///
/// # Errors
/// When a file is there and cannot be read, or says something unknown.
pub fn find(file: Option<&Path>, folder: Option<&Path>) -> Done<Option<Found>> {
    if let Some(file) = file {
        let base = parent(file);
        return match folder {
            Some(folder) => read(file, &base).map(|found| Some(with_folder(found, folder))),
            None => read(file, &base).map(Some),
        };
    }
    if let Some(folder) = folder {
        let file = folder.join(FILE);
        let found = Found { config: Config::default(), base: folder.to_owned() };
        return if file.is_file() { read(&file, folder).map(Some) } else { Ok(Some(found)) };
    }
    let here = std::env::current_dir().map_err(|error| Failure::io("find", Path::new("."), &error))?;
    let nearest = here.ancestors().find(|folder| folder.join(FILE).is_file());
    nearest.map(|folder| read(&folder.join(FILE), folder)).transpose()
}

/// A folder named on the command line wins over the file's.
fn with_folder(mut found: Found, folder: &Path) -> Found {
    found.config.ledger.folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    found
}

fn parent(file: &Path) -> PathBuf {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn read(file: &Path, base: &Path) -> Done<Found> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
    let config = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        let message = error.message().replace('\n', " ");
        Failure::usage(
            format!("{} line {line}: {message}", file.display()),
            "correct that line; docs/cli.md lists every key",
        )
    })?;
    Ok(Found { config, base: base.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The template with every `# key = value` made a setting.
    fn uncommented() -> String {
        let setting = |line: &str| {
            line.strip_prefix("# ")
                .filter(|rest| {
                    rest.split_once(" = ")
                        .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
                })
                .map(str::to_owned)
        };
        TEMPLATE.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
    }

    #[test]
    fn the_template_is_the_defaults() {
        assert_eq!(toml::from_str::<Config>(TEMPLATE).unwrap(), Config::default());
        assert_eq!(toml::from_str::<Config>(&uncommented()).unwrap(), Config::default());
    }

    #[test]
    fn the_template_shows_every_key() {
        let shown: toml::Table = toml::from_str(&uncommented()).unwrap();
        // The derived deserializer names the fields that it knows when it meets another one.
        for (section, keys) in &shown {
            let error = toml::from_str::<Config>(&format!("[{section}]\nno_such_key = 1")).unwrap_err().to_string();
            let known = error.split("expected").nth(1).unwrap().matches('`').count() / 2;
            assert_eq!(keys.as_table().unwrap().len(), known, "[{section}]: {error}");
        }
        assert_eq!(shown.len(), 3);
    }

    #[test]
    fn an_unknown_key_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[ledger]\nfolder = \".\"\nfoldr = \".\"\n").unwrap();
        let failure = find(None, Some(folder.path())).unwrap_err();
        assert!(failure.what.contains("line 3") && failure.what.contains("foldr"), "{failure}");
    }
}
