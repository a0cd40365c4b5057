//! Founding the ledger of the story: its folder, its keys, its settings.

use super::{cast::Cast, unexpected};
use crate::{
    cli::{
        Context,
        config::{self, Config},
        failure::{Done, Failure},
        ledger_failure, signer,
    },
    event::body::Officer,
    ledger::{Founding, Host, Ledger, key_entry},
    policy::Bundle,
};
use std::{fs, path::Path};

/// The log's name on every checkpoint and receipt. `example` is no one's (RFC 2606).
pub const ORIGIN: &str = "bank.example/credit-risk";

/// A new ledger with two officers, and everybody's keys in its `keys/`.
///
/// # Errors
/// When the folder is not empty, or the disk fails.
pub fn found(folder: &Path, host: &Host) -> Done<(Ledger, Cast)> {
    must_be_empty(folder)?;
    let cast = Cast::new(ORIGIN)?;
    let officers = [&cast.olga, &cast.otto];
    let founding = Founding {
        origin: ORIGIN.parse().map_err(|error| unexpected(format!("{error}")))?,
        officers: officers.map(|officer| Officer { actor: officer.actor.clone(), key: key_entry(&officer.key) }).into(),
        quorum: 1,
        policy: Bundle::embedded(),
        log_key: signer::new_secret()?,
    };
    let options = Context::options(&Config::default())?;
    let ledger = Ledger::create(folder, founding, &options, host).map_err(|error| ledger_failure::of(&error))?;
    cast.keep_keys(folder)?;
    let path = folder.join(config::FILE);
    fs::write(&path, settings(&cast)).map_err(|error| Failure::io("write", &path, &error))?;
    Ok((ledger, cast))
}

fn must_be_empty(folder: &Path) -> Done {
    let taken = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::io("look into", folder, &error)),
    };
    if !taken {
        return Ok(());
    }
    let next = "name another folder (`sagwan demo FOLDER`), or delete this one if it is an old demo";
    Err(Failure::usage(format!("{} is not empty: the demo makes a ledger of its own", folder.display()), next))
}

/// The commented defaults, with Olga as the one who signs what is recorded next.
fn settings(cast: &Cast) -> String {
    let line = |text: &str| -> Option<String> {
        let key = text.trim_start_matches(['#', ' ']);
        if key.starts_with("actor = ") {
            return Some(format!("actor = \"{}\"", cast.olga.actor));
        }
        key.starts_with("key = ").then(|| format!("key = \"keys/{}\"", signer::key_file(&cast.olga.actor)))
    };
    let mut client = false;
    let lines = config::TEMPLATE.lines().map(|text| {
        if text.starts_with('[') {
            client = text.starts_with("[client]");
        }
        line(text).filter(|_| client).unwrap_or_else(|| text.to_owned())
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
