//! A bundle written out as a folder, with its tests where they are known: of the built-in policy, or beside a folder.

use super::super::source::Loaded;
use crate::{
    cli::failure::{Done, Failure},
    event::limits,
    policy::{Bundle, golden, suite::is_suite},
};
use std::{collections::BTreeMap, fs, path::Path};

macro_rules! embedded {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../../../policies/", $name)))),*] };
}

/// The tests of the built-in policy.
const TESTS: [(&str, &str); 8] = embedded! {
    "tests/business.yaml" "tests/data-engineering.yaml" "tests/data-science.yaml" "tests/duties.yaml"
    "tests/governance.yaml" "tests/ml-engineering.yaml" "tests/platform.yaml" "tests/matrix.golden"
};

/// Writes a policy's files and tests into a folder that is new or empty; says how many files of tests there were.
///
/// # Errors
/// When something is in the folder already, or it cannot be written.
pub fn write(loaded: &Loaded, folder: &Path) -> Done<usize> {
    let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken || folder.is_file() {
        let what = format!("{} is there already, and not an empty folder", folder.display());
        return Err(Failure::usage(what, "name another, or empty it first"));
    }
    let tests = tests(loaded)?;
    for (name, bytes) in loaded.bundle.files().iter().chain(&tests) {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| Failure::io("make", parent, &error))?;
        fs::write(&path, bytes).map_err(|error| Failure::io("write", &path, &error))?;
    }
    Ok(tests.len())
}

/// The tests that belong to it, by name; none are known of a bundle that only its ledger has.
fn tests(loaded: &Loaded) -> Done<BTreeMap<String, Vec<u8>>> {
    let Some(from) = &loaded.folder else {
        let is_built_in = loaded.policy.digest() == Bundle::embedded().digest();
        let texts = TESTS.into_iter().filter(|_| is_built_in);
        return Ok(texts.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect());
    };
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(from.join("tests")) else { return Ok(found) };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = format!("tests/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if is_suite(&name) || name == golden::FILE {
            let most = limits::POLICY_FILE_BYTES_MAX.max(limits::POLICY_GOLDEN_BYTES_MAX);
            found.insert(name, super::super::source::read_bounded(&path, most)?);
        }
    }
    Ok(found)
}
