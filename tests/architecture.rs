//! The rules of the house, held: who may import whom, who may name which library, how long a file may be.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The rooms in the order of `src/lib.rs`: a room imports only rooms above it.
const ROOMS: [&str; 18] = [
    "event", "profile", "codec", "crypto", "merkle", "verify", "state", "policy", "plugin", "decide", "storage",
    "ledger", "lineage", "audit", "notify", "witness", "server", "cli",
];

/// Rooms of the proof wing know nothing of what events mean beyond their form; those of judgement nothing of disks.
const NEVER: [(&str, &[&str]); 4] = [
    ("verify", &["event"]),
    ("state", &["storage"]),
    ("plugin", &["state", "policy"]),
    ("storage", &["state", "policy", "plugin", "decide"]),
];

/// Libraries that only one room may name.
const OWNERS: [(&str, &[&str]); 9] = [
    ("casbin", &["policy"]),
    ("wasmtime", &["plugin"]),
    ("wasmparser", &["plugin"]),
    ("sled", &["storage"]),
    ("axum", &["server"]),
    ("hyper", &["server"]),
    ("comfy_table", &["cli"]),
    ("clap", &["cli"]),
    ("cbor4ii", &["codec"]),
];

/// Lines of a source file: a rare ceiling, and the median to aim for.
const LINES_MAX: usize = 500;
const LINES_MEDIAN_MAX: usize = 200;
/// Lines of a function, held by clippy's `too_many_lines` with this threshold in clippy.toml.
const FUNCTION_LINES_MAX: &str = "too-many-lines-threshold = 70";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its room and its text without comments and strings' comments (lines that begin with `//`).
fn files() -> Vec<(String, String, String)> {
    let source = root().join("src");
    let mut paths = Vec::new();
    sources(&source, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&source).unwrap().display().to_string();
            let room = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            (room, name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The rooms that a line names through `crate::`, also in a group `crate::{a::…, b::…}` that begins on it.
fn imports(text: &str) -> Vec<String> {
    let plain: String = code(text).map(|(_, line)| format!("{line}\n")).collect();
    let mut found = Vec::new();
    for (at, _) in plain.match_indices("crate::") {
        let rest = &plain[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut word) = (0_i32, String::new());
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => word.clear(),
                    ':' if depth == 0 && !word.is_empty() => {
                        found.push(std::mem::take(&mut word));
                    }
                    c if depth == 0 && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ => {}
                }
            }
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn the_reader_of_imports_sees_them() {
    let text = "use crate::{\n    event::{self, Event},\n    codec::x,\n};\nlet y = crate::state::State::new();\n// crate::cli::x\n";
    assert_eq!(imports(text), ["event", "codec", "state"]);
}

#[test]
fn a_room_imports_only_rooms_above_it() {
    let place: BTreeMap<&str, usize> = ROOMS.iter().enumerate().map(|(at, room)| (*room, at)).collect();
    let mut wrong = Vec::new();
    for (room, name, text) in files().iter().filter(|(room, ..)| place.contains_key(room.as_str())) {
        for import in imports(text) {
            let up = place.get(import.as_str()).is_some_and(|at| *at > place[room.as_str()]);
            let never = NEVER.iter().any(|(of, rooms)| of == room && rooms.contains(&import.as_str()));
            // Limits are the one thing of the vocabulary that everybody may know.
            let limits_only = import == "event" && !text.replace("event::limits", "").contains("event::");
            if up || (never && !limits_only) {
                wrong.push(format!("src/{name} imports crate::{import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "a room imports only rooms above it in src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map_and_in_its_order() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rooms: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(rooms, ROOMS, "src/lib.rs is the map of the house; this test knows the same order");
}

#[test]
fn a_library_is_named_only_by_its_room() {
    let mut wrong = Vec::new();
    for (room, name, text) in files() {
        for (library, owners) in OWNERS {
            let named = code(&text).find(|(_, line)| {
                let path = format!("{library}::");
                line.match_indices(&path).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                })
            });
            if let Some((line, _)) = named.filter(|_| !owners.contains(&room.as_str())) {
                wrong.push(format!("src/{name}:{} names {library}, which belongs to {owners:?}", line + 1));
            }
        }
        let prints =
            code(&text).find(|(_, line)| ["println!(", "eprintln!(", "print!("].iter().any(|p| line.contains(p)));
        if let Some((line, _)) = prints.filter(|_| room != "cli") {
            wrong.push(format!("src/{name}:{} prints; only cli does", line + 1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<(usize, String)> =
        files().into_iter().map(|(_, name, text)| (text.lines().count(), name)).collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LINES_MAX).collect();
    assert!(long.is_empty(), "over {LINES_MAX} lines, each is probably two ideas: {long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median < LINES_MEDIAN_MAX, "the median file has {median} lines, aim below {LINES_MEDIAN_MAX}");
}

#[test]
fn functions_are_short_and_nothing_is_unsafe() {
    let clippy = fs::read_to_string(root().join("clippy.toml")).unwrap();
    assert!(clippy.contains(FUNCTION_LINES_MAX));
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\"") && manifest.contains("too_many_lines = \"deny\""));
}

/// A manifest's table of dependencies.
fn dependencies(manifest: &str) -> toml::Table {
    let manifest: toml::Table = fs::read_to_string(root().join(manifest)).unwrap().parse().unwrap();
    manifest["dependencies"].as_table().unwrap().clone()
}

/// A feature of a library can change what is read: a fuzzed room that has others is another program.
#[test]
fn the_fuzzed_rooms_are_built_as_the_house_is() {
    let (house, rooms) = (dependencies("Cargo.toml"), dependencies("fuzz/rooms/Cargo.toml"));
    for (name, library) in &rooms {
        assert_eq!(house.get(name), Some(library), "{name} in fuzz/rooms/Cargo.toml and in Cargo.toml");
    }
    assert!(rooms.len() > 10, "all were read");
    let locked = |file: &str| -> BTreeMap<String, Vec<toml::Value>> {
        let lock: toml::Table = fs::read_to_string(root().join(file)).unwrap().parse().unwrap();
        let mut versions: BTreeMap<String, Vec<toml::Value>> = BTreeMap::new();
        for package in lock["package"].as_array().unwrap() {
            let name = package["name"].as_str().unwrap().to_owned();
            versions.entry(name).or_default().push(package["version"].clone());
        }
        versions
    };
    let (house, fuzz) = (locked("Cargo.lock"), locked("fuzz/Cargo.lock"));
    for name in rooms.keys() {
        assert!(fuzz[name].iter().all(|version| house[name].contains(version)), "{name} is locked otherwise in fuzz/");
    }
}
