//! Where a plugin's parts stand: the component in its project, the fixtures beside the component.

use crate::cli::failure::{Done, Failure};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder in which a project's build leaves the component.
const BUILT: &str = "dist";
/// The folder of a project's fixtures.
const FIXTURES: &str = "fixtures";

/// The component of a project's folder: the one `.wasm` file in its `dist/`, or else in itself.
///
/// # Errors
/// When there is none, or more than one.
pub fn component(project: &Path) -> Done<PathBuf> {
    let mut found = Vec::new();
    for folder in [project.join(BUILT), project.to_owned()] {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")));
        if !found.is_empty() {
            break;
        }
    }
    found.sort();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::not_found(
            format!("no component in {}/{BUILT} or {0}", project.display()),
            "build it, or name its file with --component",
        )),
        [one, other, ..] => Err(Failure::usage(
            format!("more than one component: {}, {}", one.display(), other.display()),
            "name one with --component",
        )),
    }
}

/// The fixtures that belong to a component: `fixtures/` beside it, above it where it stands in `dist/` or `target/`, or in
/// the folder of its name, as in `plugins/`.
#[must_use]
pub fn fixtures(component: &Path) -> Option<PathBuf> {
    let beside = component.parent()?;
    let above = beside.parent();
    let named = above.zip(component.file_stem()).map(|(above, stem)| above.join(stem).join(FIXTURES));
    let is_built = beside.file_name().is_some_and(|name| name == BUILT);
    let above = above.filter(|_| is_built).map(|above| above.join(FIXTURES));
    // Beside a bare file name stands the working folder.
    let places = [named.filter(|_| is_built), above, Some(beside.join(FIXTURES))];
    places.into_iter().flatten().find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixtures_are_found_where_projects_have_them() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["one/dist", "one/fixtures", "many/dist", "many/rule/fixtures", "flat/fixtures", "none"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for (component, expected) in [
            ("one/dist/rule.wasm", Some("one/fixtures")),
            ("many/dist/rule.wasm", Some("many/rule/fixtures")),
            ("flat/rule.wasm", Some("flat/fixtures")),
            ("none/rule.wasm", None),
        ] {
            assert_eq!(fixtures(&at(component)), expected.map(at), "{component}");
        }
        assert!(component(&at("none")).is_err());
        fs::write(at("one/dist/rule.wasm"), "").unwrap();
        assert_eq!(component(&at("one")).unwrap(), at("one/dist/rule.wasm"));
        fs::write(at("one/dist/other.wasm"), "").unwrap();
        assert!(component(&at("one")).is_err());
    }
}
