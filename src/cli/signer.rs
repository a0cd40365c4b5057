//! Who signs, and where it goes: the options shared by every command that records.

use super::{
    Context,
    config::Found,
    failure::{Done, Failure, Kind},
};
use crate::{
    crypto::{Algorithm, KeyError, PublicKey, SecretKey},
    event::{
        ActorId, Bytes,
        body::{KeyAlgorithm, KeyEntry},
    },
    ledger::Author,
};
use std::path::{Path, PathBuf};

/// Who signs, and where it goes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Signing and sending")]
pub struct SignerArgs {
    /// Who signs, `user:NAME` or `service:NAME`; otherwise client.actor of sagwan.toml.
    #[arg(long, value_name = "ACTOR", env = "SAGWAN_ACTOR")]
    pub actor: Option<ActorId>,
    /// The private key, a PKCS#8 PEM file; otherwise client.key of sagwan.toml.
    #[arg(long, value_name = "FILE", env = "SAGWAN_KEY")]
    pub key: Option<PathBuf>,
    /// Send to this server instead of the folder; otherwise client.server of sagwan.toml.
    #[arg(long, value_name = "URL", env = "SAGWAN_SERVER")]
    pub server: Option<String>,
    /// Let the server sign for the bearer of this token (better given by SAGWAN_TOKEN than in the command line).
    #[arg(long, env = "SAGWAN_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The token to look things up with at a server, and to put profiles and components there (scope `record`), where the
    /// statement is signed here (better given by SAGWAN_READ_TOKEN).
    #[arg(long, env = "SAGWAN_READ_TOKEN", hide_env_values = true)]
    pub read_token: Option<String>,
}

impl SignerArgs {
    /// The actor and key that sign.
    ///
    /// # Errors
    /// When one of them is not given, or the key cannot be read.
    pub fn author(&self, settings: &Found) -> Done<Author> {
        let actor = self.actor.clone().or_else(|| settings.config.client.actor.clone()).ok_or_else(|| {
            Failure::usage("nobody to sign", "give --actor, set SAGWAN_ACTOR, or client.actor in sagwan.toml")
        })?;
        let configured = || settings.config.client.key.as_ref().map(|key| settings.base.join(key));
        let path = self.key.clone().or_else(configured).ok_or_else(|| {
            Failure::usage("no key to sign with", "give --key, set SAGWAN_KEY, or client.key in sagwan.toml")
        })?;
        Ok(Author { actor, key: read_secret(&path)?, audience: None })
    }

    /// The server to send to, if any.
    #[must_use]
    pub fn server(&self, settings: &Found) -> Option<String> {
        self.server.clone().or_else(|| settings.config.client.server.clone())
    }
}

/// Reads a private key from a PKCS#8 PEM file that nobody else may read.
///
/// # Errors
/// When the file is missing, open to others, or no such key.
pub fn read_secret(path: &Path) -> Done<SecretKey> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |error: std::io::Error| Failure::io("read the key", path, &error);
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::usage(
            format!("the key {} may be read by others (mode {:o})", path.display(), mode & 0o777),
            format!("run `chmod 600 {}`, and replace the key if others may have read it", path.display()),
        ));
    }
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    let name = path.display();
    SecretKey::from_pem(&text).map_err(|error| match error {
        KeyError::Encrypted => Failure::invalid(
            format!("{name}: the key is encrypted, and encrypted keys are not supported"),
            format!("decrypt it: `(umask 077; openssl pkey -in {name} -out PLAIN.pem)`, and give PLAIN.pem"),
        ),
        error => Failure::invalid(
            format!("{name}: {error}"),
            "give a PKCS#8 Ed25519 key: `sagwan key new` or `openssl genpkey -algorithm ed25519` make one",
        ),
    })
}

/// Reads a public key from a PEM file, public or private.
///
/// # Errors
/// When the file cannot be read or holds neither.
pub fn read_public(path: &Path) -> Done<PublicKey> {
    let text = zeroize::Zeroizing::new(
        std::fs::read_to_string(path).map_err(|error| Failure::io("read the key", path, &error))?,
    );
    if text.contains("PRIVATE KEY") {
        return read_secret(path).map(|key| key.public().clone());
    }
    PublicKey::from_pem(&text).map_err(|error| {
        Failure::invalid(
            format!("{}: {error}", path.display()),
            "give an Ed25519 key in PEM: `sagwan key public FILE` prints one",
        )
    })
}

/// A public key, as events name it.
#[must_use]
pub fn public_entry(key: &PublicKey) -> KeyEntry {
    let Algorithm::Ed25519 = key.algorithm();
    KeyEntry { algorithm: KeyAlgorithm::Ed25519, public: Bytes(key.raw().to_vec()) }
}

/// A new key from the system's randomness.
///
/// # Errors
/// When the system has none.
pub fn new_secret() -> Done<SecretKey> {
    let mut outcome = Ok(());
    let key = SecretKey::generate(&mut |bytes| outcome = getrandom::fill(bytes));
    outcome.map_err(|error| no_randomness(&error))?;
    Ok(key)
}

/// Random bytes, fit for salts and names.
///
/// # Errors
/// When the system has none.
pub fn random<const N: usize>() -> Done<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| no_randomness(&error))?;
    Ok(bytes)
}

fn no_randomness(error: &getrandom::Error) -> Failure {
    Failure::new(Kind::Io, format!("the system gives no random bytes: {error}"), "check /dev/urandom")
}

/// Writes a new private key, readable by its owner only; never over a file that is there.
///
/// # Errors
/// When the file is there already or cannot be written.
pub fn write_secret(path: &Path, key: &SecretKey) -> Done {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let failed = |error: std::io::Error| Failure::io("write the key", path, &error);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(key.to_pem().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// The file name of an actor's key: `user:ana` gives `user-ana.pem`.
#[must_use]
pub fn key_file(actor: &ActorId) -> String {
    format!("{}.pem", actor.as_str().replace(':', "-"))
}

impl Context {
    /// Seconds since 1970, as a statement's signing time.
    #[must_use]
    pub fn now_s(&self) -> u64 {
        u64::try_from(self.now().0 / 1_000).unwrap_or_default()
    }
}
