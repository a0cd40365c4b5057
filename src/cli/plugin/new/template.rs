//! The files of a new project. They are real files, in `templates/`: what stands there builds.

use super::Lang;
use crate::event::body::PluginWorld;

/// The name in the templates.
const NAME: &str = "my-rule";
/// What stands for the world in build scripts.
const WORLD: &str = "WORLD";

/// A file of a template, with the name that it gets in a project.
macro_rules! files {
    ($($name:literal <- $file:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../templates/", $file)))),*]
    };
}

type Files = &'static [(&'static str, &'static str)];

const CONTRACT: Files = &[("wit/sagwan-plugin.wit", include_str!("../../../../wit/sagwan-plugin.wit"))];
const COMMON: Files = files![".gitignore" <- "common/gitignore"];
const README: &str = include_str!("../templates/common/README.md");

const RUST: Files = files![
    "Cargo.toml" <- "rust/Cargo.toml", "build.sh" <- "rust/build.sh",
    "settings.schema.json" <- "rust/settings.schema.json", "src/rule.rs" <- "rust/src/rule.rs",
];
const PYTHON: Files = files![
    "build.sh" <- "python/build.sh", "rule.py" <- "python/rule.py", "test_rule.py" <- "python/test_rule.py",
];
const JAVASCRIPT: Files = files![
    "package.json" <- "javascript/package.json", "build.sh" <- "javascript/build.sh",
    "build.mjs" <- "javascript/build.mjs", "src/rule.js" <- "javascript/src/rule.js",
    "test/rule.test.js" <- "javascript/test/rule.test.js",
];
const C: Files = files![
    "build.sh" <- "c/build.sh", "test.sh" <- "c/test.sh", "libc/libc.c" <- "c/libc/libc.c",
    "libc/stdlib.h" <- "c/libc/stdlib.h", "libc/string.h" <- "c/libc/string.h", "src/json.h" <- "c/src/json.h",
    "src/json.c" <- "c/src/json.c", "src/rule.h" <- "c/src/rule.h", "src/rule.c" <- "c/src/rule.c",
    "test/rule.c" <- "c/test/rule.c",
];

/// The contract's side of the rule, by language and world.
fn glue(lang: Lang, world: PluginWorld) -> Files {
    match (lang, world) {
        (Lang::Rust, PluginWorld::Validator) => files!["src/lib.rs" <- "rust/src/validator.rs"],
        (Lang::Rust, PluginWorld::Monitor) => files!["src/lib.rs" <- "rust/src/monitor.rs"],
        (Lang::Python, PluginWorld::Validator) => files!["app.py" <- "python/validator.py"],
        (Lang::Python, PluginWorld::Monitor) => files!["app.py" <- "python/monitor.py"],
        (Lang::Javascript, PluginWorld::Validator) => files!["src/plugin.js" <- "javascript/src/validator.js"],
        (Lang::Javascript, PluginWorld::Monitor) => files!["src/plugin.js" <- "javascript/src/monitor.js"],
        (Lang::C, PluginWorld::Validator) => files!["src/plugin.c" <- "c/src/validator.c"],
        (Lang::C, PluginWorld::Monitor) => files!["src/plugin.c" <- "c/src/monitor.c"],
    }
}

/// The fixtures of the rule, by world.
fn fixtures(world: PluginWorld) -> Files {
    match world {
        PluginWorld::Validator => VALIDATOR,
        PluginWorld::Monitor => MONITOR,
    }
}

/// The files of one fixture.
macro_rules! fixtures {
    ($world:literal: $($name:literal with $($file:literal),*;)*) => {
        &[$($((
            concat!("fixtures/", $name, "/", $file),
            include_str!(concat!("../templates/common/fixtures/", $world, "/", $name, "/", $file)),
        )),*),*]
    };
}

const VALIDATOR: Files = fixtures![
    "validator":
    "good-enough" with "event.json", "settings.json", "expect.json";
    "too-low" with "event.json", "settings.json", "expect.json";
    "metric-missing" with "event.json", "settings.json", "expect.json";
    "other-metric" with "event.json", "settings.json", "expect.json";
    "another-kind" with "event.json", "settings.json", "expect.json";
    "settings-unfit" with "event.json", "settings.json", "expect.json";
];
const MONITOR: Files = fixtures![
    "monitor":
    "good-enough" with "event.json", "settings.json", "expect.json";
    "too-low" with "event.json", "settings.json", "expect.json", "state.json";
    "metric-missing" with "event.json", "settings.json", "expect.json";
    "other-metric" with "event.json", "settings.json", "expect.json";
    "another-kind" with "event.json", "settings.json", "expect.json";
    "settings-unfit" with "event.json", "settings.json", "expect.json";
];

/// How a language's project is built and tested, for its README.
fn build(lang: Lang) -> &'static str {
    match lang {
        Lang::Rust => include_str!("../templates/rust/README.md"),
        Lang::Python => include_str!("../templates/python/README.md"),
        Lang::Javascript => include_str!("../templates/javascript/README.md"),
        Lang::C => include_str!("../templates/c/README.md"),
    }
}

/// Every file of a project, by its path in it.
#[must_use]
pub fn files(lang: Lang, world: PluginWorld, name: &str) -> Vec<(String, String)> {
    let own = match lang {
        Lang::Rust => RUST,
        Lang::Python => PYTHON,
        Lang::Javascript => JAVASCRIPT,
        Lang::C => C,
    };
    // Before the name stands in it, lest a rule be called like a placeholder.
    let named = |text: &str| {
        let text = text.replace(WORLD, world.as_str());
        text.replace(NAME, name)
            .replace(&NAME.replace('-', "_"), &name.replace('-', "_"))
            .replace("MyRule", &camel(name))
    };
    let readme = format!("{README}\n{}", build(lang));
    let all = [COMMON, own, glue(lang, world), fixtures(world)];
    let mut files: Vec<(String, String)> =
        all.iter().flat_map(|files| files.iter()).map(|(name, text)| ((*name).to_owned(), named(text))).collect();
    // The contract stands there as it is.
    files.extend(CONTRACT.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    files.push(("README.md".to_owned(), named(&readme)));
    files.sort();
    files
}

/// `my-rule` as `MyRule`.
fn camel(name: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    name.split('-').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_placeholders_is_left() {
        for lang in [Lang::Rust, Lang::Python, Lang::Javascript, Lang::C] {
            for world in [PluginWorld::Validator, PluginWorld::Monitor] {
                let files = files(lang, world, "min-auc");
                for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("wit/")) {
                    for placeholder in [NAME, "my_rule", "MyRule", WORLD] {
                        assert!(!text.contains(placeholder), "{lang:?} {world:?}: {name} has {placeholder}");
                    }
                }
                let named = |name: &str| files.iter().any(|(path, _)| path == name);
                assert!(named("build.sh") && named("README.md") && named("fixtures/too-low/event.json"));
            }
        }
    }
}
