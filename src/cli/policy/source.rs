//! Which policy a command means: a folder, the built-in one, or one that a ledger knows.

use crate::{
    cli::{
        Context, config,
        failure::{Done, Failure},
        ledger_failure,
    },
    event::{Digest, limits},
    ledger::Ledger,
    policy::{Bundle, Policy, PolicyError, is_part},
};
use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

/// The folder that is meant when none is named.
const FOLDER: &str = "policies";
/// The folder of rule files in it.
const RULES_FOLDER: &str = "rules";
/// The word for the policy that the ledger decides by.
pub const IN_FORCE: &str = "in-force";
/// The word for the policy that is compiled into this program.
pub const BUILT_IN: &str = "built-in";

/// A policy, and where it is from.
pub struct Loaded {
    /// Its files.
    pub bundle: Bundle,
    /// What they say.
    pub policy: Policy,
    /// What it is called in reports.
    pub name: String,
    /// The folder that it was read from, where it was one: tests stand beside it there.
    pub folder: Option<PathBuf>,
}

/// How a policy was named.
enum Named {
    Folder(PathBuf),
    BuiltIn,
    InForce,
    Digest(Digest),
    Index(u64),
}

fn named(text: Option<&str>) -> Named {
    let Some(text) = text else { return Named::Folder(PathBuf::from(FOLDER)) };
    match text {
        IN_FORCE => Named::InForce,
        BUILT_IN => Named::BuiltIn,
        _ => match (text.parse(), text.parse()) {
            (Ok(digest), _) => Named::Digest(digest),
            (_, Ok(index)) => Named::Index(index),
            _ => Named::Folder(PathBuf::from(text)),
        },
    }
}

/// Whether only a ledger knows the policy that `text` names.
#[must_use]
pub fn is_of_ledger(text: Option<&str>) -> bool {
    !matches!(named(text), Named::Folder(_) | Named::BuiltIn)
}

/// Loads the policy that `text` names: `in-force`, `built-in`, a digest, a log index, or a folder; `./policies` when
/// nothing is named. `ledger` is the one that is asked, and is opened when there is none yet.
///
/// # Errors
/// When there is no such policy, or it does not load.
pub fn load(context: &Context, ledger: &mut Option<Ledger>, text: Option<&str>) -> Done<Loaded> {
    let digest = match named(text) {
        Named::Folder(folder) => return from_folder(&folder),
        Named::BuiltIn => return loaded(Bundle::embedded(), BUILT_IN.to_owned(), None),
        Named::Digest(digest) => digest,
        Named::InForce => {
            let ledger = opened(context, ledger)?;
            let digest = ledger.state(|state| state.policy()).map_err(|error| ledger_failure::of(&error))?;
            digest.ok_or_else(|| Failure::not_found("no policy is in force", "see `sagwan status`"))?
        }
        Named::Index(index) => {
            let record = opened(context, ledger)?.record(index);
            record.map_err(|error| ledger_failure::of(&error))?.policy
        }
    };
    let bytes = opened(context, ledger)?.blobs().get(&digest.0).map_err(|error| {
        let next = "see `sagwan policy log` for the digests that the ledger knows";
        Failure::not_found(format!("the bundle {digest} is not in the ledger's blobs: {error}"), next)
    })?;
    let name = match text {
        Some(text) if text != digest.to_string() => format!("{text} ({digest})"),
        _ => digest.to_string(),
    };
    let bundle = Bundle::from_bytes(&bytes).map_err(|error| refused(&name, &error))?;
    loaded(bundle, name, None)
}

fn opened<'a>(context: &Context, ledger: &'a mut Option<Ledger>) -> Done<&'a Ledger> {
    Ok(match ledger {
        Some(ledger) => ledger,
        none => none.insert(context.open()?),
    })
}

fn loaded(bundle: Bundle, name: String, folder: Option<PathBuf>) -> Done<Loaded> {
    let policy = Policy::load(&bundle).map_err(|error| refused(&name, &error))?;
    Ok(Loaded { bundle, policy, name, folder })
}

/// What the loader has against it.
pub fn refused(name: &str, error: &PolicyError) -> Failure {
    let next = "correct the policy's files; docs/policy.md describes them";
    let PolicyError::Refused(refusal) = error else { return Failure::invalid(format!("{name}: {error}"), next) };
    let place = match (refusal.file.as_str(), refusal.line) {
        ("", _) => "policy bundle".to_owned(),
        (file, None) => file.to_owned(),
        (file, Some(line)) => format!("{file}:{line}"),
    };
    let what = format!("{name}: {place}: {}", refusal.reason);
    let file = Some(refusal.file.clone()).filter(|file| !file.is_empty());
    Failure::invalid(what, refusal.remedy.clone()).at(file, refusal.line)
}

/// Loads the policy of a folder.
///
/// # Errors
/// When it cannot be read, or does not load.
pub fn from_folder(folder: &Path) -> Done<Loaded> {
    if !folder.is_dir() {
        let next = "name a folder of policy files, `built-in`, `in-force`, a digest or a log index";
        return Err(Failure::not_found(format!("there is no folder {}", folder.display()), next));
    }
    let name = folder.display().to_string();
    let bundle = Bundle::from_files(read_parts(folder)?).map_err(|error| refused(&name, &error))?;
    loaded(bundle, name, Some(folder.to_owned()))
}

/// The files of a policy's folder and of its `rules/`. Tests and notes beside them are no part of a bundle, but what looks
/// like a part and would be left out in silence is refused: a file under a name that is no part's, a folder of rules.
///
/// # Errors
/// When a file cannot be read, is too large, or would be left out.
pub fn read_parts(root: &Path) -> Done<BTreeMap<String, Vec<u8>>> {
    let mut parts = BTreeMap::new();
    for (folder, prefix) in [(root.to_owned(), ""), (root.join("rules"), "rules/")] {
        for entry in fs::read_dir(&folder).map_err(|error| Failure::io("list", &folder, &error))? {
            let path = entry.map_err(|error| Failure::io("list", &folder, &error))?.path();
            let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
            if is_part(&name) {
                parts.insert(name, read_bounded(&path, limits::POLICY_FILE_BYTES_MAX)?);
            } else if let Some((why, next)) = left_out(&path, prefix) {
                return Err(Failure::invalid(format!("{} would be left out: {why}", path.display()), next));
            }
        }
    }
    Ok(parts)
}

/// Why something in a policy's folder that is no part of the bundle looks like one, and what to do.
fn left_out(path: &Path, prefix: &str) -> Option<(&'static str, &'static str)> {
    if !prefix.is_empty() {
        return Some(match path.is_dir() {
            true => ("folders in rules/ are not read", "move its rules to rules/OWNER.csv"),
            false => ("its name is not OWNER.csv in lower case", "rename it, or move it out of rules/"),
        });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name == RULES_FOLDER && path.file_name().is_some_and(|own| own != RULES_FOLDER) {
        return Some(("the folder of rules is called rules", "rename it, or move it elsewhere"));
    }
    let part_like = name.rsplit_once('.').is_some_and(|(_, ext)| ["csv", "toml", "conf"].contains(&ext));
    (part_like && name != config::FILE).then_some((
        "the parts of a policy are vocabulary.toml, model.conf, deny.csv, constraints.toml, stages.toml and rules/OWNER.csv",
        "rename it, or move it elsewhere",
    ))
}

/// A file of at most `most` bytes; one byte more is read of a larger one, so that whoever checks the size sees it.
///
/// # Errors
/// When it cannot be read.
pub fn read_bounded(path: &Path, most: usize) -> Done<Vec<u8>> {
    let failed = |error: &std::io::Error| Failure::io("read", path, error);
    // WHY: whoever opens a pipe waits until somebody writes into it.
    if !fs::metadata(path).map_err(|error| failed(&error))?.is_file() {
        return Err(Failure::invalid(format!("{} is not a file", path.display()), "put a file in its place"));
    }
    let file = fs::File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}
