//! What a run ran on: code, lock file, machine, operating system, language. What cannot be found is left out, never
//! guessed.

use super::tools::ask;
use crate::{
    cli::content,
    event::{
        Digest, Text,
        body::{CodeVersion, FileDigest, Hardware, RuntimeCaptured},
    },
};
use std::{
    ffi::{OsStr, OsString},
    fs,
    path::Path,
};

/// Lock files, the most telling first.
const LOCK_FILES: [&str; 14] = [
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "pixi.lock",
    "requirements.txt",
    "environment.yml",
    "Cargo.lock",
    "renv.lock",
    "Manifest.toml",
    "package-lock.json",
    "pnpm-lock.yaml",
    "go.sum",
];

/// Interpreters whose version is worth asking for, by the beginning of the program's name, and how.
const LANGUAGES: [(&str, &str, &[&str]); 8] = [
    ("python", "", &["--version"]),
    ("pypy", "", &["--version"]),
    ("Rscript", "", &["--version"]),
    ("julia", "", &["--version"]),
    ("node", "", &["--version"]),
    ("cargo", "rustc", &["--version"]),
    ("uv", "python3", &["--version"]),
    ("poetry", "python3", &["--version"]),
];

/// The code version of the working folder: git's commit, its remote without user and password, and whether the
/// working tree differs from the commit (untracked files count, ignored ones do not).
#[must_use]
pub fn code() -> Option<CodeVersion> {
    let git = OsStr::new("git");
    let commit = ask(git, &["rev-parse", "--verify", "HEAD"])?.parse().ok()?;
    let dirty = ask(git, &["status", "--porcelain"]).is_none_or(|changes| !changes.is_empty());
    let repository = ask(git, &["config", "--get", "remote.origin.url"]).and_then(|url| without_secrets(&url));
    Some(CodeVersion { commit, repository, dirty })
}

/// A URL without user, password and query: they may be credentials, and the ledger forgets nothing.
fn without_secrets(url: &str) -> Option<Text> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.parse().ok() };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/{path}").parse().ok()
}

/// The runtime: lock file, image, machine, operating system, language.
#[must_use]
pub fn runtime(command: &[OsString], lock_file: Option<&Path>, image: Option<Digest>) -> RuntimeCaptured {
    RuntimeCaptured {
        lock_file: lock(lock_file),
        image,
        hardware: hardware(),
        os: os(),
        language: language(command),
        libraries: [].into(),
        details: [].into(),
    }
}

fn lock(given: Option<&Path>) -> Option<FileDigest> {
    let path = match given {
        Some(path) => path,
        None => LOCK_FILES.iter().map(Path::new).find(|path| path.is_file())?,
    };
    let name = path.file_name()?.to_str()?.parse().ok()?;
    Some(FileDigest { name, digest: content::of(path).ok()?.digest })
}

fn hardware() -> Option<Hardware> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    let brand = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).filter(|brand| !brand.is_empty());
    Some(Hardware {
        cpu: brand.unwrap_or_else(|| std::env::consts::ARCH.to_owned()).parse().ok()?,
        cores: u32::try_from(system.cpus().len()).ok()?,
        memory_bytes: system.total_memory(),
        accelerators: accelerators(),
    })
}

/// NVIDIA's driver lists its cards below /proc; others have no such list.
fn accelerators() -> Vec<Text> {
    let cards = fs::read_dir("/proc/driver/nvidia/gpus").into_iter().flatten().flatten();
    let mut names: Vec<Text> = cards
        .filter_map(|card| fs::read_to_string(card.path().join("information")).ok())
        .filter_map(|text| {
            let model = text.lines().find_map(|line| line.strip_prefix("Model:"));
            model.and_then(|model| model.trim().parse().ok())
        })
        .collect();
    names.sort_unstable();
    names
}

fn os() -> Option<Text> {
    let name = sysinfo::System::long_os_version().ok()?;
    let kernel = sysinfo::System::kernel_version().unwrap_or_default();
    format!("{name} ({kernel})").parse().ok()
}

/// The version of the command's interpreter, where the command is one that is known.
fn language(command: &[OsString]) -> Option<Text> {
    let program = command.first()?;
    let name = Path::new(program).file_name()?.to_str()?;
    let (_, other, arguments) = LANGUAGES.iter().find(|(beginning, ..)| name.starts_with(beginning))?;
    let asked = if other.is_empty() { program.as_os_str() } else { OsStr::new(other) };
    ask(asked, arguments)?.lines().next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_keeps_no_secret() {
        for (url, kept) in [
            ("https://user:token@example.org/a/b.git", "https://example.org/a/b.git"),
            ("https://example.org/a?private_token=x", "https://example.org/a"),
            ("git@example.org:a/b.git", "git@example.org:a/b.git"),
            ("ssh://git@example.org:22/a", "ssh://example.org:22/a"),
        ] {
            assert_eq!(without_secrets(url).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn the_machine_is_known() {
        let runtime = runtime(&[OsString::from("sh")], None, None);
        let hardware = runtime.hardware.unwrap();
        assert!(hardware.cores > 0 && hardware.memory_bytes > 0);
        assert!(runtime.os.is_some() && runtime.language.is_none());
    }
}
