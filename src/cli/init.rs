//! `sagwan init`: founds a ledger in a new folder.

use super::{
    Context,
    config::{self, Config},
    failure::{Done, Failure},
    ledger_failure, log_pub, open,
    policy::source,
    signer,
};
use crate::{
    codec::note::{KeyType, Vkey},
    crypto::SecretKey,
    event::{ActorId, Text, body::Officer},
    ledger::{Founding, Ledger, key_entry},
    policy::{Bundle, Policy, PolicyError},
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Found a ledger in a new folder: its keys, its officers, its policy, its settings.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan init ledger
  sagwan init ledger --origin example.org/ml --officer user:ana=ana.pub.pem --officer user:ben=ben.pub.pem --quorum 2

The default policy observes in dev, warns in staging and enforces in prod; stages.toml of its bundle says so.")]
pub struct Args {
    /// The folder, which must be new or empty; otherwise the one of --ledger.
    folder: Option<PathBuf>,
    /// The log's name, on every checkpoint and receipt for good: a host and path that are yours.
    #[arg(long, value_name = "NAME", default_value = "localhost/sagwan")]
    origin: Text,
    /// An officer, and his public key (or private key) in PEM; without a key one is made in keys/. Repeat for more.
    #[arg(long = "officer", value_name = "ACTOR[=FILE]", default_value = "user:officer")]
    officers: Vec<String>,
    /// How many different officers must approve a policy.
    #[arg(long, default_value_t = 1)]
    quorum: u32,
    /// A folder of policy files; otherwise ./policies if it is there, otherwise the built-in default.
    #[arg(long, value_name = "FOLDER")]
    policies: Option<PathBuf>,
    /// The built-in default policy, even where ./policies is there.
    #[arg(long, conflicts_with = "policies")]
    default_policy: bool,
    /// The log's private key, a PKCS#8 PEM file; otherwise one is made.
    #[arg(long, value_name = "FILE")]
    log_key: Option<PathBuf>,
}

/// Founds the ledger.
///
/// # Errors
/// When the folder is in use, a key or the policy is not sound, or the disk fails.
pub fn run(args: &Args, context: &Context) -> Done {
    let folder = args
        .folder
        .as_deref()
        .or(context.named_folder())
        .ok_or_else(|| Failure::usage("no folder for the ledger", "write `sagwan init FOLDER`"))?;
    let (policy, policy_from) = policy(args)?;
    let people = officers(args)?;
    let log_key = args.log_key.as_deref().map_or_else(signer::new_secret, signer::read_secret)?;
    Vkey::new(args.origin.as_str(), KeyType::Ed25519, log_key.public().raw()).map_err(|error| {
        Failure::usage(
            format!("--origin {:?}: {error}", args.origin.as_str()),
            "write a host and path such as example.org/ml, without spaces or `+`",
        )
    })?;
    let founding = Founding {
        origin: args.origin.clone(),
        officers: people.iter().map(|person| person.officer.clone()).collect(),
        quorum: args.quorum,
        policy,
        log_key,
    };
    let options = Context::options(&Config::default())?;
    let ledger =
        Ledger::create(folder, founding, &options, &open::host()).map_err(|error| ledger_failure::of(&error))?;
    let (size, vkey) = (ledger.head().size, log_pub::of(&ledger)?.join(" "));
    ledger.close().map_err(|error| ledger_failure::of(&error))?;
    let made = write_keys(folder, &people)?;
    write_settings(folder, &people, &made)?;
    report(args, context, folder, &people, &policy_from, &vkey, size)
}

fn report(
    args: &Args,
    context: &Context,
    folder: &Path,
    people: &[Person],
    policy_from: &str,
    vkey: &str,
    size: u64,
) -> Done {
    let officers: Vec<_> = people.iter().map(|person| person.officer.actor.as_str()).collect();
    if context.printer.json {
        return context.printer.value(&json!({
            "folder": folder, "origin": args.origin, "officers": officers, "quorum": args.quorum,
            "policy": policy_from, "log_key": vkey, "size": size,
        }));
    }
    context.printer.fields(&[
        ("ledger", folder.display().to_string()),
        ("origin", args.origin.to_string()),
        ("officers", format!("{} (quorum {})", officers.join(", "), args.quorum)),
        ("policy", policy_from.to_owned()),
        ("log key", format!("{vkey} (log.pub: give it to whoever verifies)")),
    ])?;
    context.printer.note(&format!("next: sagwan --ledger {} status", folder.display()));
    if people.iter().any(|person| person.made.is_some()) {
        context.printer.note("the officers' keys are in keys/: move them to their owners");
    }
    Ok(())
}

/// An officer to be, and the key that was made for him here.
struct Person {
    officer: Officer,
    made: Option<SecretKey>,
}

fn officers(args: &Args) -> Done<Vec<Person>> {
    let person = |text: &String| {
        let (actor, file) = text.split_once('=').map_or((text.as_str(), None), |(actor, file)| (actor, Some(file)));
        let actor: ActorId =
            actor.parse().map_err(|error| Failure::usage(format!("{error}"), "write --officer user:NAME"))?;
        match file {
            Some(file) => {
                let public = signer::read_public(Path::new(file))?;
                Ok(Person { officer: Officer { actor, key: signer::public_entry(&public) }, made: None })
            }
            None => {
                let key = signer::new_secret()?;
                Ok(Person { officer: Officer { actor, key: key_entry(&key) }, made: Some(key) })
            }
        }
    };
    args.officers.iter().map(person).collect()
}

/// The policy bundle, and where it is from.
fn policy(args: &Args) -> Done<(Bundle, String)> {
    let here = Path::new("policies");
    let folder = match &args.policies {
        Some(folder) => Some(folder.as_path()),
        None if !args.default_policy && here.join("model.conf").is_file() => Some(here),
        None => None,
    };
    let wrong = |error: &PolicyError| {
        let place = folder.map_or_else(|| "the built-in policy".to_owned(), |folder| folder.display().to_string());
        source::refused(&place, error)
    };
    let bundle = match folder {
        Some(folder) => Bundle::from_files(source::read_parts(folder)?).map_err(|error| wrong(&error))?,
        None => Bundle::embedded(),
    };
    let policy = Policy::load(&bundle).map_err(|error| wrong(&error))?;
    if let Some(never) = policy.unchangeable() {
        let next = "let officers propose and approve policy/* in prod; `sagwan policy check` says what else is wrong";
        return Err(Failure::invalid(format!("the ledger would be frozen: {}", never.message), next));
    }
    let place = folder.map_or_else(|| "built-in".to_owned(), |folder| folder.display().to_string());
    Ok((bundle, format!("{place} ({})", policy.digest())))
}

fn write_keys(folder: &Path, people: &[Person]) -> Done<Vec<(ActorId, PathBuf)>> {
    let mut made = Vec::new();
    for person in people {
        if let Some(key) = &person.made {
            let path = Path::new("keys").join(signer::key_file(&person.officer.actor));
            signer::write_secret(&folder.join(&path), key)?;
            made.push((person.officer.actor.clone(), path));
        }
    }
    Ok(made)
}

/// The template, with the first officer whose key was made here as the one who signs.
fn write_settings(folder: &Path, people: &[Person], made: &[(ActorId, PathBuf)]) -> Done {
    let mut text = config::TEMPLATE.to_owned();
    let first = people.first().map(|person| &person.officer.actor);
    if let Some((actor, key)) = made.first().filter(|(actor, _)| Some(actor) == first) {
        text = text.replace("#   actor = \"user:ana\"", &format!("actor = \"{actor}\""));
        text = text.replace("#   key = \"keys/user-ana.pem\"", &format!("key = \"{}\"", key.display()));
    }
    let path = folder.join(config::FILE);
    fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))
}
