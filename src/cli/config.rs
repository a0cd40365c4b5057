//! `sagwan.toml`: every setting, its default, and where the file is found.

use super::failure::{Done, Failure, Kind};
use crate::{
    event::{ActorId, limits::CLIENT_PATIENCE_S_MAX},
    notify::{self, Endpoint, WebhookConfig},
    plugin::PluginConfig,
    server::ServerConfig,
    witness::{self, WitnessConfig, Witnessing, WitnessingConfig},
};
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
    /// `sagwan serve`; its file names are relative to the file.
    pub server: ServerConfig,
    /// The commands that record.
    pub client: ClientSection,
    /// What a call of a plugin may use here.
    pub plugin: PluginConfig,
    /// Who is told of what is recorded; file names are relative to the file.
    pub webhook: Vec<WebhookConfig>,
    /// Who signs that the ledger only grows.
    pub witness: Vec<WitnessConfig>,
    /// How they are asked, and how many must.
    pub witnessing: WitnessingConfig,
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
    /// Where the index lives.
    pub index: IndexPlace,
}

/// Where the index lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexPlace {
    /// On disk.
    Disk,
    /// In memory, made anew at every start.
    Memory,
}

impl Default for LedgerSection {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("."),
            verify_threads: 0,
            queue_statements_max: 8_192,
            stride_records: 32_768,
            index: IndexPlace::Disk,
        }
    }
}

/// Settings of the commands that record.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSection {
    /// Who signs.
    pub actor: Option<ActorId>,
    /// The private key, a PKCS#8 PEM file.
    pub key: Option<PathBuf>,
    /// Record through this server.
    pub server: Option<String>,
    /// Certificates to trust for the server in the place of the public ones, a PEM file.
    pub server_ca: Option<PathBuf>,
    /// Seconds to wait for a ledger that another process has open.
    pub wait_s: u64,
    /// Seconds after which a request is given up, at least one.
    pub timeout_s: u64,
    /// Folder of statements that could not be recorded.
    pub spool: PathBuf,
}

impl Default for ClientSection {
    fn default() -> Self {
        Self {
            actor: None,
            key: None,
            server: None,
            server_ca: None,
            wait_s: 5,
            timeout_s: 30,
            spool: PathBuf::from("spool"),
        }
    }
}

impl ClientSection {
    /// Times that no clock could hold, or that nobody waits for.
    fn check(&self) -> Done {
        for (name, value) in [("client.wait_s", self.wait_s), ("client.timeout_s", self.timeout_s)] {
            if value > CLIENT_PATIENCE_S_MAX {
                return Err(Failure::usage(
                    format!("{name} is {value}, above the limit of {CLIENT_PATIENCE_S_MAX} seconds (a day)"),
                    format!("write a number of seconds from 0 to {CLIENT_PATIENCE_S_MAX}"),
                ));
            }
        }
        Ok(())
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
    /// The settings of the server, its file names as the file means them.
    #[must_use]
    pub fn server(&self) -> ServerConfig {
        let mut server = self.config.server.clone();
        let absolute = |path: &mut PathBuf| *path = self.base.join(&*path);
        server.tokens.as_mut().into_iter().for_each(absolute);
        if let Some(gateway) = &mut server.gateway {
            absolute(&mut gateway.key);
        }
        if let Some(tls) = &mut server.tls {
            absolute(&mut tls.certificate);
            absolute(&mut tls.key);
        }
        server
    }

    /// The webhooks, their settings checked.
    ///
    /// # Errors
    /// When a setting cannot work.
    pub fn webhooks(&self) -> Done<Vec<Endpoint>> {
        notify::endpoints(&self.config.webhook, &self.base).map_err(|error| {
            Failure::usage(error.to_string(), "correct [[webhook]] of sagwan.toml; docs/webhooks.md lists its settings")
        })
    }

    /// The witnesses, their settings checked.
    ///
    /// # Errors
    /// When a setting cannot work.
    pub fn witnessing(&self) -> Done<Witnessing> {
        witness::witnessing(&self.config.witness, &self.config.witnessing).map_err(|error| {
            Failure::usage(error.to_string(), "correct it in sagwan.toml; docs/witness.md lists the settings")
        })
    }

    /// The ledger's folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        // Put together anew, without the `.` that is the default: messages show the path.
        self.base.join(&self.config.ledger.folder).components().collect()
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
    let text = std::fs::read_to_string(file).map_err(|error| match Failure::io("read", file, &error) {
        failure if failure.kind == Kind::Invalid => Failure { kind: Kind::Usage, ..failure },
        failure => failure,
    })?;
    let config: Config = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        let message = error.message().replace('\n', " ");
        Failure::usage(
            format!("{} line {line}: {message}", file.display()),
            "correct that line; docs/cli.md lists every key",
        )
    })?;
    config.client.check().map_err(|failure| failure.within(&file.display().to_string()))?;
    Ok(Found { config, base: base.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The template with its commented lines made settings: `# key = default`, and with `examples` also
    /// `#   key = example`, which stands where there is no default.
    fn uncommented(examples: bool) -> String {
        let setting = |line: &str| {
            let rest = line.strip_prefix("# ")?;
            let example = rest.starts_with("  ");
            let rest = rest.trim_start();
            let key = match rest.split_once(" = ") {
                Some((key, _)) => key,
                None => rest.strip_prefix('[')?.strip_suffix(']')?.trim_matches(['[', ']']),
            };
            let is_key = key.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'));
            (is_key && (examples || !example)).then(|| rest.to_owned())
        };
        TEMPLATE.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
    }

    #[test]
    fn the_template_is_the_defaults() {
        assert_eq!(toml::from_str::<Config>(TEMPLATE).unwrap(), Config::default());
        assert_eq!(toml::from_str::<Config>(&uncommented(false)).unwrap(), Config::default());
        let shown = uncommented(false).lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).count();
        assert!(shown > 25, "only {shown} defaults are shown");
    }

    #[test]
    fn the_template_shows_every_key() {
        let shown: toml::Table = toml::from_str(&uncommented(true)).unwrap();
        let config: Config = toml::from_str(&uncommented(true)).unwrap();
        assert!(config.client.actor.is_some() && config.server.tls.is_some() && config.server.gateway.is_some());
        every_key(&shown, "");
        for list in ["webhook", "witness"] {
            let section = shown[list][0].as_table().unwrap();
            let error = toml::from_str::<Config>(&format!("[[{list}]]\nno_such_key = 1")).unwrap_err().to_string();
            let known: Vec<&str> = error.split("expected").nth(1).unwrap().split('`').skip(1).step_by(2).collect();
            assert!(known.len() >= 5 && known.iter().all(|key| section.contains_key(*key)), "{known:?}");
        }
    }

    /// The derived deserializer names the fields that it knows when it meets another one.
    fn every_key(table: &toml::Table, prefix: &str) {
        for (name, value) in table {
            let Some(section) = value.as_table() else { continue };
            let path = format!("{prefix}{name}");
            let error = toml::from_str::<Config>(&format!("[{path}]\nno_such_key = 1")).unwrap_err().to_string();
            let known = error.split("expected").nth(1).unwrap();
            let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
            let mut missing = known.iter().filter(|key| !section.contains_key(**key));
            assert_eq!(missing.next(), None, "[{path}]");
            every_key(section, &format!("{path}."));
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[ledger]\nfolder = \".\"\nfoldr = \".\"\n").unwrap();
        let failure = find(None, Some(folder.path())).unwrap_err();
        assert!(failure.what.contains("line 3") && failure.what.contains("foldr"), "{failure}");
    }

    #[test]
    fn a_time_that_nobody_waits_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let read = |setting: &str| {
            std::fs::write(folder.path().join(FILE), format!("[client]\n{setting}\n")).unwrap();
            find(None, Some(folder.path()))
        };
        for name in ["wait_s", "timeout_s"] {
            for value in [CLIENT_PATIENCE_S_MAX + 1, i64::MAX as u64] {
                let failure = read(&format!("{name} = {value}")).unwrap_err();
                assert_eq!(failure.kind, Kind::Usage);
                assert!(failure.what.contains(&format!("client.{name} is {value}")), "{failure}");
                assert!(failure.what.contains("86400") && failure.next.contains("86400"), "{failure}");
            }
            for value in [0, CLIENT_PATIENCE_S_MAX] {
                assert!(read(&format!("{name} = {value}")).unwrap().is_some());
            }
        }
    }
}
