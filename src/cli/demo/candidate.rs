//! A change of policy that opens one cell too many, and what its review would have shown.

use super::unexpected;
use crate::{
    cli::{
        failure::{Done, Failure},
        ledger_failure,
    },
    ledger::{Flip, Ledger},
    policy::{
        Bundle, Policy,
        diff::{self, CellChange, Class},
    },
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The folder of the candidate, in the ledger's.
const FOLDER: &str = "candidate";
/// What was asked for, and what came with it.
const ROWS: &str = "\
# Scientists asked to promote to staging by themselves (TICKET-88)
p, role:data-scientist, staging, model/*, promote, allow, ds-model-promote-staging
p, role:data-scientist, prod, model/*, promote, allow, ds-model-promote-prod
";
/// The absolute rule that stood in the way, and is gone.
const GONE: &str = "deny-ds-model-promote-prod";

/// The candidate against what is in force.
pub struct Change {
    /// Where its files are.
    pub folder: PathBuf,
    /// Its class.
    pub class: Class,
    /// The cells that it opens or closes.
    pub cells: Vec<CellChange>,
    /// The decisions of the story that would have been others.
    pub flips: Vec<Flip>,
    /// How many decisions were judged again.
    pub decisions: u64,
}

/// Writes the candidate down and compares it, with the story as the history.
///
/// # Errors
/// When the disk fails, or the candidate does not load.
pub fn compare(ledger: &Ledger, folder: &Path) -> Done<Change> {
    let bundle = bundle()?;
    let folder = folder.join(FOLDER);
    write(&bundle, &folder)?;
    let wrong = |error: crate::policy::PolicyError| unexpected(format!("the candidate does not load: {error}"));
    let after = Arc::new(Policy::load(&bundle).map_err(wrong)?);
    let before = ledger.policy().map_err(|error| ledger_failure::of(&error))?;
    let cells = diff::cells(&before, &after);
    let rehearsed = ledger.rehearse(Some(before), after, &mut |_, _| {}).map_err(|error| ledger_failure::of(&error))?;
    Ok(Change {
        folder,
        class: cells.class(),
        cells: cells.cells,
        flips: rehearsed.flips,
        decisions: rehearsed.decisions,
    })
}

fn bundle() -> Done<Bundle> {
    let mut files = Bundle::embedded().files().clone();
    let mut change = |name: &str, change: &dyn Fn(String) -> String| {
        let bytes = files.remove(name).ok_or_else(|| unexpected(format!("the built-in policy has no {name}")))?;
        let text = String::from_utf8(bytes).map_err(|error| unexpected(error.to_string()))?;
        files.insert(name.to_owned(), change(text).into_bytes());
        Ok(())
    };
    change("rules/data-science.csv", &|rows| rows + ROWS)?;
    let kept = |line: &&str| !line.contains(GONE);
    change("deny.csv", &|rows| rows.lines().filter(kept).map(|line| format!("{line}\n")).collect())?;
    Bundle::from_files(files).map_err(|error| unexpected(error.to_string()))
}

fn write(bundle: &Bundle, folder: &Path) -> Done {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| Failure::io("write", &path, &error)
    };
    let rules = folder.join("rules");
    fs::create_dir_all(&rules).map_err(failed(&rules))?;
    for (name, bytes) in bundle.files() {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(failed(&path))?;
    }
    Ok(())
}
